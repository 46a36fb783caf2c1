//! `limbeck upgrade`

use limbeck_migrate::graph::Step;
use limbeck_migrate::{OfflineScript, Run};
use serde_json::json;

use crate::arguments::UpgradeArguments;
use crate::commands::fleet;
use crate::failure::Failure;
use crate::outcome::Outcome;
use crate::session::Session;

pub(crate) async fn run(session: &mut Session<'_>, arguments: &UpgradeArguments) -> Result<Outcome, Failure> {
    session.give_tag(arguments.offline.tag.as_ref());
    let project = session.project()?;
    let (scripts, _) = session.scripts(&project)?;
    if arguments.offline.sql {
        let database = session.offline_database(&project, "upgrade", arguments.offline.dialect)?;
        let script = limbeck_migrate::upgrade_script(&database, &scripts, &arguments.revision)?;
        return Ok(scripted(session, script));
    }
    refuse_range(&arguments.revision)?;
    if let Some(name) = &arguments.fleet.tenants.fleet {
        let fleet = fleet::of_run(session, &project, name, &arguments.fleet, &arguments.allow).await?;
        let report = &mut |event| session.reporter.fleet_event(event);
        let run = limbeck_migrate::fleet::upgrade(&fleet, &scripts, &arguments.revision, report).await?;
        return Ok(fleet::finished(session, name, run));
    }
    let mut database = session.database(&project, "upgrade")?;
    database.allowed.clone_from(&arguments.allow);
    let reporter = &mut session.reporter;
    let report = &mut |event| reporter.event(event);
    if arguments.accept_changed {
        limbeck_migrate::accept_changed(&database, &scripts, report).await?;
    }
    let run = limbeck_migrate::upgrade(&database, &scripts, &arguments.revision, report).await?;
    Ok(finished(session, &run))
}

/// A script in place of a run, told about as Alembic does.
pub(super) fn scripted(session: &Session<'_>, script: OfflineScript) -> Outcome {
    if session.options.json {
        let steps: Vec<_> = script.steps.iter().map(step_json).collect();
        return Outcome::json(&json!({ "sql": script.text, "steps": steps }));
    }
    for step in &script.steps {
        session.reporter.scripted(step);
    }
    Outcome::text(script.text)
}

/// Where a run starts is a fact of the database, not a choice.
pub(super) fn refuse_range(revision: &str) -> Result<(), Failure> {
    match revision.contains(':') {
        true => Err(Failure::Range { range: revision.to_owned() }),
        false => Ok(()),
    }
}

/// What is said after a run.
pub(super) fn finished(session: &mut Session<'_>, run: &Run) -> Outcome {
    session.reporter.end();
    if session.options.json {
        let steps: Vec<_> = run.steps.iter().map(step_json).collect();
        return Outcome::json(&json!({ "steps": steps, "current": run.current }));
    }
    if run.steps.is_empty() {
        let current = if run.current.is_empty() { "base".to_owned() } else { run.current.join(", ") };
        session.reporter.info(&format!("Nothing to do, the database is at {current}"));
    }
    Outcome::default()
}

pub(super) fn step_json(step: &Step) -> serde_json::Value {
    json!({
        "revision": step.revision,
        "direction": step.direction,
        "from": step.from,
        "to": step.to,
        "message": step.doc,
    })
}
