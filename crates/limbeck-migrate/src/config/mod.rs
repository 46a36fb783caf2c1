//! `limbeck.toml`: where the scripts are, where the model comes from, and which databases there are.
//!
//! ```toml
//! migrations = "migrations"
//! default_environment = "development"
//!
//! [model]
//! bin = "limbeck-schema"
//!
//! [environments.development]
//! url = { env = "DATABASE_URL", default = "sqlite:app.db" }
//! ```
//!
//! Paths in it, and those of SQLite databases, are relative to the file. Reading it asks nothing of the process:
//! environment variables come through a function, and a command that prints a URL is left to the caller to run.

mod alembic;
mod error;
mod fleet;
mod read;
mod url;

pub use alembic::{ALEMBIC_FILE_NAME, ALEMBIC_SECTION, PYPROJECT_FILE_NAME};
pub use error::ConfigError;
pub use fleet::{FleetConfig, OnFailure, TenantSource};
pub use url::{UrlCommand, UrlSetting};

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::database::{SessionSettings, TransactionMode};
use crate::filter::Filters;
use crate::hook::Hook;
use crate::managed::ManagedKinds;
use crate::nearest::nearest;
use crate::script::ScriptStyle;

/// The name of the file that is looked for.
pub const CONFIG_FILE_NAME: &str = "limbeck.toml";

/// What `limbeck.toml` says, defaults filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The file.
    pub file: PathBuf,
    /// The directory it is in, where relative paths start.
    pub directory: PathBuf,
    /// `migrations`: the directories with scripts, of which the first gets new ones.
    pub version_locations: Vec<PathBuf>,
    /// `recursive`: whether directories inside them are read too.
    pub recursive: bool,
    /// `version_table`
    pub version_table: String,
    /// `version_table_schema`; `None` is the connection's default schema.
    pub version_table_schema: Option<String>,
    /// `audit`: whether each applied step is recorded in a table beside the version table.
    pub audit: bool,
    /// `default_environment`
    pub default_environment: Option<String>,
    /// `[model]`; `None` where only scripts are run.
    pub model: Option<ModelSource>,
    /// `[environments.NAME]`
    pub environments: BTreeMap<String, Environment>,
    /// `[fleets.NAME]`
    pub fleets: BTreeMap<String, FleetConfig>,
    /// `[revision]`
    pub revision: RevisionOptions,
    /// `[filters]`: what the comparison leaves alone.
    pub filters: Filters,
    /// `[entities]`, and `entities` of `[model]`.
    pub entities: EntityOptions,
}

/// What is declared besides tables, and what of it is managed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntityOptions {
    /// `entities` of `[model]`: SQL files that declare more of a model that is written in something else.
    pub files: Vec<PathBuf>,
    /// `manage` and `ignore` of `[entities]`.
    pub managed: ManagedKinds,
}

/// `[model]`: what prints, or holds, the declared schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelSource {
    /// A binary of the project, run by `cargo run`.
    Bin(BinarySource),
    /// A program and its arguments, run in the directory of the file. It prints MetaData as JSON.
    Command(Vec<String>),
    /// A file with MetaData as JSON.
    Json(PathBuf),
    /// SQL files that make the schema in an empty database: files, directories, or globs as `schema/**/*.sql`.
    Sql(Vec<PathBuf>),
}

/// A binary for `cargo run --quiet --bin NAME`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BinarySource {
    /// `--bin`
    pub bin: String,
    /// `--package`
    pub package: Option<String>,
    /// `--manifest-path`
    pub manifest: Option<PathBuf>,
    /// `--features`
    pub features: Vec<String>,
}

/// `[environments.NAME]`: a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// Its name.
    pub name: String,
    /// Where its URL comes from; see [`Config::url`].
    pub url: UrlSource,
    /// Schemas to inspect besides the default one.
    pub schemas: Vec<String>,
    /// `version_table`, where it is another one than the project's.
    pub version_table: Option<String>,
    /// `version_table_schema`, where it is another one than the project's.
    pub version_table_schema: Option<String>,
    /// How long to wait for another migration run; `None` leaves it to the runner.
    pub migration_lock_timeout: Option<Duration>,
    /// PostgreSQL's settings for the sessions of a run: `lock_timeout`, `statement_timeout`, `application_name`.
    pub session: SessionSettings,
    /// `retries`: how often a revision that failed for a lock is tried again; `None` leaves it to the runner.
    pub retries: Option<u32>,
    /// `retry_delay`: the wait before the first of them, doubled before each next; `None` leaves it to the runner.
    pub retry_delay: Option<Duration>,
    /// What is committed at once; `None` leaves it to the dialect.
    pub transaction: Option<TransactionMode>,
    /// `audit`, where it is another choice than the project's.
    pub audit: Option<bool>,
    /// `safe`: whether scripts for it spare large tables their locks; `None` leaves it to [`Config::safe`].
    pub safe: Option<bool>,
    /// `scratch_url`: an empty database to work in where one cannot be made; see [`Config::scratch_url`].
    pub scratch_url: Option<UrlSource>,
    /// `protected`: whether what could hurt is refused there unless it is allowed by name.
    pub protected: bool,
    /// `[environments.NAME.variables]`: what scripts find as `${name}`.
    pub variables: BTreeMap<String, String>,
}

impl Environment {
    /// An environment of which nothing is set but where its database is.
    pub fn new(name: impl Into<String>, url: UrlSource) -> Self {
        Self {
            name: name.into(),
            url,
            schemas: Vec::new(),
            version_table: None,
            version_table_schema: None,
            migration_lock_timeout: None,
            session: SessionSettings::default(),
            retries: None,
            retry_delay: None,
            transaction: None,
            audit: None,
            safe: None,
            scratch_url: None,
            protected: false,
            variables: BTreeMap::new(),
        }
    }
}

/// `url`
#[derive(Clone, PartialEq, Eq)]
pub enum UrlSource {
    /// The URL itself.
    Text(String),
    /// An environment variable.
    Variable {
        /// Its name.
        name: String,
        /// The URL when it is not set.
        default: Option<String>,
    },
    /// A program and its arguments, run in the directory of the file. It prints the URL.
    Command(Vec<String>),
}

/// `[revision]`: how new scripts are made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RevisionOptions {
    /// Environments for each of which an autogenerated script gets a section; empty means the one asked for.
    pub environments: Vec<String>,
    /// `safe`, for environments that do not say it themselves.
    pub safe: Option<bool>,
    /// `file_template`, `slug_length` and `timezone`
    pub style: ScriptStyle,
    /// `[[revision.hooks]]`
    pub hooks: Vec<Hook>,
}

impl Config {
    /// The `limbeck.toml` of a directory, or of the nearest one above it that has one; where none has, `alembic.ini` or
    /// a `pyproject.toml` with `[tool.alembic]`.
    pub fn find(directory: &Path) -> Result<PathBuf, ConfigError> {
        let own = |ancestor: &Path| Some(ancestor.join(CONFIG_FILE_NAME)).filter(|file| file.is_file());
        directory
            .ancestors()
            .find_map(own)
            .or_else(|| directory.ancestors().find_map(alembic::file_in))
            .ok_or_else(|| ConfigError::NotFound { directory: directory.to_owned() })
    }

    /// Reads a file: `limbeck.toml`, or one of Alembic's.
    pub fn load(file: &Path) -> Result<Config, ConfigError> {
        Config::load_section(file, ALEMBIC_SECTION)
    }

    /// As [`Config::load`], from another section of `alembic.ini`; other files have no sections to choose from.
    pub fn load_section(file: &Path, section: &str) -> Result<Config, ConfigError> {
        if alembic::is_alembic(file) {
            return alembic::read(file, section);
        }
        let text = std::fs::read_to_string(file)
            .map_err(|cause| ConfigError::Io { file: file.to_owned(), cause: cause.to_string() })?;
        Config::parse(file, &text)
    }

    /// Reads the text of a file, which itself is not touched.
    pub fn parse(file: &Path, text: &str) -> Result<Config, ConfigError> {
        read::read(file, text)
    }

    /// The environment of this name; without one the default, else the only one.
    pub fn environment(&self, name: Option<&str>) -> Result<&Environment, ConfigError> {
        if let Some(name) = name.or(self.default_environment.as_deref()) {
            return self.environments.get(name).ok_or_else(|| ConfigError::UnknownEnvironment {
                name: name.to_owned(),
                known: self.environment_names(),
                nearest: nearest(name, self.environments.keys().map(String::as_str)),
            });
        }
        let mut environments = self.environments.values();
        match (environments.next(), environments.next()) {
            (Some(only), None) => Ok(only),
            (None, _) => Err(ConfigError::NoEnvironment { file: self.file.clone() }),
            (Some(_), Some(_)) => Err(ConfigError::AmbiguousEnvironment { known: self.environment_names() }),
        }
    }

    /// The fleet of this name.
    pub fn fleet(&self, name: &str) -> Result<&FleetConfig, ConfigError> {
        self.fleets.get(name).ok_or_else(|| ConfigError::UnknownFleet {
            name: name.to_owned(),
            known: self.fleets.keys().cloned().collect(),
            nearest: nearest(name, self.fleets.keys().map(String::as_str)),
        })
    }

    /// Whether generated scripts spare large tables their locks: what the environment says, else `[revision] safe`, else
    /// whether an environment is protected, since a script that is generated for one database will run on the others.
    pub fn safe(&self, environment: Option<&Environment>) -> bool {
        let said = environment.and_then(|environment| environment.safe).or(self.revision.safe);
        said.unwrap_or_else(|| self.environments.values().any(|environment| environment.protected))
    }

    fn environment_names(&self) -> Vec<String> {
        self.environments.keys().cloned().collect()
    }
}
