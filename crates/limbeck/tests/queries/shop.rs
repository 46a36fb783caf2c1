//! The models of these tests, and a database that holds their tables.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use chrono::{DateTime, Utc};
use limbeck::engine::{Connection, DatabaseUrl};
use limbeck::prelude::*;

#[derive(Model, Debug, Clone, PartialEq)]
#[model(table = "customers")]
pub struct Customer {
    #[key(identity(always))]
    pub customer_id: i32,
    pub first_name: String,
    pub last_name: String,
    #[column(len = 320, unique)]
    pub email_address: String,
    pub phone: Option<String>,
    #[column(server_default("now()", sqlite = "CURRENT_TIMESTAMP"))]
    pub since: DateTime<Utc>,
    #[column(generated = "lower(last_name)")]
    pub sort_name: String,
}

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
pub enum State {
    Open,
    Paid,
    Shipped,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[model(table = "orders")]
pub struct Order {
    #[key(identity)]
    pub order_id: i32,
    #[references(Customer, on_delete = cascade)]
    pub customer_id: i32,
    #[column(server_default = "'open'")]
    pub state: State,
    pub total: i64,
    pub note: Option<String>,
    #[version]
    pub version: i32,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[model(table = "employees")]
pub struct Employee {
    #[key]
    pub id: i32,
    pub name: String,
    #[references(Self)]
    pub boss_id: Option<i32>,
}

/// A connection to a new database with the tables.
pub async fn open(dialect: Dialect) -> Connection {
    let url = match dialect {
        Dialect::Postgresql => limbeck_test_server::postgres_url(),
        Dialect::Sqlite => "sqlite://".to_owned(),
    };
    let url: DatabaseUrl = url.parse().unwrap();
    let mut connection = Connection::open(&url).await.unwrap();
    let schema = MetaData::new().models(models![Customer, Order, Employee]).resolve().unwrap();
    let schema = limbeck_dialect::project(dialect, schema).unwrap();
    for operation in limbeck_diff::compare(dialect, &MetaData::new(), &schema) {
        for statement in limbeck_dialect::render(dialect, &operation).unwrap() {
            let statement = limbeck::engine::Statement::new(statement.sql, Vec::new());
            connection.execute(&statement).await.unwrap();
        }
    }
    connection
}
