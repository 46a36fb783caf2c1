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
        ..RevisionRequest::default()
    };
    let revisions: Vec<&str> = arguments.revisions.iter().map(String::as_str).collect();
    let new = limbeck_migrate::merge(&scripts, &revisions, &request)?;
    Ok(super::revision::written(&new, session.options.json, "run `limbeck upgrade head`"))
}
