//! A flush whose future is dropped leaves the database as it was, wherever it is dropped.

use std::pin::Pin;
use std::task::{Context, Poll};

use limbeck::prelude::*;

use crate::database::Database;
use crate::models::*;

mod on {
    crate::on_both! {
        a_dropped_flush_changes_nothing;
        a_dropped_savepoint_breaks_the_session;
    }
}

/// A future that is polled so often at most; `None` when that was not enough.
struct Limited<F> {
    future: Pin<Box<F>>,
    polls: usize,
}

impl<F: Future> Future for Limited<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.polls == 0 {
            return Poll::Ready(None);
        }
        self.polls -= 1;
        self.future.as_mut().poll(context).map(Some)
    }
}

fn limited<F: Future>(polls: usize, future: F) -> Limited<F> {
    Limited { future: Box::pin(future), polls }
}

async fn a_dropped_flush_changes_nothing(Database { engine, .. }: &Database) {
    let kept = engine
        .transaction(async |tx| {
            let slots = tx.add_all(["Ada", "Bob"].map(|name| Customer::new(name, name)))?;
            tx.add(Order::new(slots[1]))?;
            tx.flush().await?;
            Ok::<_, OrmError>((tx.key(slots[0])?, tx.key(slots[1])?))
        })
        .await
        .unwrap();
    let mut polls = 0;
    loop {
        let mut session = engine.session().await.unwrap();
        let mut ada = session.get::<Customer>(kept.0).await.unwrap();
        ada.name = "Eve".to_owned();
        session.save(&mut ada);
        session.delete_key::<Customer>(&kept.1);
        let order =
            Order::new(Open).with_many(Order::products, [Product::new("Loom", 1), Product::new("Yarn", 1)]);
        // The quantity of the lines is missing: the last statement fails, after all others have run.
        session.add(Customer::new("Cid", "Cid").with_many(Customer::orders, [order])).unwrap();
        let outcome = limited(polls, session.flush()).await;
        let ended = outcome.is_some();
        if let Some(outcome) = outcome {
            assert_eq!(outcome.unwrap_err().code(), "engine.not-null-violation");
            drop(session);
        } else if polls > 0 {
            assert_eq!(session.commit().await.unwrap_err().code(), "orm.session-broken");
        } else {
            drop(session);
        }
        let mut session = engine.session().await.unwrap();
        let rows = select::<Customer>().order_by(Customer::name).all(&mut session).await.unwrap();
        assert_eq!(
            rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(),
            ["Ada", "Bob"],
            "{polls} polls"
        );
        assert_eq!(select::<Order>().count(&mut session).await.unwrap(), 1);
        assert_eq!(select::<Product>().count(&mut session).await.unwrap(), 0);
        session.rollback().await.unwrap();
        if ended {
            break;
        }
        polls += 1;
    }
    assert!(polls > 0);
    assert_eq!(engine.used_connections(), 0);
}

async fn a_dropped_savepoint_breaks_the_session(Database { engine, .. }: &Database) {
    let mut session = engine.session().await.unwrap();
    let dropped = limited(
        8,
        session.savepoint(async |tx| {
            tx.add(Customer::new("Ada", "Ada"))?;
            tx.flush().await?;
            std::future::pending::<Result<(), OrmError>>().await
        }),
    );
    let dropped = tokio::time::timeout(std::time::Duration::from_millis(300), dropped).await;
    assert!(!matches!(dropped, Ok(Some(_))));
    assert_eq!(session.commit().await.unwrap_err().code(), "orm.session-broken");
    let mut session = engine.session().await.unwrap();
    assert_eq!(select::<Customer>().count(&mut session).await.unwrap(), 0);
}
