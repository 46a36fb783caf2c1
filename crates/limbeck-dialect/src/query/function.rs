//! Calls of functions: aggregates and windows among them.

use super::{Expr, Name, OrderBy};

/// A call of a function, of whatever name.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The function's schema, where it has one.
    pub schema: Option<Name>,
    /// The function's name.
    pub name: Name,
    /// The arguments.
    pub arguments: Vec<Expr>,
    /// Whether an aggregate takes each value once.
    pub distinct: bool,
    /// The order in which an aggregate takes the values.
    pub order_by: Vec<OrderBy>,
    /// Which rows an aggregate takes.
    pub filter: Option<Expr>,
    /// The order of an ordered-set aggregate.
    pub within_group: Vec<OrderBy>,
    /// The window that the function looks at.
    pub over: Option<Over>,
}

impl Call {
    /// A call of a function.
    pub fn new(name: impl Into<Name>, arguments: Vec<Expr>) -> Self {
        Self {
            schema: None,
            name: name.into(),
            arguments,
            distinct: false,
            order_by: Vec::new(),
            filter: None,
            within_group: Vec::new(),
            over: None,
        }
    }
}

impl From<Call> for Expr {
    fn from(call: Call) -> Self {
        Expr::Call(Box::new(call))
    }
}

/// `OVER`.
#[derive(Clone, Debug, PartialEq)]
pub enum Over {
    /// A window that the select names.
    Named(Name),
    /// A window.
    Window(Window),
}

/// Which rows a window function looks at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Window {
    /// A window of the select that this one builds on.
    pub base: Option<Name>,
    /// Rows with the same values are one partition.
    pub partition_by: Vec<Expr>,
    /// The order within a partition.
    pub order_by: Vec<OrderBy>,
    /// The part of the partition.
    pub frame: Option<Frame>,
}

/// The part of a partition that a window function sees.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// What is counted.
    pub unit: FrameUnit,
    /// Where it begins.
    pub start: FrameBound,
    /// Where it ends; at the current row if missing.
    pub end: Option<FrameBound>,
    /// What is left out.
    pub exclude: Option<FrameExclude>,
}

/// What a frame counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameUnit {
    /// Rows.
    Rows,
    /// Distances of the value that is ordered by.
    Range,
    /// Groups of rows with the same value.
    Groups,
}

/// An end of a frame.
#[derive(Clone, Debug, PartialEq)]
pub enum FrameBound {
    /// The partition's first row.
    UnboundedPreceding,
    /// So much before the current row.
    Preceding(Expr),
    /// The current row.
    CurrentRow,
    /// So much after the current row.
    Following(Expr),
    /// The partition's last row.
    UnboundedFollowing,
}

/// What is left out of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameExclude {
    /// The current row.
    CurrentRow,
    /// The current row and those with the same value.
    Group,
    /// The other rows with the same value.
    Ties,
}
