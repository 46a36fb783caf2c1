//! SQL text of SQLite as tokens, told apart by SQLite's own tokenizer.

use sqlite3_parser::lexer::Scanner;
use sqlite3_parser::lexer::sql::{TokenType, Tokenizer};

/// A token of a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: TokenType,
    pub(super) text: &'a str,
    /// The bytes of the whole text at which it starts and ends.
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Token<'_> {
    /// Whether this is that word, which a quoted name never is.
    pub(super) fn is_word(&self, word: &str) -> bool {
        self.text.eq_ignore_ascii_case(word)
    }

    /// The name that the token stands for, without its quotes. SQLite takes strings for names too (SQLite docs,
    /// "SQLite Keywords").
    pub(super) fn name(&self) -> String {
        let mut characters = self.text.chars();
        match (characters.next(), characters.next_back()) {
            (Some('['), Some(']')) => characters.as_str().to_owned(),
            (Some(quote @ ('"' | '`' | '\'')), Some(end)) if quote == end => {
                characters.as_str().replace(&format!("{quote}{quote}"), &quote.to_string())
            }
            _ => self.text.to_owned(),
        }
    }

    fn is_quoted_name(&self) -> bool {
        self.text.starts_with(['"', '`', '['])
    }

    fn is_string(&self) -> bool {
        self.text.starts_with('\'')
    }
}

/// The tokens of a text; comments and blanks are none.
pub(super) fn tokens(sql: &str) -> Result<Vec<Token<'_>>, String> {
    let mut scanner = Scanner::new(Tokenizer::new());
    let mut tokens = Vec::new();
    loop {
        match scanner.scan(sql.as_bytes()) {
            Ok((start, Some((_, kind)), end)) => {
                tokens.push(Token { kind, text: sql.get(start..end).unwrap_or_default(), start, end });
            }
            Ok((_, None, _)) => return Ok(tokens),
            Err(error) => return Err(error.to_string()),
        }
    }
}

/// The tokens without the parentheses around all of them.
pub(super) fn without_outer_parentheses<'t, 'a>(mut tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
    while let [open, inner @ .., close] = tokens
        && open.kind == TokenType::TK_LP
        && close.kind == TokenType::TK_RP
        && is_balanced(inner)
    {
        tokens = inner;
    }
    tokens
}

fn is_balanced(tokens: &[Token<'_>]) -> bool {
    let mut depth = 0_usize;
    for token in tokens {
        match token.kind {
            TokenType::TK_LP => depth += 1,
            TokenType::TK_RP => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return false,
            },
            _ => {}
        }
    }
    depth == 0
}

/// Whether two expressions differ at most in blanks, comments, the case and quoting of names, the spelling of an
/// operator, and parentheses around the whole.
pub(super) fn mean_the_same(a: &str, b: &str) -> bool {
    match (tokens(a), tokens(b)) {
        (Ok(a), Ok(b)) => normal_form(&a) == normal_form(&b),
        _ => a == b,
    }
}

fn normal_form(tokens: &[Token<'_>]) -> Vec<String> {
    let form = |token: &Token<'_>| match token.text {
        "==" => "=".to_owned(),
        "!=" => "<>".to_owned(),
        text if token.is_string() => text.to_owned(),
        _ if token.is_quoted_name() => token.name().to_ascii_lowercase(),
        text => text.to_ascii_lowercase(),
    };
    without_outer_parentheses(tokens).iter().map(form).collect()
}

#[cfg(test)]
mod tests {
    use super::{mean_the_same, tokens};

    #[test]
    fn spelling_does_not_change_the_meaning() {
        assert!(mean_the_same("price>0", "(( \"Price\" > 0 ))"));
        assert!(mean_the_same("a IN ('x', 'y')", "[a] in('x','y') -- all"));
        assert!(mean_the_same("a <> b", "a != b"));
        assert!(mean_the_same("CURRENT_TIMESTAMP", "current_timestamp"));
        assert!(!mean_the_same("a = 'X'", "a = 'x'"));
        assert!(!mean_the_same("(a) + (b)", "a) + (b"));
        assert!(!mean_the_same("a + b", "a - b"));
    }

    #[test]
    fn what_is_no_sql_is_equal_only_to_itself() {
        assert!(tokens("'open").is_err());
        assert!(mean_the_same("'open", "'open"));
        assert!(!mean_the_same("'open", "'open "));
    }
}
