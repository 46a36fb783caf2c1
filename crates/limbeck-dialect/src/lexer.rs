//! SQL text as tokens: just enough to see where a string, a name, a comment or a statement ends.
//!
//! The rules are those of PostgreSQL, "Lexical Structure", and SQLite, "SQL As Understood By SQLite".

use limbeck_schema::Dialect;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A key word, an unquoted name or a number.
    Word,
    /// A quoted name.
    QuotedName,
    /// A string constant.
    Text,
    /// Any other single character.
    Symbol,
    /// A comment.
    Comment,
}

/// A token and where it stands, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    pub(crate) kind: TokenKind,
    pub(crate) start: usize,
    pub(crate) text: &'a str,
}

impl Token<'_> {
    pub(crate) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    pub(crate) fn is_word(&self, word: &str) -> bool {
        self.kind == TokenKind::Word && self.text.eq_ignore_ascii_case(word)
    }

    pub(crate) fn is_symbol(&self, symbol: &str) -> bool {
        self.kind == TokenKind::Symbol && self.text == symbol
    }

    /// The name that this token stands for, if it is one.
    pub(crate) fn name(&self) -> Option<String> {
        match self.kind {
            TokenKind::Word => Some(self.text.to_owned()),
            TokenKind::QuotedName => {
                let quote = self.text.chars().next()?;
                let inner = self.text.get(1..self.text.len().checked_sub(1)?)?;
                Some(inner.replace(&format!("{quote}{quote}"), &quote.to_string()))
            }
            _ => None,
        }
    }
}

/// Something opened at a position that is not closed until the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unterminated {
    pub(crate) what: &'static str,
    pub(crate) at: usize,
}

/// The tokens of a text, without white space.
pub(crate) fn tokenize(dialect: Dialect, text: &str) -> Result<Vec<Token<'_>>, Unterminated> {
    let mut tokens = Vec::new();
    let mut start = 0;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (kind, length) =
            measure(dialect, rest, first).map_err(|what| Unterminated { what, at: start })?;
        let Some((text, tail)) = rest.split_at_checked(length) else { break };
        if let Some(kind) = kind {
            tokens.push(Token { kind, start, text });
        }
        start += length;
        rest = tail;
    }
    Ok(tokens)
}

/// The tokens that mean something: those that are no comments. None at all when the text cannot be read, since then
/// nothing may be concluded from it.
pub(crate) fn significant_tokens(dialect: Dialect, text: &str) -> Vec<Token<'_>> {
    let tokens = tokenize(dialect, text).unwrap_or_default();
    tokens.into_iter().filter(|t| t.kind != TokenKind::Comment).collect()
}

/// Kind and length in bytes of what a non-empty text begins with; no kind for white space.
fn measure(dialect: Dialect, rest: &str, first: char) -> Result<(Option<TokenKind>, usize), &'static str> {
    let postgresql = dialect == Dialect::Postgresql;
    let (kind, length) = match first {
        c if c.is_whitespace() => return Ok((None, c.len_utf8())),
        '-' if rest.starts_with("--") => (TokenKind::Comment, rest.find('\n').unwrap_or(rest.len())),
        '/' if rest.starts_with("/*") => {
            (TokenKind::Comment, comment_length(rest, postgresql).ok_or("a comment")?)
        }
        '\'' => (TokenKind::Text, quoted_length(rest, '\'', false).ok_or("a string")?),
        '"' => (TokenKind::QuotedName, quoted_length(rest, '"', false).ok_or("a quoted name")?),
        '`' if !postgresql => {
            (TokenKind::QuotedName, quoted_length(rest, '`', false).ok_or("a quoted name")?)
        }
        '[' if !postgresql => (TokenKind::QuotedName, rest.find(']').ok_or("a quoted name")? + 1),
        '$' if postgresql => match dollar_quote(rest) {
            Some(delimiter) => {
                let body = rest.get(delimiter.len()..).unwrap_or_default();
                let end = body.find(delimiter).ok_or("a dollar-quoted string")?;
                (TokenKind::Text, end + 2 * delimiter.len())
            }
            None => (TokenKind::Symbol, 1),
        },
        c if is_word_character(c) => {
            let length = rest.find(|c| !is_word_character(c) && c != '$').unwrap_or(rest.len());
            let (word, tail) = rest.split_at_checked(length).unwrap_or((rest, ""));
            if postgresql && word.eq_ignore_ascii_case("e") && tail.starts_with('\'') {
                (TokenKind::Text, length + quoted_length(tail, '\'', true).ok_or("a string")?)
            } else {
                (TokenKind::Word, length)
            }
        }
        c => (TokenKind::Symbol, c.len_utf8()),
    };
    Ok((Some(kind), length))
}

fn is_word_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || !c.is_ascii()
}

/// The length of a text in quotes, in which a doubled quote, or a backslash escape, does not end it.
fn quoted_length(rest: &str, quote: char, backslash: bool) -> Option<usize> {
    let mut characters = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = characters.next() {
        if backslash && c == '\\' {
            characters.next();
        } else if c == quote && characters.next_if(|(_, next)| *next == quote).is_none() {
            return Some(at + 1);
        }
    }
    None
}

/// The length of a block comment; PostgreSQL's nest.
fn comment_length(rest: &str, nested: bool) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = 0;
    loop {
        let tail = rest.get(at..)?;
        if tail.starts_with("/*") && (nested || depth == 0) {
            depth += 1;
            at += 2;
        } else if tail.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return Some(at);
            }
        } else {
            at += tail.chars().next()?.len_utf8();
        }
    }
}

/// The opening delimiter `$tag$` of a dollar-quoted string. A parameter such as `$1` is none.
fn dollar_quote(rest: &str) -> Option<&str> {
    let tag = rest.strip_prefix('$')?;
    let end = tag.find('$')?;
    let name = tag.get(..end)?;
    let is_tag = name.chars().all(is_word_character) && !name.starts_with(|c: char| c.is_ascii_digit());
    if is_tag { rest.get(..end + 2) } else { None }
}
