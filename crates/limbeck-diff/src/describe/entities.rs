//! Entities, privileges and owners in words.

use limbeck_schema::{DefaultPrivilege, Enabled, Entity, EntityId, Grant, GrantState, ObjectReference};

/// `view 'v'`, `trigger 'touch' on 'orders'`, `function 'price(integer)'`.
pub(super) fn label(id: &EntityId) -> String {
    let arguments = id.arguments.as_ref().map(|arguments| format!("({arguments})")).unwrap_or_default();
    let on = id.on.as_ref().map(|table| format!(" on '{table}'")).unwrap_or_default();
    format!("{} '{}{arguments}'{on}", id.kind.words(), id.name)
}

/// What differs of an entity that is changed in place.
pub(super) fn replaced(from: &Entity, to: &Entity) -> Vec<String> {
    let label = label(&to.id);
    let mut lines = Vec::new();
    if from.definition != to.definition {
        lines.push(format!("changed {label}"));
    }
    if from.enabled != to.enabled {
        let state = match to.enabled {
            Enabled::Origin => "enabled",
            Enabled::Disabled => "disabled",
            Enabled::Replica => "enabled in replicas alone",
            Enabled::Always => "enabled always",
        };
        lines.push(format!("{label} to be {state}"));
    }
    for index in to.indexes.iter().filter(|index| !from.indexes.contains(index)) {
        lines.push(format!("added index '{}' on {label}", index.name.as_deref().unwrap_or("None")));
    }
    for index in from.indexes.iter().filter(|index| !to.indexes.contains(index)) {
        lines.push(format!("removed index '{}' on {label}", index.name.as_deref().unwrap_or("None")));
    }
    if to.owner.is_some() && from.owner != to.owner {
        lines.push(format!("owner of {label}"));
    }
    if from.comment != to.comment {
        lines.push(format!("comment of {label}"));
    }
    if from.column_comments != to.column_comments {
        lines.push(format!("comments of columns of {label}"));
    }
    lines
}

/// A line for each role whose privileges on an object change.
pub(super) fn grants(on: &ObjectReference, from: &[Grant], to: &[Grant]) -> Vec<String> {
    let of = |grant: &Grant| (grant.grantee.clone(), grant.privilege.clone(), grant.state);
    privileges(from.iter().map(of).collect(), to.iter().map(of).collect(), &object(on))
}

/// The same of default privileges.
pub(super) fn default_privileges(from: &[DefaultPrivilege], to: &[DefaultPrivilege]) -> Vec<String> {
    let Some(any) = to.first().or(from.first()) else { return Vec::new() };
    let schema = any.schema.as_ref().map(|schema| format!(" in schema '{schema}'")).unwrap_or_default();
    let what = format!("future {} of role '{}'{schema}", any.objects.to_lowercase(), any.role);
    let of = |p: &DefaultPrivilege| (p.grantee.clone(), p.privilege.clone(), p.state);
    privileges(from.iter().map(of).collect(), to.iter().map(of).collect(), &what)
}

type Privilege = (Option<String>, String, GrantState);

fn privileges(from: Vec<Privilege>, to: Vec<Privilege>, what: &str) -> Vec<String> {
    let line = |word: &str, (grantee, privilege, state): &Privilege| {
        let role = grantee.as_ref().map_or_else(|| "PUBLIC".to_owned(), |role| format!("'{role}'"));
        let option = if *state == GrantState::WithGrantOption { " with grant option" } else { "" };
        let privilege = match state {
            GrantState::Revoked => format!("revocation of {privilege}"),
            _ => privilege.clone(),
        };
        format!("{word} {privilege}{option} of {role} on {what}")
    };
    let removed = from.iter().filter(|known| !to.contains(known)).map(|known| line("removed", known));
    let added = to.iter().filter(|wanted| !from.contains(wanted)).map(|wanted| line("added", wanted));
    removed.chain(added).collect()
}

/// The object in words: `table 'orders'`.
pub(super) fn object(reference: &ObjectReference) -> String {
    match reference {
        ObjectReference::Schema(name) => format!("schema '{name}'"),
        ObjectReference::Table(name) => format!("table '{name}'"),
        ObjectReference::Column(table, column) => format!("column '{table}.{column}'"),
        ObjectReference::Constraint(table, name) => format!("constraint '{name}' of table '{table}'"),
        ObjectReference::Type(name) => format!("type '{name}'"),
        ObjectReference::Sequence(name) => format!("sequence '{name}'"),
        ObjectReference::Entity(id) => label(id),
    }
}
