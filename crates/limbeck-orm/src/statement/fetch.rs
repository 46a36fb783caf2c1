//! How a statement runs, and what becomes of its rows.

use futures_util::stream::BoxStream;
use limbeck_dialect::query::{CompiledSql, Cte, Name, Statement};
use limbeck_engine::{Connection, DecodeError, EngineError, Row};

use crate::{Derived, OrmError};

/// How a row is read.
pub(crate) type DecodeRow<R> = fn(&Row<'_>) -> Result<R, DecodeError>;

/// A compiled statement as the engine takes it.
pub(crate) fn engine_statement(compiled: CompiledSql) -> limbeck_engine::Statement {
    limbeck_engine::Statement::new(compiled.sql, compiled.params)
}

pub(crate) async fn all<R: Send>(
    connection: &mut Connection,
    compiled: CompiledSql,
    decode: DecodeRow<R>,
) -> Result<Vec<R>, OrmError> {
    Ok(connection.fetch_all(&engine_statement(compiled), decode).await?)
}

pub(crate) async fn one_or_none<R: Send>(
    connection: &mut Connection,
    compiled: CompiledSql,
    decode: DecodeRow<R>,
) -> Result<Option<R>, OrmError> {
    let mut rows = all(connection, compiled, decode).await?;
    match (rows.pop(), rows.is_empty()) {
        (found, true) => Ok(found),
        (_, false) => Err(OrmError::MultipleRows),
    }
}

pub(crate) async fn execute(connection: &mut Connection, compiled: CompiledSql) -> Result<u64, OrmError> {
    Ok(connection.execute(&engine_statement(compiled)).await?)
}

pub(crate) fn stream<'a, R: Send + 'a>(
    connection: &'a mut Connection,
    statement: limbeck_engine::Statement,
    decode: DecodeRow<R>,
) -> BoxStream<'a, Result<R, EngineError>> {
    connection.stream(statement, decode)
}

/// A statement that changes rows and gives some of them back.
pub struct Returning<R> {
    pub(crate) statement: Statement,
    pub(crate) decode: DecodeRow<R>,
}

impl<R> Clone for Returning<R> {
    fn clone(&self) -> Self {
        Self { statement: self.statement.clone(), decode: self.decode }
    }
}

impl<R> Returning<R> {
    pub(crate) fn statement(&self) -> &Statement {
        &self.statement
    }

    /// The statement as a common table expression of a query (PostgreSQL).
    pub fn cte(self, name: impl Into<Name>) -> Derived {
        Derived::cte(Cte::new(name, self.statement))
    }
}

/// What every statement that gives rows has: its text and its results. `statement()` and `decode` are the type's own.
macro_rules! results {
    ($type:ident) => {
        impl<R> $type<R> {
            /// The statement with the values apart.
            ///
            /// # Errors
            /// What the dialect does not have, or what is inconsistent.
            pub fn compile(
                &self,
                dialect: limbeck_schema::Dialect,
            ) -> Result<limbeck_dialect::query::CompiledSql, limbeck_dialect::query::QueryError> {
                self.statement().compile(dialect)
            }

            /// The text with placeholders.
            ///
            /// # Errors
            /// As [`Self::compile`].
            pub fn sql(
                &self,
                dialect: limbeck_schema::Dialect,
            ) -> Result<String, limbeck_dialect::query::QueryError> {
                self.statement().sql(dialect)
            }

            /// The text with the values as constants: for a view, a CHECK, a look at it.
            ///
            /// # Errors
            /// As [`Self::compile`], and values that no constant can be written for.
            pub fn sql_with_literals(
                &self,
                dialect: limbeck_schema::Dialect,
            ) -> Result<String, limbeck_dialect::query::QueryError> {
                self.statement().sql_with_literals(dialect)
            }
        }

        impl<R: Send> $type<R> {
            /// All rows.
            ///
            /// # Errors
            /// As [`Self::compile`], what the database refuses, and a value that is not of its type.
            pub async fn all(&self, executor: &mut impl crate::Executor) -> Result<Vec<R>, crate::OrmError> {
                let connection = executor.ready().await?;
                let compiled = self.compile(connection.dialect())?;
                crate::statement::fetch::all(connection, compiled, self.decode).await
            }

            /// The only row, or none.
            ///
            /// # Errors
            /// As [`Self::all`], and [`OrmError::MultipleRows`](crate::OrmError::MultipleRows).
            pub async fn one_or_none(
                &self,
                executor: &mut impl crate::Executor,
            ) -> Result<Option<R>, crate::OrmError> {
                let connection = executor.ready().await?;
                let compiled = self.compile(connection.dialect())?;
                crate::statement::fetch::one_or_none(connection, compiled, self.decode).await
            }

            /// The only row.
            ///
            /// # Errors
            /// As [`Self::one_or_none`], and [`OrmError::NotFound`](crate::OrmError::NotFound).
            pub async fn one(&self, executor: &mut impl crate::Executor) -> Result<R, crate::OrmError> {
                self.one_or_none(executor).await?.ok_or(crate::OrmError::NotFound)
            }

            /// The rows as they arrive.
            ///
            /// # Errors
            /// As [`Self::compile`]; the other errors of [`Self::all`] come out of the stream.
            pub fn stream<'a>(
                &self,
                connection: &'a mut limbeck_engine::Connection,
            ) -> Result<
                futures_util::stream::BoxStream<'a, Result<R, limbeck_engine::EngineError>>,
                crate::OrmError,
            >
            where
                R: 'a,
            {
                let compiled = self.compile(connection.dialect())?;
                let statement = crate::statement::fetch::engine_statement(compiled);
                Ok(crate::statement::fetch::stream(connection, statement, self.decode))
            }
        }
    };
}

results!(Returning);

pub(crate) use results;
