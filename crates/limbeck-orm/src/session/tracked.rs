//! A row that knows what was changed of it.

use std::fmt;
use std::ops::{Deref, DerefMut};

use limbeck_schema::Value;

use crate::flush::{Delete, Update};
use crate::{Input, Mapped, ModelDefinition, RelationDefinition, ServerMade};

/// A row as it was read. It can be changed like any value; [`Session::save`](crate::Session::save) then updates the
/// columns that differ.
///
/// Reading is free. The first change takes a copy of the values, to compare with.
#[must_use = "changes of a row are kept by `Session::save`"]
pub struct Tracked<M> {
    row: M,
    /// The values before the first change.
    before: Option<Vec<Value>>,
}

impl<M: Mapped> Tracked<M> {
    /// A row as it is in the database.
    pub fn new(row: M) -> Self {
        Self { row, before: None }
    }

    /// A row that shall be as given, of which the database has these values.
    pub(super) fn with_before(row: M, before: Vec<Value>) -> Self {
        Self { row, before: Some(before) }
    }

    /// The row.
    pub fn into_inner(self) -> M {
        self.row
    }

    /// Whether something differs from the database.
    pub fn is_changed(&self) -> bool {
        self.before.is_some() && !self.changes().is_empty()
    }

    /// The columns that differ, and their new values.
    fn changes(&self) -> Vec<(usize, Input)> {
        let definition = M::definition();
        let Some(before) = &self.before else { return Vec::new() };
        let columns = before.iter().zip(self.row.values()).enumerate();
        let written = columns.filter(|(column, _)| {
            Some(*column) != definition.version
                && definition
                    .columns
                    .get(*column)
                    .is_some_and(|column| column.server_made != ServerMade::Generated)
        });
        let changed = written.filter(|(_, (before, now))| *before != now);
        changed.map(|(column, (_, now))| (column, Input::Value(now))).collect()
    }

    /// The update that brings the changes to the database, if there are some. The row counts as unchanged from then on.
    pub(super) fn take_update(&mut self) -> Option<Update> {
        let changes = self.changes();
        let before = self.before.take()?;
        if changes.is_empty() {
            return None;
        }
        let definition = M::definition();
        let key = definition.key.iter().filter_map(|column| before.get(*column).cloned()).collect();
        let version = definition.version.and_then(|column| before.get(column).cloned());
        Some(Update { model: definition, key, old: Some(before), changes, version })
    }

    /// The row has the version that an update makes.
    pub(super) fn count_version(&mut self) {
        self.row.count_version();
    }

    /// The delete of the row as it was read.
    pub(super) fn into_delete(self) -> Delete {
        let values = self.before.unwrap_or_else(|| self.row.values());
        delete_of(M::definition(), M::relation_definitions(), values)
    }

    /// The key that the row has in the database.
    pub(super) fn database_key(&self) -> Vec<Value> {
        let key = M::definition().key.iter();
        match &self.before {
            Some(before) => key.filter_map(|column| before.get(*column).cloned()).collect(),
            None => key.map(|column| self.row.value(*column)).collect(),
        }
    }
}

/// The delete of a row with these values.
pub(super) fn delete_of(
    model: &'static ModelDefinition,
    relations: &'static [RelationDefinition],
    values: Vec<Value>,
) -> Delete {
    Delete {
        model,
        relations,
        by: model.key.clone(),
        key: model.key.iter().filter_map(|column| values.get(*column).cloned()).collect(),
        version: model.version.and_then(|column| values.get(column).cloned()),
        old: Some(values),
    }
}

impl<M> Deref for Tracked<M> {
    type Target = M;

    fn deref(&self) -> &M {
        &self.row
    }
}

impl<M: Mapped> DerefMut for Tracked<M> {
    fn deref_mut(&mut self) -> &mut M {
        if self.before.is_none() {
            self.before = Some(self.row.values());
        }
        &mut self.row
    }
}

impl<M: Clone> Clone for Tracked<M> {
    fn clone(&self) -> Self {
        Self { row: self.row.clone(), before: self.before.clone() }
    }
}

impl<M: fmt::Debug> fmt::Debug for Tracked<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.row.fmt(f)
    }
}
