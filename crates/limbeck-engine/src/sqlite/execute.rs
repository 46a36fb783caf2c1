//! Statements with parameters on a SQLite connection.
//!
//! They run at once, on the caller's thread: a hop to another thread costs more than most of them do.

use super::SqliteConnection;
use super::encode::parameter;
use crate::execute::EachRow;
use crate::pipeline::{EachPipelinedRow, PipelineError};
use crate::transaction::quoted;
use crate::{EngineError, Row, Statement, TransactionOptions};

impl SqliteConnection {
    /// Runs a statement and returns how many rows it affected, or gave.
    ///
    /// # Errors
    /// What SQLite refuses, or a value that cannot be sent.
    pub fn execute(&mut self, statement: &Statement) -> Result<u64, EngineError> {
        self.fetch(statement, &mut |_| Ok(()))
    }

    /// Runs a statement and hands over each row.
    ///
    /// # Errors
    /// Those of [`execute`](Self::execute), and the first one of `each`, which ends the statement.
    pub fn fetch(&mut self, statement: &Statement, each: EachRow<'_>) -> Result<u64, EngineError> {
        let count = self.run(statement, each)?;
        self.standing.follow(&statement.sql);
        Ok(count)
    }

    fn run(&mut self, statement: &Statement, each: EachRow<'_>) -> Result<u64, EngineError> {
        let mut prepared = self.connection.prepare_cached(&statement.sql)?;
        let expected = prepared.parameter_count();
        if expected != statement.params.len() {
            return Err(EngineError::Driver {
                message: format!(
                    "the statement has {expected} parameters, and {} values were given",
                    statement.params.len()
                ),
            });
        }
        for (index, value) in statement.params.iter().enumerate() {
            prepared.raw_bind_parameter(index + 1, parameter(value)?)?;
        }
        let mut rows = prepared.raw_query();
        let mut count = 0;
        while let Some(row) = rows.next()? {
            count += 1;
            each(Row::sqlite(row))?;
        }
        drop(rows);
        // `sqlite3_changes` keeps the number of the last statement that changed something.
        Ok(if count == 0 && !prepared.readonly() { self.connection.changes() } else { count })
    }

    /// As [`Connection::pipeline`](crate::Connection::pipeline).
    ///
    /// # Errors
    /// The first error and which statement it belongs to.
    pub fn pipeline(
        &mut self,
        statements: &[Statement],
        each: EachPipelinedRow<'_>,
    ) -> Result<Vec<u64>, PipelineError> {
        let at = |index| move |error| PipelineError { index, error };
        let own = !self.standing.open;
        if own {
            self.begin(TransactionOptions::default()).map_err(at(0))?;
        }
        let mut counts = Vec::with_capacity(statements.len());
        for (index, statement) in statements.iter().enumerate() {
            match self.fetch(statement, &mut |row| each(index, row)) {
                Ok(count) => counts.push(count),
                Err(error) => {
                    if own {
                        self.rollback().map_err(at(index))?;
                    }
                    return Err(PipelineError { index, error });
                }
            }
        }
        if own {
            self.commit().map_err(at(statements.len()))?;
        }
        Ok(counts)
    }

    /// Begins a transaction.
    ///
    /// # Errors
    /// [`EngineError::Locked`] when another connection writes for longer than the URL's timeout.
    pub fn begin(&mut self, options: TransactionOptions) -> Result<(), EngineError> {
        if self.standing.open {
            return Err(crate::execute::already_open());
        }
        if options.read_only {
            self.connection.pragma_update(None, "query_only", true)?;
            self.standing.query_only = true;
        }
        self.connection.execute_batch(options.sqlite())?;
        self.standing.open = true;
        Ok(())
    }

    /// Commits the transaction.
    ///
    /// # Errors
    /// What SQLite refuses at the end, such as the violation of a deferred foreign key; the transaction is rolled back
    /// then.
    pub fn commit(&mut self) -> Result<(), EngineError> {
        match self.end("COMMIT") {
            Err(error) if !self.connection.is_autocommit() => {
                self.rollback()?;
                Err(error)
            }
            outcome => outcome,
        }
    }

    /// Rolls the transaction back.
    ///
    /// # Errors
    /// What SQLite refuses.
    pub fn rollback(&mut self) -> Result<(), EngineError> {
        // Some errors, such as a full disk, have rolled back already (SQLite docs, "Transaction").
        if self.connection.is_autocommit() { self.end("") } else { self.end("ROLLBACK") }
    }

    fn end(&mut self, sql: &str) -> Result<(), EngineError> {
        self.connection.execute_batch(sql)?;
        self.standing.close();
        if std::mem::take(&mut self.standing.query_only) {
            self.connection.pragma_update(None, "query_only", false)?;
        }
        Ok(())
    }

    /// Sets a savepoint in the open transaction.
    ///
    /// # Errors
    /// What SQLite refuses.
    pub fn savepoint(&mut self, name: &str) -> Result<(), EngineError> {
        Ok(self.connection.execute_batch(&format!("SAVEPOINT {}", quoted(name)))?)
    }

    /// Forgets a savepoint and keeps what was done since.
    ///
    /// # Errors
    /// What SQLite refuses.
    pub fn release(&mut self, name: &str) -> Result<(), EngineError> {
        Ok(self.connection.execute_batch(&format!("RELEASE SAVEPOINT {}", quoted(name)))?)
    }

    /// Undoes what was done since a savepoint, which stays.
    ///
    /// # Errors
    /// What SQLite refuses.
    pub fn rollback_to(&mut self, name: &str) -> Result<(), EngineError> {
        Ok(self.connection.execute_batch(&format!("ROLLBACK TO SAVEPOINT {}", quoted(name)))?)
    }
}
