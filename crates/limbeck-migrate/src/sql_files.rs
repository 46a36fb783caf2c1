//! A schema declared as SQL files.

use std::path::{Path, PathBuf};

use limbeck_schema::SqlSource;

use crate::source::SourceError;

/// Reads files, all `*.sql` files in and below directories, and what globs such as `schema/**/*.sql` lead to, in the order
/// of their paths. Hidden files are left out, a file that is named twice is read once.
///
/// # Errors
/// When one of the paths leads to no file, or a file cannot be read.
pub fn read_sql_files(paths: &[PathBuf]) -> Result<Vec<SqlSource>, SourceError> {
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
        Ok(text) => Ok(SqlSource::of_file(path.display().to_string(), readable(&text))),
        Err(error) => Err(SourceError::Read { path, error }),
    };
    found.into_iter().map(read).collect()
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
