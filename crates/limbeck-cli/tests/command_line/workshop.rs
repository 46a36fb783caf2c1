//! Running the built binary in a directory of its own.

use std::path::PathBuf;
use std::process::{Command, Output};

use crate::expect::expect_file;

/// A directory in which commands are run, and what they printed.
pub(crate) struct Workshop {
    directory: tempfile::TempDir,
    filters: Vec<(String, String)>,
    transcript: String,
}

impl Workshop {
    /// An empty directory.
    pub(crate) fn new() -> Self {
        let directory = tempfile::Builder::new().prefix("limbeck-cli-").tempdir().unwrap();
        let path = directory.path().display().to_string();
        Self { directory, filters: vec![(path, "[directory]".to_owned())], transcript: String::new() }
    }

    /// A directory with a `limbeck.toml` for this URL, and no scripts yet.
    pub(crate) fn with_url(url: &str) -> Self {
        let workshop = Self::new();
        workshop.write(
            "limbeck.toml",
            &format!("[model]\njson = \"schema.json\"\n\n[environments.test]\nurl = \"{url}\"\n"),
        );
        std::fs::create_dir(workshop.path("migrations")).unwrap();
        workshop
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// A script of a revision `id` that comes after `parent`.
    pub(crate) fn script(&self, id: &str, parent: &str, message: &str, up: &str, down: &str) {
        let text = format!(
            "-- {message}\n--\n-- Revision ID: {id}\n-- Revises: {parent}\n\n-- migrate:up\n{up}\n\n-- migrate:down\n{down}\n"
        );
        self.write(&format!("migrations/{id}.sql"), &text);
    }

    /// Shows `to` wherever `from` is printed.
    pub(crate) fn filter(&mut self, from: impl Into<String>, to: &str) {
        self.filters.push((from.into(), to.to_owned()));
    }

    /// The command, not yet run.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_limbeck"));
        command.args(arguments).current_dir(self.directory.path());
        // What the tests' surroundings say must not decide what is printed.
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            let says_something =
                text.starts_with("PG") || text.starts_with("LIMBECK") || text.starts_with("CLICOLOR");
            if says_something || text == "DATABASE_URL" || text == "NO_COLOR" || text == "RUST_BACKTRACE" {
                command.env_remove(name);
            }
        }
        command
    }

    /// Runs a command and notes what it printed and how it ended.
    pub(crate) fn run(&mut self, arguments: &[&str]) -> Ran {
        self.run_command(arguments, self.command(arguments))
    }

    /// The same with a command that was prepared.
    pub(crate) fn run_command(&mut self, arguments: &[&str], command: Command) -> Ran {
        let ran = Self::ran(command);
        let shown: Vec<String> = arguments
            .iter()
            .map(|word| if word.contains(' ') { format!("\"{word}\"") } else { (*word).to_owned() })
            .collect();
        self.transcript.push_str(&format!("$ limbeck {}\n", shown.join(" ")));
        for (name, text) in [("stdout", &ran.stdout), ("stderr", &ran.stderr)] {
            if !text.is_empty() {
                self.transcript.push_str(&format!("--- {name}\n{text}"));
            }
        }
        self.transcript.push_str(&format!("--- exit code {}\n\n", ran.code));
        ran
    }

    /// Runs a command of these arguments without noting it.
    pub(crate) fn ran_quietly(&self, arguments: &[&str]) -> Ran {
        Self::ran(self.command(arguments))
    }

    /// Runs a command without noting it.
    pub(crate) fn ran(mut command: Command) -> Ran {
        Ran::of(command.output().unwrap())
    }

    /// As [`Workshop::expect`], when the output must not hold a secret that the command lines do.
    pub(crate) fn expect_without(&mut self, secret: &str, name: &str) {
        let printed = self.transcript.lines().filter(|line| !line.starts_with("$ limbeck"));
        assert!(!printed.into_iter().any(|line| line.contains(secret)), "{}", self.transcript);
        self.expect(name);
    }

    /// Compares everything that was run with a file.
    pub(crate) fn expect(&self, name: &str) {
        let mut text = self.transcript.clone();
        for (from, to) in &self.filters {
            text = text.replace(from, to);
        }
        text = text.lines().map(without_date).collect();
        for marker in ["panicked", "RUST_BACKTRACE", "stack backtrace"] {
            assert!(!text.contains(marker), "{text}");
        }
        expect_file(name, &text);
    }
}

/// A line without the date on which a script was made.
fn without_date(line: &str) -> String {
    let line = match line.split_once("Create Date: 20") {
        Some((before, _)) => format!("{before}Create Date: [date]"),
        None => line.to_owned(),
    };
    line + "\n"
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: i32,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            code: output.status.code().expect("ended by itself"),
        }
    }
}
