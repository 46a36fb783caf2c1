//! `limbeck show`

use limbeck_migrate::graph::GraphError;

use crate::arguments::ShowArguments;
use crate::failure::Failure;
use crate::outcome::{Outcome, ShownRevision, revision_list};
use crate::session::Session;

pub(crate) async fn run(session: &mut Session<'_>, arguments: &ShowArguments) -> Result<Outcome, Failure> {
    let project = session.project()?;
    let (scripts, graph) = session.scripts(&project)?;
    let graph = graph.seen_from(&[], &[&arguments.revision])?;
    let found = match graph.resolve(&arguments.revision, None) {
        // Only identifiers such as `current` and `+1` need the database.
        Err(GraphError::NoCurrent { .. }) => {
            let current = limbeck_migrate::current(&session.database(&project, "show")?).await?;
            graph.resolve(&arguments.revision, Some(&current))?
        }
        found => found?,
    };
    let shown: Vec<ShownRevision<'_>> = found
        .into_iter()
        .filter_map(|revision| ShownRevision::new(&graph, &scripts, revision, &[]))
        .collect();
    Ok(revision_list(&shown, session.options.json, true, |shown| shown.verbose_text()))
}
