//! Real database servers for tests.
//!
//! A test asks for a fresh database and gets one; it never skips. PostgreSQL comes from the server that
//! `LIMBECK_TEST_POSTGRES_URL` names, else from a private cluster made of the installed binaries, which the tests of one
//! process share and which disappears with the process.
//!
//! Everything here panics with an instruction when it cannot deliver: a test has no better way to say so.

#![allow(
    clippy::panic,
    clippy::expect_used,
    reason = "only tests call this crate, and a test fails by panicking"
)]

mod binaries;
mod certificates;
mod cluster;
mod database;
mod delay_proxy;

pub use binaries::postgres_binary;
pub use cluster::{ENCRYPTED_USER, PLAIN_USER, SCRAM_PASSWORD, SCRAM_USER};
pub use database::{
    TlsServer, postgres_server_url, postgres_socket_directory, postgres_tls_server, postgres_url,
};
pub use delay_proxy::DelayProxy;

/// A directory for SQLite files, removed when the value is dropped.
pub fn sqlite_directory() -> tempfile::TempDir {
    tempfile::Builder::new()
        .prefix("limbeck-sqlite-")
        .tempdir()
        .unwrap_or_else(|error| panic!("cannot make a temporary directory for a SQLite test: {error}"))
}
