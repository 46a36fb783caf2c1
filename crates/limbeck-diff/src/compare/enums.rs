//! Enum types.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_schema::{
    CommentTarget, EnumChange, EnumType, MetaData, Operation, QualifiedName, TypeDependents,
};

use super::comment_change;

/// The changes of enum types, domains and composite types, and what the tables must know of them.
pub(super) struct TypeChanges {
    pub(super) created: Vec<Operation>,
    pub(super) altered: Vec<Operation>,
    pub(super) comments: Vec<Operation>,
    pub(super) dropped: Vec<Operation>,
    /// The types of which a new one may have to be made, there or on the way back.
    pub(super) changing: BTreeSet<QualifiedName>,
}

pub(super) fn compare_enums(from: &MetaData, to: &MetaData) -> TypeChanges {
    let before: BTreeMap<_, _> = from.enums.iter().map(|e| (&e.name, e)).collect();
    let after: BTreeSet<_> = to.enums.iter().map(|e| &e.name).collect();
    let mut changes = TypeChanges {
        created: Vec::new(),
        altered: Vec::new(),
        comments: Vec::new(),
        dropped: Vec::new(),
        changing: BTreeSet::new(),
    };
    for enum_type in &to.enums {
        let Some(existing) = before.get(&enum_type.name) else {
            changes.created.push(Operation::CreateEnum(enum_type.clone()));
            continue;
        };
        if existing.values != enum_type.values {
            let change = enum_change(existing, enum_type);
            changes.changing.insert(enum_type.name.clone());
            changes.altered.push(Operation::AlterEnum(Box::new(change)));
        }
        let target = CommentTarget::Enum(enum_type.name.clone());
        changes.comments.extend(comment_change(target, &existing.comment, &enum_type.comment));
    }
    let dropped = from.enums.iter().filter(|e| !after.contains(&e.name));
    changes.dropped = dropped.cloned().map(Operation::DropEnum).collect();
    changes
}

/// The change of a type's values. Its dependents are filled in later (`dependents`).
fn enum_change(from: &EnumType, to: &EnumType) -> EnumChange {
    let from = EnumType { renamed_values: BTreeMap::new(), ..from.clone() };
    // Comments change by an operation of their own.
    let mut to = EnumType { comment: from.comment.clone(), ..to.clone() };
    let (old_values, new_values) = (&from.values, &to.values);
    // A value that goes may give its rows to one that was there before.
    let has_happened = |new: &String, old: &String| {
        !old_values.contains(old) || !new_values.contains(new) || new_values.contains(old)
    };
    to.renamed_values = to
        .renamed_values
        .iter()
        .filter(|(new, old)| !has_happened(new, old))
        .map(|(n, o)| (n.clone(), o.clone()))
        .collect();
    EnumChange { from, to, dependents: TypeDependents::default() }
}
