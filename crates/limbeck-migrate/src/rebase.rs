//! The revisions of a branch, put after another head.

use std::fs;
use std::path::PathBuf;

use crate::error::MigrateError;
use crate::graph::{NewParents, RevisionGraph};
use crate::script::{ScriptDirectory, ScriptError, ScriptErrorKind, with_parents};

/// A rebase that was worked out: what moves, and which headers say so.
#[derive(Clone, Debug)]
pub struct Rebase {
    /// Every revision that comes after the other head from now on, oldest first.
    pub moved: Vec<String>,
    /// The scripts whose `Revises:` changes.
    pub edits: Vec<HeaderEdit>,
    /// The revision they were put after.
    pub onto: String,
}

/// A header line that changes.
#[derive(Clone, Debug)]
pub struct HeaderEdit {
    /// The script.
    pub path: PathBuf,
    /// The revision, and its parents before and after.
    pub parents: NewParents,
    /// The file's whole text afterwards.
    text: String,
}

/// Works out how the branches of `revisions` come after `onto`. Nothing is written.
///
/// # Errors
/// When a revision does not exist, comes before `onto`, or scripts cannot be read.
pub fn rebase(scripts: &ScriptDirectory, revisions: &[&str], onto: &str) -> Result<Rebase, MigrateError> {
    let graph = scripts.graph()?;
    let plan = graph.rebase(revisions, onto)?;
    let mut edits = Vec::new();
    for parents in plan.parents {
        let script = scripts.get(&parents.revision);
        let script =
            script.ok_or_else(|| MigrateError::ScriptMissing { revision: parents.revision.clone() })?;
        // The text that was parsed has other line ends than the file may have.
        let text = fs::read_to_string(&script.file).map_err(|cause| ScriptError {
            file: script.file.clone(),
            line: None,
            kind: ScriptErrorKind::Io { cause: cause.to_string() },
        })?;
        let text = with_parents(&text, &parents.after);
        edits.push(HeaderEdit { path: PathBuf::from(&script.file), parents, text });
    }
    Ok(Rebase { moved: plan.moved, edits, onto: plan.onto })
}

impl Rebase {
    /// Writes the headers.
    ///
    /// # Errors
    /// When a file cannot be written; those before it are.
    pub fn write(&self) -> Result<(), MigrateError> {
        for edit in &self.edits {
            fs::write(&edit.path, &edit.text).map_err(|cause| ScriptError {
                file: edit.path.display().to_string(),
                line: None,
                kind: ScriptErrorKind::Io { cause: cause.to_string() },
            })?;
        }
        Ok(())
    }

    /// What a database that holds these version rows makes of it: the revisions its version table has to name
    /// afterwards, `None` when it can stay as it is.
    ///
    /// # Errors
    /// When revisions that move are applied there, and some that would come before them are not: they would be taken
    /// for applied.
    pub fn effect_on(
        &self,
        graph: &RevisionGraph,
        current: &[String],
    ) -> Result<Option<Vec<String>>, MigrateError> {
        Ok(graph.rebased_rows(&self.moved, &self.onto, current)?)
    }
}
