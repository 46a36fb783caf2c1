//! Connections to real PostgreSQL servers.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::net::TcpListener;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use limbeck_engine::{Connection, DatabaseUrl, EngineError, PostgresqlConnection};
use limbeck_test_server::{
    DelayProxy, ENCRYPTED_USER, PLAIN_USER, SCRAM_PASSWORD, SCRAM_USER, postgres_server_url,
    postgres_socket_directory, postgres_tls_server, postgres_url,
};

async fn open(url: &str) -> Result<PostgresqlConnection, EngineError> {
    match Connection::open(&DatabaseUrl::parse(url).unwrap()).await? {
        Connection::Postgresql(connection) => Ok(connection),
        Connection::Sqlite(_) => panic!("a PostgreSQL URL opened SQLite"),
    }
}

async fn value(connection: &PostgresqlConnection, sql: &str) -> String {
    connection.query(sql).await.unwrap()[0][0].clone().unwrap()
}

/// The private cluster's port: tests of its own rules and sockets cannot use a given server.
fn private_port() -> u16 {
    postgres_socket_directory().1
}

#[tokio::test]
async fn opens_by_tcp_and_knows_the_version_without_asking() {
    let connection = open(&postgres_url()).await.unwrap();
    let number: u32 = value(&connection, "SHOW server_version_num").await.parse().unwrap();
    assert_eq!(connection.server_version(), number);
    assert_eq!(value(&connection, "SHOW application_name").await, "limbeck");
}

#[tokio::test]
async fn opens_by_unix_socket_in_every_spelling() {
    let (directory, port) = postgres_socket_directory();
    let directory = directory.display().to_string();
    let escaped = directory.replace('/', "%2F");
    for url in [
        format!("postgresql://limbeck@/postgres?host={directory}&port={port}"),
        format!("postgresql://limbeck@{escaped}:{port}/postgres"),
        format!("host={directory} port={port} user=limbeck dbname=postgres sslmode=require"),
    ] {
        let connection = open(&url).await.unwrap();
        assert_eq!(connection.query("SELECT inet_server_port()").await.unwrap(), vec![vec![None]], "{url}");
    }
}

#[tokio::test]
async fn options_and_application_name_reach_the_server() {
    let url = format!("{}?options=-c%20search_path%3Dshop&application_name=a%20b", postgres_url());
    let connection = open(&url).await.unwrap();
    assert_eq!(value(&connection, "SHOW search_path").await, "shop");
    assert_eq!(value(&connection, "SHOW application_name").await, "a b");
}

#[tokio::test]
async fn passwords_are_sent_and_refusals_named_without_them() {
    let port = private_port();
    let with = |password: &str| {
        let password =
            password.replace('%', "%25").replace('@', "%40").replace('/', "%2F").replace(':', "%3A");
        format!("postgresql://{SCRAM_USER}:{password}@127.0.0.1:{port}/postgres")
    };
    let connection = open(&with(SCRAM_PASSWORD)).await.unwrap();
    assert_eq!(value(&connection, "SELECT current_user").await, SCRAM_USER);
    assert!(!format!("{connection:?}").contains("word"), "{connection:?}");

    let wrong = open(&with("wr0ng-secret")).await.unwrap_err();
    assert_eq!(wrong.code(), "engine.authentication");
    assert!(wrong.to_string().contains("password authentication failed"), "{wrong}");
    assert!(!format!("{wrong} {wrong:?}").contains("wr0ng-secret"));

    let none = open(&format!("postgresql://{SCRAM_USER}@127.0.0.1:{port}/postgres")).await.unwrap_err();
    assert_eq!(none.code(), "engine.authentication");
    assert!(none.to_string().contains("PGPASSWORD"), "{none}");
}

#[tokio::test]
async fn the_password_file_is_read_where_the_url_is_silent() {
    use std::os::unix::fs::PermissionsExt;
    let port = private_port();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("pgpass");
    let escaped = SCRAM_PASSWORD.replace('\\', "\\\\").replace(':', "\\:");
    std::fs::write(&file, format!("127.0.0.1:{port}:*:{SCRAM_USER}:{escaped}\n")).unwrap();
    let url = format!("postgresql://{SCRAM_USER}@127.0.0.1:{port}/postgres?passfile={}", file.display());

    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o644)).unwrap();
    assert_eq!(open(&url).await.unwrap_err().code(), "engine.authentication", "others may read the file");
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).unwrap();
    open(&url).await.unwrap();
}

#[tokio::test]
async fn a_closed_port_is_told_at_once_and_the_next_host_tried() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let started = Instant::now();
    let error = open(&format!("postgresql://ada:s3cret@127.0.0.1:{closed}/shop")).await.unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    assert_eq!(error.code(), "engine.unreachable");
    let text = error.to_string();
    assert!(text.contains(&format!("127.0.0.1:{closed}")) && text.contains("refused"), "{text}");
    assert!(!format!("{text} {error:?}").contains("s3cret"));

    let port = private_port();
    open(&format!("postgresql://limbeck@127.0.0.1:{closed},127.0.0.1:{port}/postgres")).await.unwrap();
}

#[tokio::test]
async fn a_silent_server_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let started = Instant::now();
    let error = open(&format!("postgresql://u@127.0.0.1:{port}/db?connect_timeout=1")).await.unwrap_err();
    assert_eq!(error.code(), "engine.unreachable");
    assert!(error.to_string().contains("within 2 s"), "libpq reads 1 as 2: {error}");
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_missing_database_and_a_missing_role_are_named() {
    let port = private_port();
    let error = open(&format!("postgresql://limbeck@127.0.0.1:{port}/nowhere")).await.unwrap_err();
    assert_eq!(error.code(), "engine.no-such-database");
    assert!(error.to_string().contains("`nowhere`"), "{error}");
    let error = open(&format!("postgresql://nobody_here@127.0.0.1:{port}/postgres")).await.unwrap_err();
    assert_eq!(error.code(), "engine.authentication");
    assert!(error.to_string().contains("nobody_here"), "{error}");
}

#[tokio::test]
async fn tls_follows_sslmode() {
    const ENCRYPTED: &str = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let server = postgres_tls_server();
    let root = server.root_certificate.display().to_string();
    let own = server.server_certificate.display().to_string();
    let by_name = |parameters: &str| format!("{}?{parameters}", server.url);
    let by_address =
        |parameters: &str| format!("{}?{parameters}", server.url.replace("localhost", "127.0.0.1"));
    for (url, encrypted) in [
        (by_name("sslmode=disable"), "f"),
        (by_name("sslmode=allow"), "f"),
        (by_name("sslmode=prefer"), "t"),
        (server.url.clone(), "t"),
        (by_address("sslmode=require"), "t"),
        (by_name(&format!("sslmode=verify-full&sslrootcert={root}")), "t"),
        (by_address(&format!("sslmode=verify-ca&sslrootcert={root}")), "t"),
        (by_name(&format!("sslmode=require&sslrootcert={root}")), "t"),
        (by_name(&format!("sslmode=verify-full&sslrootcert={own}")), "t"),
        // A server that refuses one kind of connection is asked for the other.
        (by_name("sslmode=prefer").replace("limbeck@", &format!("{PLAIN_USER}@")), "f"),
        (by_name("sslmode=allow").replace("limbeck@", &format!("{ENCRYPTED_USER}@")), "t"),
    ] {
        let connection = open(&url).await.unwrap_or_else(|error| panic!("{url}: {error}"));
        assert_eq!(value(&connection, ENCRYPTED).await, encrypted, "{url}");
    }
    for (url, reason) in [
        (by_address(&format!("sslmode=verify-full&sslrootcert={root}")), "sslmode=verify-ca"),
        (by_address(&format!("sslmode=verify-full&sslrootcert={own}")), "not valid for name"),
        (by_name("sslmode=verify-full&sslrootcert=/nowhere/root.crt"), "/nowhere/root.crt"),
        (
            format!("postgresql://limbeck@127.0.0.1:{}/postgres?sslmode=require", private_port()),
            "does not offer it",
        ),
    ] {
        let error = open(&url).await.unwrap_err();
        assert_eq!(error.code(), "engine.tls", "{url}: {error}");
        assert!(error.to_string().contains(reason), "{url}: {error}");
    }
}

#[tokio::test]
async fn sql_errors_keep_what_the_server_said() {
    let connection = open(&postgres_url()).await.unwrap();
    let error = connection.query("SELECT 'ä', nowhere FROM pg_class").await.unwrap_err();
    let sql_error = error.sql_error().unwrap();
    assert_eq!(error.code(), "engine.sql");
    assert_eq!(sql_error.sqlstate.as_deref(), Some("42703"));
    assert_eq!(sql_error.position, Some(13), "in characters, not bytes");

    connection.run_batch("CREATE TABLE t (id int CONSTRAINT positive CHECK (id > 0))").await.unwrap();
    let error = connection.query("INSERT INTO t VALUES (-1)").await.unwrap_err();
    let sql_error = error.sql_error().unwrap();
    assert_eq!(sql_error.schema.as_deref(), Some("public"));
    assert_eq!(sql_error.table.as_deref(), Some("t"));
    assert_eq!(sql_error.constraint.as_deref(), Some("positive"));
    assert!(sql_error.detail.as_deref().is_some_and(|detail| detail.contains("(-1)")), "{sql_error:?}");

    let body = "DO $$ BEGIN EXECUTE 'SELECT * FROM nowhere'; END $$";
    let error = connection.query(body).await.unwrap_err();
    let sql_error = error.sql_error().unwrap();
    assert_eq!(sql_error.internal_query.as_deref(), Some("SELECT * FROM nowhere"));
    assert_eq!(sql_error.position, None, "the position is one in the inner statement");
    assert!(sql_error.context.is_some());
}

#[tokio::test]
async fn read_only_and_lock_errors_have_codes_of_their_own() {
    let url = postgres_url();
    let connection = open(&format!("{url}?options=-c%20default_transaction_read_only%3Don")).await.unwrap();
    assert_eq!(connection.query("CREATE TABLE t (id int)").await.unwrap_err().code(), "engine.read-only");

    let (holder, waiter) = (open(&url).await.unwrap(), open(&url).await.unwrap());
    holder.run_batch("CREATE TABLE t (id int)").await.unwrap();
    holder.run_batch("BEGIN; LOCK TABLE t").await.unwrap();
    let error = waiter.query("LOCK TABLE t NOWAIT").await.unwrap_err();
    assert_eq!(error.code(), "engine.sql", "LOCK outside a transaction");
    let error = waiter.run_batch("BEGIN; LOCK TABLE t NOWAIT").await.unwrap_err();
    assert_eq!((error.error.code(), error.completed), ("engine.locked", 1));
}

#[tokio::test]
async fn a_batch_counts_its_statements_up_to_the_error() {
    let connection = open(&postgres_url()).await.unwrap();
    let rows = connection
        .run_batch("CREATE TABLE t (id int); INSERT INTO t VALUES (1), (2), (3); SELECT * FROM t; DELETE FROM t WHERE id > 1")
        .await
        .unwrap();
    assert_eq!(rows, [0, 3, 3, 2]);

    let sql = "INSERT INTO t VALUES (4); INSERT INTO t VALUES (5); INSERT INTO t VALUES ('x'); INSERT INTO t VALUES (6)";
    let failure = connection.run_batch(sql).await.unwrap_err();
    assert_eq!(failure.completed, 2);
    let position = failure.error.sql_error().unwrap().position.unwrap();
    assert!(sql[position - 1..].starts_with("'x'"), "position {position}");
    assert_eq!(value(&connection, "SELECT count(*) FROM t").await, "1", "the batch is one transaction");

    // The whole text is parsed before anything runs.
    let failure = connection.run_batch("INSERT INTO t VALUES (4); SELEC").await.unwrap_err();
    assert_eq!(failure.completed, 0);
    assert_eq!(failure.error.sql_error().unwrap().sqlstate.as_deref(), Some("42601"));
    assert_eq!(connection.run_batch("-- nothing").await.unwrap(), [0]);
}

#[tokio::test]
async fn batches_polled_together_share_round_trips() {
    const ONE_WAY: Duration = Duration::from_millis(11);
    let url = postgres_url();
    let server = url.split('@').nth(1).and_then(|rest| rest.split('/').next()).unwrap().to_owned();
    let target = if server.contains(':') { server.clone() } else { format!("{server}:5432") };
    let proxy = DelayProxy::start(target, ONE_WAY);
    let connection = open(&url.replace(&server, &format!("127.0.0.1:{}", proxy.port()))).await.unwrap();

    let started = Instant::now();
    connection.run_batch("CREATE TABLE t (id int)").await.unwrap();
    assert!(started.elapsed() >= 2 * ONE_WAY, "the proxy delays: {:?}", started.elapsed());

    let statements: Vec<String> = (0..500)
        .map(
            |id| if id == 300 { "SELECT nothing".to_owned() } else { format!("INSERT INTO t VALUES ({id})") },
        )
        .collect();
    let started = Instant::now();
    let results = join_all(statements.iter().map(|sql| connection.run_batch(sql))).await;
    let elapsed = started.elapsed();
    // One after the other they would need 500 times 22 ms, which is 11 s.
    assert!(elapsed < Duration::from_millis(1500), "500 batches in {elapsed:?}");
    let failed: Vec<usize> =
        results.iter().enumerate().filter(|(_, result)| result.is_err()).map(|(index, _)| index).collect();
    assert_eq!(failed, [300], "each error belongs to its batch");
    assert_eq!(value(&connection, "SELECT count(*) FROM t").await, "499");
}

#[tokio::test]
async fn notices_arrive_with_the_result() {
    let connection = open(&postgres_url()).await.unwrap();
    connection
        .run_batch("DROP TABLE IF EXISTS nowhere; DO $$ BEGIN RAISE WARNING 'careful'; END $$")
        .await
        .unwrap();
    let notices = connection.take_notices();
    let texts: Vec<(&str, &str)> =
        notices.iter().map(|notice| (&*notice.severity, &*notice.message.message)).collect();
    assert_eq!(texts, [("NOTICE", "table \"nowhere\" does not exist, skipping"), ("WARNING", "careful")]);
    assert!(connection.take_notices().is_empty(), "taken is taken");
}

#[tokio::test]
async fn a_lost_connection_tells_the_servers_last_words() {
    let connection = open(&postgres_url()).await.unwrap();
    let error = connection.query("SELECT pg_terminate_backend(pg_backend_pid())").await.unwrap_err();
    assert_eq!(error.code(), "engine.connection-lost");
    assert!(error.to_string().contains("terminating connection"), "{error}");
    assert_eq!(connection.query("SELECT 1").await.unwrap_err(), error, "and keeps saying so");
}

#[tokio::test]
async fn copy_from_stdin_ends_the_connection_instead_of_hanging() {
    let connection = open(&postgres_url()).await.unwrap();
    connection.run_batch("CREATE TABLE t (id int)").await.unwrap();
    let batches = ["COPY t FROM STDIN", "SELECT 1", "SELECT 2"];
    let outcome =
        tokio::time::timeout(Duration::from_secs(5), join_all(batches.map(|sql| connection.run_batch(sql))));
    for result in outcome.await.expect("no batch waits forever") {
        let error = result.unwrap_err().error;
        assert_eq!(error.code(), "engine.connection-lost");
        assert!(error.to_string().contains("FROM STDIN"), "{error}");
    }
}

#[tokio::test]
async fn texts_that_cannot_be_sent_leave_the_connection_usable() {
    let connection = open(&postgres_server_url()).await.unwrap();
    assert_eq!(connection.query("SELECT '\0'").await.unwrap_err().code(), "engine.driver");
    assert_eq!(value(&connection, "SELECT 1").await, "1");
}
