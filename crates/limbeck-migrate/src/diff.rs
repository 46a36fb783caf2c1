//! Any schema against any other.

use limbeck_engine::{Connection, DatabaseUrl, EngineError};
use limbeck_inspect::canonicalize;
use limbeck_schema::{Dialect, MetaData};

use crate::compare::{Comparison, Settings, compare, live, projected, resolved, run_scripts};
use crate::database::Database;
use crate::error::MigrateError;
use crate::event::{Event, Report};
use crate::filter::Filters;
use crate::rename_questions::RenameQuestions;
use crate::scratch::Scratch;
use crate::script::ScriptDirectory;
use crate::source::Model;

/// One side of a difference.
#[derive(Clone, Debug)]
pub enum SchemaSource {
    /// A database as it is.
    Database(Box<Database>),
    /// A model: MetaData, or SQL files.
    Model(Model),
    /// What the project's scripts make of an empty database.
    Scripts(ScriptDirectory),
}

/// What a difference depends on besides its two sides.
#[derive(Clone, Debug)]
pub struct DiffSettings {
    /// The dialect of both sides, where neither is a database.
    pub dialect: Dialect,
    /// The database beside which SQL files and scripts are run; on SQLite none is needed.
    pub host: Option<Box<Database>>,
    /// What is left out.
    pub filters: Filters,
    /// Whether the statements spare large tables their locks.
    pub safe: bool,
}

/// Compares two schemas: the operations and statements take a database that holds `from` to `to`. Changes neither of
/// them.
///
/// The dialect is that of a side that is a database, else the one of the settings.
///
/// # Errors
/// When a side cannot be had, the dialect cannot hold it, or the two are databases of different dialects.
pub async fn diff(
    from: &SchemaSource,
    to: &SchemaSource,
    settings: &DiffSettings,
    report: Report<'_>,
) -> Result<Comparison, MigrateError> {
    let mut settings = settings.clone();
    settings.dialect = match (from, to) {
        (SchemaSource::Database(from), SchemaSource::Database(to)) if from.dialect() != to.dialect() => {
            return Err(MigrateError::DifferentDialects { from: from.dialect(), to: to.dialect() });
        }
        (SchemaSource::Database(side), _) | (_, SchemaSource::Database(side)) => {
            // What has to be run is run beside the database it is compared with.
            settings.host.get_or_insert_with(|| side.clone());
            side.dialect()
        }
        _ => settings.dialect,
    };
    let mut scratch = Vec::new();
    let mut result = diff_in(&mut scratch, from, to, &settings, report).await;
    for scratch in scratch {
        result = scratch.remove(result).await;
    }
    result
}

async fn diff_in(
    scratch: &mut Vec<Scratch>,
    from: &SchemaSource,
    to: &SchemaSource,
    settings: &DiffSettings,
    report: Report<'_>,
) -> Result<Comparison, MigrateError> {
    // What is declared goes first: its schemas are to be read of a database too.
    let from_first = !matches!(from, SchemaSource::Database(_));
    let (first, second) = if from_first { (from, to) } else { (to, from) };
    let nothing = MetaData::new();
    let mut first = side(scratch, first, &nothing, settings, report).await?;
    let second = side(scratch, second, &first.schema, settings, report).await?;
    if scratch.len() == 1 && ran(from) && ran(to) {
        // The one scratch database there is was emptied for the second.
        first.connection = None;
    }
    let (from, to) = if from_first { (first, second) } else { (second, first) };
    let Side { schema: mut from, connection: from_connection } = from;
    let Side { schema: to, connection: to_connection } = to;
    let compared = Settings { dialect: settings.dialect, filters: &settings.filters, safe: settings.safe };
    let mut unasked = RenameQuestions::unasked();
    match (from_connection, to_connection) {
        (Some(mut connection), _) => compare(Some(&mut connection), compared, from, to, &mut unasked).await,
        (None, Some(mut connection)) => {
            from = canonicalize(&mut connection, &to, &from).await?;
            compare(None, compared, from, to, &mut unasked).await
        }
        (None, None) if settings.dialect == Dialect::Sqlite => {
            let mut memory = Connection::open(&in_memory()?).await?;
            compare(Some(&mut memory), compared, from, to, &mut unasked).await
        }
        (None, None) => compare(None, compared, from, to, &mut unasked).await,
    }
}

fn in_memory() -> Result<DatabaseUrl, EngineError> {
    Ok(DatabaseUrl::parse("sqlite:")?)
}

/// Whether a side is made in a scratch database.
fn ran(source: &SchemaSource) -> bool {
    matches!(source, SchemaSource::Scripts(_) | SchemaSource::Model(Model::Sql(_)))
}

/// A side as the dialect holds it, and a connection to a database that does.
struct Side {
    schema: MetaData,
    connection: Option<Connection>,
}

async fn side(
    scratch: &mut Vec<Scratch>,
    source: &SchemaSource,
    other: &MetaData,
    settings: &DiffSettings,
    report: Report<'_>,
) -> Result<Side, MigrateError> {
    let what = match source {
        SchemaSource::Database(database) => {
            let mut connection = Connection::open_for_reading(&database.url).await?;
            let schema = live(&mut connection, database, other).await?;
            return Ok(Side { schema, connection: Some(connection) });
        }
        SchemaSource::Model(Model::MetaData(metadata)) => {
            let schema = resolved(settings.dialect, metadata)?;
            return Ok(Side { schema, connection: None });
        }
        SchemaSource::Model(Model::Sql(_)) => "SQL files",
        SchemaSource::Scripts(_) => "scripts",
    };
    let host = match &settings.host {
        Some(host) if host.dialect() == settings.dialect => host.clone(),
        _ if settings.dialect == Dialect::Sqlite => Box::new(Database::new(in_memory()?)),
        _ => return Err(MigrateError::NoServer { what }),
    };
    // A scratch database that the configuration names serves one side after the other.
    if host.scratch_url.is_some() {
        for used in scratch.drain(..) {
            used.remove(Ok(())).await?;
        }
    }
    let made = Scratch::create(&host).await?;
    let database = made.database.clone();
    scratch.push(made);
    let Some(made) = scratch.last() else { return Err(MigrateError::NoServer { what }) };
    match source {
        SchemaSource::Scripts(scripts) => run_scripts(&database, scripts, report).await?,
        SchemaSource::Model(Model::Sql(files)) => {
            report(Event::RunningSqlFiles { files: files.len() });
            let connection = Connection::open(&database.url).await?;
            files.run(&connection).await?;
        }
        SchemaSource::Database(_) | SchemaSource::Model(Model::MetaData(_)) => {}
    }
    let mut connection = Connection::open(&database.url).await?;
    let schema = projected(settings.dialect, &made.inspect(&mut connection).await?)?;
    Ok(Side { schema, connection: Some(connection) })
}
