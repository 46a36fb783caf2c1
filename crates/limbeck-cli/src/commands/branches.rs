//! `limbeck branches`

use crate::failure::Failure;
use crate::outcome::{Outcome, RevisionList, ShownRevision};
use crate::session::Session;

pub(crate) fn run(session: &mut Session<'_>) -> Result<Outcome, Failure> {
    let project = session.project()?;
    let (scripts, graph) = session.scripts(&project)?;
    let shown: Vec<ShownRevision> = graph
        .branch_points()
        .into_iter()
        .filter_map(|revision| ShownRevision::new(&graph, &scripts, revision, &[]))
        .collect();
    if session.options.json {
        return Ok(Outcome::json(&RevisionList { revisions: &shown }));
    }
    let texts = shown.iter().map(|branch_point| {
        let path = session.options.verbose.then_some(branch_point.path.as_str());
        graph.branches_text(&branch_point.entry, path, &[]) + "\n"
    });
    Ok(Outcome::text(texts.collect()))
}
