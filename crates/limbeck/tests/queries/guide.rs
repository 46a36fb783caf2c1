//! The examples of `docs/queries.md`, run on both databases. The guide's Rust must stand here word for word.

#![allow(clippy::items_after_statements, dead_code, reason = "the examples stand as the guide shows them")]

use limbeck::Polymorphic;
use limbeck::engine::Connection;
use limbeck::orm::query::Expr;
use limbeck::prelude::*;

use crate::shop::create;

#[derive(Model, Debug, Clone, PartialEq)]
#[model(table = "customers")]
pub struct Customer {
    #[key(identity)]
    pub id: i32,
    pub name: String,
    #[column(len = 320, unique)]
    pub email: String,
    pub phone: Option<String>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[model(table = "orders")]
pub struct Order {
    #[key(identity)]
    pub id: i32,
    #[references(Customer, on_delete = cascade)]
    pub customer_id: i32,
    pub total: i64,
    #[column(server_default = "'open'")]
    pub state: String,
}

#[derive(Model)]
#[model(view = "big_orders")]
pub struct BigOrder {
    pub id: i32,
    pub total: i64,
}

#[derive(FromRow, Debug, PartialEq)]
struct Spent {
    name: String,
    orders: i64,
    total: Option<i64>,
}

#[derive(Model)]
#[model(table = "payments")]
struct Payment {
    #[key]
    id: i32,
    kind: String,
    number: Option<String>,
}

#[derive(Model)]
#[model(part_of = Payment)]
struct CardPayment {
    #[key]
    id: i32,
    number: String,
}

#[derive(Model)]
#[model(part_of = Payment)]
struct CashPayment {
    #[key]
    id: i32,
}

#[derive(Polymorphic)]
#[polymorphic(base = Payment, on = kind)]
enum AnyPayment {
    Card(CardPayment),
    #[value("coins")]
    Cash(CashPayment),
}

#[derive(Columns, Debug, Clone, PartialEq)]
pub struct Audit {
    pub created_by: String,
    pub reviewed: Option<bool>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[model(table = "reports")]
pub struct Report {
    #[key]
    pub id: i32,
    pub title: String,
    #[flatten]
    pub audit: Audit,
}

async fn guide(db: &mut Connection) -> Result<(), OrmError> {
    let ada = insert([Customer::new("Ada", "ada@example.org").set(Customer::phone, "1")])
        .returning_rows()
        .one(db)
        .await?;
    let orders =
        insert([Order::new(ada.id, 30_i64), Order::new(ada.id, 5_i64)]).returning(Order::id).all(db).await?;
    assert_eq!(orders.len(), 2);

    insert([Customer::new("Augusta", "ada@example.org")])
        .on_conflict(Customer::email)
        .set(Customer::name, excluded(Customer::name))
        .update()
        .execute(db)
        .await?;

    let all: Vec<Customer> = select::<Customer>().order_by(Customer::name).all(db).await?;
    let one: Customer = select::<Customer>().filter(Customer::email.eq("ada@example.org")).one(db).await?;
    let none: Option<Customer> = select::<Customer>().filter(Customer::id.eq(-1)).one_or_none(db).await?;
    let number: i64 = select::<Order>().filter(Order::total.gt(10_i64)).count(db).await?;
    assert_eq!((all, none, number), (vec![one], None, 1));

    let name: Option<&str> = None;
    let cheap = Order::total.lt(10_i64) | Order::state.in_(["open", "new"]);
    let found = select::<Order>()
        .join::<Customer>(Order::customer_id.eq(Customer::id))
        .filter(name.map(|name| Customer::name.eq(name)))
        .filter(cheap)
        .all(db)
        .await?;
    assert_eq!(found.len(), 2);

    let pairs: Vec<(String, i64)> = select::<Order>()
        .join::<Customer>(Order::customer_id.eq(Customer::id))
        .columns((Customer::name, Order::total * 2_i64))
        .order_by(Order::total.desc())
        .all(db)
        .await?;
    assert_eq!(pairs, [("Augusta".to_owned(), 60), ("Augusta".to_owned(), 10)]);

    let spent: Vec<Spent> = select::<Customer>()
        .join::<Order>(Order::customer_id.eq(Customer::id))
        .group_by(Customer::name)
        .columns_as::<Spent, _>((Customer::name, func::count_all(), func::sum(Order::total)))
        .all(db)
        .await?;
    assert_eq!(spent, [Spent { name: "Augusta".to_owned(), orders: 2, total: Some(35) }]);

    let orders: Vec<(Customer, Option<Order>)> = select::<Customer>()
        .left_join::<Order>(Order::customer_id.eq(Customer::id) & Order::total.gt(100_i64))
        .columns((row::<Customer>(), maybe_row::<Order>()))
        .all(db)
        .await?;
    assert!(orders.iter().all(|(_, order)| order.is_none()));

    let changed = update::<Order>()
        .set(Order::state, "paid")
        .set(Order::total, Order::total + 1_i64)
        .filter(Order::customer_id.eq(ada.id))
        .returning((Order::id, Order::total))
        .all(db)
        .await?;
    assert_eq!(changed.len(), 2);
    let removed = delete::<Order>().filter(Order::total.lt(10_i64)).execute(db).await?;
    assert_eq!(removed, 1);

    let query = select::<Customer>().filter(Customer::name.eq("O'Hara")).columns(Customer::id);
    assert_eq!(
        query.sql(Dialect::Postgresql)?,
        "SELECT customers.id FROM customers WHERE customers.name = $1"
    );
    assert_eq!(
        query.sql_with_literals(Dialect::Sqlite)?,
        "SELECT customers.id FROM customers WHERE customers.name = 'O''Hara'"
    );

    let even = Condition::raw("{} % {} = 0", vec![Order::total.into_expr(), Expr::value(2_i64)]);
    assert_eq!(select::<Order>().filter(even).count(db).await?, 0);

    let entity = select::<Order>()
        .filter(Order::total.gt(20_i64))
        .columns((Order::id, Order::total))
        .view::<BigOrder>(Dialect::Postgresql)?;
    assert_eq!(
        entity.definition,
        "CREATE VIEW big_orders (id, total) AS SELECT orders.id, orders.total FROM orders WHERE orders.total > 20"
    );

    let by = Audit::created_by.on::<Report>();
    insert([Report::new(1, "first").set(by, "Ada")]).execute(db).await?;
    let report = select::<Report>().filter(by.eq("Ada")).one(db).await?;
    assert_eq!(report.audit.created_by, "Ada");
    Ok(())
}

#[tokio::test]
async fn the_guide_is_true() {
    for dialect in Dialect::ALL {
        let mut db = create(dialect, MetaData::new().models(models![Customer, Order, Report])).await;
        guide(&mut db).await.unwrap();
    }
    let here = words(include_str!("guide.rs"));
    let guide = include_str!("../../../../docs/queries.md");
    let mut blocks = 0;
    for block in guide.split("```rust\n").skip(1) {
        let block = block.split("```").next().unwrap();
        assert!(here.contains(&words(block)), "tests/queries/guide.rs does not hold:\n{block}");
        blocks += 1;
    }
    assert!(blocks > 10, "the guide lost its examples");
}

/// A text without its layout.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
