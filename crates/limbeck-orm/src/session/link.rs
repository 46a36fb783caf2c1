//! Putting rows into a relation and taking them out.

use std::marker::PhantomData;

use limbeck_schema::Value;

use super::{Session, Tracked};
use crate::flush::{Delete, Update};
use crate::new::NewRow;
use crate::relation::RelationPath;
use crate::{Input, Mapped, ModelDefinition, OrmError, RelationDefinition, Slot, ToMany};

/// A row that a relation leads from or to: a row that was read, a new one by its slot, or one by its key.
pub struct RowReference<M> {
    row: Known,
    model: PhantomData<fn() -> M>,
}

enum Known {
    Slot(u64),
    Key(Vec<Value>),
    /// All values.
    Row(Vec<Value>),
}

impl<M: Mapped> RowReference<M> {
    /// The row with that key.
    pub fn key(key: &M::Key) -> Self {
        Self { row: Known::Key(M::key_values(key)), model: PhantomData }
    }
}

impl<M> From<Slot<M>> for RowReference<M> {
    fn from(slot: Slot<M>) -> Self {
        Self { row: Known::Slot(slot.row), model: PhantomData }
    }
}

impl<M: Mapped> From<&Tracked<M>> for RowReference<M> {
    fn from(row: &Tracked<M>) -> Self {
        Self { row: Known::Row(row.values()), model: PhantomData }
    }
}

impl<M: Mapped> From<&M> for RowReference<M> {
    fn from(row: &M) -> Self {
        Self { row: Known::Row(row.values()), model: PhantomData }
    }
}

impl Known {
    /// What the columns of the row hold.
    fn columns(
        &self,
        model: &ModelDefinition,
        columns: &[usize],
        session: &Session,
    ) -> Result<Vec<Input>, OrmError> {
        let value = |column: &usize| match self {
            Known::Slot(row) => session.queue.known(&Input::Pending { row: *row, column: Some(*column) }),
            Known::Row(values) => values.get(*column).cloned().map(Input::Value).ok_or(OrmError::UnknownSlot),
            Known::Key(key) => {
                let place = model.key.iter().position(|of_key| of_key == column);
                let value = place.and_then(|place| key.get(place)).cloned();
                value.map(Input::Value).ok_or(OrmError::UnknownSlot)
            }
        };
        columns.iter().map(value).collect()
    }

    /// The same, of a row that is in the database.
    fn values(
        &self,
        model: &ModelDefinition,
        columns: &[usize],
        session: &Session,
    ) -> Result<Vec<Value>, OrmError> {
        let inputs = self.columns(model, columns, session)?;
        inputs.iter().map(|input| session.queue.resolve(input).ok_or(OrmError::Pending)).collect()
    }
}

impl Session {
    /// Puts a row into a relation: queues a row of the association table, or the change of the foreign key. No I/O.
    ///
    /// # Errors
    /// [`OrmError::UnknownSlot`] when a slot is of another session, or a row is given by its key and the relation needs
    /// another column of it.
    pub fn link<M: Mapped, T: Mapped>(
        &mut self,
        relation: ToMany<M, T>,
        from: impl Into<RowReference<M>>,
        to: impl Into<RowReference<T>>,
    ) -> Result<(), OrmError> {
        let Some(relation) = relation.definition() else { return Ok(()) };
        let (near_row, far_row) = (from.into().row, to.into().row);
        let own = near_row.columns(M::definition(), relation.from(), self)?;
        match (&relation.path, relation.target.association) {
            (RelationPath::Through { near, far, to, .. }, Some(association)) => {
                let mut pair = NewRow::open(association());
                let other = far_row.columns(T::definition(), to, self)?;
                let columns = near.iter().zip(own).chain(far.iter().zip(other));
                columns.for_each(|(column, input)| pair.set(*column, input));
                self.queue.add(pair)?;
                Ok(())
            }
            (path, _) => self.refer::<T>(path, far_row, own),
        }
    }

    /// Takes a row out of a relation: queues the deletion of the row of the association table; without such a table the
    /// foreign key becomes NULL, or the row is deleted where the relation says `delete_orphan`. No I/O.
    ///
    /// # Errors
    /// Those of [`link`](Self::link), and [`OrmError::Pending`] for a row that is not inserted yet.
    pub fn unlink<M: Mapped, T: Mapped>(
        &mut self,
        relation: ToMany<M, T>,
        from: impl Into<RowReference<M>>,
        to: impl Into<RowReference<T>>,
    ) -> Result<(), OrmError> {
        let Some(relation) = relation.definition() else { return Ok(()) };
        let (near_row, far_row) = (from.into().row, to.into().row);
        match (&relation.path, relation.target.association) {
            (RelationPath::Through { near, far, to, .. }, Some(association)) => {
                let mut key = near_row.values(M::definition(), relation.from(), self)?;
                key.extend(far_row.values(T::definition(), to, self)?);
                let (model, by) = (association(), near.iter().chain(far).copied().collect());
                self.queue.delete(Delete { model, relations: &[], by, key, old: None, version: None });
                Ok(())
            }
            (_, _) if relation.cascade.delete_orphan => {
                let key = far_row.values(T::definition(), &T::definition().key, self)?;
                self.delete_row(T::definition(), T::relation_definitions(), key);
                Ok(())
            }
            (path, _) => {
                let nothing = relation.from().iter().map(|_| Input::Value(Value::Null)).collect();
                self.refer::<T>(path, far_row, nothing)
            }
        }
    }

    /// Sets the foreign key of the row at the other end.
    fn refer<T: Mapped>(
        &mut self,
        path: &RelationPath,
        row: Known,
        values: Vec<Input>,
    ) -> Result<(), OrmError> {
        let (RelationPath::HasOne { to, .. } | RelationPath::Many { to, .. }) = path else { return Ok(()) };
        let mut changes: Vec<(usize, Input)> = to.iter().copied().zip(values).collect();
        changes.sort_by_key(|(column, _)| *column);
        if let Known::Slot(number) = row
            && self.queue.change_new(number, &changes)
        {
            return Ok(());
        }
        let model = T::definition();
        let key = row.values(model, &model.key, self)?;
        let old = match row {
            Known::Row(values) => Some(values),
            Known::Slot(_) | Known::Key(_) => None,
        };
        self.queue.update(Update { model, key, old, changes, version: None });
        Ok(())
    }

    pub(super) fn delete_row(
        &mut self,
        model: &'static ModelDefinition,
        relations: &'static [RelationDefinition],
        key: Vec<Value>,
    ) {
        let by = model.key.clone();
        self.queue.delete(Delete { model, relations, by, key, old: None, version: None });
    }
}
