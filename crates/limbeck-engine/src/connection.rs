//! A connection to whichever database the URL names.

use limbeck_schema::Dialect;

use crate::{
    DatabaseUrl, EngineError, PostgresqlConnection, SqliteConnection, SqliteDatabase, SqliteMode, SqliteUrl,
};

/// One row of a query, every value as text; `None` is SQL's NULL.
pub type TextRow = Vec<Option<String>>;

/// An open connection.
#[derive(Debug)]
pub enum Connection {
    /// To a PostgreSQL server.
    Postgresql(PostgresqlConnection),
    /// To a SQLite file or to a database in memory.
    Sqlite(SqliteConnection),
}

impl Connection {
    /// Opens a connection; for PostgreSQL inside a tokio runtime with I/O and time enabled.
    ///
    /// What the URL leaves open is filled as libpq does: from `PGHOST`, `PGUSER`, … and the password file.
    ///
    /// # Errors
    /// Every way in which a database can be out of reach has its own variant of [`EngineError`].
    pub async fn open(url: &DatabaseUrl) -> Result<Connection, EngineError> {
        match url {
            DatabaseUrl::Postgresql(url) => {
                Ok(Connection::Postgresql(PostgresqlConnection::open(url).await?))
            }
            DatabaseUrl::Sqlite(url) => Ok(Connection::Sqlite(SqliteConnection::open(url)?)),
        }
    }

    /// As [`Connection::open`], for whoever only reads: a SQLite file that does not exist yet is not made, it reads as
    /// the empty database that it would be.
    ///
    /// # Errors
    /// Those of [`Connection::open`].
    pub async fn open_for_reading(url: &DatabaseUrl) -> Result<Connection, EngineError> {
        match url {
            DatabaseUrl::Sqlite(SqliteUrl {
                database: SqliteDatabase::File(path),
                mode: SqliteMode::ReadWriteCreate,
                ..
            }) if !path.exists()
                && path.parent().is_none_or(|parent| parent.as_os_str().is_empty() || parent.is_dir()) =>
            {
                Ok(Connection::Sqlite(SqliteConnection::open_in_memory()?))
            }
            _ => Connection::open(url).await,
        }
    }

    /// The dialect that is spoken on it.
    pub fn dialect(&self) -> Dialect {
        match self {
            Connection::Postgresql(_) => Dialect::Postgresql,
            Connection::Sqlite(_) => Dialect::Sqlite,
        }
    }

    /// Runs one statement and returns its rows as text.
    ///
    /// # Errors
    /// What the database refuses, or [`EngineError::ConnectionLost`].
    pub async fn query(&self, sql: &str) -> Result<Vec<TextRow>, EngineError> {
        match self {
            Connection::Postgresql(connection) => connection.query(sql).await,
            Connection::Sqlite(connection) => connection.query(sql),
        }
    }
}
