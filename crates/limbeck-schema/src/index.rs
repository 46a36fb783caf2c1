//! Indexes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Expression;

/// An index of a table. Its schema is the table's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// The name; the naming convention gives one where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What is indexed, in order.
    pub elements: Vec<IndexElement>,
    /// Whether equal keys are refused.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unique: bool,
    /// The access method, `None` for `btree` (PostgreSQL).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub using: Option<String>,
    /// Columns carried without being part of the key (PostgreSQL).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<String>,
    /// `WHERE`: only these rows are indexed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predicate: Option<Expression>,
    /// `WITH (…)`: storage parameters (PostgreSQL).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub with: BTreeMap<String, String>,
    /// Whether two NULLs are equal (PostgreSQL 15).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub nulls_not_distinct: bool,
    /// The tablespace, `None` for the database's default (PostgreSQL).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tablespace: Option<String>,
    /// The comment stored in the database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl Index {
    /// An index on plain columns.
    pub fn on<C: Into<String>>(columns: impl IntoIterator<Item = C>) -> Self {
        Self { elements: columns.into_iter().map(|c| IndexElement::column(c)).collect(), ..Self::default() }
    }

    /// The same index with a name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The same index, unique.
    #[must_use]
    pub fn unique(mut self) -> Self {
        self.unique = true;
        self
    }
}

/// One key of an index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexElement {
    /// The column or expression.
    pub target: IndexTarget,
    /// The collation, when it is not the column's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collation: Option<String>,
    /// The operator class, when it is not the type's default, with its parameters if it has any: `gist_trgm_ops(siglen=32)`
    /// (PostgreSQL).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opclass: Option<String>,
    /// The direction.
    #[serde(default, skip_serializing_if = "SortOrder::is_ascending")]
    pub order: SortOrder,
    /// Where NULLs sort, when it is not the direction's default (last for ascending, first for descending).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nulls: Option<NullsOrder>,
}

impl IndexElement {
    /// A plain ascending column.
    pub fn column(name: impl Into<String>) -> Self {
        Self::new(IndexTarget::Column(name.into()))
    }

    /// A plain ascending expression.
    pub fn expression(expression: impl Into<Expression>) -> Self {
        Self::new(IndexTarget::Expression(expression.into()))
    }

    fn new(target: IndexTarget) -> Self {
        Self { target, collation: None, opclass: None, order: SortOrder::Ascending, nulls: None }
    }
}

/// What an index key is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IndexTarget {
    /// A column of the table.
    Column(String),
    /// An expression over its columns.
    Expression(Expression),
}

/// The direction of an index key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SortOrder {
    /// `ASC`.
    #[default]
    Ascending,
    /// `DESC`.
    Descending,
}

impl SortOrder {
    /// Whether this is the default direction, which is not written.
    pub fn is_ascending(&self) -> bool {
        *self == SortOrder::Ascending
    }
}

/// Where NULLs sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NullsOrder {
    /// `NULLS FIRST`.
    First,
    /// `NULLS LAST`.
    Last,
}
