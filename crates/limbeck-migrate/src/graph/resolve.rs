//! What an identifier means in a graph, given what the database holds.

use crate::nearest::nearest;

use super::identifier::{Identifier, Target};
use super::walk::Edges;
use super::{GraphError, Index, Revision, RevisionGraph};

/// A branch an identifier is narrowed to: its name as written, and the revision that name means.
#[derive(Debug, Clone, Copy)]
pub(super) struct Branch<'a> {
    pub(super) name: &'a str,
    pub(super) at: Index,
}

impl RevisionGraph {
    /// The revisions an identifier means: none for `base`, several for `heads` or `current`.
    ///
    /// Every form is understood: a full identifier, a unique prefix, a branch label, `head`, `heads`, `base`,
    /// `current`, each narrowed as in `label@head`, and steps from any of them (`ae10+2`, `head-1`). `+2` counts from
    /// `current`; `-1` and `label@-1` count down from the heads. `current` holds the version rows, `None` where no
    /// database was asked.
    pub fn resolve(
        &self,
        identifier: &str,
        current: Option<&[String]>,
    ) -> Result<Vec<&Revision>, GraphError> {
        let current = current.map(|rows| self.current_indices(rows)).transpose()?;
        let found = self.indices_of(Identifier::parse(identifier)?, current.as_deref())?;
        Ok(self.revisions_of(found))
    }

    /// The one revision an identifier means; `None` for `base`. Several are an error.
    pub fn resolve_one(
        &self,
        identifier: &str,
        current: Option<&[String]>,
    ) -> Result<Option<&Revision>, GraphError> {
        let found = self.resolve(identifier, current)?;
        match found.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(one)),
            several => Err(GraphError::MultipleHeads {
                argument: identifier.to_owned(),
                heads: several.iter().map(|revision| revision.id.clone()).collect(),
            }),
        }
    }

    /// The parents of a new revision made after `heads`: identifiers of heads, or of any revision with `splice`.
    pub fn parents_for_new(&self, heads: &[&str], splice: bool) -> Result<Vec<String>, GraphError> {
        let mut parents: Vec<Index> = Vec::new();
        for identifier in heads {
            for index in self.indices_of(Identifier::parse(identifier)?, None)? {
                if !splice && !self.node(index).children.is_empty() {
                    return Err(GraphError::NotHead { revision: self.id(index).to_owned() });
                }
                if !parents.contains(&index) {
                    parents.push(index);
                }
            }
        }
        Ok(self.ids(parents))
    }

    /// The version rows as positions, each once.
    pub(super) fn current_indices(&self, rows: &[String]) -> Result<Vec<Index>, GraphError> {
        let mut current = Vec::with_capacity(rows.len());
        for row in rows {
            let index = self.index_of_row(row).ok_or_else(|| GraphError::UnknownCurrent {
                id: row.clone(),
                nearest: nearest(row, self.revisions().map(|revision| revision.id.as_str())),
            })?;
            if !current.contains(&index) {
                current.push(index);
            }
        }
        Ok(current)
    }

    /// Refuses rows of which one implies another: no path can be computed from them.
    pub(super) fn refuse_overlap(&self, rows: &[Index], in_database: bool) -> Result<(), GraphError> {
        for &row in rows {
            let below = self.reach(self.node(row).normalized_parents.iter().copied(), Edges::Down);
            if let Some(&implied) = rows.iter().find(|other| below.contains(other)) {
                return Err(GraphError::Overlap {
                    revision: self.id(row).to_owned(),
                    implied: self.id(implied).to_owned(),
                    in_database,
                });
            }
        }
        Ok(())
    }

    fn indices_of(
        &self,
        identifier: Identifier<'_>,
        current: Option<&[Index]>,
    ) -> Result<Vec<Index>, GraphError> {
        let branch = self.branch_of(identifier)?;
        match identifier.target {
            Target::Symbol(symbol) => self.symbol(identifier, branch, symbol, current),
            Target::Relative { from: Some(_), .. } => {
                Ok(self.walk_from_symbol(identifier, branch, current, false)?.into_iter().collect())
            }
            Target::Relative { from: None, steps } if steps < 0 => {
                let heads = self.symbol(identifier, branch, "heads", current)?;
                let mut found = Vec::new();
                for head in heads {
                    if let Some(index) =
                        self.walk_down(identifier, head, steps.unsigned_abs(), branch, false)?
                        && !found.contains(&index)
                    {
                        found.push(index);
                    }
                }
                Ok(found)
            }
            Target::Relative { from: None, .. } => {
                let current = self.known_current(identifier, current)?;
                Ok(self.walk_up_from_current(identifier, branch, current, false)?.into_iter().collect())
            }
        }
    }

    /// What stands before the `@`, found.
    pub(super) fn branch_of<'a>(&self, identifier: Identifier<'a>) -> Result<Option<Branch<'a>>, GraphError> {
        let Some(name) = identifier.branch else { return Ok(None) };
        match self.find(name, None) {
            Ok(at) => Ok(Some(Branch { name, at })),
            Err(GraphError::UnknownRevision { nearest, .. }) => {
                Err(GraphError::UnknownBranch { branch: name.to_owned(), nearest })
            }
            Err(other) => Err(other),
        }
    }

    /// The revisions a symbol means: none for `base`.
    pub(super) fn symbol(
        &self,
        identifier: Identifier<'_>,
        branch: Option<Branch<'_>>,
        symbol: &str,
        current: Option<&[Index]>,
    ) -> Result<Vec<Index>, GraphError> {
        match symbol {
            "base" => Ok(Vec::new()),
            "heads" if branch.is_none() => Ok(self.real_head_indices()),
            "heads" => Ok(self.on_branch(self.head_indices(), branch)),
            "head" => {
                let heads = self.on_branch(self.head_indices(), branch);
                if heads.len() > 1 {
                    return Err(GraphError::MultipleHeads {
                        argument: identifier.text.to_owned(),
                        heads: self.ids(heads),
                    });
                }
                Ok(heads)
            }
            "current" => Ok(self.on_branch(self.known_current(identifier, current)?.to_vec(), branch)),
            name => Ok(vec![self.find(name, branch)?]),
        }
    }

    /// The one revision a symbol means; `None` for `base`.
    fn one_symbol(
        &self,
        identifier: Identifier<'_>,
        branch: Option<Branch<'_>>,
        symbol: &str,
        current: Option<&[Index]>,
    ) -> Result<Option<Index>, GraphError> {
        match self.symbol(identifier, branch, symbol, current)?.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(*one)),
            several => Err(GraphError::MultipleHeads {
                argument: symbol.to_owned(),
                heads: self.ids(several.iter().copied()),
            }),
        }
    }

    /// `symbol+n` and `symbol-n`; `None` for base. Clamped, a walk past the end stays there.
    pub(super) fn walk_from_symbol(
        &self,
        identifier: Identifier<'_>,
        branch: Option<Branch<'_>>,
        current: Option<&[Index]>,
        clamp: bool,
    ) -> Result<Option<Index>, GraphError> {
        let Target::Relative { from: Some(from), steps } = identifier.target else { return Ok(None) };
        if steps < 0 {
            match self.one_symbol(identifier, branch, from, current)? {
                Some(start) => self.walk_down(identifier, start, steps.unsigned_abs(), branch, clamp),
                None if clamp => Ok(None),
                None => Err(out_of_range(identifier, 0, "base")),
            }
        } else {
            // The branch says where to go up, the start need not be on it.
            let start = self.one_symbol(identifier, None, from, current)?;
            self.walk_up(identifier, start, branch, clamp)
        }
    }

    /// `+n` and `label@+n` from what the database holds.
    pub(super) fn walk_up_from_current(
        &self,
        identifier: Identifier<'_>,
        branch: Option<Branch<'_>>,
        current: &[Index],
        clamp: bool,
    ) -> Result<Option<Index>, GraphError> {
        let mut starts = self.on_branch(current.to_vec(), branch);
        if let Some(branch) = branch
            && starts.is_empty()
        {
            // No row is on the branch: start from the newest applied revisions that are, which rows of other
            // branches imply.
            let applied = self.reach(current.iter().copied(), Edges::Down);
            let on_branch = self.on_branch(applied.into_iter().collect(), Some(branch));
            starts = self.maximal(&on_branch.into_iter().collect());
        }
        match starts.as_slice() {
            [] => self.walk_up(identifier, None, branch, clamp),
            [start] => self.walk_up(identifier, Some(*start), branch, clamp),
            several => Err(self.ambiguous_current(identifier, several)),
        }
    }

    /// As far up from `start` (`None` is base) as the identifier says, along `branch` where the way forks.
    fn walk_up(
        &self,
        identifier: Identifier<'_>,
        start: Option<Index>,
        branch: Option<Branch<'_>>,
        clamp: bool,
    ) -> Result<Option<Index>, GraphError> {
        let mut at = start;
        for taken in 0..identifier.steps().unsigned_abs() {
            let above = match at {
                Some(index) => self.node(index).children.clone(),
                None => self.base_indices(),
            };
            match self.on_branch(above, branch).as_slice() {
                [] if clamp => break,
                [] => return Err(out_of_range(identifier, taken, self.name_or_base(at))),
                [next] => at = Some(*next),
                several => return Err(self.ambiguous_walk(identifier, at, several)),
            }
        }
        Ok(at)
    }

    /// `count` steps down from `start`, along `branch` below a merge point; `None` is base.
    pub(super) fn walk_down(
        &self,
        identifier: Identifier<'_>,
        start: Index,
        count: u64,
        branch: Option<Branch<'_>>,
        clamp: bool,
    ) -> Result<Option<Index>, GraphError> {
        let mut at = Some(start);
        for taken in 0..count {
            let Some(index) = at else {
                if clamp {
                    break;
                }
                return Err(out_of_range(identifier, taken, "base"));
            };
            at = match self.node(index).parents.as_slice() {
                [] => None,
                [parent] => Some(*parent),
                several => match self.on_branch(several.to_vec(), branch).as_slice() {
                    [parent] => Some(*parent),
                    _ => return Err(self.ambiguous_walk(identifier, at, several)),
                },
            };
        }
        Ok(at)
    }

    /// Those of `indices` that are on the branch, by parents alone.
    pub(super) fn on_branch(&self, indices: Vec<Index>, branch: Option<Branch<'_>>) -> Vec<Index> {
        let Some(branch) = branch else { return indices };
        let below = self.reach([branch.at], Edges::VersionedDown);
        let above = self.reach([branch.at], Edges::VersionedUp);
        indices.into_iter().filter(|index| below.contains(index) || above.contains(index)).collect()
    }

    /// The revision of this identifier, label, or unique prefix of either.
    pub(super) fn find(&self, name: &str, branch: Option<Branch<'_>>) -> Result<Index, GraphError> {
        let found = match self.names.get(name) {
            Some(&exact) => exact,
            None => self.find_prefix(name, branch)?,
        };
        match branch {
            Some(branch) if self.on_branch(vec![found], Some(branch)).is_empty() => {
                Err(GraphError::NotInBranch {
                    revision: self.id(found).to_owned(),
                    branch: branch.name.to_owned(),
                })
            }
            _ => Ok(found),
        }
    }

    fn find_prefix(&self, prefix: &str, branch: Option<Branch<'_>>) -> Result<Index, GraphError> {
        // As in Alembic, names of three characters or less are never completed.
        let candidates: Vec<(&str, Index)> = self
            .names
            .range(prefix.to_owned()..)
            .map_while(|(name, &index)| name.starts_with(prefix).then_some((name.as_str(), index)))
            .filter(|(name, index)| {
                name.chars().count() > 3 && !self.on_branch(vec![*index], branch).is_empty()
            })
            .collect();
        match candidates.as_slice() {
            [(_, index)] if !prefix.is_empty() => Ok(*index),
            [] | [_] => Err(GraphError::UnknownRevision {
                identifier: prefix.to_owned(),
                nearest: nearest(prefix, self.names.keys().map(String::as_str)),
            }),
            several => Err(GraphError::AmbiguousPrefix {
                prefix: prefix.to_owned(),
                candidates: several.iter().map(|(name, _)| (*name).to_owned()).collect(),
            }),
        }
    }

    pub(super) fn known_current<'a>(
        &self,
        identifier: Identifier<'_>,
        current: Option<&'a [Index]>,
    ) -> Result<&'a [Index], GraphError> {
        current.ok_or_else(|| GraphError::NoCurrent { identifier: identifier.text.to_owned() })
    }

    fn name_or_base(&self, at: Option<Index>) -> &str {
        at.map_or("base", |index| self.id(index))
    }

    pub(super) fn ambiguous_current(&self, identifier: Identifier<'_>, current: &[Index]) -> GraphError {
        GraphError::AmbiguousCurrent {
            identifier: identifier.text.to_owned(),
            steps: identifier.steps(),
            current: self.ids(current.iter().copied()),
        }
    }

    fn ambiguous_walk(
        &self,
        identifier: Identifier<'_>,
        at: Option<Index>,
        candidates: &[Index],
    ) -> GraphError {
        GraphError::AmbiguousWalk {
            identifier: identifier.text.to_owned(),
            steps: identifier.steps(),
            at: self.name_or_base(at).to_owned(),
            candidates: self.ids(candidates.iter().copied()),
        }
    }
}

pub(super) fn out_of_range(identifier: Identifier<'_>, taken: u64, reached: &str) -> GraphError {
    GraphError::OutOfRange {
        identifier: identifier.text.to_owned(),
        steps: identifier.steps(),
        taken,
        reached: reached.to_owned(),
    }
}
