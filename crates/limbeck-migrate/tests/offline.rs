//! Offline scripts, run by psql and sqlite3: the database is then what a run of our own makes of it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use limbeck_engine::Connection;
use limbeck_migrate::{
    Database, MigrateError, OfflineScript, ScriptDirectory, TransactionMode, VersionTable, downgrade,
    downgrade_script, stamp_script, upgrade, upgrade_script,
};
use limbeck_schema::{Dialect, QualifiedName};
use limbeck_test_server::{postgres_url, sqlite_directory};

fn shop() -> ScriptDirectory {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/shop/migrations");
    ScriptDirectory::load(&[directory], false).unwrap()
}

fn embedded(files: &[(&str, &str, &str, &str)]) -> ScriptDirectory {
    let files: Vec<(String, String)> = files
        .iter()
        .map(|(id, parent, up, down)| {
            let text = format!(
                "-- message of {id}\n--\n-- Revision ID: {id}\n-- Revises: {parent}\n\n-- migrate:up{up}\n\n-- migrate:down{down}\n"
            );
            (format!("{id}.sql"), text)
        })
        .collect();
    let files: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    ScriptDirectory::from_embedded(&files).unwrap()
}

/// The address for the command line tools, password and all.
fn address(database: &Database) -> String {
    match database.dialect() {
        Dialect::Postgresql => database.url.render_as_string(false),
        Dialect::Sqlite => database.url.to_string().trim_start_matches("sqlite:///").to_owned(),
    }
}

/// Runs a script with the database's own tool, which stops at the first error.
fn run(database: &Database, script: &str) {
    let mut command = match database.dialect() {
        Dialect::Postgresql => Command::new("psql"),
        Dialect::Sqlite => Command::new("sqlite3"),
    };
    match database.dialect() {
        Dialect::Postgresql => command.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d"]),
        Dialect::Sqlite => command.arg("-bail"),
    };
    let mut child = command
        .arg(address(database))
        // `CREATE TABLE IF NOT EXISTS` says so when there is nothing to do.
        .env("PGOPTIONS", "-c client_min_messages=warning")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), script.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && said.is_empty(), "{said}\n{script}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "", "no broken references, no rows");
}

/// What the database's own tool says of its schema, and the rows of our tables.
async fn state(database: &Database) -> String {
    let output = match database.dialect() {
        Dialect::Postgresql => {
            Command::new("pg_dump").args(["--schema-only", "--no-owner", "-d", &address(database)]).output()
        }
        Dialect::Sqlite => Command::new("sqlite3").args([&address(database), ".schema"]).output(),
    };
    let output = output.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // Newer versions of pg_dump guard their output with random words.
    let dump = String::from_utf8(output.stdout).unwrap();
    let schema: String =
        dump.lines().filter(|line| !line.contains("restrict ")).map(|l| format!("{l}\n")).collect();
    let connection = Connection::open(&database.url).await.unwrap();
    let versions = connection.query("SELECT version_num FROM alembic_version ORDER BY 1").await.unwrap();
    let log = connection
        .query("SELECT revision, direction, checksum FROM alembic_version_log ORDER BY id")
        .await
        .unwrap();
    format!("{schema}\n{versions:?}\n{log:?}")
}

fn pair(directory: &Path, dialect: Dialect) -> [Database; 2] {
    ["online", "offline"].map(|name| {
        let url = match dialect {
            Dialect::Postgresql => postgres_url(),
            Dialect::Sqlite => format!("sqlite:///{}/{name}.db", directory.display()),
        };
        Database::new(url.parse().unwrap())
    })
}

#[tokio::test]
async fn psql_and_sqlite3_reach_the_same_state_up_and_down() {
    let scripts = shop();
    for dialect in [Dialect::Postgresql, Dialect::Sqlite] {
        for mode in [TransactionMode::Revision, TransactionMode::Run] {
            let directory = sqlite_directory();
            let [mut online, mut offline] = pair(directory.path(), dialect);
            online.transaction = Some(mode);
            offline.transaction = Some(mode);
            let report = &mut |_| {};

            let run_up = upgrade(&online, &scripts, "head", report).await.unwrap();
            let up = upgrade_script(&offline, &scripts, "head").unwrap();
            assert_eq!(up.steps, run_up.steps);
            run(&offline, &up.text);
            assert_eq!(state(&offline).await, state(&online).await);

            downgrade(&online, &scripts, "767e92e71846", report).await.unwrap();
            run(&offline, &downgrade_script(&offline, &scripts, "head:767e").unwrap().text);
            assert_eq!(state(&offline).await, state(&online).await);
            downgrade(&online, &scripts, "base", report).await.unwrap();
            run(&offline, &downgrade_script(&offline, &scripts, "767e:base").unwrap().text);
            assert_eq!(state(&offline).await, state(&online).await);

            // In two halves, on the tables that the first time left.
            upgrade(&online, &scripts, "+3", report).await.unwrap();
            let half = upgrade_script(&offline, &scripts, "base:+3").unwrap();
            run(&offline, &half.text);
            upgrade(&online, &scripts, "head", report).await.unwrap();
            let middle = half.steps.last().unwrap().revision.clone();
            run(&offline, &upgrade_script(&offline, &scripts, &format!("{middle}:head")).unwrap().text);
            assert_eq!(state(&offline).await, state(&online).await);
        }
    }
}

#[tokio::test]
async fn what_cannot_be_in_a_transaction_is_outside_of_it() {
    let scripts = embedded(&[
        (
            "r1",
            "",
            "\nCREATE TABLE a (id INTEGER);\nCREATE INDEX CONCURRENTLY ia ON a (id);\nCREATE TABLE b (id INTEGER)  -- last",
            "\nDROP TABLE a;\nDROP TABLE b;",
        ),
        ("r2", "r1", "\nSET search_path = pg_temp;\nSELECT 1 WHERE false;", "\nSELECT 1 WHERE false;"),
    ]);
    let directory = sqlite_directory();
    let [online, offline] = pair(directory.path(), Dialect::Postgresql);
    upgrade(&online, &scripts, "head", &mut |_| {}).await.unwrap();
    let up = upgrade_script(&offline, &scripts, "head").unwrap().text;
    let without_output = up.replace("SELECT 1 WHERE false;", "");
    run(&offline, &without_output);
    assert_eq!(state(&offline).await, state(&online).await);
    assert!(
        up.contains(
            "COMMIT;\n\nCREATE INDEX CONCURRENTLY ia ON a (id);\n\nBEGIN;\n\nCREATE TABLE b (id INTEGER)"
        ),
        "{up}"
    );
}

fn plain(dialect: Dialect) -> Database {
    let url = if dialect == Dialect::Postgresql {
        "postgresql://nowhere.invalid/shop"
    } else {
        "sqlite:missing.db"
    };
    Database { audit: false, ..Database::new(url.parse().unwrap()) }
}

const TWO: [(&str, &str, &str, &str); 2] = [
    (
        "r1",
        "",
        "\nCREATE TABLE a (id INTEGER);\nCREATE TABLE b (id INTEGER);",
        "\nDROP TABLE b;\nDROP TABLE a;",
    ),
    ("r2", "r1", " foreign_keys=on\nDELETE FROM a;", "\nSELECT 1;"),
];

fn body(script: Result<OfflineScript, MigrateError>) -> String {
    let text = script.unwrap().text;
    let (hint, body) = text.split_once("\n\n").unwrap();
    assert!(hint.starts_with("-- Run it with `"), "{hint}");
    body.to_owned()
}

#[test]
fn the_format_is_alembics() {
    let scripts = embedded(&TWO);
    let postgresql = plain(Dialect::Postgresql);
    let created = "CREATE TABLE IF NOT EXISTS alembic_version (\n    version_num VARCHAR(32) NOT NULL,\n    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)\n);\n\n";
    let first = "-- Running upgrade  -> r1\n\nCREATE TABLE a (id INTEGER);\n\nCREATE TABLE b (id INTEGER);\n\nINSERT INTO alembic_version (version_num) VALUES ('r1');\n\n";
    let second = "-- Running upgrade r1 -> r2\n\nDELETE FROM a;\n\nUPDATE alembic_version SET version_num = 'r2' WHERE version_num = 'r1';\n\n";
    let up = body(upgrade_script(&postgresql, &scripts, "head"));
    assert_eq!(up, format!("BEGIN;\n\n{created}{first}COMMIT;\n\nBEGIN;\n\n{second}COMMIT;\n\n"));
    assert_eq!(
        body(upgrade_script(&postgresql, &scripts, "r1:r2")),
        format!("BEGIN;\n\n{second}COMMIT;\n\n")
    );
    assert_eq!(
        body(downgrade_script(&postgresql, &scripts, "r1:base")),
        "BEGIN;\n\n-- Running downgrade r1 -> \n\nDROP TABLE b;\n\nDROP TABLE a;\n\nDELETE FROM alembic_version WHERE version_num = 'r1';\n\nCOMMIT;\n\n"
    );
    assert_eq!(
        body(stamp_script(&postgresql, &scripts, &["r1:r2"])),
        "BEGIN;\n\n-- Running stamp_revision r1 -> r2\n\nUPDATE alembic_version SET version_num = 'r2' WHERE version_num = 'r1';\n\nCOMMIT;\n\n"
    );
    let whole = Database { transaction: Some(TransactionMode::Run), ..postgresql.clone() };
    assert_eq!(
        body(upgrade_script(&whole, &scripts, "head")),
        format!("BEGIN;\n\n{created}{first}{second}COMMIT;\n\n")
    );

    let check = "-- Each row that this prints refers to nothing; there should be none.\n\nPRAGMA foreign_key_check;\n\n";
    assert_eq!(
        body(upgrade_script(&plain(Dialect::Sqlite), &scripts, "head")),
        format!(
            "PRAGMA foreign_keys=OFF;\n\nBEGIN;\n\n{created}{first}{check}COMMIT;\n\nPRAGMA foreign_keys=ON;\n\nBEGIN;\n\n{second}COMMIT;\n\n"
        )
    );
    let name = QualifiedName::in_schema("meta", "versions");
    let elsewhere = Database { version_table: VersionTable::new(name), ..postgresql };
    assert!(
        body(upgrade_script(&elsewhere, &scripts, "r1")).contains("INSERT INTO meta.versions (version_num)")
    );
}

#[test]
fn ranges_that_are_none_are_refused_in_alembics_words() {
    let scripts = embedded(&TWO);
    let database = plain(Dialect::Postgresql);
    let message = |result: Result<OfflineScript, MigrateError>| result.unwrap_err().to_string();
    assert_eq!(
        message(downgrade_script(&database, &scripts, "base")),
        "downgrade with --sql requires <from>:<to>"
    );
    assert_eq!(message(upgrade_script(&database, &scripts, "r1:")), "`r1:` is not <from>:<to>");
    assert_eq!(message(upgrade_script(&database, &scripts, "r1:r2:r3")), "`r1:r2:r3` is not <from>:<to>");
    assert_eq!(
        message(stamp_script(&database, &scripts, &["r1:r2", "base:r1"])),
        "stamp with --sql takes one starting revision only"
    );
    assert!(upgrade_script(&database, &scripts, "r2:r2").unwrap().steps.is_empty());
    assert!(upgrade_script(&database, &scripts, "nothing").is_err());
    assert!(upgrade_script(&database, &scripts, "current:r2").is_err(), "nobody was asked");
}

#[test]
fn five_hundred_revisions_are_written_in_a_moment() {
    let ids: Vec<String> = (0..500).map(|number| format!("{number:012x}")).collect();
    let files: Vec<(&str, &str, &str, &str)> = ids
        .iter()
        .enumerate()
        .map(|(at, id)| {
            let parent = at.checked_sub(1).map_or("", |before| ids[before].as_str());
            (id.as_str(), parent, "\nCREATE TABLE a (id INTEGER);", "\nDROP TABLE a;")
        })
        .collect();
    let scripts = embedded(&files);
    let started = Instant::now();
    let script = upgrade_script(&plain(Dialect::Postgresql), &scripts, "head").unwrap();
    assert_eq!(script.steps.len(), 500);
    // Ten times what an optimised build may take.
    assert!(started.elapsed().as_millis() < 300, "{:?}", started.elapsed());
}
