//! PostgreSQL: the catalogue as `MetaData`, and expressions in the server's own text.

mod assemble;
mod canonicalize;
mod catalogue;
mod constraints;
mod default_operator_classes;
mod deparsed;
mod domains;
mod entities;
mod entity_queries;
mod entity_rows;
mod indexes;
mod mentions;
mod names;
mod objects;
mod privilege_queries;
mod privileges;
mod result;
mod rows;
mod scratch;
mod sequences;
mod types;
mod unmanaged;

pub(crate) use canonicalize::{Refusals, canonicalize};
pub(crate) use unmanaged::unmanaged;

use limbeck_engine::PostgresqlConnection;
use limbeck_schema::MetaData;

use crate::{InspectError, InspectOptions};

/// Reads the schema in one round trip.
pub(crate) async fn inspect(
    connection: &mut PostgresqlConnection,
    options: &InspectOptions,
) -> Result<MetaData, InspectError> {
    let batch = catalogue::batch(connection.server_version(), &options.schemas);
    let sets = answers(connection, &batch).await?;
    let catalogue = catalogue::Catalogue::read(&sets)?;
    assemble::assemble(&catalogue, options)
}

/// The answers to a batch that is one transaction.
async fn answers(
    connection: &PostgresqlConnection,
    batch: &str,
) -> Result<Vec<result::ResultSet>, InspectError> {
    let client = connection.client();
    let answers = async { result::result_sets(client.simple_query_raw(batch).await?).await };
    match answers.await {
        Ok(sets) => Ok(sets),
        Err(error) => {
            // The failed batch left its transaction open. Whether the connection still works shows at its next use.
            let _ = client.simple_query("ROLLBACK").await;
            Err(InspectError::Engine(connection.explain(error)))
        }
    }
}
