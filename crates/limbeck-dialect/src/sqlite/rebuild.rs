//! A table rebuild, by the procedure of SQLite, "Making Other Kinds Of Table Schema Changes".

use limbeck_schema::{Column, QualifiedName, SqlType, Table, TableRebuild};

use super::types::{Affinity, affinity};
use super::{DIALECT, create_index, identifier, qualified, table, type_name};
use crate::entity_text::create_text;
use crate::expression::mentions;
use crate::lexer::significant_tokens;
use crate::quote::quote_literal;
use crate::statement::{todo_comment, todo_mark};
use crate::{RenderError, Statement};

/// Makes the new table under a name of its own, copies the rows, and puts it in the old one's place.
///
/// The procedure needs `foreign_keys=OFF`, which is set outside the transaction by whoever runs it: dropping the old
/// table would else delete its rows, and with them the rows of others that cascade.
pub(super) fn rebuild(change: &TableRebuild) -> Result<Vec<Statement>, RenderError> {
    let TableRebuild { from, to, triggers } = change;
    let new_name =
        QualifiedName { schema: to.name.schema.clone(), name: format!("_limbeck_new_{}", to.name.name) };
    let (old, new) = (qualified(&to.name), qualified(&new_name));
    let remark = format!("Rebuild {}: ALTER TABLE cannot make this change.", to.name);
    let mut statements = vec![Statement::new(table::create(to, &new)?).with_comment(remark)];
    statements.extend(copy_rows(from, to, &new)?);
    if from.options.sqlite.autoincrement && to.options.sqlite.autoincrement {
        statements.extend(keep_sequence(&to.name, &new_name));
    }
    statements.push(Statement::new(format!("DROP TABLE {old}")));
    // Else the renaming would rewrite, or refuse to find, references to the table in views, triggers and other tables.
    statements.push(Statement::new("PRAGMA legacy_alter_table=ON"));
    statements.push(Statement::new(format!("ALTER TABLE {new} RENAME TO {}", identifier(&to.name.name))));
    statements.push(Statement::new("PRAGMA legacy_alter_table=OFF"));
    for index in &to.indexes {
        statements.push(create_index(&to.name, index)?);
    }
    statements.extend(triggers.iter().map(|trigger| Statement::verbatim(create_text(trigger))));
    Ok(statements)
}

/// INSERT … SELECT over every column that is not generated.
fn copy_rows(from: &Table, to: &Table, new: &str) -> Result<Option<Statement>, RenderError> {
    let columns: Vec<_> = to.columns.iter().filter(|c| c.computed.is_none()).collect();
    let values = columns.iter().map(|c| copied_value(from, to, c)).collect::<Result<Vec<_>, _>>()?;
    if columns.is_empty() {
        return Ok(None);
    }
    let table = to.name.to_string();
    let targets = columns.iter().map(|c| identifier(&c.name)).collect::<Vec<_>>().join(", ");
    let asked: Vec<_> = columns.iter().zip(&values).filter(|(_, value)| value.is_asked).collect();
    let list = if asked.is_empty() {
        format!(" {}", values.iter().map(|v| v.sql.as_str()).collect::<Vec<_>>().join(", "))
    } else {
        listed(&table, &columns, &values)
    };
    let sql = format!("INSERT INTO {new} ({targets})\nSELECT{list}\nFROM {}", qualified(&to.name));
    let remarks: Vec<_> = asked.iter().map(|(column, _)| todo_comment(&table, &column.name)).collect();
    let comment = if remarks.is_empty() { None } else { Some(remarks.join("\n")) };
    Ok(Some(Statement { sql, comment }))
}

/// The values, one a line, so that a mark can stand beside the value it is about.
fn listed(table: &str, columns: &[&Column], values: &[CopiedValue]) -> String {
    let last = values.len().saturating_sub(1);
    let lines = columns.iter().zip(values).enumerate().map(|(at, (column, value))| {
        let comma = if at == last { "" } else { "," };
        let mark =
            if value.is_asked { format!(" {}", todo_mark(table, &column.name)) } else { String::new() };
        format!("\n    {}{comma}{mark}", value.sql)
    });
    lines.collect()
}

/// What a column of the new table gets from a row of the old one.
struct CopiedValue {
    sql: String,
    /// Whether a NULL in it must be replaced by hand.
    is_asked: bool,
}

fn copied_value(from: &Table, to: &Table, column: &Column) -> Result<CopiedValue, RenderError> {
    let fallback = column.backfill.as_ref().or(column.server_default.as_ref());
    let fallback = fallback.map(|value| value.for_dialect(DIALECT));
    // A NULL there takes the next number.
    let is_rowid = to.is_sole_primary_key(&column.name)
        && !to.options.sqlite.without_rowid
        && *column.sql_type.for_dialect(DIALECT) == SqlType::Integer;
    let needs_value = !column.nullable && !is_rowid;
    let is_asked = needs_value && fallback.is_none();
    let given = fallback.unwrap_or("NULL");
    let Some(old) = from.columns.iter().find(|c| c.name.eq_ignore_ascii_case(&column.name)) else {
        return Ok(CopiedValue { sql: given.to_owned(), is_asked });
    };
    let value = with_renamed_values((from, old), (to, column), converted(old, column)?);
    if old.nullable && needs_value {
        Ok(CopiedValue { sql: format!("coalesce({value}, {given})"), is_asked })
    } else {
        Ok(CopiedValue { sql: value, is_asked: false })
    }
}

/// The value with every value of an enum type that was renamed by its new name. Which names are old and which new the
/// conditions of the two tables tell: on the way back it is the other way round, and what has happened already is over.
fn with_renamed_values(from: (&Table, &Column), to: (&Table, &Column), value: String) -> String {
    let forward = to.1.renamed_values.iter().map(|(new, former)| (former, new));
    let backward = from.1.renamed_values.iter();
    let is_pending = |(old, new): &(&String, &String)| {
        allows(from, old) && !allows(from, new) && allows(to, new) && !allows(to, old)
    };
    let literal = |value: &str| quote_literal(DIALECT, value);
    let cases: Vec<_> = forward
        .chain(backward)
        .filter(is_pending)
        .map(|(old, new)| format!("WHEN {} THEN {}", literal(old), literal(new)))
        .collect();
    if cases.is_empty() { value } else { format!("CASE {value} {} ELSE {value} END", cases.join(" ")) }
}

/// Whether a condition on the column names the value.
fn allows((table, column): (&Table, &Column), value: &str) -> bool {
    let literal = quote_literal(DIALECT, value);
    table.checks.iter().map(|check| check.expression.for_dialect(DIALECT)).any(|sql| {
        mentions(DIALECT, sql, &column.name)
            && significant_tokens(DIALECT, sql).iter().any(|token| token.text == literal)
    })
}

/// The old value for the new type. The new column's affinity converts by itself what can be converted without a loss,
/// where CAST would make 0 of a text that is no number; but between text and bytes only CAST converts.
fn converted(old: &Column, new: &Column) -> Result<String, RenderError> {
    let name = identifier(&old.name);
    let (before, after) = (type_name(&old.sql_type)?, type_name(&new.sql_type)?);
    Ok(match (affinity(&before), affinity(&after)) {
        (Affinity::Text, Affinity::Blob) => format!("CAST({name} AS BLOB)"),
        (Affinity::Blob, Affinity::Text) => format!("CAST({name} AS TEXT)"),
        _ => name,
    })
}

/// The highest number ever given is kept with AUTOINCREMENT, though its row may be gone: it must not be given again
/// (SQLite, "SQLite Autoincrement").
fn keep_sequence(old: &QualifiedName, new: &QualifiedName) -> [Statement; 2] {
    let sequence = qualified(&old.with_name("sqlite_sequence"));
    let (old, new) = (quote_literal(DIALECT, &old.name), quote_literal(DIALECT, &new.name));
    [
        Statement::new(format!("DELETE FROM {sequence} WHERE name = {new}")),
        Statement::new(format!(
            "INSERT INTO {sequence} (name, seq) SELECT {new}, seq FROM {sequence} WHERE name = {old}"
        )),
    ]
}
