//! Where statements run.

use limbeck_engine::{Connection, PooledConnection};

use crate::OrmError;

/// What statements run on: a connection, or a session, which flushes its changes first.
pub trait Executor: Send {
    /// The connection, ready for a query.
    ///
    /// # Errors
    /// When the changes of a session cannot be flushed.
    fn ready(&mut self) -> impl Future<Output = Result<&mut Connection, OrmError>> + Send;
}

impl Executor for Connection {
    async fn ready(&mut self) -> Result<&mut Connection, OrmError> {
        Ok(self)
    }
}

impl Executor for PooledConnection {
    async fn ready(&mut self) -> Result<&mut Connection, OrmError> {
        Ok(self)
    }
}
