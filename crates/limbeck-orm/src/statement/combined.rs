//! `UNION` and its kin.

use limbeck_dialect::query::{Compound, Expr, Name, Query, SetOperation, Statement};

use super::fetch::{DecodeRow, results};
use crate::source::Derived;
use crate::{IntoOrder, Select};

/// Queries put together, whose rows are `R`s.
#[must_use = "a query does nothing until its rows are asked for"]
pub struct Combined<R> {
    statement: Statement,
    decode: DecodeRow<R>,
}

impl<R> Clone for Combined<R> {
    fn clone(&self) -> Self {
        Self { statement: self.statement.clone(), decode: self.decode }
    }
}

results!(Combined);

impl<R> Combined<R> {
    pub(super) fn of(left: Select<R>, operation: SetOperation, all: bool, right: Select<R>) -> Self {
        let decode = left.decode;
        let query = left.into_query().combined(operation, all, right.into_query());
        Self { statement: query.into(), decode }
    }

    fn statement(&self) -> &Statement {
        &self.statement
    }

    /// The query without its types.
    pub fn into_query(self) -> Query {
        match self.statement {
            Statement::Query(query) => *query,
            // `of` puts a compound there.
            _ => limbeck_dialect::query::Select::default().into(),
        }
    }

    fn change(mut self, change: impl FnOnce(&mut Compound)) -> Self {
        if let Statement::Query(query) = &mut self.statement
            && let Query::Compound(compound) = query.as_mut()
        {
            change(compound);
        }
        self
    }

    fn and(self, operation: SetOperation, all: bool, other: Select<R>) -> Self {
        let decode = self.decode;
        Self { statement: self.into_query().combined(operation, all, other.into_query()).into(), decode }
    }

    /// Rows of another query too, each once.
    pub fn union(self, other: Select<R>) -> Self {
        self.and(SetOperation::Union, false, other)
    }

    /// Rows of another query too, as often as they come.
    pub fn union_all(self, other: Select<R>) -> Self {
        self.and(SetOperation::Union, true, other)
    }

    /// Rows that another query has too.
    pub fn intersect(self, other: Select<R>) -> Self {
        self.and(SetOperation::Intersect, false, other)
    }

    /// Rows that another query does not have.
    pub fn except(self, other: Select<R>) -> Self {
        self.and(SetOperation::Except, false, other)
    }

    /// Orders the rows by columns of the result. A column of a model stands for the result's column of that name.
    pub fn order_by(self, order: impl IntoOrder) -> Self {
        let mut order = order.into_order();
        for element in &mut order {
            if let Expr::Column(column) = &mut element.expr {
                column.table = None;
            }
        }
        self.change(|compound| compound.order_by.extend(order))
    }

    /// At most so many rows.
    pub fn limit(self, rows: u32) -> Self {
        self.change(|compound| compound.limit = Some(Expr::value(i64::from(rows))))
    }

    /// Without the first rows.
    pub fn offset(self, rows: u32) -> Self {
        self.change(|compound| compound.offset = Some(Expr::value(i64::from(rows))))
    }

    /// The query as a source under a name.
    pub fn subquery(self, name: impl Into<Name>) -> Derived {
        Derived::subquery(name.into(), self.into_query())
    }
}
