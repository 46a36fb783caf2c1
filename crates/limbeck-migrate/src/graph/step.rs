//! One step along the graph, and what it does to the version table.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;

use super::walk::Edges;
use super::{GraphError, RevisionGraph};

/// Which way a step goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The script's up section is run.
    Upgrade,
    /// The script's down section is run.
    Downgrade,
    /// Only the version table changes.
    Stamp,
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Direction::Upgrade => "upgrade",
            Direction::Downgrade => "downgrade",
            Direction::Stamp => "stamp_revision",
        })
    }
}

/// One change of the version table, which has one row for each head of what is applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VersionChange {
    /// A new row.
    Insert(String),
    /// A row less.
    Delete(String),
    /// A row with another value.
    Update {
        /// What it holds.
        from: String,
        /// What it will hold.
        to: String,
    },
}

impl VersionChange {
    /// Makes this change to rows held in memory.
    pub fn apply(&self, rows: &mut BTreeSet<String>) {
        match self {
            VersionChange::Insert(id) => {
                rows.insert(id.clone());
            }
            VersionChange::Delete(id) => {
                rows.remove(id);
            }
            VersionChange::Update { from, to } => {
                rows.remove(from);
                rows.insert(to.clone());
            }
        }
    }
}

/// One revision to run, or one stamp to write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The revision that is run; for a stamp the one that is written, or removed when nothing is written.
    pub revision: String,
    /// Which script it came from, as in [`super::Revision::source`].
    pub source: usize,
    /// Which way.
    pub direction: Direction,
    /// The revisions before the step, dependencies left out.
    pub from: Vec<String>,
    /// The revisions after it, dependencies left out.
    pub to: Vec<String>,
    /// The first paragraph of the revision's message; empty for a stamp, as in Alembic.
    pub doc: String,
    /// What it does to the version table, the steps before it done.
    pub version_changes: Vec<VersionChange>,
}

impl Step {
    /// `upgrade 1975ea83b712 -> ae1027a6acf0`: what an offline script has as comment, after `Running `.
    pub fn short_log(&self) -> String {
        format!("{} {} -> {}", self.direction, self.from.join(", "), self.to.join(", "))
    }

    /// `Running upgrade 1975ea83b712 -> ae1027a6acf0, add shopping cart table`, as Alembic logs it.
    pub fn log_line(&self) -> String {
        format!("Running {self}")
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.short_log())?;
        if !self.doc.is_empty() {
            write!(f, ", {}", self.doc)?;
        }
        Ok(())
    }
}

/// What `step` does to the version table when it holds `rows`.
///
/// Alembic's rules (`runtime/migration.py`, `HeadMaintainer.update_to_step`) in the two sentences they come to: a
/// revision that is applied replaces those of its parents that have a row, or gets a row of its own; one that is taken
/// back is replaced by those of its parents that no other row and no other parent implies, or loses its row.
pub fn version_changes(
    graph: &RevisionGraph,
    rows: &BTreeSet<String>,
    step: &Step,
) -> Result<Vec<VersionChange>, GraphError> {
    let do_not_fit = || GraphError::RowsDoNotFit {
        from: step.from.clone(),
        to: step.to.clone(),
        rows: rows.iter().cloned().collect(),
    };
    if step.direction == Direction::Stamp {
        return stamp_changes(rows, step).ok_or_else(do_not_fit);
    }
    let index = graph.index_of_id(&step.revision).ok_or_else(do_not_fit)?;
    let parents = &graph.node(index).normalized_parents;
    let revision = step.revision.clone();
    if step.direction == Direction::Upgrade {
        if rows.contains(&revision) {
            return Err(do_not_fit());
        }
        let replaced = graph.ids(parents.iter().copied()).into_iter().filter(|parent| rows.contains(parent));
        Ok(merge(replaced.collect(), revision))
    } else {
        if !rows.contains(&revision) {
            return Err(do_not_fit());
        }
        let others = rows.iter().filter(|row| **row != revision).filter_map(|row| graph.index_of_id(row));
        let mut implied = graph.reach(others, Edges::Down);
        if parents.len() > 1 {
            let below_parents =
                parents.iter().flat_map(|&parent| graph.node(parent).normalized_parents.iter().copied());
            implied.extend(graph.reach(below_parents, Edges::Down));
        }
        let left = graph.ids(parents.iter().copied().filter(|parent| !implied.contains(parent)));
        Ok(unmerge(revision, left))
    }
}

/// The rows `replaced` become the row `revision`.
fn merge(mut replaced: Vec<String>, revision: String) -> Vec<VersionChange> {
    let Some(last) = replaced.pop() else { return vec![VersionChange::Insert(revision)] };
    let mut changes: Vec<VersionChange> = replaced.into_iter().map(VersionChange::Delete).collect();
    changes.push(VersionChange::Update { from: last, to: revision });
    changes
}

/// The row `revision` becomes the rows `left`.
fn unmerge(revision: String, mut left: Vec<String>) -> Vec<VersionChange> {
    let Some(last) = left.pop() else { return vec![VersionChange::Delete(revision)] };
    let mut changes: Vec<VersionChange> = left.into_iter().map(VersionChange::Insert).collect();
    changes.push(VersionChange::Update { from: revision, to: last });
    changes
}

/// A stamp replaces the rows of `from` that are (still) there by the one of `to`, if it has one.
fn stamp_changes(rows: &BTreeSet<String>, step: &Step) -> Option<Vec<VersionChange>> {
    let replaced: Vec<String> = step.from.iter().filter(|row| rows.contains(*row)).cloned().collect();
    match step.to.as_slice() {
        [] => Some(replaced.into_iter().map(VersionChange::Delete).collect()),
        [to] if rows.contains(to) => Some(replaced.into_iter().map(VersionChange::Delete).collect()),
        [to] => Some(merge(replaced, to.clone())),
        _ => None,
    }
}
