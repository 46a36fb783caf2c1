//! Conditions: what `filter`, `having` and joins take. They are ordinary values, kept and put together as one likes.

use std::ops::{BitAnd, BitOr, Not};

use limbeck_dialect::query::{Expr, Keyword};
use limbeck_schema::Model;

use super::{SqlExpression, Typed};
use crate::Column;

/// A condition on rows. `&`, `|` and `!` put conditions together, and so do [`Condition::all`] and
/// [`Condition::any`].
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a condition does nothing until a statement is filtered by it"]
pub struct Condition(pub(crate) Expr);

/// What can be a condition: a [`Condition`], a boolean column, and an `Option`, which may leave it open.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no condition",
    label = "expected a `Condition`, or a boolean column",
    note = "compare it with something: `.eq(…)`, `.lt(…)`, `.is_null()`"
)]
pub trait IntoCondition {
    /// The condition, if there is one.
    fn into_condition(self) -> Option<Expr>;
}

impl Condition {
    /// A condition that no row fails.
    pub fn always() -> Self {
        Self(Expr::Keyword(Keyword::True))
    }

    /// A condition that no row meets.
    pub fn never() -> Self {
        Self(Expr::Keyword(Keyword::False))
    }

    /// That all conditions hold; true when there is none.
    pub fn all<C: IntoCondition>(conditions: impl IntoIterator<Item = C>) -> Self {
        Self(Expr::All(conditions.into_iter().filter_map(IntoCondition::into_condition).collect()))
    }

    /// That one of the conditions holds; false when there is none.
    pub fn any<C: IntoCondition>(conditions: impl IntoIterator<Item = C>) -> Self {
        Self(Expr::Any(conditions.into_iter().filter_map(IntoCondition::into_condition).collect()))
    }

    /// That both hold.
    pub fn and(self, other: impl IntoCondition) -> Self {
        match other.into_condition() {
            Some(other) => Self(self.0.and(other)),
            None => self,
        }
    }

    /// That one of them holds.
    pub fn or(self, other: impl IntoCondition) -> Self {
        match other.into_condition() {
            Some(other) => Self(self.0.or(other)),
            None => self,
        }
    }

    /// SQL text as a condition, as it stands: see [`Expr::raw`].
    pub fn raw(sql: &'static str, arguments: Vec<Expr>) -> Self {
        Self(Expr::raw(sql, arguments))
    }
}

impl<C: IntoCondition> BitAnd<C> for Condition {
    type Output = Condition;

    fn bitand(self, other: C) -> Condition {
        self.and(other)
    }
}

impl<C: IntoCondition> BitOr<C> for Condition {
    type Output = Condition;

    fn bitor(self, other: C) -> Condition {
        self.or(other)
    }
}

impl Not for Condition {
    type Output = Condition;

    fn not(self) -> Condition {
        Condition(self.0.negate())
    }
}

/// As a value it is NULL where it is neither true nor false.
impl SqlExpression for Condition {
    type Type = Option<bool>;

    fn into_expr(self) -> Expr {
        self.0
    }
}

impl IntoCondition for Condition {
    fn into_condition(self) -> Option<Expr> {
        Some(self.0)
    }
}

impl<C: IntoCondition> IntoCondition for Option<C> {
    fn into_condition(self) -> Option<Expr> {
        self.and_then(C::into_condition)
    }
}

impl<M: Model, A> IntoCondition for Column<M, bool, A> {
    fn into_condition(self) -> Option<Expr> {
        Some(self.into_expr())
    }
}

impl<M: Model, A> IntoCondition for Column<M, Option<bool>, A> {
    fn into_condition(self) -> Option<Expr> {
        Some(self.into_expr())
    }
}

impl IntoCondition for Typed<bool> {
    fn into_condition(self) -> Option<Expr> {
        Some(self.into_expr())
    }
}

impl IntoCondition for Typed<Option<bool>> {
    fn into_condition(self) -> Option<Expr> {
        Some(self.into_expr())
    }
}
