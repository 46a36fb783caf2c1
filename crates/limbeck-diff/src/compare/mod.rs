//! The comparison of two schemas.

mod callers;
mod carried;
mod columns;
mod constraints;
mod dependents;
mod entities;
mod enums;
mod indexes;
mod named_types;
mod pairing;
mod partitions;
mod privileges;
mod rebuilds;
mod sequences;
mod tables;

use std::collections::{BTreeMap, BTreeSet};

use limbeck_schema::{CommentTarget, Constraint, Dialect, MetaData, Operation, QualifiedName, Table};

use crate::order::{self, UncountedForeignKeys, cyclic_foreign_keys};
use crate::rename::{adopt_labels, apply_renames, find_renames};

/// The operations that change the schema `from` into the schema `to`, in an order that runs; reversed, it runs too.
///
/// Both schemas have been projected onto the dialect, so that equal values mean the same. Never compared are
/// `renamed_from`, `renamed_values` and `backfill`, the naming convention, the order of columns, what entities depend on.
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
    let renamed = (!renames.is_empty()).then(|| {
        let mut renamed = apply_renames(dialect, from, &renames);
        adopt_labels(dialect, &mut renamed, to, &renames);
        renamed
    });
    let from = renamed.as_ref().unwrap_or(from);

    let before: BTreeMap<_, _> = from.tables.iter().map(|t| (&t.name, t)).collect();
    let after: BTreeMap<_, _> = to.tables.iter().map(|t| (&t.name, t)).collect();
    let both: Vec<(&Table, &Table)> =
        after.iter().filter_map(|(name, to)| before.get(name).map(|from| (*from, *to))).collect();
    let wholes: Vec<_> = both
        .iter()
        .map(|(old, new)| {
            (partitions::with_inherited_columns(from, old), partitions::with_inherited_columns(to, new))
        })
        .collect();
    let common: Vec<(&Table, &Table)> = both
        .iter()
        .zip(&wholes)
        .map(|((old, new), whole)| (whole.0.as_ref().unwrap_or(old), whole.1.as_ref().unwrap_or(new)))
        .collect();
    let created: Vec<&Table> = to.tables.iter().filter(|t| !before.contains_key(&t.name)).collect();
    let dropped: Vec<&Table> = from.tables.iter().filter(|t| !after.contains_key(&t.name)).collect();

    let schemas = compare_schemas(from, to);
    let mut types = enums::compare_enums(from, to);
    named_types::compare_named_types(from, to, &mut types);
    let sequences = sequences::compare_sequences(from, to, &common);
    let creating = whole_tables(dialect, &created);
    let dropping = whole_tables(dialect, &dropped);
    let changed = tables::compare_tables(dialect, from, &common, &types);
    let changed = partitions::without_inherited(&common, changed);
    let around = dependents::Surroundings::new(dialect, (from, to), &common, &types.changing, &changed);
    let altered = around.fill_all(std::mem::take(&mut types.altered));
    let disturbed = rebuilds::Disturbed::by(&changed);

    let mut uncounted = creating.uncounted.clone();
    uncounted.extend(dropping.uncounted.iter().cloned());
    let around = order::Surroundings { uncounted, before: &from.dependencies, after: &to.dependencies };
    let partitions = partitions::compare_partitions(&both);
    let tables = TableParts { schemas, types, sequences, creating, dropping, changed, altered, partitions };
    let mut stuck = BTreeSet::new();
    loop {
        let entities = entities::compare_entities(dialect, from, to, disturbed.clone(), &stuck);
        let privileges = privileges::compare_privileges(from, to, &entities.rebuilt);
        let owners = privileges::compare_owners(from, to);
        let altered = carried::fill_entities(tables.altered.clone(), from, to, &entities.rebuilt);
        let callers = callers::callers(dialect, from, &common, &tables.changed, &entities.rebuilt);
        let operations = tables.operations(altered, entities, callers, privileges, owners);
        let ordered = order::order(dialect, operations, &around);
        // What cannot be changed in place is made anew, and what is built on it with it.
        if ordered.stuck.is_subset(&stuck) {
            return renames.operations().into_iter().chain(ordered.operations).collect();
        }
        stuck.extend(ordered.stuck);
    }
}

/// The changes of everything but entities and privileges.
struct TableParts {
    schemas: SchemaChanges,
    types: enums::TypeChanges,
    sequences: sequences::SequenceChanges,
    creating: WholeTables,
    dropping: WholeTables,
    changed: Vec<Operation>,
    altered: Vec<Operation>,
    partitions: Vec<Operation>,
}

impl TableParts {
    /// All changes in the order a person reads: what tables build on, new tables, removed ones, changed ones in Alembic's
    /// order, what stands on tables, and what nothing builds on any more. Dependencies then move only what they must.
    fn operations(
        &self,
        altered: Vec<Operation>,
        entities: entities::EntityChanges,
        callers: callers::Callers,
        privileges: privileges::PrivilegeChanges,
        owners: Vec<Operation>,
    ) -> Vec<Operation> {
        let Self { schemas, types, sequences, creating, dropping, changed, altered: _, partitions } = self;
        let mut operations = schemas.created.clone();
        let mut add = |more: &[Operation]| operations.extend_from_slice(more);
        add(&entities.foundations);
        add(&types.created);
        add(&sequences.created);
        add(&privileges.revoked);
        add(&entities.dropped);
        add(&callers.taken_off);
        add(&altered);
        add(&entities.routines);
        add(&creating.operations(|table| Operation::CreateTable(Box::new(table))));
        let add_key = |(table, constraint)| Operation::AddConstraint { table, constraint };
        add(&creating.foreign_keys.iter().cloned().map(add_key).collect::<Vec<_>>());
        add(&sequences.altered);
        let drop_key = |(table, constraint)| Operation::DropConstraint { table, constraint };
        add(&dropping.foreign_keys.iter().cloned().map(drop_key).collect::<Vec<_>>());
        add(&dropping.operations(|table| Operation::DropTable(Box::new(table))));
        add(changed);
        add(&callers.put_on);
        add(partitions);
        add(&entities.replaced);
        add(&entities.created);
        add(&owners);
        add(&privileges.granted);
        add(&privileges.default_privileges);
        add(&schemas.comments);
        add(&types.comments);
        add(&sequences.comments);
        add(&entities.dropped_routines);
        add(&sequences.dropped);
        add(&types.dropped);
        add(&entities.dropped_foundations);
        add(&schemas.dropped);
        operations
    }
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

impl WholeTables {
    fn operations(&self, operation: impl Fn(Table) -> Operation) -> Vec<Operation> {
        self.tables.iter().cloned().map(operation).collect()
    }
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
