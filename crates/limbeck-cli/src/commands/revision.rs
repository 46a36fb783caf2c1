//! `limbeck revision`

use limbeck_diff::Hazard;
use limbeck_migrate::{AskRename, Baseline, NewRevision, RevisionRequest};
use serde_json::json;

use crate::arguments::RevisionArguments;
use crate::failure::Failure;
use crate::outcome::{Outcome, shown_path};
use crate::rename_prompt;
use crate::session::{Project, Session};

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
        baseline: if arguments.from_scripts { Baseline::Scripts } else { Baseline::Database },
        dry_run: arguments.dry_run,
        style: project.config.revision.style.clone(),
    };
    let mut new = if arguments.autogenerate {
        let mut databases = session.databases(&project)?;
        if let Some(safe) = arguments.shapes.choice() {
            databases.iter_mut().for_each(|database| database.safe = safe);
        }
        for database in &databases {
            session.reporter.context(database.dialect(), false);
        }
        let model = session.model(&project)?;
        let mut prompt = rename_prompt::ask;
        let ask: Option<AskRename<'_>> =
            if session.reporter.has_a_reader() { Some(&mut prompt) } else { None };
        let reporter = &mut session.reporter;
        let report = &mut |event| reporter.event(event);
        let new = limbeck_migrate::autogenerate(&scripts, &databases, &model, &request, ask, report).await;
        match new? {
            Some(new) => new,
            None => return Ok(nothing_to_write(session)),
        }
    } else {
        limbeck_migrate::revision(&scripts, &request)?
    };
    for hazard in &new.hazards {
        session.reporter.warning(&hazard.message);
    }
    let hooks = run_hooks(session, &project, &mut new, arguments.dry_run)?;
    if arguments.dry_run && !session.options.json {
        return Ok(Outcome::text(new.text));
    }
    let next = if arguments.autogenerate {
        "read the script, then run `limbeck upgrade head`"
    } else {
        "write the SQL into the script, then run `limbeck upgrade head`"
    };
    Ok(written(&new, &hooks, session.options.json, next))
}

fn nothing_to_write(session: &Session<'_>) -> Outcome {
    if session.options.json {
        return Outcome::json(&json!({ "revision": null }));
    }
    session.reporter.info("Model and database agree: no script was written");
    Outcome::default()
}

/// Runs the hooks of `[revision]` over a script that was written; gives what is said of it. A hook that fails is a
/// warning: the script is there.
pub(super) fn run_hooks(
    session: &Session<'_>,
    project: &Project,
    new: &mut NewRevision,
    dry_run: bool,
) -> Result<String, Failure> {
    let hooks = &project.config.revision.hooks;
    let mut text = String::new();
    if dry_run || hooks.is_empty() {
        return Ok(text);
    }
    for hook in hooks {
        match hook.run(&project.config.directory, &new.path) {
            Ok(()) => text.push_str(&format!("Running post write hook '{}' ...  done\n", hook.name)),
            Err(failure) => {
                text.push_str(&format!("Running post write hook '{}' ...  failed\n", hook.name));
                session.reporter.warning(&failure.to_string());
                for line in failure.output.lines() {
                    session.reporter.warning(line);
                }
            }
        }
    }
    new.text = std::fs::read_to_string(&new.path)
        .map_err(|error| Failure::Write { path: new.path.clone(), error })?;
    Ok(text)
}

/// What is said of a script that was written.
pub(super) fn written(new: &NewRevision, hooks: &str, json: bool, next: &'static str) -> Outcome {
    if json {
        let warnings: Vec<&String> = new.hazards.iter().map(|hazard| &hazard.message).collect();
        let hazard = |hazard: &Hazard| json!({ "kind": hazard.kind.as_str(), "object": hazard.object, "message": hazard.message });
        let hazards: Vec<_> = new.hazards.iter().map(hazard).collect();
        return Outcome::json(&json!({
            "revision": new.id,
            "path": new.path,
            "text": new.text,
            "warnings": warnings,
            "hazards": hazards,
        }));
    }
    let text = format!("Generating {} ...  done\n{hooks}", shown_path(&new.path));
    Outcome { text, next: Some(next), failure: None }
}
