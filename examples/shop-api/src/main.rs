//! `DATABASE_URL=sqlite:shop.db cargo run -p shop-api`, then for example
//! `curl localhost:3000/customers -H 'content-type: application/json' -d '{"first_name": "Ada", "last_name": "Lovelace",
//! "email_address": "ada@example.org"}'`.

use std::error::Error;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::var("DATABASE_URL").unwrap_or_else(|_| "sqlite:shop.db".to_owned());
    let address = std::env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let shop = shop_api::start(&url.parse()?).await?;
    let listener = tokio::net::TcpListener::bind(address).await?;
    Ok(axum::serve(listener, shop_api::router(shop)).await?)
}
