//! The databases a schema can be written for, by name. Their SQL lives in `limbeck-dialect`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A database dialect, under SQLAlchemy's name for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// PostgreSQL 14 and later.
    Postgresql,
    /// SQLite 3.35 and later.
    Sqlite,
}

impl Dialect {
    /// All dialects, in the order sections of a script are written.
    pub const ALL: [Dialect; 2] = [Dialect::Postgresql, Dialect::Sqlite];

    /// The name used in scripts, configuration and URLs.
    pub fn as_str(self) -> &'static str {
        match self {
            Dialect::Postgresql => "postgresql",
            Dialect::Sqlite => "sqlite",
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A dialect name that Limbeck does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown dialect `{0}`, expected `postgresql` or `sqlite`")]
pub struct UnknownDialect(pub String);

impl FromStr for Dialect {
    type Err = UnknownDialect;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "postgresql" | "postgres" => Ok(Dialect::Postgresql),
            "sqlite" => Ok(Dialect::Sqlite),
            other => Err(UnknownDialect(other.to_owned())),
        }
    }
}
