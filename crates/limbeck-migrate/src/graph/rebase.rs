//! Other parents for a branch.

use std::collections::BTreeSet;

use super::walk::Edges;
use super::{GraphError, Index, Revision, RevisionGraph};

/// What a rebase changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RebasePlan {
    /// Every revision that comes after the other head from now on, oldest first.
    pub moved: Vec<String>,
    /// The first of them, which get other parents.
    pub parents: Vec<NewParents>,
    /// The revision they come after.
    pub onto: String,
}

/// A revision and its parents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewParents {
    /// The revision.
    pub revision: String,
    /// What it comes after now.
    pub before: Vec<String>,
    /// What it will come after.
    pub after: Vec<String>,
}

impl RevisionGraph {
    /// Puts the branches that `revisions` are on after `onto`: everything below and above them that does not come
    /// before `onto` already moves, and the first of it gets `onto` as its parent.
    ///
    /// # Errors
    /// When a name is none, or `onto` comes after one of the revisions, by parents or by dependencies.
    pub fn rebase(&self, revisions: &[&str], onto: &str) -> Result<RebasePlan, GraphError> {
        let cannot = |reason: String| GraphError::CannotRebase { reason };
        let target = self.resolve_one(onto, None)?.and_then(|revision| self.index_of_id(&revision.id));
        let target = target.ok_or_else(|| cannot(format!("`{onto}` is no revision to put others after")))?;
        let below = self.reach([target], Edges::VersionedDown);
        let mut named: Vec<Index> = Vec::new();
        for name in revisions {
            for revision in self.resolve(name, None)? {
                named.extend(self.index_of_id(&revision.id).filter(|index| *index != target));
            }
        }
        if let Some(&index) = named.iter().find(|index| below.contains(index)) {
            return Err(cannot(format!(
                "`{}` comes before `{}` already, and cannot come after it",
                self.id(index),
                self.id(target)
            )));
        }
        let mut moved = self.reach(named.iter().copied(), Edges::VersionedDown);
        moved.extend(self.reach(named, Edges::VersionedUp));
        let moved: BTreeSet<Index> = moved.difference(&below).copied().collect();
        let is_first =
            |index: &&Index| !self.node(**index).parents.iter().any(|parent| moved.contains(parent));
        let after = vec![self.id(target).to_owned()];
        let parents: Vec<NewParents> = moved
            .iter()
            .filter(is_first)
            .map(|&index| NewParents {
                revision: self.id(index).to_owned(),
                before: self.ids(self.node(index).parents.iter().copied()),
                after: after.clone(),
            })
            .filter(|change| change.before != change.after)
            .collect();
        if parents.is_empty() {
            return Err(cannot(format!(
                "there is nothing to do: everything comes after `{}` already",
                self.id(target)
            )));
        }
        // Dependencies may make a circle that parents do not.
        self.with_parents(&parents)?;
        let mut order = self.newest_first(&moved);
        order.reverse();
        Ok(RebasePlan { moved: self.ids(order), parents, onto: self.id(target).to_owned() })
    }

    /// What the version table has to hold after a rebase; `None` when it is right as it is.
    ///
    /// # Errors
    /// When moved revisions are applied and some that would come before them are not.
    pub fn rebased_rows(
        &self,
        moved: &[String],
        onto: &str,
        current: &[String],
    ) -> Result<Option<Vec<String>>, GraphError> {
        let rows = self.current_indices(current)?;
        let applied = self.reach(rows.iter().copied(), Edges::Down);
        let moved: BTreeSet<Index> = moved.iter().filter_map(|id| self.index_of_id(id)).collect();
        let target = self.index_of_id(onto);
        if applied.is_disjoint(&moved) {
            return Ok(None);
        }
        let before = self.reach(target, Edges::Down);
        let missing = self.newest_first(&before.difference(&applied).copied().collect());
        if let (Some(&missing), Some(&present)) = (missing.last(), applied.intersection(&moved).next()) {
            return Err(GraphError::CannotRebase {
                reason: format!(
                    "the database has `{}` and lacks `{}`, which would come before it and never run there; upgrade the database first, or take `{}` back",
                    self.id(present),
                    self.id(missing),
                    self.id(present)
                ),
            });
        }
        let kept = rows.iter().copied().filter(|row| !before.contains(row));
        let kept = self.ids(kept);
        Ok(Some(kept).filter(|kept| kept.len() < current.len()))
    }

    fn with_parents(&self, changes: &[NewParents]) -> Result<RevisionGraph, GraphError> {
        let changed = |revision: &Revision| match changes.iter().find(|change| change.revision == revision.id)
        {
            Some(change) => Revision { down_revisions: change.after.clone(), ..revision.clone() },
            None => revision.clone(),
        };
        RevisionGraph::link(self.revisions().map(changed).collect())
    }
}
