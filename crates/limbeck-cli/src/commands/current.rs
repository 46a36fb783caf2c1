//! `limbeck current`

use std::borrow::Cow;

use serde::Serialize;

use crate::arguments::CurrentArguments;
use crate::commands::fleet;
use crate::failure::Failure;
use crate::outcome::{Outcome, ShownRevision};
use crate::session::Session;

#[derive(Serialize)]
struct CurrentReport<'a> {
    /// The URL, its password masked.
    database: String,
    /// Whether the database is at all heads.
    at_heads: bool,
    /// The version rows that have a script, and the ends of branches that they imply by a dependency.
    revisions: &'a [ShownRevision<'a>],
    /// The version rows that have none.
    unknown: &'a [&'a String],
}

pub(crate) async fn run(session: &mut Session<'_>, arguments: &CurrentArguments) -> Result<Outcome, Failure> {
    let project = session.project()?;
    if let Some(name) = &arguments.tenants.fleet {
        return fleet::current(session, &project, name, &arguments.tenants, arguments.check_heads).await;
    }
    let database = session.database(&project, "current")?;
    let rows = limbeck_migrate::current(&database).await?;
    let (scripts, graph) = session.scripts(&project)?;

    // A database inside of what a squash replaces is shown where it is, one at its end at the squash.
    let graph = graph.seen_from(&rows, &[]).unwrap_or(Cow::Borrowed(&graph));
    // What is current needs no saying in the text, as in Alembic; a program may look for it.
    let marked = if session.options.json { rows.as_slice() } else { &[] };
    let shown: Vec<ShownRevision<'_>> = graph
        .applied_ends(&rows)
        .into_iter()
        .filter_map(|revision| ShownRevision::new(&graph, &scripts, revision, marked))
        .collect();
    let unknown: Vec<&String> = rows.iter().filter(|row| graph.of_row(row).is_none()).collect();
    let mut heads: Vec<String> = graph.real_heads().iter().map(|head| head.id.clone()).collect();
    heads.sort();
    let at_heads = graph.is_at_heads(&rows);

    let mut outcome = if session.options.json {
        Outcome::json(&CurrentReport {
            database: database.url.to_string(),
            at_heads,
            revisions: &shown,
            unknown: &unknown,
        })
    } else {
        let verbose = session.options.verbose;
        let mut text = String::new();
        if verbose {
            text.push_str(&format!("Current revision(s) for {}:\n", database.url));
        }
        for revision in &shown {
            text.push_str(&if verbose { revision.verbose_text() } else { revision.entry.current_line() });
            text.push('\n');
        }
        for row in &unknown {
            text.push_str(&format!("{row} (no script)\n"));
            session.reporter.warning(&format!("revision `{row}` of the version table has no script"));
        }
        Outcome::text(text)
    };
    if arguments.check_heads && !at_heads {
        let list = |names: &[String]| if names.is_empty() { "base".to_owned() } else { names.join(", ") };
        outcome.failure = Some(Failure::NotAtHeads { current: list(&rows), heads: list(&heads) });
    }
    Ok(outcome)
}
