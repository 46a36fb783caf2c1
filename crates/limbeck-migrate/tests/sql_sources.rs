//! Models that are declared as SQL, in whatever order, on real databases.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::time::Instant;

use limbeck_migrate::{
    Comparison, Database, DiffSettings, MigrateError, Model, SchemaSource, SqlFailure, diff,
};
use limbeck_schema::{Dialect, MetaData, SqlSource};
use limbeck_test_server::postgres_url;

/// What a database of the dialect lacks of a model that the files declare.
async fn compared(dialect: Dialect, files: &[(&str, &str)]) -> Result<Comparison, MigrateError> {
    let sql = files.iter().map(|(path, text)| SqlSource::of_file(*path, *text)).collect();
    let (host, from) = match dialect {
        Dialect::Postgresql => {
            let database = Box::new(Database::new(postgres_url().parse().unwrap()));
            (Some(database.clone()), SchemaSource::Database(database))
        }
        Dialect::Sqlite => (None, SchemaSource::Model(MetaData::new().into())),
    };
    let settings =
        DiffSettings { dialect, host, filters: Default::default(), managed: Default::default(), safe: false };
    diff(&from, &SchemaSource::Model(Model::of_sql(sql)), &settings, &mut |_| {}).await
}

async fn refused(dialect: Dialect, files: &[(&str, &str)]) -> Vec<SqlFailure> {
    match compared(dialect, files).await {
        Err(MigrateError::Sql(failures)) => failures,
        other => panic!("{:?}", other.map(|comparison| comparison.detected)),
    }
}

/// Each failure as `file:line at «text»: message; waits for`.
fn described(failures: &[SqlFailure]) -> Vec<String> {
    let line = |failure: &SqlFailure| {
        let at =
            failure.position.map(|position| failure.text[position..].chars().take(8).collect::<String>());
        let message = &failure.error.sql_error().unwrap().message;
        let waits = failure.waits_for.join(", ");
        format!("{}:{} at {:?}: {message}; {waits}", failure.origin, failure.line, at.unwrap_or_default())
    };
    failures.iter().map(line).collect()
}

#[tokio::test]
async fn files_stand_in_any_order() {
    let files = [
        ("a_views.sql", "CREATE VIEW open_orders AS SELECT *, total(price) FROM orders WHERE state = 'open';"),
        ("b_grants.sql", "GRANT SELECT ON open_orders TO PUBLIC;"),
        (
            "c_triggers.sql",
            "CREATE TRIGGER touch BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();
             ALTER TABLE orders ENABLE ALWAYS TRIGGER touch;",
        ),
        (
            "d_functions.sql",
            "CREATE FUNCTION total(numeric) RETURNS numeric LANGUAGE sql AS 'SELECT $1 * (SELECT max(rate) FROM rates)';
             CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;",
        ),
        (
            "e_tables.sql",
            "ALTER TABLE orders ADD FOREIGN KEY (rate) REFERENCES rates (rate);
             CREATE TABLE orders (id int PRIMARY KEY, price numeric, rate numeric, state state DEFAULT first_state());
             CREATE TABLE rates (rate numeric PRIMARY KEY);",
        ),
        (
            "f_types.sql",
            "CREATE FUNCTION first_state() RETURNS state LANGUAGE sql AS $$ SELECT 'open'::state $$;
             CREATE TYPE state AS ENUM ('open', 'paid');",
        ),
    ];
    let comparison = compared(Dialect::Postgresql, &files).await.unwrap();
    assert!(comparison.detected.iter().any(|line| line.contains("'orders'")), "{:?}", comparison.detected);
}

#[tokio::test]
async fn functions_may_call_each_other_in_a_circle() {
    let even = "CREATE FUNCTION is_even(n int) RETURNS bool LANGUAGE sql AS 'SELECT n = 0 OR is_odd(n - 1)';";
    let odd =
        "CREATE FUNCTION is_odd(n int) RETURNS bool LANGUAGE sql AS 'SELECT n <> 0 AND is_even(n - 1)';";
    let table = "CREATE TABLE t (n int CHECK (is_even(n)));";
    compared(Dialect::Postgresql, &[("a.sql", table), ("b.sql", even), ("c.sql", odd)]).await.unwrap();
    let wrong =
        "CREATE FUNCTION is_odd(n int) RETURNS bool LANGUAGE sql AS 'SELECT is_even(n - 1) OR missing';";
    let failures = refused(Dialect::Postgresql, &[("b.sql", even), ("c.sql", wrong)]).await;
    assert_eq!(described(&failures), ["c.sql:1 at \"missing'\": column \"missing\" does not exist; "]);
}

#[tokio::test]
async fn what_is_wrong_is_named_with_its_place_and_what_waits_for_it() {
    let a = "-- views\nCREATE VIEW a AS\nSELECT idd FROM t;";
    let b = "CREATE VIEW b AS SELECT * FROM a;";
    let t = "CREATE TABLE t (id int);";
    let failures = refused(Dialect::Postgresql, &[("b.sql", b), ("a.sql", a), ("t.sql", t)]).await;
    assert_eq!(
        described(&failures),
        [
            "a.sql:2 at \"idd FROM\": column \"idd\" does not exist; ",
            "b.sql:1 at \"a;\": relation \"a\" does not exist; view a (a.sql:2)",
        ]
    );
    let one =
        |sql: &'static str| async move { described(&refused(Dialect::Postgresql, &[("x.sql", sql)]).await) };
    for (sql, expected) in [
        ("CREATE VIEW v AS SELEC 1;", "x.sql:1 at \"SELEC 1;\": syntax error at or near \"SELEC\"; "),
        (
            "CREATE VIEW v AS SELECT * FROM missing;",
            "x.sql:1 at \"missing;\": relation \"missing\" does not exist; ",
        ),
        (
            "CREATE TABLE t (); GRANT SELECT ON t TO nobody_of_that_name;",
            "x.sql:1 at \"\": role \"nobody_of_that_name\" does not exist; ",
        ),
        (
            "CREATE EXTENSION no_such_thing;",
            "x.sql:1 at \"\": extension \"no_such_thing\" is not available; ",
        ),
        (
            "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETRUN 1; END $$;",
            "x.sql:1 at \"RETRUN 1\": syntax error at or near \"RETRUN\"; ",
        ),
    ] {
        assert_eq!(one(sql).await, [expected], "{sql}");
    }
    let circle =
        [("a.sql", "CREATE VIEW a AS SELECT * FROM b;"), ("b.sql", "CREATE VIEW b AS SELECT * FROM a;")];
    assert_eq!(
        described(&refused(Dialect::Postgresql, &circle).await),
        [
            "a.sql:1 at \"b;\": relation \"b\" does not exist; view b (b.sql:1)",
            "b.sql:1 at \"a;\": relation \"a\" does not exist; view a (a.sql:1)",
        ]
    );
}

#[tokio::test]
async fn sqlite_views_are_looked_at() {
    let t = ("t.sql", "CREATE TABLE t (id INTEGER PRIMARY KEY);");
    let trigger = ("a.sql", "CREATE TRIGGER r AFTER INSERT ON t BEGIN DELETE FROM t; END;");
    compared(Dialect::Sqlite, &[trigger, ("b.sql", "CREATE VIEW v AS SELECT id FROM t;"), t]).await.unwrap();
    let failures = refused(Dialect::Sqlite, &[("v.sql", "CREATE VIEW v AS SELECT idd FROM t;"), t]).await;
    assert_eq!(failures[0].origin, "v.sql");
    assert!(failures[0].error.to_string().contains("no such column: idd"));
}

#[tokio::test]
async fn a_file_may_be_for_one_dialect() {
    let files = [
        ("v.postgresql.sql", "CREATE VIEW v AS SELECT now()::date AS today;"),
        ("v.sqlite.sql", "CREATE VIEW v AS SELECT date('now') AS today;"),
    ];
    for dialect in Dialect::ALL {
        compared(dialect, &files).await.unwrap();
    }
}

/// Two hundred tables, five hundred views and so on in the worst order are read in about a second, also unoptimised.
#[tokio::test]
async fn a_large_schema_is_read_quickly() {
    let mut sql = String::new();
    for n in 0..500 {
        let from = if n % 5 == 0 { format!("t{}", n % 200) } else { format!("v{}", n - 1) };
        writeln!(sql, "CREATE VIEW v{n} AS SELECT id, f{n}(id) AS x FROM {from};").unwrap();
    }
    for n in 0..300 {
        let table = format!("t{}", n % 200);
        writeln!(sql, "CREATE TRIGGER g{n} BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION touch();")
            .unwrap();
        writeln!(sql, "CREATE POLICY p{n} ON {table} USING (f{n}(id) > 0);").unwrap();
    }
    writeln!(sql, "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;")
        .unwrap();
    for n in 0..1000 {
        let body = format!("SELECT a + (SELECT count(*)::int FROM t{})", n % 200);
        writeln!(sql, "CREATE FUNCTION f{n}(a int) RETURNS int LANGUAGE sql AS '{body}';").unwrap();
    }
    for n in 0..200 {
        writeln!(sql, "CREATE TABLE t{n} (id int PRIMARY KEY, name text);").unwrap();
    }
    let start = Instant::now();
    let comparison = compared(Dialect::Postgresql, &[("all.sql", &sql)]).await.unwrap();
    let elapsed = start.elapsed();
    assert!(comparison.detected.len() >= 200);
    println!("{} statements: {elapsed:?}", sql.lines().count());
    assert!(elapsed.as_secs() < 20, "{elapsed:?}");
}
