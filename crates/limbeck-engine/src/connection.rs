//! A connection to whichever database the URL names.

use limbeck_schema::Dialect;

use crate::{DatabaseUrl, EngineError, PostgresqlConnection, SqliteConnection};

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
