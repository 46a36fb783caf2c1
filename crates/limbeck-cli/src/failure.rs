//! Everything that can stop a command, and how it is explained.

use std::path::{Path, PathBuf};

use limbeck_dialect::SplitError;
use limbeck_engine::{EngineError, UrlError};
use limbeck_migrate::config::ConfigError;
use limbeck_migrate::fleet::FleetError;
use limbeck_migrate::graph::GraphError;
use limbeck_migrate::script::{ScriptError, ScriptErrors};
use limbeck_migrate::{MigrateError, SourceError, SqlFailure, StatementFailure};

use crate::diagnostic::{Diagnostic, Excerpt};
use crate::error_table;
use crate::exit_code::ExitCode;

/// Why a command did not end well.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The library's reason.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// Scripts that are no graph, and the one that is to blame.
    #[error("{file}:{line}: {error}")]
    Graph {
        /// What is wrong.
        error: GraphError,
        /// The script.
        file: String,
        /// The line, counted from 1.
        line: usize,
    },
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Several environments for a command that works on one.
    #[error("`{command}` works on one environment, {count} are named")]
    OneEnvironment {
        /// The command.
        command: &'static str,
        /// How many there are.
        count: usize,
    },
    /// `--url` beside several environments.
    #[error("--url replaces the URL of one environment, {count} are named")]
    UrlWithEnvironments {
        /// How many there are.
        count: usize,
    },
    /// The current directory is gone, or may not be read.
    #[error("the current directory cannot be found: {0}")]
    Directory(std::io::Error),
    /// A file that cannot be written.
    #[error("cannot write {}: {error}", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The cause.
        error: std::io::Error,
    },
    /// A `.env` file that cannot be read.
    #[error("cannot read .env: {cause}")]
    DotEnv {
        /// The cause. Never a value.
        cause: String,
    },
    /// A command that prints a URL did not.
    #[error("`{program}`, which prints the database URL, failed: {cause}")]
    UrlCommand {
        /// The program; its arguments may be secret.
        program: String,
        /// How it ended.
        cause: String,
        /// What it said on standard error.
        stderr: String,
    },
    /// A range where a revision is run to.
    #[error("range revision not allowed: `{range}`")]
    Range {
        /// The range.
        range: String,
    },
    /// A script for a database of which nobody knows the dialect.
    #[error("the database's dialect is not known: {cause}")]
    DialectUnknown {
        /// Why its URL is not known.
        cause: String,
    },
    /// `status` found something to do.
    #[error("{count} {} not settled: revisions are pending, or something differs", if *.count == 1 { "environment is" } else { "environments are" })]
    Unsettled {
        /// How many environments.
        count: usize,
    },
    /// `status` could not ask.
    #[error("{count} {} not be asked", if *.count == 1 { "environment could" } else { "environments could" })]
    Unanswered {
        /// How many environments.
        count: usize,
    },
    /// Scripts that `check` found to be changed.
    #[error("{count} {} changed after being applied", if *.count == 1 { "script was" } else { "scripts were" })]
    ScriptsChanged {
        /// How many.
        count: usize,
    },
    /// `current --check-heads`.
    #[error("the database is not at all heads: it is at {current}, the scripts are at {heads}")]
    NotAtHeads {
        /// The database's revisions.
        current: String,
        /// The scripts' heads.
        heads: String,
    },
    /// What `check` is for.
    #[error("model and database differ in {count} {}", if *.count == 1 { "place" } else { "places" })]
    Differences {
        /// How many differences there are.
        count: usize,
    },
    /// `edit` without an editor, or with one that failed.
    #[error("cannot open an editor: {cause}")]
    Editor {
        /// The cause.
        cause: String,
    },
    /// `edit base`.
    #[error("`{revision}` is no script that could be edited")]
    NothingToEdit {
        /// What was asked for.
        revision: String,
    },
    /// What `test` is for.
    #[error("{failed} of {checks} checks failed")]
    TestsFailed {
        /// How many failed.
        failed: usize,
        /// How many there are.
        checks: usize,
    },
    /// The tenants of a fleet cannot be found.
    #[error(transparent)]
    Fleet(#[from] FleetError),
    /// A run over a fleet in which tenants failed.
    #[error("{failed} of {tenants} tenants failed; the error above is that of `{tenant}`")]
    FleetFailed {
        /// How many failed.
        failed: usize,
        /// How many there are.
        tenants: usize,
        /// The first that failed.
        tenant: String,
        /// Its error.
        error: Box<MigrateError>,
    },
    /// `current --check-heads` of a fleet.
    #[error("{behind} of {tenants} tenants are not at all heads")]
    FleetNotAtHeads {
        /// How many are not.
        behind: usize,
        /// How many there are.
        tenants: usize,
    },
    /// What `diff` is for.
    #[error("the two differ in {count} {}", if *.count == 1 { "place" } else { "places" })]
    SchemasDiffer {
        /// How many differences there are.
        count: usize,
    },
    /// A side of `diff` that is nothing.
    #[error("`{text}` is no file, directory or database URL")]
    UnknownSide {
        /// What was given.
        text: String,
    },
    /// No thread, no event queue.
    #[error("cannot start the asynchronous runtime: {0}")]
    Runtime(std::io::Error),
}

impl From<GraphError> for Failure {
    fn from(error: GraphError) -> Self {
        Failure::Migrate(error.into())
    }
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        Failure::Migrate(error.into())
    }
}

impl From<UrlError> for Failure {
    fn from(error: UrlError) -> Self {
        Failure::Migrate(EngineError::Url(error).into())
    }
}

impl From<ScriptErrors> for Failure {
    fn from(errors: ScriptErrors) -> Self {
        Failure::Migrate(errors.into())
    }
}

impl Failure {
    /// The stable code.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Failure::Migrate(MigrateError::Statement(failure)) if refuses_writing(&failure.error) => {
                failure.error.code()
            }
            Failure::Migrate(error) => error.code(),
            Failure::Graph { error, .. } => error.code(),
            Failure::Config(error) => error.code(),
            Failure::OneEnvironment { .. } => "cli.one-environment",
            Failure::UrlWithEnvironments { .. } => "cli.url-with-environments",
            Failure::Directory(_) => "cli.directory",
            Failure::Write { .. } => "cli.write",
            Failure::DotEnv { .. } => "cli.dotenv",
            Failure::UrlCommand { .. } => "cli.url-command",
            Failure::Range { .. } => "cli.range",
            Failure::DialectUnknown { .. } => "cli.dialect-unknown",
            Failure::Unsettled { .. } => "cli.unsettled",
            Failure::Unanswered { .. } => "cli.unanswered",
            Failure::ScriptsChanged { .. } => "audit.scripts-changed",
            Failure::NotAtHeads { .. } => "cli.not-at-heads",
            Failure::Fleet(error) => error.code(),
            Failure::FleetFailed { .. } => "cli.fleet-failed",
            Failure::FleetNotAtHeads { .. } => "cli.fleet-not-at-heads",
            Failure::Differences { .. } => "cli.differences",
            Failure::SchemasDiffer { .. } => "cli.schemas-differ",
            Failure::UnknownSide { .. } => "cli.unknown-side",
            Failure::Editor { .. } => "cli.editor",
            Failure::NothingToEdit { .. } => "cli.nothing-to-edit",
            Failure::TestsFailed { .. } => "cli.tests-failed",
            Failure::Runtime(_) => "cli.runtime",
        }
    }

    /// How the process ends.
    pub(crate) fn exit_code(&self) -> ExitCode {
        error_table::find(self.code()).map_or(ExitCode::Project, |entry| entry.exit)
    }

    /// What is shown of it: one diagnostic for each thing that is wrong.
    pub(crate) fn diagnostics(&self) -> Vec<Diagnostic> {
        match self {
            Failure::Migrate(error) => migrate_diagnostics(error),
            Failure::Graph { error, file, line } => {
                let (message, _) = error_table::explain(error.code(), &error.to_string());
                vec![in_file(diagnostic(self.code(), self.to_string()), file, *line, &message, "")]
            }
            Failure::UrlCommand { stderr, .. } => {
                vec![with_output(diagnostic(self.code(), self.to_string()), stderr)]
            }
            Failure::Config(
                ConfigError::Invalid { file, line, column, .. }
                | ConfigError::UnknownKey { file, line, column, .. },
            ) => {
                vec![in_config(diagnostic(self.code(), self.to_string()), file, *line, *column)]
            }
            Failure::FleetFailed { error, .. } => {
                let mut diagnostics = migrate_diagnostics(error);
                diagnostics.push(diagnostic(self.code(), self.to_string()));
                diagnostics
            }
            _ => vec![diagnostic(self.code(), self.to_string())],
        }
    }
}

/// What is shown of the library's errors.
fn migrate_diagnostics(error: &MigrateError) -> Vec<Diagnostic> {
    let whole = || diagnostic(error.code(), error.to_string());
    match error {
        MigrateError::Scripts(errors) => errors.0.iter().map(script_diagnostic).collect(),
        MigrateError::Schema(errors) => errors
            .iter()
            .map(|error| diagnostic(error.code(), format!("the model is not consistent: {error}")))
            .collect(),
        MigrateError::Projection { dialect, errors } => errors
            .iter()
            .map(|error| diagnostic(error.code(), format!("{dialect} cannot hold the model: {error}")))
            .collect(),
        MigrateError::Statement(failure) if refuses_writing(&failure.error) => {
            vec![diagnostic(failure.error.code(), failure.error.to_string())]
        }
        MigrateError::Statement(failure) => vec![statement_diagnostic(error.code(), failure)],
        MigrateError::Protected(refused) => refused
            .iter()
            .map(|refused| {
                let message = refused.to_string();
                let whole = diagnostic(error.code(), message.clone());
                in_file(whole, &refused.file, refused.line, &message, "")
            })
            .collect(),
        MigrateError::Sql(failures) => sql_diagnostics(error.code(), failures),
        MigrateError::ScratchLeft { after: Some(after), .. } => {
            let mut diagnostics = migrate_diagnostics(after);
            diagnostics.push(whole());
            diagnostics
        }
        MigrateError::Source(SourceError::Failed { stderr, .. }) => {
            vec![with_output(whole(), stderr)]
        }
        MigrateError::Split { file, line, error: split } => {
            // Its text begins with a line of its own count, the one of the section.
            let SplitError::Unterminated { what, .. } = split;
            vec![in_file(whole(), file, *line, &format!("{what} is not closed"), "opened here")]
        }
        MigrateError::Todo { file, todo } => {
            vec![in_file(whole(), file, todo.line, "the script waits for a decision", &todo.text)]
        }
        MigrateError::UndefinedVariable { file, line, name } => {
            vec![in_file(whole(), file, *line, &format!("the variable `{name}` has no value"), "")]
        }
        MigrateError::VariableBreaksOut { file, line } => {
            let message = "with the values of its variables this is not one statement any more";
            let label = "a value holds a `;`, a quote or the beginning of a comment";
            vec![in_file(whole(), file, *line, message, label)]
        }
        MigrateError::TransactionControl { file, line, keyword } => {
            let message = format!("`{keyword}` would end the transaction that keeps the revision whole");
            vec![in_file(whole(), file, *line, &message, "")]
        }
        _ => vec![whole()],
    }
}

/// Whether a statement failed for no fault of its own: any other would have failed too.
fn refuses_writing(error: &EngineError) -> bool {
    matches!(error, EngineError::ReadOnly(_))
}

fn diagnostic(code: &'static str, message: String) -> Diagnostic {
    let (message, help) = error_table::explain(code, &message);
    Diagnostic { code, message, excerpt: None, output: None, notes: Vec::new(), help }
}

fn with_output(diagnostic: Diagnostic, output: &str) -> Diagnostic {
    let output = Some(output.trim_end().to_owned()).filter(|output| !output.is_empty());
    Diagnostic { output, ..diagnostic }
}

/// The diagnostic above its place in the configuration, which its message begins with.
fn in_config(diagnostic: Diagnostic, file: &Path, line: usize, column: usize) -> Diagnostic {
    let file = file.display().to_string();
    let excerpt = std::fs::read_to_string(&file)
        .ok()
        .and_then(|source| Excerpt::at_column(file.clone(), source, line, column, String::new()));
    match diagnostic.message.strip_prefix(&format!("{file}:{line}:{column}: ")) {
        Some(message) if excerpt.is_some() => {
            Diagnostic { message: message.to_owned(), excerpt, ..diagnostic }
        }
        _ => diagnostic,
    }
}

/// The diagnostic with `message` above the line it is about, or as it is where the file cannot be read.
fn in_file(diagnostic: Diagnostic, file: &str, line: usize, message: &str, label: &str) -> Diagnostic {
    let excerpt = std::fs::read_to_string(file)
        .ok()
        .and_then(|source| Excerpt::line(file.to_owned(), source, line, label.to_owned()));
    match excerpt {
        Some(excerpt) => Diagnostic { message: message.to_owned(), excerpt: Some(excerpt), ..diagnostic },
        None => diagnostic,
    }
}

fn script_diagnostic(error: &ScriptError) -> Diagnostic {
    let whole = Diagnostic { help: Some(error.advice()), ..diagnostic(error.code(), error.to_string()) };
    match error.line {
        Some(line) => in_file(whole, &error.file, line, &error.kind.to_string(), ""),
        None => whole,
    }
}

/// A statement of a SQL file of the model.
/// How many of the model's statements are shown that do not run.
const MOST_STATEMENTS: usize = 10;

fn sql_diagnostics(code: &'static str, failures: &[SqlFailure]) -> Vec<Diagnostic> {
    let mut diagnostics: Vec<Diagnostic> =
        failures.iter().take(MOST_STATEMENTS).map(|failure| sql_diagnostic(code, failure)).collect();
    let more = failures.len().saturating_sub(MOST_STATEMENTS);
    if more > 0 {
        let last = diagnostics.last_mut();
        last.into_iter().for_each(|last| last.notes.push(format!("{more} more statements do not run")));
    }
    diagnostics
}

fn sql_diagnostic(code: &'static str, failure: &SqlFailure) -> Diagnostic {
    let SqlFailure { origin, text, range, line, position, error, waits_for } = failure;
    let label = error_label(error);
    let excerpt = match position {
        Some(position) => Excerpt::at(origin.clone(), text.clone(), *position, range.clone(), label.clone()),
        None => Excerpt::line(origin.clone(), text.clone(), *line, label),
    };
    let whole = diagnostic(code, format!("a statement of {origin} does not run, also not after all others"));
    let notes = waits_for.iter().map(|object| format!("it waits for {object}, which does not run either"));
    Diagnostic { excerpt, notes: notes.collect(), ..whole }
}

/// The server's words, with its code.
fn error_label(error: &EngineError) -> String {
    match error.sql_error() {
        Some(sql) => {
            let code = sql.sqlstate.as_ref().or(sql.sqlite_code.as_ref());
            format!("{}{}", sql.message, code.map(|code| format!(" ({code})")).unwrap_or_default())
        }
        None => error.to_string(),
    }
}

fn statement_diagnostic(code: &'static str, failure: &StatementFailure) -> Diagnostic {
    let StatementFailure { revision, direction, file, script, range, line, position, error, committed, done } =
        failure;
    let label = error_label(error);
    let excerpt = match position {
        Some(position) => Excerpt::at(file.clone(), script.clone(), *position, range.clone(), label.clone()),
        None => Excerpt::line(file.clone(), script.clone(), *line, label.clone()),
    };
    let title = format!("{direction} of revision `{revision}` failed");
    let message = if excerpt.is_some() { title } else { format!("{title}: {label}") };

    let mut notes = Vec::new();
    if let Some(sql) = error.sql_error() {
        let said = [
            ("detail", &sql.detail),
            ("hint", &sql.hint),
            ("in", &sql.context),
            ("in the statement", &sql.internal_query),
        ];
        notes.extend(
            said.into_iter().filter_map(|(what, text)| text.as_ref().map(|text| format!("{what}: {text}"))),
        );
    }
    notes.push(standing(*committed, *done));
    let lost = matches!(error, EngineError::ConnectionLost { .. });
    let entry = error_table::find(if lost { error.code() } else { code });
    let help = entry.and_then(|entry| entry.help).map(str::to_owned);
    Diagnostic { code, message, excerpt, output: None, notes, help }
}

/// Where a failed run leaves the database.
fn standing(committed: usize, done: usize) -> String {
    match (committed, done) {
        (0, 0) => "everything was rolled back: nothing of this run is applied".to_owned(),
        (1, 0) => "the revision was rolled back; the one before it stays applied".to_owned(),
        (_, 0) => format!("the revision was rolled back; the {committed} before it stay applied"),
        (_, 1) => {
            "its first statement stays done, since it was committed on its own; the next run goes on after it"
                .to_owned()
        }
        (_, _) => format!(
            "its first {done} statements stay done, since they were committed on their own; the next run goes on after them"
        ),
    }
}
