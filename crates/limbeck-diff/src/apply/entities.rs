//! Entities, privileges, owners and partitions.

use limbeck_schema::{
    DefaultPrivilege, Entity, EntityId, Grant, MetaData, ObjectReference, Ownership, PartitionOf,
    QualifiedName,
};

use super::error::{ApplyError, different, exists, in_use, missing, refused};
use super::{find_column, find_table, find_table_mut, rules};

pub(super) fn create(metadata: &mut MetaData, entity: &Entity) -> Result<(), ApplyError> {
    if find(metadata, &entity.id).is_some() {
        return Err(exists(entity.id.kind.words(), &entity.id.name));
    }
    rules::schema_exists(metadata, &entity.id.name)?;
    base_exists(metadata, entity)?;
    metadata.entities.push(entity.clone());
    Ok(())
}

pub(super) fn drop(metadata: &mut MetaData, entity: &Entity) -> Result<(), ApplyError> {
    expect(metadata, entity)?;
    let dropped = ObjectReference::Entity(entity.id.clone());
    is_unused(metadata, &dropped)?;
    if metadata.grants.iter().any(|grant| object_of(grant) == dropped) {
        return Err(refused(
            entity.id.kind.words(),
            &entity.id.name,
            "has privileges that are still counted",
        ));
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

pub(super) fn rename(metadata: &mut MetaData, id: &EntityId, to: &str) -> Result<(), ApplyError> {
    let renamed = EntityId { name: id.name.with_name(to), ..id.clone() };
    if find(metadata, &renamed).is_some() {
        return Err(exists(id.kind.words(), &renamed.name));
    }
    let entity = metadata.entities.iter_mut().find(|other| other.id == *id);
    entity.ok_or_else(|| missing(id.kind.words(), &id.name))?.id = renamed;
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

/// Nothing is built on the object.
pub(super) fn is_unused(metadata: &MetaData, object: &ObjectReference) -> Result<(), ApplyError> {
    let user = metadata.entities.iter().find(|entity| {
        let own = ObjectReference::Entity(entity.id.clone()) == *object;
        !own && entity.depends_on.contains(object)
    });
    match user {
        Some(entity) => Err(in_use("object", object, &entity.id)),
        None => Ok(()),
    }
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
fn is_relation_entity(metadata: &MetaData, name: &QualifiedName) -> bool {
    use limbeck_schema::EntityKind::{ForeignTable, MaterializedView, View};
    let kinds = [View, MaterializedView, ForeignTable];
    metadata.entities.iter().any(|entity| kinds.contains(&entity.id.kind) && entity.id.name == *name)
}

/// The object that a privilege is on, a column's table for one on a column.
fn object_of(grant: &Grant) -> ObjectReference {
    match &grant.on {
        ObjectReference::Column(table, _) => ObjectReference::Table(table.clone()),
        on => on.clone(),
    }
}

fn same<T: Ord + Clone>(mut now: Vec<T>, expected: &[T]) -> bool {
    let mut expected = expected.to_vec();
    now.sort();
    expected.sort();
    now == expected
}
