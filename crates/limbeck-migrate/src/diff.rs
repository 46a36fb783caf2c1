//! Any schema against any other.

use limbeck_engine::{Connection, DatabaseUrl, EngineError};
use limbeck_inspect::canonicalize;
use limbeck_schema::{Dialect, MetaData};

use crate::compare::{Built, Comparison, Servers, Settings, compare, live, projected, resolved, run_scripts};
use crate::database::Database;
use crate::declaration::{build, needs_scratch};
use crate::error::MigrateError;
use crate::event::{Event, Report};
use crate::filter::Filters;
use crate::managed::{ManagedKinds, keep_listed_owners};
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
    /// Kinds of entities that are managed, or not, by configuration.
    pub managed: ManagedKinds,
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
    let Side { schema: mut from, connection: mut from_connection } = from;
    let Side { schema: to, connection: mut to_connection } = to;
    let compared = Settings {
        dialect: settings.dialect,
        filters: &settings.filters,
        managed: &settings.managed,
        safe: settings.safe,
    };
    match (&from_connection, &mut to_connection) {
        (None, Some(connection)) => {
            from = canonicalize(connection, &to, from).await?;
            to_connection = None;
        }
        (None, None) if settings.dialect == Dialect::Sqlite => {
            from_connection = Some(Connection::open(&in_memory()?).await?);
        }
        _ => {}
    }
    let servers = Servers {
        live: from_connection.as_mut(),
        built: to_connection.as_mut().map(Built::Other),
        host: None,
        scripts: None,
    };
    compare(servers, compared, from, to, &mut RenameQuestions::unasked()).await
}

fn in_memory() -> Result<DatabaseUrl, EngineError> {
    Ok(DatabaseUrl::parse("sqlite:")?)
}

/// Whether a side is made in a scratch database.
fn ran(source: &SchemaSource) -> bool {
    match source {
        SchemaSource::Scripts(_) => true,
        SchemaSource::Model(model) => needs_scratch(&model.metadata),
        SchemaSource::Database(_) => false,
    }
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
            let mut schema = live(&mut connection, database, other.schema_names()).await?;
            keep_listed_owners(&mut schema);
            return Ok(Side { schema, connection: Some(connection) });
        }
        SchemaSource::Model(model) if !needs_scratch(&model.metadata) => {
            let schema = resolved(settings.dialect, MetaData::clone(&model.metadata))?;
            return Ok(Side { schema, connection: None });
        }
        SchemaSource::Model(_) => "what is declared as SQL",
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
    let schema = match source {
        SchemaSource::Model(model) => {
            report(Event::RunningSqlFiles { files: model.metadata.sql.len() });
            build(made, &model.metadata).await?
        }
        SchemaSource::Scripts(scripts) => {
            run_scripts(&database, scripts, report).await?;
            let mut connection = Connection::open(&database.url).await?;
            projected(settings.dialect, made.inspect(&mut connection).await?)?
        }
        SchemaSource::Database(_) => MetaData::new(),
    };
    let connection = Connection::open(&database.url).await?;
    Ok(Side { schema, connection: Some(connection) })
}
