//! Commands that rewrite the history, and the trial of all scripts, on real databases.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at the first surprise")]

use std::path::Path;

use limbeck_engine::Connection;
use limbeck_migrate::{
    Database, RevisionRequest, ScriptDirectory, Trial, TrialName, TrialOutcome, downgrade, rebase, squash,
    trial, upgrade,
};
use limbeck_test_server::{postgres_url, sqlite_directory};

struct Project {
    directory: tempfile::TempDir,
}

impl Project {
    fn new() -> Self {
        Self { directory: sqlite_directory() }
    }

    fn script(&self, id: &str, parents: &str, up: &str, down: &str) {
        let text = format!(
            "-- do {id}\n--\n-- Revision ID: {id}\n-- Revises: {parents}\n\n-- migrate:up\n{up}\n\n-- migrate:down\n{down}\n"
        );
        self.write(&format!("{id}.sql"), &text);
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.directory.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn scripts(&self) -> ScriptDirectory {
        ScriptDirectory::load(&[self.directory.path()], false).unwrap()
    }

    /// `a b c d`, each with a table of its name and `b`'s with a column that `c` adds.
    fn tables() -> Self {
        let project = Self::new();
        project.script("aaaa", "", "CREATE TABLE a (id INTEGER PRIMARY KEY);", "DROP TABLE a;");
        project.script("bbbb", "aaaa", "CREATE TABLE b (id INTEGER PRIMARY KEY);", "DROP TABLE b;");
        project.script(
            "cccc",
            "bbbb",
            "ALTER TABLE b ADD COLUMN name TEXT;",
            "ALTER TABLE b DROP COLUMN name;",
        );
        project.script("dddd", "cccc", "CREATE INDEX ix_b_name ON b (name);", "DROP INDEX ix_b_name;");
        project
    }
}

/// An empty database of each kind; the directory keeps the SQLite file.
fn databases(directory: &Path) -> [Database; 2] {
    let file = directory.join(format!("{}.db", limbeck_migrate::script::new_revision_id()));
    let sqlite = format!("sqlite:///{}", file.display());
    [sqlite, postgres_url()].map(|url| Database::new(url.parse().unwrap()))
}

async fn columns_of_b(database: &Database) -> usize {
    let connection = Connection::open(&database.url).await.unwrap();
    connection.query("INSERT INTO b (id, name) VALUES (1, 'x')").await.unwrap();
    connection.query("SELECT * FROM b").await.unwrap()[0].len()
}

fn failures(trial: &Trial) -> Vec<(TrialName, Option<String>, Vec<String>)> {
    let checks = trial.checks.iter();
    checks
        .filter_map(|check| match &check.outcome {
            TrialOutcome::Failed(lines) => Some((check.name, check.revision.clone(), lines.clone())),
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn a_squash_takes_every_database_to_the_same_place() {
    for start in ["base", "aaaa", "bbbb", "cccc", "dddd"] {
        let directory = sqlite_directory();
        for database in databases(directory.path()) {
            let project = Project::tables();
            if start != "base" {
                upgrade(&database, &project.scripts(), start, &mut |_| {}).await.unwrap();
            }
            let request =
                RevisionRequest { revision_id: Some("5555".to_owned()), ..RevisionRequest::default() };
            let squashed = squash(&project.scripts(), "bbbb:dddd", &request).unwrap();
            assert_eq!(squashed.replaced, ["bbbb", "cccc", "dddd"]);
            assert_eq!(squashed.notes, Vec::<String>::new());
            let run = upgrade(&database, &project.scripts(), "head", &mut |_| {}).await.unwrap();
            assert_eq!(run.current, ["5555"], "from {start}");
            assert_eq!(columns_of_b(&database).await, 2, "from {start}");
            // The old scripts may go, and the way back is the squash's own.
            for old in ["bbbb", "cccc", "dddd"] {
                std::fs::remove_file(project.directory.path().join(format!("{old}.sql"))).unwrap();
            }
            let run = downgrade(&database, &project.scripts(), "aaaa", &mut |_| {}).await.unwrap();
            assert_eq!(run.current, ["aaaa"], "from {start}");
            assert!(Connection::open(&database.url).await.unwrap().query("SELECT * FROM b").await.is_err());
        }
    }
}

#[test]
fn a_squash_is_the_scripts_one_after_the_other() {
    let project = Project::tables();
    let request = RevisionRequest { revision_id: Some("5555".to_owned()), ..RevisionRequest::default() };
    let text = squash(&project.scripts(), ":cccc", &request).unwrap().new.text;
    let (header, sections) = text.split_once("\n\n").unwrap();
    let header: Vec<&str> = header.lines().filter(|line| !line.starts_with("-- Create Date")).collect();
    assert_eq!(
        header,
        [
            "-- squash aaaa to cccc",
            "--",
            "-- Revision ID: 5555",
            "-- Revises:",
            "-- Replaces: aaaa, bbbb, cccc"
        ]
    );
    assert_eq!(
        sections,
        "-- migrate:up\n-- aaaa do aaaa\nCREATE TABLE a (id INTEGER PRIMARY KEY);\n\n-- bbbb do bbbb\nCREATE TABLE b (id INTEGER PRIMARY KEY);\n\n-- cccc do cccc\nALTER TABLE b ADD COLUMN name TEXT;\n\n-- migrate:down\n-- cccc do cccc\nALTER TABLE b DROP COLUMN name;\n\n-- bbbb do bbbb\nDROP TABLE b;\n\n-- aaaa do aaaa\nDROP TABLE a;\n"
    );
}

#[test]
fn dialects_and_what_is_missing_go_through_a_squash() {
    let project = Project::new();
    project.write(
        "a.sql",
        "-- Revision ID: aaaa\n-- Revises:\n-- migrate:up dialect=postgresql\nALTER TYPE mood ADD VALUE 'glad';\n-- migrate:up dialect=sqlite\nSELECT 1;\n-- migrate:down\nSELECT 2;\n",
    );
    project.write("b.sql", "-- Revision ID: bbbb\n-- Revises: aaaa\n-- migrate:up\nSELECT 3;\n");
    let request = RevisionRequest { dry_run: true, ..RevisionRequest::default() };
    let squashed = squash(&project.scripts(), "aaaa:bbbb", &request).unwrap();
    let text = squashed.new.text;
    assert!(
        text.contains("-- migrate:up dialect=postgresql\n-- aaaa\nALTER TYPE mood ADD VALUE 'glad';\n-- migrate:commit\n\n-- bbbb\nSELECT 3;\n"),
        "{text}"
    );
    assert!(text.contains("-- migrate:up dialect=sqlite\n"), "{text}");
    assert!(!text.contains("migrate:down"), "{text}");
    assert_eq!(squashed.notes.len(), 2, "{:?}", squashed.notes);
    assert!(!project.directory.path().join(squashed.new.path.file_name().unwrap()).exists());
}

#[test]
fn what_cannot_be_squashed_is_said() {
    let project = Project::tables();
    project.script("eeee", "bbbb", "SELECT 1;", "SELECT 1;");
    let request = RevisionRequest::default();
    let code = |range: &str| squash(&project.scripts(), range, &request).unwrap_err().code();
    assert_eq!(code("aaaa:dddd"), "graph.squash-open");
    assert_eq!(code("aaaa:aaaa"), "graph.nothing-to-squash");
    assert_eq!(code("aaaa"), "graph.malformed-identifier");
    assert_eq!(code("dddd:aaaa"), "graph.not-a-range");
    assert_eq!(code(":heads"), "graph.multiple-heads");
    squash(&project.scripts(), "cccc:dddd", &request).unwrap();
    std::fs::remove_file(project.directory.path().join("eeee.sql")).unwrap();
    assert_eq!(squash(&project.scripts(), ":head", &request).unwrap_err().code(), "graph.nested-squash");
}

#[tokio::test]
async fn a_rebase_changes_one_line() {
    let project = Project::tables();
    project.write(
        "eeee.sql",
        "-- do eeee\r\n--\r\n-- Revision ID: eeee\r\n-- Revises: bbbb\r\n\r\n-- migrate:up\r\nCREATE TABLE e (id INTEGER);\r\n-- migrate:down\r\nDROP TABLE e;\r\n",
    );
    project.script("ffff", "eeee", "CREATE TABLE f (id INTEGER);", "DROP TABLE f;");
    let scripts = project.scripts();
    let graph = scripts.graph().unwrap();
    let planned = rebase(&scripts, &["ffff"], "dddd").unwrap();
    assert_eq!(planned.moved, ["eeee", "ffff"]);

    let rows = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(planned.effect_on(&graph, &rows(&["bbbb"])).unwrap(), None);
    assert_eq!(
        planned.effect_on(&graph, &rows(&["ffff", "cccc"])).unwrap_err().code(),
        "graph.cannot-rebase"
    );
    assert_eq!(planned.effect_on(&graph, &rows(&["dddd", "ffff"])).unwrap(), Some(rows(&["ffff"])));

    let before = std::fs::read_to_string(project.directory.path().join("eeee.sql")).unwrap();
    planned.write().unwrap();
    let after = std::fs::read_to_string(project.directory.path().join("eeee.sql")).unwrap();
    assert_eq!(after, before.replace("Revises: bbbb", "Revises: dddd"));
    let heads: Vec<String> =
        project.scripts().graph().unwrap().heads().iter().map(|head| head.id.clone()).collect();
    assert_eq!(heads, ["ffff"]);

    let scripts = project.scripts();
    let code = |revision: &str, onto: &str| rebase(&scripts, &[revision], onto).unwrap_err().code();
    assert_eq!(code("ffff", "dddd"), "graph.cannot-rebase");
    assert_eq!(code("aaaa", "dddd"), "graph.cannot-rebase");
    assert_eq!(code("ffff", "base"), "graph.cannot-rebase");
    assert_eq!(code("nnnn", "dddd"), "graph.unknown-revision");
}

#[tokio::test]
async fn good_scripts_pass_the_trial() {
    let directory = sqlite_directory();
    let project = Project::tables();
    project.write("test_data/bbbb.sql", "INSERT INTO b (id) VALUES (1);\nINSERT INTO b (id) VALUES (2);\n");
    for database in databases(directory.path()) {
        let trial = trial(&database, &project.scripts(), None, &mut |_| {}).await.unwrap();
        assert_eq!(failures(&trial), []);
        let count = |name: TrialName| trial.checks.iter().filter(|check| check.name == name).count();
        assert_eq!(count(TrialName::DowngradeLeavesNoTrace), 4);
        assert_eq!(count(TrialName::UpgradeAgain), 4);
        assert_eq!(count(TrialName::TestData), 1);
        assert_eq!(count(TrialName::DowngradeWithRows), 4);
        assert_eq!(count(TrialName::UpgradeAfterDowngrade), 1);
    }
}

#[tokio::test]
async fn what_is_wrong_with_scripts_is_found() {
    let directory = sqlite_directory();
    for database in databases(directory.path()) {
        let project = Project::tables();
        // Forgets its index, and meets a row that it cannot take.
        project.script(
            "eeee",
            "dddd",
            "CREATE TABLE e (id INTEGER);\nCREATE INDEX ix_b_id ON b (id);",
            "DROP TABLE e;",
        );
        let trial_of =
            async |project: &Project| trial(&database, &project.scripts(), None, &mut |_| {}).await.unwrap();
        let found = failures(&trial_of(&project).await);
        assert_eq!(found[0].0, TrialName::DowngradeLeavesNoTrace, "{found:?}");
        assert_eq!(found[0].1.as_deref(), Some("eeee"));
        assert_eq!(found[0].2, ["Detected added index 'ix_b_id' on '('id',)'"]);

        let project = Project::tables();
        project.write("test_data/bbbb.sql", "INSERT INTO b (id) VALUES (1);");
        project.script("eeee", "dddd", "CREATE UNIQUE INDEX u ON b (name);", "DROP INDEX u;");
        project.write("test_data/dddd.sql", "INSERT INTO b VALUES (2, 'x');\nINSERT INTO b VALUES (3, 'x');");
        let found = failures(&trial_of(&project).await);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].0, found[0].1.as_deref()), (TrialName::Upgrade, Some("eeee")));
        assert!(found[0].2.last().unwrap().ends_with("eeee.sql:7"), "{found:?}");
    }
}

#[tokio::test]
async fn what_only_the_database_itself_sees_is_found_too() {
    let database = Database::new(postgres_url().parse().unwrap());
    let project = Project::new();
    project.script(
        "aaaa",
        "",
        "CREATE TABLE a (id INTEGER);\nCREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1';",
        "DROP TABLE a;",
    );
    let trial = trial(&database, &project.scripts(), None, &mut |_| {}).await.unwrap();
    let found = failures(&trial);
    assert!(found.iter().any(|failure| failure.0 == TrialName::DowngradeLeavesNoTrace), "{found:?}");
}
