//! Sources of SQL as statements.

use std::ops::Range;

use limbeck_dialect::{Mentions, StatementSubject, mentioned_names, split_statements, statement_subject};
use limbeck_engine::EngineError;
use limbeck_schema::{Dialect, EntityId, EntityKind, ObjectReference, QualifiedName, SqlSource};

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
    /// The names that stand in it.
    pub(crate) mentions: Mentions,
    /// What it builds on besides, as a comment right before it says: `-- depends_on: orders, shop.price`.
    pub(crate) depends_on: Vec<QualifiedName>,
    /// What stands before it in the same source and sets the session up, such as the `search_path` of a dump.
    pub(crate) session: String,
}

impl Statement<'_> {
    pub(crate) fn sql(&self) -> &str {
        self.source.text.get(self.range.clone()).unwrap_or_default()
    }

    /// The object that it makes.
    pub(crate) fn makes(&self) -> Option<&ObjectReference> {
        match &self.subject {
            StatementSubject::Creates(object) => Some(object),
            _ => None,
        }
    }

    /// The entity that it makes.
    pub(crate) fn makes_entity(&self) -> Option<&EntityId> {
        match self.makes()? {
            ObjectReference::Entity(id) => Some(id),
            _ => None,
        }
    }

    pub(crate) fn is_routine(&self) -> bool {
        let kind = self.makes_entity().map(|id| id.kind);
        matches!(kind, Some(EntityKind::Function | EntityKind::Procedure))
    }

    /// Whether a word, or name, stands in it outside of strings.
    pub(crate) fn says(&self, word: &str) -> bool {
        self.mentions.names.contains(&QualifiedName::new(word))
            || self.mentions.names.contains(&QualifiedName::new(word.to_uppercase()))
    }

    /// For messages: `schema/views.sql:12`.
    pub(crate) fn place(&self) -> String {
        format!("{}:{}", self.source.origin, self.line)
    }

    /// For messages: `view open_orders`.
    pub(crate) fn object(&self) -> String {
        match &self.subject {
            StatementSubject::Creates(object) => object.to_string(),
            StatementSubject::CreatesIndex { name: Some(name), on } => format!("index {name} on {on}"),
            StatementSubject::CreatesIndex { name: None, on } => format!("an index on {on}"),
            StatementSubject::Alters(objects) | StatementSubject::Drops(objects) => {
                let objects: Vec<String> = objects.iter().map(ToString::to_string).collect();
                format!("a change of {}", objects.join(", "))
            }
            StatementSubject::AltersDefaultPrivileges => "default privileges".to_owned(),
            StatementSubject::Other => "a statement".to_owned(),
        }
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
        let mut end = 0;
        for span in spans {
            let before = source.text.get(end..span.range.start).unwrap_or_default();
            end = span.range.end;
            let sql = source.text.get(span.range.clone()).unwrap_or_default();
            let first = sql.split_whitespace().next().unwrap_or_default().to_lowercase();
            match first.as_str() {
                "begin" | "start" | "commit" | "end" | "rollback" => {}
                "set" | "reset" => session.push_str(&format!("{sql};\n")),
                // A dump sets the `search_path` this way.
                "select" if sql.contains("set_config") => session.push_str(&format!("{sql};\n")),
                _ => statements.push(Statement {
                    source,
                    range: span.range,
                    line: span.line,
                    subject: statement_subject(dialect, sql),
                    mentions: mentioned_names(dialect, sql),
                    depends_on: declared_dependencies(dialect, before),
                    session: session.clone(),
                }),
            }
        }
    }
    Ok(statements)
}

/// The objects of comment lines `-- depends_on: a, b`.
fn declared_dependencies(dialect: Dialect, comments: &str) -> Vec<QualifiedName> {
    let lines = comments.lines().filter_map(|line| line.trim().strip_prefix("--"));
    let lists = lines.filter_map(|line| line.trim().strip_prefix("depends_on:"));
    let objects = lists.flat_map(|list| list.split(',')).map(str::trim).filter(|object| !object.is_empty());
    objects
        .filter_map(|object| {
            // `a.b` mentions `a` as well; the longest is what is meant.
            let names = mentioned_names(dialect, object).names;
            names.iter().rev().find(|name| name.schema.is_some()).or(names.first()).cloned()
        })
        .collect()
}
