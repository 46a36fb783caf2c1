//! `limbeck history`

use limbeck_migrate::graph::RevisionRange;

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
    let shown: Vec<ShownRevision> = graph
        .history(&range, current.as_deref())?
        .into_iter()
        .filter_map(|revision| ShownRevision::new(&graph, &scripts, revision, marked))
        .collect();
    let options = &session.options;
    Ok(revision_list(&shown, options.json, options.verbose, |shown| shown.entry.history_line()))
}
