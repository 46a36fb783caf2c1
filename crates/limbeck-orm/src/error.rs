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
    /// A slot of another session, or of a row that was undone or taken back.
    #[error("the slot is of no row of this session")]
    UnknownSlot,
    /// There is no row with that key to be read or changed.
    #[error("table `{table}` has no row with the key {key}")]
    RowMissing {
        /// The table.
        table: String,
        /// The values of the key.
        key: String,
    },
    /// Somebody else has changed the row since it was read, or deleted it.
    #[error("the row of `{table}` with the key {key} was changed by another transaction since it was read")]
    StaleVersion {
        /// The table.
        table: String,
        /// The values of the key.
        key: String,
    },
    /// New rows refer to each other, and none of them can come first.
    #[error("new rows of {} refer to each other, and no column of the foreign keys can be NULL for a moment", quoted(.tables))]
    UnresolvableCycle {
        /// The tables of the rows, in the order of the references.
        tables: Vec<String>,
    },
    /// A struct that holds itself goes on too long: its rows refer to each other in a circle, most likely.
    #[error("the relation `{relation}` was followed {depth} times and still leads on, limit it with `depth`")]
    TooDeep {
        /// The relation.
        relation: String,
        /// How far it was followed.
        depth: usize,
    },
    /// Something failed in the session, or was dropped half-way: it can only be rolled back.
    #[error("the session failed before, or a future of it was dropped; only a rollback is possible")]
    SessionBroken,
}

fn quoted(tables: &[String]) -> String {
    tables.iter().map(|table| format!("`{table}`")).collect::<Vec<_>>().join(", ")
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
            OrmError::UnknownSlot => "orm.unknown-slot",
            OrmError::RowMissing { .. } => "orm.row-missing",
            OrmError::StaleVersion { .. } => "orm.stale-version",
            OrmError::UnresolvableCycle { .. } => "orm.unresolvable-cycle",
            OrmError::TooDeep { .. } => "orm.too-deep",
            OrmError::SessionBroken => "orm.session-broken",
        }
    }
}
