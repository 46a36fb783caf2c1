//! `limbeck upgrade`

use limbeck_migrate::Run;
use limbeck_migrate::graph::Step;
use serde_json::json;

use crate::arguments::UpgradeArguments;
use crate::failure::Failure;
use crate::outcome::Outcome;
use crate::session::Session;

pub(crate) async fn run(session: &mut Session<'_>, arguments: &UpgradeArguments) -> Result<Outcome, Failure> {
    let project = session.project()?;
    let (scripts, _) = session.scripts(&project)?;
    let mut database = session.database(&project, "upgrade")?;
    database.allowed.clone_from(&arguments.allow);
    let reporter = &mut session.reporter;
    let report = &mut |event| reporter.event(event);
    let run = limbeck_migrate::upgrade(&database, &scripts, &arguments.revision, report).await?;
    Ok(finished(session, &run))
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

fn step_json(step: &Step) -> serde_json::Value {
    json!({
        "revision": step.revision,
        "direction": step.direction,
        "from": step.from,
        "to": step.to,
        "message": step.doc,
    })
}
