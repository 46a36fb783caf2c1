//! A project of Alembic: `alembic.ini`, and `[tool.alembic]` of `pyproject.toml`, read where there is no `limbeck.toml`.
//!
//! They say where scripts are and, mostly, where the database is; what `env.py` decides in Python is not known here. An
//! option is looked for in the ini file first, as Alembic does (its `config.py`, `get_alembic_option`).

mod hooks;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;

use super::{Config, ConfigError, Environment, UrlSource};
use crate::script::FileTemplate;

/// The name of Alembic's file.
pub const ALEMBIC_FILE_NAME: &str = "alembic.ini";

/// The name of the file whose `[tool.alembic]` is read.
pub const PYPROJECT_FILE_NAME: &str = "pyproject.toml";

/// The section of `alembic.ini` that is read unless another one is asked for.
pub const ALEMBIC_SECTION: &str = "alembic";

/// Where the URL is looked for when the files do not say it: most projects have it so in their `env.py`.
const URL_VARIABLE: &str = "DATABASE_URL";

/// What Alembic's template holds in place of a URL.
const PLACEHOLDER_URL: &str = "driver://user:pass@localhost/dbname";

/// Whether a file is one of Alembic's.
pub(super) fn is_alembic(file: &Path) -> bool {
    file.file_name().is_some_and(|name| name == PYPROJECT_FILE_NAME)
        || file.extension().is_some_and(|extension| extension == "ini" || extension == "cfg")
}

/// Whether a directory holds a project of Alembic, and in which file.
pub(super) fn file_in(directory: &Path) -> Option<PathBuf> {
    let ini = directory.join(ALEMBIC_FILE_NAME);
    if ini.is_file() {
        return Some(ini);
    }
    let pyproject = directory.join(PYPROJECT_FILE_NAME);
    let text = std::fs::read_to_string(&pyproject).ok()?;
    tool_alembic(&text.parse().ok()?).map(|_| pyproject)
}

/// Reads one of Alembic's files, and `pyproject.toml` beside `alembic.ini`.
pub(super) fn read(file: &Path, section: &str) -> Result<Config, ConfigError> {
    let directory = file.parent().map(Path::to_owned).unwrap_or_default();
    let mut options = Options { file, section, ini: None, toml: None, here: absolute(&directory) };
    let text = std::fs::read_to_string(file).map_err(|cause| io_error(file, &cause))?;
    if file.ends_with(PYPROJECT_FILE_NAME) {
        options.toml = Some(toml_table(file, &text)?);
    } else {
        options.ini = Some(Ini::parse(file, &text)?);
        let pyproject = directory.join(PYPROJECT_FILE_NAME);
        if let Ok(text) = std::fs::read_to_string(&pyproject) {
            options.toml = Some(toml_table(&pyproject, &text)?);
        }
    }
    config(&options, directory)
}

fn config(options: &Options<'_>, directory: PathBuf) -> Result<Config, ConfigError> {
    let script_location = options.text("script_location")?.ok_or_else(|| {
        options.invalid(&format!("no `script_location` key found in section `[{}]`", options.section))
    })?;
    let script_location = directory.join(script_location);
    let mut version_locations: Vec<PathBuf> =
        options.paths("version_locations")?.into_iter().map(|path| directory.join(path)).collect();
    if version_locations.is_empty() {
        version_locations.push(script_location.join("versions"));
    }
    let url = match options.text("sqlalchemy.url")?.filter(|url| !url.is_empty() && url != PLACEHOLDER_URL) {
        Some(url) => UrlSource::Text(url),
        None => UrlSource::Variable { name: URL_VARIABLE.to_owned(), default: None },
    };
    let environment = Environment::new(options.section, url);
    let mut config = Config::parse(options.file, "")?;
    config.version_locations = version_locations;
    config.recursive = options.text("recursive_version_locations")?.as_deref() == Some("true");
    // Arguments of `context.configure()` in env.py; projects that have several databases keep them here.
    if let Some(version_table) = options.text("version_table")? {
        config.version_table = version_table;
    }
    config.version_table_schema = options.text("version_table_schema")?;
    // Autogenerate of Alembic itself would propose to drop a table that it does not know.
    config.audit = false;
    if let Some(template) = options.text("file_template")? {
        config.revision.style.file_template =
            template.parse::<FileTemplate>().map_err(|error| options.invalid(&error.to_string()))?;
    }
    if let Some(length) = options.text("truncate_slug_length")? {
        config.revision.style.slug_length =
            length.parse().map_err(|_| options.invalid("`truncate_slug_length` is not a number"))?;
    }
    if let Some(name) = options.text("timezone")?.filter(|name| !name.is_empty()) {
        let zone = TimeZone::get(&name).or_else(|_| TimeZone::get(&name.to_uppercase()));
        config.revision.style.time_zone =
            zone.map_err(|_| options.invalid(&format!("can't locate timezone: {name}")))?;
    }
    config.revision.hooks = hooks::hooks(options)?;
    config.default_environment = Some(options.section.to_owned());
    config.environments = BTreeMap::from([(options.section.to_owned(), environment)]);
    Ok(config)
}

/// Where an option may be said.
struct Options<'a> {
    file: &'a Path,
    section: &'a str,
    ini: Option<Ini<'a>>,
    toml: Option<toml::Table>,
    /// What `%(here)s` stands for.
    here: String,
}

impl Options<'_> {
    fn text(&self, name: &str) -> Result<Option<String>, ConfigError> {
        if let Some(ini) = &self.ini
            && let Some(text) = ini.get(self.section, name, &self.here)?
        {
            return Ok(Some(text));
        }
        Ok(match self.toml.as_ref().and_then(|table| table.get(name)) {
            None => None,
            Some(toml::Value::String(text)) => Some(self.formatted(text)),
            Some(other) => Some(other.to_string()),
        })
    }

    /// A list of paths: TOML's lists, or a text that `path_separator` divides.
    fn paths(&self, name: &str) -> Result<Vec<String>, ConfigError> {
        let in_ini = match &self.ini {
            Some(ini) => ini.get(self.section, name, &self.here)?,
            None => None,
        };
        if let (None, Some(toml::Value::Array(values))) =
            (&in_ini, self.toml.as_ref().and_then(|table| table.get(name)))
        {
            return Ok(values
                .iter()
                .filter_map(toml::Value::as_str)
                .map(|text| self.formatted(text))
                .collect());
        }
        let Some(text) = self.text(name)? else { return Ok(Vec::new()) };
        let separator = match self.text("path_separator")? {
            Some(separator) => Some(separator),
            None => self.text("version_path_separator")?,
        };
        let parts: Vec<&str> = match separator.as_deref() {
            Some("os") if cfg!(windows) => text.split(';').collect(),
            Some("os") => text.split(':').collect(),
            Some("newline") => text.split('\n').collect(),
            Some(character @ (":" | ";")) => text.split(character).collect(),
            _ => text.split([' ', ',', '\n']).collect(),
        };
        Ok(parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect())
    }

    /// A text of TOML, which Alembic formats as Python's `%` does.
    fn formatted(&self, text: &str) -> String {
        text.replace("%(here)s", &self.here).replace("%%", "%")
    }

    fn invalid(&self, message: &str) -> ConfigError {
        let line = self.ini.as_ref().map_or(1, |ini| ini.line_of(self.section));
        ConfigError::Invalid { file: self.file.to_owned(), line, column: 1, message: message.to_owned() }
    }
}

/// A file of Python's `configparser`: sections of `name = value`, a value going on in lines that are indented.
struct Ini<'a> {
    file: &'a Path,
    /// Section, key in lower case, value and line.
    values: Vec<(String, String, String, usize)>,
    /// The lines of the sections.
    sections: Vec<(String, usize)>,
}

impl<'a> Ini<'a> {
    fn parse(file: &'a Path, text: &str) -> Result<Self, ConfigError> {
        let mut ini = Ini { file, values: Vec::new(), sections: Vec::new() };
        let mut section = None;
        let mut indent = 0;
        for (index, line) in text.lines().enumerate() {
            let number = index + 1;
            let trimmed = line.trim();
            if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
                continue;
            }
            let indentation = line.len() - line.trim_start().len();
            if let (true, Some((of, _, value, _)), Some(current)) =
                (indentation > indent, ini.values.last_mut(), &section)
                && of == current
            {
                value.push('\n');
                value.push_str(trimmed);
                continue;
            }
            indent = indentation;
            if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
                section = Some(name.to_owned());
                ini.sections.push((name.to_owned(), number));
                continue;
            }
            let (Some(section), Some((key, value))) = (&section, trimmed.split_once(['=', ':'])) else {
                let message = "neither a section, as `[alembic]`, nor `name = value` below one".to_owned();
                return Err(ini.invalid(number, message));
            };
            let key = key.trim().to_lowercase();
            ini.values.push((section.clone(), key, value.trim().to_owned(), number));
        }
        Ok(ini)
    }

    /// The value of an option with what it refers to.
    fn get(&self, section: &str, key: &str, here: &str) -> Result<Option<String>, ConfigError> {
        match self.raw(section, key) {
            Some((value, line)) => self.interpolated(section, value, line, here, 0).map(Some),
            None => Ok(None),
        }
    }

    /// The last value given in a section, else in `[DEFAULT]`.
    fn raw(&self, section: &str, key: &str) -> Option<(&str, usize)> {
        let of =
            |wanted: &str| self.values.iter().rfind(|(section, name, ..)| section == wanted && name == key);
        of(section).or_else(|| of("DEFAULT")).map(|(_, _, value, line)| (value.as_str(), *line))
    }

    /// `%(name)s` is another value, `%%` a percent sign.
    fn interpolated(
        &self,
        section: &str,
        value: &str,
        line: usize,
        here: &str,
        depth: usize,
    ) -> Result<String, ConfigError> {
        let invalid = |message: String| Err(self.invalid(line, message));
        if depth > 10 {
            return invalid("values that refer to each other in a circle".to_owned());
        }
        let mut text = String::new();
        let mut rest = value;
        while let Some((before, after)) = rest.split_once('%') {
            text.push_str(before);
            if let Some(after) = after.strip_prefix('%') {
                text.push('%');
                rest = after;
                continue;
            }
            let Some((name, after)) = after.strip_prefix('(').and_then(|after| after.split_once(")s")) else {
                return invalid(
                    "`%` must be followed by `%` or `(`: write `%%` for a percent sign".to_owned(),
                );
            };
            if name == "here" {
                text.push_str(here);
            } else {
                match self.raw(section, &name.to_lowercase()) {
                    Some((value, line)) => {
                        text.push_str(&self.interpolated(section, value, line, here, depth + 1)?);
                    }
                    None => return invalid(format!("`%({name})s` refers to nothing")),
                }
            }
            rest = after;
        }
        text.push_str(rest);
        Ok(text)
    }

    fn line_of(&self, section: &str) -> usize {
        self.sections.iter().find(|(name, _)| name == section).map_or(1, |(_, line)| *line)
    }

    fn invalid(&self, line: usize, message: String) -> ConfigError {
        ConfigError::Invalid { file: self.file.to_owned(), line, column: 1, message }
    }
}

fn toml_table(file: &Path, text: &str) -> Result<toml::Table, ConfigError> {
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        ConfigError::Invalid {
            file: file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: 1,
            message: error.message().to_owned(),
        }
    })?;
    Ok(tool_alembic(&table).cloned().unwrap_or_default())
}

fn tool_alembic(table: &toml::Table) -> Option<&toml::Table> {
    table.get("tool")?.get("alembic")?.as_table()
}

fn io_error(file: &Path, cause: &std::io::Error) -> ConfigError {
    ConfigError::Io { file: file.to_owned(), cause: cause.to_string() }
}

/// The directory as Python's `%(here)s` gives it.
fn absolute(directory: &Path) -> String {
    let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    std::path::absolute(directory).unwrap_or_else(|_| directory.to_owned()).display().to_string()
}
