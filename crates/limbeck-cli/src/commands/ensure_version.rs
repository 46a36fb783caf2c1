//! `limbeck ensure_version`

use crate::failure::Failure;
use crate::outcome::Outcome;
use crate::script_arguments::EnsureVersionArguments;
use crate::session::Session;

pub(crate) async fn run(
    session: &mut Session<'_>,
    arguments: &EnsureVersionArguments,
) -> Result<Outcome, Failure> {
    let project = session.project()?;
    if arguments.sql {
        let database = session.offline_database(&project, "ensure_version", None)?;
        let statement = database.version_table.create(database.dialect());
        return Ok(Outcome::text(format!("{statement};\n")));
    }
    let database = session.database(&project, "ensure_version")?;
    let reporter = &mut session.reporter;
    let run = limbeck_migrate::ensure_version(&database, &mut |event| reporter.event(event)).await?;
    if session.options.json {
        return Ok(super::upgrade::finished(session, &run));
    }
    session.reporter.end();
    Ok(Outcome::default())
}
