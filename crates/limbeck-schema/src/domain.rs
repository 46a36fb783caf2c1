//! Domains: types with conditions of their own.

use serde::{Deserialize, Serialize};

use crate::{CheckConstraint, Expression, QualifiedName, SqlType};

/// A domain: another type under a name of its own, with what its values must fulfil. SQLite has its base type and
/// checks on each column instead.
///
/// ```
/// use limbeck_schema::{CheckConstraint, Domain, SqlType};
/// let email = Domain::new("email", SqlType::Text).check(CheckConstraint::new("VALUE ~ '@'"));
/// assert!(email.nullable);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Domain {
    /// The domain's name.
    #[serde(flatten)]
    pub name: QualifiedName,
    /// The type its values have. A domain may be over another domain.
    #[serde(rename = "type")]
    pub base_type: SqlType,
    /// The collation, when it is not the base type's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collation: Option<String>,
    /// The default of columns that have none of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_default: Option<Expression>,
    /// Whether NULL is among its values.
    #[serde(default = "yes", skip_serializing_if = "Clone::clone")]
    pub nullable: bool,
    /// What its values, called `VALUE`, must fulfil.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<CheckConstraint>,
    /// The comment stored in the database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// The domain's former name; a difference is then a rename. Never compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renamed_from: Option<String>,
}

fn yes() -> bool {
    true
}

impl Domain {
    /// A domain over a type, without conditions.
    pub fn new(name: impl Into<QualifiedName>, base_type: SqlType) -> Self {
        Self {
            name: name.into(),
            base_type,
            collation: None,
            server_default: None,
            nullable: true,
            checks: Vec::new(),
            comment: None,
            renamed_from: None,
        }
    }

    /// The same domain without NULL among its values.
    #[must_use]
    pub fn not_null(mut self) -> Self {
        self.nullable = false;
        self
    }

    /// The same domain with a default for columns that have none of their own.
    #[must_use]
    pub fn server_default(mut self, default: impl Into<Expression>) -> Self {
        self.server_default = Some(default.into());
        self
    }

    /// The same domain with one more condition.
    #[must_use]
    pub fn check(mut self, check: CheckConstraint) -> Self {
        self.checks.push(check);
        self
    }

    /// The same domain with a former name.
    #[must_use]
    pub fn renamed_from(mut self, name: impl Into<String>) -> Self {
        self.renamed_from = Some(name.into());
        self
    }
}
