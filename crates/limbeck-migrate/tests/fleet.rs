//! Fleets of SQLite files and PostgreSQL schemas: 1,000 and 500 of them, failures in the middle, resuming, two at once.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::time::Duration;

use limbeck_engine::Connection;
use limbeck_migrate::config::OnFailure;
use limbeck_migrate::fleet::{
    Fleet, FleetError, FleetEvent, FleetRun, TenantOutcome, downgrade, from_query, in_files, in_schemas,
    standings, upgrade,
};
use limbeck_migrate::{Database, Event, MigrateError, ScriptDirectory};
use limbeck_test_server::{postgres_url, sqlite_directory};

const FILES: usize = 1000;
const SCHEMAS: usize = 500;

fn script(number: usize, up: &str, down: &str) -> (String, String) {
    let parent = if number == 1 { String::new() } else { format!(" r{}", number - 1) };
    let text = format!(
        "-- step {number}\n--\n-- Revision ID: r{number}\n-- Revises:{parent}\n\n-- migrate:up\n{up}\n\n-- migrate:down\n{down}\n"
    );
    (format!("r{number}.sql"), text)
}

fn scripts(sections: &[(&str, &str)]) -> ScriptDirectory {
    let files: Vec<_> =
        sections.iter().enumerate().map(|(at, (up, down))| script(at + 1, up, down)).collect();
    let files: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    ScriptDirectory::from_embedded(&files).unwrap()
}

const CUSTOMERS: (&str, &str) = ("CREATE TABLE customers (id INTEGER PRIMARY KEY);", "DROP TABLE customers;");
const PHONES: (&str, &str) =
    ("ALTER TABLE customers ADD COLUMN phone VARCHAR(20);", "ALTER TABLE customers DROP COLUMN phone;");

fn files(count: usize) -> (tempfile::TempDir, Fleet) {
    let directory = sqlite_directory();
    for number in 0..count {
        std::fs::write(directory.path().join(format!("tenant{number:04}.db")), "").unwrap();
    }
    let tenants = in_files(directory.path(), "*.db", &Database::new).unwrap();
    assert_eq!(tenants.len(), count);
    (directory, Fleet { tenants, concurrency: 8, on_failure: OnFailure::Stop })
}

struct Schemas {
    database: Database,
    admin: Connection,
}

impl Schemas {
    async fn new(count: usize) -> (Self, Fleet) {
        let database = Database::new(postgres_url().parse().unwrap());
        let admin = Connection::open(&database.url).await.unwrap();
        let names: Vec<String> = (0..count).map(|number| format!("tenant{number:04}")).collect();
        let create: Vec<String> = names.iter().map(|name| format!("CREATE SCHEMA {name}")).collect();
        admin.query(&create.join(";")).await.unwrap();
        let tenants = in_schemas(&database, &names, &[]).unwrap();
        (Self { database, admin }, Fleet { tenants, concurrency: 8, on_failure: OnFailure::Stop })
    }

    async fn count(&self, sql: &str) -> usize {
        self.admin.query(sql).await.unwrap()[0][0].as_ref().unwrap().parse().unwrap()
    }
}

async fn up(fleet: &Fleet, scripts: &ScriptDirectory) -> FleetRun {
    upgrade(fleet, scripts, "head", &mut |_| {}).await.unwrap()
}

/// How many tenants were applied, were there already, failed and had not begun.
fn counts(run: &FleetRun) -> [usize; 4] {
    let mut counts = [0; 4];
    for tenant in &run.tenants {
        counts[match tenant.outcome {
            TenantOutcome::Applied(_) => 0,
            TenantOutcome::AlreadyThere { .. } => 1,
            TenantOutcome::Failed(_) => 2,
            TenantOutcome::NotBegun => 3,
        }] += 1;
    }
    counts
}

fn message(run: &FleetRun, tenant: &str) -> String {
    let run = run.tenants.iter().find(|run| run.name == tenant).unwrap();
    let TenantOutcome::Failed(error) = &run.outcome else { panic!("{run:?}") };
    error.to_string()
}

#[tokio::test]
async fn a_thousand_files_go_up_and_the_second_time_nothing_is_left() {
    let (_directory, fleet) = files(FILES);
    let scripts = scripts(&[CUSTOMERS, PHONES]);
    let mut finished = 0;
    let run = upgrade(&fleet, &scripts, "head", &mut |event| {
        finished += usize::from(matches!(event, FleetEvent::Finished { .. }));
    })
    .await
    .unwrap();
    assert_eq!(counts(&run), [FILES, 0, 0, 0]);
    assert_eq!(finished, FILES);
    assert_eq!(counts(&up(&fleet, &scripts).await), [0, FILES, 0, 0]);
    let standings = standings(&fleet, &scripts, &mut |_| {}).await.unwrap();
    assert!(standings.iter().all(|tenant| tenant.standing.as_ref().unwrap().at_heads));
}

#[tokio::test]
async fn five_hundred_schemas_go_up_and_down_each_by_itself() {
    let (schemas, fleet) = Schemas::new(SCHEMAS).await;
    let first = scripts(&[CUSTOMERS]);
    assert_eq!(counts(&up(&fleet, &first).await), [SCHEMAS, 0, 0, 0]);
    let scripts = scripts(&[CUSTOMERS, PHONES]);
    let before = standings(&fleet, &scripts, &mut |_| {}).await.unwrap();
    assert!(before.iter().all(|tenant| tenant.standing.as_ref().unwrap().pending == Some(1)));
    assert_eq!(counts(&up(&fleet, &scripts).await), [SCHEMAS, 0, 0, 0]);
    assert_eq!(counts(&up(&fleet, &scripts).await), [0, SCHEMAS, 0, 0]);
    let columns = "SELECT count(*) FROM information_schema.columns WHERE table_schema LIKE 'tenant%' AND column_name = 'phone'";
    assert_eq!(schemas.count(columns).await, SCHEMAS);
    let tables =
        "SELECT count(*) FROM pg_tables WHERE schemaname LIKE 'tenant%' AND tablename = 'alembic_version'";
    assert_eq!(schemas.count(tables).await, SCHEMAS);
    assert_eq!(schemas.count("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").await, 0);
    let run = downgrade(&fleet, &scripts, "r1", &mut |_| {}).await.unwrap();
    assert_eq!(counts(&run), [SCHEMAS, 0, 0, 0]);
    assert_eq!(schemas.count(columns).await, 0);
}

#[tokio::test]
async fn a_failing_schema_stops_the_fleet_or_not_and_running_again_goes_on() {
    let (schemas, mut fleet) = Schemas::new(60).await;
    let first = scripts(&[CUSTOMERS]);
    up(&fleet, &first).await;
    let scripts = scripts(&[CUSTOMERS, PHONES]);
    schemas.admin.query("ALTER TABLE tenant0030.customers ADD COLUMN phone TEXT").await.unwrap();

    fleet.concurrency = 4;
    let run = up(&fleet, &scripts).await;
    let [applied, already, failed, not_begun] = counts(&run);
    assert_eq!((already, failed), (0, 1));
    assert!(applied >= 30 && not_begun >= 20, "{:?}", counts(&run));
    assert!(message(&run, "tenant0030").contains("already exists"), "{}", message(&run, "tenant0030"));

    fleet.on_failure = OnFailure::Continue;
    assert_eq!(counts(&up(&fleet, &scripts).await), [not_begun, applied, 1, 0]);

    schemas.admin.query("ALTER TABLE tenant0030.customers DROP COLUMN phone").await.unwrap();
    assert_eq!(counts(&up(&fleet, &scripts).await), [1, 59, 0, 0]);
}

#[tokio::test]
async fn a_failing_file_stops_the_fleet_or_not_and_running_again_goes_on() {
    let (directory, mut fleet) = files(60);
    let broken = directory.path().join("tenant0030.db");
    std::fs::write(&broken, "this is no database, and too long to be taken for an empty one").unwrap();
    let scripts = scripts(&[CUSTOMERS, PHONES]);

    fleet.concurrency = 4;
    let run = up(&fleet, &scripts).await;
    let [applied, already, failed, not_begun] = counts(&run);
    assert_eq!((already, failed), (0, 1));
    assert!(applied >= 27 && not_begun >= 20, "{:?}", counts(&run));

    fleet.on_failure = OnFailure::Continue;
    assert_eq!(counts(&up(&fleet, &scripts).await), [not_begun, applied, 1, 0]);
    let standings = standings(&fleet, &scripts, &mut |_| {}).await.unwrap();
    assert_eq!(standings.iter().filter(|tenant| tenant.standing.is_err()).count(), 1);

    std::fs::write(&broken, "").unwrap();
    assert_eq!(counts(&up(&fleet, &scripts).await), [1, 59, 0, 0]);
}

#[tokio::test]
async fn of_two_fleets_at_once_one_applies_each_tenant() {
    let (_schemas, schemas) = Schemas::new(50).await;
    let (_directory, files) = files(50);
    let scripts = scripts(&[CUSTOMERS, PHONES]);
    for fleet in [&schemas, &files] {
        let (one, other) = tokio::join!(up(fleet, &scripts), up(fleet, &scripts));
        let (one, other) = (counts(&one), counts(&other));
        assert_eq!([one[0] + other[0], one[1] + other[1]], [50, 50], "{one:?} {other:?}");
        assert_eq!([one[2], one[3], other[2], other[3]], [0; 4]);
    }
}

#[tokio::test]
async fn a_schema_locks_out_whoever_migrates_it_by_its_search_path() {
    let (schemas, mut fleet) = Schemas::new(2).await;
    let scripts = scripts(&[("SELECT pg_sleep(0.6);", "SELECT 1;")]);
    fleet.tenants.truncate(1);
    let url = format!("{}?options=-csearch_path%3Dtenant0000", schemas.database.url.render_as_string(false));
    let alone = Database::new(url.parse().unwrap());
    let mut waited = false;
    let report = &mut |event| waited |= matches!(event, Event::WaitingForLock { .. });
    let (run, ran_alone) = tokio::join!(up(&fleet, &scripts), async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        limbeck_migrate::upgrade(&alone, &scripts, "head", report).await
    });
    assert_eq!(counts(&run), [1, 0, 0, 0]);
    assert!(ran_alone.unwrap().steps.is_empty());
    assert!(waited);
}

#[tokio::test]
async fn no_tenant_sees_what_another_left_in_the_session() {
    let (schemas, mut fleet) = Schemas::new(3).await;
    fleet.concurrency = 1;
    let scripts = scripts(&[
        (
            "SET search_path = public; SET statement_timeout = '1h'; CREATE TEMPORARY TABLE left_over (id INTEGER);",
            "SELECT 1;",
        ),
        CUSTOMERS,
    ]);
    assert_eq!(counts(&up(&fleet, &scripts).await), [3, 0, 0, 0]);
    let customers =
        "SELECT count(*) FROM pg_tables WHERE tablename = 'customers' AND schemaname LIKE 'tenant%'";
    assert_eq!(schemas.count(customers).await, 3);
}

#[tokio::test]
async fn a_query_gives_schemas_and_urls() {
    let (schemas, _) = Schemas::new(12).await;
    let directory = sqlite_directory();
    let url = format!("sqlite:///{}", directory.path().join("far.db").display());
    let query = format!(
        "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'tenant\\_%' OR nspname LIKE 'tenant000_' UNION ALL SELECT '{url}' ORDER BY 1"
    );
    let tenants = from_query(&schemas.database, &query, &[], &Database::new).await.unwrap();
    let names: Vec<_> = tenants.iter().map(|tenant| tenant.name.as_str()).collect();
    assert_eq!(names.len(), 11);
    assert!(names.contains(&"tenant0009"));
    let fleet = Fleet { tenants, concurrency: 3, on_failure: OnFailure::Stop };
    let named = scripts(&[("CREATE TABLE customers (id INTEGER PRIMARY KEY);", "DROP TABLE customers;")]);
    assert_eq!(counts(&up(&fleet, &named).await), [11, 0, 0, 0]);

    let columns = from_query(&schemas.database, "SELECT 1, 2", &[], &Database::new).await;
    assert!(matches!(columns, Err(FleetError::Row { row: 1, .. })));
    let null = from_query(&schemas.database, "SELECT NULL", &[], &Database::new).await;
    assert!(matches!(null, Err(FleetError::Row { row: 1, .. })));
}

#[tokio::test]
async fn one_mistake_for_all_is_told_once() {
    let (_schemas, fleet) = Schemas::new(2).await;
    let error = upgrade(&fleet, &scripts(&[CUSTOMERS]), "nowhere", &mut |_| {}).await.unwrap_err();
    assert!(matches!(error, MigrateError::Graph(_)), "{error}");
}
