//! Reads by shape.

use limbeck::engine::Engine;
use limbeck::prelude::*;

use crate::database::Database;
use crate::models::*;

mod on {
    crate::on_both! {
        a_page_of_a_customer;
        levels_are_filtered_ordered_and_limited;
        a_tree_is_loaded_to_a_depth;
        friends_of_friends;
        composite_keys_lead_on;
        a_row_without_its_parent_is_left_out;
        a_circle_ends;
    }
}

#[derive(Load, Debug, PartialEq)]
#[load(Customer)]
struct CustomerPage {
    orders: Vec<OrderPage>,
    name: String,
    region: Option<Region>,
    profile: Option<Profile>,
}

#[derive(Load, Debug, PartialEq)]
#[load(Order)]
struct OrderPage {
    order_id: i64,
    #[load(order_by = OrderLine::quantity.desc())]
    lines: Vec<Line>,
    #[load(from = note)]
    text: Option<String>,
}

#[derive(Load, Debug, PartialEq)]
#[load(OrderLine)]
struct Line {
    quantity: i32,
    product: ProductPage,
}

#[derive(Load, Debug, PartialEq)]
#[load(Product)]
struct ProductPage {
    title: String,
    #[load(order_by = Tag::word)]
    tags: Vec<Tag>,
}

async fn shop(engine: &Engine) {
    engine
        .transaction(async |tx| {
            let tags: Vec<_> = ["heavy", "light"]
                .map(|word| tx.add(Tag::new(word)))
                .into_iter()
                .collect::<Result<_, _>>()?;
            let mut products = Vec::new();
            for (n, title) in ["Loom", "Reel", "Yarn"].into_iter().enumerate() {
                let product = tx.add(Product::new(title, 10))?;
                for tag in &tags[..n.min(2)] {
                    tx.add(ProductTag::new(product, *tag))?;
                }
                products.push(product);
            }
            let north = tx.add(Region::new("north"))?;
            for (n, name) in ["Ada", "Bob", "Cid"].into_iter().enumerate() {
                let mut new = Customer::new(name, format!("{name}@example.org"));
                if n == 0 {
                    new = new
                        .link(Customer::region_id, north)
                        .with_one(Customer::profile, Profile::new(Open, "weaves"));
                }
                let who = tx.add(new)?;
                for place in 0..n {
                    let order = tx.add(Order::new(who).set(Order::note, format!("{name} {place}")))?;
                    for (quantity, product) in products.iter().enumerate().skip(place) {
                        tx.add(OrderLine::new(order, *product, i32::try_from(quantity).unwrap() + 1))?;
                    }
                }
            }
            Ok::<_, OrmError>(())
        })
        .await
        .unwrap();
}

async fn a_page_of_a_customer(Database { engine, log, .. }: &Database) {
    shop(engine).await;
    let mut session = engine.session().await.unwrap();
    log.take();
    let pages: Vec<CustomerPage> = load().order_by(Customer::name).all(&mut session).await.unwrap();
    // Customers with region and profile, orders, lines with products, tags: whatever the number of rows.
    log.assert_statements(4);
    assert_eq!(pages.len(), 3);
    assert_eq!(pages[0].region.as_ref().map(|region| region.code.as_str()), Some("north"));
    assert_eq!(pages[0].profile.as_ref().map(|profile| profile.about.as_str()), Some("weaves"));
    assert_eq!((pages[1].region.as_ref(), pages[1].profile.as_ref()), (None, None));
    assert_eq!(pages.iter().map(|page| page.orders.len()).collect::<Vec<_>>(), [0, 1, 2]);
    let order = pages[2].orders.iter().find(|order| order.text.as_deref() == Some("Cid 1")).unwrap();
    let lines: Vec<_> = order.lines.iter().map(|line| (line.quantity, line.product.title.as_str())).collect();
    assert_eq!(lines, [(3, "Yarn"), (2, "Reel")]);
    let words = |line: &Line| line.product.tags.iter().map(|tag| tag.word.clone()).collect::<Vec<_>>();
    assert_eq!(
        order.lines.iter().map(words).collect::<Vec<_>>(),
        [vec!["heavy".to_owned(), "light".to_owned()], vec!["heavy".to_owned()]]
    );
    let one = load::<CustomerPage>().filter(Customer::name.eq("Bob")).one(&mut session).await.unwrap();
    assert_eq!(one.orders[0].lines.len(), 3);
    assert!(
        load::<CustomerPage>().filter(Customer::name.eq("Eve")).first(&mut session).await.unwrap().is_none()
    );
}

#[derive(Load, Debug)]
#[load(Customer)]
struct LatestOrders {
    name: String,
    #[load(order_by = Order::order_id.desc(), limit = 1, filter = Order::note.is_not_null())]
    orders: Vec<Order>,
}

async fn levels_are_filtered_ordered_and_limited(Database { engine, .. }: &Database) {
    shop(engine).await;
    let mut session = engine.session().await.unwrap();
    let query = || load::<LatestOrders>().order_by(Customer::name.desc());
    let notes = |rows: Vec<LatestOrders>| {
        let notes =
            |row: LatestOrders| row.orders.into_iter().filter_map(|order| order.note).collect::<Vec<_>>();
        rows.into_iter().map(notes).collect::<Vec<_>>()
    };
    let rows = query().all(&mut session).await.unwrap();
    assert_eq!(rows[0].name, "Cid");
    assert_eq!(notes(rows), [vec!["Cid 1"], vec!["Bob 0"], vec![]]);
    let dynamic = Level::new().filter(Order::note.ends_with("0")).limit(5);
    let rows = query().level(Customer::orders, dynamic).limit(2).all(&mut session).await.unwrap();
    assert_eq!(notes(rows), [vec!["Cid 0"], vec!["Bob 0"]]);
}

#[derive(Load, Debug)]
#[load(Category)]
struct Branch {
    name: String,
    #[load(order_by = Category::name, depth = 2)]
    children: Vec<Branch>,
}

#[derive(Load, Debug)]
#[load(Category)]
struct Whole {
    name: String,
    children: Vec<Whole>,
}

async fn a_tree_is_loaded_to_a_depth(Database { engine, .. }: &Database) {
    engine
        .transaction(async |tx| {
            let mut tree = Category::new("e");
            for name in ["d", "c", "b", "a"] {
                tree = Category::new(name)
                    .with_many(Category::children, [tree, Category::new(format!("{name}2"))]);
            }
            tx.add(tree)?;
            Ok::<_, OrmError>(())
        })
        .await
        .unwrap();
    let mut session = engine.session().await.unwrap();
    let root = Category::parent_id.is_null();
    let tree: Branch = load().filter(root.clone()).one(&mut session).await.unwrap();
    assert_eq!((tree.name.as_str(), tree.children[1].name.as_str()), ("a", "b"));
    assert_eq!(tree.children[1].children[0].name, "b2");
    assert!(tree.children[1].children[1].children.is_empty());
    let mut whole: Whole = load().filter(root).one(&mut session).await.unwrap();
    let mut names = Vec::new();
    while let Some(next) = whole.children.into_iter().max_by_key(|child| child.children.len()) {
        whole = next;
        names.push(whole.name.clone());
    }
    assert_eq!(&names[..3], ["b", "c", "d"]);
}

#[derive(Load, Debug)]
#[load(Person)]
struct Friends {
    name: String,
    #[load(order_by = Person::name)]
    friends: Vec<FriendsFriends>,
}

#[derive(Load, Debug)]
#[load(Person)]
struct FriendsFriends {
    name: String,
    friends: Vec<Person>,
}

async fn friends_of_friends(Database { engine, .. }: &Database) {
    engine
        .transaction(async |tx| {
            let people: Vec<_> = tx.add_all(["Ann", "Bea", "Cid"].map(Person::new))?;
            for (from, to) in [(0, 1), (0, 2), (1, 0), (2, 1)] {
                tx.add(Friendship::new(people[from], people[to]))?;
            }
            Ok::<_, OrmError>(())
        })
        .await
        .unwrap();
    let mut session = engine.session().await.unwrap();
    let ann: Friends = load().filter(Person::name.eq("Ann")).one(&mut session).await.unwrap();
    let seen: Vec<_> = ann.friends.iter().map(|f| (f.name.as_str(), f.friends[0].name.as_str())).collect();
    assert_eq!((ann.name.as_str(), seen), ("Ann", vec![("Bea", "Ann"), ("Cid", "Bea")]));
}

#[derive(Load, Debug)]
#[load(Warehouse)]
struct House {
    city: String,
    shelves: Vec<ShelfPage>,
}

#[derive(Load, Debug)]
#[load(Shelf)]
struct ShelfPage {
    label: String,
    warehouse: Warehouse,
}

async fn composite_keys_lead_on(Database { engine, .. }: &Database) {
    engine
        .transaction(async |tx| {
            for (country, number) in [("fr", 1), ("fr", 2), ("de", 1)] {
                let shelves =
                    ["a", "b"].map(|label| Shelf::new(Open, Open, format!("{country}{number}{label}")));
                tx.add(Warehouse::new(country, number, "city").with_many(Warehouse::shelves, shelves))?;
            }
            Ok::<_, OrmError>(())
        })
        .await
        .unwrap();
    let mut session = engine.session().await.unwrap();
    let houses: Vec<House> =
        load().order_by((Warehouse::country, Warehouse::number)).all(&mut session).await.unwrap();
    assert_eq!(houses[0].city, "city");
    let labels: Vec<Vec<_>> = houses
        .iter()
        .map(|house| {
            let mut labels: Vec<_> = house.shelves.iter().map(|shelf| shelf.label.as_str()).collect();
            labels.sort_unstable();
            labels
        })
        .collect();
    assert_eq!(labels, [["de1a", "de1b"], ["fr1a", "fr1b"], ["fr2a", "fr2b"]]);
    assert_eq!(houses[2].shelves[0].warehouse.number, 2);
}

#[derive(Load, Debug)]
#[load(Customer)]
struct Settled {
    name: String,
    region: Region,
}

async fn a_row_without_its_parent_is_left_out(Database { engine, .. }: &Database) {
    shop(engine).await;
    let mut session = engine.session().await.unwrap();
    let rows: Vec<Settled> = load().all(&mut session).await.unwrap();
    assert_eq!((rows.len(), rows[0].name.as_str(), rows[0].region.code.as_str()), (1, "Ada", "north"));
}

async fn a_circle_ends(Database { engine, .. }: &Database) {
    let mut session = engine.session().await.unwrap();
    let slot = session.add(Category::new("snake")).unwrap();
    session.flush().await.unwrap();
    let mut snake = session.get::<Category>(session.key(slot).unwrap()).await.unwrap();
    snake.parent_id = Some(snake.category_id);
    session.save(&mut snake);
    let error = load::<Whole>().all(&mut session).await.unwrap_err();
    assert_eq!(error.code(), "orm.too-deep");
    assert_eq!(load::<Branch>().one(&mut session).await.unwrap().children.len(), 1);
}
