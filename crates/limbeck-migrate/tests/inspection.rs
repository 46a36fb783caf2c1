//! A whole database, written down and made again: the same for Limbeck, and for `pg_dump`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its own helpers too"
)]

use std::collections::BTreeSet;
use std::process::Command;

use limbeck_engine::{Connection, DatabaseUrl};
use limbeck_migrate::{
    Database, DiffSettings, Filters, Inspection, ManagedKinds, Model, SchemaSource, diff, inspect_database,
    inspect_unmanaged, read_sql_files, sql_files, sql_script,
};
use limbeck_schema::Dialect;
use limbeck_test_server::{postgres_binary, postgres_server_url, postgres_url, sqlite_directory};

const EVERYTHING: &str = include_str!("../../limbeck-inspect/tests/everything/entities.sql");
const EVERYTHING_15: &str = include_str!("../../limbeck-inspect/tests/everything/entities_15.sql");

/// What is not read: objects that are not managed, and secrets.
const UNREAD: &str = "DROP OPERATOR FAMILY near_ops USING hash CASCADE; DROP CONVERSION latin; DROP ACCESS METHOD heap2;
    DROP USER MAPPING FOR PUBLIC SERVER far; SELECT lo_unlink(4711); ALTER SERVER far OPTIONS (DROP sslpassword, DROP api_secret);
    ALTER FOREIGN DATA WRAPPER dummy OPTIONS (DROP password)";

async fn run(url: &str, sql: &str) {
    let connection = Connection::open(&url.parse::<DatabaseUrl>().unwrap()).await.unwrap();
    match connection {
        Connection::Postgresql(connection) => connection.client().batch_execute(sql).await.unwrap(),
        Connection::Sqlite(connection) => connection.raw().execute_batch(sql).unwrap(),
    }
}

async fn everything() -> String {
    for role in ["limbeck_reader", "limbeck_writer", "limbeck_owner"] {
        let sql = format!(
            "DO $$ BEGIN CREATE ROLE {role}; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        );
        run(&postgres_server_url(), &sql).await;
    }
    let url = postgres_url();
    run(&url, EVERYTHING).await;
    let connection = Connection::open(&url.parse::<DatabaseUrl>().unwrap()).await.unwrap();
    let Connection::Postgresql(postgresql) = &connection else { panic!("not PostgreSQL") };
    if postgresql.server_version() >= 150_000 {
        run(&url, EVERYTHING_15).await;
    }
    url
}

async fn inspected(url: &str) -> Inspection {
    inspect_database(&Database::new(url.parse().unwrap()), &[]).await.unwrap()
}

/// What `pg_dump` says, as a set of lines: neither the order of columns nor that of privileges is compared. `None` where
/// there is no `pg_dump` for this server.
fn dumped(url: &str) -> Option<BTreeSet<String>> {
    let output =
        Command::new(postgres_binary("pg_dump")).args(["--schema-only", "--dbname", url]).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    if stderr.contains("server version mismatch") {
        return None;
    }
    assert!(output.status.success(), "{stderr}");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines = text.lines().map(|line| line.trim().trim_end_matches([',', ';']).to_owned());
    let is_noise = |line: &String| {
        line.is_empty()
            || line.starts_with("--")
            || line.starts_with('\\')
            // A default of an inherited column is written with the column or after it.
            || ["b text DEFAULT 'c'::text", "ALTER TABLE ONLY public.child ALTER COLUMN b SET DEFAULT 'c'::text"]
                .contains(&line.as_str())
    };
    Some(lines.filter(|line| !is_noise(line)).collect())
}

#[tokio::test]
async fn a_script_makes_the_same_database_again() {
    let url = everything().await;
    let before = inspected(&url).await;
    let script = sql_script(&before).unwrap();
    assert!(!script.contains("hunter"), "secrets are not printed");
    let again = postgres_url();
    run(&again, &script).await;
    let after = inspected(&again).await;
    assert_eq!(after.metadata.entities, before.metadata.entities);
    assert_eq!(after.metadata.grants, before.metadata.grants);
    assert_eq!(after.metadata, before.metadata);
    run(&url, UNREAD).await;
    if let (Some(before), Some(after)) = (dumped(&url), dumped(&again)) {
        let lost: Vec<_> = before.difference(&after).collect();
        let new: Vec<_> = after.difference(&before).collect();
        assert!(lost.is_empty() && new.is_empty(), "lost {lost:#?}\nnew {new:#?}");
    }
}

/// Files against the database they are of, in a scratch database beside it.
async fn differences(url: &str) -> Vec<String> {
    let database = Database::new(url.parse().unwrap());
    let directory = tempfile::tempdir().unwrap();
    for file in sql_files(&inspected(url).await).unwrap() {
        let path = directory.path().join(&file.path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, &file.text).unwrap();
    }
    let files = read_sql_files(&[directory.path().to_owned()]).unwrap();
    assert!(files.len() > 2);
    let settings = DiffSettings {
        dialect: database.dialect(),
        filters: Filters::default(),
        managed: ManagedKinds::default(),
        safe: false,
        host: Some(Box::new(database.clone())),
    };
    let (live, declared) =
        (SchemaSource::Database(Box::new(database)), SchemaSource::Model(Model::of_sql(files)));
    diff(&live, &declared, &settings, &mut |_| {}).await.unwrap().detected
}

#[tokio::test]
async fn files_agree_with_the_database_they_are_of() {
    assert_eq!(differences(&everything().await).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_sqlite_database_is_written_down_as_well() {
    let directory = sqlite_directory();
    let url = |name: &str| format!("sqlite:{}", directory.path().join(name).display());
    run(
        &url("a.db"),
        "CREATE TABLE \"Odd table\" (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL DEFAULT 'x' CHECK (name <> ''));
         CREATE TABLE orders (id INTEGER PRIMARY KEY, of INTEGER REFERENCES \"Odd table\" (id) ON DELETE CASCADE, price NUMERIC);
         CREATE INDEX by_price ON orders (price DESC) WHERE price > 0;
         CREATE VIEW dear AS SELECT * FROM orders WHERE price > 100; CREATE VIEW dearest AS SELECT max(price) AS price FROM dear;
         CREATE TRIGGER stamp AFTER UPDATE ON orders BEGIN UPDATE \"Odd table\" SET name = 'sold' WHERE id = NEW.of; END",
    )
    .await;
    let before = inspected(&url("a.db")).await;
    assert_eq!(before.dialect, Dialect::Sqlite);
    run(&url("b.db"), &sql_script(&before).unwrap()).await;
    assert_eq!(inspected(&url("b.db")).await.metadata, before.metadata);
    assert_eq!(differences(&url("a.db")).await, Vec::<String>::new());
    let paths: Vec<_> =
        sql_files(&before).unwrap().into_iter().map(|file| file.path.display().to_string()).collect();
    assert_eq!(
        paths,
        [
            "tables/odd_table.sql",
            "tables/orders.sql",
            "triggers/orders.stamp.sql",
            "views/dear.sql",
            "views/dearest.sql"
        ]
    );
}

#[tokio::test]
async fn what_is_not_managed_is_listed_without_secrets() {
    let url = everything().await;
    run(&url, "ALTER TABLE parent REPLICA IDENTITY FULL; ALTER TABLE parent ALTER b SET STORAGE EXTERNAL")
        .await;
    let found = inspect_unmanaged(&Database::new(url.parse().unwrap()), &[]).await.unwrap();
    let found: Vec<_> = found.iter().map(|object| format!("{}: {}", object.kind, object.name)).collect();
    assert_eq!(
        found,
        [
            "access method: heap2",
            "conversion: latin",
            "large objects: 1",
            "operator class: near_ops using hash",
            "replica identity: parent",
            "storage of a column: child.b",
            "storage of a column: parent.b",
            "user mapping: public on far",
        ]
    );
}
