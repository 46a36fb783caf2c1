//! Scripts in place of runs, plans, states, variables, and the audit of what was applied.

use std::process::{Command, Stdio};

use limbeck_test_server::postgres_url;

use crate::workshop::Workshop;

/// A chain of three revisions on a database of its own.
fn workshop(url: &str) -> Workshop {
    let workshop = Workshop::with_url(url);
    workshop.write("schema.json", "{}");
    workshop.script(
        "a1",
        "",
        "tables",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER);",
        "DROP TABLE t;",
    );
    workshop.script("b2", "a1", "an index", "CREATE INDEX t_a ON t (a);", "DROP INDEX t_a;");
    workshop.script(
        "c3",
        "b2",
        "a column",
        "ALTER TABLE t ADD COLUMN b INTEGER;",
        "ALTER TABLE t DROP COLUMN b;",
    );
    workshop
}

fn ran(workshop: &Workshop, arguments: &[&str]) -> crate::workshop::Ran {
    Workshop::ran(workshop.command(arguments))
}

fn json(workshop: &Workshop, arguments: &[&str]) -> serde_json::Value {
    let ran = ran(workshop, arguments);
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

#[test]
fn a_script_in_place_of_a_run_needs_no_database() {
    let workshop = workshop("postgresql://nowhere.invalid/shop");
    let up = ran(&workshop, &["upgrade", "--sql", "a1:head"]);
    assert_eq!(up.code, 0, "{up:?}");
    assert!(
        up.stdout.contains("-- Running upgrade a1 -> b2\n\nCREATE INDEX t_a ON t (a);\n\n"),
        "{}",
        up.stdout
    );
    assert!(
        up.stderr.contains("Generating static SQL\n")
            && up.stderr.contains("Running upgrade b2 -> c3, a column")
    );
    assert!(!up.stdout.contains("CREATE TABLE IF NOT EXISTS alembic_version ("));
    let down = ran(&workshop, &["downgrade", "--sql", "head:b2"]);
    assert!(down.stdout.contains("-- Running downgrade c3 -> b2\n"), "{}", down.stdout);
    let stamp = ran(&workshop, &["stamp", "--sql", "a1:c3"]);
    assert!(stamp.stdout.contains("-- Running stamp_revision a1 -> c3\n"), "{}", stamp.stdout);
    assert_eq!(
        json(&workshop, &["upgrade", "--sql", "head", "--json"])["steps"].as_array().unwrap().len(),
        3
    );

    for (arguments, said) in [
        (&["downgrade", "--sql", "base"][..], "downgrade with --sql requires <from>:<to>"),
        (&["upgrade", "a1:b2"], "range revision not allowed: `a1:b2`"),
        (&["stamp", "a1:b2"], "range revision not allowed: `a1:b2`"),
        (&["stamp", "--sql", "--purge", "a1"], "cannot be used with"),
    ] {
        let refused = ran(&workshop, arguments);
        assert_eq!((refused.code, refused.stdout.as_str()), (2, ""), "{refused:?}");
        assert!(refused.stderr.contains(said), "{refused:?}");
    }
    workshop.write("limbeck.toml", "[environments.a]\nurl = { env = \"NO_SUCH_VARIABLE\" }\n");
    let unknown = ran(&workshop, &["upgrade", "--sql", "head"]);
    assert!(unknown.code == 2 && unknown.stderr.contains("name it with --dialect"), "{unknown:?}");
    let sqlite = ran(&workshop, &["upgrade", "--sql", "head", "--dialect", "sqlite"]);
    assert!(sqlite.stdout.contains("PRAGMA foreign_keys=OFF;\n\nBEGIN;\n\n"), "{sqlite:?}");
}

#[test]
fn what_is_printed_runs() {
    let url = postgres_url();
    let workshop = workshop(&url);
    let script = ran(&workshop, &["upgrade", "--sql", "head"]).stdout;
    let mut psql = Command::new("psql")
        .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", &url])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut psql.stdin.take().unwrap(), script.as_bytes()).unwrap();
    assert!(psql.wait().unwrap().success());
    assert_eq!(ran(&workshop, &["current"]).stdout, "c3 (head)\n");
    assert_eq!(ran(&workshop, &["downgrade", "base", "--quiet"]).code, 0);
}

#[test]
fn a_plan_tells_locks_and_changes_nothing() {
    let url = postgres_url();
    let workshop = workshop(&url);
    ran(&workshop, &["upgrade", "a1"]);
    let psql = |sql: &str| {
        assert!(Command::new("psql").args(["-X", "-q", "-d", &url, "-c", sql]).status().unwrap().success())
    };
    psql("INSERT INTO t SELECT n FROM generate_series(1, 1000) n");
    psql("ANALYZE t");
    let plan = ran(&workshop, &["plan"]);
    assert_eq!(plan.code, 0, "{plan:?}");
    let expected = "upgrade a1 -> b2, an index\n  migrations/b2.sql\n\n    CREATE INDEX t_a ON t (a)\n      · SHARE on t: writers wait; reads the whole table (about 1000 rows)\n\nupgrade b2 -> c3, a column\n  migrations/c3.sql\n\n    ALTER TABLE t ADD COLUMN b INTEGER\n      · ACCESS EXCLUSIVE on t: readers and writers wait (about 1000 rows)\n";
    assert_eq!(plan.stdout, expected);
    let lock = &json(&workshop, &["plan", "+1", "--json"])["steps"][0]["statements"][0]["locks"][0];
    assert_eq!(
        (lock["mode"].as_str(), lock["rows"].as_u64(), lock["work"].as_str()),
        (Some("SHARE"), Some(1000), Some("scan"))
    );
    let back = ran(&workshop, &["plan", "--downgrade"]);
    assert!(back.stdout.starts_with("downgrade a1 -> , tables\n"), "{back:?}");
    assert_eq!(ran(&workshop, &["current"]).stdout, "a1\n");
    assert_eq!(ran(&workshop, &["plan", "a1"]).stdout, "Nothing to run, the database is at a1\n");
}

#[test]
fn every_environment_has_its_line() {
    let workshop = workshop("sqlite:first.db");
    workshop.write(
        "limbeck.toml",
        "[environments.first]\nurl = \"sqlite:first.db\"\n\n[environments.second]\nurl = \"sqlite:second.db\"\n",
    );
    ran(&workshop, &["-e", "first", "upgrade", "head"]);
    let settled = ran(&workshop, &["status", "-e", "first"]);
    assert_eq!(settled.code, 0, "{settled:?}");
    assert_eq!(
        settled.stdout,
        "ENVIRONMENT  CURRENT    PENDING  DRIFT\nfirst        c3 (head)  none     not checked\n"
    );
    let both = ran(&workshop, &["status"]);
    assert_eq!(both.code, 1, "{both:?}");
    assert!(both.stdout.contains("second       base       3: a1, b2, c3  not checked\n"), "{both:?}");
    assert!(!workshop.path("second.db").exists(), "looking makes no database");

    workshop.write(
        "limbeck.toml",
        "[model]\njson = \"schema.json\"\n[environments.first]\nurl = \"sqlite:first.db\"\n\n[environments.gone]\nurl = \"sqlite:missing/x.db\"\n",
    );
    workshop.write("schema.json", r#"{"limbeck_metadata": 1, "metadata": {}}"#);
    let gone = ran(&workshop, &["status", "--no-drift"]);
    assert_eq!(gone.code, 4, "{gone:?}");
    assert!(
        gone.stdout.contains("first        c3 (head)")
            && gone.stdout.contains("gone: cannot open the SQLite database"),
        "{gone:?}"
    );
    let value = json(&workshop, &["status", "--json", "--no-drift"]);
    assert_eq!(value["environments"][1]["error"]["code"], "engine.cannot-open");
    assert_eq!(ran(&workshop, &["status", "-e", "frist"]).code, 3);
}

#[test]
fn a_changed_script_is_found_and_may_be_accepted() {
    let workshop = workshop("sqlite:test.db");
    workshop.write("limbeck.toml", "[environments.live]\nurl = \"sqlite:test.db\"\nprotected = true\n");
    ran(&workshop, &["upgrade", "b2"]);
    workshop.script(
        "a1",
        "",
        "tables",
        "CREATE TABLE t (id BIGINT PRIMARY KEY, a INTEGER);",
        "DROP TABLE t;",
    );
    let status = ran(&workshop, &["status"]);
    assert!(
        status.code == 1 && status.stdout.contains("live: revision `a1` was applied at 20"),
        "{status:?}"
    );
    let stopped = ran(&workshop, &["upgrade", "head"]);
    assert_eq!(stopped.code, 1, "{stopped:?}");
    assert!(stopped.stderr.contains("its script migrations/a1.sql was changed since"), "{stopped:?}");
    assert_eq!(ran(&workshop, &["upgrade", "head", "--accept-changed"]).code, 0);
    assert_eq!(ran(&workshop, &["status"]).code, 0);
}

#[test]
fn a_variable_of_the_command_line_goes_before_the_environments() {
    let workshop = workshop("sqlite:test.db");
    workshop.write(
        "limbeck.toml",
        "[environments.test]\nurl = \"sqlite:test.db\"\nvariables = { table = \"tenant_a\", note = \"it's\" }\n",
    );
    workshop.write(
        "migrations/d4.sql",
        "-- tenant\n--\n-- Revision ID: d4\n-- Revises: c3\n\n-- migrate:up variables=true\nCREATE TABLE ${table} (n TEXT DEFAULT ${'note'});\n",
    );
    let script = ran(&workshop, &["upgrade", "--sql", "c3:d4", "-x", "table=tenant_b"]);
    assert!(script.stdout.contains("CREATE TABLE tenant_b (n TEXT DEFAULT 'it''s');"), "{script:?}");
    workshop.write("limbeck.toml", "[environments.test]\nurl = \"sqlite:test.db\"\n");
    let undefined = ran(&workshop, &["upgrade", "head"]);
    assert_eq!(undefined.code, 3);
    assert!(
        undefined.stderr.contains("the variable `table` has no value")
            && undefined.stderr.contains("d4.sql:7"),
        "{undefined:?}"
    );
}
