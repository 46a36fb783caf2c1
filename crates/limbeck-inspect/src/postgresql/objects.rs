//! What the objects of the catalogue are called in a schema.

use std::collections::HashMap;

use limbeck_schema::{EntityId, ObjectReference};

use super::catalogue::Catalogue;
use super::entity_rows::EntityRow;
use super::names::Names;
use super::rows::Oid;
use crate::InspectOptions;

/// The objects of the schema, by catalogue and object identifier. What belongs to an extension or to an excluded table
/// is not among them.
pub(super) struct Objects<'a> {
    references: HashMap<(&'a str, Oid), ObjectReference>,
}

impl<'a> Objects<'a> {
    /// The objects that the catalogue holds.
    pub(super) fn new(catalogue: &Catalogue<'a>, names: &Names<'a>, options: &InspectOptions) -> Self {
        let mut references = HashMap::new();
        for row in &catalogue.namespaces {
            references.insert(("pg_namespace", row.oid), ObjectReference::Schema(row.name.to_owned()));
        }
        for row in &catalogue.tables {
            let name = names.qualified(row.namespace, row.name);
            if !options.excludes(&name) {
                references.insert(("pg_class", row.oid), ObjectReference::Table(name));
            }
        }
        for row in &catalogue.sequences {
            let name = names.qualified(row.namespace, row.name);
            references.insert(("pg_class", row.oid), ObjectReference::Sequence(name));
        }
        let enums = catalogue.enums.iter().map(|row| (row.oid, row.namespace, row.name));
        let domains = catalogue.domains.iter().map(|row| (row.oid, row.namespace, row.name));
        let composites = catalogue.composites.iter().map(|row| (row.oid, row.namespace, row.name));
        for (oid, namespace, name) in enums.chain(domains).chain(composites) {
            let name = names.qualified(namespace, name);
            references.insert(("pg_type", oid), ObjectReference::Type(name));
        }
        for row in &catalogue.constraints {
            if let Some(ObjectReference::Table(table)) = references.get(&("pg_class", row.table)) {
                let constraint = ObjectReference::Constraint(table.clone(), row.name.to_owned());
                references.insert(("pg_constraint", row.oid), constraint);
            }
        }
        for row in &catalogue.entities {
            if let Some(id) = id(row, names, options) {
                references.insert((row.catalogue(), row.oid), ObjectReference::Entity(id));
            }
        }
        Objects { references }
    }

    /// The object as another one refers to it; a column of a table where it has a number.
    pub(super) fn reference(
        &self,
        catalogue: &'a str,
        oid: Oid,
        column: i16,
        names: &Names<'a>,
    ) -> Option<ObjectReference> {
        match self.references.get(&(catalogue, oid))? {
            ObjectReference::Table(table) if column > 0 => {
                Some(ObjectReference::Column(table.clone(), names.column(oid, column)?))
            }
            other => Some(other.clone()),
        }
    }

    /// Every object.
    pub(super) fn all(&self) -> impl Iterator<Item = &ObjectReference> {
        self.references.values()
    }
}

/// The identity of an entity; `None` where it is on a relation that is left out.
pub(super) fn id(row: &EntityRow<'_>, names: &Names<'_>, options: &InspectOptions) -> Option<EntityId> {
    let on = match row.relation {
        0 => None,
        relation => Some(names.relation(relation).filter(|name| !options.excludes(name))?.clone()),
    };
    let name = names.qualified(row.namespace, row.name);
    Some(EntityId { kind: row.kind, name, arguments: row.arguments.map(str::to_owned), on })
}
