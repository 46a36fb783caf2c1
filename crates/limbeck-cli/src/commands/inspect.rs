//! `limbeck inspect`

use limbeck_engine::DatabaseUrl;
use limbeck_migrate::{Database, SchemaFile, inspect_database, inspect_unmanaged, sql_files, sql_script};
use serde_json::json;

use crate::failure::Failure;
use crate::files::Files;
use crate::inspect_arguments::{InspectArguments, InspectFormat};
use crate::outcome::Outcome;
use crate::session::Session;

pub(crate) async fn run(session: &mut Session<'_>, arguments: &InspectArguments) -> Result<Outcome, Failure> {
    let database = database(session, arguments.database.as_deref())?;
    if arguments.unmanaged {
        return unmanaged(session, &database, &arguments.schema).await;
    }
    let inspection = inspect_database(&database, &arguments.schema).await?;
    let json = || inspection.metadata.to_json() + "\n";
    let Some(directory) = &arguments.output else {
        return Ok(Outcome::text(match arguments.format {
            InspectFormat::Sql => sql_script(&inspection)?,
            InspectFormat::Json => json(),
        }));
    };
    let written = match arguments.format {
        InspectFormat::Sql => sql_files(&inspection)?,
        InspectFormat::Json => {
            vec![SchemaFile { path: "schema.json".into(), text: json() }]
        }
    };
    let mut files = Files::default();
    for file in written {
        files.file(&directory.join(&file.path), &file.text)?;
    }
    if session.options.json {
        return Ok(Outcome::json(&json!({ "created": files.created, "skipped": files.skipped })));
    }
    Ok(Outcome::text(files.text))
}

/// The database at a URL, or of an environment.
fn database(session: &Session<'_>, text: Option<&str>) -> Result<Database, Failure> {
    match text {
        Some(text) if text.contains(':') => {
            let url = DatabaseUrl::parse(text)?;
            // A project's settings hold for its databases wherever they are; without one there are none.
            Ok(match session.project() {
                Ok(project) => Database::of_config(&project.config, url),
                Err(_) => Database::new(url),
            })
        }
        name => {
            let project = session.project()?;
            session.environment_database(&project, name)
        }
    }
}

async fn unmanaged(
    session: &Session<'_>,
    database: &Database,
    schemas: &[String],
) -> Result<Outcome, Failure> {
    let found = inspect_unmanaged(database, schemas).await?;
    if session.options.json {
        let found: Vec<_> =
            found.iter().map(|object| json!({ "kind": object.kind, "name": object.name })).collect();
        return Ok(Outcome::json(&json!({ "unmanaged": found })));
    }
    Ok(Outcome::text(found.iter().map(|object| format!("{} {}\n", object.kind, object.name)).collect()))
}
