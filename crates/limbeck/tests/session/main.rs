//! Sessions: units of work over a model of twenty tables, on both databases.

#![allow(missing_docs, unreachable_pub, reason = "the models are as an application has them")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod cancelled;
mod database;
mod guide;
mod models;
mod random_edits;
mod related;
mod shapes;
mod unit_of_work;

/// Runs a test on a new database of each dialect.
macro_rules! on_both {
    ($($test:ident;)*) => { $(
        #[tokio::test]
        async fn $test() {
            for dialect in limbeck::prelude::Dialect::ALL {
                super::$test(&crate::database::open(dialect).await).await;
            }
        }
    )* };
}

pub(crate) use on_both;
