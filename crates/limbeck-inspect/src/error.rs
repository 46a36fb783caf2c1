//! What can go wrong while reading a schema.

use limbeck_engine::EngineError;
use limbeck_schema::QualifiedName;

/// Why a schema could not be read or brought into its canonical form.
#[derive(Debug, thiserror::Error)]
pub enum InspectError {
    /// The connection failed, or the database refused a statement.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The database does not accept an expression of the model.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// Expressions cannot be compared without temporary tables.
    #[error(
        "comparing expressions needs temporary tables, which the database refuses: {message}; connect to the primary server, as a role with the TEMPORARY privilege on the database"
    )]
    TemporaryTables {
        /// The database's message.
        message: String,
    },
    /// The catalogue holds something that this version of Limbeck does not know.
    #[error("the catalogue holds `{value}` as {what}, which this version of Limbeck cannot read")]
    Catalogue {
        /// What was read.
        what: &'static str,
        /// Its value.
        value: String,
    },
    /// A statement stored by SQLite that could not be read.
    #[error("the stored definition of `{object}` cannot be read: {problem}")]
    StoredStatement {
        /// The table or index.
        object: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl InspectError {
    /// The error's stable code.
    pub fn code(&self) -> &'static str {
        match self {
            InspectError::Engine(error) => error.code(),
            InspectError::Refused(_) => "inspect.expression-refused",
            InspectError::TemporaryTables { .. } => "inspect.temporary-tables",
            InspectError::Catalogue { .. } => "inspect.catalogue",
            InspectError::StoredStatement { .. } => "inspect.stored-statement",
        }
    }
}

/// An expression that the database does not accept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the database refuses {object} of {owner} `{table}`, `{expression}`: {message}")]
pub struct Refusal {
    /// What has the object: `table`, or `domain`.
    pub owner: &'static str,
    /// The table or domain.
    pub table: QualifiedName,
    /// What carries the expression: ``the default of column `price` `` ….
    pub object: String,
    /// The expression as declared.
    pub expression: String,
    /// The database's message.
    pub message: String,
    /// PostgreSQL's error code.
    pub sqlstate: String,
}
