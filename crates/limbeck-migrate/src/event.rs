//! What a command reports while it works.

use std::time::Duration;

use crate::audit::ChangedScript;
use crate::graph::Step;

/// Something worth telling while a command works. Libraries never print: whoever calls decides what to show.
#[derive(Clone, Debug)]
pub enum Event {
    /// Another process is migrating the database; this one waits for it.
    WaitingForLock {
        /// Who holds the lock, as far as the database tells.
        holder: Option<String>,
        /// How long it will wait.
        timeout: Duration,
    },
    /// How many steps the run has, before the first of them.
    Planned {
        /// Number of steps.
        steps: usize,
    },
    /// A step begins.
    Running(Step),
    /// A step is done, but committed only where every revision has a transaction of its own.
    Finished {
        /// The step.
        step: Step,
        /// Time since it began.
        elapsed: Duration,
    },
    /// A run that had died inside this revision goes on behind the statements that were done.
    Resuming {
        /// The revision.
        revision: String,
        /// How many of its statements were done.
        done: usize,
    },
    /// A revision failed because of somebody else's lock, was rolled back, and is tried again.
    Retrying {
        /// The revision.
        revision: String,
        /// What the database said.
        cause: String,
        /// Which retry this is, from 1.
        retry: u32,
        /// How many there are.
        retries: u32,
        /// The wait before it.
        delay: Duration,
    },
    /// A script that was changed after it had been applied.
    ScriptChanged(ChangedScript),
    /// A difference between model and database, in Alembic's words.
    Detected(String),
    /// Scripts are being run in a scratch database.
    RunningScripts {
        /// Number of scripts.
        scripts: usize,
    },
    /// SQL files are being run in a scratch database.
    RunningSqlFiles {
        /// Number of files.
        files: usize,
    },
    /// The model is being built and read.
    ReadingModel(String),
}

/// Receives events. `&mut |_| {}` ignores them.
pub type Report<'a> = &'a mut (dyn FnMut(Event) + Send);
