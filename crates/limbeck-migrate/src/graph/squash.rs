//! Revisions that stand for several others.
//!
//! A squash declares the revisions it replaces, oldest first; the last of them is where it ends. While their scripts are
//! kept there are two ways through the same stretch of the graph, and what a database holds decides, as in Django's
//! `squashmigrations`:
//!
//! - none of them applied: the squash is used, the replaced revisions are as if they were not there;
//! - all of them applied: the database is at the squash, or behind it; a version row that names the last of them is
//!   rewritten to name the squash by the next run;
//! - some of them applied: the squash is as if it was not there until the last of them is reached.
//!
//! A graph is always one of these views. [`RevisionGraph::new`] makes the one in which every squash is used, and
//! [`RevisionGraph::seen_from`] gives the one of a database.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::identifier::{Identifier, Target};
use super::walk::Edges;
use super::{Direction, GraphError, Index, Revision, RevisionGraph, RevisionRange, Step, VersionChange};

/// What a graph with squashes keeps besides the view it is.
#[derive(Debug, Clone, Default)]
pub(super) struct Squashes {
    /// All revisions as declared, in load order; empty where nothing is replaced.
    declared: Vec<Revision>,
    /// The squashes that are not used in this view, because a database is inside of them.
    expanded: BTreeSet<String>,
    /// Names that stand for another revision of this view: the end of a squash for the squash that is used, a squash that
    /// is not used for its end.
    aliases: BTreeMap<String, String>,
}

impl Squashes {
    fn all(&self) -> impl Iterator<Item = &Revision> {
        self.declared.iter().filter(|revision| !revision.replaces.is_empty())
    }

    /// The squash that replaces a revision.
    fn of(&self, id: &str) -> Option<&Revision> {
        self.all().find(|squash| squash.replaces.iter().any(|replaced| replaced == id))
    }

    /// The squashes whose replaced revisions are all there, so that a database can go through them.
    fn expandable(&self) -> BTreeSet<String> {
        let ids: BTreeSet<&str> = self.declared.iter().map(|revision| revision.id.as_str()).collect();
        let whole = |squash: &&Revision| squash.replaces.iter().all(|id| ids.contains(id.as_str()));
        self.all().filter(whole).map(|squash| squash.id.clone()).collect()
    }

    /// What a name stands for in this view.
    pub(super) fn alias(&self, id: &str) -> Option<&str> {
        self.aliases.get(id).map(String::as_str)
    }
}

fn end(squash: &Revision) -> &str {
    squash.replaces.last().map(String::as_str).unwrap_or_default()
}

impl RevisionGraph {
    /// Links revisions by what they declare. Their order is the order of every result that is not otherwise ordered,
    /// so it should be a stable one (sorted file names).
    ///
    /// Revisions that a squash replaces are left out.
    pub fn new(revisions: Vec<Revision>) -> Result<RevisionGraph, GraphError> {
        if revisions.iter().all(|revision| revision.replaces.is_empty()) {
            return RevisionGraph::link(revisions);
        }
        let squashes = Squashes { declared: revisions, ..Squashes::default() };
        let mut replaced: BTreeMap<&str, &str> = BTreeMap::new();
        for squash in squashes.all() {
            for id in &squash.replaces {
                if squashes.all().any(|other| other.id == *id) {
                    return Err(GraphError::NestedSquash { squash: squash.id.clone(), replaced: id.clone() });
                }
                if let Some(other) = replaced.insert(id, &squash.id) {
                    return Err(GraphError::ReplacedTwice {
                        revision: id.clone(),
                        first: other.to_owned(),
                        second: squash.id.clone(),
                    });
                }
            }
        }
        RevisionGraph::view(squashes.declared, BTreeSet::new())
    }

    /// The view in which the squashes of `expanded` are not used.
    fn view(declared: Vec<Revision>, expanded: BTreeSet<String>) -> Result<RevisionGraph, GraphError> {
        let mut substitutes: BTreeMap<String, String> = BTreeMap::new();
        let mut aliases: BTreeMap<String, String> = BTreeMap::new();
        for squash in declared.iter().filter(|revision| !revision.replaces.is_empty()) {
            if expanded.contains(&squash.id) {
                substitutes.insert(squash.id.clone(), end(squash).to_owned());
                aliases.insert(squash.id.clone(), end(squash).to_owned());
            } else {
                substitutes.extend(squash.replaces.iter().map(|id| (id.clone(), squash.id.clone())));
                aliases.insert(end(squash).to_owned(), squash.id.clone());
            }
        }
        let renamed = |names: &[String], own: &str| {
            let mut renamed: Vec<String> = Vec::new();
            for name in names.iter().map(|name| substitutes.get(name).unwrap_or(name)) {
                // A revision that came after several replaced ones comes after the squash once.
                if name != own && !renamed.contains(name) {
                    renamed.push(name.clone());
                }
            }
            renamed
        };
        let used = declared.iter().filter(|revision| !substitutes.contains_key(&revision.id));
        let revisions = used.map(|revision| Revision {
            down_revisions: renamed(&revision.down_revisions, &revision.id),
            depends_on: renamed(&revision.depends_on, &revision.id),
            ..revision.clone()
        });
        let mut graph = RevisionGraph::link(revisions.collect())?;
        for (name, stands_for) in &aliases {
            if let Some(index) = graph.index_of_id(stands_for) {
                graph.names.entry(name.clone()).or_insert(index);
            }
        }
        graph.squashes = Squashes { declared, expanded, aliases };
        Ok(graph)
    }

    /// The graph as it is for a database whose version table holds `current` and for a request that names `targets`:
    /// a squash is not used where the database, or what is asked for, is inside of what it replaces.
    ///
    /// # Errors
    /// When the database is inside of it and a replaced script is gone ([`GraphError::ReplacedCurrent`]).
    pub fn seen_from(
        &self,
        current: &[String],
        targets: &[&str],
    ) -> Result<Cow<'_, RevisionGraph>, GraphError> {
        if self.squashes.declared.is_empty() {
            return Ok(Cow::Borrowed(self));
        }
        let expandable = self.squashes.expandable();
        let whole = RevisionGraph::view(self.squashes.declared.clone(), expandable.clone())?;
        let rows: Vec<Index> = current.iter().filter_map(|row| whole.index_of_row(row)).collect();
        let applied = whole.reach(rows, Edges::Down);
        let mut expanded = BTreeSet::new();
        for squash in self.squashes.all() {
            let inside = if expandable.contains(&squash.id) {
                let is_applied =
                    |id: &String| whole.index_of_id(id).is_some_and(|index| applied.contains(&index));
                let count = squash.replaces.iter().filter(|id| is_applied(id)).count();
                count > 0 && count < squash.replaces.len()
            } else {
                let inner = squash.replaces.iter().filter(|id| *id != end(squash));
                if let Some(row) = inner.into_iter().find(|id| current.contains(id)) {
                    return Err(GraphError::ReplacedCurrent { id: row.clone(), squash: squash.id.clone() });
                }
                false
            };
            if inside {
                expanded.insert(squash.id.clone());
            }
        }
        for target in targets {
            expanded.extend(
                self.squashes_inside(target, &whole).into_iter().filter(|id| expandable.contains(id)),
            );
        }
        match expanded == self.squashes.expanded {
            true => Ok(Cow::Borrowed(self)),
            false => RevisionGraph::view(self.squashes.declared.clone(), expanded).map(Cow::Owned),
        }
    }

    /// The squashes whose replaced revisions an identifier names, unless this view knows the name.
    fn squashes_inside(&self, identifier: &str, whole: &RevisionGraph) -> Vec<String> {
        let Ok(identifier) = Identifier::parse(identifier) else { return Vec::new() };
        let symbol = match identifier.target {
            Target::Symbol(symbol) => Some(symbol),
            Target::Relative { from, .. } => from,
        };
        let names = identifier.branch.into_iter().chain(symbol);
        let inside =
            names.filter(|name| !["head", "heads", "base", "current"].contains(name)).filter_map(|name| {
                let unknown = self.find(name, None).is_err();
                let index = whole.find(name, None).ok().filter(|_| unknown)?;
                self.squashes.of(whole.id(index)).map(|squash| squash.id.clone())
            });
        inside.collect()
    }

    /// The revision that would stand for all of a range: with its parents, dependencies and labels.
    ///
    /// # Errors
    /// When the range is none, or something outside of it needs a part of it alone.
    pub fn squash_of(&self, text: &str, id: &str) -> Result<Revision, GraphError> {
        let range = RevisionRange::parse(text)?;
        let mut inside: Vec<Index> = self
            .history(&range, None)?
            .iter()
            .filter_map(|revision| self.index_of_id(&revision.id))
            .collect();
        inside.reverse();
        let (Some(&last), 2..) = (inside.last(), inside.len()) else {
            return Err(GraphError::NothingToSquash { count: inside.len() });
        };
        let is_inside = |index: &Index| inside.contains(index);
        for &index in &inside {
            let node = self.node(index);
            if !node.revision.replaces.is_empty() {
                let (squash, replaced) = (id.to_owned(), node.revision.id.clone());
                return Err(GraphError::NestedSquash { squash, replaced });
            }
            let outside = node.dependents.iter().find(|dependent| index != last && !is_inside(dependent));
            let dead_end = index != last && node.dependents.is_empty();
            if let Some(&outside) = outside {
                return Err(GraphError::SquashOpen {
                    revision: self.id(outside).to_owned(),
                    inside: self.id(index).to_owned(),
                });
            }
            if dead_end {
                let heads = self.ids([index, last]);
                return Err(GraphError::MultipleHeads { argument: text.to_owned(), heads });
            }
        }
        let mut parents: BTreeSet<Index> = BTreeSet::new();
        let mut revision = Revision {
            id: id.to_owned(),
            down_revisions: Vec::new(),
            depends_on: Vec::new(),
            branch_labels: Vec::new(),
            replaces: self.ids(inside.iter().copied()),
            message: String::new(),
            source: self.node(last).revision.source,
        };
        for &index in &inside {
            let node = self.node(index);
            parents.extend(node.parents.iter().filter(|parent| !is_inside(parent)));
            revision.branch_labels.extend(node.revision.branch_labels.iter().cloned());
            for (name, dependency) in node.revision.depends_on.iter().zip(&node.dependencies) {
                if !is_inside(dependency) && !revision.depends_on.contains(name) {
                    revision.depends_on.push(name.clone());
                }
            }
        }
        // A parent that another one implies says nothing.
        revision.down_revisions = self.ids(self.maximal(&parents));
        Ok(revision)
    }

    /// The revision that a row of the version table means: also the end of a squash.
    pub fn of_row(&self, row: &str) -> Option<&Revision> {
        self.index_of_row(row).map(|index| &self.node(index).revision)
    }

    pub(super) fn index_of_row(&self, row: &str) -> Option<Index> {
        self.index_of_id(row).or_else(|| self.index_of_id(self.squashes.alias(row)?))
    }

    /// Whether version rows say that everything is applied.
    pub fn is_at_heads(&self, current: &[String]) -> bool {
        let rows: Option<BTreeSet<Index>> = current.iter().map(|row| self.index_of_row(row)).collect();
        rows.is_some_and(|rows| rows.into_iter().eq(self.real_head_indices()))
    }

    /// The rows as this view names them, and the stamps that rewrite those which it names differently.
    pub(super) fn renamed_rows(&self, current: &[String]) -> (Vec<String>, Vec<Step>) {
        let mut steps = Vec::new();
        let mut rows: Vec<String> = Vec::new();
        for row in current {
            let alias = self.squashes.alias(row).filter(|_| self.index_of_id(row).is_none());
            let index = alias.and_then(|id| self.index_of_id(id));
            match index {
                Some(index) => {
                    steps.push(self.rename_step(row, self.id(index), index));
                    rows.push(self.id(index).to_owned());
                }
                None => rows.push(row.clone()),
            }
        }
        (rows, steps)
    }

    /// The stamps for squashes that this view does not use and whose end is reached.
    pub(super) fn completed_squashes(&self, rows: &BTreeSet<String>) -> Vec<Step> {
        let unused = self.squashes.all().filter(|squash| self.squashes.expanded.contains(&squash.id));
        let reached = unused.filter(|squash| rows.contains(end(squash)));
        reached
            .filter_map(|squash| {
                let index = self.index_of_id(end(squash))?;
                Some(self.rename_step(end(squash), &squash.id, index))
            })
            .collect()
    }

    fn rename_step(&self, from: &str, to: &str, index: Index) -> Step {
        Step {
            revision: to.to_owned(),
            source: self.node(index).revision.source,
            direction: Direction::Stamp,
            from: vec![from.to_owned()],
            to: vec![to.to_owned()],
            doc: String::new(),
            version_changes: vec![VersionChange::Update { from: from.to_owned(), to: to.to_owned() }],
        }
    }
}
