//! Transactions: how one is begun, and where a connection stands in it.

/// How far transactions that run at the same time see each other (PostgreSQL docs, "Transaction Isolation").
///
/// SQLite has only [`Serializable`](IsolationLevel::Serializable), which is what every transaction gets there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IsolationLevel {
    /// PostgreSQL treats it as [`ReadCommitted`](IsolationLevel::ReadCommitted).
    ReadUncommitted,
    /// Each statement sees what was committed before it; PostgreSQL's default.
    ReadCommitted,
    /// All statements see what was committed before the first of them.
    RepeatableRead,
    /// As if the transactions ran one after the other.
    Serializable,
}

/// How a transaction is begun. The default is the database's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TransactionOptions {
    /// The isolation level; `None` leaves it to the session.
    pub isolation: Option<IsolationLevel>,
    /// Refuses to write. On SQLite such a transaction does not wait for one that writes.
    pub read_only: bool,
    /// Waits for a moment at which a serializable, read-only transaction can never fail (PostgreSQL docs, "SET
    /// TRANSACTION"); means nothing otherwise.
    pub deferrable: bool,
}

impl TransactionOptions {
    /// A transaction that only reads.
    pub fn read_only() -> TransactionOptions {
        TransactionOptions { read_only: true, ..TransactionOptions::default() }
    }

    /// A transaction of an isolation level.
    pub fn isolation(level: IsolationLevel) -> TransactionOptions {
        TransactionOptions { isolation: Some(level), ..TransactionOptions::default() }
    }

    pub(crate) fn postgresql(self) -> String {
        let level = self.isolation.map(|level| match level {
            IsolationLevel::ReadUncommitted => "ISOLATION LEVEL READ UNCOMMITTED",
            IsolationLevel::ReadCommitted => "ISOLATION LEVEL READ COMMITTED",
            IsolationLevel::RepeatableRead => "ISOLATION LEVEL REPEATABLE READ",
            IsolationLevel::Serializable => "ISOLATION LEVEL SERIALIZABLE",
        });
        let modes = [level, self.read_only.then_some("READ ONLY"), self.deferrable.then_some("DEFERRABLE")];
        let modes: Vec<&str> = modes.into_iter().flatten().collect();
        if modes.is_empty() { "BEGIN".to_owned() } else { format!("BEGIN {}", modes.join(", ")) }
    }

    /// A transaction that will write takes the lock at once: to take it later fails when somebody else has written in
    /// between (SQLite docs, "Transaction").
    pub(crate) fn sqlite(self) -> &'static str {
        if self.read_only { "BEGIN DEFERRED" } else { "BEGIN IMMEDIATE" }
    }
}

/// Where a connection stands, as far as its own methods know.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    /// A transaction is open, or will be with the next statement.
    pub(crate) open: bool,
    /// The `BEGIN` that goes out ahead of the next statement.
    pub(crate) begin: Option<String>,
    /// A statement of the transaction failed, and PostgreSQL takes nothing but its end.
    pub(crate) aborted: bool,
    /// A statement was sent whose answer was not waited for: its future was dropped, or its rows were not read.
    pub(crate) unsettled: bool,
    /// SQLite's connection refuses to write until the transaction ends.
    pub(crate) query_only: bool,
}

impl Standing {
    /// A transaction has ended.
    pub(crate) fn close(&mut self) {
        self.open = false;
        self.aborted = false;
        self.begin = None;
    }

    /// Follows a statement that begins or ends a transaction, without its method having been used.
    pub(crate) fn follow(&mut self, sql: &str) {
        match effect(sql) {
            Some(true) => self.open = true,
            Some(false) => self.close(),
            None => {}
        }
    }
}

/// What a statement that succeeded did: `true` for a transaction begun, `false` for one ended.
fn effect(sql: &str) -> Option<bool> {
    let mut words = sql.split([' ', '\t', '\n', '\r', ';']).filter(|word| !word.is_empty());
    let first = words.next()?;
    let is = |words: &[&str]| words.iter().any(|word| first.eq_ignore_ascii_case(word));
    if is(&["BEGIN", "START"]) {
        Some(true)
    } else if is(&["COMMIT", "END", "ROLLBACK", "ABORT"]) {
        let to_savepoint = words.any(|word| word.eq_ignore_ascii_case("TO"));
        (!to_savepoint).then_some(false)
    } else {
        None
    }
}

/// A savepoint's name as an identifier.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::{IsolationLevel, TransactionOptions, effect};

    #[test]
    fn statements_that_begin_and_end_transactions_are_known() {
        assert_eq!(effect(" begin;"), Some(true));
        assert_eq!(effect("START TRANSACTION READ ONLY"), Some(true));
        assert_eq!(effect("COMMIT AND CHAIN"), Some(false));
        assert_eq!(effect("rollback;"), Some(false));
        assert_eq!(effect("ROLLBACK TO SAVEPOINT a"), None);
        assert_eq!(effect("SELECT 'begin'"), None);
        assert_eq!(effect(""), None);
    }

    #[test]
    fn options_are_written_as_the_dialect_has_them() {
        assert_eq!(TransactionOptions::default().postgresql(), "BEGIN");
        let options = TransactionOptions {
            isolation: Some(IsolationLevel::Serializable),
            read_only: true,
            deferrable: true,
        };
        assert_eq!(options.postgresql(), "BEGIN ISOLATION LEVEL SERIALIZABLE, READ ONLY, DEFERRABLE");
        assert_eq!(options.sqlite(), "BEGIN DEFERRED");
    }
}
