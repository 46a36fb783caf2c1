//! What a session writes, in which order, and what comes back.

use limbeck::engine::Engine;
use limbeck::prelude::*;

use crate::database::Database;
use crate::models::*;

mod on {
    crate::on_both! {
        new_rows_refer_to_each_other_before_they_have_keys;
        only_changed_columns_are_updated;
        an_error_undoes_everything;
        a_savepoint_is_undone_alone;
        a_graph_goes_in_with_one_call;
        values_are_swapped;
        a_deleted_value_comes_again;
        somebody_else_was_faster;
        children_are_deleted_by_the_session;
        rows_that_refer_to_each_other;
        trees;
        composite_keys;
        merged_rows;
        what_the_database_computes;
        a_row_that_is_not_there;
        many_rows_keep_their_order;
    }
}

async fn new_rows_refer_to_each_other_before_they_have_keys(Database { engine, .. }: &Database) {
    let (customer, order) = engine
        .transaction(async |tx| {
            let line = |order, product| OrderLine::new(order, product, 2);
            let who = tx.add(Customer::new("Ada", "ada@example.org"))?;
            let order = tx.add(Order::new(who))?;
            let product = tx.add(Product::new("Loom", 30))?;
            tx.add(line(order, product))?;
            tx.flush().await?;
            assert_eq!(tx.made(order, Order::state)?, OrderState::Open);
            Ok::<_, OrmError>((tx.key(who)?, tx.key(order)?))
        })
        .await
        .unwrap();
    let mut session = engine.session().await.unwrap();
    let order = session.get::<Order>(order).await.unwrap();
    assert_eq!((order.customer_id, order.state), (customer, OrderState::Open));
    let lines = select::<OrderLine>().all(&mut session).await.unwrap();
    assert_eq!(lines[0].quantity, 2);
}

async fn customers(engine: &Engine, count: i32) -> Vec<i32> {
    engine
        .transaction(async |tx| {
            let new = (0..count).map(|n| Customer::new(format!("c{n}"), format!("c{n}@example.org")));
            let slots = tx.add_all(new)?;
            tx.flush().await?;
            slots.into_iter().map(|slot| tx.key(slot)).collect::<Result<Vec<_>, OrmError>>()
        })
        .await
        .unwrap()
}

async fn only_changed_columns_are_updated(Database { engine, .. }: &Database) {
    let keys = customers(engine, 2).await;
    engine
        .transaction(async |tx| {
            let mut first = tx.get::<Customer>(keys[0]).await?;
            assert!(!first.is_changed());
            first.name = "Ada".to_owned();
            assert!(first.is_changed());
            tx.save(&mut first);
            assert_eq!(first.revision, 2);
            // A second change of the same row goes into the same update.
            first.email = "ada@example.org".to_owned();
            tx.save(&mut first);
            assert_eq!(first.revision, 2);
            // The query sees both: it flushes first.
            let found = select::<Customer>().filter(Customer::name.eq("Ada"));
            let found = found.one(tx).await?;
            assert_eq!((found.email.as_str(), found.revision), ("ada@example.org", 2));
            Ok::<_, OrmError>(())
        })
        .await
        .unwrap();
}

async fn an_error_undoes_everything(Database { engine, .. }: &Database) {
    let outcome = engine
        .transaction(async |tx| {
            tx.add(Customer::new("Ada", "ada@example.org"))?;
            tx.flush().await?;
            Err::<(), OrmError>(OrmError::NotFound)
        })
        .await;
    assert_eq!(outcome.unwrap_err().code(), "orm.not-found");
    let twice = engine
        .transaction(async |tx| {
            tx.add(Customer::new("Ada", "ada@example.org"))?;
            tx.add(Customer::new("Eve", "ada@example.org"))?;
            Ok::<_, OrmError>(())
        })
        .await;
    let error = twice.unwrap_err();
    assert_eq!(error.code(), "engine.unique-violation");
    assert!(error.to_string().contains("customers"), "{error}");
    let mut session = engine.session().await.unwrap();
    assert_eq!(select::<Customer>().count(&mut session).await.unwrap(), 0);
}

async fn a_savepoint_is_undone_alone(Database { engine, .. }: &Database) {
    engine
        .transaction(async |tx| {
            let ada = tx.add(Customer::new("Ada", "ada@example.org"))?;
            let mut lost = None;
            let inner = tx
                .savepoint(async |tx| {
                    lost = Some(tx.add(Customer::new("Eve", "eve@example.org"))?);
                    tx.add(Customer::new("Eve", "ada@example.org"))?;
                    tx.flush().await
                })
                .await;
            assert_eq!(inner.unwrap_err().code(), "engine.unique-violation");
            let kept = tx.savepoint(async |tx| tx.add(Customer::new("Bob", "bob@example.org"))).await?;
            assert_eq!(tx.key(lost.unwrap()).unwrap_err().code(), "orm.pending");
            assert_eq!(tx.add(Order::new(lost.unwrap())).unwrap_err().code(), "orm.unknown-slot");
            tx.add(Order::new(ada))?;
            tx.add(Order::new(kept))?;
            Ok::<_, OrmError>(())
        })
        .await
        .unwrap();
    let mut session = engine.session().await.unwrap();
    let names = select::<Customer>().order_by(Customer::name).all(&mut session).await.unwrap();
    assert_eq!(names.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["Ada", "Bob"]);
    assert_eq!(select::<Order>().count(&mut session).await.unwrap(), 2);
}

async fn a_graph_goes_in_with_one_call(Database { engine, log, .. }: &Database) {
    let product = |title: &str| {
        let tag = Tag::new(title.to_lowercase());
        Product::new(title, 10).with_many(Product::tags, [tag])
    };
    let key = engine
        .transaction(async |tx| {
            let order = Order::new(Open).with_many(
                Order::lines,
                [OrderLine::new(Open, Open, 3).with_one(OrderLine::product, product("Loom"))],
            );
            let customer = Customer::new("Ada", "ada@example.org")
                .with_one(Customer::region, Region::new("north"))
                .with_one(Customer::profile, Profile::new(Open, "weaves"))
                .with_many(Customer::orders, [order, Order::new(Open).set(Order::note, "empty")]);
            log.take();
            let slot = tx.add(customer)?;
            tx.flush().await?;
            // One for each of the tables, and one more for the order that gives another column.
            log.assert_statements(9);
            tx.key(slot)
        })
        .await
        .unwrap();
    let mut session = engine.session().await.unwrap();
    let customer = session.get::<Customer>(key).await.unwrap();
    let region = session.get::<Region>(customer.region_id.unwrap()).await.unwrap();
    assert_eq!(region.code, "north");
    assert_eq!(session.get::<Profile>(key).await.unwrap().about, "weaves");
    let orders = select::<Order>().order_by(Order::order_id).all(&mut session).await.unwrap();
    assert_eq!(orders.iter().map(|order| order.note.as_deref()).collect::<Vec<_>>(), [None, Some("empty")]);
    let lines = select::<OrderLine>().all(&mut session).await.unwrap();
    assert_eq!((lines[0].order_id, lines[0].quantity), (orders[0].order_id, 3));
    assert_eq!(select::<ProductTag>().count(&mut session).await.unwrap(), 1);
}

async fn values_are_swapped(Database { engine, .. }: &Database) {
    let list = engine
        .transaction(async |tx| {
            let list = tx.add(TaskList::new("today"))?;
            for place in 1..=3 {
                tx.add(Task::new(list, place, format!("t{place}")))?;
            }
            tx.flush().await?;
            tx.key(list)
        })
        .await
        .unwrap();
    engine
        .transaction(async |tx| {
            let tasks = select::<Task>().filter(Task::list_id.eq(list)).order_by(Task::place);
            let tasks = tasks.all(tx).await?;
            for (task, place) in tasks.into_iter().map(Tracked::new).zip([3, 1, 2]) {
                let mut task = task;
                task.place = place;
                tx.save(&mut task);
            }
            Ok::<_, OrmError>(())
        })
        .await
        .unwrap();
    let mut session = engine.session().await.unwrap();
    let tasks = select::<Task>().order_by(Task::place).all(&mut session).await.unwrap();
    assert_eq!(tasks.iter().map(|task| task.text.as_str()).collect::<Vec<_>>(), ["t2", "t3", "t1"]);
    drop(session);
    // Two texts that must be unique, too.
    let keys = customers(engine, 2).await;
    engine
        .transaction(async |tx| {
            let mut first = tx.get::<Customer>(keys[0]).await?;
            let mut second = tx.get::<Customer>(keys[1]).await?;
            std::mem::swap(&mut first.email, &mut second.email);
            tx.save(&mut first);
            tx.save(&mut second);
            Ok::<_, OrmError>(())
        })
        .await
        .unwrap();
    let mut session = engine.session().await.unwrap();
    assert_eq!(session.get::<Customer>(keys[0]).await.unwrap().email, "c1@example.org");
}

async fn a_deleted_value_comes_again(Database { engine, .. }: &Database) {
    let keys = customers(engine, 1).await;
    let new = engine
        .transaction(async |tx| {
            let old = tx.get::<Customer>(keys[0]).await?;
            let slot = tx.add(Customer::new("new", old.email.clone()))?;
            tx.delete(old);
            tx.flush().await?;
            tx.key(slot)
        })
        .await
        .unwrap();
    let mut session = engine.session().await.unwrap();
    assert!(session.get_or_none::<Customer>(keys[0]).await.unwrap().is_none() || new == keys[0]);
    assert_eq!(session.get::<Customer>(new).await.unwrap().name, "new");
}

async fn somebody_else_was_faster(Database { engine, .. }: &Database) {
    let keys = customers(engine, 3).await;
    let mut stale = {
        let mut session = engine.session().await.unwrap();
        let stale = session.get::<Customer>(keys[1]).await.unwrap();
        session.rollback().await.unwrap();
        stale
    };
    let change = async |mut row: Tracked<Customer>| {
        engine
            .transaction(async |tx| {
                // Together with another row, so that one statement has both.
                let mut other = tx.get::<Customer>(keys[2]).await?;
                other.name.push('!');
                row.name = "changed".to_owned();
                tx.save(&mut other);
                tx.save(&mut row);
                Ok::<_, OrmError>(())
            })
            .await
    };
    change(stale.clone()).await.unwrap();
    let error = change(stale.clone()).await.unwrap_err();
    assert_eq!(error.code(), "orm.stale-version");
    assert!(error.to_string().contains(&format!("`customers` with the key {}", keys[1])), "{error}");
    let deleted = engine
        .transaction(async |tx| {
            tx.delete(stale.clone());
            Ok::<_, OrmError>(())
        })
        .await;
    assert_eq!(deleted.unwrap_err().code(), "orm.stale-version");
    // Read again, it goes.
    engine
        .transaction(async |tx| {
            tx.refresh(&mut stale).await?;
            assert_eq!(stale.name, "changed");
            tx.delete(stale.clone());
            Ok::<_, OrmError>(())
        })
        .await
        .unwrap();
}

async fn children_are_deleted_by_the_session(Database { engine, .. }: &Database) {
    let keys = customers(engine, 2).await;
    engine
        .transaction(async |tx| {
            let product = tx.add(Product::new("Loom", 30).with_many(Product::tags, [Tag::new("wood")]))?;
            for customer in &keys {
                let order = tx.add(Order::new(*customer))?;
                tx.add(OrderLine::new(order, product, 1))?;
            }
            tx.add(Profile::new(keys[0], "weaves"))?;
            Ok::<_, OrmError>(())
        })
        .await
        .unwrap();
    engine
        .transaction(async |tx| {
            tx.delete_key::<Customer>(&keys[0]);
            Ok::<_, OrmError>(())
        })
        .await
        .unwrap();
    let mut session = engine.session().await.unwrap();
    assert_eq!(select::<Customer>().count(&mut session).await.unwrap(), 1);
    assert_eq!(select::<Order>().count(&mut session).await.unwrap(), 1);
    assert_eq!(select::<OrderLine>().count(&mut session).await.unwrap(), 1);
    assert_eq!(select::<Profile>().count(&mut session).await.unwrap(), 0);
    drop(session);
    // What is referred to by rows that nobody said to delete stays.
    let refused = engine
        .transaction(async |tx| {
            let products = select::<Product>().all(tx).await?;
            products.into_iter().for_each(|product| tx.delete(Tracked::new(product)));
            Ok::<_, OrmError>(())
        })
        .await;
    assert_eq!(refused.unwrap_err().code(), "engine.foreign-key-violation");
    // The rows of a plain association go with either side.
    engine
        .transaction(async |tx| {
            let tags = select::<Tag>().all(tx).await?;
            tags.into_iter().for_each(|tag| tx.delete(Tracked::new(tag)));
            tx.flush().await?;
            assert_eq!(select::<ProductTag>().count(tx).await?, 0);
            Ok::<_, OrmError>(())
        })
        .await
        .unwrap();
}

async fn rows_that_refer_to_each_other(Database { engine, .. }: &Database) {
    let team = engine
        .transaction(async |tx| {
            let team = tx.add(Team::new("reds"))?;
            let captain = tx.add(Player::new("Ann", team))?;
            tx.add(Player::new("Bea", team))?;
            tx.flush().await?;
            let mut team = tx.get::<Team>(tx.key(team)?).await?;
            team.captain_id = Some(tx.key(captain)?);
            tx.save(&mut team);
            Ok::<_, OrmError>(team.team_id)
        })
        .await
        .unwrap();
    engine
        .transaction(async |tx| {
            let players = select::<Player>().all(tx).await?;
            players.into_iter().for_each(|player| tx.delete(Tracked::new(player)));
            let team = tx.get::<Team>(team).await;
            let _ = team;
            Ok::<_, OrmError>(())
        })
        .await
        .unwrap_err();
    // Both at once: the reference is emptied first.
    engine
        .transaction(async |tx| {
            let players = select::<Player>().all(tx).await?;
            let team = tx.get::<Team>(team).await?;
            players.into_iter().for_each(|player| tx.delete(Tracked::new(player)));
            tx.delete(team);
            Ok::<_, OrmError>(())
        })
        .await
        .unwrap();
    // And in: completed afterwards.
    let team = engine
        .transaction(async |tx| {
            let captain = Player::new("Cid", Open);
            let slot = tx.add(Team::new("blues").with_one(Team::captain, captain))?;
            let _ = slot;
            tx.flush().await?;
            Ok::<_, OrmError>(())
        })
        .await;
    // The captain has no team: a player needs one.
    assert_eq!(team.unwrap_err().code(), "engine.not-null-violation");
}

async fn trees(Database { engine, .. }: &Database) {
    let root = engine
        .transaction(async |tx| {
            let leaf = |name: &str| Category::new(name);
            let middle = Category::new("middle").with_many(Category::children, [leaf("a"), leaf("b")]);
            let root = tx.add(Category::new("root").with_many(Category::children, [middle, leaf("c")]))?;
            tx.flush().await?;
            tx.key(root)
        })
        .await
        .unwrap();
    engine
        .transaction(async |tx| {
            assert_eq!(select::<Category>().count(tx).await?, 5);
            let root = tx.get::<Category>(root).await?;
            tx.delete(root);
            tx.flush().await?;
            assert_eq!(select::<Category>().count(tx).await?, 0);
            Ok::<_, OrmError>(())
        })
        .await
        .unwrap();
}

async fn composite_keys(Database { engine, .. }: &Database) {
    engine
        .transaction(async |tx| {
            let house = tx.add(Warehouse::new("fr", 1, "Lyon"))?;
            tx.add(Shelf::new(house.column(Warehouse::country), house.column(Warehouse::number), "a"))?;
            tx.add(
                Warehouse::new("fr", 2, "Nice").with_many(Warehouse::shelves, [Shelf::new(Open, Open, "b")]),
            )?;
            tx.flush().await?;
            let mut nice = tx.get::<Warehouse>(("fr".to_owned(), 2)).await?;
            nice.city = "Lille".to_owned();
            let mut lyon = tx.get::<Warehouse>(("fr".to_owned(), 1)).await?;
            lyon.city.push('!');
            tx.save(&mut nice);
            tx.save(&mut lyon);
            tx.flush().await?;
            tx.refresh(&mut nice).await?;
            assert_eq!(nice.city, "Lille");
            let shelves = select::<Shelf>().order_by(Shelf::label).all(tx).await?;
            assert_eq!(shelves.iter().map(|shelf| shelf.warehouse_number).collect::<Vec<_>>(), [1, 2]);
            tx.delete(nice);
            tx.delete(lyon);
            tx.flush().await?;
            assert_eq!(select::<Shelf>().count(tx).await?, 0);
            Ok::<_, OrmError>(())
        })
        .await
        .unwrap();
}

async fn merged_rows(Database { engine, .. }: &Database) {
    let row = |city: &str| Warehouse { country: "fr".to_owned(), number: 1, city: city.to_owned() };
    engine
        .transaction(async |tx| {
            let _ = tx.merge(row("Lyon")).await?;
            let _ = tx.merge(row("Nice")).await?;
            let only = select::<Warehouse>().one(tx).await?;
            assert_eq!(only, row("Nice"));
            Ok::<_, OrmError>(())
        })
        .await
        .unwrap();
}

async fn what_the_database_computes(Database { engine, .. }: &Database) {
    engine
        .transaction(async |tx| {
            let slots = tx.add_all([Invoice::new(1), Invoice::new(2)])?;
            tx.flush().await?;
            assert_eq!(tx.made(slots[1], Invoice::gross)?, 4);
            let mut first = tx.get::<Invoice>(tx.key(slots[0])?).await?;
            first.net = 5;
            tx.save(&mut first);
            tx.refresh(&mut first).await?;
            assert_eq!(first.gross, 10);
            Ok::<_, OrmError>(())
        })
        .await
        .unwrap();
}

async fn a_row_that_is_not_there(Database { engine, .. }: &Database) {
    let mut session = engine.session().await.unwrap();
    let error = session.get::<Customer>(99).await.unwrap_err();
    assert_eq!(error.to_string(), "table `customers` has no row with the key 99");
    let mut ghost = Tracked::new(Tag { tag_id: 7, word: "old".to_owned() });
    ghost.word = "new".to_owned();
    session.save(&mut ghost);
    assert_eq!(session.flush().await.unwrap_err().code(), "orm.row-missing");
    assert_eq!(session.flush().await.unwrap_err().code(), "orm.session-broken");
    assert_eq!(session.commit().await.unwrap_err().code(), "orm.session-broken");
}

async fn many_rows_keep_their_order(Database { engine, .. }: &Database) {
    engine
        .transaction(async |tx| {
            let slots = tx.add_all((0..2500).map(|n| Product::new(format!("p{n}"), n)))?;
            tx.flush().await?;
            let rows = select::<Product>().order_by(Product::price).all(tx).await?;
            for (slot, row) in slots.into_iter().zip(rows) {
                assert_eq!(tx.key(slot)?, row.product_id);
            }
            Ok::<_, OrmError>(())
        })
        .await
        .unwrap();
}
