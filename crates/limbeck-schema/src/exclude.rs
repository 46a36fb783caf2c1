//! Exclusion constraints.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Deferrable, Expression, IndexElement};

/// An exclusion constraint: no two rows for which all operators hold (PostgreSQL).
///
/// ```
/// use limbeck_schema::ExcludeConstraint;
/// // No room is booked twice for the same time.
/// let bookings = ExcludeConstraint::new([("room", "="), ("during", "&&")]);
/// assert_eq!(bookings.using, "gist");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExcludeConstraint {
    /// The name; the naming convention gives one where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What is compared, and by which operators, in order.
    pub elements: Vec<ExcludeElement>,
    /// The access method of the index behind it. `gist` where none is given: the only one that has all operators
    /// one would exclude by.
    #[serde(default = "gist")]
    pub using: String,
    /// Columns carried in the index without being compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<String>,
    /// `WHERE`: only these rows exclude each other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predicate: Option<Expression>,
    /// `WITH (…)`: storage parameters of the index.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub with: BTreeMap<String, String>,
    /// The index's tablespace, `None` for the database's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tablespace: Option<String>,
    /// When it is checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deferrable: Option<Deferrable>,
    /// The comment stored in the database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

fn gist() -> String {
    "gist".to_owned()
}

impl ExcludeConstraint {
    /// An unnamed exclusion constraint on columns and their operators, with a GiST index.
    pub fn new<C: Into<String>, O: Into<String>>(elements: impl IntoIterator<Item = (C, O)>) -> Self {
        let element = |(column, operator): (C, O)| ExcludeElement {
            element: IndexElement::column(column),
            operator: operator.into(),
        };
        Self {
            name: None,
            elements: elements.into_iter().map(element).collect(),
            using: gist(),
            include: Vec::new(),
            predicate: None,
            with: BTreeMap::new(),
            tablespace: None,
            deferrable: None,
            comment: None,
        }
    }
}

/// One part of what an exclusion constraint compares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExcludeElement {
    /// The column or expression, as in an index.
    #[serde(flatten)]
    pub element: IndexElement,
    /// The operator: `=`, `&&`, or `OPERATOR(schema.&&)` for one outside the default schema.
    pub operator: String,
}
