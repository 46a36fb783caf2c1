//! Environment variables, and `.env` for those that are not set.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The process' variables, then those of a `.env` file. The file is read when a variable is missed for the first time.
pub(crate) struct Variables {
    file: PathBuf,
    dotenv: OnceCell<Result<BTreeMap<String, String>, String>>,
}

impl Variables {
    /// With the `.env` of the current directory.
    pub(crate) fn new() -> Self {
        Self { file: PathBuf::from(".env"), dotenv: OnceCell::new() }
    }

    /// A variable's value. An empty one counts as not set, so that `.env` can give it.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        let set = std::env::var(name).ok().filter(|value| !value.trim().is_empty());
        set.or_else(|| self.dotenv.get_or_init(|| read(&self.file)).as_ref().ok()?.get(name).cloned())
    }

    /// Why the file could not be read, if it was needed and could not.
    pub(crate) fn failure(&self) -> Option<String> {
        self.dotenv.get()?.as_ref().err().cloned()
    }
}

fn read(file: &Path) -> Result<BTreeMap<String, String>, String> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(error.to_string()),
    };
    dotenvy::Iter::new(text.as_bytes()).collect::<Result<_, _>>().map_err(|error| match error {
        // The error's own text quotes the line, which may hold a password.
        dotenvy::Error::LineParse(content, _) => {
            let line = text.lines().position(|line| line.contains(content.trim()));
            match line {
                Some(line) => format!("line {} is not `NAME=value`", line + 1),
                None => "a line is not `NAME=value`".to_owned(),
            }
        }
        dotenvy::Error::Io(error) => error.to_string(),
        _ => "it does not hold lines of the form `NAME=value`".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(text: &str) -> (tempfile::TempDir, Variables) {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join(".env");
        std::fs::write(&file, text).unwrap();
        (directory, Variables { file, dotenv: OnceCell::new() })
    }

    #[test]
    fn the_process_comes_before_the_file() {
        let (_directory, variables) = variables("PATH=elsewhere\nLIMBECK_TEST_DOTENV='a b'\n");
        assert_eq!(variables.get("PATH"), std::env::var("PATH").ok());
        assert!(variables.dotenv.get().is_none(), "the file is read only when it is needed");
        assert_eq!(variables.get("LIMBECK_TEST_DOTENV").as_deref(), Some("a b"));
        assert_eq!(variables.get("LIMBECK_TEST_UNSET"), None);
        assert_eq!(variables.failure(), None);
    }

    #[test]
    fn a_malformed_line_is_named_and_not_quoted() {
        let (_directory, variables) = variables("A=1\nPASSWORD=very secret thing\n");
        assert_eq!(variables.get("PASSWORD"), None);
        assert_eq!(variables.failure().as_deref(), Some("line 2 is not `NAME=value`"));
    }

    #[test]
    fn without_a_file_nothing_is_wrong() {
        let variables = Variables { file: PathBuf::from("/nonexistent/.env"), dotenv: OnceCell::new() };
        assert_eq!(variables.get("LIMBECK_TEST_UNSET"), None);
        assert_eq!(variables.failure(), None);
    }
}
