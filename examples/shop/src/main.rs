//! Takes a database to the shop's latest revision, as the shop does when it starts, and says whether model and database
//! agree.
//!
//! `cargo run -p shop [URL]`; the default is the SQLite file `shop.db`.

#![allow(clippy::print_stdout, reason = "this program's purpose is to show what happens")]

use std::error::Error;

use limbeck::embed_migrations;
use limbeck::migrate::{self, Baseline, Database, Event, ScriptDirectory};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "sqlite:shop.db".to_owned());
    let database = Database::new(url.parse()?);
    let scripts = ScriptDirectory::from_embedded(embed_migrations!("migrations"))?;

    let show = &mut |event| {
        if let Event::Running(step) = event {
            println!("Running {step}");
        }
    };
    migrate::upgrade(&database, &scripts, "head", show).await?;
    let model = shop::schema().into();
    let differences = migrate::check(&database, &scripts, &model, Baseline::Database, show).await?.detected;
    if !differences.is_empty() {
        return Err(format!("model and database differ:\n{}", differences.join("\n")).into());
    }
    println!("model and database agree");
    Ok(())
}
