//! The audit log: a table beside the version table with a row for each step that was applied, written in the
//! transaction of the step.
//!
//! The version table is Alembic's and says only where the database is. The log says how it got there, and with which
//! scripts, so that one that was changed after it was applied is found out.

use std::time::Duration;

use limbeck_dialect::{quote_literal, quote_name};
use limbeck_engine::{Connection, EngineError, TextRow};
use limbeck_schema::{Dialect, QualifiedName};
use serde::Serialize;

use crate::database::Database;
use crate::error::MigrateError;
use crate::graph::{Direction, RevisionGraph, Step, VersionChange};
use crate::runner::current_of;
use crate::script::ScriptDirectory;
use crate::version_table::VersionTable;

/// A script that is not any more what was run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChangedScript {
    /// The revision.
    pub revision: String,
    /// Its script.
    pub file: String,
    /// When it was applied, as the database writes it.
    pub applied_at: String,
    /// Who applied it, as `user@host` of the operating system.
    pub applied_by: Option<String>,
}

impl std::fmt::Display for ChangedScript {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "revision `{}` was applied at {}", self.revision, self.applied_at)?;
        if let Some(who) = &self.applied_by {
            write!(f, " by {who}")?;
        }
        write!(f, ", its script {} was changed since", self.file)
    }
}

/// How long a step took.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Elapsed {
    /// PostgreSQL, a step that is one message: the server counts from the message's arrival, because messages are
    /// sent long before their turn.
    OfMessage,
    /// A transaction of an offline script: PostgreSQL counts from its beginning, SQLite cannot.
    OfTransaction,
    /// It was measured here.
    Measured(Duration),
}

/// The log of one database.
pub(crate) struct AuditLog {
    name: QualifiedName,
    dialect: Dialect,
    /// `user@host`, unless the script will be run by somebody else.
    os_user: Option<String>,
}

impl AuditLog {
    /// The log of a database; none where it is turned off.
    pub(crate) fn of(database: &Database, version_table: &VersionTable) -> Option<Self> {
        let name = version_table.audit_log();
        database.audit.then(|| Self { name, dialect: database.dialect(), os_user: os_user() })
    }

    /// The same log in a script that whoever will run.
    pub(crate) fn offline(self) -> Self {
        Self { os_user: None, ..self }
    }

    /// The table's name.
    pub(crate) fn name(&self) -> &QualifiedName {
        &self.name
    }

    /// The name as SQL writes it.
    pub(crate) fn quoted(&self) -> String {
        quote_name(self.dialect, &self.name)
    }

    pub(crate) fn create(&self) -> String {
        let (id, time) = match self.dialect {
            Dialect::Postgresql => {
                ("BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "TIMESTAMP WITH TIME ZONE")
            }
            Dialect::Sqlite => ("INTEGER PRIMARY KEY", "TEXT"),
        };
        format!(
            "CREATE TABLE IF NOT EXISTS {} (\n    id {id},\n    revision VARCHAR(32) NOT NULL,\n    direction VARCHAR(9) NOT NULL,\n    checksum VARCHAR(64),\n    applied_at {time} NOT NULL,\n    duration_ms BIGINT,\n    database_user TEXT,\n    os_user TEXT,\n    limbeck_version TEXT NOT NULL\n)",
            self.quoted()
        )
    }

    /// The statement that records a step.
    pub(crate) fn record(&self, step: &Step, checksum: Option<&str>, elapsed: Elapsed) -> String {
        let literal = |text: &str| quote_literal(self.dialect, text);
        let optional = |text: Option<&str>| text.map_or("NULL".to_owned(), literal);
        let direction = match step.direction {
            Direction::Upgrade => "upgrade",
            Direction::Downgrade => "downgrade",
            Direction::Stamp => "stamp",
        };
        let since =
            |start: &str| format!("(extract(epoch FROM clock_timestamp() - {start}()) * 1000)::bigint");
        let duration = match (elapsed, self.dialect) {
            (Elapsed::Measured(duration), _) => duration.as_millis().to_string(),
            (Elapsed::OfMessage, Dialect::Postgresql) => since("statement_timestamp"),
            (Elapsed::OfTransaction, Dialect::Postgresql) => since("transaction_timestamp"),
            (Elapsed::OfMessage | Elapsed::OfTransaction, Dialect::Sqlite) => "NULL".to_owned(),
        };
        let (now, user) = match self.dialect {
            Dialect::Postgresql => ("clock_timestamp()", "session_user"),
            Dialect::Sqlite => ("strftime('%Y-%m-%dT%H:%M:%fZ', 'now')", "NULL"),
        };
        format!(
            "INSERT INTO {} (revision, direction, checksum, applied_at, duration_ms, database_user, os_user, limbeck_version) VALUES ({}, '{direction}', {}, {now}, {duration}, {user}, {}, '{}')",
            self.quoted(),
            literal(&step.revision),
            optional(checksum),
            optional(self.os_user.as_deref()),
            env!("CARGO_PKG_VERSION"),
        )
    }

    /// The query for the latest row of each revision.
    pub(crate) fn select_latest(&self) -> String {
        let table = self.quoted();
        format!(
            "SELECT revision, checksum, applied_at, os_user FROM {table} WHERE id IN (SELECT max(id) FROM {table} GROUP BY revision)"
        )
    }
}

/// Who runs this process, as `user@host`.
fn os_user() -> Option<String> {
    let user = whoami::username().ok()?;
    Some(match whoami::hostname() {
        Ok(host) => format!("{user}@{host}"),
        Err(_) => user,
    })
}

/// The applied revisions whose scripts are not any more what the log's latest rows say, in the graph's order.
///
/// The row of a revision is its upgrade, or a stamp, which takes the script for granted as it was then. Revisions
/// without a row were applied before there was a log, or by Alembic: nothing can be said of them.
pub(crate) fn find_changed(
    graph: &RevisionGraph,
    scripts: &ScriptDirectory,
    current: &[String],
    latest: &[TextRow],
) -> Vec<ChangedScript> {
    let mut changed = Vec::new();
    if latest.is_empty() {
        return changed;
    }
    for revision in graph.ancestors(current) {
        let row = latest.iter().find(|row| row.first().and_then(Option::as_deref) == Some(&revision.id));
        let Some([_, Some(checksum), applied_at, applied_by]) = row.map(Vec::as_slice) else { continue };
        let Some(script) = scripts.scripts().get(revision.source) else { continue };
        if script.checksum() != *checksum {
            changed.push(ChangedScript {
                revision: revision.id.clone(),
                file: script.file.clone(),
                applied_at: applied_at.clone().unwrap_or_default(),
                applied_by: applied_by.clone(),
            });
        }
    }
    changed
}

/// The scripts that were changed after they had been applied to a database, as far as its audit log knows. Changes
/// nothing.
///
/// # Errors
/// When the database cannot be reached.
pub async fn changed_scripts(
    database: &Database,
    scripts: &ScriptDirectory,
) -> Result<Vec<ChangedScript>, MigrateError> {
    let mut connection = Connection::open_for_reading(&database.url).await?;
    changed_scripts_of(&mut connection, database, scripts, &scripts.graph()?).await
}

/// The same of a database that is connected to.
pub(crate) async fn changed_scripts_of(
    connection: &mut Connection,
    database: &Database,
    scripts: &ScriptDirectory,
    graph: &RevisionGraph,
) -> Result<Vec<ChangedScript>, MigrateError> {
    let Some(log) = AuditLog::of(database, &database.version_table) else { return Ok(Vec::new()) };
    let latest = match connection.query(&log.select_latest()).await {
        Ok(rows) => rows,
        Err(error) if is_missing_table(&error) => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let current = current_of(connection, database).await?;
    Ok(find_changed(graph, scripts, &current, &latest))
}

/// Whether a query failed because its table does not exist.
pub(crate) fn is_missing_table(error: &EngineError) -> bool {
    let Some(error) = error.sql_error() else { return false };
    match &error.sqlstate {
        // undefined_table, invalid_schema_name.
        Some(code) => matches!(code.as_str(), "42P01" | "3F000"),
        // SQLite has no code of its own for it.
        None => error.message.starts_with("no such table"),
    }
}

/// The step that records a script as it is now, and runs nothing.
pub(crate) fn accept(graph: &RevisionGraph, changed: &ChangedScript) -> Step {
    Step {
        revision: changed.revision.clone(),
        source: graph.get(&changed.revision).map_or(0, |revision| revision.source),
        direction: Direction::Stamp,
        from: vec![changed.revision.clone()],
        to: vec![changed.revision.clone()],
        doc: String::new(),
        version_changes: Vec::<VersionChange>::new(),
    }
}
