//! `UPDATE`.

use limbeck_dialect::query::{self, CompiledSql, Join, JoinKind, QueryError, Source, Statement};
use limbeck_schema::{Dialect, Model};

use super::fetch::{self, Returning};
use crate::selectable::Selectable;
use crate::source::{Derived, IntoSource, table};
use crate::{Column, Executor, IntoCondition, Mapped, OrmError, Stored, Term};

/// A change of rows of a model.
#[must_use = "an update does nothing until it is executed"]
#[derive(Debug)]
pub struct Update<M> {
    update: query::Update,
    marker: std::marker::PhantomData<fn() -> M>,
}

/// A change of all rows of a model that no filter leaves out:
/// `update::<Customer>().set(Customer::phone, None).filter(…)`.
pub fn update<M: Stored>() -> Update<M> {
    Update { update: query::Update::table(table::<M>()), marker: std::marker::PhantomData }
}

impl<M> Clone for Update<M> {
    fn clone(&self) -> Self {
        Self { update: self.update.clone(), marker: std::marker::PhantomData }
    }
}

impl<M: Mapped> Update<M> {
    /// Sets a column to a value or an expression.
    pub fn set<T>(mut self, column: Column<M, T>, value: impl Term<T>) -> Self {
        self.update.set.push((column.bare(), value.into_term()));
        self
    }

    /// Only rows for which the condition holds, besides those before it.
    pub fn filter(mut self, condition: impl IntoCondition) -> Self {
        if let Some(condition) = condition.into_condition() {
            self.update = self.update.filter(condition);
        }
        self
    }

    /// Reads from another model too; say in [`filter`](Self::filter) how its rows belong to this one's.
    pub fn from<Other: Model>(mut self) -> Self {
        self.update.from.push(table::<Other>().into());
        self
    }

    /// Reads from an alias, a subquery or a common table expression too.
    pub fn from_source(mut self, source: impl IntoSource) -> Self {
        self.update.from.push(source.into_source());
        self
    }

    /// Joins a model to what [`from`](Self::from) names.
    pub fn join<Other: Model>(mut self, on: impl IntoCondition) -> Self {
        let source = Source::from(table::<Other>());
        self.update.joins.push(Join { kind: JoinKind::Inner, source, on: on.into_condition() });
        self
    }

    /// Makes a common table expression known to the statement.
    pub fn with(mut self, cte: &Derived) -> Self {
        self.update.with.ctes.extend(cte.clone().into_cte());
        self
    }

    /// Gives something of the changed rows back, as they are then.
    pub fn returning<S: Selectable>(mut self, columns: S) -> Returning<S::Row> {
        columns.items(&mut self.update.returning);
        Returning { statement: self.update.into(), decode: |row| S::decode(row, 0) }
    }

    /// The statement without its types.
    pub fn into_statement(self) -> Statement {
        self.update.into()
    }

    /// The statement with the values apart.
    ///
    /// # Errors
    /// What the dialect does not have, or what is inconsistent.
    pub fn compile(&self, dialect: Dialect) -> Result<CompiledSql, QueryError> {
        self.update.compile(dialect)
    }

    /// The text with placeholders.
    ///
    /// # Errors
    /// As [`Self::compile`].
    pub fn sql(&self, dialect: Dialect) -> Result<String, QueryError> {
        self.update.sql(dialect)
    }

    /// Changes the rows and tells how many.
    ///
    /// # Errors
    /// As [`Self::compile`], and what the database refuses.
    pub async fn execute(&self, executor: &mut impl Executor) -> Result<u64, OrmError> {
        let connection = executor.ready().await?;
        let compiled = self.compile(connection.dialect())?;
        fetch::execute(connection, compiled).await
    }
}
