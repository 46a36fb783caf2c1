//! The table that remembers how far a revision got whose statements cannot share a transaction.
//!
//! It exists only from the first such statement of a run to the last: a database that has it was left by a run that
//! died inside a revision.

use limbeck_dialect::{quote_literal, quote_name};
use limbeck_schema::{Dialect, QualifiedName};
use sha2::{Digest, Sha256};

use super::plan::PlannedStep;
use crate::version_table::VersionTable;

/// How far a revision got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Statements that are done.
    pub(crate) done: usize,
    /// Hash of the statements' text.
    pub(crate) checksum: String,
}

pub(crate) struct ProgressTable {
    name: QualifiedName,
    dialect: Dialect,
}

impl ProgressTable {
    pub(crate) fn new(version_table: &VersionTable, dialect: Dialect) -> Self {
        let name = version_table.name();
        Self { name: name.with_name(format!("{}_progress", name.name)), dialect }
    }

    pub(crate) fn name(&self) -> &QualifiedName {
        &self.name
    }

    fn quoted(&self) -> String {
        quote_name(self.dialect, &self.name)
    }

    pub(crate) fn create(&self) -> String {
        format!(
            "CREATE TABLE IF NOT EXISTS {} (\n    revision VARCHAR(32) NOT NULL,\n    direction VARCHAR(9) NOT NULL,\n    statements_done INTEGER NOT NULL,\n    checksum VARCHAR(64) NOT NULL,\n    PRIMARY KEY (revision, direction)\n)",
            self.quoted()
        )
    }

    pub(crate) fn drop(&self) -> String {
        format!("DROP TABLE {}", self.quoted())
    }

    pub(crate) fn select(&self, step: &PlannedStep) -> String {
        format!("SELECT statements_done, checksum FROM {} WHERE {}", self.quoted(), self.condition(step))
    }

    pub(crate) fn record(&self, step: &PlannedStep, done: usize) -> String {
        let literal = |text: &str| quote_literal(self.dialect, text);
        format!(
            "INSERT INTO {table} (revision, direction, statements_done, checksum) VALUES ({revision}, {direction}, {done}, {checksum}) ON CONFLICT (revision, direction) DO UPDATE SET statements_done = {done}",
            table = self.quoted(),
            revision = literal(&step.step.revision),
            direction = literal(&step.step.direction.to_string()),
            checksum = literal(&checksum(step)),
        )
    }

    fn condition(&self, step: &PlannedStep) -> String {
        format!(
            "revision = {} AND direction = {}",
            quote_literal(self.dialect, &step.step.revision),
            quote_literal(self.dialect, &step.step.direction.to_string())
        )
    }
}

/// A row of the table, as text.
pub(crate) fn progress_of(row: &[Option<String>]) -> Option<Progress> {
    let [Some(done), Some(checksum)] = row else { return None };
    Some(Progress { done: done.parse().ok()?, checksum: checksum.clone() })
}

/// The hash of a step's statements.
pub(crate) fn checksum(step: &PlannedStep) -> String {
    let mut hasher = Sha256::new();
    for statement in step.statements() {
        hasher.update(statement.sql.text.as_bytes());
        hasher.update(b";\n");
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
