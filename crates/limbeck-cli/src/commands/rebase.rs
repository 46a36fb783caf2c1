//! `limbeck rebase`

use serde_json::json;

use crate::failure::Failure;
use crate::outcome::{Outcome, shown_path};
use crate::script_arguments::RebaseArguments;
use crate::session::Session;

pub(crate) async fn run(session: &mut Session<'_>, arguments: &RebaseArguments) -> Result<Outcome, Failure> {
    let project = session.project()?;
    let (scripts, graph) = session.scripts(&project)?;
    let revisions: Vec<&str> = arguments.revisions.iter().map(String::as_str).collect();
    let rebase = limbeck_migrate::rebase(&scripts, &revisions, &arguments.onto)?;
    // A database is asked only where one is named: that of the default environment says nothing about the others.
    let named = !session.options.environment.is_empty() || session.options.url.is_some();
    let rows = if named {
        let database = session.database(&project, "rebase")?;
        let current = limbeck_migrate::current(&database).await?;
        rebase.effect_on(&graph, &current)?
    } else {
        None
    };
    if !arguments.dry_run {
        rebase.write()?;
    }
    if let Some(rows) = &rows {
        session.reporter.warning(&format!(
            "the database has both branches: run `limbeck stamp --purge {}` on it, so that its version table names the last of them",
            rows.join(" ")
        ));
    }
    let list = |names: &[String]| if names.is_empty() { "<base>".to_owned() } else { names.join(", ") };
    if session.options.json {
        let edits: Vec<_> = rebase
            .edits
            .iter()
            .map(|edit| {
                json!({
                    "revision": edit.parents.revision,
                    "path": edit.path,
                    "before": edit.parents.before,
                    "after": edit.parents.after,
                })
            })
            .collect();
        return Ok(Outcome::json(&json!({
            "onto": rebase.onto,
            "moved": rebase.moved,
            "edits": edits,
            "stamp": rows,
            "written": !arguments.dry_run,
        })));
    }
    let mut text = String::new();
    for edit in &rebase.edits {
        let parents = &edit.parents;
        text.push_str(&format!(
            "{}: {} revises {} instead of {}\n",
            shown_path(&edit.path),
            parents.revision,
            list(&parents.after),
            list(&parents.before)
        ));
    }
    Ok(Outcome { text, next: Some("try the new order with `limbeck test`"), failure: None })
}
