//! Rows for the revisions to meet.

use std::fs;
use std::path::PathBuf;

use limbeck_dialect::split_statements;
use limbeck_engine::Connection;
use limbeck_schema::Dialect;

use crate::database::Database;
use crate::script::ScriptDirectory;

/// The directory in a version location that holds `<revision>.sql` and `<revision>.<dialect>.sql`.
pub(crate) const TEST_DATA_DIRECTORY: &str = "test_data";

/// Runs the test data of a revision; whether there is any. An error says what failed, and where.
pub(super) async fn insert(
    database: &Database,
    scripts: &ScriptDirectory,
    revision: &str,
) -> Result<bool, String> {
    let Some(file) = file_of(scripts, revision, database.dialect()) else { return Ok(false) };
    let shown = file.display();
    let text = fs::read_to_string(&file).map_err(|error| format!("{shown}: {error}"))?;
    let statements = split_statements(database.dialect(), &text)
        .map_err(|error| format!("{shown}:{}: {error}", error.line()))?;
    let connection = Connection::open(&database.url).await.map_err(|error| error.to_string())?;
    for statement in statements {
        let sql = text.get(statement.range.clone()).unwrap_or_default();
        connection.query(sql).await.map_err(|error| format!("{shown}:{}: {error}", statement.line))?;
    }
    Ok(true)
}

fn file_of(scripts: &ScriptDirectory, revision: &str, dialect: Dialect) -> Option<PathBuf> {
    let names = [format!("{revision}.{dialect}.sql"), format!("{revision}.sql")];
    let files = scripts
        .locations()
        .iter()
        .flat_map(|location| names.iter().map(move |name| location.join(TEST_DATA_DIRECTORY).join(name)));
    files.into_iter().find(|file| file.is_file())
}
