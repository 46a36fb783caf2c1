//! `limbeck branches`

use crate::failure::Failure;
use crate::outcome::{Outcome, RevisionList, ShownRevision};
use crate::session::Session;

pub(crate) fn run(session: &mut Session<'_>) -> Result<Outcome, Failure> {
    let project = session.project()?;
    let (scripts, graph) = session.scripts(&project)?;
    let shown: Vec<ShownRevision<'_>> = graph
        .branch_points()
        .into_iter()
        .filter_map(|revision| ShownRevision::new(&graph, &scripts, revision, &[]))
        .collect();
    if session.options.json {
        return Ok(Outcome::json(&RevisionList { revisions: &shown }));
    }
    let verbose = session.options.verbose;
    let texts = shown.iter().map(|branch_point| branch_point.branches_text(&graph, verbose) + "\n");
    Ok(Outcome::text(texts.collect()))
}
