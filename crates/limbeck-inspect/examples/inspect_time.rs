//! Measures how long inspection takes: `cargo run --release -p limbeck-inspect --example inspect_time [tables [entities]]`.
//!
//! Makes a database with the given number of tables (2,000) of 8 columns, 3 indexes and 4 constraints, and inspects it
//! over a new connection each time, as the command line does, and again over the same one. With `entities` there are
//! 500 views, 1,000 functions, 300 triggers and 300 policies beside them.

#![allow(clippy::print_stdout, clippy::panic, reason = "a program for its developers")]

use std::time::Instant;

use limbeck_engine::{Connection, DatabaseUrl};
use limbeck_inspect::{InspectOptions, canonicalize, inspect};
use limbeck_schema::{Expression, MetaData};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let tables = std::env::args().nth(1).map_or(Ok(2000), |count| count.parse())?;
    let entities = std::env::args().nth(2).is_some_and(|word| word == "entities");
    let url: DatabaseUrl = limbeck_test_server::postgres_url().parse()?;
    let connection = Connection::open(&url).await?;
    for first in (0..tables).step_by(100) {
        let statements: String = (first..tables.min(first + 100)).map(create).collect();
        connection.query(&statements).await?;
    }
    if entities {
        connection.query(&create_entities(tables)).await?;
    }

    let options = InspectOptions::default();
    for _ in 0..5 {
        let mut connection = Connection::open(&url).await?;
        let start = Instant::now();
        let live = inspect(&mut connection, &options).await?;
        let first = start.elapsed();
        let start = Instant::now();
        inspect(&mut connection, &options).await?;
        let second = start.elapsed();
        let declared = as_written(&live);
        let start = Instant::now();
        let canonical = canonicalize(&mut connection, &live, declared.clone()).await?;
        assert_eq!(canonical, live, "a model that equals the database must be found equal");
        println!(
            "{tables} tables, {} entities: new connection {first:.1?}, same connection {second:.1?}, canonicalize {:.1?}",
            live.entities.len(),
            start.elapsed()
        );
    }
    Ok(())
}

fn create(n: u32) -> String {
    format!(
        "CREATE TABLE t{n} (id integer GENERATED ALWAYS AS IDENTITY, a varchar(50) NOT NULL DEFAULT 'x',
             b numeric(10, 2), c timestamptz DEFAULT now(), d text, e boolean NOT NULL DEFAULT false, f integer, g bigint,
             CONSTRAINT pk_t{n} PRIMARY KEY (id), CONSTRAINT uq_t{n} UNIQUE (a), CONSTRAINT ck_t{n} CHECK (b > 0),
             CONSTRAINT fk_t{n} FOREIGN KEY (f) REFERENCES t{} (id));
         CREATE INDEX ix_t{n}_1 ON t{n} (d); CREATE INDEX ix_t{n}_2 ON t{n} (lower(a));
         CREATE INDEX ix_t{n}_3 ON t{n} (g DESC) WHERE e;",
        n.saturating_sub(1)
    )
}

/// As many as the speed of a check is promised for.
fn create_entities(tables: u32) -> String {
    let mut sql =
        "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';".to_owned();
    for n in 0..1000 {
        let t = n % tables;
        sql.push_str(&match n % 2 {
            0 => format!("CREATE FUNCTION f{n}(a integer, b text DEFAULT 'x') RETURNS integer LANGUAGE sql AS 'SELECT count(*)::integer FROM t{t} WHERE id = $1';"),
            _ => format!("CREATE FUNCTION f{n}(a integer) RETURNS integer LANGUAGE plpgsql AS 'DECLARE x integer; BEGIN SELECT id INTO x FROM t{t} WHERE id = a; RETURN x; END';"),
        });
    }
    for n in 0..500 {
        let (t, other, f) = (n % tables, (n + 1) % tables, n * 2);
        let of_view = match n % 3 {
            0 => String::new(),
            _ => format!(" AND EXISTS (SELECT FROM v{} v WHERE v.id = x.id)", n - 1),
        };
        sql.push_str(&format!(
            "CREATE VIEW v{n} AS SELECT x.id, x.a, x.b, y.c, y.d, count(*) OVER () AS n FROM t{t} x JOIN t{other} y ON x.f = y.id
             WHERE x.b > 5 AND f{f}(y.id) > 0{of_view};"
        ));
    }
    for n in 0..300 {
        let t = n % tables;
        sql.push_str(&format!(
            "CREATE TRIGGER g{n} BEFORE UPDATE ON t{t} FOR EACH ROW WHEN (OLD.a IS DISTINCT FROM NEW.a) EXECUTE FUNCTION touch();
             CREATE POLICY p{n} ON t{t} USING (a = CURRENT_USER AND b > 0);"
        ));
    }
    sql
}

/// The model as someone would have written it.
fn as_written(live: &MetaData) -> MetaData {
    let mut declared = live.clone();
    for table in &mut declared.tables {
        for column in table.columns.iter_mut().filter(|column| column.name == "a") {
            column.server_default = Some(Expression::new("'x'"));
        }
        for check in &mut table.checks {
            check.expression = Expression::new("b > 0");
        }
        for index in &mut table.indexes {
            for element in &mut index.elements {
                if let limbeck_schema::IndexTarget::Expression(expression) = &mut element.target {
                    *expression = Expression::new("lower(a)");
                }
            }
        }
    }
    declared
}
