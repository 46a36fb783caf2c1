//! Typed queries, sessions with a unit of work, and relations over Limbeck's models.

mod array_text;
mod definition;
mod flush;
mod mapped;
mod new;
mod row_key;

pub use definition::{ColumnDefinition, ForeignKeyDefinition, ModelDefinition, ServerMade, UniqueDefinition};
pub use mapped::Mapped;
pub use new::{Assign, Holds, Input, New, Slot};
