//! Model against database.

use std::collections::BTreeSet;
use std::sync::Arc;

use limbeck_dialect::{Statement, plan, project, render_safely, without_safe_shape};
use limbeck_diff::{
    Hazard, HazardKind, RenameCandidate, ambiguous_renames, describe, hazards, rename_candidates,
};
use limbeck_engine::Connection;
use limbeck_inspect::{InspectOptions, canonicalize, canonicalize_accepted, inspect};
use limbeck_schema::{Dialect, MetaData, Operation, QualifiedName, Table, reverse_all};

use crate::database::Database;
use crate::declaration::{build, find_sources, needs_scratch, read, settle_definitions, up_sections};
use crate::error::MigrateError;
use crate::event::{Event, Report};
use crate::filter::Filters;
use crate::managed::ManagedKinds;
use crate::rename_questions::RenameQuestions;
use crate::row_estimates::add_row_estimates;
use crate::runner::{current_of, upgrade};
use crate::scratch::Scratch;
use crate::script::ScriptDirectory;
use crate::source::Model;

/// How a database differs from the model, and what would make them agree.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The database's dialect.
    pub dialect: Dialect,
    /// What takes the database to the model, in an order that runs.
    pub operations: Vec<Operation>,
    /// The same in Alembic's words.
    pub detected: Vec<String>,
    /// What of it would hurt.
    pub hazards: Vec<Hazard>,
    /// What of the way back would hurt.
    pub downgrade_hazards: Vec<Hazard>,
    /// What may be a rename, which nobody has said or denied.
    pub possible_renames: Vec<RenameCandidate>,
    /// The statements that carry it out, by transaction.
    pub upgrade: Vec<Vec<Statement>>,
    /// The statements that take it back, by transaction.
    pub downgrade: Vec<Vec<Statement>>,
}

impl Comparison {
    /// Whether model and database agree.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }
}

/// What the model is compared with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Baseline {
    /// The database, which must be at the scripts' heads.
    #[default]
    Database,
    /// What the scripts make of an empty database: the environment's own may be in any state, or not be there at all.
    Scripts,
}

/// Compares the model with a database that is at the scripts' heads, or with what the scripts make.
///
/// # Errors
/// When the database cannot be reached, is not at the heads ([`MigrateError::NotUpToDate`]), or cannot hold the model.
pub async fn check(
    database: &Database,
    scripts: &ScriptDirectory,
    model: &Model,
    baseline: Baseline,
    report: Report<'_>,
) -> Result<Comparison, MigrateError> {
    let mut nobody = RenameQuestions::unasked();
    let comparison = compare_with_baseline(database, scripts, model, baseline, &mut nobody, report).await?;
    for line in &comparison.detected {
        report(Event::Detected(line.clone()));
    }
    Ok(comparison)
}

/// Compares the model with a database, or with what the scripts make.
pub(crate) async fn compare_with_baseline(
    database: &Database,
    scripts: &ScriptDirectory,
    model: &Model,
    baseline: Baseline,
    renames: &mut RenameQuestions<'_>,
    report: Report<'_>,
) -> Result<Comparison, MigrateError> {
    if baseline == Baseline::Database && !needs_scratch(&model.metadata) {
        return compare_readily(database, scripts, model, renames).await;
    }
    let declared = declare(database, model, report).await?;
    match baseline {
        Baseline::Database => {
            let opened = open_current(database, scripts, &declared.schema).await;
            let (mut connection, live) = match opened {
                Ok(opened) => opened,
                Err(error) => return declared.give_back(Err(error)).await,
            };
            let DeclaredSchema { schema, scratch } = declared;
            let servers = Servers {
                live: Some(&mut connection),
                built: scratch.map(|scratch| Built::Scratch(Box::new(scratch))),
                host: Some(database),
                scripts: Some(scripts),
            };
            let mut comparison = compare(servers, database.into(), live, schema, renames).await?;
            add_row_estimates(&connection, &mut comparison).await?;
            Ok(comparison)
        }
        Baseline::Scripts => {
            // A scratch database that the configuration names serves one after the other.
            let schema = declared.into_schema().await?;
            let scratch = Scratch::create(database).await?;
            let result = compare_with_scripts(&scratch, database, scripts, schema, renames, report).await;
            scratch.remove(result).await
        }
    }
}

/// Compares the model with a database that needs nothing built for it. A large model is made ready while the database
/// answers.
async fn compare_readily(
    database: &Database,
    scripts: &ScriptDirectory,
    model: &Model,
    renames: &mut RenameQuestions<'_>,
) -> Result<Comparison, MigrateError> {
    let (dialect, metadata) = (database.dialect(), Arc::clone(&model.metadata));
    let resolving = tokio::task::spawn_blocking(move || resolved(dialect, Arc::unwrap_or_clone(metadata)));
    let reading = open_current(database, scripts, &model.metadata);
    let (declared, read) = futures_util::future::join(resolving, reading).await;
    // What is wrong with the model is wrong whatever the database says.
    let declared = declared.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()))?;
    let (mut connection, live) = read?;
    let servers =
        Servers { live: Some(&mut connection), built: None, host: Some(database), scripts: Some(scripts) };
    let mut comparison = compare(servers, database.into(), live, declared, renames).await?;
    add_row_estimates(&connection, &mut comparison).await?;
    Ok(comparison)
}

/// A connection to a database that is at the scripts' heads, and what it holds.
async fn open_current(
    database: &Database,
    scripts: &ScriptDirectory,
    declared: &MetaData,
) -> Result<(Connection, MetaData), MigrateError> {
    let mut connection = Connection::open_for_reading(&database.url).await?;
    check_current(&mut connection, database, scripts).await?;
    let live = live(&mut connection, database, declared.schema_names()).await?;
    Ok((connection, live))
}

async fn compare_with_scripts(
    scratch: &Scratch,
    host: &Database,
    scripts: &ScriptDirectory,
    declared: MetaData,
    renames: &mut RenameQuestions<'_>,
    report: Report<'_>,
) -> Result<Comparison, MigrateError> {
    let database = &scratch.database;
    run_scripts(database, scripts, report).await?;
    let mut connection = Connection::open(&database.url).await?;
    let live = live(&mut connection, database, declared.schema_names()).await?;
    let servers = Servers {
        live: Some(&mut connection),
        built: None,
        // Where there is one scratch database, it is taken.
        host: Some(host).filter(|host| host.scratch_url.is_none()),
        scripts: Some(scripts),
    };
    compare(servers, database.into(), live, declared, renames).await
}

/// Runs all scripts in a scratch database.
pub(crate) async fn run_scripts(
    scratch: &Database,
    scripts: &ScriptDirectory,
    report: Report<'_>,
) -> Result<(), MigrateError> {
    report(Event::RunningScripts { scripts: scripts.scripts().len() });
    upgrade(scratch, scripts, "heads", &mut |_| {}).await.map(|_| ())
}

/// Refuses a database that is not at the scripts' heads: a difference would not be the model's.
async fn check_current(
    connection: &mut Connection,
    database: &Database,
    scripts: &ScriptDirectory,
) -> Result<(), MigrateError> {
    let current = current_of(connection, database).await?;
    let graph = scripts.graph()?;
    if graph.is_at_heads(&current) {
        return Ok(());
    }
    let mut heads: Vec<String> = graph.real_heads().iter().map(|r| r.id.clone()).collect();
    heads.sort();
    Err(MigrateError::NotUpToDate { current, heads })
}

/// What the dialect can hold of a schema.
pub(crate) fn projected(dialect: Dialect, metadata: MetaData) -> Result<MetaData, MigrateError> {
    project(dialect, metadata).map_err(|errors| MigrateError::Projection { dialect, errors })
}

/// A model as the database can hold it, with the scratch database that it was built in, if it was.
pub(crate) struct DeclaredSchema {
    pub(crate) schema: MetaData,
    scratch: Option<Scratch>,
}

impl DeclaredSchema {
    /// Takes the scratch database away, and passes on what was done meanwhile.
    async fn give_back<T>(self, result: Result<T, MigrateError>) -> Result<T, MigrateError> {
        match self.scratch {
            Some(scratch) => scratch.remove(result).await,
            None => result,
        }
    }

    /// The schema alone.
    pub(crate) async fn into_schema(self) -> Result<MetaData, MigrateError> {
        let DeclaredSchema { schema, scratch } = self;
        match scratch {
            Some(scratch) => scratch.remove(Ok(schema)).await,
            None => Ok(schema),
        }
    }
}

/// The model as the database can hold it. What only a database understands is built in a scratch database beside it.
pub(crate) async fn declare(
    database: &Database,
    model: &Model,
    report: Report<'_>,
) -> Result<DeclaredSchema, MigrateError> {
    if !needs_scratch(&model.metadata) {
        return Ok(DeclaredSchema {
            schema: resolved(database.dialect(), MetaData::clone(&model.metadata))?,
            scratch: None,
        });
    }
    let scratch = Scratch::create(database).await?;
    report(Event::RunningSqlFiles { files: model.metadata.sql.len() });
    match build(&scratch, &model.metadata).await {
        Ok(schema) => Ok(DeclaredSchema { schema, scratch: Some(scratch) }),
        Err(error) => scratch.remove(Err(error)).await,
    }
}

/// A model as the dialect can hold it.
pub(crate) fn resolved(dialect: Dialect, model: MetaData) -> Result<MetaData, MigrateError> {
    projected(dialect, model.resolve().map_err(MigrateError::Schema)?)
}

/// What the database holds, in its own schemas and those given, which are the other side's.
pub(crate) async fn live(
    connection: &mut Connection,
    database: &Database,
    mut schemas: BTreeSet<String>,
) -> Result<MetaData, MigrateError> {
    schemas.extend(database.schemas.iter().cloned());
    let schemas = schemas.into_iter().collect();
    let options = InspectOptions { schemas, exclude_tables: database.own_tables() };
    projected(database.dialect(), inspect(connection, &options).await?)
}

/// What a comparison depends on besides its two sides.
#[derive(Clone, Copy)]
pub(crate) struct Settings<'a> {
    pub(crate) dialect: Dialect,
    pub(crate) filters: &'a Filters,
    pub(crate) managed: &'a ManagedKinds,
    pub(crate) safe: bool,
}

impl<'a> From<&'a Database> for Settings<'a> {
    fn from(database: &'a Database) -> Self {
        Settings {
            dialect: database.dialect(),
            filters: &database.filters,
            managed: &database.managed,
            safe: database.safe,
        }
    }
}

/// Takes over the children of declared tables that the model does not mention. Like partitions, they are made as rows
/// come in, by whoever splits the parent's rows up, and are no more part of the model.
fn adopt_children(live: &MetaData, declared: &mut MetaData) {
    let mut known: BTreeSet<QualifiedName> = declared.tables.iter().map(|table| table.name.clone()).collect();
    known.extend(declared.tables.iter().filter_map(|t| Some(t.name.with_name(t.renamed_from.as_deref()?))));
    let parent_of = |table: &Table| Some(table.options.postgresql.partition_of.as_ref()?.parent.clone());
    let partitioned: BTreeSet<QualifiedName> = declared.tables.iter().filter_map(parent_of).collect();
    loop {
        let is_child = |table: &&Table| {
            let options = &table.options.postgresql;
            let whole = options.partition_of.as_ref().map(|partition| &partition.parent);
            // Who declares one partition of a table declares all of them.
            if whole.is_some_and(|parent| partitioned.contains(parent)) {
                return false;
            }
            let mut parents = options.inherits.iter().chain(whole).peekable();
            !known.contains(&table.name) && parents.peek().is_some() && parents.all(|p| known.contains(p))
        };
        let children: Vec<Table> = live.tables.iter().filter(is_child).cloned().collect();
        if children.is_empty() {
            return;
        }
        known.extend(children.iter().map(|table| table.name.clone()));
        declared.tables.extend(children);
    }
}

/// Who can be asked what the two schemas mean.
pub(crate) struct Servers<'a> {
    /// A database that holds the first schema.
    pub(crate) live: Option<&'a mut Connection>,
    /// A database that holds the second one, with functions that the first may lack.
    pub(crate) built: Option<Built<'a>>,
    /// Where scratch databases can be made.
    pub(crate) host: Option<&'a Database>,
    /// The scripts that have made the first one.
    pub(crate) scripts: Option<&'a ScriptDirectory>,
}

/// A database that holds the second schema.
pub(crate) enum Built<'a> {
    /// One that was made for it, and goes as soon as it was asked.
    Scratch(Box<Scratch>),
    /// Somebody else's.
    Other(&'a mut Connection),
}

/// Compares two projected schemas. Where nobody can be asked, expressions are the same only where their texts are.
pub(crate) async fn compare(
    servers: Servers<'_>,
    settings: Settings<'_>,
    mut live: MetaData,
    declared: MetaData,
    renames: &mut RenameQuestions<'_>,
) -> Result<Comparison, MigrateError> {
    let dialect = settings.dialect;
    let Servers { live: connection, built, host, scripts } = servers;
    let mut declared = match built {
        Some(Built::Scratch(scratch)) => {
            let asked = async {
                let mut built = Connection::open(&scratch.database.url).await?;
                aligned(connection, Some(&mut built), settings, &live, declared, renames).await
            };
            let result = asked.await;
            scratch.remove(result).await?
        }
        Some(Built::Other(built)) => {
            aligned(connection, Some(built), settings, &live, declared, renames).await?
        }
        None => aligned(connection, None, settings, &live, declared, renames).await?,
    };
    if let Some(host) = host {
        let renamed = limbeck_diff::after_renames(dialect, &live, &declared);
        settle_definitions(host, &renamed, &mut declared).await?;
    }
    let mut operations = limbeck_diff::compare(dialect, &live, &declared);
    if let (Some(host), Some(scripts)) = (host, scripts) {
        let sections = up_sections(scripts, dialect)?;
        let history = read(dialect, &sections)?;
        if find_sources(host, &history, &operations, &mut live).await? {
            operations = limbeck_diff::compare(dialect, &live, &declared);
        }
    }
    let detected = operations.iter().flat_map(|operation| describe(dialect, operation)).collect();
    let mut possible_renames = rename_candidates(dialect, &live, &declared);
    possible_renames.retain(|candidate| !renames.is_settled(&candidate.object));
    let safe = settings.safe;
    let down = Direction { safe, dialect, before: &declared, after: &live }.take(reverse_all(&operations))?;
    let up = Direction { safe, dialect, before: &live, after: &declared }.take(operations)?;
    Ok(Comparison {
        dialect,
        operations: up.operations,
        detected,
        hazards: up.hazards,
        downgrade_hazards: down.hazards,
        possible_renames,
        upgrade: up.transactions,
        downgrade: down.transactions,
    })
}

/// The declared schema with everything as the live one has it that is not managed, or means the same.
async fn aligned(
    connection: Option<&mut Connection>,
    built: Option<&mut Connection>,
    settings: Settings<'_>,
    live: &MetaData,
    declared: MetaData,
    renames: &mut RenameQuestions<'_>,
) -> Result<MetaData, MigrateError> {
    let Settings { dialect, filters, managed, .. } = settings;
    let default_schema = match &connection {
        Some(connection) if filters.name_schemas() => default_schema(connection).await?,
        _ => None,
    };
    let mut declared = filters.adopt(live, declared, default_schema.as_deref());
    adopt_children(live, &mut declared);
    let ambiguous = ambiguous_renames(live, &declared);
    if !ambiguous.is_empty() {
        return Err(MigrateError::AmbiguousRename(ambiguous));
    }
    renames.settle(dialect, live, &mut declared)?;
    let renamed = limbeck_diff::after_renames(dialect, live, &declared);
    declared = managed.adopt(&renamed, declared);
    // Where the model was built, everything that it is made of is there.
    let canonical = match (built, connection) {
        (Some(built), _) => canonicalize_accepted(built, &renamed, declared).await?,
        (None, Some(live)) if !declared.entities.is_empty() => {
            canonicalize_accepted(live, &renamed, declared).await?
        }
        (None, Some(live)) => canonicalize(live, &renamed, declared).await?,
        (None, None) => declared,
    };
    Ok(canonical)
}

/// The name of the schema of objects that come without one.
async fn default_schema(connection: &Connection) -> Result<Option<String>, MigrateError> {
    match connection.dialect() {
        Dialect::Postgresql => {
            let rows = connection.query("SELECT current_schema()").await?;
            Ok(rows.into_iter().flatten().flatten().next())
        }
        Dialect::Sqlite => Ok(None),
    }
}

/// The statements of operations that lead from one schema to the other.
pub(crate) fn statements_of(
    dialect: Dialect,
    operations: Vec<Operation>,
    before: &MetaData,
    after: &MetaData,
) -> Result<Vec<Statement>, MigrateError> {
    rendered(dialect, &plan(dialect, operations, before, after)?)
}

fn rendered(dialect: Dialect, operations: &[Operation]) -> Result<Vec<Statement>, MigrateError> {
    let mut statements = Vec::new();
    for operation in operations {
        statements.extend(limbeck_dialect::render(dialect, operation)?);
    }
    Ok(statements)
}

/// One way between two schemas.
struct Direction<'a> {
    safe: bool,
    dialect: Dialect,
    before: &'a MetaData,
    after: &'a MetaData,
}

struct Taken {
    operations: Vec<Operation>,
    hazards: Vec<Hazard>,
    transactions: Vec<Vec<Statement>>,
}

impl Direction<'_> {
    fn take(&self, operations: Vec<Operation>) -> Result<Taken, MigrateError> {
        let &Direction { safe, dialect, before, after } = self;
        let mut hazards = hazards(dialect, &operations);
        let operations = plan(dialect, operations, before, after)?;
        let transactions = if safe {
            let as_before =
                limbeck_diff::hazards(dialect, &without_safe_shape(dialect, &operations, before, after));
            hazards.retain(|hazard| hazard.kind != HazardKind::LongLock || as_before.contains(hazard));
            render_safely(dialect, &operations, before, after)?
        } else {
            vec![rendered(dialect, &operations)?]
        };
        Ok(Taken { operations, hazards, transactions })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_of_declared_tables_are_left_alone() {
        let table = |name: &str, parents: &[&str]| {
            let mut table = Table::new(name);
            table.options.postgresql.inherits = parents.iter().map(|parent| (*parent).into()).collect();
            table
        };
        let live = MetaData::new()
            .table(table("child", &["parent"]))
            .table(table("gone", &[]))
            .table(table("gone_child", &["gone"]))
            .table(table("grandchild", &["child"]))
            .table(table("parent", &[]));
        let mut declared = MetaData::new().table(table("parent", &[]));
        adopt_children(&live, &mut declared);
        let names: Vec<_> = declared.tables.iter().map(|table| table.name.to_string()).collect();
        assert_eq!(names, ["parent", "child", "grandchild"]);
    }
}
