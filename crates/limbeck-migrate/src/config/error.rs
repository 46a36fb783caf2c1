//! What can be wrong with the configuration.

use std::path::PathBuf;

use limbeck_engine::UrlError;

use super::CONFIG_FILE_NAME;
use crate::nearest::did_you_mean;

/// What is wrong with `limbeck.toml`, or with what it refers to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// No file.
    #[error("there is no `{CONFIG_FILE_NAME}` in {} or above it; create one with `limbeck init`, or name one with `-c`", .directory.display())]
    NotFound {
        /// Where the search began.
        directory: PathBuf,
    },
    /// A file that cannot be read.
    #[error("{} cannot be read: {cause}", .file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// What the system said.
        cause: String,
    },
    /// Text that is not TOML, or a value of the wrong type.
    #[error("{}:{line}:{column}: {message}", .file.display())]
    Invalid {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
        /// What is wrong there.
        message: String,
    },
    /// A key that does not exist.
    #[error("{}:{line}:{column}: unknown key `{key}`{}", .file.display(), suggestion(.nearest.as_deref(), .known))]
    UnknownKey {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
        /// The key.
        key: String,
        /// The keys that exist there.
        known: Vec<String>,
        /// The one most like it.
        nearest: Option<String>,
    },
    /// An environment that is not declared.
    #[error("there is no environment `{name}`{}", suggestion(.nearest.as_deref(), .known))]
    UnknownEnvironment {
        /// The name.
        name: String,
        /// The declared ones.
        known: Vec<String>,
        /// The one most like it.
        nearest: Option<String>,
    },
    /// A fleet that is not declared.
    #[error("there is no fleet `{name}`{}", fleet_suggestion(.nearest.as_deref(), .known))]
    UnknownFleet {
        /// The name.
        name: String,
        /// The declared ones.
        known: Vec<String>,
        /// The one most like it.
        nearest: Option<String>,
    },
    /// No environment is declared.
    #[error("{} declares no environment; add `[environments.development]` with a `url`", .file.display())]
    NoEnvironment {
        /// The file.
        file: PathBuf,
    },
    /// None was asked for, several are declared.
    #[error("several environments are declared ({}); choose one with `-e`, or set `default_environment`", .known.join(", "))]
    AmbiguousEnvironment {
        /// The declared ones.
        known: Vec<String>,
    },
    /// The variable that holds a URL is not set.
    #[error(
        "the variable `{variable}`, which holds the URL of environment `{environment}`, is not set; set it, or put it into `.env`"
    )]
    MissingVariable {
        /// The variable.
        variable: String,
        /// The environment.
        environment: String,
    },
    /// A URL that cannot be read.
    #[error("the URL of environment `{environment}` cannot be read: {error}")]
    Url {
        /// The environment.
        environment: String,
        /// What is wrong with it.
        error: UrlError,
    },
}

impl ConfigError {
    /// A stable name for the kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            ConfigError::NotFound { .. } => "config.not-found",
            ConfigError::Io { .. } => "config.io",
            ConfigError::Invalid { .. } => "config.invalid",
            ConfigError::UnknownKey { .. } => "config.unknown-key",
            ConfigError::UnknownEnvironment { .. } => "config.unknown-environment",
            ConfigError::UnknownFleet { .. } => "config.unknown-fleet",
            ConfigError::NoEnvironment { .. } => "config.no-environment",
            ConfigError::AmbiguousEnvironment { .. } => "config.ambiguous-environment",
            ConfigError::MissingVariable { .. } => "config.missing-variable",
            ConfigError::Url { .. } => "config.url",
        }
    }
}

fn suggestion(nearest: Option<&str>, known: &[String]) -> String {
    match nearest {
        Some(_) => did_you_mean(nearest),
        None if known.is_empty() => String::new(),
        None => format!(", known are {}", known.join(", ")),
    }
}

fn fleet_suggestion(nearest: Option<&str>, known: &[String]) -> String {
    match known {
        [] => ", limbeck.toml declares none".to_owned(),
        _ => suggestion(nearest, known),
    }
}
