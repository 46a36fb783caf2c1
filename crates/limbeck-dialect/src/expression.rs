//! What can be told of an expression from its text alone.

use limbeck_schema::Dialect;

use crate::lexer::{Token, TokenKind, significant_tokens, tokenize};
use crate::quote::quote_identifier;

/// The expression in parentheses, unless one pair already holds all of it.
pub(crate) fn enclosed(dialect: Dialect, sql: &str) -> String {
    if closes_at_end(&significant_tokens(dialect, sql), 0) {
        sql.to_owned()
    } else if ends_in_line_comment(dialect, sql) {
        format!("({sql}\n)")
    } else {
        format!("({sql})")
    }
}

/// Whether what follows the expression on its line would belong to a comment.
fn ends_in_line_comment(dialect: Dialect, sql: &str) -> bool {
    let tokens = tokenize(dialect, sql).unwrap_or_default();
    tokens.last().is_some_and(|t| t.text.starts_with("--") && t.end() == sql.len())
}

/// An index key: a lone function call stands as it is, anything else needs parentheses (PostgreSQL, "CREATE INDEX").
pub(crate) fn index_key(dialect: Dialect, sql: &str) -> String {
    let tokens = significant_tokens(dialect, sql);
    if tokens.first().is_some_and(|t| t.name().is_some()) && closes_at_end(&tokens, 1) {
        sql.to_owned()
    } else {
        enclosed(dialect, sql)
    }
}

/// Whether a parenthesis opens at the given token and closes at the very last.
fn closes_at_end(tokens: &[Token<'_>], opening: usize) -> bool {
    let mut depth = 0_usize;
    if !tokens.get(opening).is_some_and(|t| t.is_symbol("(")) {
        return false;
    }
    for (at, token) in tokens.iter().enumerate().skip(opening) {
        if token.is_symbol("(") {
            depth += 1;
        } else if token.is_symbol(")") {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return at + 1 == tokens.len();
            }
        }
    }
    false
}

/// Whether a key word stands outside all parentheses.
pub(crate) fn has_operator_word(dialect: Dialect, sql: &str, words: &[&str]) -> bool {
    let mut depth = 0_usize;
    significant_tokens(dialect, sql).iter().any(|token| {
        if token.is_symbol("(") {
            depth += 1;
        } else if token.is_symbol(")") {
            depth = depth.saturating_sub(1);
        }
        depth == 0 && words.iter().any(|word| token.is_word(word))
    })
}

/// Words that no dialect takes for a column's name without quotes, though they stand in expressions.
const NEVER_NAMES: [&str; 26] = [
    "and", "between", "case", "check", "collate", "default", "distinct", "else", "escape", "exists", "from",
    "group", "in", "is", "isnull", "not", "notnull", "null", "on", "or", "order", "select", "then", "to",
    "when", "where",
];

/// Whether a word without quotes is a keyword where it stands, so that it cannot be a column's name. SQLite takes END for
/// a name as well, but not where a CASE is open; PostgreSQL prints every name that is a keyword in quotes.
///
/// `open_cases` is how many CASEs have begun and not ended before it.
pub fn is_keyword(dialect: Dialect, word: &str, open_cases: usize) -> bool {
    let is = |keyword: &str| word.eq_ignore_ascii_case(keyword);
    match dialect {
        Dialect::Postgresql => crate::keywords::must_be_quoted(dialect, word),
        Dialect::Sqlite => NEVER_NAMES.iter().any(|keyword| is(keyword)) || (open_cases > 0 && is("end")),
    }
}

/// The places of the tokens that may be names, and the names.
fn names(dialect: Dialect, tokens: &[Token<'_>]) -> Vec<(usize, String)> {
    let mut open_cases = 0_usize;
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let is_keyword = token.kind == TokenKind::Word && is_keyword(dialect, token.text, open_cases);
        if token.is_word("case") {
            open_cases += 1;
        } else if is_keyword && token.is_word("end") {
            open_cases = open_cases.saturating_sub(1);
        }
        if !is_keyword && let Some(name) = token.name() {
            found.push((at, name));
        }
    }
    found
}

/// Whether a name occurs in the expression: as a column, or, since the text cannot tell, as anything else.
pub(crate) fn mentions(dialect: Dialect, sql: &str, name: &str) -> bool {
    names(dialect, &significant_tokens(dialect, sql)).iter().any(|(_, n)| same_name(dialect, n, name))
}

/// The expression with one name replaced by another.
pub(crate) fn rename(dialect: Dialect, sql: &str, from: &str, to: &str) -> String {
    rename_where(dialect, sql, from, to, |_, _| true)
}

/// The text with one name replaced by another wherever all tokens, and the name's place among them, say
/// that it is the one meant.
pub(crate) fn rename_where(
    dialect: Dialect,
    sql: &str,
    from: &str,
    to: &str,
    is_meant: impl Fn(&[Token<'_>], usize) -> bool,
) -> String {
    let mut renamed = String::new();
    let mut copied = 0;
    let tokens = significant_tokens(dialect, sql);
    for (at, name) in names(dialect, &tokens) {
        let Some(token) = tokens.get(at) else { continue };
        if same_name(dialect, &name, from) && is_meant(&tokens, at) {
            renamed.push_str(sql.get(copied..token.start).unwrap_or_default());
            renamed.push_str(&quote_identifier(dialect, to));
            copied = token.end();
        }
    }
    renamed.push_str(sql.get(copied..).unwrap_or_default());
    renamed
}

/// SQLite's names are equal in any case of their ASCII letters.
pub(crate) fn same_name(dialect: Dialect, a: &str, b: &str) -> bool {
    match dialect {
        Dialect::Postgresql => a == b,
        Dialect::Sqlite => a.eq_ignore_ascii_case(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LITE: Dialect = Dialect::Sqlite;

    #[test]
    fn parentheses_are_added_once() {
        assert_eq!(enclosed(LITE, "a > 0"), "(a > 0)");
        assert_eq!(enclosed(LITE, "(a > 0)"), "(a > 0)");
        assert_eq!(enclosed(LITE, "(a) > (0)"), "((a) > (0))");
        assert_eq!(enclosed(LITE, "(a > ')')"), "(a > ')')");
        assert_eq!(enclosed(LITE, "a > 0 -- why"), "(a > 0 -- why\n)");
    }

    #[test]
    fn a_function_call_is_an_index_key() {
        assert_eq!(index_key(LITE, "lower(email)"), "lower(email)");
        assert_eq!(index_key(LITE, "lower(a) || b"), "(lower(a) || b)");
        assert_eq!(index_key(LITE, "a + 1"), "(a + 1)");
    }

    #[test]
    fn a_keyword_is_no_name_where_it_means_something() {
        let case = "CASE WHEN \"end\" > 0 THEN 1 ELSE end END";
        assert_eq!(rename(LITE, "CASE WHEN a THEN 1 END", "end", "b"), "CASE WHEN a THEN 1 END");
        assert_eq!(rename(LITE, "end > 0", "end", "b"), "b > 0");
        assert!(mentions(LITE, case, "end"));
        assert!(!mentions(LITE, "a IS NOT NULL", "not"));
    }

    #[test]
    fn names_are_found_and_replaced_but_strings_are_not() {
        assert!(mentions(LITE, "Price > 0", "price"));
        assert!(!mentions(LITE, "x = 'price'", "price"));
        assert_eq!(
            rename(LITE, "price > 0 AND \"price\" <> 'price'", "price", "order"),
            "\"order\" > 0 AND \"order\" <> 'price'"
        );
    }
}
