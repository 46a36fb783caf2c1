//! Definitions put through a database once more.
//!
//! A printed definition is not always its own printed form (`x IN ('a', 'b')` over a `varchar`), and what a person wrote is
//! not what is printed. So two definitions that differ as text are made anew, each among what it builds on, before they
//! count as different; and a statement found in an earlier script is made to see whether it is what the database has.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_engine::Connection;
use limbeck_schema::{Entity, EntityId, EntityKind, MetaData, ObjectReference, Operation};

use super::build::rendered;
use super::sources::statement_of;
use super::{Statement, load, read};
use crate::compare::projected;
use crate::database::Database;
use crate::error::MigrateError;
use crate::scratch::Scratch;

/// Gives the declared side the live definition wherever the two mean the same.
pub(crate) async fn settle_definitions(
    host: &Database,
    live: &MetaData,
    declared: &mut MetaData,
) -> Result<(), MigrateError> {
    let before: BTreeMap<&EntityId, &Entity> =
        live.entities.iter().map(|entity| (&entity.id, entity)).collect();
    let differs = |entity: &&Entity| {
        let other = before.get(&entity.id);
        is_parsed(entity) && other.is_some_and(|other| other.definition != entity.definition)
    };
    let open: BTreeSet<EntityId> = declared.entities.iter().filter(differs).map(|e| e.id.clone()).collect();
    if open.is_empty() {
        return Ok(());
    }
    let as_printed = |schema: &MetaData| with_sources(needed(schema, &open), &BTreeMap::new());
    let Some(declared_again) = made(host, as_printed(declared)).await? else { return Ok(()) };
    let Some(live_again) = made(host, as_printed(live)).await? else { return Ok(()) };
    let settled: Vec<(EntityId, String)> = declared
        .entities
        .iter()
        .filter(|entity| open.contains(&entity.id))
        .filter_map(|entity| {
            let live = before.get(&entity.id)?;
            let again = definition(&declared_again, &entity.id);
            let live_again = definition(&live_again, &entity.id);
            let same = again == Some(&live.definition)
                || live_again.is_some() && (live_again == again || live_again == Some(&entity.definition));
            same.then(|| (entity.id.clone(), live.definition.clone()))
        })
        .collect();
    for (id, definition) in settled {
        let entity = declared.entities.iter_mut().find(|entity| entity.id == id);
        entity.into_iter().for_each(|entity| entity.definition = definition.clone());
    }
    Ok(())
}

/// Gives live entities that are to change, or to go, the statement by which an earlier script made them, if that is what
/// the database has.
pub(crate) async fn find_sources(
    host: &Database,
    history: &[Statement<'_>],
    operations: &[Operation],
    live: &mut MetaData,
) -> Result<bool, MigrateError> {
    let changed = operations.iter().filter_map(|operation| match operation {
        Operation::DropEntity(entity) | Operation::ReplaceEntity { from: entity, .. } => Some(&entity.id),
        _ => None,
    });
    // The last script that makes it is the one that counts.
    let found: BTreeMap<EntityId, String> = changed
        .filter_map(|id| {
            let latest = (0..history.len()).rev().find_map(|at| statement_of(id, history.get(at..=at)?))?;
            Some((id.clone(), latest.sql().to_owned()))
        })
        .collect();
    if found.is_empty() {
        return Ok(false);
    }
    let ids: BTreeSet<EntityId> = found.keys().cloned().collect();
    let Some(again) = made(host, with_sources(needed(live, &ids), &found)).await? else { return Ok(false) };
    for entity in &mut live.entities {
        if let Some(source) = found.get(&entity.id)
            && definition(&again, &entity.id) == Some(&entity.definition)
        {
            entity.source = Some(source.clone());
        }
    }
    Ok(true)
}

/// Whether the server keeps the definition as it has understood it, and not as a string.
fn is_parsed(entity: &Entity) -> bool {
    use EntityKind::*;
    match entity.id.kind {
        View | MaterializedView | Rule | Policy | Trigger | Statistics | Publication => true,
        Function | Procedure => !entity.definition.contains("AS $"),
        _ => false,
    }
}

fn definition<'a>(schema: &'a MetaData, id: &EntityId) -> Option<&'a String> {
    schema.entities.iter().find(|entity| entity.id == *id).map(|entity| &entity.definition)
}

/// The schema without views, triggers and the like that the given entities do not build on, and without privileges.
fn needed(schema: &MetaData, ids: &BTreeSet<EntityId>) -> MetaData {
    use EntityKind::*;
    let mut wanted = ids.clone();
    loop {
        let more: BTreeSet<EntityId> = schema
            .entities
            .iter()
            .filter(|entity| wanted.contains(&entity.id))
            .flat_map(|entity| {
                let on = entity.id.on.iter().flat_map(|on| {
                    let relation =
                        schema.entities.iter().filter(move |e| e.id.name == *on && e.id.on.is_none());
                    relation.map(|entity| &entity.id)
                });
                let built_on = entity.depends_on.iter().filter_map(|object| match object {
                    ObjectReference::Entity(id) => Some(id),
                    _ => None,
                });
                on.chain(built_on)
            })
            .filter(|id| !wanted.contains(*id))
            .cloned()
            .collect();
        if more.is_empty() {
            break;
        }
        wanted.extend(more);
    }
    let is_needed = |entity: &Entity| match entity.id.kind {
        View | MaterializedView | Rule | Trigger | Policy | Statistics | Publication | EventTrigger => {
            wanted.contains(&entity.id)
        }
        _ => true,
    };
    let mut needed = schema.clone();
    needed.entities.retain(is_needed);
    needed.grants.clear();
    needed.default_privileges.clear();
    needed.owners.clear();
    needed.entities.iter_mut().for_each(|entity| entity.owner = None);
    needed
}

fn with_sources(mut schema: MetaData, sources: &BTreeMap<EntityId, String>) -> MetaData {
    for entity in &mut schema.entities {
        entity.source = sources.get(&entity.id).cloned();
    }
    schema
}

/// The schema as it is read back from a database in which it was made; `None` where it cannot be made.
async fn made(host: &Database, schema: MetaData) -> Result<Option<MetaData>, MigrateError> {
    let dialect = host.dialect();
    let rendered = rendered(dialect, &schema)?;
    let statements = read(dialect, &rendered)?;
    let scratch = match Scratch::create(host).await {
        Ok(scratch) => scratch,
        // Who may not make databases has the canonical text.
        Err(MigrateError::ScratchRefused { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let read_back = async {
        let mut connection = Connection::open(&scratch.database.url).await?;
        load(&connection, &statements).await?;
        projected(dialect, scratch.inspect(&mut connection).await?)
    };
    let result = match read_back.await {
        Ok(schema) => Ok(Some(schema)),
        Err(MigrateError::Sql(_)) => Ok(None),
        Err(error) => Err(error),
    };
    scratch.remove(result).await
}
