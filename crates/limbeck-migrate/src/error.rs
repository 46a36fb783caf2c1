//! Everything that can stop a migration command.

use std::ops::Range;
use std::time::Duration;

use limbeck_dialect::{PlanError, ProjectionError, RenderError, SplitError};
use limbeck_diff::{AmbiguousRename, HazardKind};
use limbeck_engine::EngineError;
use limbeck_inspect::InspectError;
use limbeck_schema::{Dialect, SchemaError};

use crate::audit::ChangedScript;
use crate::declaration::SqlFailure;
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
    /// Values of variables that make something else of a statement than one statement.
    #[error(
        "{file}:{line}: with the values of its variables this is not one statement any more: a value holds a `;`, a quote or the beginning of a comment"
    )]
    VariableBreaksOut {
        /// The script.
        file: String,
        /// The line on which the statement begins, counted from 1.
        line: usize,
    },
    /// Sections that cannot be one, as foreign keys act in some of them only.
    #[error(
        "`{revision}` and `{other}` differ in `foreign_keys=`, which holds for a whole section; squash them apart"
    )]
    SquashForeignKeys {
        /// A revision.
        revision: String,
        /// Another one.
        other: String,
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
    /// Revisions that lose data, on a protected database.
    #[error("{}", joined(.0))]
    Protected(Vec<RefusedRevision>),
    /// Declared renames of which only one can be done.
    #[error("{}", .0.iter().map(ambiguous).collect::<Vec<_>>().join("; "))]
    AmbiguousRename(Vec<AmbiguousRename>),
    /// A question that was not answered.
    #[error("stopped, nothing was written")]
    Stopped,
    /// Statements of the model that do not run, in whatever order; first those that wait for no other.
    #[error("{}", .0.iter().map(|f| format!("{}:{}: {}", f.origin, f.line, f.error)).collect::<Vec<_>>().join("; "))]
    Sql(Vec<SqlFailure>),
    /// A role that may not create databases.
    #[error("a scratch database cannot be made on the server: {cause}")]
    ScratchRefused {
        /// The server's words.
        cause: EngineError,
    },
    /// A scratch database that holds something.
    #[error("the scratch database {url} is not empty")]
    ScratchNotEmpty {
        /// Which.
        url: String,
    },
    /// A scratch database of another kind.
    #[error("the scratch database {url} is not a PostgreSQL database")]
    ScratchDialect {
        /// Which.
        url: String,
    },
    /// A scratch database that is still there.
    #[error("the {left} could not be removed: {cause}{}", .after.as_ref().map(|error| format!(" (after: {error})")).unwrap_or_default())]
    ScratchLeft {
        /// What is left.
        left: String,
        /// Why.
        cause: EngineError,
        /// What had failed before, if something had.
        after: Option<Box<MigrateError>>,
    },
    /// A schema that only a PostgreSQL server can make out, and none is named.
    #[error("{what} must be run on a PostgreSQL server, and none is named")]
    NoServer {
        /// SQL files, or scripts.
        what: &'static str,
    },
    /// Two databases that cannot be compared.
    #[error("a {from} database cannot be compared with a {to} database")]
    DifferentDialects {
        /// The first.
        from: Dialect,
        /// The second.
        to: Dialect,
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

/// A revision that a protected database does not take, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{direction} of revision `{revision}` is refused on a protected database: {message} ({})", .kind.as_str())]
pub struct RefusedRevision {
    /// The revision.
    pub revision: String,
    /// Where the step was going.
    pub direction: Direction,
    /// The script's file.
    pub file: String,
    /// The line that records the hazard, counted from 1.
    pub line: usize,
    /// The hazard.
    pub kind: HazardKind,
    /// What would happen.
    pub message: String,
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
            MigrateError::VariableBreaksOut { .. } => "migrate.variable-breaks-out",
            MigrateError::SquashForeignKeys { .. } => "migrate.squash-foreign-keys",
            MigrateError::TransactionControl { .. } => "migrate.transaction-control",
            MigrateError::Statement(_) => "migrate.statement",
            MigrateError::VersionRow { .. } => "migrate.version-row",
            MigrateError::Locked { .. } => "migrate.locked",
            MigrateError::ForeignKeys { .. } => "migrate.foreign-keys",
            MigrateError::ScriptsChanged { .. } => "audit.scripts-changed",
            MigrateError::OfflineDowngradeRange
            | MigrateError::OfflineStampStarts
            | MigrateError::OfflineRange { .. } => "offline.range",
            MigrateError::ResumeChanged { .. } => "migrate.resume-changed",
            MigrateError::Protected(_) => "migrate.protected",
            MigrateError::AmbiguousRename(_) => "migrate.ambiguous-rename",
            MigrateError::Stopped => "migrate.stopped",
            MigrateError::Sql(_) => "model.sql",
            MigrateError::ScratchRefused { .. } => "scratch.refused",
            MigrateError::ScratchNotEmpty { .. } => "scratch.not-empty",
            MigrateError::ScratchDialect { .. } => "scratch.dialect",
            MigrateError::ScratchLeft { .. } => "scratch.left",
            MigrateError::NoServer { .. } => "scratch.no-server",
            MigrateError::DifferentDialects { .. } => "diff.dialects",
            MigrateError::NotUpToDate { .. } => "migrate.not-up-to-date",
        }
    }
}

impl From<ScriptError> for MigrateError {
    fn from(error: ScriptError) -> Self {
        MigrateError::Scripts(ScriptErrors(vec![error]))
    }
}

fn ambiguous(rename: &AmbiguousRename) -> String {
    let claims: Vec<String> = rename.claimed_by.iter().map(ToString::to_string).collect();
    format!(
        "{} all say that they were `{}` before, and only one of them can be",
        claims.join(" and "),
        rename.former
    )
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
