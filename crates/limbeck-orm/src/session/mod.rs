//! The session: a unit of work in a transaction.
//!
//! It holds changes, not objects. Rows are plain values of their owner; what shall become of them is told to the session,
//! which writes it all with the next flush, in as few statements as there are tables.

mod cascade;
mod flush;
mod link;
mod queue;
mod savepoint;
mod tracked;
mod transaction;

use std::fmt;

use limbeck_dialect::query::{Expr, Select, Statement as Query, TableName};
use limbeck_engine::{Connection, PooledConnection, Statement, TransactionOptions};
use limbeck_schema::Value;

use crate::rows::{column, table_name};
use crate::{Decode, Executor, Input, Mapped, New, OrmError, Slot};
use queue::Queue;

pub use link::RowReference;
pub use tracked::Tracked;
pub use transaction::{TransactionSettings, Transactions};

/// A transaction with a queue of changes.
///
/// A flush writes the queue: [`flush`](Self::flush) itself, every query on the session, a savepoint's beginning and end,
/// and the commit. Nothing else does I/O. What is not committed is rolled back when the session is dropped.
pub struct Session {
    connection: PooledConnection,
    queue: Queue,
    standing: Standing,
    autoflush: bool,
    savepoints: usize,
}

/// Whether the session can go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Sound,
    /// Something was begun, and it is not known that it came to its end: it failed, or its future was dropped.
    Broken,
}

impl Session {
    /// Begins a transaction on a connection, which the session keeps.
    ///
    /// # Errors
    /// When the database cannot begin one.
    pub async fn begin(
        mut connection: PooledConnection,
        options: TransactionOptions,
    ) -> Result<Self, OrmError> {
        connection.begin(options).await?;
        Ok(Self {
            connection,
            queue: Queue::new(),
            standing: Standing::Sound,
            autoflush: true,
            savepoints: 0,
        })
    }

    /// Flushes and commits.
    ///
    /// # Errors
    /// Those of [`flush`](Self::flush), and what the database refuses at the end. Nothing is kept then.
    pub async fn commit(mut self) -> Result<(), OrmError> {
        self.flush().await?;
        Ok(self.connection.commit().await?)
    }

    /// Undoes everything, and gives the connection back clean. A session that is just dropped does the same, but a
    /// connection to a server may be given up with it.
    ///
    /// # Errors
    /// When the connection is lost: the server has rolled back then.
    pub async fn rollback(mut self) -> Result<(), OrmError> {
        Ok(self.connection.rollback().await?)
    }

    /// Queues a new row, and the new rows that belong to it, and gives the place where its key will be. No I/O.
    ///
    /// # Errors
    /// [`OrmError::UnknownSlot`] when it refers to the slot of another session, or of a row that was undone.
    pub fn add<M: Mapped>(&mut self, new: New<M>) -> Result<Slot<M>, OrmError> {
        Ok(Slot::new(self.queue.add(new.into_row())?))
    }

    /// Queues several new rows.
    ///
    /// # Errors
    /// Those of [`add`](Self::add).
    pub fn add_all<M: Mapped>(
        &mut self,
        rows: impl IntoIterator<Item = New<M>>,
    ) -> Result<Vec<Slot<M>>, OrmError> {
        rows.into_iter().map(|new| self.add(new)).collect()
    }

    /// The key of a new row, once it was flushed.
    ///
    /// # Errors
    /// [`OrmError::Pending`] before that.
    pub fn key<M: Mapped>(&self, slot: Slot<M>) -> Result<M::Key, OrmError> {
        let values = self.queue.key(slot.row).ok_or(OrmError::Pending)?;
        M::key_from(&values).map_err(engine_error)
    }

    /// A value that the database made for a new row, once it was flushed: a default, a generated column.
    ///
    /// # Errors
    /// [`OrmError::Pending`] before that, and for a column that was given.
    pub fn made<M: Mapped, T: Decode, A>(
        &self,
        slot: Slot<M>,
        column: crate::Column<M, T, A>,
    ) -> Result<T, OrmError> {
        let position = M::definition().position(column.name());
        let value = position.and_then(|position| self.queue.value(slot.row, position));
        limbeck_engine::decode_value(value.ok_or(OrmError::Pending)?).map_err(engine_error)
    }

    /// Reads a row by its key.
    ///
    /// # Errors
    /// [`OrmError::RowMissing`] when there is none.
    pub async fn get<M: Mapped>(&mut self, key: M::Key) -> Result<Tracked<M>, OrmError> {
        let key = M::key_values(&key);
        let found = self.find(&key).await?;
        found.map(Tracked::new).ok_or_else(|| missing::<M>(&key))
    }

    /// Reads a row by its key, if there is one.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn get_or_none<M: Mapped>(&mut self, key: M::Key) -> Result<Option<Tracked<M>>, OrmError> {
        let key = M::key_values(&key);
        Ok(self.find(&key).await?.map(Tracked::new))
    }

    /// Queues the changes of a row: those columns that differ from what was read. No I/O.
    pub fn save<M: Mapped>(&mut self, row: &mut Tracked<M>) {
        if let Some(update) = row.take_update()
            && self.queue.update(update)
        {
            row.count_version();
        }
    }

    /// Reads a row again, which drops changes of it that were not saved.
    ///
    /// # Errors
    /// [`OrmError::RowMissing`] when it is not there any more.
    pub async fn refresh<M: Mapped>(&mut self, row: &mut Tracked<M>) -> Result<(), OrmError> {
        let key = row.database_key();
        let found = self.find::<M>(&key).await?;
        *row = Tracked::new(found.ok_or_else(|| missing::<M>(&key))?);
        Ok(())
    }

    /// Makes the database have a row as given, whether or not it has one with that key: reads it, and queues an update of
    /// what differs, or an insert.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn merge<M: Mapped>(&mut self, row: M) -> Result<Tracked<M>, OrmError> {
        let definition = M::definition();
        let values = row.values();
        let key: Vec<Value> =
            definition.key.iter().filter_map(|column| values.get(*column).cloned()).collect();
        match self.find::<M>(&key).await? {
            Some(found) => {
                let mut tracked = Tracked::with_before(row, found.values());
                self.save(&mut tracked);
                Ok(tracked)
            }
            None => {
                let mut new = New::<M>::open();
                for (column, value) in values.into_iter().enumerate() {
                    let generated = definition
                        .columns
                        .get(column)
                        .is_some_and(|column| column.server_made == crate::ServerMade::Generated);
                    if !generated {
                        new = new.with(column, Input::Value(value));
                    }
                }
                self.queue.add(new.into_row())?;
                Ok(Tracked::new(row))
            }
        }
    }

    /// Queues the deletion of a row that was read, and of what `cascade` says. No I/O.
    pub fn delete<M: Mapped>(&mut self, row: Tracked<M>) {
        self.queue.delete(row.into_delete());
    }

    /// Queues the deletion of the row with that key, if there is one, and of what `cascade` says. No I/O.
    pub fn delete_key<M: Mapped>(&mut self, key: &M::Key) {
        self.delete_row(M::definition(), M::relation_definitions(), M::key_values(key));
    }

    /// Takes a new row back; one that was flushed already is deleted.
    ///
    /// # Errors
    /// [`OrmError::UnknownSlot`] when it is the slot of another session.
    pub fn delete_slot<M: Mapped>(&mut self, slot: Slot<M>) -> Result<(), OrmError> {
        if !self.queue.take_back(slot.row) {
            let key = self.queue.key(slot.row).ok_or(OrmError::UnknownSlot)?;
            self.delete_key::<M>(&M::key_from(&key).map_err(engine_error)?);
        }
        Ok(())
    }

    /// Writes all changes.
    ///
    /// # Errors
    /// What the database refuses; [`OrmError::StaleVersion`] when somebody else has changed a row since it was read;
    /// [`OrmError::RowMissing`] when a row to be updated is not there; [`OrmError::UnresolvableCycle`]. The session can
    /// only be rolled back then, or back to a savepoint.
    pub async fn flush(&mut self) -> Result<(), OrmError> {
        self.sound()?;
        if self.queue.is_empty() {
            return Ok(());
        }
        // Whoever drops the future from here on leaves it unknown what was written.
        self.standing = Standing::Broken;
        let mut changes = self.queue.take();
        cascade::expand(&mut self.connection, &mut changes).await?;
        flush::run(&mut self.connection, &mut self.queue, changes).await?;
        self.standing = Standing::Sound;
        Ok(())
    }

    /// Queries leave the queue alone while `work` runs.
    ///
    /// # Errors
    /// Those of `work`.
    pub async fn no_autoflush<T, E>(
        &mut self,
        work: impl AsyncFnOnce(&mut Session) -> Result<T, E>,
    ) -> Result<T, E> {
        let before = std::mem::replace(&mut self.autoflush, false);
        let outcome = work(self).await;
        self.autoflush = before;
        outcome
    }

    /// The connection, for whatever the session has no word for. Changes in the queue are not written yet.
    pub fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    fn sound(&self) -> Result<(), OrmError> {
        match self.standing {
            Standing::Sound => Ok(()),
            Standing::Broken => Err(OrmError::SessionBroken),
        }
    }

    async fn find<M: Mapped>(&mut self, key: &[Value]) -> Result<Option<M>, OrmError> {
        let definition = M::definition();
        let table = table_name(definition);
        let mut select = Select::from(TableName::from(definition.table.clone()));
        let columns = 0..definition.columns.len();
        select.items = columns.map(|place| column(definition, &table, place).into()).collect();
        for (place, value) in definition.key.iter().zip(key) {
            select = select.filter(column(definition, &table, *place).equal(Expr::Value(value.clone())));
        }
        let connection = self.ready().await?;
        let compiled = Query::from(select).compile(connection.dialect())?;
        let statement = Statement::new(compiled.sql, compiled.params);
        let mut found = connection.fetch_all(&statement, |row| M::decode(row, 0)).await?;
        Ok(found.pop())
    }
}

impl Executor for Session {
    async fn ready(&mut self) -> Result<&mut Connection, OrmError> {
        self.sound()?;
        if self.autoflush {
            self.flush().await?;
        }
        Ok(&mut self.connection)
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("queue", &self.queue)
            .field("standing", &self.standing)
            .finish_non_exhaustive()
    }
}

fn missing<M: Mapped>(key: &[Value]) -> OrmError {
    OrmError::RowMissing { table: M::definition().table.to_string(), key: flush::show(key) }
}

fn engine_error(error: crate::DecodeError) -> OrmError {
    OrmError::Engine(error.into())
}
