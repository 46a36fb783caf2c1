//! The way from what a database holds to where it should be.

use std::collections::BTreeSet;

use super::identifier::{Identifier, Target};
use super::resolve::{Branch, out_of_range};
use super::step::version_changes;
use super::walk::Edges;
use super::{Direction, GraphError, Index, RevisionGraph, Step};

/// What a downgrade goes down to.
#[derive(Debug, Clone, Copy)]
enum DowngradeTarget {
    /// Nothing stays applied (on the branch).
    Base,
    /// This revision stays applied, what comes after it does not.
    After(Index),
    /// This revision goes as well, all of its parents stay: `-1` from a merge point.
    Including(Index),
}

impl RevisionGraph {
    /// The steps that apply `target` and everything it needs, oldest first, to a database whose version table holds
    /// `current`. A target that is applied already gives no steps.
    pub fn upgrade_path(&self, current: &[String], target: &str) -> Result<Vec<Step>, GraphError> {
        self.seen_from(current, &[target])?
            .through_squashes(current, |graph, rows| graph.upgrade_steps(rows, target))
    }

    fn upgrade_steps(&self, current: &[String], target: &str) -> Result<Vec<Step>, GraphError> {
        let current = self.current_indices(current)?;
        self.refuse_overlap(&current, true)?;
        let identifier = Identifier::parse(target)?;
        let branch = self.branch_of(identifier)?;
        let targets = match identifier.target {
            Target::Symbol(symbol) => self.symbol(identifier, branch, symbol, Some(&current))?,
            Target::Relative { from: Some(_), .. } => {
                self.walk_from_symbol(identifier, branch, Some(&current), false)?.into_iter().collect()
            }
            Target::Relative { from: None, steps } if steps > 0 => {
                self.walk_up_from_current(identifier, branch, &current, false)?.into_iter().collect()
            }
            Target::Relative { .. } => return Err(wrong_direction(identifier, "upgrade")),
        };
        let applied = self.reach(current.iter().copied(), Edges::Down);
        let needed = self.reach(targets, Edges::Down).difference(&applied).copied().collect();
        let mut order = self.newest_first(&needed);
        order.reverse();
        self.steps(&current, order, Direction::Upgrade)
    }

    /// The steps that take back everything applied after `target`, newest first.
    ///
    /// Beyond Alembic, `-1` from a merge point takes back the merge (Alembic: `Ambiguous walk`). `-1` with
    /// several current revisions is refused (Alembic warns, and takes the first row the database happens to
    /// return).
    pub fn downgrade_path(&self, current: &[String], target: &str) -> Result<Vec<Step>, GraphError> {
        self.seen_from(current, &[target])?
            .through_squashes(current, |graph, rows| graph.downgrade_steps(rows, target))
    }

    fn downgrade_steps(&self, current: &[String], target: &str) -> Result<Vec<Step>, GraphError> {
        let rows = self.current_indices(current)?;
        self.refuse_overlap(&rows, true)?;
        let identifier = Identifier::parse(target)?;
        let branch = self.branch_of(identifier)?;
        let (down_to, branch) = self.downgrade_target(identifier, branch, &rows)?;
        let mut roots = match down_to {
            DowngradeTarget::Base => self.base_indices(),
            DowngradeTarget::After(index) => self.node(index).children.clone(),
            DowngradeTarget::Including(index) => vec![index],
        };
        let not_a_downgrade = || GraphError::NotADowngrade {
            target: target.to_owned(),
            branch: branch.map(|branch| branch.name.to_owned()),
            current: current.to_vec(),
        };
        if let Some(branch) = branch
            && roots.len() > 1
        {
            let below = self.reach([branch.at], Edges::VersionedDown);
            roots.retain(|root| below.contains(root));
            if roots.is_empty() {
                return Err(not_a_downgrade());
            }
        }
        let applied = self.reach(rows.iter().copied(), Edges::Down);
        let dropped: BTreeSet<Index> = self.reach(roots, Edges::Up).intersection(&applied).copied().collect();
        let nothing_to_do = match down_to {
            DowngradeTarget::Base => true,
            DowngradeTarget::After(index) => rows.contains(&index),
            DowngradeTarget::Including(_) => false,
        };
        if dropped.is_empty() && !nothing_to_do {
            return Err(not_a_downgrade());
        }
        self.steps(&rows, self.newest_first(&dropped), Direction::Downgrade)
    }

    /// Finds steps from rows as this view names them; rows that name a squash differently are rewritten before and after.
    fn through_squashes(
        &self,
        current: &[String],
        steps: impl FnOnce(&Self, &[String]) -> Result<Vec<Step>, GraphError>,
    ) -> Result<Vec<Step>, GraphError> {
        let (rows, mut path) = self.renamed_rows(current);
        path.extend(steps(self, &rows)?);
        let mut rows: BTreeSet<String> = current.iter().cloned().collect();
        for change in path.iter().flat_map(|step| &step.version_changes) {
            change.apply(&mut rows);
        }
        path.extend(self.completed_squashes(&rows));
        Ok(path)
    }

    fn downgrade_target<'a>(
        &'a self,
        identifier: Identifier<'a>,
        branch: Option<Branch<'a>>,
        current: &[Index],
    ) -> Result<(DowngradeTarget, Option<Branch<'a>>), GraphError> {
        match identifier.target {
            Target::Symbol(symbol) => {
                match self.symbol(identifier, None, symbol, Some(current))?.as_slice() {
                    [] => Ok((DowngradeTarget::Base, branch)),
                    [one] => Ok((DowngradeTarget::After(*one), branch)),
                    several => Err(GraphError::MultipleHeads {
                        argument: identifier.text.to_owned(),
                        heads: self.ids(several.iter().copied()),
                    }),
                }
            }
            Target::Relative { from: Some(from), steps } => {
                let start = if steps < 0 {
                    self.symbol(identifier, branch, from, Some(current))?
                } else {
                    Vec::new()
                };
                if let [start] = start.as_slice() {
                    return Ok((self.down_from(identifier, *start, branch)?, branch));
                }
                let at = self.walk_from_symbol(identifier, branch, Some(current), false)?;
                Ok((at.map_or(DowngradeTarget::Base, DowngradeTarget::After), branch))
            }
            Target::Relative { from: None, steps } if steps < 0 => {
                let mut starts = self.on_branch(current.to_vec(), branch);
                if branch.is_some() && starts.is_empty() {
                    // Every row is of another branch, and may imply revisions of this one.
                    let applied = self.reach(current.iter().copied(), Edges::Down);
                    let tips: Vec<Index> = applied
                        .iter()
                        .copied()
                        .filter(|&index| {
                            !self.node(index).children.iter().any(|child| applied.contains(child))
                        })
                        .collect();
                    starts = self.on_branch(tips, branch);
                }
                match starts.as_slice() {
                    [] => Err(out_of_range(identifier, 0, "base")),
                    [start] => {
                        let target = self.down_from(identifier, *start, branch)?;
                        Ok((target, Some(branch.unwrap_or(Branch { name: self.id(*start), at: *start }))))
                    }
                    several => Err(self.ambiguous_current(identifier, several)),
                }
            }
            Target::Relative { .. } => Err(wrong_direction(identifier, "downgrade")),
        }
    }

    /// As far down from `start` as the identifier says. The last step may take back a merge.
    fn down_from(
        &self,
        identifier: Identifier<'_>,
        start: Index,
        branch: Option<Branch<'_>>,
    ) -> Result<DowngradeTarget, GraphError> {
        let before_last = identifier.steps().unsigned_abs().saturating_sub(1);
        let Some(last) = self.walk_down(identifier, start, before_last, branch, false)? else {
            return Err(out_of_range(identifier, before_last, "base"));
        };
        Ok(match self.node(last).parents.as_slice() {
            [] => DowngradeTarget::Base,
            [parent] => DowngradeTarget::After(*parent),
            _ => DowngradeTarget::Including(last),
        })
    }

    /// The steps that make the version table say `targets`, without running anything.
    ///
    /// A row that is an ancestor or a descendant of a target, dependencies counted, gives way to it; other rows stay.
    /// `base` removes every row, `label@base` those of the branch. Targets of which one implies another are refused
    /// (Alembic writes both, and the next upgrade fails).
    pub fn stamp_path(&self, current: &[String], targets: &[&str]) -> Result<Vec<Step>, GraphError> {
        self.seen_from(current, targets)?
            .through_squashes(current, |graph, rows| graph.stamp_steps(rows, targets))
    }

    fn stamp_steps(&self, current: &[String], targets: &[&str]) -> Result<Vec<Step>, GraphError> {
        let rows = self.current_indices(current)?;
        let mut destinations: Vec<Index> = Vec::new();
        let mut removed: Vec<Index> = Vec::new();
        for target in targets {
            let identifier = Identifier::parse(target)?;
            let branch = self.branch_of(identifier)?;
            let found = match identifier.target {
                Target::Symbol(symbol) => self.symbol(identifier, branch, symbol, Some(&rows))?,
                Target::Relative { from: None, steps } if steps < 0 => {
                    let start = match self.on_branch(rows.clone(), branch).as_slice() {
                        [] => return Err(out_of_range(identifier, 0, "base")),
                        [start] => *start,
                        several => return Err(self.ambiguous_current(identifier, several)),
                    };
                    self.walk_down(identifier, start, steps.unsigned_abs(), branch, false)?
                        .into_iter()
                        .collect()
                }
                Target::Relative { from: None, .. } => {
                    self.walk_up_from_current(identifier, branch, &rows, false)?.into_iter().collect()
                }
                Target::Relative { .. } => {
                    self.walk_from_symbol(identifier, branch, Some(&rows), false)?.into_iter().collect()
                }
            };
            if found.is_empty() {
                removed.extend(
                    rows.iter().copied().filter(|&row| {
                        branch.is_none_or(|branch| self.shares_lineage(row, &[branch.at], true))
                    }),
                );
            }
            destinations
                .extend(found.into_iter().filter(|index| !destinations.contains(index)).collect::<Vec<_>>());
        }
        self.refuse_overlap(&destinations, false)?;

        let mut steps = Vec::new();
        for row in rows.iter().copied().filter(|row| removed.contains(row)) {
            let id = self.id(row).to_owned();
            steps.push(self.stamp(row, vec![id], Vec::new()));
        }
        for destination in destinations {
            let replaced = rows
                .iter()
                .copied()
                .filter(|&row| row != destination && self.shares_lineage(row, &[destination], true));
            let replaced = self.ids(replaced);
            if !replaced.is_empty() || !rows.contains(&destination) || removed.contains(&destination) {
                steps.push(self.stamp(destination, replaced, vec![self.id(destination).to_owned()]));
            }
        }
        self.with_version_changes(&rows, steps)
    }

    fn stamp(&self, index: Index, from: Vec<String>, to: Vec<String>) -> Step {
        Step {
            revision: self.id(index).to_owned(),
            source: self.node(index).revision.source,
            direction: Direction::Stamp,
            from,
            to,
            doc: String::new(),
            version_changes: Vec::new(),
        }
    }

    fn steps(
        &self,
        current: &[Index],
        order: Vec<Index>,
        direction: Direction,
    ) -> Result<Vec<Step>, GraphError> {
        let steps = order
            .into_iter()
            .map(|index| {
                let node = self.node(index);
                let (mut from, mut to) =
                    (self.ids(node.parents.iter().copied()), vec![node.revision.id.clone()]);
                if direction == Direction::Downgrade {
                    std::mem::swap(&mut from, &mut to);
                }
                Step {
                    revision: node.revision.id.clone(),
                    source: node.revision.source,
                    direction,
                    from,
                    to,
                    doc: node.revision.doc().to_owned(),
                    version_changes: Vec::new(),
                }
            })
            .collect();
        self.with_version_changes(current, steps)
    }

    /// Follows the version rows through the steps.
    fn with_version_changes(&self, current: &[Index], mut steps: Vec<Step>) -> Result<Vec<Step>, GraphError> {
        let mut rows: BTreeSet<String> = self.ids(current.iter().copied()).into_iter().collect();
        for step in &mut steps {
            step.version_changes = version_changes(self, &rows, step)?;
            for change in &step.version_changes {
                change.apply(&mut rows);
            }
        }
        Ok(steps)
    }
}

fn wrong_direction(identifier: Identifier<'_>, command: &'static str) -> GraphError {
    GraphError::WrongDirection { identifier: identifier.text.to_owned(), command }
}
