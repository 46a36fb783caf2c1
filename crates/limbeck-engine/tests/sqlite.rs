//! Connections to real SQLite files.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use limbeck_engine::{Connection, DatabaseUrl, EngineError, SqliteConnection};
use limbeck_schema::Dialect;
use limbeck_test_server::sqlite_directory;

fn open(url: &str) -> Result<SqliteConnection, EngineError> {
    match DatabaseUrl::parse(url).unwrap() {
        DatabaseUrl::Sqlite(url) => SqliteConnection::open(&url),
        DatabaseUrl::Postgresql(_) => panic!("a SQLite URL names PostgreSQL"),
    }
}

fn text(value: &str) -> Option<String> {
    Some(value.to_owned())
}

#[tokio::test]
async fn opens_without_a_runtime_of_its_own_and_answers_in_text() {
    let connection = Connection::open(&"sqlite://".parse().unwrap()).await.unwrap();
    assert_eq!(connection.dialect(), Dialect::Sqlite);
    let rows = connection
        .query("SELECT 1, 2.0, 'ä', x'0aff', NULL UNION ALL SELECT -1, 1e300, '', x'', 3")
        .await
        .unwrap();
    assert_eq!(rows[0], [text("1"), text("2.0"), text("ä"), text("0aff"), None]);
    assert_eq!(rows[1], [text("-1"), text("1e300"), text(""), text(""), text("3")]);
}

#[test]
fn makes_the_file_and_enforces_foreign_keys() {
    let directory = sqlite_directory();
    let file = directory.path().join("a shop.db");
    let connection = open(&format!("sqlite:///{}", file.display().to_string().replace(' ', "%20"))).unwrap();
    assert_eq!(connection.path(), Some(&*file));
    assert!(!connection.is_read_only());
    connection
        .raw()
        .execute_batch("CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (a REFERENCES a)")
        .unwrap();
    assert!(file.is_file());
    let error = connection.query("INSERT INTO b VALUES (1)").unwrap_err();
    let sql_error = error.sql_error().unwrap();
    assert_eq!(sql_error.sqlite_code.as_deref(), Some("SQLITE_CONSTRAINT_FOREIGNKEY"));
    assert_eq!(sql_error.sqlstate, None);
}

#[test]
fn what_cannot_be_opened_is_explained() {
    let directory = sqlite_directory();
    let path = directory.path().display();
    fs::write(
        directory.path().join("notes.txt"),
        "Not a database, and long enough to be read as a header.".repeat(40),
    )
    .unwrap();
    for (url, reason) in [
        (format!("sqlite:///{path}/missing/shop.db"), "create it first"),
        (format!("sqlite:///{path}"), "it is a directory"),
        (format!("sqlite:///{path}/none.db?mode=ro"), "there is no such file"),
        (format!("sqlite:///{path}/none.db?mode=rw"), "there is no such file"),
        (format!("sqlite:///{path}/notes.txt"), "not a SQLite database"),
        (format!("sqlite:///{path}/notes.txt/shop.db"), "Not a directory"),
    ] {
        let error = open(&url).unwrap_err();
        assert_eq!(error.code(), "engine.cannot-open", "{url}: {error}");
        assert!(error.to_string().contains(reason), "{url}: {error}");
    }
    assert!(!directory.path().join("none.db").exists());
}

#[test]
fn writing_to_a_read_only_database_has_its_own_code() {
    let directory = sqlite_directory();
    let file = directory.path().join("shop.db");
    let url = format!("sqlite:///{}", file.display());
    open(&url).unwrap().query("CREATE TABLE t (id)").unwrap();

    let connection = open(&format!("{url}?mode=ro")).unwrap();
    assert!(connection.is_read_only());
    assert!(connection.query("SELECT * FROM t").unwrap().is_empty());
    let error = connection.query("INSERT INTO t VALUES (1)").unwrap_err();
    assert_eq!(error.code(), "engine.read-only");
    assert!(error.to_string().contains("check the rights"), "{error}");

    // Rights do not bind root, so this part proves something only for other users.
    fs::set_permissions(&file, fs::Permissions::from_mode(0o444)).unwrap();
    let writable = fs::OpenOptions::new().write(true).open(&file).is_ok();
    let connection = open(&url).unwrap();
    assert_eq!(connection.is_read_only(), !writable);
    let outcome = connection.query("INSERT INTO t VALUES (1)");
    assert_eq!(outcome.is_ok(), writable);
    if let Err(error) = outcome {
        assert_eq!(error.code(), "engine.read-only");
    }
}

#[test]
fn a_lock_is_waited_for_and_then_named() {
    let directory = sqlite_directory();
    let url = format!("sqlite:///{}/shop.db", directory.path().display());
    let holder = open(&url).unwrap();
    holder.raw().execute_batch("CREATE TABLE t (id); BEGIN IMMEDIATE").unwrap();
    let waiter = open(&format!("{url}?timeout=0.2")).unwrap();
    let started = Instant::now();
    let error = waiter.query("INSERT INTO t VALUES (1)").unwrap_err();
    assert_eq!(error.code(), "engine.locked");
    assert_eq!(error.sql_error().unwrap().sqlite_code.as_deref(), Some("SQLITE_BUSY"));
    assert!(started.elapsed() >= Duration::from_millis(200), "{:?}", started.elapsed());
    holder.raw().execute_batch("ROLLBACK").unwrap();
    waiter.query("INSERT INTO t VALUES (1)").unwrap();
}

#[test]
fn a_syntax_error_has_a_position_in_characters() {
    let connection = open("sqlite://").unwrap();
    for (sql, position) in [("SELECT 'ä', nowhere", 13), ("SELEC 1", 1), ("SELECT 1 FROM WHERE", 15)] {
        let error = connection.query(sql).unwrap_err();
        let sql_error = error.sql_error().unwrap();
        assert_eq!(sql_error.position, Some(position), "{sql}: {error}");
        assert_eq!(sql_error.sqlite_code.as_deref(), Some("SQLITE_ERROR"));
    }
    let error = connection.query("SELECT 1; SELECT 2").unwrap_err();
    assert_eq!(error.code(), "engine.driver", "{error}");
}
