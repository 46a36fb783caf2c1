//! Operator classes that a model names although they are what the index would have anyway.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_engine::PostgresqlConnection;
use limbeck_schema::{IndexElement, MetaData, Table};

use crate::InspectError;

const DEFAULTS: &str =
    "SELECT m.amname, o.opcname FROM pg_opclass o JOIN pg_am m ON m.oid = o.opcmethod WHERE o.opcdefault";

/// Leaves default operator classes unsaid where the index in the database has the default one. Which one that is only the
/// server knows, and it is asked only where the two sides differ in nothing but this.
pub(super) async fn leave_unsaid(
    connection: &PostgresqlConnection,
    live: &MetaData,
    declared: &mut MetaData,
) -> Result<(), InspectError> {
    let tables: BTreeMap<_, _> = live.tables.iter().map(|table| (&table.name, table)).collect();
    let mut in_doubt = Vec::new();
    for table in &mut declared.tables {
        if let Some(live) = tables.get(&table.name) {
            collect(live, table, &mut in_doubt);
        }
    }
    if in_doubt.is_empty() {
        return Ok(());
    }
    let rows = connection.query(DEFAULTS).await?;
    let defaults: BTreeSet<(String, String)> = rows
        .into_iter()
        .filter_map(|row| {
            let mut values = row.into_iter().flatten();
            Some((values.next()?, values.next()?))
        })
        .collect();
    for (method, element) in in_doubt {
        element.opclass.take_if(|name| defaults.contains(&(method.clone(), name.clone())));
    }
    Ok(())
}

/// The keys that have an operator class where the namesake in the database has none.
fn collect<'a>(live: &Table, table: &'a mut Table, in_doubt: &mut Vec<(String, &'a mut IndexElement)>) {
    for index in &mut table.indexes {
        let Some(same) = live.indexes.iter().find(|live| live.name == index.name) else { continue };
        let method = index.using.clone().unwrap_or_else(|| "btree".to_owned());
        for (element, live) in index.elements.iter_mut().zip(&same.elements) {
            if element.opclass.is_some() && live.opclass.is_none() {
                in_doubt.push((method.clone(), element));
            }
        }
    }
    for exclude in &mut table.excludes {
        let Some(same) = live.excludes.iter().find(|live| live.name == exclude.name) else { continue };
        for (element, live) in exclude.elements.iter_mut().zip(&same.elements) {
            if element.element.opclass.is_some() && live.element.opclass.is_none() {
                in_doubt.push((exclude.using.clone(), &mut element.element));
            }
        }
    }
}
