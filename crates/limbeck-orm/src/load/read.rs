//! From rows of a result to structs of a shape.

use std::any::Any;

use limbeck_engine::{Decode, DecodeError, Row};

use super::level::TypedRows;
use super::plan::Span;
use super::{Entry, Level, Many, One, Shape};
use crate::{Column, Mapped, ToMany, ToOne};

/// A struct that can be loaded. Implemented by `#[derive(Load)]`, and by every model for its own columns.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be loaded",
    note = "derive it: `#[derive(limbeck::Load)] #[load(Model)]`"
)]
pub trait Load: Sized + Send + 'static {
    /// The model that it is read from.
    type Model: Mapped;

    /// What it wants to know.
    fn shape() -> Shape;

    /// Reads it, with nothing at the other end of relations to many yet.
    ///
    /// # Errors
    /// When a value is not of its field's type.
    fn read(cursor: &mut Cursor<'_, '_>) -> Result<Self, DecodeError>;

    /// Takes a row of a relation to many, which is an `Option` of its type. The path leads from field to field.
    fn receive(&mut self, path: &[usize], child: &mut dyn Any);
}

/// A model is loaded with all its columns, and without its relations.
impl<M: Mapped> Load for M {
    type Model = M;

    fn shape() -> Shape {
        let model = M::definition();
        Shape { model, entries: (0..model.columns.len()).map(Entry::Column).collect() }
    }

    fn read(cursor: &mut Cursor<'_, '_>) -> Result<Self, DecodeError> {
        cursor.model()
    }

    fn receive(&mut self, _: &[usize], _: &mut dyn Any) {}
}

/// A place in a row, which moves on with each value.
pub struct Cursor<'a, 'r> {
    row: &'a Row<'r>,
    column: usize,
    /// The joined rows, in the order of the fields.
    spans: &'a [Span],
    span: usize,
}

impl<'a, 'r> Cursor<'a, 'r> {
    pub(super) fn new(row: &'a Row<'r>, spans: &'a [Span]) -> Self {
        Self { row, column: 0, spans, span: 0 }
    }

    fn next<T: Decode>(&mut self) -> Result<T, DecodeError> {
        let column = self.column;
        self.column += 1;
        self.row.get(column)
    }

    fn model<M: Mapped>(&mut self) -> Result<M, DecodeError> {
        let first = self.column;
        self.column += M::COLUMNS.len();
        M::decode(self.row, first)
    }

    /// Enters a joined row. False if there is none: the cursor is behind it then.
    fn enter(&mut self) -> bool {
        let Some(span) = self.spans.get(self.span) else { return true };
        self.span += 1;
        if !span.has_marker {
            return true;
        }
        let found = self.row.column(self.column).is_some_and(|column| !column.is_null());
        self.column += 1;
        if !found {
            self.column = span.end;
            self.span = span.next;
        }
        found
    }
}

/// A column or a relation that can be read as a field of type `T`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read as `{T}`",
    label = "this field has another type than the column or relation of its name",
    note = "a column is read as its own type; a relation to many as a `Vec` of a model or of a struct that derives `Load` for it; a relation to one as such a struct, or an `Option` of it"
)]
pub trait Reads<T> {
    /// What is read; `None` only for a relation that `relations!` does not declare.
    fn entry(self) -> Option<Entry>;

    /// Reads it.
    ///
    /// # Errors
    /// When a value is not of the type.
    fn read(self, cursor: &mut Cursor<'_, '_>) -> Result<T, DecodeError>;

    /// Takes a row of a relation to many, or passes it on.
    fn receive(self, place: &mut T, path: &[usize], child: &mut dyn Any);
}

impl<M: Mapped, T: Decode, A> Reads<T> for Column<M, T, A> {
    fn entry(self) -> Option<Entry> {
        M::definition().position(self.name()).map(Entry::Column)
    }

    fn read(self, cursor: &mut Cursor<'_, '_>) -> Result<T, DecodeError> {
        cursor.next()
    }

    fn receive(self, _: &mut T, _: &[usize], _: &mut dyn Any) {}
}

impl<M: Mapped, S: Load> Reads<Vec<S>> for ToMany<M, S::Model> {
    fn entry(self) -> Option<Entry> {
        let relation = self.definition()?;
        let rows = || -> Box<dyn super::level::LevelRows> { Box::new(TypedRows::<S>(Vec::new())) };
        Some(Entry::Many(Many { relation, shape: S::shape, rows, level: Level::default() }))
    }

    fn read(self, _: &mut Cursor<'_, '_>) -> Result<Vec<S>, DecodeError> {
        Ok(Vec::new())
    }

    fn receive(self, place: &mut Vec<S>, _: &[usize], child: &mut dyn Any) {
        place.extend(child.downcast_mut::<Option<S>>().and_then(Option::take));
    }
}

impl<M: Mapped, S: Load> Reads<S> for ToOne<M, S::Model> {
    fn entry(self) -> Option<Entry> {
        Some(Entry::One(One { relation: self.definition()?, shape: S::shape(), optional: false }))
    }

    fn read(self, cursor: &mut Cursor<'_, '_>) -> Result<S, DecodeError> {
        cursor.enter();
        S::read(cursor)
    }

    fn receive(self, place: &mut S, path: &[usize], child: &mut dyn Any) {
        place.receive(path, child);
    }
}

impl<M: Mapped, S: Load> Reads<Option<S>> for ToOne<M, S::Model> {
    fn entry(self) -> Option<Entry> {
        Some(Entry::One(One { relation: self.definition()?, shape: S::shape(), optional: true }))
    }

    fn read(self, cursor: &mut Cursor<'_, '_>) -> Result<Option<S>, DecodeError> {
        if cursor.enter() { S::read(cursor).map(Some) } else { Ok(None) }
    }

    fn receive(self, place: &mut Option<S>, path: &[usize], child: &mut dyn Any) {
        if let Some(place) = place {
            place.receive(path, child);
        }
    }
}
