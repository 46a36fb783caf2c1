//! `limbeck heads`

use crate::arguments::HeadsArguments;
use crate::failure::Failure;
use crate::outcome::{Outcome, ShownRevision, revision_list};
use crate::session::Session;

pub(crate) fn run(session: &mut Session<'_>, arguments: &HeadsArguments) -> Result<Outcome, Failure> {
    let project = session.project()?;
    let (scripts, graph) = session.scripts(&project)?;
    let heads = if arguments.resolve_dependencies { graph.real_heads() } else { graph.heads() };
    let shown: Vec<ShownRevision<'_>> =
        heads.into_iter().filter_map(|head| ShownRevision::new(&graph, &scripts, head, &[])).collect();
    let options = &session.options;
    Ok(revision_list(&shown, options.json, options.verbose, |shown| shown.entry.heads_line()))
}
