//! Runs the console blocks of the guides as a reader would, and compares what is printed with what the guide shows.
//!
//! A block ```` ```rust file=src/lib.rs ```` writes a file; in a ```` ```console ```` block each line `$ limbeck …` or `$ cat …` is run. Lines
//! that make the project (`$ cargo …`) stand for what this test prepares. `UPDATE_EXPECT=1` writes the output found.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

#[test]
fn the_tutorial_prints_what_it_shows() {
    let directory = tempfile::Builder::new().prefix("limbeck-guide-").tempdir().unwrap();
    let project = directory.path().join("shop");
    fs::create_dir_all(project.join("src")).unwrap();
    let manifest = format!(
        "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\nlimbeck = {{ path = \"{REPOSITORY}/crates/limbeck\" }}\n\n[workspace]\n"
    );
    fs::write(project.join("Cargo.toml"), manifest).unwrap();
    fs::write(project.join("src/lib.rs"), "").unwrap();
    // The versions the workspace was tested with, so that nothing new is fetched.
    fs::copy(Path::new(REPOSITORY).join("Cargo.lock"), project.join("Cargo.lock")).unwrap();
    check_guide(&Path::new(REPOSITORY).join("docs/tutorial.md"), &project);
}

#[test]
fn a_project_of_alembic_is_worked_on_as_it_is() {
    let directory = tempfile::Builder::new().prefix("limbeck-guide-").tempdir().unwrap();
    check_guide(&Path::new(REPOSITORY).join("docs/coming-from-alembic.md"), directory.path());
}

fn check_guide(guide: &Path, project: &Path) {
    let text = fs::read_to_string(guide).unwrap();
    let found = run_guide(&text, project);
    if without_names(&found) == without_names(&text) {
        return;
    }
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(guide, &found).unwrap();
        return;
    }
    let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("guide.md");
    fs::write(&target, &found).unwrap();
    panic!(
        "{} does not show what the commands print; compare it with {}, or run with UPDATE_EXPECT=1",
        guide.display(),
        target.display()
    );
}

/// The guide with the output of its commands as it is now.
fn run_guide(text: &str, project: &Path) -> String {
    let mut result = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        result.push_str(line);
        result.push('\n');
        let Some(info) = line.strip_prefix("```").filter(|info| !info.is_empty()) else { continue };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        if let Some((_, file)) = info.split_once("file=") {
            fs::write(project.join(file), block.join("\n") + "\n").unwrap();
        }
        if info == "console" {
            for command in block.iter().filter_map(|line| line.strip_prefix("$ ")) {
                result.push_str(&format!("$ {command}\n{}", run(command, project)));
            }
        } else {
            result.push_str(&block.join("\n"));
            result.push('\n');
        }
        result.push_str("```\n");
    }
    result
}

fn run(command: &str, project: &Path) -> String {
    if command.starts_with("cargo ") {
        return String::new();
    }
    let binary = Path::new(env!("CARGO_BIN_EXE_limbeck"));
    let path = std::env::join_paths(
        [binary.parent().unwrap().to_owned()]
            .into_iter()
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    );
    let output = Command::new("sh")
        .args(["-c", &format!("{command} 2>&1")])
        .current_dir(project)
        .env("PATH", path.unwrap())
        .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("guides"))
        .env_remove("DATABASE_URL")
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    // What logs begin with is not shown on a terminal.
    let is_shown = |line: &&str| !line.contains("] Context impl ") && !line.contains("] Will assume ");
    String::from_utf8(output.stdout).unwrap().split_inclusive('\n').filter(is_shown).collect()
}

/// The text with revision identifiers numbered and dates left out.
fn without_names(text: &str) -> String {
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    let mut result = String::new();
    for line in text.lines().filter(|line| !line.starts_with("-- Create Date:")) {
        let mut rest = line;
        while let Some(start) = rest.find(|c: char| c.is_ascii_hexdigit()) {
            let (before, from) = rest.split_at(start);
            let length = from.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(from.len());
            let (digits, after) = from.split_at(length);
            result.push_str(before);
            if length == 12 {
                let next = known.len();
                let number = *known.entry(digits.to_owned()).or_insert(next);
                result.push_str(&format!("<revision {number}>"));
            } else {
                result.push_str(digits);
            }
            rest = after;
        }
        result.push_str(rest);
        result.push('\n');
    }
    result
}
