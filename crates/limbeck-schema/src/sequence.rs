//! Sequences.

use serde::{Deserialize, Serialize};

use crate::{QualifiedName, SqlType};

/// What a sequence generates. `None` is the database's default, which depends on the data type and direction
/// (PostgreSQL, "CREATE SEQUENCE").
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SequenceOptions {
    /// The first value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<i64>,
    /// The step; negative for a descending sequence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub increment: Option<i64>,
    /// The smallest value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_value: Option<i64>,
    /// The largest value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_value: Option<i64>,
    /// How many values a session takes at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<i64>,
    /// Whether it starts over at its limit.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cycle: bool,
}

impl SequenceOptions {
    /// Whether every option is the database's default.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A sequence of its own, not the one behind an identity column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sequence {
    /// The name.
    #[serde(flatten)]
    pub name: QualifiedName,
    /// `SmallInteger`, `Integer` or `BigInteger`; `None` is `BigInteger`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_type: Option<SqlType>,
    /// What it generates.
    #[serde(default, skip_serializing_if = "SequenceOptions::is_default")]
    pub options: SequenceOptions,
    /// The column that owns it: it is dropped with that column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owned_by: Option<ColumnReference>,
    /// The comment stored in the database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl Sequence {
    /// A sequence with every option at its default.
    pub fn new(name: impl Into<QualifiedName>) -> Self {
        Self {
            name: name.into(),
            data_type: None,
            options: SequenceOptions::default(),
            owned_by: None,
            comment: None,
        }
    }
}

/// A column, named together with its table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ColumnReference {
    /// The table.
    pub table: QualifiedName,
    /// The column.
    pub column: String,
}
