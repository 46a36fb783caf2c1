//! Runs the document `statement_subject.md`. `UPDATE_EXPECT=1` writes what is found into it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::path::Path;

use limbeck_dialect::{StatementSubject, statement_subject};
use limbeck_schema::{Dialect, ObjectReference};

fn shown(subject: &StatementSubject) -> String {
    let list = |objects: &[ObjectReference]| {
        objects.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ")
    };
    match subject {
        StatementSubject::Creates(object) => format!("makes {object}"),
        StatementSubject::CreatesIndex { name: Some(name), on } => format!("makes index {name} on {on}"),
        StatementSubject::CreatesIndex { name: None, on } => format!("makes an index on {on}"),
        StatementSubject::Alters(objects) if objects.is_empty() => "changes something".to_owned(),
        StatementSubject::Alters(objects) => format!("changes {}", list(objects)),
        StatementSubject::AltersDefaultPrivileges => "changes default privileges".to_owned(),
        StatementSubject::Drops(objects) => format!("drops {}", list(objects)),
        StatementSubject::Other => "something else".to_owned(),
    }
}

#[test]
fn the_document_holds() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/statement_subject.md");
    let document = std::fs::read_to_string(&path).unwrap();
    let mut dialect = Dialect::Postgresql;
    let mut found = String::new();
    for line in document.lines() {
        if line == "## SQLite" {
            dialect = Dialect::Sqlite;
        }
        let row = line.strip_prefix("| `").and_then(|row| row.rsplit_once("` |"));
        if let Some((cell, _)) = row {
            let sql = cell.replace("` newline `", "\n");
            found += &format!("| `{cell}` | {} |\n", shown(&statement_subject(dialect, &sql)));
        } else {
            found += line;
            found.push('\n');
        }
    }
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, found).unwrap();
    } else {
        assert_eq!(document, found, "if this is right, run with UPDATE_EXPECT=1 and read the difference");
    }
}
