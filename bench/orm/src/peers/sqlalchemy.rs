//! SQLAlchemy, in a process of its own that measures itself: `sqlalchemy_peer.py`.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use crate::data::Database;

/// The fastest round of each case; nothing where there is no Python with SQLAlchemy, which `PYTHON` names.
pub fn measure(database: &Database, rounds: usize) -> BTreeMap<String, Duration> {
    let Some(python) = std::env::var_os("PYTHON") else { return BTreeMap::new() };
    let url = match database {
        Database::Postgresql(url) => url.replacen("postgresql://", "postgresql+psycopg://", 1),
        Database::Sqlite(path) => format!("sqlite:///{path}"),
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/sqlalchemy_peer.py");
    let output = Command::new(python).arg(script).arg(url).arg(rounds.to_string()).output();
    let output = match output {
        Ok(output) if output.status.success() => output,
        Ok(output) => {
            eprintln!("SQLAlchemy: {}", String::from_utf8_lossy(&output.stderr));
            return BTreeMap::new();
        }
        Err(error) => {
            eprintln!("SQLAlchemy: {error}");
            return BTreeMap::new();
        }
    };
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    lines
        .lines()
        .filter_map(|line| {
            let (case, seconds) = line.split_once('\t')?;
            Some((case.to_owned(), Duration::from_secs_f64(seconds.parse().ok()?)))
        })
        .collect()
}
