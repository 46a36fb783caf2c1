//! Functions: aggregates and windows among them.

use std::fmt;
use std::marker::PhantomData;

use limbeck_dialect::query::{Call, Expr, Frame, FrameBound, FrameUnit, Name, Over};
use limbeck_schema::SqlType;

use crate::{IntoCondition, IntoOrder, SqlExpression, Term, Typed};

/// A call of a function that gives a `T`. The functions that are known by type are in [`func`](crate::func).
pub struct Function<T> {
    call: Call,
    /// The type that the result is cast to, where the databases give different ones.
    result: Option<SqlType>,
    marker: PhantomData<fn() -> T>,
}

impl<T> Function<T> {
    /// A call of a function that is said to give a `T`.
    pub fn new(name: impl Into<Name>, arguments: Vec<Expr>) -> Self {
        Self { call: Call::new(name, arguments), result: None, marker: PhantomData }
    }

    /// The same call, with the result cast.
    pub(crate) fn result(mut self, sql_type: SqlType) -> Self {
        self.result = Some(sql_type);
        self
    }

    /// The same call, said to give another type.
    #[must_use]
    pub fn returns<U>(self) -> Function<U> {
        Function { call: self.call, result: self.result, marker: PhantomData }
    }

    /// The function of a schema (PostgreSQL).
    #[must_use]
    pub fn in_schema(mut self, schema: &'static str) -> Self {
        self.call.schema = Some(Name::Borrowed(schema));
        self
    }

    /// An aggregate of each value once.
    #[must_use]
    pub fn distinct(mut self) -> Self {
        self.call.distinct = true;
        self
    }

    /// An aggregate of the rows that meet a condition: `FILTER (WHERE …)`.
    #[must_use]
    pub fn filter(mut self, condition: impl IntoCondition) -> Self {
        if let Some(condition) = condition.into_condition() {
            self.call.filter = Some(match self.call.filter.take() {
                Some(before) => before.and(condition),
                None => condition,
            });
        }
        self
    }

    /// An aggregate of the values in that order.
    #[must_use]
    pub fn ordered_by(mut self, order: impl IntoOrder) -> Self {
        self.call.order_by.extend(order.into_order());
        self
    }

    /// An ordered-set aggregate: `WITHIN GROUP (ORDER BY …)` (PostgreSQL).
    #[must_use]
    pub fn within_group(mut self, order: impl IntoOrder) -> Self {
        self.call.within_group.extend(order.into_order());
        self
    }

    /// The function over a window, for each row.
    #[must_use]
    pub fn over(mut self, window: Window) -> Self {
        self.call.over = Some(Over::Window(window.0));
        self
    }
}

impl<T> Clone for Function<T> {
    fn clone(&self) -> Self {
        Self { call: self.call.clone(), result: self.result.clone(), marker: PhantomData }
    }
}

impl<T> fmt::Debug for Function<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Function").field(&self.call).finish()
    }
}

impl<T> SqlExpression for Function<T> {
    type Type = T;

    fn into_expr(self) -> Expr {
        match self.result {
            Some(sql_type) => Expr::from(self.call).cast(sql_type),
            None => self.call.into(),
        }
    }
}

/// The rows that a window function looks at: `window().partition_by(…).order_by(…)`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Window(limbeck_dialect::query::Window);

/// A window of all rows, to be narrowed.
pub fn window() -> Window {
    Window::default()
}

impl Window {
    /// Rows with the same value alone; further calls divide further.
    #[must_use]
    pub fn partition_by(mut self, expression: impl SqlExpression) -> Self {
        self.0.partition_by.push(expression.into_expr());
        self
    }

    /// The order within a partition.
    #[must_use]
    pub fn order_by(mut self, order: impl IntoOrder) -> Self {
        self.0.order_by.extend(order.into_order());
        self
    }

    /// Rows from one bound to another: `ROWS BETWEEN … AND …`.
    #[must_use]
    pub fn rows(self, start: FrameBound, end: FrameBound) -> Self {
        self.frame(Frame { unit: FrameUnit::Rows, start, end: Some(end), exclude: None })
    }

    /// Values from one bound to another: `RANGE BETWEEN … AND …`.
    #[must_use]
    pub fn range(self, start: FrameBound, end: FrameBound) -> Self {
        self.frame(Frame { unit: FrameUnit::Range, start, end: Some(end), exclude: None })
    }

    /// Any frame.
    #[must_use]
    pub fn frame(mut self, frame: Frame) -> Self {
        self.0.frame = Some(frame);
        self
    }
}

/// `CASE WHEN … THEN … ELSE … END`: `case::<String>(condition, "much").when(…, …).otherwise(…)`.
pub struct Case<T> {
    branches: Vec<(Expr, Expr)>,
    marker: PhantomData<fn() -> T>,
}

/// A value of type `T` where a condition holds, and others where others do.
pub fn case<T>(condition: impl IntoCondition, value: impl Term<T>) -> Case<T> {
    Case { branches: branch(condition, value.into_term()).into_iter().collect(), marker: PhantomData }
}

fn branch(condition: impl IntoCondition, value: Expr) -> Option<(Expr, Expr)> {
    Some((condition.into_condition()?, value))
}

impl<T> Case<T> {
    /// The value where another condition holds.
    #[must_use]
    pub fn when(mut self, condition: impl IntoCondition, value: impl Term<T>) -> Self {
        self.branches.extend(branch(condition, value.into_term()));
        self
    }

    /// The value where none of the conditions holds.
    pub fn otherwise(self, value: impl Term<T>) -> Typed<T> {
        let otherwise = value.into_term();
        match self.branches.as_slice() {
            [] => Typed::new(otherwise),
            _ => Typed::new(Expr::Case {
                operand: None,
                branches: self.branches,
                otherwise: Some(Box::new(otherwise)),
            }),
        }
    }

    /// NULL where none of the conditions holds.
    pub fn end(self) -> Typed<Option<T>> {
        match self.branches.as_slice() {
            [] => Typed::new(Expr::NULL),
            _ => Typed::new(Expr::Case { operand: None, branches: self.branches, otherwise: None }),
        }
    }
}
