//! New rows: what the client gives, with places for keys that the database has yet to make.

use std::fmt;
use std::marker::PhantomData;

use limbeck_schema::{ToValue, Value};

use crate::{Column, Mapped, ModelDefinition, RelationDefinition, ToMany, ToOne};

/// A row to be inserted. `Customer::new(…)` makes one of what every customer needs; the rest can be set.
///
/// Every column is open at first: the database gives it its default, its next number or NULL. The derive writes, for
/// the fields that are neither server-made nor nullable,
///
/// ```text
/// pub fn new(customer_id: impl Assign<i32, Customer>, note: impl Assign<String>) -> New<Order> {
///     New::open().with(1, customer_id.into_input()).with(2, note.into_input())
/// }
/// ```
pub struct New<M> {
    /// What is given, by column.
    pub(crate) inputs: Vec<Option<Input>>,
    /// New rows that are inserted with it.
    pub(crate) related: Vec<Related>,
    model: PhantomData<fn() -> M>,
}

/// A new row of whichever model.
#[derive(Clone, Debug)]
pub(crate) struct NewRow {
    pub(crate) model: &'static ModelDefinition,
    /// What is given, by column.
    pub(crate) inputs: Vec<Option<Input>>,
    /// New rows that are inserted with it.
    pub(crate) related: Vec<Related>,
}

/// New rows at the other end of a relation.
#[derive(Clone, Debug)]
pub(crate) struct Related {
    pub(crate) relation: &'static RelationDefinition,
    pub(crate) rows: Vec<NewRow>,
}

/// The value of a column of a new or changed row.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A value.
    Value(Value),
    /// The value that a column of another new row of the same session will have.
    Pending {
        /// The number of the row, which no other row of the process has.
        row: u64,
        /// The column, `None` for the only one of the primary key.
        column: Option<usize>,
    },
}

/// The place of a row that a session will insert: its key, before there is one.
///
/// It may stand in a foreign key of other new rows of the same session. After the flush the session tells the key.
pub struct Slot<M> {
    /// The number of the row, which no other row of the process has.
    pub(crate) row: u64,
    model: PhantomData<fn() -> M>,
}

/// What may be given for a column of type `T`; for one that refers to a `Parent`, the slot of a new parent too.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be given for a column of type `{T}`",
    label = "expected `{T}`",
    note = "a column that refers to another model takes its key, or the slot of a new row of that model"
)]
pub trait Assign<T, Parent = ()> {
    /// The value; `None` leaves the column open.
    fn into_input(self) -> Option<Input>;
}

impl NewRow {
    pub(crate) fn open(model: &'static ModelDefinition) -> Self {
        Self { model, inputs: vec![None; model.columns.len()], related: Vec::new() }
    }

    pub(crate) fn set(&mut self, column: usize, input: Input) {
        if let Some(place) = self.inputs.get_mut(column) {
            *place = Some(input);
        }
    }
}

impl<M: Mapped> New<M> {
    /// A row of which everything is open.
    pub fn open() -> Self {
        Self { inputs: vec![None; M::definition().columns.len()], related: Vec::new(), model: PhantomData }
    }

    /// The same row with a column given, by its position.
    #[must_use]
    pub fn with(mut self, column: usize, input: impl Into<Option<Input>>) -> Self {
        if let Some(place) = self.inputs.get_mut(column) {
            *place = input.into();
        }
        self
    }

    /// The same row with a column given: `Customer::new(…).set(Customer::phone, "+44 …")`.
    #[must_use]
    pub fn set<T>(self, column: Column<M, T>, value: impl Assign<T>) -> Self {
        self.give(column.name(), value.into_input())
    }

    /// The same row with a column given that refers to a new row of the same session.
    #[must_use]
    pub fn link<T, Parent>(self, column: Column<M, T>, slot: Slot<Parent>) -> Self
    where
        Slot<Parent>: Assign<T, Parent>,
    {
        self.give(column.name(), slot.into_input())
    }

    fn give(self, column: &str, input: Option<Input>) -> Self {
        match M::definition().position(column) {
            Some(position) => self.with(position, input),
            None => self,
        }
    }

    /// The same row with new rows that belong to it: `Customer::new(…).with_many(Customer::orders, [Order::new(Open)])`.
    ///
    /// The session fills the foreign keys, and the rows of an association table between.
    #[must_use]
    pub fn with_many<T: Mapped>(
        mut self,
        relation: ToMany<M, T>,
        rows: impl IntoIterator<Item = New<T>>,
    ) -> Self {
        let rows = rows.into_iter().map(New::into_row).collect();
        self.related.extend(relation.definition().map(|relation| Related { relation, rows }));
        self
    }

    /// The same row with the new row that it refers to: `Order::new(Open).with_one(Order::customer, Customer::new(…))`.
    #[must_use]
    pub fn with_one<T: Mapped>(mut self, relation: ToOne<M, T>, row: New<T>) -> Self {
        let related = relation.definition().map(|relation| Related { relation, rows: vec![row.into_row()] });
        self.related.extend(related);
        self
    }

    pub(crate) fn into_row(self) -> NewRow {
        NewRow { model: M::definition(), inputs: self.inputs, related: self.related }
    }
}

impl<M> Clone for New<M> {
    fn clone(&self) -> Self {
        Self { inputs: self.inputs.clone(), related: self.related.clone(), model: PhantomData }
    }
}

impl<M> fmt::Debug for New<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("New").field(&self.inputs).finish()
    }
}

/// In place of a column's value: the column stays open. A foreign key in a graph of new rows is filled by the graph.
#[derive(Clone, Copy, Debug)]
pub struct Open;

impl<T, Parent> Assign<T, Parent> for Open {
    fn into_input(self) -> Option<Input> {
        None
    }
}

impl<M> Clone for Slot<M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M> Copy for Slot<M> {}

impl<M: Mapped> Slot<M> {
    pub(crate) fn new(row: u64) -> Self {
        Self { row, model: PhantomData }
    }

    /// The value that a column of the row will have, for foreign keys that refer to it: keys of several columns, and
    /// unique columns.
    pub fn column<T, A>(self, column: Column<M, T, A>) -> PendingValue<T> {
        PendingValue { row: self.row, column: M::definition().position(column.name()), marker: PhantomData }
    }
}

/// A value that a column of a new row will have.
pub struct PendingValue<T> {
    row: u64,
    column: Option<usize>,
    marker: PhantomData<fn() -> T>,
}

impl<T, C: Holds<T>, Parent> Assign<C, Parent> for PendingValue<T> {
    fn into_input(self) -> Option<Input> {
        Some(Input::Pending { row: self.row, column: self.column })
    }
}

impl<T> Clone for PendingValue<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for PendingValue<T> {}

impl<T> fmt::Debug for PendingValue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingValue").field("row", &self.row).finish_non_exhaustive()
    }
}

impl<M> fmt::Debug for Slot<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Slot").field(&self.row).finish()
    }
}

impl<T: ToValue, Parent> Assign<T, Parent> for T {
    fn into_input(self) -> Option<Input> {
        Some(Input::Value(self.to_value()))
    }
}

impl<T: ToValue, Parent> Assign<Option<T>, Parent> for T {
    fn into_input(self) -> Option<Input> {
        Some(Input::Value(self.to_value()))
    }
}

impl<Parent> Assign<String, Parent> for &str {
    fn into_input(self) -> Option<Input> {
        Some(Input::Value(self.to_value()))
    }
}

impl<Parent> Assign<Option<String>, Parent> for &str {
    fn into_input(self) -> Option<Input> {
        Some(Input::Value(self.to_value()))
    }
}

impl<Parent: Mapped, T: Holds<Parent::Key>> Assign<T, Parent> for Slot<Parent> {
    fn into_input(self) -> Option<Input> {
        Some(Input::Pending { row: self.row, column: None })
    }
}

/// The types of a column that can hold a key of type `K`: `K` and `Option<K>`.
pub trait Holds<K> {}

impl<K> Holds<K> for K {}

impl<K> Holds<K> for Option<K> {}
