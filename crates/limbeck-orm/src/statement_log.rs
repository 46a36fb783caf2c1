//! Which statements ran, for tests of how many there are.

use std::sync::{Arc, Mutex, PoisonError};

use limbeck_engine::{Event, Observer};

/// The statements that ran on an engine: give its [`observer`](Self::observer) to the engine's options.
///
/// ```
/// use limbeck_orm::StatementLog;
/// use limbeck_orm::engine::EngineOptions;
/// let log = StatementLog::new();
/// let options = EngineOptions { observer: Some(log.observer()), ..EngineOptions::default() };
/// log.assert_statements(0);
/// # drop(options);
/// ```
#[derive(Clone, Debug, Default)]
pub struct StatementLog(Arc<Mutex<Vec<String>>>);

impl StatementLog {
    /// A log without statements.
    pub fn new() -> Self {
        Self::default()
    }

    /// What writes into the log.
    pub fn observer(&self) -> Observer {
        let log = Self::clone(self);
        Arc::new(move |event| {
            if let Event::Statement { sql, .. } = event {
                log.statements().push((*sql).to_owned());
            }
        })
    }

    /// The statements since the last call.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.statements())
    }

    /// Asserts that so many statements ran since the last call.
    ///
    /// # Panics
    /// When there were more or fewer: the message shows them.
    #[track_caller]
    pub fn assert_statements(&self, expected: usize) {
        let statements = self.take();
        assert!(
            statements.len() == expected,
            "expected {expected} statements, there were {}:\n{}",
            statements.len(),
            statements.join("\n")
        );
    }

    fn statements(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
