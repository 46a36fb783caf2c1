//! Commands that are run over a script that was written: formatters, linters.

use std::path::{Path, PathBuf};
use std::process::Command;

/// What stands for the script's path in a hook's command.
pub(crate) const FILE: &str = "{file}";

/// `[[revision.hooks]]`, or one of Alembic's post-write hooks: what is run after a script was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// What it is called in messages.
    pub name: String,
    /// What is run.
    pub command: HookCommand,
    /// `cwd`: where it is run, relative to the configuration's directory, where it is run if nothing is said.
    pub directory: Option<PathBuf>,
}

/// What a hook runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HookCommand {
    /// A program and its arguments, in which `{file}` is the script; without it the script comes last.
    Program(Vec<String>),
    /// Nothing, for this reason: what the configuration asks for cannot be had.
    Refused(String),
}

/// Why a hook did not do its work. The script is there all the same.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the hook `{hook}` failed: {cause}")]
pub struct HookFailure {
    /// The hook's name.
    pub hook: String,
    /// How it ended.
    pub cause: String,
    /// What it printed.
    pub output: String,
}

impl Hook {
    /// Runs it over a script; `directory` is that of the configuration.
    ///
    /// # Errors
    /// When the program cannot be started, or does not end with 0.
    pub fn run(&self, directory: &Path, file: &Path) -> Result<(), HookFailure> {
        let failure = |cause: String, output: String| HookFailure { hook: self.name.clone(), cause, output };
        let command = match &self.command {
            HookCommand::Program(command) => command,
            HookCommand::Refused(reason) => return Err(failure(reason.clone(), String::new())),
        };
        let path = std::path::absolute(file).unwrap_or_else(|_| file.to_owned()).display().to_string();
        let mut words: Vec<String> = command.iter().map(|word| word.replace(FILE, &path)).collect();
        if !command.iter().any(|word| word.contains(FILE)) {
            words.push(path);
        }
        let (program, arguments) = words.split_first().map_or(("", &[][..]), |(p, a)| (p.as_str(), a));
        // The directory of a file that is named without one is empty, which is no directory to run in.
        let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
        let directory = self.directory.as_ref().map_or(directory.to_owned(), |own| directory.join(own));
        let output = Command::new(program).args(arguments).current_dir(directory).output();
        let output =
            output.map_err(|error| failure(format!("cannot run `{program}`: {error}"), String::new()))?;
        if output.status.success() {
            return Ok(());
        }
        let printed = [output.stdout, output.stderr].concat();
        Err(failure(output.status.to_string(), String::from_utf8_lossy(&printed).into_owned()))
    }
}
