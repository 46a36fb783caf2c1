//! Databases copied from a template (PostgreSQL docs, "Template Databases").

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

use limbeck_engine::{DatabaseUrl, EngineError, PostgresqlConnection, PostgresqlUrl};
use limbeck_migrate::{ScriptDirectory, upgrade};

use crate::TestError;

/// A database on the server, dropped with this value.
#[derive(Debug)]
pub(crate) struct Database {
    server: PostgresqlUrl,
    pub(crate) name: String,
}

pub(crate) async fn create(
    server: &PostgresqlUrl,
    scripts: &ScriptDirectory,
    fingerprint: &str,
) -> Result<Database, TestError> {
    let connection = PostgresqlConnection::open(server).await?;
    let template = format!("limbeck_template_{fingerprint}");
    let name = unique_name();
    let copy = format!("CREATE DATABASE {name} TEMPLATE {template}");
    match connection.query(&copy).await {
        Err(error) if is_missing(&error) => {
            make_template(server, &connection, scripts, &template).await?;
            connection.query(&copy).await?;
        }
        outcome => drop(outcome?),
    }
    Ok(Database { server: server.clone(), name })
}

/// `invalid_catalog_name` (PostgreSQL docs, "PostgreSQL Error Codes").
fn is_missing(error: &EngineError) -> bool {
    error.sql_error().is_some_and(|error| error.sqlstate.as_deref() == Some("3D000"))
}

/// Runs the migrations on a database that gets the template's name only when they have all run: whoever sees the name
/// can use it. Other processes that want the same wait meanwhile.
async fn make_template(
    server: &PostgresqlUrl,
    connection: &PostgresqlConnection,
    scripts: &ScriptDirectory,
    template: &str,
) -> Result<(), TestError> {
    let lock = format!("hashtextextended('{template}', 0)");
    connection.query(&format!("SELECT pg_advisory_lock({lock})")).await?;
    let found = connection.query(&format!("SELECT 1 FROM pg_database WHERE datname = '{template}'")).await?;
    let outcome =
        if found.is_empty() { migrate(server, connection, scripts, template).await } else { Ok(()) };
    connection.query(&format!("SELECT pg_advisory_unlock({lock})")).await?;
    outcome
}

async fn migrate(
    server: &PostgresqlUrl,
    connection: &PostgresqlConnection,
    scripts: &ScriptDirectory,
    template: &str,
) -> Result<(), TestError> {
    let unfinished = format!("{template}_unfinished");
    connection.query(&format!("DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)")).await?;
    // template0 holds nothing that an administrator may have added to template1.
    connection.query(&format!("CREATE DATABASE {unfinished} TEMPLATE template0")).await?;
    let url = DatabaseUrl::Postgresql(server.with_database(&unfinished));
    upgrade(&limbeck_migrate::Database::new(url), scripts, "heads", &mut |_| {}).await.map_err(Box::new)?;
    // A template with connections cannot be copied, so there shall be none. The last of the runner's may still be leaving.
    connection.query(&format!("ALTER DATABASE {unfinished} WITH ALLOW_CONNECTIONS false")).await?;
    let leave =
        format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{unfinished}'");
    while !connection.query(&leave).await?.is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    connection.query(&format!("ALTER DATABASE {unfinished} RENAME TO {template}")).await?;
    Ok(())
}

/// Unique among all processes that use the same server, now and earlier.
fn unique_name() -> String {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_micros();
    format!("limbeck_test_{now:x}_{}_{number}", std::process::id())
}

impl Drop for Database {
    fn drop(&mut self) {
        if crate::is_kept() {
            return;
        }
        let drop_database = async {
            let connection = PostgresqlConnection::open(&self.server).await?;
            connection.query(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)).await
        };
        // On a thread of its own, because the test's may be inside a runtime, in which nothing may block on another one. A
        // database that stays because the server has gone is nobody's loss.
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                runtime.map(|runtime| drop(runtime.block_on(drop_database)))
            });
        });
    }
}
