//! Test databases on real servers and files.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at the first surprise")]

use std::time::Instant;

use limbeck_engine::{
    Connection, DatabaseUrl, Engine, EngineOptions, SqliteDatabase, Statement, TransactionOptions,
};
use limbeck_migrate::ScriptDirectory;
use limbeck_test::{TestDatabase, TestError};
use limbeck_test_server::postgres_server_url;

fn scripts(column: &str) -> ScriptDirectory {
    let script = format!(
        "-- Customers\n--\n-- Revision ID: a1\n\n-- migrate:up\nCREATE TABLE customers (id integer PRIMARY KEY, {column} text);\n\n-- migrate:down\nDROP TABLE customers;\n"
    );
    ScriptDirectory::from_embedded(&[("a1_customers.sql", &script)]).unwrap()
}

fn servers() -> [DatabaseUrl; 2] {
    [postgres_server_url().parse().unwrap(), "sqlite://".parse().unwrap()]
}

async fn count(connection: &mut Connection) -> i64 {
    let statement = Statement::from("SELECT count(*) FROM customers");
    connection.fetch_all(&statement, |row| row.get::<i64>(0)).await.unwrap()[0]
}

async fn add_one(engine: &Engine) -> i64 {
    let mut connection = engine.acquire().await.unwrap();
    connection.execute(&Statement::from("INSERT INTO customers VALUES (1, 'a')")).await.unwrap();
    count(&mut connection).await
}

#[tokio::test]
async fn tests_that_run_together_do_not_see_each_other() {
    for server in servers() {
        let scripts = scripts("email");
        let test = || async {
            let database = TestDatabase::create(&server, &scripts).await.unwrap();
            let engine = database.engine(EngineOptions::default()).await.unwrap();
            assert_eq!(add_one(&engine).await, 1);
        };
        tokio::join!(test(), test(), test(), test());
    }
}

#[tokio::test]
async fn a_changed_script_is_a_changed_database() {
    for server in servers() {
        for column in ["email", "phone"] {
            let database = TestDatabase::create(&server, &scripts(column)).await.unwrap();
            let mut connection = Connection::open(database.url()).await.unwrap();
            let select = Statement::new(format!("SELECT {column} FROM customers"), vec![]);
            connection.execute(&select).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_database_is_gone_with_its_value_even_when_connections_are_left() {
    let [server, _] = servers();
    let database = TestDatabase::create(&server, &scripts("email")).await.unwrap();
    let url = database.url().clone();
    let _left = Connection::open(&url).await.unwrap();
    drop(database);
    assert_eq!(Connection::open(&url).await.unwrap_err().code(), "engine.no-such-database");

    let [_, file] = servers();
    let database = TestDatabase::create(&file, &scripts("email")).await.unwrap();
    let DatabaseUrl::Sqlite(url) = database.url().clone() else { return };
    let SqliteDatabase::File(path) = url.database else { return };
    assert!(path.is_file());
    drop(database);
    assert!(!path.exists());
}

#[tokio::test]
async fn a_transaction_that_is_dropped_leaves_nothing() {
    for server in servers() {
        let database = TestDatabase::create(&server, &scripts("email")).await.unwrap();
        let engine = database.engine(EngineOptions::default()).await.unwrap();
        for _ in 0..3 {
            let mut connection = engine.acquire().await.unwrap();
            connection.begin(TransactionOptions::default()).await.unwrap();
            connection.execute(&Statement::from("INSERT INTO customers VALUES (1, 'a')")).await.unwrap();
            assert_eq!(count(&mut connection).await, 1);
        }
        assert_eq!(count(&mut engine.acquire().await.unwrap()).await, 0);
    }
}

#[tokio::test]
async fn migrations_that_fail_are_told_and_leave_no_template() {
    let broken = "-- Revision ID: b1\n\n-- migrate:up\nCREATE TABLE t (id nothing_of_the_kind(;\n";
    let broken = ScriptDirectory::from_embedded(&[("b1_broken.sql", broken)]).unwrap();
    for server in servers() {
        for _ in 0..2 {
            let error = TestDatabase::create(&server, &broken).await.unwrap_err();
            assert!(matches!(error, TestError::Migrate(_)), "{error}");
        }
    }
}

/// How long a database takes once there is a template: `cargo test -p limbeck-test -- --ignored --nocapture`.
#[tokio::test]
#[ignore = "measures"]
#[allow(clippy::print_stderr, reason = "the measure is what it is for")]
async fn the_time_for_a_database() {
    for server in servers() {
        let scripts = scripts("email");
        drop(TestDatabase::create(&server, &scripts).await.unwrap());
        let mut times: Vec<[f64; 2]> = Vec::new();
        for _ in 0..20 {
            let started = Instant::now();
            let database = TestDatabase::create(&server, &scripts).await.unwrap();
            let made = started.elapsed().as_secs_f64() * 1000.0;
            drop(database);
            times.push([made, started.elapsed().as_secs_f64() * 1000.0 - made]);
        }
        times.sort_by(|a, b| a[0].total_cmp(&b[0]));
        eprintln!(
            "{server}: made in {:.1} ms, removed in {:.1} ms (median of 20)",
            times[10][0], times[10][1]
        );
    }
}
