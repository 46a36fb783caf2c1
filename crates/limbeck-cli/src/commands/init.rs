//! `limbeck init`

use std::path::{Path, PathBuf};

use limbeck_engine::DatabaseUrl;
use limbeck_migrate::config::CONFIG_FILE_NAME;
use limbeck_migrate::{Database, inspect_database, sql_files};
use serde_json::json;
use toml::Value;

use crate::arguments::{InitArguments, Template};
use crate::cargo_project::{self, CargoProject};
use crate::failure::Failure;
use crate::files::Files;
use crate::outcome::Outcome;
use crate::session::Session;

/// Where the SQL files of an existing database are written.
const SCHEMA_DIRECTORY: &str = "schema";

/// The binary that prints a Cargo project's model.
const SCHEMA_BINARY: &str = "src/bin/limbeck-schema.rs";

pub(crate) async fn run(session: &mut Session<'_>, arguments: &InitArguments) -> Result<Outcome, Failure> {
    let config = session.options.config.first().cloned().unwrap_or_else(|| PathBuf::from(CONFIG_FILE_NAME));
    let directory = config.parent().map(Path::to_owned).unwrap_or_default();
    let cargo = cargo_project::read(&directory);
    let template = match (&arguments.from, arguments.model) {
        (Some(_), _) => Template::Sql,
        (None, Some(template)) => template,
        (None, None) if cargo.is_some() => Template::Cargo,
        (None, None) => Template::Generic,
    };
    let url = match arguments.from.as_ref().or(session.options.url.as_ref()) {
        Some(url) => url_setting(session, &DatabaseUrl::parse(url)?),
        None => DATABASE_URL_OR_FILE.to_owned(),
    };

    let mut files = Files::default();
    files.directory(&directory.join(&arguments.directory))?;
    files.file(&config, &config_text(&arguments.directory, template, &url))?;
    if arguments.package {
        files.file(&directory.join(&arguments.directory).join("__init__.py"), "")?;
    }
    if let Some(url) = &arguments.from {
        let database = Database::new(DatabaseUrl::parse(url)?);
        for file in sql_files(&inspect_database(&database, &[]).await?)? {
            files.file(&directory.join(SCHEMA_DIRECTORY).join(&file.path), &file.text)?;
        }
    }
    let mut missing = Vec::new();
    if template == Template::Cargo {
        let CargoProject { library, missing: in_project } = cargo.unwrap_or_else(no_package);
        files.file(&directory.join(SCHEMA_BINARY), &schema_binary(&library))?;
        missing = in_project;
    }
    let next = match (template, missing.is_empty()) {
        (Template::Cargo | Template::Command | Template::Json, true) => {
            "run `limbeck revision --autogenerate -m \"first tables\"`"
        }
        (Template::Cargo | Template::Command | Template::Json, false) => {
            "add what is missing, then run `limbeck revision --autogenerate -m \"first tables\"`"
        }
        (Template::Sql, _) => "run `limbeck check`: files and database agree",
        (Template::Generic | Template::Multidb, _) => {
            "run `limbeck revision -m \"first tables\"` and write the SQL into the script"
        }
    };

    if session.options.json {
        return Ok(Outcome::json(&json!({
            "created": files.created,
            "skipped": files.skipped,
            "missing": missing,
        })));
    }
    let mut text = files.text;
    for item in &missing {
        text.push_str(&format!("Missing: {item}\n"));
    }
    Ok(Outcome { text, next: Some(next), failure: None })
}

const DATABASE_URL: &str = "{ env = \"DATABASE_URL\" }";

/// The first steps need no server and no variable.
const DATABASE_URL_OR_FILE: &str = "{ env = \"DATABASE_URL\", default = \"sqlite:app.db\" }";

/// The URL as `limbeck.toml` holds it. The file will be under version control, where no password belongs.
fn url_setting(session: &Session<'_>, url: &DatabaseUrl) -> String {
    let (masked, whole) = (url.render_as_string(true), url.render_as_string(false));
    if masked == whole {
        return Value::String(whole).to_string();
    }
    session.reporter.warning(
        "the URL holds a password, so it was not written into limbeck.toml; set the variable DATABASE_URL to it",
    );
    DATABASE_URL.to_owned()
}

/// What is known where there is no package: all of it is missing.
fn no_package() -> CargoProject {
    let missing = vec!["a Cargo package in this directory: run `cargo init --lib`".to_owned()];
    CargoProject { library: "your_crate".to_owned(), missing }
}

fn config_text(migrations: &Path, template: Template, url: &str) -> String {
    let migrations = Value::String(migrations.display().to_string());
    let model = match template {
        Template::Cargo => "[model]\nbin = \"limbeck-schema\"\n",
        Template::Command => "[model]\ncommand = [\"./print-schema\"]\n",
        Template::Json => "[model]\njson = \"schema.json\"\n",
        Template::Sql => "[model]\nsql = \"schema\"\n",
        Template::Generic | Template::Multidb => "# [model]\n# json = \"schema.json\"\n",
    };
    let environments = match template {
        // The names that Alembic's template has.
        Template::Multidb => format!(
            "[environments.engine1]\nurl = {url}\n\n[environments.engine2]\nurl = {{ env = \"DATABASE_URL_2\" }}\n"
        ),
        _ => format!("[environments.development]\nurl = {url}\n"),
    };
    format!(
        "\
# Paths are relative to this file.

# Where the scripts are.
migrations = {migrations}

# What prints the declared model, or holds it: `bin`, a binary of this Cargo project; `command`, any other program;
# `json`, a file; or `sql`, SQL files.
{model}
# The databases. `limbeck -e NAME …` chooses one; an only one needs no choosing.
{environments}"
    )
}

fn schema_binary(library: &str) -> String {
    format!(
        "//! Prints the data model for the `limbeck` command.\n\nfn main() {{\n    limbeck::print_schema({library}::schema());\n}}\n"
    )
}
