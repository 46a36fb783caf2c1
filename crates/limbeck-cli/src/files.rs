//! Files that commands write, and leave as they are where they exist.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// What was written, and what was there.
#[derive(Default)]
pub(crate) struct Files {
    pub(crate) created: Vec<PathBuf>,
    pub(crate) skipped: Vec<PathBuf>,
    /// The same in words, a line for each.
    pub(crate) text: String,
}

impl Files {
    /// Makes a directory, unless it is there.
    pub(crate) fn directory(&mut self, path: &Path) -> Result<(), Failure> {
        if path.is_dir() {
            return Ok(());
        }
        fs::create_dir_all(path).map_err(|error| Failure::Write { path: path.to_owned(), error })?;
        self.text.push_str(&format!("Creating directory {} ...  done\n", path.display()));
        self.created.push(path.to_owned());
        Ok(())
    }

    /// Writes a file, unless it is there.
    pub(crate) fn file(&mut self, path: &Path, text: &str) -> Result<(), Failure> {
        let failed = |error| Failure::Write { path: path.to_owned(), error };
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory).map_err(failed)?;
        }
        let mut file = match fs::OpenOptions::new().write(true).create_new(true).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                self.text.push_str(&format!("File {} already exists, skipping\n", path.display()));
                self.skipped.push(path.to_owned());
                return Ok(());
            }
            Err(error) => return Err(failed(error)),
        };
        file.write_all(text.as_bytes()).map_err(failed)?;
        self.text.push_str(&format!("Generating {} ...  done\n", path.display()));
        self.created.push(path.to_owned());
        Ok(())
    }
}
