//! From queued changes to the statements that carry them out.
//!
//! [`plan`] is pure: it orders the changes by their foreign keys and gathers them into steps, of which each becomes one
//! statement for one table. What a step needs from an earlier one (a key that the database makes) stays
//! [`Input::Pending`] in it.
//!
//! The order is
//!
//! 1. deletes, children first: they make room for unique values that come again;
//! 2. unique values that others take over are parked;
//! 3. updates that wait for no new row;
//! 4. inserts, parents first, and what they had to leave NULL because they refer to each other;
//! 5. updates that refer to new rows;
//! 6. deletes of rows that an update of this flush leads away from, which must come after it.

mod components;
mod deletes;
mod inserts;
mod parking;
mod statement;
#[cfg(test)]
mod tests;
mod updates;

use limbeck_schema::{Dialect, Value};

use crate::{Input, ModelDefinition, RelationDefinition};

pub(crate) use statement::{Answer, Chunk, statements};

/// The changes of one flush.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) inserts: Vec<Insert>,
    pub(crate) updates: Vec<Update>,
    pub(crate) deletes: Vec<Delete>,
}

/// A new row.
#[derive(Debug)]
pub(crate) struct Insert {
    pub(crate) model: &'static ModelDefinition,
    /// Its number in the session.
    pub(crate) row: u64,
    /// What is given, by column.
    pub(crate) inputs: Vec<Option<Input>>,
}

/// A changed row.
#[derive(Debug)]
pub(crate) struct Update {
    pub(crate) model: &'static ModelDefinition,
    /// The key that it has in the database.
    pub(crate) key: Vec<Value>,
    /// The values of all columns as they are in the database, where they are known.
    pub(crate) old: Option<Vec<Value>>,
    /// What changes: positions of columns, in ascending order, and their new values.
    pub(crate) changes: Vec<(usize, Input)>,
    /// The version that it must still have.
    pub(crate) version: Option<Value>,
}

/// A row to be deleted.
#[derive(Debug)]
pub(crate) struct Delete {
    pub(crate) model: &'static ModelDefinition,
    /// The relations along which others may be deleted with it.
    pub(crate) relations: &'static [RelationDefinition],
    /// The columns by which it is found: the primary key, or a pair of an association.
    pub(crate) by: Vec<usize>,
    /// Their values in the database.
    pub(crate) key: Vec<Value>,
    /// The values of all columns as they are in the database, where they are known.
    pub(crate) old: Option<Vec<Value>>,
    /// The version that it must still have.
    pub(crate) version: Option<Value>,
}

/// What one statement does to one table.
#[derive(Debug, PartialEq)]
pub(crate) struct Step {
    pub(crate) action: Action,
    pub(crate) model: &'static ModelDefinition,
    /// The columns by which existing rows are found.
    pub(crate) key: Vec<usize>,
    /// The columns that are given.
    pub(crate) columns: Vec<usize>,
    pub(crate) rows: Vec<StepRow>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Action {
    /// Constraints are checked at the end of the transaction from here on. Has no rows.
    Defer,
    Insert,
    Update,
    Delete,
}

/// One row of a step.
#[derive(Debug, PartialEq)]
pub(crate) struct StepRow {
    /// The number of a new row in its session.
    pub(crate) row: Option<u64>,
    /// The key of a row that exists, or will by then.
    pub(crate) key: Vec<Input>,
    /// The values, in the order of the step's columns.
    pub(crate) inputs: Vec<Input>,
    /// The version that an existing row must still have.
    pub(crate) version: Option<Value>,
}

/// New rows that refer to each other, in a way that no order of statements satisfies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnresolvableCycle {
    /// The tables of the rows, in the order of the references.
    pub(crate) tables: Vec<String>,
}

/// The steps that carry out the changes, in order.
pub(crate) fn plan(mut changes: Changes, dialect: Dialect) -> Result<Vec<Step>, UnresolvableCycle> {
    let late = deletes::late(&changes.deletes, &changes.updates);
    let parked = parking::park(&mut changes, &late, dialect);
    let (late, early): (Vec<_>, Vec<_>) = changes.deletes.into_iter().zip(late).partition(|(_, late)| *late);
    let (waiting, ready): (Vec<_>, Vec<_>) = changes.updates.into_iter().partition(Update::waits);
    let inserts = inserts::steps(changes.inserts, dialect)?;
    let mut steps = Vec::new();
    if parked.defer || inserts.defer {
        steps.extend(defer_constraints(&inserts.steps, &parked.updates, &ready, &waiting));
    }
    steps.extend(deletes::steps(early.into_iter().map(|(delete, _)| delete).collect()));
    steps.extend(updates::steps(parked.updates));
    steps.extend(updates::steps(ready));
    steps.extend(inserts.steps);
    steps.extend(inserts.completions);
    steps.extend(updates::steps(waiting));
    steps.extend(deletes::steps(late.into_iter().map(|(delete, _)| delete).collect()));
    Ok(steps)
}

/// One step, of any of the models: the constraints of all tables are deferred at once.
fn defer_constraints(
    inserts: &[Step],
    parked: &[Update],
    ready: &[Update],
    waiting: &[Update],
) -> Option<Step> {
    let of_updates = parked.iter().chain(ready).chain(waiting).map(|update| update.model);
    let model = inserts.iter().map(|step| step.model).chain(of_updates).next()?;
    Some(Step { action: Action::Defer, model, key: Vec::new(), columns: Vec::new(), rows: Vec::new() })
}

impl Update {
    /// Whether it refers to a row that has yet to be inserted.
    fn waits(&self) -> bool {
        self.changes.iter().any(|(_, input)| matches!(input, Input::Pending { .. }))
    }
}

impl Input {
    /// The value, if it is known.
    pub(crate) fn value(&self) -> Option<&Value> {
        match self {
            Input::Value(value) => Some(value),
            Input::Pending { .. } => None,
        }
    }
}

/// The models of some rows without repetition, in order of appearance, and for each row the position of its model.
fn models<'a, T: 'a>(
    rows: impl IntoIterator<Item = &'a T>,
    model: impl Fn(&T) -> &'static ModelDefinition,
) -> (Vec<&'static ModelDefinition>, Vec<usize>) {
    let mut models = Vec::<&'static ModelDefinition>::new();
    let positions = rows.into_iter().map(|row| {
        let model = model(row);
        // The rows of one table mostly come one after another, and last.
        let known = models.iter().rposition(|known| known.table == model.table);
        known.unwrap_or_else(|| {
            models.push(model);
            models.len() - 1
        })
    });
    let positions = positions.collect();
    (models, positions)
}
