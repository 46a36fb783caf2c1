//! How a connection to PostgreSQL comes about.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::poll_fn;
use tokio_postgres::config::{ChannelBinding, SslMode, SslNegotiation, TargetSessionAttrs};
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{AsyncMessage, Config, NoTls, Socket};

use super::execute::PreparedStatements;
use super::{Canceller, PostgresqlConnection, Session, lock};
use crate::environment::{password_from_file, with_defaults};
use crate::error::chain;
use crate::event::Watch;
use crate::execute::DEFAULT_STATEMENT_CACHE;
use crate::tls::{ClientCertificate, Roots, Verification, connector};
use crate::transaction::Standing;
use crate::url::{PostgresqlUrl, is_socket};
use crate::{EngineError, SqlError};

/// How long one host may take. libpq would wait for the operating system, which is minutes.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) async fn open(url: &PostgresqlUrl) -> Result<PostgresqlConnection, EngineError> {
    let url = with_defaults(url)?;
    let mut last_error = None;
    for host in hosts(&url) {
        match open_host(&url, &host).await {
            Ok(connection) => return Ok(connection),
            // A server that answered about user or database has the last word, as with libpq.
            Err(
                error @ (EngineError::Authentication { .. }
                | EngineError::NoSuchDatabase { .. }
                | EngineError::Url(_)),
            ) => return Err(error),
            Err(error) => last_error = Some(error),
        }
    }
    Err(last_error.unwrap_or_else(|| EngineError::Unreachable {
        server: "an empty host name".to_owned(),
        cause: "the URL names no host".to_owned(),
    }))
}

/// One of the servers that a URL offers.
struct Host {
    name: String,
    address: Option<std::net::IpAddr>,
    port: String,
}

impl Host {
    fn is_socket(&self) -> bool {
        self.address.is_none() && is_socket(&self.name)
    }

    /// For messages.
    fn server(&self) -> String {
        if self.is_socket() {
            format!("`{}/.s.PGSQL.{}`", self.name, self.port)
        } else if self.name.contains(':') {
            format!("`[{}]:{}`", self.name, self.port)
        } else {
            format!("`{}:{}`", self.name, self.port)
        }
    }
}

fn hosts(url: &PostgresqlUrl) -> Vec<Host> {
    let list =
        |keyword| url.get(keyword).map(|values| values.split(',').collect::<Vec<_>>()).unwrap_or_default();
    let (names, addresses, ports) = (list("host"), list("hostaddr"), list("port"));
    (0..names.len().max(addresses.len()))
        .map(|index| {
            let address = addresses.get(index).copied();
            // An empty name among several means the default one.
            let name =
                names.get(index).copied().filter(|name| !name.is_empty()).or(address).unwrap_or("localhost");
            let port = if ports.len() == 1 { ports.first() } else { ports.get(index) };
            let port = port.copied().filter(|port| !port.is_empty()).unwrap_or("5432");
            Host {
                name: name.to_owned(),
                address: address.and_then(|address| address.parse().ok()),
                port: port.to_owned(),
            }
        })
        .collect()
}

/// Follows `sslmode` (PostgreSQL docs, "SSL Mode Descriptions"); a Unix socket ignores it.
async fn open_host(url: &PostgresqlUrl, host: &Host) -> Result<PostgresqlConnection, EngineError> {
    match ssl_mode(url, host) {
        "disable" => attempt(url, host, SslMode::Disable).await.map_err(|refusal| refusal.error),
        "allow" => match attempt(url, host, SslMode::Disable).await {
            Err(refusal) if refusal.may_depend_on_encryption => {
                attempt(url, host, SslMode::Require).await.map_err(|_| refusal.error)
            }
            outcome => outcome.map_err(|refusal| refusal.error),
        },
        "prefer" => match attempt(url, host, SslMode::Prefer).await {
            Err(refusal) if refusal.may_depend_on_encryption => {
                attempt(url, host, SslMode::Disable).await.map_err(|_| refusal.error)
            }
            outcome => outcome.map_err(|refusal| refusal.error),
        },
        _ => attempt(url, host, SslMode::Require).await.map_err(|refusal| refusal.error),
    }
}

/// The mode that counts. `sslrootcert=system` raises it to `verify-full`: less would trust whoever can buy a certificate.
fn ssl_mode<'a>(url: &'a PostgresqlUrl, host: &Host) -> &'a str {
    match url.get("sslmode").unwrap_or("prefer") {
        _ if host.is_socket() => "disable",
        "disable" => "disable",
        _ if url.get("sslrootcert") == Some("system") => "verify-full",
        mode => mode,
    }
}

/// A failed attempt.
struct Refusal {
    error: EngineError,
    /// Whether the same with, or without, encryption could go better: the handshake failed, or the server has no rule
    /// in `pg_hba.conf` for this kind of connection.
    may_depend_on_encryption: bool,
}

async fn attempt(url: &PostgresqlUrl, host: &Host, mode: SslMode) -> Result<PostgresqlConnection, Refusal> {
    let plain = |error| Refusal { error, may_depend_on_encryption: false };
    let config = config(url, host, mode);
    let timeout = connect_timeout(url);
    let opening = async {
        if mode == SslMode::Disable {
            connect(&config, NoTls, url, host).await
        } else {
            let tls_error = |cause| plain(EngineError::Tls { server: host.server(), cause });
            let (verification, client) = (verification(url, ssl_mode(url, host)), client_certificate(url));
            let connector = connector(&verification, client.as_ref()).map_err(tls_error)?;
            connect(&config, connector, url, host).await
        }
    };
    match timeout {
        None => opening.await,
        Some(timeout) => tokio::time::timeout(timeout, opening).await.unwrap_or_else(|_| {
            let cause = format!("no answer within {} s (`connect_timeout`)", timeout.as_secs());
            Err(plain(EngineError::Unreachable { server: host.server(), cause }))
        }),
    }
}

async fn connect<T>(
    config: &Config,
    tls: T,
    url: &PostgresqlUrl,
    host: &Host,
) -> Result<PostgresqlConnection, Refusal>
where
    T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
    T::Stream: Send + 'static,
    T::TlsConnect: Send,
    <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
{
    let for_cancelling = tls.clone();
    let (client, mut connection) = config.connect(tls).await.map_err(|error| refusal(&error, url, host))?;
    let server_version = connection.parameter("server_version").map_or(0, version_number);
    let session = Arc::new(Mutex::new(Session::default()));
    let shared = Arc::clone(&session);
    let (notify, notifications) = tokio::sync::mpsc::unbounded_channel();
    let token = client.cancel_token();
    let cancel: Canceller = Box::new(move || {
        let (token, tls) = (token.clone(), for_cancelling.clone());
        // What is asked for too late, or in vain, does no harm.
        Box::pin(async move { drop(token.cancel_query(tls).await) })
    });
    let driver = tokio::spawn(async move {
        while let Some(message) = poll_fn(|context| connection.poll_message(context)).await {
            match message {
                Ok(AsyncMessage::Notice(notice)) => lock(&shared).record_notice(&notice),
                // Nobody may want them, and then nothing is kept.
                Ok(AsyncMessage::Notification(notification)) => drop(notify.send(notification)),
                Ok(_) => {}
                // Recorded before the connection is dropped, which is what tells the client.
                Err(error) => {
                    lock(&shared).record_end(&error);
                    break;
                }
            }
        }
    });
    Ok(PostgresqlConnection {
        client,
        session,
        driver: driver.abort_handle(),
        server_version,
        url: url.clone(),
        prepared: PreparedStatements::new(DEFAULT_STATEMENT_CACHE),
        notifications,
        cancel,
        standing: Standing::default(),
        used_raw: AtomicBool::new(false),
        watch: Watch::default(),
    })
}

fn config(url: &PostgresqlUrl, host: &Host, mode: SslMode) -> Config {
    let mut config = Config::new();
    config.host(&host.name).ssl_mode(mode);
    if let Some(address) = host.address {
        config.hostaddr(address);
    }
    if let Ok(port) = host.port.parse() {
        config.port(port);
    }
    if let Some(user) = url.get("user") {
        config.user(user);
    }
    if let Some(password) = url.get("password") {
        config.password(password);
    } else if let Some(password) = password_from_file(url, &host.name, &host.port) {
        config.password(password);
    }
    if let Some(database) = url.get("dbname") {
        config.dbname(database);
    }
    if let Some(options) = url.get("options") {
        config.options(options);
    }
    let name =
        url.get("application_name").or_else(|| url.get("fallback_application_name")).unwrap_or("limbeck");
    config.application_name(name);
    if url.get("sslnegotiation") == Some("direct") && mode == SslMode::Require {
        config.ssl_negotiation(SslNegotiation::Direct);
    }
    match url.get("channel_binding") {
        Some("require") => config.channel_binding(ChannelBinding::Require),
        Some("disable") => config.channel_binding(ChannelBinding::Disable),
        _ => config.channel_binding(ChannelBinding::Prefer),
    };
    config.target_session_attrs(match url.get("target_session_attrs") {
        // The driver asks whether the session may write, which is what the roles of servers come down to for us.
        Some("read-write" | "primary") => TargetSessionAttrs::ReadWrite,
        Some("read-only" | "standby") => TargetSessionAttrs::ReadOnly,
        _ => TargetSessionAttrs::Any,
    });
    let number = |keyword| url.get(keyword).and_then(|value| value.parse::<u32>().ok());
    let seconds =
        |keyword| number(keyword).filter(|value| *value > 0).map(|value| Duration::from_secs(value.into()));
    if number("keepalives") == Some(0) {
        config.keepalives(false);
    }
    if let Some(idle) = seconds("keepalives_idle") {
        config.keepalives_idle(idle);
    }
    if let Some(interval) = seconds("keepalives_interval") {
        config.keepalives_interval(interval);
    }
    if let Some(count) = number("keepalives_count") {
        config.keepalives_retries(count);
    }
    if let Some(milliseconds) = number("tcp_user_timeout").filter(|value| *value > 0) {
        config.tcp_user_timeout(Duration::from_millis(milliseconds.into()));
    }
    config
}

/// libpq's meaning: zero or less waits forever, 1 is read as 2.
fn connect_timeout(url: &PostgresqlUrl) -> Option<Duration> {
    match url.get("connect_timeout").and_then(|value| value.parse::<i64>().ok()) {
        None => Some(DEFAULT_TIMEOUT),
        Some(..=0) => None,
        Some(seconds) => Some(Duration::from_secs(seconds.max(2).unsigned_abs())),
    }
}

/// What `sslmode` and `sslrootcert` ask for. Without `sslrootcert` the verifying modes trust libpq's
/// `~/.postgresql/root.crt` if there is one, else the system's authorities, where libpq would give up.
fn verification(url: &PostgresqlUrl, mode: &str) -> Verification {
    let given = url.get("sslrootcert");
    let roots = || match given {
        Some("system") => Roots::System,
        Some(path) => Roots::File(PathBuf::from(path)),
        None => file_in_home("root.crt").map_or(Roots::System, Roots::File),
    };
    match mode {
        "verify-full" => Verification::Full(roots()),
        "verify-ca" => Verification::Authority(roots()),
        // "If a root CA file exists, the behavior of sslmode=require will be the same as that of verify-ca."
        "require" if given.is_some() || file_in_home("root.crt").is_some() => {
            Verification::Authority(roots())
        }
        _ => Verification::None,
    }
}

fn client_certificate(url: &PostgresqlUrl) -> Option<ClientCertificate> {
    let file = |keyword, name| url.get(keyword).map(PathBuf::from).or_else(|| file_in_home(name));
    Some(ClientCertificate {
        certificate: file("sslcert", "postgresql.crt")?,
        key: file("sslkey", "postgresql.key")
            .unwrap_or_else(|| PathBuf::from("~/.postgresql/postgresql.key")),
    })
}

/// A file of libpq's directory for certificates, if it exists.
fn file_in_home(name: &str) -> Option<PathBuf> {
    let path = if cfg!(windows) {
        Path::new(&env::var_os("APPDATA")?).join("postgresql")
    } else {
        env::home_dir()?.join(".postgresql")
    };
    Some(path.join(name)).filter(|path| path.is_file())
}

/// Sorts the driver's error by what the user can do about it.
fn refusal(error: &tokio_postgres::Error, url: &PostgresqlUrl, host: &Host) -> Refusal {
    let server = host.server();
    let user = url.get("user").unwrap_or_default().to_owned();
    if let Some(database_error) = error.as_db_error() {
        let code = database_error.code();
        let sql_error = Box::new(SqlError::from(database_error));
        let specification = *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION;
        let error = if specification || *code == SqlState::INVALID_PASSWORD {
            EngineError::Authentication { server, user, cause: sql_error.to_string() }
        } else if *code == SqlState::INVALID_CATALOG_NAME {
            EngineError::NoSuchDatabase { server, database: url.get("dbname").unwrap_or_default().to_owned() }
        } else {
            EngineError::Refused { server, error: sql_error }
        };
        return Refusal { error, may_depend_on_encryption: specification };
    }
    let source = std::error::Error::source(error);
    let plain = |error| Refusal { error, may_depend_on_encryption: false };
    // The driver keeps the kind of its errors to itself; its words for them are pinned by tests.
    match error.to_string().as_str() {
        "error performing TLS handshake" => Refusal {
            error: EngineError::Tls { server, cause: tls_cause(source) },
            may_depend_on_encryption: true,
        },
        "invalid configuration" | "authentication error" => {
            let cause = match source.map(ToString::to_string).as_deref() {
                Some("password missing") => {
                    "the server asks for a password and none was given; put one into the URL, \
                                             PGPASSWORD or the password file"
                        .to_owned()
                }
                Some(cause) => cause.to_owned(),
                None => chain(error),
            };
            plain(EngineError::Authentication { server, user, cause })
        }
        _ => {
            let cause = source.map_or_else(|| chain(error), chain);
            plain(EngineError::Unreachable { server, cause })
        }
    }
}

fn tls_cause(source: Option<&(dyn std::error::Error + 'static)>) -> String {
    let cause = source.map_or_else(|| "the handshake failed".to_owned(), chain);
    if cause == "server does not support TLS" {
        "the server does not offer it; set `sslmode=prefer` or `sslmode=disable`, or switch `ssl` on in the server".to_owned()
    } else if cause.contains("UnknownIssuer") {
        format!("{cause}; name the certificate of the server's authority with `sslrootcert=`")
    } else if cause.contains("not valid for name") || cause.contains("NotValidForName") {
        format!(
            "{cause}; the host in the URL must be one of the certificate's names, or use `sslmode=verify-ca`"
        )
    } else {
        cause
    }
}

/// `15.18 (Debian …)` is 150018, `9.6.24` is 90624, `18beta1` is 180000 (PostgreSQL docs, `PQserverVersion`).
fn version_number(text: &str) -> u32 {
    let number = text
        .split(|character: char| !(character.is_ascii_digit() || character == '.'))
        .next()
        .unwrap_or_default();
    let mut parts = number.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    match (next(), next(), next()) {
        (major @ 10.., minor, _) => major * 10_000 + minor,
        (major, minor, patch) => major * 10_000 + minor * 100 + patch,
    }
}

#[cfg(test)]
mod tests {
    use super::version_number;

    #[test]
    fn versions_are_numbered_as_by_the_server() {
        assert_eq!(version_number("15.18 (Debian 15.18-0+deb12u1)"), 150_018);
        assert_eq!(version_number("9.6.24"), 90_624);
        assert_eq!(version_number("18beta1"), 180_000);
        assert_eq!(version_number("16rc1"), 160_000);
        assert_eq!(version_number("17"), 170_000);
    }
}
