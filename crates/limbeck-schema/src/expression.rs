//! SQL expressions that a model carries as text.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Dialect;

/// SQL text inside a schema: a server default, a CHECK condition, an index predicate.
///
/// The text is checked by the database alone, and compared in the form the database prints it in. Where dialects
/// need different text, a variant replaces the generic one:
///
/// ```
/// use limbeck_schema::{Dialect, Expression};
/// let valid = Expression::new("position('@' in email) > 1").variant(Dialect::Sqlite, "instr(email, '@') > 1");
/// assert_eq!(valid.for_dialect(Dialect::Sqlite), "instr(email, '@') > 1");
/// assert_eq!(valid.for_dialect(Dialect::Postgresql), "position('@' in email) > 1");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Expression {
    /// The text for every dialect without a variant of its own.
    pub sql: String,
    /// Texts for particular dialects.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variants: BTreeMap<Dialect, String>,
}

impl Expression {
    /// An expression with the same text for every dialect.
    pub fn new(sql: impl Into<String>) -> Self {
        Self { sql: sql.into(), variants: BTreeMap::new() }
    }

    /// The same expression with its own text for one dialect.
    #[must_use]
    pub fn variant(mut self, dialect: Dialect, sql: impl Into<String>) -> Self {
        self.variants.insert(dialect, sql.into());
        self
    }

    /// The text for a dialect.
    pub fn for_dialect(&self, dialect: Dialect) -> &str {
        self.variants.get(&dialect).unwrap_or(&self.sql)
    }
}

impl From<&str> for Expression {
    fn from(sql: &str) -> Self {
        Self::new(sql)
    }
}
