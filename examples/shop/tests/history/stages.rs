//! The shop's model as it was at each revision. What never changed is the model of today.

use chrono::{DateTime, Utc};
use limbeck::MetaData;
use limbeck::prelude::*;
use shop::{Car, Customer, Order, OrderProduct, Post, Product, ProductTag, Tag, User};

/// A revision: its message, and the model that it was generated from.
pub struct Stage {
    pub message: &'static str,
    pub model: MetaData,
}

/// Products before they had `updated_at`.
#[derive(Model)]
#[model(table = "products")]
pub struct FirstProduct {
    #[key(identity)]
    pub product_id: i32,
    pub product_name: String,
    #[column(type = "text")]
    pub description: Option<String>,
    pub price: f64,
}

/// Users before they had a phone.
#[derive(Model)]
#[model(table = "users")]
pub struct FirstUser {
    #[key(identity)]
    pub user_id: i32,
    #[column(len = 50, unique)]
    pub username: String,
    #[column(len = 100, unique)]
    pub email: String,
    #[column(server_default = "now()")]
    pub created_at: DateTime<Utc>,
}

/// Users with a phone and short names.
#[derive(Model)]
#[model(table = "users")]
pub struct UserWithPhone {
    #[key(identity)]
    pub user_id: i32,
    #[column(len = 50, unique)]
    pub username: String,
    #[column(len = 100, unique)]
    pub email: String,
    #[column(server_default = "now()")]
    pub created_at: DateTime<Utc>,
    #[column(len = 20)]
    pub phone: Option<String>,
}

/// Users with longer names, without a status.
#[derive(Model)]
#[model(table = "users")]
pub struct UserWithLongName {
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
}

/// Posts that had a title.
#[derive(Model)]
#[model(table = "posts")]
pub struct FirstPost {
    #[key(identity)]
    pub post_id: i32,
    #[references(User, on_delete = cascade, index)]
    pub user_id: i32,
    #[column(len = 200)]
    pub title: String,
    #[column(type = "text")]
    pub body: Option<String>,
}

/// Every stage, oldest first.
pub fn stages() -> Vec<Stage> {
    let first = || MetaData::new().models(models![Customer, FirstProduct, Order]);
    let tagged = || MetaData::new().models(models![Customer, Product, Order, OrderProduct, Tag, ProductTag]);
    let stage = |message, model| Stage { message, model };
    vec![
        stage("Initial commit, created customers, orders and products", first()),
        stage("Orders hold products", first().models(models![OrderProduct])),
        stage("Tags, and when a product was updated", tagged()),
        stage("Cars, users and posts", tagged().models(models![Car, FirstUser, FirstPost])),
        stage("Add phone to users", tagged().models(models![Car, UserWithPhone, FirstPost])),
        stage("Longer usernames", tagged().models(models![Car, UserWithLongName, FirstPost])),
        stage("Posts have headlines", tagged().models(models![Car, UserWithLongName, Post])),
        stage("Users have a status", shop::schema()),
    ]
}
