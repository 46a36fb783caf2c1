//! The times as a table.

use std::time::Duration;

use crate::peers::Case;

/// The first of the times is the raw driver's.
pub fn print(database: &str, case: Case, times: &[(String, Duration)]) {
    println!("\n{database}: {}", case.title());
    let Some((_, raw)) = times.first() else { return };
    for (name, time) in times {
        let ratio = time.as_secs_f64() / raw.as_secs_f64();
        println!("  {name:<12} {:>10.3} ms {ratio:>7.2}", time.as_secs_f64() * 1000.0);
    }
}
