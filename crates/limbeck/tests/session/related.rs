//! Conditions on related rows, links, the arena, and bulk loads.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use limbeck::orm::{Graph, RowReference, bulk_insert};
use limbeck::prelude::*;

use crate::database::Database;
use crate::models::*;

mod on {
    crate::on_both! {
        rows_are_found_by_what_they_lead_to;
        rows_are_linked_and_unlinked;
        an_order_leads_to_its_customer_and_back;
        rows_are_loaded_in_bulk;
        a_session_goes_to_another_thread;
    }
}

async fn three_customers(tx: &mut Session) -> Result<Vec<Slot<Customer>>, OrmError> {
    let mut slots = Vec::new();
    for (n, name) in ["Ada", "Bob", "Cid"].into_iter().enumerate() {
        let who = tx.add(Customer::new(name, format!("{name}@example.org")))?;
        for place in 0..n {
            tx.add(Order::new(who).set(Order::note, format!("{name} {place}")))?;
        }
        slots.push(who);
    }
    tx.flush().await?;
    Ok(slots)
}

async fn rows_are_found_by_what_they_lead_to(Database { engine, .. }: &Database) {
    let mut tx = engine.session().await.unwrap();
    three_customers(&mut tx).await.unwrap();
    let loom = Product::new("Loom", 3).with_many(Product::tags, [Tag::new("wood"), Tag::new("old")]);
    tx.add(loom).unwrap();
    tx.add(Product::new("Yarn", 1)).unwrap();
    tx.add(Category::new("a").with_many(Category::children, [Category::new("b")])).unwrap();
    let names = async |tx: &mut Session, condition: Condition| {
        let rows = select::<Customer>().filter(condition).order_by(Customer::name).all(tx).await.unwrap();
        rows.into_iter().map(|row| row.name).collect::<Vec<_>>()
    };
    assert_eq!(names(&mut tx, Customer::orders.exists()).await, ["Bob", "Cid"]);
    assert_eq!(names(&mut tx, !Customer::orders.exists()).await, ["Ada"]);
    assert_eq!(names(&mut tx, Customer::orders.any(Order::note.ends_with("1"))).await, ["Cid"]);
    assert_eq!(names(&mut tx, !Customer::region.exists()).await, ["Ada", "Bob", "Cid"]);
    let of_bob = select::<Order>().filter(Order::customer.has(Customer::name.eq("Bob")));
    assert_eq!(of_bob.count(&mut tx).await.unwrap(), 1);
    let tagged = select::<Product>().filter(Product::tags.any(Tag::word.eq("wood")));
    assert_eq!(tagged.one(&mut tx).await.unwrap().title, "Loom");
    let parents = select::<Category>().filter(Category::children.any(Category::name.eq("b")));
    assert_eq!(parents.one(&mut tx).await.unwrap().name, "a");
    let joined = select::<Order>().join::<Customer>(Order::customer.on()).filter(Customer::name.eq("Cid"));
    assert_eq!(joined.count(&mut tx).await.unwrap(), 2);
    let joined = select::<Product>().join::<Tag>(Product::tags.on());
    assert_eq!(joined.count(&mut tx).await.unwrap(), 2);
}

async fn rows_are_linked_and_unlinked(Database { engine, .. }: &Database) {
    let mut tx = engine.session().await.unwrap();
    let slots = three_customers(&mut tx).await.unwrap();
    let product = tx.add(Product::new("Loom", 3)).unwrap();
    let tag = tx.add(Tag::new("wood")).unwrap();
    tx.link(Product::tags, product, tag).unwrap();
    tx.flush().await.unwrap();
    let product = tx.get::<Product>(tx.key(product).unwrap()).await.unwrap();
    let tag = RowReference::key(&tx.key(tag).unwrap());
    assert!(select::<Product>().filter(Product::tags.exists()).exists(&mut tx).await.unwrap());
    tx.unlink(Product::tags, &product, tag).unwrap();
    assert!(!select::<Product>().filter(Product::tags.exists()).exists(&mut tx).await.unwrap());
    // Without an association table it is the foreign key that changes.
    let region = tx.add(Region::new("north")).unwrap();
    tx.link(Region::customers, region, slots[0]).unwrap();
    let ada = || select::<Customer>().filter(Customer::region.has(Region::code.eq("north")));
    let found = ada().one(&mut tx).await.unwrap();
    assert_eq!(found.name, "Ada");
    tx.unlink(Region::customers, region, &found).unwrap();
    assert!(!ada().exists(&mut tx).await.unwrap());
    // An orphan is deleted.
    let order = select::<Order>().filter(Order::note.eq("Bob 0")).one(&mut tx).await.unwrap();
    tx.unlink(Customer::orders, slots[1], &order).unwrap();
    assert_eq!(select::<Order>().count(&mut tx).await.unwrap(), 2);
    // Moved to somebody else, it is not deleted with its customer.
    let order = select::<Order>().filter(Order::note.eq("Cid 0")).one(&mut tx).await.unwrap();
    tx.link(Customer::orders, slots[0], &order).unwrap();
    tx.delete_slot(slots[2]).unwrap();
    let left = select::<Order>().one(&mut tx).await.unwrap();
    assert_eq!((left.note.as_deref(), left.customer_id), (Some("Cid 0"), tx.key(slots[0]).unwrap()));
}

async fn an_order_leads_to_its_customer_and_back(Database { engine, log, .. }: &Database) {
    let mut tx = engine.session().await.unwrap();
    three_customers(&mut tx).await.unwrap();
    tx.add(Product::new("Loom", 3).with_many(Product::tags, [Tag::new("wood")])).unwrap();
    tx.flush().await.unwrap();
    log.take();
    let mut graph = Graph::new();
    graph.extend(select::<Customer>().order_by(Customer::name).all(&mut tx).await.unwrap());
    graph.load_many(&mut tx, Customer::orders).await.unwrap();
    graph.extend(select::<Product>().all(&mut tx).await.unwrap());
    graph.load_many(&mut tx, Product::tags).await.unwrap();
    log.assert_statements(4);
    let cid = graph.rows::<Customer>().nth(2).unwrap();
    let orders = graph.many(Customer::orders, cid);
    assert_eq!(orders.len(), 2);
    assert_eq!(graph.one(Order::customer, orders[0]).unwrap().name, "Cid");
    let loom = graph.rows::<Product>().next().unwrap();
    assert_eq!(graph.many(Product::tags, loom)[0].word, "wood");
    let (ada, moved) = (graph.rows::<Customer>().next().unwrap().customer_id, orders[0].order_id);
    let gone = orders[1].order_id;
    graph.edit::<Order>(&moved).unwrap().customer_id = ada;
    graph.edit::<Customer>(&ada).unwrap().name = "Countess".to_owned();
    // Seen from both sides, before anything is written.
    let order = graph.get::<Order>(&moved).unwrap();
    assert_eq!(graph.one(Order::customer, order).unwrap().name, "Countess");
    assert_eq!(graph.many(Customer::orders, graph.get::<Customer>(&ada).unwrap()).len(), 1);
    assert!(graph.delete::<Order>(&gone));
    graph.commit(&mut tx).await.unwrap();
    log.assert_statements(3);
    assert_eq!(select::<Order>().count(&mut tx).await.unwrap(), 2);
    assert_eq!(tx.get::<Order>(moved).await.unwrap().customer_id, ada);
    assert_eq!(tx.get::<Customer>(ada).await.unwrap().name, "Countess");
}

async fn rows_are_loaded_in_bulk(Database { engine, .. }: &Database) {
    let mut tx = engine.session().await.unwrap();
    let told = Arc::new(AtomicU64::new(0));
    let seen = Arc::clone(&told);
    let rows = (0..5000).map(|n| Product::new(format!("p{n}"), n));
    let load = bulk_insert(rows).progress(1000, move |rows| seen.store(rows, Ordering::Relaxed));
    assert_eq!(load.execute(&mut tx).await.unwrap(), 5000);
    assert_eq!(told.load(Ordering::Relaxed), 5000);
    assert_eq!(select::<Product>().filter(Product::price.ge(4000)).count(&mut tx).await.unwrap(), 1000);
    // Rows that give other columns are another load.
    let mixed = [Order::new(1), Order::new(1).set(Order::note, "x"), Order::new(1)];
    let refused = bulk_insert(mixed).execute(&mut tx).await.unwrap_err();
    assert_eq!(refused.code(), "engine.foreign-key-violation");
    drop(tx);
    let mut tx = engine.session().await.unwrap();
    let slot = tx.add(Customer::new("Ada", "ada@example.org")).unwrap();
    let pending = bulk_insert([Order::new(slot)]).execute(&mut tx).await.unwrap_err();
    assert_eq!(pending.code(), "orm.pending");
    let key = tx.key(slot).unwrap();
    let mixed = [Order::new(key), Order::new(key).set(Order::note, "x"), Order::new(key)];
    assert_eq!(bulk_insert(mixed).execute(&mut tx).await.unwrap(), 3);
}

async fn a_session_goes_to_another_thread(Database { engine, .. }: &Database) {
    let engine = engine.clone();
    let work = async move {
        let key = engine
            .transaction(async |tx| {
                let slot = tx.add(Customer::new("Ada", "ada@example.org"))?;
                tx.flush().await?;
                tx.key(slot)
            })
            .await?;
        let settings = TransactionSettings { retries: 3, ..TransactionSettings::default() };
        engine
            .transaction_with(settings, async move |tx| Ok(tx.get::<Customer>(key).await?.name.clone()))
            .await
    };
    let name: Result<String, OrmError> = tokio::spawn(work).await.unwrap();
    assert_eq!(name.unwrap(), "Ada");
}
