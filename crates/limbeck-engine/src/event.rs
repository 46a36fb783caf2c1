//! What happens on connections, for whoever wants to watch.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::EngineError;

/// Something that happened on a connection.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A statement has ended, with or without success.
    Statement {
        /// Its text.
        sql: &'a str,
        /// How many values it was given. The values themselves are nobody's business here.
        params: usize,
        /// From before it was sent until its last row was decoded. Statements of a pipeline share their time: each has that
        /// of the whole.
        duration: Duration,
        /// How many rows it affected, or gave; `None` on an error.
        rows: Option<u64>,
        /// Why it failed.
        error: Option<&'a EngineError>,
    },
    /// The pool has opened a connection.
    Opened,
    /// The pool has closed a connection.
    Closed,
    /// A transaction has begun.
    Begin,
    /// A transaction was committed.
    Commit,
    /// A transaction was rolled back.
    Rollback,
}

/// Watches events. It is called on the connection's own path, so what takes long belongs elsewhere.
pub type Observer = Arc<dyn Fn(&Event<'_>) + Send + Sync>;

/// The target of what is given to `tracing`, at the level DEBUG.
pub(crate) const TARGET: &str = "limbeck::engine";

/// Who is told.
#[derive(Clone, Default)]
pub(crate) struct Watch(pub(crate) Option<Observer>);

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Watch").field(&self.0.is_some()).finish()
    }
}

impl Watch {
    /// The time, if somebody wants to know how long something takes.
    pub(crate) fn start(&self) -> Option<Instant> {
        (self.0.is_some() || tracing::enabled!(target: TARGET, tracing::Level::DEBUG)).then(Instant::now)
    }

    pub(crate) fn tell(&self, event: &Event<'_>) {
        if let Some(observer) = &self.0 {
            observer(event);
        }
        match event {
            Event::Statement { sql, params, duration, rows, error } => {
                let (milliseconds, error) = (duration.as_secs_f64() * 1000.0, error.map(ToString::to_string));
                tracing::debug!(target: TARGET, sql, params, milliseconds, rows, error, "statement");
            }
            Event::Opened => tracing::debug!(target: TARGET, "connection opened"),
            Event::Closed => tracing::debug!(target: TARGET, "connection closed"),
            Event::Begin => tracing::debug!(target: TARGET, "begin"),
            Event::Commit => tracing::debug!(target: TARGET, "commit"),
            Event::Rollback => tracing::debug!(target: TARGET, "rollback"),
        }
    }

    /// Tells of a statement, if [`start`](Self::start) gave a time.
    pub(crate) fn statement(
        &self,
        started: Option<Instant>,
        sql: &str,
        params: usize,
        outcome: Result<u64, &EngineError>,
    ) {
        if let Some(started) = started {
            let (rows, error) = (outcome.ok(), outcome.err());
            self.tell(&Event::Statement { sql, params, duration: started.elapsed(), rows, error });
        }
    }
}
