//! Domains, composite types and attributes under other names, on a real database.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use limbeck_dialect::{project, render};
use limbeck_diff::{after_renames, compare, describe};
use limbeck_engine::Connection;
use limbeck_inspect::{InspectOptions, canonicalize, inspect};
use limbeck_schema::{
    CheckConstraint, Column, CompositeType, Constraint, Dialect, Domain, MetaData, Operation, SqlType, Table,
    reverse_all,
};
use limbeck_test_server::postgres_url;

const PG: Dialect = Dialect::Postgresql;

const BEFORE: &str = "CREATE DOMAIN email AS varchar(50) CONSTRAINT ck_email CHECK (VALUE IN ('a@b', 'c@d'));
    CREATE DOMAIN emails AS email[];
    CREATE TYPE address AS (street text, number integer);
    CREATE TABLE people (mail email DEFAULT 'a@b', mails emails, home address,
        CONSTRAINT ck_people CHECK (mail <> 'a@b'::email OR home <> ROW('s', 1)::address));
    CREATE INDEX ix_people ON people (mail) WHERE mail <> 'a@b'::email;
    INSERT INTO people VALUES ('c@d', '{a@b}', ROW('s', 2))";

/// The same with other names; `VALUE` and the lists are written as a person would.
fn after() -> MetaData {
    let mut place =
        CompositeType::new("place").attribute("road", SqlType::Text).attribute("number", SqlType::Integer);
    place.renamed_from = Some("address".into());
    place.attributes[0].renamed_from = Some("street".into());
    let people = Table::new("people")
        .with_column(Column::new("mail", SqlType::Domain("E-Mail".into())).server_default("'a@b'"))
        .with_column(Column::new("mails", SqlType::Domain("emails".into())))
        .with_column(Column::new("home", SqlType::Composite("place".into())))
        .with_constraint(Constraint::Check(
            CheckConstraint::new("mail <> 'a@b'::\"E-Mail\" OR home <> ROW('s', 1)::place")
                .named("ck_people"),
        ))
        .with_index(limbeck_schema::Index {
            predicate: Some("mail <> 'a@b'::\"E-Mail\"".into()),
            ..limbeck_schema::Index::on(["mail"]).named("ix_people")
        });
    MetaData::new()
        .domain(
            Domain::new("E-Mail", SqlType::string(50))
                .check(CheckConstraint::new("value in ('a@b', 'c@d')").named("ck_email"))
                .renamed_from("email"),
        )
        .domain(Domain::new("emails", SqlType::postgresql("\"E-Mail\"[]")))
        .composite_type(place)
        .table(people)
        .resolve()
        .unwrap()
}

async fn operations(connection: &mut Connection, model: &MetaData) -> Vec<Operation> {
    let live = project(PG, inspect(connection, &InspectOptions::default()).await.unwrap()).unwrap();
    let declared = project(PG, model.clone()).unwrap();
    let declared =
        canonicalize(connection, &after_renames(PG, &live, &declared), declared.clone()).await.unwrap();
    compare(PG, &live, &declared)
}

async fn run(connection: &Connection, operations: &[Operation]) {
    for operation in operations {
        for statement in render(PG, operation).unwrap() {
            connection.query(&statement.sql).await.unwrap();
        }
    }
}

#[tokio::test]
async fn renamed_types_keep_everything_on_them() {
    let mut connection = Connection::open(&postgres_url().parse().unwrap()).await.unwrap();
    let Connection::Postgresql(postgresql) = &connection else { unreachable!() };
    postgresql.client().batch_execute(BEFORE).await.unwrap();
    let before = inspect(&mut connection, &InspectOptions::default()).await.unwrap();

    let changes = operations(&mut connection, &after()).await;
    let described: Vec<_> = changes.iter().flat_map(|operation| describe(PG, operation)).collect();
    assert_eq!(
        described,
        [
            "Detected renamed domain 'email' to 'E-Mail'",
            "Detected renamed composite type 'address' to 'place'",
            "Detected renamed attribute 'place.street' to 'place.road'",
        ]
    );
    run(&connection, &changes).await;
    assert_eq!(operations(&mut connection, &after()).await, []);
    let rows = connection.query("SELECT mail, (home).road FROM people").await.unwrap();
    assert_eq!(rows, [[Some("c@d".to_owned()), Some("s".to_owned())]]);

    run(&connection, &reverse_all(&changes)).await;
    assert_eq!(inspect(&mut connection, &InspectOptions::default()).await.unwrap(), before);
}
