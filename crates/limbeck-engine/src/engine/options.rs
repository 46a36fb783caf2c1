//! How an engine's connections are set up, and how many there are.

use std::fmt;
use std::time::Duration;

use crate::event::Observer;
use crate::execute::DEFAULT_STATEMENT_CACHE;

/// How an engine's connections are set up, and how many there are.
///
/// ```
/// use limbeck_engine::EngineOptions;
/// let options = EngineOptions { max_connections: 20, pre_ping: true, ..EngineOptions::default() };
/// ```
#[derive(Clone)]
pub struct EngineOptions {
    /// How many connections there are at most; 10 unless told. A SQLite database in memory has one.
    pub max_connections: usize,
    /// How long to wait for a free connection; 30 seconds unless told.
    pub acquire_timeout: Duration,
    /// A connection that was free for longer is closed when it would be used next; 10 minutes unless told.
    pub idle_timeout: Option<Duration>,
    /// A connection that was opened longer ago is closed when it would be used next; 30 minutes unless told.
    pub max_lifetime: Option<Duration>,
    /// Whether to ask a free connection for an answer before it is given out, for the price of a round trip. Without it
    /// only a connection whose end was noticed is closed. PostgreSQL only.
    pub pre_ping: bool,
    /// How long one statement may take.
    pub statement_timeout: Option<Duration>,
    /// How long a statement may wait for a lock. PostgreSQL only: on SQLite it is the URL's `timeout`.
    pub lock_timeout: Option<Duration>,
    /// What `pg_stat_activity` shows, unless the URL says it.
    pub application_name: Option<String>,
    /// How many prepared statements each connection keeps; 128 unless told. With 0 nothing is prepared, which poolers need
    /// that share server processes between transactions and do not follow prepared statements.
    pub statement_cache: usize,
    /// How a SQLite file keeps its journal; WAL unless told.
    pub journal_mode: JournalMode,
    /// Who is told what happens.
    pub observer: Option<Observer>,
}

/// How a SQLite file keeps its journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JournalMode {
    /// Ahead of the file, so that readers and a writer do not wait for each other (SQLite docs, "Write-Ahead Logging"). It
    /// is a property of the file, and stays.
    Wal,
    /// As the file has it.
    Unchanged,
}

impl Default for EngineOptions {
    fn default() -> EngineOptions {
        EngineOptions {
            max_connections: 10,
            acquire_timeout: Duration::from_secs(30),
            idle_timeout: Some(Duration::from_secs(600)),
            max_lifetime: Some(Duration::from_secs(1800)),
            pre_ping: false,
            statement_timeout: None,
            lock_timeout: None,
            application_name: None,
            statement_cache: DEFAULT_STATEMENT_CACHE,
            journal_mode: JournalMode::Wal,
            observer: None,
        }
    }
}

impl fmt::Debug for EngineOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EngineOptions")
            .field("max_connections", &self.max_connections)
            .field("acquire_timeout", &self.acquire_timeout)
            .field("idle_timeout", &self.idle_timeout)
            .field("max_lifetime", &self.max_lifetime)
            .field("pre_ping", &self.pre_ping)
            .field("statement_timeout", &self.statement_timeout)
            .field("lock_timeout", &self.lock_timeout)
            .field("application_name", &self.application_name)
            .field("statement_cache", &self.statement_cache)
            .field("journal_mode", &self.journal_mode)
            .finish_non_exhaustive()
    }
}
