//! Revision graph, scripts, version table and the runner that takes a database along them.
//!
//! Everything the `limbeck` command does is a function here that returns data and reports what it does through
//! [`Event`]s: an application can do the same at its start.

mod audit;
mod compare;
pub mod config;
mod database;
mod declaration;
mod diff;
mod error;
mod event;
mod filter;
pub mod fleet;
mod generated;
pub mod graph;
mod hook;
mod inspection;
mod managed;
mod nearest;
mod offline;
mod plan;
mod rebase;
mod rename_questions;
mod revision;
mod row_estimates;
mod runner;
mod scratch;
pub mod script;
mod source;
mod sql_files;
mod squash;
mod status;
mod trial;
mod version_table;

pub use audit::{ChangedScript, changed_scripts};
pub use compare::{Baseline, Comparison, check};
pub use config::Config;
pub use database::{Database, Retries, SessionSettings, TransactionMode};
pub use declaration::SqlFailure;
pub use diff::{DiffSettings, SchemaSource, diff};
pub use error::{MigrateError, RefusedRevision, StatementFailure};
pub use event::{Event, Report};
pub use filter::{FilterError, FilterPattern, Filters};
pub use generated::statements_text;
pub use hook::{Hook, HookCommand, HookFailure};
pub use inspection::{Inspection, SchemaFile, inspect_database, inspect_unmanaged, sql_files, sql_script};
pub use managed::{Managed, ManagedKinds, UnknownKind};
pub use offline::{OfflineScript, downgrade_script, stamp_script, upgrade_script};
pub use plan::{Plan, PlanDirection, PlanStatement, PlanStep, plan};
pub use rebase::{HeaderEdit, Rebase, rebase};
pub use rename_questions::{AskRename, RenameAnswer};
pub use revision::{NewRevision, RevisionRequest, autogenerate, merge, revision};
pub use runner::{Run, accept_changed, current, downgrade, ensure_version, stamp, upgrade};
pub use script::ScriptDirectory;
pub use source::{Model, SourceError, load_model};
pub use sql_files::read_sql_files;
pub use squash::{Squashed, squash};
pub use status::{Drift, Status, status};
pub use trial::{Trial, TrialCheck, TrialName, TrialOutcome, trial};
pub use version_table::VersionTable;
