//! For every error code: how the process ends, and what to do next where the message does not say so itself.

use crate::exit_code::ExitCode;

/// What is known about an error code.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ErrorEntry {
    /// The code, as the library's `code()` gives it.
    pub(crate) code: &'static str,
    /// How the process ends.
    pub(crate) exit: ExitCode,
    /// What to do next; `None` where the message ends with it.
    pub(crate) help: Option<&'static str>,
}

/// The entry of a code.
pub(crate) fn find(code: &str) -> Option<&'static ErrorEntry> {
    ERRORS.iter().find(|entry| entry.code == code)
}

const fn says_all(exit: ExitCode, code: &'static str) -> ErrorEntry {
    ErrorEntry { code, exit, help: None }
}

const fn with_help(exit: ExitCode, code: &'static str, help: &'static str) -> ErrorEntry {
    ErrorEntry { code, exit, help: Some(help) }
}

use ExitCode::{Database, Different, Locked, Migration, Project, Usage};

const RUN_AGAIN: &str = "run the command again: it goes on where this one stopped";
const REPORT: &str = "this should not happen; please report it with the model and the schema of the database";

/// Every error code there is.
pub(crate) const ERRORS: &[ErrorEntry] = &[
    // The command line itself.
    with_help(Usage, "cli.one-environment", "name one; only `revision --autogenerate` takes several"),
    with_help(Usage, "cli.url-with-environments", "leave out --url, or name one environment"),
    with_help(Project, "cli.directory", "run the command in a directory that exists and may be read"),
    with_help(Project, "cli.write", "check that the path may be written"),
    with_help(
        Project,
        "model.not-declared",
        "add `[model]` to limbeck.toml, with `bin = \"limbeck-schema\"` for a Cargo project or `json = \"schema.json\"` for a file",
    ),
    with_help(Project, "cli.dotenv", "write one NAME=value on a line; quote values that hold blanks or `#`"),
    with_help(Project, "cli.url-command", "run the command yourself, and correct what it says"),
    with_help(Different, "cli.not-at-heads", "run `limbeck upgrade heads`"),
    with_help(
        Different,
        "cli.differences",
        "if the model is right, run `limbeck revision --autogenerate -m \"…\"`; if the database is, change the model",
    ),
    with_help(Project, "cli.runtime", "check the limits of the process (`ulimit -a`)"),
    // limbeck.toml.
    says_all(Project, "config.not-found"),
    with_help(Project, "config.io", "check that the file is there and may be read"),
    with_help(Project, "config.invalid", "correct the file; `limbeck init` in an empty directory writes a small one to start from"),
    says_all(Project, "config.unknown-key"),
    with_help(Project, "config.unknown-environment", "name another one with -e, or declare it in limbeck.toml"),
    says_all(Project, "config.no-environment"),
    says_all(Project, "config.ambiguous-environment"),
    says_all(Project, "config.missing-variable"),
    says_all(Project, "config.url"),
    // Where the database is.
    says_all(Project, "url.empty"),
    says_all(Project, "url.no-scheme"),
    says_all(Project, "url.unknown-scheme"),
    says_all(Project, "url.missing-slashes"),
    says_all(Project, "url.sqlite-host"),
    says_all(Project, "url.invalid-port"),
    says_all(Project, "url.invalid-host"),
    says_all(Project, "url.invalid-escape"),
    says_all(Project, "url.malformed-keyword-string"),
    says_all(Project, "url.unknown-parameter"),
    says_all(Project, "url.unsupported-parameter"),
    says_all(Project, "url.invalid-value"),
    says_all(Project, "url.port-count"),
    // Getting into it.
    says_all(Database, "engine.unreachable"),
    with_help(Database, "engine.refused", "try again when the server is ready; a full one needs `max_connections` raised"),
    with_help(
        Database,
        "engine.authentication",
        "check user and password, in the URL or in PGPASSWORD, and the server's pg_hba.conf",
    ),
    says_all(Database, "engine.no-such-database"),
    says_all(Database, "engine.tls"),
    says_all(Database, "engine.cannot-open"),
    says_all(Database, "engine.read-only"),
    says_all(Locked, "engine.locked"),
    with_help(Database, "engine.sql", "check that the user of the URL may do this, and that the server is PostgreSQL 14 or later"),
    with_help(Database, "engine.connection-lost", RUN_AGAIN),
    with_help(Database, "engine.driver", "look for characters that a database cannot hold, such as NUL"),
    // Reading its schema.
    with_help(Project, "inspect.expression-refused", "correct the expression in the model"),
    says_all(Database, "inspect.temporary-tables"),
    with_help(Database, "inspect.catalogue", "use a later version of Limbeck, or report it"),
    with_help(Database, "inspect.stored-statement", "report it with the statement that created the object"),
    // The model.
    with_help(Project, "model.start", "check that the program is installed and that `[model]` in limbeck.toml names it"),
    with_help(Project, "model.failed", "run the command yourself, and correct what it says"),
    with_help(Project, "model.read", "check the path in `[model]` of limbeck.toml"),
    with_help(
        Project,
        "schema.json-malformed",
        "let the program print the model alone, as `limbeck::print_schema(schema())` does",
    ),
    with_help(Project, "schema.json-version", "use the Limbeck version that the model's crate uses, or a later one"),
    with_help(
        Project,
        "schema.naming-token",
        "use tokens of the naming convention only, such as `%(table_name)s` and `%(column_0_name)s`",
    ),
    with_help(Project, "schema.duplicate", "rename one of the two"),
    with_help(Project, "schema.name-too-long", "give the object a shorter name of its own"),
    with_help(Project, "schema.empty-name", "give it a name"),
    with_help(Project, "schema.unknown-column", "correct the column's name, or declare the column"),
    with_help(Project, "schema.unknown-table", "add the model of the table to the schema"),
    with_help(Project, "schema.not-a-key", "refer to the primary key, or declare the columns unique"),
    with_help(Project, "schema.unknown-enum", "add the enum to the schema"),
    with_help(Project, "schema.contradiction", "keep one of the settings"),
    with_help(Project, "schema.invalid", REPORT),
    // What a dialect can hold and say.
    with_help(Project, "dialect.projection", REPORT),
    says_all(Project, "projection.schema"),
    says_all(Project, "projection.array"),
    says_all(Project, "projection.native-type"),
    says_all(Project, "projection.unknown-enum"),
    says_all(Project, "projection.identity"),
    says_all(Project, "projection.sequence"),
    says_all(Project, "projection.set-columns"),
    says_all(Project, "projection.nulls-not-distinct"),
    says_all(Project, "projection.strict-type"),
    says_all(Project, "projection.autoincrement"),
    says_all(Project, "projection.without-rowid"),
    says_all(Project, "render.type"),
    says_all(Project, "render.unsupported"),
    says_all(Project, "render.unnamed"),
    with_help(Project, "plan.unknown-table", REPORT),
    with_help(Project, "plan.missing", REPORT),
    with_help(Project, "split.unterminated", "close it"),
    // The graph.
    says_all(Project, "graph.illegal-id"),
    with_help(Project, "graph.reserved-name", "choose another name"),
    says_all(Project, "graph.duplicate-revision"),
    with_help(Project, "graph.duplicate-label", "choose another label"),
    with_help(
        Project,
        "graph.missing-parent",
        "correct `Revises:` in the script, or bring the missing script back: has a branch been merged in part?",
    ),
    with_help(Project, "graph.missing-dependency", "correct `Depends On:` in the script"),
    with_help(Project, "graph.self-loop", "correct `Revises:` in the script"),
    with_help(Project, "graph.dependency-self-loop", "correct `Depends On:` in the script"),
    with_help(Project, "graph.cycle", "correct `Revises:` in one of the scripts"),
    with_help(Project, "graph.dependency-cycle", "correct `Depends On:` or `Revises:` in one of the scripts"),
    with_help(Project, "graph.unknown-revision", "see `limbeck history` for the revisions there are"),
    says_all(Project, "graph.ambiguous-prefix"),
    with_help(Project, "graph.unknown-branch", "see `limbeck heads` for the branches there are"),
    with_help(Project, "graph.not-in-branch", "see `limbeck history -v` for the branches of each revision"),
    with_help(Project, "graph.malformed-identifier", "see `limbeck --help` for the ways to name a revision"),
    with_help(Project, "graph.multiple-heads", "to join them, run `limbeck merge heads -m \"…\"`"),
    says_all(Project, "graph.not-a-head"),
    with_help(Project, "graph.out-of-range", "see `limbeck history` for the revisions there are"),
    says_all(Project, "graph.ambiguous-walk"),
    says_all(Project, "graph.ambiguous-current"),
    says_all(Project, "graph.wrong-direction"),
    with_help(Project, "graph.no-current", "name a revision"),
    says_all(Project, "graph.unknown-current"),
    says_all(Project, "graph.overlap"),
    with_help(Project, "graph.not-a-downgrade", "see `limbeck history -i` for where the database is"),
    with_help(Project, "graph.not-a-range", "write the older end first"),
    with_help(Project, "graph.rows-do-not-fit", "correct the version table with `limbeck stamp --purge`"),
    // Scripts, for which `ScriptError::advice` says what to do.
    says_all(Project, "script.io"),
    says_all(Project, "script.missing-directory"),
    says_all(Project, "script.exists"),
    says_all(Project, "script.not-utf8"),
    says_all(Project, "script.missing-revision-id"),
    says_all(Project, "script.illegal-name"),
    says_all(Project, "script.reserved-name"),
    says_all(Project, "script.revision-id-too-long"),
    says_all(Project, "script.duplicate-revision"),
    says_all(Project, "script.field-before-revision-id"),
    says_all(Project, "script.unknown-field"),
    says_all(Project, "script.duplicate-field"),
    says_all(Project, "script.bad-date"),
    says_all(Project, "script.unknown-marker"),
    says_all(Project, "script.unknown-attribute"),
    says_all(Project, "script.duplicate-attribute"),
    says_all(Project, "script.bad-attribute"),
    says_all(Project, "script.duplicate-section"),
    says_all(Project, "script.missing-up"),
    says_all(Project, "script.sql-outside-section"),
    says_all(Project, "script.no-section"),
    says_all(Project, "script.irreversible"),
    with_help(Project, "script.invalid", REPORT),
    // Migrations.
    with_help(Project, "migrate.script-missing", "bring the script back, or correct the version table with `limbeck stamp --purge`"),
    with_help(Project, "migrate.todo", "decide what the script leaves open there, and take the line out"),
    with_help(
        Project,
        "migrate.transaction-control",
        "take the statement out, or give the section `transaction=false`",
    ),
    with_help(Migration, "migrate.statement", "correct the script, then run the command again"),
    with_help(Migration, "migrate.version-row", "see `limbeck current` for where the database is now, then run the command again"),
    with_help(
        Locked,
        "migrate.locked",
        "wait for the other process to end, or raise `lock_timeout` in limbeck.toml",
    ),
    with_help(Migration, "migrate.foreign-keys", "correct the data or the script, then run the command again"),
    with_help(
        Migration,
        "migrate.resume-changed",
        "undo the change of the script and run the command again, or finish by hand and then `limbeck stamp`",
    ),
    with_help(Different, "migrate.not-up-to-date", "run `limbeck upgrade heads` first"),
];
