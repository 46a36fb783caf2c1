//! `limbeck.toml`: what it may say, and what is said when it is wrong.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use limbeck_engine::DatabaseUrl;
use limbeck_migrate::config::{
    BinarySource, Config, ConfigError, ModelSource, OnFailure, TenantSource, UrlSetting,
};
use limbeck_migrate::{Database, SessionSettings, TransactionMode};

fn read(text: &str) -> Result<Config, ConfigError> {
    Config::parse(Path::new("/project/limbeck.toml"), text)
}

fn message(text: &str) -> String {
    let error = read(text).unwrap_err();
    format!("{}: {error}", error.code())
}

const FULL: &str = r#"
migrations = ["migrations", "/shared/migrations"]
version_table = "versions"
version_table_schema = "meta"
default_environment = "development"

[model]
bin = "limbeck-schema"
package = "app"
manifest = "app/Cargo.toml"
features = ["schema"]

[environments.development]
url = { env = "DATABASE_URL", default = "sqlite:app.db" }
schemas = ["shop"]
migration_lock_timeout = "30s"
lock_timeout = "5s"
statement_timeout = "10min"
retries = 5
retry_delay = "250ms"
application_name = "shop migrations"
version_table = "other_versions"
version_table_schema = "other"
audit = false
variables = { tenant = "a", limit = 5, fast = true }
transaction = "run"

[environments.production]
url = { command = ["vault", "read", "url"] }
migration_lock_timeout = "2min"

[revision]
environments = ["development", "production"]
"#;

#[test]
fn every_setting_is_read() {
    let config = read(FULL).unwrap();
    assert_eq!(
        config.version_locations,
        [PathBuf::from("/project/migrations"), PathBuf::from("/shared/migrations")]
    );
    assert_eq!(
        (config.version_table.as_str(), config.version_table_schema.as_deref()),
        ("versions", Some("meta"))
    );
    assert_eq!(
        config.model,
        Some(ModelSource::Bin(BinarySource {
            bin: "limbeck-schema".to_owned(),
            package: Some("app".to_owned()),
            manifest: Some(PathBuf::from("/project/app/Cargo.toml")),
            features: vec!["schema".to_owned()],
        }))
    );
    let development = config.environment(None).unwrap();
    assert_eq!(development.name, "development");
    assert_eq!(development.schemas, ["shop"]);
    assert_eq!(development.migration_lock_timeout, Some(Duration::from_secs(30)));
    assert_eq!(
        development.session,
        SessionSettings {
            lock_timeout: Some(Duration::from_secs(5)),
            statement_timeout: Some(Duration::from_secs(600)),
            application_name: Some("shop migrations".to_owned()),
        }
    );
    assert_eq!((development.retries, development.retry_delay), (Some(5), Some(Duration::from_millis(250))));
    let variables: Vec<_> = development.variables.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    assert_eq!(variables, [("fast", "true"), ("limit", "5"), ("tenant", "a")]);
    let url: DatabaseUrl = "sqlite:app.db".parse().unwrap();
    let database = Database::of_environment(&config, development, url.clone());
    assert_eq!(
        (database.version_table.to_string().as_str(), database.audit),
        ("other.other_versions", false)
    );
    let database = Database::of_config(&config, url);
    assert_eq!((database.version_table.to_string().as_str(), database.audit), ("meta.versions", true));
    assert_eq!(development.transaction, Some(TransactionMode::Run));
    let production = config.environment(Some("production")).unwrap();
    assert_eq!(
        (production.migration_lock_timeout, production.transaction),
        (Some(Duration::from_secs(120)), None)
    );
    assert_eq!(config.revision.environments, ["development", "production"]);
}

#[test]
fn everything_has_a_default() {
    let config = read("").unwrap();
    assert_eq!(config.version_locations, [PathBuf::from("/project/migrations")]);
    assert_eq!(config.version_table, "alembic_version");
    assert_eq!((config.model.clone(), config.version_table_schema.clone()), (None, None));
    assert_eq!(config.environment(None).unwrap_err().code(), "config.no-environment");
}

#[test]
fn a_url_comes_from_the_variable_or_its_default() {
    let config = read(FULL).unwrap();
    let url = |value: Option<&str>| {
        let development = config.environment(None).unwrap();
        let setting = config.url(development, &|name| {
            assert_eq!(name, "DATABASE_URL");
            value.map(str::to_owned)
        });
        match setting.unwrap() {
            UrlSetting::Url(url) => url.to_string(),
            UrlSetting::Command(command) => panic!("{command:?}"),
        }
    };
    assert_eq!(url(Some("postgresql://ada:s3cret@db/shop")), "postgresql://ada:***@db/shop");
    assert_eq!(url(None), "sqlite:////project/app.db");
    assert_eq!(url(Some("")), "sqlite:////project/app.db");
    assert_eq!(url(Some("sqlite:////elsewhere/app.db")), "sqlite:////elsewhere/app.db");
}

#[test]
fn a_command_is_left_to_the_caller_to_run() {
    let config = read(FULL).unwrap();
    let production = config.environment(Some("production")).unwrap();
    let UrlSetting::Command(command) = config.url(production, &|_| None).unwrap() else {
        panic!("not a command")
    };
    assert_eq!((command.program.as_str(), command.directory.as_path()), ("vault", Path::new("/project")));
    assert_eq!(command.arguments, ["read", "url"]);
    let url = config.parse_url(production, "sqlite::memory:\n").unwrap();
    assert_eq!(url, DatabaseUrl::parse("sqlite://").unwrap());
}

#[test]
fn a_missing_variable_is_named_with_its_environment() {
    let config = read("[environments.ci]\nurl = { env = \"CI_DATABASE\" }\n").unwrap();
    let error = config.url(config.environment(None).unwrap(), &|_| None).unwrap_err();
    assert_eq!(error.code(), "config.missing-variable");
    assert_eq!(
        error.to_string(),
        "the variable `CI_DATABASE`, which holds the URL of environment `ci`, is not set; set it, or put it into `.env`"
    );
}

#[test]
fn a_password_is_not_shown() {
    let config = read("[environments.a]\nurl = \"postgresql://ada:s3cret@db:x/shop\"\n").unwrap();
    assert!(!format!("{config:?}").contains("s3cret"));
    let error = config.url(config.environment(None).unwrap(), &|_| None).unwrap_err();
    assert_eq!(error.code(), "config.url");
    assert!(!format!("{error} {error:?}").contains("s3cret"), "{error}");
}

#[test]
fn a_mistake_is_told_with_its_place() {
    assert_eq!(
        message("version_tabel = \"v\"\n"),
        "config.unknown-key: /project/limbeck.toml:1:1: unknown key `version_tabel`; did you mean `version_table`?"
    );
    assert_eq!(
        message("[environments.a]\nurl = { evn = \"X\" }\n"),
        "config.unknown-key: /project/limbeck.toml:2:9: unknown key `evn`; did you mean `env`?"
    );
    assert_eq!(
        message("[environments.a]\nurl = \"sqlite:a\"\nlock_timeout = \"soon\"\n")
            .split(" (")
            .next()
            .unwrap(),
        "config.invalid: /project/limbeck.toml:3:16: `soon` is not a duration such as `30s`, `500ms` or `2min`"
    );
    assert!(
        message("[environments.a]\nurl = \"sqlite:a\"\nlock_timeout = \"-3s\"\n").ends_with("it is negative")
    );
    assert_eq!(
        message("default_environment = \"prod\"\n[environments.production]\nurl = \"sqlite:a\"\n"),
        "config.invalid: /project/limbeck.toml:1:23: there is no environment `prod`; did you mean `production`?"
    );
    assert_eq!(
        message("[model]\nbin = \"a\"\njson = \"b\"\n"),
        "config.invalid: /project/limbeck.toml:1:1: `[model]` needs exactly one of `bin`, `command`, `json` and `sql`"
    );
    assert_eq!(
        message("[model]\njson = \"b\"\nfeatures = [\"x\"]\n"),
        "config.invalid: /project/limbeck.toml:1:1: `package`, `manifest` and `features` go with `bin`, which is missing"
    );
    assert!(message("migrations = 3\n").contains("expected a path or a list of paths"));
    assert!(message("migrations = \n").starts_with("config.invalid: /project/limbeck.toml:1:"));
    assert!(
        message("[environments.a]\nurl = { env = \"X\", command = [\"y\"] }\n").contains("exactly one of")
    );
    assert!(
        message("[environments.a]\nurl = \"x\"\ntransaction = \"all\"\n")
            .contains(":3:15: unknown variant `all`")
    );
}

#[test]
fn an_environment_is_chosen_by_name_default_or_being_alone() {
    let two = "[environments.a]\nurl = \"sqlite:a\"\n[environments.beta]\nurl = \"sqlite:b\"\n";
    let config = read(two).unwrap();
    assert_eq!(
        config.environment(None).unwrap_err().to_string(),
        "several environments are declared (a, beta); choose one with `-e`, or set `default_environment`"
    );
    assert_eq!(
        config.environment(Some("bete")).unwrap_err().to_string(),
        "there is no environment `bete`; did you mean `beta`?"
    );
    assert_eq!(config.environment(Some("beta")).unwrap().name, "beta");
    let one = read("[environments.only]\nurl = \"sqlite:a\"\n").unwrap();
    assert_eq!(one.environment(None).unwrap().name, "only");
}

#[test]
fn the_file_is_found_upwards() {
    let directory = tempfile::tempdir().unwrap();
    let inner = directory.path().join("a/b");
    fs::create_dir_all(&inner).unwrap();
    let file = directory.path().join("limbeck.toml");
    fs::write(&file, "migrations = \"db\"\n").unwrap();
    assert_eq!(Config::find(&inner).unwrap(), file);
    let config = Config::load(&file).unwrap();
    assert_eq!(config.version_locations, [directory.path().join("db")]);
    assert_eq!(Config::load(&inner).unwrap_err().code(), "config.io");
}

#[test]
fn new_scripts_are_named_dated_and_formatted_as_the_project_says() {
    let text = "[environments.a]\nurl = \"sqlite:a.db\"\n\n[revision]\nfile_template = \"{year}/{rev}_{slug}\"\nslug_length = 20\ntimezone = \"europe/berlin\"\n\n[[revision.hooks]]\ncommand = [\"sqlfluff\", \"fix\", \"{file}\"]\n\n[[revision.hooks]]\nname = \"mine\"\ncommand = [\"./format\"]\n";
    let revision =
        limbeck_migrate::Config::parse(std::path::Path::new("limbeck.toml"), text).unwrap().revision;
    assert_eq!(revision.style.file_template.to_string(), "{year}/{rev}_{slug}");
    assert_eq!(revision.style.slug_length, 20);
    assert_eq!(revision.style.time_zone.iana_name(), Some("Europe/Berlin"));
    let names: Vec<&str> = revision.hooks.iter().map(|hook| hook.name.as_str()).collect();
    assert_eq!(names, ["sqlfluff", "mine"]);
}

#[test]
fn what_is_wrong_with_the_naming_of_scripts_is_told_where_it_is() {
    let failure = |line: &str| {
        let text = format!("[environments.a]\nurl = \"sqlite:a.db\"\n[revision]\n{line}\n");
        limbeck_migrate::Config::parse(std::path::Path::new("limbeck.toml"), &text).unwrap_err().to_string()
    };
    assert_eq!(
        failure("file_template = \"{slugs}\""),
        "limbeck.toml:4:17: `file_template`: there is no token `slugs`; did you mean `slug`?"
    );
    assert_eq!(
        failure("timezone = \"Europa/Berlin\""),
        "limbeck.toml:4:12: `Europa/Berlin` is no time zone such as `Europe/Berlin`, `utc` or `local` that this system knows"
    );
    assert_eq!(failure("hooks = [{ command = [] }]"), "limbeck.toml:4:10: `command` needs a program");
}

#[test]
fn a_protected_environment_makes_all_scripts_safe_unless_something_else_is_said() {
    let config = |development: &str, revision: &str| {
        let text = format!(
            "[environments.development]\nurl = \"sqlite:a.db\"\n{development}\n[environments.production]\nurl = \"sqlite:b.db\"\nprotected = true\n[revision]\n{revision}\n"
        );
        read(&text).unwrap()
    };
    let safe = |config: &Config| {
        let environment = config.environment(Some("development")).unwrap();
        let url = DatabaseUrl::parse("sqlite:a.db").unwrap();
        Database::of_environment(config, environment, url).safe
    };
    assert!(safe(&config("", "")));
    assert!(!safe(&config("", "safe = false")));
    assert!(!safe(&config("safe = false", "safe = true")));
    assert!(!read("[environments.a]\nurl = \"sqlite:a.db\"\n").unwrap().safe(None));
}

#[test]
fn sql_files_filters_and_a_scratch_database_are_read() {
    let config = read(
        "[model]\nsql = [\"schema/**/*.sql\", \"/more.sql\"]\n[filters]\nexclude = [\"table:audit_*\"]\n[environments.a]\nurl = \"postgresql://db/app\"\nscratch_url = { env = \"SCRATCH\" }\n",
    )
    .unwrap();
    let files = ["/project/schema/**/*.sql", "/more.sql"].map(PathBuf::from).to_vec();
    assert_eq!(config.model, Some(ModelSource::Sql(files)));
    assert_eq!(config.filters.exclude[0].to_string(), "table:audit_*");
    let environment = config.environment(None).unwrap();
    let url = |value: Option<&str>| config.scratch_url(environment, &|_| value.map(str::to_owned)).unwrap();
    assert_eq!(
        url(Some("postgresql://db/scratch")).unwrap(),
        UrlSetting::Url(DatabaseUrl::parse("postgresql://db/scratch").unwrap())
    );
    assert_eq!(url(None).unwrap_err().code(), "config.missing-variable");

    assert!(
        message("[filters]\nexclude = [\"audit_*\"]").contains("2:12: `audit_*` does not begin with a kind")
    );
    assert!(message("[model]\nsql = []").ends_with("`sql` names no file"));
    assert!(message("[model]\nsql = \"a\"\njson = \"b\"").contains("exactly one of"));
}

#[test]
fn fleets_are_read() {
    let config = read(
        "[environments.a]\nurl = \"sqlite:a.db\"\n[fleets.files]\nfiles = \"tenants/*.db\"\n[fleets.asked]\nenvironment = \"a\"\nquery = \"SELECT 1\"\nshared_schemas = [\"extensions\"]\nconcurrency = 2\non_failure = \"continue\"\n",
    )
    .unwrap();
    let files = config.fleet("files").unwrap();
    assert_eq!(files.tenants, TenantSource::Files("tenants/*.db".to_owned()));
    assert_eq!((files.concurrency, files.on_failure, &files.environment), (8, OnFailure::Stop, &None));
    let asked = config.fleet("asked").unwrap();
    assert_eq!(asked.tenants, TenantSource::Query("SELECT 1".to_owned()));
    assert_eq!((asked.concurrency, asked.on_failure), (2, OnFailure::Continue));
    assert_eq!((asked.environment.as_deref(), asked.shared_schemas.len()), (Some("a"), 1));

    let unknown = config.fleet("file").unwrap_err();
    assert_eq!(unknown.to_string(), "there is no fleet `file`; did you mean `files`?");
    assert!(message("[fleets.x]\nfiles = \"a\"\nquery = \"b\"").contains("exactly one of"));
    assert!(message("[fleets.x]\nconcurrency = 1").contains("exactly one of"));
    assert!(
        message("[fleets.x]\nfiles = \"a\"\nconcurrency = 0").ends_with("`concurrency` must be 1 or more")
    );
    assert!(
        message("[fleets.x]\nfiles = \"a\"\nenvironment = \"b\"").contains("there is no environment `b`")
    );
    assert!(message("[fleets.x]\nfiles = \"a\"\non_failure = \"wait\"").contains("wait"));
}
