//! Real Alembic beside Limbeck: the same projects and the same commands, over SQLite.
//!
//! `oracle.py` makes random projects (several bases, labels, dependencies, merges), walks each by upgrades, downgrades and
//! stamps, and asks for everything that shows the graph. Here the same scripts are SQL files, and every command is given to
//! `limbeck` as a user types it, from the version rows that Alembic had before it. Compared are the revisions that ran and
//! their order, the version rows, stdout byte for byte, and Alembic's log lines on stderr with the name changed.
//!
//! CI takes a sample; `LIMBECK_ALEMBIC_GRAPHS=520 LIMBECK_ALEMBIC_SEED=3` take more. Where Limbeck differs on purpose is
//! listed, with the reason, in `differences`.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test stops at the first surprise"
)]

mod differences;
mod project;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::project::{Project, Ran};

/// A line of what `oracle.py` prints.
#[derive(Deserialize)]
struct Recorded {
    scripts: Vec<Script>,
    versions: String,
    database: String,
    commands: Vec<Recording>,
}

#[derive(Deserialize)]
struct Script {
    file: String,
    revision: String,
    header: String,
}

/// What Alembic did.
#[derive(Debug, Deserialize)]
struct Recording {
    arguments: Vec<String>,
    before: Vec<String>,
    after: Vec<String>,
    stdout: String,
    log: Vec<String>,
    trace: Vec<String>,
    error: Option<AlembicError>,
    /// It left rows of which one implies another.
    #[serde(default)]
    overlap: bool,
}

#[derive(Debug, Deserialize)]
struct AlembicError {
    kind: String,
    #[serde(default)]
    message: String,
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// The Python that has Alembic.
fn oracle_python(root: &Path) -> String {
    let output = Command::new(root.join("scripts/oracle-venv")).stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "scripts/oracle-venv could not install Alembic, see above");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn alembic_does_the_same() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let graphs = setting("LIMBECK_ALEMBIC_GRAPHS", 40);
    let seed = setting("LIMBECK_ALEMBIC_SEED", 1);
    let mut oracle = Command::new(oracle_python(&root))
        .arg(root.join("crates/limbeck-cli/tests/alembic/oracle.py"))
        .args(["--graphs", &graphs.to_string(), "--seed", &seed.to_string()])
        // Sets of Python are ordered by it.
        .env("PYTHONHASHSEED", "0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut failures: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut on_purpose: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut read, mut compared) = (0, 0);
    for line in BufReader::new(oracle.stdout.take().unwrap()).lines() {
        let recorded: Recorded = serde_json::from_str(&line.unwrap()).unwrap();
        read += 1;
        let project = Project::new(&recorded);
        for recording in &recorded.commands {
            compared += 1;
            let ran = project.run(recording);
            match compare(&project, recording, &ran) {
                Ok(()) => {}
                Err(found) => match differences::on_purpose(recording, &ran, found) {
                    Some(reason) => *on_purpose.entry(reason).or_default() += 1,
                    None => failures
                        .entry(format!("{found}: {}", recording.arguments[0]))
                        .or_default()
                        .push(project.told(recording, &ran)),
                },
            }
        }
    }
    assert!(oracle.wait().unwrap().success(), "oracle.py failed");
    assert_eq!(read, graphs);
    assert!(compared > graphs * 10, "only {compared} commands");
    eprintln!("{compared} commands on {graphs} graphs; on purpose: {on_purpose:#?}");
    for (kind, found) in &failures {
        eprintln!("{} times {kind}, as here:\n{}", found.len(), found[0]);
    }
    assert!(failures.is_empty(), "of {compared} commands some differ from Alembic's (seed {seed})");
    let chosen: usize = on_purpose.values().sum();
    assert!(
        chosen as u64 * 5 < compared,
        "{chosen} of {compared} differ on purpose, which is too many to be right"
    );
}

/// What of a command differs, the most telling first.
fn compare(project: &Project, alembic: &Recording, ran: &Ran) -> Result<(), &'static str> {
    let same = |same: bool, what: &'static str| if same { Ok(()) } else { Err(what) };
    if alembic.error.is_some() {
        return same(ran.code != 0, "Alembic refuses");
    }
    same(ran.code == 0, "Alembic does it")?;
    same(ran.trace == alembic.trace, "other revisions run, or in another order")?;
    same(ran.rows == alembic.after, "other version rows")?;
    if !alembic.arguments.iter().any(|argument| argument == "--sql") {
        let unordered = |text: &str| project::without_order_of_sets(alembic, text);
        let equal = unordered(&ran.stdout) == unordered(&project.expected_stdout(alembic));
        same(equal, "other stdout")?;
    }
    same(ran.log_lines() == project::expected_log(alembic), "other log lines")
}
