//! What is deleted along with a row: level by level, each table of a level by one query.
//!
//! What the database does by itself (`ON DELETE CASCADE`) is left to it, unless there is something behind it that only
//! the session knows of (SQLAlchemy's `passive_deletes`).

use std::collections::{HashMap, HashSet};

use limbeck_dialect::query::{Select, Statement as Query};
use limbeck_engine::{Connection, Statement};
use limbeck_schema::{ReferentialAction, Value};

use super::queue::Identity;
use super::tracked::delete_of;
use crate::flush::{Changes, Delete};
use crate::relation::RelationPath;
use crate::row_key::RowKey;
use crate::rows::{column, only_with, table_name};
use crate::{ModelDefinition, OrmError, RelationDefinition};

/// As many keys go into one query.
const KEYS: usize = 1000;

/// Adds to the deletes all that go with them.
pub(super) async fn expand(connection: &mut Connection, changes: &mut Changes) -> Result<(), OrmError> {
    let mut known: HashSet<Identity> = changes.deletes.iter().filter_map(Identity::of).collect();
    // Rows that are on their way to another parent do not go with this one.
    let moved: HashMap<Identity, Vec<usize>> = changes
        .updates
        .iter()
        .filter_map(|update| {
            let columns = update.changes.iter().map(|(column, _)| *column).collect();
            Some((Identity::of_row(update.model, &update.key)?, columns))
        })
        .collect();
    let mut from = 0;
    while from < changes.deletes.len() {
        let level = from..changes.deletes.len();
        from = changes.deletes.len();
        let mut followed = Vec::<&'static RelationDefinition>::new();
        for delete in changes.deletes.get(level.clone()).into_iter().flatten() {
            for relation in delete.relations.iter().filter(|relation| follows(relation)) {
                if !followed.iter().any(|known| std::ptr::eq(*known, relation)) {
                    followed.push(relation);
                }
            }
        }
        for relation in followed {
            let mut parents = Vec::new();
            for delete in changes.deletes.get_mut(level.clone()).into_iter().flatten() {
                if delete.relations.iter().any(|own| std::ptr::eq(own, relation)) {
                    parents.extend(referring(connection, delete, relation.from()).await?);
                }
            }
            for delete in related(connection, relation, parents).await? {
                let Some(identity) = Identity::of(&delete) else { continue };
                let moves = moved.get(&identity).is_some_and(|columns| leads_over(relation, columns));
                if !moves && known.insert(identity) {
                    changes.deletes.push(delete);
                }
            }
        }
    }
    Ok(())
}

/// Whether the rows at the other end are found by one of these of their columns.
fn leads_over(relation: &RelationDefinition, columns: &[usize]) -> bool {
    match &relation.path {
        RelationPath::HasOne { to, .. } | RelationPath::Many { to, .. } => {
            to.iter().any(|column| columns.contains(column))
        }
        RelationPath::One { .. } | RelationPath::Through { .. } => false,
    }
}

/// Whether the session has something to delete along the relation.
fn follows(relation: &RelationDefinition) -> bool {
    follows_within(relation, &mut Vec::new())
}

/// `above` are the relations on the way here: one that leads to itself again adds nothing.
fn follows_within<'a>(relation: &'a RelationDefinition, above: &mut Vec<&'a RelationDefinition>) -> bool {
    if above.iter().any(|known| std::ptr::eq(*known, relation)) {
        return false;
    }
    match &relation.path {
        RelationPath::One { .. } => relation.cascade.delete,
        RelationPath::Through { near, .. } => {
            let association = relation.target.association.map(|association| association());
            let by_database = association.is_some_and(|association| cascades(association, near));
            relation.cascade.delete || !by_database
        }
        RelationPath::HasOne { to, .. } | RelationPath::Many { to, .. } => {
            if !relation.cascade.delete {
                return false;
            }
            above.push(relation);
            let behind = (relation.target.relations)().iter().any(|next| follows_within(next, above));
            above.pop();
            behind || !cascades((relation.target.definition)(), to)
        }
    }
}

/// Whether the database deletes the rows along with those that their foreign key names.
fn cascades(model: &ModelDefinition, columns: &[usize]) -> bool {
    let mut keys = model.foreign_keys.iter();
    keys.any(|key| key.columns == columns && key.on_delete == ReferentialAction::Cascade)
}

/// The values of a row over which a relation leads; read from the database where they are not known.
async fn referring(
    connection: &mut Connection,
    delete: &mut Delete,
    columns: &[usize],
) -> Result<Option<Vec<Value>>, OrmError> {
    if delete.old.is_none() && delete.by == columns {
        return Ok(Some(delete.key.clone()));
    }
    if delete.old.is_none() {
        let found = read(connection, delete.model, &delete.by, vec![delete.key.clone()]).await?;
        delete.old = found.into_iter().next();
    }
    let Some(old) = &delete.old else { return Ok(None) };
    Ok(columns.iter().map(|column| old.get(*column).cloned().filter(|value| *value != Value::Null)).collect())
}

/// The rows at the other end, and those of an association table between.
async fn related(
    connection: &mut Connection,
    relation: &'static RelationDefinition,
    parents: Vec<Vec<Value>>,
) -> Result<Vec<Delete>, OrmError> {
    let target = (relation.target.definition)();
    let deletes = |rows: Vec<Vec<Value>>| {
        rows.into_iter().map(|row| delete_of(target, (relation.target.relations)(), row))
    };
    match &relation.path {
        RelationPath::One { to, .. } | RelationPath::HasOne { to, .. } | RelationPath::Many { to, .. } => {
            Ok(deletes(read(connection, target, to, parents).await?).collect())
        }
        RelationPath::Through { near, far, to, .. } => {
            let Some(association) = relation.target.association else { return Ok(Vec::new()) };
            let pairs = read(connection, association(), near, parents).await?;
            let mut found = Vec::new();
            if relation.cascade.delete {
                let mut seen = HashSet::new();
                let keys = pairs.iter().map(|pair| {
                    far.iter().filter_map(|column| pair.get(*column).cloned()).collect::<Vec<_>>()
                });
                let keys = keys.filter(|key| RowKey::new(key).is_some_and(|key| seen.insert(key))).collect();
                found.extend(deletes(read(connection, target, to, keys).await?));
            }
            found.extend(pairs.into_iter().map(|pair| delete_of(association(), &[], pair)));
            Ok(found)
        }
    }
}

/// The rows whose columns have one of these combinations of values. Of their values only those are read that a flush
/// or a further relation needs; the rest stays NULL.
async fn read(
    connection: &mut Connection,
    model: &'static ModelDefinition,
    columns: &[usize],
    keys: Vec<Vec<Value>>,
) -> Result<Vec<Vec<Value>>, OrmError> {
    let needed = needed(model);
    let table = table_name(model);
    let mut found = Vec::new();
    for keys in keys.chunks(KEYS) {
        let mut select = Select::from(limbeck_dialect::query::TableName::from(model.table.clone()));
        select.items = needed.iter().map(|place| column(model, &table, *place).into()).collect();
        let select = only_with(select, model, &table, columns, keys.to_vec());
        let compiled = Query::from(select).compile(connection.dialect())?;
        let statement = Statement::new(compiled.sql, compiled.params);
        let rows = connection.fetch_all(&statement, |row| {
            let mut values = vec![Value::Null; model.columns.len()];
            for (index, place) in needed.iter().enumerate() {
                if let Some(value) = values.get_mut(*place) {
                    *value = row.get(index)?;
                }
            }
            Ok(values)
        });
        found.extend(rows.await?);
    }
    Ok(found)
}

/// The columns of keys, foreign keys and unique sets, and the version.
fn needed(model: &ModelDefinition) -> Vec<usize> {
    let in_keys = model.foreign_keys.iter().flat_map(|key| &key.columns);
    let in_sets = model.uniques.iter().flat_map(|unique| &unique.columns);
    let mut needed: Vec<usize> =
        model.key.iter().chain(in_keys).chain(in_sets).chain(&model.version).copied().collect();
    needed.sort_unstable();
    needed.dedup();
    needed
}
