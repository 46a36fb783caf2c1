//! Which kinds of entities, privileges and the like a model manages.
//!
//! A kind is managed once one of it is declared, or the configuration says so. What is not managed is copied from the
//! database into the declared side, as filters do it: nothing is proposed for it, and what depends on it still counts.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use limbeck_schema::{EntityKind, MetaData, ObjectReference, QualifiedName};

/// A kind of object that is managed, or not, as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Managed {
    /// Entities of a kind.
    Entities(EntityKind),
    /// Privileges.
    Grants,
    /// Default privileges.
    DefaultPrivileges,
    /// Whether row-level-security policies are in force on tables.
    RowSecurity,
}

impl Managed {
    /// Every kind.
    pub fn all() -> impl Iterator<Item = Managed> {
        let others = [Managed::Grants, Managed::DefaultPrivileges, Managed::RowSecurity];
        EntityKind::ALL.into_iter().map(Managed::Entities).chain(others)
    }
}

/// As the configuration names it: `materialized_views`.
impl fmt::Display for Managed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Managed::Entities(EntityKind::Statistics) => return f.write_str("statistics"),
            Managed::Entities(EntityKind::Policy) => return f.write_str("policies"),
            Managed::Entities(kind) => kind.words().replace([' ', '-'], "_"),
            Managed::Grants => "grant".to_owned(),
            Managed::DefaultPrivileges => "default_privilege".to_owned(),
            Managed::RowSecurity => return f.write_str("row_security"),
        };
        if kind.ends_with('y') {
            write!(f, "{}ies", kind.trim_end_matches('y'))
        } else {
            write!(f, "{kind}s")
        }
    }
}

/// A kind that does not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{kind}` is no kind of entity; kinds are {}", Managed::all().map(|kind| format!("`{kind}`")).collect::<Vec<_>>().join(", "))]
pub struct UnknownKind {
    /// The text.
    pub kind: String,
}

impl FromStr for Managed {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        Managed::all()
            .find(|kind| kind.to_string() == text)
            .ok_or_else(|| UnknownKind { kind: text.to_owned() })
    }
}

/// What is managed by configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ManagedKinds {
    /// Managed also while none of the kind is declared.
    pub manage: Vec<Managed>,
    /// Not managed, whatever is declared.
    pub ignore: Vec<Managed>,
}

impl ManagedKinds {
    /// The kinds that are managed where this is declared.
    fn of(&self, declared: &MetaData) -> BTreeSet<Managed> {
        let mut kinds: BTreeSet<Managed> =
            declared.entities.iter().map(|entity| Managed::Entities(entity.id.kind)).collect();
        if !declared.grants.is_empty() {
            kinds.insert(Managed::Grants);
        }
        if !declared.default_privileges.is_empty() {
            kinds.insert(Managed::DefaultPrivileges);
        }
        let secured = declared.tables.iter().any(|table| !table.options.postgresql.row_security.is_default());
        if secured || kinds.contains(&Managed::Entities(EntityKind::Policy)) {
            kinds.insert(Managed::RowSecurity);
        }
        kinds.extend(&self.manage);
        kinds.retain(|kind| !self.ignore.contains(kind));
        kinds
    }

    /// The declared schema with everything that is not managed as the live one has it, as far as that still has its place.
    pub(crate) fn adopt(&self, live: &MetaData, mut declared: MetaData) -> MetaData {
        let managed = self.of(&declared);
        declared.entities.retain(|entity| managed.contains(&Managed::Entities(entity.id.kind)));
        let objects = Objects::of(&declared);
        let adopted: Vec<_> = live
            .entities
            .iter()
            .filter(|entity| !managed.contains(&Managed::Entities(entity.id.kind)))
            .filter(|entity| entity.id.on.as_ref().is_none_or(|on| objects.relations.contains(on)))
            .cloned()
            .collect();
        declared.entities.extend(adopted);
        let objects = Objects::of(&declared);
        if !managed.contains(&Managed::Grants) {
            declared.grants =
                live.grants.iter().filter(|grant| objects.has(&declared, &grant.on)).cloned().collect();
        }
        if !managed.contains(&Managed::DefaultPrivileges) {
            declared.default_privileges = live.default_privileges.clone();
        }
        if !managed.contains(&Managed::RowSecurity) {
            for table in &mut declared.tables {
                if let Some(live) = live.find_table(&table.name) {
                    table.options.postgresql.row_security = live.options.postgresql.row_security;
                }
            }
        }
        declared
    }
}

/// Leaves out owners of what is not part of the schema itself: the default schema, and what belongs to a column.
pub(crate) fn keep_listed_owners(metadata: &mut MetaData) {
    let objects = Objects::of(metadata);
    let owners = std::mem::take(&mut metadata.owners);
    metadata.owners = owners.into_iter().filter(|owner| objects.has(metadata, &owner.of)).collect();
}

/// What there is to hang something on.
struct Objects {
    /// Tables, and entities that rows come from.
    relations: BTreeSet<QualifiedName>,
}

impl Objects {
    fn of(metadata: &MetaData) -> Objects {
        let tables = metadata.tables.iter().map(|table| table.name.clone());
        let is_relation =
            |kind| matches!(kind, EntityKind::View | EntityKind::MaterializedView | EntityKind::ForeignTable);
        let entities = metadata.entities.iter().filter(|entity| is_relation(entity.id.kind));
        Objects { relations: tables.chain(entities.map(|entity| entity.id.name.clone())).collect() }
    }

    fn has(&self, metadata: &MetaData, object: &ObjectReference) -> bool {
        match object {
            ObjectReference::Schema(name) => metadata.schemas.iter().any(|schema| schema.name == *name),
            ObjectReference::Table(name) => self.relations.contains(name),
            ObjectReference::Column(table, column) => match metadata.find_table(table) {
                Some(table) => table.column(column).is_some(),
                None => self.relations.contains(table),
            },
            ObjectReference::Constraint(table, _) => self.relations.contains(table),
            ObjectReference::Type(name) => {
                metadata.find_enum(name).is_some()
                    || metadata.find_domain(name).is_some()
                    || metadata.find_composite(name).is_some()
                    || metadata.entities.iter().any(|entity| entity.id.name == *name)
            }
            ObjectReference::Sequence(name) => {
                // Sequences of identity columns stand in no list.
                metadata.sequences.iter().any(|sequence| sequence.name == *name)
            }
            ObjectReference::Entity(id) => metadata.entities.iter().any(|entity| entity.id == *id),
        }
    }
}

#[cfg(test)]
mod tests {
    use limbeck_schema::{Entity, EntityId, Table};

    use super::*;

    fn entity(kind: EntityKind, name: &str, on: Option<&str>) -> Entity {
        let id = EntityId { kind, name: name.into(), arguments: None, on: on.map(Into::into) };
        Entity::new(id, format!("CREATE {name}"))
    }

    #[test]
    fn kinds_are_named_in_the_plural() {
        for kind in Managed::all() {
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
        assert_eq!("materialized_views".parse(), Ok(Managed::Entities(EntityKind::MaterializedView)));
        assert!("view".parse::<Managed>().is_err());
    }

    #[test]
    fn what_is_not_managed_is_as_in_the_database() {
        let mut live = MetaData::new().table(Table::new("kept")).table(Table::new("gone"));
        live.entities = vec![
            entity(EntityKind::View, "old_view", None),
            entity(EntityKind::Function, "by_hand", None),
            entity(EntityKind::Trigger, "a", Some("kept")),
            entity(EntityKind::Trigger, "b", Some("gone")),
        ];
        let mut declared = MetaData::new().table(Table::new("kept"));
        declared.entities = vec![entity(EntityKind::View, "new_view", None)];
        let names = |metadata: &MetaData| -> Vec<String> {
            metadata.entities.iter().map(|entity| entity.id.name.to_string()).collect()
        };
        let adopted = ManagedKinds::default().adopt(&live, declared.clone());
        assert_eq!(names(&adopted), ["new_view", "by_hand", "a"]);
        let configured = ManagedKinds {
            manage: vec![Managed::Entities(EntityKind::Function)],
            ignore: vec![Managed::Entities(EntityKind::View)],
        };
        assert_eq!(names(&configured.adopt(&live, declared)), ["old_view", "a"]);
    }
}
