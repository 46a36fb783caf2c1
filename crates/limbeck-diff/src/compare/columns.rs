//! The columns of a table that is there before and after.

use std::collections::BTreeSet;

use limbeck_schema::{Column, Dialect, Operation, QualifiedName, SqlType, Table};

use super::enums::TypeChanges;
use crate::identifiers::possible_columns;
use crate::type_change::may_reference;

/// The changes of a table's columns, and what the objects built on them must know.
#[derive(Default)]
pub(super) struct ColumnChanges {
    pub(super) added: Vec<Operation>,
    pub(super) altered: Vec<Operation>,
    pub(super) dropped: Vec<Operation>,
    /// Columns that cannot be changed under the constraints and indexes on them: those are taken off and put on again.
    pub(super) disturbed: BTreeSet<String>,
    /// Columns whose old and new type no foreign key can stand between.
    pub(super) retyped: BTreeSet<String>,
}

pub(super) fn compare_columns(
    dialect: Dialect,
    from: &Table,
    to: &Table,
    types: &TypeChanges,
) -> ColumnChanges {
    let mut changes = ColumnChanges::default();
    let retyped: BTreeSet<&str> = to
        .columns
        .iter()
        .filter(|c| from.column(&c.name).is_some_and(|old| old.sql_type != c.sql_type))
        .map(|c| c.name.as_str())
        .collect();
    for column in &to.columns {
        let Some(existing) = from.column(&column.name) else {
            changes.added.push(add(&to.name, column));
            continue;
        };
        if dialect == Dialect::Postgresql {
            if must_be_computed_anew(dialect, existing, column, &retyped) {
                changes.dropped.push(drop(&to.name, existing));
                changes.added.push(add(&to.name, column));
                changes.disturbed.insert(column.name.clone());
                continue;
            }
            // The key is made anew under it, which a foreign key that leads there does not allow.
            let converted = existing.sql_type != column.sql_type || existing.collation != column.collation;
            if converted && [from, to].iter().any(|table| is_carried_by_key(table, &column.name)) {
                changes.disturbed.insert(column.name.clone());
            }
            // DROP EXPRESSION keeps what is on the column, its way back (a new generated column) does not.
            if existing.computed != column.computed {
                changes.disturbed.insert(column.name.clone());
            }
            if !may_reference(&existing.sql_type, &column.sql_type) {
                changes.retyped.insert(column.name.clone());
            }
        }
        if !same_column(existing, column) {
            changes.altered.extend(alter_column(dialect, &to.name, existing, column, types));
        }
    }
    let gone = from.columns.iter().filter(|c| to.column(&c.name).is_none());
    changes.dropped.extend(gone.map(|column| drop(&to.name, column)));
    changes
}

/// Whether a key that a foreign key may refer to includes the column.
fn is_carried_by_key(table: &Table, column: &str) -> bool {
    let keys = table.primary_key.iter().map(|pk| &pk.include).chain(table.uniques.iter().map(|u| &u.include));
    let indexes = table.indexes.iter().filter(|index| index.unique).map(|index| &index.include);
    keys.chain(indexes).flatten().any(|name| name == column)
}

fn add(table: &QualifiedName, column: &Column) -> Operation {
    Operation::AddColumn { table: table.clone(), column: Box::new(column.clone()) }
}

fn drop(table: &QualifiedName, column: &Column) -> Operation {
    Operation::DropColumn { table: table.clone(), column: Box::new(column.clone()) }
}

/// Equal in everything that a database holds.
fn same_column(left: &Column, right: &Column) -> bool {
    let Column {
        name,
        sql_type,
        nullable,
        server_default,
        identity,
        computed,
        collation,
        comment,
        backfill: _,
        renamed_from: _,
        renamed_values: _,
    } = left;
    *name == right.name
        && *sql_type == right.sql_type
        && *nullable == right.nullable
        && *server_default == right.server_default
        && *identity == right.identity
        && *computed == right.computed
        && *collation == right.collation
        && *comment == right.comment
}

/// Whether PostgreSQL needs a new column for the change. A plain column cannot become a generated one, the expression
/// of a generated column cannot be changed before PostgreSQL 17, and the type of a column that a generated column uses
/// cannot be changed (PostgreSQL docs, "ALTER TABLE"). The values of a generated column are not lost by that.
fn must_be_computed_anew(dialect: Dialect, from: &Column, to: &Column, retyped: &BTreeSet<&str>) -> bool {
    let Some(computed) = &to.computed else { return false };
    if from.computed != to.computed {
        return true;
    }
    let sql = computed.expression.for_dialect(dialect);
    possible_columns(dialect, sql).iter().any(|name| retyped.contains(name.as_str()))
}

/// A change of a column, in several steps where PostgreSQL, or the way back, cannot do it in one.
fn alter_column(
    dialect: Dialect,
    table: &QualifiedName,
    from: &Column,
    to: &Column,
    types: &TypeChanges,
) -> Vec<Operation> {
    let between = match (dialect, between_values(from, to, types)) {
        (Dialect::Sqlite, _) => Vec::new(),
        (Dialect::Postgresql, Some(between)) => vec![between],
        (Dialect::Postgresql, None) => without_generation(from, to),
    };
    let mut operations = Vec::new();
    let mut from = from.clone();
    for to in between.into_iter().chain([to.clone()]) {
        if !same_column(&from, &to) {
            operations.push(Operation::AlterColumn {
                table: table.clone(),
                from: Box::new(from),
                to: Box::new(to.clone()),
            });
        }
        from = to;
    }
    operations
}

/// What a column is while the values of its types change, if it can be neither what it was nor what it will be.
/// The first step frees it of the old type's values before those change, the second one takes up the new type's after.
fn between_values(from: &Column, to: &Column, types: &TypeChanges) -> Option<Column> {
    let (before, after) = (from.sql_type.named_type()?, to.sql_type.named_type()?);
    if !types.changing.contains(before) {
        return None;
    }
    if before == after {
        // The old default may be a value that goes, the new one a value that comes.
        let default_changes = from.server_default.is_some() && from.server_default != to.server_default;
        return default_changes.then(|| Column { server_default: None, ..from.clone() });
    }
    // Another column may go the opposite way, so neither type could change its values first.
    let text = match &from.sql_type {
        SqlType::Array(_) => SqlType::Array(Box::new(SqlType::Text)),
        _ => SqlType::Text,
    };
    types.changing.contains(after).then(|| Column { sql_type: text, server_default: None, ..from.clone() })
}

/// What a column is between being plain and generated, if more changes than that. The type of a generated column cannot
/// be converted; an identity has an integer type until it is dropped, and is added to a column that is NOT NULL and
/// has no default (PostgreSQL docs, "ALTER TABLE"). One ALTER TABLE checks all that before its first action.
fn without_generation(from: &Column, to: &Column) -> Vec<Column> {
    let generated = |column: &Column| column.identity.is_some() || column.computed.is_some();
    let plain = |column: &Column| Column { identity: None, computed: None, ..column.clone() };
    match (generated(from), generated(to)) {
        (true, false) => vec![plain(from)],
        (false, true) => vec![plain(to)],
        (true, true) if from.computed.is_some() && to.identity.is_some() => vec![plain(from), plain(to)],
        _ => Vec::new(),
    }
}
