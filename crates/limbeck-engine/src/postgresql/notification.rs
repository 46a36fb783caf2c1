//! LISTEN and NOTIFY (PostgreSQL docs, "NOTIFY").

use super::PostgresqlConnection;
use crate::EngineError;

/// What `NOTIFY` sent to a channel that the connection listens to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// The channel.
    pub channel: String,
    /// The text that goes with it, which may be empty.
    pub payload: String,
    /// The server process that sent it, as `pg_backend_pid()` gives it.
    pub process_id: i32,
}

impl PostgresqlConnection {
    /// Waits for the next notification. Which channels it listens to is for `LISTEN` statements to say.
    ///
    /// What arrives while nobody waits is kept. Nothing is lost when the future is dropped.
    ///
    /// # Errors
    /// [`EngineError::ConnectionLost`].
    pub async fn notification(&mut self) -> Result<Notification, EngineError> {
        match self.notifications.recv().await {
            Some(notification) => Ok(Notification {
                channel: notification.channel().to_owned(),
                payload: notification.payload().to_owned(),
                process_id: notification.process_id(),
            }),
            None => Err(EngineError::ConnectionLost {
                cause: self.session().end.clone().unwrap_or_else(|| "connection closed".to_owned()),
            }),
        }
    }
}
