//! The rows of one model in a graph.

use std::any::Any;
use std::collections::HashMap;

use crate::row_key::RowKey;
use crate::{Mapped, Session, Tracked};

/// The rows of one model, whichever it is.
pub(super) trait AnyArena: Any + Send {
    /// Queues what has changed and what was deleted.
    fn save(&mut self, session: &mut Session);
}

pub(super) struct Arena<M> {
    /// In the order in which they came; a deleted row leaves a gap.
    rows: Vec<Option<Tracked<M>>>,
    places: HashMap<RowKey, usize>,
    deleted: Vec<Tracked<M>>,
}

impl<M> Default for Arena<M> {
    fn default() -> Self {
        Self { rows: Vec::new(), places: HashMap::new(), deleted: Vec::new() }
    }
}

impl<M: Mapped> Arena<M> {
    pub(super) fn insert(&mut self, row: M) {
        let Some(key) = RowKey::new(&M::key_values(&row.key())) else { return };
        if !self.places.contains_key(&key) {
            self.places.insert(key, self.rows.len());
            self.rows.push(Some(Tracked::new(row)));
        }
    }

    pub(super) fn get(&self, key: &RowKey) -> Option<&Tracked<M>> {
        self.rows.get(*self.places.get(key)?)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, key: &RowKey) -> Option<&mut Tracked<M>> {
        self.rows.get_mut(*self.places.get(key)?)?.as_mut()
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = &Tracked<M>> {
        self.rows.iter().flatten()
    }

    pub(super) fn delete(&mut self, key: &RowKey) -> bool {
        let place = self.places.remove(key);
        let row = place.and_then(|place| self.rows.get_mut(place)).and_then(Option::take);
        let found = row.is_some();
        self.deleted.extend(row);
        found
    }
}

impl<M: Mapped> AnyArena for Arena<M> {
    fn save(&mut self, session: &mut Session) {
        self.rows.iter_mut().flatten().for_each(|row| session.save(row));
        self.deleted.drain(..).for_each(|row| session.delete(row));
    }
}
