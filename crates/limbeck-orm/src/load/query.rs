//! The query that a load begins with.

use std::any::Any;
use std::marker::PhantomData;

use limbeck_dialect::query::{Expr, Select, TableName};

use super::level::{LevelRows, TypedRows};
use super::run::{Levels, run};
use super::{Level, Load};
use crate::{Executor, IntoCondition, IntoOrder, Mapped, OrmError, ToMany};

/// A query for structs of a shape: `load::<CustomerPage>().filter(Customer::region_id.eq(7)).all(tx)`.
#[must_use = "a load does nothing until `all`, `first`, `one` or `one_or_none`"]
pub struct LoadQuery<S> {
    level: Level,
    offset: Option<u64>,
    levels: Levels,
    shape: PhantomData<fn() -> S>,
}

/// Loads structs of a shape.
pub fn load<S: Load>() -> LoadQuery<S> {
    LoadQuery { level: Level::new(), offset: None, levels: Vec::new(), shape: PhantomData }
}

impl<S: Load> LoadQuery<S> {
    /// Only rows that meet a condition, besides those before it.
    pub fn filter(mut self, condition: impl IntoCondition) -> Self {
        self.level = self.level.filter(condition);
        self
    }

    /// In an order, after those before it.
    pub fn order_by(mut self, order: impl IntoOrder) -> Self {
        self.level = self.level.order_by(order);
        self
    }

    /// At most so many rows.
    pub fn limit(mut self, rows: u64) -> Self {
        self.level = self.level.limit(rows);
        self
    }

    /// Without the first so many rows.
    pub fn offset(mut self, rows: u64) -> Self {
        self.offset = Some(rows);
        self
    }

    /// Says of a relation to many, wherever it is in the shape, which rows are read:
    /// `.level(Customer::orders, Level::new().filter(Order::state.eq(state)).limit(3))`.
    pub fn level<M: Mapped, T>(mut self, relation: ToMany<M, T>, level: Level) -> Self {
        self.levels.extend(relation.definition().map(|relation| (relation, level)));
        self
    }

    /// All of them.
    ///
    /// # Errors
    /// When the database cannot be asked, or a value is not of its field's type.
    pub async fn all(self, executor: &mut impl Executor) -> Result<Vec<S>, OrmError> {
        let shape = S::shape();
        let mut select = Select::from(TableName::from(shape.model.table.clone()));
        select.filter = self.level.filter;
        select.order_by = self.level.order_by;
        let number = |rows: u64| Expr::value(i64::try_from(rows).unwrap_or(i64::MAX));
        select.limit = self.level.limit.map(number);
        select.offset = self.offset.map(number);
        let connection = executor.ready().await?;
        let rows: Box<dyn LevelRows> = Box::new(TypedRows::<S>(Vec::new()));
        let rows: Box<dyn Any> = run(connection, select, shape, rows, &self.levels).await?;
        Ok(rows.downcast::<TypedRows<S>>().map(|rows| rows.0).unwrap_or_default())
    }

    /// The first one, if there is one.
    ///
    /// # Errors
    /// Those of [`all`](Self::all).
    pub async fn first(self, executor: &mut impl Executor) -> Result<Option<S>, OrmError> {
        Ok(self.limit(1).all(executor).await?.into_iter().next())
    }

    /// The only one, if there is one.
    ///
    /// # Errors
    /// Those of [`all`](Self::all), and [`OrmError::MultipleRows`].
    pub async fn one_or_none(self, executor: &mut impl Executor) -> Result<Option<S>, OrmError> {
        let mut rows = self.limit(2).all(executor).await?;
        match rows.len() {
            0 | 1 => Ok(rows.pop()),
            _ => Err(OrmError::MultipleRows),
        }
    }

    /// The only one.
    ///
    /// # Errors
    /// Those of [`one_or_none`](Self::one_or_none), and [`OrmError::NotFound`].
    pub async fn one(self, executor: &mut impl Executor) -> Result<S, OrmError> {
        self.one_or_none(executor).await?.ok_or(OrmError::NotFound)
    }
}
