//! What can go wrong between a URL and the rows of a query.

mod postgresql;
mod sqlite;

use std::fmt;

use crate::{DecodeError, EncodeError, UrlError};

/// An error of the engine. No variant ever holds a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// The URL does not name a database.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// Nobody answers there.
    #[error(
        "no PostgreSQL server answers at {server}: {cause}; check host and port, and that the server runs"
    )]
    Unreachable {
        /// `host:port` or the path of a Unix socket.
        server: String,
        /// The operating system's words.
        cause: String,
    },
    /// A server answers, but takes no connections now: it is starting, shutting down or full.
    #[error("the server at {server} takes no connection: {error}")]
    Refused {
        /// `host:port` or the path of a Unix socket.
        server: String,
        /// The server's words.
        error: Box<SqlError>,
    },
    /// The server does not let this user in.
    #[error("the server at {server} does not let user `{user}` in: {cause}")]
    Authentication {
        /// `host:port` or the path of a Unix socket.
        server: String,
        /// The user name that was sent.
        user: String,
        /// The server's words, or what is missing on our side.
        cause: String,
    },
    /// The server has no database of that name.
    #[error(
        "the server at {server} has no database `{database}`; create it with `CREATE DATABASE` or `createdb`"
    )]
    NoSuchDatabase {
        /// `host:port` or the path of a Unix socket.
        server: String,
        /// The name that was asked for.
        database: String,
    },
    /// An encrypted connection was wanted and could not be made, or a certificate could not be read.
    #[error("no TLS connection to {server}: {cause}")]
    Tls {
        /// `host:port`.
        server: String,
        /// What failed, with what to change.
        cause: String,
    },
    /// A SQLite file cannot be opened.
    #[error("cannot open the SQLite database `{path}`: {cause}")]
    CannotOpen {
        /// The path of the file.
        path: String,
        /// What failed, with what to change.
        cause: String,
    },
    /// The database may be read but not written.
    #[error("the database is read-only: {0}; {WRITE_ADVICE}")]
    ReadOnly(Box<SqlError>),
    /// Another connection holds the lock that this one needs.
    #[error(
        "the database is locked by another connection: {0}; wait for it to end, or give it more time with a longer timeout"
    )]
    Locked(Box<SqlError>),
    /// The database refused a statement.
    #[error(transparent)]
    Sql(Box<SqlError>),
    /// Another row has the same values in a primary key, a unique constraint or a unique index.
    #[error("{0}")]
    UniqueViolation(Box<Violation>),
    /// A row refers to one that does not exist, or one is referred to that was to be deleted or changed.
    #[error("{0}")]
    ForeignKeyViolation(Box<Violation>),
    /// NULL in a column that does not take it.
    #[error("{0}")]
    NotNullViolation(Box<Violation>),
    /// A row does not meet a CHECK constraint, of its table or of a domain.
    #[error("{0}")]
    CheckViolation(Box<Violation>),
    /// Another row excludes this one by an exclusion constraint.
    #[error("{0}")]
    ExclusionViolation(Box<Violation>),
    /// The database cannot hold the value: too large, too long, or no value of the column's type.
    #[error(transparent)]
    InvalidValue(Box<SqlError>),
    /// Transactions that ran at the same time cannot have run one after the other. Run this one again.
    #[error(transparent)]
    SerializationFailure(Box<SqlError>),
    /// Transactions waited for each other, and this one was chosen to end. Run it again.
    #[error(transparent)]
    Deadlock(Box<SqlError>),
    /// The statement took longer than `statement_timeout` allows, or somebody cancelled it.
    #[error(transparent)]
    Cancelled(Box<SqlError>),
    /// A table was altered under a prepared statement in the middle of a transaction. Run the transaction again.
    #[error(transparent)]
    StalePlan(Box<SqlError>),
    /// A statement of the transaction had failed, so `COMMIT` could only roll back.
    #[error("the transaction was rolled back, because a statement in it had failed")]
    TransactionAborted,
    /// A column's value is not what was asked for.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A value cannot be sent.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The connection ended in the middle of the work.
    #[error(
        "the connection to the server was lost: {cause}; what ran in an open transaction has been rolled back"
    )]
    ConnectionLost {
        /// The last words of the server or of the operating system.
        cause: String,
    },
    /// All connections of the pool were in use.
    #[error(
        "no connection became free within {} s: all {size} of the pool are in use",
        waited.as_secs_f64()
    )]
    PoolTimeout {
        /// How many connections the pool has.
        size: usize,
        /// How long it was waited for one.
        waited: std::time::Duration,
    },
    /// The pool was closed.
    #[error("the pool of connections was closed")]
    PoolClosed,
    /// The driver could not send or understand something, such as text with a NUL character.
    #[error("{message}")]
    Driver {
        /// The driver's words.
        message: String,
    },
}

const WRITE_ADVICE: &str = "check the rights on the file and its directory, `mode=ro` in the URL, or whether the server is a standby";

impl EngineError {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            EngineError::Url(error) => error.code(),
            EngineError::Unreachable { .. } => "engine.unreachable",
            EngineError::Refused { .. } => "engine.refused",
            EngineError::Authentication { .. } => "engine.authentication",
            EngineError::NoSuchDatabase { .. } => "engine.no-such-database",
            EngineError::Tls { .. } => "engine.tls",
            EngineError::CannotOpen { .. } => "engine.cannot-open",
            EngineError::ReadOnly(_) => "engine.read-only",
            EngineError::Locked(_) => "engine.locked",
            EngineError::Sql(_) => "engine.sql",
            EngineError::UniqueViolation(_) => "engine.unique-violation",
            EngineError::ForeignKeyViolation(_) => "engine.foreign-key-violation",
            EngineError::NotNullViolation(_) => "engine.not-null-violation",
            EngineError::CheckViolation(_) => "engine.check-violation",
            EngineError::ExclusionViolation(_) => "engine.exclusion-violation",
            EngineError::InvalidValue(_) => "engine.invalid-value",
            EngineError::SerializationFailure(_) => "engine.serialization-failure",
            EngineError::Deadlock(_) => "engine.deadlock",
            EngineError::Cancelled(_) => "engine.cancelled",
            EngineError::StalePlan(_) => "engine.stale-plan",
            EngineError::TransactionAborted => "engine.transaction-aborted",
            EngineError::Decode(error) => error.code(),
            EngineError::Encode(error) => error.code(),
            EngineError::ConnectionLost { .. } => "engine.connection-lost",
            EngineError::PoolTimeout { .. } => "engine.pool-timeout",
            EngineError::PoolClosed => "engine.pool-closed",
            EngineError::Driver { .. } => "engine.driver",
        }
    }

    /// What the database said about a statement, if it said something.
    pub fn sql_error(&self) -> Option<&SqlError> {
        match self {
            EngineError::Sql(error)
            | EngineError::ReadOnly(error)
            | EngineError::Locked(error)
            | EngineError::InvalidValue(error)
            | EngineError::SerializationFailure(error)
            | EngineError::Deadlock(error)
            | EngineError::Cancelled(error)
            | EngineError::StalePlan(error)
            | EngineError::Refused { error, .. } => Some(error),
            _ => self.violation().map(|violation| &violation.error),
        }
    }

    /// The constraint that a row met, if that is what went wrong.
    pub fn violation(&self) -> Option<&Violation> {
        match self {
            EngineError::UniqueViolation(violation)
            | EngineError::ForeignKeyViolation(violation)
            | EngineError::NotNullViolation(violation)
            | EngineError::CheckViolation(violation)
            | EngineError::ExclusionViolation(violation) => Some(violation),
            _ => None,
        }
    }

    /// True where the same transaction, run once more, may well succeed: others got in its way.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            EngineError::SerializationFailure(_)
                | EngineError::Deadlock(_)
                | EngineError::Locked(_)
                | EngineError::StalePlan(_)
        )
    }
}

/// A constraint that a row met, as far as the database tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Violation {
    /// The table, which for a row that is still referred to is the one that refers to it.
    pub table: Option<String>,
    /// The columns; empty where the database does not tell them, as for a CHECK.
    pub columns: Vec<String>,
    /// The constraint's name, or that of the unique index.
    pub constraint: Option<String>,
    /// The database's own words.
    pub error: SqlError,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

/// A statement's error in the database's own words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SqlError {
    /// The primary message.
    pub message: String,
    /// PostgreSQL's five characters, such as `42P01` (PostgreSQL docs, appendix "PostgreSQL Error Codes").
    pub sqlstate: Option<String>,
    /// SQLite's extended result code by name, such as `SQLITE_CONSTRAINT_UNIQUE` (SQLite docs, "Result and Error Codes").
    pub sqlite_code: Option<String>,
    /// Where in the text that was sent, in characters, the first being 1.
    pub position: Option<usize>,
    /// More about the problem.
    pub detail: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
    /// The call stack of functions and internal queries that led there (PostgreSQL's CONTEXT).
    pub context: Option<String>,
    /// The statement that the server made itself and that failed, such as one inside a PL/pgSQL function.
    pub internal_query: Option<String>,
    /// The schema of the object concerned.
    pub schema: Option<String>,
    /// The table concerned.
    pub table: Option<String>,
    /// The column concerned.
    pub column: Option<String>,
    /// The constraint concerned.
    pub constraint: Option<String>,
}

/// The message with its code, then detail and hint: everything that fits on a line.
impl fmt::Display for SqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(code) = self.sqlstate.as_ref().or(self.sqlite_code.as_ref()) {
            write!(f, " ({code})")?;
        }
        if let Some(detail) = &self.detail {
            write!(f, "; {detail}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "; {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for SqlError {}

/// An error with its causes, outermost first.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let message = error.to_string();
        // Wrappers often repeat the message of what they wrap.
        if !text.ends_with(&message) {
            text.push_str(": ");
            text.push_str(&message);
        }
        cause = error.source();
    }
    text
}
