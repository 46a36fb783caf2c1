//! A live database as [`MetaData`].
//!
//! [`inspect`] reads a whole schema in a number of round trips that does not grow with it. [`canonicalize`] brings
//! the expressions of a declared schema into the text in which the database holds its own, so that the two can be
//! compared with `==`.

mod error;
mod expressions;
mod postgresql;
mod sqlite;

pub use error::{InspectError, Refusal};

use limbeck_engine::Connection;
use limbeck_schema::{MetaData, QualifiedName};

use postgresql::Refusals;

/// What to read besides the default schema, and what to leave out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InspectOptions {
    /// Further schemas, by name. One that does not exist contributes nothing. SQLite has none.
    pub schemas: Vec<String>,
    /// Tables to leave out, together with their indexes, triggers and the sequences they own.
    pub exclude_tables: Vec<QualifiedName>,
}

impl InspectOptions {
    fn excludes(&self, table: &QualifiedName) -> bool {
        self.exclude_tables.contains(table)
    }
}

/// Something that a database holds and [`MetaData`] has no place for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unmanaged {
    /// What it is, in the words of SQL: `operator class`.
    pub kind: String,
    /// What it is called.
    pub name: String,
}

/// What the database holds besides what [`inspect`] reads; nothing on SQLite.
///
/// # Errors
/// When the database refuses or ends the connection.
pub async fn unmanaged(
    connection: &mut Connection,
    options: &InspectOptions,
) -> Result<Vec<Unmanaged>, InspectError> {
    match connection {
        Connection::Postgresql(connection) => postgresql::unmanaged(connection, options).await,
        Connection::Sqlite(_) => Ok(Vec::new()),
    }
}

/// Reads the schema of a database: on PostgreSQL in one round trip and one read-only transaction.
///
/// Objects of the default schema (`current_schema()`) come without a schema name, and all lists but columns and enum values
/// sorted by name. Extensions, casts, foreign servers, publications and event triggers belong to the database, and come
/// whatever schemas are asked for. Objects that belong to an extension and, on SQLite, virtual tables are not part of the
/// schema. A partition and an inherited table hold no more than what differs from their parents.
///
/// The connection must not be inside a transaction: the reading ends it.
///
/// # Errors
/// When the database refuses or ends the connection; on SQLite also when a stored statement cannot be read.
pub async fn inspect(
    connection: &mut Connection,
    options: &InspectOptions,
) -> Result<MetaData, InspectError> {
    match connection {
        Connection::Postgresql(connection) => postgresql::inspect(connection, options).await,
        Connection::Sqlite(connection) => sqlite::inspect(connection.raw(), options),
    }
}

/// Returns `declared` with every expression that means the same as its counterpart in `live` in that one's text.
///
/// Counterparts are found by name, and for checks and indexes that have no namesake among those that have none either.
/// Where tables or columns are renamed, `live` is the schema as it is after that. What has no counterpart, or differs in meaning, keeps its declared text, which is the one
/// to be read in a migration.
///
/// PostgreSQL prints an expression differently from how it was written (`x IN ('a', 'b')` becomes
/// `x = ANY (ARRAY['a'::text, 'b'::text])`), so it is asked: the declared expressions are put on temporary tables,
/// read back, and rolled back. This takes no round trip when all texts are equal, and at most two else. SQLite keeps
/// the text as written, so there texts are compared token by token.
///
/// The connection must not be inside a transaction.
///
/// # Errors
/// [`InspectError::Refused`] when the database does not accept a declared expression.
pub async fn canonicalize(
    connection: &mut Connection,
    live: &MetaData,
    declared: MetaData,
) -> Result<MetaData, InspectError> {
    match connection {
        Connection::Postgresql(connection) => {
            postgresql::canonicalize(connection, live, declared, Refusals::End).await
        }
        Connection::Sqlite(_) => sqlite::canonicalize(live, declared),
    }
}

/// As [`canonicalize`], for a declared schema that a database has accepted as a whole. An expression that is refused now
/// calls what only one of the two schemas has: it differs.
///
/// # Errors
/// When the connection fails, or there can be no temporary tables.
pub async fn canonicalize_accepted(
    connection: &mut Connection,
    live: &MetaData,
    declared: MetaData,
) -> Result<MetaData, InspectError> {
    match connection {
        Connection::Postgresql(connection) => {
            postgresql::canonicalize(connection, live, declared, Refusals::Differ).await
        }
        Connection::Sqlite(_) => sqlite::canonicalize(live, declared),
    }
}
