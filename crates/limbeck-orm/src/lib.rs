//! Typed queries, sessions with a unit of work, and relations over Limbeck's models.

mod array_text;
mod bulk;
mod column;
mod definition;
#[doc(hidden)]
pub mod derived;
mod error;
mod executor;
mod expression;
mod flush;
pub mod func;
mod function;
mod graph;
pub mod load;
mod mapped;
mod new;
mod polymorphic;
mod relation;
mod row_key;
mod rows;
mod selectable;
mod session;
mod source;
mod statement;
mod statement_log;

pub use bulk::{BulkInsert, bulk_insert};
pub use column::{Column, ReadOnly, Writable};
pub use definition::{ColumnDefinition, ForeignKeyDefinition, ModelDefinition, ServerMade, UniqueDefinition};
pub use error::OrmError;
pub use executor::Executor;
pub use expression::{
    ArrayType, Condition, IntoCondition, IntoOrder, JsonType, Labelled, Maybe, Nullable, NumberType, Operand,
    Order, SqlExpression, Term, TextType, Typed,
};
pub use function::{Case, Function, Window, case, window};
pub use graph::Graph;
pub use load::{Level, Load, load};
pub use mapped::{Flattens, Mapped, MappedColumns, Stored};
pub use new::{Assign, Holds, Input, New, Open, PendingValue, Slot};
pub use polymorphic::{AnyOf, Polymorphic, select_any};
pub use relation::{
    AnyModel, RelatedModel, RelationDefinition, RelationPath, RelationTarget, RelationsOf, ToMany, ToOne,
    relation_definitions,
};
pub use selectable::{Expressions, MaybeRow, Selectable, WholeRow, maybe_row, row};
pub use session::{RowReference, Session, Tracked, TransactionSettings, Transactions};
pub use source::{Alias, Derived, IntoSource, alias, recursive};
pub use statement::{
    Combined, Conflict, Delete, Insert, InsertReturning, Returning, Select, Update, delete, excluded, insert,
    select, select_from, update,
};
pub use statement_log::StatementLog;

/// Statements without types, and what they are made of.
pub use limbeck_dialect::query;
/// URLs and connections to databases.
pub use limbeck_engine as engine;
/// What a value of a row is read by: implement it for a type of your own.
pub use limbeck_engine::{Decode, DecodeError};
