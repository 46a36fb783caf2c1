//! One pair of schemas: there and back again.

use std::fmt::Write;

use limbeck_dialect::{Statement, plan, project, quote_identifier, quote_name, render};
use limbeck_diff::after_renames;
use limbeck_engine::{Connection, DatabaseUrl};
use limbeck_inspect::{InspectOptions, canonicalize, inspect};
use limbeck_schema::{Dialect, MetaData, Operation, QualifiedName, SqlType, reverse_all};
use limbeck_test_server::{postgres_url, sqlite_directory};

use crate::observer::observe;
use crate::random_schema::SCHEMAS;
use crate::rows::{Rows, Survivors, literal, rows, value};

/// Where a journey ended, and why.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) stage: Stage,
    pub(crate) details: String,
}

/// The steps of a journey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// A database of the first schema is made from nothing.
    First,
    /// A database of the second schema is made from nothing.
    Second,
    Rows,
    Compare,
    Upgrade,
    UpgradeIsComplete,
    UpgradeIsSeen,
    RowsSurviveUpgrade,
    Downgrade,
    DowngradeIsComplete,
    DowngradeIsSeen,
    RowsSurviveDowngrade,
}

fn failure(stage: Stage, details: impl std::fmt::Display) -> Failure {
    Failure { stage, details: details.to_string() }
}

/// How a database differs from a model.
struct Comparison {
    operations: Vec<Operation>,
    upgrade: Vec<Statement>,
    downgrade: Vec<Statement>,
}

/// A database that is used for one journey after the other.
pub(crate) struct Scratch {
    url: String,
    connection: Connection,
    _directory: Option<tempfile::TempDir>,
}

impl Scratch {
    pub(crate) async fn new(dialect: Dialect) -> Scratch {
        let (url, directory) = match dialect {
            Dialect::Postgresql => (postgres_url(), None),
            Dialect::Sqlite => {
                let directory = sqlite_directory();
                (format!("sqlite:///{}", directory.path().join("round_trip.db").display()), Some(directory))
            }
        };
        let database_url: DatabaseUrl = url.parse().expect("a test server's URL is valid");
        let connection = Connection::open(&database_url).await.expect("a test server can be reached");
        Scratch { url, connection, _directory: directory }
    }

    fn dialect(&self) -> Dialect {
        self.connection.dialect()
    }

    async fn run(&self, sql: &str) -> Result<(), String> {
        self.connection.query(sql).await.map(|_| ()).map_err(|error| format!("{error}\n  in: {sql}"))
    }

    async fn empty(&self) -> Result<(), String> {
        match &self.connection {
            Connection::Postgresql(_) => {
                for schema in SCHEMAS.iter().chain(&["public"]) {
                    let schema = quote_identifier(self.dialect(), schema);
                    self.run(&format!("DROP SCHEMA IF EXISTS {schema} CASCADE")).await?;
                }
                self.run("CREATE SCHEMA public").await
            }
            Connection::Sqlite(connection) => {
                // SQLite, "sqlite3_db_config", SQLITE_DBCONFIG_RESET_DATABASE: the way to empty a database in use.
                use rusqlite::config::DbConfig::SQLITE_DBCONFIG_RESET_DATABASE;
                let raw = connection.raw();
                raw.set_db_config(SQLITE_DBCONFIG_RESET_DATABASE, true).map_err(|error| error.to_string())?;
                self.run("VACUUM").await?;
                raw.set_db_config(SQLITE_DBCONFIG_RESET_DATABASE, false)
                    .map_err(|error| error.to_string())?;
                self.run("PRAGMA foreign_keys = OFF").await
            }
        }
    }

    /// Compares the database with a model, as autogenerate does.
    async fn compare(&mut self, model: &MetaData) -> Result<Comparison, String> {
        let dialect = self.dialect();
        let declared = project(dialect, model.clone()).map_err(|error| format!("{error:?}"))?;
        let options =
            InspectOptions { schemas: SCHEMAS.map(str::to_owned).to_vec(), exclude_tables: Vec::new() };
        let live = inspect(&mut self.connection, &options).await.map_err(|error| error.to_string())?;
        let live = project(dialect, live.clone()).map_err(|error| format!("{error:?}"))?;
        let renamed = after_renames(dialect, &live, &declared);
        let declared = canonicalize(&mut self.connection, &renamed, declared.clone())
            .await
            .map_err(|error| error.to_string())?;
        let operations = limbeck_diff::compare(dialect, &live, &declared);
        let statements = |operations: Vec<Operation>, before, after| -> Result<Vec<Statement>, String> {
            let planned = plan(dialect, operations, before, after).map_err(|error| error.to_string())?;
            let rendered = planned.iter().map(|operation| render(dialect, operation));
            Ok(rendered.collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?.concat())
        };
        Ok(Comparison {
            downgrade: statements(reverse_all(&operations), &declared, &live)?,
            upgrade: statements(operations.clone(), &live, &declared)?,
            operations,
        })
    }

    /// Runs the statements in one transaction, as the runner does.
    async fn execute(&self, statements: &[Statement]) -> Result<(), String> {
        self.run("BEGIN").await?;
        for statement in statements {
            if let Err(error) = self.run(&statement.sql).await {
                self.run("ROLLBACK").await?;
                return Err(error);
            }
        }
        let broken = match self.dialect() {
            Dialect::Postgresql => Vec::new(),
            Dialect::Sqlite => self.query("PRAGMA foreign_key_check").await?,
        };
        self.run("COMMIT").await?;
        if broken.is_empty() { Ok(()) } else { Err(format!("broken references: {broken:?}")) }
    }

    async fn query(&self, sql: &str) -> Result<Vec<Vec<Option<String>>>, String> {
        self.connection.query(sql).await.map_err(|error| format!("{error}\n  in: {sql}"))
    }

    async fn observe(&self) -> Result<Vec<String>, String> {
        observe(&self.connection, &self.url).await
    }

    /// Makes the schema from nothing, and returns the statements.
    async fn build(&mut self, model: &MetaData) -> Result<Vec<Statement>, String> {
        self.empty().await?;
        let comparison = self.compare(model).await?;
        let with_script = |error: String| format!("{error}\n{}", script(&comparison.upgrade));
        self.execute(&comparison.upgrade).await.map_err(with_script)?;
        self.agrees(model).await.map_err(with_script)?;
        Ok(comparison.upgrade)
    }

    /// Whether a comparison finds nothing.
    async fn agrees(&mut self, model: &MetaData) -> Result<(), String> {
        let again = self.compare(model).await?;
        match again.operations.is_empty() {
            true => Ok(()),
            false => Err(format!("still different:\n{}\n{:?}", script(&again.upgrade), again.operations)),
        }
    }

    async fn insert(&self, model: &MetaData, rows: &Rows) -> Result<(), String> {
        let dialect = self.dialect();
        if dialect == Dialect::Postgresql {
            // References among the rows hold, but not in every order of inserting them.
            self.run("SET session_replication_role = replica").await?;
        }
        for (name, rows) in rows {
            let table = model.find_table(name).ok_or("rows of an unknown table")?;
            for row in rows {
                let columns: Vec<String> =
                    row.keys().map(|column| quote_identifier(dialect, column)).collect();
                let values: Vec<String> = row
                    .iter()
                    .map(|(column, value)| match (value, table.column(column)) {
                        (Some(value), Some(column)) => literal(dialect, &column.sql_type, value),
                        _ => "NULL".to_owned(),
                    })
                    .collect();
                let overriding = if dialect == Dialect::Postgresql { " OVERRIDING SYSTEM VALUE" } else { "" };
                let sql = format!(
                    "INSERT INTO {} ({}){overriding} VALUES ({})",
                    quote_name(dialect, name),
                    columns.join(", "),
                    values.join(", ")
                );
                self.run(&sql).await?;
            }
        }
        if dialect == Dialect::Postgresql {
            self.run("RESET session_replication_role").await?;
        }
        Ok(())
    }

    /// The rows of some columns, in some order of their own.
    async fn contents(&self, (table, columns): &(QualifiedName, Vec<String>)) -> Result<Vec<String>, String> {
        let dialect = self.dialect();
        let mut list: Vec<String> = columns.iter().map(|column| quote_identifier(dialect, column)).collect();
        list.push("'row'".to_owned());
        let sql = format!("SELECT {} FROM {}", list.join(", "), quote_name(dialect, table));
        let mut rows: Vec<String> = self.query(&sql).await?.iter().map(|row| format!("{row:?}")).collect();
        rows.sort();
        Ok(rows)
    }
}

/// The databases of one traveller: the one that travels, and one to compare it with.
pub(crate) struct Scratches {
    pub(crate) live: Scratch,
    pub(crate) fresh: Scratch,
}

/// From a database of `from` to `to` and back, with rows in it.
pub(crate) async fn travel(scratches: &mut Scratches, from: &MetaData, to: &MetaData) -> Result<(), Failure> {
    let Scratches { live, fresh } = scratches;
    let dialect = live.dialect();
    live.build(from).await.map_err(|error| failure(Stage::First, error))?;
    fresh.build(to).await.map_err(|error| failure(Stage::Second, error))?;
    let seen_before = live.observe().await.map_err(|error| failure(Stage::First, error))?;
    let seen_after = fresh.observe().await.map_err(|error| failure(Stage::Second, error))?;

    let rows = rows(dialect, from, to);
    let error = |error| failure(Stage::Rows, format!("{error}\n{rows:?}"));
    live.insert(from, &rows).await.map_err(error)?;
    let survivors = Survivors::of(dialect, from, to, &rows);
    let mut contents = Vec::new();
    for survivors in &survivors {
        contents.push(live.contents(&survivors.before).await.map_err(error)?);
    }

    let comparison = live.compare(to).await.map_err(|error| failure(Stage::Compare, error))?;
    let upgrade = answered(dialect, &comparison.upgrade, &[to]);
    // The way back gives the former names back at its end.
    let renamed = after_renames(dialect, from, to);
    let downgrade = answered(dialect, &comparison.downgrade, &[from, &renamed]);
    let with_script = |stage, error: String| {
        let (upgrade, downgrade) = (script(&upgrade), script(&downgrade));
        failure(
            stage,
            format!("{error}\n--- rows\n{rows:?}\n--- upgrade\n{upgrade}\n--- downgrade\n{downgrade}"),
        )
    };
    live.execute(&upgrade).await.map_err(|error| with_script(Stage::Upgrade, error))?;
    live.agrees(to).await.map_err(|error| with_script(Stage::UpgradeIsComplete, error))?;
    let seen = live.observe().await.map_err(|error| with_script(Stage::UpgradeIsSeen, error))?;
    same(&seen_after, &seen).map_err(|error| with_script(Stage::UpgradeIsSeen, error))?;
    for (survivors, before) in survivors.iter().zip(&contents) {
        let stage = Stage::RowsSurviveUpgrade;
        let after = live.contents(&survivors.after).await.map_err(|error| with_script(stage, error))?;
        same(before, &after)
            .map_err(|error| with_script(stage, format!("{:?}\n{error}", survivors.after)))?;
    }

    live.execute(&downgrade).await.map_err(|error| with_script(Stage::Downgrade, error))?;
    live.agrees(from).await.map_err(|error| with_script(Stage::DowngradeIsComplete, error))?;
    let seen = live.observe().await.map_err(|error| with_script(Stage::DowngradeIsSeen, error))?;
    same(&seen_before, &seen).map_err(|error| with_script(Stage::DowngradeIsSeen, error))?;
    for (survivors, before) in survivors.iter().zip(&contents) {
        let stage = Stage::RowsSurviveDowngrade;
        let after = live.contents(&survivors.before).await.map_err(|error| with_script(stage, error))?;
        same(before, &after)
            .map_err(|error| with_script(stage, format!("{:?}\n{error}", survivors.before)))?;
    }
    Ok(())
}

/// The statements with every `limbeck:todo` done, as a person has to; `after` is the schema after them, under all its names.
fn answered(dialect: Dialect, statements: &[Statement], after: &[&MetaData]) -> Vec<Statement> {
    let answer = |line: &str| {
        let Some((code, mark)) = line.split_once(" -- limbeck:todo ") else { return line.to_owned() };
        // A value that has no way to its new type: there is none in the rows.
        if code.trim().is_empty() {
            return String::new();
        }
        let tables = after.iter().flat_map(|metadata| &metadata.tables);
        let mut columns = tables.flat_map(|table| table.columns.iter().map(move |column| (table, column)));
        let asked = columns.find(|(table, column)| {
            let place = format!("of {} for the existing rows of {}", column.name, table.name);
            mark.ends_with(&place.replace('\n', " "))
        });
        let (_, column) = asked.unwrap_or_else(|| panic!("no column is meant by {mark}"));
        let value = match (&column.sql_type, dialect) {
            // The type may have other values in the middle of a migration than at its end.
            (SqlType::Enum(name), Dialect::Postgresql) => {
                format!("(enum_range(NULL::{}))[1]", quote_name(dialect, name))
            }
            (SqlType::Array(_), _) => "'{}'".to_owned(),
            (other, _) => literal(dialect, other, &value(dialect, other, after[0], 1)),
        };
        code.replacen("NULL", &value, 1)
    };
    let answered = statements.iter().map(|statement| Statement {
        sql: statement.sql.lines().map(answer).collect::<Vec<_>>().join("\n"),
        comment: statement.comment.clone(),
    });
    answered.collect()
}

fn same(expected: &[String], found: &[String]) -> Result<(), String> {
    if expected == found {
        return Ok(());
    }
    let mut difference = String::new();
    let mut only = |sign: &str, these: &[String], those: &[String]| {
        for fact in these.iter().filter(|fact| !those.contains(fact)) {
            let _ = writeln!(difference, "{sign} {}", fact.replace('\n', "\n    "));
        }
    };
    only("- expected", expected, found);
    only("+ found", found, expected);
    Err(difference)
}

/// The statements as a script.
fn script(statements: &[Statement]) -> String {
    statements.iter().map(|statement| format!("{};\n", statement.sql)).collect()
}

/// What makes the schema from nothing, for a reader.
pub(crate) async fn described(scratches: &mut Scratches, model: &MetaData) -> String {
    match scratches.fresh.build(model).await {
        Ok(statements) => script(&statements),
        Err(error) => error,
    }
}
