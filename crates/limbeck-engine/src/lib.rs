//! URLs, TLS and connections to the databases Limbeck speaks to.
//!
//! [`DatabaseUrl`] says where a database is, [`Connection::open`] goes there, [`EngineError`] says why it did not work.
//! PostgreSQL is spoken through tokio-postgres, SQLite through rusqlite; both are reachable behind the connection, so
//! nothing a driver can do is lost. The engine knows nothing of migrations.

mod connection;
mod environment;
mod error;
mod postgresql;
mod sqlite;
mod tls;
mod url;

pub use connection::{Connection, TextRow};
pub use error::{EngineError, SqlError};
pub use postgresql::{BatchError, Notice, PostgresqlConnection};
pub use sqlite::SqliteConnection;
pub use url::{DatabaseUrl, PostgresqlUrl, SqliteDatabase, SqliteMode, SqliteUrl, UrlError};
