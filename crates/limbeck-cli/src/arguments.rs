//! The command line: its commands, their arguments, and the texts of `--help`.

use std::path::PathBuf;

use clap::builder::{OsStringValueParser, PossibleValuesParser, TypedValueParser as _};
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;
use limbeck_diff::HazardKind;

use crate::comparison_arguments::{DiffArguments, SafeShapes};
use crate::exit_code::EXIT_CODES;
use crate::fleet_arguments::{FleetArguments, TenantArguments};
use crate::inspect_arguments::InspectArguments;
use crate::run_arguments::{PlanArguments, SqlOptions, StatusArguments};
use crate::script_arguments::{
    EditArguments, EnsureVersionArguments, ListTemplatesArguments, RebaseArguments, SquashArguments,
    TestArguments,
};

/// Version control for data models
///
/// The model is declared once, in Rust. Limbeck compares it with a database, writes the migration as a SQL script, runs
/// it, takes it back, and tells at any time whether the two still agree.
#[derive(Debug, Parser)]
#[command(name = "limbeck", version, after_long_help = root_notes(), after_help = "`limbeck --help` says more: first steps, exit codes, environment variables.")]
#[command(arg_required_else_help = true, subcommand_required = true, max_term_width = 110)]
// As argparse does for Alembic: `--auto` is `--autogenerate`.
#[command(infer_long_args = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: GlobalOptions,
    #[command(subcommand)]
    pub(crate) command: Command,
}

fn root_notes() -> String {
    format!("{FIRST_STEPS}\n\n{REVISIONS}\n\n{STREAMS}\n\n{EXIT_CODES}\n\n{ENVIRONMENT}")
}

const FIRST_STEPS: &str = "\
First steps:
  limbeck init                                    make a place for the scripts
  limbeck revision --autogenerate -m \"customers\"  write what the database lacks
  limbeck upgrade head                            run it
  limbeck check                                   do model and database agree?
  limbeck downgrade -1                            take the last script back";

/// How revisions are named on the command line.
pub(crate) const REVISIONS: &str = "\
Naming revisions:
  3f8a1c22b7d0, 3f8a    an identifier, or as much of it as is unique
  head, heads           the latest revision; all latest ones if there are branches
  base                  before the first revision
  +2, -1                so many steps up or down from where the database is
  3f8a+2, head-1        so many steps from a revision
  shop@head, shop@+1    the same on the branch with the label `shop`";

const STREAMS: &str = "\
Results go to stdout; errors, and what is being done, to stderr. No password is ever printed, but one in --url is seen by \
everyone who can list processes: DATABASE_URL or PGPASSWORD keep it to yourself.";

const ENVIRONMENT: &str = "\
Environment variables:
  LIMBECK_CONFIG        instead of --config
  ALEMBIC_CONFIG        the same where there is no limbeck.toml
  LIMBECK_ENVIRONMENT   instead of --environment
  DATABASE_URL          where limbeck.toml says `url = { env = \"DATABASE_URL\" }`
  PGHOST, PGPASSWORD …  what a PostgreSQL URL leaves open, as for psql
  NO_COLOR              no colours
  CLICOLOR_FORCE        colours even where the output is no terminal
  .env                  a file of the current directory that gives the variables
                        which are not set";

/// Options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct GlobalOptions {
    /// Read this file, not the nearest limbeck.toml in or above the current directory; of several that of Alembic's ini
    #[arg(short, long, global = true, value_name = "FILE", env = "LIMBECK_CONFIG", hide_env = true,
        // Unlike that of paths this parser takes an empty value, which an empty variable gives.
        value_parser = OsStringValueParser::new().map(PathBuf::from), value_hint = ValueHint::FilePath)]
    pub(crate) config: Vec<PathBuf>,
    /// Read this section of alembic.ini instead of `[alembic]`, in a project that has no limbeck.toml
    #[arg(short, long, global = true, value_name = "SECTION")]
    pub(crate) name: Option<String>,
    /// Work on this environment of limbeck.toml; several for `revision --autogenerate` only
    #[arg(short, long, global = true, value_name = "NAME", env = "LIMBECK_ENVIRONMENT", hide_env = true)]
    pub(crate) environment: Vec<String>,
    /// Work on this database, not the environment's: `postgresql://ada@host/shop`, `sqlite:shop.db`
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// Give a variable of the scripts a value, in place of the environment's: `-x tenant=a`; may be given several times
    #[arg(short = 'x', global = true, value_name = "NAME=VALUE")]
    pub(crate) variables: Vec<String>,
    /// Print results and errors only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Print more: revisions in full, which configuration and which database are used
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    /// Print results as JSON on stdout, errors as JSON on stderr
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// As Alembic's: nothing to choose here, errors are always told in full
    #[arg(long, global = true, hide = true)]
    pub(crate) raiseerr: bool,
    /// When to use colours: auto, always or never
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true,
        hide_default_value = true
    )]
    pub(crate) color: ColorChoice,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Even into a file or a pipe.
    Always,
    /// Not at all.
    Never,
}

/// The commands, in the order in which one meets them.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Init(InitArguments),
    Revision(RevisionArguments),
    Upgrade(UpgradeArguments),
    Downgrade(DowngradeArguments),
    Plan(PlanArguments),
    Status(StatusArguments),
    Current(CurrentArguments),
    History(HistoryArguments),
    Heads(HeadsArguments),
    Branches(BranchesArguments),
    Show(ShowArguments),
    Stamp(StampArguments),
    Merge(MergeArguments),
    Edit(EditArguments),
    Squash(SquashArguments),
    Rebase(RebaseArguments),
    Check(CheckArguments),
    Diff(DiffArguments),
    Inspect(InspectArguments),
    Test(TestArguments),
    #[command(name = "ensure_version", alias = "ensure-version")]
    EnsureVersion(EnsureVersionArguments),
    #[command(name = "list_templates", alias = "list-templates")]
    ListTemplates(ListTemplatesArguments),
    Completions(CompletionsArguments),
}

/// Write limbeck.toml and a directory for migration scripts
///
/// In a Cargo project it also writes src/bin/limbeck-schema.rs, three lines that print the model your library declares:
/// Limbeck builds and runs it when it needs the model. Files that exist are left as they are.
#[derive(Debug, Args)]
#[command(after_long_help = INIT_EXAMPLES)]
pub(crate) struct InitArguments {
    /// Where the scripts will be, relative to limbeck.toml
    #[arg(value_name = "DIRECTORY", default_value = "migrations", value_hint = ValueHint::DirPath)]
    pub(crate) directory: PathBuf,
    /// Where the model comes from; in a Cargo project `cargo`, if nothing else is said
    #[arg(short = 't', long, value_name = "KIND", alias = "template")]
    pub(crate) model: Option<Template>,
    /// Take over an existing database: its schema is written to schema/, a SQL file for each object, and becomes the model
    #[arg(long, value_name = "URL", conflicts_with = "model")]
    pub(crate) from: Option<String>,
    /// Write an empty `__init__.py` into the directory, as Alembic does for a Python package
    #[arg(long, hide = true)]
    pub(crate) package: bool,
}

/// The kinds of project, by where the model comes from.
///
/// Alembic's templates differ in their `env.py`, which is not needed here; their names give a project without a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Template {
    /// A binary of this Cargo project that prints it
    Cargo,
    /// Any program that prints it
    Command,
    /// A file that holds it
    Json,
    /// SQL files in the directory schema/
    Sql,
    /// Scripts only, no model
    #[value(aliases = ["async", "pyproject", "pyproject_async"])]
    Generic,
    /// Scripts only, for two databases
    Multidb,
}

const INIT_EXAMPLES: &str = "\
Examples:
  limbeck init                            DATABASE_URL, or the file app.db
  limbeck init --url sqlite:shop.db       the URL goes into limbeck.toml
  limbeck init --from sqlite:shop.db      the model is what that database holds
  limbeck init db/migrations --model json
  limbeck init -t generic migrations      no model: all SQL is your own";

/// Write a new migration script
///
/// Without --autogenerate the script is empty: write the SQL below `-- migrate:up` and `-- migrate:down` yourself.
/// With it, Limbeck compares the model with the database, which must be at the latest revision, and writes the SQL that
/// makes them agree; where nothing differs it writes no file. Read a generated script before it is run: it begins with
/// what it may hurt.
///
/// Something new that is like something that goes may be a rename. On a terminal you are asked; elsewhere it is written as a
/// drop and an add, with a hint. `renamed_from` in the model says it for good.
///
/// Prints the path of the script.
#[derive(Debug, Args)]
#[command(after_long_help = REVISION_EXAMPLES)]
pub(crate) struct RevisionArguments {
    /// What the script does, in a few words; becomes part of its file name
    #[arg(short, long, value_name = "TEXT")]
    pub(crate) message: Option<String>,
    /// Fill the script with what differs between model and database
    #[arg(long)]
    pub(crate) autogenerate: bool,
    /// Revision to come after: a head, or a label as in `shop@head`
    #[arg(long, value_name = "REVISION", default_value = "head")]
    pub(crate) head: String,
    /// Allow --head to be a revision that others follow already, and so start a branch
    #[arg(long)]
    pub(crate) splice: bool,
    /// Label for the branch that starts with this script
    #[arg(long, value_name = "LABEL")]
    pub(crate) branch_label: Vec<String>,
    /// Directory to write to, where the configuration names several
    #[arg(long, value_name = "DIRECTORY", value_hint = ValueHint::DirPath)]
    pub(crate) version_path: Option<PathBuf>,
    /// Identifier to use instead of a random one
    #[arg(long, value_name = "ID")]
    pub(crate) rev_id: Option<String>,
    /// Revision of another branch that has to be applied before this one; may be given several times
    #[arg(long, value_name = "REVISION")]
    pub(crate) depends_on: Vec<String>,
    /// As Alembic's, which then runs `env.py` without a database: a script that is not generated needs none anyway
    #[arg(long, hide = true, conflicts_with = "autogenerate")]
    pub(crate) sql: bool,
    /// Compare with what the scripts make in a scratch database: needs no database that is up to date
    #[arg(long, requires = "autogenerate")]
    pub(crate) from_scripts: bool,
    #[command(flatten)]
    pub(crate) shapes: SafeShapes,
    /// Print the script and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

const REVISION_EXAMPLES: &str = "\
Examples:
  limbeck revision --autogenerate -m \"add phone\"
  limbeck revision -m \"fill phone numbers\"           an empty script, for SQL of your own
  limbeck revision --autogenerate --dry-run           look first
  limbeck revision --autogenerate --from-scripts --safe -m \"index orders\"
                                                      without a migrated database, sparing locks
  limbeck revision --autogenerate -e dev -e test -m \"add phone\"
                                                      one script for two dialects";

/// Run the scripts up to a revision
///
/// Every script runs in a transaction together with its row in the version table: one that fails leaves nothing behind.
/// Where several processes start at once one of them runs the scripts, the others wait and find nothing left to do.
/// A target that is applied already is no error.
#[derive(Debug, Args)]
#[command(after_long_help = format!("{UPGRADE_EXAMPLES}\n\n{REVISIONS}"))]
pub(crate) struct UpgradeArguments {
    /// Revision to go to; with --sql also FROM:TO
    #[arg(value_name = "REVISION", allow_negative_numbers = true)]
    pub(crate) revision: String,
    /// Allow on a protected environment what its scripts say they do: `data-loss`; may be given several times
    #[arg(long, value_name = "HAZARD", value_parser = hazard_kind())]
    pub(crate) allow: Vec<HazardKind>,
    /// First take note of scripts that were changed after they had been applied, where the change makes no difference
    #[arg(long, conflicts_with_all = ["sql", "fleet"])]
    pub(crate) accept_changed: bool,
    #[command(flatten)]
    pub(crate) offline: SqlOptions,
    #[command(flatten)]
    pub(crate) fleet: FleetArguments,
}

const UPGRADE_EXAMPLES: &str = "\
Examples:
  limbeck upgrade head
  limbeck upgrade +1
  limbeck -e production upgrade heads
  limbeck -e production upgrade heads --allow data-loss
  limbeck upgrade --sql 3f8a:head > upgrade.sql        a script from one revision to another; nothing is run
  limbeck upgrade head --fleet tenants                 every database or schema of [fleets.tenants]
  limbeck upgrade --sql head --dialect postgresql      from nothing, with no database at hand";

/// Take scripts back, down to a revision
///
/// Runs the `-- migrate:down` sections from the newest revision to the one that follows REVISION, which itself stays
/// applied.
#[derive(Debug, Args)]
#[command(after_long_help = format!("{DOWNGRADE_EXAMPLES}\n\n{REVISIONS}"))]
pub(crate) struct DowngradeArguments {
    /// Revision to go back to; with --sql FROM:TO
    #[arg(value_name = "REVISION", allow_negative_numbers = true)]
    pub(crate) revision: String,
    /// Allow on a protected environment what its scripts say they do: `data-loss`; may be given several times
    #[arg(long, value_name = "HAZARD", value_parser = hazard_kind())]
    pub(crate) allow: Vec<HazardKind>,
    #[command(flatten)]
    pub(crate) offline: SqlOptions,
    #[command(flatten)]
    pub(crate) fleet: FleetArguments,
}

const DOWNGRADE_EXAMPLES: &str = "\
Examples:
  limbeck downgrade -1        take back the last script
  limbeck downgrade 3f8a      everything after 3f8a…
  limbeck downgrade base      everything
  limbeck downgrade --sql head:3f8a > back.sql    as a script; where it starts has to be said";

/// Print the revisions the database is at
///
/// One line for each row of the version table, with `(head)` where nothing follows, and one for each end of a branch that
/// is applied because another revision depends on it, which has no row. A database that was never migrated prints nothing.
/// Never writes to the database.
#[derive(Debug, Args)]
#[command(after_long_help = CURRENT_EXAMPLES)]
pub(crate) struct CurrentArguments {
    /// End with exit code 1 unless the database is at all heads
    #[arg(short, long)]
    pub(crate) check_heads: bool,
    // In place of the global option, whose `-c` is here `--check-heads`, as in Alembic.
    /// Read this file, not the nearest limbeck.toml in or above the current directory
    #[arg(long, hide = true, value_name = "FILE", value_parser = OsStringValueParser::new().map(PathBuf::from))]
    config: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) tenants: TenantArguments,
}

const CURRENT_EXAMPLES: &str = "\
Examples:
  limbeck current                       prints: 3f8a1c22b7d0 (head)
  limbeck current --fleet tenants       a line for each tenant: where it is, and what is pending
  limbeck current --check-heads --quiet  in a start-up script: is the database ready for this code?";

/// Print the revisions, newest first
///
/// One line each: `parent -> revision (labels) (head), message`. Reads the scripts only; a range with `current` or
/// relative ends, and --indicate-current, ask the database too.
#[derive(Debug, Args)]
#[command(after_long_help = format!("{HISTORY_EXAMPLES}\n\n{REVISIONS}"))]
pub(crate) struct HistoryArguments {
    /// Print these only: START:END, START: or :END; `current` may be an end, and -3: counts back from the other one
    #[arg(short, long, value_name = "RANGE", allow_hyphen_values = true)]
    pub(crate) rev_range: Option<String>,
    /// Mark the revisions the database is at with `(current)`
    #[arg(short, long)]
    pub(crate) indicate_current: bool,
    /// Draw the graph: branches and merges as lines, `@` where the database is (with --indicate-current)
    #[arg(short, long)]
    pub(crate) graph: bool,
}

const HISTORY_EXAMPLES: &str = "\
Examples:
  limbeck history
  limbeck history -r current:         what is not applied yet, and where the database is
  limbeck history -r -3:current -v    the last three that were, in full
  limbeck history --graph -i          branches and merges drawn, with the place of the database";

/// Print the latest revisions
///
/// More than one where the history branches: `limbeck merge heads` joins them.
#[derive(Debug, Args)]
pub(crate) struct HeadsArguments {
    /// Leave out heads that another revision depends on, as the version table does
    #[arg(long)]
    pub(crate) resolve_dependencies: bool,
}

/// Print the revisions at which the history branches, and into what
#[derive(Debug, Args)]
pub(crate) struct BranchesArguments {}

/// Print everything about a revision
#[derive(Debug, Args)]
#[command(after_long_help = REVISIONS)]
pub(crate) struct ShowArguments {
    /// Revision to show; `current` and `heads` may be several
    #[arg(value_name = "REVISION", allow_negative_numbers = true)]
    pub(crate) revision: String,
}

/// Set the version table to revisions without running their scripts
///
/// For a database that got its schema in another way: from a dump, or from another migration tool.
#[derive(Debug, Args)]
#[command(after_long_help = format!("{STAMP_EXAMPLES}\n\n{REVISIONS}"))]
pub(crate) struct StampArguments {
    /// Revisions to write down; one for each branch
    #[arg(value_name = "REVISION", required = true, allow_negative_numbers = true)]
    pub(crate) revisions: Vec<String>,
    /// Empty the version table first, whatever it holds
    #[arg(long, conflicts_with = "sql")]
    pub(crate) purge: bool,
    #[command(flatten)]
    pub(crate) offline: SqlOptions,
}

const STAMP_EXAMPLES: &str = "\
Examples:
  limbeck stamp head            the schema is there already, from now on it is migrated
  limbeck stamp --purge 3f8a    the version table names a revision that has no script any more";

/// Write a script that joins several heads
///
/// It holds no SQL, only the fact that all its parents come before it.
#[derive(Debug, Args)]
#[command(after_long_help = MERGE_EXAMPLES)]
pub(crate) struct MergeArguments {
    /// Revisions to join; `heads` for all heads
    #[arg(value_name = "REVISION", required = true)]
    pub(crate) revisions: Vec<String>,
    /// What is joined, in a few words; becomes part of the file name
    #[arg(short, long, value_name = "TEXT")]
    pub(crate) message: Option<String>,
    /// Label for the branch that starts with this script
    #[arg(long, value_name = "LABEL")]
    pub(crate) branch_label: Vec<String>,
    /// Identifier to use instead of a random one
    #[arg(long, value_name = "ID")]
    pub(crate) rev_id: Option<String>,
    /// Allow revisions that others follow already
    #[arg(long)]
    pub(crate) splice: bool,
}

const MERGE_EXAMPLES: &str = "\
Examples:
  limbeck merge heads -m \"join shop and billing\"
  limbeck merge 3f8a 9c1d";

/// Reads a hazard by its name.
fn hazard_kind() -> impl clap::builder::TypedValueParser<Value = HazardKind> {
    let names = HazardKind::ALL.map(HazardKind::as_str);
    // Only the listed names get here.
    PossibleValuesParser::new(names).map(|name| HazardKind::find(&name).unwrap_or(HazardKind::DataLoss))
}

/// Compare the model with the database
///
/// Prints what differs, and ends with exit code 1 if something does: a test for CI, and an alarm for a schema that
/// somebody changes by hand. The database must be at the heads. Never writes to the database.
#[derive(Debug, Args)]
#[command(after_long_help = CHECK_EXAMPLES)]
pub(crate) struct CheckArguments {
    /// Compare with what the scripts make in a scratch database, whatever state the environment's own is in
    #[arg(long)]
    pub(crate) from_scripts: bool,
}

const CHECK_EXAMPLES: &str = "\
Examples:
  limbeck check
  limbeck check --from-scripts          is a script missing? needs no migrated database
  limbeck -e production check --json    the differences and the SQL that would settle them, for a program";

/// Print a completion script for a shell
#[derive(Debug, Args)]
#[command(after_long_help = COMPLETIONS_EXAMPLES)]
pub(crate) struct CompletionsArguments {
    /// The shell
    pub(crate) shell: Shell,
}

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  limbeck completions bash > ~/.local/share/bash-completion/completions/limbeck
  limbeck completions zsh > \"${fpath[1]}/_limbeck\"
  limbeck completions fish > ~/.config/fish/completions/limbeck.fish";
