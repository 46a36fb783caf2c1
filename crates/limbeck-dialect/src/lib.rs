//! Operations and types as SQL text, one module for each dialect.
//!
//! Everything here is a pure function of its arguments. A schema goes through [`project`], which leaves what the
//! dialect can hold; two projected schemas can be compared with `==`. The operations between them go through [`plan`],
//! which makes them possible on the dialect, and [`render`], which writes them down.
//!
//! What reads and changes rows is in [`query`].

mod clause;
mod cursor;
mod declared_type;
mod entity_text;
mod error;
mod expression;
mod keywords;
mod lexer;
mod mentions;
mod postgresql;
mod project;
pub mod query;
mod quote;
mod replacement;
mod routine_arguments;
mod split;
mod sqlite;
mod statement;
mod statement_subject;
mod transaction;

pub use entity_text::{or_replace, rename_names, words_after_renames};
pub use error::{PlanError, ProjectionError, ProjectionReason, RenderError, SplitError};
pub use expression::is_keyword;
pub use mentions::{Mentions, mentioned_names};
pub use postgresql::{LockMode, TableLock, TableWork, operator_class, table_locks};
pub use project::project;
pub use quote::{quote_identifier, quote_literal, quote_name};
pub use replacement::{Replacement, replacement};
pub use split::{StatementSpan, split_statements};
pub use statement::Statement;
pub use statement_subject::{StatementSubject, statement_subject};
pub use transaction::runs_in_transaction;

use limbeck_schema::{Dialect, MetaData, Operation, SqlType};

/// A type's name as users of the dialect write it, the variant for the dialect if there is one.
///
/// # Errors
/// When the dialect has no such type.
///
/// ```
/// use limbeck_dialect::type_name;
/// use limbeck_schema::{Dialect, SqlType};
/// assert_eq!(type_name(Dialect::Postgresql, &SqlType::instant()).unwrap(), "TIMESTAMP WITH TIME ZONE");
/// assert_eq!(type_name(Dialect::Sqlite, &SqlType::instant()).unwrap(), "DATETIME");
/// ```
pub fn type_name(dialect: Dialect, sql_type: &SqlType) -> Result<String, RenderError> {
    match dialect {
        Dialect::Postgresql => postgresql::type_name(sql_type),
        Dialect::Sqlite => sqlite::type_name(sql_type),
    }
}

/// The type of a name: the inverse of [`type_name`] for the types that [`project`] leaves, which also reads
/// PostgreSQL's `format_type` and the aliases that users write. A name it does not know is a native type; so is the
/// name of an enum type, which only the schema can tell.
///
/// ```
/// use limbeck_dialect::parse_type;
/// use limbeck_schema::{Dialect, SqlType};
/// assert_eq!(parse_type(Dialect::Postgresql, "character varying(50)"), SqlType::string(50));
/// assert_eq!(parse_type(Dialect::Postgresql, "inet"), SqlType::postgresql("inet"));
/// ```
pub fn parse_type(dialect: Dialect, text: &str) -> SqlType {
    match dialect {
        Dialect::Postgresql => postgresql::parse_type(text),
        Dialect::Sqlite => sqlite::parse_type(text),
    }
}

/// The statements of an operation.
///
/// A statement that needs a value by hand holds `limbeck:todo` where it belongs; a script must not run before it is
/// replaced.
///
/// # Errors
/// When the dialect cannot do it. On SQLite that is also what [`plan`] would have turned into a table rebuild.
///
/// ```
/// use limbeck_dialect::render;
/// use limbeck_schema::{Column, Dialect, Operation, SqlType};
/// let add = Operation::AddColumn {
///     table: "customers".into(),
///     column: Box::new(Column::new("phone", SqlType::string(20))),
/// };
/// let statements = render(Dialect::Postgresql, &add).unwrap();
/// assert_eq!(statements[0].sql, "ALTER TABLE customers ADD COLUMN phone VARCHAR(20)");
/// ```
pub fn render(dialect: Dialect, operation: &Operation) -> Result<Vec<Statement>, RenderError> {
    match dialect {
        Dialect::Postgresql => postgresql::render(operation),
        Dialect::Sqlite => sqlite::render(operation),
    }
}

/// The operations in the form in which the dialect can run them; `before` and `after` are the projected schemas that
/// they lead from and to.
///
/// SQLite: everything on a table that ALTER TABLE cannot do becomes one [`Operation::RebuildTable`]. PostgreSQL: as
/// they are, but for enum values that are used in the transaction that adds them.
///
/// # Errors
/// When the operations do not fit the schema before.
pub fn plan(
    dialect: Dialect,
    operations: Vec<Operation>,
    before: &MetaData,
    after: &MetaData,
) -> Result<Vec<Operation>, PlanError> {
    match dialect {
        Dialect::Postgresql => Ok(postgresql::plan(operations)),
        Dialect::Sqlite => sqlite::plan(operations, before, after),
    }
}

/// The statements of operations that were planned, grouped by the transactions they are to run in, so that readers and
/// writers of large tables are kept waiting as shortly as can be: constraints are added NOT VALID and validated on
/// their own, indexes are built CONCURRENTLY, NOT NULL comes over a CHECK.
///
/// Only PostgreSQL has such ways; elsewhere all is one transaction. A statement that cannot be in a transaction is a
/// group of its own.
///
/// # Errors
/// As [`render`].
///
/// ```
/// use limbeck_dialect::render_safely;
/// use limbeck_schema::{Dialect, Index, MetaData, Operation};
/// let index = Index::on(["email"]).named("ix_customers_email");
/// let create = Operation::CreateIndex { table: "customers".into(), index };
/// let (before, after) = (MetaData::new(), MetaData::new());
/// let transactions = render_safely(Dialect::Postgresql, &[create], &before, &after).unwrap();
/// assert_eq!(transactions[0][0].sql, "CREATE INDEX CONCURRENTLY ix_customers_email ON customers (email)");
/// ```
pub fn render_safely(
    dialect: Dialect,
    operations: &[Operation],
    before: &MetaData,
    after: &MetaData,
) -> Result<Vec<Vec<Statement>>, RenderError> {
    match dialect {
        Dialect::Postgresql => postgresql::render_in_transactions(operations, before, after),
        Dialect::Sqlite => {
            let statements = operations.iter().map(|operation| render(dialect, operation));
            Ok(vec![statements.collect::<Result<Vec<_>, _>>()?.concat()])
        }
    }
}

/// The operations for which [`render_safely`] knows no better way than [`render`].
pub fn without_safe_shape(
    dialect: Dialect,
    operations: &[Operation],
    before: &MetaData,
    after: &MetaData,
) -> Vec<Operation> {
    match dialect {
        Dialect::Postgresql => postgresql::without_safe_shape(operations, before, after),
        Dialect::Sqlite => operations.to_vec(),
    }
}
