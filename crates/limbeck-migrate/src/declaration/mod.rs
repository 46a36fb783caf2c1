//! What is declared as SQL, and the whole of a model as one schema in canonical form.
//!
//! Only a database knows what SQL means, so the statements are run in a scratch database, in an order that is found by
//! what they make and mention, and read back.

mod build;
mod load;
mod order;
mod statement;

pub use statement::SqlFailure;

pub(crate) use build::{build, needs_scratch};
pub(crate) use load::load;
pub(crate) use statement::{Statement, read};
