//! The grammar of `limbeck.toml`.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use toml::Spanned;

use crate::database::SessionSettings;
use crate::filter::{FilterError, FilterPattern, Filters};
use crate::hook::{Hook, HookCommand};
use crate::managed::{Managed, ManagedKinds, UnknownKind};
use crate::nearest::{did_you_mean, nearest};
use crate::script::ScriptStyle;

use super::fleet::DEFAULT_CONCURRENCY;
use super::{
    BinarySource, Config, ConfigError, EntityOptions, Environment, FleetConfig, ModelSource, OnFailure,
    RevisionOptions, TenantSource, TransactionMode, UrlSource,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    migrations: Option<Locations>,
    #[serde(default)]
    recursive: bool,
    version_table: Option<String>,
    version_table_schema: Option<String>,
    audit: Option<bool>,
    default_environment: Option<Spanned<String>>,
    model: Option<Spanned<Model>>,
    #[serde(default)]
    environments: BTreeMap<String, EnvironmentTable>,
    #[serde(default)]
    fleets: BTreeMap<String, Spanned<FleetTable>>,
    #[serde(default)]
    revision: RevisionTable,
    #[serde(default)]
    filters: FiltersTable,
    #[serde(default)]
    entities: EntitiesTable,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a path or a list of paths")]
enum Locations {
    One(PathBuf),
    Several(Vec<PathBuf>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Model {
    bin: Option<String>,
    package: Option<String>,
    manifest: Option<PathBuf>,
    #[serde(default)]
    features: Vec<String>,
    command: Option<Vec<String>>,
    json: Option<PathBuf>,
    sql: Option<Locations>,
    entities: Option<Locations>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EnvironmentTable {
    url: Url,
    #[serde(default)]
    schemas: Vec<String>,
    version_table: Option<String>,
    version_table_schema: Option<String>,
    migration_lock_timeout: Option<Spanned<String>>,
    lock_timeout: Option<Spanned<String>>,
    statement_timeout: Option<Spanned<String>>,
    retries: Option<u32>,
    retry_delay: Option<Spanned<String>>,
    application_name: Option<String>,
    transaction: Option<TransactionMode>,
    audit: Option<bool>,
    #[serde(default)]
    protected: bool,
    safe: Option<bool>,
    scratch_url: Option<Url>,
    #[serde(default)]
    variables: BTreeMap<String, Variable>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a text, a whole number, `true` or `false`")]
enum Variable {
    Text(String),
    Number(i64),
    Truth(bool),
}

impl Variable {
    fn into_text(self) -> String {
        match self {
            Variable::Text(text) => text,
            Variable::Number(number) => number.to_string(),
            Variable::Truth(truth) => truth.to_string(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FleetTable {
    environment: Option<Spanned<String>>,
    urls: Option<Vec<Url>>,
    files: Option<String>,
    schemas: Option<Vec<String>>,
    query: Option<String>,
    #[serde(default)]
    shared_schemas: Vec<String>,
    concurrency: Option<usize>,
    #[serde(default)]
    on_failure: OnFailure,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RevisionTable {
    #[serde(default)]
    environments: Vec<Spanned<String>>,
    safe: Option<bool>,
    file_template: Option<Spanned<String>>,
    slug_length: Option<usize>,
    timezone: Option<Spanned<String>>,
    #[serde(default)]
    hooks: Vec<Spanned<HookTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HookTable {
    name: Option<String>,
    command: Vec<String>,
    cwd: Option<PathBuf>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FiltersTable {
    #[serde(default)]
    include: Vec<Spanned<String>>,
    #[serde(default)]
    exclude: Vec<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct EntitiesTable {
    #[serde(default)]
    manage: Vec<Spanned<String>>,
    #[serde(default)]
    ignore: Vec<Spanned<String>>,
}

struct Url(UrlSource);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UrlTable {
    env: Option<String>,
    default: Option<String>,
    command: Option<Vec<String>>,
}

/// A URL or a table. Written out because an untagged enum would not say which key of the table is unknown.
impl<'de> Deserialize<'de> for Url {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct UrlVisitor;

        impl<'de> Visitor<'de> for UrlVisitor {
            type Value = Url;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a URL, `{ env = \"VARIABLE\" }` or `{ command = [\"program\"] }`")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Url, E> {
                Ok(Url(UrlSource::Text(text.to_owned())))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Url, A::Error> {
                let table = UrlTable::deserialize(MapAccessDeserializer::new(map))?;
                match (table.env, table.command, table.default) {
                    (Some(name), None, default) => Ok(Url(UrlSource::Variable { name, default })),
                    (None, Some(command), None) if !command.is_empty() => {
                        Ok(Url(UrlSource::Command(command)))
                    }
                    (None, Some(_), None) => Err(A::Error::custom("`command` needs a program")),
                    (None, Some(_), Some(_)) => {
                        Err(A::Error::custom("`default` goes with `env`, not with `command`"))
                    }
                    _ => Err(A::Error::custom("exactly one of `env` and `command` must be given")),
                }
            }
        }

        deserializer.deserialize_any(UrlVisitor)
    }
}

/// The text of a file, to tell positions in.
struct Source<'a> {
    file: &'a Path,
    text: &'a str,
}

impl Source<'_> {
    fn invalid(&self, span: Range<usize>, message: String) -> ConfigError {
        let (line, column) = self.position(span.start);
        ConfigError::Invalid { file: self.file.to_owned(), line, column, message }
    }

    fn position(&self, offset: usize) -> (usize, usize) {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        let in_line = before.get(line_start..).unwrap_or_default();
        (before.matches('\n').count() + 1, in_line.chars().count() + 1)
    }

    fn toml_error(&self, error: &toml::de::Error) -> ConfigError {
        let span = error.span().unwrap_or(0..0);
        let message = error.message();
        // serde's text: "unknown field `x`, expected one of `a`, `b`".
        if let Some(names) = message.strip_prefix("unknown field ") {
            let mut names = names.split('`').skip(1).step_by(2);
            let key = names.next().unwrap_or_default().to_owned();
            let known: Vec<String> = names.map(str::to_owned).collect();
            let (line, column) = self.position(span.start);
            let nearest = nearest(&key, known.iter().map(String::as_str));
            return ConfigError::UnknownKey { file: self.file.to_owned(), line, column, key, known, nearest };
        }
        self.invalid(span, message.to_owned())
    }
}

pub(super) fn read(file: &Path, text: &str) -> Result<Config, ConfigError> {
    let source = Source { file, text };
    let read: File = toml::from_str(text).map_err(|error| source.toml_error(&error))?;
    let directory = file.parent().map(Path::to_owned).unwrap_or_default();
    let version_locations = match read.migrations {
        None => vec![directory.join("migrations")],
        Some(Locations::One(path)) => vec![directory.join(path)],
        Some(Locations::Several(paths)) => paths.into_iter().map(|path| directory.join(path)).collect(),
    };
    if version_locations.is_empty() {
        return Err(source.invalid(0..0, "`migrations` names no directory".to_owned()));
    }
    let mut entities = EntityOptions {
        files: Vec::new(),
        managed: ManagedKinds {
            manage: kinds(&source, read.entities.manage)?,
            ignore: kinds(&source, read.entities.ignore)?,
        },
    };
    let model = match read.model {
        Some(mut model) => {
            let files = model.get_mut().entities.take();
            entities.files = paths(&directory, files);
            Some(model_source(&source, &directory, model)?)
        }
        None => None,
    };
    let mut environments = BTreeMap::new();
    for (name, table) in read.environments {
        let optional = |text: Option<Spanned<String>>| text.map(|text| duration(&source, &text)).transpose();
        let environment = Environment {
            schemas: table.schemas,
            version_table: table.version_table,
            version_table_schema: table.version_table_schema,
            migration_lock_timeout: optional(table.migration_lock_timeout)?,
            session: SessionSettings {
                lock_timeout: optional(table.lock_timeout)?,
                statement_timeout: optional(table.statement_timeout)?,
                application_name: table.application_name,
            },
            retries: table.retries,
            retry_delay: optional(table.retry_delay)?,
            transaction: table.transaction,
            audit: table.audit,
            protected: table.protected,
            safe: table.safe,
            scratch_url: table.scratch_url.map(|url| url.0),
            variables: table.variables.into_iter().map(|(name, value)| (name, value.into_text())).collect(),
            ..Environment::new(name.clone(), table.url.0)
        };
        environments.insert(name, environment);
    }
    let of_fleets = read.fleets.values().filter_map(|fleet| fleet.get_ref().environment.as_ref());
    for name in read.default_environment.iter().chain(&read.revision.environments).chain(of_fleets) {
        if !environments.contains_key(name.get_ref()) {
            let nearest = nearest(name.get_ref(), environments.keys().map(String::as_str));
            let message =
                format!("there is no environment `{}`{}", name.get_ref(), did_you_mean(nearest.as_deref()));
            return Err(source.invalid(name.span(), message));
        }
    }
    let mut fleets = BTreeMap::new();
    for (name, table) in read.fleets {
        fleets.insert(name.clone(), fleet(&source, name, table)?);
    }
    let default_style = ScriptStyle::default();
    let file_template = match read.revision.file_template {
        Some(text) => text
            .get_ref()
            .parse()
            .map_err(|error| source.invalid(text.span(), format!("`file_template`: {error}")))?,
        None => default_style.file_template,
    };
    let time_zone = match read.revision.timezone {
        Some(name) => time_zone(&source, &name)?,
        None => default_style.time_zone,
    };
    let mut hooks = Vec::new();
    for hook in read.revision.hooks {
        let span = hook.span();
        let HookTable { name, command, cwd } = hook.into_inner();
        let Some(program) = command.first() else {
            return Err(source.invalid(span, "`command` needs a program".to_owned()));
        };
        hooks.push(Hook {
            name: name.unwrap_or_else(|| program.clone()),
            command: HookCommand::Program(command),
            directory: cwd,
        });
    }
    Ok(Config {
        file: file.to_owned(),
        directory,
        version_locations,
        recursive: read.recursive,
        version_table: read.version_table.unwrap_or_else(|| "alembic_version".to_owned()),
        version_table_schema: read.version_table_schema,
        audit: read.audit.unwrap_or(true),
        default_environment: read.default_environment.map(Spanned::into_inner),
        model,
        environments,
        fleets,
        revision: RevisionOptions {
            environments: read.revision.environments.into_iter().map(Spanned::into_inner).collect(),
            safe: read.revision.safe,
            style: ScriptStyle {
                file_template,
                slug_length: read.revision.slug_length.unwrap_or(default_style.slug_length),
                time_zone,
            },
            hooks,
        },
        filters: Filters {
            include: patterns(&source, read.filters.include)?,
            exclude: patterns(&source, read.filters.exclude)?,
        },
        entities,
    })
}

fn kinds(source: &Source<'_>, texts: Vec<Spanned<String>>) -> Result<Vec<Managed>, ConfigError> {
    let read = |text: Spanned<String>| {
        text.get_ref().parse().map_err(|error: UnknownKind| source.invalid(text.span(), error.to_string()))
    };
    texts.into_iter().map(read).collect()
}

fn paths(directory: &Path, locations: Option<Locations>) -> Vec<PathBuf> {
    let paths = match locations {
        None => Vec::new(),
        Some(Locations::One(path)) => vec![path],
        Some(Locations::Several(paths)) => paths,
    };
    paths.into_iter().map(|path| directory.join(path)).collect()
}

fn fleet(source: &Source<'_>, name: String, table: Spanned<FleetTable>) -> Result<FleetConfig, ConfigError> {
    let span = table.span();
    let table = table.into_inner();
    let tenants = match (table.urls, table.files, table.schemas, table.query) {
        (Some(urls), None, None, None) => TenantSource::Urls(urls.into_iter().map(|url| url.0).collect()),
        (None, Some(pattern), None, None) => TenantSource::Files(pattern),
        (None, None, Some(schemas), None) => TenantSource::Schemas(schemas),
        (None, None, None, Some(query)) => TenantSource::Query(query),
        _ => {
            let message =
                format!("`[fleets.{name}]` needs exactly one of `urls`, `files`, `schemas` and `query`");
            return Err(source.invalid(span, message));
        }
    };
    let concurrency = table.concurrency.unwrap_or(DEFAULT_CONCURRENCY);
    if concurrency == 0 {
        return Err(source.invalid(span, "`concurrency` must be 1 or more".to_owned()));
    }
    Ok(FleetConfig {
        name,
        environment: table.environment.map(Spanned::into_inner),
        tenants,
        shared_schemas: table.shared_schemas,
        concurrency,
        on_failure: table.on_failure,
    })
}

fn patterns(source: &Source<'_>, texts: Vec<Spanned<String>>) -> Result<Vec<FilterPattern>, ConfigError> {
    let read = |text: Spanned<String>| {
        text.get_ref().parse().map_err(|error: FilterError| source.invalid(text.span(), error.to_string()))
    };
    texts.into_iter().map(read).collect()
}

fn model_source(
    source: &Source<'_>,
    directory: &Path,
    model: Spanned<Model>,
) -> Result<ModelSource, ConfigError> {
    let span = model.span();
    let model = model.into_inner();
    let for_bin = model.package.is_some() || model.manifest.is_some() || !model.features.is_empty();
    if for_bin && model.bin.is_none() {
        let message = "`package`, `manifest` and `features` go with `bin`, which is missing";
        return Err(source.invalid(span, message.to_owned()));
    }
    match (model.bin, model.command, model.json, model.sql) {
        (Some(bin), None, None, None) => Ok(ModelSource::Bin(BinarySource {
            bin,
            package: model.package,
            manifest: model.manifest.map(|manifest| directory.join(manifest)),
            features: model.features,
        })),
        (None, Some(command), None, None) if command.is_empty() => {
            Err(source.invalid(span, "`command` needs a program".to_owned()))
        }
        (None, Some(command), None, None) => Ok(ModelSource::Command(command)),
        (None, None, Some(json), None) => Ok(ModelSource::Json(directory.join(json))),
        (None, None, None, Some(sql)) => {
            let paths = paths(directory, Some(sql));
            if paths.is_empty() {
                return Err(source.invalid(span, "`sql` names no file".to_owned()));
            }
            Ok(ModelSource::Sql(paths))
        }
        _ => Err(source
            .invalid(span, "`[model]` needs exactly one of `bin`, `command`, `json` and `sql`".to_owned())),
    }
}

/// `utc`, `local` or a name of the time-zone database, in any case.
fn time_zone(source: &Source<'_>, name: &Spanned<String>) -> Result<TimeZone, ConfigError> {
    match name.get_ref().to_ascii_lowercase().as_str() {
        "utc" => Ok(TimeZone::UTC),
        "local" => Ok(TimeZone::system()),
        _ => TimeZone::get(name.get_ref()).map_err(|_| {
            let message = format!(
                "`{}` is no time zone such as `Europe/Berlin`, `utc` or `local` that this system knows",
                name.get_ref()
            );
            source.invalid(name.span(), message)
        }),
    }
}

/// `30s`, `500ms`, `2min`: jiff's friendly format.
fn duration(source: &Source<'_>, text: &Spanned<String>) -> Result<Duration, ConfigError> {
    let invalid = |cause: &str| {
        let message =
            format!("`{}` is not a duration such as `30s`, `500ms` or `2min`{cause}", text.get_ref());
        source.invalid(text.span(), message)
    };
    let duration: SignedDuration =
        text.get_ref().parse().map_err(|cause: jiff::Error| invalid(&format!(" ({cause})")))?;
    Duration::try_from(duration).map_err(|_| invalid(": it is negative"))
}
