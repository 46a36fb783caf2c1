//! The CREATE statements of entities, as texts to be printed.

use limbeck_schema::{Dialect, Entity};

use crate::cursor::Cursor;

/// The statement that a script prints: a person's own words where they are known.
pub(crate) fn create_text(entity: &Entity) -> &str {
    entity.source.as_deref().unwrap_or(&entity.definition)
}

/// The statement with OR REPLACE in it.
///
/// ```
/// use limbeck_dialect::or_replace;
/// use limbeck_schema::Dialect;
/// let sql = or_replace(Dialect::Postgresql, "create view v as select 1");
/// assert_eq!(sql, "create OR REPLACE view v as select 1");
/// assert_eq!(or_replace(Dialect::Postgresql, &sql), sql);
/// ```
pub fn or_replace(dialect: Dialect, sql: &str) -> String {
    let mut cursor = Cursor::new(dialect, sql);
    if !cursor.accept("create") {
        return sql.to_owned();
    }
    let end = cursor.end_of_last();
    match (cursor.accept("or replace"), sql.split_at_checked(end)) {
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
}
