//! The `limbeck` binary, as a person or a script meets it.

mod bad_input;
mod expect;
mod happy_path;
mod reference;
mod workshop;
