//! All scripts of a project.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use crate::graph::{GraphError, RevisionGraph, Step};

use crate::trial::TEST_DATA_DIRECTORY;

use super::render::render_script_in;
use super::{NewScript, Script, ScriptError, ScriptErrorKind, ScriptErrors, ScriptStyle, file_name, parse};

/// Fewer files than this are not worth a thread.
const FILES_FOR_A_THREAD: usize = 250;

/// The scripts of every version location, in load order: location by location, sorted by file name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScriptDirectory {
    scripts: Vec<Script>,
    /// Where in `scripts` a revision is.
    by_revision: BTreeMap<String, usize>,
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
        // Two locations may be one directory, by a link or a different spelling.
        if locations.len() > 1 {
            let mut read: BTreeSet<PathBuf> = BTreeSet::new();
            files.retain(|file| read.insert(fs::canonicalize(file).unwrap_or_else(|_| file.clone())));
        }
        let directory = ScriptDirectory::collect(read_all(&files), errors)?;
        let locations = locations.iter().map(|location| location.as_ref().to_owned()).collect();
        Ok(ScriptDirectory { locations, ..directory })
    }

    /// Scripts linked into a binary: file names and texts, in any order.
    pub fn from_embedded(files: &[(&str, &str)]) -> Result<ScriptDirectory, ScriptErrors> {
        let mut files = files.to_vec();
        files.sort();
        ScriptDirectory::collect(files.iter().map(|(file, text)| parse(file, text)).collect(), Vec::new())
    }

    fn collect(
        found: Vec<Result<Script, Vec<ScriptError>>>,
        mut errors: Vec<ScriptError>,
    ) -> Result<ScriptDirectory, ScriptErrors> {
        let mut directory = ScriptDirectory::default();
        for script in found {
            let script = match script {
                Ok(script) => script,
                Err(found) => {
                    errors.extend(found);
                    continue;
                }
            };
            let at = directory.scripts.len();
            if let Some(other) = directory.by_revision.insert(script.revision.clone(), at)
                && let Some(other) = directory.scripts.get(other)
            {
                errors.push(ScriptError {
                    file: script.file.clone(),
                    line: Some(script.revision_line),
                    kind: ScriptErrorKind::DuplicateRevision {
                        id: script.revision.clone(),
                        other: other.file.clone(),
                    },
                });
            }
            directory.scripts.push(script);
        }
        if errors.is_empty() { Ok(directory) } else { Err(ScriptErrors(errors)) }
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
        self.scripts.get(*self.by_revision.get(revision)?)
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
        let name = entry.file_name();
        if name.as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "sql") {
            found.push((name, path));
        } else if recursive && path.is_dir() && !path.ends_with(TEST_DATA_DIRECTORY) {
            directories.push(path);
        }
    }
    // Names: comparing paths takes them apart each time, which is felt with thousands of scripts.
    found.sort();
    files.extend(found.into_iter().map(|(_, path)| path));
    directories.sort();
    for inner in directories {
        list_files(&inner, recursive, files)?;
    }
    Ok(())
}

/// Reads and parses files, in their order. Opening thousands of files is waiting for the system, which several threads
/// do at once.
fn read_all(files: &[PathBuf]) -> Vec<Result<Script, Vec<ScriptError>>> {
    let read = |file: &PathBuf| {
        let text = read_text(file).map_err(|error| vec![error])?;
        parse(&file.display().to_string(), &text)
    };
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get().min(8));
    if threads == 1 || files.len() < FILES_FOR_A_THREAD * 2 {
        return files.iter().map(read).collect();
    }
    let chunk = files.len().div_ceil(threads).max(FILES_FOR_A_THREAD);
    std::thread::scope(|scope| {
        let chunks: Vec<_> = files
            .chunks(chunk)
            .map(|files| (files, scope.spawn(move || files.iter().map(read).collect::<Vec<_>>())))
            .collect();
        // A thread that died did not read its files; reading them here tells why, or works.
        chunks
            .into_iter()
            .flat_map(|(files, thread)| thread.join().unwrap_or_else(|_| files.iter().map(read).collect()))
            .collect()
    })
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
