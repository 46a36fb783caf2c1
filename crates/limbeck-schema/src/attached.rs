//! Views and triggers as inspection finds them: kept in their stored text, so that a change of the table they hang
//! on can restore them.

use serde::{Deserialize, Serialize};

use crate::QualifiedName;

/// A view, in its stored text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// The name.
    #[serde(flatten)]
    pub name: QualifiedName,
    /// The complete `CREATE VIEW` statement.
    pub definition: String,
}

/// A trigger, in its stored text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trigger {
    /// The name; unique within its table.
    pub name: String,
    /// The table or view it fires on.
    pub table: QualifiedName,
    /// The complete `CREATE TRIGGER` statement.
    pub definition: String,
}
