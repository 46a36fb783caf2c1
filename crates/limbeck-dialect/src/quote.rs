//! Identifiers and string constants.

use limbeck_schema::{Dialect, QualifiedName};

use crate::keywords;

/// A name as SQL text, in quotes only when it needs them: for reserved words, for anything but
/// `[a-z_][a-z0-9_$]*`, and on PostgreSQL, which folds unquoted names, for upper case.
///
/// ```
/// use limbeck_dialect::quote_identifier;
/// use limbeck_schema::Dialect;
/// assert_eq!(quote_identifier(Dialect::Postgresql, "orders"), "orders");
/// assert_eq!(quote_identifier(Dialect::Postgresql, "Order \"1\""), "\"Order \"\"1\"\"\"");
/// assert_eq!(quote_identifier(Dialect::Sqlite, "order"), "\"order\"");
/// ```
pub fn quote_identifier(dialect: Dialect, name: &str) -> String {
    let plain = |c: char| {
        c.is_ascii_lowercase() || c == '_' || (c.is_ascii_uppercase() && dialect == Dialect::Sqlite)
    };
    let needs_none = name.starts_with(plain)
        && name.chars().all(|c| plain(c) || c.is_ascii_digit() || c == '$')
        && !keywords::must_be_quoted(dialect, name);
    if needs_none { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// A text as a string constant.
///
/// Backslashes stand for themselves: always on SQLite, and on PostgreSQL with `standard_conforming_strings`, its
/// default since 9.1.
pub fn quote_literal(_dialect: Dialect, text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A qualified name as SQL text, each part quoted as it needs.
pub fn quote_name(dialect: Dialect, name: &QualifiedName) -> String {
    let quoted = quote_identifier(dialect, &name.name);
    match &name.schema {
        Some(schema) => format!("{}.{quoted}", quote_identifier(dialect, schema)),
        None => quoted,
    }
}

/// Names, each quoted as it needs, separated by commas.
pub(crate) fn quote_list<'a>(dialect: Dialect, names: impl IntoIterator<Item = &'a String>) -> String {
    names.into_iter().map(|n| quote_identifier(dialect, n)).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_where_they_are_needed() {
        let postgresql = |name| quote_identifier(Dialect::Postgresql, name);
        let sqlite = |name| quote_identifier(Dialect::Sqlite, name);
        assert_eq!(postgresql("user"), "\"user\"");
        assert_eq!(postgresql("users"), "users");
        assert_eq!(postgresql("Users"), "\"Users\"");
        assert_eq!(sqlite("Users"), "Users");
        assert_eq!(sqlite("INDEX"), "\"INDEX\"");
        assert_eq!(postgresql("1st"), "\"1st\"");
        assert_eq!(postgresql("naïve"), "\"naïve\"");
        assert_eq!(sqlite(""), "\"\"");
        assert_eq!(sqlite("a b"), "\"a b\"");
        assert_eq!(postgresql("a$1"), "a$1");
    }

    #[test]
    fn names_are_quoted_part_by_part() {
        let name = QualifiedName::in_schema("Shop", "order");
        assert_eq!(quote_name(Dialect::Postgresql, &name), "\"Shop\".\"order\"");
        assert_eq!(quote_name(Dialect::Postgresql, &"orders".into()), "orders");
    }

    #[test]
    fn literals_double_their_quotes_only() {
        assert_eq!(quote_literal(Dialect::Postgresql, r"it's a \ sign"), r"'it''s a \ sign'");
    }
}
