//! Offline mode: the run as a script for psql or sqlite3, made without a database.
//!
//! The format is Alembic's: `-- Running upgrade a -> b`, then statements that each end in `;` and a blank line. What is
//! committed together is what a run of our own would commit together.

use limbeck_schema::Dialect;

use crate::audit::{AuditLog, Elapsed};
use crate::database::{Database, TransactionMode};
use crate::error::MigrateError;
use crate::graph::{RevisionGraph, Step};
use crate::runner::{PlannedStatement, PlannedStep, plan_steps};
use crate::script::ScriptDirectory;

/// A run as a script.
#[derive(Clone, Debug)]
pub struct OfflineScript {
    /// The SQL.
    pub text: String,
    /// The steps in it.
    pub steps: Vec<Step>,
}

/// What `upgrade` would run, as a script: `range` is `TARGET`, counted from an empty database, or `START:TARGET`.
///
/// Of the database only the settings are used; nothing connects to its URL.
///
/// # Errors
/// When a revision does not exist, or its script cannot be read.
pub fn upgrade_script(
    database: &Database,
    scripts: &ScriptDirectory,
    range: &str,
) -> Result<OfflineScript, MigrateError> {
    let (start, target) = split_range(range)?;
    let graph = scripts.graph()?;
    let rows = starting_rows(&graph, start.unwrap_or_default(), &[target])?;
    let steps = graph.upgrade_path(&rows, target)?;
    script(database, scripts, &rows, steps)
}

/// What `downgrade` would run, as a script: `range` is `START:TARGET`, because where a downgrade starts cannot be known
/// without the database.
///
/// # Errors
/// As [`upgrade_script`], and [`MigrateError::OfflineDowngradeRange`] without a start.
pub fn downgrade_script(
    database: &Database,
    scripts: &ScriptDirectory,
    range: &str,
) -> Result<OfflineScript, MigrateError> {
    let (Some(start), target) = split_range(range)? else { return Err(MigrateError::OfflineDowngradeRange) };
    let graph = scripts.graph()?;
    let rows = starting_rows(&graph, start, &[target])?;
    let steps = graph.downgrade_path(&rows, target)?;
    script(database, scripts, &rows, steps)
}

/// What `stamp` would write, as a script: each target is a revision or `START:REVISION`, all with one start.
///
/// # Errors
/// When a revision does not exist, or there are several starts.
pub fn stamp_script(
    database: &Database,
    scripts: &ScriptDirectory,
    targets: &[&str],
) -> Result<OfflineScript, MigrateError> {
    let mut start = None;
    let mut revisions = Vec::new();
    for range in targets {
        let (from, revision) = split_range(range)?;
        if start.is_some() && from.is_some() && start != from {
            return Err(MigrateError::OfflineStampStarts);
        }
        start = start.or(from);
        revisions.push(revision);
    }
    let graph = scripts.graph()?;
    let rows = starting_rows(&graph, start.unwrap_or_default(), &revisions)?;
    let steps = graph.stamp_path(&rows, &revisions)?;
    script(database, scripts, &rows, steps)
}

/// `START:TARGET` or `TARGET`.
fn split_range(range: &str) -> Result<(Option<&str>, &str), MigrateError> {
    match range.split_once(':') {
        None => Ok((None, range)),
        Some((_, target)) if target.is_empty() || target.contains(':') => {
            Err(MigrateError::OfflineRange { range: range.to_owned() })
        }
        Some((start, target)) => Ok((Some(start), target)),
    }
}

/// The version rows that a start stands for; several revisions are separated by commas.
fn starting_rows(graph: &RevisionGraph, start: &str, targets: &[&str]) -> Result<Vec<String>, MigrateError> {
    let mut rows = Vec::new();
    let identifiers: Vec<&str> =
        start.split(',').map(str::trim).filter(|identifier| !identifier.is_empty()).collect();
    // A start, or a target, inside of what a squash replaces is found there.
    let graph = graph.seen_from(&[], &[&identifiers, targets].concat())?;
    for identifier in identifiers {
        for revision in graph.resolve(identifier, None)? {
            if !rows.contains(&revision.id) {
                rows.push(revision.id.clone());
            }
        }
    }
    Ok(rows)
}

fn script(
    database: &Database,
    scripts: &ScriptDirectory,
    rows: &[String],
    steps: Vec<Step>,
) -> Result<OfflineScript, MigrateError> {
    let planned = plan_steps(scripts, steps, database.dialect(), &database.variables)?;
    let mut writer = Writer {
        database,
        log: AuditLog::of(database, &database.version_table).map(AuditLog::offline),
        text: String::new(),
        open: false,
        foreign_keys: false,
    };
    writer.run(&planned, rows.is_empty());
    Ok(OfflineScript { text: writer.text, steps: planned.into_iter().map(|planned| planned.step).collect() })
}

struct Writer<'a> {
    database: &'a Database,
    log: Option<AuditLog>,
    text: String,
    /// Whether a transaction is open at this place of the script.
    open: bool,
    /// SQLite: whether foreign keys act at this place.
    foreign_keys: bool,
}

impl Writer<'_> {
    fn run(&mut self, planned: &[PlannedStep], from_nothing: bool) {
        let dialect = self.database.dialect();
        self.comment(match dialect {
            Dialect::Postgresql => {
                "Run it with `psql -v ON_ERROR_STOP=1 -f`, so that nothing runs behind an error."
            }
            Dialect::Sqlite => "Run it with `sqlite3 -bail`, so that nothing runs behind an error.",
        });
        if planned.is_empty() {
            return;
        }
        if dialect == Dialect::Sqlite {
            // Dropping the old form of a table would delete the rows that refer to it, see the runner.
            self.statement("PRAGMA foreign_keys=OFF");
        }
        if let Some(settings) = (dialect == Dialect::Postgresql).then(|| self.database.session.statements()) {
            for setting in settings.split_inclusive("; ") {
                self.statement(setting.trim_end_matches("; "));
            }
        }
        self.begin();
        if from_nothing {
            self.statement(&self.database.version_table.create(dialect));
        }
        if let Some(create) = self.log.as_ref().map(AuditLog::create) {
            self.statement(&create);
        }
        for (at, step) in planned.iter().enumerate() {
            if dialect == Dialect::Sqlite && step.foreign_keys != self.foreign_keys {
                self.commit();
                self.statement(if step.foreign_keys {
                    "PRAGMA foreign_keys=ON"
                } else {
                    "PRAGMA foreign_keys=OFF"
                });
                self.foreign_keys = step.foreign_keys;
            }
            self.begin();
            self.step(step);
            if self.database.transaction_mode() == TransactionMode::Revision && at + 1 < planned.len() {
                self.commit();
            }
        }
        self.commit();
    }

    fn step(&mut self, planned: &PlannedStep) {
        let dialect = self.database.dialect();
        self.comment(&format!("Running {}", planned.step.short_log()));
        for (at, segment) in planned.segments.iter().enumerate() {
            if at > 0 || !segment.transactional {
                self.commit();
            }
            if segment.transactional {
                self.begin();
            }
            for PlannedStatement { sql, .. } in &segment.statements {
                self.statement(&sql.text);
            }
        }
        self.begin();
        if planned.sets_search_path && dialect == Dialect::Postgresql {
            self.statement("RESET search_path");
        }
        for change in &planned.step.version_changes {
            self.statement(&self.database.version_table.change(dialect, change));
        }
        let record = self
            .log
            .as_ref()
            .map(|log| log.record(&planned.step, planned.checksum.as_deref(), Elapsed::OfTransaction));
        if let Some(record) = record {
            self.statement(&record);
        }
    }

    fn begin(&mut self) {
        if !self.open {
            self.statement("BEGIN");
            self.open = true;
        }
    }

    fn commit(&mut self) {
        if !self.open {
            return;
        }
        if self.database.dialect() == Dialect::Sqlite && !self.foreign_keys {
            self.comment("Each row that this prints refers to nothing; there should be none.");
            self.statement("PRAGMA foreign_key_check");
        }
        self.statement("COMMIT");
        self.open = false;
    }

    fn comment(&mut self, text: &str) {
        self.text.push_str("-- ");
        self.text.push_str(text);
        self.text.push_str("\n\n");
    }

    fn statement(&mut self, sql: &str) {
        if sql.is_empty() {
            return;
        }
        self.text.push_str(sql);
        // On a line of its own where the statement may end in a comment.
        let in_comment = sql.lines().next_back().is_some_and(|line| line.contains("--"));
        self.text.push_str(if in_comment { "\n;\n\n" } else { ";\n\n" });
    }
}
