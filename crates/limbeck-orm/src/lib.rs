//! Typed queries, sessions with a unit of work, and relations over Limbeck's models.

mod array_text;
mod definition;
#[cfg_attr(not(test), expect(dead_code, reason = "the session, which is not here yet, uses it"))]
mod flush;
mod mapped;
mod new;
mod relation;
mod row_key;

pub use definition::{ColumnDefinition, ForeignKeyDefinition, ModelDefinition, ServerMade, UniqueDefinition};
pub use mapped::Mapped;
pub use new::{Assign, Holds, Input, New, Slot};
pub use relation::{
    AnyModel, RelatedModel, RelationDefinition, RelationPath, RelationTarget, RelationsOf, ToMany, ToOne,
    relation_definitions,
};
