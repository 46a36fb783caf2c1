//! What a person wrote comes into scripts word for word, on the way up and on the way down.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use limbeck_engine::Connection;
use limbeck_migrate::{
    Baseline, Database, Managed, ManagedKinds, Model, RevisionRequest, ScriptDirectory, autogenerate, check,
    upgrade,
};
use limbeck_schema::SqlSource;
use limbeck_test_server::{postgres_url, sqlite_directory};

const TABLE: &str = "CREATE TABLE orders (id INTEGER PRIMARY KEY, state VARCHAR(10));\n";

fn model(sql: &str) -> Model {
    Model::of_sql(vec![SqlSource::new("schema.sql", format!("{TABLE}{sql}"))])
}

/// Autogenerates and runs a script; its text.
async fn migrate(database: &Database, directory: &std::path::Path, id: &str, sql: &str) -> String {
    let load = || ScriptDirectory::load(&[directory], false).unwrap();
    let request = RevisionRequest {
        message: Some(id.to_owned()),
        revision_id: Some(id.to_owned()),
        ..RevisionRequest::default()
    };
    let databases = [database.clone()];
    let written =
        autogenerate(&load(), &databases, &model(sql), &request, None, &mut |_| {}).await.unwrap().unwrap();
    upgrade(database, &load(), "head", &mut |_| {}).await.unwrap();
    let checked = check(database, &load(), &model(sql), Baseline::Database, &mut |_| {}).await.unwrap();
    assert!(checked.is_empty(), "{:?}", checked.detected);
    written.text
}

const FIRST: &str = "create view open_orders as  -- those that wait
    select id
      from orders
     where state in ('open', 'new');";

#[tokio::test]
async fn the_downgrade_restores_what_an_earlier_script_said() {
    let directory = sqlite_directory();
    let mut database = Database::new(postgres_url().parse().unwrap());
    let text = migrate(&database, directory.path(), "first", FIRST).await;
    assert!(text.contains(FIRST), "{text}");
    let second = "create view open_orders as select id from orders where state = 'open';";
    let text = migrate(&database, directory.path(), "second", second).await;
    let (_, down) = text.split_once("-- migrate:down").unwrap();
    assert!(down.contains("-- those that wait\n    select id\n      from orders"), "{text}");
    // The last one of its kind goes only where the kind is managed by configuration.
    database.managed = ManagedKinds { manage: Managed::all().collect(), ignore: Vec::new() };
    let text = migrate(&database, directory.path(), "third", "").await;
    let (_, down) = text.split_once("-- migrate:down").unwrap();
    assert!(down.contains("open_orders as select id from orders where state = 'open';"), "{text}");
}

#[tokio::test]
async fn a_change_that_no_script_made_is_restored_as_the_server_prints_it() {
    let directory = sqlite_directory();
    let database = Database::new(postgres_url().parse().unwrap());
    migrate(&database, directory.path(), "first", FIRST).await;
    let connection = Connection::open(&database.url).await.unwrap();
    connection
        .query("CREATE OR REPLACE VIEW open_orders AS SELECT id FROM orders WHERE id > 7")
        .await
        .unwrap();
    let text = migrate(&database, directory.path(), "second", FIRST).await;
    let (_, down) = text.split_once("-- migrate:down").unwrap();
    assert!(down.contains("id > 7") && !down.contains("those that wait"), "{text}");
}

#[tokio::test]
async fn a_database_restored_from_its_dump_shows_no_difference() {
    let database = Database::new(postgres_url().parse().unwrap());
    let connection = Connection::open(&database.url).await.unwrap();
    connection.query(&format!("{TABLE}{FIRST}")).await.unwrap();
    let printed = connection.query("SELECT pg_get_viewdef('open_orders'::regclass)").await.unwrap();
    let printed = printed[0][0].clone().unwrap();
    // What a dump holds is the printed form; what the server makes of that is printed in yet another form.
    connection.query(&format!("DROP VIEW open_orders; CREATE VIEW open_orders AS {printed}")).await.unwrap();
    let again = connection.query("SELECT pg_get_viewdef('open_orders'::regclass)").await.unwrap();
    assert_ne!(again[0][0].as_ref(), Some(&printed), "the server prints what it printed before");
    let directory = sqlite_directory();
    let scripts = ScriptDirectory::load(&[directory.path()], false).unwrap();
    let checked = check(&database, &scripts, &model(FIRST), Baseline::Database, &mut |_| {}).await.unwrap();
    assert!(checked.is_empty(), "{:?}", checked.detected);
}
