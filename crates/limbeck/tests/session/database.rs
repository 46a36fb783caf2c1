//! Databases that hold the tables of the models, and what is counted on them.

use limbeck::engine::{DatabaseUrl, Engine, EngineOptions};
use limbeck::orm::StatementLog;
use limbeck::prelude::*;
use tempfile::TempDir;

/// A database, removed at the end of the test.
pub struct Database {
    pub engine: Engine,
    pub log: StatementLog,
    _directory: TempDir,
}

pub async fn open(dialect: Dialect) -> Database {
    let log = StatementLog::new();
    let directory = limbeck_test_server::sqlite_directory();
    let url = match dialect {
        Dialect::Postgresql => limbeck_test_server::postgres_url(),
        Dialect::Sqlite => format!("sqlite:///{}/test.db", directory.path().display()),
    };
    let url: DatabaseUrl = url.parse().unwrap();
    let engine = {
        let options = EngineOptions { observer: Some(log.observer()), ..EngineOptions::default() };
        Engine::open(&url, options).await.unwrap()
    };
    let schema = limbeck_dialect::project(dialect, crate::models::schema().resolve().unwrap()).unwrap();
    let mut connection = engine.acquire().await.unwrap();
    let empty = MetaData::new();
    let operations = limbeck_diff::compare(dialect, &empty, &schema);
    for operation in limbeck_dialect::plan(dialect, operations, &empty, &schema).unwrap() {
        for statement in limbeck_dialect::render(dialect, &operation).unwrap() {
            let statement = limbeck::engine::Statement::new(statement.sql, Vec::new());
            connection.execute(&statement).await.unwrap();
        }
    }
    drop(connection);
    log.take();
    Database { engine, log, _directory: directory }
}
