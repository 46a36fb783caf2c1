//! `[fleets.NAME]`: many databases or schemas that are migrated by one command.

use serde::Deserialize;

use super::UrlSource;

/// `[fleets.NAME]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FleetConfig {
    /// Its name.
    pub name: String,
    /// The environment that its settings are from, and for `schemas` and `query` its database; `None` is the default one.
    pub environment: Option<String>,
    /// Where its tenants are.
    pub tenants: TenantSource,
    /// Schemas of every tenant's `search_path`, behind its own.
    pub shared_schemas: Vec<String>,
    /// How many tenants are worked on at a time.
    pub concurrency: usize,
    /// What happens after a tenant has failed.
    pub on_failure: OnFailure,
}

/// Where the tenants of a fleet are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TenantSource {
    /// `urls`: a database each.
    Urls(Vec<UrlSource>),
    /// `files`: a pattern of SQLite files, relative to the configuration file.
    Files(String),
    /// `schemas`: PostgreSQL schemas of the environment's database.
    Schemas(Vec<String>),
    /// `query`: a query of the environment's database that gives a schema, or the URL of a database, in each row.
    Query(String),
}

/// `on_failure`: what happens to the tenants that have not begun when one fails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnFailure {
    /// None of them begins; those at work finish.
    #[default]
    Stop,
    /// They get their turn.
    Continue,
}

/// How many tenants are worked on at a time where nothing is said: a server's share of connections, not all of them.
pub(super) const DEFAULT_CONCURRENCY: usize = 8;
