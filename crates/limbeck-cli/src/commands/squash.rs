//! `limbeck squash`

use limbeck_migrate::RevisionRequest;
use serde_json::json;

use crate::failure::Failure;
use crate::outcome::{Outcome, shown_path};
use crate::script_arguments::SquashArguments;
use crate::session::Session;

pub(crate) fn run(session: &mut Session<'_>, arguments: &SquashArguments) -> Result<Outcome, Failure> {
    let project = session.project()?;
    let (scripts, _) = session.scripts(&project)?;
    let request = RevisionRequest {
        message: arguments.message.clone(),
        revision_id: arguments.rev_id.clone(),
        branch_labels: arguments.branch_label.clone(),
        dry_run: arguments.dry_run,
        style: project.config.revision.style.clone(),
        ..RevisionRequest::default()
    };
    let mut squashed = limbeck_migrate::squash(&scripts, &arguments.range, &request)?;
    for note in &squashed.notes {
        session.reporter.warning(note);
    }
    let hooks = super::revision::run_hooks(session, &project, &mut squashed.new, arguments.dry_run)?;
    let (new, replaced) = (&squashed.new, &squashed.replaced);
    if session.options.json {
        return Ok(Outcome::json(&json!({
            "revision": new.id,
            "path": new.path,
            "text": new.text,
            "replaces": replaced,
            "notes": squashed.notes,
        })));
    }
    if arguments.dry_run {
        return Ok(Outcome::text(new.text.clone()));
    }
    session.reporter.info(&format!("It replaces {} scripts, which stay where they are", replaced.len()));
    let text = format!("Generating {} ...  done\n{hooks}", shown_path(&new.path));
    Ok(Outcome { text, next: Some("read the script, then try it with `limbeck test`"), failure: None })
}
