//! The graph of revisions: which there are, what a name means, and the way from one to another.
//!
//! Pure data and functions, with no file or database in sight. The rules are Alembic's (its
//! `script/revision.py` and the version-row rules of `runtime/migration.py`), so that a version table can be shared
//! with it. They differ in three ways: the result never depends on hash order (where Alembic iterates a set,
//! this keeps load order), every failure is an error of its own with all its facts, and a few requests that end in
//! an assertion there work here (see [`RevisionGraph::downgrade_path`]).

mod build;
mod drawing;
mod entry;
mod error;
mod history;
mod identifier;
mod path;
mod rebase;
mod resolve;
mod squash;
mod step;
mod walk;

pub use entry::{RevisionEntry, ScriptText};
pub use error::GraphError;
pub use history::RevisionRange;
pub use rebase::{NewParents, RebasePlan};
pub use step::{Direction, Step, VersionChange, version_changes};

use std::collections::BTreeMap;

/// One revision, as its script declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// Its identifier, unique in the graph.
    pub id: String,
    /// The revisions it comes directly after; none for a base, several for a merge.
    pub down_revisions: Vec<String>,
    /// Revisions (or branch labels) that must be applied before it without being its parents.
    pub depends_on: Vec<String>,
    /// Names for the branch that starts here.
    pub branch_labels: Vec<String>,
    /// The revisions it stands for, oldest first; none unless it is a squash.
    pub replaces: Vec<String>,
    /// What it does: the whole message, of which the first paragraph is shown in one-line forms.
    pub message: String,
    /// Which script it came from, an index that means something to the caller alone.
    pub source: usize,
}

impl Revision {
    /// The first paragraph of the message.
    pub fn doc(&self) -> &str {
        self.message.split("\n\n").next().unwrap_or_default()
    }
}

/// A position in [`RevisionGraph::nodes`]: load order.
type Index = usize;

/// A revision with its edges resolved.
#[derive(Debug, Clone)]
struct Node {
    revision: Revision,
    /// `down_revisions`, in declared order.
    parents: Vec<Index>,
    /// `depends_on`, labels resolved.
    dependencies: Vec<Index>,
    /// `parents`, then those dependencies that no ancestor by `parents` declares already. These are the revisions
    /// whose version rows this one replaces.
    normalized_parents: Vec<Index>,
    /// Revisions that name this one as parent, in load order.
    children: Vec<Index>,
    /// Revisions that name this one as parent or as dependency, in load order.
    dependents: Vec<Index>,
    /// The labels of every branch this revision is on.
    labels: Vec<String>,
}

/// All revisions and how they follow each other. Immutable; a new script means a new graph.
#[derive(Debug, Clone, Default)]
pub struct RevisionGraph {
    /// In load order.
    nodes: Vec<Node>,
    /// Every identifier and every branch label.
    names: BTreeMap<String, Index>,
    /// What revisions that stand for others leave out.
    squashes: squash::Squashes,
}

impl RevisionGraph {
    /// All revisions in load order.
    pub fn revisions(&self) -> impl Iterator<Item = &Revision> {
        self.nodes.iter().map(|node| &node.revision)
    }

    /// The revision with exactly this identifier.
    pub fn get(&self, id: &str) -> Option<&Revision> {
        self.index_of_id(id).map(|index| &self.node(index).revision)
    }

    /// Whether there are no revisions.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Revisions that no other names as parent, in load order.
    pub fn heads(&self) -> Vec<&Revision> {
        self.revisions_of(self.head_indices())
    }

    /// Revisions that no other names as parent or dependency: what the version table holds after `upgrade heads`.
    pub fn real_heads(&self) -> Vec<&Revision> {
        self.revisions_of(self.real_head_indices())
    }

    /// Revisions without a parent.
    pub fn bases(&self) -> Vec<&Revision> {
        self.revisions_of(self.base_indices())
    }

    /// Revisions with more than one child.
    pub fn branch_points(&self) -> Vec<&Revision> {
        self.revisions_of(self.indices().filter(|&index| self.node(index).children.len() > 1))
    }

    /// Revisions with more than one parent.
    pub fn merge_points(&self) -> Vec<&Revision> {
        self.revisions_of(self.indices().filter(|&index| self.node(index).parents.len() > 1))
    }

    /// Every revision that must be applied before those of `ids`, and those themselves; unknown ids are left out.
    pub fn ancestors(&self, ids: &[String]) -> Vec<&Revision> {
        let start: Vec<Index> = ids.iter().filter_map(|id| self.index_of_row(id)).collect();
        self.revisions_of(self.reach(start, walk::Edges::Down))
    }

    /// The ends of the branches that rows of the version table say are applied: what the rows mean, in their order, and
    /// then, in load order, the ends that they imply by dependencies and the table therefore leaves out. `alembic current`
    /// prints both.
    pub fn applied_ends(&self, rows: &[String]) -> Vec<&Revision> {
        let mut ends: Vec<Index> = rows.iter().filter_map(|row| self.index_of_row(row)).collect();
        let applied = self.reach(ends.iter().copied(), walk::Edges::Down);
        let is_end =
            |index: &&Index| !self.node(**index).children.iter().any(|child| applied.contains(child));
        let implied: Vec<Index> =
            applied.iter().filter(is_end).filter(|index| !ends.contains(index)).copied().collect();
        ends.extend(implied);
        self.revisions_of(ends)
    }

    fn indices(&self) -> impl Iterator<Item = Index> + use<> {
        0..self.nodes.len()
    }

    fn head_indices(&self) -> Vec<Index> {
        self.indices().filter(|&index| self.node(index).children.is_empty()).collect()
    }

    fn real_head_indices(&self) -> Vec<Index> {
        self.indices().filter(|&index| self.node(index).dependents.is_empty()).collect()
    }

    fn base_indices(&self) -> Vec<Index> {
        self.indices().filter(|&index| self.node(index).parents.is_empty()).collect()
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "an Index is only ever made from a position in `nodes`, which never shrinks"
    )]
    fn node(&self, index: Index) -> &Node {
        &self.nodes[index]
    }

    fn id(&self, index: Index) -> &str {
        &self.node(index).revision.id
    }

    fn ids(&self, indices: impl IntoIterator<Item = Index>) -> Vec<String> {
        indices.into_iter().map(|index| self.id(index).to_owned()).collect()
    }

    fn revisions_of(&self, indices: impl IntoIterator<Item = Index>) -> Vec<&Revision> {
        indices.into_iter().map(|index| &self.node(index).revision).collect()
    }

    fn index_of_id(&self, id: &str) -> Option<Index> {
        self.names.get(id).copied().filter(|&index| self.id(index) == id)
    }
}
