//! Arguments of the commands that compare schemas.

use clap::{Args, ValueEnum};
use limbeck_schema::Dialect;

/// Print what takes one schema to another
///
/// Compares any two of: a database, an environment, the project's model, its scripts, a MetaData document, SQL files. Prints
/// the differences, with --sql the statements that a database like A needs to become like B, and ends with exit code 1 if
/// there are any. Neither side is changed: scripts and SQL files are run in a scratch database, which is removed again.
#[derive(Debug, Args)]
#[command(after_long_help = format!("{SIDES}\n\n{SCRATCH}\n\n{DIFF_EXAMPLES}"))]
pub(crate) struct DiffArguments {
    /// What is there; see below
    #[arg(value_name = "A")]
    pub(crate) from: String,
    /// What it is to become
    #[arg(value_name = "B")]
    pub(crate) to: String,
    /// Print the statements instead of what was detected
    #[arg(long)]
    pub(crate) sql: bool,
    /// Dialect of the statements where neither side is a database; else that of the environment
    #[arg(long, value_name = "NAME")]
    pub(crate) dialect: Option<DialectName>,
    #[command(flatten)]
    pub(crate) shapes: SafeShapes,
}

/// A dialect by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DialectName {
    Postgresql,
    Sqlite,
}

impl From<DialectName> for Dialect {
    fn from(name: DialectName) -> Dialect {
        match name {
            DialectName::Postgresql => Dialect::Postgresql,
            DialectName::Sqlite => Dialect::Sqlite,
        }
    }
}

/// Whether large tables are spared their locks.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct SafeShapes {
    /// Spare large PostgreSQL tables their locks: indexes are built CONCURRENTLY, constraints added NOT VALID and then
    /// validated; default where limbeck.toml says `safe`, or marks an environment `protected`
    #[arg(long, overrides_with = "no_safe")]
    safe: bool,
    /// Write the shortest statements, in one transaction
    #[arg(long)]
    no_safe: bool,
}

impl SafeShapes {
    /// What was said, if anything was.
    pub(crate) fn choice(self) -> Option<bool> {
        match (self.safe, self.no_safe) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            (false, false) => None,
        }
    }
}

const SIDES: &str = "\
A and B are each one of:
  postgresql://…, sqlite:…   a database
  env:NAME                   the database of an environment
  model                      the project's model, as limbeck.toml says
  scripts                    what the project's scripts make of an empty database
  schema.json                a MetaData document
  schema.sql, schema/, \"schema/**/*.sql\"
                             SQL files, a directory of them, or a pattern (in quotes)";

/// Where scratch databases come from.
const SCRATCH: &str = "\
Scripts and SQL files need a scratch database: a temporary file on SQLite; on PostgreSQL a database `limbeck_scratch_…` on
the server of the other side or of the environment, or the one that its `scratch_url` names.";

const DIFF_EXAMPLES: &str = "\
Examples:
  limbeck diff env:production env:staging
  limbeck diff scripts env:production         has somebody changed production by hand?
  limbeck diff scripts model --sql            what the next script will hold
  limbeck diff old.sql schema/ --dialect sqlite --sql
  limbeck diff model.json postgresql://localhost/shop --json";
