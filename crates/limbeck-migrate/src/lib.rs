//! Revision graph, scripts, version table and the runner that takes a database along them.
//!
//! Everything the `limbeck` command does is a function here that returns data and reports what it does through
//! [`Event`]s: an application can do the same at its start.

mod audit;
mod compare;
pub mod config;
mod database;
mod error;
mod event;
pub mod graph;
mod nearest;
mod offline;
mod revision;
mod runner;
pub mod script;
mod source;
mod version_table;

pub use audit::ChangedScript;
pub use compare::{Comparison, check};
pub use config::Config;
pub use database::{Database, Retries, SessionSettings, TransactionMode};
pub use error::{MigrateError, StatementFailure};
pub use event::{Event, Report};
pub use offline::{OfflineScript, downgrade_script, stamp_script, upgrade_script};
pub use revision::{NewRevision, RevisionRequest, autogenerate, merge, revision};
pub use runner::{Run, accept_changed, current, downgrade, stamp, upgrade};
pub use script::ScriptDirectory;
pub use source::{SourceError, load_model};
pub use version_table::VersionTable;
