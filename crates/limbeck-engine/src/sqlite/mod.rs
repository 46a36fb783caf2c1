//! A connection to SQLite.

pub(crate) mod decode;
pub(crate) mod encode;
mod execute;
mod violation;
pub(crate) mod writer;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{ErrorCode, OpenFlags};
use tokio::sync::OwnedSemaphorePermit;

use self::writer::Turn;
use crate::connection::TextRow;
use crate::event::Watch;
use crate::execute::DEFAULT_STATEMENT_CACHE;
use crate::transaction::Standing;
use crate::url::{SqliteDatabase, SqliteMode, SqliteUrl};
use crate::{EngineError, SqlError};

/// An open SQLite database.
pub struct SqliteConnection {
    connection: rusqlite::Connection,
    path: Option<PathBuf>,
    read_only: bool,
    pub(crate) standing: Standing,
    pub(crate) statement_timeout: Option<Duration>,
    /// Where the connections of a pool take turns, and the turn of this one's transaction.
    pub(crate) writer: Option<Turn>,
    held: Option<OwnedSemaphorePermit>,
    pub(crate) watch: Watch,
}

impl SqliteConnection {
    /// Opens the file, or makes an empty one where the URL's mode allows it.
    ///
    /// The connection waits for locks as long as the URL's timeout says (5 seconds unless told) and enforces foreign
    /// keys, which SQLite leaves off for each new connection (SQLite docs, "SQLite Foreign Key Support").
    ///
    /// # Errors
    /// [`EngineError::CannotOpen`] when there is no such file or directory, no right to read it, or it is not a database.
    pub fn open(url: &SqliteUrl) -> Result<SqliteConnection, EngineError> {
        let connection = match &url.database {
            SqliteDatabase::Memory => rusqlite::Connection::open_in_memory()?,
            SqliteDatabase::File(path) => open_file(path, url.mode)?,
        };
        connection.busy_timeout(url.timeout)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        let path = match &url.database {
            SqliteDatabase::Memory => None,
            SqliteDatabase::File(path) => Some(path.clone()),
        };
        // A file without write permission is opened for reading instead, without an error (SQLite docs, sqlite3_open_v2).
        let read_only = connection.is_readonly("main")?;
        Ok(SqliteConnection::new(connection, path, read_only))
    }

    /// An empty database in memory.
    ///
    /// # Errors
    /// What SQLite refuses.
    pub fn open_in_memory() -> Result<SqliteConnection, EngineError> {
        let connection = rusqlite::Connection::open_in_memory()?;
        connection.pragma_update(None, "foreign_keys", true)?;
        Ok(SqliteConnection::new(connection, None, false))
    }

    fn new(connection: rusqlite::Connection, path: Option<PathBuf>, read_only: bool) -> SqliteConnection {
        connection.set_prepared_statement_cache_capacity(DEFAULT_STATEMENT_CACHE);
        SqliteConnection {
            connection,
            path,
            read_only,
            standing: Standing::default(),
            statement_timeout: None,
            writer: None,
            held: None,
            watch: Watch::default(),
        }
    }

    pub(crate) fn set_statement_cache(&self, capacity: usize) {
        self.connection.set_prepared_statement_cache_capacity(capacity);
    }

    /// The error that writing would end with, where it is known without trying.
    ///
    /// # Errors
    /// [`EngineError::ReadOnly`] when the file was opened for reading only.
    pub fn require_writable(&self) -> Result<(), EngineError> {
        if !self.read_only {
            return Ok(());
        }
        let message = "the file was opened for reading only".to_owned();
        let sqlite_code = Some("SQLITE_READONLY".to_owned());
        Err(EngineError::ReadOnly(Box::new(SqlError { message, sqlite_code, ..SqlError::default() })))
    }

    /// The driver's connection.
    pub fn raw(&self) -> &rusqlite::Connection {
        &self.connection
    }

    /// The driver's connection, for transactions.
    pub fn raw_mut(&mut self) -> &mut rusqlite::Connection {
        &mut self.connection
    }

    /// The file; `None` for a database in memory.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// True when the file was opened for reading only, by `mode=ro` or because it may not be written.
    ///
    /// A directory in which SQLite cannot make its journal shows only when something is written.
    pub fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// Runs one statement and returns its rows as text; blobs come as hexadecimal digits.
    ///
    /// # Errors
    /// What SQLite refuses.
    pub fn query(&self, sql: &str) -> Result<Vec<TextRow>, EngineError> {
        let mut statement = self.connection.prepare(sql)?;
        let width = statement.column_count();
        let mut rows = statement.query([])?;
        let mut result = Vec::new();
        while let Some(row) = rows.next()? {
            let row = (0..width).map(|column| Ok(text(row.get_ref(column)?)));
            result.push(row.collect::<Result<TextRow, rusqlite::Error>>()?);
        }
        Ok(result)
    }
}

impl fmt::Debug for SqliteConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteConnection")
            .field("path", &self.path)
            .field("read_only", &self.read_only)
            .finish_non_exhaustive()
    }
}

fn open_file(path: &Path, mode: SqliteMode) -> Result<rusqlite::Connection, EngineError> {
    let access = match mode {
        SqliteMode::ReadWriteCreate => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        SqliteMode::ReadWrite => OpenFlags::SQLITE_OPEN_READ_WRITE,
        SqliteMode::ReadOnly => OpenFlags::SQLITE_OPEN_READ_ONLY,
    };
    // One thread at a time uses a connection, which Rust's types see to, so SQLite need not lock it again.
    let connection = rusqlite::Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(|error| cannot_open(path, mode, &error))?;
    // SQLite reads the file only when it has to; reading its header now tells a foreign file while we know its name.
    match connection.query_row("PRAGMA schema_version", [], |_| Ok(())) {
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
            Err(cannot_open(path, mode, &error))
        }
        // Whatever else there is, such as a lock, belongs to the statement that meets it.
        _ => Ok(connection),
    }
}

/// SQLite says only "unable to open database file"; the file system knows why.
fn cannot_open(path: &Path, mode: SqliteMode, error: &rusqlite::Error) -> EngineError {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let cause = match (path.metadata(), parent.map(Path::metadata)) {
        (Ok(file), _) if file.is_dir() => "it is a directory; name a file in it".to_owned(),
        (Ok(_), _) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
            "the file is not a SQLite database, or it is encrypted".to_owned()
        }
        (Err(missing), Some(Err(_))) if missing.kind() == io::ErrorKind::NotFound => {
            let parent = parent.map(Path::display).map(|parent| parent.to_string()).unwrap_or_default();
            format!("the directory `{parent}` does not exist; create it first")
        }
        (Err(missing), _)
            if missing.kind() == io::ErrorKind::NotFound && mode != SqliteMode::ReadWriteCreate =>
        {
            "there is no such file, and the URL's `mode` forbids to create it".to_owned()
        }
        (Err(other), _) if other.kind() != io::ErrorKind::NotFound => other.to_string(),
        _ => match error {
            rusqlite::Error::SqliteFailure(code, message) => {
                let reason = message.clone().unwrap_or_else(|| code.to_string());
                format!("{reason}; check the rights on the file and its directory")
            }
            other => other.to_string(),
        },
    };
    EngineError::CannotOpen { path: path.display().to_string(), cause }
}

fn text(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        // `{:?}` keeps the point of a whole number, as SQLite does.
        ValueRef::Real(number) => Some(format!("{number:?}")),
        ValueRef::Text(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        ValueRef::Blob(bytes) => Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
    }
}
