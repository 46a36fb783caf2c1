//! A connection to a PostgreSQL server.

mod array;
mod copy;
pub(crate) mod decode;
mod encode;
mod execute;
mod lease;
mod notification;
mod numeric;
mod open;
mod pipeline;

use std::collections::VecDeque;
use std::fmt;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::StreamExt as _;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::AbortHandle;
use tokio_postgres::error::DbError;
use tokio_postgres::{Client, SimpleQueryMessage};

use self::execute::PreparedStatements;
use crate::connection::TextRow;
use crate::error::chain;
use crate::event::Watch;
use crate::transaction::Standing;
use crate::url::PostgresqlUrl;
use crate::{EngineError, SqlError};

pub use notification::Notification;

/// An open connection to a PostgreSQL server.
///
/// Futures of its methods that are polled together travel together: none waits for another's answer. The server runs
/// them in the order of their first poll.
pub struct PostgresqlConnection {
    client: Client,
    session: Arc<Mutex<Session>>,
    driver: AbortHandle,
    server_version: u32,
    url: PostgresqlUrl,
    prepared: PreparedStatements,
    notifications: UnboundedReceiver<tokio_postgres::Notification>,
    /// Makes the server give up what it is doing, over a connection of its own.
    cancel: Canceller,
    pub(crate) standing: Standing,
    /// SQL went past the methods that follow transactions.
    used_raw: AtomicBool,
    pub(crate) watch: Watch,
}

type Canceller = Box<dyn Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// What the task that drives the connection leaves for us.
#[derive(Debug, Default)]
struct Session {
    notices: VecDeque<Notice>,
    /// Why the connection ended, if it ended by itself.
    end: Option<String>,
}

/// Nobody needs more to understand a migration; a loop that raises notices must not fill the memory.
const MAX_NOTICES: usize = 1000;

/// A message that the server sends beside results, such as that of `RAISE NOTICE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// `WARNING`, `NOTICE`, `INFO`, `LOG` or `DEBUG`, in the language of the server's messages.
    pub severity: String,
    /// The message and what belongs to it.
    pub message: SqlError,
}

/// A batch that stopped at an error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct BatchError {
    /// How many statements of the batch were completed before: the failing one is the next.
    ///
    /// Completed does not mean kept: without an explicit transaction the server rolls back the whole batch
    /// (PostgreSQL docs, "Multiple Statements in a Simple Query").
    pub completed: usize,
    /// The error; its position counts from the start of the batch's text.
    pub error: EngineError,
}

impl PostgresqlConnection {
    /// Opens a connection, inside a tokio runtime with I/O and time enabled.
    ///
    /// Several hosts are tried in their order. The connection is driven by a task of the current runtime, which ends
    /// with it.
    ///
    /// # Errors
    /// [`EngineError::Unreachable`], [`EngineError::Authentication`], [`EngineError::NoSuchDatabase`],
    /// [`EngineError::Tls`] or [`EngineError::Refused`].
    pub async fn open(url: &PostgresqlUrl) -> Result<PostgresqlConnection, EngineError> {
        open::open(url).await
    }

    /// The driver's client.
    ///
    /// Of a transaction that is begun here the connection's own methods know nothing.
    pub fn client(&self) -> &Client {
        self.used_raw.store(true, Ordering::Relaxed);
        &self.client
    }

    /// The driver's client, for its transactions.
    pub fn client_mut(&mut self) -> &mut Client {
        self.used_raw.store(true, Ordering::Relaxed);
        &mut self.client
    }

    /// The server's version as `server_version_num` gives it: 150018 is 15.18. Known from the handshake.
    pub fn server_version(&self) -> u32 {
        self.server_version
    }

    /// The URL with everything filled in that was taken from the environment.
    pub fn url(&self) -> &PostgresqlUrl {
        &self.url
    }

    /// Takes the notices that have arrived since the last call, the latest thousand of them.
    ///
    /// Those of a statement have arrived when its result has.
    pub fn take_notices(&self) -> Vec<Notice> {
        self.session().notices.drain(..).collect()
    }

    /// Runs a text of one or more statements in one message and returns how many rows each of them affected.
    ///
    /// The server stops at the first error. A text without any statement counts as one that affected nothing.
    /// `COPY … FROM STDIN` cannot be run this way, its data would have no place: the connection is closed then.
    ///
    /// # Errors
    /// The error and how many statements were completed before it.
    pub async fn run_batch(&self, statements: &str) -> Result<Vec<u64>, BatchError> {
        let mut completed = Vec::new();
        let outcome = self
            .run(statements, |message| {
                if let SimpleQueryMessage::CommandComplete(rows) = message {
                    completed.push(rows);
                }
            })
            .await;
        match outcome {
            Ok(()) => Ok(completed),
            Err(error) => Err(BatchError { completed: completed.len(), error }),
        }
    }

    /// Runs a text of SQL and returns all rows of it as text.
    ///
    /// # Errors
    /// What the server refuses, or [`EngineError::ConnectionLost`].
    pub async fn query(&self, sql: &str) -> Result<Vec<TextRow>, EngineError> {
        let mut rows = Vec::new();
        self.run(sql, |message| {
            if let SimpleQueryMessage::Row(row) = message {
                rows.push((0..row.len()).map(|column| row.get(column).map(str::to_owned)).collect());
            }
        })
        .await?;
        Ok(rows)
    }

    async fn run(&self, sql: &str, mut receive: impl FnMut(SimpleQueryMessage)) -> Result<(), EngineError> {
        self.used_raw.store(true, Ordering::Relaxed);
        let stream = self.client.simple_query_raw(sql).await.map_err(|error| self.explain(error))?;
        let mut stream = pin!(stream);
        while let Some(message) = stream.next().await {
            match message.map_err(|error| self.explain(error)) {
                Ok(message) => receive(message),
                Err(EngineError::Driver { message }) => return Err(self.give_up(message)),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Closes a connection on which questions and answers have lost each other.
    ///
    /// After `COPY … FROM STDIN` the server waits for data, takes the next statement for it, and that one would wait for
    /// an answer forever.
    fn give_up(&self, message: String) -> EngineError {
        let cause = format!("{message}; a script cannot hold `COPY … FROM STDIN` with its data, use INSERT");
        self.session().end = Some(cause.clone());
        self.driver.abort();
        EngineError::ConnectionLost { cause }
    }

    /// Turns an error of [`client`](Self::client) into one of ours, with the reason when the connection is lost.
    ///
    /// The driver says only "connection closed" then; the server's last words went to the statement that ran, or to
    /// the task that drives the connection.
    pub fn explain(&self, error: tokio_postgres::Error) -> EngineError {
        let from_server = error.as_db_error().is_some();
        let cause = match EngineError::from(error) {
            EngineError::ConnectionLost { cause } => cause,
            error => return error,
        };
        let mut session = self.session();
        if from_server {
            session.end = Some(cause.clone());
        }
        EngineError::ConnectionLost { cause: session.end.clone().unwrap_or(cause) }
    }

    fn session(&self) -> MutexGuard<'_, Session> {
        lock(&self.session)
    }
}

impl fmt::Debug for PostgresqlConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresqlConnection")
            .field("url", &self.url)
            .field("server_version", &self.server_version)
            .finish_non_exhaustive()
    }
}

/// Plain data: whoever panicked while holding it left it usable.
fn lock(session: &Mutex<Session>) -> MutexGuard<'_, Session> {
    session.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Session {
    fn record_notice(&mut self, notice: &DbError) {
        if self.notices.len() == MAX_NOTICES {
            self.notices.pop_front();
        }
        self.notices
            .push_back(Notice { severity: notice.severity().to_owned(), message: SqlError::from(notice) });
    }

    /// The first reason stays: what follows it, such as a socket that is closed, is its consequence.
    fn record_end(&mut self, error: &tokio_postgres::Error) {
        self.end.get_or_insert_with(|| match error.as_db_error() {
            Some(error) => SqlError::from(error).to_string(),
            None => chain(error),
        });
    }
}
