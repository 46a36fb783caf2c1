//! What a struct wants to know of a model, as data.

use limbeck_dialect::query::{Expr, OrderBy};

use super::level::LevelRows;
use crate::{IntoCondition, IntoOrder, ModelDefinition, RelationDefinition};

/// What is read of a model, in the order of the struct's fields.
#[derive(Debug)]
pub struct Shape {
    pub(crate) model: &'static ModelDefinition,
    pub(crate) entries: Vec<Entry>,
}

/// What a field wants.
#[derive(Debug)]
pub enum Entry {
    /// A column, by its position.
    Column(usize),
    /// The row at the other end of a relation.
    One(One),
    /// The rows at the other end of a relation.
    Many(Many),
}

/// The row at the other end of a relation.
#[derive(Debug)]
pub struct One {
    pub(crate) relation: &'static RelationDefinition,
    pub(crate) shape: Shape,
    /// Whether the field is an `Option`, so that the row need not be there.
    pub(crate) optional: bool,
}

/// The rows at the other end of a relation.
#[derive(Debug)]
pub struct Many {
    pub(crate) relation: &'static RelationDefinition,
    /// Asked for when there are parents: a struct may hold itself.
    pub(crate) shape: fn() -> Shape,
    pub(crate) rows: fn() -> Box<dyn LevelRows>,
    pub(crate) level: Level,
}

/// Which rows of a level are read, and in which order.
#[derive(Clone, Debug, Default)]
pub struct Level {
    pub(crate) filter: Option<Expr>,
    pub(crate) order_by: Vec<OrderBy>,
    pub(crate) limit: Option<u64>,
    pub(crate) depth: Option<usize>,
}

impl Shape {
    /// A shape without fields.
    pub fn new(model: &'static ModelDefinition) -> Self {
        Self { model, entries: Vec::new() }
    }

    /// The same shape with a field more.
    #[must_use]
    pub fn with(mut self, entry: Option<Entry>) -> Self {
        self.entries.extend(entry);
        self
    }
}

impl Entry {
    /// The same field, of these rows only; on a column or a relation to one row it means nothing.
    #[must_use]
    pub fn with_level(mut self, level: Level) -> Self {
        if let Entry::Many(many) = &mut self {
            many.level = level;
        }
        self
    }
}

impl Level {
    /// All rows, in no order.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only rows that meet a condition, besides those before it.
    #[must_use]
    pub fn filter(mut self, condition: impl IntoCondition) -> Self {
        self.filter = match (self.filter, condition.into_condition()) {
            (Some(first), Some(second)) => Some(first.and(second)),
            (first, second) => first.or(second),
        };
        self
    }

    /// In an order, after those before it.
    #[must_use]
    pub fn order_by(mut self, order: impl IntoOrder) -> Self {
        self.order_by.extend(order.into_order());
        self
    }

    /// At most so many rows for each parent.
    #[must_use]
    pub fn limit(mut self, rows: u64) -> Self {
        self.limit = Some(rows);
        self
    }

    /// The rows that both say.
    pub(super) fn and(self, other: &Self) -> Self {
        let filter = match (self.filter, other.filter.clone()) {
            (Some(first), Some(second)) => Some(first.and(second)),
            (first, second) => first.or(second),
        };
        Self {
            filter,
            order_by: if other.order_by.is_empty() { self.order_by } else { other.order_by.clone() },
            limit: other.limit.or(self.limit),
            depth: other.depth.or(self.depth),
        }
    }

    /// At most so many levels of a struct that holds itself.
    #[must_use]
    pub fn depth(mut self, levels: usize) -> Self {
        self.depth = Some(levels);
        self
    }
}
