//! Parts of a transaction that can be undone alone.

use super::{Session, Standing};
use crate::OrmError;

impl Session {
    /// Runs `work` in a savepoint: if it fails, what it wrote and queued is undone, and the transaction goes on.
    ///
    /// The queue is flushed before, and after `work` has succeeded. Rows that `work` got as [`Tracked`](crate::Tracked)
    /// keep the values that it gave them.
    ///
    /// # Errors
    /// Those of `work`, and of the flushes.
    pub async fn savepoint<T, E: From<OrmError>>(
        &mut self,
        work: impl AsyncFnOnce(&mut Session) -> Result<T, E>,
    ) -> Result<T, E> {
        self.flush().await?;
        let mark = self.queue.mark();
        self.savepoints += 1;
        let name = format!("limbeck_{}", self.savepoints);
        self.connection.savepoint(&name).await.map_err(OrmError::from)?;
        let mut open = OpenSavepoint { session: self, ended: false };
        let mut outcome = work(open.session).await;
        if outcome.is_ok()
            && let Err(error) = open.session.flush().await
        {
            outcome = Err(error.into());
        }
        open.ended = true;
        drop(open);
        self.savepoints -= 1;
        self.end_savepoint(&name, mark, outcome.is_ok()).await?;
        outcome
    }

    async fn end_savepoint(&mut self, name: &str, mark: usize, keep: bool) -> Result<(), OrmError> {
        let before = std::mem::replace(&mut self.standing, Standing::Broken);
        if keep {
            self.connection.release(name).await?;
            self.standing = before;
        } else {
            self.queue.undo(mark);
            self.connection.rollback_to(name).await?;
            self.connection.release(name).await?;
            self.standing = Standing::Sound;
        }
        Ok(())
    }
}

/// Breaks the session when the work in a savepoint is dropped before its end: nobody knows how far it came.
struct OpenSavepoint<'a> {
    session: &'a mut Session,
    ended: bool,
}

impl Drop for OpenSavepoint<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.session.standing = Standing::Broken;
        }
    }
}
