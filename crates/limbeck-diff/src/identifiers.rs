//! The identifiers inside SQL expressions, found without understanding the expressions.
//!
//! The server alone knows what an expression means. Two questions must be answered without it: which columns an
//! expression mentions (to order changes), and how its text reads after a column was renamed (the database rewrites
//! its stored expressions, our copy was read before). Splitting the text into words, literals and quoted names is
//! enough for both.

use std::collections::BTreeMap;
use std::ops::Range;

use limbeck_dialect::{is_keyword, quote_identifier};
use limbeck_schema::Dialect;

/// An identifier in an expression that may name a column.
struct Identifier {
    /// The name, without quotes and in the case it is stored in.
    name: String,
    /// Its place in the text, quotes included.
    range: Range<usize>,
    /// Whether it means something else to the dialect where it stands.
    is_keyword: bool,
}

/// The names in an expression in any role: column, type, function or keyword.
pub(crate) fn names(dialect: Dialect, sql: &str) -> Vec<String> {
    identifiers(dialect, sql).into_iter().map(|i| i.name).collect()
}

/// The names that an expression calls as functions.
pub(crate) fn function_names(dialect: Dialect, sql: &str) -> Vec<String> {
    let is_call = |i: &Identifier| {
        let after = sql.get(i.range.end..).unwrap_or_default().trim_start();
        !i.is_keyword && after.starts_with('(')
    };
    identifiers(dialect, sql).into_iter().filter(is_call).map(|i| i.name).collect()
}

/// The names in an expression that may be columns, in order of appearance.
pub(crate) fn possible_columns(dialect: Dialect, sql: &str) -> Vec<String> {
    identifiers(dialect, sql).into_iter().filter(|i| may_be_column(sql, i)).map(|i| i.name).collect()
}

/// Whether an expression has a name in any role.
pub(crate) fn mentions(dialect: Dialect, sql: &str, name: &str) -> bool {
    identifiers(dialect, sql).iter().any(|i| same_name(dialect, &i.name, name))
}

/// The expression as the database prints it after columns were renamed (former name → new name).
pub(crate) fn rename_columns(dialect: Dialect, sql: &str, renamed: &BTreeMap<String, String>) -> String {
    let mut text = String::with_capacity(sql.len());
    let mut copied = 0;
    for identifier in identifiers(dialect, sql).iter().filter(|i| may_be_column(sql, i)) {
        let new =
            renamed.iter().find(|(old, _)| same_name(dialect, &identifier.name, old)).map(|(_, new)| new);
        if let Some(new) = new {
            text.push_str(sql.get(copied..identifier.range.start).unwrap_or_default());
            text.push_str(&quote_identifier(dialect, new));
            copied = identifier.range.end;
        }
    }
    text.push_str(sql.get(copied..).unwrap_or_default());
    text
}

/// The expression as the database prints it after a type that it casts to was renamed.
pub(crate) fn rename_cast(
    dialect: Dialect,
    sql: &str,
    from: &limbeck_schema::QualifiedName,
    to: &limbeck_schema::QualifiedName,
) -> String {
    let mut text = String::with_capacity(sql.len());
    let mut copied = 0;
    let mut schema: Option<Identifier> = None;
    for identifier in identifiers(dialect, sql) {
        let before = sql.get(..identifier.range.start).unwrap_or_default().trim_end();
        let qualified = before.ends_with('.').then_some(schema.take()).flatten();
        let is_cast = match &qualified {
            Some(schema) => sql.get(..schema.range.start).unwrap_or_default().trim_end().ends_with("::"),
            None => before.ends_with("::"),
        };
        if is_cast
            && identifier.name == from.name
            && qualified.as_ref().map(|s| &s.name) == from.schema.as_ref()
        {
            text.push_str(sql.get(copied..identifier.range.start).unwrap_or_default());
            text.push_str(&quote_identifier(dialect, &to.name));
            copied = identifier.range.end;
        }
        schema = Some(identifier);
    }
    text.push_str(sql.get(copied..).unwrap_or_default());
    text
}

/// The sequences that an expression takes values from: `nextval('shop.order_number'::regclass)`.
pub(crate) fn sequence_names(sql: &str) -> Vec<limbeck_schema::QualifiedName> {
    let mut names = Vec::new();
    let mut rest = sql;
    while let Some((_, after)) = rest.split_once("nextval('") {
        let Some((text, tail)) = after.split_once('\'') else { break };
        let mut parts = identifiers(Dialect::Postgresql, text).into_iter().map(|i| i.name);
        match (parts.next(), parts.next()) {
            (Some(schema), Some(name)) => names.push(limbeck_schema::QualifiedName::in_schema(schema, name)),
            (Some(name), None) => names.push(limbeck_schema::QualifiedName::new(name)),
            _ => {}
        }
        rest = tail;
    }
    names
}

/// A cast's type name and a function's name are no columns: `lower(name)`, `x::date`.
fn may_be_column(sql: &str, identifier: &Identifier) -> bool {
    let before = sql.get(..identifier.range.start).unwrap_or_default().trim_end();
    let after = sql.get(identifier.range.end..).unwrap_or_default().trim_start();
    !identifier.is_keyword && !before.ends_with("::") && !after.starts_with('(')
}

/// SQLite's column names are case-insensitive; PostgreSQL's are exact, once unquoted ones are in lower case.
fn same_name(dialect: Dialect, left: &str, right: &str) -> bool {
    match dialect {
        Dialect::Postgresql => left == right,
        Dialect::Sqlite => left.eq_ignore_ascii_case(right),
    }
}

fn identifiers(dialect: Dialect, sql: &str) -> Vec<Identifier> {
    let mut found = Vec::new();
    let mut open_cases = 0_usize;
    let mut characters = sql.char_indices().peekable();
    while let Some((start, first)) = characters.next() {
        let closing = match first {
            '\'' | '"' => Some(first),
            '`' if dialect == Dialect::Sqlite => Some('`'),
            '[' if dialect == Dialect::Sqlite => Some(']'),
            _ => None,
        };
        if let Some(closing) = closing {
            let mut name = String::new();
            let mut end = sql.len();
            while let Some((at, c)) = characters.next() {
                // Doubled, a quote stands for itself; a bracket cannot.
                let doubled = c == closing && closing != ']';
                let stands_for_itself = doubled && characters.next_if(|(_, next)| *next == closing).is_some();
                if c == closing && !stands_for_itself {
                    end = at + c.len_utf8();
                    break;
                }
                name.push(c);
            }
            if closing != '\'' {
                found.push(Identifier { name, range: start..end, is_keyword: false });
            }
        } else if first.is_alphabetic() || first == '_' {
            let mut end = start + first.len_utf8();
            while let Some((at, c)) =
                characters.next_if(|(_, c)| c.is_alphanumeric() || matches!(c, '_' | '$'))
            {
                end = at + c.len_utf8();
            }
            let word = sql.get(start..end).unwrap_or_default();
            let name = match dialect {
                Dialect::Postgresql => word.to_lowercase(),
                Dialect::Sqlite => word.to_owned(),
            };
            let is_keyword = is_keyword(dialect, word, open_cases);
            if word.eq_ignore_ascii_case("case") {
                open_cases += 1;
            } else if is_keyword && word.eq_ignore_ascii_case("end") {
                open_cases = open_cases.saturating_sub(1);
            }
            found.push(Identifier { name, range: start..end, is_keyword });
        } else if first.is_ascii_digit() {
            // `1e5` is a number, not a number and a name.
            while characters.next_if(|(_, c)| c.is_alphanumeric() || matches!(c, '.' | '_')).is_some() {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_told_from_literals_functions_and_types() {
        let names = |sql| possible_columns(Dialect::Postgresql, sql);
        assert_eq!(names("lower(name) <> 'name''s name'::date"), ["name"]);
        assert_eq!(names(r#"("Name" > 1e5) AND (NOT done)"#), ["Name", "done"]);
        assert_eq!(possible_columns(Dialect::Sqlite, "[a b] > `c` || \"d\"\"e\""), ["a b", "c", "d\"e"]);
    }

    #[test]
    fn renaming_reaches_whole_names_only() {
        let renamed = BTreeMap::from([("a".to_owned(), "b".to_owned())]);
        let cases = [
            ("a > 0", "b > 0"),
            ("aa > a", "aa > b"),
            ("(a = 'a'::text)", "(b = 'a'::text)"),
            ("a(a)", "a(b)"),
            ("\"a\" > 0", "b > 0"),
            ("\"A\" > 0", "\"A\" > 0"),
            ("t.a IS NULL", "t.b IS NULL"),
            ("x::a = a", "x::a = b"),
            ("'unfinished a", "'unfinished a"),
            ("CASE WHEN b THEN 1 ELSE 2 END", "CASE WHEN b THEN 1 ELSE 2 END"),
        ];
        for (before, after) in cases {
            assert_eq!(rename_columns(Dialect::Postgresql, before, &renamed), after);
        }
        assert_eq!(rename_columns(Dialect::Sqlite, "A > 0", &renamed), "b > 0");
    }

    #[test]
    fn two_columns_change_names_at_once() {
        let renamed = BTreeMap::from([("a".to_owned(), "b".to_owned()), ("b".to_owned(), "c d".to_owned())]);
        assert_eq!(rename_columns(Dialect::Postgresql, "a < b", &renamed), "b < \"c d\"");
    }

    #[test]
    fn a_renamed_type_is_found_in_casts_alone() {
        let renamed = |sql, from: limbeck_schema::QualifiedName, to: &str| {
            rename_cast(Dialect::Postgresql, sql, &from, &from.with_name(to))
        };
        assert_eq!(
            renamed("(email <> 'email'::email)", "email".into(), "E Mail"),
            "(email <> 'email'::\"E Mail\")"
        );
        let shop = || limbeck_schema::QualifiedName::in_schema("shop", "email");
        assert_eq!(renamed("'x'::shop.email || 'y'::email", shop(), "mail"), "'x'::shop.mail || 'y'::email");
    }

    #[test]
    fn sequences_of_a_default_are_found() {
        let names = |sql| sequence_names(sql).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(names("nextval('order_number'::regclass)"), ["order_number"]);
        assert_eq!(names("nextval('shop.\"Order Number\"'::regclass)"), ["shop.Order Number"]);
        assert!(names("'nextval'").is_empty());
    }
}
