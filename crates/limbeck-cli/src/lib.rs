//! The `limbeck` command, for its own binary and for an application's.
//!
//! An application that carries its model in itself has the same commands with
//!
//! ```no_run
//! # fn schema() -> limbeck_schema::MetaData { limbeck_schema::MetaData::new() }
//! fn main() -> std::process::ExitCode {
//!     limbeck_cli::main(schema())
//! }
//! ```
//!
//! This is the only crate that prints, reads the command line or ends the process.

mod arguments;
mod cargo_project;
mod commands;
mod comparison_arguments;
mod diagnostic;
mod error_table;
mod exit_code;
mod failure;
mod files;
mod fleet_arguments;
mod inspect_arguments;
mod outcome;
mod rename_prompt;
mod report;
mod run_arguments;
mod script_arguments;
mod session;
mod variables;

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};
use limbeck_schema::MetaData;

use crate::arguments::{Arguments, ColorChoice, Command};
use crate::failure::Failure;
use crate::outcome::Outcome;
use crate::report::Reporter;
use crate::session::Session;

/// Runs the command line of this process with a model that is linked in.
pub fn main(schema: MetaData) -> ExitCode {
    App::new().schema(schema).main()
}

/// The command line, with what is linked into the binary.
#[derive(Debug, Default)]
pub struct App {
    model: Option<MetaData>,
    scripts: Option<&'static [(&'static str, &'static str)]>,
}

impl App {
    /// The plain `limbeck` command: model and scripts are where `limbeck.toml` says.
    pub fn new() -> Self {
        Self::default()
    }

    /// With this model instead of the one that `limbeck.toml` names.
    #[must_use]
    pub fn schema(mut self, model: MetaData) -> Self {
        self.model = Some(model);
        self
    }

    /// With these scripts, as file names and texts, instead of the ones in the migrations directory. Such a binary needs
    /// no `limbeck.toml`: without one it takes the database from `DATABASE_URL`.
    #[must_use]
    pub fn scripts(mut self, scripts: &'static [(&'static str, &'static str)]) -> Self {
        self.scripts = Some(scripts);
        self
    }

    /// Runs the command line of this process.
    pub fn main(self) -> ExitCode {
        self.run(std::env::args_os())
    }

    /// Runs a command line, of which the first word is the program.
    pub fn run(self, words: impl IntoIterator<Item = OsString>) -> ExitCode {
        let mut arguments = match Arguments::try_parse_from(words) {
            Ok(arguments) => arguments,
            Err(error) => {
                // Also `--help` and `--version`, which go to stdout. A closed stream is nobody's concern.
                let _ = error.print();
                let usage = if error.use_stderr() {
                    exit_code::ExitCode::Usage
                } else {
                    exit_code::ExitCode::Success
                };
                return ExitCode::from(usage.number());
            }
        };
        match arguments.global.color {
            ColorChoice::Auto => {}
            ColorChoice::Always => anstream::ColorChoice::Always.write_global(),
            ColorChoice::Never => anstream::ColorChoice::Never.write_global(),
        }
        // An empty variable is one that is not set.
        arguments.global.environment.retain(|name| !name.is_empty());
        arguments.global.config.retain(|file| !file.as_os_str().is_empty());
        let json = arguments.global.json;
        let reporter = Reporter::new(arguments.global.quiet, json);
        let mut session = Session { app: &self, options: arguments.global, reporter };
        let result = run(&mut session, &arguments.command);
        session.reporter.end();
        let failure = match result {
            Ok(outcome) => {
                let unprinted = print(&outcome.text).err();
                if let Some(next) = outcome.next {
                    session.reporter.hint(next);
                }
                outcome.failure.or(unprinted)
            }
            Err(failure) => Some(failure),
        };
        let Some(failure) = failure else { return ExitCode::SUCCESS };
        explain(&failure, json);
        ExitCode::from(failure.exit_code().number())
    }
}

/// The command line as `clap` describes it, for whoever makes documentation of it.
pub fn command() -> clap::Command {
    Arguments::command()
}

fn run(session: &mut Session<'_>, command: &Command) -> Result<Outcome, Failure> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::Runtime)?;
    runtime.block_on(async {
        match command {
            Command::Init(arguments) => commands::init::run(session, arguments).await,
            Command::Revision(arguments) => commands::revision::run(session, arguments).await,
            Command::Upgrade(arguments) => commands::upgrade::run(session, arguments).await,
            Command::Downgrade(arguments) => commands::downgrade::run(session, arguments).await,
            Command::Plan(arguments) => commands::plan::run(session, arguments).await,
            Command::Status(arguments) => commands::status::run(session, arguments).await,
            Command::Current(arguments) => commands::current::run(session, arguments).await,
            Command::History(arguments) => commands::history::run(session, arguments).await,
            Command::Heads(arguments) => commands::heads::run(session, arguments),
            Command::Branches(_) => commands::branches::run(session),
            Command::Show(arguments) => commands::show::run(session, arguments).await,
            Command::Stamp(arguments) => commands::stamp::run(session, arguments).await,
            Command::Merge(arguments) => commands::merge::run(session, arguments),
            Command::Edit(arguments) => commands::edit::run(session, arguments).await,
            Command::Squash(arguments) => commands::squash::run(session, arguments),
            Command::Rebase(arguments) => commands::rebase::run(session, arguments).await,
            Command::Test(_) => commands::test::run(session).await,
            Command::EnsureVersion(arguments) => commands::ensure_version::run(session, arguments).await,
            Command::ListTemplates(_) => Ok(commands::list_templates::run(session)),
            Command::Check(arguments) => commands::check::run(session, arguments).await,
            Command::Diff(arguments) => commands::diff::run(session, arguments).await,
            Command::Inspect(arguments) => commands::inspect::run(session, arguments).await,
            Command::Completions(arguments) => Ok(commands::completions::run(arguments)),
        }
    })
}

/// Writes a result. Who reads it may have had enough, as `head` has; a full disk is another matter.
fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = anstream::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::Write { path: "standard output".into(), error })
        }
        _ => Ok(()),
    }
}

/// Writes what is wrong.
fn explain(failure: &Failure, json: bool) {
    let diagnostics = failure.diagnostics();
    let text = if json {
        let errors = serde_json::json!({ "errors": diagnostics, "exit_code": failure.exit_code().number() });
        format!("{errors:#}\n")
    } else {
        diagnostics.iter().map(|diagnostic| diagnostic.render()).collect::<Vec<_>>().join("\n")
    };
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}
