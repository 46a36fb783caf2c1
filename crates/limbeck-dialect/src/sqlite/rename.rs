//! What SQLite's own renames change everywhere (SQLite, "ALTER TABLE RENAME"), followed in the schema.

use limbeck_schema::{Dialect, Entity, Expression, IndexTarget, QualifiedName, ReferentialAction, Table};

use crate::expression;
use crate::lexer::Token;

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

/// A table's new name in the text of a trigger.
pub(super) fn table_in_trigger(trigger: &mut Entity, from: &QualifiedName, to: &str) {
    if let Some(on) = trigger.id.on.as_mut().filter(|on| *on == from) {
        to.clone_into(&mut on.name);
    }
    trigger.definition =
        expression::rename_where(DIALECT, &trigger.definition, &from.name, to, |tokens, at| {
            qualifier(tokens, at).is_none()
        });
}

/// A column's new name in the text of a trigger.
///
/// `others` are the other tables that have a column of the old name. Where the trigger mentions one of them, a name
/// in its body without a qualifier may be theirs, and is left alone.
pub(super) fn column_in_trigger(
    trigger: &mut Entity,
    owner: &QualifiedName,
    from: &str,
    to: &str,
    others: &[String],
) {
    let is_own = trigger.id.on.as_ref() == Some(owner);
    let text = trigger.definition.clone();
    let is_clear = expression::mentions(DIALECT, &text, &owner.name)
        && !others.iter().any(|other| expression::mentions(DIALECT, &text, other));
    trigger.definition = expression::rename_where(DIALECT, &text, from, to, |tokens, at| {
        let in_head = !tokens.iter().take(at).any(|t| t.is_word("begin"));
        match qualifier(tokens, at) {
            Some(row) if ["new", "old"].contains(&row.to_ascii_lowercase().as_str()) => is_own,
            Some(table) => table.eq_ignore_ascii_case(&owner.name),
            // The head names columns in UPDATE OF, which are the trigger's own table's.
            None => is_clear || (is_own && in_head),
        }
    });
}

/// What stands before a name and a dot.
fn qualifier(tokens: &[Token<'_>], at: usize) -> Option<String> {
    let (dot, name) = (tokens.get(at.checked_sub(1)?)?, tokens.get(at.checked_sub(2)?)?);
    if dot.is_symbol(".") { name.name() } else { None }
}
