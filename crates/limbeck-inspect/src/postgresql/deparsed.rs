//! The text that the server prints for stored expressions.

/// One SELECT that fixes every setting on which printed expressions depend, until the end of the transaction.
///
/// With nothing but the default schema in the search path, its own objects are printed unqualified and all others
/// qualified, whatever the session's path is: one text for one meaning. `current_schema()` stays what it was;
/// `limbeck.default_schema` is a copy of it that may be read in parallel.
/// Time zone, date, interval, float and bytea styles shape constants; identifiers and backslashes shape the rest
/// (PostgreSQL docs, "Client Connection Defaults").
pub(super) const SETTINGS: &str = "SELECT \
     set_config('limbeck.default_schema', coalesce(current_schema(), ''), true), \
     set_config('search_path', coalesce(quote_ident(current_schema()), ''), true), \
     set_config('timezone', 'UTC', true), \
     set_config('datestyle', 'ISO, YMD', true), \
     set_config('intervalstyle', 'postgres', true), \
     set_config('extra_float_digits', '1', true), \
     set_config('bytea_output', 'hex', true), \
     set_config('quote_all_identifiers', 'off', true), \
     set_config('standard_conforming_strings', 'on', true)";

/// An expression without the parentheses around the whole of it, which the server prints around every operator and
/// which the places that hold such an expression write themselves.
pub(super) fn without_outer_parentheses(text: &str) -> &str {
    let mut text = text.trim();
    while let Some(inner) = enclosed(text) {
        text = inner.trim();
    }
    text
}

/// What stands between the first and the last character, when these are parentheses that belong together.
fn enclosed(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('(')?.strip_suffix(')')?;
    let mut depth = 0_usize;
    let mut quote = None;
    let mut escaped = false;
    let mut previous = ' ';
    let mut backslashes = false;
    for c in inner.chars() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some('\'') if backslashes && c == '\\' => escaped = true,
            Some(q) if c == q => quote = None,
            Some(_) => {}
            None => match c {
                '\'' | '"' => {
                    quote = Some(c);
                    backslashes = matches!(previous, 'e' | 'E');
                }
                '(' => depth += 1,
                ')' => depth = depth.checked_sub(1)?,
                _ => {}
            },
        }
        previous = c;
    }
    (depth == 0 && quote.is_none()).then_some(inner)
}

#[cfg(test)]
mod tests {
    use super::without_outer_parentheses;

    #[test]
    fn only_parentheses_around_the_whole_go() {
        for (text, expected) in [
            ("(price > 0)", "price > 0"),
            ("((a || b))", "a || b"),
            ("(a) OR (b)", "(a) OR (b)"),
            ("(x = ')')", "x = ')'"),
            ("(x = '(')", "x = '('"),
            (r"(x = E'\'(')", r"x = E'\'('"),
            ("(\"a)\" > 0)", "\"a)\" > 0"),
            ("lower(x)", "lower(x)"),
            ("(x = 'it''s')", "x = 'it''s'"),
            ("", ""),
        ] {
            assert_eq!(without_outer_parentheses(text), expected, "{text}");
        }
    }
}
