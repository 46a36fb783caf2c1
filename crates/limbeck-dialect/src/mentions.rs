//! The names that a statement mentions, in whatever role.

use std::collections::BTreeSet;

use limbeck_schema::{Dialect, QualifiedName};

use crate::cursor::stored_name;
use crate::lexer::{Token, TokenKind, tokenize};

/// The names in a statement, in order and each once. Key words are among them: what is an object's name, only who knows
/// the objects can tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentions {
    /// Names in the statement itself.
    pub names: BTreeSet<QualifiedName>,
    /// Names in the string that is a routine's body. The database looks at them when the body runs, and perhaps when the
    /// routine is made.
    pub in_body: BTreeSet<QualifiedName>,
}

/// The names that a statement mentions. Of `a.b.c`, which may be a column of `a.b` or the object `b.c` of a database, there
/// are `a.b` and `b.c`; of `a.b` there is `a` too.
///
/// ```
/// use limbeck_dialect::mentioned_names;
/// use limbeck_schema::Dialect;
/// let sql = "CREATE FUNCTION f() RETURNS shop.money LANGUAGE sql AS $$ SELECT sum(total) FROM orders $$";
/// let mentions = mentioned_names(Dialect::Postgresql, sql);
/// assert!(mentions.names.contains(&limbeck_schema::QualifiedName::in_schema("shop", "money")));
/// assert!(mentions.in_body.contains(&"orders".into()) && !mentions.names.contains(&"orders".into()));
/// ```
pub fn mentioned_names(dialect: Dialect, sql: &str) -> Mentions {
    let mut mentions = Mentions::default();
    let tokens = tokens_without_comments(dialect, sql);
    collect(dialect, &tokens, &mut mentions.names);
    for (at, token) in tokens.iter().enumerate().filter(|(_, token)| token.kind == TokenKind::Text) {
        let before = at.checked_sub(1).and_then(|at| tokens.get(at));
        let content = string_content(token.text);
        // The body of a routine, or of a DO block.
        if before.is_some_and(|t| t.is_word("as") || t.is_word("do")) || token.text.starts_with('$') {
            collect(dialect, &tokens_without_comments(dialect, &content), &mut mentions.in_body);
        } else if is_object_constant(&tokens, at) {
            collect(dialect, &tokens_without_comments(dialect, &content), &mut mentions.names);
        }
    }
    mentions
}

fn tokens_without_comments(dialect: Dialect, sql: &str) -> Vec<Token<'_>> {
    // A body may be in any language: what cannot be read to its end mentions nothing.
    let tokens = tokenize(dialect, sql).unwrap_or_default();
    tokens.into_iter().filter(|token| token.kind != TokenKind::Comment).collect()
}

fn collect(dialect: Dialect, tokens: &[Token<'_>], names: &mut BTreeSet<QualifiedName>) {
    let mut parts: Vec<String> = Vec::new();
    let mut after_dot = false;
    for token in tokens {
        if token.is_symbol(".") && !parts.is_empty() {
            after_dot = true;
            continue;
        }
        if !after_dot {
            add(&parts, names);
            parts.clear();
        }
        after_dot = false;
        if token.text.starts_with(|c: char| c.is_ascii_digit()) {
            add(&parts, names);
            parts.clear();
        } else {
            parts.extend(stored_name(dialect, token));
        }
    }
    add(&parts, names);
}

fn add(parts: &[String], names: &mut BTreeSet<QualifiedName>) {
    names.extend(parts.first().map(QualifiedName::new));
    for pair in parts.windows(2) {
        if let [schema, name] = pair {
            names.insert(QualifiedName::in_schema(schema, name));
        }
    }
}

/// Whether a string names an object: `nextval('shop.numbers')`, `'shop.orders'::regclass`.
fn is_object_constant(tokens: &[Token<'_>], at: usize) -> bool {
    let called = || {
        let function = tokens.get(at.checked_sub(2)?)?;
        let opens = tokens.get(at.checked_sub(1)?)?.is_symbol("(");
        let takes_sequence = ["nextval", "currval", "setval"].iter().any(|name| function.is_word(name));
        Some(opens && takes_sequence)
    };
    let cast = match (tokens.get(at + 1), tokens.get(at + 2), tokens.get(at + 3)) {
        (Some(first), Some(second), Some(name)) => {
            first.is_symbol(":")
                && second.is_symbol(":")
                && name.text.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("reg"))
        }
        _ => false,
    };
    cast || called().unwrap_or(false)
}

/// What a string constant holds.
fn string_content(text: &str) -> String {
    if let Some(rest) = text.strip_prefix('$') {
        let length = rest.find('$').map_or(0, |end| end + 2);
        let inner = text.get(length..text.len().saturating_sub(length));
        return inner.unwrap_or_default().to_owned();
    }
    let quoted = text.trim_start_matches(['e', 'E']);
    let inner = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default();
    inner.replace("''", "'")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(names: &BTreeSet<QualifiedName>) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn names_are_found_in_every_role() {
        let mentions = mentioned_names(
            Dialect::Postgresql,
            "SELECT o.total, \"Shop\".\"Price\"(1.5) FROM app.orders.id o -- no\n WHERE x = 'y'",
        );
        let names = shown(&mentions.names);
        for expected in ["o", "o.total", "Shop.Price", "app.orders", "orders.id", "x"] {
            assert!(names.iter().any(|name| name == expected), "{expected} in {names:?}");
        }
        assert!(!names.iter().any(|name| name == "y" || name == "no" || name.starts_with('1')));
        assert!(mentions.in_body.is_empty());
    }

    #[test]
    fn strings_that_name_objects_count() {
        let sql = "SELECT nextval('numbers'), 'shop.orders'::regclass, 'other', setval('a.b', 1)";
        let names = shown(&mentioned_names(Dialect::Postgresql, sql).names);
        for expected in ["numbers", "shop.orders", "a.b"] {
            assert!(names.iter().any(|name| name == expected), "{expected} in {names:?}");
        }
        assert!(!names.iter().any(|name| name == "other"));
    }

    #[test]
    fn bodies_are_told_apart() {
        for body in
            ["$$ SELECT * FROM t $$", "$a$ begin perform f() from t; end $a$", "'SELECT ''a'' FROM t'"]
        {
            let sql = format!("CREATE FUNCTION g(x int) RETURNS int LANGUAGE sql AS {body}");
            let mentions = mentioned_names(Dialect::Postgresql, &sql);
            assert!(mentions.in_body.contains(&"t".into()), "{body}");
            assert!(!mentions.names.contains(&"t".into()), "{body}");
        }
        let atomic = "CREATE FUNCTION g() RETURNS int BEGIN ATOMIC SELECT 1 FROM t; END";
        assert!(mentioned_names(Dialect::Postgresql, atomic).names.contains(&"t".into()));
        let trigger = "CREATE TRIGGER x AFTER INSERT ON a BEGIN DELETE FROM [b c]; END";
        assert!(mentioned_names(Dialect::Sqlite, trigger).names.contains(&"b c".into()));
    }
}
