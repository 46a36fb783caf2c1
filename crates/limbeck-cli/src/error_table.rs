//! For every error code: how the process ends, and what to do next.

use crate::exit_code::ExitCode;

/// What is known about an error code.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ErrorEntry {
    /// The code, as the library's `code()` gives it.
    pub(crate) code: &'static str,
    /// How the process ends.
    pub(crate) exit: ExitCode,
    /// What to do next; `None` where the message itself ends with it, after its last `; `.
    pub(crate) help: Option<&'static str>,
}

/// An error's message, and what to do next.
pub(crate) fn explain(code: &str, message: &str) -> (String, Option<String>) {
    match find(code) {
        Some(ErrorEntry { help: Some(help), .. }) => (message.to_owned(), Some((*help).to_owned())),
        Some(ErrorEntry { help: None, .. }) => match message.rsplit_once("; ") {
            Some((message, help)) => (message.to_owned(), Some(help.to_owned())),
            None => (message.to_owned(), None),
        },
        None => (message.to_owned(), None),
    }
}

/// The entry of a code.
pub(crate) fn find(code: &str) -> Option<&'static ErrorEntry> {
    ERRORS.iter().find(|entry| entry.code == code)
}

const fn in_message(exit: ExitCode, code: &'static str) -> ErrorEntry {
    ErrorEntry { code, exit, help: None }
}

const fn with_help(exit: ExitCode, code: &'static str, help: &'static str) -> ErrorEntry {
    ErrorEntry { code, exit, help: Some(help) }
}

use ExitCode::{Database, Different, Locked, Migration, Project, Usage};

const RUN_AGAIN: &str = "run the command again: it goes on where this one stopped";
const ROWS: &str = "correct the rows that are in the way, or the constraint, and run the command again";
const REPORT: &str = "this should not happen; please report it with the model and the schema of the database";

/// Every error code there is.
pub(crate) const ERRORS: &[ErrorEntry] = &[
    // The command line itself.
    with_help(Usage, "cli.one-environment", "name one; only `revision --autogenerate` takes several"),
    with_help(Usage, "cli.url-with-environments", "leave out --url, or name one environment"),
    with_help(Project, "cli.directory", "run the command in a directory that exists and may be read"),
    with_help(Project, "cli.write", "check that it may be written, and that there is room"),
    with_help(
        Project,
        "model.not-declared",
        "add `[model]` to limbeck.toml, with `bin = \"limbeck-schema\"` for a Cargo project or `json = \"schema.json\"` for a file",
    ),
    with_help(Project, "cli.dotenv", "write one NAME=value on a line; quote values that hold blanks or `#`"),
    with_help(Project, "cli.url-command", "run the command yourself, and correct what it says"),
    with_help(Project, "cli.editor", "name one in the environment variable EDITOR"),
    with_help(Project, "cli.nothing-to-edit", "name a revision, see `limbeck history`"),
    with_help(
        Migration,
        "cli.fleet-failed",
        "correct what is wrong and run the command again: what is done stays done",
    ),
    with_help(Different, "cli.fleet-not-at-heads", "run `limbeck upgrade heads --fleet …`"),
    with_help(Project, "config.unknown-fleet", "add `[fleets.NAME]` to limbeck.toml, or correct the name"),
    with_help(
        Project,
        "fleet.pattern",
        "correct `files` of the fleet in limbeck.toml, which is like `tenants/*.db`",
    ),
    with_help(
        Project,
        "fleet.dialect",
        "let the fleet's environment be a PostgreSQL database, or use `urls` or `files`",
    ),
    with_help(Project, "fleet.row", "correct `query` of the fleet in limbeck.toml"),
    with_help(Project, "fleet.url", "correct what `query` of the fleet gives"),
    with_help(Usage, "fleet.unknown-tenant", "see them all with `limbeck current --fleet NAME`"),
    with_help(Different, "cli.tests-failed", "correct the scripts that are named above"),
    with_help(
        Usage,
        "cli.range",
        "add --sql for the script from one to the other; a run starts where the database is",
    ),
    with_help(Usage, "cli.dialect-unknown", "name it with --dialect"),
    with_help(
        Different,
        "cli.unsettled",
        "`limbeck -e NAME plan` shows what is pending, `limbeck -e NAME check` what differs",
    ),
    with_help(Database, "cli.unanswered", "their lines say why"),
    with_help(Different, "cli.not-at-heads", "run `limbeck upgrade heads`"),
    with_help(
        Different,
        "cli.differences",
        "if the model is right, run `limbeck revision --autogenerate -m \"…\"`; if the database is, change the model",
    ),
    with_help(Project, "cli.runtime", "check the limits of the process (`ulimit -a`)"),
    with_help(
        Usage,
        "offline.range",
        "name where the database is and where it should go, as in `limbeck downgrade --sql 3f8a:base`",
    ),
    // limbeck.toml.
    in_message(Project, "config.not-found"),
    with_help(Project, "config.io", "check that the file is there and may be read"),
    with_help(
        Project,
        "config.invalid",
        "correct the file; `limbeck init` in an empty directory writes a small one to start from",
    ),
    in_message(Project, "config.unknown-key"),
    with_help(
        Project,
        "config.unknown-environment",
        "name another one with -e, or declare it in limbeck.toml",
    ),
    in_message(Project, "config.no-environment"),
    in_message(Project, "config.ambiguous-environment"),
    in_message(Project, "config.missing-variable"),
    in_message(Project, "config.url"),
    // Where the database is.
    in_message(Project, "url.empty"),
    in_message(Project, "url.no-scheme"),
    in_message(Project, "url.unknown-scheme"),
    in_message(Project, "url.missing-slashes"),
    in_message(Project, "url.sqlite-host"),
    in_message(Project, "url.invalid-port"),
    in_message(Project, "url.invalid-host"),
    in_message(Project, "url.invalid-escape"),
    in_message(Project, "url.malformed-keyword-string"),
    in_message(Project, "url.unknown-parameter"),
    in_message(Project, "url.unsupported-parameter"),
    in_message(Project, "url.invalid-value"),
    in_message(Project, "url.port-count"),
    in_message(Project, "url.misplaced-at"),
    // Getting into it.
    in_message(Database, "engine.unreachable"),
    with_help(
        Database,
        "engine.refused",
        "try again when the server is ready; a full one needs `max_connections` raised",
    ),
    with_help(
        Database,
        "engine.authentication",
        "check user and password, in the URL or in PGPASSWORD, and the server's pg_hba.conf",
    ),
    in_message(Database, "engine.no-such-database"),
    in_message(Database, "engine.tls"),
    in_message(Database, "engine.cannot-open"),
    in_message(Database, "engine.read-only"),
    in_message(Locked, "engine.locked"),
    with_help(
        Database,
        "engine.sql",
        "check that the user of the URL may do this, and that the server is PostgreSQL 14 or later",
    ),
    // A statement met the data, as a migration's own statements can: the message has the row.
    with_help(Database, "engine.unique-violation", ROWS),
    with_help(Database, "engine.foreign-key-violation", ROWS),
    with_help(Database, "engine.not-null-violation", ROWS),
    with_help(Database, "engine.check-violation", ROWS),
    with_help(Database, "engine.exclusion-violation", ROWS),
    with_help(Database, "engine.invalid-value", "correct the value, or make the column's type hold it"),
    with_help(Database, "engine.serialization-failure", RUN_AGAIN),
    with_help(Locked, "engine.deadlock", RUN_AGAIN),
    with_help(
        Database,
        "engine.cancelled",
        "raise `statement_timeout`, or run the command at a quieter time",
    ),
    with_help(Database, "engine.stale-plan", RUN_AGAIN),
    with_help(Database, "engine.transaction-aborted", RUN_AGAIN),
    // Values on their way to and from an application.
    with_help(Database, "engine.decode", REPORT),
    with_help(Database, "engine.parameter-type", REPORT),
    with_help(Database, "engine.value-out-of-range", REPORT),
    with_help(Database, "engine.row-width", REPORT),
    with_help(
        Database,
        "engine.pool-timeout",
        "give connections back sooner, or raise `max_connections` of the engine",
    ),
    with_help(Database, "engine.pool-closed", REPORT),
    with_help(Database, "engine.nul-character", "take the NUL character out of the text"),
    with_help(Database, "engine.connection-lost", RUN_AGAIN),
    with_help(Database, "engine.driver", "look for characters that a database cannot hold, such as NUL"),
    // Reading its schema.
    with_help(Project, "inspect.expression-refused", "correct the expression in the model"),
    in_message(Database, "inspect.temporary-tables"),
    with_help(Database, "inspect.catalogue", "use a later version of Limbeck, or report it"),
    with_help(Database, "inspect.stored-statement", "report it with the statement that created the object"),
    // The model.
    with_help(
        Project,
        "model.start",
        "check that the program is installed and that `[model]` in limbeck.toml names it",
    ),
    with_help(Project, "model.failed", "run the command yourself, and correct what it says"),
    with_help(Project, "model.read", "check the path, which may be the one in `[model]` of limbeck.toml"),
    with_help(
        Project,
        "schema.json-malformed",
        "let the program print the model alone, as `limbeck::print_schema(schema())` does",
    ),
    with_help(
        Project,
        "schema.json-version",
        "use the Limbeck version that the model's crate uses, or a later one",
    ),
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
    with_help(Project, "schema.unknown-type", "add the enum type, domain or composite type to the schema"),
    with_help(Project, "schema.type-contradiction", "correct the type"),
    with_help(
        Project,
        "schema.unknown-enum-value",
        "write one of the enum's values, or add the value to the enum",
    ),
    with_help(Project, "schema.contradiction", "keep one of the settings"),
    with_help(Project, "schema.invalid", REPORT),
    // What a dialect can hold and say.
    with_help(Project, "dialect.projection", REPORT),
    in_message(Project, "projection.schema"),
    in_message(Project, "projection.array"),
    in_message(Project, "projection.native-type"),
    in_message(Project, "projection.unknown-enum"),
    in_message(Project, "projection.unknown-type"),
    in_message(Project, "projection.composite"),
    in_message(Project, "projection.exclude"),
    in_message(Project, "projection.identity"),
    in_message(Project, "projection.sequence"),
    in_message(Project, "projection.set-columns"),
    in_message(Project, "projection.nulls-not-distinct"),
    in_message(Project, "projection.strict-type"),
    in_message(Project, "projection.autoincrement"),
    in_message(Project, "projection.without-rowid"),
    in_message(Project, "render.type"),
    in_message(Project, "render.unsupported"),
    in_message(Project, "render.unnamed"),
    with_help(Project, "plan.unknown-table", REPORT),
    with_help(Project, "plan.missing", REPORT),
    in_message(Project, "plan.name-taken"),
    with_help(Project, "split.unterminated", "close it"),
    // The graph.
    in_message(Project, "graph.illegal-id"),
    with_help(Project, "graph.reserved-name", "choose another name"),
    in_message(Project, "graph.duplicate-revision"),
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
    in_message(Project, "graph.ambiguous-prefix"),
    with_help(Project, "graph.unknown-branch", "see `limbeck heads` for the branches there are"),
    with_help(Project, "graph.not-in-branch", "see `limbeck history -v` for the branches of each revision"),
    with_help(Project, "graph.malformed-identifier", "see `limbeck --help` for the ways to name a revision"),
    with_help(Project, "graph.multiple-heads", "to join them, run `limbeck merge heads -m \"…\"`"),
    in_message(Project, "graph.not-a-head"),
    with_help(Project, "graph.out-of-range", "see `limbeck history` for the revisions there are"),
    in_message(Project, "graph.ambiguous-walk"),
    in_message(Project, "graph.ambiguous-current"),
    in_message(Project, "graph.wrong-direction"),
    with_help(Project, "graph.no-current", "name a revision"),
    in_message(Project, "graph.unknown-current"),
    in_message(Project, "graph.overlap"),
    in_message(Project, "graph.nothing-to-merge"),
    with_help(Project, "graph.not-a-downgrade", "see `limbeck history -i` for where the database is"),
    with_help(Project, "graph.not-a-range", "write the older end first"),
    in_message(Project, "graph.replaced-twice"),
    in_message(Project, "graph.nested-squash"),
    in_message(Project, "graph.replaced-current"),
    in_message(Project, "graph.squash-open"),
    with_help(Project, "graph.nothing-to-squash", "give a range such as `3f8a:9c1d`, both ends included"),
    in_message(Project, "graph.cannot-rebase"),
    with_help(Project, "graph.rows-do-not-fit", "correct the version table with `limbeck stamp --purge`"),
    // Scripts, for which `ScriptError::advice` says what to do.
    in_message(Project, "script.io"),
    in_message(Project, "script.missing-directory"),
    in_message(Project, "script.only-python"),
    in_message(Project, "script.exists"),
    in_message(Project, "script.not-a-location"),
    in_message(Project, "script.not-utf8"),
    in_message(Project, "script.missing-revision-id"),
    in_message(Project, "script.illegal-name"),
    in_message(Project, "script.reserved-name"),
    in_message(Project, "script.revision-id-too-long"),
    in_message(Project, "script.duplicate-revision"),
    in_message(Project, "script.field-before-revision-id"),
    in_message(Project, "script.unknown-field"),
    in_message(Project, "script.duplicate-field"),
    in_message(Project, "script.bad-date"),
    in_message(Project, "script.unknown-marker"),
    in_message(Project, "script.unknown-attribute"),
    in_message(Project, "script.stray-commit"),
    with_help(
        Migration,
        "migrate.protected",
        "read what is lost; to do it all the same run the command again with `--allow data-loss`",
    ),
    with_help(Project, "migrate.ambiguous-rename", "take the declaration away from all but one of them"),
    with_help(Project, "migrate.stopped", "run the command again to be asked again"),
    with_help(Project, "model.no-sql-files", "correct the path; directories are searched for `*.sql`"),
    with_help(Project, "model.sql", "correct the file, or name the one that makes what it needs as well"),
    with_help(
        Database,
        "scratch.refused",
        "let the role create databases (`ALTER ROLE … CREATEDB`), or set `scratch_url` of the environment to an empty database that it may use",
    ),
    with_help(
        Database,
        "scratch.not-empty",
        "name a database that holds nothing; after a run that was killed, drop and create it",
    ),
    with_help(Project, "scratch.dialect", "set `scratch_url` to an empty PostgreSQL database"),
    with_help(Database, "scratch.left", "remove it yourself; nothing else depends on it"),
    with_help(
        Project,
        "scratch.no-server",
        "name an environment with `-e`, or a database with --url, on whose server a scratch database can be made",
    ),
    with_help(Usage, "diff.dialects", "compare databases of one kind"),
    with_help(Different, "cli.schemas-differ", "`limbeck diff --sql` prints what makes them agree"),
    with_help(
        Usage,
        "cli.unknown-side",
        "give a URL, a path, `env:NAME`, `model` or `scripts`; see `limbeck diff --help`",
    ),
    in_message(Project, "script.unknown-hazard"),
    in_message(Project, "script.duplicate-attribute"),
    in_message(Project, "script.bad-attribute"),
    in_message(Project, "script.duplicate-section"),
    in_message(Project, "script.missing-up"),
    in_message(Project, "script.sql-outside-section"),
    in_message(Project, "script.no-section"),
    in_message(Project, "script.irreversible"),
    with_help(Project, "script.invalid", REPORT),
    // Migrations.
    with_help(
        Project,
        "migrate.script-missing",
        "bring the script back, or correct the version table with `limbeck stamp --purge`",
    ),
    in_message(Project, "migrate.undefined-variable"),
    with_help(
        Project,
        "migrate.variable-breaks-out",
        "write `${'name'}` for a text and `${\"name\"}` for a name: their values cannot leave the quotes",
    ),
    with_help(Project, "migrate.todo", "decide what the script leaves open there, and take the line out"),
    in_message(Project, "migrate.squash-foreign-keys"),
    with_help(
        Project,
        "migrate.transaction-control",
        "take the statement out, or give the section `transaction=false`",
    ),
    with_help(
        Different,
        "audit.scripts-changed",
        "restore the scripts from version control; if the change makes no difference to what ran, `limbeck upgrade --accept-changed` takes note of it",
    ),
    with_help(Migration, "migrate.statement", "correct the script, then run the command again"),
    with_help(
        Migration,
        "migrate.version-row",
        "see `limbeck current` for where the database is now, then run the command again",
    ),
    with_help(
        Locked,
        "migrate.locked",
        "wait for the other process to end, or raise `migration_lock_timeout` in limbeck.toml",
    ),
    with_help(
        Migration,
        "migrate.foreign-keys",
        "correct the data or the script, then run the command again",
    ),
    with_help(
        Migration,
        "migrate.resume-changed",
        "undo the change of the script and run the command again, or finish by hand and then `limbeck stamp`",
    ),
    with_help(Different, "migrate.not-up-to-date", "run `limbeck upgrade heads` first"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn help_is_a_fragment_like_a_message() {
        for ErrorEntry { code, help, .. } in ERRORS {
            let Some(help) = help else { continue };
            assert!(!help.is_empty(), "{code}");
            assert!(!help.ends_with('.'), "{code}: {help}");
            let first = help.chars().next().unwrap();
            assert!(!first.is_uppercase(), "{code}: {help}");
        }
    }

    #[test]
    fn a_code_is_there_once() {
        let codes: BTreeSet<&str> = ERRORS.iter().map(|entry| entry.code).collect();
        assert_eq!(codes.len(), ERRORS.len());
    }

    /// The table and the `code()` functions of all crates know the same codes.
    #[test]
    fn no_code_is_forgotten() {
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut declared = BTreeSet::new();
        for room in ["schema", "dialect", "engine", "inspect", "migrate", "cli"] {
            declare(&crates.join(format!("limbeck-{room}/src")), &mut declared);
        }
        // An application's queries: the command line runs none.
        declared.retain(|code| !code.starts_with("query."));
        let known: BTreeSet<String> = ERRORS.iter().map(|entry| entry.code.to_owned()).collect();
        let forgotten: Vec<&String> = declared.difference(&known).collect();
        assert!(forgotten.is_empty(), "add to ERRORS: {forgotten:?}");
        let stale: Vec<&String> = known.difference(&declared).collect();
        assert!(stale.is_empty(), "remove from ERRORS: {stale:?}");
    }

    /// Collects the string literals of the form `room.kind` inside of `fn code` bodies below a directory.
    fn declare(directory: &Path, codes: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                declare(&path, codes);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let source = std::fs::read_to_string(&path).unwrap();
                for function in source.split("fn code(&self) -> &'static str").skip(1) {
                    let body = function.split("\n    }\n").next().unwrap();
                    let literals = body.split('"').skip(1).step_by(2);
                    codes.extend(literals.filter(|text| is_code(text)).map(str::to_owned));
                }
            }
        }
    }

    fn is_code(text: &str) -> bool {
        let part = |part: &str| {
            !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        };
        text.split_once('.').is_some_and(|(room, kind)| part(room) && part(kind))
    }

    #[test]
    fn advice_at_the_end_of_a_message_becomes_help() {
        let (message, help) = explain("graph.not-a-head", "revision `a` is not a head; pass `--splice`");
        assert_eq!(
            (message.as_str(), help.as_deref()),
            ("revision `a` is not a head", Some("pass `--splice`"))
        );
        let (message, help) = explain("migrate.locked", "locked; by another");
        assert_eq!(message, "locked; by another");
        assert!(help.unwrap().starts_with("wait"));
    }
}
