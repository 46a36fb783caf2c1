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

    /// A statement as someone wrote it, who may have closed it with a semicolon.
    pub(crate) fn verbatim(sql: &str) -> Self {
        Self::new(sql.trim_end().trim_end_matches(';'))
    }

    /// The same statement with a remark.
    #[must_use]
    pub fn with_comment(mut self, comment: impl Into<String>) -> Self {
        self.comment = Some(comment.into());
        self
    }
}

/// Stands at the end of the line where a NULL must be replaced by hand. The runner refuses a script that still holds
/// `limbeck:todo`.
pub(crate) fn todo_mark(table: &str, column: &str) -> String {
    let mark =
        format!("-- limbeck:todo replace NULL by the value of {column} for the existing rows of {table}");
    // A name may hold anything, but the comment must end where the line ends.
    mark.replace(['\n', '\r'], " ")
}

/// The same where the values of a column have no way to its new type.
pub(crate) fn conversion_mark(table: &str, column: &str) -> String {
    let mark = format!("-- limbeck:todo replace the NULL by what {column} of {table} becomes");
    mark.replace(['\n', '\r'], " ")
}

/// The remark above a statement that holds such a mark.
pub(crate) fn todo_comment(table: &str, column: &str) -> String {
    format!(
        "{table}.{column} is NOT NULL and has no default: give existing rows a value where it is marked below,\n\
         and take the mark away. A backfill in the model is written there by itself."
    )
}
