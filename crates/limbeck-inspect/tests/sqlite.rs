//! SQLite's stored schema: what SQL made is what the model says.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its own helpers too"
)]

use limbeck_dialect::project;
use limbeck_engine::{Connection, DatabaseUrl};
use limbeck_inspect::{InspectOptions, canonicalize, inspect};
use limbeck_schema::*;

const LITE: Dialect = Dialect::Sqlite;

/// A database in memory on which the given SQL has run.
async fn database(sql: &str) -> Connection {
    let connection = Connection::open(&"sqlite://".parse::<DatabaseUrl>().unwrap()).await.unwrap();
    let Connection::Sqlite(sqlite) = &connection else { panic!("not SQLite") };
    sqlite.raw().execute_batch(sql).unwrap();
    connection
}

async fn inspected(sql: &str) -> MetaData {
    inspect(&mut database(sql).await, &InspectOptions::default()).await.unwrap()
}

/// The model of `everything/sqlite.sql`.
fn everything() -> MetaData {
    let mut code = Column::new("code", SqlType::string(10)).not_null().server_default("'none'");
    code.collation = Some("NOCASE".into());
    let computed = |sql: &str, persisted| Computed { expression: Expression::new(sql), persisted };
    let mut products = Table::new("products")
        .with_column(Column::new("product_id", SqlType::Integer).not_null())
        .with_column(code)
        .with_column(Column::new("price", SqlType::numeric(10, 2)).server_default("-1.5"))
        .with_column(Column::new("doubled", SqlType::numeric(10, 2)).computed(computed("price*2", false)))
        .with_column(Column::new("label", SqlType::Text).computed(computed("LOWER(code) || '!'", true)))
        .with_column(
            Column::new("made", SqlType::DateTime { precision: None, timezone: false })
                .not_null()
                .server_default("now()"),
        )
        .with_column(Column::new("soon", SqlType::Text).server_default("date('now','+1 day')"))
        .with_column(Column::new("flag", SqlType::Boolean).server_default("1"))
        .with_column(Column::new("photo", SqlType::LargeBinary).server_default("x'00ff'"))
        .with_column(Column::new("unknown", SqlType::sqlite("POINT(2)")))
        .with_column(Column::new("untyped", SqlType::sqlite("")))
        .with_primary_key(["product_id"])
        .with_constraint(Constraint::Unique(UniqueConstraint {
            name: Some("uq_products_code".into()),
            ..UniqueConstraint::new(["code"])
        }))
        .with_constraint(Constraint::Check(CheckConstraint::new("\"price\" > 0")))
        .with_constraint(Constraint::Check(
            CheckConstraint::new("price between 1 and 10").named("ck_products_price"),
        ));
    products.options.sqlite.autoincrement = true;
    let mut index = Index::on(["price", "code"]).named("ix_products_price").unique();
    index.elements[0].order = SortOrder::Descending;
    index.elements[1].collation = Some("BINARY".into());
    index.elements.push(IndexElement::expression("lower(code)"));
    index.elements.push(IndexElement::expression("doubled+1"));
    index.predicate = Some(Expression::new("(flag = 1)"));
    products.indexes = vec![index];

    let mut order = Table::new("order")
        .with_column(Column::new("product id", SqlType::BigInteger).not_null())
        .with_column(Column::new("number", SqlType::SmallInteger).not_null())
        .with_column(Column::new("parent", SqlType::BigInteger))
        .with_column(Column::new("quantity", SqlType::Integer));
    order.options.sqlite.without_rowid = true;
    order.primary_key =
        Some(PrimaryKey { name: Some("pk_order".into()), ..PrimaryKey::new(["product id", "number"]) });
    order.foreign_keys = vec![
        ForeignKey::new(["product id"], "products", ["product_id"]).on_delete(ReferentialAction::Cascade),
        ForeignKey {
            name: Some("fk_order_parent".into()),
            on_update: ReferentialAction::SetNull(Vec::new()),
            deferrable: Some(Deferrable::InitiallyDeferred),
            ..ForeignKey::new(["parent", "number"], "order", ["product id", "number"])
        },
    ];

    let mut strict = Table::new("strict")
        .with_column(Column::new("id", SqlType::Integer).not_null())
        .with_column(Column::new("name", SqlType::Text));
    strict.options.sqlite.strict = true;
    strict.primary_key = Some(PrimaryKey { name: Some("pk_strict".into()), ..PrimaryKey::new(["id"]) });
    let loose = Table::new("loose")
        .with_column(Column::new("name", SqlType::string(5)))
        .with_column(Column::new("more", SqlType::Integer).server_default("7"))
        .with_primary_key(["name"]);
    MetaData::new().table(loose).table(order).table(products).table(strict)
}

#[tokio::test]
async fn one_of_everything_is_what_the_model_says() {
    let mut connection = database(include_str!("everything/sqlite.sql")).await;
    let live = inspect(&mut connection, &InspectOptions::default()).await.unwrap();
    let live = project(LITE, live.clone()).unwrap();
    let declared = project(LITE, everything()).unwrap();
    let declared = canonicalize(&mut connection, &live, declared.clone()).await.unwrap();
    for (live, declared) in live.tables.iter().zip(&declared.tables) {
        for (live, declared) in live.columns.iter().zip(&declared.columns) {
            assert_eq!(live, declared);
        }
        assert_eq!(live, declared);
    }
    assert_eq!(live.tables, declared.tables);
}

#[tokio::test]
async fn expressions_are_read_exactly_as_stored() {
    let live = inspected(include_str!("everything/sqlite.sql")).await;
    let products = live.find_table(&"products".into()).unwrap();
    assert_eq!(products.checks[1].expression.sql, "price\n        BETWEEN 1 AND 10");
    let [view, trigger] = live.entities.as_slice() else { panic!("{:?}", live.entities) };
    assert_eq!(view.definition, "CREATE VIEW cheap AS SELECT code FROM products WHERE price < 5");
    assert_eq!(view.depends_on, [limbeck_schema::ObjectReference::Table("products".into())]);
    assert_eq!(trigger.id.on, Some("products".into()));
    assert!(trigger.definition.starts_with("CREATE TRIGGER stamp"));
}

#[tokio::test]
async fn only_what_is_declared_so_takes_no_null() {
    let live = inspected(
        "CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (id INT PRIMARY KEY);
         CREATE TABLE c (id INTEGER PRIMARY KEY DESC); CREATE TABLE d (id TEXT PRIMARY KEY) WITHOUT ROWID;
         CREATE TABLE e (id TEXT PRIMARY KEY) STRICT; CREATE TABLE f (id integer, PRIMARY KEY (ID DESC))",
    )
    .await;
    let nullable: Vec<_> =
        live.tables.iter().map(|t| (t.name.name.as_str(), t.columns[0].nullable)).collect();
    assert_eq!(nullable, [("a", false), ("b", true), ("c", true), ("d", false), ("e", false), ("f", false)]);
    // SQLite itself is the judge.
    for (table, nullable) in nullable {
        let connection = database(
            "CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (id INT PRIMARY KEY);
             CREATE TABLE c (id INTEGER PRIMARY KEY DESC); CREATE TABLE d (id TEXT PRIMARY KEY) WITHOUT ROWID;
             CREATE TABLE e (id TEXT PRIMARY KEY) STRICT; CREATE TABLE f (id integer, PRIMARY KEY (ID DESC))",
        )
        .await;
        let _ = connection.query(&format!("INSERT INTO {table} VALUES (NULL)")).await;
        let nulls =
            connection.query(&format!("SELECT count(*) FROM {table} WHERE id IS NULL")).await.unwrap();
        assert_eq!(nulls[0][0].as_deref() == Some("1"), nullable, "{table}");
    }
}

#[tokio::test]
async fn excluded_tables_take_their_own_along() {
    let mut connection = database(include_str!("everything/sqlite.sql")).await;
    let options = InspectOptions { exclude_tables: vec!["products".into()], ..InspectOptions::default() };
    let live = inspect(&mut connection, &options).await.unwrap();
    assert!(live.find_table(&"products".into()).is_none());
    let is_trigger = |entity: &limbeck_schema::Entity| entity.id.kind == limbeck_schema::EntityKind::Trigger;
    assert!(!live.entities.iter().any(is_trigger));
}

#[tokio::test]
async fn an_open_transaction_stays_open() {
    let mut connection = database("CREATE TABLE t (a INT); BEGIN; INSERT INTO t VALUES (1)").await;
    inspect(&mut connection, &InspectOptions::default()).await.unwrap();
    connection.query("ROLLBACK").await.unwrap();
    assert!(connection.query("SELECT * FROM t").await.unwrap().is_empty());
}

#[tokio::test]
async fn what_differs_stays_as_declared() {
    let mut connection = database("CREATE TABLE t (a TEXT DEFAULT 'x', CONSTRAINT c CHECK (a = 'A'))").await;
    let live = inspect(&mut connection, &InspectOptions::default()).await.unwrap();
    let declared = MetaData::new().table(
        Table::new("t")
            .with_column(Column::new("a", SqlType::Text).server_default("'X'"))
            .with_constraint(Constraint::Check(CheckConstraint::new("a = 'a'").named("c"))),
    );
    assert_eq!(canonicalize(&mut connection, &live, declared.clone()).await.unwrap(), declared);
}
