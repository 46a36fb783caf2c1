//! A schema declared as SQL files: read, and run in an empty database.

use std::ops::Range;
use std::path::{Path, PathBuf};

use limbeck_dialect::split_statements;
use limbeck_engine::{Connection, EngineError};
use limbeck_schema::Dialect;

use crate::error::MigrateError;
use crate::source::SourceError;

/// SQL files, in the order of their paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlFiles {
    files: Vec<SqlFile>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct SqlFile {
    path: String,
    text: String,
}

/// A statement of a SQL file that the scratch database refused.
#[derive(Debug)]
pub struct SqlFileFailure {
    /// The file.
    pub file: String,
    /// Its text.
    pub text: String,
    /// The statement's place in it, in bytes.
    pub range: Range<usize>,
    /// The statement's first line, counted from 1.
    pub line: usize,
    /// The place the server points at, in bytes of the text.
    pub position: Option<usize>,
    /// What the server said.
    pub error: EngineError,
}

impl SqlFiles {
    /// Reads files, all `*.sql` files in and below directories, and what globs such as `schema/**/*.sql` lead to. Hidden
    /// files are left out, a file that is named twice is read once.
    ///
    /// # Errors
    /// When one of the paths leads to no file, or a file cannot be read.
    pub fn read(paths: &[PathBuf]) -> Result<SqlFiles, SourceError> {
        let mut found: Vec<PathBuf> = Vec::new();
        for path in paths {
            let none = || SourceError::NoSqlFiles { path: path.clone() };
            let files = if path.is_file() { vec![path.clone()] } else { expand(path).ok_or_else(none)? };
            if files.is_empty() {
                return Err(none());
            }
            found.extend(files);
        }
        found.sort();
        found.dedup();
        let read = |path: PathBuf| match std::fs::read_to_string(&path) {
            Ok(text) => Ok(SqlFile { path: path.display().to_string(), text: readable(&text) }),
            Err(error) => Err(SourceError::Read { path, error }),
        };
        Ok(SqlFiles { files: found.into_iter().map(read).collect::<Result<_, _>>()? })
    }

    /// How many they are, at least one.
    #[expect(clippy::len_without_is_empty, reason = "reading none is an error")]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Runs all statements in a scratch database. They may stand in any order: one that fails for want of another is
    /// tried again after it.
    pub(crate) async fn run(&self, connection: &Connection) -> Result<(), MigrateError> {
        let dialect = connection.dialect();
        let mut waiting = Vec::new();
        for file in &self.files {
            let spans = split_statements(dialect, &file.text).map_err(|error| MigrateError::Split {
                file: file.path.clone(),
                line: error.line(),
                error,
            })?;
            waiting.extend(spans.into_iter().map(|span| (file, span)));
        }
        loop {
            let mut failed = Vec::new();
            let before = waiting.len();
            let mut first_failure = None;
            for (file, span) in waiting {
                let sql = file.text.get(span.range.clone()).unwrap_or_default();
                if let Err(error) = connection.query(sql).await {
                    let refused = matches!(error, EngineError::Sql(_) | EngineError::InvalidValue(_));
                    if !refused && error.violation().is_none() {
                        return Err(error.into());
                    }
                    first_failure.get_or_insert_with(|| file.failure(&span.range, span.line, error));
                    failed.push((file, span));
                }
            }
            match first_failure {
                None => break,
                // None of them is what another one waits for.
                Some(failure) if failed.len() == before => {
                    return Err(MigrateError::SqlFile(Box::new(failure)));
                }
                Some(_) => waiting = failed,
            }
        }
        if dialect == Dialect::Postgresql {
            // A dump sets its session up, `search_path` above all.
            connection.query("RESET ALL").await?;
        }
        Ok(())
    }
}

impl SqlFile {
    fn failure(&self, range: &Range<usize>, line: usize, error: EngineError) -> SqlFileFailure {
        let sql = self.text.get(range.clone()).unwrap_or_default();
        let position = crate::runner::error_offset(&error, sql).map(|offset| range.start + offset);
        SqlFileFailure {
            file: self.path.clone(),
            text: self.text.clone(),
            range: range.clone(),
            line,
            position,
            error,
        }
    }
}

/// What a directory or a glob leads to; `None` for what is neither.
fn expand(path: &Path) -> Option<Vec<PathBuf>> {
    let pattern = match path.is_dir() {
        true => format!("{}/**/*.sql", glob::Pattern::escape(path.to_str()?)),
        false => path.to_str()?.to_owned(),
    };
    let options = glob::MatchOptions { require_literal_leading_dot: true, ..glob::MatchOptions::new() };
    let files = glob::glob_with(&pattern, options).ok()?.filter_map(Result::ok);
    Some(files.filter(|file| file.is_file()).collect())
}

/// The text without a byte-order mark, and without the lines that only psql reads: pg_dump writes `\restrict`.
fn readable(text: &str) -> String {
    let text = crate::script::normalize(text);
    let blank = |line: &str| line.starts_with("\\restrict ") || line.starts_with("\\unrestrict ");
    let lines = text.split_inclusive('\n').map(|line| if blank(line) { "\n" } else { line });
    lines.collect()
}
