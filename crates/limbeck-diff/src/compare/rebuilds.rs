//! What must be dropped and made anew, although nothing is wrong with it: what PostgreSQL does not let stand while
//! something below it is dropped or changes its type (PostgreSQL docs, "Dependency Tracking", and the notes of "ALTER
//! TABLE").

use std::collections::{BTreeMap, BTreeSet};

use limbeck_schema::{Dialect, Entity, EntityId, MetaData, ObjectReference, Operation, QualifiedName};

use super::entities::{is_changed, must_be_anew};

/// The entities of both schemas.
pub(super) struct Entities<'a> {
    pub(super) before: &'a BTreeMap<&'a EntityId, &'a Entity>,
    pub(super) after: &'a BTreeMap<&'a EntityId, &'a Entity>,
}

/// Objects that nothing may be built on for a moment, though they are there before and after.
#[derive(Clone, Debug, Default)]
pub(super) struct Disturbed {
    objects: BTreeSet<ObjectReference>,
}

impl Disturbed {
    /// What the operations on tables disturb.
    pub(super) fn by(operations: &[Operation]) -> Self {
        let mut disturbed = Self::default();
        let mut dropped = BTreeSet::new();
        for operation in operations {
            match operation {
                Operation::AlterColumn { table, from, to } => {
                    let converted = from.sql_type != to.sql_type || from.collation != to.collation;
                    if converted || from.computed != to.computed {
                        disturbed.objects.insert(ObjectReference::Column(table.clone(), to.name.clone()));
                    }
                }
                Operation::DropColumn { table, column } => {
                    dropped.insert(ObjectReference::Column(table.clone(), column.name.clone()));
                }
                Operation::DropConstraint { table, constraint } => {
                    let name = constraint.name().map(str::to_owned);
                    dropped.extend(name.map(|name| ObjectReference::Constraint(table.clone(), name)));
                }
                _ => {}
            }
        }
        for operation in operations {
            let made = match operation {
                Operation::AddColumn { table, column } => {
                    ObjectReference::Column(table.clone(), column.name.clone())
                }
                Operation::AddConstraint { table, constraint } => match constraint.name() {
                    Some(name) => ObjectReference::Constraint(table.clone(), name.to_owned()),
                    None => continue,
                },
                _ => continue,
            };
            if dropped.contains(&made) {
                disturbed.objects.insert(made);
            }
        }
        disturbed
    }
}

/// The entities that are there before and after, and must be dropped and made anew. Those in `stuck` are known to.
pub(super) fn rebuilds(
    dialect: Dialect,
    from: &MetaData,
    to: &MetaData,
    entities: &Entities<'_>,
    disturbed: Disturbed,
    stuck: &BTreeSet<EntityId>,
) -> BTreeSet<EntityId> {
    let users = Users::of(from, to);
    let common = || entities.after.iter().filter_map(|(id, to)| Some((*id, *entities.before.get(id)?, *to)));
    let mut rebuilt: BTreeSet<EntityId> = common()
        .filter(|(id, from, to)| {
            stuck.contains(*id)
                || must_be_anew(dialect, from, to, users.has(id))
                || calls_another(from, to, entities)
        })
        .map(|(id, _, _)| id.clone())
        .collect();
    if rebuilt.is_empty() && disturbed.objects.is_empty() {
        return rebuilt;
    }
    let mut moving = Moving { objects: disturbed.objects };
    for id in &rebuilt {
        moving.add(id);
    }
    // Whatever is built on what moves moves along, until nothing more does.
    loop {
        let hit: Vec<EntityId> = common()
            .filter(|(id, _, _)| !rebuilt.contains(*id))
            .filter(|(_, from, to)| moving.carries(from, to))
            .map(|(id, _, _)| id.clone())
            .collect();
        if hit.is_empty() {
            return rebuilt;
        }
        for id in hit {
            moving.add(&id);
            rebuilt.insert(id);
        }
    }
}

/// Whether the text is the same, but a function in it will be another one, of other arguments.
fn calls_another(from: &Entity, to: &Entity, entities: &Entities<'_>) -> bool {
    let is_gone = |reference: &ObjectReference| match reference {
        ObjectReference::Entity(id) => !entities.after.contains_key(id),
        _ => false,
    };
    from.definition == to.definition && from.depends_on.iter().any(is_gone)
}

/// What is gone for a moment, though it is there before and after.
struct Moving {
    objects: BTreeSet<ObjectReference>,
}

impl Moving {
    fn add(&mut self, id: &EntityId) {
        self.objects.insert(ObjectReference::Entity(id.clone()));
        if id.kind.is_relation() {
            self.objects.insert(ObjectReference::Table(id.name.clone()));
        }
    }

    /// Whether the entity cannot stay. One that leaves what moves can change in place before that, and one that comes to
    /// it after.
    fn carries(&self, from: &Entity, to: &Entity) -> bool {
        let hits = |entity: &Entity| base(entity).any(|reference| self.objects.contains(&reference));
        if is_changed(from, to) { hits(from) && hits(to) } else { hits(from) || hits(to) }
    }
}

/// What an entity is built on, the relation that it is on among it, a column's table for the whole of a view.
pub(super) fn base(entity: &Entity) -> impl Iterator<Item = ObjectReference> + '_ {
    let on = entity.id.on.iter().map(|name| ObjectReference::Table(name.clone()));
    let wholes = entity.depends_on.iter().filter_map(|reference| match reference {
        ObjectReference::Column(table, _) => Some(ObjectReference::Table(table.clone())),
        _ => None,
    });
    on.chain(wholes).chain(entity.depends_on.iter().cloned())
}

/// The entities in an order in which they can be created: each behind those that it is built on. A circle, which no
/// database lets be, is cut.
pub(super) fn in_order(entities: &[&Entity]) -> Vec<Entity> {
    let mut open: Vec<&Entity> = entities.to_vec();
    open.sort_by(|a, b| a.id.cmp(&b.id));
    let mut sorted: Vec<Entity> = Vec::with_capacity(open.len());
    while !open.is_empty() {
        let waits = |entity: &&Entity| {
            open.iter().any(|other| {
                let itself = ObjectReference::Entity(other.id.clone());
                let relation = ObjectReference::Table(other.id.name.clone());
                other.id != entity.id
                    && base(entity).any(|reference| {
                        reference == itself || (other.id.kind.is_relation() && reference == relation)
                    })
            })
        };
        let next = open.iter().position(|entity| !waits(entity)).unwrap_or_default();
        sorted.push(open.remove(next).clone());
    }
    sorted
}

/// What anything is built on, and what anyone has privileges on.
struct Users {
    objects: BTreeSet<ObjectReference>,
    relations: BTreeSet<QualifiedName>,
}

impl Users {
    fn of(from: &MetaData, to: &MetaData) -> Self {
        let mut users = Self { objects: BTreeSet::new(), relations: BTreeSet::new() };
        for metadata in [from, to] {
            for entity in &metadata.entities {
                let own = ObjectReference::Entity(entity.id.clone());
                users.objects.extend(base(entity).filter(|reference| *reference != own));
            }
            users.objects.extend(metadata.dependencies.iter().map(|dependency| dependency.on.clone()));
            for grant in &metadata.grants {
                match &grant.on {
                    ObjectReference::Column(name, _) => users.relations.extend([name.clone()]),
                    on => users.objects.extend([on.clone()]),
                }
            }
        }
        let relations = users.objects.iter().filter_map(|object| match object {
            ObjectReference::Table(name) => Some(name.clone()),
            _ => None,
        });
        users.relations.extend(relations);
        users
    }

    fn has(&self, id: &EntityId) -> bool {
        self.objects.contains(&ObjectReference::Entity(id.clone()))
            || (id.kind.is_relation() && self.relations.contains(&id.name))
    }
}
