//! Privileges, default privileges and owners.

use std::collections::HashSet;

use limbeck_schema::{DefaultPrivilege, Grant, ObjectReference, Ownership};

use super::catalogue::Catalogue;
use super::names::Names;
use super::objects::Objects;
use super::rows::Oid;

/// Privileges that differ from what the database gives by itself, sorted.
pub(super) fn grants<'a>(catalogue: &Catalogue<'a>, names: &Names<'a>, objects: &Objects<'a>) -> Vec<Grant> {
    let mut grants: Vec<Grant> = catalogue
        .grants
        .iter()
        .filter_map(|row| {
            let on = match objects.reference(row.catalogue, row.object, row.column, names)? {
                // A column of a view.
                ObjectReference::Entity(id) if row.column > 0 => {
                    ObjectReference::Column(id.name, names.column(row.object, row.column)?)
                }
                on => on,
            };
            Some(Grant {
                on,
                grantee: row.grantee.map(str::to_owned),
                privilege: row.privilege.to_owned(),
                state: row.state,
            })
        })
        .collect();
    grants.sort();
    grants
}

/// Privileges on objects yet to be made, sorted.
pub(super) fn default_privileges(catalogue: &Catalogue<'_>) -> Vec<DefaultPrivilege> {
    let mut privileges: Vec<DefaultPrivilege> = catalogue
        .default_privileges
        .iter()
        .map(|row| DefaultPrivilege {
            role: row.role.to_owned(),
            schema: row.schema.map(str::to_owned),
            objects: row.objects.to_owned(),
            grantee: row.grantee.map(str::to_owned),
            privilege: row.privilege.to_owned(),
            state: row.state,
        })
        .collect();
    privileges.sort();
    privileges
}

/// The owners of what is no entity, sorted. A sequence of a column belongs to whom the table belongs to.
pub(super) fn owners<'a>(
    catalogue: &Catalogue<'a>,
    names: &Names<'a>,
    objects: &Objects<'a>,
) -> Vec<Ownership> {
    let owned = catalogue.sequences.iter().filter(|row| row.owner.is_some());
    let owned: HashSet<Oid> = owned.map(|row| row.oid).collect();
    let mut owners: Vec<Ownership> = catalogue
        .owners
        .iter()
        .filter(|row| row.catalogue != "pg_class" || !owned.contains(&row.object))
        .filter_map(|row| {
            let of = objects.reference(row.catalogue, row.object, 0, names)?;
            Some(Ownership { of, owner: row.owner.to_owned() })
        })
        .collect();
    owners.sort();
    owners
}
