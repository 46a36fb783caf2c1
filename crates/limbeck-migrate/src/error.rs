//! Everything that can stop a migration command.

use std::ops::Range;
use std::time::Duration;

use limbeck_dialect::{PlanError, ProjectionError, RenderError, SplitError};
use limbeck_engine::EngineError;
use limbeck_inspect::InspectError;
use limbeck_schema::{Dialect, SchemaError};

use crate::audit::ChangedScript;
use crate::graph::{Direction, GraphError};
use crate::script::{ScriptError, ScriptErrors, Todo};
use crate::source::SourceError;

/// Why a migration command did not do what was asked. Nothing is half done unless the message says so.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The database could not be reached, or refused something outside of any script.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The database's schema could not be read.
    #[error(transparent)]
    Inspect(#[from] InspectError),
    /// The revisions do not form a graph, or the target is none of them.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// Scripts that cannot be read, or lack what the run needs.
    #[error(transparent)]
    Scripts(#[from] ScriptErrors),
    /// The model could not be had.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The model contradicts itself.
    #[error("the model is not consistent: {}", joined(.0))]
    Schema(Vec<SchemaError>),
    /// The model holds something that the database cannot.
    #[error("{dialect} cannot hold the model: {}", joined(.errors))]
    Projection {
        /// The database's dialect.
        dialect: Dialect,
        /// What it cannot hold.
        errors: Vec<ProjectionError>,
    },
    /// The operations cannot be carried out as they are.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// An operation that the dialect has no SQL for.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// The version table names a revision that has no script.
    #[error("revision `{revision}` has no script in the migrations directory")]
    ScriptMissing {
        /// The revision.
        revision: String,
    },
    /// A script's text does not end where it should.
    #[error("{file}:{line}: {error}")]
    Split {
        /// The script.
        file: String,
        /// The line, counted from 1.
        line: usize,
        /// What is unterminated.
        error: SplitError,
    },
    /// A script that still waits for its author.
    #[error("{file}:{}: the script waits for a decision: {}", .todo.line, .todo.text)]
    Todo {
        /// The script.
        file: String,
        /// What is to be decided, and where.
        todo: Todo,
    },
    /// A variable of a script that nobody has given a value.
    #[error(
        "{file}:{line}: the variable `{name}` has no value; give it one with `-x {name}=…`, or in `[environments.NAME.variables]`"
    )]
    UndefinedVariable {
        /// The script.
        file: String,
        /// The line, counted from 1.
        line: usize,
        /// The variable.
        name: String,
    },
    /// A script that would end the transaction it runs in.
    #[error("{file}:{line}: `{keyword}` would end the transaction that keeps the revision whole")]
    TransactionControl {
        /// The script.
        file: String,
        /// The line, counted from 1.
        line: usize,
        /// The statement's keyword.
        keyword: String,
    },
    /// A statement of a script failed.
    #[error("{} of revision `{}` failed: {}", .0.direction, .0.revision, .0.error)]
    Statement(Box<StatementFailure>),
    /// The version table does not hold the row that the step starts from.
    #[error(
        "the version table `{table}` was changed by somebody else while {direction} of revision `{revision}` was running; the revision was rolled back"
    )]
    VersionRow {
        /// The version table.
        table: String,
        /// The revision.
        revision: String,
        /// Where the step was going.
        direction: Direction,
    },
    /// Somebody else kept the lock.
    #[error(
        "another process is migrating this database{}, gave up after {}",
        .holder.as_deref().map(|h| format!(" ({h})")).unwrap_or_default(),
        seconds(*.waited)
    )]
    Locked {
        /// Who holds it, as far as the database tells.
        holder: Option<String>,
        /// How long it was waited for.
        waited: Duration,
    },
    /// A run would leave rows that refer to nothing.
    #[error("the run would break foreign keys and was rolled back: {}", .violations.join("; "))]
    ForeignKeys {
        /// Each broken reference: table, row and the table it refers to.
        violations: Vec<String>,
    },
    /// Scripts that were changed after they had been applied to a protected database.
    #[error("{}", joined(.changed))]
    ScriptsChanged {
        /// Which, and since when.
        changed: Vec<ChangedScript>,
    },
    /// A downgrade as a script, without its start.
    #[error("downgrade with --sql requires <from>:<to>")]
    OfflineDowngradeRange,
    /// Several starts for a stamp as a script.
    #[error("stamp with --sql takes one starting revision only")]
    OfflineStampStarts,
    /// A range that is none.
    #[error("`{range}` is not <from>:<to>")]
    OfflineRange {
        /// The range.
        range: String,
    },
    /// A script that changed after its run had died inside it.
    #[error(
        "revision `{revision}` died after {done} of its statements and its script was changed since, so it cannot go on by itself"
    )]
    ResumeChanged {
        /// The revision.
        revision: String,
        /// How many statements are done.
        done: usize,
    },
    /// Autogenerate against a database that is not at the latest revision.
    #[error("the database is not up to date: it is at {}, the scripts are at {}", list(.current), list(.heads))]
    NotUpToDate {
        /// The database's revisions.
        current: Vec<String>,
        /// The scripts' heads.
        heads: Vec<String>,
    },
}

/// A statement that failed, with all that is needed to show it in its script.
#[derive(Debug)]
pub struct StatementFailure {
    /// The revision.
    pub revision: String,
    /// Where the step was going.
    pub direction: Direction,
    /// The script's file.
    pub file: String,
    /// The script's whole text.
    pub script: String,
    /// The statement's place in it, in bytes.
    pub range: Range<usize>,
    /// The statement's first line, counted from 1.
    pub line: usize,
    /// The place the server points at, in bytes of the script.
    pub position: Option<usize>,
    /// What the server said.
    pub error: EngineError,
    /// Steps of this run that stay applied.
    pub committed: usize,
    /// Statements of this revision that stay done: not zero only where they cannot run in a transaction.
    pub done: usize,
}

impl MigrateError {
    /// The error's stable code.
    pub fn code(&self) -> &'static str {
        match self {
            MigrateError::Engine(error) => error.code(),
            MigrateError::Inspect(error) => error.code(),
            MigrateError::Graph(error) => error.code(),
            MigrateError::Scripts(ScriptErrors(errors)) => {
                errors.first().map_or("script.invalid", ScriptError::code)
            }
            MigrateError::Source(error) => error.code(),
            MigrateError::Schema(errors) => errors.first().map_or("schema.invalid", SchemaError::code),
            MigrateError::Projection { errors, .. } => {
                errors.first().map_or("dialect.projection", ProjectionError::code)
            }
            MigrateError::Plan(error) => error.code(),
            MigrateError::Render(error) => error.code(),
            MigrateError::ScriptMissing { .. } => "migrate.script-missing",
            MigrateError::Split { error, .. } => error.code(),
            MigrateError::Todo { .. } => "migrate.todo",
            MigrateError::UndefinedVariable { .. } => "migrate.undefined-variable",
            MigrateError::TransactionControl { .. } => "migrate.transaction-control",
            MigrateError::Statement(_) => "migrate.statement",
            MigrateError::VersionRow { .. } => "migrate.version-row",
            MigrateError::Locked { .. } => "migrate.locked",
            MigrateError::ForeignKeys { .. } => "migrate.foreign-keys",
            MigrateError::ScriptsChanged { .. } => "audit.scripts-changed",
            MigrateError::OfflineDowngradeRange | MigrateError::OfflineStampStarts | MigrateError::OfflineRange { .. } => {
                "offline.range"
            }
            MigrateError::ResumeChanged { .. } => "migrate.resume-changed",
            MigrateError::NotUpToDate { .. } => "migrate.not-up-to-date",
        }
    }
}

impl From<ScriptError> for MigrateError {
    fn from(error: ScriptError) -> Self {
        MigrateError::Scripts(ScriptErrors(vec![error]))
    }
}

fn joined<E: std::fmt::Display>(errors: &[E]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn list(revisions: &[String]) -> String {
    if revisions.is_empty() {
        return "base".to_owned();
    }
    revisions.iter().map(|r| format!("`{r}`")).collect::<Vec<_>>().join(", ")
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}
