//! Enum types.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::QualifiedName;

/// A named enum type: a native type on PostgreSQL, a checked string elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnumType {
    /// The type's name.
    #[serde(flatten)]
    pub name: QualifiedName,
    /// The values in their order.
    pub values: Vec<String>,
    /// New value → former value. Never compared.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub renamed_values: BTreeMap<String, String>,
    /// The comment stored in the database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl EnumType {
    /// An enum type with the given values in order.
    pub fn new<V: Into<String>>(name: impl Into<QualifiedName>, values: impl IntoIterator<Item = V>) -> Self {
        Self {
            name: name.into(),
            values: values.into_iter().map(Into::into).collect(),
            renamed_values: BTreeMap::new(),
            comment: None,
        }
    }
}

/// A text that is no value of an enum type: what `TryFrom<&str>` of a `#[derive(Enum)]` refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` is no value of the enum type `{enum_type}`")]
pub struct UnknownEnumValue {
    /// The enum type's name.
    pub enum_type: &'static str,
    /// The text.
    pub value: String,
}

impl UnknownEnumValue {
    /// The error's stable code.
    pub fn code(&self) -> &'static str {
        "schema.unknown-enum-value"
    }
}
