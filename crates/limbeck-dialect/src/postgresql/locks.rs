//! Which locks a statement takes on tables that are there, and what it does to them meanwhile.
//!
//! From PostgreSQL's "Explicit Locking", "Table-Level Locks", and the notes of the reference pages, above all that of
//! ALTER TABLE, which says of each form what it takes and whether it rewrites or scans the table.

use std::fmt;

use limbeck_schema::Dialect;

use crate::lexer::{Token, TokenKind, significant_tokens};

/// A table-level lock, from the weakest to the strongest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LockMode {
    /// `SELECT`
    AccessShare,
    /// `SELECT … FOR UPDATE`
    RowShare,
    /// `UPDATE`, `DELETE`, `INSERT`
    RowExclusive,
    /// Against other schema changes and VACUUM; readers and writers go on.
    ShareUpdateExclusive,
    /// Against writers.
    Share,
    /// Against writers and itself.
    ShareRowExclusive,
    /// Against all but plain readers.
    Exclusive,
    /// Against everybody.
    AccessExclusive,
}

impl LockMode {
    /// The name in `LOCK TABLE`.
    pub fn as_str(self) -> &'static str {
        match self {
            LockMode::AccessShare => "ACCESS SHARE",
            LockMode::RowShare => "ROW SHARE",
            LockMode::RowExclusive => "ROW EXCLUSIVE",
            LockMode::ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
            LockMode::Share => "SHARE",
            LockMode::ShareRowExclusive => "SHARE ROW EXCLUSIVE",
            LockMode::Exclusive => "EXCLUSIVE",
            LockMode::AccessExclusive => "ACCESS EXCLUSIVE",
        }
    }

    /// Whether those who only read have to wait.
    pub fn blocks_reads(self) -> bool {
        self == LockMode::AccessExclusive
    }

    /// Whether those who write rows have to wait.
    pub fn blocks_writes(self) -> bool {
        self >= LockMode::Share
    }
}

impl fmt::Display for LockMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What is done to all rows of a table while its lock is held, from the least to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TableWork {
    /// Nothing, whatever the table's size.
    Nothing,
    /// All of it is read.
    Scan,
    /// All of it is written anew, with its indexes.
    Rewrite,
}

/// A lock that a statement takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableLock {
    /// The table, as the statement writes it.
    pub table: String,
    /// The lock.
    pub mode: LockMode,
    /// What is done meanwhile.
    pub work: TableWork,
}

/// The locks that a PostgreSQL statement takes on tables, each table once with its strongest one.
///
/// Locks for reading, and those that functions and triggers take, are left out. What depends on the types at hand is
/// told as the worse of the two: a change of type may turn out to need no rewrite.
///
/// ```
/// use limbeck_dialect::{LockMode, TableWork, table_locks};
/// let locks = table_locks("ALTER TABLE shop.orders ALTER COLUMN total TYPE numeric(12, 2)");
/// assert_eq!((locks[0].table.as_str(), locks[0].mode), ("shop.orders", LockMode::AccessExclusive));
/// assert_eq!(locks[0].work, TableWork::Rewrite);
/// ```
pub fn table_locks(sql: &str) -> Vec<TableLock> {
    let tokens = significant_tokens(Dialect::Postgresql, sql);
    let mut reader = Reader { tokens: &tokens, locks: Vec::new() };
    reader.statement();
    reader.locks
}

struct Reader<'a> {
    tokens: &'a [Token<'a>],
    locks: Vec<TableLock>,
}

use LockMode::{
    AccessExclusive, Exclusive, RowExclusive, RowShare, Share, ShareRowExclusive, ShareUpdateExclusive,
};
use TableWork::{Nothing, Rewrite, Scan};

impl<'a> Reader<'a> {
    fn statement(&mut self) {
        let Some(first) = self.word() else { return };
        match first.as_str() {
            "alter" => self.alter(),
            "create" => self.create(),
            "drop" => self.drop(),
            "truncate" => {
                self.accept("table");
                self.accept("only");
                self.names(AccessExclusive, Nothing);
            }
            "insert" | "merge" => {
                self.accept("into");
                self.name_locked(RowExclusive, Nothing);
            }
            "delete" => {
                self.accept("from");
                self.accept("only");
                self.name_locked(RowExclusive, Nothing);
            }
            "update" => {
                self.accept("only");
                self.name_locked(RowExclusive, Nothing);
            }
            "comment" => self.comment(),
            "lock" => self.lock_table(),
            "vacuum" | "analyze" => self.vacuum(),
            "cluster" => {
                self.accept("verbose");
                self.name_locked(AccessExclusive, Rewrite);
            }
            "reindex" => self.reindex(),
            "refresh" => {
                self.accept("materialized");
                self.accept("view");
                let mode = if self.accept("concurrently") { Exclusive } else { AccessExclusive };
                self.name_locked(mode, Rewrite);
            }
            _ => {}
        }
    }

    fn alter(&mut self) {
        if self.accept("table") {
            self.if_exists();
            self.accept("only");
            let Some(table) = self.name() else { return };
            for action in actions(self.tokens) {
                self.alter_table_action(&table, action);
            }
        } else if ["policy", "trigger", "rule"].iter().any(|word| self.accept(word)) {
            self.after_on(AccessExclusive);
        } else if self.accept("publication") {
            self.published();
        } else if self.accept("index") {
            self.if_exists();
            let Some(index) = self.name() else { return };
            let mode = if self.accept("rename") || self.accept("set") || self.accept("reset") {
                ShareUpdateExclusive
            } else {
                AccessExclusive
            };
            self.add(index, mode, Nothing);
        } else if self.accept("view") || (self.accept("materialized") && self.accept("view")) {
            self.if_exists();
            self.name_locked(AccessExclusive, Nothing);
        }
    }

    /// PostgreSQL, "ALTER TABLE", "Description" and "Notes".
    fn alter_table_action(&mut self, table: &str, action: &'a [Token<'a>]) {
        let word = |at: usize| action.get(at).map(|token| lower(token)).unwrap_or_default();
        let contains = |words: &[&str]| contains_words(action, words);
        let (first, second) = (word(0), word(1));
        let (mode, work) = match (first.as_str(), second.as_str()) {
            ("add", _) if is_constraint(action) => {
                let unchecked = contains(&["not", "valid"]);
                if contains(&["foreign", "key"]) {
                    let work = if unchecked { Nothing } else { Scan };
                    if let Some(other) = name_after(action, "references") {
                        self.add(other, ShareRowExclusive, Nothing);
                    }
                    (ShareRowExclusive, work)
                } else {
                    (AccessExclusive, if unchecked || contains(&["using", "index"]) { Nothing } else { Scan })
                }
            }
            ("add", _) => {
                if let Some(other) = name_after(action, "references") {
                    self.add(other, ShareRowExclusive, Nothing);
                }
                (AccessExclusive, new_column_work(action))
            }
            ("alter", _) => {
                let at = if second == "column" { 3 } else { 2 };
                match (word(at).as_str(), word(at + 1).as_str()) {
                    ("type", _) | ("set", "data") => (AccessExclusive, Rewrite),
                    ("set", "not") => (AccessExclusive, Scan),
                    ("set", "statistics") => (ShareUpdateExclusive, Nothing),
                    ("set" | "reset", "(") => (ShareUpdateExclusive, Nothing),
                    ("set", "expression") => (AccessExclusive, Rewrite),
                    _ => (AccessExclusive, Nothing),
                }
            }
            ("validate", "constraint") => (ShareUpdateExclusive, Scan),
            ("attach", "partition") => {
                if let Some(partition) = name_after(action, "partition") {
                    self.add(partition, AccessExclusive, Scan);
                }
                (ShareUpdateExclusive, Nothing)
            }
            ("detach", "partition") => {
                let mode = if contains(&["concurrently"]) { ShareUpdateExclusive } else { AccessExclusive };
                if let Some(partition) = name_after(action, "partition") {
                    self.add(partition, AccessExclusive, Nothing);
                }
                (mode, Nothing)
            }
            ("set", "logged" | "unlogged" | "tablespace") => (AccessExclusive, Rewrite),
            ("set", "access") => (AccessExclusive, Rewrite),
            // Storage parameters; those that need more are few.
            ("set" | "reset", "(") | ("cluster", _) | ("set", "without") => (ShareUpdateExclusive, Nothing),
            ("enable" | "disable", "row") => (AccessExclusive, Nothing),
            ("enable" | "disable", "trigger" | "replica" | "always") => (ShareRowExclusive, Nothing),
            _ => (AccessExclusive, Nothing),
        };
        self.add(table.to_owned(), mode, work);
    }

    fn create(&mut self) {
        if self.accept("or") {
            self.accept("replace");
        }
        self.accept("unique");
        self.accept("constraint");
        let Some(kind) = self.word() else { return };
        match kind.as_str() {
            "index" => {
                let mode = if self.accept("concurrently") { ShareUpdateExclusive } else { Share };
                let Some(table) = name_after_skipping(self.tokens, "on", "only") else { return };
                self.add(table, mode, Scan);
            }
            "trigger" => self.after_on(ShareRowExclusive),
            "policy" => self.after_on(AccessExclusive),
            "publication" => self.published(),
            // One that is replaced; a new one is nobody else's yet.
            "view" => self.name_locked(AccessExclusive, Nothing),
            "rule" => {
                if let Some(table) = name_after(self.tokens, "to") {
                    self.add(table, AccessExclusive, Nothing);
                }
            }
            "statistics" => {
                if let Some(table) = name_after(self.tokens, "from") {
                    self.add(table, ShareUpdateExclusive, Nothing);
                }
            }
            // The table itself is nobody else's yet; those that it refers to are.
            "table" | "temporary" | "temp" | "unlogged" => {
                let tokens = self.tokens;
                for at in positions(tokens, "references") {
                    if let Some(table) = tokens.get(at + 1..).and_then(name_at_start) {
                        self.add(table, ShareRowExclusive, Nothing);
                    }
                }
                let of = positions(tokens, "partition")
                    .into_iter()
                    .find(|at| tokens.get(at + 1).is_some_and(|token| token.is_word("of")));
                if let Some(parent) = of.and_then(|at| tokens.get(at + 2..)).and_then(name_at_start) {
                    self.add(parent, AccessExclusive, Nothing);
                }
            }
            _ => {}
        }
    }

    fn drop(&mut self) {
        let Some(kind) = self.word() else { return };
        match kind.as_str() {
            "table" | "view" => {
                self.if_exists();
                self.names(AccessExclusive, Nothing);
            }
            "materialized" if self.accept("view") => {
                self.if_exists();
                self.names(AccessExclusive, Nothing);
            }
            "index" => {
                let mode = if self.accept("concurrently") { ShareUpdateExclusive } else { AccessExclusive };
                self.if_exists();
                self.names(mode, Nothing);
            }
            "trigger" | "policy" | "rule" => self.after_on(AccessExclusive),
            _ => {}
        }
    }

    fn comment(&mut self) {
        self.accept("on");
        let Some(kind) = self.word() else { return };
        match kind.as_str() {
            "table" | "view" => self.name_locked(ShareUpdateExclusive, Nothing),
            "materialized" if self.accept("view") => self.name_locked(ShareUpdateExclusive, Nothing),
            "column" => {
                let Some(column) = self.name() else { return };
                if let Some((table, _)) = column.rsplit_once('.') {
                    self.add(table.to_owned(), ShareUpdateExclusive, Nothing);
                }
            }
            _ => {}
        }
    }

    fn lock_table(&mut self) {
        self.accept("table");
        self.accept("only");
        let modes = [
            (&["access", "share"][..], LockMode::AccessShare),
            (&["row", "share"], RowShare),
            (&["share", "row", "exclusive"], ShareRowExclusive),
            (&["row", "exclusive"], RowExclusive),
            (&["share", "update", "exclusive"], ShareUpdateExclusive),
            (&["access", "exclusive"], AccessExclusive),
            (&["exclusive"], Exclusive),
            (&["share"], Share),
        ];
        let named = modes.iter().find(|(words, _)| contains_words(self.tokens, words));
        let mode = named.map_or(AccessExclusive, |(_, mode)| *mode);
        self.names(mode, Nothing);
    }

    fn vacuum(&mut self) {
        let mut full = false;
        if self.tokens.first().is_some_and(|token| token.is_symbol("(")) {
            let end = self.tokens.iter().position(|token| token.is_symbol(")")).unwrap_or_default();
            full = self.tokens.iter().take(end).any(|token| token.is_word("full"));
            self.tokens = self.tokens.get(end + 1..).unwrap_or_default();
        }
        loop {
            if self.accept("full") {
                full = true;
            } else if !(self.accept("freeze") || self.accept("verbose") || self.accept("analyze")) {
                break;
            }
        }
        let (mode, work) = if full { (AccessExclusive, Rewrite) } else { (ShareUpdateExclusive, Scan) };
        self.name_locked(mode, work);
    }

    fn reindex(&mut self) {
        if self.tokens.first().is_some_and(|token| token.is_symbol("(")) {
            let end = self.tokens.iter().position(|token| token.is_symbol(")")).unwrap_or_default();
            self.tokens = self.tokens.get(end + 1..).unwrap_or_default();
        }
        let table = self.accept("table");
        if !table && !self.accept("index") {
            return;
        }
        let mode = match (self.accept("concurrently"), table) {
            (true, _) => ShareUpdateExclusive,
            (false, true) => Share,
            (false, false) => AccessExclusive,
        };
        self.name_locked(mode, Scan);
    }

    /// The tables of a publication, behind every TABLE.
    fn published(&mut self) {
        let tokens = self.tokens;
        for at in positions(tokens, "table") {
            self.tokens = tokens.get(at + 1..).unwrap_or_default();
            self.accept("only");
            self.names(ShareUpdateExclusive, Nothing);
        }
    }

    fn after_on(&mut self, mode: LockMode) {
        if let Some(table) = name_after(self.tokens, "on") {
            self.add(table, mode, Nothing);
        }
    }

    /// The next token as a lower-case word.
    fn word(&mut self) -> Option<String> {
        let (token, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(lower(token))
    }

    fn accept(&mut self, word: &str) -> bool {
        match self.tokens.split_first() {
            Some((token, rest)) if token.is_word(word) => {
                self.tokens = rest;
                true
            }
            _ => false,
        }
    }

    fn if_exists(&mut self) {
        if self.accept("if") {
            self.accept("exists");
        }
    }

    fn name(&mut self) -> Option<String> {
        let name = name_at_start(self.tokens)?;
        let parts = name_length(self.tokens);
        self.tokens = self.tokens.get(parts..).unwrap_or_default();
        Some(name)
    }

    fn name_locked(&mut self, mode: LockMode, work: TableWork) {
        if let Some(table) = self.name() {
            self.add(table, mode, work);
        }
    }

    /// A list of names.
    fn names(&mut self, mode: LockMode, work: TableWork) {
        loop {
            self.name_locked(mode, work);
            match self.tokens.split_first() {
                Some((comma, rest)) if comma.is_symbol(",") => self.tokens = rest,
                _ => return,
            }
        }
    }

    fn add(&mut self, table: String, mode: LockMode, work: TableWork) {
        match self.locks.iter_mut().find(|lock| lock.table == table) {
            Some(lock) => {
                lock.mode = lock.mode.max(mode);
                lock.work = lock.work.max(work);
            }
            None => self.locks.push(TableLock { table, mode, work }),
        }
    }
}

fn lower(token: &Token<'_>) -> String {
    if token.kind == TokenKind::Word { token.text.to_ascii_lowercase() } else { token.text.to_owned() }
}

/// A name with the schema before it, as written.
fn name_at_start(tokens: &[Token<'_>]) -> Option<String> {
    let length = name_length(tokens);
    let text: String = tokens.iter().take(length).map(|token| token.text).collect();
    (!text.is_empty()).then_some(text)
}

/// How many tokens the name takes that a text begins with.
fn name_length(tokens: &[Token<'_>]) -> usize {
    let is_part = |token: &Token<'_>| matches!(token.kind, TokenKind::Word | TokenKind::QuotedName);
    let mut length = 0;
    while tokens.get(length).is_some_and(is_part) {
        length += 1;
        if !tokens.get(length).is_some_and(|token| token.is_symbol(".")) {
            break;
        }
        length += 1;
    }
    length
}

fn positions(tokens: &[Token<'_>], word: &str) -> Vec<usize> {
    (0..tokens.len()).filter(|&at| tokens.get(at).is_some_and(|token| token.is_word(word))).collect()
}

fn name_after(tokens: &[Token<'_>], word: &str) -> Option<String> {
    name_after_skipping(tokens, word, "")
}

fn name_after_skipping(tokens: &[Token<'_>], word: &str, skipped: &str) -> Option<String> {
    let at = tokens.iter().position(|token| token.is_word(word))?;
    let rest = tokens.get(at + 1..)?;
    let rest = match rest.split_first() {
        Some((token, rest)) if token.is_word(skipped) => rest,
        _ => rest,
    };
    name_at_start(rest)
}

fn contains_words(tokens: &[Token<'_>], words: &[&str]) -> bool {
    tokens
        .windows(words.len())
        .any(|window| window.iter().zip(words).all(|(token, word)| token.is_word(word)))
}

/// The actions of an ALTER TABLE: its rest, cut at the commas outside of parentheses.
fn actions<'a>(tokens: &'a [Token<'a>]) -> Vec<&'a [Token<'a>]> {
    let mut depth = 0_usize;
    tokens
        .split(|token| {
            match token.text {
                "(" | "[" => depth += 1,
                ")" | "]" => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0 && token.is_symbol(",")
        })
        .collect()
}

/// Whether an `ADD …` adds a constraint and not a column.
fn is_constraint(action: &[Token<'_>]) -> bool {
    action.get(1).is_some_and(|token| {
        ["constraint", "check", "unique", "primary", "foreign", "exclude"]
            .iter()
            .any(|word| token.is_word(word))
    })
}

/// Functions that give the same value for the whole statement, so that a new column needs no rewrite (PostgreSQL,
/// "ALTER TABLE", "Notes": only volatile defaults do).
const STABLE_FUNCTIONS: [&str; 5] =
    ["now", "transaction_timestamp", "statement_timestamp", "current_setting", "to_char"];

fn new_column_work(action: &[Token<'_>]) -> TableWork {
    let has = |word: &str| action.iter().any(|token| token.is_word(word));
    let serial = ["serial", "bigserial", "smallserial", "serial4", "serial8"].iter().any(|word| has(word));
    if serial || has("identity") || has("stored") {
        return Rewrite;
    }
    let default =
        action.iter().position(|token| token.is_word("default")).and_then(|at| action.get(at + 1..));
    let calls = default.unwrap_or_default().windows(2);
    // Keywords and types that parentheses may follow are no calls.
    let volatile = calls.filter_map(|pair| match pair {
        [name, open] if open.is_symbol("(") && name.kind == TokenKind::Word => Some(lower(name)),
        _ => None,
    });
    let no_call =
        ["check", "numeric", "varchar", "char", "references", "in", "and", "or", "not", "bit", "decimal"];
    let known = |name: &String| STABLE_FUNCTIONS.contains(&name.as_str()) || no_call.contains(&name.as_str());
    if volatile.filter(|name| !known(name)).count() > 0 {
        Rewrite
    } else if has("check") {
        Scan
    } else {
        Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(sql: &str) -> String {
        let locks: Vec<String> = table_locks(sql)
            .iter()
            .map(|lock| format!("{} {} {:?}", lock.table, lock.mode, lock.work))
            .collect();
        locks.join("; ")
    }

    #[test]
    fn names_are_kept_as_written() {
        assert_eq!(
            told("DROP TABLE IF EXISTS a.\"B c\", d CASCADE"),
            "a.\"B c\" ACCESS EXCLUSIVE Nothing; d ACCESS EXCLUSIVE Nothing"
        );
        assert_eq!(told("/* x */ alter table only t -- y\n add column c int"), "t ACCESS EXCLUSIVE Nothing");
        assert_eq!(told("COMMENT ON COLUMN a.t.c IS 'x'"), "a.t SHARE UPDATE EXCLUSIVE Nothing");
    }

    #[test]
    fn the_strongest_of_several_actions_counts() {
        assert_eq!(
            told(
                "ALTER TABLE t VALIDATE CONSTRAINT c, ALTER COLUMN a SET NOT NULL, ALTER b SET DEFAULT f(1, 2)"
            ),
            "t ACCESS EXCLUSIVE Scan"
        );
    }

    #[test]
    fn what_touches_no_table_takes_no_lock() {
        for sql in [
            "CREATE TABLE a (b int)",
            "SELECT 1",
            "CREATE TYPE m AS ENUM ('x')",
            "",
            "ALTER",
            "DROP TABLE",
            "ALTER TABLE",
            "'",
        ] {
            assert_eq!(told(sql), "", "{sql}");
        }
    }
}
