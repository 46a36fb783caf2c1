//! What every command works with: the configuration, the scripts, the databases and the model, each had when it is
//! asked for and not before.

use std::path::{Path, PathBuf};
use std::process::Command;

use limbeck_engine::DatabaseUrl;
use limbeck_migrate::config::{
    ALEMBIC_SECTION, CONFIG_FILE_NAME, Config, ConfigError, Environment, PYPROJECT_FILE_NAME, UrlCommand,
    UrlSetting, UrlSource,
};
use limbeck_migrate::graph::{GraphError, RevisionGraph};
use limbeck_migrate::script::ScriptDirectory;
use limbeck_migrate::{Database, Model, load_model};
use limbeck_schema::Dialect;

use crate::App;
use crate::arguments::GlobalOptions;
use crate::failure::Failure;
use crate::report::Reporter;
use crate::variables::Variables;

/// The configuration of a binary that has its scripts linked in and no `limbeck.toml` beside it.
const EMBEDDED_CONFIG: &str = "[environments.default]\nurl = { env = \"DATABASE_URL\" }\n";

/// One run of the command line.
pub(crate) struct Session<'a> {
    pub(crate) app: &'a App,
    pub(crate) options: GlobalOptions,
    pub(crate) reporter: Reporter,
}

/// A configuration, and what may override it.
pub(crate) struct Project {
    pub(crate) config: Config,
    variables: Variables,
}

impl Session<'_> {
    /// Reads the configuration.
    pub(crate) fn project(&self) -> Result<Project, Failure> {
        let config = match self.options.config.as_slice() {
            [] => self.find_config()?,
            // Of the two files that Alembic may be given, it looks into the ini file first.
            files @ [first, ..] => {
                let is_ini = |file: &&PathBuf| !file.ends_with(PYPROJECT_FILE_NAME);
                Config::load_section(files.iter().find(is_ini).unwrap_or(first), self.section())?
            }
        };
        if self.options.verbose {
            self.reporter.info(&format!("Configuration {}", config.file.display()));
        }
        Ok(Project { config, variables: Variables::new() })
    }

    /// The section of `alembic.ini` that is asked for.
    fn section(&self) -> &str {
        self.options.name.as_deref().unwrap_or(ALEMBIC_SECTION)
    }

    fn find_config(&self) -> Result<Config, Failure> {
        let current = std::env::current_dir().map_err(Failure::Directory)?;
        let found = Config::find(&current);
        let is_limbecks = matches!(&found, Ok(file) if file.ends_with(CONFIG_FILE_NAME));
        let alembics = std::env::var_os("ALEMBIC_CONFIG").filter(|name| !name.is_empty());
        if let (false, Some(file)) = (is_limbecks, alembics) {
            return Ok(Config::load_section(Path::new(&file), self.section())?);
        }
        match found {
            // Relative paths are the ones to read, in messages and results.
            Ok(file) => {
                let file = file.strip_prefix(&current).unwrap_or(&file);
                Ok(Config::load_section(file, self.section())?)
            }
            Err(_) if self.app.scripts.is_some() => {
                Ok(Config::parse(Path::new(CONFIG_FILE_NAME), EMBEDDED_CONFIG)?)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Reads the scripts, unless they are linked in, and the graph they form.
    pub(crate) fn scripts(&self, project: &Project) -> Result<(ScriptDirectory, RevisionGraph), Failure> {
        let scripts = match self.app.scripts {
            Some(files) => ScriptDirectory::from_embedded(files)?,
            None => ScriptDirectory::load(&project.config.version_locations, project.config.recursive)?,
        };
        let graph = scripts.graph().map_err(|error| located(error, &scripts))?;
        Ok((scripts, graph))
    }

    /// The one database that `command` works on.
    pub(crate) fn database(&self, project: &Project, command: &'static str) -> Result<Database, Failure> {
        let database = self.settings(project, command)?;
        self.reporter.context(database.dialect(), false);
        Ok(database)
    }

    /// The same, for a command that may never connect to it.
    fn settings(&self, project: &Project, command: &'static str) -> Result<Database, Failure> {
        match self.options.environment.as_slice() {
            [] => self.database_of(project, None),
            [name] => self.database_of(project, Some(name)),
            several => Err(Failure::OneEnvironment { command, count: several.len() }),
        }
    }

    /// The database of an environment, by default of the one that is asked for, with the scratch database it may name.
    pub(crate) fn environment_database(
        &self,
        project: &Project,
        name: Option<&str>,
    ) -> Result<Database, Failure> {
        let name = match (name, self.options.environment.as_slice()) {
            (Some(name), _) => {
                let environment = project.config.environment(Some(name))?;
                let database = project.database(project.url(environment)?, Some(environment));
                return project.with_scratch(database, Some(name));
            }
            (None, []) => None,
            (None, [name]) => Some(name.as_str()),
            (None, several) => {
                return Err(Failure::OneEnvironment { command: "a comparison", count: several.len() });
            }
        };
        project.with_scratch(self.database_of(project, name)?, name)
    }

    /// All databases that are asked for: those of `--environment`, of `[revision]`, or the default one.
    pub(crate) fn databases(&self, project: &Project) -> Result<Vec<Database>, Failure> {
        let asked = match (self.options.environment.as_slice(), &self.options.url) {
            ([], None) => project.config.revision.environments.as_slice(),
            (names, _) => names,
        };
        match (asked, &self.options.url) {
            ([], _) => Ok(vec![self.environment_database(project, None)?]),
            ([_, _, ..], Some(_)) => Err(Failure::UrlWithEnvironments { count: asked.len() }),
            (names, _) => {
                let database =
                    |name: &String| project.with_scratch(self.database_of(project, Some(name))?, Some(name));
                names.iter().map(database).collect()
            }
        }
    }

    /// The database of an environment, or of `--url` with its settings.
    pub(crate) fn database_of(&self, project: &Project, name: Option<&str>) -> Result<Database, Failure> {
        let config = &project.config;
        let mut database = match (&self.options.url, config.environment(name)) {
            // With a URL of its own a command needs no environment, but takes the settings of the one it names.
            (Some(url), Err(_)) if name.is_none() => project.database(DatabaseUrl::parse(url)?, None),
            (Some(url), environment) => project.database(DatabaseUrl::parse(url)?, Some(environment?)),
            (None, environment) => {
                let environment = environment?;
                project.database(project.url(environment)?, Some(environment))
            }
        };
        self.give_variables(&mut database);
        if self.options.verbose {
            self.reporter.info(&format!("Database {}", database.url));
        }
        Ok(database)
    }

    /// The database at a URL of its own, with the settings of an environment.
    pub(crate) fn database_at(
        &self,
        project: &Project,
        environment: Option<&Environment>,
        url: DatabaseUrl,
    ) -> Database {
        let mut database = project.database(url, environment);
        self.give_variables(&mut database);
        database
    }

    /// What `--tag` says is a variable of the scripts, as what `-x` says.
    pub(crate) fn give_tag(&mut self, tag: Option<&String>) {
        self.options.variables.extend(tag.map(|tag| format!("tag={tag}")));
    }

    /// The values of `-x` for the variables of scripts.
    fn give_variables(&self, database: &mut Database) {
        for variable in &self.options.variables {
            // Without a `=` the value is empty, as in Alembic.
            let (name, value) = variable.split_once('=').unwrap_or((variable, ""));
            database.variables.insert(name.to_owned(), value.to_owned());
        }
    }

    /// The settings of the database that a script is made for; nobody will connect to it.
    pub(crate) fn offline_database(
        &self,
        project: &Project,
        command: &'static str,
        dialect: Option<Dialect>,
    ) -> Result<Database, Failure> {
        let database = self.offline_settings(project, command, dialect)?;
        self.reporter.context(database.dialect(), true);
        Ok(database)
    }

    fn offline_settings(
        &self,
        project: &Project,
        command: &'static str,
        dialect: Option<Dialect>,
    ) -> Result<Database, Failure> {
        let Some(dialect) = dialect else {
            return self.settings(project, command).map_err(|failure| match failure {
                Failure::Config(
                    cause @ (ConfigError::MissingVariable { .. } | ConfigError::NoEnvironment { .. }),
                ) => {
                    let cause = cause.to_string();
                    let cause = cause.split("; ").next().unwrap_or_default().to_owned();
                    Failure::DialectUnknown { cause }
                }
                other => other,
            });
        };
        let url = DatabaseUrl::parse(match dialect {
            Dialect::Postgresql => "postgresql://localhost/",
            Dialect::Sqlite => "sqlite:",
        })?;
        let environment = match self.options.environment.as_slice() {
            [] => project.config.environment(None).ok(),
            [name] => Some(project.config.environment(Some(name))?),
            several => return Err(Failure::OneEnvironment { command, count: several.len() }),
        };
        let mut database = project.database(url, environment);
        self.give_variables(&mut database);
        Ok(database)
    }

    /// The database of one environment of several; without a name that of `--url`.
    pub(crate) fn environment_status_database(
        &self,
        project: &Project,
        name: Option<&str>,
    ) -> Result<Database, Failure> {
        project.with_scratch(self.database_of(project, name)?, name)
    }

    /// The declared model, built first where it is Rust.
    pub(crate) fn model(&mut self, project: &Project) -> Result<Model, Failure> {
        if let Some(model) = &self.app.model {
            return Ok(model.clone().into());
        }
        let reporter = &mut self.reporter;
        let model = load_model(&project.config, &mut |event| reporter.event(event));
        reporter.end();
        Ok(model?)
    }
}

impl Project {
    fn database(&self, url: DatabaseUrl, environment: Option<&Environment>) -> Database {
        match environment {
            Some(environment) => Database::of_environment(&self.config, environment, url),
            None => Database::of_config(&self.config, url),
        }
    }

    /// The database with the scratch database that its environment names. It is asked for only by commands that may need
    /// one.
    fn with_scratch(&self, database: Database, name: Option<&str>) -> Result<Database, Failure> {
        let Ok(environment) = self.config.environment(name) else { return Ok(database) };
        let scratch = self.config.scratch_url(environment, &|name| self.variables.get(name));
        let scratch_url = match scratch {
            Some(setting) => Some(self.finish_url(environment, setting)?),
            None => None,
        };
        Ok(Database { scratch_url, ..database })
    }

    fn url(&self, environment: &Environment) -> Result<DatabaseUrl, Failure> {
        let url = self.config.url(environment, &|name| self.variables.get(name));
        self.finish_url(environment, url)
    }

    /// The URL that a source comes to for an environment.
    pub(crate) fn url_of(
        &self,
        environment: &Environment,
        source: &UrlSource,
    ) -> Result<DatabaseUrl, Failure> {
        let url = self.config.url_of(environment, source, &|name| self.variables.get(name));
        self.finish_url(environment, url)
    }

    fn finish_url(
        &self,
        environment: &Environment,
        url: Result<UrlSetting, ConfigError>,
    ) -> Result<DatabaseUrl, Failure> {
        if let Some(cause) = self.variables.failure() {
            return Err(Failure::DotEnv { cause });
        }
        match url? {
            UrlSetting::Url(url) => Ok(url),
            UrlSetting::Command(command) => {
                let text = printed_url(&command, self.directory())?;
                Ok(self.config.parse_url(environment, text.trim())?)
            }
        }
    }

    /// The configuration's directory, in a form in which a program can be run.
    fn directory(&self) -> PathBuf {
        let directory = &self.config.directory;
        if directory.as_os_str().is_empty() { PathBuf::from(".") } else { directory.clone() }
    }
}

/// The error with the script that is to blame for it, if one is.
fn located(error: GraphError, scripts: &ScriptDirectory) -> Failure {
    let (source, name) = match &error {
        GraphError::IllegalId { source_index, id, .. } => (*source_index, id),
        GraphError::ReservedName { source_index, name } => (*source_index, name),
        GraphError::DuplicateRevision { second, id, .. } => (*second, id),
        GraphError::MissingParent { source_index, parent, .. } => (*source_index, parent),
        GraphError::MissingDependency { source_index, dependency, .. } => (*source_index, dependency),
        _ => return error.into(),
    };
    let Some(script) = scripts.scripts().get(source) else { return error.into() };
    let names_it = |line: &str| line.starts_with("--") && line.contains(name.as_str());
    // The header's fields follow the revision's identifier.
    let before = script.revision_line.saturating_sub(1);
    let line = script
        .text
        .lines()
        .skip(before)
        .position(names_it)
        .map_or(script.revision_line, |at| before + at + 1);
    Failure::Graph { error, file: script.file.clone(), line }
}

/// Runs a command that prints a URL. What it prints is a secret; what it says on stderr is not.
fn printed_url(command: &UrlCommand, directory: PathBuf) -> Result<String, Failure> {
    let failed = |cause: String, stderr: String| Failure::UrlCommand {
        program: command.program.clone(),
        cause,
        stderr,
    };
    let output = Command::new(&command.program).args(&command.arguments).current_dir(directory).output();
    let output = output.map_err(|error| failed(error.to_string(), String::new()))?;
    let stderr = || String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() {
        return Err(failed(output.status.to_string(), stderr()));
    }
    String::from_utf8(output.stdout.clone())
        .map_err(|_| failed("it does not print text".to_owned(), stderr()))
}
