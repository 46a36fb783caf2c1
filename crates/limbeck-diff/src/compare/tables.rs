//! The tables that are there before and after.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_schema::{
    CommentTarget, Constraint, Dialect, ForeignKey, IndexTarget, MetaData, Operation, QualifiedName, Table,
};

use super::columns::{ColumnChanges, compare_columns};
use super::comment_change;
use super::constraints::{self, ObjectChanges, compare_constraints};
use super::enums::TypeChanges;
use super::indexes::{self, compare_indexes};
use crate::identifiers::possible_columns;

/// The changes of the tables in `common`, table by table, in Alembic's order within a table: columns added, columns
/// altered, constraints and indexes removed, then added, the table's comment, columns dropped.
pub(super) fn compare_tables(
    dialect: Dialect,
    from: &MetaData,
    common: &[(&Table, &Table)],
    types: &TypeChanges,
) -> Vec<Operation> {
    let taken = TakenNames::of(from);
    let mut tables = Vec::with_capacity(common.len());
    let mut disturbances = Disturbances::default();
    for (from, to) in common {
        let changes = compare_without_foreign_keys(dialect, from, to, &taken, types);
        disturbances.note(&to.name, &changes);
        tables.push(changes);
    }
    let mut operations = Vec::new();
    for ((from, to), changes) in common.iter().zip(tables) {
        let foreign_keys = compare_foreign_keys(dialect, from, to, &taken, &disturbances);
        let TableChanges { columns, options, objects, comment } = changes;
        operations.extend(options);
        operations.extend(columns.added);
        operations.extend(columns.altered);
        operations.extend(objects.removed);
        operations.extend(foreign_keys.removed);
        operations.extend(objects.renamed);
        operations.extend(foreign_keys.renamed);
        operations.extend(objects.added);
        operations.extend(foreign_keys.added);
        operations.extend(comment);
        operations.extend(objects.comments);
        operations.extend(foreign_keys.comments);
        operations.extend(columns.dropped);
    }
    operations
}

struct TableChanges {
    columns: ColumnChanges,
    options: Option<Operation>,
    objects: ObjectChanges,
    comment: Option<Operation>,
}

fn compare_without_foreign_keys(
    dialect: Dialect,
    from: &Table,
    to: &Table,
    taken: &TakenNames<'_>,
    types: &TypeChanges,
) -> TableChanges {
    let columns = compare_columns(dialect, from, to, types);
    let quiet = columns.disturbed.is_empty();
    let renewed = |c: &Constraint| constraints::is_disturbed(dialect, c, &columns.disturbed);
    let mut objects = ObjectChanges::default();
    let mut compare = |from_kind: Vec<Constraint>, to_kind: Vec<Constraint>| {
        objects.append(compare_constraints(dialect, (from, to), (&from_kind, &to_kind), taken, &renewed));
    };
    // Nearly all tables of a large schema are as they were: nothing is copied for those.
    if !quiet || from.primary_key != to.primary_key {
        let kind = |t: &Table| t.primary_key.iter().cloned().map(Constraint::PrimaryKey).collect();
        compare(kind(from), kind(to));
    }
    if !quiet || from.uniques != to.uniques {
        let kind = |t: &Table| t.uniques.iter().cloned().map(Constraint::Unique).collect();
        compare(kind(from), kind(to));
    }
    if !quiet || from.checks != to.checks {
        let kind = |t: &Table| t.checks.iter().cloned().map(Constraint::Check).collect();
        compare(kind(from), kind(to));
    }
    if !quiet || from.excludes != to.excludes {
        let kind = |t: &Table| t.excludes.iter().cloned().map(Constraint::Exclude).collect();
        compare(kind(from), kind(to));
    }
    if !quiet || from.indexes != to.indexes {
        let renewed = |index: &_| indexes::is_disturbed(dialect, index, &columns.disturbed);
        objects.append(compare_indexes(dialect, from, to, taken, &renewed));
    }
    let options = options_change(from, to);
    let comment = comment_change(CommentTarget::Table(to.name.clone()), &from.comment, &to.comment);
    TableChanges { columns, options, objects, comment }
}

/// What the table is a partition of, changes by operations of its own (`partitions`).
fn options_change(from: &Table, to: &Table) -> Option<Operation> {
    let of_its_own = |table: &Table| {
        let mut options = table.options.clone();
        options.postgresql.partition_of = None;
        Box::new(options)
    };
    if from.options == to.options {
        return None;
    }
    let (table, from, to) = (to.name.clone(), of_its_own(from), of_its_own(to));
    (from != to).then_some(Operation::AlterTableOptions { table, from, to })
}

/// What foreign keys anywhere in the schema cannot stay through.
#[derive(Default)]
struct Disturbances {
    /// Columns, by table.
    columns: BTreeMap<QualifiedName, BTreeSet<String>>,
    /// Keys that go, as sorted columns. A foreign key depends on the index of one particular key, and the catalogs
    /// alone know of which when two keys have the same columns.
    keys: BTreeSet<(QualifiedName, Vec<String>)>,
}

impl Disturbances {
    fn note(&mut self, table: &QualifiedName, changes: &TableChanges) {
        let ColumnChanges { disturbed, retyped, .. } = &changes.columns;
        if !disturbed.is_empty() || !retyped.is_empty() {
            self.columns.insert(table.clone(), disturbed.union(retyped).cloned().collect());
        }
        for operation in &changes.objects.removed {
            let mut columns: Vec<String> = match operation {
                Operation::DropConstraint { constraint: Constraint::PrimaryKey(pk), .. } => {
                    pk.columns.clone()
                }
                Operation::DropConstraint { constraint: Constraint::Unique(u), .. } => u.columns.clone(),
                Operation::DropIndex { index, .. } if index.unique => {
                    let plain = index.elements.iter().filter_map(|e| match &e.target {
                        IndexTarget::Column(name) => Some(name.clone()),
                        IndexTarget::Expression(_) => None,
                    });
                    plain.collect()
                }
                _ => continue,
            };
            columns.sort_unstable();
            self.keys.insert((table.clone(), columns));
        }
    }

    fn reach(&self, table: &QualifiedName, fk: &ForeignKey) -> bool {
        if self.columns.is_empty() && self.keys.is_empty() {
            return false;
        }
        let any = |table, columns: &[String]| {
            self.columns.get(table).is_some_and(|hit| columns.iter().any(|c| hit.contains(c)))
        };
        let mut key = fk.referred_columns.clone();
        key.sort_unstable();
        any(table, &fk.columns)
            || any(&fk.referred_table, &fk.referred_columns)
            || self.keys.contains(&(fk.referred_table.clone(), key))
    }
}

fn compare_foreign_keys(
    dialect: Dialect,
    from: &Table,
    to: &Table,
    taken: &TakenNames<'_>,
    disturbances: &Disturbances,
) -> ObjectChanges {
    // SQLite checks a foreign key when rows change, not when the key it refers to does.
    let renewed = |fk: &ForeignKey| dialect == Dialect::Postgresql && disturbances.reach(&to.name, fk);
    if from.foreign_keys == to.foreign_keys && !from.foreign_keys.iter().any(renewed) {
        return ObjectChanges::default();
    }
    let kind = |t: &Table| t.foreign_keys.iter().cloned().map(Constraint::ForeignKey).collect::<Vec<_>>();
    compare_constraints(
        dialect,
        (from, to),
        (&kind(from), &kind(to)),
        taken,
        &|constraint| match constraint {
            Constraint::ForeignKey(fk) => renewed(fk),
            _ => false,
        },
    )
}

/// Names in use before anything changes. An object is not renamed to one of them but dropped and made anew: two that
/// swap names could not be renamed in any order.
pub(super) struct TakenNames<'a> {
    relations: BTreeSet<(Option<&'a str>, &'a str)>,
}

impl<'a> TakenNames<'a> {
    fn of(metadata: &'a MetaData) -> Self {
        let mut relations = BTreeSet::new();
        for table in &metadata.tables {
            let schema = table.name.schema.as_deref();
            relations.insert((schema, table.name.name.as_str()));
            let keys =
                table.primary_key.iter().map(|pk| &pk.name).chain(table.uniques.iter().map(|u| &u.name));
            let keys = keys.chain(table.excludes.iter().map(|e| &e.name));
            let names = keys.chain(table.indexes.iter().map(|i| &i.name)).flatten();
            relations.extend(names.map(|name| (schema, name.as_str())));
        }
        let sequences = metadata.sequences.iter().map(|s| &s.name);
        relations.extend(sequences.map(|name| (name.schema.as_deref(), name.name.as_str())));
        Self { relations }
    }

    /// Whether a table, index or sequence beside the table has the name.
    pub(super) fn for_relation(&self, table: &QualifiedName, name: &str) -> bool {
        self.relations.contains(&(table.schema.as_deref(), name))
    }

    /// Whether the constraint cannot take the name: a constraint of its table has it or, for one with an index, a
    /// relation of its schema.
    pub(super) fn for_constraint(&self, table: &Table, constraint: &Constraint, name: &str) -> bool {
        let has_index =
            matches!(constraint, Constraint::PrimaryKey(_) | Constraint::Unique(_) | Constraint::Exclude(_));
        (has_index && self.for_relation(&table.name, name))
            || table.constraints().any(|c| c.name() == Some(name))
    }
}

/// Whether an expression uses one of the columns.
pub(super) fn disturbs_expression(dialect: Dialect, sql: &str, columns: &BTreeSet<String>) -> bool {
    !columns.is_empty() && possible_columns(dialect, sql).iter().any(|name| columns.contains(name))
}
