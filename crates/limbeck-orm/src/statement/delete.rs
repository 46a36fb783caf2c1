//! `DELETE`.

use limbeck_dialect::query::{self, CompiledSql, QueryError, Statement};
use limbeck_schema::{Dialect, Model};

use super::fetch::{self, Returning};
use crate::selectable::Selectable;
use crate::source::{Derived, IntoSource, table};
use crate::{Executor, IntoCondition, Mapped, OrmError, Stored};

/// A removal of rows of a model.
#[must_use = "a delete does nothing until it is executed"]
#[derive(Debug)]
pub struct Delete<M> {
    delete: query::Delete,
    marker: std::marker::PhantomData<fn() -> M>,
}

/// A removal of all rows of a model that no filter leaves out: `delete::<Order>().filter(…)`.
pub fn delete<M: Stored>() -> Delete<M> {
    Delete { delete: query::Delete::from(table::<M>()), marker: std::marker::PhantomData }
}

impl<M> Clone for Delete<M> {
    fn clone(&self) -> Self {
        Self { delete: self.delete.clone(), marker: std::marker::PhantomData }
    }
}

impl<M: Mapped> Delete<M> {
    /// Only rows for which the condition holds, besides those before it.
    pub fn filter(mut self, condition: impl IntoCondition) -> Self {
        if let Some(condition) = condition.into_condition() {
            self.delete = self.delete.filter(condition);
        }
        self
    }

    /// Reads from another model too; say in [`filter`](Self::filter) how its rows belong to this one's.
    pub fn using<Other: Model>(mut self) -> Self {
        self.delete.using.push(table::<Other>().into());
        self
    }

    /// Reads from an alias, a subquery or a common table expression too.
    pub fn using_source(mut self, source: impl IntoSource) -> Self {
        self.delete.using.push(source.into_source());
        self
    }

    /// Makes a common table expression known to the statement.
    pub fn with(mut self, cte: &Derived) -> Self {
        self.delete.with.ctes.extend(cte.clone().into_cte());
        self
    }

    /// Gives something of the removed rows back.
    pub fn returning<S: Selectable>(mut self, columns: S) -> Returning<S::Row> {
        columns.items(&mut self.delete.returning);
        Returning { statement: self.delete.into(), decode: |row| S::decode(row, 0) }
    }

    /// The statement without its types.
    pub fn into_statement(self) -> Statement {
        self.delete.into()
    }

    /// The statement with the values apart.
    ///
    /// # Errors
    /// What the dialect does not have, or what is inconsistent.
    pub fn compile(&self, dialect: Dialect) -> Result<CompiledSql, QueryError> {
        self.delete.compile(dialect)
    }

    /// The text with placeholders.
    ///
    /// # Errors
    /// As [`Self::compile`].
    pub fn sql(&self, dialect: Dialect) -> Result<String, QueryError> {
        self.delete.sql(dialect)
    }

    /// Removes the rows and tells how many.
    ///
    /// # Errors
    /// As [`Self::compile`], and what the database refuses.
    pub async fn execute(&self, executor: &mut impl Executor) -> Result<u64, OrmError> {
        let connection = executor.ready().await?;
        let compiled = self.compile(connection.dialect())?;
        fetch::execute(connection, compiled).await
    }
}
