//! Which statements a transaction may hold.

use limbeck_schema::Dialect;

use crate::lexer::{TokenKind, tokenize};

/// Whether a statement works inside a transaction block.
///
/// `ALTER TYPE … ADD VALUE` does since PostgreSQL 12, though the value cannot be used before the commit.
///
/// ```
/// use limbeck_dialect::runs_in_transaction;
/// use limbeck_schema::Dialect;
/// assert!(runs_in_transaction(Dialect::Postgresql, "CREATE INDEX i ON t (a)"));
/// assert!(!runs_in_transaction(Dialect::Postgresql, "CREATE INDEX CONCURRENTLY i ON t (a)"));
/// ```
pub fn runs_in_transaction(dialect: Dialect, sql: &str) -> bool {
    let tokens = tokenize(dialect, sql).unwrap_or_default();
    let significant = tokens.iter().filter(|t| t.kind != TokenKind::Comment);
    let words: Vec<String> = significant
        .filter(|t| matches!(t.kind, TokenKind::Word | TokenKind::QuotedName))
        .map(|t| if t.kind == TokenKind::Word { t.text.to_ascii_lowercase() } else { t.text.to_owned() })
        .take(12)
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match dialect {
        Dialect::Postgresql => postgresql(&words),
        Dialect::Sqlite => sqlite(&words),
    }
}

/// The statements whose reference page says that they cannot run inside a transaction block.
fn postgresql(words: &[&str]) -> bool {
    let concurrent_reindex = words.first() == Some(&"reindex") && words.contains(&"concurrently");
    let alone = matches!(
        words,
        ["create" | "drop", "index", "concurrently", ..]
            | ["create", "unique", "index", "concurrently", ..]
            | ["vacuum", ..]
            | ["create" | "drop", "database" | "tablespace" | "subscription", ..]
            | ["alter", "database", _, "set", "tablespace", ..]
            | ["alter", "system", ..]
            | ["alter", "table", .., "detach", "partition", _, "concurrently"]
            | ["alter", "table", .., "detach", "partition", _, _, "concurrently"]
            | ["reindex", "database" | "system" | "schema", ..]
            | ["cluster"]
            | ["discard", "all"]
    );
    !alone && !concurrent_reindex
}

/// VACUUM fails, a database in use cannot be attached or detached, and these pragmas have no effect or fail in a
/// transaction (SQLite, "PRAGMA Statements").
fn sqlite(words: &[&str]) -> bool {
    !matches!(
        words,
        ["vacuum" | "attach" | "detach", ..]
            | ["pragma", "foreign_keys" | "journal_mode" | "synchronous" | "auto_vacuum" | "page_size", ..]
            | [
                "pragma",
                _,
                "foreign_keys" | "journal_mode" | "synchronous" | "auto_vacuum" | "page_size",
                ..
            ]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postgresql_statements_that_stand_alone() {
        for sql in [
            "create unique index concurrently i on t (a)",
            "/* why */ DROP INDEX CONCURRENTLY i",
            "VACUUM (FULL) t",
            "REINDEX (VERBOSE) TABLE CONCURRENTLY t",
            "REINDEX DATABASE d",
            "ALTER DATABASE d SET TABLESPACE s",
            "ALTER TABLE a.t DETACH PARTITION a.p CONCURRENTLY",
            "CREATE DATABASE d",
            "ALTER SYSTEM SET work_mem = '1MB'",
        ] {
            assert!(!runs_in_transaction(Dialect::Postgresql, sql), "{sql}");
        }
        for sql in [
            "CREATE INDEX concurrently_made ON t (a)",
            "DROP INDEX \"concurrently\"",
            "ALTER TYPE mood ADD VALUE 'x'",
            "REINDEX TABLE t",
            "SELECT 'VACUUM'",
            "REFRESH MATERIALIZED VIEW CONCURRENTLY v",
            "",
        ] {
            assert!(runs_in_transaction(Dialect::Postgresql, sql), "{sql}");
        }
    }

    #[test]
    fn sqlite_statements_that_stand_alone() {
        for sql in ["VACUUM", "PRAGMA foreign_keys=ON", "PRAGMA main.journal_mode = WAL", "ATTACH 'a' AS a"] {
            assert!(!runs_in_transaction(Dialect::Sqlite, sql), "{sql}");
        }
        for sql in ["PRAGMA legacy_alter_table=ON", "CREATE TABLE vacuum_log (a)", "PRAGMA foreign_key_check"]
        {
            assert!(runs_in_transaction(Dialect::Sqlite, sql), "{sql}");
        }
    }
}
