//! OPTIONS, versions and mappings: what is changed of an object by ALTER, piece by piece.

use limbeck_schema::Entity;

use super::{statements_of, target_of};
use crate::Statement;
use crate::cursor::{Cursor, split_list};
use crate::postgresql::{DIALECT, identifier};
use crate::replacement::{last_options, settings};

/// ALTER SERVER, ALTER FOREIGN DATA WRAPPER and ALTER FOREIGN TABLE: the version and the options.
pub(super) fn alter_foreign(from: &Entity, to: &Entity) -> Vec<Statement> {
    let target = target_of(&to.id, &to.definition);
    let ((from_head, before), (to_head, after)) =
        (last_options(&from.definition), last_options(&to.definition));
    let mut actions = Vec::new();
    let version = text_after(to_head, "version");
    if version != text_after(from_head, "version") {
        actions.push(format!("VERSION {}", version.unwrap_or("NULL")));
    }
    let (before, after) = (pairs(before.unwrap_or_default()), pairs(after.unwrap_or_default()));
    let mut changes = Vec::new();
    for (name, _) in before.iter().filter(|(name, _)| !after.iter().any(|(other, _)| other == name)) {
        changes.push(format!("DROP {}", identifier(name)));
    }
    for (name, value) in &after {
        match before.iter().find(|(other, _)| other == name) {
            Some((_, old)) if old == value => {}
            Some(_) => changes.push(format!("SET {} {value}", identifier(name))),
            None => changes.push(format!("ADD {} {value}", identifier(name))),
        }
    }
    if !changes.is_empty() {
        actions.push(format!("OPTIONS ({})", changes.join(", ")));
    }
    if actions.is_empty() {
        Vec::new()
    } else {
        vec![Statement::new(format!("ALTER {target} {}", actions.join(" ")))]
    }
}

/// `name 'value'` for each option.
fn pairs(list: &str) -> Vec<(String, &str)> {
    let read = |part| {
        let mut cursor = Cursor::new(DIALECT, part);
        let name = cursor.identifier()?;
        Some((name, part.get(cursor.end_of_last()..)?.trim()))
    };
    split_list(DIALECT, list).into_iter().filter_map(read).collect()
}

/// The constant behind a word in the head of a statement.
fn text_after<'a>(sql: &'a str, word: &str) -> Option<&'a str> {
    let mut cursor = Cursor::new(DIALECT, sql);
    if !cursor.skip_past(word) {
        return None;
    }
    let token = cursor.peek()?;
    sql.get(token.start..token.end())
}

/// ALTER EXTENSION … SET SCHEMA and UPDATE TO.
pub(super) fn alter_extension(from: &Entity, to: &Entity) -> Vec<Statement> {
    let target = target_of(&to.id, &to.definition);
    let part = |entity: &Entity, word: &str| text_after(&entity.definition, word).map(str::to_owned);
    let mut statements = Vec::new();
    if part(from, "schema") != part(to, "schema") {
        // The default schema is not named.
        let schema = part(to, "schema").unwrap_or_else(|| "public".to_owned());
        statements.push(Statement::new(format!("ALTER {target} SET SCHEMA {schema}")));
    }
    if part(from, "version") != part(to, "version") {
        let version = part(to, "version").map(|version| format!(" TO {version}"));
        statements.push(Statement::new(format!("ALTER {target} UPDATE{}", version.unwrap_or_default())));
    }
    statements
}

/// ALTER TEXT SEARCH DICTIONARY: its options.
pub(super) fn alter_dictionary(from: &Entity, to: &Entity) -> Vec<Statement> {
    let is_option = |(name, _): &(String, String)| !name.eq_ignore_ascii_case("template");
    let options =
        |entity: &Entity| settings(&entity.definition).into_iter().filter(is_option).collect::<Vec<_>>();
    let (before, after) = (options(from), options(to));
    let gone = before.iter().filter(|(name, _)| !after.iter().any(|(other, _)| other == name));
    let gone = gone.map(|(name, _)| name.clone());
    let set = after.iter().filter(|pair| !before.contains(pair));
    let changes: Vec<_> = gone.chain(set.map(|(name, value)| format!("{name} = {value}"))).collect();
    vec![Statement::new(format!("ALTER {} ({})", target_of(&to.id, &to.definition), changes.join(", ")))]
}

/// ALTER TEXT SEARCH CONFIGURATION: its mappings, a statement for each.
pub(super) fn alter_configuration(from: &Entity, to: &Entity) -> Vec<Statement> {
    let mappings = |entity: &Entity| -> Vec<String> {
        statements_of(&entity.definition).into_iter().skip(1).map(|statement| statement.sql).collect()
    };
    let (before, after) = (mappings(from), mappings(to));
    let target = target_of(&to.id, &to.definition);
    let gone = before.iter().filter(|sql| !after.contains(sql)).filter_map(|sql| token_types(sql));
    let gone = gone.map(|types| Statement::new(format!("ALTER {target} DROP MAPPING FOR {types}")));
    gone.chain(after.iter().filter(|sql| !before.contains(sql)).map(Statement::new)).collect()
}

/// What stands between FOR and WITH.
fn token_types(sql: &str) -> Option<&str> {
    let mut cursor = Cursor::new(DIALECT, sql);
    if !cursor.skip_past("for") {
        return None;
    }
    let start = cursor.peek()?.start;
    cursor.skip_past("with");
    sql.get(start..cursor.end_of_last().checked_sub("with".len())?).map(str::trim)
}
