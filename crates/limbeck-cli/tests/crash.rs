//! Runs that are killed, and runs that meet: in the end every database is the same.
//!
//! `LIMBECK_CRASH_ROUNDS` and `LIMBECK_CONCURRENCY_ROUNDS` say how often each is tried for each kind of database (5 and 3
//! where they are not set), `LIMBECK_CRASH_SEED` which moments are chosen.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use limbeck_test_server::{postgres_binary, postgres_url, sqlite_directory};

const REVISIONS: usize = 50;

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Postgresql,
    SqliteByRun,
    SqliteByRevision,
}

/// A directory with the scripts, and a database of its own.
struct Project {
    directory: tempfile::TempDir,
    url: String,
    kind: Kind,
}

impl Project {
    fn new(kind: Kind) -> Self {
        let directory = sqlite_directory();
        let url = match kind {
            Kind::Postgresql => postgres_url(),
            _ => format!("sqlite:///{}", directory.path().join("test.db").display()),
        };
        let transaction = if kind == Kind::SqliteByRevision { "transaction = \"revision\"\n" } else { "" };
        write(
            &directory.path().join("limbeck.toml"),
            &format!("[environments.test]\nurl = \"{url}\"\nmigration_lock_timeout = \"60s\"\n{transaction}"),
        );
        for number in 1..=REVISIONS {
            write(&directory.path().join(format!("migrations/r{number}.sql")), &script(number, kind));
        }
        Self { directory, url, kind }
    }

    fn upgrade(&self) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_limbeck"));
        command.args(["upgrade", "head"]).current_dir(self.directory.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    fn upgrade_to_the_end(&self) -> Output {
        self.upgrade().wait_with_output().unwrap()
    }

    /// Schema, rows and version of the database, by other means than Limbeck's.
    fn contents(&self) -> String {
        if self.kind == Kind::Postgresql { self.pg_dump() } else { self.sqlite_dump() }
    }

    /// How many steps the audit log has.
    fn recorded_steps(&self) -> usize {
        let count = "SELECT count(*) FROM alembic_version_log";
        if self.kind == Kind::Postgresql {
            let output =
                Command::new(postgres_binary("psql")).args(["-Atc", count, &self.url]).output().unwrap();
            return String::from_utf8(output.stdout).unwrap().trim().parse::<usize>().unwrap();
        }
        let connection = rusqlite::Connection::open(self.directory.path().join("test.db")).unwrap();
        connection.query_row(count, [], |row| row.get::<_, u32>(0)).unwrap() as usize
    }

    fn pg_dump(&self) -> String {
        let mut command = Command::new(postgres_binary("pg_dump"));
        // When each revision ran is different in every run.
        command.args(["--exclude-table=alembic_version_log", "--exclude-table=alembic_version_progress"]);
        let output = command.arg(format!("--dbname={}", self.url)).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        // psql's meta-commands hold a key that is new in every dump.
        text.lines().filter(|line| !line.starts_with("\\")).map(|line| format!("{line}\n")).collect()
    }

    fn sqlite_dump(&self) -> String {
        let connection = rusqlite::Connection::open(self.directory.path().join("test.db")).unwrap();
        let rows = |sql: &str| -> Vec<String> {
            let mut statement = connection.prepare(sql).unwrap();
            let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
            rows.map(Result::unwrap).collect()
        };
        let mut dump = rows(
            "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema WHERE tbl_name NOT IN ('alembic_version_log', 'alembic_version_progress') ORDER BY 1",
        );
        for number in 1..=REVISIONS {
            dump.extend(rows(&format!(
                "SELECT 't{number} ' || id || ' ' || coalesce(name, '') FROM t{number} ORDER BY id"
            )));
        }
        dump.extend(rows("SELECT version_num FROM alembic_version"));
        dump.join("\n")
    }
}

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// A table with rows; every tenth revision has statements of which one cannot run in a transaction.
fn script(number: usize, kind: Kind) -> String {
    let parent = if number == 1 { String::new() } else { format!("r{}", number - 1) };
    let mut up = format!(
        "CREATE TABLE t{number} (id INTEGER PRIMARY KEY, name TEXT);\nINSERT INTO t{number} (id, name) VALUES (1, 'a'), (2, 'b');\n"
    );
    if number.is_multiple_of(10) {
        let concurrently = if kind == Kind::Postgresql { "CONCURRENTLY " } else { "" };
        let vacuum = if kind == Kind::Postgresql { "" } else { "VACUUM;\n" };
        up.push_str(&format!(
            "CREATE INDEX {concurrently}ix_t{number}_name ON t{number} (name);\n{vacuum}UPDATE t{number} SET name = name || 'x';\nCREATE INDEX {concurrently}ix_t{number}_both ON t{number} (id, name);\nINSERT INTO t{number} VALUES (3, 'c');\n"
        ));
    }
    format!(
        "-- step {number}\n--\n-- Revision ID: r{number}\n-- Revises: {parent}\n\n-- migrate:up\n{up}\n-- migrate:down\nDROP TABLE t{number};\n"
    )
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Numbers that look random (Marsaglia's xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end.max(1)
    }
}

fn seed() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    setting("LIMBECK_CRASH_SEED", now.as_nanos() as u64 | 1)
}

fn survives_being_killed(kind: Kind) {
    let undisturbed = Project::new(kind);
    let started = Instant::now();
    assert!(undisturbed.upgrade_to_the_end().status.success());
    let whole = started.elapsed().as_micros() as u64;
    let expected = undisturbed.contents();
    assert!(expected.contains(&format!("t{REVISIONS}")) && expected.contains(&format!("r{REVISIONS}")));

    let seed = seed();
    let mut numbers = Numbers(seed);
    let mut died_inside = 0;
    let rounds = setting("LIMBECK_CRASH_ROUNDS", 5);
    // More rounds than asked for, should every kill have come too late.
    for round in 0..rounds + 30 {
        if round >= rounds && died_inside > 0 {
            break;
        }
        let project = Project::new(kind);
        // Once or twice, at any moment of what is left.
        for _ in 0..=numbers.below(2) {
            let mut child = project.upgrade();
            std::thread::sleep(Duration::from_micros(numbers.below(whole)));
            child.kill().unwrap();
            if !child.wait().unwrap().success() {
                died_inside += 1;
            }
        }
        let output = project.upgrade_to_the_end();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "round {round} of LIMBECK_CRASH_SEED={seed}:\n{stderr}");
        assert_eq!(project.contents(), expected, "round {round} of LIMBECK_CRASH_SEED={seed}:\n{stderr}");
    }
    assert!(died_inside > 0, "no run was killed in {rounds} rounds of LIMBECK_CRASH_SEED={seed}");
}

#[test]
fn postgresql_survives_a_run_that_is_killed() {
    survives_being_killed(Kind::Postgresql);
}

#[test]
fn sqlite_survives_a_run_that_is_killed() {
    survives_being_killed(Kind::SqliteByRun);
    survives_being_killed(Kind::SqliteByRevision);
}

fn one_of_eight_does_the_work(kind: Kind) {
    let alone = Project::new(kind);
    assert!(alone.upgrade_to_the_end().status.success());
    let expected = alone.contents();
    for round in 0..setting("LIMBECK_CONCURRENCY_ROUNDS", 3) {
        let project = Project::new(kind);
        let children: Vec<Child> = (0..8).map(|_| project.upgrade()).collect();
        let outputs: Vec<Output> =
            children.into_iter().map(|child| child.wait_with_output().unwrap()).collect();
        for output in &outputs {
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "round {round}:\n{stderr}");
        }
        assert_eq!(project.recorded_steps(), REVISIONS, "round {round}: every revision runs once");
        assert_eq!(project.contents(), expected, "round {round}");
    }
}

#[test]
fn eight_processes_upgrade_one_postgresql_database() {
    one_of_eight_does_the_work(Kind::Postgresql);
}

#[test]
fn eight_processes_upgrade_one_sqlite_database() {
    one_of_eight_does_the_work(Kind::SqliteByRun);
    one_of_eight_does_the_work(Kind::SqliteByRevision);
}
