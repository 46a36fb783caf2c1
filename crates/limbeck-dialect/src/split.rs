//! A script as statements.

use std::ops::Range;

use limbeck_schema::Dialect;

use crate::SplitError;
use crate::lexer::{Token, TokenKind, Unterminated, tokenize};

/// Where a statement stands in its script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementSpan {
    /// The statement in bytes: from its first word to its last, without the semicolon and without comments around it.
    pub range: Range<usize>,
    /// The line that it begins on, 1-based.
    pub line: usize,
}

/// Splits a script at the semicolons that end statements: not at those in strings, names, comments, parentheses
/// (PostgreSQL's CREATE RULE), `BEGIN ATOMIC … END` bodies (PostgreSQL) and trigger bodies (SQLite). Empty statements
/// are left out.
///
/// # Errors
/// When a string, name, comment or body is open at the end.
pub fn split_statements(dialect: Dialect, script: &str) -> Result<Vec<StatementSpan>, SplitError> {
    let line_at = |at: usize| 1 + script.bytes().take(at).filter(|b| *b == b'\n').count();
    let unterminated = |what, at| SplitError::Unterminated { what, line: line_at(at) };
    let tokens = tokenize(dialect, script).map_err(|Unterminated { what, at }| unterminated(what, at))?;
    let mut spans = Vec::new();
    let mut lines = LineCounter { script, at: 0, line: 1 };
    let mut current = Statement::default();
    for token in tokens.iter().filter(|t| t.kind != TokenKind::Comment) {
        if token.is_symbol(";") && current.can_end(dialect) {
            spans.extend(current.span(&mut lines));
            current = Statement::default();
        } else {
            current.push(dialect, token);
        }
    }
    if let (Some(what), Some(range)) = (current.open_body(dialect), &current.range) {
        return Err(unterminated(what, range.start));
    }
    spans.extend(current.span(&mut lines));
    Ok(spans)
}

/// Counts lines forward, so that a long script is read once.
struct LineCounter<'a> {
    script: &'a str,
    at: usize,
    line: usize,
}

impl LineCounter<'_> {
    fn line_at(&mut self, at: usize) -> usize {
        let passed = self.script.get(self.at..at).unwrap_or_default();
        self.line += passed.bytes().filter(|b| *b == b'\n').count();
        self.at = at;
        self.line
    }
}

/// What is known of the statement being read.
#[derive(Default)]
struct Statement<'a> {
    range: Option<Range<usize>>,
    /// The first words, which tell what the statement is.
    opening: Vec<&'a str>,
    /// Open parentheses.
    parentheses: usize,
    /// Open `BEGIN ATOMIC` and `CASE` in a routine's body.
    body: usize,
    /// Whether a trigger's body has begun.
    trigger_body: bool,
    last: Option<Token<'a>>,
    before_last: Option<Token<'a>>,
}

/// `CREATE OR REPLACE FUNCTION`, `CREATE TEMPORARY TRIGGER`: what a statement is shows by then.
const OPENING_WORDS: usize = 4;

impl<'a> Statement<'a> {
    fn opens_with(&self, kinds: &[&str]) -> bool {
        let is = |word: &&str, other: &str| word.eq_ignore_ascii_case(other);
        self.opening.first().is_some_and(|w| is(w, "create"))
            && self.opening.iter().any(|w| kinds.iter().any(|kind| is(w, kind)))
    }

    fn push(&mut self, dialect: Dialect, token: &Token<'a>) {
        let start = self.range.as_ref().map_or(token.start, |r| r.start);
        self.range = Some(start..token.end());
        if token.kind == TokenKind::Word && self.opening.len() < OPENING_WORDS {
            self.opening.push(token.text);
        }
        match dialect {
            Dialect::Postgresql => self.push_postgresql(token),
            Dialect::Sqlite => {
                self.trigger_body |= token.is_word("begin") && self.opens_with(&["trigger"]);
            }
        }
        self.before_last = self.last.replace(token.clone());
    }

    /// As psql's lexer tells where a statement ends: outside parentheses and outside the body of a routine, in which
    /// CASE … END nests.
    fn push_postgresql(&mut self, token: &Token<'a>) {
        let opens_body = token.is_word("atomic")
            && self.last.as_ref().is_some_and(|t| t.is_word("begin"))
            && self.opens_with(&["function", "procedure"]);
        if token.is_symbol("(") {
            self.parentheses += 1;
        } else if token.is_symbol(")") {
            self.parentheses = self.parentheses.saturating_sub(1);
        } else if opens_body || (self.body > 0 && token.is_word("case")) {
            self.body += 1;
        } else if self.body > 0 && token.is_word("end") {
            self.body -= 1;
        }
    }

    /// Whether a semicolon now ends the statement.
    fn can_end(&self, dialect: Dialect) -> bool {
        match dialect {
            Dialect::Postgresql => self.parentheses == 0 && self.body == 0,
            Dialect::Sqlite => self.open_body(dialect).is_none(),
        }
    }

    /// The body that is still open. A trigger's ends as `sqlite3_complete()` says: with END right behind a semicolon,
    /// so that the END of a CASE does not count.
    fn open_body(&self, dialect: Dialect) -> Option<&'static str> {
        let trigger_ended = self.last.as_ref().is_some_and(|t| t.is_word("end"))
            && self.before_last.as_ref().is_some_and(|t| t.is_symbol(";"));
        match dialect {
            Dialect::Postgresql => (self.body > 0).then_some("the body of a routine (BEGIN ATOMIC)"),
            Dialect::Sqlite => (self.trigger_body && !trigger_ended).then_some("the body of a trigger"),
        }
    }

    fn span(&self, lines: &mut LineCounter<'_>) -> Option<StatementSpan> {
        let range = self.range.clone()?;
        let line = lines.line_at(range.start);
        Some(StatementSpan { range, line })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(dialect: Dialect, script: &str) -> Vec<(usize, &str)> {
        let spans = split_statements(dialect, script).unwrap();
        spans.into_iter().map(|s| (s.line, &script[s.range])).collect()
    }

    #[test]
    fn comments_and_empty_statements_are_left_out() {
        let script = "-- first; not this\nSELECT 1; -- a\n;;\n/* b; */\nSELECT 2 -- end\n";
        for dialect in Dialect::ALL {
            assert_eq!(split(dialect, script), [(2, "SELECT 1"), (5, "SELECT 2")]);
        }
    }

    #[test]
    fn postgresql_strings_hold_semicolons() {
        for statement in [
            "SELECT ';', 'it''s;', \"a;\"\"b\"",
            r"SELECT E'it\';s', e'\\'",
            r"SELECT '\', 1",
            "SELECT $$;$$, $tag$; $$ $other$ $tag$",
            "SELECT a$b$c FROM t WHERE x = $1",
            "/* a /* nested; */ b; */ SELECT 1",
            "CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM a; DELETE FROM b)",
            "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END",
        ] {
            let script = format!("{statement};\nSELECT 2");
            let found = split(Dialect::Postgresql, &script);
            assert_eq!(found.len(), 2, "{found:?}");
            assert!(statement.ends_with(found[0].1));
            assert_eq!(found[1], (2, "SELECT 2"));
        }
    }

    #[test]
    fn sqlite_triggers_and_names_hold_semicolons() {
        for statement in [
            "SELECT [a;b], `c;d`, \"e;f\", ';'",
            "SELECT '\\'",
            "CREATE TRIGGER t AFTER UPDATE ON a BEGIN UPDATE b SET x = CASE WHEN y THEN 1 END; SELECT 2; END",
            "CREATE TEMP TRIGGER IF NOT EXISTS t AFTER UPDATE ON a BEGIN SELECT CASE x WHEN 1 THEN 2 END; END",
        ] {
            let script = format!("{statement};\nSELECT 2;");
            assert_eq!(split(Dialect::Sqlite, &script), [(1, statement), (2, "SELECT 2")]);
        }
    }

    #[test]
    fn what_is_not_closed_is_named_with_its_line() {
        let error = |dialect, script| split_statements(dialect, script).unwrap_err().to_string();
        let (pg, lite) = (Dialect::Postgresql, Dialect::Sqlite);
        assert_eq!(error(pg, "SELECT 1;\nSELECT 'a"), "line 2: a string is not closed");
        assert_eq!(error(pg, "\n\n/* /* */"), "line 3: a comment is not closed");
        assert_eq!(error(pg, "SELECT $a$ $b$"), "line 1: a dollar-quoted string is not closed");
        assert_eq!(error(lite, "SELECT [a"), "line 1: a quoted name is not closed");
        assert_eq!(
            error(pg, "SELECT 1;\nCREATE FUNCTION f() BEGIN ATOMIC SELECT 1;"),
            "line 2: the body of a routine (BEGIN ATOMIC) is not closed"
        );
        assert_eq!(
            error(lite, "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1;"),
            "line 1: the body of a trigger is not closed"
        );
    }
}
