//! A schema as a dialect can hold it, in canonical form.

mod postgresql;
mod sqlite;

use limbeck_schema::{Dialect, Expression, Index, IndexTarget, MetaData, SqlType, Table};

use crate::{ProjectionError, parse_type};

/// Reduces a schema to what the dialect stores: variants are resolved, what the dialect does not have is translated
/// or left out, and what equals the server's default is not said. Two projected schemas mean the same when they are
/// equal, whether they were inspected or declared. Projecting twice changes nothing more.
///
/// SQLite: enums become checked strings, every spelling of "now" becomes CURRENT_TIMESTAMP, the identity of a sole
/// integer primary key becomes the rowid. Comments, sequences, time zones, and whatever only tunes PostgreSQL are left
/// out.
///
/// # Errors
/// Everything that would be lost with a change of meaning, all at once.
pub fn project(dialect: Dialect, metadata: &MetaData) -> Result<MetaData, Vec<ProjectionError>> {
    let mut projected = metadata.clone();
    for table in &mut projected.tables {
        resolve_variants(dialect, table);
    }
    let errors = match dialect {
        Dialect::Postgresql => postgresql::project(&mut projected),
        Dialect::Sqlite => sqlite::project(&mut projected),
    };
    if errors.is_empty() { Ok(projected) } else { Err(errors) }
}

/// Types and expressions are the dialect's own afterwards.
fn resolve_variants(dialect: Dialect, table: &mut Table) {
    for column in &mut table.columns {
        column.sql_type = column.sql_type.for_dialect(dialect).clone();
        if let SqlType::Native { dialect: owner, name } = &column.sql_type
            && *owner == dialect
        {
            column.sql_type = parse_type(dialect, name);
        }
    }
    for key in table.primary_key.clone().into_iter().flat_map(|pk| pk.columns) {
        // "PRIMARY KEY enforces the same data constraints as a combination of UNIQUE and NOT NULL" (PostgreSQL,
        // "CREATE TABLE"). SQLite allows NULL there for an old bug's sake; a model never means that.
        if let Some(column) = table.column_mut(&key) {
            column.nullable = false;
        }
    }
    for_each_expression(table, &mut |expression| {
        *expression = match expression.variants.get(&dialect) {
            Some(own) => Expression::new(own),
            None => Expression::new(generic(dialect, &expression.sql)),
        };
    });
}

/// A generic expression in the dialect's words. Only a whole text that is well known is translated, as SQLAlchemy
/// does with its generic functions; the parts of a text would need a parser to be sure of.
fn generic(dialect: Dialect, sql: &str) -> &str {
    let known: &[(&str, &str)] = match dialect {
        Dialect::Postgresql => &[],
        Dialect::Sqlite => &[
            ("now()", "CURRENT_TIMESTAMP"),
            ("current_timestamp", "CURRENT_TIMESTAMP"),
            ("current_timestamp()", "CURRENT_TIMESTAMP"),
            ("localtimestamp", "CURRENT_TIMESTAMP"),
            ("current_date", "CURRENT_DATE"),
            ("current_time", "CURRENT_TIME"),
            ("localtime", "CURRENT_TIME"),
            ("true", "1"),
            ("false", "0"),
        ],
    };
    let found = known.iter().find(|(generic, _)| sql.trim().eq_ignore_ascii_case(generic));
    found.map_or(sql, |(_, own)| own)
}

fn for_each_expression(table: &mut Table, change: &mut dyn FnMut(&mut Expression)) {
    for column in &mut table.columns {
        column.server_default.iter_mut().chain(&mut column.backfill).for_each(&mut *change);
        if let Some(computed) = &mut column.computed {
            change(&mut computed.expression);
        }
    }
    for check in &mut table.checks {
        change(&mut check.expression);
    }
    for index in &mut table.indexes {
        index.predicate.iter_mut().for_each(&mut *change);
        for element in &mut index.elements {
            if let IndexTarget::Expression(expression) = &mut element.target {
                change(expression);
            }
        }
    }
}

/// An index's name for a message.
fn index_label(index: &Index) -> String {
    index.name.clone().unwrap_or_else(|| "an unnamed index".to_owned())
}
