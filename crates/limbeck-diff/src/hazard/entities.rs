//! What changes of entities, privileges and row-level security may hurt.

use std::collections::BTreeMap;

use limbeck_schema::{
    Enabled, Entity, EntityId, EntityKind, Grant, GrantState, ObjectReference, Operation, QualifiedName,
    RowSecurity, TypeDependents,
};

use super::{Hazard, HazardKind, hazard};

/// The entities that the same operations create and drop.
#[derive(Default)]
pub(super) struct Entities<'a> {
    created: BTreeMap<&'a EntityId, &'a Entity>,
    dropped: BTreeMap<&'a EntityId, &'a Entity>,
    granted: Vec<&'a Grant>,
}

impl<'a> Entities<'a> {
    pub(super) fn of(operations: &'a [Operation]) -> Self {
        let mut found = Self::default();
        for operation in operations {
            match operation {
                Operation::CreateEntity(entity) => {
                    found.created.insert(&entity.id, entity);
                }
                Operation::DropEntity(entity) => {
                    found.dropped.insert(&entity.id, entity);
                }
                Operation::AlterGrants { to, .. } => found.granted.extend(to),
                _ => {}
            }
        }
        found
    }

    /// Whether it is dropped for good, or entirely new.
    pub(super) fn comes_or_goes(&self, id: &EntityId) -> bool {
        self.dropped.contains_key(id) != self.created.contains_key(id)
    }
}

/// An entity is dropped. One that is made anew is told of once, here.
pub(super) fn dropped(entity: &Entity, around: &Entities<'_>, table_goes: bool) -> Vec<Hazard> {
    if let Some(again) = around.created.get(&entity.id) {
        return made_anew(entity, again);
    }
    let id = &entity.id;
    let on = id.on.as_ref().map(ToString::to_string).unwrap_or_default();
    let found = match id.kind {
        EntityKind::Trigger | EntityKind::Rule if !table_goes && entity.enabled != Enabled::Disabled => {
            let kind = id.kind.words();
            let message = format!("{kind} `{}` of `{on}` no longer fires", id.name);
            hazard(HazardKind::IntegrityLoss, on, message)
        }
        EntityKind::EventTrigger => {
            let message = format!("event trigger `{}` no longer fires", id.name);
            hazard(HazardKind::IntegrityLoss, &id.name, message)
        }
        EntityKind::Policy if !table_goes => {
            let message =
                format!("policy `{}` of table `{on}` no longer decides who sees which rows", id.name);
            hazard(HazardKind::AccessChange, on, message)
        }
        EntityKind::Publication => {
            let message = format!("subscribers of publication `{}` get no more changes", id.name);
            hazard(HazardKind::BreaksClients, &id.name, message)
        }
        EntityKind::Trigger | EntityKind::Rule | EntityKind::Policy | EntityKind::Statistics => {
            return Vec::new();
        }
        _ => {
            let message = format!("programs that use {} fail once it is dropped", named(id));
            hazard(HazardKind::BreaksClients, &id.name, message)
        }
    };
    vec![found]
}

fn made_anew(from: &Entity, to: &Entity) -> Vec<Hazard> {
    let mut found = Vec::new();
    if !to.shape.starts_with(&from.shape) {
        let what = if from.id.kind.is_relation() { "other columns" } else { "another signature" };
        let message = format!("programs that use {} find {what}", named(&from.id));
        found.push(hazard(HazardKind::BreaksClients, &from.id.name, message));
    }
    found.extend(computed_anew(to));
    found
}

fn computed_anew(entity: &Entity) -> Option<Hazard> {
    let holds_data = entity.id.kind == EntityKind::MaterializedView && !entity.without_data;
    holds_data.then(|| {
        let name = &entity.id.name;
        let message = format!("materialized view `{name}` is computed anew, and nobody reads it meanwhile");
        hazard(HazardKind::LongLock, name, message)
    })
}

/// Materialized views on a type that is made anew.
pub(super) fn carried(dependents: &TypeDependents) -> impl Iterator<Item = Hazard> + '_ {
    dependents.entities.iter().filter_map(computed_anew)
}

/// An entity changes in place. What a routine does is its author's business.
pub(super) fn replaced(from: &Entity, to: &Entity) -> Vec<Hazard> {
    let id = &to.id;
    let on = id.on.as_ref().map(ToString::to_string).unwrap_or_default();
    let mut found = Vec::new();
    if id.kind == EntityKind::Policy && from.definition != to.definition {
        let message = format!("policy `{}` of table `{on}` decides otherwise who sees which rows", id.name);
        found.push(hazard(HazardKind::AccessChange, &on, message));
    }
    let rarely = |enabled| matches!(enabled, Enabled::Disabled | Enabled::Replica);
    if rarely(to.enabled) && !rarely(from.enabled) {
        let message = match id.on {
            Some(_) => format!("{} `{}` of `{on}` no longer fires", id.kind.words(), id.name),
            None => format!("{} `{}` no longer fires", id.kind.words(), id.name),
        };
        found.push(hazard(
            HazardKind::IntegrityLoss,
            if on.is_empty() { &id.name.name } else { &on },
            message,
        ));
    }
    if id.kind.is_relation() && !to.shape.starts_with(&from.shape) {
        let message = format!("programs that use {} find other columns", named(id));
        found.push(hazard(HazardKind::BreaksClients, &id.name, message));
    }
    found
}

/// An entity is renamed.
pub(super) fn renamed(id: &EntityId, to: &str) -> Option<Hazard> {
    // Nobody calls these by name.
    let is_called = id.on.is_none() && !matches!(id.kind, EntityKind::EventTrigger | EntityKind::Statistics);
    is_called.then(|| {
        let message =
            format!("programs that use {} fail once it is called `{}`", named(id), id.name.with_name(to));
        hazard(HazardKind::BreaksClients, &id.name, message)
    })
}

/// Roles lose privileges on an object that stays, and everyone gets some on one that is not new.
pub(super) fn grants_altered(
    on: &ObjectReference,
    from: &[Grant],
    to: &[Grant],
    around: &Entities<'_>,
) -> Vec<Hazard> {
    let holds = |grant: &Grant| grant.state != GrantState::Revoked;
    let is_same = |a: &Grant, b: &Grant| a.on == b.on && a.grantee == b.grantee && a.privilege == b.privilege;
    let role =
        |grant: &Grant| grant.grantee.as_ref().map_or("everyone".to_owned(), |role| format!("`{role}`"));
    let access = |word: &str, grant: &Grant| {
        let message = format!("{} {word} {} on {on}", role(grant), grant.privilege);
        hazard(HazardKind::AccessChange, on, message)
    };
    // What is made anew gets its privileges again.
    let later = |grant: &Grant| around.granted.iter().any(|other| is_same(grant, other) && holds(other));
    let lost = from.iter().filter(|grant| holds(grant) && !later(grant));
    let revoked = |list: &[Grant], grant: &Grant| list.iter().any(|g| is_same(g, grant) && !holds(g));
    let taken = to.iter().filter(|grant| !holds(grant) && !revoked(from, grant));
    let known = |grant: &Grant| from.iter().any(|old| is_same(old, grant) && holds(old));
    let opened = to.iter().filter(|grant| grant.grantee.is_none() && holds(grant) && !known(grant));
    lost.chain(taken).map(|grant| access("loses", grant)).chain(opened.map(|g| access("gets", g))).collect()
}

/// Policies come in force, or cease to be.
pub(super) fn row_security_altered(
    table: &QualifiedName,
    from: RowSecurity,
    to: RowSecurity,
) -> Option<Hazard> {
    let in_force = |state| matches!(state, RowSecurity::Enabled | RowSecurity::Forced);
    let message = match (in_force(from), in_force(to)) {
        (true, false) => format!("the policies of table `{table}` no longer hide rows from anyone"),
        (false, true) => format!("table `{table}` hides every row that no policy lets through"),
        _ if from != to => format!("the owner of table `{table}` comes under its policies, or out of them"),
        _ => return None,
    };
    Some(hazard(HazardKind::AccessChange, table, message))
}

/// A table becomes a partition: its rows are read, to see that they belong there.
pub(super) fn attached(table: &QualifiedName, parent: &QualifiedName) -> Vec<Hazard> {
    vec![
        hazard(
            HazardKind::MayFail,
            table,
            format!(
                "table `{table}` cannot become a partition of `{parent}` while a row does not belong there"
            ),
        ),
        hazard(
            HazardKind::LongLock,
            table,
            format!("nobody uses table `{table}` while its rows are looked at for partition `{parent}`"),
        ),
    ]
}

/// A partition leaves.
pub(super) fn detached(table: &QualifiedName, parent: &QualifiedName) -> Hazard {
    let message = format!("programs that read table `{parent}` no longer find the rows of `{table}`");
    hazard(HazardKind::BreaksClients, parent, message)
}

fn named(id: &EntityId) -> String {
    let arguments = id.arguments.as_ref().map(|arguments| format!("({arguments})")).unwrap_or_default();
    format!("{} `{}{arguments}`", id.kind.words(), id.name)
}
