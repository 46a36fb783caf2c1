//! Entities through renames: of themselves, and of what they are built on.
//!
//! PostgreSQL keeps definitions parsed, so they follow a rename by themselves; only the string bodies of routines do not
//! (PostgreSQL docs, "CREATE FUNCTION"). What it prints afterwards is reckoned here from the text before.

use std::collections::BTreeMap;

use limbeck_dialect::{rename_names, words_after_renames};
use limbeck_schema::{Dialect, Entity, EntityId, EntityKind, MetaData, ObjectReference, QualifiedName};

use super::Renames;

/// The renames that `renamed_from` asks for and that have not happened yet.
pub(super) fn find(from: &MetaData, to: &MetaData, renames: &Renames) -> BTreeMap<EntityId, String> {
    let before: BTreeMap<EntityId, &EntityId> =
        from.entities.iter().map(|entity| (renames.entity(&entity.id), &entity.id)).collect();
    let mut found = BTreeMap::new();
    for entity in to.entities.iter().filter(|entity| has_rename(entity.id.kind)) {
        let Some(former) = &entity.renamed_from else { continue };
        let former = EntityId { name: entity.id.name.with_name(former), ..entity.id.clone() };
        if let Some(id) = before.get(&former)
            && !before.contains_key(&entity.id)
            && !to.entities.iter().any(|other| other.id == former)
        {
            found.entry((*id).clone()).or_insert_with(|| entity.id.name.name.clone());
        }
    }
    found
}

/// Whether PostgreSQL has ALTER … RENAME TO for the kind.
fn has_rename(kind: EntityKind) -> bool {
    !matches!(kind, EntityKind::Extension | EntityKind::Cast | EntityKind::Operator)
}

impl Renames {
    /// An entity's identity after the renames.
    fn entity(&self, id: &EntityId) -> EntityId {
        let types = self.type_names();
        EntityId {
            kind: id.kind,
            name: self.entities.get(id).map_or_else(|| id.name.clone(), |to| id.name.with_name(to)),
            arguments: id.arguments.as_ref().map(|text| rename_names(Dialect::Postgresql, text, &types)),
            on: id.on.as_ref().map(|table| self.relation(table)),
        }
    }

    /// A table or view after the renames.
    fn relation(&self, name: &QualifiedName) -> QualifiedName {
        let view = self.entities.iter().find(|(id, _)| id.kind.is_relation() && id.name == *name);
        view.map_or_else(|| self.table(name), |(_, to)| name.with_name(to))
    }

    fn type_name(&self, name: &QualifiedName) -> QualifiedName {
        self.domains.get(name).or_else(|| self.composites.get(name)).unwrap_or(name).clone()
    }

    /// Former and new names of types, without their schemas.
    fn type_names(&self) -> BTreeMap<String, String> {
        let types = self.domains.iter().chain(&self.composites);
        types.map(|(from, to)| (from.name.clone(), to.name.clone())).collect()
    }

    fn reference(&self, reference: &ObjectReference) -> ObjectReference {
        match reference {
            ObjectReference::Table(name) => ObjectReference::Table(self.relation(name)),
            ObjectReference::Column(table, column) => {
                ObjectReference::Column(self.relation(table), self.column(table, column))
            }
            ObjectReference::Constraint(table, name) => {
                ObjectReference::Constraint(self.relation(table), name.clone())
            }
            ObjectReference::Type(name) => ObjectReference::Type(self.type_name(name)),
            ObjectReference::Entity(id) => ObjectReference::Entity(self.entity(id)),
            ObjectReference::Schema(_) | ObjectReference::Sequence(_) => reference.clone(),
        }
    }

    /// Former and new names of what the entity is built on, and of itself.
    fn names_in(&self, entity: &Entity) -> BTreeMap<String, String> {
        let mut names = BTreeMap::new();
        let mut note = |from: &str, to: &str| {
            if from != to {
                names.insert(from.to_owned(), to.to_owned());
            }
        };
        if let Some(to) = self.entities.get(&entity.id) {
            note(&entity.id.name.name, to);
        }
        let on = entity.id.on.iter().map(|name| ObjectReference::Table(name.clone()));
        for reference in entity.depends_on.iter().cloned().chain(on) {
            match (&reference, self.reference(&reference)) {
                (ObjectReference::Table(from), ObjectReference::Table(to)) => {
                    note(&from.name, &to.name);
                    // Where no column is named, any may be meant.
                    let is_of_table =
                        |other: &ObjectReference| matches!(other, ObjectReference::Column(t, _) if t == from);
                    if !entity.depends_on.iter().any(is_of_table) {
                        let columns = self.columns.get(from).into_iter().flatten();
                        columns.for_each(|(old, new)| note(old, new));
                    }
                }
                (ObjectReference::Column(from, old), ObjectReference::Column(to, new)) => {
                    note(&from.name, &to.name);
                    note(old, &new);
                }
                (ObjectReference::Constraint(from, _), ObjectReference::Constraint(to, _)) => {
                    note(&from.name, &to.name);
                }
                (ObjectReference::Type(from), ObjectReference::Type(to)) => note(&from.name, &to.name),
                (ObjectReference::Entity(from), ObjectReference::Entity(to)) => {
                    note(&from.name.name, &to.name.name);
                }
                _ => {}
            }
        }
        names
    }
}

/// The entities, and what is said of them and of others, after the renames.
pub(super) fn rename_in_entities(dialect: Dialect, metadata: &mut MetaData, renames: &Renames) {
    for entity in &mut metadata.entities {
        let names = renames.names_in(entity);
        if !names.is_empty() {
            entity.definition = rename_names(dialect, &entity.definition, &names);
            if !entity.id.kind.is_relation() {
                entity.shape.iter_mut().for_each(|line| *line = rename_names(dialect, line, &names));
            }
        }
        entity.id = renames.entity(&entity.id);
        for reference in entity.depends_on.iter_mut().chain(&mut entity.mentions) {
            *reference = renames.reference(reference);
        }
    }
    for dependency in &mut metadata.dependencies {
        dependency.of = renames.reference(&dependency.of);
        dependency.on = renames.reference(&dependency.on);
    }
    let grants = metadata.grants.iter_mut().map(|grant| &mut grant.on);
    for object in grants.chain(metadata.owners.iter_mut().map(|ownership| &mut ownership.of)) {
        *object = renames.reference(object);
    }
}

/// Takes over, for entities whose text differs by what a rename leaves in it alone, the text of `to`: after a column was
/// renamed, a view reads `SELECT t.b AS a`.
pub(crate) fn adopt_labels(dialect: Dialect, from: &mut MetaData, to: &MetaData, renames: &Renames) {
    let columns: BTreeMap<String, String> =
        renames.columns.values().flatten().map(|(old, new)| (old.clone(), new.clone())).collect();
    if columns.is_empty() {
        return;
    }
    let after: BTreeMap<_, _> = to.entities.iter().map(|entity| (&entity.id, entity)).collect();
    for entity in &mut from.entities {
        if let Some(other) = after.get(&entity.id)
            && entity.definition != other.definition
            && words_after_renames(dialect, &entity.definition, &columns)
                == words_after_renames(dialect, &other.definition, &columns)
        {
            entity.definition.clone_from(&other.definition);
        }
    }
}
