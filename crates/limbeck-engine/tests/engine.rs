//! The pool: what comes back clean, what is closed, and who waits for whom.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::{Duration, Instant};

use limbeck_engine::{
    Connection, CopyIn, Engine, EngineError, EngineOptions, Event, PooledConnection, Statement,
    TransactionOptions,
};
use limbeck_schema::Value;
use limbeck_test_server::{postgres_url, sqlite_directory};

fn options(max_connections: usize) -> EngineOptions {
    EngineOptions { max_connections, acquire_timeout: Duration::from_millis(300), ..EngineOptions::default() }
}

async fn postgresql(options: EngineOptions) -> Engine {
    Engine::open(&postgres_url().parse().unwrap(), options).await.unwrap()
}

async fn number(connection: &mut Connection, sql: &'static str) -> i64 {
    let statement = Statement::from(sql);
    connection.fetch_all(&statement, |row| row.get::<i64>(0)).await.unwrap()[0]
}

async fn process(connection: &mut PooledConnection) -> i64 {
    number(connection, "SELECT pg_backend_pid()::bigint").await
}

async fn run(connection: &mut Connection, sql: &'static str) -> u64 {
    connection.execute(&Statement::from(sql)).await.unwrap()
}

/// Whether a future is done after being polled once.
async fn poll_once<T>(mut future: Pin<&mut impl Future<Output = T>>) -> bool {
    poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_ready())).await
}

#[tokio::test]
async fn a_connection_is_used_again_and_waited_for() {
    let engine = postgresql(options(1)).await;
    let mut connection = engine.acquire().await.unwrap();
    let first = process(&mut connection).await;
    assert_eq!((engine.used_connections(), engine.idle_connections()), (1, 0));
    let error = engine.acquire().await.unwrap_err();
    assert_eq!(error.code(), "engine.pool-timeout");
    assert_eq!(error.to_string(), "no connection became free within 0.3 s: all 1 of the pool are in use");
    drop(connection);
    assert_eq!((engine.used_connections(), engine.idle_connections()), (0, 1));
    assert_eq!(process(&mut engine.acquire().await.unwrap()).await, first);
    engine.close();
    assert_eq!(engine.acquire().await.unwrap_err().code(), "engine.pool-closed");
}

#[tokio::test]
async fn an_open_transaction_is_rolled_back_however_it_was_begun() {
    let engine = postgresql(options(1)).await;
    let mut connection = engine.acquire().await.unwrap();
    let first = process(&mut connection).await;
    run(&mut connection, "CREATE TABLE t (id integer)").await;
    for begin in ["method", "statement", "raw"] {
        match begin {
            "method" => connection.begin(TransactionOptions::default()).await.unwrap(),
            "statement" => drop(run(&mut connection, "BEGIN").await),
            _ => drop(connection.query("BEGIN").await.unwrap()),
        }
        run(&mut connection, "INSERT INTO t VALUES (1)").await;
        drop(connection);
        connection = engine.acquire().await.unwrap();
        assert!(!connection.in_transaction(), "{begin}");
        assert_eq!(number(&mut connection, "SELECT count(*) FROM t").await, 0, "{begin}");
        assert_eq!(process(&mut connection).await, first, "{begin}: the connection is kept");
    }
}

#[tokio::test]
async fn a_statement_that_nobody_waits_for_is_stopped_and_its_connection_closed() {
    let engine = postgresql(options(2)).await;
    let mut connection = engine.acquire().await.unwrap();
    let first = process(&mut connection).await;
    connection.begin(TransactionOptions::default()).await.unwrap();
    run(&mut connection, "CREATE TABLE t (id integer)").await;
    let sleep = Statement::from("SELECT pg_sleep(60)");
    let started = Instant::now();
    assert!(tokio::time::timeout(Duration::from_millis(100), connection.execute(&sleep)).await.is_err());
    drop(connection);
    let mut connection = engine.acquire().await.unwrap();
    assert_ne!(process(&mut connection).await, first);
    // The server has ended the statement and the transaction with it.
    let left =
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()";
    while number(&mut connection, left).await > 0 {
        assert!(started.elapsed() < Duration::from_secs(10), "the statement still runs");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(number(&mut connection, "SELECT count(*) FROM pg_class WHERE relname = 't'").await, 0);
}

#[tokio::test]
async fn a_future_dropped_at_any_time_leaves_the_pool_usable_and_the_table_unchanged() {
    let engine = postgresql(options(2)).await;
    run(&mut engine.acquire().await.unwrap(), "CREATE TABLE t (id integer)").await;
    for polls in 0..40 {
        let work = async {
            let mut connection = engine.acquire().await?;
            connection.begin(TransactionOptions::default()).await?;
            let insert = Statement::from("INSERT INTO t VALUES (1)");
            connection.execute(&insert).await?;
            connection.pipeline(&[insert.clone(), insert], &mut |_, _| Ok(())).await?;
            connection.savepoint("s").await?;
            connection.rollback().await
        };
        let mut work = Box::pin(work);
        for _ in 0..polls {
            if poll_once(work.as_mut()).await {
                break;
            }
            tokio::time::sleep(Duration::from_micros(300)).await;
        }
        drop(work);
        let mut connection = engine.acquire().await.unwrap();
        assert_eq!(number(&mut connection, "SELECT count(*) FROM t").await, 0, "after {polls} polls");
    }
}

#[tokio::test]
async fn a_connection_lost_in_a_transaction_says_so_and_is_replaced() {
    let engine = postgresql(EngineOptions { pre_ping: true, ..options(2) }).await;
    let mut connection = engine.acquire().await.unwrap();
    let first = process(&mut connection).await;
    connection.begin(TransactionOptions::default()).await.unwrap();
    run(&mut connection, "CREATE TABLE t (id integer)").await;
    let mut other = engine.acquire().await.unwrap();
    let terminate =
        Statement::new("SELECT pg_terminate_backend($1::integer)", vec![Value::BigInteger(first)]);
    other.execute(&terminate).await.unwrap();
    let error = connection.execute(&Statement::from("SELECT 1")).await.unwrap_err();
    assert!(matches!(error, EngineError::ConnectionLost { .. }), "{error}");
    assert!(error.to_string().contains("terminating connection"), "{error}");
    assert!(connection.is_lost());
    drop((connection, other));
    let mut connection = engine.acquire().await.unwrap();
    assert_eq!(number(&mut connection, "SELECT count(*) FROM pg_class WHERE relname = 't'").await, 0);
}

#[tokio::test]
async fn statements_are_stopped_in_time_on_both_databases() {
    let timeout = EngineOptions { statement_timeout: Some(Duration::from_millis(100)), ..options(1) };
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT 1 FROM n) SELECT count(*) FROM n";
    for (url, sql) in [(postgres_url(), "SELECT pg_sleep(60)"), ("sqlite://".to_owned(), endless)] {
        let engine = Engine::open(&url.parse().unwrap(), timeout.clone()).await.unwrap();
        let mut connection = engine.acquire().await.unwrap();
        let started = Instant::now();
        let error = connection.execute(&Statement::from(sql)).await.unwrap_err();
        assert_eq!(error.code(), "engine.cancelled");
        assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
        assert_eq!(number(&mut connection, "SELECT count(*) FROM (SELECT 1) AS t").await, 1);
    }
}

#[tokio::test]
async fn nothing_is_prepared_where_a_pooler_could_not_follow() {
    let engine = postgresql(EngineOptions { statement_cache: 0, ..options(1) }).await;
    let mut connection = engine.acquire().await.unwrap();
    run(&mut connection, "CREATE TABLE t (id bigint, name varchar(9), at timestamptz, tags text[], ok bool)")
        .await;
    let insert = Statement::new(
        "INSERT INTO t VALUES ($1, $2, $3, $4, $5)",
        vec![
            Value::Integer(7),
            Value::Text("ä".to_owned()),
            Value::Text("2026-01-01".to_owned()),
            Value::Array(vec![Value::Text("a,\"b\\".to_owned()), Value::Null]),
            Value::Boolean(true),
        ],
    );
    assert_eq!(connection.execute(&insert).await.unwrap(), 1);
    connection.pipeline(&[insert.clone(), insert], &mut |_, _| Ok(())).await.unwrap();
    let select =
        Statement::new("SELECT id, name, tags FROM t WHERE id = $1 LIMIT 1", vec![Value::BigInteger(7)]);
    let rows = connection
        .fetch_all(&select, |row| {
            Ok((row.get::<i64>(0)?, row.get::<String>(1)?, row.get::<Vec<Option<String>>>(2)?))
        })
        .await
        .unwrap();
    assert_eq!(rows, [(7, "ä".to_owned(), vec![Some("a,\"b\\".to_owned()), None])]);
    assert_eq!(number(&mut connection, "SELECT count(*) FROM pg_prepared_statements").await, 0);
}

#[tokio::test]
async fn whoever_watches_is_told_what_happens() {
    for url in [postgres_url(), "sqlite://".to_owned()] {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&seen);
        let observer = move |event: &Event<'_>| {
            sink.lock().unwrap().push(match event {
                Event::Statement { sql, params, rows, error, .. } => {
                    format!("{sql} {params} {rows:?} {:?}", error.map(EngineError::code))
                }
                event => format!("{event:?}"),
            });
        };
        let engine = EngineOptions { observer: Some(Arc::new(observer)), ..options(1) };
        let engine = Engine::open(&url.parse().unwrap(), engine).await.unwrap();
        let mut connection = engine.acquire().await.unwrap();
        connection.begin(TransactionOptions::default()).await.unwrap();
        run(&mut connection, "CREATE TABLE t (id integer)").await;
        connection.commit().await.unwrap();
        connection.execute(&Statement::from("SELECT nothing")).await.unwrap_err();
        let two = [Statement::from("INSERT INTO t VALUES (1), (2)"), Statement::from("DELETE FROM t")];
        connection.pipeline(&two, &mut |_, _| Ok(())).await.unwrap();
        connection.begin(TransactionOptions::default()).await.unwrap();
        drop(connection);
        engine.close();
        let mut seen = seen.lock().unwrap().clone();
        // On SQLite the pipeline's own transaction is told as well.
        seen.retain(|event| event != "Begin" && event != "Commit");
        assert_eq!(
            seen,
            [
                "Opened",
                "CREATE TABLE t (id integer) 0 Some(0) None",
                "SELECT nothing 0 None Some(\"engine.sql\")",
                "INSERT INTO t VALUES (1), (2) 0 Some(2) None",
                "DELETE FROM t 0 Some(2) None",
                "Rollback",
                "Closed",
            ],
            "{url}"
        );
    }
}

#[tokio::test]
async fn notifications_arrive_where_they_are_listened_to() {
    let engine = postgresql(options(2)).await;
    let (mut listener, mut sender) = (engine.acquire().await.unwrap(), engine.acquire().await.unwrap());
    run(&mut listener, "LISTEN orders").await;
    let notify = Statement::new("SELECT pg_notify('orders', $1)", vec![Value::Text("17".to_owned())]);
    sender.execute(&notify).await.unwrap();
    let pid = process(&mut sender).await;
    let Connection::Postgresql(listening) = &mut *listener else { panic!("a PostgreSQL URL opened SQLite") };
    let notification = tokio::time::timeout(Duration::from_secs(5), listening.notification()).await.unwrap();
    let notification = notification.unwrap();
    assert_eq!((&*notification.channel, &*notification.payload), ("orders", "17"));
    assert_eq!(i64::from(notification.process_id), pid);
}

#[tokio::test]
async fn rows_are_copied_in_whole_or_not_at_all() {
    let directory = sqlite_directory();
    for url in [postgres_url(), format!("sqlite:///{}/copy.db", directory.path().display())] {
        let engine = Engine::open(&url.parse().unwrap(), options(1)).await.unwrap();
        let mut connection = engine.acquire().await.unwrap();
        run(&mut connection, "CREATE TABLE t (id integer PRIMARY KEY, name text, price numeric(30, 4))")
            .await;
        let copy = CopyIn {
            schema: None,
            table: "t".to_owned(),
            columns: ["id", "name", "price"].map(str::to_owned).to_vec(),
        };
        let row = |id: i32, price: Value| {
            let name = if id % 3 == 0 { Value::Null } else { Value::Text(format!("tab\t\\ {id}\n")) };
            vec![Value::Integer(id), name, price]
        };
        // With text for a number it is COPY's text format, without it the binary one.
        let mut rows = (0..5000).map(|id| row(id, Value::Integer(id * 100)));
        assert_eq!(connection.copy_in(&copy, &mut rows).await.unwrap(), 5000);
        let mut rows = (5000..10000).map(|id| row(id, Value::Text(format!("{id}00.5"))));
        assert_eq!(connection.copy_in(&copy, &mut rows).await.unwrap(), 5000);
        assert_eq!(connection.copy_in(&copy, &mut std::iter::empty()).await.unwrap(), 0);
        let exact = "SELECT count(*) FROM t WHERE price = id * 100 + CASE WHEN id < 5000 THEN 0 ELSE 0.5 END";
        assert_eq!(number(&mut connection, exact).await, 10000);
        let names = Statement::from("SELECT name FROM t WHERE id IN (3, 7, 6001) ORDER BY id");
        let names = connection.fetch_all(&names, |row| row.get::<Option<String>>(0)).await.unwrap();
        assert_eq!(names, [None, Some("tab\t\\ 7\n".to_owned()), Some("tab\t\\ 6001\n".to_owned())]);

        let mut rows = (20_000..30_000).chain([1]).map(|id| row(id, Value::Null));
        let error = connection.copy_in(&copy, &mut rows).await.unwrap_err();
        assert_eq!(error.code(), "engine.unique-violation");
        let mut rows = (20_000..20_010).map(|id| row(id, Value::Null)).chain([vec![Value::Null]]);
        let error = connection.copy_in(&copy, &mut rows).await.unwrap_err();
        assert_eq!(error.to_string(), "a row has 1 values for 3 columns");
        assert_eq!(number(&mut connection, "SELECT count(*) FROM t").await, 10000);
    }
}

#[tokio::test]
async fn writers_of_a_sqlite_file_take_turns_on_one_thread() {
    let directory = sqlite_directory();
    let url = format!("sqlite:///{}/shop.db?timeout=2", directory.path().display()).parse().unwrap();
    let engine = Engine::open(&url, options(4)).await.unwrap();
    let mut first = engine.acquire().await.unwrap();
    run(&mut first, "CREATE TABLE t (id integer)").await;
    first.begin(TransactionOptions::default()).await.unwrap();
    run(&mut first, "INSERT INTO t VALUES (1)").await;

    // Reading waits for nobody.
    let mut reader = engine.acquire().await.unwrap();
    reader.begin(TransactionOptions::read_only()).await.unwrap();
    assert_eq!(number(&mut reader, "SELECT count(*) FROM t").await, 0);
    // A transaction and a single statement wait their turn, and the thread goes on meanwhile.
    let insert = |begins: bool| {
        let engine = engine.clone();
        async move {
            let mut connection = engine.acquire().await.unwrap();
            if begins {
                connection.begin(TransactionOptions::default()).await.unwrap();
            }
            run(&mut connection, "INSERT INTO t VALUES (2)").await;
            if begins {
                connection.commit().await.unwrap();
            }
        }
    };
    let started = Instant::now();
    let commit = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        first.commit().await.unwrap();
    };
    tokio::join!(insert(true), insert(false), commit);
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    assert_eq!(number(&mut reader, "SELECT count(*) FROM t").await, 0, "as when it began");
    reader.commit().await.unwrap();
    assert_eq!(number(&mut reader, "SELECT count(*) FROM t").await, 3);

    // Another process has the file: its connection is not one of the pool's.
    let mut stranger = Connection::open(&url).await.unwrap();
    stranger.begin(TransactionOptions::default()).await.unwrap();
    let wait = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        stranger.rollback().await.unwrap();
    };
    let (begun, ()) = tokio::join!(reader.begin(TransactionOptions::default()), wait);
    begun.unwrap();
    drop(reader);
    // What was left open has given its turn back.
    insert(false).await;
}

#[tokio::test]
async fn a_database_in_memory_is_one_connection_that_stays() {
    let worn = EngineOptions {
        idle_timeout: Some(Duration::ZERO),
        max_lifetime: Some(Duration::ZERO),
        ..options(10)
    };
    let engine = Engine::open(&"sqlite://".parse().unwrap(), worn).await.unwrap();
    assert_eq!(engine.max_connections(), 1);
    run(&mut engine.acquire().await.unwrap(), "CREATE TABLE t (id integer)").await;
    assert_eq!(number(&mut engine.acquire().await.unwrap(), "SELECT count(*) FROM t").await, 0);
}
