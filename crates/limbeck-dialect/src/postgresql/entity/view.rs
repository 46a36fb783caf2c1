//! Views and materialized views.

use std::collections::BTreeMap;

use limbeck_schema::{Entity, EntityKind};

use super::{statements_of, target_of};
use crate::RenderError;
use crate::Statement;
use crate::cursor::{Cursor, split_list};
use crate::entity_text::{create_text, or_replace};
use crate::postgresql::{DIALECT, create_index, identifier, index_name, qualified, storage_parameters};
use crate::replacement::{clause, without_clause};

/// CREATE OR REPLACE VIEW, or the setting of options where nothing else differs.
pub(super) fn replace(from: &Entity, to: &Entity) -> Vec<Statement> {
    if bare(from) == bare(to) {
        return set_options(from, to);
    }
    // It keeps privileges, owner and comments, and forgets every option (PostgreSQL docs, "CREATE VIEW", Notes).
    let mut statements = statements_of(&or_replace(DIALECT, create_text(to)));
    statements.extend(missing_options(to));
    statements.extend(further_statements(to));
    statements.extend(lost_defaults(from, to));
    statements
}

/// Whether CREATE OR REPLACE VIEW leads from the one to the other: columns may only be added at the end.
pub(super) fn can_replace(from: &Entity, to: &Entity) -> bool {
    to.shape.starts_with(&from.shape)
}

/// What is in the definition besides the query that a person may have said in a statement of its own.
pub(super) fn besides_source(entity: &Entity) -> Vec<Statement> {
    missing_options(entity).into_iter().chain(further_statements(entity)).collect()
}

/// The options and indexes of a materialized view.
pub(super) fn alter_materialized(from: &Entity, to: &Entity) -> Result<Vec<Statement>, RenderError> {
    let mut statements = if from.definition == to.definition { Vec::new() } else { set_options(from, to) };
    let view = &to.id.name;
    for index in from.indexes.iter().filter(|index| !to.indexes.contains(index)) {
        statements.push(Statement::new(format!("DROP INDEX {}", qualified(&index_name(view, index)?))));
    }
    for index in to.indexes.iter().filter(|index| !from.indexes.contains(index)) {
        statements.extend(create_index(view, index, false)?);
    }
    Ok(statements)
}

fn bare(entity: &Entity) -> String {
    without_clause(&entity.definition, "with")
}

/// ALTER VIEW … SET and RESET.
fn set_options(from: &Entity, to: &Entity) -> Vec<Statement> {
    let (before, after) = (options(&from.definition), options(&to.definition));
    let target = target_of(&to.id, &to.definition);
    let mut statements = Vec::new();
    let gone: Vec<_> =
        before.keys().filter(|name| !after.contains_key(*name)).map(|n| identifier(n)).collect();
    if !gone.is_empty() {
        statements.push(Statement::new(format!("ALTER {target} RESET ({})", gone.join(", "))));
    }
    let set = after.into_iter().filter(|(name, value)| before.get(name) != Some(value)).collect();
    statements.extend(set_statement(&target, &set));
    statements
}

fn set_statement(target: &str, options: &BTreeMap<String, String>) -> Option<Statement> {
    let sql = || format!("ALTER {target} SET ({})", storage_parameters(options));
    (!options.is_empty()).then(|| Statement::new(sql()))
}

/// The options that the database has of the view and a person's own CREATE VIEW does not say.
fn missing_options(entity: &Entity) -> Option<Statement> {
    let source = entity.source.as_ref()?;
    let said = options(source);
    let missing =
        options(&entity.definition).into_iter().filter(|(name, _)| !said.contains_key(name)).collect();
    set_statement(&target_of(&entity.id, &entity.definition), &missing)
}

/// The statements behind the first of a definition, where a person's own CREATE VIEW is printed instead of it.
fn further_statements(entity: &Entity) -> Vec<Statement> {
    match (&entity.source, entity.id.kind) {
        (Some(_), EntityKind::View) => statements_of(&entity.definition).into_iter().skip(1).collect(),
        _ => Vec::new(),
    }
}

/// Defaults of a view's columns that are gone: replacing the view keeps them.
fn lost_defaults(from: &Entity, to: &Entity) -> Vec<Statement> {
    let columns = |entity: &Entity| -> Vec<String> {
        let further = statements_of(&entity.definition).into_iter().skip(1);
        further.filter_map(|statement| default_column(&statement.sql)).collect()
    };
    let kept = columns(to);
    let lost = columns(from).into_iter().filter(|column| !kept.contains(column));
    let view = qualified(&to.id.name);
    lost.map(|column| {
        Statement::new(format!("ALTER VIEW {view} ALTER COLUMN {} DROP DEFAULT", identifier(&column)))
    })
    .collect()
}

/// The column of `ALTER VIEW v ALTER COLUMN c SET DEFAULT …`.
fn default_column(sql: &str) -> Option<String> {
    let mut cursor = Cursor::new(DIALECT, sql);
    let names = cursor.accept("alter view") && cursor.name().is_some() && cursor.accept("alter");
    cursor.accept("column");
    let column = names.then(|| cursor.identifier()).flatten()?;
    cursor.accept("set default").then_some(column)
}

/// The options of a view: those in WITH (…), and the check option at its end.
fn options(sql: &str) -> BTreeMap<String, String> {
    let mut options = BTreeMap::new();
    for part in split_list(DIALECT, clause(sql, "with").unwrap_or_default()) {
        let (name, value) = part.split_once('=').unwrap_or((part, "true"));
        let value = value.trim().trim_matches('\'').to_owned();
        options.insert(name.trim().trim_matches('"').to_lowercase(), value);
    }
    let tokens = crate::lexer::significant_tokens(DIALECT, sql);
    let words: Vec<String> = tokens
        .iter()
        .rev()
        .filter(|token| !token.is_symbol(";"))
        .take(4)
        .map(|token| token.text.to_ascii_lowercase())
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["option", "check", "local", "with"] => {
            options.insert("check_option".to_owned(), "local".to_owned());
        }
        ["option", "check", "with" | "cascaded", ..] => {
            options.insert("check_option".to_owned(), "cascaded".to_owned());
        }
        _ => {}
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_from_both_ends() {
        let of = |sql| options(sql).into_iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>();
        assert_eq!(
            of("CREATE VIEW v (a) WITH (security_barrier, check_option='local') AS SELECT 1"),
            ["check_option=local", "security_barrier=true"]
        );
        assert_eq!(
            of("CREATE VIEW v AS WITH x AS (SELECT 1) TABLE x WITH CHECK OPTION;"),
            ["check_option=cascaded"]
        );
        assert_eq!(of("CREATE VIEW v AS SELECT 1 WITH LOCAL CHECK OPTION"), ["check_option=local"]);
    }
}
