//! Reading a statement from its first token on.

use limbeck_schema::{Dialect, QualifiedName};

use crate::lexer::{Token, TokenKind, significant_tokens};

/// The tokens of a statement, and how far they are read.
#[derive(Clone, Debug)]
pub(crate) struct Cursor<'a> {
    dialect: Dialect,
    tokens: Vec<Token<'a>>,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(dialect: Dialect, sql: &'a str) -> Self {
        Self { dialect, tokens: significant_tokens(dialect, sql), at: 0 }
    }

    pub(crate) fn peek(&self) -> Option<&Token<'a>> {
        self.tokens.get(self.at)
    }

    /// Where the last token that was read ends in the text.
    pub(crate) fn end_of_last(&self) -> usize {
        self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(0, Token::end)
    }

    pub(crate) fn advance(&mut self) {
        self.at += 1;
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

    pub(crate) fn accept_symbol(&mut self, symbol: &str) -> bool {
        let found = self.peek().is_some_and(|token| token.is_symbol(symbol));
        self.at += usize::from(found);
        found
    }

    /// Reads a name without a schema, in the case it is stored in.
    pub(crate) fn identifier(&mut self) -> Option<String> {
        let name = stored_name(self.dialect, self.peek()?)?;
        self.at += 1;
        Some(name)
    }

    /// Reads a name and its schema.
    pub(crate) fn name(&mut self) -> Option<QualifiedName> {
        let parts = self.dotted();
        match parts.as_slice() {
            [name] => Some(QualifiedName::new(name)),
            [.., schema, name] => Some(QualifiedName::in_schema(schema, name)),
            [] => None,
        }
    }

    /// Reads identifiers with dots between.
    pub(crate) fn dotted(&mut self) -> Vec<String> {
        let mut parts: Vec<String> = self.identifier().into_iter().collect();
        while !parts.is_empty() && self.peek().is_some_and(|token| token.is_symbol(".")) {
            self.at += 1;
            parts.extend(self.identifier());
        }
        parts
    }

    /// Reads the text between the parentheses that come next.
    pub(crate) fn group(&mut self, sql: &'a str) -> Option<&'a str> {
        let opening = self.peek().filter(|token| token.is_symbol("("))?.end();
        let mut depth = 0_usize;
        let rest = self.tokens.get(self.at..)?;
        for (read, token) in rest.iter().enumerate() {
            if token.is_symbol("(") {
                depth += 1;
            } else if token.is_symbol(")") {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    let closing = token.start;
                    self.at += read + 1;
                    return sql.get(opening..closing);
                }
            }
        }
        None
    }

    /// Goes on to where the words come next outside of parentheses, and reads them.
    pub(crate) fn skip_past(&mut self, words: &str) -> bool {
        let mut depth = 0_usize;
        let start = self.at;
        while let Some(token) = self.tokens.get(self.at) {
            if token.is_symbol("(") {
                depth += 1;
            } else if token.is_symbol(")") {
                depth = depth.saturating_sub(1);
            } else if depth == 0 && self.accept(words) {
                return true;
            }
            self.at += 1;
        }
        self.at = start;
        false
    }
}

/// The name that a token stands for, in the case it is stored in: PostgreSQL folds what is not quoted.
pub(crate) fn stored_name(dialect: Dialect, token: &Token<'_>) -> Option<String> {
    let name = token.name()?;
    let folds = dialect == Dialect::Postgresql && token.kind == TokenKind::Word;
    Some(if folds { name.to_lowercase() } else { name })
}

/// The parts of a text between commas that stand outside of parentheses and brackets.
pub(crate) fn split_list(dialect: Dialect, sql: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut depth) = (0, 0_usize);
    for token in significant_tokens(dialect, sql) {
        if token.is_symbol("(") || token.is_symbol("[") {
            depth += 1;
        } else if token.is_symbol(")") || token.is_symbol("]") {
            depth = depth.saturating_sub(1);
        } else if depth == 0 && token.is_symbol(",") {
            parts.extend(sql.get(start..token.start).map(str::trim));
            start = token.end();
        }
    }
    parts.extend(sql.get(start..).map(str::trim).filter(|last| !last.is_empty()));
    parts
}
