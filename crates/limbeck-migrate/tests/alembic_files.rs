//! Projects of Alembic: what of `alembic.ini` and `pyproject.toml` is understood.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use limbeck_migrate::config::{Config, UrlSetting};
use limbeck_migrate::{Database, HookCommand, ScriptDirectory};

fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    directory
}

fn read(directory: &Path) -> Config {
    Config::load(&Config::find(directory).unwrap()).unwrap()
}

fn url(config: &Config) -> Result<String, String> {
    let environment = config.environment(None).unwrap();
    match config.url(environment, &|_| None).map_err(|error| error.code().to_owned())? {
        UrlSetting::Url(url) => Ok(url.render_as_string(false)),
        UrlSetting::Command(command) => panic!("{command:?}"),
    }
}

const INI: &str = "\
# A generic, single database configuration.

[DEFAULT]
root = %(here)s/db

[alembic]
# path to migration scripts
script_location = %(root)s/alembic
version_locations = %(root)s/alembic/versions:%(here)s/more
path_separator = os
prepend_sys_path = .
file_template = %%(year)d_%%(rev)s_%%(slug)s
truncate_slug_length = 20
timezone = UTC
recursive_version_locations = true
version_table = versions
sqlalchemy.url = postgresql+psycopg2://ada:p%%40ss@localhost/shop

[other]
script_location = other
sqlalchemy.url = driver://user:pass@localhost/dbname

[loggers]
keys = root,sqlalchemy,alembic

[formatter_generic]
format = %(levelname)-5.5s [%(name)s] %(message)s
";

#[test]
#[cfg(unix)]
fn an_ini_file_says_where_scripts_and_database_are() {
    let directory = project(&[("alembic.ini", INI), ("inner/deep/x", "")]);
    let path = directory.path();
    let config = read(&path.join("inner/deep"));
    assert_eq!(config.version_locations, [path.join("db/alembic/versions"), path.join("more")]);
    assert_eq!((config.recursive, config.version_table.as_str(), config.audit), (true, "versions", false));
    assert_eq!(config.revision.style.slug_length, 20);
    assert_eq!(config.revision.style.file_template.to_string(), "{year}_{rev}_{slug}");
    assert_eq!(url(&config).unwrap(), "postgresql+psycopg2://ada:p%40ss@localhost/shop");
    let environment = config.environment(None).unwrap();
    let database = Database::of_environment(&config, environment, "sqlite:x".parse().unwrap());
    assert!(!database.audit, "Alembic's autogenerate would drop the table");

    let other = Config::load_section(&path.join("alembic.ini"), "other").unwrap();
    assert_eq!(other.version_locations, [path.join("other/versions")]);
    // The template's placeholder is no URL.
    assert_eq!(url(&other).unwrap_err(), "config.missing-variable");
    let missing = Config::load_section(&path.join("alembic.ini"), "loggers").unwrap_err();
    assert!(
        missing.to_string().contains("no `script_location` key found in section `[loggers]`"),
        "{missing}"
    );
}

#[test]
fn lists_are_divided_as_alembic_divides_them() {
    let locations = |separator: &str, value: &str| {
        let ini = format!("[alembic]\nscript_location = s\n{separator}\nversion_locations = {value}\n");
        let directory = project(&[("alembic.ini", &ini)]);
        let config = read(directory.path());
        let relative = |path: &PathBuf| path.strip_prefix(directory.path()).unwrap().display().to_string();
        config.version_locations.iter().map(relative).collect::<Vec<_>>()
    };
    assert_eq!(locations("", "a, b c"), ["a", "b", "c"]);
    assert_eq!(locations("path_separator = newline", "\n    a b\n    c"), ["a b", "c"]);
    assert_eq!(locations("version_path_separator = ;", "a;b c"), ["a", "b c"]);
}

#[test]
fn pyproject_is_read_alone_and_behind_the_ini_file() {
    let toml = "[project]\nname = \"app\"\n\n[tool.alembic]\nscript_location = \"%(here)s/db\"\nversion_locations = [\"%(here)s/a\", \"b\"]\nfile_template = \"%%(rev)s\"\n";
    let alone = project(&[("pyproject.toml", toml)]);
    let config = read(alone.path());
    assert_eq!(config.version_locations, [alone.path().join("a"), alone.path().join("b")]);
    let both =
        project(&[("pyproject.toml", toml), ("alembic.ini", "[alembic]\nsqlalchemy.url = sqlite:///x.db\n")]);
    let config = read(both.path());
    assert_eq!(config.version_locations, [both.path().join("a"), both.path().join("b")]);
    assert!(url(&config).unwrap().ends_with("/x.db"));
    // One that says nothing of Alembic is none.
    let python = project(&[("pyproject.toml", "[project]\nname = \"app\"\n")]);
    assert_eq!(Config::find(python.path()).unwrap_err().code(), "config.not-found");
    let own = project(&[("pyproject.toml", toml), ("limbeck.toml", "migrations = \"own\"\n")]);
    assert_eq!(read(own.path()).version_locations, [own.path().join("own")]);
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    for (ini, said) in [
        ("[alembic]\nscript_location = 50%\n", ":2:1: `%` must be followed by"),
        ("[alembic]\nscript_location = %(nothing)s\n", ":2:1: `%(nothing)s` refers to nothing"),
        ("[alembic]\nscript_location = %(a)s\na = %(script_location)s\n", "in a circle"),
        ("script_location = a\n", ":1:1: neither a section"),
        ("[alembic]\nscript_location = a\ntimezone = Nowhere/Land\n", "can't locate timezone: Nowhere/Land"),
    ] {
        let directory = project(&[("alembic.ini", ini)]);
        let error = Config::load(&directory.path().join("alembic.ini")).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn python_scripts_are_not_passed_over_in_silence() {
    let directory =
        project(&[("versions/3f8a_first.py", "revision = '3f8a'\n"), ("versions/__init__.py", "")]);
    let location = directory.path().join("versions");
    let errors = ScriptDirectory::load(&[&location], false).unwrap_err();
    assert_eq!(errors.0[0].code(), "script.only-python");
    assert!(errors.0[0].to_string().ends_with("it holds 1 Python script of Alembic and no SQL script"));
    fs::write(
        location.join("9b.sql"),
        "-- x\n--\n-- Revision ID: 9b\n-- Revises:\n\n-- migrate:up\nSELECT 1;\n",
    )
    .unwrap();
    assert_eq!(ScriptDirectory::load(&[&location], false).unwrap().scripts().len(), 1);
}

#[test]
fn post_write_hooks_are_programs() {
    let ini = "\
[alembic]
script_location = alembic

[post_write_hooks]
hooks = Mark, black, ruff,spell
Mark.type = exec
Mark.executable = sh
Mark.options = -c 'echo \"-- marked\" >> \"$1\"' - REVISION_SCRIPT_FILENAME
Mark.cwd = %(here)s
black.type = console_scripts
black.entrypoint = black
black.options = -l 79 REVISION_SCRIPT_FILENAME
ruff.type = module
ruff.module = ruff
ruff.options = check --fix
spell.type = spellcheck
";
    let directory = project(&[("alembic.ini", ini), ("new.sql", "")]);
    let hooks = read(directory.path()).revision.hooks;
    let programs: Vec<String> = hooks
        .iter()
        .map(|hook| match &hook.command {
            HookCommand::Program(words) => format!("{}: {}", hook.name, words.join(" ")),
            HookCommand::Refused(reason) => format!("{}! {reason}", hook.name),
        })
        .collect();
    assert_eq!(
        programs,
        [
            "Mark: sh -c echo \"-- marked\" >> \"$1\" - {file}",
            "black: black -l 79 {file}",
            // Without the token the path comes first, as in Alembic.
            "ruff: python3 -m ruff {file} check --fix",
            "spell! its type `spellcheck` is a Python function of `env.py`, which is not run; name a program with `type = exec`",
        ]
    );
    let file = directory.path().join("new.sql");
    hooks[0].run(directory.path(), &file).unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), "-- marked\n");
    assert!(
        hooks[3].run(directory.path(), &file).unwrap_err().to_string().starts_with("the hook `spell` failed")
    );

    let toml = "\
[tool.alembic]
script_location = \"%(here)s/alembic\"

[[tool.alembic.post_write_hooks]]
name = \"pre-commit\"
type = \"exec\"
executable = \"%(here)s/bin/pre-commit\"
options = \"run --files REVISION_SCRIPT_FILENAME\"
";
    let directory = project(&[("pyproject.toml", toml)]);
    let hooks = read(directory.path()).revision.hooks;
    let program = format!("{}/bin/pre-commit", directory.path().display());
    assert_eq!(
        hooks[0].command,
        HookCommand::Program([program.as_str(), "run", "--files", "{file}"].map(str::to_owned).to_vec())
    );

    let directory = project(&[(
        "alembic.ini",
        "[alembic]\nscript_location = a\n[post_write_hooks]\nhooks = x\nx.type = exec\n",
    )]);
    let error = Config::load(&directory.path().join("alembic.ini")).unwrap_err().to_string();
    assert!(error.contains("the post-write hook `x` has no `executable`"), "{error}");
}
