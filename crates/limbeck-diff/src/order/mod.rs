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

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use limbeck_schema::{Dialect, Operation, Table};

use effects::{Resource, effects};

pub(crate) use effects::UncountedForeignKeys;

/// Sorts operations so that they run forward, and backward when reversed.
///
/// A cycle, which only swapped names of enum types and the like can cause, is cut at its first operation in reading
/// order: the result is then still complete, and the database says what it cannot do.
pub(crate) fn order(
    dialect: Dialect,
    operations: Vec<Operation>,
    uncounted: &UncountedForeignKeys,
) -> Vec<Operation> {
    let positions = sorted_positions(dialect, &operations, uncounted);
    let mut slots: Vec<Option<Operation>> = operations.into_iter().map(Some).collect();
    positions.into_iter().filter_map(|position| slots.get_mut(position).and_then(Option::take)).collect()
}

fn sorted_positions(
    dialect: Dialect,
    operations: &[Operation],
    uncounted: &UncountedForeignKeys,
) -> Vec<usize> {
    let mut later: Vec<Vec<usize>> = vec![Vec::new(); operations.len()];
    let mut waiting_for = vec![0_usize; operations.len()];
    let mut precede = |first: usize, second: usize| {
        if first != second
            && let (Some(list), Some(count)) = (later.get_mut(first), waiting_for.get_mut(second))
        {
            list.push(second);
            *count += 1;
        }
    };
    for [frees, removes, makes, needs] in roles(dialect, operations, uncounted).into_values() {
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
                precede(*removal, *making);
            }
        }
        for &change in removes.iter().chain(makes.iter().filter(|made| !removes.contains(made))) {
            frees.iter().for_each(|&user| precede(user, change));
            needs.iter().for_each(|&user| precede(change, user));
        }
    }

    let mut sorted = Vec::with_capacity(operations.len());
    let mut ready: BinaryHeap<_> =
        waiting_for.iter().enumerate().filter(|(_, n)| **n == 0).map(|(i, _)| Reverse(i)).collect();
    let mut done = vec![false; operations.len()];
    let mut first_open = 0;
    while sorted.len() < operations.len() {
        let next = match ready.pop() {
            Some(Reverse(next)) => next,
            None => {
                while done.get(first_open) == Some(&true) {
                    first_open += 1;
                }
                first_open
            }
        };
        if done.get(next) != Some(&false) {
            continue;
        }
        if let Some(flag) = done.get_mut(next) {
            *flag = true;
        }
        sorted.push(next);
        for &after in later.get(next).into_iter().flatten() {
            if let Some(count) = waiting_for.get_mut(after) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    ready.push(Reverse(after));
                }
            }
        }
    }
    sorted
}

/// For each resource the operations that free, remove, make and need it.
fn roles<'a>(
    dialect: Dialect,
    operations: &'a [Operation],
    uncounted: &UncountedForeignKeys,
) -> BTreeMap<Resource<'a>, [Vec<usize>; 4]> {
    let mut roles: BTreeMap<Resource<'a>, [Vec<usize>; 4]> = BTreeMap::new();
    for (position, operation) in operations.iter().enumerate() {
        let effects = effects(dialect, operation, uncounted);
        let by_role = [effects.frees, effects.removes, effects.makes, effects.needs];
        for (role, resources) in by_role.into_iter().enumerate() {
            for resource in resources {
                if let Some(list) = roles.entry(resource).or_default().get_mut(role)
                    && list.last() != Some(&position)
                {
                    list.push(position);
                }
            }
        }
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
