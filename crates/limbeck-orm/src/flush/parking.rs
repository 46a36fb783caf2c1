//! Unique values that one row gives up and another one takes in the same flush.
//!
//! PostgreSQL and SQLite check uniqueness row by row, not at the end of a statement (PostgreSQL docs, CREATE TABLE,
//! "Non-deferred Uniqueness Constraints"), so two rows cannot just swap their values. The row that gives a value up too
//! late is moved aside first, to a value that nobody else has.

use std::collections::{HashMap, HashSet};

use limbeck_schema::{Dialect, SqlType, Value};

use super::{Changes, Update};
use crate::row_key::RowKey;
use crate::{Input, ModelDefinition, UniqueDefinition};

/// What has to happen before anything takes a value over.
#[derive(Debug, Default)]
pub(super) struct Parked {
    /// Updates that move rows aside.
    pub(super) updates: Vec<Update>,
    /// Whether constraints can and must be checked later instead.
    pub(super) defer: bool,
}

/// When a change happens, in the order of [`super::plan`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Time {
    Update,
    Insert,
    WaitingUpdate,
    LateDelete,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Insert,
    Update(usize),
    Delete(usize),
}

/// Finds the values that are taken before they are given up, and parks them. The changes then find their rows where they
/// are parked.
pub(super) fn park(changes: &mut Changes, late: &[bool], dialect: Dialect) -> Parked {
    let mut parked = Parked::default();
    let mut aside = 0;
    for (model, unique) in uniques(changes, late) {
        // By value: who has it until when.
        let mut holders = HashMap::<RowKey, (Time, Place)>::new();
        for (position, update) in changes.updates.iter().enumerate() {
            if update.model.table == model.table
                && update.changes_any(&unique.columns)
                && let Some(value) = update.before(&unique.columns)
            {
                holders.insert(value, (update.time(), Place::Update(position)));
            }
        }
        for (position, (delete, _)) in
            changes.deletes.iter().zip(late).enumerate().filter(|(_, (_, late))| **late)
        {
            let old = delete.old.as_deref().filter(|_| delete.model.table == model.table);
            if let Some(value) = old.and_then(|old| of_row(old, &unique.columns)) {
                holders.insert(value, (Time::LateDelete, Place::Delete(position)));
            }
        }
        let mut in_the_way = Vec::<Place>::new();
        let mut seen = HashSet::new();
        for (value, time, place) in takers(changes, model, unique) {
            if let Some((until, holder)) = holders.get(&value)
                && *holder != place
                && time <= *until
                && seen.insert(value)
            {
                in_the_way.push(*holder);
            }
        }
        if in_the_way.is_empty() {
            continue;
        }
        if unique.deferrable && dialect == Dialect::Postgresql {
            parked.defer = true;
            continue;
        }
        for holder in in_the_way {
            aside += 1;
            parked.updates.extend(move_aside(changes, holder, unique, aside));
        }
    }
    parked
}

/// The unique sets in which a value may be given up while the row is still there.
fn uniques(changes: &Changes, late: &[bool]) -> Vec<(&'static ModelDefinition, &'static UniqueDefinition)> {
    let late = changes.deletes.iter().zip(late).filter(|(_, late)| **late);
    let late: Vec<_> = late.map(|(delete, _)| delete.model).collect();
    let mut found = Vec::<(&'static ModelDefinition, &'static UniqueDefinition)>::new();
    let mut add = |model: &'static ModelDefinition, unique: &'static UniqueDefinition| {
        if !found.iter().any(|(_, known)| std::ptr::eq(*known, unique)) {
            found.push((model, unique));
        }
    };
    for update in changes.updates.iter().filter(|update| update.old.is_some()) {
        let model = update.model;
        model.uniques.iter().filter(|set| update.changes_any(&set.columns)).for_each(|set| add(model, set));
    }
    for model in late {
        model.uniques.iter().for_each(|set| add(model, set));
    }
    found
}

/// The values that inserts and updates bring, as far as they are known.
fn takers<'a>(
    changes: &'a Changes,
    model: &'static ModelDefinition,
    unique: &'static UniqueDefinition,
) -> impl Iterator<Item = (RowKey, Time, Place)> + 'a {
    let inserts = changes.inserts.iter().filter(|insert| insert.model.table == model.table);
    let inserts = inserts.filter_map(|insert| {
        let values = unique.columns.iter().map(|column| insert.inputs.get(*column)?.as_ref()?.value());
        let values: Vec<&Value> = values.collect::<Option<_>>()?;
        Some((RowKey::new(values)?, Time::Insert, Place::Insert))
    });
    let updates = changes.updates.iter().enumerate();
    let updates = updates
        .filter(|(_, update)| update.model.table == model.table && update.changes_any(&unique.columns));
    let updates = updates.filter_map(|(position, update)| {
        Some((update.after(&unique.columns)?, update.time(), Place::Update(position)))
    });
    inserts.chain(updates)
}

fn of_row(values: &[Value], columns: &[usize]) -> Option<RowKey> {
    RowKey::new(columns.iter().map(|column| values.get(*column).unwrap_or(&Value::Null)))
}

impl Update {
    fn time(&self) -> Time {
        if self.waits() { Time::WaitingUpdate } else { Time::Update }
    }

    fn changes_any(&self, columns: &[usize]) -> bool {
        self.changes.iter().any(|(column, _)| columns.contains(column))
    }

    fn before(&self, columns: &[usize]) -> Option<RowKey> {
        of_row(self.old.as_deref()?, columns)
    }

    fn after(&self, columns: &[usize]) -> Option<RowKey> {
        let old = self.old.as_deref()?;
        let values =
            columns.iter().map(|column| match self.changes.iter().find(|(changed, _)| changed == column) {
                Some((_, input)) => input.value(),
                None => old.get(*column),
            });
        RowKey::new(values.collect::<Option<Vec<_>>>()?)
    }
}

/// The update that moves a row aside; the row's own change follows it there. `None` where no value can be made up: the
/// database then tells what it thinks of the change.
fn move_aside(
    changes: &mut Changes,
    holder: Place,
    unique: &UniqueDefinition,
    number: usize,
) -> Option<Update> {
    let (model, by, key, old, movable): (_, _, &mut Vec<Value>, &Option<Vec<Value>>, Vec<usize>) =
        match holder {
            Place::Insert => return None,
            Place::Update(position) => {
                let update = changes.updates.get_mut(position)?;
                // The change itself puts the right value in the end.
                let changed = |column: &&usize| update.changes.iter().any(|(changed, _)| changed == *column);
                let movable = unique.columns.iter().filter(changed).copied().collect();
                (update.model, update.model.key.clone(), &mut update.key, &update.old, movable)
            }
            Place::Delete(position) => {
                let delete = changes.deletes.get_mut(position)?;
                (delete.model, delete.by.clone(), &mut delete.key, &delete.old, unique.columns.clone())
            }
        };
    let old = old.as_deref()?;
    let (column, value) = movable.iter().find_map(|&column| {
        let definition = model.columns.get(column)?;
        let value = if definition.nullable && !unique.nulls_not_distinct {
            Value::Null
        } else {
            value_aside(&definition.sql_type, old.get(column)?, number)?
        };
        Some((column, value))
    })?;
    let found_by = key.clone();
    for (place, of_key) in key.iter_mut().zip(&by) {
        if *of_key == column {
            *place = value.clone();
        }
    }
    Some(Update {
        model,
        key: found_by,
        old: None,
        changes: vec![(column, Input::Value(value))],
        version: None,
    })
}

/// A value that no other row has: the highest numbers, or the old text with a mark that nobody writes.
fn value_aside(sql_type: &SqlType, old: &Value, number: usize) -> Option<Value> {
    match old {
        Value::SmallInteger(_) => i16::MAX.checked_sub(number.try_into().ok()?).map(Value::SmallInteger),
        Value::Integer(_) => i32::MAX.checked_sub(number.try_into().ok()?).map(Value::Integer),
        Value::BigInteger(_) => i64::MAX.checked_sub(number.try_into().ok()?).map(Value::BigInteger),
        Value::Text(text) => match sql_type {
            SqlType::Text | SqlType::String { length: None } => {
                Some(Value::Text(format!("{text}\u{1}{number}")))
            }
            SqlType::String { length: Some(length) } => {
                let mark = format!("\u{1}{number}");
                let kept = usize::try_from(*length).ok()?.checked_sub(mark.chars().count())?;
                let kept: String = text.chars().take(kept).collect();
                Some(Value::Text(kept + &mark))
            }
            // The value of an enum, or what only the database can judge.
            _ => None,
        },
        #[cfg(feature = "uuid")]
        Value::Uuid(uuid) => {
            Some(Value::Uuid(uuid::Uuid::from_u128(!uuid.as_u128() ^ u128::try_from(number).ok()?)))
        }
        _ => None,
    }
}
