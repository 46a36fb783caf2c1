//! All scripts of a project.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use crate::graph::{GraphError, RevisionGraph, Step};

use crate::trial::TEST_DATA_DIRECTORY;

use super::render::render_script_in;
use super::{NewScript, Script, ScriptError, ScriptErrorKind, ScriptErrors, ScriptStyle, file_name, parse};

/// The scripts of every version location, in load order: location by location, sorted by file name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScriptDirectory {
    scripts: Vec<Script>,
    locations: Vec<PathBuf>,
}

impl ScriptDirectory {
    /// Reads every `*.sql` file of these directories; with `recursive` also of those inside them. Hidden files and
    /// directories are left out, and a directory named twice is read once. Everything that is wrong with any file is
    /// told at once.
    pub fn load(locations: &[impl AsRef<Path>], recursive: bool) -> Result<ScriptDirectory, ScriptErrors> {
        let mut files: Vec<PathBuf> = Vec::new();
        let mut errors = Vec::new();
        for location in locations {
            if let Err(error) = list_files(location.as_ref(), recursive, &mut files) {
                errors.push(error);
            }
        }
        if files.is_empty() && errors.is_empty() {
            errors.extend(locations.iter().find_map(|location| only_python(location.as_ref())));
        }
        let mut read: BTreeSet<PathBuf> = BTreeSet::new();
        let mut texts: Vec<(String, String)> = Vec::new();
        for file in files {
            // Two locations may be one directory, by a link or a different spelling.
            if locations.len() > 1 && !read.insert(fs::canonicalize(&file).unwrap_or_else(|_| file.clone())) {
                continue;
            }
            match read_text(&file) {
                Ok(text) => texts.push((file.display().to_string(), text)),
                Err(error) => errors.push(error),
            }
        }
        let texts = texts.iter().map(|(file, text)| (file.as_str(), text.as_str()));
        let directory = ScriptDirectory::from_texts(texts, errors)?;
        let locations = locations.iter().map(|location| location.as_ref().to_owned()).collect();
        Ok(ScriptDirectory { locations, ..directory })
    }

    /// Scripts linked into a binary: file names and texts, in any order.
    pub fn from_embedded(files: &[(&str, &str)]) -> Result<ScriptDirectory, ScriptErrors> {
        let mut files = files.to_vec();
        files.sort();
        ScriptDirectory::from_texts(files.into_iter(), Vec::new())
    }

    fn from_texts<'a>(
        files: impl Iterator<Item = (&'a str, &'a str)>,
        mut errors: Vec<ScriptError>,
    ) -> Result<ScriptDirectory, ScriptErrors> {
        let mut scripts: Vec<Script> = Vec::new();
        let mut files_by_revision: BTreeMap<String, &'a str> = BTreeMap::new();
        for (file, text) in files {
            let script = match parse(file, text) {
                Ok(script) => script,
                Err(found) => {
                    errors.extend(found);
                    continue;
                }
            };
            if let Some(other) = files_by_revision.insert(script.revision.clone(), file) {
                errors.push(ScriptError {
                    file: file.to_owned(),
                    line: Some(script.revision_line),
                    kind: ScriptErrorKind::DuplicateRevision {
                        id: script.revision.clone(),
                        other: other.to_owned(),
                    },
                });
            }
            scripts.push(script);
        }
        if errors.is_empty() {
            Ok(ScriptDirectory { scripts, locations: Vec::new() })
        } else {
            Err(ScriptErrors(errors))
        }
    }

    /// All scripts, in load order.
    pub fn scripts(&self) -> &[Script] {
        &self.scripts
    }

    /// The directories they were read from, of which the first gets new ones; none for embedded scripts.
    pub fn locations(&self) -> &[PathBuf] {
        &self.locations
    }

    /// The script of a revision.
    pub fn get(&self, revision: &str) -> Option<&Script> {
        self.scripts.iter().find(|script| script.revision == revision)
    }

    /// The script of a step.
    pub(crate) fn of_step(&self, step: &Step) -> Option<&Script> {
        self.scripts.get(step.source).filter(|script| script.revision == step.revision)
    }

    /// The graph of all scripts; [`crate::graph::Revision::source`] is a position in [`ScriptDirectory::scripts`].
    pub fn graph(&self) -> Result<RevisionGraph, GraphError> {
        RevisionGraph::new(
            self.scripts.iter().enumerate().map(|(source, script)| script.to_revision(source)).collect(),
        )
    }
}

/// Writes a new script into a directory, which is made if it is missing, and returns its path. An existing file is
/// never overwritten.
pub fn create_script(
    location: &Path,
    script: &NewScript,
    style: &ScriptStyle,
) -> Result<PathBuf, ScriptError> {
    let path = location.join(file_name(script, style));
    let directory = path.parent().unwrap_or(location);
    fs::create_dir_all(directory).map_err(|cause| io_error(directory, &cause))?;
    write_whole(&path, &render_script_in(script, &style.time_zone)).map_err(|cause| match cause.kind() {
        ErrorKind::AlreadyExists => script_error(&path, ScriptErrorKind::Exists),
        _ => io_error(&path, &cause),
    })?;
    Ok(path)
}

/// Writes a new file that has its text from the moment it is there: under a hidden name first, which nothing reads, so
/// that a full disk or a killed process leaves no half script.
fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".limbeck-").suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // As of any new file: what the process' mask leaves.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(directory)?;
    file.write_all(text.as_bytes())?;
    file.persist_noclobber(path)?;
    Ok(())
}

/// The files of a directory sorted by name, then those of its directories.
fn list_files(directory: &Path, recursive: bool, files: &mut Vec<PathBuf>) -> Result<(), ScriptError> {
    let entries = fs::read_dir(directory).map_err(|cause| match cause.kind() {
        ErrorKind::NotFound => script_error(directory, ScriptErrorKind::MissingDirectory),
        _ => io_error(directory, &cause),
    })?;
    let mut directories = Vec::new();
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|cause| io_error(directory, &cause))?;
        // Editors keep locks and backups in hidden files, as `.#name.sql`.
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "sql") {
            found.push(path);
        } else if recursive && path.is_dir() && !path.ends_with(TEST_DATA_DIRECTORY) {
            directories.push(path);
        }
    }
    found.sort();
    files.append(&mut found);
    directories.sort();
    for inner in directories {
        list_files(&inner, recursive, files)?;
    }
    Ok(())
}

/// The error for a directory without SQL scripts that holds scripts of Alembic.
fn only_python(directory: &Path) -> Option<ScriptError> {
    let is_script = |path: &Path| {
        path.extension().is_some_and(|extension| extension == "py") && !path.ends_with("__init__.py")
    };
    let entries = fs::read_dir(directory).ok()?;
    let count = entries.flatten().filter(|entry| is_script(&entry.path())).count();
    (count > 0).then(|| script_error(directory, ScriptErrorKind::OnlyPython { count }))
}

fn read_text(file: &Path) -> Result<String, ScriptError> {
    let bytes = fs::read(file).map_err(|cause| io_error(file, &cause))?;
    String::from_utf8(bytes).map_err(|cause| {
        let valid = cause.as_bytes().get(..cause.utf8_error().valid_up_to()).unwrap_or_default();
        let line = valid.iter().filter(|&&byte| byte == b'\n').count() + 1;
        ScriptError { line: Some(line), ..script_error(file, ScriptErrorKind::NotUtf8) }
    })
}

fn io_error(path: &Path, cause: &std::io::Error) -> ScriptError {
    script_error(path, ScriptErrorKind::Io { cause: cause.to_string() })
}

fn script_error(path: &Path, kind: ScriptErrorKind) -> ScriptError {
    ScriptError { file: path.display().to_string(), line: None, kind }
}
