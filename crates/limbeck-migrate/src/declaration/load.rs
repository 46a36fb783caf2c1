//! Running statements that may stand in any order.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use limbeck_dialect::quote_identifier;
use limbeck_engine::{Connection, EngineError, PostgresqlConnection, SqliteConnection};
use limbeck_schema::{Dialect, EntityKind};

use super::order::{Waits, order, waits};
use super::{SqlFailure, Statement};
use crate::error::MigrateError;

/// Runs statements in a scratch database. One that fails for want of another is tried again after it.
///
/// On PostgreSQL each is a transaction of its own, as a thousand tables are more than one transaction can lock
/// (`max_locks_per_transaction`), and all are sent ahead of their answers.
///
/// # Errors
/// When some are refused in the end: all of them, those first that wait for no other.
pub(crate) async fn load(connection: &Connection, statements: &[Statement<'_>]) -> Result<(), MigrateError> {
    let waits = waits(statements);
    let order = order(statements, &waits);
    let refused = match connection {
        Connection::Postgresql(connection) => load_postgresql(connection, statements, order).await?,
        Connection::Sqlite(connection) => load_sqlite(connection, statements, order)?,
    };
    if refused.is_empty() { Ok(()) } else { Err(MigrateError::Sql(failures(statements, &waits, refused))) }
}

/// A statement, by its number, and why it was refused.
type Refused = Vec<(usize, EngineError)>;

/// Tries statements again as long as that gets any further; what is refused in the end.
macro_rules! in_rounds {
    ($waiting:ident, $run:expr) => {{
        loop {
            let refused: Refused = $run;
            let stuck = refused.is_empty() || refused.len() == $waiting.len();
            $waiting = refused.iter().map(|(number, _)| *number).collect();
            if stuck {
                break refused;
            }
        }
    }};
}

async fn load_postgresql(
    connection: &PostgresqlConnection,
    statements: &[Statement<'_>],
    mut waiting: Vec<usize>,
) -> Result<Refused, EngineError> {
    let mut refused = in_rounds!(waiting, send(connection, statements, &waiting, CHECK_BODIES).await?);
    // A function that calls itself, or others in a circle, has a body that cannot be checked before it is there.
    let is_routine = |number: &usize| statements.get(*number).is_some_and(Statement::is_routine);
    let routines: Vec<usize> = waiting.iter().copied().filter(is_routine).collect();
    if !routines.is_empty() {
        refused = in_rounds!(waiting, send(connection, statements, &waiting, TRUST_BODIES).await?);
        let made: Vec<usize> = routines.into_iter().filter(|number| !waiting.contains(number)).collect();
        refused.extend(check_bodies(connection, statements, &made).await?);
    }
    connection.query("RESET ALL").await?;
    Ok(refused)
}

/// Nothing in a scratch database has to survive a crash.
const CHECK_BODIES: &str = "RESET ALL; SET synchronous_commit = off; SET client_min_messages = error;\n";
const TRUST_BODIES: &str = "RESET ALL; SET synchronous_commit = off; SET client_min_messages = error; SET check_function_bodies = off;\n";

/// Sends statements, all before it waits for the first answer.
async fn send(
    connection: &PostgresqlConnection,
    statements: &[Statement<'_>],
    numbers: &[usize],
    settings: &str,
) -> Result<Refused, EngineError> {
    let mut session = None;
    let mut messages = Vec::new();
    for &number in numbers {
        let Some(statement) = statements.get(number) else { continue };
        if session != Some(statement.session.as_str()) {
            session = Some(&statement.session);
            messages.push((number, format!("{settings}{}", statement.session)));
        }
        messages.push((number, statement.sql().to_owned()));
    }
    let answers = messages.iter().map(|(number, sql)| async move { (*number, connection.query(sql).await) });
    refusals(join_all(answers).await)
}

/// What was refused; any other error ends the work.
fn refusals<T>(
    outcomes: impl IntoIterator<Item = (usize, Result<T, EngineError>)>,
) -> Result<Refused, EngineError> {
    let mut refused = Refused::new();
    for (number, outcome) in outcomes {
        match outcome {
            Ok(_) => {}
            Err(error) if error.sql_error().is_some() => refused.push((number, error)),
            Err(error) => return Err(error),
        }
    }
    Ok(refused)
}

/// Makes functions again that were made unchecked: whatever they call is there now.
async fn check_bodies(
    connection: &PostgresqlConnection,
    statements: &[Statement<'_>],
    numbers: &[usize],
) -> Result<Refused, EngineError> {
    let mut outcomes = Vec::new();
    for &number in numbers {
        let Some(statement) = statements.get(number) else { continue };
        let sql = statement.sql();
        let replacing = match statement.says("replace") {
            true => sql.to_owned(),
            false => format!("CREATE{OR_REPLACE}{}", sql.get("create".len()..).unwrap_or_default()),
        };
        connection.query(&format!("{CHECK_BODIES}{}", statement.session)).await?;
        let moved = replacing.len() - sql.len();
        let outcome = connection.query(&replacing).await;
        outcomes.push((number, outcome.map_err(|error| moved_back(error, moved))));
    }
    refusals(outcomes)
}

const OR_REPLACE: &str = " OR REPLACE";

/// The error with the position that it has in the statement as it was written.
fn moved_back(error: EngineError, by: usize) -> EngineError {
    match error {
        EngineError::Sql(mut sql) => {
            sql.position = sql.position.map(|position| position.saturating_sub(by).max(1));
            EngineError::Sql(sql)
        }
        other => other,
    }
}

fn load_sqlite(
    connection: &SqliteConnection,
    statements: &[Statement<'_>],
    mut waiting: Vec<usize>,
) -> Result<Refused, EngineError> {
    connection.query("BEGIN")?;
    let run = |&number: &usize| (number, connection.query(statements.get(number).map_or("", Statement::sql)));
    let mut refused = in_rounds!(waiting, refusals(waiting.iter().map(run))?);
    connection.query("COMMIT")?;
    // SQLite takes a view as it is and looks at it when it is queried (SQLite docs, "CREATE VIEW").
    let query = |(number, statement): (usize, &Statement<'_>)| {
        let view = statement.makes_entity().filter(|id| id.kind == EntityKind::View)?;
        let sql = format!("SELECT * FROM {} LIMIT 0", quote_identifier(Dialect::Sqlite, &view.name.name));
        (!waiting.contains(&number)).then(|| (number, connection.query(&sql)))
    };
    refused.extend(refusals(statements.iter().enumerate().filter_map(query))?);
    Ok(refused)
}

/// What was refused, for messages: first what waits for nothing else that was refused.
fn failures(statements: &[Statement<'_>], waits: &Waits, mut refused: Refused) -> Vec<SqlFailure> {
    refused.sort_by_key(|(number, _)| *number);
    let numbers: BTreeSet<usize> = refused.iter().map(|(number, _)| *number).collect();
    let describe = |(number, error): (usize, EngineError)| {
        let waited = waits.get(number).into_iter().flatten().filter(|other| numbers.contains(other));
        let waits_for = waited
            .filter_map(|other| statements.get(*other))
            .map(|other| format!("{} ({})", other.object(), other.place()))
            .collect();
        Some(statements.get(number)?.failure(error, waits_for))
    };
    let mut failures: Vec<SqlFailure> = refused.into_iter().filter_map(describe).collect();
    failures.sort_by_key(|failure| !failure.waits_for.is_empty());
    failures
}
