//! Reading a statement from its first token on.

use limbeck_schema::Dialect;

use crate::lexer::{Token, significant_tokens};

/// The tokens of a statement, and how far they are read.
#[derive(Clone, Debug)]
pub(crate) struct Cursor<'a> {
    tokens: Vec<Token<'a>>,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(dialect: Dialect, sql: &'a str) -> Self {
        Self { tokens: significant_tokens(dialect, sql), at: 0 }
    }

    /// Where the last token that was read ends in the text.
    pub(crate) fn end_of_last(&self) -> usize {
        self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(0, Token::end)
    }

    /// Reads the words if they all come next.
    pub(crate) fn accept(&mut self, words: &str) -> bool {
        let mut at = self.at;
        for word in words.split(' ') {
            if !self.tokens.get(at).is_some_and(|token| token.is_word(word)) {
                return false;
            }
            at += 1;
        }
        self.at = at;
        true
    }
}
