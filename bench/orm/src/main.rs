//! Limbeck's ORM beside its peers: the same work in one run, on PostgreSQL and SQLite.
//!
//! `bench/orm/run` starts it. Peers take turns, round after round, so that what else the machine does meets all of them; of
//! each the fastest round counts. The last column is the time in multiples of the raw driver's.

mod data;
mod peers;
mod table;

use std::error::Error;
use std::time::{Duration, Instant};

use peers::Case;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let rounds = std::env::var("ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(15);
    let directory = tempfile::tempdir()?;
    for database in [data::postgresql(), data::sqlite(directory.path())] {
        data::fill(&database)?;
        let mut peers = peers::all(&database)?;
        let mut python = peers::sqlalchemy::measure(&database, rounds);
        for case in Case::ALL {
            let mut best: Vec<Duration> = vec![Duration::MAX; peers.len()];
            for _ in 0..rounds {
                for (peer, best) in peers.iter_mut().zip(&mut best) {
                    let started = Instant::now();
                    let rows = peer.run(case)?;
                    *best = (*best).min(started.elapsed());
                    assert_eq!(rows, case.rows(), "{} {case:?}", peer.name());
                    if case.inserts() {
                        data::remove_inserted(&database)?;
                    }
                }
            }
            let mut times: Vec<(String, Duration)> =
                peers.iter().map(|peer| peer.name().to_owned()).zip(best).collect();
            times.extend(python.remove(case.name()).map(|time| ("SQLAlchemy".to_owned(), time)));
            table::print(database.name(), case, &times);
        }
    }
    Ok(())
}
