//! Arguments of the commands that work on the scripts themselves.

use clap::Args;

use crate::arguments::REVISIONS;

/// Open scripts in an editor
///
/// The editor is $EDITOR, else $VISUAL, else the first of sensible-editor, editor, nano, vim and code that is installed.
#[derive(Debug, Args)]
#[command(after_long_help = format!("{EDIT_EXAMPLES}\n\n{REVISIONS}"))]
pub(crate) struct EditArguments {
    /// Revision to edit; `heads` and `current` may be several
    #[arg(value_name = "REVISION", allow_negative_numbers = true)]
    pub(crate) revision: String,
}

const EDIT_EXAMPLES: &str = "\
Examples:
  limbeck edit head
  EDITOR=\"code --wait\" limbeck edit 3f8a";

/// Create the version table, if it is not there
///
/// Nothing else changes, and nothing happens where it exists. `upgrade` and `stamp` create it as well.
#[derive(Debug, Args)]
pub(crate) struct EnsureVersionArguments {
    /// Print the statement and touch no database
    #[arg(long)]
    pub(crate) sql: bool,
}

/// Print the kinds of project that `init` can make
#[derive(Debug, Args)]
pub(crate) struct ListTemplatesArguments {}

/// Write one script that replaces a range of them
///
/// The new script does what all scripts of the range do, one after the other, and names them in its header
/// (`Replaces:`). Keep the old ones for as long as a database is in the middle of them: it goes the old way to the end of
/// the range. A database that has all of them is at the squash without running it, and a fresh one runs the squash alone.
/// When every database is past it, delete the replaced scripts and the `Replaces:` line.
///
/// Prints the path of the script. Read it, and try it with `limbeck test`.
#[derive(Debug, Args)]
#[command(after_long_help = format!("{SQUASH_EXAMPLES}\n\n{REVISIONS}"))]
pub(crate) struct SquashArguments {
    /// Revisions to replace, START:END, both included; `:END` starts with the first revision
    #[arg(value_name = "RANGE")]
    pub(crate) range: String,
    /// What the script does, in a few words; becomes part of its file name
    #[arg(short, long, value_name = "TEXT")]
    pub(crate) message: Option<String>,
    /// Identifier to use instead of a random one
    #[arg(long, value_name = "ID")]
    pub(crate) rev_id: Option<String>,
    /// Label for the branch that starts with this script
    #[arg(long, value_name = "LABEL")]
    pub(crate) branch_label: Vec<String>,
    /// Print the script and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

const SQUASH_EXAMPLES: &str = "\
Examples:
  limbeck squash :3f8a -m \"version 1\"      everything up to 3f8a
  limbeck squash 9c1d:3f8a --dry-run       look first";

/// Put the revisions of a branch after another head
///
/// For two pull requests that both added a revision after the same one: instead of a merge revision, the second comes
/// after the first. Everything on the branch of REVISION that does not come before the other head moves; only the
/// `Revises:` line of its first script changes. Do it before the branch is released: a database that has the moved
/// revisions and lacks the ones before them would never run those. With --environment or --url that database is asked,
/// and the rebase refused if it is such a one.
#[derive(Debug, Args)]
#[command(after_long_help = format!("{REBASE_EXAMPLES}\n\n{REVISIONS}"))]
pub(crate) struct RebaseArguments {
    /// Revisions of the branch to move, its head for instance
    #[arg(value_name = "REVISION", required = true, allow_negative_numbers = true)]
    pub(crate) revisions: Vec<String>,
    /// Revision it comes after from now on
    #[arg(long, value_name = "HEAD")]
    pub(crate) onto: String,
    /// Print what would change and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

const REBASE_EXAMPLES: &str = "\
Examples:
  limbeck rebase 3f8a --onto 9c1d
  limbeck rebase my_branch@head --onto main@head --dry-run
  limbeck -e staging rebase 3f8a --onto 9c1d     unless staging would miss something";

/// Try all scripts on a scratch database
///
/// There is one head; a fresh database gets to it; each revision can be taken, taken back and taken again; taking back
/// leaves no trace in the schema, neither for Limbeck's own eyes nor for pg_dump; the whole way back works with rows in the
/// tables; and in the end the schema is the model's. The scratch database is a new one on the environment's server, or a
/// temporary SQLite file, and gone afterwards: the environment's own database is not touched.
///
/// Rows make it a better test: test_data/REVISION.sql in the directory of the scripts is run after that revision was
/// applied, so that the ones after it meet rows. REVISION.postgresql.sql is for one database only.
///
/// Ends with exit code 1 if something is not as it should be.
#[derive(Debug, Args)]
#[command(after_long_help = TEST_EXAMPLES)]
pub(crate) struct TestArguments {}

const TEST_EXAMPLES: &str = "\
Examples:
  limbeck test
  limbeck -e postgresql -e sqlite test     one after the other
  limbeck test --json                      for CI";
