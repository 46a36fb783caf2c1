//! Why a query gives no result.

use limbeck_dialect::query::QueryError;
use limbeck_engine::EngineError;

/// Why a statement cannot be run, or gives something else than was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OrmError {
    /// The statement has no meaning on the dialect.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The database refused it, or its answer cannot be read.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// There is no row where one was asked for.
    #[error("there is no such row")]
    NotFound,
    /// There are several rows where one was asked for.
    #[error("there is more than one such row")]
    MultipleRows,
    /// A new row refers to another one that has no key yet.
    #[error("a new row refers to a row that is not inserted yet, add both to a session")]
    Pending,
}

impl OrmError {
    /// The error's stable code.
    pub fn code(&self) -> &'static str {
        match self {
            OrmError::Query(error) => error.code(),
            OrmError::Engine(error) => error.code(),
            OrmError::NotFound => "orm.not-found",
            OrmError::MultipleRows => "orm.multiple-rows",
            OrmError::Pending => "orm.pending",
        }
    }
}
