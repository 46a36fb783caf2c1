//! Where the programs of PostgreSQL are installed.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The path of a program of PostgreSQL, such as `pg_dump`, from the installation that also runs the private cluster.
///
/// # Panics
/// When PostgreSQL's server programs, or this one among them, are not installed.
pub fn postgres_binary(name: &str) -> PathBuf {
    let path = directory().join(name);
    if path.is_file() {
        return path;
    }
    // Debian puts client programs such as `psql` on PATH only as wrappers, other systems split client and server packages.
    search_path()
        .into_iter()
        .map(|directory| directory.join(name))
        .find(|path| path.is_file())
        .unwrap_or_else(|| panic!("`{name}` is not installed beside {}: {INSTALL}", directory().display()))
}

/// What to do when there is no server, as the end of a message.
const INSTALL: &str = "install PostgreSQL's server programs (`apt-get install postgresql`, `brew install postgresql`) \
                       or set LIMBECK_TEST_POSTGRES_URL to a server on which databases may be created";

/// The directory that holds `initdb` and `postgres`.
fn directory() -> &'static Path {
    static DIRECTORY: OnceLock<PathBuf> = OnceLock::new();
    DIRECTORY.get_or_init(|| {
        let mut candidates = search_path();
        candidates.extend(versioned_directories());
        candidates.extend(configured_directory());
        candidates
            .into_iter()
            .find(|directory| directory.join("initdb").is_file() && directory.join("postgres").is_file())
            .unwrap_or_else(|| panic!("no PostgreSQL server found: {INSTALL}"))
    })
}

fn search_path() -> Vec<PathBuf> {
    env::var_os("PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default()
}

/// Debian and Ubuntu keep each major version apart, outside PATH; the newest comes first.
fn versioned_directories() -> Vec<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versions.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    versions.into_iter().map(|(_, directory)| directory).collect()
}

fn configured_directory() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    Some(PathBuf::from(String::from_utf8(output.stdout).ok()?.trim()))
}
