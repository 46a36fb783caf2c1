//! `limbeck edit`

use std::path::Path;
use std::process::Command;

use limbeck_migrate::graph::GraphError;

use crate::failure::Failure;
use crate::outcome::Outcome;
use crate::script_arguments::EditArguments;
use crate::session::Session;

/// What is tried where no variable names an editor, as in Alembic.
const EDITORS: [&str; 5] = ["sensible-editor", "editor", "nano", "vim", "code"];

pub(crate) async fn run(session: &mut Session<'_>, arguments: &EditArguments) -> Result<Outcome, Failure> {
    let project = session.project()?;
    let (scripts, graph) = session.scripts(&project)?;
    let graph = graph.seen_from(&[], &[&arguments.revision])?;
    let found = match graph.resolve(&arguments.revision, None) {
        Err(GraphError::NoCurrent { .. }) => {
            let current = limbeck_migrate::current(&session.database(&project, "edit")?).await?;
            graph.resolve(&arguments.revision, Some(&current))?
        }
        found => found?,
    };
    let files: Vec<&Path> = found
        .iter()
        .filter_map(|revision| scripts.scripts().get(revision.source))
        .map(|script| Path::new(&script.file))
        .collect();
    if files.is_empty() {
        return Err(Failure::NothingToEdit { revision: arguments.revision.clone() });
    }
    let editor = editor().ok_or_else(|| Failure::Editor { cause: "none is installed".to_owned() })?;
    let mut words = editor.split_whitespace();
    let program = words.next().unwrap_or_default();
    let failed = |cause: String| Failure::Editor { cause: format!("`{program}`: {cause}") };
    for file in files {
        let status = Command::new(program).args(words.clone()).arg(file).status();
        let status = status.map_err(|error| failed(error.to_string()))?;
        if !status.success() {
            return Err(failed(status.to_string()));
        }
    }
    Ok(Outcome::default())
}

fn editor() -> Option<String> {
    let named = ["EDITOR", "VISUAL"].into_iter().filter_map(|name| std::env::var(name).ok());
    named.into_iter().find(|editor| !editor.trim().is_empty()).or_else(|| {
        let path = std::env::var_os("PATH")?;
        let installed =
            |name: &&str| std::env::split_paths(&path).any(|directory| directory.join(name).is_file());
        EDITORS.into_iter().find(installed).map(str::to_owned)
    })
}
