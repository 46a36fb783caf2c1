//! One writer at a time, without blocking a thread.
//!
//! SQLite makes a second writer wait inside of its call, which would stop the thread that the first one may need to go
//! on. So the connections of a pool take turns here; only writers of other processes are met in the file.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::SqliteConnection;
use crate::{EngineError, SqlError, TransactionOptions};

/// The turn to write, and how long to wait for it.
pub(crate) type Turn = (Arc<Semaphore>, Duration);

/// How long to leave a file alone that another process writes to.
const PAUSE: Duration = Duration::from_millis(5);

impl SqliteConnection {
    /// The turn for a statement outside of a transaction; nothing for one that only reads.
    pub(crate) fn writer_for(
        &self,
        writes: bool,
    ) -> impl Future<Output = Result<Option<OwnedSemaphorePermit>, EngineError>> + Send + use<> {
        let turn = self.writer.clone().filter(|_| writes && !self.standing.open);
        async move {
            match turn {
                Some(turn) => wait(turn).await.map(Some),
                None => Ok(None),
            }
        }
    }

    /// Whether a statement, outside of a transaction of a pooled connection, has to wait for its turn.
    pub(crate) fn waits(&self, sql: &str) -> bool {
        self.writer.is_some()
            && !self.standing.open
            && self.connection.prepare_cached(sql).is_ok_and(|statement| !statement.readonly())
    }

    /// Begins a transaction; one that writes waits for its turn, in this process and among others.
    pub(crate) async fn begin(&mut self, options: TransactionOptions) -> Result<(), EngineError> {
        if self.standing.open {
            return Err(crate::execute::already_open());
        }
        let (Some((turn, timeout)), false) = (self.writer.clone(), options.read_only) else {
            return self.begin_now(options);
        };
        let started = Instant::now();
        let held = wait((turn, timeout)).await?;
        self.connection.busy_timeout(Duration::ZERO)?;
        let outcome = loop {
            match self.begin_now(options) {
                Err(EngineError::Locked(_)) if started.elapsed() < timeout => tokio::time::sleep(PAUSE).await,
                outcome => break outcome,
            }
        };
        self.connection.busy_timeout(timeout)?;
        outcome?;
        self.held = Some(held);
        Ok(())
    }

    /// Leaves no transaction behind; false when that is not possible.
    pub(crate) fn clean_up(&mut self) -> bool {
        // A future that was dropped while it waited for the file has left it without patience.
        if let Some((_, timeout)) = &self.writer
            && self.connection.busy_timeout(*timeout).is_err()
        {
            return false;
        }
        if self.standing.open {
            self.watch.tell(&crate::Event::Rollback);
        }
        self.rollback().is_ok()
    }

    /// Keeps the journal ahead of the file.
    pub(crate) fn use_wal(&self) -> Result<(), EngineError> {
        // The pragma answers with the mode, which for some files, such as those of a network, stays another one.
        Ok(self.connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?)
    }
}

async fn wait((turn, timeout): Turn) -> Result<OwnedSemaphorePermit, EngineError> {
    match tokio::time::timeout(timeout, turn.acquire_owned()).await {
        Ok(Ok(held)) => Ok(held),
        Ok(Err(_)) => Err(EngineError::PoolClosed),
        Err(_) => {
            let message = format!(
                "another transaction of this process writes for longer than {} s",
                timeout.as_secs_f64()
            );
            let sqlite_code = Some("SQLITE_BUSY".to_owned());
            Err(EngineError::Locked(Box::new(SqlError { message, sqlite_code, ..SqlError::default() })))
        }
    }
}
