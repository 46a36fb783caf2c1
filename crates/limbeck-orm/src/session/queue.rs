//! What a session has to do, and what it knows of the rows that it inserts.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};

use limbeck_schema::Value;

use crate::flush::{Changes, Delete, Insert, Update};
use crate::new::{NewRow, Related};
use crate::relation::RelationPath;
use crate::row_key::RowKey;
use crate::{Input, ModelDefinition, OrmError};

/// Changes that wait for a flush.
#[derive(Debug)]
pub(super) struct Queue {
    pub(super) changes: Changes,
    /// The number of the session, in the upper half of the numbers of its rows: a slot of another session is none here.
    session: u64,
    /// The new rows of the session, flushed or not, by the lower half of their numbers.
    rows: Vec<NewRowState>,
    /// Where in the changes the update of a row is.
    updates: HashMap<Identity, usize>,
    /// Where in the changes the delete of a row is.
    deletes: HashMap<Identity, usize>,
}

/// Which row a change is of: its model, the columns by which it is found, and their values.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Identity(usize, Vec<usize>, RowKey);

impl Identity {
    pub(super) fn of(delete: &Delete) -> Option<Self> {
        Self::new(delete.model, &delete.by, &delete.key)
    }

    pub(super) fn of_row(model: &'static ModelDefinition, key: &[Value]) -> Option<Self> {
        Self::new(model, &model.key, key)
    }

    fn new(model: &'static ModelDefinition, by: &[usize], key: &[Value]) -> Option<Self> {
        // A definition is built once, so its address is its name.
        Some(Self(std::ptr::from_ref(model).addr(), by.to_vec(), RowKey::new(key)?))
    }
}

/// What is known of a new row: its key, and what the database makes of other columns.
#[derive(Debug)]
struct NewRowState {
    model: &'static ModelDefinition,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Not inserted yet; the values of its key as far as they are given.
    Waiting(Vec<(usize, Value)>),
    Inserted(Vec<(usize, Value)>),
    /// Undone, or never done.
    Gone,
}

impl Queue {
    pub(super) fn new() -> Self {
        static SESSIONS: AtomicU32 = AtomicU32::new(0);
        let session = u64::from(SESSIONS.fetch_add(1, Ordering::Relaxed));
        Self {
            changes: Changes::default(),
            session: session << 32,
            rows: Vec::new(),
            updates: HashMap::new(),
            deletes: HashMap::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        let Changes { inserts, updates, deletes } = &self.changes;
        inserts.is_empty() && updates.is_empty() && deletes.is_empty()
    }

    /// Queues a new row and the rows that belong to it, and gives it a number.
    pub(super) fn add(&mut self, new: NewRow) -> Result<u64, OrmError> {
        let NewRow { model, mut inputs, related } = new;
        let (parents, children): (Vec<_>, Vec<_>) = related
            .into_iter()
            .partition(|related| matches!(related.relation.path, RelationPath::One { .. }));
        for parent in parents {
            self.add_parent(parent, &mut inputs)?;
        }
        for input in inputs.iter_mut().flatten() {
            *input = self.known(input)?;
        }
        let number = self.session + u64::try_from(self.rows.len()).unwrap_or(u64::MAX);
        let given = model
            .key
            .iter()
            .filter_map(|&column| Some((column, inputs.get(column)?.as_ref()?.value()?.clone())));
        self.rows.push(NewRowState { model, state: State::Waiting(given.collect()) });
        self.changes.inserts.push(Insert { model, row: number, inputs });
        for related in children {
            self.add_children(number, related)?;
        }
        Ok(number)
    }

    fn add_parent(&mut self, related: Related, inputs: &mut [Option<Input>]) -> Result<(), OrmError> {
        let RelationPath::One { from, to } = &related.relation.path else { return Ok(()) };
        for parent in related.rows {
            let row = self.add(parent)?;
            for (&own, &other) in from.iter().zip(to) {
                if let Some(place) = inputs.get_mut(own) {
                    *place = Some(Input::Pending { row, column: Some(other) });
                }
            }
        }
        Ok(())
    }

    fn add_children(&mut self, number: u64, related: Related) -> Result<(), OrmError> {
        let relation = related.relation;
        for mut child in related.rows {
            match &relation.path {
                RelationPath::One { .. } => {}
                RelationPath::HasOne { from, to } | RelationPath::Many { from, to } => {
                    for (&own, &other) in from.iter().zip(to) {
                        child.set(other, Input::Pending { row: number, column: Some(own) });
                    }
                    self.add(child)?;
                }
                RelationPath::Through { from, near, far, to } => {
                    let target = self.add(child)?;
                    let Some(association) = relation.target.association else { continue };
                    let mut pair = NewRow::open(association());
                    for (&own, &column) in from.iter().zip(near) {
                        pair.set(column, Input::Pending { row: number, column: Some(own) });
                    }
                    for (&other, &column) in to.iter().zip(far) {
                        pair.set(column, Input::Pending { row: target, column: Some(other) });
                    }
                    self.add(pair)?;
                }
            }
        }
        Ok(())
    }

    /// The value of an input that is known by now, or the same input with its column named.
    pub(super) fn known(&self, input: &Input) -> Result<Input, OrmError> {
        let Input::Pending { row, column } = input else { return Ok(input.clone()) };
        let state = self.row(*row).ok_or(OrmError::UnknownSlot)?;
        let column = match (column, state.model.key.as_slice()) {
            (Some(column), _) | (None, [column]) => *column,
            (None, _) => return Err(OrmError::UnknownSlot),
        };
        match &state.state {
            State::Gone => Err(OrmError::UnknownSlot),
            State::Waiting(values) | State::Inserted(values) => Ok(match value_of(values, column) {
                Some(value) => Input::Value(value.clone()),
                None => Input::Pending { row: *row, column: Some(column) },
            }),
        }
    }

    /// The value that stands for an input in a statement, once there is one.
    pub(super) fn resolve(&self, input: &Input) -> Option<Value> {
        match input {
            Input::Value(value) => Some(value.clone()),
            Input::Pending { row, column } => match &self.row(*row)?.state {
                State::Inserted(values) => value_of(values, (*column)?).cloned(),
                State::Waiting(_) | State::Gone => None,
            },
        }
    }

    /// The key of a row that was inserted.
    pub(super) fn key(&self, row: u64) -> Option<Vec<Value>> {
        let NewRowState { model, state: State::Inserted(values) } = self.row(row)? else { return None };
        model.key.iter().map(|&column| value_of(values, column).cloned()).collect()
    }

    /// A value that the database made for a row that was inserted.
    pub(super) fn value(&self, row: u64, column: usize) -> Option<&Value> {
        let State::Inserted(values) = &self.row(row)?.state else { return None };
        value_of(values, column)
    }

    /// Takes a new row back that was not inserted yet; true if it was one.
    pub(super) fn take_back(&mut self, row: u64) -> bool {
        let before = self.changes.inserts.len();
        self.changes.inserts.retain(|insert| insert.row != row);
        let taken = self.changes.inserts.len() < before;
        if taken && let Some(state) = self.row_mut(row) {
            state.state = State::Gone;
        }
        taken
    }

    /// Gives columns of a new row that is not inserted yet; true if it is one.
    pub(super) fn change_new(&mut self, row: u64, changes: &[(usize, Input)]) -> bool {
        let Some(insert) = self.changes.inserts.iter_mut().rev().find(|insert| insert.row == row) else {
            return false;
        };
        for (column, input) in changes {
            if let Some(place) = insert.inputs.get_mut(*column) {
                *place = Some(input.clone());
            }
        }
        true
    }

    /// A row was inserted, and the database made these values.
    pub(super) fn inserted(&mut self, row: u64, made: impl Iterator<Item = (usize, Value)>) {
        if let Some(state) = self.row_mut(row)
            && let State::Waiting(mut values) = std::mem::replace(&mut state.state, State::Gone)
        {
            values.extend(made);
            state.state = State::Inserted(values);
        }
    }

    /// Queues an update; one that is already queued for the same row takes it up. True if it is a new one.
    pub(super) fn update(&mut self, update: Update) -> bool {
        let identity = Identity::of_row(update.model, &update.key);
        let next = self.changes.updates.len();
        let place = identity.map_or(next, |identity| *self.updates.entry(identity).or_insert(next));
        match self.changes.updates.get_mut(place) {
            None => {
                self.changes.updates.push(update);
                true
            }
            Some(queued) => {
                let is_new = queued.changes.is_empty();
                for (column, input) in update.changes {
                    match queued.changes.binary_search_by_key(&column, |(column, _)| *column) {
                        Ok(place) => {
                            if let Some(change) = queued.changes.get_mut(place) {
                                change.1 = input;
                            }
                        }
                        Err(place) => queued.changes.insert(place, (column, input)),
                    }
                }
                is_new
            }
        }
    }

    /// Queues a delete, once. What was to change of the row does not matter any more. True if it is a new one.
    pub(super) fn delete(&mut self, delete: Delete) -> bool {
        let Some(identity) = Identity::of(&delete) else { return false };
        let of_row = self.updates.get(&identity);
        if let Some(update) = of_row.and_then(|place| self.changes.updates.get_mut(*place)) {
            update.changes.clear();
        }
        let next = self.changes.deletes.len();
        let place = *self.deletes.entry(identity).or_insert(next);
        match self.changes.deletes.get_mut(place) {
            None => {
                self.changes.deletes.push(delete);
                true
            }
            Some(queued) => {
                queued.old = queued.old.take().or(delete.old);
                queued.version = queued.version.take().or(delete.version);
                false
            }
        }
    }

    /// The changes, which are queued no more.
    pub(super) fn take(&mut self) -> Changes {
        self.updates.clear();
        self.deletes.clear();
        std::mem::take(&mut self.changes)
    }

    /// How many new rows there are: where a savepoint begins.
    pub(super) fn mark(&self) -> usize {
        self.rows.len()
    }

    /// Forgets everything since a mark, and what is queued.
    pub(super) fn undo(&mut self, mark: usize) {
        self.take();
        self.rows.iter_mut().skip(mark).for_each(|row| row.state = State::Gone);
    }

    fn row(&self, number: u64) -> Option<&NewRowState> {
        self.rows.get(usize::try_from(number.checked_sub(self.session)?).ok()?)
    }

    fn row_mut(&mut self, number: u64) -> Option<&mut NewRowState> {
        self.rows.get_mut(usize::try_from(number.checked_sub(self.session)?).ok()?)
    }
}

fn value_of(values: &[(usize, Value)], column: usize) -> Option<&Value> {
    values.iter().find(|(known, _)| *known == column).map(|(_, value)| value)
}
