//! The audit log on real databases: what it records, and what it finds out.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use limbeck_engine::Connection;
use limbeck_migrate::{
    Database, Event, MigrateError, ScriptDirectory, TransactionMode, accept_changed, downgrade, stamp,
    upgrade,
};
use limbeck_schema::Dialect;
use limbeck_test_server::{postgres_url, sqlite_directory};

fn script(id: &str, parent: &str, message: &str, up: &str, down: &str) -> String {
    format!(
        "-- {message}\n--\n-- Revision ID: {id}\n-- Revises: {parent}\n\n-- migrate:up\n{up}\n\n-- migrate:down\n{down}\n"
    )
}

fn scripts(message: &str, up: &str) -> ScriptDirectory {
    let first = script("r1", "", message, up, "DROP TABLE a;");
    let second = script("r2", "r1", "second", "CREATE TABLE b (id INTEGER);", "DROP TABLE b;");
    ScriptDirectory::from_embedded(&[("r1.sql", &first), ("r2.sql", &second)]).unwrap()
}

const UP: &str = "CREATE TABLE a (id INTEGER);";

async fn query(database: &Database, sql: &str) -> Vec<Vec<Option<String>>> {
    Connection::open(&database.url).await.unwrap().query(sql).await.unwrap()
}

/// The log's rows as `revision direction checksum?`.
async fn log(database: &Database) -> Vec<String> {
    let sql = "SELECT revision, direction, length(checksum), duration_ms, database_user, os_user, limbeck_version, applied_at FROM alembic_version_log ORDER BY id";
    let rows = query(database, sql).await;
    for row in &rows {
        let text = |at: usize| row[at].as_deref();
        let milliseconds: u64 = text(3).unwrap().parse().unwrap();
        assert!(milliseconds < 60_000, "{row:?}");
        assert_eq!(text(4).is_some(), database.dialect() == Dialect::Postgresql, "{row:?}");
        assert!(
            text(5).is_none_or(|user| !user.is_empty())
                && text(6).unwrap().contains('.')
                && text(7).unwrap().contains("20"),
            "{row:?}"
        );
    }
    let word = |value: &Option<String>| value.clone().unwrap_or_default();
    rows.iter().map(|row| format!("{} {} {}", word(&row[0]), word(&row[1]), word(&row[2]))).collect()
}

fn databases() -> (Vec<Database>, tempfile::TempDir) {
    let directory = sqlite_directory();
    let mut databases = Vec::new();
    for mode in [TransactionMode::Revision, TransactionMode::Run] {
        let sqlite = format!("sqlite:///{}/{mode:?}.db", directory.path().display());
        for url in [sqlite, postgres_url()] {
            databases.push(Database { transaction: Some(mode), ..Database::new(url.parse().unwrap()) });
        }
    }
    (databases, directory)
}

#[tokio::test]
async fn every_step_is_recorded_with_what_was_run() {
    let (databases, _directory) = databases();
    for database in databases {
        let scripts = scripts("first", UP);
        upgrade(&database, &scripts, "head", &mut |_| {}).await.unwrap();
        upgrade(&database, &scripts, "head", &mut |_| {}).await.unwrap();
        downgrade(&database, &scripts, "r1", &mut |_| {}).await.unwrap();
        stamp(&database, &scripts, &["r2"], false, &mut |_| {}).await.unwrap();
        assert_eq!(
            log(&database).await,
            ["r1 upgrade 64", "r2 upgrade 64", "r2 downgrade 64", "r2 stamp 64"]
        );
    }
}

#[tokio::test]
async fn a_failed_revision_leaves_no_row() {
    let (databases, _directory) = databases();
    for database in databases {
        let first = script("r1", "", "first", UP, "");
        let second = script("r2", "r1", "second", "CREATE TABLE a (id INTEGER);", "");
        let scripts = ScriptDirectory::from_embedded(&[("r1.sql", &first), ("r2.sql", &second)]).unwrap();
        upgrade(&database, &scripts, "head", &mut |_| {}).await.unwrap_err();
        let query = Connection::open(&database.url)
            .await
            .unwrap()
            .query("SELECT revision FROM alembic_version_log")
            .await;
        let rows = query.unwrap_or_default();
        match database.transaction_mode() {
            TransactionMode::Revision => assert_eq!(rows, [[Some("r1".to_owned())]]),
            TransactionMode::Run => assert!(rows.is_empty()),
        }
    }
}

#[tokio::test]
async fn a_script_that_was_changed_is_told_about_and_stops_a_protected_database() {
    let (databases, _directory) = databases();
    for mut database in databases {
        upgrade(&database, &scripts("first", UP), "r1", &mut |_| {}).await.unwrap();
        // The header is no part of what was run.
        let mended = scripts("a better message", UP);
        let changed = scripts("first", "CREATE TABLE a (id BIGINT);");
        database.protected = true;
        let stopped = upgrade(&database, &changed, "head", &mut |_| {}).await.unwrap_err();
        let MigrateError::ScriptsChanged { changed: found } = &stopped else { panic!("{stopped}") };
        assert_eq!((found.len(), found[0].revision.as_str(), found[0].file.as_str()), (1, "r1", "r1.sql"));
        assert!(stopped.to_string().ends_with("its script r1.sql was changed since"), "{stopped}");
        upgrade(&database, &mended, "r1", &mut |_| {}).await.unwrap();

        database.protected = false;
        let mut told = Vec::new();
        let mut listen = |event: Event| {
            if let Event::ScriptChanged(changed) = event {
                told.push(changed.revision);
            }
        };
        upgrade(&database, &changed, "r1", &mut listen).await.unwrap();
        assert_eq!(told, ["r1"]);

        database.protected = true;
        accept_changed(&database, &changed, &mut |_| {}).await.unwrap();
        upgrade(&database, &changed, "head", &mut |_| {}).await.unwrap();
        assert_eq!(log(&database).await, ["r1 upgrade 64", "r1 stamp 64", "r2 upgrade 64"]);
        // What is not applied any more may be changed freely.
        downgrade(&database, &changed, "base", &mut |_| {}).await.unwrap();
        upgrade(&database, &scripts("first", UP), "head", &mut |_| {}).await.unwrap();
    }
}

#[tokio::test]
async fn without_audit_there_is_no_table() {
    let (databases, _directory) = databases();
    for mut database in databases {
        database.audit = false;
        upgrade(&database, &scripts("first", UP), "head", &mut |_| {}).await.unwrap();
        let read =
            Connection::open(&database.url).await.unwrap().query("SELECT 1 FROM alembic_version_log").await;
        assert!(read.is_err());
        // Turned on later, it knows what comes from then on.
        database.audit = true;
        downgrade(&database, &scripts("first", UP), "-1", &mut |_| {}).await.unwrap();
        assert_eq!(log(&database).await, ["r2 downgrade 64"]);
    }
}

#[tokio::test]
async fn a_step_outside_a_transaction_is_recorded_too() {
    let database = Database::new(postgres_url().parse().unwrap());
    let first = script(
        "r1",
        "",
        "first",
        "CREATE TABLE a (id INTEGER);\nCREATE INDEX CONCURRENTLY ix ON a (id);",
        "",
    );
    let scripts = ScriptDirectory::from_embedded(&[("r1.sql", &first)]).unwrap();
    upgrade(&database, &scripts, "head", &mut |_| {}).await.unwrap();
    assert_eq!(log(&database).await, ["r1 upgrade 64"]);
    let rows = query(&database, "SELECT version_num FROM alembic_version").await;
    assert_eq!(rows, [[Some("r1".to_owned())]]);
}
