//! CREATE TABLE and ADD COLUMN.

use limbeck_schema::{Column, Constraint, QualifiedName, Table};

use super::{DIALECT, PLAN_FIRST, PROJECT_FIRST, constraint, identifier, qualified, type_name, unsupported};
use crate::expression::enclosed;
use crate::lexer::{TokenKind, significant_tokens};
use crate::{RenderError, Statement, clause};

/// CREATE TABLE under the given, already quoted, name.
pub(super) fn create(table: &Table, name: &str) -> Result<String, RenderError> {
    let options = &table.options.sqlite;
    if !table.options.postgresql.is_default() || table.comment.is_some() {
        return Err(unsupported("hold PostgreSQL's table options and comments", PROJECT_FIRST));
    }
    let mut items = Vec::new();
    for column in &table.columns {
        let mut definition = column_definition(column)?;
        if options.autoincrement && table.is_sole_primary_key(&column.name) {
            // Only the column's own clause can say AUTOINCREMENT (SQLite, "CREATE TABLE").
            let name = table.primary_key.as_ref().and_then(|pk| pk.name.as_deref());
            let name = name.map(|n| format!(" CONSTRAINT {}", identifier(n))).unwrap_or_default();
            definition += &format!("{name} PRIMARY KEY AUTOINCREMENT");
        }
        items.push(definition);
    }
    for item in table.constraints() {
        let stands_with_column = options.autoincrement && matches!(item, Constraint::PrimaryKey(_));
        if !stands_with_column {
            items.push(constraint(&item)?);
        }
    }
    let table_options = [(options.without_rowid, "WITHOUT ROWID"), (options.strict, "STRICT")];
    let table_options: Vec<_> = table_options.iter().filter(|(set, _)| *set).map(|(_, text)| *text).collect();
    let tail =
        if table_options.is_empty() { String::new() } else { format!(" {}", table_options.join(", ")) };
    Ok(format!("CREATE TABLE {name} (\n    {}\n){tail}", items.join(",\n    ")))
}

/// A column as it stands in CREATE TABLE and ADD COLUMN.
fn column_definition(column: &Column) -> Result<String, RenderError> {
    if column.identity.is_some() {
        return Err(unsupported("hold an identity", PROJECT_FIRST));
    }
    if column.comment.is_some() {
        return Err(unsupported("hold comments", PROJECT_FIRST));
    }
    let mut sql =
        format!("{} {}", identifier(&column.name), type_name(&column.sql_type)?).trim_end().to_owned();
    if let Some(collation) = &column.collation {
        sql += &format!(" COLLATE {}", clause::collation_name(DIALECT, collation));
    }
    if let Some(default) = &column.server_default {
        let default = default.for_dialect(DIALECT);
        let bare = is_constant(default) || is_current_time(default);
        sql += &format!(" DEFAULT {}", if bare { default.to_owned() } else { enclosed(DIALECT, default) });
    }
    if let Some(computed) = &column.computed {
        sql += &format!(
            " GENERATED ALWAYS AS {} {}",
            enclosed(DIALECT, computed.expression.for_dialect(DIALECT)),
            if computed.persisted { "STORED" } else { "VIRTUAL" }
        );
    }
    if !column.nullable {
        sql += " NOT NULL";
    }
    Ok(sql)
}

/// Whether a default is a literal value, which is what ADD COLUMN takes (SQLite, "ALTER TABLE ADD COLUMN"). Anything else
/// needs parentheses in CREATE TABLE, too.
pub(super) fn is_constant(default: &str) -> bool {
    let tokens = significant_tokens(DIALECT, default);
    match tokens.as_slice() {
        [value] if value.kind == TokenKind::Text => true,
        [value] if ["null", "true", "false"].iter().any(|word| value.is_word(word)) => true,
        [prefix, value] if prefix.is_word("x") && value.kind == TokenKind::Text => true,
        _ => is_number(default.trim()),
    }
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text).trim_start();
    digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') && digits.parse::<f64>().is_ok()
}

/// Whether a default is one of the special values that stand without parentheses, but only in CREATE TABLE.
fn is_current_time(default: &str) -> bool {
    ["CURRENT_TIMESTAMP", "CURRENT_DATE", "CURRENT_TIME"]
        .iter()
        .any(|word| default.trim().eq_ignore_ascii_case(word))
}

/// Whether ADD COLUMN can add the column, by the restrictions of SQLite, "ALTER TABLE ADD COLUMN".
pub(super) fn can_add(column: &Column) -> bool {
    let stored = column.computed.as_ref().is_some_and(|c| c.persisted);
    let default = column.server_default.as_ref().map(|d| d.for_dialect(DIALECT));
    let constant = default.is_none_or(is_constant);
    let filled = column.nullable
        || column.computed.is_some()
        || default.is_some_and(|d| !d.trim().eq_ignore_ascii_case("null"));
    // A NOT NULL generated column would have to be checked against the rows.
    let generated_not_null = column.computed.is_some() && !column.nullable;
    column.identity.is_none() && !stored && constant && filled && !generated_not_null
}

/// ADD COLUMN, and the values for existing rows.
pub(super) fn add_column(table: &QualifiedName, column: &Column) -> Result<Vec<Statement>, RenderError> {
    if !can_add(column) {
        return Err(unsupported(
            "add a column that is NOT NULL without a default, is stored or has a default that is no constant",
            PLAN_FIRST,
        ));
    }
    let definition = column_definition(column)?;
    let mut statements =
        vec![Statement::new(format!("ALTER TABLE {} ADD COLUMN {definition}", qualified(table)))];
    if let (Some(value), None) = (&column.backfill, &column.computed)
        && column.backfill != column.server_default
    {
        let value = value.for_dialect(DIALECT);
        let sql = format!("UPDATE {} SET {} = {value}", qualified(table), identifier(&column.name));
        statements.push(Statement::new(sql));
    }
    Ok(statements)
}
