//! Serves a fresh PostgreSQL database for scripts that are not Rust, such as `bench/run`.
//!
//! `serve [one-way delay in milliseconds]` prints the database's URL and, with a delay, the URL of the same database
//! behind a delaying proxy; it ends, and the server with it, when its standard input is closed.

#![allow(clippy::print_stdout, reason = "its output is its purpose")]

use std::io::Read;
use std::time::Duration;

use limbeck_test_server::{DelayProxy, postgres_url};

fn main() {
    let url = postgres_url();
    println!("{url}");
    let delay = std::env::args().nth(1).and_then(|text| text.parse().ok()).map(Duration::from_millis);
    let _proxy = delay.map(|delay| {
        let (before, address, after) = split(&url);
        let proxy = DelayProxy::start(address, delay);
        println!("{before}127.0.0.1:{}{after}", proxy.port());
        proxy
    });
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

/// A URL around its `host:port`.
fn split(url: &str) -> (&str, &str, &str) {
    let start = url.find('@').or_else(|| url.find("//").map(|at| at + 1)).map_or(0, |at| at + 1);
    let length = url[start..].find('/').unwrap_or(url.len() - start);
    (&url[..start], &url[start..start + length], &url[start + length..])
}
