//! Entities, with what is said of them besides their definition.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use limbeck_schema::{Dependency, Entity, EntityKind, Index, ObjectReference};

use super::catalogue::Catalogue;
use super::entity_rows::EntityColumnRow;
use super::mentions::Mentionable;
use super::names::Names;
use super::objects::{Objects, id};
use super::rows::Oid;
use crate::InspectOptions;

/// The entities by identity, and what builds on them without being one.
pub(super) fn entities<'a>(
    catalogue: &Catalogue<'a>,
    names: &Names<'a>,
    objects: &Objects<'a>,
    mut indexes: BTreeMap<Oid, Vec<Index>>,
    options: &InspectOptions,
) -> (Vec<Entity>, Vec<Dependency>) {
    let mut columns = HashMap::<Oid, Vec<&EntityColumnRow<'_>>>::new();
    for row in &catalogue.entity_columns {
        columns.entry(row.relation).or_default().push(row);
    }
    let mut depends_on = HashMap::<(&str, Oid), BTreeSet<ObjectReference>>::new();
    for row in &catalogue.dependencies {
        if let Some(on) = objects.reference(row.on_catalogue, row.on_object, row.on_column, names) {
            depends_on.entry((row.catalogue, row.object)).or_default().insert(on);
        }
    }
    let mentionable = Mentionable::new(catalogue, objects);

    let default_schema = catalogue.namespaces.iter().find(|row| row.is_default);
    let default_schema =
        ObjectReference::Schema(default_schema.map(|row| row.name.to_owned()).unwrap_or_default());

    let mut entities = Vec::with_capacity(catalogue.entities.len());
    for row in &catalogue.entities {
        let Some(id) = id(row, names, options) else { continue };
        let own = ObjectReference::Entity(id.clone());
        let mut entity = Entity::new(id, row.definition);
        entity.shape.clone_from(&row.shape);
        entity.enabled = row.enabled;
        entity.without_data = row.kind == EntityKind::MaterializedView && !row.populated;
        entity.comment = names.comment(row.catalogue(), row.oid, 0);
        entity.owner = row.owner.map(str::to_owned);
        if row.catalogue() == "pg_class" {
            let mut columns = columns.remove(&row.oid).unwrap_or_default();
            columns.sort_by_key(|column| column.number);
            for column in columns {
                entity.shape.push(format!("{} {}", column.name, column.type_text));
                if let Some(comment) = names.comment("pg_class", row.oid, column.number) {
                    entity.column_comments.push((column.name.to_owned(), comment));
                }
            }
            entity.indexes = indexes.remove(&row.oid).unwrap_or_default();
        }
        let mut on = depends_on.remove(&(row.catalogue(), row.oid)).unwrap_or_default();
        on.extend(objects.reference("pg_class", row.relation, 0, names));
        on.extend(objects.reference("pg_namespace", row.namespace, 0, names));
        // The default schema is there before everything, and what belongs to an entity refers to it.
        on.retain(|on| *on != own && *on != default_schema);
        entity.depends_on = on.into_iter().collect();
        if matches!(row.kind, EntityKind::Function | EntityKind::Procedure) {
            entity.mentions = mentionable.in_function(row.definition);
            entity.mentions.retain(|on| *on != own);
        }
        entities.push(entity);
    }
    entities.sort_by(|a, b| a.id.cmp(&b.id));

    let mut dependencies = BTreeSet::new();
    for row in &catalogue.dependencies {
        let of = objects.reference(row.catalogue, row.object, 0, names);
        let on = objects.reference(row.on_catalogue, row.on_object, 0, names);
        if let (Some(of), Some(on @ ObjectReference::Entity(_))) = (of, on)
            && !matches!(of, ObjectReference::Entity(_))
        {
            dependencies.insert(Dependency { of, on });
        }
    }
    (entities, dependencies.into_iter().collect())
}
