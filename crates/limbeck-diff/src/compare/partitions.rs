//! Partitions: what they are of, and what they have from there (PostgreSQL docs, "Table Partitioning").
//!
//! A partition lists what is its own. Whatever its parent has comes by itself, and goes and changes with the parent's.

use std::collections::BTreeMap;

use limbeck_schema::{MetaData, Operation, QualifiedName, Table};

/// A partition with the columns that it has from its parents, which makes it comparable with a table of its own; nothing
/// for any other table.
pub(super) fn with_inherited_columns(metadata: &MetaData, table: &Table) -> Option<Table> {
    let parent = table.options.postgresql.partition_of.as_ref()?;
    let mut whole = table.clone();
    let mut next = Some(&parent.parent);
    let mut seen = vec![&table.name];
    while let Some(parent) =
        next.filter(|name| !seen.contains(name)).and_then(|name| metadata.find_table(name))
    {
        let inherited = parent.columns.iter().filter(|column| table.column(&column.name).is_none());
        for column in inherited {
            if whole.column(&column.name).is_none() {
                // An identity is the parent's, and comments are not inherited.
                let column = limbeck_schema::Column { comment: None, identity: None, ..column.clone() };
                whole.columns.push(column);
            }
        }
        seen.push(&parent.name);
        next = parent.options.postgresql.partition_of.as_ref().map(|of| &of.parent);
    }
    Some(whole)
}

/// Takes out what happens to partitions by itself, because it happens to their parents.
pub(super) fn without_inherited(common: &[(&Table, &Table)], changed: Vec<Operation>) -> Vec<Operation> {
    let parents: BTreeMap<&QualifiedName, &QualifiedName> = common
        .iter()
        .filter_map(|(from, to)| {
            let (before, after) =
                (&from.options.postgresql.partition_of, &to.options.postgresql.partition_of);
            let (before, after) = (before.as_ref()?, after.as_ref()?);
            (before.parent == after.parent).then_some((&to.name, &after.parent))
        })
        .collect();
    if parents.is_empty() {
        return changed;
    }
    let comes_by_itself = |operation: &Operation| {
        let Some((table, here)) = column_change(operation) else { return false };
        let Some(parent) = parents.get(table) else { return false };
        changed.iter().filter_map(column_change).any(|(other, there)| other == *parent && here == there)
    };
    let kept: Vec<bool> = changed.iter().map(|operation| !comes_by_itself(operation)).collect();
    changed.into_iter().zip(kept).filter(|(_, kept)| *kept).map(|(operation, _)| operation).collect()
}

/// What of a column changes: its name, and it before and after.
type ColumnChange = (String, Option<limbeck_schema::Column>, Option<limbeck_schema::Column>);

fn column_change(operation: &Operation) -> Option<(&QualifiedName, ColumnChange)> {
    let bare = |column: &limbeck_schema::Column| limbeck_schema::Column {
        comment: None,
        identity: None,
        backfill: None,
        renamed_from: None,
        renamed_values: Default::default(),
        ..column.clone()
    };
    Some(match operation {
        Operation::AddColumn { table, column } => (table, (column.name.clone(), None, Some(bare(column)))),
        Operation::DropColumn { table, column } => (table, (column.name.clone(), Some(bare(column)), None)),
        Operation::AlterColumn { table, from, to } => {
            (table, (to.name.clone(), Some(bare(from)), Some(bare(to))))
        }
        _ => return None,
    })
}

/// ATTACH and DETACH.
pub(super) fn compare_partitions(common: &[(&Table, &Table)]) -> Vec<Operation> {
    let mut operations = Vec::new();
    for (from, to) in common {
        let (before, after) = (&from.options.postgresql.partition_of, &to.options.postgresql.partition_of);
        if before != after {
            let table = &to.name;
            let detach =
                before.iter().map(|of| Operation::DetachPartition { table: table.clone(), of: of.clone() });
            operations.extend(detach);
            let attach =
                after.iter().map(|of| Operation::AttachPartition { table: table.clone(), of: of.clone() });
            operations.extend(attach);
        }
    }
    operations
}
