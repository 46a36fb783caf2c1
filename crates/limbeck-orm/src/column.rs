//! Columns of models, with their types.

use std::fmt;
use std::marker::PhantomData;

use limbeck_dialect::query::{ColumnName, Expr, Name};
use limbeck_schema::Model;

use crate::{Flattens, SqlExpression};

/// A column of a model: `Customer::email_address`. `T` is the field's type, an `Option` where NULL is allowed.
///
/// What can be done with it is in [`SqlExpression`].
pub struct Column<M, T, Access = Writable> {
    name: &'static str,
    not_null: bool,
    marker: Marker<M, T, Access>,
}

type Marker<M, T, Access> = PhantomData<fn() -> (M, T, Access)>;

/// A column that statements can write.
#[derive(Clone, Copy, Debug)]
pub struct Writable;

/// A column that the database computes.
#[derive(Clone, Copy, Debug)]
pub struct ReadOnly;

impl<M, T, A> Column<M, T, A> {
    /// The column of that name. The derive writes this.
    pub const fn new(name: &'static str, nullable: bool) -> Self {
        Self { name, not_null: !nullable, marker: PhantomData }
    }

    /// The column's name in the database.
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// The column of a model that has this group's columns: `Audit::created_at.on::<Customer>()`.
    pub const fn on<Other: Flattens<M>>(self) -> Column<Other, T, A> {
        Column::new(self.name, !self.not_null)
    }

    /// The column of a table under another name.
    pub(crate) fn of(self, table: Name) -> Expr {
        Expr::Column(ColumnName {
            table: Some(table),
            name: Name::Borrowed(self.name),
            not_null: self.not_null,
        })
    }

    /// The column without its table, as assignments and conflict targets name it.
    pub(crate) fn bare(self) -> Name {
        Name::Borrowed(self.name)
    }
}

impl<M: Model, T, A> SqlExpression for Column<M, T, A> {
    type Type = T;

    fn into_expr(self) -> Expr {
        self.of(Name::Borrowed(M::TABLE_NAME))
    }
}

impl<M, T, A> Clone for Column<M, T, A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M, T, A> Copy for Column<M, T, A> {}

impl<M, T, A> fmt::Debug for Column<M, T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Column").field(&self.name).finish()
    }
}
