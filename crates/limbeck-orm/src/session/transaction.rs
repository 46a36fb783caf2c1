//! Transactions as closures: `Ok` commits, `Err` and a dropped future roll back.

use std::error::Error;

use limbeck_engine::{Engine, EngineError, TransactionOptions};

use super::Session;
use crate::OrmError;

/// How a transaction is run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TransactionSettings {
    /// How it is begun.
    pub options: TransactionOptions,
    /// How often it is run again when transactions that ran at the same time got in its way. What it does outside of the
    /// database it then does again, too.
    pub retries: u32,
}

/// Sessions of an engine.
pub trait Transactions {
    /// Begins a session: a transaction on a connection of the pool. Who has no closure to run in one, such as a request
    /// of a web service, commits it in the end.
    fn session(&self) -> impl Future<Output = Result<Session, OrmError>> + Send;

    /// Runs `work` in a transaction: `Ok` is flushed and committed, after `Err` everything is rolled back. A future that
    /// is dropped before its end is rolled back too.
    ///
    /// # Errors
    /// Those of `work`, of the flush and of the commit.
    fn transaction<T, E, F>(&self, work: F) -> impl Future<Output = Result<T, E>>
    where
        E: From<OrmError>,
        F: AsyncFnOnce(&mut Session) -> Result<T, E>;

    /// As [`transaction`](Self::transaction), with settings. The work may run several times; in a task that goes from
    /// thread to thread it has to own what it uses: `async move |tx| …`.
    ///
    /// # Errors
    /// Those of [`transaction`](Self::transaction), of the last run.
    fn transaction_with<T, E, F>(
        &self,
        settings: TransactionSettings,
        work: F,
    ) -> impl Future<Output = Result<T, E>>
    where
        E: From<OrmError> + Error + 'static,
        F: AsyncFn(&mut Session) -> Result<T, E>;
}

impl Transactions for Engine {
    async fn session(&self) -> Result<Session, OrmError> {
        Session::begin(self.acquire().await?, TransactionOptions::default()).await
    }

    async fn transaction<T, E, F>(&self, work: F) -> Result<T, E>
    where
        E: From<OrmError>,
        F: AsyncFnOnce(&mut Session) -> Result<T, E>,
    {
        let mut session = self.session().await?;
        let outcome = work(&mut session).await;
        end(session, outcome).await
    }

    async fn transaction_with<T, E, F>(&self, settings: TransactionSettings, work: F) -> Result<T, E>
    where
        E: From<OrmError> + Error + 'static,
        F: AsyncFn(&mut Session) -> Result<T, E>,
    {
        let mut retries = settings.retries;
        loop {
            let connection = self.acquire().await.map_err(OrmError::from)?;
            let mut session = Session::begin(connection, settings.options).await?;
            let outcome = work(&mut session).await;
            match end(session, outcome).await {
                Err(error) if retries > 0 && is_transient(&error) => retries -= 1,
                outcome => return outcome,
            }
        }
    }
}

async fn end<T, E: From<OrmError>>(session: Session, outcome: Result<T, E>) -> Result<T, E> {
    match outcome {
        Ok(value) => {
            session.commit().await?;
            Ok(value)
        }
        Err(error) => {
            // What went wrong first is what is told. A connection that cannot even roll back is closed by the pool.
            let _ = session.rollback().await;
            Err(error)
        }
    }
}

/// Whether the same work may well succeed when it is done again. The error is looked for behind the user's own.
fn is_transient(error: &(dyn Error + 'static)) -> bool {
    let engine = match error.downcast_ref::<OrmError>() {
        Some(OrmError::Engine(error)) => Some(error),
        _ => error.downcast_ref::<EngineError>(),
    };
    engine.is_some_and(EngineError::is_transient) || error.source().is_some_and(is_transient)
}
