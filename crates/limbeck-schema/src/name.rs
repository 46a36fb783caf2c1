//! Names of schema objects.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The name of a schema object, qualified by its schema when it has one of its own.
///
/// `schema: None` means the default schema of the connection: the first schema of PostgreSQL's `search_path`,
/// SQLite's `main`.
///
/// ```
/// use limbeck_schema::QualifiedName;
/// assert_eq!(QualifiedName::new("orders").to_string(), "orders");
/// assert_eq!(QualifiedName::in_schema("shop", "orders").to_string(), "shop.orders");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct QualifiedName {
    /// The schema, or `None` for the connection's default schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The name itself, unquoted and in the case it was declared in.
    pub name: String,
}

impl QualifiedName {
    /// A name in the connection's default schema.
    pub fn new(name: impl Into<String>) -> Self {
        Self { schema: None, name: name.into() }
    }

    /// A name in the given schema.
    pub fn in_schema(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self { schema: Some(schema.into()), name: name.into() }
    }

    /// The same schema with another name.
    pub fn with_name(&self, name: impl Into<String>) -> Self {
        Self { schema: self.schema.clone(), name: name.into() }
    }
}

/// For messages only: unquoted, `schema.name`. SQL text is the dialects' business.
impl fmt::Display for QualifiedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{schema}.")?;
        }
        f.write_str(&self.name)
    }
}

impl From<&str> for QualifiedName {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}
