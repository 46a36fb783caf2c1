//! The arguments of a routine, read down to the types that tell routines of one name apart.
//!
//! PostgreSQL, "CREATE FUNCTION": `[ argmode ] [ argname ] argtype [ { DEFAULT | = } default_expr ]`.

use limbeck_schema::Dialect;

use crate::cursor::split_list;
use crate::lexer::{Token, TokenKind, significant_tokens};

/// The types of the input arguments: `a int, OUT b text, c numeric(10, 2) = 1` has `integer, numeric`.
pub(crate) fn argument_types(dialect: Dialect, list: &str) -> String {
    let types = split_list(dialect, list);
    types.into_iter().filter_map(|argument| argument_type(dialect, argument)).collect::<Vec<_>>().join(", ")
}

/// The same of an aggregate: `*` stands for no arguments, and an ordered-set aggregate has its own behind ORDER BY.
pub(crate) fn aggregate_arguments(dialect: Dialect, list: &str) -> String {
    if list.trim() == "*" {
        return String::new();
    }
    let tokens = significant_tokens(dialect, list);
    let order = tokens.windows(2).find(|pair| match pair {
        [order, by] => order.is_word("order") && by.is_word("by"),
        _ => false,
    });
    let Some([order, by]) = order else { return argument_types(dialect, list) };
    let direct = argument_types(dialect, list.get(..order.start).unwrap_or_default());
    let ordered = argument_types(dialect, list.get(by.end()..).unwrap_or_default());
    // VARIADIC "any" ORDER BY VARIADIC "any" is one argument.
    if direct.is_empty() || direct == ordered { ordered } else { format!("{direct}, {ordered}") }
}

/// The type of one argument, if it is an input.
fn argument_type(dialect: Dialect, argument: &str) -> Option<String> {
    let mut tokens = significant_tokens(dialect, argument);
    let default = tokens.iter().position(|t| t.is_word("default") || t.is_symbol("="));
    tokens.truncate(default.unwrap_or(tokens.len()));
    // `:=` is written by some as well.
    tokens.pop_if(|token| token.is_symbol(":"));
    let mut rest = without_input_mode(tokens.as_slice())?;
    if has_name(rest) {
        rest = rest.get(1..).unwrap_or_default();
    }
    // The mode may also stand behind the name.
    let rest = without_input_mode(rest)?;
    let name = type_text(rest);
    (!name.is_empty()).then_some(name)
}

/// What follows the mode of an input, if one is there; nothing for an output.
fn without_input_mode<'a, 't>(tokens: &'a [Token<'t>]) -> Option<&'a [Token<'t>]> {
    match tokens.split_first() {
        Some((mode, tail)) if !tail.is_empty() => {
            if mode.is_word("out") {
                return None;
            }
            let input = ["in", "inout", "variadic"].iter().any(|word| mode.is_word(word));
            Some(if input { tail } else { tokens })
        }
        _ => Some(tokens),
    }
}

/// Whether the first of the tokens is the argument's name: another word follows, which does not make one type of both.
fn has_name(tokens: &[Token<'_>]) -> bool {
    let [first, second, ..] = tokens else { return false };
    let is_name = |token: &Token<'_>| matches!(token.kind, TokenKind::Word | TokenKind::QuotedName);
    if !is_name(first) || !is_name(second) {
        return false;
    }
    let pairs = [
        ("double", &["precision"][..]),
        ("character", &["varying"]),
        ("char", &["varying"]),
        ("national", &["character", "char"]),
        ("bit", &["varying"]),
        ("time", &["with", "without"]),
        ("timestamp", &["with", "without"]),
        ("interval", &["year", "month", "day", "hour", "minute", "second"]),
    ];
    !pairs.iter().any(|(word, next)| first.is_word(word) && next.iter().any(|next| second.is_word(next)))
}

/// A type as the server prints it in an identity: without a length or precision, which do not tell routines apart.
fn type_text(tokens: &[Token<'_>]) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut brackets = String::new();
    let mut depth = 0_usize;
    let mut after_dot = false;
    for token in tokens {
        match token.text {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            "[" => "[]".clone_into(&mut brackets),
            "]" => {}
            "." => {
                if let Some(last) = words.last_mut() {
                    last.push('.');
                    after_dot = true;
                }
            }
            _ if token.is_word("array") => "[]".clone_into(&mut brackets),
            // A dimension.
            text if !brackets.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) => {}
            text => {
                let word = match token.kind {
                    TokenKind::Word => text.to_lowercase(),
                    _ => text.to_owned(),
                };
                match words.last_mut().filter(|_| after_dot) {
                    Some(last) => last.push_str(&word),
                    None => words.push(word),
                }
                after_dot = false;
            }
        }
    }
    let name = words.join(" ");
    let name = name.strip_prefix("pg_catalog.").unwrap_or(&name);
    format!("{}{brackets}", server_name(name))
}

/// The name that `format_type` prints for an alias (PostgreSQL docs, "Data Types", table 8.1).
fn server_name(name: &str) -> &str {
    match name {
        "int" | "int4" | "serial" => "integer",
        "int8" => "bigint",
        "int2" => "smallint",
        "bool" => "boolean",
        "float8" | "float" => "double precision",
        "float4" => "real",
        "decimal" | "dec" => "numeric",
        "varchar" | "char varying" => "character varying",
        "char" | "bpchar" => "character",
        "varbit" => "bit varying",
        "timestamp" => "timestamp without time zone",
        "timestamptz" => "timestamp with time zone",
        "time" => "time without time zone",
        "timetz" => "time with time zone",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_told_by_their_types() {
        let types = |list| argument_types(Dialect::Postgresql, list);
        assert_eq!(types(""), "");
        assert_eq!(types("int"), "integer");
        assert_eq!(types("a int, b TEXT default 'x, y', c numeric(10, 2) = 1"), "integer, text, numeric");
        assert_eq!(types("OUT a int, INOUT b bool, VARIADIC rest text[]"), "boolean, text[]");
        assert_eq!(types("rest VARIADIC text[]"), "text[]");
        assert_eq!(
            types("double precision, x double precision, timestamp with time zone"),
            "double precision, double precision, timestamp with time zone"
        );
        assert_eq!(types("at timestamp(3) with time zone"), "timestamp with time zone");
        assert_eq!(types("\"My Arg\" \"My Type\""), "\"My Type\"");
        assert_eq!(types("o shop.orders, p Shop.\"Orders\"[]"), "shop.orders, shop.\"Orders\"[]");
        assert_eq!(types("a integer ARRAY[3]"), "integer[]");
        assert_eq!(types("timestamp, _d date DEFAULT now()::date"), "timestamp without time zone, date");
    }

    #[test]
    fn aggregates_have_stars_and_orders() {
        let types = |list| aggregate_arguments(Dialect::Postgresql, list);
        assert_eq!(types("*"), "");
        assert_eq!(types("int, text"), "integer, text");
        assert_eq!(types("float8 ORDER BY float8[]"), "double precision, double precision[]");
        assert_eq!(types("VARIADIC \"any\" ORDER BY VARIADIC \"any\""), "\"any\"");
    }
}
