//! What a migration command needs to know of a database.

use std::time::Duration;

use limbeck_engine::DatabaseUrl;
use limbeck_schema::{Dialect, QualifiedName};

use crate::config::{Config, Environment};
use crate::version_table::VersionTable;

/// A database and how it is migrated.
///
/// ```
/// use limbeck_migrate::Database;
/// let database = Database::new("sqlite:shop.db".parse()?);
/// assert_eq!(database.version_table.to_string(), "alembic_version");
/// # Ok::<(), limbeck_engine::UrlError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Database {
    /// Where it is.
    pub url: DatabaseUrl,
    /// The table that records which revisions are applied.
    pub version_table: VersionTable,
    /// How long to wait for another process that is migrating this database.
    pub lock_timeout: Duration,
    /// What is committed together; `None` is the dialect's default, see [`TransactionMode`].
    pub transaction: Option<TransactionMode>,
    /// Schemas that belong to the model besides the connection's default schema.
    pub schemas: Vec<String>,
}

/// What is committed together in one run.
///
/// The default is a transaction for each revision on PostgreSQL, so that locks are held shortly, and one for the whole
/// run on SQLite, where a commit costs a file synchronisation and nobody else can write meanwhile anyway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransactionMode {
    /// Each revision with its version row.
    Revision,
    /// The whole run, all or nothing.
    Run,
}

impl Database {
    /// A database with every setting at its default: version table `alembic_version`, 30 seconds of patience.
    pub fn new(url: DatabaseUrl) -> Self {
        Self {
            url,
            version_table: VersionTable::default(),
            lock_timeout: Duration::from_secs(30),
            transaction: None,
            schemas: Vec::new(),
        }
    }

    /// The database of an environment of a project, at the URL that was found for it.
    pub fn of_environment(config: &Config, environment: &Environment, url: DatabaseUrl) -> Self {
        let name = QualifiedName { schema: config.version_table_schema.clone(), name: config.version_table.clone() };
        let default = Self::new(url);
        Self {
            version_table: VersionTable::new(name),
            lock_timeout: environment.lock_timeout.unwrap_or(default.lock_timeout),
            transaction: environment.transaction,
            schemas: environment.schemas.clone(),
            ..default
        }
    }

    /// The dialect it speaks.
    pub fn dialect(&self) -> Dialect {
        self.url.dialect()
    }

    /// What is committed together.
    pub fn transaction_mode(&self) -> TransactionMode {
        self.transaction.unwrap_or(match self.dialect() {
            Dialect::Postgresql => TransactionMode::Revision,
            Dialect::Sqlite => TransactionMode::Run,
        })
    }

    /// Limbeck's own tables, which are no part of the model.
    pub(crate) fn own_tables(&self) -> Vec<QualifiedName> {
        let version = self.version_table.name();
        vec![version.clone(), version.with_name(format!("{}_progress", version.name))]
    }
}
