//! What a command gives back to be printed.

use std::path::Path;

use limbeck_migrate::graph::{Revision, RevisionEntry, RevisionGraph, ScriptText};
use limbeck_migrate::script::{Script, ScriptDirectory};
use serde::Serialize;

use crate::failure::Failure;

/// What a command has to say in the end.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// The result, for stdout.
    pub(crate) text: String,
    /// What to do next, for a person at a terminal.
    pub(crate) next: Option<&'static str>,
    /// A result that is no success, such as differences found by `check`.
    pub(crate) failure: Option<Failure>,
}

impl Outcome {
    /// A result that is a success.
    pub(crate) fn text(text: String) -> Self {
        Self { text, ..Self::default() }
    }

    /// A result for programs.
    pub(crate) fn json(value: &impl Serialize) -> Self {
        // Strings, numbers, lists and maps with string keys can always be written.
        let json = serde_json::to_string_pretty(value).unwrap_or_default();
        Self::text(json + "\n")
    }
}

/// A revision with its script, as the read commands show it.
#[derive(Debug, Serialize)]
pub(crate) struct ShownRevision<'a> {
    #[serde(flatten)]
    pub(crate) entry: RevisionEntry,
    /// The script.
    path: &'a str,
    #[serde(skip)]
    script: &'a Script,
    #[serde(skip)]
    is_embedded: bool,
}

impl<'a> ShownRevision<'a> {
    /// Everything about a revision of the graph; `current` holds the version rows that are to be marked.
    pub(crate) fn new(
        graph: &RevisionGraph,
        scripts: &'a ScriptDirectory,
        revision: &Revision,
        current: &[String],
    ) -> Option<Self> {
        let script = scripts.scripts().get(revision.source)?;
        let entry = graph.entry(revision, current)?;
        let is_embedded = scripts.locations().is_empty();
        Some(Self { entry, path: &script.file, script, is_embedded })
    }

    /// Where the script is, from the root as Alembic says it, and its header. A script that is linked in is nowhere.
    fn script_text(&self) -> (String, String) {
        let absolute = if self.is_embedded { None } else { std::path::absolute(self.path).ok() };
        let path = absolute.map_or_else(|| self.path.to_owned(), |path| path.display().to_string());
        (path, self.script.header())
    }

    /// The verbose form.
    pub(crate) fn verbose_text(&self) -> String {
        let (path, header) = self.script_text();
        self.entry.verbose_text(ScriptText { path: &path, header: &header })
    }

    /// The form of `branches`.
    pub(crate) fn branches_text(&self, graph: &RevisionGraph, verbose: bool) -> String {
        let script = verbose.then(|| self.script_text());
        let script = script.as_ref().map(|(path, header)| ScriptText { path, header });
        graph.branches_text(&self.entry, script, &[])
    }
}

/// The JSON form of every command that lists revisions.
#[derive(Debug, Serialize)]
pub(crate) struct RevisionList<'a> {
    pub(crate) revisions: &'a [ShownRevision<'a>],
}

/// A list of revisions: as JSON, in full, or one line each.
pub(crate) fn revision_list(
    revisions: &[ShownRevision<'_>],
    json: bool,
    verbose: bool,
    line: impl Fn(&ShownRevision<'_>) -> String,
) -> Outcome {
    if json {
        return Outcome::json(&RevisionList { revisions });
    }
    let texts = revisions.iter().map(|shown| if verbose { shown.verbose_text() } else { line(shown) });
    Outcome::text(texts.map(|text| text + "\n").collect())
}

/// A path as a person types it: relative where it is below the current directory.
pub(crate) fn shown_path(path: &Path) -> String {
    let current = std::env::current_dir().ok();
    let relative = current.as_deref().and_then(|current| path.strip_prefix(current).ok());
    relative.unwrap_or(path).display().to_string()
}
