//! Finds the tenants of a fleet.

use std::collections::BTreeSet;
use std::path::Path;

use limbeck_engine::{Connection, DatabaseUrl, SqliteDatabase, SqliteMode};
use limbeck_schema::{Dialect, QualifiedName};

use super::{FleetError, Tenant};
use crate::database::Database;
use crate::version_table::VersionTable;

/// The variable of scripts that holds the tenant's name.
const TENANT_VARIABLE: &str = "tenant";

/// What follows the name of a SQLite file in those of its companions.
const SQLITE_COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// A tenant, whose scripts find its name as `${tenant}` unless the variable has a value already.
fn tenant(name: String, mut database: Database) -> Tenant {
    database.variables.entry(TENANT_VARIABLE.to_owned()).or_insert_with(|| name.clone());
    Tenant { name, database }
}

/// A tenant for each URL; `settings` gives the database at one.
pub fn at_urls(urls: Vec<DatabaseUrl>, settings: &dyn Fn(DatabaseUrl) -> Database) -> Vec<Tenant> {
    urls.into_iter().map(|url| tenant(url.to_string(), settings(url))).collect()
}

/// A tenant for each SQLite file that a pattern such as `tenants/*.db` names, relative to a directory. Files are not
/// made; a database's journal is no tenant.
///
/// # Errors
/// When the pattern is none.
pub fn in_files(
    directory: &Path,
    pattern: &str,
    settings: &dyn Fn(DatabaseUrl) -> Database,
) -> Result<Vec<Tenant>, FleetError> {
    let whole = match Path::new(pattern).is_absolute() {
        true => pattern.to_owned(),
        false => {
            let directory = glob::Pattern::escape(&directory.to_string_lossy());
            Path::new(&directory).join(pattern).to_string_lossy().into_owned()
        }
    };
    let options = glob::MatchOptions { require_literal_leading_dot: true, ..glob::MatchOptions::new() };
    let found = glob::glob_with(&whole, options)
        .map_err(|cause| FleetError::Pattern { pattern: pattern.to_owned(), cause: cause.msg.to_owned() })?;
    let files: BTreeSet<_> = found.filter_map(Result::ok).filter(|path| path.is_file()).collect();
    let is_companion = |path: &Path| {
        let text = path.to_string_lossy();
        SQLITE_COMPANIONS.iter().any(|suffix| {
            text.strip_suffix(suffix).is_some_and(|database| files.contains(Path::new(database)))
        })
    };
    let mut tenants = Vec::new();
    for file in files.iter().filter(|file| !is_companion(file)) {
        let name = file.strip_prefix(directory).unwrap_or(file).display().to_string();
        let mut url = DatabaseUrl::parse("sqlite:").map_err(|error| FleetError::Url { row: 1, error })?;
        if let DatabaseUrl::Sqlite(url) = &mut url {
            url.database = SqliteDatabase::File(file.clone());
            url.mode = SqliteMode::ReadWrite;
        }
        tenants.push(tenant(name, settings(url)));
    }
    Ok(tenants)
}

/// A tenant for each schema of a PostgreSQL database, with its own version table in it; `shared` are schemas of the
/// `search_path` behind it.
///
/// Nothing else is on the `search_path`, not even `public`: a bare name in a script would otherwise reach a table that
/// all tenants share, where the tenant has none of that name.
///
/// # Errors
/// When the database is no PostgreSQL database.
pub fn in_schemas(
    database: &Database,
    schemas: &[String],
    shared: &[String],
) -> Result<Vec<Tenant>, FleetError> {
    if database.dialect() != Dialect::Postgresql {
        return Err(FleetError::Dialect { dialect: database.dialect() });
    }
    let mut seen = BTreeSet::new();
    let unique = schemas.iter().filter(|schema| seen.insert(*schema));
    Ok(unique.map(|schema| in_schema(database, schema, shared)).collect())
}

fn in_schema(database: &Database, schema: &str, shared: &[String]) -> Tenant {
    let name = QualifiedName::in_schema(schema, database.version_table.name().name.clone());
    let search_path = std::iter::once(schema).chain(shared.iter().map(String::as_str));
    let database = Database {
        version_table: VersionTable::new(name),
        search_path: search_path.map(str::to_owned).collect(),
        ..database.clone()
    };
    tenant(schema.to_owned(), database)
}

/// A tenant for each row of a query: a schema of the database that is asked, or the URL of another one, which `settings`
/// makes a database.
///
/// # Errors
/// When the query fails, or gives anything else.
pub async fn from_query(
    database: &Database,
    query: &str,
    shared: &[String],
    settings: &dyn Fn(DatabaseUrl) -> Database,
) -> Result<Vec<Tenant>, FleetError> {
    let connection = Connection::open_for_reading(&database.url).await?;
    let rows = connection.query(query).await?;
    let mut seen = BTreeSet::new();
    let mut tenants = Vec::new();
    for (at, row) in rows.into_iter().enumerate() {
        let row_number = at + 1;
        let text = match row.as_slice() {
            [Some(text)] => text,
            [None] => return Err(FleetError::Row { row: row_number, found: "NULL".to_owned() }),
            values => {
                let found = format!("{} columns", values.len());
                return Err(FleetError::Row { row: row_number, found });
            }
        };
        if !seen.insert(text.clone()) {
            continue;
        }
        if text.contains("://") || text.starts_with("sqlite:") {
            let url = DatabaseUrl::parse(text).map_err(|error| FleetError::Url { row: row_number, error })?;
            let database = settings(url);
            tenants.push(tenant(database.url.to_string(), database));
        } else if database.dialect() == Dialect::Postgresql {
            tenants.push(in_schema(database, text, shared));
        } else {
            return Err(FleetError::Dialect { dialect: database.dialect() });
        }
    }
    Ok(tenants)
}
