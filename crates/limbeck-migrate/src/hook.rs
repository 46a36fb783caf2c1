//! Commands that are run over a script that was written: formatters, linters.

use std::path::Path;
use std::process::Command;

/// What stands for the script's path in a hook's command.
const FILE: &str = "{file}";

/// `[[revision.hooks]]`: a command that is run after a script was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// What it is called in messages.
    pub name: String,
    /// The program and its arguments, in which `{file}` is the script; without it the script comes last.
    pub command: Vec<String>,
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
    /// Runs it over a script, in the directory of the configuration.
    ///
    /// # Errors
    /// When the program cannot be started, or does not end with 0.
    pub fn run(&self, directory: &Path, file: &Path) -> Result<(), HookFailure> {
        let path = std::path::absolute(file).unwrap_or_else(|_| file.to_owned()).display().to_string();
        let mut words: Vec<String> = self.command.iter().map(|word| word.replace(FILE, &path)).collect();
        if !self.command.iter().any(|word| word.contains(FILE)) {
            words.push(path);
        }
        let failure = |cause: String, output: String| HookFailure { hook: self.name.clone(), cause, output };
        let (program, arguments) = words.split_first().map_or(("", &[][..]), |(p, a)| (p.as_str(), a));
        // The directory of a file that is named without one is empty, which is no directory to run in.
        let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
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
