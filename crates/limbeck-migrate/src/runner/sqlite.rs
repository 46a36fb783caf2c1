//! Runs on SQLite: one transaction for the whole run, or one for each revision.
//!
//! Foreign keys are off while a run changes tables, as SQLite's procedure for table changes asks
//! ("Making Other Kinds Of Table Schema Changes"): dropping the old form of a table would otherwise delete the rows
//! that refer to it. The pragma does nothing inside a transaction, so it is set before; what the run leaves is checked
//! before the commit.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use limbeck_engine::{EngineError, SqliteConnection};
use limbeck_schema::Dialect;

use super::plan::{PlannedStatement, PlannedStep, plan_steps};
use super::postgresql::resume;
use super::progress::{ProgressTable, progress_of};
use super::protected::refuse_data_loss;
use super::sqlite_lock::{self, StatementLock};
use super::{Run, Walk, error_offset, failure, rows_after, tell_changed, with_kept};
use crate::audit::{AuditLog, Elapsed, find_changed};
use crate::database::{Database, TransactionMode};
use crate::error::MigrateError;
use crate::event::{Event, Report};
use crate::graph::{RevisionGraph, Step, VersionChange};
use crate::script::ScriptDirectory;
use crate::version_table::VersionTable;

const DIALECT: Dialect = Dialect::Sqlite;

/// How long one try for the write lock waits before the wait is announced.
const LOCK_POLL: Duration = Duration::from_millis(100);

/// The rows of the version table, none when there is no such table.
pub(super) fn current(
    connection: &SqliteConnection,
    version_table: &VersionTable,
) -> Result<Vec<String>, MigrateError> {
    if !table_exists(connection, &version_table.name().name)? {
        return Ok(Vec::new());
    }
    Ok(connection.query(&version_table.select(DIALECT))?.into_iter().flatten().flatten().collect())
}

fn table_exists(connection: &SqliteConnection, name: &str) -> Result<bool, EngineError> {
    let name = limbeck_dialect::quote_literal(DIALECT, name);
    let query = format!("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND lower(name) = lower({name})");
    Ok(!connection.query(&query)?.is_empty())
}

pub(super) fn run(
    connection: &SqliteConnection,
    database: &Database,
    scripts: &ScriptDirectory,
    graph: &RevisionGraph,
    walk: Walk<'_>,
    report: Report<'_>,
) -> Result<Run, MigrateError> {
    // `BEGIN IMMEDIATE` is granted on such a file; the first statement that writes would fail, for no fault of its own.
    connection.require_writable()?;
    let mut before = Vec::new();
    loop {
        execute(connection, "PRAGMA foreign_keys = OFF")?;
        begin(connection, database, None, report)?;
        let result = run_in_transaction(connection, database, scripts, graph, walk, report);
        if !connection.raw().is_autocommit() {
            // The error that made the rollback necessary is the one worth telling.
            let _ = execute(connection, "ROLLBACK");
        }
        match result? {
            Ended::Done(run) => return Ok(Run { steps: [before, run.steps].concat(), ..run }),
            Ended::Overtaken(steps) => before.extend(steps),
        }
    }
}

/// How a run ended.
enum Ended {
    Done(Run),
    /// Between two of its transactions another process went on with the same database; these steps were done before. What
    /// is left has to be planned again.
    Overtaken(Vec<Step>),
}

/// Takes the database's one write lock, which is the migration lock as well, unless a run holds `own` in between.
fn begin(
    connection: &SqliteConnection,
    database: &Database,
    own: Option<&StatementLock>,
    report: Report<'_>,
) -> Result<(), MigrateError> {
    let started = Instant::now();
    let timeout = database.migration_lock_timeout;
    let mut announced = false;
    loop {
        let left = timeout.saturating_sub(started.elapsed());
        connection.raw().busy_timeout(LOCK_POLL.min(left)).map_err(EngineError::from)?;
        let holder = match execute(connection, "BEGIN IMMEDIATE") {
            Ok(()) if own.is_some() => return Ok(()),
            Ok(()) => {
                let Some(holder) = sqlite_lock::holder(connection) else { return Ok(()) };
                execute(connection, "ROLLBACK")?;
                std::thread::sleep(LOCK_POLL.min(left));
                Some(holder)
            }
            Err(EngineError::Locked(_)) => None,
            Err(error) => return Err(error.into()),
        };
        if started.elapsed() >= timeout {
            return Err(MigrateError::Locked { holder, waited: started.elapsed() });
        }
        if !announced {
            report(Event::WaitingForLock { holder, timeout });
            announced = true;
        }
    }
}

/// What stays the same for a whole run.
struct Context<'a> {
    connection: &'a SqliteConnection,
    database: &'a Database,
    scripts: &'a ScriptDirectory,
    progress: ProgressTable,
    log: Option<AuditLog>,
    /// References that were broken before the run, which it is not to blame for.
    broken_before: BTreeSet<String>,
}

fn run_in_transaction(
    connection: &SqliteConnection,
    database: &Database,
    scripts: &ScriptDirectory,
    graph: &RevisionGraph,
    walk: Walk<'_>,
    report: Report<'_>,
) -> Result<Ended, MigrateError> {
    let rows = current(connection, &database.version_table)?;
    let log = AuditLog::of(database, &database.version_table);
    let latest = match &log {
        Some(log) if table_exists(connection, &log.name().name)? => connection.query(&log.select_latest())?,
        _ => Vec::new(),
    };
    let changed = find_changed(graph, scripts, &rows, &latest);
    tell_changed(walk, database, &changed, report)?;
    let steps = walk.steps(graph, &rows, &changed)?;
    let planned = plan_steps(scripts, steps, DIALECT, &database.variables)?;
    refuse_data_loss(database, &planned)?;
    report(Event::Planned { steps: planned.len() });
    let changes = planned.iter().any(|step| step.statements().next().is_some());
    let context = Context {
        connection,
        database,
        scripts,
        progress: ProgressTable::new(&database.version_table, DIALECT),
        log,
        broken_before: if changes { broken_references(connection)? } else { BTreeSet::new() },
    };
    execute(connection, &database.version_table.create(DIALECT))?;
    if let Some(log) = &context.log {
        execute(connection, &log.create())?;
    }
    let mut committed = 0;
    let mut foreign_keys = false;
    for (at, step) in planned.iter().enumerate() {
        if step.foreign_keys != foreign_keys {
            context.commit()?;
            committed = at;
            execute(connection, &format!("PRAGMA foreign_keys = {}", u8::from(step.foreign_keys)))?;
            foreign_keys = step.foreign_keys;
            begin(connection, database, None, report)?;
            if context.is_overtaken(&rows, &planned, at)? {
                return context.overtaken(walk, &planned, at);
            }
        }
        report(Event::Running(step.step.clone()));
        let started = Instant::now();
        if !context.run_step(step, committed, report)? {
            return context.overtaken(walk, &planned, at);
        }
        context.record(step, started.elapsed())?;
        if database.transaction_mode() == TransactionMode::Revision {
            context.commit()?;
            committed = at + 1;
            begin(connection, database, None, report)?;
        }
        report(Event::Finished { step: step.step.clone(), elapsed: started.elapsed() });
        if committed == at + 1
            && committed < planned.len()
            && context.is_overtaken(&rows, &planned, committed)?
        {
            return context.overtaken(walk, &planned, committed);
        }
    }
    context.commit()?;
    let steps: Vec<_> = planned.into_iter().map(|p| p.step).collect();
    let current = rows_after(&rows, &steps);
    Ok(Ended::Done(Run { steps, current }))
}

impl Context<'_> {
    /// Whether the version table says something else than what the first `done` steps made of it.
    fn is_overtaken(
        &self,
        rows: &[String],
        planned: &[PlannedStep],
        done: usize,
    ) -> Result<bool, MigrateError> {
        let steps: Vec<Step> = planned.iter().take(done).map(|planned| planned.step.clone()).collect();
        Ok(current(self.connection, &self.database.version_table)? != rows_after(rows, &steps))
    }

    /// Ends a run that another process has overtaken. Only an upgrade to a place that is the same for both can be planned
    /// again: `+1` from where the other one got to is not what was asked for.
    fn overtaken(&self, walk: Walk<'_>, planned: &[PlannedStep], done: usize) -> Result<Ended, MigrateError> {
        match (walk, planned.get(done)) {
            (Walk::Upgrade(target), Some(next)) if target.contains(['+', '-']) => Err(self.version_row(next)),
            (Walk::Upgrade(_), _) | (_, None) => {
                Ok(Ended::Overtaken(planned.iter().take(done).map(|planned| planned.step.clone()).collect()))
            }
            (_, Some(next)) => Err(self.version_row(next)),
        }
    }

    /// Whether the step was done; not if another process got hold of it.
    fn run_step(
        &self,
        step: &PlannedStep,
        committed: usize,
        report: Report<'_>,
    ) -> Result<bool, MigrateError> {
        if step.is_atomic() {
            for statement in step.statements() {
                self.run_statement(step, statement, committed, 0)?;
            }
        } else if !self.run_in_segments(step, committed, report)? {
            return Ok(false);
        }
        for change in &step.step.version_changes {
            self.change_version(step, change)?;
        }
        Ok(true)
    }

    fn run_statement(
        &self,
        step: &PlannedStep,
        statement: &PlannedStatement,
        committed: usize,
        done: usize,
    ) -> Result<(), MigrateError> {
        execute(self.connection, &statement.sql.text).map_err(|error| {
            let offset = error_offset(&error, &statement.sql.text);
            with_kept(failure(self.scripts, step, Some(statement), error, offset), committed, done)
        })
    }

    /// Runs a step some of whose statements cannot be in a transaction, remembering after each how far it got.
    fn run_in_segments(
        &self,
        step: &PlannedStep,
        committed: usize,
        report: Report<'_>,
    ) -> Result<bool, MigrateError> {
        execute(self.connection, &self.progress.create())?;
        let mut done = self.statements_done(step)?;
        let before = current(self.connection, &self.database.version_table)?;
        if done > 0 {
            report(Event::Resuming { revision: step.step.revision.clone(), done });
        }
        let lock = sqlite_lock::take(self.connection);
        let mut end = 0;
        for segment in &step.segments {
            end += segment.statements.len();
            if end <= done {
                continue;
            }
            if !segment.transactional {
                self.commit()?;
                // Another process may be in the middle of its own turn.
                let patience = self.database.migration_lock_timeout;
                self.connection.raw().busy_timeout(patience).map_err(EngineError::from)?;
            }
            for statement in &segment.statements {
                self.run_statement(step, statement, committed, done)?;
            }
            if !segment.transactional {
                begin(self.connection, self.database, lock.as_ref(), report)?;
                if current(self.connection, &self.database.version_table)? != before
                    || !self.progress_exists()?
                    || self.statements_done(step)? != done
                {
                    return Ok(false);
                }
            }
            execute(self.connection, &self.progress.record(step, end))?;
            done = end;
        }
        execute(self.connection, &self.progress.drop())?;
        Ok(true)
    }

    /// How far a step got whose statements cannot share a transaction.
    fn statements_done(&self, step: &PlannedStep) -> Result<usize, MigrateError> {
        let rows = self.connection.query(&self.progress.select(step))?;
        resume(step, rows.first().and_then(|row| progress_of(row)).as_ref())
    }

    fn progress_exists(&self) -> Result<bool, EngineError> {
        table_exists(self.connection, &self.progress.name().name)
    }

    fn record(&self, step: &PlannedStep, elapsed: Duration) -> Result<(), MigrateError> {
        if let Some(log) = &self.log {
            let record = log.record(&step.step, step.checksum.as_deref(), Elapsed::Measured(elapsed));
            execute(self.connection, &record)?;
        }
        Ok(())
    }

    fn change_version(&self, step: &PlannedStep, change: &VersionChange) -> Result<(), MigrateError> {
        execute(self.connection, &self.database.version_table.change(DIALECT, change))?;
        if self.connection.raw().changes() == 1 {
            return Ok(());
        }
        Err(self.version_row(step))
    }

    fn version_row(&self, step: &PlannedStep) -> MigrateError {
        MigrateError::VersionRow {
            table: self.database.version_table.to_string(),
            revision: step.step.revision.clone(),
            direction: step.step.direction,
        }
    }

    fn commit(&self) -> Result<(), MigrateError> {
        let broken = broken_references(self.connection)?;
        let violations: Vec<String> = broken.difference(&self.broken_before).cloned().collect();
        if !violations.is_empty() {
            return Err(MigrateError::ForeignKeys { violations });
        }
        Ok(execute(self.connection, "COMMIT")?)
    }
}

fn execute(connection: &SqliteConnection, sql: &str) -> Result<(), EngineError> {
    connection.query(sql).map(|_| ())
}

/// Every row that refers to nothing (`PRAGMA foreign_key_check`).
fn broken_references(connection: &SqliteConnection) -> Result<BTreeSet<String>, EngineError> {
    let rows = connection.query("PRAGMA foreign_key_check")?;
    Ok(rows.into_iter().map(|row| describe_reference(&row)).collect())
}

fn describe_reference(row: &[Option<String>]) -> String {
    let field = |at: usize| row.get(at).and_then(Option::as_deref).unwrap_or("?");
    format!("row {} of `{}` refers to a missing row of `{}`", field(1), field(0), field(2))
}
