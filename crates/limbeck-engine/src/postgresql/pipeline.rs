//! Statements that are all sent before the first answer.
//!
//! Each is a message of its own, so that an error belongs to its statement. What comes after an error fails by itself: a
//! pipeline always runs in a transaction, which the error has aborted.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::Poll;

use futures_util::TryStreamExt as _;
use futures_util::future::{MaybeDone, join_all, maybe_done, poll_fn};
use tokio_postgres::{Client, RowStream};

use super::PostgresqlConnection;
use super::encode::Parameter;
use super::execute::{PreparedStatements, send_unprepared};
use crate::pipeline::{EachPipelinedRow, PipelineError};
use crate::{EngineError, Row, Statement, TransactionOptions};

impl PostgresqlConnection {
    /// As [`Connection::pipeline`](crate::Connection::pipeline).
    pub(crate) async fn pipeline(
        &mut self,
        statements: &[Statement],
        each: EachPipelinedRow<'_>,
    ) -> Result<Vec<u64>, PipelineError> {
        if statements.is_empty() {
            return Ok(Vec::new());
        }
        let own = !self.standing.open;
        if own {
            self.begin(TransactionOptions::default()).map_err(|error| PipelineError { index: 0, error })?;
        }
        // Until something of the transaction has been sent, it can be begun again.
        let begin = self.standing.begin.clone();
        match self.send_all(statements, own, each).await {
            Err(PipelineError { error: EngineError::StalePlan(_), .. }) if begin.is_some() => {
                self.forget_prepared();
                if !own {
                    self.rollback().await.map_err(|error| PipelineError { index: 0, error })?;
                }
                self.standing.open = true;
                self.standing.begin = begin;
                self.send_all(statements, own, each).await
            }
            outcome => outcome,
        }
    }

    /// Sends everything and then reads the answers; `own` ends the transaction with the last statement.
    async fn send_all(
        &mut self,
        statements: &[Statement],
        own: bool,
        each: EachPipelinedRow<'_>,
    ) -> Result<Vec<u64>, PipelineError> {
        self.standing.unsettled = true;
        let outcome = self.exchange(statements, own, each).await;
        self.standing.unsettled = false;
        if own {
            self.standing.close();
        } else if outcome.as_ref().is_err_and(|failure| failure.error.sql_error().is_some()) {
            self.standing.aborted = true;
        }
        outcome
    }

    async fn exchange(
        &mut self,
        statements: &[Statement],
        own: bool,
        each: EachPipelinedRow<'_>,
    ) -> Result<Vec<u64>, PipelineError> {
        let begin = self.standing.begin.take();
        let client = &self.client;
        let mut begun = Box::pin(maybe_done(run(client, begin.as_deref().unwrap_or_default())));
        send(begun.as_mut()).await;
        let prepared = prepare_all(client, &mut self.prepared, statements).await;

        let mut unsent = None;
        let mut sent = Vec::with_capacity(statements.len());
        if let Ok(prepared) = &prepared {
            for (index, (statement, prepared)) in statements.iter().zip(prepared).enumerate() {
                let mut query = Box::pin(maybe_done(query(client, statement, prepared.as_ref())));
                send(query.as_mut()).await;
                // It is too early for an answer: the value of a parameter cannot be sent.
                if let Some(Err(_)) = query.as_mut().output_mut() {
                    unsent = query.as_mut().take_output().and_then(Result::err).map(|error| (index, error));
                    break;
                }
                sent.push(query);
            }
        }
        let whole = prepared.is_ok() && unsent.is_none();
        let end = match (own, whole) {
            (false, _) => "",
            // In a transaction that has failed it rolls back (PostgreSQL docs, "COMMIT").
            (true, true) => "COMMIT",
            (true, false) => "ROLLBACK",
        };
        let mut ended = Box::pin(maybe_done(run(client, end)));
        send(ended.as_mut()).await;

        begun.as_mut().await;
        let mut failure = match begun.as_mut().take_output() {
            Some(Err(error)) => Some(PipelineError { index: 0, error: self.explain(error) }),
            _ => None,
        };
        let mut counts = Vec::with_capacity(statements.len());
        for (index, mut query) in sent.into_iter().enumerate() {
            query.as_mut().await;
            let received = match query.as_mut().take_output() {
                Some(Ok(rows)) => self.receive(rows, index, failure.is_none(), each).await,
                Some(Err(error)) => Err(self.explain(error)),
                None => Ok(0),
            };
            match received {
                Ok(count) => counts.push(count),
                Err(error) => {
                    failure.get_or_insert(PipelineError { index, error });
                }
            }
        }
        ended.as_mut().await;
        let ended = ended.as_mut().take_output().unwrap_or(Ok(()));
        let later = match (prepared, unsent, ended) {
            (Err((index, error)), _, _) | (Ok(_), Some((index, error)), _) => Some((index, error)),
            (Ok(_), None, Err(error)) => Some((statements.len(), error)),
            (Ok(_), None, Ok(())) => None,
        };
        let later = later.map(|(index, error)| PipelineError { index, error: self.explain(error) });
        match failure.or(later) {
            None => Ok(counts),
            Some(failure) => Err(failure),
        }
    }

    /// Reads the rows of one statement to their end, so that the next one's are next; hands them over where `wanted`.
    async fn receive(
        &self,
        rows: RowStream,
        index: usize,
        wanted: bool,
        each: EachPipelinedRow<'_>,
    ) -> Result<u64, EngineError> {
        let mut rows = pin!(rows);
        let mut outcome = Ok(());
        while let Some(row) = rows.try_next().await.map_err(|error| self.explain(error))? {
            if wanted && outcome.is_ok() {
                outcome = each(index, Row::postgresql(&row));
            }
        }
        outcome.map(|()| rows.rows_affected().unwrap_or(0))
    }
}

/// Sends what a future sends when it is polled for the first time, and waits for nothing.
async fn send<F: Future>(mut future: Pin<&mut MaybeDone<F>>) {
    poll_fn(|context| {
        let _ = future.as_mut().poll(context);
        Poll::Ready(())
    })
    .await;
}

async fn run(client: &Client, sql: &str) -> Result<(), tokio_postgres::Error> {
    if sql.is_empty() { Ok(()) } else { client.batch_execute(sql).await }
}

async fn query(
    client: &Client,
    statement: &Statement,
    prepared: Option<&tokio_postgres::Statement>,
) -> Result<RowStream, tokio_postgres::Error> {
    match prepared {
        Some(prepared) => client.query_raw(prepared, statement.params.iter().map(Parameter)).await,
        None => send_unprepared(client, statement).await,
    }
}

/// Prepares what is not prepared yet, all at once. On failure it says at which statement.
async fn prepare_all(
    client: &Client,
    cache: &mut PreparedStatements,
    statements: &[Statement],
) -> Result<Vec<Option<tokio_postgres::Statement>>, (usize, tokio_postgres::Error)> {
    if cache.capacity() == 0 {
        return Ok(vec![None; statements.len()]);
    }
    let mut missing: Vec<(usize, &str)> = Vec::new();
    for (index, statement) in statements.iter().enumerate() {
        let sql: &str = &statement.sql;
        if !cache.contains_key(sql) && missing.iter().all(|(_, known)| *known != sql) {
            missing.push((index, sql));
        }
    }
    let outcomes = join_all(missing.iter().map(|(_, sql)| client.prepare(sql))).await;
    // Kept here as well: the cache may be smaller than the pipeline.
    let mut fresh = Vec::with_capacity(missing.len());
    for ((index, sql), outcome) in missing.into_iter().zip(outcomes) {
        let prepared = outcome.map_err(|error| (index, error))?;
        cache.insert(sql.into(), prepared.clone());
        fresh.push((sql, prepared));
    }
    let find = |sql: &str, cache: &mut PreparedStatements| {
        let fresh = fresh.iter().find(|(known, _)| *known == sql).map(|(_, prepared)| prepared);
        fresh.or_else(|| cache.get(sql)).cloned()
    };
    Ok(statements.iter().map(|statement| find(&statement.sql, cache)).collect())
}
