//! A shop: customers order products, products have tags, and there is a blog.
//!
//! The structs are the model as it is now. `migrations/` holds how the database came to be like that, written by
//! `limbeck revision --autogenerate` one step at a time, for SQLite and PostgreSQL alike.

#![allow(missing_docs, reason = "the fields are the columns, and their names say what they are")]

use chrono::{DateTime, Utc};
use limbeck::prelude::*;

/// People who buy.
#[derive(Model)]
#[model(table = "customers")]
pub struct Customer {
    #[key(identity(always))]
    pub customer_id: i32,
    pub first_name: String,
    pub last_name: String,
    pub email_address: String,
}

/// What is for sale.
#[derive(Model)]
#[model(table = "products")]
pub struct Product {
    #[key(identity)]
    pub product_id: i32,
    pub product_name: String,
    #[column(type = "text")]
    pub description: Option<String>,
    pub price: f64,
    #[column(server_default = "now()")]
    pub updated_at: DateTime<Utc>,
}

/// What a customer bought at one time.
#[derive(Model)]
#[model(table = "orders")]
pub struct Order {
    #[key(identity)]
    pub order_id: i32,
    #[references(Customer, on_delete = cascade)]
    pub customer_id: i32,
    #[column(server_default = "now()")]
    pub order_date: DateTime<Utc>,
}

/// Which products an order holds.
#[derive(Model)]
#[model(table = "order_products")]
pub struct OrderProduct {
    #[key]
    #[references(Order, on_delete = cascade)]
    pub order_id: i32,
    #[key]
    #[references(Product)]
    pub product_id: i32,
}

/// A word to find products by.
#[derive(Model)]
#[model(table = "tags")]
pub struct Tag {
    #[key(identity)]
    pub tag_id: i32,
    #[column(len = 50, unique)]
    pub tag_name: String,
}

/// Which tags a product has.
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

/// A car of the delivery fleet.
#[derive(Model)]
#[model(table = "cars")]
pub struct Car {
    #[key(identity)]
    pub car_id: i32,
    pub make: String,
    #[column(unique, index)]
    pub model: String,
    pub colour: Option<String>,
}

/// Somebody who writes in the shop's blog.
#[derive(Model)]
#[model(table = "users")]
pub struct User {
    #[key(identity)]
    pub user_id: i32,
    #[column(len = 100, unique)]
    pub username: String,
    #[column(len = 100, unique)]
    pub email: String,
    #[column(server_default = "now()")]
    pub created_at: DateTime<Utc>,
    #[column(len = 20)]
    pub phone: Option<String>,
    #[column(len = 20, backfill = "'active'")]
    pub status: String,
}

/// An article of the blog.
#[derive(Model)]
#[model(table = "posts")]
pub struct Post {
    #[key(identity)]
    pub post_id: i32,
    #[references(User, on_delete = cascade, index)]
    pub user_id: i32,
    #[column(len = 200, renamed_from = "title")]
    pub headline: String,
    #[column(type = "text")]
    pub body: Option<String>,
}

relations! {
    Customer { orders: many Order }
    Order { customer: one Customer, products: many Product via OrderProduct }
    Product { orders: many Order via OrderProduct, tags: many Tag via ProductTag }
    Tag { products: many Product via ProductTag }
    User { posts: many Post }
    Post { author: one User }
}

/// The whole model.
pub fn schema() -> MetaData {
    MetaData::new().models(models![Customer, Product, Order, OrderProduct, Tag, ProductTag, Car, User, Post])
}
