//! The work on a fleet: so many tenants at a time, each on a connection that nobody else uses meanwhile.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::{join, join_all};
use limbeck_engine::{Connection, DatabaseUrl, EngineError};
use limbeck_schema::Dialect;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::standing::revisions_of_schemas;
use super::{Fleet, FleetEvent, FleetReport, FleetRun, Tenant, TenantEnd, TenantOutcome, TenantRun};
use crate::config::OnFailure;
use crate::error::MigrateError;
use crate::graph::{RevisionGraph, Step};
use crate::runner::{Run, Walk, current_of, run_on};
use crate::script::ScriptDirectory;

/// What is done with each tenant.
#[derive(Clone, Debug)]
pub(super) enum Errand {
    Upgrade(String),
    Downgrade(String),
    /// Only where it stands is wanted.
    Look,
}

impl Errand {
    fn walk(&self) -> Walk<'_> {
        match self {
            Errand::Upgrade(target) => Walk::Upgrade(target),
            Errand::Downgrade(target) => Walk::Downgrade(target),
            Errand::Look => Walk::Stay,
        }
    }

    /// The steps from a tenant's revisions. None are left for whoever is there already, and that is no reason to lock it.
    fn steps(&self, graph: &RevisionGraph, current: &[String]) -> Result<Vec<Step>, MigrateError> {
        Ok(self.walk().steps(graph, current, &[])?)
    }
}

/// What all workers share.
struct Job {
    scripts: ScriptDirectory,
    graph: RevisionGraph,
    errand: Errand,
    events: UnboundedSender<FleetEvent>,
}

/// A connection that is kept for the next tenant of the same database.
struct Kept {
    url: DatabaseUrl,
    connection: Connection,
}

pub(super) async fn run(
    fleet: &Fleet,
    scripts: &ScriptDirectory,
    graph: RevisionGraph,
    errand: Errand,
    report: FleetReport<'_>,
) -> Result<FleetRun, MigrateError> {
    report(FleetEvent::Started { tenants: fleet.tenants.len() });
    let (known, kept) = look_at_schemas(fleet).await?;
    let (events, mut told) = unbounded_channel();
    let job = Job { scripts: scripts.clone(), graph, errand, events };
    let mut outcomes = BTreeMap::new();
    let mut waiting = VecDeque::new();
    for (at, tenant) in fleet.tenants.iter().enumerate() {
        match known.get(&at) {
            Some(current) if job.errand.steps(&job.graph, current).is_ok_and(|steps| steps.is_empty()) => {
                report(FleetEvent::Finished { tenant: tenant.name.clone(), end: TenantEnd::AlreadyThere });
                outcomes.insert(at, TenantOutcome::AlreadyThere { current: current.clone() });
            }
            _ => waiting.push_back(at),
        }
    }
    let workers = fleet.concurrency.clamp(1, waiting.len().max(1));
    let queue = Queue { waiting: Mutex::new(waiting), stopped: AtomicBool::new(false) };
    let job = Arc::new(job);
    let mut kept = kept.into_iter();
    let working: Vec<_> = (0..workers).map(|_| work(fleet, &queue, Arc::clone(&job), kept.next())).collect();
    // The listener ends when the last sender is gone.
    drop(job);
    let listening = async {
        while let Some(event) = told.recv().await {
            report(event);
        }
    };
    let (done, ()) = join(join_all(working), listening).await;
    outcomes.extend(done.into_iter().flatten());
    let tenants = fleet.tenants.iter().enumerate().map(|(at, tenant)| TenantRun {
        name: tenant.name.clone(),
        outcome: outcomes.remove(&at).unwrap_or(TenantOutcome::NotBegun),
    });
    Ok(FleetRun { tenants: tenants.collect() })
}

/// Where the tenants stand that are schemas, and the connections they were asked on.
async fn look_at_schemas(fleet: &Fleet) -> Result<(BTreeMap<usize, Vec<String>>, Vec<Kept>), MigrateError> {
    let mut databases: Vec<(&DatabaseUrl, Vec<(usize, &Tenant)>)> = Vec::new();
    for (at, tenant) in fleet.tenants.iter().enumerate().filter(|(_, tenant)| is_schema(tenant)) {
        let url = &tenant.database.url;
        match databases.iter_mut().find(|(known, _)| *known == url) {
            Some((_, tenants)) => tenants.push((at, tenant)),
            None => databases.push((url, vec![(at, tenant)])),
        }
    }
    let mut known = BTreeMap::new();
    let mut kept = Vec::new();
    for (url, tenants) in databases {
        let connection = Connection::open(url).await?;
        known.extend(revisions_of_schemas(&connection, &tenants).await?);
        kept.push(Kept { url: url.clone(), connection });
    }
    Ok((known, kept))
}

/// Whether a tenant is a schema, and its database that of others too.
fn is_schema(tenant: &Tenant) -> bool {
    tenant.database.dialect() == Dialect::Postgresql && !tenant.database.search_path.is_empty()
}

/// The tenants nobody works on yet.
struct Queue {
    waiting: Mutex<VecDeque<usize>>,
    stopped: AtomicBool,
}

impl Queue {
    fn next(&self) -> Option<usize> {
        if self.stopped.load(Ordering::Relaxed) {
            return None;
        }
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

/// One worker: a tenant after the other, until none is left or one has failed.
async fn work(
    fleet: &Fleet,
    queue: &Queue,
    job: Arc<Job>,
    mut kept: Option<Kept>,
) -> Vec<(usize, TenantOutcome)> {
    let mut done = Vec::new();
    while let Some(at) = queue.next() {
        let Some(tenant) = fleet.tenants.get(at) else { continue };
        let result = match tenant.database.dialect() {
            Dialect::Postgresql => visit(&job, tenant, &mut kept).await,
            Dialect::Sqlite => visit_file(&job, tenant).await,
        };
        let (outcome, end) = match result {
            Ok(run) if run.steps.is_empty() => {
                (TenantOutcome::AlreadyThere { current: run.current }, TenantEnd::AlreadyThere)
            }
            Ok(run) => {
                let end = TenantEnd::Applied { steps: run.steps.len() };
                (TenantOutcome::Applied(run), end)
            }
            Err(error) => {
                if fleet.on_failure == OnFailure::Stop {
                    queue.stopped.store(true, Ordering::Relaxed);
                }
                let end = TenantEnd::Failed { message: error.to_string() };
                (TenantOutcome::Failed(Box::new(error)), end)
            }
        };
        tell(&job, FleetEvent::Finished { tenant: tenant.name.clone(), end });
        done.push((at, outcome));
    }
    done
}

/// Works on a tenant, on the kept connection where it is the right one. A connection is kept only after a success:
/// nobody knows what a failed script has left of the session.
async fn visit(job: &Job, tenant: &Tenant, kept: &mut Option<Kept>) -> Result<Run, MigrateError> {
    let url = &tenant.database.url;
    let (connection, used) = match kept.take() {
        Some(kept) if kept.url == *url => (kept.connection, true),
        other => {
            // Closed first, so that there are never more connections than workers.
            drop(other);
            (open(job, url).await?, false)
        }
    };
    // Sent ahead of the run, which does not wait for the answer.
    let (discarded, run) = join(discard(&connection, used), visit_on(job, tenant, &connection)).await;
    discarded?;
    let run = run?;
    if is_schema(tenant) {
        *kept = Some(Kept { url: url.clone(), connection });
    }
    Ok(run)
}

/// Takes from a used session what the scripts of the tenant before have left: settings, temporary tables, roles.
async fn discard(connection: &Connection, used: bool) -> Result<(), EngineError> {
    match connection {
        Connection::Postgresql(connection) if used => {
            connection.run_batch("DISCARD ALL").await.map(|_| ()).map_err(|failed| failed.error)
        }
        _ => Ok(()),
    }
}

async fn visit_on(job: &Job, tenant: &Tenant, connection: &Connection) -> Result<Run, MigrateError> {
    // Schemas were looked at together.
    if !is_schema(tenant) || matches!(job.errand, Errand::Look) {
        let current = current_of(connection, &tenant.database).await?;
        if job.errand.steps(&job.graph, &current)?.is_empty() {
            return Ok(Run { steps: Vec::new(), current });
        }
    }
    let report = &mut |event| tell(job, FleetEvent::Tenant { tenant: tenant.name.clone(), event });
    run_on(connection, &tenant.database, &job.scripts, &job.graph, job.errand.walk(), report).await
}

/// Who only looks makes no file.
async fn open(job: &Job, url: &DatabaseUrl) -> Result<Connection, EngineError> {
    match job.errand {
        Errand::Look => Connection::open_for_reading(url).await,
        Errand::Upgrade(_) | Errand::Downgrade(_) => Connection::open(url).await,
    }
}

/// Works on a SQLite file in a thread of its own, as SQLite waits for the disk.
async fn visit_file(job: &Arc<Job>, tenant: &Tenant) -> Result<Run, MigrateError> {
    let (job, tenant, runtime) = (Arc::clone(job), tenant.clone(), Handle::current());
    let thread = tokio::task::spawn_blocking(move || runtime.block_on(visit(&job, &tenant, &mut None)));
    match thread.await {
        Ok(result) => result,
        // Nobody cancels it, so it panicked.
        Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
    }
}

/// An event for whoever listens, who is there until the last worker is gone.
fn tell(job: &Job, event: FleetEvent) {
    let _ = job.events.send(event);
}
