//! A model as statements see it.

use limbeck_schema::{Model, Value};

use crate::{ModelDefinition, RelationDefinition};

/// A model whose rows can be read and written. Implemented by `#[derive(Model)]`.
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

    /// The values of all columns, in their order.
    fn values(&self) -> Vec<Value>;
}
