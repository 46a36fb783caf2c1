//! A whole database, and the forms in which it is written down: SQL files, or one script.

mod sql;
mod stamped;

pub use sql::{SchemaFile, sql_files, sql_script};

use limbeck_engine::{Connection, EngineError};
use limbeck_inspect::{InspectOptions, Unmanaged, inspect, unmanaged};
use limbeck_schema::{Dialect, MetaData};

use crate::database::Database;
use crate::error::MigrateError;
use crate::scratch::USER_SCHEMAS;

/// What a database holds.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// The database's dialect.
    pub dialect: Dialect,
    /// The schema. Owners are left out where it is the role that has read it: whoever makes the objects anew will own them.
    pub metadata: MetaData,
    /// The role that has read it, on PostgreSQL.
    pub role: Option<String>,
    /// The name of its default schema there.
    pub default_schema: Option<String>,
}

/// Reads what a database holds, without Limbeck's own tables.
///
/// The schemas are those that are named, else every one that a user has made.
///
/// # Errors
/// When the database cannot be reached or read.
pub async fn inspect_database(database: &Database, schemas: &[String]) -> Result<Inspection, MigrateError> {
    let mut connection = Connection::open_for_reading(&database.url).await?;
    let options = options(&connection, database, schemas).await?;
    let mut metadata = inspect(&mut connection, &options).await?;
    let dialect = connection.dialect();
    let (mut role, mut default_schema) = (None, None);
    if dialect == Dialect::Postgresql {
        let rows = connection.query("SELECT current_user, current_schema()").await?;
        if let Some([user, schema]) = rows.first().map(Vec::as_slice) {
            (role, default_schema) = (user.clone(), schema.clone());
        }
        metadata.owners.retain(|ownership| Some(&ownership.owner) != role.as_ref());
        for entity in &mut metadata.entities {
            entity.owner.take_if(|owner| Some(&*owner) == role.as_ref());
        }
    }
    Ok(Inspection { dialect, metadata, role, default_schema })
}

/// Lists what a database holds and Limbeck does not manage.
///
/// # Errors
/// As [`inspect_database`].
pub async fn inspect_unmanaged(
    database: &Database,
    schemas: &[String],
) -> Result<Vec<Unmanaged>, MigrateError> {
    let mut connection = Connection::open_for_reading(&database.url).await?;
    let options = options(&connection, database, schemas).await?;
    Ok(unmanaged(&mut connection, &options).await?)
}

async fn options(
    connection: &Connection,
    database: &Database,
    schemas: &[String],
) -> Result<InspectOptions, EngineError> {
    let schemas = match connection.dialect() {
        Dialect::Sqlite => Vec::new(),
        Dialect::Postgresql if schemas.is_empty() => {
            let own = database.version_table.name().schema.as_ref();
            let rows = connection.query(USER_SCHEMAS).await?.into_iter().flatten().flatten();
            rows.filter(|schema| own != Some(schema)).collect()
        }
        Dialect::Postgresql => schemas.to_vec(),
    };
    Ok(InspectOptions { schemas, exclude_tables: database.own_tables() })
}
