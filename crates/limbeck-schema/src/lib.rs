//! What a database schema is, and what changes it.
//!
//! [`MetaData`] holds a whole schema; an [`Operation`] is one change of it. Everything that can describe a schema
//! (Rust models, a live database, files) becomes the one, everything that can change one is the other. This crate is
//! data and pure functions: it does no I/O and knows no dialect's SQL.

mod audit;
mod column;
mod composite;
mod constraint;
mod constructors;
mod dependents;
#[doc(hidden)]
pub mod derived;
mod dialect;
mod domain;
mod entity;
mod enum_type;
mod exclude;
mod expression;
mod grant;
mod index;
mod metadata;
mod model;
mod name;
mod naming;
mod operation;
mod relation;
mod sequence;
mod sql_source;
mod table;
mod types;
mod validate;
mod value;

pub use audit::audit;
pub use column::{Column, Computed, Identity};
pub use composite::{Attribute, CompositeType};
pub use constraint::{
    CheckConstraint, Constraint, Deferrable, ForeignKey, MatchType, PrimaryKey, ReferentialAction,
    UniqueConstraint,
};
pub use constructors::{
    PgAggregate, PgExtension, PgFunction, PgMaterializedView, PgPolicy, PgProcedure, PgTrigger, PgView,
};
pub use dependents::{TypeColumn, TypeConstraint, TypeDependents, TypeIndex};
pub use dialect::{Dialect, UnknownDialect};
pub use domain::Domain;
pub use entity::{Dependency, Enabled, Entity, EntityId, EntityKind, ObjectReference};
pub use enum_type::{EnumType, UnknownEnumValue};
pub use exclude::{ExcludeConstraint, ExcludeElement};
pub use expression::Expression;
pub use grant::{DefaultPrivilege, Grant, GrantState, Ownership};
pub use index::{Index, IndexElement, IndexTarget, NullsOrder, SortOrder};
pub use metadata::{JSON_VERSION, JsonError, MetaData, Schema};
pub use model::{
    ArrayElement, ColumnGroup, ColumnType, Model, ModelDeclaration, References, TakesLength, TakesPrecision,
    TakesScale,
};
pub use name::QualifiedName;
pub use naming::{MAX_IDENTIFIER_LENGTH, NamingConvention, UnknownToken, shorten};
pub use operation::{
    CommentTarget, CompositeChange, DomainChange, EnumChange, Operation, TableRebuild, reverse_all,
};
pub use relation::{Cascade, Related, Relation, RelationKind};
pub use sequence::{ColumnReference, Sequence, SequenceOptions};
pub use sql_source::{Declared, SqlSource};
pub use table::{PartitionOf, PostgresqlTableOptions, RowSecurity, SqliteTableOptions, Table, TableOptions};
pub use types::SqlType;
pub use validate::SchemaError;
pub use value::{ToValue, Value};
