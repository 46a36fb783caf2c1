//! A statement with its parameters.

use std::borrow::Cow;

use limbeck_schema::Value;

/// One statement as it goes to the database: its text, and the values of its placeholders (`$1` on PostgreSQL, `?1` on
/// SQLite).
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// The text, which is also the key in the connection's cache of prepared statements.
    pub sql: Cow<'static, str>,
    /// A value for each placeholder.
    pub params: Vec<Value>,
}

impl Statement {
    /// A statement of a text and the values of its placeholders.
    pub fn new(sql: impl Into<Cow<'static, str>>, params: Vec<Value>) -> Statement {
        Statement { sql: sql.into(), params }
    }
}

/// A text without placeholders.
impl From<&'static str> for Statement {
    fn from(sql: &'static str) -> Statement {
        Statement::new(sql, Vec::new())
    }
}
