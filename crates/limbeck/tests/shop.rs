//! The shop of the design, as a user writes it.

#![allow(missing_docs, reason = "the names say what the fields are")]

use chrono::{DateTime, Utc};
use limbeck::prelude::*;
use limbeck::{
    Cascade, Column, ForeignKey, Identity, Index, QualifiedName, ReferentialAction, Relation, RelationKind,
    Table, UniqueConstraint,
};

#[derive(Model)]
#[model(table = "customers")]
pub struct Customer {
    #[key(identity(always))]
    pub customer_id: i32,
    pub first_name: String,
    pub last_name: String,
    pub email_address: String,
}

#[derive(Model)]
#[model(table = "products")]
pub struct Product {
    #[key(identity(always))]
    pub product_id: i32,
    pub product_name: String,
    #[column(type = "text")]
    pub description: Option<String>,
    pub price: f64,
    #[column(server_default("now()", sqlite = "CURRENT_TIMESTAMP"))]
    pub updated_at: DateTime<Utc>,
}

#[derive(Model)]
#[model(table = "orders")]
#[index(on = (customer_id, order_date.desc()))]
pub struct Order {
    #[key(identity(always))]
    pub order_id: i32,
    #[references(Customer, on_delete = cascade)]
    pub customer_id: i32,
    #[column(server_default("now()", sqlite = "CURRENT_TIMESTAMP"))]
    pub order_date: DateTime<Utc>,
}

#[derive(Model)]
#[model(table = "order_products")]
pub struct OrderProduct {
    #[key]
    #[references(Order, on_delete = cascade)]
    pub order_id: i32,
    #[key]
    #[references(Product, on_delete = cascade)]
    pub product_id: i32,
}

#[derive(Model)]
#[model(table = "tags")]
pub struct Tag {
    #[key(identity(always))]
    pub tag_id: i32,
    #[column(len = 50, unique)]
    pub tag_name: String,
}

#[derive(Model)]
#[model(table = "product_tags")]
pub struct ProductTag {
    #[key]
    #[references(Product, on_delete = cascade)]
    pub product_id: i32,
    #[key]
    #[references(Tag, on_delete = cascade)]
    pub tag_id: i32,
}

#[derive(Model)]
#[model(table = "cars")]
pub struct Car {
    #[key(identity)]
    pub id: i32,
    pub make: String,
    #[column(unique, index)]
    pub model: String,
    pub colour: Option<String>,
}

#[derive(Model)]
#[model(table = "users")]
pub struct User {
    #[key(identity)]
    pub id: i32,
    #[column(len = 50, unique)]
    pub username: String,
    #[column(len = 100, unique)]
    pub email: Option<String>,
    #[column(server_default("now()", sqlite = "CURRENT_TIMESTAMP"))]
    pub created_at: DateTime<Utc>,
}

#[derive(Model)]
#[model(table = "posts")]
pub struct Post {
    #[key(identity)]
    pub id: i32,
    #[column(len = 200)]
    pub title: String,
    #[column(type = "text")]
    pub content: Option<String>,
    #[references(User, on_delete = cascade, index)]
    pub user_id: i32,
}

relations! {
    Customer { orders: many Order, cascade(all, delete_orphan) }
    Order {
        customer: one Customer,
        products: many Product via OrderProduct,
    }
    Product {
        orders: many Order via OrderProduct,
        tags: many Tag via ProductTag,
    }
    Tag { products: many Product via ProductTag }
    User { posts: many Post, cascade(all) }
    Post { author: one User }
}

pub fn schema() -> MetaData {
    MetaData::new().models(models![Customer, Product, Order, OrderProduct, Tag, ProductTag, Car, User, Post])
}

#[test]
fn the_shop_is_consistent() {
    let schema = schema().resolve().unwrap();
    let tables: Vec<_> = schema.tables.iter().map(|table| table.name.to_string()).collect();
    assert_eq!(
        tables,
        [
            "customers",
            "products",
            "orders",
            "order_products",
            "tags",
            "product_tags",
            "cars",
            "users",
            "posts"
        ]
    );
    assert_eq!(MetaData::from_json(&schema.to_json()).unwrap(), schema);
}

#[test]
fn customers() {
    let string = SqlType::String { length: None };
    let expected = Table::new("customers")
        .with_column(Column::new("customer_id", SqlType::Integer).identity(Identity::always()))
        .with_column(Column::new("first_name", string.clone()).not_null())
        .with_column(Column::new("last_name", string.clone()).not_null())
        .with_column(Column::new("email_address", string).not_null())
        .with_primary_key(["customer_id"]);
    assert_eq!(Customer::table(), expected);
}

#[test]
fn orders() {
    let now = limbeck::Expression::new("now()").variant(Dialect::Sqlite, "CURRENT_TIMESTAMP");
    let mut expected = Table::new("orders")
        .with_column(Column::new("order_id", SqlType::Integer).identity(Identity::always()))
        .with_column(Column::new("customer_id", SqlType::Integer).not_null())
        .with_column(Column::new("order_date", SqlType::instant()).not_null().server_default(now))
        .with_primary_key(["order_id"]);
    expected.foreign_keys.push(
        ForeignKey::new(["customer_id"], "customers", ["customer_id"]).on_delete(ReferentialAction::Cascade),
    );
    let mut index = Index::on(["customer_id", "order_date"]);
    index.elements[1].order = limbeck::SortOrder::Descending;
    expected.indexes.push(index);
    assert_eq!(Order::table(), expected);
}

#[test]
fn an_association_has_a_key_of_both_foreign_keys() {
    let table = OrderProduct::table();
    assert_eq!(table.primary_key.unwrap().columns, ["order_id", "product_id"]);
    let referred: Vec<_> = table.foreign_keys.iter().map(|key| key.referred_table.to_string()).collect();
    assert_eq!(referred, ["orders", "products"]);
}

#[test]
fn cars_and_users() {
    // Unique and indexed is one unique index, as SQLAlchemy has it.
    let cars = Car::table();
    assert_eq!(cars.indexes, [Index::on(["model"]).unique()]);
    assert_eq!(cars.uniques, []);
    let users = User::table();
    assert_eq!(users.uniques, [UniqueConstraint::new(["username"]), UniqueConstraint::new(["email"])]);
    assert_eq!(users.column("username").unwrap().sql_type, SqlType::string(50));
    assert!(users.column("email").unwrap().nullable);
    assert_eq!(Post::table().indexes, [Index::on(["user_id"])]);
}

#[test]
fn relations_are_data() {
    let cascade = Cascade { save_update: true, merge: true, delete: true, delete_orphan: true };
    let orders = Relation {
        name: "orders".into(),
        target: QualifiedName::new("orders"),
        kind: RelationKind::Many { foreign_key: vec!["customer_id".into()] },
        cascade,
    };
    assert_eq!(Customer::relations(), [orders]);
    let customer = Relation {
        name: "customer".into(),
        target: QualifiedName::new("customers"),
        kind: RelationKind::One { foreign_key: vec!["customer_id".into()] },
        cascade: Cascade::default(),
    };
    let products = Relation {
        name: "products".into(),
        target: QualifiedName::new("products"),
        kind: RelationKind::ManyThrough {
            association: QualifiedName::new("order_products"),
            foreign_key: vec!["order_id".into()],
            target_foreign_key: vec!["product_id".into()],
        },
        cascade: Cascade::default(),
    };
    assert_eq!(Order::relations(), [customer, products]);
}
