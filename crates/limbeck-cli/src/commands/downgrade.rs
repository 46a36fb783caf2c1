//! `limbeck downgrade`

use crate::arguments::DowngradeArguments;
use crate::commands::fleet;
use crate::failure::Failure;
use crate::outcome::Outcome;
use crate::session::Session;

pub(crate) async fn run(
    session: &mut Session<'_>,
    arguments: &DowngradeArguments,
) -> Result<Outcome, Failure> {
    session.give_tag(arguments.offline.tag.as_ref());
    let project = session.project()?;
    let (scripts, _) = session.scripts(&project)?;
    if arguments.offline.sql {
        let database = session.offline_database(&project, "downgrade", arguments.offline.dialect)?;
        let script = limbeck_migrate::downgrade_script(&database, &scripts, &arguments.revision)?;
        return Ok(super::upgrade::scripted(session, script));
    }
    super::upgrade::refuse_range(&arguments.revision)?;
    if let Some(name) = &arguments.fleet.tenants.fleet {
        let fleet = fleet::of_run(session, &project, name, &arguments.fleet, &arguments.allow).await?;
        let report = &mut |event| session.reporter.fleet_event(event);
        let run = limbeck_migrate::fleet::downgrade(&fleet, &scripts, &arguments.revision, report).await?;
        return Ok(fleet::finished(session, name, run));
    }
    let mut database = session.database(&project, "downgrade")?;
    database.allowed.clone_from(&arguments.allow);
    let reporter = &mut session.reporter;
    let report = &mut |event| reporter.event(event);
    let run = limbeck_migrate::downgrade(&database, &scripts, &arguments.revision, report).await?;
    Ok(super::upgrade::finished(session, &run))
}
