//! The comparison of two schemas.

mod columns;
mod constraints;
mod dependents;
mod enums;
mod indexes;
mod named_types;
mod pairing;
mod sequences;
mod tables;

use std::collections::BTreeMap;

use limbeck_schema::{CommentTarget, Constraint, Dialect, MetaData, Operation, QualifiedName, Table};

use crate::order::{UncountedForeignKeys, cyclic_foreign_keys, order};
use crate::rename::{apply_renames, find_renames};

/// The operations that change the schema `from` into the schema `to`, in an order that runs; reversed, it runs too.
///
/// Both schemas have been projected onto the dialect, so that equal values mean the same. Never compared are
/// `renamed_from`, `renamed_values` and `backfill`, the naming convention, the order of columns, views and triggers.
///
/// ```
/// use limbeck_diff::compare;
/// use limbeck_schema::{Column, Dialect, MetaData, Operation, SqlType, Table};
/// let before = MetaData::new().table(Table::new("t").with_column(Column::new("a", SqlType::Text)));
/// let after = MetaData::new()
///     .table(Table::new("t").with_column(Column::new("b", SqlType::Text).renamed_from("a")));
/// assert_eq!(
///     compare(Dialect::Postgresql, &before, &after),
///     [Operation::RenameColumn { table: "t".into(), from: "a".into(), to: "b".into() }]
/// );
/// ```
pub fn compare(dialect: Dialect, from: &MetaData, to: &MetaData) -> Vec<Operation> {
    let renames = find_renames(dialect, from, to);
    let renamed = (!renames.is_empty()).then(|| apply_renames(dialect, from, &renames));
    let from = renamed.as_ref().unwrap_or(from);

    let before: BTreeMap<_, _> = from.tables.iter().map(|t| (&t.name, t)).collect();
    let after: BTreeMap<_, _> = to.tables.iter().map(|t| (&t.name, t)).collect();
    let common: Vec<(&Table, &Table)> =
        after.iter().filter_map(|(name, to)| before.get(name).map(|from| (*from, *to))).collect();
    let created: Vec<&Table> = to.tables.iter().filter(|t| !before.contains_key(&t.name)).collect();
    let dropped: Vec<&Table> = from.tables.iter().filter(|t| !after.contains_key(&t.name)).collect();

    let schemas = compare_schemas(from, to);
    let mut types = enums::compare_enums(from, to);
    named_types::compare_named_types(from, to, &mut types);
    let sequences = sequences::compare_sequences(from, to, &common);
    let creating = whole_tables(dialect, &created);
    let dropping = whole_tables(dialect, &dropped);
    let changed = tables::compare_tables(dialect, from, &common, &types);
    let around = dependents::Surroundings::new(dialect, (from, to), &common, &types.changing, &changed);
    let altered: Vec<_> = types.altered.into_iter().map(|operation| around.fill(operation)).collect();

    // The order a person reads: what tables build on, new tables, removed ones, changed ones in Alembic's order, and
    // what nothing builds on any more. Dependencies then move only what they must.
    let mut operations = schemas.created;
    operations.extend(types.created);
    operations.extend(sequences.created);
    operations.extend(altered);
    operations.extend(creating.tables.into_iter().map(|table| Operation::CreateTable(Box::new(table))));
    let add = |(table, constraint)| Operation::AddConstraint { table, constraint };
    operations.extend(creating.foreign_keys.into_iter().map(add));
    operations.extend(sequences.altered);
    let drop = |(table, constraint)| Operation::DropConstraint { table, constraint };
    operations.extend(dropping.foreign_keys.into_iter().map(drop));
    operations.extend(dropping.tables.into_iter().map(|table| Operation::DropTable(Box::new(table))));
    operations.extend(changed);
    operations.extend(schemas.comments);
    operations.extend(types.comments);
    operations.extend(sequences.comments);
    operations.extend(sequences.dropped);
    operations.extend(types.dropped);
    operations.extend(schemas.dropped);

    let mut uncounted = creating.uncounted;
    uncounted.extend(dropping.uncounted);
    let mut ordered = renames.operations();
    ordered.extend(order(dialect, operations, &uncounted));
    ordered
}

struct SchemaChanges {
    created: Vec<Operation>,
    comments: Vec<Operation>,
    dropped: Vec<Operation>,
}

fn compare_schemas(from: &MetaData, to: &MetaData) -> SchemaChanges {
    let before: BTreeMap<_, _> = from.schemas.iter().map(|s| (&s.name, s)).collect();
    let after: BTreeMap<_, _> = to.schemas.iter().map(|s| (&s.name, s)).collect();
    let missing = |schemas: &[limbeck_schema::Schema], other: &BTreeMap<&String, &limbeck_schema::Schema>| {
        schemas.iter().filter(|s| !other.contains_key(&s.name)).cloned().collect::<Vec<_>>()
    };
    SchemaChanges {
        created: missing(&to.schemas, &before).into_iter().map(Operation::CreateSchema).collect(),
        comments: after
            .iter()
            .filter_map(|(name, to)| before.get(name).map(|from| (from, to)))
            .filter_map(|(from, to)| {
                comment_change(CommentTarget::Schema(to.name.clone()), &from.comment, &to.comment)
            })
            .collect(),
        dropped: missing(&from.schemas, &after).into_iter().map(Operation::DropSchema).collect(),
    }
}

/// Tables that are created or dropped as a whole, and the foreign keys that cannot be part of that.
struct WholeTables {
    tables: Vec<Table>,
    foreign_keys: Vec<(QualifiedName, Constraint)>,
    uncounted: UncountedForeignKeys,
}

/// Takes the foreign keys that close a cycle out of their tables. SQLite cannot add a constraint later, and lets a
/// foreign key refer to a table that does not exist yet (SQLite docs, "SQLite Foreign Key Support", section 3), so
/// there they stay inside and do not count for the order.
fn whole_tables(dialect: Dialect, tables: &[&Table]) -> WholeTables {
    let cyclic = cyclic_foreign_keys(tables);
    let mut whole =
        WholeTables { tables: Vec::new(), foreign_keys: Vec::new(), uncounted: Default::default() };
    for (position, table) in tables.iter().enumerate() {
        let mut table = (*table).clone();
        let cyclic = |key: usize| cyclic.contains(&(position, key));
        match dialect {
            Dialect::Postgresql => {
                let keys = std::mem::take(&mut table.foreign_keys).into_iter().enumerate();
                for (key, fk) in keys {
                    if cyclic(key) {
                        whole.foreign_keys.push((table.name.clone(), Constraint::ForeignKey(fk)));
                    } else {
                        table.foreign_keys.push(fk);
                    }
                }
            }
            Dialect::Sqlite => {
                let keys = (0..table.foreign_keys.len()).filter(|key| cyclic(*key));
                whole.uncounted.extend(keys.map(|key| (table.name.clone(), key)));
            }
        }
        whole.tables.push(table);
    }
    whole
}

/// The operation that makes a comment what it should be, if it is not.
fn comment_change(target: CommentTarget, from: &Option<String>, to: &Option<String>) -> Option<Operation> {
    (from != to).then(|| Operation::SetComment { target, from: from.clone(), to: to.clone() })
}
