//! `limbeck revision`

use limbeck_migrate::{NewRevision, RevisionRequest};
use serde_json::json;

use crate::arguments::RevisionArguments;
use crate::failure::Failure;
use crate::outcome::{Outcome, shown_path};
use crate::session::Session;

/// What a generated script puts before the things that would hurt.
const WARNING: &str = "-- WARNING: ";

pub(crate) async fn run(
    session: &mut Session<'_>,
    arguments: &RevisionArguments,
) -> Result<Outcome, Failure> {
    let project = session.project()?;
    let (scripts, _) = session.scripts(&project)?;
    let request = RevisionRequest {
        message: arguments.message.clone(),
        head: Some(arguments.head.clone()),
        splice: arguments.splice,
        branch_labels: arguments.branch_label.clone(),
        version_path: arguments.version_path.clone(),
        revision_id: arguments.rev_id.clone(),
        depends_on: arguments.depends_on.clone(),
        dry_run: arguments.dry_run,
    };
    let new = if arguments.autogenerate {
        let databases = session.databases(&project)?;
        let model = session.model(&project)?;
        let reporter = &mut session.reporter;
        let report = &mut |event| reporter.event(event);
        match limbeck_migrate::autogenerate(&scripts, &databases, &model, &request, report).await? {
            Some(new) => new,
            None => return Ok(nothing_to_write(session)),
        }
    } else {
        limbeck_migrate::revision(&scripts, &request)?
    };
    for warning in warnings(&new) {
        session.reporter.warning(warning);
    }
    if arguments.dry_run && !session.options.json {
        return Ok(Outcome::text(new.text));
    }
    let next = if arguments.autogenerate {
        "read the script, then run `limbeck upgrade head`"
    } else {
        "write the SQL into the script, then run `limbeck upgrade head`"
    };
    Ok(written(&new, session.options.json, next))
}

fn warnings(new: &NewRevision) -> impl Iterator<Item = &str> {
    new.text.lines().filter_map(|line| line.strip_prefix(WARNING))
}

fn nothing_to_write(session: &Session<'_>) -> Outcome {
    if session.options.json {
        return Outcome::json(&json!({ "revision": null }));
    }
    session.reporter.info("Model and database agree: no script was written");
    Outcome::default()
}

/// What is said of a script that was written.
pub(super) fn written(new: &NewRevision, json: bool, next: &'static str) -> Outcome {
    if json {
        let warnings: Vec<&str> = warnings(new).collect();
        return Outcome::json(&json!({
            "revision": new.id,
            "path": new.path,
            "text": new.text,
            "warnings": warnings,
        }));
    }
    let text = format!("Generating {} ...  done\n", shown_path(&new.path));
    Outcome { text, next: Some(next), failure: None }
}
