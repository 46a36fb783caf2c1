//! Whatever can be wrong is said clearly, ends with its exit code, and loses nothing.

use std::io::BufRead as _;
use std::time::{Duration, Instant};

use limbeck_test_server::{SCRAM_PASSWORD, SCRAM_USER};

use crate::workshop::Workshop;

const CREATE: &str = "CREATE TABLE customers (id INTEGER PRIMARY KEY);";
const DROP: &str = "DROP TABLE customers;";

#[test]
fn no_project() {
    let mut workshop = Workshop::new();
    assert_eq!(workshop.run(&["upgrade", "head"]).code, 3);
    assert_eq!(workshop.run(&["-c", "missing.toml", "heads"]).code, 3);
    workshop.write("limbeck.toml", "migratons = \"here\"\n");
    assert_eq!(workshop.run(&["heads"]).code, 3);
    workshop.write("limbeck.toml", "migrations = \"here\n");
    assert_eq!(workshop.run(&["heads"]).code, 3);
    workshop.write("limbeck.toml", "migrations = \"here\"\n");
    assert_eq!(workshop.run(&["heads"]).code, 3);
    std::fs::create_dir(workshop.path("here")).unwrap();
    assert_eq!(workshop.run(&["current"]).code, 3);
    workshop
        .write("limbeck.toml", "[environments.a]\nurl = \"sqlite:///a.db\"\n[environments.b]\nurl = \"b\"\n");
    assert_eq!(workshop.run(&["current"]).code, 3);
    assert_eq!(workshop.run(&["-e", "c", "current"]).code, 3);
    assert_eq!(workshop.run(&["-e", "b", "current"]).code, 3);
    assert_eq!(workshop.run(&["-e", "a", "-e", "b", "current"]).code, 2);
    workshop.expect("no-project.txt");
}

#[test]
fn an_empty_variable_is_not_set() {
    let workshop = Workshop::with_url("sqlite:///shop.db");
    let mut command = workshop.command(&["current"]);
    command.env("LIMBECK_ENVIRONMENT", "").env("LIMBECK_CONFIG", "");
    let ran = Workshop::ran(command);
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_result_that_cannot_be_printed_is_no_success() {
    let workshop = Workshop::with_url("sqlite:///shop.db");
    let mut command = workshop.command(&["current", "--json"]);
    command.stdout(std::fs::File::options().write(true).open("/dev/full").unwrap());
    let ran = Workshop::ran(command);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stderr.contains("cannot write standard output"), "{ran:?}");
}

#[test]
fn wrong_usage() {
    let mut workshop = Workshop::new();
    for arguments in [
        &["upgrade"][..],
        &["upgrade", "a", "b"],
        &["frobnicate"],
        &["current", "--colour"],
        &["-q", "-v", "heads"],
    ] {
        assert_eq!(workshop.run(arguments).code, 2);
    }
    workshop.expect("wrong-usage.txt");
}

#[test]
fn a_server_that_cannot_be_entered() {
    let url = limbeck_test_server::postgres_url();
    let server = url.split_once('@').unwrap().1.to_owned();
    let (address, database) = server.split_once('/').unwrap();
    let mut workshop = Workshop::with_url("sqlite:///shop.db");
    workshop.filter(address, "[server]");
    workshop.filter(database, "[database]");
    let nobody = "postgresql://ada:very-secret@127.0.0.1:1/shop";
    assert_eq!(workshop.run(&["--url", nobody, "current"]).code, 4);
    let wrong_password = format!("postgresql://{SCRAM_USER}:very-secret@{server}");
    assert_eq!(workshop.run(&["--url", &wrong_password, "current"]).code, 4);
    let no_database = format!("{}/missing", url.rsplit_once('/').unwrap().0);
    assert_eq!(workshop.run(&["--url", &no_database, "current"]).code, 4);
    assert_eq!(workshop.run(&["--url", "postgresql://ada:very-secret@host:port/shop", "current"]).code, 3);
    assert_eq!(workshop.run(&["--url", "mysql://ada:very-secret@host/shop", "current"]).code, 3);
    assert_eq!(workshop.run(&["--url", "sqlite:///missing/shop.db", "current"]).code, 4);
    assert_eq!(workshop.run(&["--url", nobody, "current", "--json"]).code, 4);
    workshop.expect_without("very-secret", "unreachable.txt");

    let escaped: String = SCRAM_PASSWORD.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let right = format!("postgresql://{SCRAM_USER}:{escaped}@{server}");
    let ran = workshop.run(&["--url", &right, "current", "-v"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("Current revision(s) for postgresql://"), "{ran:?}");
    assert!(!ran.stdout.contains(&escaped) && !ran.stdout.contains(SCRAM_PASSWORD), "{ran:?}");
}

#[test]
fn a_model_that_cannot_be_had() {
    let mut workshop = Workshop::with_url("sqlite:///shop.db");
    assert_eq!(workshop.run(&["check"]).code, 3);
    workshop.write("schema.json", "{ \"tables\": ");
    assert_eq!(workshop.run(&["check"]).code, 3);
    let with_model = |model: &str| format!("{model}\n[environments.test]\nurl = \"sqlite:///shop.db\"\n");
    workshop.write("limbeck.toml", &with_model(""));
    assert_eq!(workshop.run(&["check"]).code, 3);
    workshop.write("limbeck.toml", &with_model("[model]\ncommand = [\"limbeck-no-such-program\"]"));
    assert_eq!(workshop.run(&["check"]).code, 3);
    let fails = "[model]\ncommand = [\"sh\", \"-c\", \"echo error: this does not compile >&2; exit 7\"]";
    workshop.write("limbeck.toml", &with_model(fails));
    assert_eq!(workshop.run(&["check"]).code, 3);
    workshop.expect("no-model.txt");
}

#[test]
fn a_database_that_is_not_up_to_date() {
    let mut workshop = Workshop::with_url("sqlite:///shop.db");
    workshop.write("schema.json", &limbeck_schema::MetaData::new().to_json());
    workshop.script("1a1a1a1a1a1a", "", "create customers", CREATE, DROP);
    assert_eq!(workshop.run(&["check"]).code, 1);
    assert_eq!(workshop.run(&["revision", "--autogenerate", "-m", "more"]).code, 1);
    assert_eq!(workshop.run(&["current", "--check-heads"]).code, 1);
    assert_eq!(workshop.run(&["upgrade", "head"]).code, 0);
    assert_eq!(workshop.run(&["check", "--json"]).code, 1, "the model has no such table");
    workshop.expect("not-up-to-date.txt");
}

#[test]
fn revisions_that_are_not_there() {
    let mut workshop = Workshop::with_url("sqlite:///shop.db");
    workshop.script("1a1a1a1a1a1a", "", "base", CREATE, DROP);
    workshop.script("2b2b2b2b2b2b", "1a1a1a1a1a1a", "left", "SELECT 1;", "SELECT 1;");
    workshop.script("2b3c3c3c3c3c", "1a1a1a1a1a1a", "right", "SELECT 1;", "SELECT 1;");
    assert_eq!(workshop.run(&["upgrade", "head"]).code, 3, "two heads");
    assert_eq!(workshop.run(&["upgrade", "1a1a1a1a1a1b"]).code, 3);
    assert_eq!(workshop.run(&["upgrade", "2b"]).code, 3, "two start so");
    assert_eq!(workshop.run(&["show", "nothing"]).code, 3);
    assert_eq!(workshop.run(&["upgrade", "shop@head"]).code, 3);
    assert_eq!(workshop.run(&["upgrade", "-1"]).code, 3);
    assert_eq!(workshop.run(&["downgrade", "-1"]).code, 3);
    assert_eq!(workshop.run(&["history", "-r", "2b2b:1a1a"]).code, 3);
    assert_eq!(workshop.run(&["revision", "-m", "more"]).code, 3, "two heads");
    assert_eq!(workshop.run(&["upgrade", "1a1a"]).code, 0);
    std::fs::remove_file(workshop.path("migrations/2b2b2b2b2b2b.sql")).unwrap();
    assert_eq!(workshop.run(&["stamp", "2b3c"]).code, 0);
    std::fs::remove_file(workshop.path("migrations/2b3c3c3c3c3c.sql")).unwrap();
    assert_eq!(workshop.run(&["current"]).code, 0, "the database is at a revision that has no script");
    assert_eq!(workshop.run(&["upgrade", "head"]).code, 3);
    assert_eq!(workshop.run(&["stamp", "--purge", "head"]).code, 0);
    assert_eq!(workshop.run(&["current"]).code, 0);
    workshop.expect("unknown-revisions.txt");
}

#[test]
fn scripts_that_cannot_be_read() {
    let mut workshop = Workshop::with_url("sqlite:///shop.db");
    workshop.write("migrations/1.sql", "-- no header\nSELECT 1;\n");
    workshop.write(
        "migrations/2.sql",
        "-- typo\n--\n-- Revision ID: 2b2b2b2b2b2b\n-- Revise: 1\n\n-- migrate:up dialekt=sqlite\nSELECT 1;\n",
    );
    assert_eq!(workshop.run(&["heads"]).code, 3);
    std::fs::remove_file(workshop.path("migrations/1.sql")).unwrap();
    std::fs::remove_file(workshop.path("migrations/2.sql")).unwrap();
    workshop.script("1a1a1a1a1a1a", "missing", "orphan", CREATE, DROP);
    assert_eq!(workshop.run(&["heads"]).code, 3);
    workshop.script("1a1a1a1a1a1a", "", "open", "SELECT 'not closed;", DROP);
    assert_eq!(workshop.run(&["upgrade", "head"]).code, 3);
    workshop.script("1a1a1a1a1a1a", "", "todo", "-- limbeck:todo give the rows a value\nSELECT 1;", DROP);
    assert_eq!(workshop.run(&["upgrade", "head"]).code, 3);
    workshop.script("1a1a1a1a1a1a", "", "commits", "SELECT 1;\nCOMMIT;", DROP);
    assert_eq!(workshop.run(&["upgrade", "head"]).code, 3);
    workshop.write(
        "migrations/1a1a1a1a1a1a.sql",
        "-- up only\n--\n-- Revision ID: 1a1a1a1a1a1a\n-- Revises:\n\n-- migrate:up\nSELECT 1;\n",
    );
    assert_eq!(workshop.run(&["upgrade", "head"]).code, 0);
    assert_eq!(workshop.run(&["downgrade", "base"]).code, 3);
    workshop.expect("bad-scripts.txt");
}

/// A syntax error, a wrong name and a failing row: the caret is where the server points.
fn half_way(workshop: &mut Workshop) {
    workshop.script("1a1a1a1a1a1a", "", "create customers", CREATE, DROP);
    let half = "CREATE TABLE half (id INTEGER);\n\nCREATE TABLE orders (\n    id INTEGER PRIMARY KEY,\n    customer_id INTEGER REFERENCS customers (id)\n);";
    workshop.script("2b2b2b2b2b2b", "1a1a1a1a1a1a", "syntax error", half, "DROP TABLE orders;");
    assert_eq!(workshop.run(&["upgrade", "head"]).code, 5);
    workshop.run(&["current"]);
    workshop.script(
        "2b2b2b2b2b2b",
        "1a1a1a1a1a1a",
        "wrong name",
        "CREATE TABLE half (id INTEGER);\nCREATE INDEX ix_half ON half (nmae);",
        "",
    );
    assert_eq!(workshop.run(&["upgrade", "head"]).code, 5);
    workshop.script(
        "2b2b2b2b2b2b",
        "1a1a1a1a1a1a",
        "duplicate",
        "CREATE TABLE half (id INTEGER PRIMARY KEY);\nINSERT INTO half VALUES (1);\nINSERT INTO half VALUES (1);",
        "",
    );
    assert_eq!(workshop.run(&["upgrade", "head"]).code, 5);
    assert_eq!(workshop.run(&["upgrade", "head", "--json"]).code, 5);
    workshop.run(&["current"]);
    workshop.script(
        "2b2b2b2b2b2b",
        "1a1a1a1a1a1a",
        "right",
        "CREATE TABLE half (id INTEGER PRIMARY KEY);",
        "DROP TABLE half;",
    );
    assert_eq!(workshop.run(&["upgrade", "head"]).code, 0, "nothing of the failed ones is in the way");
}

#[test]
fn half_way_on_sqlite() {
    let mut workshop = Workshop::with_url("sqlite:///shop.db");
    half_way(&mut workshop);
    workshop.expect("half-way-sqlite.txt");
}

#[test]
fn half_way_on_postgresql() {
    let mut workshop = Workshop::with_url(&limbeck_test_server::postgres_url());
    half_way(&mut workshop);
    workshop.expect("half-way-postgresql.txt");
}

#[test]
fn a_sqlite_file_that_may_only_be_read() {
    let mut workshop = Workshop::with_url("sqlite:///shop.db?mode=ro");
    workshop.script("1a1a1a1a1a1a", "", "create customers", CREATE, DROP);
    let make = ["--url", "sqlite:///shop.db", "stamp", "base"];
    assert_eq!(workshop.run(&make).code, 0);
    assert_eq!(workshop.run(&["upgrade", "head"]).code, 4);
    assert_eq!(workshop.run(&["current"]).code, 0);
    workshop.expect("read-only.txt");
}

const SHORT_TIMEOUT: &str = "[environments.test]\nmigration_lock_timeout = \"300ms\"\nurl = ";

#[test]
fn another_process_holds_the_lock_of_sqlite() {
    let mut workshop = Workshop::new();
    workshop.write("limbeck.toml", &format!("{SHORT_TIMEOUT}\"sqlite:///shop.db\"\n"));
    workshop.script("1a1a1a1a1a1a", "", "create customers", CREATE, DROP);
    let other = rusqlite::Connection::open(workshop.path("shop.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE; CREATE TABLE busy (id INTEGER)").unwrap();
    assert_eq!(workshop.run(&["upgrade", "head"]).code, 6);
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(workshop.run(&["upgrade", "head"]).code, 0);
    workshop.expect("locked-sqlite.txt");
}

#[test]
fn another_process_holds_the_lock_of_postgresql() {
    let url = limbeck_test_server::postgres_url();
    let workshop = Workshop::new();
    workshop.write("limbeck.toml", &format!("{SHORT_TIMEOUT}\"{url}\"\n"));
    workshop.script("1a1a1a1a1a1a", "", "slow", "SELECT pg_sleep(3);", "SELECT 1;");
    let mut slow =
        workshop.command(&["upgrade", "head"]).stderr(std::process::Stdio::piped()).spawn().unwrap();
    let mut lines = std::io::BufReader::new(slow.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.contains("Running upgrade")));
    let started = Instant::now();
    let ran = Workshop::ran(workshop.command(&["upgrade", "head"]));
    assert!(started.elapsed() < Duration::from_secs(2), "it gives up after its own timeout");
    assert_eq!(ran.code, 6, "{ran:?}");
    assert!(ran.stdout.is_empty(), "{ran:?}");
    let lines: Vec<&str> = ran.stderr.lines().filter(|line| !line.starts_with("INFO")).collect();
    assert!(
        lines[0].starts_with("WARN  [limbeck] another process is migrating this database (process "),
        "{ran:?}"
    );
    assert!(
        lines[1].starts_with("error[migrate.locked]: another process is migrating this database (process "),
        "{ran:?}"
    );
    assert!(lines[2].starts_with("help: wait for the other process to end"), "{ran:?}");
    assert!(slow.wait().unwrap().success());
    let after = Workshop::ran(workshop.command(&["upgrade", "head"]));
    assert!(after.stderr.ends_with("INFO  [limbeck] Nothing to do, the database is at 1a1a1a1a1a1a\n"));
}
