//! `limbeck upgrade`, `downgrade` and `current` with `--fleet`

use limbeck_diff::HazardKind;
use limbeck_engine::DatabaseUrl;
use limbeck_migrate::config::{ConfigError, Environment, TenantSource};
use limbeck_migrate::fleet::{self, Fleet, FleetRun, Standing, Tenant, TenantOutcome};
use limbeck_migrate::{Database, MigrateError};
use serde_json::{Value, json};

use crate::commands::upgrade::step_json;
use crate::failure::Failure;
use crate::fleet_arguments::{FleetArguments, TenantArguments};
use crate::outcome::Outcome;
use crate::session::{Project, Session};

/// The tenants of a run, and how it is run.
pub(super) async fn of_run(
    session: &mut Session<'_>,
    project: &Project,
    name: &str,
    arguments: &FleetArguments,
    allowed: &[HazardKind],
) -> Result<Fleet, Failure> {
    let mut fleet = of_tenants(session, project, name, &arguments.tenants).await?;
    if let Some(policy) = arguments.on_failure {
        fleet.on_failure = policy.into();
    }
    for tenant in &mut fleet.tenants {
        tenant.database.allowed = allowed.to_vec();
    }
    Ok(fleet)
}

async fn of_tenants(
    session: &mut Session<'_>,
    project: &Project,
    name: &str,
    arguments: &TenantArguments,
) -> Result<Fleet, Failure> {
    let configured = project.config.fleet(name)?;
    let environment_name = match session.options.environment.as_slice() {
        [] => configured.environment.as_deref(),
        [name] => Some(name.as_str()),
        several => {
            return Err(Failure::OneEnvironment { command: "--fleet", count: several.len() });
        }
    };
    let tenants = match &configured.tenants {
        TenantSource::Urls(_) | TenantSource::Files(_) => {
            // Such a fleet can do without an environment, as it has databases of its own.
            let environment = match project.config.environment(environment_name) {
                Ok(environment) => Some(environment),
                Err(ConfigError::NoEnvironment { .. }) => None,
                Err(error) => return Err(error.into()),
            };
            let settings = |url: DatabaseUrl| session.database_at(project, environment, url);
            databases(project, name, &configured.tenants, environment, &settings)?
        }
        TenantSource::Schemas(schemas) => {
            let database = session.database_of(project, environment_name)?;
            fleet::in_schemas(&database, schemas, &configured.shared_schemas)?
        }
        TenantSource::Query(query) => {
            let database = session.database_of(project, environment_name)?;
            let settings =
                |url: DatabaseUrl| Database { url: project.config.from_directory(url), ..database.clone() };
            fleet::from_query(&database, query, &configured.shared_schemas, &settings).await?
        }
    };
    let mut fleet = Fleet {
        tenants,
        concurrency: arguments.concurrency.map_or(configured.concurrency, usize::from),
        on_failure: configured.on_failure,
    };
    if !arguments.tenant.is_empty() {
        fleet.only(&arguments.tenant)?;
    }
    if fleet.tenants.is_empty() {
        session.reporter.warning(&format!("the fleet `{name}` has no tenants"));
    }
    Ok(fleet)
}

/// The tenants of a fleet that names databases.
fn databases(
    project: &Project,
    name: &str,
    source: &TenantSource,
    environment: Option<&Environment>,
    settings: &dyn Fn(DatabaseUrl) -> Database,
) -> Result<Vec<Tenant>, Failure> {
    match source {
        TenantSource::Files(pattern) => Ok(fleet::in_files(&project.config.directory, pattern, settings)?),
        TenantSource::Urls(urls) => {
            let mut found = Vec::new();
            for url in urls {
                let nameless = Environment::new(name, url.clone());
                found.push(project.url_of(environment.unwrap_or(&nameless), url)?);
            }
            Ok(fleet::at_urls(found, settings))
        }
        TenantSource::Schemas(_) | TenantSource::Query(_) => Ok(Vec::new()),
    }
}

/// What is said after a run.
pub(super) fn finished(session: &mut Session<'_>, name: &str, run: FleetRun) -> Outcome {
    session.reporter.end();
    let text = match session.options.json {
        true => Outcome::json(&run_json(name, &run)).text,
        false => run_text(&run),
    };
    let tenants = run.tenants.len();
    let mut failed = run.tenants.into_iter().filter_map(|tenant| match tenant.outcome {
        TenantOutcome::Failed(error) => Some((tenant.name, error)),
        _ => None,
    });
    let failure = failed.next().map(|(tenant, error)| Failure::FleetFailed {
        failed: 1 + failed.count(),
        tenants,
        tenant,
        error,
    });
    Outcome { text, failure, ..Outcome::default() }
}

/// How many tenants were applied, were there already, failed and have not begun.
fn counts(run: &FleetRun) -> [usize; 4] {
    let count = |is: fn(&TenantOutcome) -> bool| run.tenants.iter().filter(|t| is(&t.outcome)).count();
    [
        count(|outcome| matches!(outcome, TenantOutcome::Applied(_))),
        count(|outcome| matches!(outcome, TenantOutcome::AlreadyThere { .. })),
        count(|outcome| matches!(outcome, TenantOutcome::Failed(_))),
        count(|outcome| matches!(outcome, TenantOutcome::NotBegun)),
    ]
}

fn run_text(run: &FleetRun) -> String {
    let [applied, already, failed, not_begun] = counts(run);
    let mut text =
        format!("applied: {applied}\nalready there: {already}\nfailed: {failed}\nnot begun: {not_begun}\n");
    for tenant in &run.tenants {
        if let TenantOutcome::Failed(error) = &tenant.outcome {
            text.push_str(&format!("  {}: {error}\n", tenant.name));
        }
    }
    text
}

fn run_json(name: &str, run: &FleetRun) -> Value {
    let [applied, already, failed, not_begun] = counts(run);
    let tenants: Vec<Value> = run
        .tenants
        .iter()
        .map(|tenant| match &tenant.outcome {
            TenantOutcome::Applied(run) => {
                let steps: Vec<_> = run.steps.iter().map(step_json).collect();
                json!({ "tenant": tenant.name, "outcome": "applied", "steps": steps, "current": run.current })
            }
            TenantOutcome::AlreadyThere { current } => {
                json!({ "tenant": tenant.name, "outcome": "already_there", "current": current })
            }
            TenantOutcome::Failed(error) => {
                json!({ "tenant": tenant.name, "outcome": "failed", "error": error_json(error) })
            }
            TenantOutcome::NotBegun => json!({ "tenant": tenant.name, "outcome": "not_begun" }),
        })
        .collect();
    json!({
        "fleet": name,
        "applied": applied,
        "already_there": already,
        "failed": failed,
        "not_begun": not_begun,
        "tenants": tenants,
    })
}

fn error_json(error: &MigrateError) -> Value {
    json!({ "code": error.code(), "message": error.to_string() })
}

/// `limbeck current --fleet`
pub(super) async fn current(
    session: &mut Session<'_>,
    project: &Project,
    name: &str,
    arguments: &TenantArguments,
    check_heads: bool,
) -> Result<Outcome, Failure> {
    let fleet = of_tenants(session, project, name, arguments).await?;
    let (scripts, _) = session.scripts(project)?;
    let report = &mut |event| session.reporter.fleet_event(event);
    let standings = fleet::standings(&fleet, &scripts, report).await?;
    session.reporter.end();

    let text = match session.options.json {
        true => {
            let tenants: Vec<Value> = standings
                .iter()
                .map(|tenant| match &tenant.standing {
                    Ok(standing) => json!({
                        "tenant": tenant.name,
                        "current": standing.current,
                        "at_heads": standing.at_heads,
                        "pending": standing.pending,
                    }),
                    Err(error) => json!({ "tenant": tenant.name, "error": error_json(error) }),
                })
                .collect();
            Outcome::json(&json!({ "fleet": name, "tenants": tenants })).text
        }
        false => {
            let width = standings.iter().map(|tenant| tenant.name.chars().count()).max().unwrap_or_default();
            let line = |tenant: &fleet::TenantStanding| {
                let standing = match &tenant.standing {
                    Ok(standing) => standing_text(standing),
                    Err(error) => error.to_string(),
                };
                format!("{:width$}  {standing}\n", tenant.name)
            };
            standings.iter().map(line).collect()
        }
    };

    let tenants = standings.len();
    let behind =
        standings.iter().filter(|tenant| tenant.standing.as_ref().is_ok_and(|s| !s.at_heads)).count();
    let mut failed = standings
        .into_iter()
        .filter_map(|tenant| tenant.standing.err().map(|error| (tenant.name, Box::new(error))));
    let failure = match failed.next() {
        Some((tenant, error)) => {
            Some(Failure::FleetFailed { failed: 1 + failed.count(), tenants, tenant, error })
        }
        None if check_heads && behind > 0 => Some(Failure::FleetNotAtHeads { behind, tenants }),
        None => None,
    };
    Ok(Outcome { text, failure, ..Outcome::default() })
}

fn standing_text(standing: &Standing) -> String {
    let current = if standing.current.is_empty() { "base".to_owned() } else { standing.current.join(", ") };
    match (standing.pending, standing.at_heads) {
        (_, true) => format!("{current} (head)"),
        (Some(pending), false) => format!("{current} ({pending} pending)"),
        (None, false) => format!("{current} (no script)"),
    }
}
