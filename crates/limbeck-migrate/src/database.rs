//! What a migration command needs to know of a database.

use std::collections::BTreeMap;
use std::time::Duration;

use limbeck_dialect::{quote_identifier, quote_literal};
use limbeck_diff::HazardKind;
use limbeck_engine::DatabaseUrl;
use limbeck_schema::{Dialect, QualifiedName};

use crate::config::{Config, Environment};
use crate::filter::Filters;
use crate::managed::ManagedKinds;
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
    pub migration_lock_timeout: Duration,
    /// What PostgreSQL's session of a run is set to.
    pub session: SessionSettings,
    /// PostgreSQL's `search_path` for a run; empty where server, role and URL have their say.
    pub search_path: Vec<String>,
    /// What is done about a revision that failed because of somebody else's lock.
    pub retries: Retries,
    /// What is committed together; `None` is the dialect's default, see [`TransactionMode`].
    pub transaction: Option<TransactionMode>,
    /// Schemas that belong to the model besides the connection's default schema.
    pub schemas: Vec<String>,
    /// What scripts find as `${name}` in sections with `variables=true`.
    pub variables: BTreeMap<String, String>,
    /// Whether each applied step is recorded in a table beside the version table, [`VersionTable::audit_log`].
    pub audit: bool,
    /// Whether what could hurt is refused unless it is allowed by name.
    pub protected: bool,
    /// What is allowed there all the same.
    pub allowed: Vec<HazardKind>,
    /// Whether scripts generated for it spare large tables their locks.
    pub safe: bool,
    /// What the comparison leaves as it is.
    pub filters: Filters,
    /// Kinds of entities that are managed, or not, by configuration.
    pub managed: ManagedKinds,
    /// An empty database to work in, where one cannot be made on the server.
    pub scratch_url: Option<DatabaseUrl>,
}

/// PostgreSQL's settings for the session of a run; what is `None` stays as server, role and URL say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionSettings {
    /// `lock_timeout`: how long a statement waits for a lock. Whoever waits for ACCESS EXCLUSIVE lets nobody past, so
    /// a busy table wants a short one and [`Retries`].
    pub lock_timeout: Option<Duration>,
    /// `statement_timeout`: how long a statement may run.
    pub statement_timeout: Option<Duration>,
    /// `application_name`: what `pg_stat_activity` shows.
    pub application_name: Option<String>,
}

impl SessionSettings {
    /// The statements that set them.
    pub(crate) fn statements(&self) -> String {
        let mut sql = String::new();
        let timeouts = [("lock_timeout", self.lock_timeout), ("statement_timeout", self.statement_timeout)];
        for (name, timeout) in timeouts {
            if let Some(timeout) = timeout {
                sql.push_str(&format!("SET {name} = {}; ", timeout.as_millis()));
            }
        }
        if let Some(name) = &self.application_name {
            sql.push_str(&format!("SET application_name = {}; ", quote_literal(Dialect::Postgresql, name)));
        }
        sql
    }
}

/// How often, and after what time, a revision is tried again that PostgreSQL rolled back because of somebody else's
/// lock: `lock_not_available` (55P03, after `lock_timeout`) and `deadlock_detected` (40P01).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retries {
    /// How often.
    pub count: u32,
    /// The wait before the first one; it doubles before each next.
    pub delay: Duration,
}

impl Default for Retries {
    /// Three, after one, two and four seconds.
    fn default() -> Self {
        Self { count: 3, delay: Duration::from_secs(1) }
    }
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
            migration_lock_timeout: Duration::from_secs(30),
            session: SessionSettings::default(),
            search_path: Vec::new(),
            retries: Retries::default(),
            transaction: None,
            schemas: Vec::new(),
            variables: BTreeMap::new(),
            audit: true,
            protected: false,
            allowed: Vec::new(),
            safe: false,
            filters: Filters::default(),
            managed: ManagedKinds::default(),
            scratch_url: None,
        }
    }

    /// A database of a project that is none of its environments: what the project sets for all of them holds.
    pub fn of_config(config: &Config, url: DatabaseUrl) -> Self {
        let name =
            QualifiedName { schema: config.version_table_schema.clone(), name: config.version_table.clone() };
        Self {
            version_table: VersionTable::new(name),
            audit: config.audit,
            safe: config.safe(None),
            filters: config.filters.clone(),
            managed: config.entities.managed.clone(),
            ..Self::new(url)
        }
    }

    /// The database of an environment of a project, at the URL that was found for it.
    pub fn of_environment(config: &Config, environment: &Environment, url: DatabaseUrl) -> Self {
        let project = Self::of_config(config, url);
        let version_table = project.version_table.name();
        let name = QualifiedName {
            schema: environment.version_table_schema.clone().or_else(|| version_table.schema.clone()),
            name: environment.version_table.clone().unwrap_or_else(|| version_table.name.clone()),
        };
        Self {
            version_table: VersionTable::new(name),
            migration_lock_timeout: environment
                .migration_lock_timeout
                .unwrap_or(project.migration_lock_timeout),
            session: environment.session.clone(),
            retries: Retries {
                count: environment.retries.unwrap_or(project.retries.count),
                delay: environment.retry_delay.unwrap_or(project.retries.delay),
            },
            transaction: environment.transaction,
            schemas: environment.schemas.clone(),
            variables: environment.variables.clone(),
            audit: environment.audit.unwrap_or(project.audit),
            protected: environment.protected,
            safe: config.safe(Some(environment)),
            ..project
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

    /// The statements that set PostgreSQL's session for a run.
    pub(crate) fn session_settings(&self) -> String {
        match self.search_path.is_empty() {
            true => self.session.statements(),
            false => format!("{}; {}", self.search_path_statement(), self.session.statements()),
        }
    }

    /// The statement that gives the session of a run its `search_path`, also after a script has changed it.
    pub(crate) fn search_path_statement(&self) -> String {
        let schemas: Vec<_> =
            self.search_path.iter().map(|schema| quote_identifier(Dialect::Postgresql, schema)).collect();
        match schemas.is_empty() {
            true => "RESET search_path".to_owned(),
            false => format!("SET search_path = {}", schemas.join(", ")),
        }
    }

    /// Limbeck's own tables, which are no part of the model.
    pub(crate) fn own_tables(&self) -> Vec<QualifiedName> {
        let version = self.version_table.name();
        vec![
            version.clone(),
            version.with_name(format!("{}_progress", version.name)),
            self.version_table.audit_log(),
        ]
    }
}
