//! The rows of a level, whichever type they have.

use std::any::Any;
use std::fmt;

use limbeck_engine::{DecodeError, Row};

use super::plan::Span;
use super::{Cursor, Load};

/// The rows of a level.
pub(crate) trait LevelRows: Any + Send {
    /// Reads one more.
    ///
    /// # Errors
    /// When a value is not of its field's type.
    fn push(&mut self, row: &Row<'_>, spans: &[Span]) -> Result<(), DecodeError>;

    /// Gives a row one of its children.
    fn receive(&mut self, row: usize, path: &[usize], child: &mut dyn Any);

    /// Gives all rows to their owners.
    fn hand_over(self: Box<Self>, owners: &[usize], path: &[usize], parents: &mut dyn LevelRows);
}

impl fmt::Debug for dyn LevelRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LevelRows")
    }
}

/// The rows of a level.
pub(super) struct TypedRows<S>(pub(super) Vec<S>);

impl<S: Load> LevelRows for TypedRows<S> {
    fn push(&mut self, row: &Row<'_>, spans: &[Span]) -> Result<(), DecodeError> {
        self.0.push(S::read(&mut Cursor::new(row, spans))?);
        Ok(())
    }

    fn receive(&mut self, row: usize, path: &[usize], child: &mut dyn Any) {
        if let Some(row) = self.0.get_mut(row) {
            row.receive(path, child);
        }
    }

    fn hand_over(self: Box<Self>, owners: &[usize], path: &[usize], parents: &mut dyn LevelRows) {
        for (row, owner) in self.0.into_iter().zip(owners) {
            parents.receive(*owner, path, &mut Some(row));
        }
    }
}
