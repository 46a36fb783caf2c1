//! Fresh databases, on the given server or on the private cluster of this process.

use std::env;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

use tokio_postgres::NoTls;

use crate::cluster::Cluster;

/// The variable that names a server to use instead of a private cluster.
const SERVER_VARIABLE: &str = "LIMBECK_TEST_POSTGRES_URL";

/// The URL of a fresh, empty database of its own.
///
/// It is not dropped: a private cluster goes as a whole, and on a given server it remains for a look after a failure.
///
/// # Panics
/// When there is neither a server nor the programs to start one; the message says what to install or set.
pub fn postgres_url() -> String {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    static STARTED: OnceLock<u128> = OnceLock::new();
    // Unique among all processes that use the same server, now and earlier.
    let started = STARTED.get_or_init(|| {
        SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .map(|elapsed| elapsed.as_micros())
            .unwrap_or_default()
    });
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    let name = format!("limbeck_test_{started:x}_{}_{number}", std::process::id());
    // template0 holds nothing that an administrator may have added to template1.
    let sql = format!("CREATE DATABASE {name} TEMPLATE template0");
    let server = postgres_server_url();
    execute(&server, &sql).unwrap_or_else(|error| panic!("`{sql}` failed: {error}"));
    with_database(&server, &name)
}

/// The URL of the server's maintenance database: the private cluster's `postgres`, or what
/// `LIMBECK_TEST_POSTGRES_URL` says.
pub fn postgres_server_url() -> String {
    env::var(SERVER_VARIABLE).unwrap_or_else(|_| private_cluster().url("postgres"))
}

/// The directory of the private cluster's Unix socket, started for it if need be, and its port.
///
/// A given server has no say here: what is tested with a socket needs one on this machine.
pub fn postgres_socket_directory() -> (PathBuf, u16) {
    let cluster = private_cluster();
    (cluster.directory.clone(), cluster.port)
}

/// A server that offers TLS.
pub struct TlsServer {
    /// Its port on 127.0.0.1; the certificate is made out to `localhost`.
    pub port: u16,
    /// The URL of its maintenance database, with the host `localhost`.
    pub url: String,
    /// The certificate of the authority, for `sslrootcert`.
    pub root_certificate: PathBuf,
    /// The server's own certificate.
    pub server_certificate: PathBuf,
}

/// A second private cluster, which offers TLS; shared by the process as well.
///
/// # Panics
/// When the programs of PostgreSQL or `openssl` are missing.
pub fn postgres_tls_server() -> TlsServer {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    let cluster = CLUSTER.get_or_init(|| Cluster::start(true));
    let certificates = cluster.certificates.as_ref().expect("a cluster with TLS has certificates");
    TlsServer {
        port: cluster.port,
        url: cluster.url("postgres").replace("127.0.0.1", "localhost"),
        root_certificate: certificates.root_certificate.clone(),
        server_certificate: certificates.server_certificate.clone(),
    }
}

fn private_cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| Cluster::start(false))
}

/// Runs one statement on a connection of its own.
///
/// On a thread of its own, because the caller may be inside an asynchronous runtime, in which nothing may block on
/// another one.
pub(crate) fn execute(url: &str, sql: &str) -> Result<(), String> {
    let run = || -> Result<(), String> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| format!("cannot start a tokio runtime: {error}"))?;
        runtime.block_on(async {
            let (client, connection) =
                tokio_postgres::connect(url, NoTls).await.map_err(|error| describe(&error))?;
            let connection = tokio::spawn(connection);
            let result = client.batch_execute(sql).await.map_err(|error| describe(&error));
            drop(client);
            // The statement's own outcome counts; a failed goodbye changes nothing about it.
            let _ = connection.await;
            result
        })
    };
    std::thread::scope(|scope| {
        scope.spawn(run).join().unwrap_or_else(|_| Err("the thread panicked".to_owned()))
    })
}

fn describe(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(error) => error.message().to_owned(),
        None => std::error::Error::source(error)
            .map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}")),
    }
}

/// The URL with another database in its path.
fn with_database(url: &str, name: &str) -> String {
    let (address, query) = url.split_once('?').map_or((url, None), |(address, query)| (address, Some(query)));
    let authority = address.find("://").map_or(0, |scheme| scheme + 3);
    let end = address
        .get(authority..)
        .and_then(|rest| rest.find('/'))
        .map_or(address.len(), |slash| authority + slash);
    let server = address.get(..end).unwrap_or(address);
    match query {
        Some(query) => format!("{server}/{name}?{query}"),
        None => format!("{server}/{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::with_database;

    #[test]
    fn another_database_leaves_the_rest_of_the_url() {
        assert_eq!(with_database("postgresql://u:p@h:1/a", "b"), "postgresql://u:p@h:1/b");
        assert_eq!(with_database("postgresql://h", "b"), "postgresql://h/b");
        assert_eq!(with_database("postgresql:///a?host=/run", "b"), "postgresql:///b?host=/run");
    }
}
