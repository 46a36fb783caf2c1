//! Scripts that spare large tables their locks, on a real server: that they run, also after they died, lead where the
//! short ones lead, and back.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use limbeck_diff::HazardKind;
use limbeck_engine::Connection;
use limbeck_migrate::{
    Baseline, Database, Event, MigrateError, NewRevision, RevisionRequest, ScriptDirectory, autogenerate,
    check, downgrade, upgrade,
};
use limbeck_schema::{
    CheckConstraint, Column, ForeignKey, Identity, Index, MetaData, SqlType, Table, UniqueConstraint,
};
use limbeck_test_server::postgres_url;

struct Project {
    directory: tempfile::TempDir,
    database: Database,
}

impl Project {
    /// A fresh database for which safe scripts are generated.
    fn new() -> Project {
        let database = Database { safe: true, ..Database::new(postgres_url().parse().unwrap()) };
        Project { directory: tempfile::tempdir().unwrap(), database }
    }

    fn scripts(&self) -> ScriptDirectory {
        ScriptDirectory::load(&[self.directory.path()], false).unwrap()
    }

    async fn generate(&self, model: &MetaData) -> NewRevision {
        let request = RevisionRequest { message: Some("step".to_owned()), ..RevisionRequest::default() };
        let databases = [self.database.clone()];
        let model = model.clone().into();
        autogenerate(&self.scripts(), &databases, &model, &request, None, &mut |_| {}).await.unwrap().unwrap()
    }

    async fn up(&self) -> Result<(), MigrateError> {
        upgrade(&self.database, &self.scripts(), "head", &mut |_| {}).await.map(|_| ())
    }

    async fn query(&self, sql: &str) -> Vec<Option<String>> {
        let connection = Connection::open(&self.database.url).await.unwrap();
        connection.query(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}")).concat()
    }

    async fn assert_is(&self, model: &MetaData) {
        let model = model.clone().into();
        let mut found = check(&self.database, &self.scripts(), &model, Baseline::Database, &mut |_| {}).await;
        if let Err(MigrateError::NotUpToDate { .. }) = found {
            // After a downgrade the scripts are ahead; what counts is the schema.
            let from = limbeck_migrate::SchemaSource::Database(Box::new(self.database.clone()));
            let to = limbeck_migrate::SchemaSource::Model(model);
            let settings = limbeck_migrate::DiffSettings {
                managed: Default::default(),
                dialect: self.database.dialect(),
                host: None,
                filters: Default::default(),
                safe: false,
            };
            found = limbeck_migrate::diff(&from, &to, &settings, &mut |_| {}).await;
        }
        let found = found.unwrap();
        assert!(found.is_empty(), "{:#?}", found.detected);
    }
}

fn before() -> MetaData {
    let customers = Table::new("customers")
        .with_column(Column::new("id", SqlType::Integer).not_null())
        .with_column(Column::new("mail", SqlType::Text))
        .with_primary_key(["id"]);
    let orders = Table::new("orders")
        .with_column(Column::new("id", SqlType::Integer).not_null())
        .with_column(Column::new("customer_id", SqlType::Integer))
        .with_column(Column::new("total", SqlType::Integer))
        .with_column(Column::new("number", SqlType::Integer))
        .with_index(Index::on(["total"]).named("ix_orders_total"));
    MetaData::new().table(customers).table(orders)
}

/// Everything that has a safe shape.
fn after() -> MetaData {
    let mut model = before();
    let mail = UniqueConstraint { nulls_not_distinct: true, ..UniqueConstraint::new(["mail"]) };
    model.tables[0].uniques.push(mail);
    let orders = &mut model.tables[1];
    orders.foreign_keys.push(ForeignKey::new(["customer_id"], "customers", ["id"]));
    orders.checks.push(CheckConstraint::new("total > 0").named("ck_orders_total"));
    orders.indexes = vec![
        Index::on(["total", "id"]).named("ix_orders_total"),
        Index::on(["customer_id"]),
        Index::on(["number"]).unique(),
    ];
    *orders.column_mut("total").unwrap() = Column::new("total", SqlType::BigInteger).not_null().backfill("1");
    *orders.column_mut("number").unwrap() =
        Column::new("number", SqlType::Integer).not_null().identity(Identity::by_default()).backfill("id");
    orders.columns.push(Column::new("state", SqlType::Text).not_null().backfill("'open'"));
    let key = limbeck_schema::PrimaryKey::new(["id"]);
    orders.primary_key = Some(key);
    model
}

async fn filled(project: &Project) {
    project.generate(&before()).await;
    project.up().await.unwrap();
    project.query("INSERT INTO customers SELECT g, 'm' || g FROM generate_series(1, 50) g").await;
    project
        .query("INSERT INTO orders SELECT g, g % 50 + 1, NULLIF(g % 3, 0) FROM generate_series(1, 500) g")
        .await;
}

#[tokio::test]
async fn a_safe_script_leads_to_the_model_and_back() {
    let project = Project::new();
    filled(&project).await;
    let new = project.generate(&after()).await;
    let long_locks = new.hazards.iter().filter(|hazard| hazard.kind == HazardKind::LongLock);
    assert_eq!(long_locks.count(), 0, "{}", new.text);
    for part in [
        "-- migrate:commit\n",
        "CREATE INDEX CONCURRENTLY",
        "NOT VALID;",
        "VALIDATE CONSTRAINT",
        "USING INDEX",
    ] {
        assert!(new.text.contains(part), "{part}:\n{}", new.text);
    }
    project.up().await.unwrap_or_else(|error| panic!("{error}\n{}", new.text));
    project.assert_is(&after()).await;
    assert_eq!(project.query("SELECT count(*), count(state), min(total) FROM orders").await.len(), 3);
    let unvalidated = "SELECT conname FROM pg_constraint WHERE NOT convalidated UNION ALL SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid";
    assert!(project.query(unvalidated).await.is_empty());
    assert!(project.query("SELECT 1 FROM pg_constraint WHERE conname LIKE '%_not_null'").await.is_empty());
    assert!(
        project
            .query("SELECT 1 FROM pg_class WHERE relname LIKE '%_replaced' OR relname LIKE '%_progress'")
            .await
            .is_empty()
    );

    downgrade(&project.database, &project.scripts(), "-1", &mut |_| {}).await.unwrap();
    project.assert_is(&before()).await;
    assert_eq!(project.query("SELECT count(*) FROM orders").await[0].as_deref(), Some("500"));
    project.up().await.unwrap();
    project.assert_is(&after()).await;
}

#[tokio::test]
async fn a_validation_that_fails_is_gone_on_with_when_the_rows_are_right() {
    let project = Project::new();
    filled(&project).await;
    project.query("UPDATE orders SET customer_id = 99 WHERE id = 7").await;
    project.generate(&after()).await;
    let MigrateError::Statement(failure) = project.up().await.unwrap_err() else { panic!() };
    assert!(failure.script[failure.range.clone()].contains("VALIDATE CONSTRAINT fk_orders"), "{failure:?}");
    assert!(failure.done > 0);
    // What is new is checked already.
    let refused = "INSERT INTO orders (id, customer_id, total, state) VALUES (1000, 98, 1, 'open')";
    let connection = Connection::open(&project.database.url).await.unwrap();
    assert!(connection.query(refused).await.is_err());

    project.query("UPDATE orders SET customer_id = 1 WHERE id = 7").await;
    let mut resumed = 0;
    let report = &mut |event| {
        if let Event::Resuming { done, .. } = event {
            resumed = done;
        }
    };
    upgrade(&project.database, &project.scripts(), "head", report).await.unwrap();
    assert_eq!(resumed, failure.done);
    project.assert_is(&after()).await;
}

#[tokio::test]
async fn a_unique_index_over_equal_values_can_be_tried_again() {
    let project = Project::new();
    filled(&project).await;
    project.query("UPDATE customers SET mail = 'same' WHERE id < 3").await;
    project.generate(&after()).await;
    let MigrateError::Statement(failure) = project.up().await.unwrap_err() else { panic!() };
    assert!(failure.script[failure.range.clone()].contains("CONCURRENTLY uq_customers_mail"), "{failure:?}");
    project.query("UPDATE customers SET mail = 'other' WHERE id = 2").await;
    project.up().await.unwrap();
    project.assert_is(&after()).await;
}

#[tokio::test]
async fn hazards_tell_how_many_rows_are_concerned() {
    let mut project = Project::new();
    filled(&project).await;
    project.query("ANALYZE orders").await;
    project.database.safe = false;
    let new = project.generate(&after()).await;
    let locks = new.hazards.iter().filter(|hazard| hazard.kind == HazardKind::LongLock);
    let on_orders: Vec<_> = locks.filter(|hazard| hazard.object.starts_with("orders")).collect();
    assert!(!on_orders.is_empty());
    assert!(on_orders.iter().all(|hazard| hazard.message.ends_with("(about 500 rows here)")), "{}", new.text);
    assert!(!new.text.contains("migrate:commit"));
    // The way back loses what the way there added.
    let down = new.text.split("-- migrate:down").nth(1).unwrap();
    assert!(down.contains("-- hazard: data-loss dropping column `orders.state`"), "{}", new.text);
}

#[tokio::test]
async fn an_empty_database_gets_plain_statements() {
    let project = Project::new();
    let new = project.generate(&after()).await;
    assert!(!new.text.contains("CONCURRENTLY") && !new.text.contains("migrate:commit"), "{}", new.text);
    project.up().await.unwrap();
    project.assert_is(&after()).await;
}
