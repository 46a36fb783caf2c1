//! Statements and transactions on a connection to either database.

use std::borrow::Borrow;

use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};

use crate::event::{Event, Watch};
use crate::{Connection, DecodeError, EngineError, Row, Statement, TransactionOptions};

/// What is done with each row, while it is still the driver's.
pub type EachRow<'a> = &'a mut (dyn FnMut(Row<'_>) -> Result<(), EngineError> + Send);

/// How many prepared statements a connection keeps, unless told.
pub(crate) const DEFAULT_STATEMENT_CACHE: usize = 128;

pub(crate) fn already_open() -> EngineError {
    EngineError::Driver { message: "a transaction is open already; use a savepoint".to_owned() }
}

impl Connection {
    /// Runs a statement and returns how many rows it affected, or gave.
    ///
    /// # Errors
    /// What the database refuses, a value that cannot be sent, or [`EngineError::ConnectionLost`].
    pub async fn execute(&mut self, statement: &Statement) -> Result<u64, EngineError> {
        self.fetch(statement, &mut |_| Ok(())).await
    }

    /// Runs a statement, hands over each row as it arrives and returns how many rows it gave, or affected.
    ///
    /// # Errors
    /// Those of [`execute`](Self::execute), and the first one of `each`, after which no more rows are handed over.
    pub async fn fetch(&mut self, statement: &Statement, each: EachRow<'_>) -> Result<u64, EngineError> {
        let started = self.watch().start();
        let outcome = match self {
            Connection::Postgresql(connection) => connection.fetch(statement, each).await,
            Connection::Sqlite(connection) => {
                let turn = connection.writer_for(connection.waits(&statement.sql)).await;
                match turn {
                    Ok(_turn) => connection.fetch(statement, each),
                    Err(error) => Err(error),
                }
            }
        };
        let Statement { sql, params } = statement;
        self.watch().statement(started, sql, params.len(), outcome.as_ref().copied());
        outcome
    }

    /// Runs a statement and returns what `decode` makes of its rows.
    ///
    /// # Errors
    /// Those of [`execute`](Self::execute), and the first one of `decode`.
    pub async fn fetch_all<T: Send>(
        &mut self,
        statement: &Statement,
        mut decode: impl FnMut(&Row<'_>) -> Result<T, DecodeError> + Send,
    ) -> Result<Vec<T>, EngineError> {
        let mut result = Vec::new();
        self.fetch(statement, &mut |row| {
            result.push(decode(&row)?);
            Ok(())
        })
        .await?;
        Ok(result)
    }

    /// Runs a statement and gives what `decode` makes of its rows, one after the other, as they arrive.
    ///
    /// A stream that is dropped before its end leaves the rest on its way: the next statement waits for it. SQLite has
    /// the rows at hand and gives them to `decode` all at once, before the first comes out.
    ///
    /// Its items can be the errors of [`execute`](Self::execute) and of `decode`; the first one is the last item.
    pub fn stream<'a, T: Send + 'a>(
        &'a mut self,
        statement: impl Borrow<Statement> + Send + Sync + 'a,
        mut decode: impl FnMut(&Row<'_>) -> Result<T, DecodeError> + Send + 'a,
    ) -> BoxStream<'a, Result<T, EngineError>> {
        match self {
            Connection::Postgresql(connection) => connection.stream(statement, decode).boxed(),
            Connection::Sqlite(connection) => {
                let mut result = Vec::new();
                let outcome = connection.fetch(statement.borrow(), &mut |row| {
                    result.push(Ok(decode(&row)?));
                    Ok(())
                });
                stream::iter(result.into_iter().chain(outcome.err().map(Err))).boxed()
            }
        }
    }

    /// Begins a transaction. On PostgreSQL it travels with the transaction's first statement.
    ///
    /// # Errors
    /// On SQLite [`EngineError::Locked`] when another connection writes for longer than the URL's timeout.
    pub async fn begin(&mut self, options: TransactionOptions) -> Result<(), EngineError> {
        match self {
            Connection::Postgresql(connection) => connection.begin(options)?,
            Connection::Sqlite(connection) => connection.begin(options).await?,
        }
        self.watch().tell(&Event::Begin);
        Ok(())
    }

    /// Commits the transaction.
    ///
    /// # Errors
    /// [`EngineError::TransactionAborted`] when a statement of it has failed on PostgreSQL: it is rolled back then. What
    /// the database refuses at the end, such as the violation of a deferred constraint.
    pub async fn commit(&mut self) -> Result<(), EngineError> {
        let outcome = match self {
            Connection::Postgresql(connection) => connection.commit().await,
            Connection::Sqlite(connection) => connection.commit(),
        };
        self.watch().tell(if outcome.is_ok() { &Event::Commit } else { &Event::Rollback });
        outcome
    }

    /// Rolls the transaction back.
    ///
    /// # Errors
    /// [`EngineError::ConnectionLost`]; the server has rolled back then.
    pub async fn rollback(&mut self) -> Result<(), EngineError> {
        let outcome = match self {
            Connection::Postgresql(connection) => connection.rollback().await,
            Connection::Sqlite(connection) => connection.rollback(),
        };
        self.watch().tell(&Event::Rollback);
        outcome
    }

    /// Sets a savepoint in the open transaction.
    ///
    /// # Errors
    /// What the database refuses.
    pub async fn savepoint(&mut self, name: &str) -> Result<(), EngineError> {
        match self {
            Connection::Postgresql(connection) => connection.savepoint(name).await,
            Connection::Sqlite(connection) => connection.savepoint(name),
        }
    }

    /// Forgets a savepoint and keeps what was done since.
    ///
    /// # Errors
    /// What the database refuses.
    pub async fn release(&mut self, name: &str) -> Result<(), EngineError> {
        match self {
            Connection::Postgresql(connection) => connection.release(name).await,
            Connection::Sqlite(connection) => connection.release(name),
        }
    }

    /// Undoes what was done since a savepoint, which stays; after an error it makes the transaction usable again.
    ///
    /// # Errors
    /// What the database refuses.
    pub async fn rollback_to(&mut self, name: &str) -> Result<(), EngineError> {
        match self {
            Connection::Postgresql(connection) => connection.rollback_to(name).await,
            Connection::Sqlite(connection) => connection.rollback_to(name),
        }
    }

    /// True between [`begin`](Self::begin) and the transaction's end.
    pub fn in_transaction(&self) -> bool {
        match self {
            Connection::Postgresql(connection) => connection.standing.open,
            Connection::Sqlite(connection) => connection.standing.open,
        }
    }

    /// True when the connection has ended, and that was noticed.
    pub fn is_lost(&self) -> bool {
        match self {
            Connection::Postgresql(connection) => connection.is_lost(),
            Connection::Sqlite(_) => false,
        }
    }

    pub(crate) fn watch(&self) -> &Watch {
        match self {
            Connection::Postgresql(connection) => &connection.watch,
            Connection::Sqlite(connection) => &connection.watch,
        }
    }
}
