//! The models of these tests, and a database that holds their tables.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use chrono::{DateTime, Utc};
use limbeck::Entity;
use limbeck::Polymorphic;
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

/// Orders of some worth: a view.
#[derive(Model, Debug, Clone, PartialEq)]
#[model(view = "big_orders")]
pub struct BigOrder {
    pub order_id: i32,
    pub email_address: String,
    pub worth: i64,
}

/// What a view is made of.
pub fn big_orders(dialect: Dialect) -> Entity {
    select::<Order>()
        .join::<Customer>(Order::customer_id.eq(Customer::customer_id))
        .filter(Order::total.gt(20_i64) & Customer::email_address.ne("o'hara@example.org"))
        .columns((Order::order_id, Customer::email_address, Order::total))
        .view::<BigOrder>(dialect)
        .unwrap()
}

/// Payments of all kinds in one table.
#[derive(Model, Debug, Clone, PartialEq)]
#[model(table = "payments")]
pub struct Payment {
    #[key(identity)]
    pub id: i32,
    pub kind: String,
    pub amount: i64,
    pub card_number: Option<String>,
    pub drawer: Option<i32>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[model(part_of = Payment)]
pub struct CardPayment {
    #[key(identity)]
    pub id: i32,
    pub kind: String,
    pub amount: i64,
    pub card_number: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[model(part_of = Payment)]
pub struct CashPayment {
    #[key(identity)]
    pub id: i32,
    pub amount: i64,
    pub drawer: i32,
}

#[derive(Polymorphic, Debug, Clone, PartialEq)]
#[polymorphic(base = Payment, on = kind)]
pub enum AnyPayment {
    Card(CardPayment),
    #[value("coins")]
    Cash(CashPayment),
}

/// What all documents have in common.
#[derive(Model, Debug, Clone, PartialEq)]
#[model(table = "documents")]
pub struct Document {
    #[key]
    pub id: i32,
    pub kind: String,
    pub title: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[model(table = "invoices")]
pub struct Invoice {
    #[key]
    #[references(Document)]
    pub document_id: i32,
    pub amount: i64,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[model(table = "letters")]
pub struct Letter {
    #[key]
    #[references(Document)]
    pub document_id: i32,
    pub body: Option<String>,
}

#[derive(Polymorphic, Debug, Clone, PartialEq)]
#[polymorphic(base = Document, on = kind)]
pub enum AnyDocument {
    Invoice(Document, Invoice),
    Letter(Document, Letter),
    Note(Document),
}

/// What several tables have.
#[derive(Columns, Debug, Clone, PartialEq)]
pub struct Audit {
    #[column(name = "created_by", len = 40)]
    pub author: String,
    pub reviewed: Option<bool>,
}

#[derive(Columns, Debug, Clone, PartialEq)]
pub struct Place {
    #[column(server_default = "'here'")]
    pub place: String,
    pub state: Option<State>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[model(table = "reports")]
pub struct Report {
    #[key]
    pub id: i32,
    #[flatten]
    pub audit: Audit,
    pub title: String,
    #[flatten]
    pub place: Place,
}

/// A connection to a new database with the tables.
pub async fn open(dialect: Dialect) -> Connection {
    let models = models![
        Customer,
        Order,
        Employee,
        BigOrder,
        Payment,
        CardPayment,
        CashPayment,
        Document,
        Invoice,
        Letter,
        Report
    ];
    let mut connection = create(dialect, MetaData::new().models(models)).await;
    let view = limbeck::engine::Statement::new(big_orders(dialect).definition, Vec::new());
    connection.execute(&view).await.unwrap();
    connection
}

/// A connection to a new database with the tables of a schema.
pub async fn create(dialect: Dialect, schema: MetaData) -> Connection {
    let url = match dialect {
        Dialect::Postgresql => limbeck_test_server::postgres_url(),
        Dialect::Sqlite => "sqlite://".to_owned(),
    };
    let url: DatabaseUrl = url.parse().unwrap();
    let mut connection = Connection::open(&url).await.unwrap();
    let schema = limbeck_dialect::project(dialect, schema.resolve().unwrap()).unwrap();
    for operation in limbeck_diff::compare(dialect, &MetaData::new(), &schema) {
        for statement in limbeck_dialect::render(dialect, &operation).unwrap() {
            let statement = limbeck::engine::Statement::new(statement.sql, Vec::new());
            connection.execute(&statement).await.unwrap();
        }
    }
    connection
}
