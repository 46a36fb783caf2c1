//! Why a statement has no SQL.

use limbeck_schema::Dialect;

use crate::RenderError;

/// Why a statement cannot be written for a dialect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// Something that the dialect cannot do.
    #[error("{dialect} has no {what}, {advice}")]
    Unsupported {
        /// The dialect.
        dialect: Dialect,
        /// What it does not have.
        what: String,
        /// What to do.
        advice: &'static str,
    },
    /// A column of a table that the statement does not read.
    #[error("the column `{table}.{column}` is used, but `{table}` is not part of the query, join it")]
    UnknownSource {
        /// The table, or its alias.
        table: String,
        /// The column.
        column: String,
    },
    /// Two sources of one name.
    #[error("`{0}` is part of the query twice, give one of them an alias")]
    DuplicateSource(String),
    /// A column that an outer join can make NULL, where the Rust type knows no NULL.
    #[error(
        "the column `{table}.{column}` is NULL where the outer join finds no row, select it as `.optional()`"
    )]
    OuterColumn {
        /// The table, or its alias.
        table: String,
        /// The column.
        column: String,
    },
    /// Something that is empty and has no meaning then.
    #[error("{0}")]
    Empty(&'static str),
    /// Rows that do not all have the number of values that was promised.
    #[error("a row has {found} values for {expected} columns")]
    RowLength {
        /// The number of columns.
        expected: usize,
        /// The number of values of the row.
        found: usize,
    },
    /// A raw fragment with another number of `{}` than of arguments.
    #[error("the raw SQL `{sql}` has {placeholders} times `{{}}` for {arguments} arguments")]
    RawArguments {
        /// The fragment.
        sql: String,
        /// How often it has `{}`.
        placeholders: usize,
        /// How many arguments were given.
        arguments: usize,
    },
    /// An operator that is none.
    #[error("`{0}` is no operator")]
    Operator(String),
    /// A value that has no constant in SQL text.
    #[error("{0} cannot be written into SQL text, bind it as a parameter")]
    Literal(&'static str),
    /// A type that the dialect does not have.
    #[error(transparent)]
    Type(#[from] RenderError),
}

impl QueryError {
    /// The error's stable code.
    pub fn code(&self) -> &'static str {
        match self {
            QueryError::Unsupported { .. } => "query.unsupported",
            QueryError::UnknownSource { .. } => "query.unknown-source",
            QueryError::DuplicateSource(_) => "query.duplicate-source",
            QueryError::OuterColumn { .. } => "query.outer-column",
            QueryError::Empty(_) => "query.empty",
            QueryError::RowLength { .. } => "query.row-length",
            QueryError::RawArguments { .. } => "query.raw-arguments",
            QueryError::Operator(_) => "query.operator",
            QueryError::Literal(_) => "query.literal",
            QueryError::Type(_) => "query.type",
        }
    }
}
