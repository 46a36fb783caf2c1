//! Statements with types: what is selected, inserted, updated and deleted, and what comes back.

mod combined;
mod delete;
mod fetch;
mod insert;
mod select;
mod update;

pub use combined::Combined;
pub use delete::{Delete, delete};
pub use fetch::Returning;
pub use insert::{Conflict, Insert, InsertReturning, excluded, insert};
pub use select::{Select, select, select_from};
pub use update::{Update, update};
