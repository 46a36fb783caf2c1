//! The entities on a type that changes: making the type anew takes them off and puts them on again.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_schema::{
    Entity, EntityId, Grant, MetaData, ObjectReference, Operation, QualifiedName, TypeDependents,
};

use super::entities::is_changed;
use super::rebuilds::{base, in_order};

/// The operations on types with the entities that are built on these. Those that are dropped and made anew by operations
/// of their own are not among them.
pub(super) fn fill_entities(
    mut altered: Vec<Operation>,
    from: &MetaData,
    to: &MetaData,
    rebuilt: &BTreeSet<EntityId>,
) -> Vec<Operation> {
    let after: BTreeMap<_, _> = to.entities.iter().map(|entity| (&entity.id, entity)).collect();
    let staying: Vec<(&Entity, &Entity)> = from
        .entities
        .iter()
        .filter(|entity| !rebuilt.contains(&entity.id))
        .filter_map(|entity| Some((entity, *after.get(&entity.id)?)))
        .collect();
    for operation in &mut altered {
        let (name, dependents) = match operation {
            Operation::AlterEnum(change) => (&change.from.name, &mut change.dependents),
            Operation::AlterDomain(change) if change.dependents != TypeDependents::default() => {
                (&change.from.name, &mut change.dependents)
            }
            Operation::AlterComposite(change) if change.dependents != TypeDependents::default() => {
                (&change.from.name, &mut change.dependents)
            }
            _ => continue,
        };
        let mut touched = objects(name, dependents);
        let carried = above(&staying, &mut touched);
        let is_carried = |relation: &QualifiedName| {
            carried.iter().any(|entity| entity.id.kind.is_relation() && entity.id.name == *relation)
        };
        // A column of a table keeps its privileges under another type.
        let is_lost = |grant: &&Grant| match &grant.on {
            ObjectReference::Column(relation, _) => is_carried(relation),
            object => touched.contains(object),
        };
        dependents.grants = from.grants.iter().filter(is_lost).cloned().collect();
        dependents.entities = in_order(&carried);
    }
    altered
}

/// The types that are made anew, and the columns and constraints that they carry along.
fn objects(name: &QualifiedName, dependents: &TypeDependents) -> BTreeSet<ObjectReference> {
    let types = std::iter::once(name)
        .chain(dependents.domains.iter().map(|domain| &domain.name))
        .chain(dependents.composites.iter().map(|composite| &composite.name));
    let columns = dependents.columns.iter().chain(&dependents.generated).map(|column| {
        ObjectReference::Column(column.reference.table.clone(), column.reference.column.clone())
    });
    let constraints = dependents.constraints.iter().filter_map(|constraint| {
        let name = constraint.constraint.name()?.to_owned();
        Some(ObjectReference::Constraint(constraint.table.clone(), name))
    });
    types.map(|name| ObjectReference::Type(name.clone())).chain(columns).chain(constraints).collect()
}

/// The entities that are built on the objects, over however many others. One that changes in place and leaves them does
/// so before the types change.
fn above<'a>(
    staying: &[(&'a Entity, &'a Entity)],
    objects: &mut BTreeSet<ObjectReference>,
) -> Vec<&'a Entity> {
    let mut found: Vec<&Entity> = Vec::new();
    loop {
        let known = found.len();
        for (before, after) in staying {
            let is_on = |entity: &Entity| base(entity).any(|reference| objects.contains(&reference));
            let is_known = found.iter().any(|entity| entity.id == before.id);
            if !is_known && is_on(before) && (!is_changed(before, after) || is_on(after)) {
                objects.insert(ObjectReference::Entity(before.id.clone()));
                if before.id.kind.is_relation() {
                    objects.insert(ObjectReference::Table(before.id.name.clone()));
                }
                found.push(before);
            }
        }
        if found.len() == known {
            return found;
        }
    }
}
