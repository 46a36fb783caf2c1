//! Privileges, default privileges and owners.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_schema::{
    DefaultPrivilege, EntityId, Grant, MetaData, ObjectReference, Operation, QualifiedName,
};

/// The changes of who may do what.
#[derive(Default)]
pub(super) struct PrivilegeChanges {
    /// What is taken away, and what goes with an object.
    pub(super) revoked: Vec<Operation>,
    /// What is given, and what an object that is made anew is given again.
    pub(super) granted: Vec<Operation>,
    pub(super) default_privileges: Vec<Operation>,
}

pub(super) fn compare_privileges(
    from: &MetaData,
    to: &MetaData,
    rebuilt: &BTreeSet<EntityId>,
) -> PrivilegeChanges {
    let mut changes = PrivilegeChanges::default();
    let (before, after) = (by_object(&from.grants), by_object(&to.grants));
    let objects: BTreeSet<_> = before.keys().chain(after.keys()).copied().collect();
    let relations: BTreeSet<_> =
        rebuilt.iter().filter(|id| id.kind.is_relation()).map(|id| &id.name).collect();
    for object in objects {
        let list = |grants: &BTreeMap<_, Vec<Grant>>| grants.get(object).cloned().unwrap_or_default();
        let (from, to) = (list(&before), list(&after));
        let alter = |from, to| Operation::AlterGrants { on: object.clone(), from, to };
        if is_rebuilt(object, rebuilt, &relations) {
            if !from.is_empty() {
                changes.revoked.push(alter(from, Vec::new()));
            }
            if !to.is_empty() {
                changes.granted.push(alter(Vec::new(), to));
            }
        } else if from != to {
            let list = if to.is_empty() { &mut changes.revoked } else { &mut changes.granted };
            list.push(alter(from, to));
        }
    }
    changes.default_privileges = compare_default_privileges(from, to);
    changes
}

fn by_object(grants: &[Grant]) -> BTreeMap<&ObjectReference, Vec<Grant>> {
    let mut objects: BTreeMap<_, Vec<Grant>> = BTreeMap::new();
    for grant in grants {
        objects.entry(&grant.on).or_default().push(grant.clone());
    }
    for list in objects.values_mut() {
        list.sort();
        list.dedup();
    }
    objects
}

fn is_rebuilt(
    object: &ObjectReference,
    rebuilt: &BTreeSet<EntityId>,
    relations: &BTreeSet<&QualifiedName>,
) -> bool {
    match object {
        ObjectReference::Entity(id) => rebuilt.contains(id),
        ObjectReference::Table(name) | ObjectReference::Column(name, _) => relations.contains(name),
        _ => false,
    }
}

fn compare_default_privileges(from: &MetaData, to: &MetaData) -> Vec<Operation> {
    type Group = (String, Option<String>, String);
    let groups = |list: &[DefaultPrivilege]| {
        let mut groups: BTreeMap<Group, Vec<DefaultPrivilege>> = BTreeMap::new();
        for privilege in list {
            let group = (privilege.role.clone(), privilege.schema.clone(), privilege.objects.clone());
            groups.entry(group).or_default().push(privilege.clone());
        }
        groups.values_mut().for_each(|list| list.sort());
        groups
    };
    let (mut before, mut after) = (groups(&from.default_privileges), groups(&to.default_privileges));
    let names: BTreeSet<_> = before.keys().chain(after.keys()).cloned().collect();
    let pairs = names
        .iter()
        .map(|group| (before.remove(group).unwrap_or_default(), after.remove(group).unwrap_or_default()));
    pairs
        .filter(|(from, to)| from != to)
        .map(|(from, to)| Operation::AlterDefaultPrivileges { from, to })
        .collect()
}

/// The owners that are declared and others than they are; and those of objects that go, for the way back.
pub(super) fn compare_owners(from: &MetaData, to: &MetaData) -> Vec<Operation> {
    let owners = |metadata: &MetaData| -> BTreeMap<ObjectReference, String> {
        metadata.owners.iter().map(|o| (o.of.clone(), o.owner.clone())).collect()
    };
    let (before, after) = (owners(from), owners(to));
    let set = |of: &ObjectReference, from: Option<&String>, to: Option<&String>| Operation::SetOwner {
        of: of.clone(),
        from: from.cloned(),
        to: to.cloned(),
    };
    let gone =
        before.iter().filter(|(of, _)| !after.contains_key(*of) && is_there(from, of) && !is_there(to, of));
    let gone = gone.map(|(of, owner)| set(of, Some(owner), None));
    let declared = after.iter().filter(|(of, owner)| before.get(*of) != Some(*owner));
    gone.chain(declared.map(|(of, owner)| set(of, before.get(of), Some(owner)))).collect()
}

/// Whether an object that has an owner is part of the schema.
fn is_there(metadata: &MetaData, object: &ObjectReference) -> bool {
    match object {
        ObjectReference::Schema(name) => metadata.schemas.iter().any(|schema| schema.name == *name),
        ObjectReference::Table(name) => metadata.find_table(name).is_some(),
        ObjectReference::Sequence(name) => metadata.sequences.iter().any(|sequence| sequence.name == *name),
        ObjectReference::Type(name) => {
            metadata.find_enum(name).is_some()
                || metadata.find_domain(name).is_some()
                || metadata.find_composite(name).is_some()
        }
        ObjectReference::Entity(id) => metadata.entities.iter().any(|entity| entity.id == *id),
        ObjectReference::Column(..) | ObjectReference::Constraint(..) => false,
    }
}
