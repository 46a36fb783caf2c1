//! Where a database's URL comes from.

use std::fmt;
use std::path::PathBuf;

use limbeck_engine::{DatabaseUrl, SqliteDatabase};

use super::{Config, ConfigError, Environment, UrlSource};

/// What an environment's `url` comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UrlSetting {
    /// The URL.
    Url(DatabaseUrl),
    /// A command that prints it: run it, and give what it printed to [`Config::parse_url`].
    Command(UrlCommand),
}

/// A command that prints a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlCommand {
    /// The program.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// The directory to run it in.
    pub directory: PathBuf,
}

impl Config {
    /// The URL of an environment. `variable` looks an environment variable up; an empty one counts as not set.
    pub fn url(
        &self,
        environment: &Environment,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<UrlSetting, ConfigError> {
        self.url_of(environment, &environment.url, variable)
    }

    /// The URL of an environment's scratch database, if it has one.
    pub fn scratch_url(
        &self,
        environment: &Environment,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Option<Result<UrlSetting, ConfigError>> {
        let source = environment.scratch_url.as_ref()?;
        Some(self.url_of(environment, source, variable))
    }

    /// The URL that a source comes to, such as that of a fleet's tenant, for an environment.
    pub fn url_of(
        &self,
        environment: &Environment,
        source: &UrlSource,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<UrlSetting, ConfigError> {
        let text = match source {
            UrlSource::Text(text) => text.clone(),
            UrlSource::Variable { name, default } => variable(name)
                .filter(|value| !value.trim().is_empty())
                .or_else(|| default.clone())
                .ok_or_else(|| ConfigError::MissingVariable {
                    variable: name.clone(),
                    environment: environment.name.clone(),
                })?,
            UrlSource::Command(command) => {
                let (program, arguments) = command
                    .split_first()
                    .map_or((String::new(), &[][..]), |(program, rest)| (program.clone(), rest));
                return Ok(UrlSetting::Command(UrlCommand {
                    program,
                    arguments: arguments.to_vec(),
                    directory: self.directory.clone(),
                }));
            }
        };
        self.parse_url(environment, &text).map(UrlSetting::Url)
    }

    /// Reads a URL. The path of a SQLite database is relative to the configuration file, so that a command does the
    /// same from every directory of the project.
    pub fn parse_url(&self, environment: &Environment, text: &str) -> Result<DatabaseUrl, ConfigError> {
        let url = DatabaseUrl::parse(text)
            .map_err(|error| ConfigError::Url { environment: environment.name.clone(), error })?;
        Ok(self.from_directory(url))
    }

    /// The URL with the path of a SQLite database taken from the configuration file's directory.
    pub fn from_directory(&self, mut url: DatabaseUrl) -> DatabaseUrl {
        if let DatabaseUrl::Sqlite(sqlite) = &mut url
            && let SqliteDatabase::File(path) = &mut sqlite.database
        {
            *path = self.directory.join(&*path);
        }
        url
    }
}

/// A URL may hold a password, which is never shown.
impl fmt::Debug for UrlSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UrlSource::Text(_) => f.write_str("Text(***)"),
            UrlSource::Variable { name, default } => f
                .debug_struct("Variable")
                .field("name", name)
                .field("default", &default.as_ref().map(|_| "***"))
                .finish(),
            UrlSource::Command(_) => f.write_str("Command(***)"),
        }
    }
}
