//! The `limbeck` binary, as a person or a script meets it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod bad_input;
mod comparison;
mod expect;
mod fleet;
mod happy_path;
mod inspect;
mod linked;
mod reference;
mod rewriting;
mod runs;
mod workshop;
