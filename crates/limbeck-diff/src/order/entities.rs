//! What entities, privileges, owners and partitions make, remove and build on.

use std::collections::BTreeMap;

use limbeck_schema::{
    Dependency, Entity, EntityId, EntityKind, ObjectReference, Operation, PartitionOf, QualifiedName,
};

use super::effects::{Effects, Resource, name_in_expression, relation, schema_of, without_unchanged};

/// An entity that is made.
pub(super) fn created(entity: &Entity) -> Effects<'_> {
    Effects {
        makes: itself(&entity.id),
        needs: base(entity),
        mentions: mentioned(entity),
        ..Effects::default()
    }
}

/// An entity that is dropped.
pub(super) fn dropped(entity: &Entity) -> Effects<'_> {
    Effects {
        removes: itself(&entity.id),
        frees: base(entity),
        forgets: mentioned(entity),
        ..Effects::default()
    }
}

/// An entity that becomes another one in place: what builds on it may build on what it was or on what it will be.
pub(super) fn replaced<'a>(from: &'a Entity, to: &'a Entity) -> Effects<'a> {
    let (former, mentions) = (mentioned(from), mentioned(to));
    without_unchanged(Effects {
        frees: base(from),
        removes: vec![Resource::Entity(&to.id)],
        makes: vec![Resource::Entity(&to.id)],
        needs: base(to),
        forgets: former.into_iter().filter(|resource| !mentions.contains(resource)).collect(),
        mentions,
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

/// What tables and types are built on besides what their own text says, before and after.
pub(super) struct Foundations<'a> {
    before: BTreeMap<&'a ObjectReference, Vec<&'a ObjectReference>>,
    after: BTreeMap<&'a ObjectReference, Vec<&'a ObjectReference>>,
}

impl<'a> Foundations<'a> {
    pub(super) fn new(before: &'a [Dependency], after: &'a [Dependency]) -> Self {
        let by_object = |list: &'a [Dependency]| {
            let mut objects: BTreeMap<_, Vec<_>> = BTreeMap::new();
            for Dependency { of, on } in list {
                objects.entry(of).or_default().push(on);
            }
            objects
        };
        Self { before: by_object(before), after: by_object(after) }
    }

    /// Adds to what an operation on a table or type needs, and frees, what the object comes to be built on and ceases to
    /// be built on. Which of several operations it is that does so, is not known: all of them count.
    pub(super) fn add(&self, operation: &'a Operation, effects: &mut Effects<'a>) {
        if self.before.is_empty() && self.after.is_empty() {
            return;
        }
        let Some(object) = object_of(operation) else { return };
        let list = |objects: &BTreeMap<_, Vec<&'a ObjectReference>>| {
            objects.get(&object).cloned().unwrap_or_default()
        };
        let (before, after) = (list(&self.before), list(&self.after));
        let whole = matches!(
            operation,
            Operation::CreateTable(_)
                | Operation::DropTable(_)
                | Operation::CreateDomain(_)
                | Operation::DropDomain(_)
                | Operation::CreateComposite(_)
                | Operation::DropComposite(_)
        );
        let only = |list: &[&'a ObjectReference], other: &[&'a ObjectReference]| {
            let list = list.iter().filter(|object| whole || !other.contains(object));
            list.flat_map(|object| referred(object)).collect::<Vec<_>>()
        };
        effects.frees.extend(only(&before, &after));
        effects.needs.extend(only(&after, &before));
    }
}

/// The table or type that an operation is on.
fn object_of(operation: &Operation) -> Option<ObjectReference> {
    use Operation::*;
    Some(match operation {
        CreateTable(table) | DropTable(table) => ObjectReference::Table(table.name.clone()),
        AddColumn { table, .. }
        | DropColumn { table, .. }
        | AlterColumn { table, .. }
        | AddConstraint { table, .. }
        | DropConstraint { table, .. }
        | CreateIndex { table, .. }
        | DropIndex { table, .. } => ObjectReference::Table(table.clone()),
        CreateDomain(domain) | DropDomain(domain) => ObjectReference::Type(domain.name.clone()),
        AlterDomain(change) => ObjectReference::Type(change.to.name.clone()),
        CreateComposite(composite) | DropComposite(composite) => {
            ObjectReference::Type(composite.name.clone())
        }
        AlterComposite(change) => ObjectReference::Type(change.to.name.clone()),
        _ => return None,
    })
}

/// A table that becomes a partition, or is one no longer.
pub(super) fn partition<'a>(table: &'a QualifiedName, of: &'a PartitionOf) -> Vec<Resource<'a>> {
    vec![Resource::Table(table), Resource::Table(&of.parent)]
}

/// What an entity is to others.
pub(super) fn itself(id: &EntityId) -> Vec<Resource<'_>> {
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
        EntityKind::Function | EntityKind::Aggregate => {
            let name = &id.name.name;
            resources.extend([name_in_expression(name), Resource::Call(name.into())]);
        }
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

fn mentioned(entity: &Entity) -> Vec<Resource<'_>> {
    let own = itself(&entity.id);
    let resources = entity.mentions.iter().flat_map(referred);
    resources.filter(|resource| !own.contains(resource)).collect()
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
