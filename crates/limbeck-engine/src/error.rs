//! What can go wrong between a URL and the rows of a query.

use std::fmt;

use rusqlite::ErrorCode;
use rusqlite::ffi;
use tokio_postgres::error::{DbError, ErrorPosition, SqlState};

use crate::UrlError;

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
    /// The connection ended in the middle of the work.
    #[error(
        "the connection to the server was lost: {cause}; what ran in an open transaction has been rolled back"
    )]
    ConnectionLost {
        /// The last words of the server or of the operating system.
        cause: String,
    },
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
            EngineError::ConnectionLost { .. } => "engine.connection-lost",
            EngineError::Driver { .. } => "engine.driver",
        }
    }

    /// What the database said about a statement, if it said something.
    pub fn sql_error(&self) -> Option<&SqlError> {
        match self {
            EngineError::Sql(error)
            | EngineError::ReadOnly(error)
            | EngineError::Locked(error)
            | EngineError::Refused { error, .. } => Some(error),
            _ => None,
        }
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

impl From<&DbError> for SqlError {
    fn from(error: &DbError) -> SqlError {
        let own = |text: Option<&str>| text.map(str::to_owned);
        let (position, internal_query) = match error.position() {
            Some(ErrorPosition::Original(position)) => (usize::try_from(*position).ok(), None),
            Some(ErrorPosition::Internal { query, .. }) => (None, Some(query.clone())),
            None => (None, None),
        };
        SqlError {
            message: error.message().to_owned(),
            sqlstate: Some(error.code().code().to_owned()),
            sqlite_code: None,
            position,
            detail: own(error.detail()),
            hint: own(error.hint()),
            context: own(error.where_()),
            internal_query,
            schema: own(error.schema()),
            table: own(error.table()),
            column: own(error.column()),
            constraint: own(error.constraint()),
        }
    }
}

impl From<tokio_postgres::Error> for EngineError {
    fn from(error: tokio_postgres::Error) -> EngineError {
        if let Some(error) = error.as_db_error() {
            return from_database(error);
        }
        let io = std::error::Error::source(&error).is_some_and(|cause| cause.is::<std::io::Error>());
        // An unexpected end shows as `closed`, a broken socket as an I/O error; texts that do not fit the protocol
        // (a NUL character, an unknown message) are I/O errors of these two kinds.
        let kind = std::error::Error::source(&error)
            .and_then(|cause| cause.downcast_ref::<std::io::Error>())
            .map(std::io::Error::kind);
        let malformed =
            matches!(kind, Some(std::io::ErrorKind::InvalidInput | std::io::ErrorKind::InvalidData));
        if error.is_closed() || (io && !malformed) {
            EngineError::ConnectionLost { cause: chain(&error) }
        } else {
            EngineError::Driver { message: chain(&error) }
        }
    }
}

fn from_database(error: &DbError) -> EngineError {
    let sql_error = Box::new(SqlError::from(error));
    let code = error.code();
    if *code == SqlState::READ_ONLY_SQL_TRANSACTION {
        EngineError::ReadOnly(sql_error)
    } else if *code == SqlState::LOCK_NOT_AVAILABLE {
        EngineError::Locked(sql_error)
    } else if [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN, SqlState::IDLE_SESSION_TIMEOUT]
        .contains(code)
        || code.code().starts_with("08")
    {
        EngineError::ConnectionLost { cause: sql_error.to_string() }
    } else {
        EngineError::Sql(sql_error)
    }
}

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

impl From<rusqlite::Error> for EngineError {
    fn from(error: rusqlite::Error) -> EngineError {
        let (code, sql_error) = match error {
            rusqlite::Error::SqliteFailure(code, message) => {
                let message = message.unwrap_or_else(|| ffi::code_to_str(code.extended_code).to_owned());
                (code, SqlError { message, ..SqlError::default() })
            }
            rusqlite::Error::SqlInputError { error, msg, sql, offset } => {
                let position = usize::try_from(offset).ok().map(|offset| character_position(&sql, offset));
                (error, SqlError { message: msg, position, ..SqlError::default() })
            }
            other => return EngineError::Driver { message: chain(&other) },
        };
        let sql_error =
            Box::new(SqlError { sqlite_code: Some(sqlite_code_name(code.extended_code)), ..sql_error });
        match code.code {
            ErrorCode::ReadOnly => EngineError::ReadOnly(sql_error),
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => EngineError::Locked(sql_error),
            _ => EngineError::Sql(sql_error),
        }
    }
}

/// The character at a byte offset, counted from 1 as PostgreSQL does.
fn character_position(sql: &str, offset: usize) -> usize {
    sql.char_indices().take_while(|(start, _)| *start < offset).count() + 1
}

/// The name of an extended result code (SQLite docs, "Result and Error Codes"); the primary code's name where an
/// extended one says nothing more to a user, the number where there is no name.
fn sqlite_code_name(extended: i32) -> String {
    let name = |code: i32| {
        SQLITE_CODE_NAMES.iter().find(|(number, _)| *number == code).map(|(_, name)| (*name).to_owned())
    };
    name(extended).or_else(|| name(extended & 0xff)).unwrap_or_else(|| extended.to_string())
}

const SQLITE_CODE_NAMES: &[(i32, &str)] = &[
    (ffi::SQLITE_ERROR, "SQLITE_ERROR"),
    (ffi::SQLITE_INTERNAL, "SQLITE_INTERNAL"),
    (ffi::SQLITE_PERM, "SQLITE_PERM"),
    (ffi::SQLITE_ABORT, "SQLITE_ABORT"),
    (ffi::SQLITE_BUSY, "SQLITE_BUSY"),
    (ffi::SQLITE_BUSY_RECOVERY, "SQLITE_BUSY_RECOVERY"),
    (ffi::SQLITE_BUSY_SNAPSHOT, "SQLITE_BUSY_SNAPSHOT"),
    (ffi::SQLITE_LOCKED, "SQLITE_LOCKED"),
    (ffi::SQLITE_LOCKED_SHAREDCACHE, "SQLITE_LOCKED_SHAREDCACHE"),
    (ffi::SQLITE_NOMEM, "SQLITE_NOMEM"),
    (ffi::SQLITE_READONLY, "SQLITE_READONLY"),
    (ffi::SQLITE_READONLY_DBMOVED, "SQLITE_READONLY_DBMOVED"),
    (ffi::SQLITE_READONLY_DIRECTORY, "SQLITE_READONLY_DIRECTORY"),
    (ffi::SQLITE_READONLY_ROLLBACK, "SQLITE_READONLY_ROLLBACK"),
    (ffi::SQLITE_INTERRUPT, "SQLITE_INTERRUPT"),
    (ffi::SQLITE_IOERR, "SQLITE_IOERR"),
    (ffi::SQLITE_CORRUPT, "SQLITE_CORRUPT"),
    (ffi::SQLITE_FULL, "SQLITE_FULL"),
    (ffi::SQLITE_CANTOPEN, "SQLITE_CANTOPEN"),
    (ffi::SQLITE_PROTOCOL, "SQLITE_PROTOCOL"),
    (ffi::SQLITE_SCHEMA, "SQLITE_SCHEMA"),
    (ffi::SQLITE_TOOBIG, "SQLITE_TOOBIG"),
    (ffi::SQLITE_CONSTRAINT, "SQLITE_CONSTRAINT"),
    (ffi::SQLITE_CONSTRAINT_CHECK, "SQLITE_CONSTRAINT_CHECK"),
    (ffi::SQLITE_CONSTRAINT_DATATYPE, "SQLITE_CONSTRAINT_DATATYPE"),
    (ffi::SQLITE_CONSTRAINT_FOREIGNKEY, "SQLITE_CONSTRAINT_FOREIGNKEY"),
    (ffi::SQLITE_CONSTRAINT_NOTNULL, "SQLITE_CONSTRAINT_NOTNULL"),
    (ffi::SQLITE_CONSTRAINT_PRIMARYKEY, "SQLITE_CONSTRAINT_PRIMARYKEY"),
    (ffi::SQLITE_CONSTRAINT_ROWID, "SQLITE_CONSTRAINT_ROWID"),
    (ffi::SQLITE_CONSTRAINT_TRIGGER, "SQLITE_CONSTRAINT_TRIGGER"),
    (ffi::SQLITE_CONSTRAINT_UNIQUE, "SQLITE_CONSTRAINT_UNIQUE"),
    (ffi::SQLITE_MISMATCH, "SQLITE_MISMATCH"),
    (ffi::SQLITE_AUTH, "SQLITE_AUTH"),
    (ffi::SQLITE_RANGE, "SQLITE_RANGE"),
    (ffi::SQLITE_NOTADB, "SQLITE_NOTADB"),
];
