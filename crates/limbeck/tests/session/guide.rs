//! The examples of `docs/session.md`: every block of it stands here, and runs.

use limbeck::engine::Engine;
use limbeck::orm::{Graph, StatementLog, bulk_insert};
use limbeck::prelude::*;

use crate::database::Database;
use crate::models::*;

mod on {
    crate::on_both! {
        the_examples_run;
    }
}

#[derive(Load)]
#[load(Customer)]
struct CustomerPage {
    name: String,
    region: Option<Region>,
    #[load(order_by = Order::order_id.desc(), limit = 10)]
    orders: Vec<OrderPage>,
}

#[derive(Load)]
#[load(Order)]
struct OrderPage {
    order_id: i64,
    state: OrderState,
    products: Vec<Product>,
}

async fn register(engine: &Engine) -> Result<i32, OrmError> {
    engine
        .transaction(async |tx| {
            let ada = tx.add(Customer::new("Ada", "ada@example.org"))?;
            let order = tx.add(Order::new(ada))?;
            let loom = tx.add(Product::new("Loom", 30))?;
            tx.add(OrderLine::new(order, loom, 2))?;
            tx.flush().await?;
            tx.key(ada)
        })
        .await
}

async fn rename(engine: &Engine, key: i32) -> Result<(), OrmError> {
    engine
        .transaction(async |tx| {
            let mut customer = tx.get::<Customer>(key).await?;
            customer.name = "Countess of Lovelace".to_owned();
            tx.save(&mut customer);
            Ok(())
        })
        .await
}

async fn graph_of_new_rows(engine: &Engine) -> Result<(), OrmError> {
    engine
        .transaction(async |tx| {
            let line = OrderLine::new(Open, Open, 1).with_one(OrderLine::product, Product::new("Reel", 5));
            let order = Order::new(Open).with_many(Order::lines, [line]);
            tx.add(Customer::new("Bob", "bob@example.org").with_many(Customer::orders, [order]))?;
            Ok(())
        })
        .await
}

async fn savepoint(tx: &mut Session) -> Result<(), OrmError> {
    let attempt = tx
        .savepoint(async |tx| {
            tx.add(Customer::new("Eve", "ada@example.org"))?;
            tx.flush().await
        })
        .await;
    if let Err(OrmError::Engine(limbeck::engine::EngineError::UniqueViolation(violation))) = attempt {
        assert_eq!(violation.columns, ["email"]);
    }
    Ok(())
}

async fn read(tx: &mut Session) -> Result<Vec<CustomerPage>, OrmError> {
    let busy = Customer::orders.any(Order::state.eq(OrderState::Open));
    load::<CustomerPage>().filter(busy).order_by(Customer::name).all(tx).await
}

async fn links(tx: &mut Session, product: &Product, tag: &Tag) -> Result<(), OrmError> {
    tx.link(Product::tags, product, tag)?;
    tx.unlink(Product::tags, product, tag)?;
    Ok(())
}

async fn arena(tx: &mut Session) -> Result<(), OrmError> {
    let mut graph = Graph::new();
    graph.extend(select::<Customer>().order_by(Customer::name).all(tx).await?);
    graph.load_many(tx, Customer::orders).await?;
    for order in graph.rows::<Order>() {
        let customer = graph.one(Order::customer, order);
        assert!(customer.is_some());
    }
    graph.commit(tx).await
}

async fn bulk(tx: &mut Session) -> Result<u64, OrmError> {
    let products = (0..10_000).map(|n| Product::new(format!("product {n}"), n));
    bulk_insert(products).progress(5_000, |rows| assert!(rows <= 10_000)).execute(tx).await
}

async fn counted(log: &StatementLog, tx: &mut Session) -> Result<(), OrmError> {
    log.take();
    load::<CustomerPage>().all(tx).await?;
    log.assert_statements(3);
    Ok(())
}

async fn the_examples_run(Database { engine, log, .. }: &Database) {
    let key = register(engine).await.unwrap();
    rename(engine, key).await.unwrap();
    graph_of_new_rows(engine).await.unwrap();
    let mut tx = engine.session().await.unwrap();
    savepoint(&mut tx).await.unwrap();
    let pages = read(&mut tx).await.unwrap();
    assert_eq!(pages[1].name, "Countess of Lovelace");
    assert_eq!((pages[1].region.as_ref(), pages[1].orders[0].products.len()), (None, 1));
    assert_eq!((pages[0].orders[0].state, pages[0].orders.len()), (OrderState::Open, 1));
    assert!(pages[0].orders[0].order_id > 0);
    let tag = tx.add(Tag::new("wood")).unwrap();
    tx.flush().await.unwrap();
    let tag = tx.get::<Tag>(tx.key(tag).unwrap()).await.unwrap();
    let product = select::<Product>().filter(Product::title.eq("Loom")).one(&mut tx).await.unwrap();
    links(&mut tx, &product, &tag).await.unwrap();
    arena(&mut tx).await.unwrap();
    counted(log, &mut tx).await.unwrap();
    assert_eq!(bulk(&mut tx).await.unwrap(), 10_000);
    tx.commit().await.unwrap();
}

#[test]
fn every_block_of_the_guide_stands_here() {
    let guide = include_str!("../../../../docs/session.md");
    let lines = |text: &str| text.lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>();
    let code = [lines(include_str!("guide.rs")), lines(include_str!("models.rs"))].concat();
    let blocks = guide.split("```rust\n").skip(1).filter_map(|rest| rest.split("```").next());
    let mut count = 0;
    for block in blocks {
        let block = lines(block.trim_end());
        assert!(
            code.windows(block.len()).any(|window| window == block),
            "not executed:\n{}",
            block.join("\n")
        );
        count += 1;
    }
    assert!(count > 5);
}
