//! `limbeck history`

use limbeck_migrate::graph::{RevisionEntry, RevisionRange};

use crate::arguments::HistoryArguments;
use crate::failure::Failure;
use crate::outcome::{Outcome, ShownRevision, revision_list};
use crate::session::Session;

pub(crate) async fn run(session: &mut Session<'_>, arguments: &HistoryArguments) -> Result<Outcome, Failure> {
    let range = match &arguments.rev_range {
        Some(range) => RevisionRange::parse(range)?,
        None => RevisionRange::default(),
    };
    let project = session.project()?;
    let (scripts, graph) = session.scripts(&project)?;
    let current = if arguments.indicate_current || range.needs_current() {
        Some(limbeck_migrate::current(&session.database(&project, "history")?).await?)
    } else {
        None
    };
    let marked = match &current {
        Some(rows) if arguments.indicate_current => rows.as_slice(),
        _ => &[],
    };
    let ends: Vec<&str> = [&range.start, &range.end].into_iter().flatten().map(String::as_str).collect();
    let graph = graph.seen_from(current.as_deref().unwrap_or_default(), &ends)?;
    let revisions = graph.history(&range, current.as_deref())?;
    if arguments.graph && !session.options.json {
        let text = |entry: &RevisionEntry| match session.options.verbose {
            false => entry.graph_line(),
            true => {
                let revision = graph.get(&entry.revision);
                let shown = revision.and_then(|it| ShownRevision::new(&graph, &scripts, it, marked));
                shown.map(|shown| shown.verbose_text()).unwrap_or_default()
            }
        };
        return Ok(Outcome::text(graph.drawing(&revisions, marked, &text)));
    }
    let shown: Vec<ShownRevision<'_>> = revisions
        .into_iter()
        .filter_map(|revision| ShownRevision::new(&graph, &scripts, revision, marked))
        .collect();
    let options = &session.options;
    Ok(revision_list(&shown, options.json, options.verbose, |shown| shown.entry.history_line()))
}
