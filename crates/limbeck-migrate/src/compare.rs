//! Model against database.

use limbeck_dialect::{Statement, plan, project, render};
use limbeck_diff::{Hazard, describe, hazards};
use limbeck_engine::Connection;
use limbeck_inspect::{InspectOptions, canonicalize, inspect};
use limbeck_schema::{Dialect, MetaData, Operation, reverse_all};

use crate::database::Database;
use crate::error::MigrateError;
use crate::event::{Event, Report};
use crate::runner::current_of;
use crate::script::ScriptDirectory;

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
    /// The statements that carry it out.
    pub upgrade: Vec<Statement>,
    /// The statements that take it back.
    pub downgrade: Vec<Statement>,
}

impl Comparison {
    /// Whether model and database agree.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }
}

/// Compares the model with a database that is at the scripts' heads.
///
/// # Errors
/// When the database cannot be reached, is not at the heads ([`MigrateError::NotUpToDate`]), or cannot hold the model.
pub async fn check(
    database: &Database,
    scripts: &ScriptDirectory,
    model: &MetaData,
    report: Report<'_>,
) -> Result<Comparison, MigrateError> {
    let mut connection = Connection::open_for_reading(&database.url).await?;
    check_current(&mut connection, database, scripts).await?;
    let comparison = compare(&mut connection, database, model).await?;
    for line in &comparison.detected {
        report(Event::Detected(line.clone()));
    }
    Ok(comparison)
}

/// Refuses a database that is not at the scripts' heads: a difference would not be the model's.
pub(crate) async fn check_current(
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

/// Compares the model with a database in whatever state it is.
pub(crate) async fn compare(
    connection: &mut Connection,
    database: &Database,
    model: &MetaData,
) -> Result<Comparison, MigrateError> {
    let dialect = database.dialect();
    let resolved = model.clone().resolve().map_err(MigrateError::Schema)?;
    let projected = |metadata: &MetaData| {
        project(dialect, metadata).map_err(|errors| MigrateError::Projection { dialect, errors })
    };
    let declared = projected(&resolved)?;
    let mut schemas = database.schemas.clone();
    schemas.extend(declared.schemas.iter().map(|schema| schema.name.clone()));
    schemas.sort();
    schemas.dedup();
    let options = InspectOptions { schemas, exclude_tables: database.own_tables() };
    let live = projected(&inspect(connection, &options).await?)?;
    let declared = canonicalize(connection, &live, &declared).await?;

    let operations = limbeck_diff::compare(dialect, &live, &declared);
    let detected = operations.iter().flat_map(|operation| describe(dialect, operation)).collect();
    let downgrade = plan(dialect, reverse_all(&operations), &declared, &live)?;
    let hazards = hazards(dialect, &operations);
    let operations = plan(dialect, operations, &live, &declared)?;
    Ok(Comparison {
        dialect,
        detected,
        hazards,
        upgrade: render_all(dialect, &operations)?,
        downgrade: render_all(dialect, &downgrade)?,
        operations,
    })
}

fn render_all(dialect: Dialect, operations: &[Operation]) -> Result<Vec<Statement>, MigrateError> {
    let mut statements = Vec::new();
    for operation in operations {
        statements.extend(render(dialect, operation)?);
    }
    Ok(statements)
}
