//! Composite types: rows as values.

use serde::{Deserialize, Serialize};

use crate::{QualifiedName, SqlType};

/// A composite type, `CREATE TYPE … AS (…)` (PostgreSQL).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompositeType {
    /// The type's name.
    #[serde(flatten)]
    pub name: QualifiedName,
    /// The attributes in declaration order. As with the columns of a table, their order in an existing database is
    /// never compared: a new one goes to the end.
    #[serde(default)]
    pub attributes: Vec<Attribute>,
    /// The comment stored in the database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// The type's former name; a difference is then a rename. Never compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renamed_from: Option<String>,
}

impl CompositeType {
    /// A composite type without attributes.
    pub fn new(name: impl Into<QualifiedName>) -> Self {
        Self { name: name.into(), attributes: Vec::new(), comment: None, renamed_from: None }
    }

    /// The same type with one more attribute.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>, sql_type: SqlType) -> Self {
        self.attributes.push(Attribute::new(name, sql_type));
        self
    }
}

/// An attribute of a composite type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    /// The name, unquoted.
    pub name: String,
    /// The type.
    #[serde(rename = "type")]
    pub sql_type: SqlType,
    /// The collation, when it is not the type's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collation: Option<String>,
    /// The comment stored in the database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// The attribute's former name; a difference is then a rename. Never compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renamed_from: Option<String>,
}

impl Attribute {
    /// An attribute without any option.
    pub fn new(name: impl Into<String>, sql_type: SqlType) -> Self {
        Self { name: name.into(), sql_type, collation: None, comment: None, renamed_from: None }
    }
}
