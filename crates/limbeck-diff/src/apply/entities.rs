//! Entities, privileges, owners and partitions.

use limbeck_schema::{
    DefaultPrivilege, Dialect, Entity, EntityId, Grant, MetaData, ObjectReference, Ownership, PartitionOf,
    QualifiedName, TypeDependents,
};

use super::error::{ApplyError, different, exists, in_use, missing, refused};
use super::{find_column, find_table, find_table_mut, rules};
use crate::rename::{Renames, apply_renames};

pub(super) fn create(metadata: &mut MetaData, entity: &Entity) -> Result<(), ApplyError> {
    if find(metadata, &entity.id).is_some() {
        return Err(exists(entity.id.kind.words(), &entity.id.name));
    }
    rules::schema_exists(metadata, &entity.id.name)?;
    if entity.id.kind.is_relation() {
        rules::name_is_free(metadata, &entity.id.name)?;
    }
    base_exists(metadata, entity)?;
    metadata.entities.push(entity.clone());
    Ok(())
}

pub(super) fn drop(dialect: Dialect, metadata: &mut MetaData, entity: &Entity) -> Result<(), ApplyError> {
    expect(metadata, entity)?;
    // SQLite looks into a view when it is used.
    if dialect == Dialect::Postgresql {
        is_unused(metadata, &ObjectReference::Entity(entity.id.clone()))?;
    }
    metadata.entities.retain(|other| other.id != entity.id);
    Ok(())
}

pub(super) fn replace(metadata: &mut MetaData, from: &Entity, to: &Entity) -> Result<(), ApplyError> {
    expect(metadata, from)?;
    base_exists(metadata, to)?;
    if let Some(entity) = metadata.entities.iter_mut().find(|other| other.id == from.id) {
        *entity = to.clone();
    }
    Ok(())
}

pub(super) fn rename(
    dialect: Dialect,
    metadata: &mut MetaData,
    id: &EntityId,
    to: &str,
) -> Result<(), ApplyError> {
    let renamed = EntityId { name: id.name.with_name(to), ..id.clone() };
    if find(metadata, &renamed).is_some() {
        return Err(exists(id.kind.words(), &renamed.name));
    }
    if id.kind.is_relation() {
        rules::name_is_free(metadata, &renamed.name)?;
    }
    find(metadata, id).ok_or_else(|| missing(id.kind.words(), &id.name))?;
    *metadata = apply_renames(dialect, metadata, &Renames::of_entity(id, to));
    Ok(())
}

pub(super) fn alter_grants(
    metadata: &mut MetaData,
    on: &ObjectReference,
    from: &[Grant],
    to: &[Grant],
) -> Result<(), ApplyError> {
    exists_here(metadata, on)?;
    let now: Vec<_> = metadata.grants.iter().filter(|grant| grant.on == *on).cloned().collect();
    if !same(now, from) {
        return Err(different("privileges on", on));
    }
    metadata.grants.retain(|grant| grant.on != *on);
    metadata.grants.extend_from_slice(to);
    Ok(())
}

pub(super) fn alter_default_privileges(
    metadata: &mut MetaData,
    from: &[DefaultPrivilege],
    to: &[DefaultPrivilege],
) -> Result<(), ApplyError> {
    let Some(any) = from.first().or(to.first()).cloned() else { return Ok(()) };
    if let Some(schema) = &any.schema {
        rules::schema_exists(metadata, &QualifiedName::in_schema(schema, ""))?;
    }
    let group = |p: &DefaultPrivilege| (p.role.clone(), p.schema.clone(), p.objects.clone());
    let is_meant = |p: &DefaultPrivilege| group(p) == group(&any);
    let now: Vec<_> = metadata.default_privileges.iter().filter(|p| is_meant(p)).cloned().collect();
    if !same(now, from) {
        return Err(different("default privileges of role", &any.role));
    }
    metadata.default_privileges.retain(|p| !is_meant(p));
    metadata.default_privileges.extend_from_slice(to);
    Ok(())
}

pub(super) fn set_owner(
    metadata: &mut MetaData,
    of: &ObjectReference,
    from: Option<&String>,
    to: Option<&String>,
) -> Result<(), ApplyError> {
    exists_here(metadata, of)?;
    let now = metadata.owners.iter().find(|ownership| ownership.of == *of).map(|o| &o.owner);
    if now != from {
        return Err(different("owner of", of));
    }
    metadata.owners.retain(|ownership| ownership.of != *of);
    metadata.owners.extend(to.map(|owner| Ownership { of: of.clone(), owner: owner.clone() }));
    Ok(())
}

pub(super) fn attach(
    metadata: &mut MetaData,
    table: &QualifiedName,
    of: &PartitionOf,
) -> Result<(), ApplyError> {
    find_table(metadata, &of.parent)?;
    let options = &mut find_table_mut(metadata, table)?.options.postgresql;
    if options.partition_of.is_some() {
        return Err(refused("table", table, "is a partition already"));
    }
    options.partition_of = Some(of.clone());
    Ok(())
}

pub(super) fn detach(
    metadata: &mut MetaData,
    table: &QualifiedName,
    of: &PartitionOf,
) -> Result<(), ApplyError> {
    let options = &mut find_table_mut(metadata, table)?.options.postgresql;
    if options.partition_of.as_ref() != Some(of) {
        return Err(different("table", table));
    }
    options.partition_of = None;
    Ok(())
}

/// No entity is built on the object or a part of it, and nobody has privileges on it that would go with it unasked.
pub(super) fn is_unused(metadata: &MetaData, object: &ObjectReference) -> Result<(), ApplyError> {
    let is_meant = |reference: &ObjectReference| is_part_of(reference, object);
    let is_itself = |id: &EntityId| *object == ObjectReference::Entity(id.clone());
    let user = metadata.entities.iter().find(|entity| {
        let on = entity.id.on.iter().any(|table| is_meant(&ObjectReference::Table(table.clone())));
        !is_itself(&entity.id) && (on || entity.depends_on.iter().any(is_meant))
    });
    if let Some(entity) = user {
        return Err(in_use("object", object, &entity.id));
    }
    let user = metadata.dependencies.iter().find(|dependency| is_meant(&dependency.on));
    if let Some(dependency) = user {
        return Err(in_use("object", object, &dependency.of));
    }
    if metadata.grants.iter().any(|grant| is_meant(&grant.on)) {
        return Err(in_use("object", object, "a privilege that is granted"));
    }
    if metadata.owners.iter().any(|ownership| is_meant(&ownership.of)) {
        return Err(in_use("object", object, "an owner that was set"));
    }
    Ok(())
}

/// No entity would keep the object from changing.
pub(super) fn is_unwatched(metadata: &MetaData, object: &ObjectReference) -> Result<(), ApplyError> {
    match metadata.entities.iter().find(|entity| entity.depends_on.contains(object)) {
        Some(entity) => Err(in_use("object", object, &entity.id)),
        None => Ok(()),
    }
}

/// Every entity on the types, on columns of theirs or on another such entity is carried over, and is as it was when the
/// change was found.
pub(super) fn carried_are_known(
    metadata: &MetaData,
    types: &[&QualifiedName],
    dependents: &TypeDependents,
) -> Result<(), ApplyError> {
    dependents.entities.iter().try_for_each(|entity| expect(metadata, entity))?;
    let is_carried = |id: &EntityId| dependents.entities.iter().any(|entity| entity.id == *id);
    let is_touched = |reference: &ObjectReference| match reference {
        ObjectReference::Type(name) => types.contains(&name),
        ObjectReference::Column(table, column) => {
            let mut columns = dependents.columns.iter().chain(&dependents.generated);
            columns.any(|c| c.reference.table == *table && c.reference.column == *column)
        }
        ObjectReference::Entity(id) => is_carried(id),
        ObjectReference::Table(name) => {
            dependents.entities.iter().any(|entity| entity.id.kind.is_relation() && entity.id.name == *name)
        }
        ObjectReference::Schema(_) | ObjectReference::Constraint(..) | ObjectReference::Sequence(_) => false,
    };
    let user = metadata
        .entities
        .iter()
        .find(|entity| !is_carried(&entity.id) && entity.depends_on.iter().any(is_touched));
    match user {
        Some(entity) => {
            Err(in_use("type", types.first().copied().map_or(String::new(), ToString::to_string), &entity.id))
        }
        None => Ok(()),
    }
}

/// Whether the reference is to the object, or to a part of it.
fn is_part_of(reference: &ObjectReference, object: &ObjectReference) -> bool {
    let relation = match object {
        ObjectReference::Table(name) => Some(name),
        ObjectReference::Entity(id) if id.kind.is_relation() => Some(&id.name),
        _ => None,
    };
    let of_relation = match reference {
        ObjectReference::Table(name)
        | ObjectReference::Column(name, _)
        | ObjectReference::Constraint(name, _) => Some(name) == relation,
        _ => false,
    };
    reference == object || of_relation
}

fn find<'a>(metadata: &'a MetaData, id: &EntityId) -> Option<&'a Entity> {
    metadata.entities.iter().find(|entity| entity.id == *id)
}

fn expect(metadata: &MetaData, entity: &Entity) -> Result<(), ApplyError> {
    let existing =
        find(metadata, &entity.id).ok_or_else(|| missing(entity.id.kind.words(), &entity.id.name))?;
    let known = Entity {
        source: existing.source.clone(),
        renamed_from: existing.renamed_from.clone(),
        without_data: existing.without_data,
        depends_on: existing.depends_on.clone(),
        mentions: existing.mentions.clone(),
        ..entity.clone()
    };
    if *existing == known { Ok(()) } else { Err(different(entity.id.kind.words(), &entity.id.name)) }
}

/// What an entity is built on is there.
fn base_exists(metadata: &MetaData, entity: &Entity) -> Result<(), ApplyError> {
    if let Some(on) = &entity.id.on {
        exists_here(metadata, &ObjectReference::Table(on.clone()))?;
    }
    entity.depends_on.iter().try_for_each(|reference| exists_here(metadata, reference))
}

fn exists_here(metadata: &MetaData, reference: &ObjectReference) -> Result<(), ApplyError> {
    match reference {
        ObjectReference::Schema(name) => rules::schema_exists(metadata, &QualifiedName::in_schema(name, "")),
        ObjectReference::Table(name) if is_relation_entity(metadata, name) => Ok(()),
        ObjectReference::Table(name) => find_table(metadata, name).map(|_| ()),
        ObjectReference::Column(name, _) if is_relation_entity(metadata, name) => Ok(()),
        ObjectReference::Column(table, column) => {
            find_column(find_table(metadata, table)?, column).map(|_| ())
        }
        ObjectReference::Constraint(table, name) => {
            let mut constraints = find_table(metadata, table)?.constraints();
            let found = constraints.any(|constraint| constraint.name() == Some(name));
            if found { Ok(()) } else { Err(missing("constraint", format!("{table}.{name}"))) }
        }
        ObjectReference::Type(name) => {
            let found = metadata.find_enum(name).is_some()
                || metadata.find_domain(name).is_some()
                || metadata.find_composite(name).is_some()
                || metadata.entities.iter().any(|entity| entity.id.name == *name);
            if found { Ok(()) } else { Err(missing("type", name)) }
        }
        ObjectReference::Sequence(name) => {
            let found = metadata.sequences.iter().any(|sequence| sequence.name == *name);
            if found { Ok(()) } else { Err(missing("sequence", name)) }
        }
        ObjectReference::Entity(id) => match find(metadata, id) {
            Some(_) => Ok(()),
            None => Err(missing(id.kind.words(), &id.name)),
        },
    }
}

/// Whether a view or foreign table has the name.
pub(super) fn is_relation_entity(metadata: &MetaData, name: &QualifiedName) -> bool {
    metadata.entities.iter().any(|entity| entity.id.kind.is_relation() && entity.id.name == *name)
}

fn same<T: Ord + Clone>(mut now: Vec<T>, expected: &[T]) -> bool {
    let mut expected = expected.to_vec();
    now.sort();
    expected.sort();
    now == expected
}
