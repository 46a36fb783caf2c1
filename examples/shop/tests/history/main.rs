//! The shop's history on SQLite and PostgreSQL: it is what the tool writes from the models, every step goes up and
//! down with rows in the tables, and the rows that both shapes can hold survive.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]
#![allow(dead_code, missing_docs, unreachable_pub, reason = "models of the past, for this test alone")]

mod stages;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use limbeck::migrate::{self, Baseline, Database, RevisionRequest, ScriptDirectory};
use limbeck_engine::Connection;
use limbeck_test_server::{postgres_url, sqlite_directory};
use stages::{Stage, stages};

fn migrations() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations")
}

fn load(directory: &Path) -> ScriptDirectory {
    ScriptDirectory::load(&[directory.to_owned()], false).unwrap()
}

/// The rows written while the database is at a stage, and what must then be found.
const ROWS: [&str; 8] = [
    "INSERT INTO customers (first_name, last_name, email_address) VALUES ('Ada', 'Lovelace', 'ada@example.org');
     INSERT INTO products (product_name, price) VALUES ('Engine', 12.5), ('Loom', 3);
     INSERT INTO orders (customer_id) VALUES (1), (1)",
    "INSERT INTO order_products (order_id, product_id) VALUES (1, 1), (1, 2), (2, 2)",
    "INSERT INTO tags (tag_name) VALUES ('steam'); INSERT INTO product_tags (product_id, tag_id) VALUES (1, 1)",
    "INSERT INTO cars (make, model) VALUES ('Stanley', 'Steamer');
     INSERT INTO users (username, email) VALUES ('ada', 'ada@example.org');
     INSERT INTO posts (user_id, title) VALUES (1, 'Notes')",
    "UPDATE users SET phone = '0123'",
    "UPDATE users SET username = 'ada'",
    "UPDATE posts SET body = 'On the engine'",
    "UPDATE users SET phone = '456'",
];

/// Every row of every table, column by column as text.
type Rows = BTreeMap<String, Vec<BTreeMap<String, Option<String>>>>;

async fn rows_of(database: &Database, stage: &Stage) -> Rows {
    let connection = Connection::open(&database.url).await.unwrap();
    let mut all = Rows::new();
    for table in &stage.model.tables {
        let columns: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).collect();
        let query = format!("SELECT {} FROM {} ORDER BY 1, 2", columns.join(", "), table.name);
        let rows = connection.query(&query).await.unwrap();
        let named = |row: Vec<Option<String>>| columns.iter().map(|c| (*c).to_owned()).zip(row).collect();
        all.insert(table.name.to_string(), rows.into_iter().map(named).collect());
    }
    all
}

/// That tables and columns of both sides hold the same.
fn assert_survived(before: &Rows, after: &Rows, what: &str) {
    for (table, old) in before.iter().filter(|(table, _)| after.contains_key(*table)) {
        let new = &after[table];
        assert_eq!(old.len(), new.len(), "{what}: rows of {table}");
        for (old, new) in old.iter().zip(new) {
            for (column, value) in old.iter().filter(|(column, _)| new.contains_key(*column)) {
                assert_eq!(value, &new[column], "{what}: {table}.{column}");
            }
        }
    }
}

async fn databases(directory: &Path) -> Vec<Database> {
    let sqlite = format!("sqlite:///{}", directory.join("shop.db").display());
    [sqlite, postgres_url()].iter().map(|url| Database::new(url.parse().unwrap())).collect()
}

#[tokio::test]
async fn the_history_is_what_the_tool_writes() {
    let directory = sqlite_directory();
    let databases = databases(directory.path()).await;
    let written = directory.path().join("migrations");
    fs::create_dir(&written).unwrap();
    let committed = load(&migrations());
    let graph = committed.graph().unwrap();
    let update = std::env::var_os("UPDATE_EXPECT").is_some();

    let mut parent = None;
    for stage in stages() {
        // The id of the committed script of this stage, so that the texts can be compared.
        let next = graph.revisions().find(|revision| revision.down_revisions.first() == parent.as_ref());
        let request = RevisionRequest {
            message: Some(stage.message.to_owned()),
            revision_id: next.map(|revision| revision.id.clone()),
            ..RevisionRequest::default()
        };
        let scripts = load(&written);
        let model = stage.model.clone().into();
        let new =
            migrate::autogenerate(&scripts, &databases, &model, &request, None, &mut |_| {}).await.unwrap();
        let new = new.unwrap_or_else(|| panic!("nothing detected for `{}`", stage.message));
        for database in &databases {
            migrate::upgrade(database, &load(&written), "head", &mut |_| {}).await.unwrap();
            let left = migrate::check(database, &load(&written), &model, Baseline::Database, &mut |_| {})
                .await
                .unwrap();
            assert!(left.is_empty(), "{}: {:#?}", stage.message, left.detected);
        }
        let target = migrations().join(new.path.file_name().unwrap());
        let undated = |text: &str| -> String {
            text.lines()
                .filter(|line| !line.starts_with("-- Create Date:"))
                .map(|line| format!("{line}\n"))
                .collect()
        };
        let known = fs::read_to_string(&target).unwrap_or_default();
        if undated(&known) != undated(&new.text) {
            assert!(
                update,
                "{} is not what the tool writes; UPDATE_EXPECT=1 refreshes it\n--- found\n{known}\n--- expected\n{}",
                target.display(),
                new.text
            );
            fs::write(&target, &new.text).unwrap();
        }
        parent = Some(new.id);
    }
}

#[tokio::test]
async fn every_step_goes_up_and_down_with_rows() {
    let directory = sqlite_directory();
    let scripts = load(&migrations());
    for database in databases(directory.path()).await {
        let dialect = database.dialect();
        let stages = stages();
        let mut earlier = Rows::new();
        for (stage, rows) in stages.iter().zip(ROWS) {
            migrate::upgrade(&database, &scripts, "+1", &mut |_| {}).await.unwrap();
            assert_survived(
                &earlier,
                &rows_of(&database, stage).await,
                &format!("{dialect}: up to {}", stage.message),
            );
            let connection = Connection::open(&database.url).await.unwrap();
            for statement in rows.split(";\n").flat_map(|part| part.split("; ")) {
                connection.query(statement).await.unwrap();
            }
            earlier = rows_of(&database, stage).await;
        }
        assert_eq!(
            earlier["posts"][0]["headline"].as_deref(),
            Some("Notes"),
            "{dialect}: the title became the headline"
        );
        assert_eq!(
            earlier["users"][0]["status"].as_deref(),
            Some("active"),
            "{dialect}: the status was filled"
        );
        assert_eq!(earlier["order_products"].len(), 3, "{dialect}");

        for pair in stages.windows(2).rev() {
            let [below, above] = pair else { unreachable!() };
            let what = format!("{dialect}: down from {}", above.message);
            let upper = rows_of(&database, above).await;
            migrate::downgrade(&database, &scripts, "-1", &mut |_| {}).await.unwrap();
            let lower = rows_of(&database, below).await;
            assert_survived(&upper, &lower, &what);
            migrate::upgrade(&database, &scripts, "+1", &mut |_| {}).await.unwrap();
            assert_survived(&lower, &rows_of(&database, above).await, &what);
            migrate::downgrade(&database, &scripts, "-1", &mut |_| {}).await.unwrap();
            assert_survived(&lower, &rows_of(&database, below).await, &what);
        }
        migrate::downgrade(&database, &scripts, "base", &mut |_| {}).await.unwrap();
        assert_eq!(migrate::current(&database).await.unwrap(), Vec::<String>::new());
        migrate::upgrade(&database, &scripts, "head", &mut |_| {}).await.unwrap();
        let left =
            migrate::check(&database, &scripts, &shop::schema().into(), Baseline::Database, &mut |_| {})
                .await
                .unwrap();
        assert!(left.is_empty(), "{dialect}: {:#?}", left.detected);
    }
}
