//! What only a PostgreSQL server can tell: its own spellings, and what becomes of rows.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use limbeck_dialect::{parse_type, plan, project, quote_identifier, render, type_name};
use limbeck_schema::{
    Column, ColumnReference, Dialect, EnumChange, EnumType, Identity, MetaData, Operation, SqlType, Table,
    TypeColumn, TypeDependents, reverse_all,
};
use tokio_postgres::{Client, NoTls};

const DIALECT: Dialect = Dialect::Postgresql;

/// Runs a test with a connection to a fresh database.
fn with_database<F: Future<Output = ()>>(test: impl FnOnce(Client) -> F) {
    let url = limbeck_test_server::postgres_url();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
        let driver = tokio::spawn(connection);
        test(client).await;
        driver.await.unwrap().unwrap();
    });
}

async fn run(client: &Client, operations: &[Operation]) {
    for statement in operations.iter().flat_map(|o| render(DIALECT, o).unwrap()) {
        let sql = statement.sql;
        client.batch_execute(&sql).await.unwrap_or_else(|error| panic!("{error:?}\n{sql}"));
    }
}

async fn column(client: &Client, sql: &str) -> Vec<Option<String>> {
    let rows = client.query(sql, &[]).await.unwrap_or_else(|error| panic!("{error:?}\n{sql}"));
    rows.iter().map(|row| row.get(0)).collect()
}

#[test]
fn types_come_back_from_the_server() {
    let time = |precision, timezone| SqlType::Time { precision, timezone };
    let date_time = |precision, timezone| SqlType::DateTime { precision, timezone };
    let array = |element| SqlType::Array(Box::new(element));
    let types = [
        SqlType::SmallInteger,
        SqlType::Integer,
        SqlType::BigInteger,
        SqlType::Numeric { precision: None, scale: Some(3) },
        SqlType::Numeric { precision: Some(7), scale: None },
        SqlType::numeric(10, 2),
        SqlType::Real,
        SqlType::Double,
        SqlType::Boolean,
        SqlType::String { length: None },
        SqlType::string(50),
        SqlType::Char { length: 1 },
        SqlType::Char { length: 9 },
        SqlType::Text,
        SqlType::Date,
        time(None, false),
        time(Some(2), true),
        date_time(Some(0), false),
        date_time(Some(6), true),
        date_time(None, true),
        SqlType::Interval,
        SqlType::LargeBinary,
        SqlType::Uuid,
        SqlType::Json,
        SqlType::Jsonb,
        array(SqlType::string(5)),
        array(array(date_time(Some(3), true))),
        SqlType::postgresql("INET"),
        SqlType::postgresql("bit varying(5)"),
        SqlType::postgresql("interval day to second(3)"),
        SqlType::postgresql("\"char\""),
        SqlType::postgresql("int4range"),
    ];
    let mut table = Table::new("t");
    for (at, sql_type) in types.into_iter().enumerate() {
        table.columns.push(Column::new(format!("c{at}"), sql_type));
    }
    let table = project(DIALECT, MetaData::new().table(table)).unwrap().tables.remove(0);
    with_database(async |client| {
        run(&client, &[Operation::CreateTable(Box::new(table.clone()))]).await;
        let printed = column(
            &client,
            "SELECT format_type(atttypid, atttypmod) FROM pg_attribute \
             WHERE attrelid = 't'::regclass AND attnum > 0 ORDER BY attnum",
        )
        .await;
        assert_eq!(printed.len(), table.columns.len());
        for (text, column) in printed.iter().flatten().zip(&table.columns) {
            assert_eq!(parse_type(DIALECT, text), column.sql_type, "{text}");
            assert_eq!(parse_type(DIALECT, &type_name(DIALECT, &column.sql_type).unwrap()), column.sql_type);
        }
    });
}

#[test]
fn names_are_quoted_as_the_server_quotes_them() {
    with_database(async |client| {
        let rows = client
            .query("SELECT word, quote_ident(word) FROM pg_get_keywords() UNION VALUES ('a b', quote_ident('a b'))", &[])
            .await
            .unwrap();
        assert!(rows.len() > 400);
        for row in rows {
            let (word, quoted) = (row.get::<_, &str>(0), row.get::<_, &str>(1));
            // Words that are key words of a later version only are quoted ahead of time.
            if quoted != word {
                assert_eq!(quote_identifier(DIALECT, word), quoted);
            }
        }
    });
}

fn mood(values: &[&str]) -> EnumType {
    EnumType::new("mood", values.iter().copied())
}

fn change(from: EnumType, to: EnumType) -> Operation {
    let column = |name: &str, sql_type| TypeColumn {
        reference: ColumnReference { table: "t".into(), column: name.to_owned() },
        definition: Column::new(name, sql_type),
    };
    let mut one = column("one", SqlType::Enum("mood".into()));
    one.definition.server_default = Some("'ok'::mood".into());
    let many = column("many", SqlType::Array(Box::new(SqlType::Enum("mood".into()))));
    Operation::AlterEnum(Box::new(EnumChange {
        from,
        to,
        dependents: TypeDependents { columns: vec![one, many], ..Default::default() },
    }))
}

async fn create_moods(client: &Client) {
    let sql = "CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
               CREATE TABLE t (one mood DEFAULT 'ok', many mood[]);
               CREATE INDEX i ON t (one);
               INSERT INTO t VALUES ('sad', '{ok,happy}'), (NULL, NULL), (DEFAULT, '{}');";
    client.batch_execute(sql).await.unwrap();
}

#[test]
fn rows_survive_an_enum_made_anew() {
    with_database(async |client| {
        create_moods(&client).await;
        let mut to = mood(&["happy", "fine", "sad"]);
        to.renamed_values.insert("fine".to_owned(), "ok".to_owned());
        let operation = change(mood(&["sad", "ok", "happy"]), to);
        run(&client, std::slice::from_ref(&operation)).await;
        client.batch_execute("INSERT INTO t DEFAULT VALUES").await.unwrap();
        let query = "SELECT concat_ws(' ', one, many) FROM t ORDER BY one NULLS LAST";
        let text = |values: &[&str]| values.iter().map(|v| Some((*v).to_owned())).collect::<Vec<_>>();
        assert_eq!(column(&client, query).await, text(&["fine {}", "fine", "sad {fine,happy}", ""]));
        run(&client, &[operation.reverse()]).await;
        assert_eq!(column(&client, query).await, text(&["sad {ok,happy}", "ok {}", "ok", ""]));
        assert_eq!(
            column(&client, "SELECT typname::text FROM pg_type WHERE typtype = 'e'").await,
            text(&["mood"])
        );
    });
}

#[test]
fn an_added_value_can_be_used_in_its_own_transaction() {
    let from = Column::new("one", SqlType::Enum("mood".into())).server_default("'ok'::mood");
    let to = from.clone().server_default("'great'::mood");
    let operations = vec![
        change(mood(&["sad", "ok", "happy"]), mood(&["sad", "ok", "happy", "great"])),
        Operation::AlterColumn { table: "t".into(), from: Box::new(from), to: Box::new(to) },
    ];
    let empty = MetaData::new();
    let planned = plan(DIALECT, operations.clone(), &empty, &empty).unwrap();
    with_database(async |client| {
        create_moods(&client).await;
        for operations in [&planned, &reverse_all(&planned)] {
            client.batch_execute("BEGIN").await.unwrap();
            run(&client, operations).await;
            client.batch_execute("COMMIT").await.unwrap();
        }
        client.batch_execute("BEGIN").await.unwrap();
        run(&client, &operations[..1]).await;
        let sql = render(DIALECT, &operations[1]).unwrap().remove(0).sql;
        let error = client.batch_execute(&sql).await.unwrap_err();
        assert_eq!(error.code().unwrap().code(), "55P04", "without the plan the server refuses");
        client.batch_execute("ROLLBACK").await.unwrap();
    });
    let alone = operations[..1].to_vec();
    assert_eq!(plan(DIALECT, alone.clone(), &empty, &empty).unwrap(), alone);
}

#[test]
fn a_new_identity_goes_on_behind_the_rows() {
    let from = Column::new("Id", SqlType::Integer);
    let to = |identity| Column::new("Id", SqlType::BigInteger).identity(identity).backfill("7");
    with_database(async |client| {
        for (rows, start, next) in
            [("(41), (NULL)", None, "42"), ("(1)", Some(100), "100"), ("(100)", Some(100), "101")]
        {
            client
                .batch_execute("DROP TABLE IF EXISTS \"T\"; CREATE TABLE \"T\" (\"Id\" INTEGER)")
                .await
                .unwrap();
            client.batch_execute(&format!("INSERT INTO \"T\" VALUES {rows}")).await.unwrap();
            let mut identity = Identity::always();
            identity.options.start = start;
            let alter = Operation::AlterColumn {
                table: "T".into(),
                from: Box::new(from.clone()),
                to: Box::new(to(identity)),
            };
            run(&client, &[alter]).await;
            let inserted = column(&client, "INSERT INTO \"T\" DEFAULT VALUES RETURNING \"Id\"::text").await;
            assert_eq!(inserted, [Some(next.to_owned())]);
        }
    });
}

#[test]
fn rows_are_filled_before_a_column_becomes_not_null() {
    with_database(async |client| {
        client
            .batch_execute("CREATE TABLE t (a TEXT DEFAULT '1'); INSERT INTO t VALUES ('5'), (NULL)")
            .await
            .unwrap();
        let from = Column::new("a", SqlType::Text).server_default("'1'");
        let to = Column::new("a", SqlType::Integer).not_null().server_default("2").backfill("-1");
        let add = Column::new("b", SqlType::Text).not_null().backfill("'b' || a");
        run(
            &client,
            &[
                Operation::AlterColumn { table: "t".into(), from: Box::new(from), to: Box::new(to) },
                Operation::AddColumn { table: "t".into(), column: Box::new(add) },
            ],
        )
        .await;
        let rows = column(&client, "SELECT concat_ws(' ', a, b) FROM t ORDER BY a").await;
        assert_eq!(rows, [Some("-1 b-1".to_owned()), Some("5 b5".to_owned())]);
    });
}
