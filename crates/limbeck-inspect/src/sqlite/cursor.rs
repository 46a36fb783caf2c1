//! Walking over the tokens of a stored statement.

use sqlite3_parser::lexer::sql::TokenType;

use super::tokens::Token;

/// A place in the tokens of a text.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'t, 'a> {
    sql: &'a str,
    rest: &'t [Token<'a>],
}

/// What stood between a pair of parentheses.
pub(super) struct Enclosed<'t, 'a> {
    /// The exact text, without comments before and behind it: it must be possible to write something behind it.
    pub(super) text: &'a str,
    /// Its tokens.
    pub(super) tokens: &'t [Token<'a>],
}

impl<'t, 'a> Cursor<'t, 'a> {
    pub(super) fn new(sql: &'a str, tokens: &'t [Token<'a>]) -> Self {
        Self { sql, rest: tokens }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// Whether the next token is that word.
    pub(super) fn is_at(&self, word: &str) -> bool {
        self.rest.first().is_some_and(|token| token.is_word(word))
    }

    /// Whether the next token is an opening parenthesis.
    pub(super) fn is_at_parenthesis(&self) -> bool {
        self.rest.first().is_some_and(|token| token.kind == TokenType::TK_LP)
    }

    /// Takes the next token.
    pub(super) fn next(&mut self) -> Option<Token<'a>> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    /// Takes the given words, if they come next.
    pub(super) fn accept(&mut self, words: &[&str]) -> bool {
        let matches = self.rest.len() >= words.len()
            && self.rest.iter().zip(words).all(|(token, word)| token.is_word(word));
        if matches {
            self.rest = self.rest.get(words.len()..).unwrap_or_default();
        }
        matches
    }

    /// Takes a name.
    pub(super) fn name(&mut self) -> Result<String, String> {
        self.next().map(|token| token.name()).ok_or_else(|| "a name is missing at its end".to_owned())
    }

    /// Takes a pair of parentheses with everything in it.
    pub(super) fn enclosed(&mut self) -> Result<Enclosed<'t, 'a>, String> {
        let mut depth = 0_usize;
        for (at, token) in self.rest.iter().enumerate() {
            match token.kind {
                TokenType::TK_LP => depth += 1,
                TokenType::TK_RP => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 && at == 0 {
                break;
            }
            if depth == 0 {
                let tokens = self.rest.get(1..at).unwrap_or_default();
                self.rest = self.rest.get(at + 1..).unwrap_or_default();
                return Ok(Enclosed { text: text_of(self.sql, tokens), tokens });
            }
        }
        Err(format!("a parenthesis is expected at `{}`", self.rest.first().map_or("", |token| token.text)))
    }

    /// The names in a list of columns in parentheses, without collations and directions.
    pub(super) fn column_list(&mut self) -> Result<Vec<String>, String> {
        let enclosed = self.enclosed()?;
        Ok(items(enclosed.tokens).into_iter().filter_map(|item| Some(item.first()?.name())).collect())
    }

    /// The text from the next token to the end.
    pub(super) fn remaining_text(&self) -> &'a str {
        text_of(self.sql, self.rest)
    }
}

/// The exact text of a run of tokens.
pub(super) fn text_of<'a>(sql: &'a str, tokens: &[Token<'a>]) -> &'a str {
    match (tokens.first(), tokens.last()) {
        (Some(first), Some(last)) => sql.get(first.start..last.end).unwrap_or_default(),
        _ => "",
    }
}

/// The items of a list, separated by commas outside parentheses.
pub(super) fn items<'t, 'a>(tokens: &'t [Token<'a>]) -> Vec<&'t [Token<'a>]> {
    let mut depth = 0_usize;
    let separates = |token: &Token<'a>| {
        match token.kind {
            TokenType::TK_LP => depth += 1,
            TokenType::TK_RP => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && token.kind == TokenType::TK_COMMA
    };
    tokens.split(separates).collect()
}
