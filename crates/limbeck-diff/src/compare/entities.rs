//! Functions, views, triggers, policies and whatever else is held by its definition.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_dialect::{Replacement, replacement};
use limbeck_schema::{Dialect, Entity, EntityId, EntityKind, MetaData, Operation, QualifiedName};

use super::rebuilds::{Disturbed, Entities, rebuilds};

/// The changes of entities, by the place that a person expects them in.
#[derive(Default)]
pub(super) struct EntityChanges {
    /// What types, tables and routines are built on: extensions, collations, servers.
    pub(super) foundations: Vec<Operation>,
    /// New routines and what is made of them.
    pub(super) routines: Vec<Operation>,
    /// New views, triggers, policies and their kin.
    pub(super) created: Vec<Operation>,
    /// What is changed in place.
    pub(super) replaced: Vec<Operation>,
    /// Views, triggers, policies and their kin that go.
    pub(super) dropped: Vec<Operation>,
    /// Routines that go.
    pub(super) dropped_routines: Vec<Operation>,
    /// Extensions, collations and servers that go.
    pub(super) dropped_foundations: Vec<Operation>,
    /// Entities that are dropped and made anew.
    pub(super) rebuilt: BTreeSet<EntityId>,
}

/// The changes of entities. What is built on objects in `disturbed` cannot stay while the tables change; those in `stuck`
/// cannot be changed in place.
pub(super) fn compare_entities(
    dialect: Dialect,
    from: &MetaData,
    to: &MetaData,
    disturbed: Disturbed,
    stuck: &BTreeSet<EntityId>,
) -> EntityChanges {
    let mut changes = EntityChanges::default();
    if from.entities.is_empty() && to.entities.is_empty() {
        return changes;
    }
    let before: BTreeMap<_, _> = from.entities.iter().map(|entity| (&entity.id, entity)).collect();
    let after: BTreeMap<_, _> = to.entities.iter().map(|entity| (&entity.id, entity)).collect();
    let entities = Entities { before: &before, after: &after };
    changes.rebuilt = match dialect {
        Dialect::Postgresql => rebuilds(dialect, from, to, &entities, disturbed, stuck),
        Dialect::Sqlite => rebuilds_on_sqlite(&entities),
    };
    for entity in &to.entities {
        match before.get(&entity.id) {
            None => changes.create(entity.clone()),
            Some(old) => {
                let entity = settled(old, entity);
                if changes.rebuilt.contains(&entity.id) {
                    changes.create(entity);
                } else if is_changed(old, &entity) {
                    changes.replaced.push(Operation::ReplaceEntity {
                        from: Box::new((*old).clone()),
                        to: Box::new(entity),
                    });
                }
            }
        }
    }
    for entity in from.entities.iter().rev() {
        if !after.contains_key(&entity.id) || changes.rebuilt.contains(&entity.id) {
            changes.drop(entity.clone());
        }
    }
    changes.sort();
    changes
}

/// SQLite can change no view or trigger in place, and looks into them when they are used. A view's own triggers go with
/// it (SQLite docs, "DROP VIEW" and "CREATE TRIGGER").
fn rebuilds_on_sqlite(entities: &Entities<'_>) -> BTreeSet<EntityId> {
    let common = || entities.after.iter().filter_map(|(id, to)| Some((*id, *entities.before.get(id)?, *to)));
    let changed: BTreeSet<EntityId> =
        common().filter(|(_, from, to)| is_changed(from, to)).map(|(id, _, _)| id.clone()).collect();
    let is_view =
        |name: &QualifiedName| changed.iter().any(|id| id.kind == EntityKind::View && id.name == *name);
    let on_views = common().filter(|(id, _, _)| id.on.as_ref().is_some_and(is_view));
    let on_views: Vec<_> = on_views.map(|(id, _, _)| id.clone()).collect();
    changed.into_iter().chain(on_views).collect()
}

impl EntityChanges {
    fn create(&mut self, entity: Entity) {
        let list = match place(entity.id.kind) {
            Place::Foundation => &mut self.foundations,
            Place::Routine => &mut self.routines,
            Place::Above => &mut self.created,
        };
        list.push(Operation::CreateEntity(Box::new(entity)));
    }

    fn drop(&mut self, entity: Entity) {
        let list = match place(entity.id.kind) {
            Place::Foundation => &mut self.dropped_foundations,
            Place::Routine => &mut self.dropped_routines,
            Place::Above => &mut self.dropped,
        };
        list.push(Operation::DropEntity(Box::new(entity)));
    }

    /// By kind and name; what goes, the other way round.
    fn sort(&mut self) {
        for list in [&mut self.foundations, &mut self.routines, &mut self.created, &mut self.replaced] {
            list.sort_by(|a, b| subject(a).cmp(&subject(b)));
        }
        for list in [&mut self.dropped, &mut self.dropped_routines, &mut self.dropped_foundations] {
            list.sort_by(|a, b| subject(b).cmp(&subject(a)));
        }
    }
}

fn subject(operation: &Operation) -> Option<&EntityId> {
    match operation {
        Operation::CreateEntity(entity) | Operation::DropEntity(entity) => Some(&entity.id),
        Operation::ReplaceEntity { to, .. } => Some(&to.id),
        _ => None,
    }
}

enum Place {
    Foundation,
    Routine,
    Above,
}

fn place(kind: EntityKind) -> Place {
    match kind {
        EntityKind::Extension
        | EntityKind::Collation
        | EntityKind::RangeType
        | EntityKind::ForeignDataWrapper
        | EntityKind::ForeignServer => Place::Foundation,
        EntityKind::Function
        | EntityKind::Procedure
        | EntityKind::Aggregate
        | EntityKind::Operator
        | EntityKind::Cast
        | EntityKind::TextSearchDictionary
        | EntityKind::TextSearchConfiguration => Place::Routine,
        EntityKind::ForeignTable
        | EntityKind::View
        | EntityKind::MaterializedView
        | EntityKind::Rule
        | EntityKind::Trigger
        | EntityKind::Policy
        | EntityKind::Statistics
        | EntityKind::Publication
        | EntityKind::EventTrigger => Place::Above,
    }
}

/// The entity as it shall be, where the declared side leaves something open: whose it is, and, of a materialized view
/// that is there already, whether it holds data.
pub(super) fn settled(from: &Entity, to: &Entity) -> Entity {
    Entity {
        owner: to.owner.clone().or_else(|| from.owner.clone()),
        without_data: from.without_data,
        ..to.clone()
    }
}

/// Whether anything differs that is compared; what the declared side leaves open does not.
pub(super) fn is_changed(from: &Entity, to: &Entity) -> bool {
    let Entity {
        id: _,
        definition,
        source: _,
        shape: _,
        indexes,
        enabled,
        without_data: _,
        comment,
        column_comments,
        owner,
        renamed_from: _,
        depends_on: _,
        mentions: _,
    } = to;
    *definition != from.definition
        || *enabled != from.enabled
        || *comment != from.comment
        || *column_comments != from.column_comments
        || owner.as_ref().is_some_and(|owner| from.owner.as_ref() != Some(owner))
        || indexes.len() != from.indexes.len()
        || indexes.iter().any(|index| !from.indexes.contains(index))
}

/// Whether the definition can only be had by making the entity anew. `is_used` says whether anything is built on it, or
/// anyone has privileges on it.
pub(super) fn must_be_anew(dialect: Dialect, from: &Entity, to: &Entity, is_used: bool) -> bool {
    match replacement(dialect, from, to) {
        Replacement::InPlace => false,
        Replacement::InPlaceAlone => is_used,
        Replacement::Anew => true,
    }
}
