//! Databases copied from a file.

use std::io;
use std::path::{Path, PathBuf};

use limbeck_engine::{DatabaseUrl, SqliteDatabase, SqliteUrl};
use limbeck_migrate::{ScriptDirectory, upgrade};
use tempfile::TempDir;

use crate::TestError;

pub(crate) async fn create(
    url: &SqliteUrl,
    scripts: &ScriptDirectory,
    fingerprint: &str,
) -> Result<(SqliteUrl, TempDir), TestError> {
    let templates = std::env::temp_dir().join("limbeck-templates");
    let template = templates.join(format!("{fingerprint}.db"));
    if !template.is_file() {
        make_template(url, scripts, &templates, &template).await?;
    }
    let directory = tempfile::Builder::new()
        .prefix("limbeck-test-")
        .tempdir()
        .map_err(|cause| TestError::File { path: std::env::temp_dir(), cause })?;
    let file = directory.path().join("test.db");
    std::fs::copy(&template, &file).map_err(file_error(&file))?;
    Ok((url.with_database(SqliteDatabase::File(file)), directory))
}

/// The file gets the template's name only when the migrations have all run. When two processes make it, the second one's
/// takes the place of the first one's, which is the same.
async fn make_template(
    url: &SqliteUrl,
    scripts: &ScriptDirectory,
    templates: &Path,
    template: &Path,
) -> Result<(), TestError> {
    std::fs::create_dir_all(templates).map_err(file_error(templates))?;
    let unfinished = tempfile::Builder::new()
        .prefix("unfinished-")
        .tempdir_in(templates)
        .map_err(file_error(templates))?;
    let file = unfinished.path().join("template.db");
    let database = DatabaseUrl::Sqlite(url.with_database(SqliteDatabase::File(file.clone())));
    upgrade(&limbeck_migrate::Database::new(database), scripts, "heads", &mut |_| {})
        .await
        .map_err(Box::new)?;
    std::fs::rename(&file, template).map_err(file_error(template))
}

fn file_error(path: &Path) -> impl FnOnce(io::Error) -> TestError {
    let path = PathBuf::from(path);
    move |cause| TestError::File { path, cause }
}
