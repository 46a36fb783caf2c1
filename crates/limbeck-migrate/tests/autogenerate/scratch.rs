//! A database of its own for one of a case's two schemas.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use limbeck_dialect::{quote_identifier, quote_name, split_statements};
use limbeck_engine::{Connection, PostgresqlConnection};
use limbeck_inspect::{InspectOptions, inspect};
use limbeck_migrate::Database;
use limbeck_schema::{Dialect, MetaData, QualifiedName};
use limbeck_test_server::{postgres_binary, postgres_url, sqlite_directory};

use crate::document::{Hints, split};
use crate::observer::observe;

/// A database that holds what the SQL of a case makes.
pub(crate) struct Scratch {
    pub(crate) database: Database,
    connection: Connection,
    url: String,
    _directory: Option<tempfile::TempDir>,
}

/// The rows of each table, each value with its column's name.
pub(crate) type Rows = BTreeMap<String, Vec<BTreeMap<String, Option<String>>>>;

/// The databases that no case uses at the moment. The first connection to a new one costs far more than to empty one.
static SPARE: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Back to what a new database holds.
const EMPTY: &str = "DO $$ DECLARE name text; BEGIN
    FOREACH name IN ARRAY ARRAY['case_reader', 'case_writer', 'case_owner'] LOOP
        BEGIN
            EXECUTE format('DROP OWNED BY %I CASCADE', name);
        EXCEPTION WHEN undefined_object THEN
            BEGIN EXECUTE format('CREATE ROLE %I', name); EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END;
        END;
    END LOOP;
    IF EXISTS (SELECT FROM pg_default_acl WHERE defaclnamespace = 0) THEN
        ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC;
        ALTER DEFAULT PRIVILEGES GRANT USAGE ON TYPES TO PUBLIC;
    END IF;
    FOR name IN SELECT evtname FROM pg_event_trigger LOOP EXECUTE format('DROP EVENT TRIGGER %I', name); END LOOP;
    FOR name IN SELECT pubname FROM pg_publication LOOP EXECUTE format('DROP PUBLICATION %I', name); END LOOP;
    FOR name IN SELECT extname FROM pg_extension WHERE extname <> 'plpgsql' LOOP EXECUTE format('DROP EXTENSION %I CASCADE', name); END LOOP;
    FOR name IN SELECT fdwname FROM pg_foreign_data_wrapper LOOP EXECUTE format('DROP FOREIGN DATA WRAPPER %I CASCADE', name); END LOOP;
    FOR name IN SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP
        EXECUTE format('DROP SCHEMA %I CASCADE', name);
    END LOOP;
    CREATE SCHEMA public;
    COMMENT ON SCHEMA public IS 'standard public schema';
END $$";

impl Scratch {
    pub(crate) async fn new(dialect: Dialect, sql: &str) -> Result<Scratch, String> {
        let (url, directory) = match dialect {
            Dialect::Postgresql => {
                let spare = SPARE.lock().map_err(|error| error.to_string())?.pop();
                (spare.unwrap_or_else(postgres_url), None)
            }
            Dialect::Sqlite => {
                let directory = sqlite_directory();
                (format!("sqlite:///{}", directory.path().join("case.db").display()), Some(directory))
            }
        };
        let database = Database::new(url.parse().map_err(|error| format!("{error}"))?);
        let connection = Connection::open(&database.url).await.map_err(|error| error.to_string())?;
        match &connection {
            Connection::Postgresql(connection) => {
                let client = connection.client();
                client.batch_execute(EMPTY).await.map_err(|error| connection.explain(error).to_string())?;
                if client.batch_execute(sql).await.is_err() {
                    run_in_any_order(connection, sql).await?;
                }
            }
            Connection::Sqlite(connection) => {
                connection.raw().execute_batch(sql).map_err(|error| error.to_string())?;
            }
        }
        Ok(Scratch { database, connection, url, _directory: directory })
    }

    /// Leaves the database to other cases.
    pub(crate) fn give_back(self) -> Result<(), String> {
        if let Connection::Postgresql(_) = &self.connection {
            SPARE.lock().map_err(|error| error.to_string())?.push(self.url);
        }
        Ok(())
    }

    /// The schemas besides the default one.
    pub(crate) async fn schemas(&self) -> Result<BTreeSet<String>, String> {
        let sql = "SELECT nspname FROM pg_namespace \
                   WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public')";
        match self.database.dialect() {
            Dialect::Postgresql => Ok(self.query(sql).await?.into_iter().flatten().flatten().collect()),
            Dialect::Sqlite => Ok(BTreeSet::new()),
        }
    }

    pub(crate) async fn query(&self, sql: &str) -> Result<Vec<Vec<Option<String>>>, String> {
        self.connection.query(sql).await.map_err(|error| error.to_string())
    }

    pub(crate) async fn observe(&self) -> Result<Vec<String>, String> {
        observe(&self.connection).await
    }

    /// What `pg_dump` says of the schema, line by line in any order: a column that comes back stands at the end. Nothing for
    /// SQLite, where the stored statements are all there is.
    pub(crate) fn dump(&self) -> Result<Vec<String>, String> {
        if self.database.dialect() == Dialect::Sqlite {
            return Ok(Vec::new());
        }
        let mut command = std::process::Command::new(postgres_binary("pg_dump"));
        command.args(["--schema-only", "--exclude-table=*.alembic_version*", &self.url]);
        let output = command.output().map_err(|error| format!("pg_dump: {error}"))?;
        if !output.status.success() {
            return Err(format!("pg_dump: {}", String::from_utf8_lossy(&output.stderr)));
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let lines = text.lines().map(|line| line.trim().trim_end_matches(','));
        let said =
            lines.filter(|line| !line.is_empty() && !line.starts_with("--") && !line.starts_with('\\'));
        let mut lines: Vec<String> = said.map(str::to_owned).collect();
        lines.sort();
        Ok(lines)
    }

    /// The schema as a model would declare it.
    pub(crate) async fn model(&mut self) -> Result<MetaData, String> {
        let version = QualifiedName::new("alembic_version");
        let options =
            InspectOptions { schemas: self.database.schemas.clone(), exclude_tables: vec![version] };
        inspect(&mut self.connection, &options).await.map_err(|error| error.to_string())
    }

    pub(crate) async fn rows(&mut self) -> Result<Rows, String> {
        let dialect = self.database.dialect();
        let mut rows = Rows::new();
        for table in self.model().await?.tables {
            let columns: Vec<String> =
                table.columns.iter().map(|c| quote_identifier(dialect, &c.name)).collect();
            let sql = format!("SELECT {} FROM {}", columns.join(", "), quote_name(dialect, &table.name));
            let found = match columns.is_empty() {
                true => Vec::new(),
                false => self.query(&sql).await?,
            };
            let names = || table.columns.iter().map(|c| c.name.clone());
            let found = found.into_iter().map(|row| names().zip(row).collect()).collect();
            rows.insert(table.name.to_string(), found);
        }
        Ok(rows)
    }
}

/// Runs statements again and again, as long as one more of them runs.
async fn run_in_any_order(connection: &PostgresqlConnection, sql: &str) -> Result<(), String> {
    let spans = split_statements(Dialect::Postgresql, sql).map_err(|error| error.to_string())?;
    let mut waiting: Vec<&str> = spans.into_iter().filter_map(|span| sql.get(span.range)).collect();
    loop {
        let (mut failed, mut why) = (Vec::new(), None);
        for statement in &waiting {
            if let Err(error) = connection.query(statement).await {
                failed.push(*statement);
                why = Some(error.to_string());
            }
        }
        match why {
            None => return Ok(()),
            Some(why) if failed.len() == waiting.len() => return Err(why),
            Some(_) => waiting = failed,
        }
    }
}

/// Puts the hints where a model has them.
///
/// # Errors
/// When a hint is about something that the model does not have.
pub(crate) fn give_hints(model: &mut MetaData, hints: &Hints) -> Result<(), String> {
    let missing = |path: &str| format!("the hint about `{path}` is about nothing that is there");
    for (table, former) in &hints.rename.tables {
        let table = find_table(model, table).ok_or_else(|| missing(table))?;
        table.renamed_from = Some(split(former).1.to_owned());
    }
    for (path, former) in &hints.rename.columns {
        let (table, column) = split(path);
        let column =
            find_table(model, table).and_then(|t| t.column_mut(column)).ok_or_else(|| missing(path))?;
        column.renamed_from = Some(former.clone());
    }
    for (path, value) in &hints.backfill {
        let (table, column) = split(path);
        let column =
            find_table(model, table).and_then(|t| t.column_mut(column)).ok_or_else(|| missing(path))?;
        column.backfill = Some(value.as_str().into());
    }
    for (path, former) in &hints.rename.values {
        let (name, value) = split(path);
        let enum_type = model.enums.iter_mut().find(|e| e.name.to_string() == name);
        enum_type.ok_or_else(|| missing(path))?.renamed_values.insert(value.to_owned(), former.clone());
    }
    Ok(())
}

fn find_table<'a>(model: &'a mut MetaData, name: &str) -> Option<&'a mut limbeck_schema::Table> {
    model.tables.iter_mut().find(|table| table.name.to_string() == name)
}

/// Whether the rows survived: what both schemas hold in columns of one type is the same.
pub(crate) fn check_rows(
    (from, before): (&MetaData, &Rows),
    (to, after): (&MetaData, &Rows),
    hints: &Hints,
) -> Result<(), String> {
    for table in &to.tables {
        let name = table.name.to_string();
        let former = hints.former_table(&name);
        let Some(old) = from.tables.iter().find(|t| t.name.to_string() == former) else { continue };
        let (Some(before), Some(after)) = (before.get(former), after.get(&name)) else { continue };
        if before.len() != after.len() {
            return Err(format!("`{name}` had {} rows and has {} now", before.len(), after.len()));
        }
        for column in &table.columns {
            let former = hints.former_column(&name, &column.name);
            let Some(old) = old.column(former) else { continue };
            let values = |rows: &Vec<BTreeMap<String, Option<String>>>, column: &str| {
                let mut values: Vec<_> = rows.iter().map(|row| row.get(column).cloned().flatten()).collect();
                values.sort();
                values
            };
            let (was, is) = (values(before, former), values(after, &column.name));
            let renamed = !hints.rename.values.is_empty() && column.sql_type.enum_name().is_some();
            let filled = old.nullable && !column.nullable && was.contains(&None);
            if old.sql_type == column.sql_type
                && old.computed == column.computed
                && !filled
                && !renamed
                && was != is
            {
                return Err(format!("`{name}.{}` held {was:?} and holds {is:?} now", column.name));
            }
        }
    }
    Ok(())
}
