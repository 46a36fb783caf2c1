//! The shop as a web service: axum in front, Limbeck behind.
//!
//! A request has a session, which is a transaction: a handler that returns early, by whatever way, leaves nothing behind.
//! Errors of the database become answers in one place. The interface describes itself at `/openapi.json`.

#![allow(missing_docs, reason = "the fields are those of the answers, and their names say what they are")]

mod catalogue;
mod customers;
mod error;
mod health;
mod page;
mod unit_of_work;

use std::sync::Arc;

use axum::routing::get;
use axum::{Json, Router};
use limbeck::embed_migrations;
use limbeck::engine::{DatabaseUrl, Engine, EngineOptions};
use limbeck::migrate::{self, Database, ScriptDirectory};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What all requests share.
#[derive(Clone)]
pub struct Shop {
    engine: Engine,
    database: Arc<Database>,
    scripts: Arc<ScriptDirectory>,
}

/// The history of the schema, as it is in the binary.
///
/// # Errors
/// When a script is malformed, which the tests would tell first.
pub fn migrations() -> Result<ScriptDirectory, Box<dyn std::error::Error>> {
    Ok(ScriptDirectory::from_embedded(embed_migrations!("../shop/migrations"))?)
}

/// Brings the database to the latest revision and connects to it. Of several processes that start at once one migrates, and
/// the others wait for it.
///
/// # Errors
/// When the database cannot be reached, or a migration fails.
pub async fn start(url: &DatabaseUrl) -> Result<Shop, Box<dyn std::error::Error>> {
    let (database, scripts) = (Database::new(url.clone()), migrations()?);
    migrate::upgrade(&database, &scripts, "heads", &mut |_| {}).await?;
    let engine = Engine::open(url, EngineOptions::default()).await?;
    Ok(Shop { engine, database: Arc::new(database), scripts: Arc::new(scripts) })
}

/// The service.
pub fn router(shop: Shop) -> Router {
    let (router, description) = OpenApiRouter::new()
        .routes(routes!(customers::list, customers::create))
        .routes(routes!(customers::read, customers::change, customers::remove))
        .routes(routes!(customers::order))
        .routes(routes!(catalogue::list, catalogue::create))
        .routes(routes!(catalogue::create_tag))
        .routes(routes!(health::health))
        .with_state(shop)
        .split_for_parts();
    router.route("/openapi.json", get(async move || Json(description)))
}
