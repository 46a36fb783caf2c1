//! Takes a database along a path of the revision graph.

mod concurrent_index;
mod plan;
mod postgresql;
mod progress;
mod protected;
mod sqlite;
mod sqlite_lock;

use std::collections::BTreeSet;

use limbeck_engine::{Connection, EngineError};

use crate::audit::{ChangedScript, accept};
use crate::database::Database;
use crate::error::{MigrateError, StatementFailure};
use crate::event::{Event, Report};
use crate::graph::{Direction, GraphError, RevisionGraph, Step, VersionChange};
use crate::script::ScriptDirectory;
pub(crate) use plan::{PlannedStatement, PlannedStep, plan_steps};

/// What a run did.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// The steps, in the order they ran.
    pub steps: Vec<Step>,
    /// The database's revisions afterwards.
    pub current: Vec<String>,
}

/// Where a run goes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Walk<'a> {
    Upgrade(&'a str),
    Downgrade(&'a str),
    Stamp {
        targets: &'a [&'a str],
        purge: bool,
    },
    /// Records changed scripts as they are now.
    Accept,
    /// Nowhere: the version table is created and that is all.
    Stay,
}

impl Walk<'_> {
    pub(crate) fn steps(
        self,
        graph: &RevisionGraph,
        current: &[String],
        changed: &[ChangedScript],
    ) -> Result<Vec<Step>, GraphError> {
        match self {
            Walk::Stay => Ok(Vec::new()),
            Walk::Accept => Ok(changed.iter().map(|changed| accept(graph, changed)).collect()),
            Walk::Upgrade(target) => graph.upgrade_path(current, target),
            Walk::Downgrade(target) => graph.downgrade_path(current, target),
            Walk::Stamp { targets, purge: false } => graph.stamp_path(current, targets),
            Walk::Stamp { targets, purge: true } => {
                let mut steps = graph.stamp_path(&[], targets)?;
                steps.splice(0..0, current.iter().map(|row| forget(row)));
                Ok(steps)
            }
        }
    }
}

/// Scripts that were changed after they had been applied stop an upgrade of a protected database; on any other they are
/// told about.
fn tell_changed(
    walk: Walk<'_>,
    database: &Database,
    changed: &[ChangedScript],
    report: Report<'_>,
) -> Result<(), MigrateError> {
    if !matches!(walk, Walk::Upgrade(_)) || changed.is_empty() {
        return Ok(());
    }
    if database.protected {
        return Err(MigrateError::ScriptsChanged { changed: changed.to_vec() });
    }
    for changed in changed {
        report(Event::ScriptChanged(changed.clone()));
    }
    Ok(())
}

/// The step that takes a row out of the version table, whatever it says.
fn forget(row: &str) -> Step {
    Step {
        revision: row.to_owned(),
        source: 0,
        direction: Direction::Stamp,
        from: vec![row.to_owned()],
        to: Vec::new(),
        doc: String::new(),
        version_changes: vec![VersionChange::Delete(row.to_owned())],
    }
}

/// Brings a database to a later revision: `head`, `heads`, an identifier or a part of one, `+2`, `label@head`.
///
/// Takes the migration lock, so that of several processes that start at once exactly one applies and the others find
/// nothing left to do.
///
/// # Errors
/// When the database cannot be reached or locked, the target does not exist, or a statement fails. What was committed
/// before stays, and the failure says how many steps that were.
pub async fn upgrade(
    database: &Database,
    scripts: &ScriptDirectory,
    target: &str,
    report: Report<'_>,
) -> Result<Run, MigrateError> {
    run(database, scripts, Walk::Upgrade(target), report).await
}

/// Takes a database back to an earlier revision: `base`, an identifier or a part of one, `-1`.
///
/// # Errors
/// As [`upgrade`], and when a revision on the way has no downgrade.
pub async fn downgrade(
    database: &Database,
    scripts: &ScriptDirectory,
    target: &str,
    report: Report<'_>,
) -> Result<Run, MigrateError> {
    run(database, scripts, Walk::Downgrade(target), report).await
}

/// Sets the version table to the given revisions without running their scripts; `purge` forgets its rows first, so
/// that revisions without a script do not stand in the way.
///
/// # Errors
/// When the database cannot be reached or locked, or a target does not exist.
pub async fn stamp(
    database: &Database,
    scripts: &ScriptDirectory,
    targets: &[&str],
    purge: bool,
    report: Report<'_>,
) -> Result<Run, MigrateError> {
    run(database, scripts, Walk::Stamp { targets, purge }, report).await
}

/// Takes note of every script that was changed after it had been applied, as it is now: for a change that is known to
/// make no difference. Runs nothing.
///
/// # Errors
/// When the database cannot be reached or locked.
pub async fn accept_changed(
    database: &Database,
    scripts: &ScriptDirectory,
    report: Report<'_>,
) -> Result<Run, MigrateError> {
    run(database, scripts, Walk::Accept, report).await
}

/// Creates the version table, if it is not there.
///
/// # Errors
/// When the database cannot be reached or locked.
pub async fn ensure_version(database: &Database, report: Report<'_>) -> Result<Run, MigrateError> {
    run(database, &ScriptDirectory::default(), Walk::Stay, report).await
}

/// The database's revisions, in order; none when it has no version table. Writes nothing.
///
/// # Errors
/// When the database cannot be reached.
pub async fn current(database: &Database) -> Result<Vec<String>, MigrateError> {
    let connection = Connection::open_for_reading(&database.url).await?;
    current_of(&connection, database).await
}

/// The revisions of a database that is connected to.
pub(crate) async fn current_of(
    connection: &Connection,
    database: &Database,
) -> Result<Vec<String>, MigrateError> {
    match connection {
        Connection::Postgresql(connection) => postgresql::current(connection, &database.version_table).await,
        Connection::Sqlite(connection) => sqlite::current(connection, &database.version_table),
    }
}

async fn run(
    database: &Database,
    scripts: &ScriptDirectory,
    walk: Walk<'_>,
    report: Report<'_>,
) -> Result<Run, MigrateError> {
    let graph = scripts.graph()?;
    let connection = Connection::open(&database.url).await?;
    run_on(&connection, database, scripts, &graph, walk, report).await
}

/// A run on a connection that is open.
pub(crate) async fn run_on(
    connection: &Connection,
    database: &Database,
    scripts: &ScriptDirectory,
    graph: &RevisionGraph,
    walk: Walk<'_>,
    report: Report<'_>,
) -> Result<Run, MigrateError> {
    match connection {
        Connection::Postgresql(connection) => {
            postgresql::run(connection, database, scripts, graph, walk, report).await
        }
        Connection::Sqlite(connection) => sqlite::run(connection, database, scripts, graph, walk, report),
    }
}

/// The rows of the version table after the steps.
fn rows_after(rows: &[String], steps: &[Step]) -> Vec<String> {
    let mut rows: BTreeSet<String> = rows.iter().cloned().collect();
    for change in steps.iter().flat_map(|step| &step.version_changes) {
        change.apply(&mut rows);
    }
    rows.into_iter().collect()
}

/// An error's SQLSTATE, if it has one.
fn sqlstate(error: &EngineError) -> Option<&str> {
    error.sql_error().and_then(|error| error.sqlstate.as_deref())
}

/// The byte of the text that an error's position points at.
pub(crate) fn error_offset(error: &EngineError, text: &str) -> Option<usize> {
    let position = error.sql_error()?.position?;
    text.char_indices().nth(position.checked_sub(1)?).map(|(byte, _)| byte)
}

/// A failure of a statement, or of the commit behind the last one; `offset` is the byte of the statement that the server
/// points at.
fn failure(
    scripts: &ScriptDirectory,
    planned: &PlannedStep,
    statement: Option<&PlannedStatement>,
    error: EngineError,
    offset: Option<usize>,
) -> MigrateError {
    let script = scripts.get(&planned.step.revision).map(|s| s.text.clone()).unwrap_or_default();
    let statement = statement.or_else(|| planned.statements().last());
    let source_offset = |offset| statement.map_or(offset, |s| s.sql.source_offset(offset));
    let (range, line) = statement.map_or((0..0, 1), |s| (s.range.clone(), s.line));
    MigrateError::Statement(Box::new(StatementFailure {
        revision: planned.step.revision.clone(),
        direction: planned.step.direction,
        file: planned.file.clone(),
        script,
        position: offset.map(|offset| range.start + source_offset(offset)),
        range,
        line,
        error,
        committed: 0,
        done: 0,
    }))
}

/// The same failure with what of the run stays done.
fn with_kept(error: MigrateError, committed: usize, done: usize) -> MigrateError {
    match error {
        MigrateError::Statement(failure) => {
            MigrateError::Statement(Box::new(StatementFailure { committed, done, ..*failure }))
        }
        other => other,
    }
}
