//! What a pool needs of a PostgreSQL connection: setting it up, and taking it back.

use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::FutureExt as _;

use super::PostgresqlConnection;
use super::execute::PreparedStatements;
use crate::EngineError;
use crate::event::Event;

impl PostgresqlConnection {
    pub(crate) fn set_statement_cache(&mut self, capacity: usize) {
        self.prepared = PreparedStatements::new(capacity);
    }

    pub(crate) async fn set_timeouts(
        &mut self,
        statement: Option<Duration>,
        lock: Option<Duration>,
    ) -> Result<(), EngineError> {
        let set = |name: &str, timeout: Option<Duration>| {
            timeout.map(|timeout| format!("SET {name} = {}", timeout.as_millis().max(1))).unwrap_or_default()
        };
        let settings = [set("statement_timeout", statement), set("lock_timeout", lock)].join(";");
        if settings != ";" {
            self.client.batch_execute(&settings).await.map_err(|error| self.explain(error))?;
        }
        Ok(())
    }

    /// Whether the connection has ended.
    pub(crate) fn is_lost(&self) -> bool {
        // The server's last word can be here before the driver has seen the socket close.
        self.client.is_closed() || self.session().end.is_some()
    }

    /// Leaves no transaction behind, without waiting; false when the connection cannot be used again.
    ///
    /// A server that works on a statement nobody waits for any more is asked to stop.
    pub(crate) fn clean_up(&mut self) -> bool {
        if self.is_lost() {
            return false;
        }
        if self.standing.unsettled {
            if let Ok(runtime) = tokio::runtime::Handle::try_current() {
                runtime.spawn((self.cancel)());
            }
            return false;
        }
        let begun = self.standing.open && self.standing.begin.is_none();
        if self.standing.open {
            self.watch.tell(&Event::Rollback);
        }
        if begun || self.used_raw.swap(false, Ordering::Relaxed) {
            // It is sent by the first poll, ahead of whatever comes next, and its answer goes to nobody.
            let _ = self.client.batch_execute("ROLLBACK").now_or_never();
        }
        self.standing.close();
        true
    }
}
