//! `limbeck merge`

use limbeck_migrate::RevisionRequest;

use crate::arguments::MergeArguments;
use crate::failure::Failure;
use crate::outcome::Outcome;
use crate::session::Session;

pub(crate) fn run(session: &mut Session<'_>, arguments: &MergeArguments) -> Result<Outcome, Failure> {
    let project = session.project()?;
    let (scripts, _) = session.scripts(&project)?;
    let request = RevisionRequest {
        message: arguments.message.clone(),
        splice: arguments.splice,
        branch_labels: arguments.branch_label.clone(),
        revision_id: arguments.rev_id.clone(),
        style: project.config.revision.style.clone(),
        ..RevisionRequest::default()
    };
    let revisions: Vec<&str> = arguments.revisions.iter().map(String::as_str).collect();
    let mut new = limbeck_migrate::merge(&scripts, &revisions, &request)?;
    let hooks = super::revision::run_hooks(session, &project, &mut new, false)?;
    Ok(super::revision::written(&new, &hooks, session.options.json, "run `limbeck upgrade head`"))
}
