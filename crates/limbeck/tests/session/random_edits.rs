//! Random graphs, random edits: what is read after the flush is what was meant. `LIMBECK_SESSION_EDITS` says how many
//! flushes are tried on each database, `LIMBECK_SESSION_SEED` with which numbers.

use std::collections::{BTreeMap, BTreeSet};

use limbeck::prelude::*;

use crate::database::Database;
use crate::models::*;

mod on {
    crate::on_both! {
        what_is_read_is_what_was_meant;
    }
}

/// Numbers that are the same each time (Knuth's MMIX generator).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn some<T: Copy>(&mut self, from: &[T], n: usize) -> Vec<T> {
        from.iter().copied().filter(|_| self.one_in(n)).collect()
    }
}

/// What the database should hold.
#[derive(Debug, Clone, Default, PartialEq)]
struct Expected {
    /// Name and email.
    customers: BTreeMap<i32, (String, String)>,
    orders: BTreeMap<i64, i32>,
    categories: BTreeMap<i32, Option<i32>>,
    tags: BTreeSet<(i32, i32)>,
}

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

async fn what_is_read_is_what_was_meant(Database { engine, .. }: &Database) {
    let seed = setting("LIMBECK_SESSION_SEED", 17);
    let mut numbers = Numbers(seed);
    let mut expected = Expected::default();
    for round in 0..setting("LIMBECK_SESSION_EDITS", 25) {
        let before = expected.clone();
        let undone = numbers.one_in(5);
        let outcome = engine
            .transaction(async |tx| {
                edit(tx, &mut numbers, &mut expected, round).await?;
                if undone { Err(OrmError::NotFound) } else { Ok(()) }
            })
            .await;
        match outcome {
            Ok(()) => {}
            Err(OrmError::NotFound) => expected = before,
            Err(error) => panic!("round {round} of seed {seed}: {error}"),
        }
        let mut session = engine.session().await.unwrap();
        let read = read(&mut session).await.unwrap();
        session.rollback().await.unwrap();
        assert_eq!(read, expected, "round {round} of seed {seed}");
    }
}

async fn read(tx: &mut Session) -> Result<Expected, OrmError> {
    let customers = select::<Customer>().all(tx).await?.into_iter();
    let orders = select::<Order>().all(tx).await?.into_iter();
    let categories = select::<Category>().all(tx).await?.into_iter();
    let tags = select::<ProductTag>().all(tx).await?.into_iter();
    Ok(Expected {
        customers: customers.map(|row| (row.customer_id, (row.name, row.email))).collect(),
        orders: orders.map(|row| (row.order_id, row.customer_id)).collect(),
        categories: categories.map(|row| (row.category_id, row.parent_id)).collect(),
        tags: tags.map(|row| (row.product_id, row.tag_id)).collect(),
    })
}

async fn edit(
    tx: &mut Session,
    numbers: &mut Numbers,
    expected: &mut Expected,
    round: u64,
) -> Result<(), OrmError> {
    let mut all = BTreeMap::new();
    for row in select::<Customer>().all(tx).await? {
        all.insert(row.customer_id, Tracked::new(row));
    }
    let of_customers = select::<Order>().all(tx).await?;
    let keys: Vec<i32> = all.keys().copied().collect();
    // Emails go around among some customers; what a deleted one had is free for a new one.
    let deleted = numbers.some(&keys, 5);
    let mut freed: Vec<String> = deleted.iter().map(|key| all[key].email.clone()).collect();
    let kept: Vec<i32> = keys.iter().copied().filter(|key| !deleted.contains(key)).collect();
    let turning = numbers.some(&kept, 3);
    let emails: Vec<String> = turning.iter().map(|key| all[key].email.clone()).collect();
    for (place, key) in turning.iter().enumerate() {
        let row = all.get_mut(key).unwrap();
        row.email.clone_from(&emails[(place + 1) % emails.len()]);
        if numbers.one_in(4) {
            freed.push(std::mem::replace(&mut row.email, format!("fresh{round}-{place}")));
        }
        row.name = format!("turned{round}");
        tx.save(row);
        expected.customers.insert(*key, (row.name.clone(), row.email.clone()));
    }
    // An email that was passed on is not free, whoever gave it up.
    freed.retain(|email| !turning.iter().any(|key| all[key].email == *email));
    let mut new = Vec::new();
    for place in 0..numbers.below(6) {
        let email = freed.pop().unwrap_or_else(|| format!("new{round}-{place}"));
        let name = format!("new{round}");
        new.push((tx.add(Customer::new(name.as_str(), email.as_str()))?, name, email));
    }
    // Orders of deleted customers go with them, unless they have moved.
    let mut moved = Vec::new();
    for row in of_customers {
        if numbers.one_in(3) {
            let row = Tracked::new(row);
            match (new.get(numbers.below(new.len() * 2)), kept.is_empty()) {
                (Some((slot, ..)), _) => {
                    tx.link(Customer::orders, *slot, &row)?;
                    moved.push((row.order_id, Err(*slot)));
                }
                (None, false) => {
                    let to = kept[numbers.below(kept.len())];
                    let mut row = row;
                    row.customer_id = to;
                    tx.save(&mut row);
                    moved.push((row.order_id, Ok(to)));
                }
                (None, true) => {}
            }
        }
    }
    let of_moved: Vec<i64> = moved.iter().map(|(order, _)| *order).collect();
    for key in deleted {
        tx.delete(all.remove(&key).unwrap());
        expected.customers.remove(&key);
        expected.orders.retain(|order, customer| *customer != key || of_moved.contains(order));
    }
    let mut orders = Vec::new();
    for (slot, ..) in &new {
        for _ in 0..numbers.below(3) {
            orders.push((tx.add(Order::new(*slot))?, Err(*slot)));
        }
    }
    for key in &kept {
        if numbers.one_in(3) {
            orders.push((tx.add(Order::new(*key))?, Ok(*key)));
        }
    }
    let trees = edit_categories(tx, numbers, expected).await?;
    edit_tags(tx, numbers, expected).await?;
    tx.flush().await?;
    for (slot, name, email) in new {
        expected.customers.insert(tx.key(slot)?, (name, email));
    }
    let customer = |tx: &Session, of: Result<i32, Slot<Customer>>| of.or_else(|slot| tx.key(slot));
    for (order, of) in moved {
        expected.orders.insert(order, customer(tx, of)?);
    }
    for (slot, of) in orders {
        expected.orders.insert(tx.key(slot)?, customer(tx, of)?);
    }
    for (slot, parent) in trees {
        let parent = parent.map(|parent| tx.key(parent)).transpose()?;
        expected.categories.insert(tx.key(slot)?, parent);
    }
    Ok(())
}

type Tree = Vec<(Slot<Category>, Option<Slot<Category>>)>;

/// Branches are hung elsewhere and cut off, whole trees are added.
async fn edit_categories(
    tx: &mut Session,
    numbers: &mut Numbers,
    expected: &mut Expected,
) -> Result<Tree, OrmError> {
    let keys: Vec<i32> = expected.categories.keys().copied().collect();
    if let Some(&root) = keys.get(numbers.below(keys.len() * 3)) {
        let mut gone = BTreeSet::from([root]);
        let before = expected.categories.clone();
        while let Some((key, _)) = before
            .iter()
            .find(|(key, parent)| !gone.contains(key) && parent.is_some_and(|p| gone.contains(&p)))
        {
            gone.insert(*key);
        }
        tx.delete_key::<Category>(&root);
        tx.flush().await?;
        expected.categories.retain(|key, _| !gone.contains(key));
    }
    let keys: Vec<i32> = expected.categories.keys().copied().collect();
    for key in numbers.some(&keys, 4) {
        // Only below an older one, so that there is no circle.
        let older: Vec<i32> = keys.iter().copied().filter(|other| *other < key).collect();
        let parent = older.get(numbers.below(older.len() + 1)).copied();
        let mut row = tx.get::<Category>(key).await?;
        if row.parent_id.is_none_or(|parent| parent < key) {
            row.parent_id = parent;
            tx.save(&mut row);
            expected.categories.insert(key, parent);
        }
    }
    let mut added: Tree = Vec::new();
    for _ in 0..numbers.below(8) {
        let parent = added.get(numbers.below(added.len() + 1)).map(|(slot, _)| *slot);
        let new = Category::new("new");
        let new = match parent {
            Some(parent) => new.link(Category::parent_id, parent),
            None => new,
        };
        added.push((tx.add(new)?, parent));
    }
    Ok(added)
}

async fn edit_tags(tx: &mut Session, numbers: &mut Numbers, expected: &mut Expected) -> Result<(), OrmError> {
    if select::<Tag>().count(tx).await? == 0 {
        tx.add_all((0..4).map(|n| Tag::new(format!("t{n}"))))?;
        tx.add_all((0..4).map(|n| Product::new(format!("p{n}"), n)))?;
    }
    let tags = select::<Tag>().all(tx).await?;
    let products = select::<Product>().all(tx).await?;
    for product in &products {
        for tag in tags.iter().filter(|_| numbers.one_in(3)) {
            let pair = (product.product_id, tag.tag_id);
            if expected.tags.remove(&pair) {
                tx.unlink(Product::tags, product, tag)?;
            } else {
                tx.link(Product::tags, product, tag)?;
                expected.tags.insert(pair);
            }
        }
    }
    Ok(())
}
