//! Queries.

use super::{Expr, Join, JoinKind, Name, Source, Window, With};

/// A query: a select, or several that are put together.
#[derive(Clone, Debug, PartialEq)]
pub enum Query {
    /// A select.
    Select(Box<Select>),
    /// Two queries and what is made of them.
    Compound(Box<Compound>),
}

/// `SELECT`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Select {
    /// Common table expressions.
    pub with: With,
    /// Whether rows are given once.
    pub distinct: Distinct,
    /// What is selected.
    pub items: Vec<SelectItem>,
    /// What is selected from; several sources are all pairs of their rows.
    pub from: Vec<Source>,
    /// What is joined to the last of them.
    pub joins: Vec<Join>,
    /// Which rows.
    pub filter: Option<Expr>,
    /// What makes a group.
    pub group_by: Vec<Grouping>,
    /// Which groups.
    pub having: Option<Expr>,
    /// Windows with a name.
    pub windows: Vec<(Name, Window)>,
    /// The order.
    pub order_by: Vec<OrderBy>,
    /// How many rows at most.
    pub limit: Option<Expr>,
    /// How many rows are skipped.
    pub offset: Option<Expr>,
    /// Whether rows that are equal to the last one in order come too.
    pub with_ties: bool,
    /// Locks on the rows.
    pub locks: Vec<Lock>,
}

/// `UNION` and its kin.
#[derive(Clone, Debug, PartialEq)]
pub struct Compound {
    /// Common table expressions.
    pub with: With,
    /// What is made of the two.
    pub operation: SetOperation,
    /// Whether a row that comes twice stays twice.
    pub all: bool,
    /// The one.
    pub left: Query,
    /// The other.
    pub right: Query,
    /// The order, by names or numbers of columns.
    pub order_by: Vec<OrderBy>,
    /// How many rows at most.
    pub limit: Option<Expr>,
    /// How many rows are skipped.
    pub offset: Option<Expr>,
}

/// What is made of two queries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetOperation {
    /// Rows of either.
    Union,
    /// Rows of both.
    Intersect,
    /// Rows of the first that the second has not.
    Except,
}

/// Something that is selected.
#[derive(Clone, Debug, PartialEq)]
pub struct SelectItem {
    /// The expression.
    pub expr: Expr,
    /// Its name in the result.
    pub alias: Option<Name>,
}

impl From<Expr> for SelectItem {
    fn from(expr: Expr) -> Self {
        Self { expr, alias: None }
    }
}

/// Whether rows are given once.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Distinct {
    /// As often as they come.
    #[default]
    No,
    /// Once.
    Rows,
    /// The first of those that agree in the expressions: `DISTINCT ON`.
    On(Vec<Expr>),
}

/// What makes a group.
#[derive(Clone, Debug, PartialEq)]
pub enum Grouping {
    /// The same value.
    By(Expr),
    /// Each of several groupings: `GROUPING SETS`.
    Sets(Vec<Vec<Expr>>),
    /// The whole, and fewer from the right: `ROLLUP`.
    Rollup(Vec<Expr>),
    /// Every choice of them: `CUBE`.
    Cube(Vec<Expr>),
}

/// An element of an order.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderBy {
    /// What is ordered by.
    pub expr: Expr,
    /// Whether the greatest comes first.
    pub descending: bool,
    /// Where NULL goes; the dialect's own place if missing: last on PostgreSQL and first on SQLite, when ascending.
    pub nulls: Option<Nulls>,
}

impl OrderBy {
    /// The least first.
    pub fn ascending(expr: Expr) -> Self {
        Self { expr, descending: false, nulls: None }
    }

    /// The greatest first.
    pub fn descending(expr: Expr) -> Self {
        Self { expr, descending: true, nulls: None }
    }

    /// NULL before all values.
    #[must_use]
    pub fn nulls_first(self) -> Self {
        Self { nulls: Some(Nulls::First), ..self }
    }

    /// NULL after all values.
    #[must_use]
    pub fn nulls_last(self) -> Self {
        Self { nulls: Some(Nulls::Last), ..self }
    }
}

/// Where NULL goes in an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nulls {
    /// Before all values.
    First,
    /// After all values.
    Last,
}

/// A lock on the rows that are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    /// Against what.
    pub strength: LockStrength,
    /// Of which sources; of all if empty.
    pub of: Vec<Name>,
    /// What is done when another holds it.
    pub wait: LockWait,
}

/// How strong a lock is (PostgreSQL docs, "Row-Level Locks").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockStrength {
    /// `FOR UPDATE`.
    Update,
    /// `FOR NO KEY UPDATE`.
    NoKeyUpdate,
    /// `FOR SHARE`.
    Share,
    /// `FOR KEY SHARE`.
    KeyShare,
}

/// What is done when another holds the lock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LockWait {
    /// Wait.
    #[default]
    Wait,
    /// Fail: `NOWAIT`.
    Nowait,
    /// Leave the row out: `SKIP LOCKED`.
    SkipLocked,
}

impl Select {
    /// A select from a source.
    pub fn from(source: impl Into<Source>) -> Self {
        Self { from: vec![source.into()], ..Self::default() }
    }

    /// Selects an expression too.
    #[must_use]
    pub fn column(mut self, expr: Expr) -> Self {
        self.items.push(expr.into());
        self
    }

    /// Selects an expression under a name too.
    #[must_use]
    pub fn column_as(mut self, expr: Expr, alias: impl Into<Name>) -> Self {
        self.items.push(SelectItem { expr, alias: Some(alias.into()) });
        self
    }

    /// Joins a source.
    #[must_use]
    pub fn join(mut self, kind: JoinKind, source: impl Into<Source>, on: Option<Expr>) -> Self {
        self.joins.push(Join { kind, source: source.into(), on });
        self
    }

    /// Only rows for which the condition holds, besides the conditions before it.
    #[must_use]
    pub fn filter(mut self, condition: Expr) -> Self {
        self.filter = Some(joined(self.filter.take(), condition));
        self
    }

    /// Only groups for which the condition holds, besides the conditions before it.
    #[must_use]
    pub fn having(mut self, condition: Expr) -> Self {
        self.having = Some(joined(self.having.take(), condition));
        self
    }

    /// Orders by one more element.
    #[must_use]
    pub fn order_by(mut self, order: OrderBy) -> Self {
        self.order_by.push(order);
        self
    }
}

/// Two conditions, both of which must hold.
pub(crate) fn joined(first: Option<Expr>, second: Expr) -> Expr {
    match first {
        Some(first) => first.and(second),
        None => second,
    }
}

impl Query {
    /// Both queries put together.
    #[must_use]
    pub fn combined(self, operation: SetOperation, all: bool, right: impl Into<Query>) -> Query {
        Query::Compound(Box::new(Compound {
            with: With::default(),
            operation,
            all,
            left: self,
            right: right.into(),
            order_by: Vec::new(),
            limit: None,
            offset: None,
        }))
    }
}

impl From<Compound> for Query {
    fn from(compound: Compound) -> Self {
        Query::Compound(Box::new(compound))
    }
}
