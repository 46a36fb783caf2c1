//! What entities, privileges, owners and partitions make, remove and build on.

use limbeck_schema::{Entity, EntityId, EntityKind, ObjectReference, PartitionOf, QualifiedName};

use super::effects::{Effects, Resource, name_in_expression, relation, schema_of, without_unchanged};

/// An entity that is made.
pub(super) fn created(entity: &Entity) -> Effects<'_> {
    Effects { makes: itself(&entity.id), needs: base(entity), ..Effects::default() }
}

/// An entity that is dropped.
pub(super) fn dropped(entity: &Entity) -> Effects<'_> {
    Effects { removes: itself(&entity.id), frees: base(entity), ..Effects::default() }
}

/// An entity that becomes another one in place: what builds on it may build on what it was or on what it will be.
pub(super) fn replaced<'a>(from: &'a Entity, to: &'a Entity) -> Effects<'a> {
    without_unchanged(Effects {
        frees: base(from),
        removes: vec![Resource::Entity(&to.id)],
        makes: vec![Resource::Entity(&to.id)],
        needs: base(to),
    })
}

/// A change of what is said of an object: it is there then, and no longer needed when nothing more is said.
pub(super) fn said_of(object: &ObjectReference, was_said: bool, is_said: bool) -> Effects<'_> {
    let resources = referred(object);
    match (was_said, is_said) {
        (true, false) => Effects { frees: resources, ..Effects::default() },
        _ => Effects { needs: resources, ..Effects::default() },
    }
}

/// A table that becomes a partition, or is one no longer.
pub(super) fn partition<'a>(table: &'a QualifiedName, of: &'a PartitionOf) -> Vec<Resource<'a>> {
    vec![Resource::Table(table), Resource::Table(&of.parent)]
}

/// What an entity is to others.
fn itself(id: &EntityId) -> Vec<Resource<'_>> {
    let mut resources = vec![Resource::Entity(id)];
    match id.kind {
        // They are read from as tables are, and share their names.
        EntityKind::View | EntityKind::MaterializedView | EntityKind::ForeignTable => {
            resources.extend([Resource::Table(&id.name), relation(&id.name)]);
        }
        EntityKind::RangeType => {
            resources.extend([
                Resource::Type(&id.name),
                name_in_expression(&id.name.name),
                relation(&id.name),
            ]);
        }
        EntityKind::Function | EntityKind::Aggregate => resources.push(name_in_expression(&id.name.name)),
        _ => {}
    }
    resources
}

/// What an entity is built on.
fn base(entity: &Entity) -> Vec<Resource<'_>> {
    let mut resources = schema_of(&entity.id.name);
    resources.extend(entity.id.on.iter().map(Resource::Table));
    resources.extend(entity.depends_on.iter().flat_map(referred));
    // What it makes itself is no condition of it.
    let own = itself(&entity.id);
    resources.retain(|resource| !own.contains(resource));
    resources
}

fn referred(reference: &ObjectReference) -> Vec<Resource<'_>> {
    match reference {
        ObjectReference::Schema(name) => vec![Resource::Schema(name)],
        ObjectReference::Table(name) => vec![Resource::Table(name)],
        ObjectReference::Column(table, column) => {
            vec![Resource::Table(table), Resource::Column(table, column.into())]
        }
        ObjectReference::Constraint(table, name) => {
            vec![Resource::Table(table), Resource::ConstraintName(table, name)]
        }
        ObjectReference::Type(name) => vec![Resource::Type(name)],
        ObjectReference::Sequence(name) => vec![Resource::Sequence(std::borrow::Cow::Borrowed(name))],
        ObjectReference::Entity(id) => vec![Resource::Entity(id)],
    }
}
