//! Queries and changes by typed columns, on both databases.

#![allow(missing_docs, unreachable_pub, reason = "the models are as an application has them")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::type_complexity, reason = "the types are what is shown")]

mod cases;
mod expression_cases;
mod guide;
mod injection;
mod select_cases;
mod shop;
mod write_cases;

use futures_util::TryStreamExt as _;
use limbeck::engine::Connection;
use limbeck::prelude::*;
use shop::{
    AnyDocument, AnyPayment, Audit, BigOrder, CardPayment, CashPayment, Customer, Document, Employee,
    Invoice, Letter, Order, Payment, Place, Report, State, open,
};

/// Runs a test on a new database of each dialect.
macro_rules! on_both {
    ($($name:ident: $test:ident;)*) => { $(
        #[tokio::test]
        async fn $name() {
            for dialect in Dialect::ALL {
                $test(&mut open(dialect).await).await;
            }
        }
    )* };
}

on_both! {
    rows_come_back_as_they_went_in: inserted;
    rows_are_found_by_conditions: found;
    columns_and_expressions_are_rows_of_tuples: tuples;
    rows_without_a_pair_are_none: outer_join;
    rows_are_changed_and_removed: changed;
    rows_that_are_there_are_changed: upsert;
    groups_and_windows: groups;
    trees_are_walked: tree;
    a_view_is_read_like_a_table: view;
    rows_of_several_kinds_are_an_enum: kinds;
    a_tuple_becomes_a_struct: structs;
    groups_of_columns_are_shared: flattened;
}

async fn people(db: &mut Connection) -> Vec<Customer> {
    insert([
        Customer::new("Ada", "Lovelace", "ada@example.org"),
        Customer::new("Grace", "Hopper", "grace@example.org").set(Customer::phone, "1"),
        Customer::new("Alan", "Turing", "alan@example.org"),
    ])
    .returning_rows()
    .all(db)
    .await
    .unwrap()
}

async fn orders(db: &mut Connection) -> (Vec<Customer>, Vec<Order>) {
    let people = people(db).await;
    let orders = insert([
        Order::new(people[0].customer_id, 30),
        Order::new(people[0].customer_id, 12).set(Order::state, State::Paid),
        Order::new(people[1].customer_id, 7).set(Order::note, "urgent"),
    ]);
    let orders = orders.returning_rows().all(db).await.unwrap();
    (people, orders)
}

async fn inserted(db: &mut Connection) {
    let people = people(db).await;
    assert_eq!(people[1].phone.as_deref(), Some("1"));
    assert_eq!(people[1].sort_name, "hopper");
    assert_eq!(people[2].phone, None);
    let all = select::<Customer>().order_by(Customer::customer_id).all(db).await.unwrap();
    assert_eq!(all, people);
    let streamed: Vec<Customer> =
        select::<Customer>().order_by(Customer::customer_id).stream(db).unwrap().try_collect().await.unwrap();
    assert_eq!(streamed, people);
}

async fn found(db: &mut Connection) {
    let people = people(db).await;
    let names = |rows: Vec<Customer>| rows.into_iter().map(|row| row.first_name).collect::<Vec<_>>();
    let query = |condition: Condition| select::<Customer>().filter(condition).order_by(Customer::customer_id);
    let cases = [
        (Customer::first_name.eq("Ada"), vec!["Ada"]),
        (Customer::first_name.ne("Ada"), vec!["Grace", "Alan"]),
        (Customer::phone.is_null(), vec!["Ada", "Alan"]),
        (Customer::phone.eq(None::<String>), vec!["Ada", "Alan"]),
        (Customer::phone.eq("1"), vec!["Grace"]),
        (!Customer::phone.eq("1"), vec![]),
        (Customer::customer_id.in_([people[0].customer_id, people[2].customer_id]), vec!["Ada", "Alan"]),
        (Customer::first_name.in_(["Ada", "Grace"]), vec!["Ada", "Grace"]),
        (Customer::customer_id.not_in(Vec::<i32>::new()), vec!["Ada", "Grace", "Alan"]),
        (Customer::first_name.like("A%"), vec!["Ada", "Alan"]),
        (Customer::first_name.like("a%"), vec![]),
        (Customer::first_name.ilike("a%"), vec!["Ada", "Alan"]),
        (Customer::last_name.contains("opp"), vec!["Grace"]),
        (Customer::last_name.starts_with("T"), vec!["Alan"]),
        (Customer::email_address.ends_with("_@example.org"), vec![]),
        (Customer::customer_id.between(people[1].customer_id, people[2].customer_id), vec!["Grace", "Alan"]),
        (Customer::first_name.eq("Ada") | Customer::last_name.eq("Hopper"), vec!["Ada", "Grace"]),
        (func::length(Customer::first_name).gt(3), vec!["Grace", "Alan"]),
        (Customer::sort_name.eq(func::lower(Customer::last_name)), vec!["Ada", "Grace", "Alan"]),
        (Customer::phone.is_distinct_from("1"), vec!["Ada", "Alan"]),
    ];
    for (condition, expected) in cases {
        let found =
            query(condition.clone()).all(db).await.unwrap_or_else(|error| panic!("{condition:?}: {error}"));
        assert_eq!(names(found), expected, "{}: {condition:?}", db.dialect());
    }
    let open: Option<Condition> = None;
    assert_eq!(select::<Customer>().filter(open).count(db).await.unwrap(), 3);
    assert!(select::<Customer>().filter(Customer::first_name.eq("Ada")).exists(db).await.unwrap());
    assert!(!select::<Customer>().filter(Customer::first_name.eq("Bob")).exists(db).await.unwrap());
    let one = select::<Customer>().filter(Customer::first_name.eq("Bob")).one(db).await;
    assert_eq!(one.unwrap_err().code(), "orm.not-found");
    let one = select::<Customer>().filter(Customer::first_name.ne("Bob")).one(db).await;
    assert_eq!(one.unwrap_err().code(), "orm.multiple-rows");
    let last = select::<Customer>().order_by(Customer::customer_id.desc()).first(db).await.unwrap();
    assert_eq!(last.unwrap().first_name, "Alan");
    let page = select::<Customer>().order_by(Customer::customer_id).offset(1).all(db).await.unwrap();
    assert_eq!(names(page), ["Grace", "Alan"]);
}

async fn tuples(db: &mut Connection) {
    let (_, orders) = orders(db).await;
    let rows: Vec<(String, i64, State)> = select::<Order>()
        .join::<Customer>(Order::customer_id.eq(Customer::customer_id))
        .columns((Customer::first_name, Order::total * 2_i64, Order::state))
        .order_by(Order::total.desc())
        .all(db)
        .await
        .unwrap();
    assert_eq!(
        rows,
        [
            ("Ada".to_owned(), 60, State::Open),
            ("Ada".to_owned(), 24, State::Paid),
            ("Grace".to_owned(), 14, State::Open)
        ]
    );
    let scalar: i64 = select::<Order>()
        .filter(Order::order_id.eq(orders[0].order_id))
        .columns(Order::total)
        .one(db)
        .await
        .unwrap();
    assert_eq!(scalar, 30);
    let whole: Vec<(Order, Customer)> = select::<Order>()
        .join::<Customer>(Order::customer_id.eq(Customer::customer_id))
        .columns((row::<Order>(), row::<Customer>()))
        .order_by(Order::total.desc())
        .all(db)
        .await
        .unwrap();
    assert_eq!(whole[2].1.first_name, "Grace");
    assert_eq!(whole[2].0.note.as_deref(), Some("urgent"));
    assert_eq!(whole[2].0.version, 1);
    let in_words = case::<String>(Order::total.gt(20_i64), "much")
        .when(Order::total.gt(10_i64), "some")
        .otherwise("little");
    let words = select::<Order>().columns(in_words).order_by(Order::total.desc()).all(db).await.unwrap();
    assert_eq!(words, ["much", "some", "little"]);
}

async fn outer_join(db: &mut Connection) {
    orders(db).await;
    let joined = select::<Customer>()
        .left_join::<Order>(Order::customer_id.eq(Customer::customer_id) & Order::total.gt(20_i64))
        .order_by(Customer::customer_id);
    let rows: Vec<(String, Option<i64>, Option<Order>)> = joined
        .clone()
        .columns((Customer::first_name, Order::total.optional(), maybe_row::<Order>()))
        .all(db)
        .await
        .unwrap();
    let seen: Vec<_> =
        rows.iter().map(|(name, total, order)| (name.as_str(), *total, order.is_some())).collect();
    assert_eq!(seen, [("Ada", Some(30), true), ("Grace", None, false), ("Alan", None, false)]);
    let wrong = joined.columns((Customer::first_name, Order::total)).all(db).await.unwrap_err();
    assert_eq!(wrong.code(), "query.outer-column");
    let unknown = select::<Customer>().filter(Order::total.gt(1_i64)).all(db).await.unwrap_err();
    assert_eq!(
        unknown.to_string(),
        "the column `orders.total` is used, but `orders` is not part of the query, join it"
    );
}

async fn changed(db: &mut Connection) {
    let (people, orders) = orders(db).await;
    let changed = update::<Order>()
        .set(Order::state, State::Shipped)
        .set(Order::total, Order::total + 1_i64)
        .set(Order::note, None)
        .filter(Order::customer_id.eq(people[0].customer_id));
    assert_eq!(changed.execute(db).await.unwrap(), 2);
    let totals = update::<Order>().set(Order::total, 0_i64).filter(Order::state.eq(State::Open));
    assert_eq!(
        totals.returning((Order::order_id, Order::total)).all(db).await.unwrap(),
        [(orders[2].order_id, 0)]
    );
    let by_name = update::<Order>()
        .set(Order::note, Customer::last_name)
        .from::<Customer>()
        .filter(Order::customer_id.eq(Customer::customer_id) & Customer::first_name.eq("Ada"));
    assert_eq!(by_name.execute(db).await.unwrap(), 2);
    let noted = select::<Order>().filter(Order::note.eq("Lovelace")).count(db).await.unwrap();
    assert_eq!(noted, 2);
    let removed = delete::<Order>()
        .using::<Customer>()
        .filter(Order::customer_id.eq(Customer::customer_id) & Customer::first_name.eq("Grace"));
    assert_eq!(removed.execute(db).await.unwrap(), 1);
    let removed =
        delete::<Order>().filter(Order::total.gt(20_i64)).returning(row::<Order>()).one(db).await.unwrap();
    assert_eq!(removed.order_id, orders[0].order_id);
}

async fn upsert(db: &mut Connection) {
    people(db).await;
    let again = || {
        insert([
            Customer::new("Augusta", "King", "ada@example.org").set(Customer::phone, "2"),
            Customer::new("Edsger", "Dijkstra", "edsger@example.org"),
        ])
    };
    assert_eq!(again().on_conflict(Customer::email_address).do_nothing().execute(db).await.unwrap(), 1);
    let changed = again()
        .on_conflict(Customer::email_address)
        .set(Customer::phone, func::coalesce(excluded(Customer::phone), "none"))
        .set_excluded((Customer::first_name, Customer::last_name))
        .filter(Customer::first_name.ne(excluded(Customer::first_name)))
        .update()
        .returning((Customer::first_name, Customer::phone))
        .all(db)
        .await
        .unwrap();
    assert_eq!(changed, [("Augusta".to_owned(), Some("2".to_owned()))]);
    let copy = limbeck::orm::Insert::<Customer>::from_select(
        (Customer::first_name, Customer::last_name, Customer::email_address),
        select::<Customer>().filter(Customer::first_name.eq("Augusta")).columns((
            Customer::first_name,
            Customer::last_name,
            Customer::email_address.concat(".uk"),
        )),
    );
    assert_eq!(copy.on_conflict_do_nothing().execute(db).await.unwrap(), 1);
    assert_eq!(select::<Customer>().count(db).await.unwrap(), 5);
}

async fn groups(db: &mut Connection) {
    orders(db).await;
    let totals: Vec<(String, i64, Option<i64>, Option<f64>, Option<i64>)> = select::<Customer>()
        .join::<Order>(Order::customer_id.eq(Customer::customer_id))
        .columns((
            Customer::first_name,
            func::count_all(),
            func::sum(Order::total),
            func::avg(Order::total),
            func::max(Order::total).filter(Order::state.eq(State::Paid)),
        ))
        .group_by(Customer::first_name)
        .having(func::count_all().ge(1_i64))
        .order_by(Customer::first_name)
        .all(db)
        .await
        .unwrap();
    assert_eq!(
        totals,
        [
            ("Ada".to_owned(), 2, Some(42), Some(21.0), Some(12)),
            ("Grace".to_owned(), 1, Some(7), Some(7.0), None)
        ]
    );
    let ranked: Vec<(i64, i64, Option<i64>)> = select::<Order>()
        .columns((
            Order::total,
            func::row_number().over(window().order_by(Order::total)),
            func::lag(Order::total).over(window().order_by(Order::total)),
        ))
        .order_by(Order::total)
        .all(db)
        .await
        .unwrap();
    assert_eq!(ranked, [(7, 1, None), (12, 2, Some(7)), (30, 3, Some(12))]);
    let sums = select::<Order>()
        .columns((Order::customer_id, func::sum(Order::total).named("total")))
        .group_by(Order::customer_id)
        .subquery("sums");
    let rich: Vec<(String, Option<i64>)> = select::<Customer>()
        .join_on(&sums, Customer::customer_id.eq(sums.column(Order::customer_id)))
        .filter(sums.named::<Option<i64>>("total").gt(10_i64))
        .columns((Customer::first_name, sums.named("total")))
        .all(db)
        .await
        .unwrap();
    assert_eq!(rich, [("Ada".to_owned(), Some(42))]);
    let buyers = select::<Customer>()
        .filter(func::exists(select::<Order>().filter(Order::customer_id.eq(Customer::customer_id))))
        .count(db)
        .await
        .unwrap();
    assert_eq!(buyers, 2);
    let names = select::<Customer>().columns(Customer::first_name).filter(Customer::first_name.lt("B"));
    let both = names.union(select::<Customer>().columns(Customer::last_name)).order_by(Customer::first_name);
    assert_eq!(both.all(db).await.unwrap(), ["Ada", "Alan", "Hopper", "Lovelace", "Turing"]);
}

async fn tree(db: &mut Connection) {
    insert([
        Employee::new(1, "Root"),
        Employee::new(2, "Branch").set(Employee::boss_id, 1),
        Employee::new(3, "Leaf").set(Employee::boss_id, 2),
        Employee::new(4, "Other"),
    ])
    .execute(db)
    .await
    .unwrap();
    let boss = alias::<Employee>("boss");
    let pairs: Vec<(String, Option<String>)> = select::<Employee>()
        .left_join_on(&boss, Employee::boss_id.eq(boss.column(Employee::id)))
        .columns((Employee::name, boss.column(Employee::name).optional()))
        .filter(Employee::id.lt(3))
        .order_by(Employee::id)
        .all(db)
        .await
        .unwrap();
    assert_eq!(pairs, [("Root".to_owned(), None), ("Branch".to_owned(), Some("Root".to_owned()))]);
    let chain = recursive("chain", select::<Employee>().filter(Employee::id.eq(3)), |chain| {
        select::<Employee>().join_on(chain, Employee::id.eq(chain.column(Employee::boss_id)))
    });
    let up = select_from(&chain, chain.column(Employee::name)).with_recursive(&chain).all(db).await.unwrap();
    assert_eq!(up, ["Leaf", "Branch", "Root"]);
}

async fn view(db: &mut Connection) {
    let (_, orders) = orders(db).await;
    let big = select::<BigOrder>().filter(BigOrder::worth.lt(100_i64)).all(db).await.unwrap();
    let email_address = "ada@example.org".to_owned();
    assert_eq!(big, [BigOrder { order_id: orders[0].order_id, email_address, worth: 30 }]);
    let narrow = select::<Order>().columns(Order::total).view::<BigOrder>(db.dialect());
    assert_eq!(narrow.unwrap_err().code(), "query.row-length");
}

async fn kinds(db: &mut Connection) {
    insert([CardPayment::new("card", 5_i64, "4111")]).execute(db).await.unwrap();
    insert([Payment::new("coins", 7_i64).set(Payment::drawer, 3)]).execute(db).await.unwrap();
    let payments = select_any::<AnyPayment>().order_by(Payment::id).all(db).await.unwrap();
    let (card_number, kind) = ("4111".to_owned(), "card".to_owned());
    assert_eq!(
        payments,
        [
            AnyPayment::Card(CardPayment { id: 1, kind, amount: 5, card_number }),
            AnyPayment::Cash(CashPayment { id: 2, amount: 7, drawer: 3 }),
        ]
    );
    insert([Payment::new("barter", 1_i64)]).execute(db).await.unwrap();
    let unknown = select_any::<AnyPayment>().all(db).await.unwrap_err().to_string();
    assert!(unknown.contains("barter"), "{unknown}");

    let titles = [(1, "invoice"), (2, "letter"), (3, "note")];
    let documents =
        titles.map(|(id, kind)| Document { id, kind: kind.to_owned(), title: format!("a {kind}") });
    insert(documents.iter().map(|d| Document::new(d.id, d.kind.as_str(), d.title.as_str())))
        .execute(db)
        .await
        .unwrap();
    insert([Invoice::new(1, 99_i64)]).execute(db).await.unwrap();
    insert([Letter::new(2)]).execute(db).await.unwrap();
    let [invoice, letter, note] = documents;
    let found = select_any::<AnyDocument>().order_by(Document::id).all(db).await.unwrap();
    assert_eq!(
        found,
        [
            AnyDocument::Invoice(invoice, Invoice { document_id: 1, amount: 99 }),
            AnyDocument::Letter(letter.clone(), Letter { document_id: 2, body: None }),
            AnyDocument::Note(note),
        ]
    );
    let one = select_any::<AnyDocument>().filter(Document::title.contains("letter")).one(db).await.unwrap();
    assert_eq!(one, AnyDocument::Letter(letter, Letter { document_id: 2, body: None }));
}

#[derive(FromRow, Debug, PartialEq)]
struct Summary {
    name: String,
    orders: i64,
}

async fn structs(db: &mut Connection) {
    orders(db).await;
    let summaries: Vec<Summary> = select::<Customer>()
        .join::<Order>(Order::customer_id.eq(Customer::customer_id))
        .columns_as::<Summary, _>((Customer::first_name, func::count_all()))
        .group_by(Customer::first_name)
        .order_by(Customer::first_name)
        .all(db)
        .await
        .unwrap();
    let summary = |name: &str, orders| Summary { name: name.to_owned(), orders };
    assert_eq!(summaries, [summary("Ada", 2), summary("Grace", 1)]);
}

async fn flattened(db: &mut Connection) {
    let author = Audit::author.on::<Report>();
    insert([
        Report::new(1, "first").set(author, "Ada"),
        Report::new(2, "second").set(author, "Grace").set(Place::state.on::<Report>(), State::Paid),
    ])
    .execute(db)
    .await
    .unwrap();
    let found = select::<Report>().filter(author.starts_with("G")).one(db).await.unwrap();
    let expected = Report {
        id: 2,
        audit: Audit { author: "Grace".to_owned(), reviewed: None },
        title: "second".to_owned(),
        place: Place { place: "here".to_owned(), state: Some(State::Paid) },
    };
    assert_eq!(found, expected);
    let names: Vec<_> = <Report as limbeck::Model>::COLUMNS.iter().map(|(_, column)| *column).collect();
    assert_eq!(names, ["id", "title", "created_by", "reviewed", "place", "state"]);
    let values: Vec<_> = found.values();
    assert_eq!(values[2], limbeck::Value::Text("Grace".to_owned()));
    assert_eq!(values[5], limbeck::Value::Text("paid".to_owned()));
    assert_eq!(found.value(6), limbeck::Value::Null);
    update::<Report>().set(author, "Alan").filter(Report::id.eq(1)).execute(db).await.unwrap();
    assert!(select::<Report>().filter(author.eq("Alan")).exists(db).await.unwrap());
}

#[tokio::test]
async fn queries_are_written_as_their_document_says() {
    cases::check("select.md", "Queries", select_cases::CASES).await;
}

#[tokio::test]
async fn expressions_are_written_as_their_document_says() {
    cases::check("expressions.md", "Expressions", expression_cases::CASES).await;
}

#[tokio::test]
async fn changes_are_written_as_their_document_says() {
    cases::check("writes.md", "Changes", write_cases::CASES).await;
}
