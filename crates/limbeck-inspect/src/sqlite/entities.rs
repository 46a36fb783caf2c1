//! Views and triggers. SQLite stores them as they were written.

use std::collections::BTreeMap;

use limbeck_dialect::mentioned_names;
use limbeck_schema::{Dialect, Entity, EntityId, EntityKind, ObjectReference, QualifiedName};

/// A view.
pub(super) fn view(name: String, sql: String) -> Entity {
    let id = EntityId { kind: EntityKind::View, name: QualifiedName::new(name), arguments: None, on: None };
    Entity::new(id, sql)
}

/// A trigger on a table or view.
pub(super) fn trigger(name: String, on: QualifiedName, sql: String) -> Entity {
    let id =
        EntityId { kind: EntityKind::Trigger, name: QualifiedName::new(name), arguments: None, on: Some(on) };
    Entity::new(id, sql)
}

/// Notes on each what it reads and writes, as far as its text names it. A trigger's body is looked into when it runs.
pub(super) fn note_dependencies<'a>(
    entities: &mut [Entity],
    tables: impl Iterator<Item = &'a QualifiedName>,
) {
    let folded = |name: &QualifiedName| name.name.to_ascii_lowercase();
    let tables = tables.map(|name| (folded(name), ObjectReference::Table(name.clone())));
    let mut objects: BTreeMap<String, ObjectReference> = tables.collect();
    let views = entities.iter().filter(|entity| entity.id.kind == EntityKind::View);
    objects.extend(views.map(|view| (folded(&view.id.name), ObjectReference::Entity(view.id.clone()))));
    for entity in entities {
        let own = ObjectReference::Entity(entity.id.clone());
        let names = mentioned_names(Dialect::Sqlite, &entity.definition).names;
        let mut found: Vec<_> = names.iter().filter_map(|name| objects.get(&folded(name)).cloned()).collect();
        found.sort();
        found.dedup();
        found.retain(|object| *object != own);
        if entity.id.kind == EntityKind::Trigger {
            entity.mentions = found;
        } else {
            entity.depends_on = found;
        }
    }
}
