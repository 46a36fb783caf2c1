//! Sequences.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_schema::{ColumnReference, CommentTarget, MetaData, Operation, Sequence, Table};

use super::comment_change;

pub(super) struct SequenceChanges {
    pub(super) created: Vec<Operation>,
    pub(super) altered: Vec<Operation>,
    pub(super) comments: Vec<Operation>,
    pub(super) dropped: Vec<Operation>,
}

/// A sequence may be owned by a column whose default takes values from it. So where the owner comes or goes together
/// with its sequence, owning is a step of its own: create the sequence, then the column, then set the owner, and all
/// of it backwards for a drop (PostgreSQL docs, "CREATE SEQUENCE", OWNED BY).
pub(super) fn compare_sequences(
    from: &MetaData,
    to: &MetaData,
    common: &[(&Table, &Table)],
) -> SequenceChanges {
    let before: BTreeMap<_, _> = from.sequences.iter().map(|s| (&s.name, s)).collect();
    let after: BTreeSet<_> = to.sequences.iter().map(|s| &s.name).collect();
    let mut changes = SequenceChanges {
        created: Vec::new(),
        altered: Vec::new(),
        comments: Vec::new(),
        dropped: Vec::new(),
    };
    for sequence in &to.sequences {
        let Some(existing) = before.get(&sequence.name) else {
            if stays(sequence.owned_by.as_ref(), common) {
                changes.created.push(Operation::CreateSequence(sequence.clone()));
            } else {
                let unowned = Sequence { owned_by: None, ..sequence.clone() };
                changes.created.push(Operation::CreateSequence(unowned.clone()));
                changes.altered.push(Operation::AlterSequence { from: unowned, to: sequence.clone() });
            }
            continue;
        };
        // Comments change by an operation of their own.
        let altered = Sequence { comment: existing.comment.clone(), ..sequence.clone() };
        let mut existing = (*existing).clone();
        // Between an owner that goes and one that comes it has none: either may have to wait for the other.
        if !stays(existing.owned_by.as_ref(), common) && !stays(altered.owned_by.as_ref(), common) {
            let released = Sequence { owned_by: None, ..existing.clone() };
            changes.altered.push(Operation::AlterSequence { from: existing, to: released.clone() });
            existing = released;
        }
        if altered != existing {
            changes.altered.push(Operation::AlterSequence { from: existing.clone(), to: altered });
        }
        let target = CommentTarget::Sequence(sequence.name.clone());
        changes.comments.extend(comment_change(target, &existing.comment, &sequence.comment));
    }
    for sequence in from.sequences.iter().filter(|s| !after.contains(&s.name)) {
        if stays(sequence.owned_by.as_ref(), common) {
            changes.dropped.push(Operation::DropSequence(sequence.clone()));
        } else {
            let unowned = Sequence { owned_by: None, ..sequence.clone() };
            changes.altered.push(Operation::AlterSequence { from: sequence.clone(), to: unowned.clone() });
            changes.dropped.push(Operation::DropSequence(unowned));
        }
    }
    changes
}

/// Whether there is no owner, or one that is there before and after. One that becomes a generated column, or stops to
/// be one, is not: it may have to be dropped and added anew, in one direction or the other.
fn stays(owner: Option<&ColumnReference>, common: &[(&Table, &Table)]) -> bool {
    let Some(ColumnReference { table, column }) = owner else { return true };
    let is_plain = |table: &Table| table.column(column).is_some_and(|column| column.computed.is_none());
    common.iter().any(|(from, to)| to.name == *table && is_plain(from) && is_plain(to))
}
