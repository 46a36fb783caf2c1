//! The CREATE statements of entities, as texts to be printed.

use std::collections::BTreeMap;

use limbeck_schema::{Dialect, Entity};

use crate::cursor::{Cursor, stored_name};
use crate::lexer::significant_tokens;
use crate::quote::quote_identifier;

/// The statement that a script prints: a person's own words where they are known.
pub(crate) fn create_text(entity: &Entity) -> &str {
    entity.source.as_deref().unwrap_or(&entity.definition)
}

/// The statement with OR REPLACE in it, in the case that its CREATE is in.
///
/// ```
/// use limbeck_dialect::or_replace;
/// use limbeck_schema::Dialect;
/// let sql = or_replace(Dialect::Postgresql, "create view v as select 1");
/// assert_eq!(sql, "create or replace view v as select 1");
/// assert_eq!(or_replace(Dialect::Postgresql, &sql), sql);
/// ```
pub fn or_replace(dialect: Dialect, sql: &str) -> String {
    let mut cursor = Cursor::new(dialect, sql);
    if !cursor.accept("create") {
        return sql.to_owned();
    }
    let end = cursor.end_of_last();
    match (cursor.accept("or replace"), sql.split_at_checked(end)) {
        (false, Some((create, rest))) if create.ends_with('e') => format!("{create} or replace{rest}"),
        (false, Some((create, rest))) => format!("{create} OR REPLACE{rest}"),
        _ => sql.to_owned(),
    }
}

/// The statement without OR REPLACE, which then fails where something of the name is there already.
pub(crate) fn without_or_replace(dialect: Dialect, sql: &str) -> String {
    let mut cursor = Cursor::new(dialect, sql);
    if !cursor.accept("create") {
        return sql.to_owned();
    }
    let start = cursor.end_of_last();
    if !cursor.accept("or replace") {
        return sql.to_owned();
    }
    let (create, rest) = (sql.get(..start).unwrap_or_default(), sql.get(cursor.end_of_last()..));
    format!("{create}{}", rest.unwrap_or_default())
}

/// The statement as the database prints it after names in it were changed (former name → new name). Strings stay as they
/// are: no database looks into the body of a function for that.
///
/// ```
/// use limbeck_dialect::rename_names;
/// use limbeck_schema::Dialect;
/// let renamed = [("a".to_owned(), "b c".to_owned())].into();
/// assert_eq!(rename_names(Dialect::Postgresql, "SELECT t.a, 'a'", &renamed), "SELECT t.\"b c\", 'a'");
/// ```
pub fn rename_names(dialect: Dialect, sql: &str, renamed: &BTreeMap<String, String>) -> String {
    let mut text = String::with_capacity(sql.len());
    let mut copied = 0;
    for token in significant_tokens(dialect, sql) {
        if let Some(new) = stored_name(dialect, &token).and_then(|name| renamed.get(&name)) {
            text.push_str(sql.get(copied..token.start).unwrap_or_default());
            text.push_str(&quote_identifier(dialect, new));
            copied = token.end();
        }
    }
    text.push_str(sql.get(copied..).unwrap_or_default());
    text
}

/// The words of a statement after columns in it were renamed (former name → new name), without the former names that
/// the database keeps as labels: a view over a renamed column reads `SELECT t.b AS a`.
pub fn words_after_renames(dialect: Dialect, sql: &str, renamed: &BTreeMap<String, String>) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for token in significant_tokens(dialect, sql) {
        let name = stored_name(dialect, &token);
        let new = name.as_ref().and_then(|name| renamed.get(name));
        match (new, words.as_slice()) {
            (Some(new), [.., label, r#as]) if r#as.eq_ignore_ascii_case("as") && label == new => {
                words.pop();
            }
            (Some(new), _) => words.push(new.clone()),
            (None, _) => words.push(name.unwrap_or_else(|| token.text.to_owned())),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn or_replace_comes_and_goes() {
        let plain = "/* a */ CREATE FUNCTION f() RETURNS int";
        let replacing = "/* a */ CREATE OR REPLACE FUNCTION f() RETURNS int";
        assert_eq!(or_replace(Dialect::Postgresql, plain), replacing);
        assert_eq!(without_or_replace(Dialect::Postgresql, replacing), plain);
        assert_eq!(without_or_replace(Dialect::Postgresql, plain), plain);
        assert_eq!(or_replace(Dialect::Postgresql, "GRANT SELECT ON t TO a"), "GRANT SELECT ON t TO a");
    }

    #[test]
    fn a_label_that_a_rename_left_does_not_count() {
        let renamed = BTreeMap::from([("a".to_owned(), "b".to_owned())]);
        let words = |sql| words_after_renames(Dialect::Postgresql, sql, &renamed);
        assert_eq!(words("SELECT t.a, t.c FROM t"), words("SELECT t.b AS a, t.c\nFROM t"));
        assert_ne!(words("SELECT t.a FROM t"), words("SELECT t.b AS c FROM t"));
    }
}
