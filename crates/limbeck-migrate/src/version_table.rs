//! The table that records which revisions a database has: Alembic's, row for row, so that a database can be shared
//! with Alembic and handed back to it.

use std::fmt;

use limbeck_dialect::{quote_identifier, quote_literal, quote_name};
use limbeck_schema::{Dialect, QualifiedName};

use crate::graph::VersionChange;

/// The version table's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionTable(QualifiedName);

impl Default for VersionTable {
    /// `alembic_version` in the connection's default schema.
    fn default() -> Self {
        Self(QualifiedName::new("alembic_version"))
    }
}

impl fmt::Display for VersionTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl VersionTable {
    /// A version table of another name or in another schema.
    pub fn new(name: QualifiedName) -> Self {
        Self(name)
    }

    /// Its name.
    pub fn name(&self) -> &QualifiedName {
        &self.0
    }

    /// The table that records each applied step, beside this one.
    pub fn audit_log(&self) -> QualifiedName {
        self.0.with_name(format!("{}_log", self.0.name))
    }

    /// The same table with its schema spelled out, so that a script that sets `search_path` cannot hide it.
    pub(crate) fn in_schema(&self, default_schema: Option<&str>) -> Self {
        match (&self.0.schema, default_schema) {
            (None, Some(schema)) => Self(QualifiedName::in_schema(schema, self.0.name.clone())),
            _ => self.clone(),
        }
    }

    /// The statement that creates it, as Alembic does.
    pub fn create(&self, dialect: Dialect) -> String {
        let constraint = quote_identifier(dialect, &format!("{}_pkc", self.0.name));
        format!(
            "CREATE TABLE IF NOT EXISTS {} (\n    version_num VARCHAR(32) NOT NULL,\n    CONSTRAINT {constraint} PRIMARY KEY (version_num)\n)",
            quote_name(dialect, &self.0)
        )
    }

    /// The query for its rows.
    pub(crate) fn select(&self, dialect: Dialect) -> String {
        format!("SELECT version_num FROM {} ORDER BY version_num", quote_name(dialect, &self.0))
    }

    /// The statement for one change of its rows.
    pub(crate) fn change(&self, dialect: Dialect, change: &VersionChange) -> String {
        let table = quote_name(dialect, &self.0);
        let literal = |revision: &str| quote_literal(dialect, revision);
        match change {
            VersionChange::Insert(id) => {
                format!("INSERT INTO {table} (version_num) VALUES ({})", literal(id))
            }
            VersionChange::Delete(id) => format!("DELETE FROM {table} WHERE version_num = {}", literal(id)),
            VersionChange::Update { from, to } => {
                format!(
                    "UPDATE {table} SET version_num = {} WHERE version_num = {}",
                    literal(to),
                    literal(from)
                )
            }
        }
    }

    /// The same change as a PostgreSQL statement that fails when the row it expects is gone.
    ///
    /// Statements are sent ahead of their answers, so the check for exactly one row has to happen on the server: it
    /// ends the transaction before its COMMIT when something other than Limbeck has moved the database meanwhile.
    pub(crate) fn guarded_change(&self, change: &VersionChange) -> String {
        let statement = self.change(Dialect::Postgresql, change);
        match change {
            VersionChange::Insert(_) => statement,
            VersionChange::Delete(_) | VersionChange::Update { .. } => {
                format!("WITH changed AS ({statement} RETURNING 1) SELECT 1 / count(*) FROM changed")
            }
        }
    }
}
