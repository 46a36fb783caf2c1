//! Fleets: many databases or schemas, the tenants, each taken along the same scripts.
//!
//! Every tenant has its own version table, its own lock and its own transactions: what happens to one is nothing to the
//! others. A run that stopped is resumed by running it again, as tenants that are there already are found without
//! locking them.

mod error;
mod standing;
mod tenants;
mod work;

pub use error::FleetError;
pub use tenants::{at_urls, from_query, in_files, in_schemas};

use crate::config::OnFailure;
use crate::database::Database;
use crate::error::MigrateError;
use crate::event::Event;
use crate::graph::RevisionGraph;
use crate::nearest::nearest;
use crate::runner::Run;
use crate::script::ScriptDirectory;
use work::Errand;

/// Databases that are migrated together.
#[derive(Clone, Debug)]
pub struct Fleet {
    /// In the order in which they begin.
    pub tenants: Vec<Tenant>,
    /// How many are worked on at a time, which is also how many connections there are.
    pub concurrency: usize,
    /// What happens after one has failed.
    pub on_failure: OnFailure,
}

/// One database, or schema of a database.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// What it is called: its schema, its file, or its URL with the password masked.
    pub name: String,
    /// How it is migrated.
    pub database: Database,
}

impl Fleet {
    /// Keeps the tenants of these names alone.
    ///
    /// # Errors
    /// When there is no tenant of one of the names.
    pub fn only(&mut self, names: &[String]) -> Result<(), FleetError> {
        let known = || self.tenants.iter().map(|tenant| tenant.name.as_str());
        if let Some(name) = names.iter().find(|name| !known().any(|known| known == *name)) {
            return Err(FleetError::UnknownTenant { name: name.clone(), nearest: nearest(name, known()) });
        }
        self.tenants.retain(|tenant| names.contains(&tenant.name));
        Ok(())
    }
}

/// What a run over a fleet did.
#[derive(Debug)]
pub struct FleetRun {
    /// Each tenant, in the fleet's order.
    pub tenants: Vec<TenantRun>,
}

/// What happened to a tenant.
#[derive(Debug)]
pub struct TenantRun {
    /// The tenant's name.
    pub name: String,
    /// How it ended.
    pub outcome: TenantOutcome,
}

/// How the work on a tenant ended.
#[derive(Debug)]
pub enum TenantOutcome {
    /// Steps were run.
    Applied(Run),
    /// It was there already, at these revisions.
    AlreadyThere {
        /// Its revisions.
        current: Vec<String>,
    },
    /// It failed; what stays applied is in the error.
    Failed(Box<MigrateError>),
    /// It was not touched, as another one had failed.
    NotBegun,
}

/// Where a tenant stands.
#[derive(Debug)]
pub struct TenantStanding {
    /// The tenant's name.
    pub name: String,
    /// Its revisions, and what is pending.
    pub standing: Result<Standing, MigrateError>,
}

/// Where a database stands in the graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its revisions, in order.
    pub current: Vec<String>,
    /// How many steps `upgrade heads` would take; `None` where its revisions are none of the graph's.
    pub pending: Option<usize>,
    /// Whether it is at all heads.
    pub at_heads: bool,
}

/// Something worth telling while a fleet is worked on.
#[derive(Clone, Debug)]
pub enum FleetEvent {
    /// The work begins.
    Started {
        /// How many tenants there are.
        tenants: usize,
    },
    /// A tenant is done.
    Finished {
        /// The tenant's name.
        tenant: String,
        /// How it ended.
        end: TenantEnd,
    },
    /// Something happened within a tenant's run.
    Tenant {
        /// The tenant's name.
        tenant: String,
        /// What happened.
        event: Event,
    },
}

/// How a tenant ended, in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TenantEnd {
    /// So many steps were run.
    Applied {
        /// Number of steps.
        steps: usize,
    },
    /// There was nothing to do.
    AlreadyThere,
    /// It failed with this message.
    Failed {
        /// The error's words.
        message: String,
    },
}

/// Receives a fleet's events. `&mut |_| {}` ignores them.
pub type FleetReport<'a> = &'a mut (dyn FnMut(FleetEvent) + Send);

/// Brings every tenant to a later revision.
///
/// Runs inside a tokio runtime with I/O and time enabled; SQLite files are worked on in its threads for blocking work.
///
/// # Errors
/// When the scripts form no graph, the target is none of it, or the database that holds all the schemas is out of
/// reach: nothing has begun then. What goes wrong with a tenant is its own outcome.
pub async fn upgrade(
    fleet: &Fleet,
    scripts: &ScriptDirectory,
    target: &str,
    report: FleetReport<'_>,
) -> Result<FleetRun, MigrateError> {
    let graph = scripts.graph()?;
    // A target that no database could go to is one mistake, not one for each tenant; relative ones depend on the tenant.
    if !target.contains(['+', '-']) {
        graph.upgrade_path(&[], target)?;
    }
    work::run(fleet, scripts, graph, Errand::Upgrade(target.to_owned()), report).await
}

/// Takes every tenant back to an earlier revision.
///
/// # Errors
/// As [`upgrade`].
pub async fn downgrade(
    fleet: &Fleet,
    scripts: &ScriptDirectory,
    target: &str,
    report: FleetReport<'_>,
) -> Result<FleetRun, MigrateError> {
    let graph = scripts.graph()?;
    work::run(fleet, scripts, graph, Errand::Downgrade(target.to_owned()), report).await
}

/// Where every tenant stands. Writes nothing.
///
/// # Errors
/// When the scripts form no graph, or the database that holds all the schemas is out of reach.
pub async fn standings(
    fleet: &Fleet,
    scripts: &ScriptDirectory,
    report: FleetReport<'_>,
) -> Result<Vec<TenantStanding>, MigrateError> {
    let graph = scripts.graph()?;
    let fleet = Fleet { on_failure: OnFailure::Continue, ..fleet.clone() };
    let run = work::run(&fleet, scripts, graph.clone(), Errand::Look, report).await?;
    let standing = |outcome| match outcome {
        TenantOutcome::Failed(error) => Err(*error),
        TenantOutcome::AlreadyThere { current } | TenantOutcome::Applied(Run { current, .. }) => {
            Ok(standing_of(&graph, current))
        }
        TenantOutcome::NotBegun => Ok(standing_of(&graph, Vec::new())),
    };
    let tenants = run.tenants.into_iter();
    Ok(tenants
        .map(|tenant| TenantStanding { name: tenant.name, standing: standing(tenant.outcome) })
        .collect())
}

fn standing_of(graph: &RevisionGraph, current: Vec<String>) -> Standing {
    let pending = graph.upgrade_path(&current, "heads").ok().map(|steps| steps.len());
    Standing { at_heads: graph.is_at_heads(&current), pending, current }
}
