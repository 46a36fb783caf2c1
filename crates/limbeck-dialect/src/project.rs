//! A schema as a dialect can hold it, in canonical form.

mod postgresql;
mod sqlite;

use std::collections::BTreeMap;

use limbeck_schema::{Dialect, Expression, Index, IndexElement, IndexTarget, MetaData, SqlType, Table};

use crate::expression::same_name;
use crate::lexer::{Token, TokenKind, significant_tokens};
use crate::{ProjectionError, parse_type, quote_name};

/// Reduces a schema to what the dialect stores: variants are resolved, what the dialect does not have is translated
/// or left out, and what equals the server's default is not said. Two projected schemas mean the same when they are
/// equal, whether they were inspected or declared. Projecting twice changes nothing more.
///
/// SQLite: enums become checked strings, domains their base types with checks, every spelling of "now" becomes CURRENT_TIMESTAMP, the identity of a sole
/// integer primary key becomes the rowid. Comments, sequences, time zones, and whatever only tunes PostgreSQL are left
/// out.
///
/// # Errors
/// Everything that would be lost with a change of meaning, all at once.
pub fn project(dialect: Dialect, metadata: MetaData) -> Result<MetaData, Vec<ProjectionError>> {
    let mut projected = metadata;
    for table in &mut projected.tables {
        resolve_variants(dialect, table);
    }
    for domain in &mut projected.domains {
        make_own(dialect, &mut domain.base_type);
        domain.server_default.iter_mut().for_each(|e| resolve_expression(dialect, e));
        domain.checks.iter_mut().for_each(|check| resolve_expression(dialect, &mut check.expression));
    }
    for attribute in projected.composites.iter_mut().flat_map(|c| &mut c.attributes) {
        make_own(dialect, &mut attribute.sql_type);
    }
    resolve_type_names(dialect, &mut projected);
    let errors = match dialect {
        Dialect::Postgresql => postgresql::project(&mut projected),
        Dialect::Sqlite => sqlite::project(&mut projected),
    };
    if errors.is_empty() { Ok(projected) } else { Err(errors) }
}

/// Types and expressions are the dialect's own afterwards.
fn resolve_variants(dialect: Dialect, table: &mut Table) {
    for column in &mut table.columns {
        make_own(dialect, &mut column.sql_type);
    }
    let Table { columns, primary_key, .. } = &mut *table;
    for column in columns {
        // "PRIMARY KEY enforces the same data constraints as a combination of UNIQUE and NOT NULL" (PostgreSQL,
        // "CREATE TABLE"). SQLite allows NULL there for an old bug's sake; a model never means that.
        if primary_key.as_ref().is_some_and(|pk| pk.columns.contains(&column.name)) {
            column.nullable = false;
        }
    }
    for column in &mut table.columns {
        let is_plain = !matches!(column.sql_type, SqlType::Native { .. } | SqlType::Domain(_));
        column.server_default.take_if(|default| is_plain && is_null(dialect, default.for_dialect(dialect)));
    }
    for_each_expression(table, &mut |expression| resolve_expression(dialect, expression));
    name_indexed_columns(dialect, table);
}

/// A column is indexed as such, also where it was written as an expression.
fn name_indexed_columns(dialect: Dialect, table: &mut Table) {
    let Table { columns, indexes, excludes, .. } = table;
    let of_excludes = excludes.iter_mut().flat_map(|e| &mut e.elements).map(|e| &mut e.element);
    for element in indexes.iter_mut().flat_map(|index| &mut index.elements).chain(of_excludes) {
        let IndexTarget::Expression(expression) = &element.target else { continue };
        if let Some(name) = sole_name(dialect, expression.for_dialect(dialect))
            && let Some(column) = columns.iter().find(|column| same_name(dialect, &column.name, &name))
        {
            element.target = IndexTarget::Column(column.name.clone());
        }
    }
}

/// The name that an expression consists of, in the case it is stored in.
fn sole_name(dialect: Dialect, sql: &str) -> Option<String> {
    let tokens = significant_tokens(dialect, sql);
    let mut inner = tokens.iter().filter(|token| !token.is_symbol("(") && !token.is_symbol(")"));
    let (Some(token), None) = (inner.next(), inner.next()) else { return None };
    let name = token.name()?;
    let folds = dialect == Dialect::Postgresql && token.kind == TokenKind::Word;
    Some(if folds { name.to_lowercase() } else { name })
}

/// Whether a default is NULL, under whatever cast: what a column without a default has. Only a domain may have another
/// one for it to hide.
fn is_null(dialect: Dialect, sql: &str) -> bool {
    let operators =
        ["is", "isnull", "notnull", "and", "or", "not", "in", "between", "like", "ilike", "collate"];
    let in_cast = |token: &Token<'_>| match token.kind {
        TokenKind::Word => !operators.iter().any(|word| token.is_word(word)),
        TokenKind::QuotedName => true,
        TokenKind::Symbol => [":", ",", ".", "(", ")", "[", "]"].iter().any(|s| token.is_symbol(s)),
        TokenKind::Text | TokenKind::Comment => false,
    };
    let tokens = significant_tokens(dialect, sql);
    let mut inner = tokens.iter().skip_while(|token| token.is_symbol("("));
    inner.next().is_some_and(|token| token.is_word("null")) && inner.all(in_cast)
}

fn make_own(dialect: Dialect, sql_type: &mut SqlType) {
    match sql_type.for_dialect(dialect) {
        SqlType::Native { dialect: owner, name } if *owner == dialect => {
            *sql_type = parse_type(dialect, name)
        }
        own if std::ptr::eq(own, sql_type) => {}
        own => *sql_type = own.clone(),
    }
}

fn resolve_expression(dialect: Dialect, expression: &mut Expression) {
    match expression.variants.get(&dialect) {
        Some(own) => *expression = Expression::new(own),
        None => {
            expression.variants.clear();
            if let Some(own) = generic(dialect, &expression.sql) {
                own.clone_into(&mut expression.sql);
            }
        }
    }
}

/// A type given by its text may be one of the schema itself: only the schema can tell.
fn resolve_type_names(dialect: Dialect, metadata: &mut MetaData) {
    let enums = metadata.enums.iter().map(|e| SqlType::Enum(e.name.clone()));
    let domains = metadata.domains.iter().map(|d| SqlType::Domain(d.name.clone()));
    let composites = metadata.composites.iter().map(|c| SqlType::Composite(c.name.clone()));
    let known: BTreeMap<String, SqlType> = enums
        .chain(domains)
        .chain(composites)
        .filter_map(|t| Some((quote_name(Dialect::Postgresql, t.named_type()?), t)))
        .collect();
    if known.is_empty() {
        return;
    }
    fn resolve(dialect: Dialect, sql_type: &mut SqlType, known: &BTreeMap<String, SqlType>) {
        match sql_type {
            SqlType::Array(element) => resolve(dialect, element, known),
            SqlType::Native { dialect: Dialect::Postgresql, name } => {
                match parse_type(Dialect::Postgresql, name) {
                    SqlType::Native { name, .. } => {
                        if let Some(found) = known.get(&name) {
                            *sql_type = found.clone();
                        }
                    }
                    SqlType::Array(mut element) if dialect == Dialect::Postgresql => {
                        resolve(dialect, &mut element, known);
                        *sql_type = SqlType::Array(element);
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
    let columns = metadata.tables.iter_mut().flat_map(|t| &mut t.columns).map(|c| &mut c.sql_type);
    let bases = metadata.domains.iter_mut().map(|d| &mut d.base_type);
    let attributes = metadata.composites.iter_mut().flat_map(|c| &mut c.attributes).map(|a| &mut a.sql_type);
    for sql_type in columns.chain(bases).chain(attributes) {
        resolve(dialect, sql_type, &known);
    }
}

/// A generic expression in the dialect's words, where they are other ones. Only a whole text that is well known is translated, as SQLAlchemy
/// does with its generic functions; the parts of a text would need a parser to be sure of.
fn generic(dialect: Dialect, sql: &str) -> Option<&'static str> {
    let known: &[(&str, &'static str)] = match dialect {
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
    found.map(|(_, own)| *own)
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
    let keys = |element: &mut IndexElement, change: &mut dyn FnMut(&mut Expression)| {
        if let IndexTarget::Expression(expression) = &mut element.target {
            change(expression);
        }
    };
    for index in &mut table.indexes {
        index.predicate.iter_mut().for_each(&mut *change);
        index.elements.iter_mut().for_each(|element| keys(element, change));
    }
    for exclude in &mut table.excludes {
        exclude.predicate.iter_mut().for_each(&mut *change);
        exclude.elements.iter_mut().for_each(|element| keys(&mut element.element, change));
    }
}

/// An index's name for a message.
fn index_label(index: &Index) -> String {
    index.name.clone().unwrap_or_else(|| "an unnamed index".to_owned())
}
