//! Statements with parameters, transactions and pipelines, on both databases.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use futures_util::TryStreamExt as _;
use limbeck_engine::{
    Connection, Decode, EngineError, IsolationLevel, PipelineError, Statement, TransactionOptions,
};
use limbeck_schema::{Dialect, Value};
use limbeck_test_server::postgres_url;

async fn postgresql() -> Connection {
    Connection::open(&postgres_url().parse().unwrap()).await.unwrap()
}

async fn sqlite() -> Connection {
    Connection::open(&"sqlite://".parse().unwrap()).await.unwrap()
}

async fn both() -> [Connection; 2] {
    [postgresql().await, sqlite().await]
}

/// With `?` for each placeholder in the order of the values.
fn statement(connection: &Connection, sql: &str, params: Vec<Value>) -> Statement {
    let mark = if connection.dialect() == Dialect::Postgresql { "$" } else { "?" };
    let mut parts = sql.split('?');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for (index, part) in parts.enumerate() {
        text.push_str(&format!("{mark}{}{part}", index + 1));
    }
    Statement::new(text, params)
}

async fn run(connection: &mut Connection, sql: &str, params: Vec<Value>) -> Result<u64, EngineError> {
    let statement = statement(connection, sql, params);
    connection.execute(&statement).await
}

async fn column<T: Decode + Send>(connection: &mut Connection, sql: &str) -> Vec<T> {
    let statement = statement(connection, sql, Vec::new());
    connection.fetch_all(&statement, |row| row.get(0)).await.unwrap()
}

#[tokio::test]
async fn rows_come_as_they_are_asked_for_and_counts_as_they_are() {
    for mut connection in both().await {
        run(&mut connection, "CREATE TABLE t (id integer PRIMARY KEY, name text)", vec![]).await.unwrap();
        let inserted = run(
            &mut connection,
            "INSERT INTO t VALUES (?, ?), (?, ?)",
            vec![Value::Integer(1), Value::Text("ä".to_owned()), Value::BigInteger(2), Value::Null],
        );
        assert_eq!(inserted.await.unwrap(), 2);
        let select = statement(
            &connection,
            "SELECT id, name FROM t WHERE id > ? ORDER BY id",
            vec![Value::SmallInteger(0)],
        );
        for _ in 0..2 {
            let rows =
                connection.fetch_all(&select, |row| Ok((row.get::<i64>(0)?, row.get::<Option<String>>(1)?)));
            assert_eq!(rows.await.unwrap(), [(1, Some("ä".to_owned())), (2, None)]);
        }
        let mut names = Vec::new();
        let count = connection
            .fetch(&select, &mut |row| {
                names.push((row.len(), row.column_name(1).unwrap_or_default().to_owned()));
                Ok(())
            })
            .await
            .unwrap();
        assert_eq!((count, names), (2, vec![(2, "name".to_owned()); 2]));
        assert_eq!(run(&mut connection, "UPDATE t SET name = 'x'", vec![]).await.unwrap(), 2);
        assert_eq!(run(&mut connection, "DELETE FROM t WHERE id = 3", vec![]).await.unwrap(), 0);
        let deleted = statement(&connection, "DELETE FROM t RETURNING id", vec![]);
        assert_eq!(connection.fetch_all(&deleted, |row| row.get::<i32>(0)).await.unwrap(), [1, 2]);
    }
}

#[tokio::test]
async fn what_cannot_be_decoded_names_the_column() {
    for mut connection in both().await {
        let select = statement(&connection, "SELECT 'x' AS name, NULL AS absent, 300 AS number", vec![]);
        let failure = connection.fetch_all(&select, |row| row.get::<i32>(0)).await.unwrap_err();
        let word = if connection.dialect() == Dialect::Postgresql { "text" } else { "TEXT" };
        assert_eq!(failure.code(), "engine.decode");
        assert_eq!(
            failure.to_string(),
            format!("the column `name` is of type `{word}`, which cannot be read as `i32`")
        );
        let failure = connection.fetch_all(&select, |row| row.get::<String>(1)).await.unwrap_err();
        assert_eq!(
            failure.to_string(),
            "the column `absent` is NULL, which `String` cannot be; read it as `Option<String>`"
        );
        let failure = connection.fetch_all(&select, |row| row.get::<u8>(2)).await.unwrap_err();
        assert_eq!(failure.to_string(), "the column `number` holds `300`, which is no value of `u8`");
        let failure = connection.fetch_all(&select, |row| row.get::<i32>(3)).await.unwrap_err();
        assert_eq!(failure.to_string(), "the row has no column 3: it has 3, counted from 0");
        assert_eq!(column::<i32>(&mut connection, "SELECT 1").await, [1], "and goes on");
    }
}

#[tokio::test]
async fn values_that_do_not_fit_are_named_before_they_are_sent() {
    let mut connection = postgresql().await;
    run(&mut connection, "CREATE TABLE t (small smallint, name varchar(3))", vec![]).await.unwrap();
    let insert = "INSERT INTO t VALUES (?, ?)";
    let failure = run(&mut connection, insert, vec![Value::Integer(40_000), Value::Null]).await.unwrap_err();
    assert_eq!(failure.code(), "engine.value-out-of-range");
    assert_eq!(failure.to_string(), "`40000` does not fit a parameter of type `int2`");
    let failure = run(&mut connection, insert, vec![Value::Boolean(true), Value::Null]).await.unwrap_err();
    assert_eq!(failure.to_string(), "a parameter of type `int2` cannot be a boolean");
    let text = |text: &str| Value::Text(text.to_owned());
    let failure = run(&mut connection, insert, vec![Value::Null, text("a\0b")]).await.unwrap_err();
    assert_eq!(failure.code(), "engine.nul-character");
    let failure = run(&mut connection, insert, vec![Value::Null, text("long")]).await.unwrap_err();
    assert_eq!(failure.code(), "engine.invalid-value");
    let failure = run(&mut connection, insert, vec![text("many"), Value::Null]).await.unwrap_err();
    assert_eq!(failure.code(), "engine.invalid-value");
    for mut connection in both().await {
        assert_eq!(
            run(&mut connection, "SELECT 1", vec![Value::Null]).await.unwrap_err().code(),
            "engine.driver"
        );
    }
}

#[tokio::test]
async fn transactions_commit_roll_back_and_have_savepoints() {
    for mut connection in both().await {
        run(&mut connection, "CREATE TABLE t (id integer PRIMARY KEY)", vec![]).await.unwrap();
        connection.begin(TransactionOptions::default()).await.unwrap();
        assert!(connection.in_transaction());
        assert_eq!(
            connection.begin(TransactionOptions::default()).await.unwrap_err().code(),
            "engine.driver"
        );
        run(&mut connection, "INSERT INTO t VALUES (1)", vec![]).await.unwrap();
        connection.savepoint("a \"b\"").await.unwrap();
        run(&mut connection, "INSERT INTO t VALUES (2)", vec![]).await.unwrap();
        assert_eq!(
            run(&mut connection, "INSERT INTO t VALUES (1)", vec![]).await.unwrap_err().code(),
            "engine.unique-violation"
        );
        connection.rollback_to("a \"b\"").await.unwrap();
        run(&mut connection, "INSERT INTO t VALUES (3)", vec![]).await.unwrap();
        connection.release("a \"b\"").await.unwrap();
        connection.commit().await.unwrap();
        assert!(!connection.in_transaction());
        assert_eq!(column::<i32>(&mut connection, "SELECT id FROM t ORDER BY id").await, [1, 3]);

        connection.begin(TransactionOptions::isolation(IsolationLevel::Serializable)).await.unwrap();
        run(&mut connection, "DELETE FROM t", vec![]).await.unwrap();
        connection.rollback().await.unwrap();
        connection.begin(TransactionOptions::default()).await.unwrap();
        connection.rollback().await.unwrap();
        assert_eq!(column::<i64>(&mut connection, "SELECT count(*) FROM t").await, [2]);

        connection.begin(TransactionOptions::read_only()).await.unwrap();
        assert_eq!(
            run(&mut connection, "DELETE FROM t", vec![]).await.unwrap_err().code(),
            "engine.read-only"
        );
        connection.rollback().await.unwrap();
        assert_eq!(run(&mut connection, "DELETE FROM t", vec![]).await.unwrap(), 2, "and writes again");
    }
}

#[tokio::test]
async fn a_commit_after_an_error_says_that_it_rolled_back() {
    let mut connection = postgresql().await;
    run(&mut connection, "CREATE TABLE t (id integer PRIMARY KEY)", vec![]).await.unwrap();
    connection.begin(TransactionOptions::default()).await.unwrap();
    run(&mut connection, "INSERT INTO t VALUES (1)", vec![]).await.unwrap();
    assert!(run(&mut connection, "SELECT 1 / 0", vec![]).await.is_err());
    assert_eq!(connection.commit().await.unwrap_err().code(), "engine.transaction-aborted");
    assert!(!connection.in_transaction());
    assert_eq!(column::<i64>(&mut connection, "SELECT count(*) FROM t").await, [0]);
}

#[tokio::test]
async fn a_deferred_constraint_fails_the_commit_and_leaves_no_transaction() {
    for mut connection in both().await {
        run(&mut connection, "CREATE TABLE a (id integer PRIMARY KEY)", vec![]).await.unwrap();
        let table = "CREATE TABLE b (a_id integer REFERENCES a DEFERRABLE INITIALLY DEFERRED)";
        run(&mut connection, table, vec![]).await.unwrap();
        connection.begin(TransactionOptions::default()).await.unwrap();
        run(&mut connection, "INSERT INTO b VALUES (1)", vec![]).await.unwrap();
        assert_eq!(connection.commit().await.unwrap_err().code(), "engine.foreign-key-violation");
        assert!(!connection.in_transaction());
        assert_eq!(column::<i64>(&mut connection, "SELECT count(*) FROM b").await, [0]);
    }
}

fn inserts(connection: &Connection, ids: &[i32]) -> Vec<Statement> {
    let insert = |id: &i32| {
        statement(connection, "INSERT INTO t VALUES (?) RETURNING id * 10", vec![Value::Integer(*id)])
    };
    ids.iter().map(insert).collect()
}

async fn pipeline(
    connection: &mut Connection,
    ids: &[i32],
) -> Result<(Vec<u64>, Vec<(usize, i32)>), PipelineError> {
    let (statements, mut rows) = (inserts(connection, ids), Vec::new());
    let counts = connection
        .pipeline(&statements, &mut |index, row| {
            rows.push((index, row.get(0)?));
            Ok(())
        })
        .await?;
    Ok((counts, rows))
}

#[tokio::test]
async fn a_pipeline_is_all_or_nothing_and_names_what_failed() {
    for mut connection in both().await {
        run(&mut connection, "CREATE TABLE t (id integer PRIMARY KEY)", vec![]).await.unwrap();
        let (counts, rows) = pipeline(&mut connection, &[1, 2, 3]).await.unwrap();
        assert_eq!((counts, rows), (vec![1; 3], vec![(0, 10), (1, 20), (2, 30)]));
        let failure = pipeline(&mut connection, &[4, 5, 1, 6]).await.unwrap_err();
        assert_eq!((failure.index, failure.error.code()), (2, "engine.unique-violation"));
        assert!(!connection.in_transaction());
        assert_eq!(column::<i32>(&mut connection, "SELECT id FROM t ORDER BY id").await, [1, 2, 3]);

        connection.begin(TransactionOptions::default()).await.unwrap();
        pipeline(&mut connection, &[4]).await.unwrap();
        connection.savepoint("s").await.unwrap();
        let failure = pipeline(&mut connection, &[5, 4, 6]).await.unwrap_err();
        assert_eq!((failure.index, failure.error.code()), (1, "engine.unique-violation"));
        connection.rollback_to("s").await.unwrap();
        pipeline(&mut connection, &[7, 8]).await.unwrap();
        connection.commit().await.unwrap();
        assert_eq!(column::<i32>(&mut connection, "SELECT id FROM t ORDER BY id").await, [1, 2, 3, 4, 7, 8]);

        let mut statements = inserts(&connection, &[9, 10]);
        statements.insert(1, Statement::from("SELECT nothing"));
        let failure = connection.pipeline(&statements, &mut |_, _| Ok(())).await.unwrap_err();
        assert_eq!((failure.index, failure.error.code()), (1, "engine.sql"));
        let mut statements = inserts(&connection, &[9, 10, 11]);
        statements[1].params.clear();
        let failure = connection.pipeline(&statements, &mut |_, _| Ok(())).await.unwrap_err();
        assert_eq!((failure.index, failure.error.code()), (1, "engine.driver"));
        assert_eq!(column::<i64>(&mut connection, "SELECT count(*) FROM t").await, [6]);
    }
}

#[tokio::test]
async fn prepared_statements_survive_changes_of_their_tables() {
    for mut connection in both().await {
        run(&mut connection, "CREATE TABLE t (a integer)", vec![]).await.unwrap();
        run(&mut connection, "INSERT INTO t VALUES (1)", vec![]).await.unwrap();
        assert_eq!(column::<i32>(&mut connection, "SELECT * FROM t").await, [1]);
        run(&mut connection, "ALTER TABLE t ADD COLUMN b integer", vec![]).await.unwrap();
        assert_eq!(column::<i32>(&mut connection, "SELECT * FROM t").await, [1]);
        let both = statement(&connection, "SELECT * FROM t", vec![]);
        assert_eq!(connection.fetch_all(&both, |row| Ok(row.len())).await.unwrap(), [2]);
        run(&mut connection, "ALTER TABLE t ADD COLUMN c integer", vec![]).await.unwrap();
        connection
            .pipeline(&[both.clone(), both.clone()], &mut |_, row| {
                assert_eq!(row.len(), 3);
                Ok(())
            })
            .await
            .unwrap();
        // As the first statement of a transaction too, since nothing has been done in it.
        run(&mut connection, "ALTER TABLE t ADD COLUMN d integer", vec![]).await.unwrap();
        connection.begin(TransactionOptions::default()).await.unwrap();
        assert_eq!(connection.fetch_all(&both, |row| Ok(row.len())).await.unwrap(), [4]);
        assert!(connection.in_transaction());
        connection.rollback().await.unwrap();
    }
    // Later in a transaction the error says what to do: run the transaction again.
    let mut connection = postgresql().await;
    run(&mut connection, "CREATE TABLE t (a integer)", vec![]).await.unwrap();
    column::<i32>(&mut connection, "SELECT * FROM t").await;
    connection.begin(TransactionOptions::default()).await.unwrap();
    run(&mut connection, "ALTER TABLE t ADD COLUMN b integer", vec![]).await.unwrap();
    let failure = run(&mut connection, "SELECT * FROM t", vec![]).await.unwrap_err();
    assert_eq!((failure.code(), failure.is_transient()), ("engine.stale-plan", true));
    connection.rollback().await.unwrap();
    // What a pooler does that hands the connection to another server process.
    column::<i32>(&mut connection, "SELECT a FROM t").await;
    run(&mut connection, "DEALLOCATE ALL", vec![]).await.unwrap();
    assert!(column::<i32>(&mut connection, "SELECT a FROM t").await.is_empty());
}

#[tokio::test]
async fn a_stream_gives_rows_one_by_one_and_may_be_left() {
    for mut connection in both().await {
        let sql =
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT i FROM n";
        let select = Statement::from(sql);
        let all: Vec<i32> = connection.stream(&select, |row| row.get::<i32>(0)).try_collect().await.unwrap();
        assert_eq!(all.len(), 1000);
        let mut stream = connection.stream(&select, |row| row.get::<i32>(0));
        assert_eq!(stream.try_next().await.unwrap(), Some(1));
        drop(stream);
        assert_eq!(column::<i32>(&mut connection, "SELECT 5").await, [5]);
        let wrong = connection.stream(&select, |row| row.get::<String>(0)).try_collect::<Vec<_>>().await;
        assert_eq!(wrong.unwrap_err().code(), "engine.decode");
        assert_eq!(column::<i32>(&mut connection, "SELECT 5").await, [5]);
    }
}

#[test]
fn futures_can_move_between_threads() {
    fn movable<T: Send>(_: T) {}
    let check = |connection: &mut Connection, statement: &Statement| {
        movable(connection.execute(statement));
        movable(connection.pipeline(std::slice::from_ref(statement), &mut |_, _| Ok(())));
        movable(connection.begin(TransactionOptions::default()));
        movable(connection.commit());
        movable(connection.stream(statement, |row| row.get::<i32>(0)));
    };
    let _ = check;
}
