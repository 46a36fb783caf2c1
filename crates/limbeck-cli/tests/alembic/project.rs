//! The same project as Alembic's, for Limbeck.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use rusqlite::Connection;

use crate::{Recorded, Recording};

/// A directory with the scripts as SQL files, and a database.
pub(crate) struct Project {
    directory: tempfile::TempDir,
    database: PathBuf,
    /// Where Alembic's scripts and its database were.
    alembics: (String, String),
    scripts: String,
}

/// What Limbeck did.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// What the scripts left behind, in their order.
    pub(crate) trace: Vec<String>,
    pub(crate) rows: Vec<String>,
}

impl Project {
    pub(crate) fn new(recorded: &Recorded) -> Self {
        // SQLite waits for the disk at every commit, of which there are thousands.
        let memory = std::path::Path::new("/dev/shm");
        let place = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let directory = tempfile::Builder::new().prefix("limbeck-oracle-").tempdir_in(place).unwrap();
        let database = directory.path().join("test.db");
        std::fs::create_dir(directory.path().join("migrations")).unwrap();
        std::fs::write(
            directory.path().join("limbeck.toml"),
            format!("[environments.test]\nurl = \"sqlite:///{}\"\n", database.display()),
        )
        .unwrap();
        let mut scripts = String::new();
        for script in &recorded.scripts {
            let id = &script.revision;
            let header: String =
                script.header.lines().map(|line| format!("-- {line}").trim_end().to_owned() + "\n").collect();
            let text = format!(
                "{header}\n-- migrate:up\nINSERT INTO trace VALUES ('upgrade {id}');\n\n-- migrate:down\nINSERT INTO trace VALUES ('downgrade {id}');\n"
            );
            std::fs::write(directory.path().join(format!("migrations/{}.sql", script.file)), text).unwrap();
            scripts.push_str(&format!("{header}\n"));
        }
        let connection = Connection::open(&database).unwrap();
        connection.execute_batch("CREATE TABLE trace (step TEXT)").unwrap();
        let alembics = (recorded.versions.clone(), recorded.database.clone());
        Self { directory, database, alembics, scripts }
    }

    /// The command, from the rows that Alembic had before it.
    pub(crate) fn run(&self, recording: &Recording) -> Ran {
        let connection = Connection::open(&self.database).unwrap();
        connection
            .execute_batch(
                "DELETE FROM trace; CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)); DELETE FROM alembic_version;",
            )
            .unwrap();
        for row in &recording.before {
            connection.execute("INSERT INTO alembic_version VALUES (?1)", [row]).unwrap();
        }
        let mut ran = self.limbeck(&recording.arguments);
        let column = |query: &str| -> Vec<String> {
            let mut statement = connection.prepare(query).unwrap();
            let rows = statement.query_map([], |row| row.get(0)).unwrap();
            rows.collect::<Result<_, _>>().unwrap()
        };
        ran.trace = column("SELECT step FROM trace ORDER BY rowid");
        ran.rows = column("SELECT version_num FROM alembic_version ORDER BY 1");
        ran
    }

    /// A command that leaves the database alone.
    pub(crate) fn limbeck(&self, arguments: &[String]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_limbeck"));
        command.args(arguments).current_dir(self.directory.path()).stdin(Stdio::null());
        for name in ["LIMBECK_CONFIG", "LIMBECK_ENVIRONMENT", "ALEMBIC_CONFIG", "CLICOLOR_FORCE"] {
            command.env_remove(name);
        }
        let output = command.output().unwrap();
        Ran {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            trace: Vec::new(),
            rows: Vec::new(),
        }
    }

    /// Alembic's stdout with the places where Limbeck's files are.
    pub(crate) fn expected_stdout(&self, alembic: &Recording) -> String {
        let migrations = self.directory.path().join("migrations").display().to_string();
        let (versions, database) = &self.alembics;
        let mut text = String::new();
        for line in alembic.stdout.lines() {
            let line =
                line.replace(versions, &migrations).replace(database, &self.database.display().to_string());
            let is_path = line.starts_with("Path: ");
            text.push_str(&if is_path { line.replace(".py", ".sql") } else { line });
            text.push('\n');
        }
        text
    }

    /// Everything about a command that differs, for a person.
    pub(crate) fn told(&self, alembic: &Recording, ran: &Ran) -> String {
        format!(
            "$ {} (from {:?})\n--- Alembic: {:?}\n{}{}\nran {:?}, rows {:?}\n--- Limbeck: exit code {}\n{}{}ran {:?}, rows {:?}\n--- scripts\n{}",
            alembic.arguments.join(" "),
            alembic.before,
            alembic.error,
            alembic.stdout,
            alembic.log.join("\n"),
            alembic.trace,
            alembic.after,
            ran.code,
            ran.stdout,
            ran.stderr,
            ran.trace,
            ran.rows,
            self.scripts,
        )
    }
}

impl Ran {
    /// The lines that Alembic has too: those of `limbeck` itself are more.
    pub(crate) fn log_lines(&self) -> Vec<String> {
        self.stderr.lines().filter(|line| line.contains("[limbeck.")).map(str::to_owned).collect()
    }
}

/// Output without the order of what Alembic keeps in sets: labels, the children of a branch point, and the lines of `current`.
pub(crate) fn without_order_of_sets(alembic: &Recording, stdout: &str) -> String {
    let mut lines: Vec<String> = stdout.lines().map(labels_sorted).collect();
    if ["branches", "current"].contains(&alembic.arguments[0].as_str()) {
        lines.sort();
    }
    lines.join("\n")
}

fn labels_sorted(line: &str) -> String {
    let sorted = |names: &str| {
        let mut names: Vec<&str> = names.split(", ").collect();
        names.sort_unstable();
        names.join(", ")
    };
    for title in ["Branches into: ", "Branch names: "] {
        if let Some(names) = line.strip_prefix(title) {
            return format!("{title}{}", sorted(names));
        }
    }
    // `oracle.py` calls them so.
    let mut parts = line.split(" (label");
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (names, after) = part.split_once(')').unwrap_or((part, ""));
        result.push_str(&format!(" ({}){after}", sorted(&format!("label{names}"))));
    }
    result
}

/// Alembic's log lines with the name changed; of a message of several lines only the first. Of SQLite Alembic says that
/// DDL is not transactional, which is Python's driver's fault; Limbeck runs it in transactions.
pub(crate) fn expected_log(alembic: &Recording) -> Vec<String> {
    let first_lines = alembic.log.iter().filter_map(|entry| entry.lines().next());
    let renamed = first_lines.map(|line| line.replace("[alembic.", "[limbeck."));
    renamed.map(|line| line.replace("non-transactional", "transactional")).collect()
}
