//! Revision graph, scripts, version table and the runner that takes a database along them.

pub mod config;
pub mod graph;
mod nearest;
pub mod script;
