//! The order in which operations run.
//!
//! Every operation says which objects it makes or removes, and which ones it builds on (`effects`). From that follows,
//! for each object:
//!
//! 1. what stops building on the object goes first,
//! 2. then it is removed, or changed,
//! 3. then it is made,
//! 4. then what builds on it can be made.
//!
//! The rule reads the same backwards, so the reversed operations in reverse order run too. Where it leaves a choice,
//! the order of the input stays: that is the order a person reads.

mod effects;
mod entities;
mod waits;

use std::collections::{BTreeMap, BTreeSet};

use limbeck_schema::{Dependency, Dialect, EntityId, Operation, Table};

use effects::{Resource, effects};
use entities::Foundations;
use waits::{Edge, Sorted, Waits};

pub(crate) use effects::UncountedForeignKeys;

/// What the order must know besides the operations.
#[derive(Default)]
pub(crate) struct Surroundings<'a> {
    /// Foreign keys that do not count.
    pub(crate) uncounted: UncountedForeignKeys,
    /// What tables and types are built on before.
    pub(crate) before: &'a [Dependency],
    /// The same after.
    pub(crate) after: &'a [Dependency],
}

/// Sorts operations so that they run forward, and backward when reversed.
///
/// A cycle in what is merely mentioned, functions that call each other for one, is cut where it is mentioned. Any other
/// cycle, which only swapped names of enum types and the like can cause, is cut at its first operation in reading
/// order: the result is then still complete, and the database says what it cannot do.
pub(crate) fn order(dialect: Dialect, operations: Vec<Operation>, around: &Surroundings<'_>) -> Ordered {
    let Sorted { positions, in_circles } = sorted_positions(dialect, &operations, around);
    let replaced = in_circles.into_iter().filter_map(|at| match operations.get(at) {
        Some(Operation::ReplaceEntity { to, .. }) => Some(to.id.clone()),
        _ => None,
    });
    let stuck = replaced.collect();
    let mut slots: Vec<Option<Operation>> = operations.into_iter().map(Some).collect();
    let operations =
        positions.into_iter().filter_map(|position| slots.get_mut(position).and_then(Option::take));
    Ordered { operations: operations.collect(), stuck }
}

/// Operations in their order.
pub(crate) struct Ordered {
    pub(crate) operations: Vec<Operation>,
    /// Entities that are changed in place and cannot be: what they leave must go before what they come to is there.
    pub(crate) stuck: BTreeSet<EntityId>,
}

fn sorted_positions(dialect: Dialect, operations: &[Operation], around: &Surroundings<'_>) -> Sorted {
    let mut waits = Waits::new(operations.len());
    for Roles { frees, removes, makes, needs, forgets, mentions } in
        roles(dialect, operations, around).into_values()
    {
        // Nearly every resource of a large change is made, and nothing else happens to it.
        if removes.is_empty() && makes.is_empty() {
            continue;
        }
        // Two changes of one object happen in the order of the input, and one does not wait for itself.
        let changes = |operation| removes.contains(operation) && makes.contains(operation);
        for removal in &removes {
            for making in
                makes.iter().filter(|making| removal < *making || !changes(removal) || !changes(making))
            {
                waits.precede(*removal, *making, Edge::Firm);
            }
        }
        for &change in removes.iter().chain(makes.iter().filter(|made| !removes.contains(made))) {
            frees.iter().for_each(|&user| waits.precede(user, change, Edge::Firm));
            needs.iter().for_each(|&user| waits.precede(change, user, Edge::Firm));
        }
        let changed = |list: &[usize], operation: usize| list.contains(&operation);
        for &removal in removes.iter().filter(|removal| !changed(&makes, **removal)) {
            forgets.iter().for_each(|&user| waits.precede(user, removal, Edge::Mention));
        }
        for &making in makes.iter().filter(|making| !changed(&removes, **making)) {
            mentions.iter().for_each(|&user| waits.precede(making, user, Edge::Mention));
        }
    }
    waits.sorted()
}

/// For each resource the operations that do something to it.
#[derive(Default)]
struct Roles {
    frees: Vec<usize>,
    removes: Vec<usize>,
    makes: Vec<usize>,
    needs: Vec<usize>,
    forgets: Vec<usize>,
    mentions: Vec<usize>,
}

fn roles<'a>(
    dialect: Dialect,
    operations: &'a [Operation],
    around: &Surroundings<'a>,
) -> BTreeMap<Resource<'a>, Roles> {
    let foundations = Foundations::new(around.before, around.after);
    let mut roles: BTreeMap<Resource<'a>, Roles> = BTreeMap::new();
    for (position, operation) in operations.iter().enumerate() {
        let mut effects = effects(dialect, operation, &around.uncounted);
        foundations.add(operation, &mut effects);
        let mut note = |resources: Vec<Resource<'a>>, list: fn(&mut Roles) -> &mut Vec<usize>| {
            for resource in resources {
                let list = list(roles.entry(resource).or_default());
                if list.last() != Some(&position) {
                    list.push(position);
                }
            }
        };
        note(effects.frees, |roles| &mut roles.frees);
        note(effects.removes, |roles| &mut roles.removes);
        note(effects.makes, |roles| &mut roles.makes);
        note(effects.needs, |roles| &mut roles.needs);
        note(effects.forgets, |roles| &mut roles.forgets);
        note(effects.mentions, |roles| &mut roles.mentions);
    }
    roles
}

/// The foreign keys that close a cycle among the given tables, by table and position: without them, every table can
/// be created after the tables it refers to. A reference of a table to itself needs nothing.
pub(crate) fn cyclic_foreign_keys(tables: &[&Table]) -> BTreeSet<(usize, usize)> {
    #[derive(Clone, Copy, PartialEq)]
    enum Visit {
        Not,
        Under,
        Done,
    }
    let positions: BTreeMap<_, _> = tables.iter().enumerate().map(|(i, t)| (&t.name, i)).collect();
    let mut visits = vec![Visit::Not; tables.len()];
    let mut cyclic = BTreeSet::new();
    for root in 0..tables.len() {
        // A stack of its own: a chain of thousands of tables must not exhaust the thread's.
        let mut stack = if visits.get(root) == Some(&Visit::Not) { vec![(root, 0)] } else { Vec::new() };
        while let Some((table, next)) = stack.last_mut() {
            let table = *table;
            if let Some(visit) = visits.get_mut(table) {
                *visit = Visit::Under;
            }
            let key = *next;
            *next += 1;
            let Some(fk) = tables.get(table).and_then(|t| t.foreign_keys.get(key)) else {
                if let Some(visit) = visits.get_mut(table) {
                    *visit = Visit::Done;
                }
                stack.pop();
                continue;
            };
            let Some(&referred) = positions.get(&fk.referred_table) else { continue };
            match visits.get(referred) {
                Some(Visit::Under) if referred != table => {
                    cyclic.insert((table, key));
                }
                Some(Visit::Not) => stack.push((referred, 0)),
                _ => {}
            }
        }
    }
    cyclic
}
