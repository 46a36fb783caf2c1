//! The address of a SQLite database.

use std::path::PathBuf;
use std::time::Duration;

use super::{UrlError, escape_in_query, query_pairs, unescape};

/// The address of a SQLite database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqliteUrl {
    /// What followed `+` in the scheme. It names a Python driver and is kept only for printing.
    driver: Option<String>,
    /// Where it is.
    pub database: SqliteDatabase,
    /// How the file is opened; `?mode=ro`, `rw` or `rwc`, as in SQLite's own URIs (SQLite docs, "URI Filenames").
    pub mode: SqliteMode,
    /// How long to wait for another connection's lock; `?timeout=` in seconds as for Python's sqlite3, which also
    /// waits 5 seconds unless told.
    pub timeout: Duration,
}

/// Where a SQLite database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SqliteDatabase {
    /// In memory, gone with the connection.
    Memory,
    /// In a file; a relative path starts at the current directory.
    File(PathBuf),
}

/// How a SQLite file is opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SqliteMode {
    /// For reading and writing, and made when it is missing.
    #[default]
    ReadWriteCreate,
    /// For reading and writing; an error when it is missing.
    ReadWrite,
    /// For reading; an error when it is missing.
    ReadOnly,
}

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);

/// Parameters of Python's `sqlite3.connect`, which SQLAlchemy hands through, and that mean nothing here.
const PYTHON_PARAMETERS: &[&str] = &[
    "autocommit",
    "cached_statements",
    "check_same_thread",
    "detect_types",
    "factory",
    "isolation_level",
    "uri",
];

impl SqliteUrl {
    /// The same settings for another database, which may be written and is made when it is missing.
    #[must_use]
    pub fn with_database(&self, database: SqliteDatabase) -> SqliteUrl {
        SqliteUrl { database, mode: SqliteMode::default(), ..self.clone() }
    }

    /// Reads what follows `sqlite:`.
    pub(super) fn from_url(driver: Option<&str>, rest: &str) -> Result<SqliteUrl, UrlError> {
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let path = match path.strip_prefix("//") {
            // The third slash separates the empty host from the path, so a fourth one begins an absolute path.
            Some("") => "",
            Some(path) => path.strip_prefix('/').ok_or(UrlError::SqliteHost)?,
            None => path,
        };
        let path = unescape(path, "path")?;
        // SQLAlchemy's way to SQLite's own URIs: `sqlite:///file:path?mode=ro&uri=true`.
        let path = match path.strip_prefix("file:") {
            Some(path) => path.strip_prefix("//").unwrap_or(path),
            None => &path,
        };
        let mut url = SqliteUrl {
            driver: driver.map(str::to_owned),
            database: match path {
                "" | ":memory:" => SqliteDatabase::Memory,
                path => SqliteDatabase::File(PathBuf::from(path)),
            },
            mode: SqliteMode::default(),
            timeout: DEFAULT_TIMEOUT,
        };
        for (name, value) in query_pairs(query)? {
            url.set(&name, &value)?;
        }
        Ok(url)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), UrlError> {
        let invalid =
            |expected| UrlError::InvalidValue { name: name.to_owned(), value: value.to_owned(), expected };
        match (name, value) {
            ("mode", "ro") => self.mode = SqliteMode::ReadOnly,
            ("mode", "rw") => self.mode = SqliteMode::ReadWrite,
            ("mode", "rwc") => self.mode = SqliteMode::ReadWriteCreate,
            ("mode", "memory") => self.database = SqliteDatabase::Memory,
            ("mode", _) => return Err(invalid("`ro`, `rw`, `rwc` or `memory`")),
            ("timeout", seconds) => {
                self.timeout = seconds
                    .parse::<f64>()
                    .ok()
                    .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
                    // SQLite counts milliseconds in a C int.
                    .filter(|timeout| timeout.as_millis() <= i32::MAX as u128)
                    .ok_or_else(|| invalid("a number of seconds"))?;
            }
            _ if PYTHON_PARAMETERS.contains(&name) => {}
            _ => return Err(UrlError::UnknownSqliteParameter { name: name.to_owned() }),
        }
        Ok(())
    }

    pub(super) fn render(&self) -> String {
        let mut text = match &self.driver {
            Some(driver) => format!("sqlite+{driver}://"),
            None => "sqlite://".to_owned(),
        };
        if let SqliteDatabase::File(path) = &self.database {
            // A path is shown readable; only what would end it is escaped.
            let path = path.display().to_string().replace('%', "%25").replace('?', "%3F").replace('#', "%23");
            text.push('/');
            text.push_str(&path);
        }
        let mode = match self.mode {
            SqliteMode::ReadWriteCreate => None,
            SqliteMode::ReadWrite => Some("mode=rw".to_owned()),
            SqliteMode::ReadOnly => Some("mode=ro".to_owned()),
        };
        let timeout = (self.timeout != DEFAULT_TIMEOUT)
            .then(|| format!("timeout={}", escape_in_query(&self.timeout.as_secs_f64().to_string())));
        for (index, parameter) in mode.into_iter().chain(timeout).enumerate() {
            text.push(if index == 0 { '?' } else { '&' });
            text.push_str(&parameter);
        }
        text
    }
}
