//! A model as statements see it.

use limbeck_engine::{DecodeError, Row};
use limbeck_schema::{Model, Value};

use crate::{ModelDefinition, RelationDefinition};

/// A model whose rows can be read and written. Implemented by `#[derive(Model)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no model",
    note = "derive it: `#[derive(limbeck::Model)]`, and turn on the feature `orm` of `limbeck`"
)]
pub trait Mapped: Model + Sized + Send + Sync + 'static {
    /// The primary key: the field's type, or a tuple of several.
    type Key: Send + Sync + 'static;

    /// The table, built once.
    fn definition() -> &'static ModelDefinition;

    /// The relations that `relations!` declares: `RelationsOf::<Self>::definitions()`, written where [`AnyModel`] is in
    /// scope.
    ///
    /// [`AnyModel`]: crate::AnyModel
    fn relation_definitions() -> &'static [RelationDefinition];

    /// The row's primary key.
    fn key(&self) -> Self::Key;

    /// The values of a primary key.
    fn key_values(key: &Self::Key) -> Vec<Value>;

    /// The primary key of these values.
    ///
    /// # Errors
    /// When a value is not of its field's type.
    fn key_from(values: &[Value]) -> Result<Self::Key, DecodeError>;

    /// Counts the row's version up, if it has one.
    fn count_version(&mut self) {}

    /// The values of all columns, in their order.
    fn values(&self) -> Vec<Value> {
        (0..Self::COLUMNS.len()).map(|column| self.value(column)).collect()
    }

    /// The value of a column, by its position; NULL when there are not so many.
    fn value(&self, column: usize) -> Value;

    /// Reads a row, from the column `first` of the result on, in the order of the model's columns.
    ///
    /// # Errors
    /// When a value is not of its field's type.
    fn decode(row: &Row<'_>, first: usize) -> Result<Self, DecodeError>;
}

/// A model whose rows can be changed: every one but a view's. Implemented by `#[derive(Model)]`.
#[diagnostic::on_unimplemented(
    message = "the rows of `{Self}` cannot be changed",
    note = "it is a view, `#[model(view = …)]`: change the tables that it reads from"
)]
pub trait Stored: Mapped {}

/// A group of columns that models have in common, as statements see it. Implemented by `#[derive(Columns)]`.
pub trait MappedColumns: limbeck_schema::ColumnGroup + Sized {
    /// The value of a column, by its position; NULL when there are not so many.
    fn value(&self, column: usize) -> Value;

    /// Reads the group, from the column `first` of the result on.
    ///
    /// # Errors
    /// When a value is not of its field's type.
    fn decode(row: &Row<'_>, first: usize) -> Result<Self, DecodeError>;
}

/// That a model has a group of columns: by `#[flatten]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not have the columns of `{Group}`",
    note = "take them in: `#[flatten] columns: {Group}`"
)]
pub trait Flattens<Group> {}
