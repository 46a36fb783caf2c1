//! Several statements at once: on PostgreSQL all are sent before the first answer.

use limbeck_schema::Dialect;

use crate::{Connection, EngineError, Row, Statement, TransactionOptions};

/// What is done with each row of a pipeline, which comes with the number of its statement, the first being 0.
pub type EachPipelinedRow<'a> = &'a mut (dyn FnMut(usize, Row<'_>) -> Result<(), EngineError> + Send);

/// A pipeline that stopped at an error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct PipelineError {
    /// Which statement failed, the first being 0; as many as there are statements when it was the commit.
    pub index: usize,
    /// Why.
    pub error: EngineError,
}

impl From<PipelineError> for EngineError {
    fn from(error: PipelineError) -> EngineError {
        error.error
    }
}

impl Connection {
    /// Runs statements one after the other and returns how many rows each affected, or gave.
    ///
    /// On PostgreSQL all of them are sent before the first answer, so the whole costs one round trip, and one more where
    /// statements are not prepared yet. The first error ends it: no later statement has had an effect then.
    ///
    /// Outside of a transaction the pipeline is one of its own, all or nothing. Inside of one an error leaves the
    /// transaction as one of its statements would: to be rolled back, or back to a savepoint.
    ///
    /// # Errors
    /// The first error and which statement it belongs to.
    pub async fn pipeline(
        &mut self,
        statements: &[Statement],
        each: EachPipelinedRow<'_>,
    ) -> Result<Vec<u64>, PipelineError> {
        let started = self.watch().start();
        let at = |index| move |error| PipelineError { index, error };
        // On PostgreSQL both ends of the transaction travel with the statements.
        let own = self.dialect() == Dialect::Sqlite && !self.in_transaction();
        if own {
            self.begin(TransactionOptions::default()).await.map_err(at(0))?;
        }
        let mut outcome = match self {
            Connection::Postgresql(connection) => connection.pipeline(statements, each).await,
            Connection::Sqlite(connection) => connection.pipeline(statements, each),
        };
        if own {
            match &outcome {
                Ok(_) => {
                    if let Err(error) = self.commit().await {
                        outcome = Err(PipelineError { index: statements.len(), error });
                    }
                }
                Err(failure) => self.rollback().await.map_err(at(failure.index))?,
            }
        }
        for (index, statement) in statements.iter().enumerate() {
            let outcome = match &outcome {
                Ok(counts) => Ok(counts.get(index).copied().unwrap_or(0)),
                Err(failure) if index == failure.index => Err(&failure.error),
                // What came before was undone with it, or waits for that; what comes after did not run.
                Err(_) => continue,
            };
            self.watch().statement(started, &statement.sql, statement.params.len(), outcome);
        }
        outcome
    }
}
