//! Where many schemas of one PostgreSQL database stand, asked at once.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_dialect::{quote_literal, quote_name};
use limbeck_engine::Connection;
use limbeck_schema::{Dialect, QualifiedName};

use super::Tenant;
use crate::error::MigrateError;

const DIALECT: Dialect = Dialect::Postgresql;

/// How many version tables one query reads: each takes a lock of its own for the time of the query, and a server has
/// room for a few thousand of them (PostgreSQL docs, `max_locks_per_transaction`).
const TABLES_OF_A_QUERY: usize = 250;

/// The revisions of the tenants that are schemas of this connection's database, by their place in `tenants`. Who is
/// missing could not be read together with the others, and has to be asked alone.
pub(super) async fn revisions_of_schemas(
    connection: &Connection,
    tenants: &[(usize, &Tenant)],
) -> Result<BTreeMap<usize, Vec<String>>, MigrateError> {
    let names: BTreeSet<String> =
        tenants.iter().map(|(_, t)| quote_literal(DIALECT, &t.database.version_table.name().name)).collect();
    let names: Vec<String> = names.into_iter().collect();
    let query = format!(
        "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND c.relname IN ({})",
        names.join(", ")
    );
    let rows = connection.query(&query).await?;
    let existing: BTreeSet<(&str, &str)> = rows
        .iter()
        .filter_map(|row| match row.as_slice() {
            [Some(schema), Some(name)] => Some((schema.as_str(), name.as_str())),
            _ => None,
        })
        .collect();
    let exists = |name: &QualifiedName| {
        name.schema.as_deref().is_some_and(|schema| existing.contains(&(schema, name.name.as_str())))
    };
    let mut standings = BTreeMap::new();
    let mut migrated = Vec::new();
    for (at, tenant) in tenants {
        let version_table = tenant.database.version_table.name();
        if exists(version_table) {
            migrated.push((*at, quote_name(DIALECT, version_table)));
        } else {
            standings.insert(*at, Vec::new());
        }
    }
    for chunk in migrated.chunks(TABLES_OF_A_QUERY) {
        let selects: Vec<String> =
            chunk.iter().map(|(at, table)| format!("SELECT {at}, version_num FROM {table}")).collect();
        let query = format!("{} ORDER BY 1, 2", selects.join(" UNION ALL "));
        // One table that cannot be read is the failure of its tenant, not of the others.
        let Ok(rows) = connection.query(&query).await else { continue };
        for (at, _) in chunk {
            standings.insert(*at, Vec::new());
        }
        for row in rows {
            if let [Some(at), Some(revision)] = row.as_slice()
                && let Ok(at) = at.parse::<usize>()
            {
                standings.entry(at).or_default().push(revision.clone());
            }
        }
    }
    Ok(standings)
}
