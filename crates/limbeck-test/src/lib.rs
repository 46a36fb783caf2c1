//! A migrated database of its own for each test of an application.
//!
//! The migrations run once: on PostgreSQL they make a template database, from which the server copies a new one in
//! milliseconds, on SQLite a file. Which template it is follows from the scripts, so that a changed script makes a new
//! one. Tests can run at the same time, in one process or several.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use limbeck_engine::{EngineOptions, Statement};
//! use limbeck_migrate::ScriptDirectory;
//! use limbeck_test::TestDatabase;
//!
//! // In an application: `ScriptDirectory::from_embedded(embed_migrations!("migrations"))`.
//! let script = "-- Revision ID: 1\n\n-- migrate:up\nCREATE TABLE customers (email text UNIQUE);\n";
//! let scripts = ScriptDirectory::from_embedded(&[("1_customers.sql", script)])?;
//!
//! let database = TestDatabase::create(&"sqlite://".parse()?, &scripts).await?;
//! let engine = database.engine(EngineOptions::default()).await?;
//! let mut connection = engine.acquire().await?;
//! connection.execute(&Statement::from("INSERT INTO customers VALUES ('a@b')")).await?;
//! # Ok(())
//! # }
//! ```

mod postgresql;
mod sqlite;

use std::path::PathBuf;

use limbeck_engine::{DatabaseUrl, Engine, EngineError, EngineOptions};
use limbeck_migrate::{MigrateError, ScriptDirectory};
use sha2::{Digest as _, Sha256};

/// A migrated, otherwise empty database that is removed when this value is dropped.
///
/// With `LIMBECK_TEST_KEEP=1` in the environment it stays, for a look after a failure.
#[derive(Debug)]
pub struct TestDatabase {
    url: DatabaseUrl,
    /// Removes it when it is dropped.
    _place: Place,
}

#[derive(Debug)]
enum Place {
    Postgresql { _database: postgresql::Database },
    Sqlite { _directory: Option<tempfile::TempDir> },
}

/// Why there is no test database.
#[derive(Debug, thiserror::Error)]
pub enum TestError {
    /// The server or the file cannot be reached, or refuses to make a database.
    #[error("cannot make a test database: {0}")]
    Engine(#[from] EngineError),
    /// The migrations fail on an empty database.
    #[error("the migrations fail on an empty database: {0}")]
    Migrate(#[from] Box<MigrateError>),
    /// A file cannot be written.
    #[error("cannot write the test database `{path}`: {cause}")]
    File {
        /// The path of the file or directory.
        path: PathBuf,
        /// The operating system's words.
        cause: std::io::Error,
    },
}

impl TestDatabase {
    /// Makes a database that has every migration.
    ///
    /// For PostgreSQL `server` names a database of the server, such as `postgres`, and a user who may create others. For
    /// SQLite it is `sqlite://`, or the URL of whatever file: a new one is made in the directory for temporary files.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses, or a migration fails.
    pub async fn create(server: &DatabaseUrl, scripts: &ScriptDirectory) -> Result<TestDatabase, TestError> {
        let fingerprint = fingerprint(scripts);
        match server {
            DatabaseUrl::Postgresql(server) => {
                let database = postgresql::create(server, scripts, &fingerprint).await?;
                let url = DatabaseUrl::Postgresql(server.with_database(&database.name));
                Ok(TestDatabase { url, _place: Place::Postgresql { _database: database } })
            }
            DatabaseUrl::Sqlite(file) => {
                let (url, directory) = sqlite::create(file, scripts, &fingerprint).await?;
                let directory = (!is_kept()).then_some(directory);
                Ok(TestDatabase {
                    url: DatabaseUrl::Sqlite(url),
                    _place: Place::Sqlite { _directory: directory },
                })
            }
        }
    }

    /// Where it is.
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// Opens a pool of connections to it.
    ///
    /// # Errors
    /// Those of [`Engine::open`].
    pub async fn engine(&self, options: EngineOptions) -> Result<Engine, EngineError> {
        Engine::open(&self.url, options).await
    }
}

fn is_kept() -> bool {
    std::env::var_os("LIMBECK_TEST_KEEP").is_some_and(|value| value != "0")
}

/// The same for the same scripts, run by the same version of the runner.
fn fingerprint(scripts: &ScriptDirectory) -> String {
    let mut hasher = Sha256::new();
    hasher.update(env!("CARGO_PKG_VERSION"));
    for script in scripts.scripts() {
        hasher.update(script.text.len().to_be_bytes());
        hasher.update(&script.text);
    }
    hasher.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// The guide's examples run.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/testing.md")]
pub struct TestingGuide;
