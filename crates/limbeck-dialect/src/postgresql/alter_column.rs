//! ADD COLUMN and ALTER COLUMN.

use limbeck_schema::{Column, Dialect, Identity, QualifiedName, SqlType};

use super::{DIALECT, cast, comment, identifier, literal, qualified, sequence, table, type_name};
use crate::statement::{conversion_mark, todo_comment, todo_mark};
use crate::{RenderError, Statement, clause};

/// ADD COLUMN. Where existing rows need a value that no default gives, the column is added nullable, filled, and then
/// made NOT NULL.
pub(super) fn add(table: &QualifiedName, column: &Column) -> Result<Vec<Statement>, RenderError> {
    let must_fill = must_fill(column);
    let mut added = column.clone();
    added.nullable |= must_fill;
    let definition = table::column_definition(&added)?;
    let mut statements =
        vec![Statement::new(format!("ALTER TABLE {} ADD COLUMN {definition}", qualified(table)))];
    if must_fill {
        statements.push(fill(table, column));
        if !column.nullable {
            let set = format!("ALTER COLUMN {} SET NOT NULL", identifier(&column.name));
            statements.extend(alter_table(table, vec![set]));
        }
    } else if let (Some(value), None, None) = (&column.backfill, &column.computed, &column.identity)
        && column.backfill != column.server_default
    {
        // The default is for new rows.
        let value = value.for_dialect(DIALECT);
        let sql = format!("UPDATE {} SET {} = {value}", qualified(table), identifier(&column.name));
        statements.push(Statement::new(sql));
    }
    if column.comment.is_some() {
        statements.push(comment::on_column(table, column));
    }
    Ok(statements)
}

/// Whether existing rows need a value in a new column that no default gives.
pub(super) fn must_fill(column: &Column) -> bool {
    let fills_itself =
        column.server_default.is_some() || column.identity.is_some() || column.computed.is_some();
    !fills_itself && (!column.nullable || column.backfill.is_some())
}

/// Gives a value to the rows that have none: the backfill, else what new rows get.
pub(super) fn fill(table: &QualifiedName, column: &Column) -> Statement {
    let (owner, name) = (qualified(table), identifier(&column.name));
    match column.backfill.as_ref().or(column.server_default.as_ref()) {
        Some(value) => {
            let value = value.for_dialect(DIALECT);
            Statement::new(format!("UPDATE {owner} SET {name} = {value} WHERE {name} IS NULL"))
        }
        None => {
            let mark = todo_mark(&table.to_string(), &column.name);
            Statement::new(format!("UPDATE {owner}\nSET {name} = NULL {mark}\nWHERE {name} IS NULL"))
                .with_comment(todo_comment(&table.to_string(), &column.name))
        }
    }
}

/// One ALTER TABLE with all actions, or none.
fn alter_table(table: &QualifiedName, actions: Vec<String>) -> Option<Statement> {
    let sql = match actions.as_slice() {
        [] => return None,
        [action] => format!("ALTER TABLE {} {action}", qualified(table)),
        actions => format!("ALTER TABLE {}\n    {}", qualified(table), actions.join(",\n    ")),
    };
    Some(Statement::new(sql))
}

/// ALTER COLUMN.
pub(super) fn alter(
    table: &QualifiedName,
    from: &Column,
    to: &Column,
) -> Result<Vec<Statement>, RenderError> {
    if must_be_recreated(from, to) {
        return recreate(table, to);
    }
    let column = format!("ALTER COLUMN {}", identifier(&to.name));
    let becomes_not_null = from.nullable && !to.nullable;
    let mut first = removals(&column, from, to);
    first.extend(type_change(table, &column, from, to)?);
    if let Some(default) = &to.server_default
        && (from.server_default != to.server_default || default_must_go(from, to))
    {
        first.push(format!("{column} SET DEFAULT {}", default.for_dialect(DIALECT)));
    }
    let mut second = Vec::new();
    if becomes_not_null {
        second.push(format!("{column} SET NOT NULL"));
    }
    second.extend(identity_changes(&column, from, to));
    let mut statements: Vec<Statement> = step_into_limits(table, from, to).into_iter().collect();
    if becomes_not_null {
        statements.extend(alter_table(table, first));
        statements.push(fill(table, to));
        statements.extend(alter_table(table, second));
    } else {
        first.extend(second);
        statements.extend(alter_table(table, first));
    }
    let (before, after) = types(from, to);
    if let (true, Some(statement)) = (cast::keeps_first_element_only(before, after), statements.first_mut()) {
        statement.comment = Some("Only the first element of each array is kept.".to_owned());
    }
    if let (true, Some(statement)) = (cast::depends_on_time_zone(before, after), statements.first_mut()) {
        statement.comment = Some(format!(
            "The values are taken for times of the session's time zone. Where they are of another one, say which:\n\
             USING {} AT TIME ZONE 'UTC'.",
            identifier(&to.name)
        ));
    }
    if let (true, Some(statement)) = (cast::is_impossible(before, after), statements.first_mut()) {
        statement.comment = Some(format!(
            "PostgreSQL has no conversion from {} to {}: say below what becomes of the values,\nand take the mark away.",
            type_name(before)?,
            type_name(after)?
        ));
    }
    if let (None, Some(identity)) = (&from.identity, &to.identity) {
        statements.extend(continue_after_existing(table, to, identity));
    }
    if from.comment != to.comment {
        statements.push(comment::on_column(table, to));
    }
    Ok(statements)
}

/// Whether the column must be dropped and added: only PostgreSQL 17 can change a generation expression, and only a
/// stored one can be taken away.
pub(super) fn must_be_recreated(from: &Column, to: &Column) -> bool {
    match (&from.computed, &to.computed) {
        (None, None) => false,
        (Some(from), None) => !from.persisted,
        (from, to) => from != to,
    }
}

fn recreate(table: &QualifiedName, to: &Column) -> Result<Vec<Statement>, RenderError> {
    let drop = format!("ALTER TABLE {} DROP COLUMN {}", qualified(table), identifier(&to.name));
    let drop = Statement::new(drop).with_comment(
        "How a column is generated can only be changed by dropping and adding it. Indexes, constraints and comments\n\
         on the column go with it.",
    );
    let mut statements = vec![drop];
    statements.extend(add(table, to)?);
    Ok(statements)
}

/// Whether the old default must be out of the way of a change of type: it would be converted too, which fails where
/// no automatic conversion exists, and is pointless where a new default follows.
fn default_must_go(from: &Column, to: &Column) -> bool {
    let (before, after) = types(from, to);
    before != after
        && from.server_default.is_some()
        && (from.server_default != to.server_default || !cast::is_automatic(before, after))
}

fn types<'a>(from: &'a Column, to: &'a Column) -> (&'a SqlType, &'a SqlType) {
    (from.sql_type.for_dialect(Dialect::Postgresql), to.sql_type.for_dialect(Dialect::Postgresql))
}

fn removals(column: &str, from: &Column, to: &Column) -> Vec<String> {
    let mut actions = Vec::new();
    if from.identity.is_some() && to.identity.is_none() {
        actions.push(format!("{column} DROP IDENTITY"));
    }
    if from.computed.is_some() && to.computed.is_none() {
        actions.push(format!("{column} DROP EXPRESSION"));
    }
    if from.server_default.is_some() && (to.server_default.is_none() || default_must_go(from, to)) {
        actions.push(format!("{column} DROP DEFAULT"));
    }
    if !from.nullable && to.nullable {
        actions.push(format!("{column} DROP NOT NULL"));
    }
    actions
}

fn type_change(
    table: &QualifiedName,
    column: &str,
    from: &Column,
    to: &Column,
) -> Result<Option<String>, RenderError> {
    let (before, after) = types(from, to);
    if before == after && from.collation == to.collation {
        return Ok(None);
    }
    let mut action = format!("{column} TYPE {}", type_name(after)?);
    // Without the clause the column gets its type's default collation (PostgreSQL, "ALTER TABLE").
    if let Some(collation) = &to.collation {
        action += &format!(" COLLATE {}", clause::collation_name(DIALECT, collation));
    }
    if cast::is_impossible(before, after) {
        // Above the NULL, because another action may follow behind it.
        let mark = conversion_mark(&table.to_string(), &to.name);
        action += &format!("\n    USING\n        {mark}\n        NULL::{}", type_name(after)?);
    } else if let Some(expression) = cast::using(&identifier(&to.name), before, after)? {
        action += &format!(" USING {expression}");
    }
    Ok(Some(action))
}

fn identity_changes(column: &str, from: &Column, to: &Column) -> Option<String> {
    let to_identity = to.identity.as_ref()?;
    let Some(from_identity) = &from.identity else {
        return Some(format!("{column} ADD {}", table::identity_clause(to_identity)));
    };
    let mut changes = Vec::new();
    if from_identity.always != to_identity.always {
        changes.push(format!("SET GENERATED {}", if to_identity.always { "ALWAYS" } else { "BY DEFAULT" }));
    }
    let data_type = to.sql_type.for_dialect(DIALECT);
    // The sequence has taken the column's new type by then.
    let types = (data_type, data_type);
    let options = sequence::option_changes(types, &from_identity.options, &to_identity.options);
    let set = |option: String| if option == "RESTART" { option } else { format!("SET {option}") };
    changes.extend(options.into_iter().map(set));
    if changes.is_empty() { None } else { Some(format!("{column} {}", changes.join(" "))) }
}

/// The sequence of an identity, set to where its new limits begin if it has not come so far.
fn step_into_limits(table: &QualifiedName, from: &Column, to: &Column) -> Option<Statement> {
    let (before, after) = (from.identity.as_ref()?, to.identity.as_ref()?);
    let data_type = from.sql_type.for_dialect(DIALECT);
    let (value, condition) = sequence::step_into_limits(data_type, &before.options, &after.options)?;
    let sequence = format!("pg_get_serial_sequence({}, {})", literal(&qualified(table)), literal(&to.name));
    // One that never gave a value has none, and is before its limits as well.
    Some(Statement::new(format!(
        "SELECT setval({sequence}, {value}, false)\n\
         WHERE pg_sequence_last_value({sequence}::regclass) IS NULL\n   \
         OR pg_sequence_last_value({sequence}::regclass) {condition}"
    )))
}

/// A column that becomes an identity already holds values: its sequence goes on behind them. One that counts down is
/// left alone, since no end of it can be called free.
fn continue_after_existing(table: &QualifiedName, column: &Column, identity: &Identity) -> Option<Statement> {
    let options = &identity.options;
    if options.increment.is_some_and(|step| step < 0) {
        return None;
    }
    let start = options.start.or(options.min_value).unwrap_or(1);
    let name = identifier(&column.name);
    let sql = format!(
        "SELECT setval(pg_get_serial_sequence({}, {}), greatest(coalesce(max({name}) + 1, {start}), {start}), false) FROM {}",
        literal(&qualified(table)),
        literal(&column.name),
        qualified(table)
    );
    Some(Statement::new(sql))
}
