//! The law of the product, on real databases and random schemas.
//!
//! For two schemas A and B that a generator draws from every construct: in a database of A with rows in it, the statements of
//! comparing with B lead to a database that does not differ from B, neither by another comparison nor for `pg_dump` or
//! `sqlite_schema`, in which the rows are that both can hold; the statements of the way back lead back in the same sense.
//!
//! `LIMBECK_ROUND_TRIPS=2000` says how many pairs are tried on each database, `LIMBECK_ROUND_TRIP_SEED=17` which single one.
//! Each pair follows from its seed alone.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking"
)]

mod choices;
mod journey;
mod observer;
mod pairing;
mod random_expression;
mod random_schema;
mod reduce;
mod rows;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use limbeck_schema::{Dialect, MetaData};

use choices::Choices;
use journey::{Scratch, Scratches, described, travel};
use reduce::reduce;

/// Pairs of a run that nobody asked for more of.
const PAIRS: u64 = 80;

/// Failures that are told of one run: one mistake has many faces.
const MOST_FAILURES: usize = 3;

/// PostgreSQL and `pg_dump` are processes of their own, so more than the cores can run at once.
const THREADS: usize = 3;

#[test]
fn there_and_back_on_postgresql() {
    try_pairs(Dialect::Postgresql);
}

#[test]
fn there_and_back_on_sqlite() {
    try_pairs(Dialect::Sqlite);
}

/// Two schemas. Half of the pairs differ in some choices only, as the versions of one model do.
fn pair(dialect: Dialect, seed: u64) -> (MetaData, MetaData) {
    let first = Choices::new(seed.wrapping_mul(2));
    let percent = [100, 5, 15, 30][usize::try_from(seed % 4).unwrap()];
    let second = first.changed(seed.wrapping_mul(2) + 1, percent);
    (random_schema::schema(dialect, first, None), random_schema::schema(dialect, second, Some(first)))
}

fn variable(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name} is to be a number, and is `{value}`")))
}

fn try_pairs(dialect: Dialect) {
    let seeds = match (variable("LIMBECK_ROUND_TRIP_SEED"), variable("LIMBECK_ROUND_TRIPS")) {
        (Some(seed), _) => seed..seed + 1,
        (None, Some(pairs)) => 0..pairs,
        (None, None) => 0..PAIRS,
    };
    let next = AtomicU64::new(seeds.start);
    let failures: Mutex<Vec<String>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(async {
                    let mut scratches =
                        Scratches { live: Scratch::new(dialect).await, fresh: Scratch::new(dialect).await };
                    loop {
                        let seed = next.fetch_add(1, Ordering::Relaxed);
                        if seed >= seeds.end || failures.lock().unwrap().len() >= MOST_FAILURES {
                            break;
                        }
                        if let Some(failure) = try_pair(dialect, &mut scratches, seed).await {
                            failures.lock().unwrap().push(failure);
                        }
                    }
                });
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// What went wrong, if anything did.
async fn try_pair(dialect: Dialect, scratches: &mut Scratches, seed: u64) -> Option<String> {
    let pair = pair(dialect, seed);
    let failure = travel(scratches, &pair.0, &pair.1).await.err()?;
    let ((from, to), failure) = reduce(scratches, pair, failure, 60).await;
    let (before, after) = (described(scratches, &from).await, described(scratches, &to).await);
    Some(format!(
        "======== {dialect}, repeat it with LIMBECK_ROUND_TRIP_SEED={seed}: {:?}\n{}\n--- A\n{before}--- B\n{after}",
        failure.stage, failure.details
    ))
}
