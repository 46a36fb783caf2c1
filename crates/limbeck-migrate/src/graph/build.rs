//! Making a graph of declared revisions, and refusing what is not one.

use std::collections::{BTreeMap, BTreeSet};

use crate::nearest::nearest;

use super::squash::Squashes;
use super::walk::Edges;
use super::{GraphError, Index, Node, Revision, RevisionGraph};

/// Relative identifiers, ranges and `branch@revision` are written with these.
const ILLEGAL_CHARACTERS: [char; 4] = ['@', '-', '+', ':'];

/// What stands for something else wherever an identifier is expected.
const RESERVED_NAMES: [&str; 5] = ["head", "heads", "base", "current", ""];

impl RevisionGraph {
    /// Links revisions by what they declare, whatever they replace.
    pub(super) fn link(revisions: Vec<Revision>) -> Result<RevisionGraph, GraphError> {
        let mut names = names_of(&revisions)?;
        add_labels(&revisions, &mut names)?;
        let nodes = link(revisions, &names)?;
        let mut graph = RevisionGraph { nodes, names, squashes: Squashes::default() };
        graph.refuse_cycles()?;
        graph.normalize_dependencies();
        graph.spread_labels();
        Ok(graph)
    }

    fn refuse_cycles(&self) -> Result<(), GraphError> {
        if let Some(cycle) = self.cycle(|node| node.parents.clone(), |node| &node.children) {
            return Err(GraphError::Cycle { revisions: self.ids(cycle) });
        }
        let needs = |node: &Node| node.parents.iter().chain(&node.dependencies).copied().collect();
        if let Some(cycle) = self.cycle(needs, |node| &node.dependents) {
            return Err(GraphError::DependencyCycle { revisions: self.ids(cycle) });
        }
        Ok(())
    }

    /// One cycle along `below`, of which `above` is the inverse, starting at its first revision in load order.
    fn cycle(
        &self,
        below: impl Fn(&Node) -> Vec<Index>,
        above: impl Fn(&Node) -> &[Index],
    ) -> Option<Vec<Index>> {
        // Kahn's algorithm: take away what has nothing left below it; what stays is on a cycle or above one.
        let mut open_below: BTreeMap<Index, BTreeSet<Index>> =
            self.indices().map(|index| (index, below(self.node(index)).into_iter().collect())).collect();
        let mut free: Vec<Index> =
            open_below.iter().filter(|(_, below)| below.is_empty()).map(|(&index, _)| index).collect();
        while let Some(index) = free.pop() {
            open_below.remove(&index);
            for &upper in above(self.node(index)) {
                if let Some(open) = open_below.get_mut(&upper)
                    && open.remove(&index)
                    && open.is_empty()
                {
                    free.push(upper);
                }
            }
        }
        // Everything that stays has something below it that stays: going down must come round.
        let mut trail: Vec<Index> = Vec::new();
        let mut next = open_below.keys().next().copied();
        while let Some(index) = next {
            if let Some(start) = trail.iter().position(|&earlier| earlier == index) {
                let mut cycle = trail.split_off(start);
                let first = cycle.iter().enumerate().min_by_key(|&(_, &index)| index).map_or(0, |(at, _)| at);
                cycle.rotate_left(first);
                return Some(cycle);
            }
            trail.push(index);
            next = open_below.get(&index).and_then(|below| below.first().copied());
        }
        None
    }

    /// A dependency that an ancestor declares already is implied by the parents, so it has no version row to replace.
    fn normalize_dependencies(&mut self) {
        for index in self.indices() {
            let node = self.node(index);
            let mut normalized = node.parents.clone();
            if !node.dependencies.is_empty() {
                let declared_below: BTreeSet<Index> = self
                    .reach(node.parents.iter().copied(), Edges::VersionedDown)
                    .into_iter()
                    .flat_map(|ancestor| self.node(ancestor).dependencies.iter().copied())
                    .collect();
                for &dependency in &node.dependencies {
                    if !declared_below.contains(&dependency) && !normalized.contains(&dependency) {
                        normalized.push(dependency);
                    }
                }
            }
            self.node_mut(index).normalized_parents = normalized;
        }
    }

    /// A label belongs to all descendants of the revision that declares it. Where these form a plain line, the
    /// ancestors down to the next branch or merge point are of the same branch, and have it too.
    fn spread_labels(&mut self) {
        for index in self.indices() {
            let labels = self.node(index).revision.branch_labels.clone();
            if labels.is_empty() {
                continue;
            }
            let mut branch = self.reach([index], Edges::VersionedUp);
            // Going down from a tip reaches the declaring revision only along a plain line; any tip will do, as
            // with more than one there is a branch point above the declaring revision or at it.
            let mut at = branch.iter().copied().find(|&member| self.node(member).children.is_empty());
            while let Some(member) = at {
                let node = self.node(member);
                if node.dependents.len() > 1 || node.parents.len() > 1 {
                    break;
                }
                branch.insert(member);
                at = node.parents.first().copied();
            }
            for member in branch {
                let held = &mut self.node_mut(member).labels;
                for label in &labels {
                    if !held.contains(label) {
                        held.push(label.clone());
                    }
                }
            }
        }
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "an Index is only ever made from a position in `nodes`, which never shrinks"
    )]
    fn node_mut(&mut self, index: Index) -> &mut Node {
        &mut self.nodes[index]
    }
}

fn names_of(revisions: &[Revision]) -> Result<BTreeMap<String, Index>, GraphError> {
    let mut names: BTreeMap<String, Index> = BTreeMap::new();
    for (index, revision) in revisions.iter().enumerate() {
        let id = &revision.id;
        if RESERVED_NAMES.contains(&id.as_str()) {
            return Err(GraphError::ReservedName { name: id.clone(), source_index: revision.source });
        }
        let characters: String =
            ILLEGAL_CHARACTERS.into_iter().filter(|&illegal| id.contains(illegal)).collect();
        if !characters.is_empty() {
            return Err(GraphError::IllegalId { id: id.clone(), characters, source_index: revision.source });
        }
        if let Some(first) = names.insert(id.clone(), index).and_then(|first| revisions.get(first)) {
            return Err(GraphError::DuplicateRevision {
                id: id.clone(),
                first: first.source,
                second: revision.source,
            });
        }
    }
    Ok(names)
}

fn add_labels(revisions: &[Revision], names: &mut BTreeMap<String, Index>) -> Result<(), GraphError> {
    for (index, revision) in revisions.iter().enumerate() {
        for label in &revision.branch_labels {
            if RESERVED_NAMES.contains(&label.as_str()) {
                return Err(GraphError::ReservedName { name: label.clone(), source_index: revision.source });
            }
            let holder = names.insert(label.clone(), index).and_then(|holder| revisions.get(holder));
            if let Some(holder) = holder {
                return Err(GraphError::DuplicateLabel {
                    label: label.clone(),
                    revision: revision.id.clone(),
                    other: holder.id.clone(),
                });
            }
        }
    }
    Ok(())
}

/// Edges in both directions, checked.
fn link(revisions: Vec<Revision>, names: &BTreeMap<String, Index>) -> Result<Vec<Node>, GraphError> {
    let mut nodes: Vec<Node> = Vec::with_capacity(revisions.len());
    let mut children: BTreeMap<Index, Vec<Index>> = BTreeMap::new();
    let mut dependents: BTreeMap<Index, Vec<Index>> = BTreeMap::new();
    let is_label = |name: &str, index: Index| revisions.get(index).is_none_or(|revision| revision.id != name);
    for (index, revision) in revisions.iter().enumerate() {
        let mut parents = Vec::new();
        for parent in &revision.down_revisions {
            let at = names.get(parent).copied().filter(|&at| !is_label(parent, at)).ok_or_else(|| {
                GraphError::MissingParent {
                    revision: revision.id.clone(),
                    parent: parent.clone(),
                    nearest: nearest(
                        parent,
                        revisions.iter().map(|other| other.id.as_str()).filter(|id| *id != revision.id),
                    ),
                    source_index: revision.source,
                }
            })?;
            if at == index {
                return Err(GraphError::SelfLoop { revision: revision.id.clone() });
            }
            if !parents.contains(&at) {
                parents.push(at);
            }
        }
        let mut dependencies = Vec::new();
        for dependency in &revision.depends_on {
            let at = names.get(dependency).copied().ok_or_else(|| GraphError::MissingDependency {
                revision: revision.id.clone(),
                dependency: dependency.clone(),
                nearest: nearest(dependency, names.keys().map(String::as_str)),
                source_index: revision.source,
            })?;
            if at == index {
                return Err(GraphError::DependencySelfLoop { revision: revision.id.clone() });
            }
            if !dependencies.contains(&at) {
                dependencies.push(at);
            }
        }
        for &parent in &parents {
            children.entry(parent).or_default().push(index);
            dependents.entry(parent).or_default().push(index);
        }
        for &dependency in dependencies.iter().filter(|dependency| !parents.contains(dependency)) {
            dependents.entry(dependency).or_default().push(index);
        }
        nodes.push(Node {
            revision: revision.clone(),
            parents,
            dependencies,
            normalized_parents: Vec::new(),
            children: Vec::new(),
            dependents: Vec::new(),
            labels: Vec::new(),
        });
    }
    for (index, node) in nodes.iter_mut().enumerate() {
        node.children = children.remove(&index).unwrap_or_default();
        node.dependents = dependents.remove(&index).unwrap_or_default();
    }
    Ok(nodes)
}
