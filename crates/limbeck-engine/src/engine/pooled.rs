//! A connection on loan from a pool.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::OwnedSemaphorePermit;

use super::{Idle, Pool};
use crate::Connection;

/// A connection on loan: it goes back when it is dropped.
pub struct PooledConnection {
    /// Present until it is dropped or detached.
    connection: Option<Connection>,
    opened: Instant,
    pool: Arc<Pool>,
    _permit: OwnedSemaphorePermit,
}

impl PooledConnection {
    pub(super) fn new(
        connection: Connection,
        opened: Instant,
        pool: Arc<Pool>,
        permit: OwnedSemaphorePermit,
    ) -> PooledConnection {
        PooledConnection { connection: Some(connection), opened, pool, _permit: permit }
    }
}

const GONE: &str = "a connection is taken out only when its loan ends";

impl Deref for PooledConnection {
    type Target = Connection;

    #[allow(clippy::expect_used, reason = "only `drop` takes it out, and nothing comes after that")]
    fn deref(&self) -> &Connection {
        self.connection.as_ref().expect(GONE)
    }
}

impl DerefMut for PooledConnection {
    #[allow(clippy::expect_used, reason = "only `drop` takes it out, and nothing comes after that")]
    fn deref_mut(&mut self) -> &mut Connection {
        self.connection.as_mut().expect(GONE)
    }
}

impl Drop for PooledConnection {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        let clean = match &mut connection {
            Connection::Postgresql(connection) => connection.clean_up(),
            Connection::Sqlite(connection) => connection.clean_up(),
        };
        if clean && !self.pool.permits.is_closed() {
            let idle = Idle { connection, opened: self.opened, since: Instant::now() };
            self.pool.idle().push(idle);
        } else {
            self.pool.close(connection);
        }
    }
}

impl fmt::Debug for PooledConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PooledConnection").field(&self.connection).finish()
    }
}
