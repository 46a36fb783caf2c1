//! A database that an application works with: its URL, how its connections are set up, and the pool that holds them.
//!
//! The pool is small because a semaphore does the queueing. What is left is knowing in which state a connection comes
//! back, which only the connection's own methods know.

mod options;
mod pooled;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use limbeck_schema::Dialect;
use tokio::sync::Semaphore;

use crate::event::{Event, Watch};
use crate::url::SqliteDatabase;
use crate::{Connection, DatabaseUrl, EngineError, PostgresqlConnection, SqliteConnection};

pub use options::{EngineOptions, JournalMode};
pub use pooled::PooledConnection;

/// A pool of connections to one database. Clones share it.
///
/// A connection that comes back with an open transaction is rolled back; one that was lost, or whose statement was
/// abandoned half-way (a future that was dropped), is closed.
///
/// For a SQLite file the pool sees to it that one transaction writes at a time: the others wait without blocking their
/// thread. A database in memory is one connection, which lives as long as the pool.
#[derive(Clone, Debug)]
pub struct Engine(Arc<Pool>);

#[derive(Debug)]
struct Pool {
    url: DatabaseUrl,
    options: EngineOptions,
    /// A permit for each connection that may be in use.
    permits: Arc<Semaphore>,
    /// The one who writes to a SQLite file holds it.
    writer: Arc<Semaphore>,
    /// The one that was used last comes first.
    idle: Mutex<Vec<Idle>>,
}

#[derive(Debug)]
struct Idle {
    connection: Connection,
    opened: Instant,
    since: Instant,
}

impl Engine {
    /// Makes a pool, and opens its first connection to see that the database is there; inside a tokio runtime with I/O and
    /// time enabled.
    ///
    /// # Errors
    /// Those of [`Connection::open`].
    pub async fn open(url: &DatabaseUrl, options: EngineOptions) -> Result<Engine, EngineError> {
        let size = if is_in_memory(url) { 1 } else { options.max_connections.max(1) };
        let engine = Engine(Arc::new(Pool {
            url: url.clone(),
            options: EngineOptions { max_connections: size, ..options },
            permits: Arc::new(Semaphore::new(size)),
            writer: Arc::new(Semaphore::new(1)),
            idle: Mutex::new(Vec::new()),
        }));
        drop(engine.acquire().await?);
        Ok(engine)
    }

    /// A connection to work with, given back when it is dropped.
    ///
    /// # Errors
    /// [`EngineError::PoolTimeout`] when none was free for as long as `acquire_timeout` says, and those of
    /// [`Connection::open`].
    pub async fn acquire(&self) -> Result<PooledConnection, EngineError> {
        let pool = &self.0;
        let timeout = pool.options.acquire_timeout;
        let permit = tokio::time::timeout(timeout, Arc::clone(&pool.permits).acquire_owned()).await;
        let permit = match permit {
            Ok(Ok(permit)) => permit,
            Ok(Err(_)) => return Err(EngineError::PoolClosed),
            Err(_) => {
                return Err(EngineError::PoolTimeout { size: pool.options.max_connections, waited: timeout });
            }
        };
        while let Some(mut idle) = pool.pop() {
            if pool.is_worn(&idle) || !pool.answers(&mut idle.connection).await {
                pool.close(idle.connection);
                continue;
            }
            return Ok(PooledConnection::new(idle.connection, idle.opened, Arc::clone(pool), permit));
        }
        let connection = pool.open().await?;
        Ok(PooledConnection::new(connection, Instant::now(), Arc::clone(pool), permit))
    }

    /// Where the database is.
    pub fn url(&self) -> &DatabaseUrl {
        &self.0.url
    }

    /// The dialect that is spoken there.
    pub fn dialect(&self) -> Dialect {
        self.0.url.dialect()
    }

    /// How many connections there are at most.
    pub fn max_connections(&self) -> usize {
        self.0.options.max_connections
    }

    /// How many connections are open and free.
    pub fn idle_connections(&self) -> usize {
        self.0.idle().len()
    }

    /// How many connections are in use.
    pub fn used_connections(&self) -> usize {
        self.0.options.max_connections.saturating_sub(self.0.permits.available_permits())
    }

    /// Closes the free connections now and those in use when they come back. From here on [`acquire`](Self::acquire)
    /// gives [`EngineError::PoolClosed`].
    pub fn close(&self) {
        self.0.permits.close();
        while let Some(idle) = self.0.pop() {
            self.0.close(idle.connection);
        }
    }
}

fn is_in_memory(url: &DatabaseUrl) -> bool {
    matches!(url, DatabaseUrl::Sqlite(url) if url.database == SqliteDatabase::Memory)
}

impl Pool {
    async fn open(&self) -> Result<Connection, EngineError> {
        let options = &self.options;
        let connection = match &self.url {
            DatabaseUrl::Postgresql(url) => {
                let mut url = url.clone();
                if let Some(name) = &options.application_name {
                    url.set_default("application_name", name.clone());
                }
                let mut connection = PostgresqlConnection::open(&url).await?;
                connection.set_statement_cache(options.statement_cache);
                connection.set_timeouts(options.statement_timeout, options.lock_timeout).await?;
                connection.watch = Watch(options.observer.clone());
                Connection::Postgresql(connection)
            }
            DatabaseUrl::Sqlite(url) => {
                let mut connection = SqliteConnection::open(url)?;
                connection.set_statement_cache(options.statement_cache);
                connection.statement_timeout = options.statement_timeout;
                connection.watch = Watch(options.observer.clone());
                if !is_in_memory(&self.url) {
                    connection.writer = Some((Arc::clone(&self.writer), url.timeout));
                    if options.journal_mode == JournalMode::Wal && !connection.is_read_only() {
                        connection.use_wal()?;
                    }
                }
                Connection::Sqlite(connection)
            }
        };
        Watch(options.observer.clone()).tell(&Event::Opened);
        Ok(connection)
    }

    fn close(&self, connection: Connection) {
        drop(connection);
        Watch(self.options.observer.clone()).tell(&Event::Closed);
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pop(&self) -> Option<Idle> {
        self.idle().pop()
    }

    /// Lost, or older than it may become. A database in memory would be gone with its connection.
    fn is_worn(&self, idle: &Idle) -> bool {
        let older =
            |since: Instant, limit: Option<Duration>| limit.is_some_and(|limit| since.elapsed() > limit);
        !is_in_memory(&self.url)
            && (idle.connection.is_lost()
                || older(idle.opened, self.options.max_lifetime)
                || older(idle.since, self.options.idle_timeout))
    }

    /// Asks, where that is wanted: a network can lose a connection without telling either side.
    async fn answers(&self, connection: &mut Connection) -> bool {
        match connection {
            Connection::Postgresql(connection) if self.options.pre_ping => connection.query("").await.is_ok(),
            _ => true,
        }
    }
}
