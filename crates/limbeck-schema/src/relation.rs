//! How models hang together: what `relations!` declares, as data. The database knows the foreign keys alone.

use serde::{Deserialize, Serialize};

use crate::{Model, QualifiedName};

/// A model with declared relations. Implemented by `relations!`.
pub trait Related: Model {
    /// Its relations, in declaration order.
    fn relations() -> Vec<Relation>;
}

/// A named way from a model to others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relation {
    /// The name, unique within its model.
    pub name: String,
    /// The table it leads to.
    pub target: QualifiedName,
    /// How many rows it leads to, and over which foreign key.
    pub kind: RelationKind,
    /// What a session does to the related rows when it does something to this one.
    #[serde(default)]
    pub cascade: Cascade,
}

/// The direction of a relation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelationKind {
    /// To the one row that this row's foreign key names.
    One {
        /// The columns of this table that refer to the target.
        foreign_key: Vec<String>,
    },
    /// To the one row whose foreign key names this row: the foreign key is unique there.
    HasOne {
        /// The columns of the target that refer to this table.
        foreign_key: Vec<String>,
    },
    /// To all rows whose foreign key names this row.
    Many {
        /// The columns of the target that refer to this table.
        foreign_key: Vec<String>,
    },
    /// To all rows that an association table pairs with this row.
    ManyThrough {
        /// The association table.
        association: QualifiedName,
        /// The columns of the association table that refer to this table.
        foreign_key: Vec<String>,
        /// The columns of the association table that refer to the target.
        target_foreign_key: Vec<String>,
    },
}

/// What follows along a relation: SQLAlchemy's cascades ("Cascades"), without those that concern rows held by a
/// session, since a row is a plain value here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cascade {
    /// Adding a row adds the related rows.
    pub save_update: bool,
    /// Merging a row merges the related rows.
    pub merge: bool,
    /// Deleting a row deletes the related rows.
    pub delete: bool,
    /// A related row that is taken out of the relation is deleted.
    pub delete_orphan: bool,
}

/// SQLAlchemy's default: `save-update, merge`.
impl Default for Cascade {
    fn default() -> Self {
        Self { save_update: true, merge: true, delete: false, delete_orphan: false }
    }
}
