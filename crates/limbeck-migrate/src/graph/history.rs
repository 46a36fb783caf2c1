//! Ranges of revisions, as `history` and offline mode take them.

use std::collections::BTreeSet;

use super::identifier::{Identifier, Target};
use super::walk::Edges;
use super::{GraphError, Index, Revision, RevisionGraph};

/// `start:end`, each of which may be left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RevisionRange {
    /// The older end; base when left out.
    pub start: Option<String>,
    /// The newer end; all heads when left out.
    pub end: Option<String>,
}

impl RevisionRange {
    /// Reads `start:end`, `start:`, `:end` or `:`.
    pub fn parse(text: &str) -> Result<RevisionRange, GraphError> {
        let malformed = |reason| GraphError::Malformed { identifier: text.to_owned(), reason };
        let (start, end) = text
            .trim()
            .split_once(':')
            .ok_or_else(|| malformed("a range is written `start:end`, `start:` or `:end`"))?;
        if end.contains(':') {
            return Err(malformed("it has more than one `:`"));
        }
        let given = |end: &str| Some(end.to_owned()).filter(|end| !end.is_empty());
        Ok(RevisionRange { start: given(start), end: given(end) })
    }

    /// Whether an end of the range depends on what a database holds.
    pub fn needs_current(&self) -> bool {
        let names_current = |end: &Option<String>| end.as_deref().is_some_and(|end| end.contains("current"));
        let counts = |end: &Option<String>| end.as_deref().is_some_and(|end| end.starts_with(['+', '-']));
        names_current(&self.start) || names_current(&self.end) || counts(&self.start) && counts(&self.end)
    }
}

impl RevisionGraph {
    /// The revisions of a range, both ends included, newest first.
    ///
    /// `-3:x` counts down from `x`, `x:+3` up from `x`, `-3:+3` both ways from `current`. A walk past an end stays at it.
    pub fn history(
        &self,
        range: &RevisionRange,
        current: Option<&[String]>,
    ) -> Result<Vec<&Revision>, GraphError> {
        let current = current.map(|rows| self.current_indices(rows)).transpose()?;
        let current = current.as_deref();
        let start = Identifier::parse(range.start.as_deref().unwrap_or("base"))?;
        let end = Identifier::parse(range.end.as_deref().unwrap_or("heads"))?;

        let counted =
            |identifier: Identifier<'_>| matches!(identifier.target, Target::Relative { from: None, .. });
        let (lower, mut upper) = match (counted(start), counted(end)) {
            (true, true) => {
                let current = self.known_current(start, current)?;
                (self.counted(start, current)?, self.counted(end, current)?)
            }
            (true, false) => {
                let upper = self.range_end(end, current)?;
                (self.counted(start, &upper)?, upper)
            }
            (false, true) => {
                let lower = self.range_end(start, current)?;
                let upper = self.counted(end, &lower)?;
                (lower, upper)
            }
            (false, false) => (self.range_end(start, current)?, self.range_end(end, current)?),
        };
        if let Some(branch) = self.branch_of(start)? {
            let is_label = branch.name != self.id(branch.at);
            upper.retain(|&index| match is_label {
                true => self.node(index).labels.iter().any(|label| label == branch.name),
                false => self.shares_lineage(index, &[branch.at], false),
            });
        }

        let within = self.reach(upper.iter().copied(), Edges::Down);
        if lower.iter().any(|index| !within.contains(index)) {
            return Err(GraphError::NotARange { start: start.text.to_owned(), end: end.text.to_owned() });
        }
        let before = self.reach(lower.iter().copied(), Edges::Down);
        let mut shown: BTreeSet<Index> = within.difference(&before).copied().collect();
        shown.extend(&lower);
        if !lower.is_empty() {
            let after = self.reach(lower, Edges::VersionedUp);
            shown.retain(|index| after.contains(index));
        }
        Ok(self.revisions_of(self.newest_first(&shown)))
    }

    fn range_end(
        &self,
        identifier: Identifier<'_>,
        current: Option<&[Index]>,
    ) -> Result<Vec<Index>, GraphError> {
        let branch = self.branch_of(identifier)?;
        match identifier.target {
            Target::Symbol(symbol) => self.symbol(identifier, branch, symbol, current),
            Target::Relative { .. } => {
                Ok(self.walk_from_symbol(identifier, branch, current, true)?.into_iter().collect())
            }
        }
    }

    /// `+n` or `-n` from the other end of the range.
    fn counted(&self, identifier: Identifier<'_>, from: &[Index]) -> Result<Vec<Index>, GraphError> {
        let Target::Relative { steps, .. } = identifier.target else { return Ok(Vec::new()) };
        let branch = self.branch_of(identifier)?;
        if steps >= 0 {
            return Ok(self.walk_up_from_current(identifier, branch, from, true)?.into_iter().collect());
        }
        let mut reached = Vec::new();
        for start in self.on_branch(from.to_vec(), branch) {
            if let Some(index) = self.walk_down(identifier, start, steps.unsigned_abs(), branch, true)?
                && !reached.contains(&index)
            {
                reached.push(index);
            }
        }
        Ok(reached)
    }
}
