//! Arguments of the commands that look at runs, and of scripts in place of runs.

use clap::Args;
use limbeck_schema::Dialect;

use crate::arguments::REVISIONS;

/// `--sql`: a script in place of the run; and `--tag`, which Alembic has at the same commands.
#[derive(Debug, Args)]
pub(crate) struct SqlOptions {
    /// Print the run as a script for psql or sqlite3 and touch no database
    #[arg(long)]
    pub(crate) sql: bool,
    /// With --sql: the database's dialect, `postgresql` or `sqlite`, where no URL tells it
    #[arg(long, value_name = "DIALECT", requires = "sql")]
    pub(crate) dialect: Option<Dialect>,
    /// Give the variable `tag` of the scripts a value, as `-x tag=TAG` does
    #[arg(long, value_name = "TAG")]
    pub(crate) tag: Option<String>,
}

/// Print where every environment stands
///
/// One line for each environment of limbeck.toml: the revisions it is at, how many are pending and which, and whether the
/// database has what the model declares. One that cannot be reached says so in its line; the others are shown all the
/// same. Changes nothing.
///
/// Ends with exit code 0 when nothing is pending and nothing differs, 1 when something is, and 4 when an environment
/// could not be asked.
#[derive(Debug, Args)]
#[command(after_long_help = STATUS_EXAMPLES)]
pub(crate) struct StatusArguments {
    /// Do not compare with the model, which then is not built
    #[arg(long)]
    pub(crate) no_drift: bool,
}

const STATUS_EXAMPLES: &str = "\
Examples:
  limbeck status
  limbeck status -e staging -e production --no-drift
  limbeck status --json | jq '.environments[] | select(.pending != [])'";

/// Print what `upgrade` would run, and what that does to the tables
///
/// Revision by revision: its statements; the locks they take on PostgreSQL, who has to wait for them, how many rows the
/// table has (the planner's estimate), and whether it is scanned or rewritten meanwhile; what runs outside of a
/// transaction; and the hazards that the script records. Changes nothing and waits for nobody.
#[derive(Debug, Args)]
#[command(after_long_help = format!("{PLAN_EXAMPLES}\n\n{REVISIONS}"))]
pub(crate) struct PlanArguments {
    /// Revision to go to; by default `heads`, or `-1` with --downgrade
    #[arg(value_name = "REVISION", allow_negative_numbers = true)]
    pub(crate) revision: Option<String>,
    /// Plan what `downgrade` would run
    #[arg(long)]
    pub(crate) downgrade: bool,
}

const PLAN_EXAMPLES: &str = "\
Examples:
  limbeck -e production plan              before the deployment
  limbeck plan +1
  limbeck plan --downgrade -1             what taking back the last script would do";
