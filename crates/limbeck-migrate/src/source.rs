//! Where the declared model comes from.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use limbeck_schema::{JsonError, MetaData, SqlSource};

use crate::config::{BinarySource, Config, ModelSource};
use crate::event::{Event, Report};
use crate::sql_files::read_sql_files;

/// Why a model could not be had.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A project without a model.
    #[error("{} does not say where the model is", .file.display())]
    NotDeclared {
        /// The configuration file.
        file: PathBuf,
    },
    /// The program could not be started.
    #[error("cannot run `{command}` to read the model: {error}")]
    Start {
        /// The command line.
        command: String,
        /// The cause.
        error: std::io::Error,
    },
    /// The program failed.
    #[error("`{command}` did not print the model: {status}")]
    Failed {
        /// The command line.
        command: String,
        /// How it ended.
        status: String,
        /// What it said on standard error.
        stderr: String,
    },
    /// A document that cannot be opened.
    #[error("cannot read the model from {}: {error}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        error: std::io::Error,
    },
    /// A path to SQL files that leads to none.
    #[error("there is no SQL file at {}", .path.display())]
    NoSqlFiles {
        /// The file, directory or glob.
        path: PathBuf,
    },
    /// A text that is no MetaData document.
    #[error("{origin}: {error}")]
    Json {
        /// Where it is from.
        origin: String,
        /// What is wrong.
        error: JsonError,
    },
}

impl SourceError {
    /// The error's stable code.
    pub fn code(&self) -> &'static str {
        match self {
            SourceError::NotDeclared { .. } => "model.not-declared",
            SourceError::Start { .. } => "model.start",
            SourceError::Failed { .. } => "model.failed",
            SourceError::Read { .. } => "model.read",
            SourceError::NoSqlFiles { .. } => "model.no-sql-files",
            SourceError::Json { error, .. } => error.code(),
        }
    }
}

/// A declared model.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// Tables and types, and with them whatever is declared as SQL ([`MetaData::sql`]), which only a database can read.
    pub metadata: Arc<MetaData>,
}

impl From<MetaData> for Model {
    fn from(metadata: MetaData) -> Self {
        Model { metadata: Arc::new(metadata) }
    }
}

impl Model {
    /// A model that is declared as SQL alone.
    pub fn of_sql(sql: Vec<SqlSource>) -> Model {
        MetaData { sql, ..MetaData::new() }.into()
    }

    /// Reads a MetaData document.
    ///
    /// # Errors
    /// When the file cannot be read or is none.
    pub fn from_json_file(path: &Path) -> Result<Model, SourceError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| SourceError::Read { path: path.to_owned(), error })?;
        let origin = path.display().to_string();
        let metadata = MetaData::from_json(&text).map_err(|error| SourceError::Json { origin, error })?;
        Ok(metadata.into())
    }
}

/// Reads the declared model of a project, building it first where it is Rust.
///
/// # Errors
/// When the program does not compile or run, what it prints is no MetaData document, or a file cannot be read.
pub fn load_model(config: &Config, report: Report<'_>) -> Result<Model, SourceError> {
    let mut model = match &config.model {
        None => return Err(SourceError::NotDeclared { file: config.file.clone() }),
        Some(ModelSource::Json(path)) => Model::from_json_file(path)?,
        Some(ModelSource::Sql(paths)) => Model::of_sql(read_sql_files(paths)?),
        Some(ModelSource::Command(command)) => printed_model(&config.directory, command, report)?,
        Some(ModelSource::Bin(source)) => printed_model(&config.directory, &cargo_run(source), report)?,
    };
    if !config.entities.files.is_empty() {
        Arc::make_mut(&mut model.metadata).sql.extend(read_sql_files(&config.entities.files)?);
    }
    Ok(model)
}

/// The command that builds and runs a binary of the user's project.
fn cargo_run(source: &BinarySource) -> Vec<String> {
    let mut command: Vec<String> = ["cargo", "run", "--quiet"].map(str::to_owned).into();
    let mut option = |name: &str, value: &str| command.extend([name.to_owned(), value.to_owned()]);
    option("--bin", &source.bin);
    if let Some(package) = &source.package {
        option("--package", package);
    }
    if let Some(manifest) = &source.manifest {
        option("--manifest-path", &manifest.display().to_string());
    }
    if !source.features.is_empty() {
        option("--features", &source.features.join(","));
    }
    command
}

fn printed_model(directory: &Path, command: &[String], report: Report<'_>) -> Result<Model, SourceError> {
    let line = command.join(" ");
    report(Event::ReadingModel(line.clone()));
    let (program, arguments) = command.split_first().map_or(("", &[][..]), |(p, a)| (p.as_str(), a));
    // The directory of a file that is named without one is empty, which is no directory to run in.
    let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    let output = Command::new(program).args(arguments).current_dir(directory).output();
    let Output { status, stdout, stderr } =
        output.map_err(|error| SourceError::Start { command: line.clone(), error })?;
    if !status.success() {
        let stderr = String::from_utf8_lossy(&stderr).into_owned();
        return Err(SourceError::Failed { command: line, status: status.to_string(), stderr });
    }
    let text = String::from_utf8_lossy(&stdout);
    let metadata = MetaData::from_json(&text)
        .map_err(|error| SourceError::Json { origin: format!("the output of `{line}`"), error })?;
    Ok(metadata.into())
}
