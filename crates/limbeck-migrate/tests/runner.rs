//! Runs on real databases: what is committed, what is rolled back, and what a failure says.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::time::Duration;

use limbeck_engine::Connection;
use limbeck_migrate::{
    Database, Event, MigrateError, Retries, ScriptDirectory, current, downgrade, stamp, upgrade,
};
use limbeck_schema::Dialect;
use limbeck_test_server::{postgres_url, sqlite_directory};

/// A chain of scripts `r1`, `r2`, … with the given up and down sections.
fn chain(sections: &[(&str, &str)]) -> ScriptDirectory {
    let files: Vec<(String, String)> = sections
        .iter()
        .enumerate()
        .map(|(at, (up, down))| {
            let parent = if at == 0 { String::new() } else { format!(" r{at}") };
            let text = format!(
                "-- step {n}\n--\n-- Revision ID: r{n}\n-- Revises:{parent}\n\n-- migrate:up{up}\n\n-- migrate:down{down}\n",
                n = at + 1
            );
            (format!("r{}.sql", at + 1), text)
        })
        .collect();
    let files: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    ScriptDirectory::from_embedded(&files).unwrap()
}

struct Fixture {
    database: Database,
    directory: tempfile::TempDir,
}

fn sqlite() -> Fixture {
    let directory = sqlite_directory();
    let url = format!("sqlite:///{}", directory.path().join("test.db").display());
    Fixture { database: Database::new(url.parse().unwrap()), directory }
}

fn postgresql() -> Fixture {
    Fixture { database: Database::new(postgres_url().parse().unwrap()), directory: sqlite_directory() }
}

fn both() -> [Fixture; 2] {
    [sqlite(), postgresql()]
}

impl Fixture {
    async fn up(&self, scripts: &ScriptDirectory, target: &str) -> Result<Vec<String>, MigrateError> {
        upgrade(&self.database, scripts, target, &mut |_| {}).await.map(|run| run.current)
    }

    async fn down(&self, scripts: &ScriptDirectory, target: &str) -> Result<Vec<String>, MigrateError> {
        downgrade(&self.database, scripts, target, &mut |_| {}).await.map(|run| run.current)
    }

    async fn current(&self) -> Vec<String> {
        current(&self.database).await.unwrap()
    }

    async fn query(&self, sql: &str) -> Vec<Vec<Option<String>>> {
        Connection::open(&self.database.url).await.unwrap().query(sql).await.unwrap()
    }

    async fn fails(&self, sql: &str) -> bool {
        Connection::open(&self.database.url).await.unwrap().query(sql).await.is_err()
    }
}

const TABLES: [(&str, &str); 3] = [
    ("\nCREATE TABLE a (id INTEGER PRIMARY KEY);\nINSERT INTO a VALUES (1);", "\nDROP TABLE a;"),
    ("\nCREATE TABLE b (id INTEGER PRIMARY KEY);", "\nDROP TABLE b;"),
    ("\nCREATE TABLE c (id INTEGER PRIMARY KEY);", "\nDROP TABLE c;"),
];

#[tokio::test]
async fn a_database_goes_up_and_down_and_stands_still() {
    for fixture in both() {
        let scripts = chain(&TABLES);
        assert_eq!(fixture.current().await, Vec::<String>::new());
        assert_eq!(fixture.up(&scripts, "+1").await.unwrap(), ["r1"]);
        assert_eq!(fixture.up(&scripts, "head").await.unwrap(), ["r3"]);
        assert_eq!(fixture.up(&scripts, "head").await.unwrap(), ["r3"]);
        assert_eq!(
            fixture.query("SELECT count(*) FROM a, (SELECT count(*) FROM c) x").await[0][0].as_deref(),
            Some("1")
        );
        assert_eq!(fixture.down(&scripts, "-1").await.unwrap(), ["r2"]);
        assert!(fixture.fails("SELECT * FROM c").await);
        assert_eq!(fixture.down(&scripts, "base").await.unwrap(), Vec::<String>::new());
        assert!(fixture.fails("SELECT * FROM a").await);
        assert_eq!(fixture.current().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn stamping_runs_nothing() {
    for fixture in both() {
        let scripts = chain(&TABLES);
        let stamped = stamp(&fixture.database, &scripts, &["r2"], false, &mut |_| {}).await.unwrap();
        assert_eq!(stamped.current, ["r2"]);
        assert!(fixture.fails("SELECT * FROM a").await);
        fixture.query("UPDATE alembic_version SET version_num = 'gone'").await;
        assert!(matches!(fixture.up(&scripts, "head").await, Err(MigrateError::Graph(_))));
        let stamped = stamp(&fixture.database, &scripts, &["head"], true, &mut |_| {}).await.unwrap();
        assert_eq!(stamped.current, ["r3"]);
        assert_eq!(fixture.current().await, ["r3"]);
    }
}

#[tokio::test]
async fn a_failing_statement_is_named_and_its_revision_rolled_back() {
    for fixture in both() {
        let mut sections = TABLES.to_vec();
        sections[1].0 = "\nCREATE TABLE b (id INTEGER);\n\n-- é before the mistake\nINSERT INTO b\n  VALUES (1), (nonsense);";
        let scripts = chain(&sections);
        let MigrateError::Statement(failure) = fixture.up(&scripts, "head").await.unwrap_err() else {
            panic!()
        };
        let dialect = fixture.database.dialect();
        assert_eq!((failure.revision.as_str(), failure.line), ("r2", 10), "{dialect}");
        let position = failure.position.unwrap_or_else(|| panic!("{dialect} gives no position"));
        assert!(
            failure.script[position..].starts_with("nonsense"),
            "{dialect}: {:?}",
            &failure.script[position..]
        );
        assert!(failure.script[failure.range.clone()].ends_with("(nonsense)"));
        assert!(fixture.fails("SELECT * FROM b").await, "{dialect}: rolled back");
        assert!(fixture.fails("SELECT * FROM c").await, "{dialect}: nothing behind it ran");
        let kept = match dialect {
            Dialect::Postgresql => vec!["r1".to_owned()],
            // One transaction for the whole run.
            Dialect::Sqlite => vec![],
        };
        assert_eq!(failure.committed, kept.len(), "{dialect}");
        assert_eq!(fixture.current().await, kept, "{dialect}");
    }
}

#[tokio::test]
async fn nothing_runs_behind_a_syntax_error() {
    // PostgreSQL parses a message before it runs any of it: this must not leave the chain behind it alive.
    let fixture = postgresql();
    let mut sections = TABLES.to_vec();
    sections[1].0 = "\nCREATE TABLE b (id INTEGER);\nCREATE TABEL oops (id INTEGER);";
    let MigrateError::Statement(failure) = fixture.up(&chain(&sections), "head").await.unwrap_err() else {
        panic!()
    };
    assert_eq!((failure.line, failure.committed), (8, 1));
    assert!(failure.script[failure.position.unwrap()..].starts_with("TABEL"));
    assert!(fixture.fails("SELECT * FROM c").await);
    assert_eq!(fixture.current().await, ["r1"]);
}

#[tokio::test]
async fn a_script_may_not_end_its_transaction() {
    for fixture in both() {
        let scripts = chain(&[("\nCREATE TABLE a (id INTEGER);\nCOMMIT;", "")]);
        let error = fixture.up(&scripts, "head").await.unwrap_err();
        assert!(
            matches!(&error, MigrateError::TransactionControl { keyword, line: 8, .. } if keyword == "COMMIT"),
            "{error}"
        );
        assert!(fixture.fails("SELECT * FROM a").await);
    }
}

#[tokio::test]
async fn an_open_decision_stops_the_run_before_it_begins() {
    for fixture in both() {
        let mut sections = TABLES.to_vec();
        sections[2].0 = "\n-- limbeck:todo choose a value\nUPDATE a SET id = NULL;";
        let error = fixture.up(&chain(&sections), "head").await.unwrap_err();
        assert_eq!(error.code(), "migrate.todo");
        assert_eq!(fixture.current().await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn somebody_else_moving_the_database_is_noticed() {
    // Alembic takes no lock; its change of the version row between ours must not be overwritten.
    let fixture = postgresql();
    let mut sections = TABLES.to_vec();
    sections[1].0 = "\nCREATE TABLE b (id INTEGER);\nUPDATE alembic_version SET version_num = 'x';";
    let error = fixture.up(&chain(&sections), "head").await.unwrap_err();
    assert_eq!(error.code(), "migrate.version-row", "{error}");
    assert_eq!(fixture.current().await, ["r1"]);
    assert!(fixture.fails("SELECT * FROM b").await);
}

#[tokio::test]
async fn a_script_that_sets_the_search_path_does_not_mislead_the_next() {
    let fixture = postgresql();
    let scripts = chain(&[
        (
            "\nCREATE SCHEMA other;\nSET search_path = other;\nCREATE TABLE a (id INTEGER);",
            "\nDROP SCHEMA other CASCADE;",
        ),
        ("\nCREATE TABLE b (id INTEGER);", "\nDROP TABLE b;"),
    ]);
    assert_eq!(fixture.up(&scripts, "head").await.unwrap(), ["r2"]);
    fixture.query("SELECT * FROM other.a, public.b, public.alembic_version").await;
    assert_eq!(fixture.down(&scripts, "base").await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn statements_outside_a_transaction_resume_where_they_died() {
    let fixture = postgresql();
    let rows = "\nCREATE TABLE big (id INTEGER, x INTEGER);\nINSERT INTO big SELECT g, 1 FROM generate_series(1, 10) g;";
    let index = "\nALTER TABLE big ADD COLUMN y INTEGER;\nCREATE UNIQUE INDEX CONCURRENTLY ix_x ON big (x);\nALTER TABLE big ADD COLUMN z INTEGER;";
    let scripts = chain(&[(rows, "\nDROP TABLE big;"), (index, "")]);
    // Equal values: the unique index fails, and PostgreSQL leaves an invalid one behind.
    let MigrateError::Statement(failure) = fixture.up(&scripts, "head").await.unwrap_err() else { panic!() };
    assert_eq!((failure.line, failure.committed, failure.done), (8, 1, 1));
    assert_eq!(fixture.current().await, ["r1"]);
    fixture.query("SELECT y FROM big").await;
    assert_eq!(
        fixture.query("SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_x'::regclass").await[0][0]
            .as_deref(),
        Some("f")
    );

    fixture.query("UPDATE big SET x = id").await;
    let mut resumed = 0;
    let report = &mut |event| {
        if let Event::Resuming { done, .. } = event {
            resumed = done;
        }
    };
    let run = upgrade(&fixture.database, &scripts, "head", report).await.unwrap();
    assert_eq!(run.current, ["r2"]);
    assert_eq!(resumed, 1);
    fixture.query("SELECT y, z FROM big").await;
    assert_eq!(
        fixture.query("SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_x'::regclass").await[0][0]
            .as_deref(),
        Some("t")
    );
    assert!(
        fixture.fails("SELECT * FROM alembic_version_progress").await,
        "the table is gone when the work is done"
    );
}

/// A statement outside of a transaction holds none of SQLite's locks, and yet its run is alive.
#[tokio::test]
async fn of_two_upgrades_one_waits_while_the_other_is_outside_of_a_transaction() {
    let slow = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000) SELECT max(i) FROM n";
    let up = format!(" transaction=false\nCREATE TABLE t (id INTEGER);\n{slow};\nINSERT INTO t VALUES (1);");
    let scripts = chain(&[(up.as_str(), "\nDROP TABLE t;")]);
    let fixture = sqlite();
    let (running, is_running) = std::sync::mpsc::channel();
    let first = std::thread::spawn({
        let (database, scripts) = (fixture.database.clone(), scripts.clone());
        move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let report = &mut |event| {
                if matches!(event, Event::Running(_)) {
                    running.send(()).unwrap();
                }
            };
            runtime.block_on(upgrade(&database, &scripts, "head", report)).unwrap().steps.len()
        }
    });
    is_running.recv().unwrap();
    let lock = fixture.directory.path().join("test.db-limbeck-lock");
    while !lock.exists() && !first.is_finished() {
        std::thread::yield_now();
    }
    let mut holders = Vec::new();
    let report = &mut |event| {
        if let Event::WaitingForLock { holder, .. } = event {
            holders.push(holder.unwrap_or_default());
        }
    };
    let second = upgrade(&fixture.database, &scripts, "head", report).await.unwrap();
    assert_eq!((first.join().unwrap(), second.steps.len()), (1, 0), "the second finds nothing to do");
    assert_eq!(holders.len(), 1, "it says that it waits: {holders:?}");
    assert_eq!(
        fixture.query("SELECT count(*) FROM t").await,
        [[Some("1".to_owned())]],
        "and every statement ran once"
    );
    assert!(!lock.exists(), "nothing is left behind");
}

#[tokio::test]
async fn a_lock_that_a_dead_run_left_behind_is_nobodys() {
    let fixture = sqlite();
    let lock = fixture.directory.path().join("test.db-limbeck-lock");
    std::fs::write(&lock, "4711").unwrap();
    fixture.up(&chain(&[("\nCREATE TABLE t (id INTEGER);", "\nDROP TABLE t;")]), "head").await.unwrap();
    assert!(!lock.exists());
}

#[tokio::test]
async fn a_script_that_changed_after_it_died_is_not_resumed() {
    let fixture = sqlite();
    let dying = chain(&[("\nCREATE TABLE a (id INTEGER);\nVACUUM;\nINSERT INTO nowhere VALUES (1);", "")]);
    let MigrateError::Statement(failure) = fixture.up(&dying, "head").await.unwrap_err() else { panic!() };
    assert_eq!(failure.done, 2);
    let changed = chain(&[("\nCREATE TABLE a (id INTEGER, x INTEGER);\nVACUUM;", "")]);
    assert_eq!(fixture.up(&changed, "head").await.unwrap_err().code(), "migrate.resume-changed");
}

#[tokio::test]
async fn dropping_a_table_on_sqlite_never_cascades() {
    let fixture = sqlite();
    let tables = "\nCREATE TABLE p (id INTEGER PRIMARY KEY);\nCREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p (id) ON DELETE CASCADE);\nINSERT INTO p VALUES (1);\nINSERT INTO c VALUES (1, 1);";
    let rebuild = "\nCREATE TABLE n (id INTEGER PRIMARY KEY, x INTEGER);\nINSERT INTO n (id) SELECT id FROM p;\nDROP TABLE p;\nALTER TABLE n RENAME TO p;";
    let orphan = "\nDELETE FROM p;";
    let scripts = chain(&[(tables, ""), (rebuild, ""), (orphan, "")]);
    fixture.up(&scripts, "r2").await.unwrap();
    assert_eq!(fixture.query("SELECT count(*) FROM c").await[0][0].as_deref(), Some("1"));
    let error = fixture.up(&scripts, "head").await.unwrap_err();
    assert!(matches!(&error, MigrateError::ForeignKeys { violations } if violations.len() == 1), "{error}");
    assert_eq!(fixture.current().await, ["r2"]);

    let cascading = chain(&[(tables, ""), (rebuild, ""), (" foreign_keys=on\nDELETE FROM p;", "")]);
    fixture.up(&cascading, "head").await.unwrap();
    assert_eq!(fixture.query("SELECT count(*) FROM c").await[0][0].as_deref(), Some("0"));
}

#[tokio::test]
async fn of_two_upgrades_at_once_one_applies_and_the_other_waits() {
    for _ in 0..10 {
        let fixture = postgresql();
        let slow = "\nCREATE TABLE a (id INTEGER);\nSELECT pg_sleep(0.15);";
        let scripts = chain(&[(slow, "\nDROP TABLE a;"), TABLES[1], TABLES[2]]);
        let mut applied = Vec::new();
        let mut waited = 0;
        std::thread::scope(|scope| {
            let run = || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                let mut waited = 0;
                let report =
                    &mut |event| waited += usize::from(matches!(event, Event::WaitingForLock { .. }));
                let run = runtime.block_on(upgrade(&fixture.database, &scripts, "head", report)).unwrap();
                (run.steps.len(), waited)
            };
            let threads = [scope.spawn(run), scope.spawn(run)];
            for thread in threads {
                let (steps, waits) = thread.join().unwrap();
                applied.push(steps);
                waited += waits;
            }
        });
        applied.sort_unstable();
        assert_eq!((applied.as_slice(), waited), ([0, 3].as_slice(), 1));
        assert_eq!(fixture.current().await, ["r3"]);
    }
}

#[tokio::test]
async fn a_lock_is_waited_for_no_longer_than_asked() {
    for mut fixture in both() {
        fixture.database.migration_lock_timeout = Duration::from_millis(300);
        let scripts = chain(&TABLES);
        let holder = Connection::open(&fixture.database.url).await.unwrap();
        match fixture.database.dialect() {
            Dialect::Sqlite => holder.query("BEGIN IMMEDIATE").await.unwrap(),
            // Whoever holds every advisory lock of the database holds ours: found by asking for it in a run that is stuck.
            Dialect::Postgresql => {
                let slow = chain(&[("\nSELECT pg_sleep(2);", "")]);
                let database = fixture.database.clone();
                std::thread::spawn(move || {
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                    runtime.block_on(upgrade(&database, &slow, "head", &mut |_| {})).unwrap();
                });
                std::thread::sleep(Duration::from_millis(500));
                Vec::new()
            }
        };
        let error = fixture.up(&scripts, "head").await.unwrap_err();
        let MigrateError::Locked { holder: who, waited } = &error else { panic!("{error}") };
        assert!(*waited >= Duration::from_millis(300) && *waited < Duration::from_secs(2), "{waited:?}");
        if fixture.database.dialect() == Dialect::Postgresql {
            assert!(who.as_deref().unwrap().starts_with("process "), "{who:?}");
        }
        drop(holder);
    }
}

#[tokio::test]
async fn variables_are_filled_in_where_a_section_asks_for_them() {
    for mut fixture in both() {
        let scripts = chain(&[
            (
                " variables=true\nCREATE TABLE ${\"table\"} (id INTEGER, note VARCHAR(20));\nINSERT INTO ${\"table\"} VALUES (${n}, ${'note'});",
                " variables=true\nDROP TABLE ${\"table\"};",
            ),
            ("\nINSERT INTO \"A b\" VALUES (2, '${n}');", ""),
        ]);
        let undefined = fixture.up(&scripts, "head").await.unwrap_err();
        assert_eq!(undefined.code(), "migrate.undefined-variable");
        assert!(
            undefined.to_string().starts_with("r1.sql:7: the variable `table` has no value"),
            "{undefined}"
        );
        let values = [("table", "A b"), ("n", "1"), ("note", "it's")];
        fixture.database.variables = values.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        fixture.up(&scripts, "head").await.unwrap();
        let rows = fixture.query("SELECT id, note FROM \"A b\" ORDER BY id").await;
        let text = |value: &str| Some(value.to_owned());
        assert_eq!(rows, [[text("1"), text("it's")], [text("2"), text("${n}")]]);
        // The place the server points at is one of the script.
        fixture.down(&scripts, "r1").await.unwrap();
        let wrong = chain(&[TABLES[0], (" variables=true\nINSERT INTO ${\"table\"} VALUES (nonsense);", "")]);
        let MigrateError::Statement(failure) = fixture.up(&wrong, "head").await.unwrap_err() else {
            panic!()
        };
        assert!(failure.script[failure.position.unwrap()..].starts_with("nonsense"), "{failure:?}");
    }
}

#[tokio::test]
async fn the_value_of_a_variable_cannot_become_a_statement_of_its_own() {
    for mut fixture in both() {
        fixture.up(&chain(&TABLES[..1]), "head").await.unwrap();
        let up =
            " variables=true\nINSERT INTO a VALUES (${n});\nINSERT INTO a SELECT 7 WHERE '${text}' <> '';";
        let scripts = chain(&[TABLES[0], (up, "")]);
        let mut run = async |n: &str, text: &str| {
            fixture.database.variables = [("n", n), ("text", text)].map(|(k, v)| (k.into(), v.into())).into();
            fixture.up(&scripts, "head").await.map_err(|error| (error.code(), error.to_string()))
        };
        for (n, text) in [
            ("2); DROP TABLE a; SELECT (1", "x"),
            ("2) -- ", "x"),
            ("2) /* ", "x"),
            ("2);", "x"),
            ("2", "x'; DROP TABLE a; SELECT '"),
            ("2", "x' <> ''; --"),
            ("2", "x'"),
        ] {
            let (code, _) = run(n, text).await.unwrap_err();
            assert_eq!(code, "migrate.variable-breaks-out", "{n} {text}");
        }
        assert!(run("2", "x';").await.unwrap_err().1.starts_with("r2.sql:8: with the values"));
        run("2", "a; b -- c /* d").await.unwrap();
        assert_eq!(fixture.query("SELECT id FROM a ORDER BY id").await.len(), 3);
    }
}

#[tokio::test]
async fn a_revision_that_meets_a_lock_is_tried_again() {
    let mut fixture = postgresql();
    fixture.up(&chain(&TABLES), "head").await.unwrap();
    let mut sections = TABLES.to_vec();
    sections.push(("\nCREATE TABLE d (id INTEGER);", ""));
    sections.push(("\nALTER TABLE a ADD COLUMN x INTEGER;", ""));
    sections.push(("\nCREATE TABLE e (id INTEGER);", ""));
    let scripts = chain(&sections);
    fixture.database.session.lock_timeout = Some(Duration::from_millis(100));
    fixture.database.session.application_name = Some("shop's".to_owned());
    fixture.database.retries = Retries { count: 2, delay: Duration::from_millis(50) };

    let blocker = Connection::open(&fixture.database.url).await.unwrap();
    blocker.query("BEGIN; LOCK TABLE a").await.unwrap();
    let mut retries = Vec::new();
    let mut count = |event: Event| {
        if let Event::Retrying { revision, retry, retries: of, delay, .. } = event {
            retries.push((revision, retry, of, delay.as_millis()));
        }
    };
    let failed = upgrade(&fixture.database, &scripts, "head", &mut count).await.unwrap_err();
    let MigrateError::Statement(failure) = failed else { panic!("{failed}") };
    assert_eq!((failure.revision.as_str(), failure.committed), ("r5", 1), "what came before stays");
    assert_eq!(retries, [("r5".to_owned(), 1, 2, 50), ("r5".to_owned(), 2, 2, 100)]);
    assert!(fixture.fails("SELECT * FROM e").await, "nothing behind it ran");
    assert_eq!(fixture.current().await, ["r4"]);

    fixture.database.retries.count = 20;
    let release = async {
        tokio::time::sleep(Duration::from_millis(400)).await;
        blocker.query("ROLLBACK").await.unwrap();
    };
    let (run, ()) = tokio::join!(fixture.up(&scripts, "head"), release);
    assert_eq!(run.unwrap(), ["r6"]);
    assert!(!fixture.fails("SELECT x FROM a, e").await);
}

#[tokio::test]
async fn a_statement_may_run_only_so_long() {
    let mut fixture = postgresql();
    fixture.database.session.statement_timeout = Some(Duration::from_millis(100));
    let scripts = chain(&[("\nSELECT pg_sleep(10);", "")]);
    let failed = fixture.up(&scripts, "head").await.unwrap_err();
    assert!(failed.to_string().contains("statement timeout"), "{failed}");
}

#[tokio::test]
async fn reading_makes_no_file_and_writing_a_read_only_one_is_refused_at_once() {
    let mut fixture = sqlite();
    let path = fixture.directory.path().join("test.db");
    assert_eq!(fixture.current().await, Vec::<String>::new());
    assert!(!path.exists());
    fixture.up(&chain(&TABLES), "r1").await.unwrap();
    fixture.database.url = format!("sqlite:///{}?mode=ro", path.display()).parse().unwrap();
    assert_eq!(fixture.current().await, ["r1"]);
    let refused = fixture.up(&chain(&TABLES), "head").await.unwrap_err();
    assert_eq!(refused.code(), "engine.read-only");
    fixture.database.url =
        format!("sqlite:///{}/missing.db?mode=ro", fixture.directory.path().display()).parse().unwrap();
    assert_eq!(current(&fixture.database).await.unwrap_err().code(), "engine.cannot-open");
}
