//! Statements with parameters on a SQLite connection.
//!
//! They run at once, on the caller's thread: a hop to another thread costs more than most of them do.

use std::time::Instant;

use limbeck_schema::Value;

use super::SqliteConnection;
use super::encode::parameter;
use crate::execute::EachRow;
use crate::pipeline::{EachPipelinedRow, PipelineError};
use crate::transaction::quoted;
use crate::{CopyIn, EncodeError, EngineError, Row, Statement, TransactionOptions};

impl SqliteConnection {
    /// Runs a statement and hands over each row.
    pub(crate) fn fetch(&mut self, statement: &Statement, each: EachRow<'_>) -> Result<u64, EngineError> {
        if let Some(timeout) = self.statement_timeout {
            let deadline = Instant::now() + timeout;
            // Of some versions of the driver it cannot fail.
            let _ = self.connection.progress_handler(STEPS, Some(move || Instant::now() > deadline));
        }
        let outcome = self.run(statement, each);
        match outcome {
            Ok(_) => self.standing.follow(&statement.sql),
            // Some errors, such as a full disk, end the transaction (SQLite docs, "Transaction").
            Err(_) if self.standing.open && self.connection.is_autocommit() => drop(self.end("")),
            Err(_) => {}
        }
        outcome.map_err(|error| self.explain(error, &statement.sql))
    }

    fn run(&self, statement: &Statement, each: EachRow<'_>) -> Result<u64, EngineError> {
        let mut prepared = self.connection.prepare_cached(&statement.sql)?;
        bind(&mut prepared, &statement.params)?;
        let before = self.connection.total_changes();
        let mut rows = prepared.raw_query();
        let mut count = 0;
        while let Some(row) = rows.next()? {
            count += 1;
            each(Row::sqlite(row))?;
        }
        drop(rows);
        // `sqlite3_changes` keeps the number of the last statement that changed something.
        let changed = count == 0 && self.connection.total_changes() != before;
        Ok(if changed { self.connection.changes() } else { count })
    }

    /// A prepared INSERT in a loop.
    pub(crate) fn copy_in(
        &mut self,
        copy: &CopyIn,
        rows: &mut (dyn Iterator<Item = Vec<Value>> + Send),
    ) -> Result<u64, EngineError> {
        let schema = copy.schema.as_ref().map(|schema| quoted(schema) + ".").unwrap_or_default();
        let columns: Vec<String> = copy.columns.iter().map(|column| quoted(column)).collect();
        let sql = format!(
            "INSERT INTO {schema}{} ({}) VALUES ({})",
            quoted(&copy.table),
            columns.join(", "),
            vec!["?"; columns.len()].join(", ")
        );
        self.connection.execute_batch("SAVEPOINT limbeck_copy")?;
        let outcome = self.insert_all(&sql, columns.len(), rows);
        let end = match &outcome {
            Ok(_) => "RELEASE limbeck_copy",
            Err(_) => "ROLLBACK TO limbeck_copy; RELEASE limbeck_copy",
        };
        let ended = self.connection.execute_batch(end);
        let count = outcome.map_err(|error| self.explain(error, &sql))?;
        ended?;
        Ok(count)
    }

    fn insert_all(
        &self,
        sql: &str,
        width: usize,
        rows: &mut (dyn Iterator<Item = Vec<Value>> + Send),
    ) -> Result<u64, EngineError> {
        let mut prepared = self.connection.prepare_cached(sql)?;
        let mut count = 0;
        for row in rows {
            if row.len() != width {
                return Err(EncodeError::RowWidth { expected: width, found: row.len() }.into());
            }
            bind(&mut prepared, &row)?;
            prepared.raw_execute()?;
            count += 1;
        }
        Ok(count)
    }

    /// As [`Connection::pipeline`](crate::Connection::pipeline).
    pub(crate) fn pipeline(
        &mut self,
        statements: &[Statement],
        each: EachPipelinedRow<'_>,
    ) -> Result<Vec<u64>, PipelineError> {
        let mut counts = Vec::with_capacity(statements.len());
        for (index, statement) in statements.iter().enumerate() {
            let count = self.fetch(statement, &mut |row| each(index, row));
            counts.push(count.map_err(|error| PipelineError { index, error })?);
        }
        Ok(counts)
    }

    pub(crate) fn begin_now(&mut self, options: TransactionOptions) -> Result<(), EngineError> {
        if options.read_only {
            self.connection.pragma_update(None, "query_only", true)?;
            self.standing.query_only = true;
        }
        self.connection.execute_batch(options.sqlite())?;
        self.standing.open = true;
        Ok(())
    }

    /// Commits the transaction.
    pub(crate) fn commit(&mut self) -> Result<(), EngineError> {
        match self.end("COMMIT") {
            Err(error) if !self.connection.is_autocommit() => {
                self.rollback()?;
                Err(error)
            }
            outcome => outcome,
        }
    }

    /// Rolls the transaction back.
    pub(crate) fn rollback(&mut self) -> Result<(), EngineError> {
        // Some errors, such as a full disk, have rolled back already (SQLite docs, "Transaction").
        if self.connection.is_autocommit() { self.end("") } else { self.end("ROLLBACK") }
    }

    fn end(&mut self, sql: &str) -> Result<(), EngineError> {
        self.connection
            .execute_batch(sql)
            .map_err(EngineError::from)
            .map_err(|error| self.explain(error, sql))?;
        self.standing.close();
        self.held = None;
        if std::mem::take(&mut self.standing.query_only) {
            self.connection.pragma_update(None, "query_only", false)?;
        }
        Ok(())
    }

    /// Sets a savepoint in the open transaction.
    pub(crate) fn savepoint(&mut self, name: &str) -> Result<(), EngineError> {
        Ok(self.connection.execute_batch(&format!("SAVEPOINT {}", quoted(name)))?)
    }

    /// Forgets a savepoint and keeps what was done since.
    pub(crate) fn release(&mut self, name: &str) -> Result<(), EngineError> {
        Ok(self.connection.execute_batch(&format!("RELEASE SAVEPOINT {}", quoted(name)))?)
    }

    /// Undoes what was done since a savepoint, which stays.
    pub(crate) fn rollback_to(&mut self, name: &str) -> Result<(), EngineError> {
        Ok(self.connection.execute_batch(&format!("ROLLBACK TO SAVEPOINT {}", quoted(name)))?)
    }
}

/// How many steps of its virtual machine SQLite makes between two looks at the clock.
const STEPS: i32 = 10_000;

fn bind(prepared: &mut rusqlite::CachedStatement<'_>, values: &[Value]) -> Result<(), EngineError> {
    let (expected, given) = (prepared.parameter_count(), values.len());
    if expected != given {
        let message = format!("the statement has {expected} parameters, and {given} values were given");
        return Err(EngineError::Driver { message });
    }
    for (index, value) in values.iter().enumerate() {
        prepared.raw_bind_parameter(index + 1, parameter(value)?)?;
    }
    Ok(())
}
