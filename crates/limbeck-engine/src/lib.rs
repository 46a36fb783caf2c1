//! URLs, TLS and connections to the databases Limbeck speaks to.
//!
//! [`DatabaseUrl`] says where a database is, [`Connection::open`] goes there, [`EngineError`] says why it did not work.
//! PostgreSQL is spoken through tokio-postgres, SQLite through rusqlite; both are reachable behind the connection, so
//! nothing a driver can do is lost. The engine knows nothing of migrations.

mod connection;
mod copy;
mod decode;
mod encode;
mod engine;
mod environment;
mod error;
mod event;
mod execute;
mod pipeline;
mod postgresql;
mod row;
mod sqlite;
mod statement;
mod tls;
mod transaction;
mod url;

pub use connection::{Connection, TextRow};
pub use copy::CopyIn;
pub use decode::{Decode, DecodeError, decode_value};
pub use encode::EncodeError;
pub use engine::{Engine, EngineOptions, JournalMode, PooledConnection};
pub use error::{EngineError, SqlError, Violation};
pub use event::{Event, Observer};
pub use execute::EachRow;
pub use pipeline::{EachPipelinedRow, PipelineError};
pub use postgresql::{BatchError, Notice, Notification, PostgresqlConnection};
pub use row::{Column, Row};
pub use sqlite::SqliteConnection;
pub use statement::Statement;
pub use transaction::{IsolationLevel, TransactionOptions};
pub use url::{DatabaseUrl, PostgresqlUrl, SqliteDatabase, SqliteMode, SqliteUrl, UrlError};
