//! Enum types.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_schema::{
    ColumnReference, CommentTarget, Dialect, EnumChange, EnumColumn, EnumType, MetaData, Operation,
    QualifiedName, Table,
};

use super::comment_change;

/// The changes of enum types, and what the tables must know of them.
pub(super) struct EnumChanges {
    pub(super) created: Vec<Operation>,
    pub(super) altered: Vec<Operation>,
    pub(super) comments: Vec<Operation>,
    pub(super) dropped: Vec<Operation>,
    /// The types whose values change.
    pub(super) changing: BTreeSet<QualifiedName>,
    /// Those among them that PostgreSQL can only replace by a new type, because a value goes or moves.
    pub(super) replaced: BTreeSet<QualifiedName>,
}

pub(super) fn compare_enums(
    dialect: Dialect,
    from: &MetaData,
    to: &MetaData,
    common: &[(&Table, &Table)],
) -> EnumChanges {
    let before: BTreeMap<_, _> = from.enums.iter().map(|e| (&e.name, e)).collect();
    let after: BTreeSet<_> = to.enums.iter().map(|e| &e.name).collect();
    let mut changes = EnumChanges {
        created: Vec::new(),
        altered: Vec::new(),
        comments: Vec::new(),
        dropped: Vec::new(),
        changing: BTreeSet::new(),
        replaced: BTreeSet::new(),
    };
    for enum_type in &to.enums {
        let Some(existing) = before.get(&enum_type.name) else {
            changes.created.push(Operation::CreateEnum(enum_type.clone()));
            continue;
        };
        if existing.values != enum_type.values {
            let change = enum_change(dialect, existing, enum_type, common);
            if !keeps_values_in_place(&change) {
                changes.replaced.insert(enum_type.name.clone());
            }
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

/// The change of a type's values, with the columns that have the type before and after: a column that leaves the type
/// does so before the change, one that takes it does so after.
fn enum_change(dialect: Dialect, from: &EnumType, to: &EnumType, common: &[(&Table, &Table)]) -> EnumChange {
    let mut columns = Vec::new();
    for (table_before, table_after) in common {
        for column in &table_before.columns {
            let Some(after) = table_after.column(&column.name) else { continue };
            if column.sql_type.enum_name() == Some(&from.name)
                && after.sql_type.enum_name() == Some(&from.name)
            {
                let mut definition = column.clone();
                // A default that changes is taken off before the values change (`columns::alter_column`).
                if dialect == Dialect::Postgresql && column.server_default != after.server_default {
                    definition.server_default = None;
                }
                let reference =
                    ColumnReference { table: table_after.name.clone(), column: column.name.clone() };
                columns.push(EnumColumn { reference, definition });
            }
        }
    }
    let from = EnumType { renamed_values: BTreeMap::new(), ..from.clone() };
    // Comments change by an operation of their own.
    let mut to = EnumType { comment: from.comment.clone(), ..to.clone() };
    let (old_values, new_values) = (&from.values, &to.values);
    let has_happened = |new: &String, old: &String| {
        !old_values.contains(old)
            || old_values.contains(new)
            || !new_values.contains(new)
            || new_values.contains(old)
    };
    to.renamed_values = to
        .renamed_values
        .iter()
        .filter(|(new, old)| !has_happened(new, old))
        .map(|(n, o)| (n.clone(), o.clone()))
        .collect();
    EnumChange { from, to, columns }
}

/// Whether the old values, renamed, are among the new ones in the same order, so that renaming and adding values is
/// all there is to do.
fn keeps_values_in_place(change: &EnumChange) -> bool {
    let mut new_values = change.to.values.iter();
    change.from.values.iter().all(|old| {
        let renamed = change.to.renamed_values.iter().find(|(_, former)| *former == old);
        let wanted = renamed.map_or(old, |(new, _)| new);
        new_values.any(|value| value == wanted)
    })
}
