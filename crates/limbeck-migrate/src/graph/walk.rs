//! Which revisions are reachable from which, and in what order a set of them is run.

use std::collections::BTreeSet;

use super::{Index, Node, RevisionGraph};

/// The edges a walk follows.
#[derive(Debug, Clone, Copy)]
pub(super) enum Edges {
    /// To parents, by `down_revisions` alone.
    VersionedDown,
    /// To parents and dependencies.
    Down,
    /// To children, by `down_revisions` alone.
    VersionedUp,
    /// To children and dependents.
    Up,
}

impl Edges {
    fn of(self, node: &Node) -> &[Index] {
        match self {
            Edges::VersionedDown => &node.parents,
            Edges::Down => &node.normalized_parents,
            Edges::VersionedUp => &node.children,
            Edges::Up => &node.dependents,
        }
    }
}

impl RevisionGraph {
    /// Everything reachable from `start`, itself included.
    pub(super) fn reach(&self, start: impl IntoIterator<Item = Index>, edges: Edges) -> BTreeSet<Index> {
        let mut open: Vec<Index> = start.into_iter().collect();
        let mut seen = BTreeSet::new();
        while let Some(index) = open.pop() {
            if seen.insert(index) {
                open.extend(edges.of(self.node(index)));
            }
        }
        seen
    }

    /// Whether one of `others` is an ancestor or a descendant of `index`, or is it.
    pub(super) fn shares_lineage(&self, index: Index, others: &[Index], with_dependencies: bool) -> bool {
        let (down, up) = match with_dependencies {
            true => (Edges::Down, Edges::Up),
            false => (Edges::VersionedDown, Edges::VersionedUp),
        };
        let below = self.reach([index], down);
        let above = self.reach([index], up);
        others.iter().any(|other| below.contains(other) || above.contains(other))
    }

    /// Those of `set` that no other of it comes after, dependencies counted, in load order.
    pub(super) fn maximal(&self, set: &BTreeSet<Index>) -> Vec<Index> {
        let below = set.iter().flat_map(|&index| self.node(index).normalized_parents.iter().copied());
        let implied = self.reach(below, Edges::Down);
        set.difference(&implied).copied().collect()
    }

    /// `set` from newest to oldest: every revision before its parents and its dependencies.
    ///
    /// Of the many such orders this is Alembic's (`RevisionMap._topological_sort`), which walks one branch down as
    /// far as it can: when the next revision is needed by another open branch, it goes on with that branch first.
    pub(super) fn newest_first(&self, set: &BTreeSet<Index>) -> Vec<Index> {
        /// An open branch: the next revision of it, and everything that must come after that.
        struct Branch {
            next: Index,
            ancestors: BTreeSet<Index>,
        }
        let open = |next: Index| Branch { next, ancestors: self.reach([next], Edges::Down) };

        let mut todo = set.clone();
        let mut branches: Vec<Branch> = self.maximal(set).into_iter().map(open).collect();
        let mut output = Vec::with_capacity(set.len());
        let mut at = 0;
        while let Some(candidate) = branches.get(at).map(|branch| branch.next) {
            let needed_by = branches
                .iter()
                .enumerate()
                .position(|(other, branch)| other != at && branch.ancestors.contains(&candidate));
            if let Some(other) = needed_by {
                at = other;
                continue;
            }
            if todo.remove(&candidate) {
                output.push(candidate);
            }
            let node = self.node(candidate);
            let mut below = node.normalized_parents.iter().copied().filter(|parent| {
                todo.contains(parent) && !branches.iter().any(|branch| branch.next == *parent)
            });
            let first = below.next();
            let rest: Vec<Branch> = below.map(open).collect();
            match (first, branches.get_mut(at)) {
                (Some(first), Some(branch)) => {
                    // On a plain line the ancestors of the next revision are those of this one without itself.
                    let plain = node.normalized_parents.len() == 1;
                    branch.next = first;
                    if plain {
                        branch.ancestors.remove(&candidate);
                    } else {
                        branch.ancestors = self.reach([first], Edges::Down);
                    }
                }
                _ => {
                    branches.remove(at);
                    at = at.saturating_sub(1);
                }
            }
            branches.extend(rest);
        }
        output
    }
}
