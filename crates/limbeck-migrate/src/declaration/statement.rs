//! Sources of SQL as statements.

use std::ops::Range;

use limbeck_dialect::{StatementSubject, split_statements, statement_subject};
use limbeck_engine::EngineError;
use limbeck_schema::{Dialect, SqlSource};

use crate::error::MigrateError;

/// A statement of a source.
#[derive(Debug)]
pub(crate) struct Statement<'a> {
    /// Where it stands.
    pub(crate) source: &'a SqlSource,
    /// Its place in the source's text, in bytes.
    pub(crate) range: Range<usize>,
    /// Its first line, counted from 1.
    pub(crate) line: usize,
    /// What it is about.
    pub(crate) subject: StatementSubject,
    /// What stands before it in the same source and sets the session up, such as the `search_path` of a dump.
    pub(crate) session: String,
}

impl Statement<'_> {
    pub(crate) fn sql(&self) -> &str {
        self.source.text.get(self.range.clone()).unwrap_or_default()
    }

    /// Whether it makes an object of that kind.
    pub(crate) fn makes(&self, kind: &str) -> bool {
        self.subject.verb == "create" && self.subject.kind == kind
    }

    pub(crate) fn is_routine(&self) -> bool {
        self.makes("function") || self.makes("procedure")
    }

    /// For messages: `schema/views.sql:12`.
    pub(crate) fn place(&self) -> String {
        format!("{}:{}", self.source.origin, self.line)
    }

    /// For messages: `view open_orders`.
    pub(crate) fn object(&self) -> String {
        let name = self.subject.name.as_deref().unwrap_or_default();
        format!("{} {name}", self.subject.kind).trim().to_owned()
    }

    pub(crate) fn failure(&self, error: EngineError, waits_for: Vec<String>) -> SqlFailure {
        let position =
            crate::runner::error_offset(&error, self.sql()).map(|offset| self.range.start + offset);
        SqlFailure {
            origin: self.source.origin.clone(),
            text: self.source.text.clone(),
            range: self.range.clone(),
            line: self.line,
            position,
            error,
            waits_for,
        }
    }
}

/// A statement that the scratch database refused, also after all others.
#[derive(Debug)]
pub struct SqlFailure {
    /// The file, or whatever declared it.
    pub origin: String,
    /// Its text.
    pub text: String,
    /// The statement's place in it, in bytes.
    pub range: Range<usize>,
    /// The statement's first line, counted from 1.
    pub line: usize,
    /// The place the server points at, in bytes of the text.
    pub position: Option<usize>,
    /// What the server said.
    pub error: EngineError,
    /// What it mentions whose own statement failed: `view a (schema/a.sql:3)`. Empty for the root of the trouble.
    pub waits_for: Vec<String>,
}

/// The statements of sources that are for the dialect, in their order. Those that only begin and end transactions are left
/// out, and those that set up the session stand with each statement that follows them.
pub(crate) fn read<'a>(
    dialect: Dialect,
    sources: impl IntoIterator<Item = &'a SqlSource>,
) -> Result<Vec<Statement<'a>>, MigrateError> {
    let mut statements = Vec::new();
    for source in sources.into_iter().filter(|source| source.dialect.is_none_or(|only| only == dialect)) {
        let spans = split_statements(dialect, &source.text).map_err(|error| MigrateError::Split {
            file: source.origin.clone(),
            line: error.line(),
            error,
        })?;
        let mut session = String::new();
        for span in spans {
            let sql = source.text.get(span.range.clone()).unwrap_or_default();
            let subject = statement_subject(dialect, sql);
            match subject.verb.as_str() {
                "begin" | "start" | "commit" | "end" | "rollback" => {}
                "set" | "reset" => session.push_str(&format!("{sql};\n")),
                "select" if subject.mentions.contains("set_config") => session.push_str(&format!("{sql};\n")),
                _ => statements.push(Statement {
                    source,
                    range: span.range,
                    line: span.line,
                    subject,
                    session: session.clone(),
                }),
            }
        }
    }
    Ok(statements)
}
