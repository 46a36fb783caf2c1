//! The promises that other crates' tests build on.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use limbeck_test_server::{
    DelayProxy, postgres_binary, postgres_server_url, postgres_socket_directory, postgres_url,
};

fn psql(url: &str, sql: &str) -> String {
    let output = Command::new(postgres_binary("psql")).args(["-XAtq", "-c", sql, url]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn every_database_is_fresh_and_empty() {
    let (one, two) = (postgres_url(), postgres_url());
    assert_ne!(one, two);
    psql(&one, "CREATE TABLE t (id int)");
    let tables = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace";
    assert_eq!(psql(&one, tables), "1");
    assert_eq!(psql(&two, tables), "0");
}

#[test]
fn a_delay_proxy_delays_without_narrowing() {
    let url = postgres_server_url();
    let (address, _) = url.split_once("://").and_then(|(_, rest)| rest.rsplit_once('/')).unwrap();
    let target = address.rsplit('@').next().unwrap();
    let proxied = url.replace(
        target,
        &format!("127.0.0.1:{}", DelayProxy::start(target, Duration::from_millis(50)).port()),
    );
    let started = Instant::now();
    // 20 MB in one answer: a proxy that waited for each chunk would need half a minute.
    assert_eq!(psql(&proxied, "SELECT repeat('x', 20000000)").len(), 20_000_000);
    let elapsed = started.elapsed();
    assert!(elapsed >= Duration::from_millis(200), "two round trips at least: {elapsed:?}");
    assert!(elapsed < Duration::from_secs(5), "the data flows: {elapsed:?}");
}

#[test]
fn a_private_cluster_goes_with_its_process() {
    const CHILD: &str = "LIMBECK_TEST_SERVER_CHILD";
    if std::env::var_os(CHILD).is_some() {
        println!("directory {}", postgres_socket_directory().0.display());
        // As abrupt as an end can be: no destructor, no exit handler.
        std::process::abort();
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_private_cluster_goes_with_its_process", "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let line =
        text.lines().find_map(|line| line.split_once("directory ")).unwrap_or_else(|| panic!("{text}"));
    let directory = Path::new(line.1);
    let deadline = Instant::now() + Duration::from_secs(10);
    while directory.exists() {
        assert!(Instant::now() < deadline, "{} is still there", directory.display());
        std::thread::sleep(Duration::from_millis(20));
    }
}
