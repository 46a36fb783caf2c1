//! `limbeck stamp`

use crate::arguments::StampArguments;
use crate::failure::Failure;
use crate::outcome::Outcome;
use crate::session::Session;

pub(crate) async fn run(session: &mut Session<'_>, arguments: &StampArguments) -> Result<Outcome, Failure> {
    session.give_tag(arguments.offline.tag.as_ref());
    let project = session.project()?;
    let (scripts, _) = session.scripts(&project)?;
    let targets: Vec<&str> = arguments.revisions.iter().map(String::as_str).collect();
    if arguments.offline.sql {
        let database = session.offline_database(&project, "stamp", arguments.offline.dialect)?;
        let script = limbeck_migrate::stamp_script(&database, &scripts, &targets)?;
        return Ok(super::upgrade::scripted(session, script));
    }
    for target in &targets {
        super::upgrade::refuse_range(target)?;
    }
    let database = session.database(&project, "stamp")?;
    let reporter = &mut session.reporter;
    let report = &mut |event| reporter.event(event);
    let run = limbeck_migrate::stamp(&database, &scripts, &targets, arguments.purge, report).await?;
    Ok(super::upgrade::finished(session, &run))
}
