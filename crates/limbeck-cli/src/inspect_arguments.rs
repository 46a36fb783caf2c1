//! Arguments of `limbeck inspect`.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

/// Print the schema of a database
///
/// Reads everything a database holds: tables, types, functions, views, triggers, policies, privileges and the rest. Prints it
/// as SQL in an order that runs on an empty database, or as a MetaData document; with -o it writes files, of SQL one for
/// each object. Nothing is changed. Passwords of foreign servers are not read.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct InspectArguments {
    /// A database's URL, or the name of an environment; by default the environment that other commands use
    #[arg(value_name = "URL_OR_ENVIRONMENT")]
    pub(crate) database: Option<String>,
    /// The form
    #[arg(long, value_name = "FORMAT", default_value = "sql")]
    pub(crate) format: InspectFormat,
    /// Write files into this directory; those that exist are left as they are
    #[arg(short, long, value_name = "DIRECTORY", value_hint = ValueHint::DirPath)]
    pub(crate) output: Option<PathBuf>,
    /// Read this schema of PostgreSQL besides the default one; may be given several times. All of them, if it is not given
    #[arg(long, value_name = "NAME")]
    pub(crate) schema: Vec<String>,
    /// List what the database holds and Limbeck does not manage
    #[arg(long, conflicts_with_all = ["format", "output"])]
    pub(crate) unmanaged: bool,
}

/// The forms of a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum InspectFormat {
    /// SQL statements
    Sql,
    /// A MetaData document
    Json,
}

const EXAMPLES: &str = "\
Examples:
  limbeck inspect > schema.sql                        everything, as one script
  limbeck inspect production -o schema                one file for each object
  limbeck inspect postgresql://localhost/shop --format json
  limbeck inspect --unmanaged                         what is left alone";
