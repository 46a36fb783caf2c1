//! Typed queries, sessions with a unit of work, and relations over Limbeck's models.

mod definition;
mod mapped;
mod new;

pub use definition::{ColumnDefinition, ForeignKeyDefinition, ModelDefinition, ServerMade, UniqueDefinition};
pub use mapped::Mapped;
pub use new::{Assign, Holds, Input, New, Slot};
