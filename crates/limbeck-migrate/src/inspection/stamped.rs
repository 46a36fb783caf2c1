//! What default privileges make of new objects.
//!
//! An object that is older than the default privileges of today has not what they give. When the schema is made anew they
//! may be there before the object (PostgreSQL docs, "ALTER DEFAULT PRIVILEGES"), so what they have given is taken back.

use std::collections::BTreeMap;

use limbeck_schema::{DefaultPrivilege, EntityKind, Grant, GrantState, MetaData, ObjectReference, Operation};

use super::Inspection;

/// The changes that give every object the privileges it has, whether default privileges came before it or not.
pub(super) fn grants(schema: &MetaData, inspection: &Inspection) -> Vec<Operation> {
    let mut wanted = BTreeMap::<&ObjectReference, Vec<Grant>>::new();
    for grant in &schema.grants {
        wanted.entry(&grant.on).or_default().push(grant.clone());
    }
    let new = new_objects(schema);
    for (object, _) in &new {
        wanted.entry(object).or_default();
    }
    let new: BTreeMap<_, _> = new.iter().map(|(object, kind)| (object, *kind)).collect();
    let mut operations = Vec::new();
    for (on, to) in wanted {
        let mut from = new.get(on).map(|kind| stamps(schema, inspection, on, kind)).unwrap_or_default();
        // What is there either way is said all the same, as the default privileges may come later.
        from.retain(|stamp| {
            !to.iter().any(|grant| (&grant.grantee, &grant.privilege) == (&stamp.grantee, &stamp.privilege))
        });
        if from != to {
            operations.push(Operation::AlterGrants { on: on.clone(), from, to });
        }
    }
    operations
}

/// What the default privileges give to a new object: those of the role that makes it, whoever will own it.
fn stamps(schema: &MetaData, inspection: &Inspection, on: &ObjectReference, kind: &str) -> Vec<Grant> {
    let of = schema_of(on).or(inspection.default_schema.as_deref());
    let privileges = schema.default_privileges.iter().filter(|privilege| {
        privilege.objects == kind
            && Some(&privilege.role) == inspection.role.as_ref()
            && privilege.schema.as_deref().is_none_or(|name| Some(name) == of)
    });
    privileges.filter_map(|privilege| stamp(on, privilege)).collect()
}

fn schema_of(object: &ObjectReference) -> Option<&str> {
    match object {
        ObjectReference::Schema(_) => None,
        ObjectReference::Table(name)
        | ObjectReference::Column(name, _)
        | ObjectReference::Constraint(name, _)
        | ObjectReference::Type(name)
        | ObjectReference::Sequence(name) => name.schema.as_deref(),
        ObjectReference::Entity(id) => id.name.schema.as_deref(),
    }
}

fn stamp(on: &ObjectReference, privilege: &DefaultPrivilege) -> Option<Grant> {
    // The owner's own privileges go with the object.
    let is_owners = privilege.grantee.as_ref() == Some(&privilege.role);
    let grant = Grant {
        on: on.clone(),
        grantee: privilege.grantee.clone(),
        privilege: privilege.privilege.clone(),
        state: privilege.state,
    };
    (!is_owners || privilege.state == GrantState::Revoked).then_some(grant)
}

/// Everything that default privileges are about, with its kind in the words of SQL.
fn new_objects(schema: &MetaData) -> Vec<(ObjectReference, &'static str)> {
    if schema.default_privileges.is_empty() {
        return Vec::new();
    }
    let mut objects = Vec::new();
    for table in &schema.tables {
        objects.push((ObjectReference::Table(table.name.clone()), "TABLES"));
    }
    for sequence in &schema.sequences {
        objects.push((ObjectReference::Sequence(sequence.name.clone()), "SEQUENCES"));
    }
    let enums = schema.enums.iter().map(|created| &created.name);
    let domains = schema.domains.iter().map(|created| &created.name);
    let composites = schema.composites.iter().map(|created| &created.name);
    for name in enums.chain(domains).chain(composites) {
        objects.push((ObjectReference::Type(name.clone()), "TYPES"));
    }
    for schema in &schema.schemas {
        objects.push((ObjectReference::Schema(schema.name.clone()), "SCHEMAS"));
    }
    for entity in &schema.entities {
        let kind = match entity.id.kind {
            EntityKind::Function | EntityKind::Procedure | EntityKind::Aggregate => "FUNCTIONS",
            EntityKind::View | EntityKind::MaterializedView | EntityKind::ForeignTable => "TABLES",
            EntityKind::RangeType => "TYPES",
            _ => continue,
        };
        objects.push((ObjectReference::Entity(entity.id.clone()), kind));
    }
    objects
}
