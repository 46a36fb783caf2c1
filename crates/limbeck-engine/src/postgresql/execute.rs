//! Statements with parameters on a PostgreSQL connection.
//!
//! A statement is prepared once and kept by its text, so that from the second time on it costs one round trip. A `BEGIN`
//! costs none: it travels ahead of the transaction's first statement.

use std::borrow::Borrow;
use std::pin::{Pin, pin};

use futures_util::future::join;
use futures_util::{Stream, TryStreamExt as _, stream};
use hashlink::LruCache;
use limbeck_schema::Value;
use tokio_postgres::{Client, RowStream};

use super::PostgresqlConnection;
use super::encode::{Parameter, unspecified};
use crate::execute::EachRow;
use crate::transaction::quoted;
use crate::{DecodeError, EngineError, Row, Statement, TransactionOptions};

/// The prepared statements of a connection by their text. With a capacity of 0 nothing is prepared: what poolers need
/// that hand each transaction to another server process.
pub(super) type PreparedStatements = LruCache<Box<str>, tokio_postgres::Statement>;

impl PostgresqlConnection {
    /// Runs a statement and hands over each row as it arrives.
    pub(crate) async fn fetch(
        &mut self,
        statement: &Statement,
        each: EachRow<'_>,
    ) -> Result<u64, EngineError> {
        let begin = self.standing.begin.clone();
        let outcome = match self.attempt(statement, each).await {
            // Nothing has run, unless an earlier statement of the transaction has.
            Err(EngineError::StalePlan(error)) => {
                self.forget_prepared();
                match begin {
                    None if self.standing.open => Err(EngineError::StalePlan(error)),
                    None => self.attempt(statement, each).await,
                    Some(begin) => {
                        self.end("ROLLBACK").await?;
                        self.standing.open = true;
                        self.standing.begin = Some(begin);
                        self.attempt(statement, each).await
                    }
                }
            }
            outcome => outcome,
        };
        self.settle(&statement.sql, outcome)
    }

    /// Notes what the outcome of a statement says about the transaction.
    fn settle<T>(&mut self, sql: &str, outcome: Result<T, EngineError>) -> Result<T, EngineError> {
        match &outcome {
            Ok(_) => self.standing.follow(sql),
            Err(error) if error.sql_error().is_some() => self.standing.aborted = self.standing.open,
            Err(_) => {}
        }
        outcome
    }

    async fn attempt(&mut self, statement: &Statement, each: EachRow<'_>) -> Result<u64, EngineError> {
        self.standing.unsettled = true;
        let outcome = self.start(statement).await;
        let mut rows = pin!(self.settled(outcome)?);
        loop {
            let row = rows.try_next().await.map_err(|error| self.explain(error));
            match self.settled(row)? {
                // When `each` wants no more, the rest is still on its way.
                Some(row) => each(Row::postgresql(&row))?,
                None => break,
            }
        }
        self.standing.unsettled = false;
        Ok(rows.rows_affected().unwrap_or(0))
    }

    /// As [`Connection::stream`](crate::Connection::stream).
    pub(crate) fn stream<'a, T: Send + 'a>(
        &'a mut self,
        statement: impl Borrow<Statement> + Send + Sync + 'a,
        decode: impl FnMut(&Row<'_>) -> Result<T, DecodeError> + Send + 'a,
    ) -> impl Stream<Item = Result<T, EngineError>> + Send + 'a {
        self.standing.unsettled = true;
        let state = (self, statement, decode, None::<Pin<Box<RowStream>>>);
        stream::try_unfold(state, async move |(this, statement, mut decode, rows)| {
            let mut rows = match rows {
                Some(rows) => rows,
                None => {
                    let outcome = this.start(statement.borrow()).await;
                    let outcome = this.settled(outcome);
                    Box::pin(this.settle("", outcome)?)
                }
            };
            let row = rows.try_next().await.map_err(|error| this.explain(error));
            let row = this.settled(row);
            match this.settle("", row)? {
                Some(row) => {
                    let item = decode(&Row::postgresql(&row))?;
                    Ok(Some((item, (this, statement, decode, Some(rows)))))
                }
                None => {
                    this.standing.unsettled = false;
                    Ok(None)
                }
            }
        })
    }

    /// After an error there is nothing to wait for.
    fn settled<T>(&mut self, outcome: Result<T, EngineError>) -> Result<T, EngineError> {
        if outcome.is_err() {
            self.standing.unsettled = false;
        }
        outcome
    }

    /// Sends a statement, behind the `BEGIN` that may be due, and returns its rows.
    pub(super) async fn start(&mut self, statement: &Statement) -> Result<RowStream, EngineError> {
        let begin = self.standing.begin.take();
        let client = &self.client;
        let prepared = &mut self.prepared;
        let query = async {
            if prepared.capacity() == 0 {
                return send_unprepared(client, statement).await;
            }
            let prepared = prepare(client, prepared, &statement.sql).await?;
            client.query_raw(&prepared, statement.params.iter().map(Parameter)).await
        };
        let outcome = match begin {
            None => query.await,
            Some(begin) => match join(client.batch_execute(&begin), query).await {
                (Ok(()), outcome) => outcome,
                (Err(error), _) => Err(error),
            },
        };
        outcome.map_err(|error| self.explain(error))
    }

    /// Forgets the prepared statements, which DDL may have made stale, and what is known of the database's types.
    pub fn forget_prepared(&mut self) {
        self.prepared.clear();
        self.client.clear_type_cache();
    }

    /// Begins a transaction, with the next statement: it costs no round trip of its own.
    pub(crate) fn begin(&mut self, options: TransactionOptions) -> Result<(), EngineError> {
        if self.standing.open {
            return Err(crate::execute::already_open());
        }
        self.standing.open = true;
        self.standing.begin = Some(options.postgresql());
        Ok(())
    }

    /// Commits the transaction.
    pub(crate) async fn commit(&mut self) -> Result<(), EngineError> {
        if self.standing.aborted {
            self.rollback().await?;
            return Err(EngineError::TransactionAborted);
        }
        self.end("COMMIT").await
    }

    /// Rolls the transaction back.
    pub(crate) async fn rollback(&mut self) -> Result<(), EngineError> {
        self.end("ROLLBACK").await
    }

    async fn end(&mut self, sql: &str) -> Result<(), EngineError> {
        if self.standing.begin.is_some() {
            // Nothing was sent, so there is nothing to end.
            self.standing.close();
            return Ok(());
        }
        self.standing.unsettled = true;
        let outcome = self.client.batch_execute(sql).await.map_err(|error| self.explain(error));
        self.standing.unsettled = false;
        // A COMMIT that fails has rolled back.
        self.standing.close();
        outcome
    }

    /// Sets a savepoint in the open transaction.
    pub(crate) async fn savepoint(&mut self, name: &str) -> Result<(), EngineError> {
        self.control(&format!("SAVEPOINT {}", quoted(name))).await
    }

    /// Forgets a savepoint and keeps what was done since.
    pub(crate) async fn release(&mut self, name: &str) -> Result<(), EngineError> {
        self.control(&format!("RELEASE SAVEPOINT {}", quoted(name))).await
    }

    /// Undoes what was done since a savepoint, also after an error; the savepoint stays.
    pub(crate) async fn rollback_to(&mut self, name: &str) -> Result<(), EngineError> {
        self.control(&format!("ROLLBACK TO SAVEPOINT {}", quoted(name))).await?;
        self.standing.aborted = false;
        Ok(())
    }

    /// Runs a statement that has neither parameters nor rows, behind the `BEGIN` that may be due.
    async fn control(&mut self, sql: &str) -> Result<(), EngineError> {
        self.standing.unsettled = true;
        let text = match self.standing.begin.take() {
            Some(begin) => format!("{begin}; {sql}"),
            None => sql.to_owned(),
        };
        let outcome = self.client.batch_execute(&text).await.map_err(|error| self.explain(error));
        self.standing.unsettled = false;
        self.settle("", outcome)
    }
}

/// The statement from the cache, or prepared now.
pub(super) async fn prepare(
    client: &Client,
    cache: &mut PreparedStatements,
    sql: &str,
) -> Result<tokio_postgres::Statement, tokio_postgres::Error> {
    if let Some(prepared) = cache.get(sql) {
        return Ok(prepared.clone());
    }
    let prepared = client.prepare(sql).await?;
    cache.insert(sql.into(), prepared.clone());
    Ok(prepared)
}

/// One round trip without a trace on the server: all values go as text of types that the server finds out.
pub(super) async fn send_unprepared(
    client: &Client,
    statement: &Statement,
) -> Result<RowStream, tokio_postgres::Error> {
    let ty = unspecified();
    let params: Vec<(Parameter<'_>, tokio_postgres::types::Type)> =
        statement.params.iter().map(|value: &Value| (Parameter(value), ty.clone())).collect();
    client.query_typed_raw(&statement.sql, params).await
}
