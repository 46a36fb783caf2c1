//! Runs the documents of `tests/cases`: every operation is written as SQL for both dialects, compared with what the
//! document says, and run on real databases, forwards and backwards.
//!
//! `UPDATE_EXPECT=1` writes what is rendered into the documents.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use limbeck_dialect::{Statement, render};
use limbeck_schema::{Dialect, Operation};

/// A section of a document: an operation, what must be there before it, and the SQL that is expected of it.
struct Case {
    title: String,
    /// The lowest PostgreSQL version that has it: `Needs PostgreSQL 18.` in the text.
    needs_postgresql: u32,
    /// The one dialect that it is about: `Only SQLite.` in the text.
    only: Option<Dialect>,
    setup: Vec<(Option<Dialect>, String)>,
    operation: Operation,
    expected: Vec<(Dialect, String)>,
}

/// A piece of a document: lines of text, or a fenced block with its info string.
enum Piece {
    Text(String),
    Fence { info: String, body: String },
}

fn pieces(document: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut lines = document.lines();
    let mut text = String::new();
    while let Some(line) = lines.next() {
        if let Some(info) = line.strip_prefix("```") {
            pieces.push(Piece::Text(std::mem::take(&mut text)));
            let body = lines.by_ref().take_while(|l| *l != "```").fold(String::new(), |b, l| b + l + "\n");
            pieces.push(Piece::Fence { info: info.to_owned(), body });
        } else {
            text += line;
            text.push('\n');
        }
    }
    pieces.push(Piece::Text(text));
    pieces
}

fn dialect_of(info: &str) -> Option<Dialect> {
    info.split_whitespace().last()?.parse().ok()
}

fn only_dialect(line: &str) -> Option<Dialect> {
    Dialect::ALL.into_iter().find(|dialect| {
        line.to_ascii_lowercase().contains(&format!("only {}.", dialect.to_string().to_ascii_lowercase()))
    })
}

fn cases(path: &Path, document: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut title = String::new();
    let mut needs_postgresql = 0;
    let mut only = None;
    let mut setup = Vec::new();
    for piece in pieces(document) {
        match piece {
            Piece::Text(text) => {
                for line in text.lines() {
                    if let Some(heading) = line.trim_start_matches('#').strip_prefix(' ')
                        && line.starts_with('#')
                    {
                        title = heading.to_owned();
                        needs_postgresql = 0;
                        only = None;
                        setup.clear();
                    }
                    only = only.or_else(|| only_dialect(line));
                    if let Some((_, version)) = line.split_once("Needs PostgreSQL ") {
                        needs_postgresql = version.trim_end_matches('.').parse().unwrap();
                    }
                }
            }
            Piece::Fence { info, body } if info.starts_with("sql setup") => {
                setup.push((dialect_of(&info), body))
            }
            Piece::Fence { info, body } if info == "json" => cases.push(Case {
                title: title.clone(),
                needs_postgresql,
                only,
                setup: setup.clone(),
                operation: serde_json::from_str(&body)
                    .unwrap_or_else(|error| panic!("{}: {title}: {error}", path.display())),
                expected: Vec::new(),
            }),
            Piece::Fence { info, body } => {
                let dialect = dialect_of(&info).unwrap_or_else(|| panic!("{}: ```{info}", path.display()));
                cases.last_mut().expect("an operation comes first").expected.push((dialect, body));
            }
        }
    }
    cases
}

/// The SQL as a document shows it.
fn shown(dialect: Dialect, operation: &Operation) -> String {
    match render(dialect, operation) {
        Ok(statements) => statements.iter().fold(String::new(), |mut text, statement| {
            for line in statement.comment.iter().flat_map(|c| c.lines()) {
                let _ = writeln!(text, "-- {line}");
            }
            let _ = writeln!(text, "{};", statement.sql);
            text
        }),
        Err(error) => format!("error[{}]: {error}\n", error.code()),
    }
}

/// The document with the SQL that is rendered now.
fn refreshed(document: &str) -> String {
    let mut text = String::new();
    let mut only = None;
    for piece in pieces(document) {
        match piece {
            Piece::Text(plain) => {
                for line in plain.lines() {
                    only = if line.starts_with('#') { None } else { only.or_else(|| only_dialect(line)) };
                }
                text += plain.trim_start_matches('\n');
            }
            Piece::Fence { info, body } if info == "json" || info.starts_with("sql setup") => {
                let _ = write!(text, "```{info}\n{body}```\n\n");
                if info == "json" {
                    let operation = serde_json::from_str(&body).unwrap();
                    for dialect in Dialect::ALL.into_iter().filter(|d| only.is_none_or(|only| only == *d)) {
                        let _ = write!(text, "```sql {dialect}\n{}```\n\n", shown(dialect, &operation));
                    }
                }
            }
            Piece::Fence { .. } => {}
        }
    }
    text.trim_end().to_owned() + "\n"
}

fn documents() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut paths: Vec<_> = std::fs::read_dir(directory).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty());
    paths
}

fn all_cases() -> Vec<Case> {
    documents().iter().flat_map(|path| cases(path, &std::fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn documents_show_what_is_rendered() {
    for path in documents() {
        let document = std::fs::read_to_string(&path).unwrap();
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&path, refreshed(&document)).unwrap();
            continue;
        }
        for case in cases(&path, &document) {
            let dialects = Dialect::ALL.into_iter().filter(|d| case.only.is_none_or(|only| only == *d));
            let found: Vec<_> = dialects.map(|d| (d, shown(d, &case.operation))).collect();
            assert_eq!(found, case.expected, "{}: {}", path.display(), case.title);
        }
    }
}

#[test]
fn documents_cover_every_operation() {
    let kind = |operation: &Operation| {
        let json = serde_json::to_value(operation).unwrap();
        json.as_object().and_then(|o| o.keys().next().cloned()).unwrap()
    };
    let covered: std::collections::BTreeSet<_> =
        all_cases().iter().map(|case| kind(&case.operation)).collect();
    let all = [
        "add_column",
        "add_constraint",
        "alter_column",
        "alter_composite",
        "alter_default_privileges",
        "alter_domain",
        "alter_enum",
        "alter_grants",
        "alter_sequence",
        "alter_table_options",
        "attach_partition",
        "create_composite",
        "create_domain",
        "create_entity",
        "create_enum",
        "create_index",
        "create_schema",
        "create_sequence",
        "create_table",
        "detach_partition",
        "drop_column",
        "drop_composite",
        "drop_constraint",
        "drop_domain",
        "drop_entity",
        "drop_enum",
        "drop_index",
        "drop_schema",
        "drop_sequence",
        "drop_table",
        "execute",
        "rebuild_table",
        "rename_column",
        "rename_composite",
        "rename_constraint",
        "rename_domain",
        "rename_entity",
        "rename_enum",
        "rename_index",
        "rename_table",
        "replace_entity",
        "set_comment",
        "set_owner",
    ];
    assert_eq!(covered.iter().map(String::as_str).collect::<Vec<_>>(), all);
}

/// The statements to run: what the case's operation is, then, where it can be taken back, its reverse.
fn there_and_back(dialect: Dialect, case: &Case) -> Vec<Statement> {
    if case.only.is_some_and(|only| only != dialect) {
        return Vec::new();
    }
    let Ok(mut statements) = render(dialect, &case.operation) else { return Vec::new() };
    statements.extend(render(dialect, &case.operation.reverse()).into_iter().flatten());
    statements
}

fn setup_for(dialect: Dialect, case: &Case) -> impl Iterator<Item = &str> {
    case.setup.iter().filter(move |(only, _)| only.is_none_or(|o| o == dialect)).map(|(_, sql)| sql.as_str())
}

#[test]
fn sqlite_accepts_what_is_rendered() {
    for case in all_cases() {
        let statements = there_and_back(Dialect::Sqlite, &case);
        if statements.is_empty() {
            continue;
        }
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        connection.execute_batch("PRAGMA foreign_keys=OFF").unwrap();
        for sql in setup_for(Dialect::Sqlite, &case) {
            connection.execute_batch(sql).unwrap_or_else(|error| panic!("{}: {error}\n{sql}", case.title));
        }
        connection.execute_batch("BEGIN").unwrap();
        for Statement { sql, .. } in statements {
            connection.execute_batch(&sql).unwrap_or_else(|error| panic!("{}: {error}\n{sql}", case.title));
        }
        connection.execute_batch("COMMIT").unwrap();
    }
}

#[test]
fn postgresql_accepts_what_is_rendered() {
    let url = limbeck_test_server::postgres_url();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
        let driver = tokio::spawn(connection);
        let version = client.query_one("SHOW server_version_num", &[]).await.unwrap();
        let version = version.get::<_, &str>(0).parse::<u32>().unwrap() / 10_000;
        let mut failures = Vec::new();
        for case in all_cases().iter().filter(|c| c.needs_postgresql <= version) {
            if case.only.is_some_and(|only| only != Dialect::Postgresql) {
                continue;
            }
            client.batch_execute("BEGIN; CREATE SCHEMA shop").await.unwrap();
            let setup = setup_for(Dialect::Postgresql, case).map(str::to_owned);
            let rendered = there_and_back(Dialect::Postgresql, case).into_iter().map(|s| s.sql);
            for sql in setup.chain(rendered) {
                if let Err(error) = client.batch_execute(&sql).await {
                    let message = error.as_db_error().map_or(error.to_string(), |e| e.message().to_owned());
                    failures.push(format!("{}: {message}\n{sql}\n", case.title));
                    break;
                }
            }
            client.batch_execute("ROLLBACK").await.unwrap();
        }
        assert!(failures.is_empty(), "{}", failures.join("\n"));
        drop(client);
        driver.await.unwrap().unwrap();
    });
}
