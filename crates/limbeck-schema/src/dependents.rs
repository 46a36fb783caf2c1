//! What stands on a type, and must be carried over when PostgreSQL can only make the type anew.

use serde::{Deserialize, Serialize};

use crate::{
    Column, ColumnReference, CompositeType, Constraint, Domain, Entity, Grant, Index, QualifiedName,
};

/// What uses a type at the time of its change. Making the type anew takes these off, converts the columns, and puts
/// them on again; where the type can be changed in place they stay untouched.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypeDependents {
    /// The columns of the type, of arrays of it, or of a type below that is built on it.
    #[serde(default)]
    pub columns: Vec<TypeColumn>,
    /// Domains over the type.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub domains: Vec<Domain>,
    /// Composite types with an attribute of the type.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub composites: Vec<CompositeType>,
    /// Generated columns computed from such columns, or by expressions that name the type.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub generated: Vec<TypeColumn>,
    /// Constraints that name the type, or that cannot stand while its columns change one after the other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub constraints: Vec<TypeConstraint>,
    /// Indexes of that kind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub indexes: Vec<TypeIndex>,
    /// Views, functions, policies and whatever else is built on the type or on such columns, in an order in which they
    /// can be created.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entities: Vec<Entity>,
    /// The privileges on the types and entities.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<Grant>,
}

/// A column that a change of a type must carry over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypeColumn {
    /// Where it is.
    #[serde(flatten)]
    pub reference: ColumnReference,
    /// The column itself.
    pub definition: Column,
}

/// A constraint that a change of a type must carry over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypeConstraint {
    /// The table.
    pub table: QualifiedName,
    /// The constraint.
    pub constraint: Constraint,
}

/// An index that a change of a type must carry over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypeIndex {
    /// The table.
    pub table: QualifiedName,
    /// The index.
    pub index: Index,
}
