//! Queries and changes of rows, as data and as SQL text.
//!
//! A statement is a value: [`Select`], [`Compound`], [`Insert`], [`Update`], [`Delete`], built of [`Expr`]. It knows
//! no Rust types (`limbeck-orm` puts them on top) and no dialect: [`Statement::compile`] writes it for one, with the
//! values apart from the text. Values and names can hold any text whatever; SQL text comes in through [`Expr::raw`]
//! alone.
//!
//! ```
//! use limbeck_dialect::query::{Expr, Select, Statement};
//! use limbeck_schema::Dialect;
//! let select = Select::from("customers")
//!     .column(Expr::column("customers", "email"))
//!     .filter(Expr::column("customers", "id").equal(Expr::value(7)));
//! let compiled = Statement::from(select).compile(Dialect::Postgresql).unwrap();
//! assert_eq!(compiled.sql, "SELECT customers.email FROM customers WHERE customers.id = $1");
//! assert_eq!(compiled.params.len(), 1);
//! ```

mod compile;
mod error;
mod expr;
mod function;
mod operator;
mod select;
mod source;
mod write;

pub use compile::{CompiledSql, postgresql_text};
pub use error::QueryError;
pub use expr::{ColumnName, Expr, InList, Interval, Keyword, LikeKind, Name, Quantifier, Raw};
pub use function::{Call, Frame, FrameBound, FrameExclude, FrameUnit, Over, Window};
pub use operator::{BinaryOperator, UnaryOperator};
pub use select::{
    Compound, Distinct, Grouping, Lock, LockStrength, LockWait, Nulls, OrderBy, Query, Select, SelectItem,
    SetOperation,
};
pub use source::{ColumnValues, Cte, Join, JoinKind, Sample, Source, SourceKind, Statement, TableName, With};
pub use write::{
    ConflictAction, ConflictTarget, Delete, Insert, InsertSource, OnConflict, Overriding, Update,
};
