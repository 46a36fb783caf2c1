//! What is declared as SQL, and the whole of a model as one schema in canonical form.
//!
//! Only a database knows what SQL means, so the statements are run in a scratch database, in an order that is found by
//! what they make and mention, and read back.

mod again;
mod build;
mod history;
mod load;
mod order;
mod sources;
mod statement;

pub use statement::SqlFailure;

pub(crate) use again::{find_sources, settle_definitions};
pub(crate) use build::{build, needs_scratch};
pub(crate) use history::up_sections;
pub(crate) use load::load;
pub(crate) use statement::{Statement, read};

/// The origin of statements that are rendered from tables and other data of a model.
const RENDERED: &str = "the model";
