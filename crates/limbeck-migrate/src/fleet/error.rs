//! Why the tenants of a fleet could not be found.

use limbeck_engine::{EngineError, UrlError};
use limbeck_schema::Dialect;

use crate::nearest::did_you_mean;

/// Why the tenants of a fleet could not be found.
#[derive(Debug, thiserror::Error)]
pub enum FleetError {
    /// The database that was asked for them.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A pattern that is none.
    #[error("`{pattern}` is no pattern of files: {cause}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        cause: String,
    },
    /// Schemas of a database that has none.
    #[error("the schemas of a fleet are PostgreSQL's, its environment's database is {dialect}")]
    Dialect {
        /// What it is.
        dialect: Dialect,
    },
    /// A row of the query that is no tenant.
    #[error(
        "the query of the fleet must give one column, a schema or a URL in each row; row {row} has {found}"
    )]
    Row {
        /// The row, counted from 1.
        row: usize,
        /// What it has.
        found: String,
    },
    /// A URL of the query that is none.
    #[error("row {row} of the fleet's query is no URL of a database: {error}")]
    Url {
        /// The row, counted from 1.
        row: usize,
        /// What is wrong with it.
        error: UrlError,
    },
    /// A tenant that is asked for and is none.
    #[error("there is no tenant `{name}`{}", did_you_mean(.nearest.as_deref()))]
    UnknownTenant {
        /// The name.
        name: String,
        /// The one most like it.
        nearest: Option<String>,
    },
}

impl FleetError {
    /// The error's stable code.
    pub fn code(&self) -> &'static str {
        match self {
            FleetError::Engine(error) => error.code(),
            FleetError::Pattern { .. } => "fleet.pattern",
            FleetError::Dialect { .. } => "fleet.dialect",
            FleetError::Row { .. } => "fleet.row",
            FleetError::Url { .. } => "fleet.url",
            FleetError::UnknownTenant { .. } => "fleet.unknown-tenant",
        }
    }
}
