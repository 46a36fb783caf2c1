//! Statements as rendering returns them.

/// One SQL statement of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The text, without a closing semicolon.
    pub sql: String,
    /// A remark to print above it, without comment signs; may have several lines.
    pub comment: Option<String>,
}

impl Statement {
    /// A statement without a remark.
    pub fn new(sql: impl Into<String>) -> Self {
        Self { sql: sql.into(), comment: None }
    }

    /// The same statement with a remark.
    #[must_use]
    pub fn with_comment(mut self, comment: impl Into<String>) -> Self {
        self.comment = Some(comment.into());
        self
    }
}

/// Stands in a statement where a value must be filled in by hand. The runner refuses a script that still holds
/// `limbeck:todo`.
pub(crate) const TODO_VALUE: &str = "NULL /* limbeck:todo put the value for existing rows here */";

/// The remark above a statement that holds [`TODO_VALUE`].
pub(crate) fn todo_comment(table: &str, column: &str) -> String {
    format!(
        "{table}.{column} is NOT NULL and has no default: existing rows need a value.\n\
         Write it in place of the marked NULL below, or give the column a backfill in the model."
    )
}
