//! What SQLite's own renames change everywhere (SQLite, "ALTER TABLE RENAME"), followed in the schema.

use limbeck_schema::{Dialect, Expression, IndexTarget, QualifiedName, ReferentialAction, Table, Trigger};

use crate::expression;

const DIALECT: Dialect = Dialect::Sqlite;

/// A table's new name, in itself and in the foreign keys that refer to it.
pub(super) fn table_everywhere<'a>(
    tables: impl Iterator<Item = &'a mut Table>,
    from: &QualifiedName,
    to: &str,
) {
    for table in tables {
        let referred = table.foreign_keys.iter_mut().map(|fk| &mut fk.referred_table);
        for name in std::iter::once(&mut table.name).chain(referred).filter(|name| *name == from) {
            to.clone_into(&mut name.name);
        }
    }
}

/// A column's new name, in its own table and in the foreign keys that refer to it.
pub(super) fn column_everywhere<'a>(
    tables: impl Iterator<Item = &'a mut Table>,
    owner: &QualifiedName,
    from: &str,
    to: &str,
) {
    for table in tables {
        for fk in table.foreign_keys.iter_mut().filter(|fk| fk.referred_table == *owner) {
            in_names(&mut fk.referred_columns, from, to);
        }
        if table.name == *owner {
            in_own_table(table, from, to);
        }
    }
}

fn in_names(names: &mut [String], from: &str, to: &str) {
    for name in names.iter_mut().filter(|name| *name == from) {
        to.clone_into(name);
    }
}

fn in_own_table(table: &mut Table, from: &str, to: &str) {
    let in_expression = |e: &mut Expression| e.sql = expression::rename(DIALECT, &e.sql, from, to);
    for column in &mut table.columns {
        if column.name == from {
            to.clone_into(&mut column.name);
        }
        if let Some(computed) = &mut column.computed {
            in_expression(&mut computed.expression);
        }
    }
    for pk in table.primary_key.iter_mut() {
        in_names(&mut pk.columns, from, to);
    }
    for unique in &mut table.uniques {
        in_names(&mut unique.columns, from, to);
    }
    for check in &mut table.checks {
        in_expression(&mut check.expression);
    }
    for fk in &mut table.foreign_keys {
        in_names(&mut fk.columns, from, to);
        for action in [&mut fk.on_delete, &mut fk.on_update] {
            if let ReferentialAction::SetNull(columns) | ReferentialAction::SetDefault(columns) = action {
                in_names(columns, from, to);
            }
        }
    }
    for index in &mut table.indexes {
        index.predicate.iter_mut().for_each(in_expression);
        for element in &mut index.elements {
            match &mut element.target {
                IndexTarget::Column(name) => in_names(std::slice::from_mut(name), from, to),
                IndexTarget::Expression(e) => in_expression(e),
            }
        }
    }
}

/// A new name in the text of a table's triggers. The text cannot tell a column from one of another table: a trigger
/// that names two columns alike must be looked at by hand.
pub(super) fn in_triggers(triggers: &mut [Trigger], from: &str, to: &str) {
    for trigger in triggers {
        trigger.definition = expression::rename(DIALECT, &trigger.definition, from, to);
        if trigger.table.name == from {
            to.clone_into(&mut trigger.table.name);
        }
    }
}
