//! Runs on PostgreSQL: a transaction for each revision, all of them sent ahead of their answers.
//!
//! A revision is one simple-query message: its statements, its version row, `COMMIT; BEGIN`. A message stops at its first
//! error and leaves its transaction aborted, so every message sent behind it fails as well, until the ROLLBACK at the
//! end: nothing behind a failure is ever applied, and the line's latency is paid once and not for each statement.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use futures_util::future::{MaybeDone, maybe_done};
use limbeck_dialect::{quote_identifier, quote_literal};
use limbeck_engine::{BatchError, EngineError, PostgresqlConnection};
use limbeck_schema::{Dialect, QualifiedName};

use super::concurrent_index::ConcurrentIndex;
use super::plan::{PlannedStatement, PlannedStep, plan_steps};
use super::progress::{Progress, ProgressTable, checksum, progress_of};
use super::protected::refuse_data_loss;
use super::{Run, Walk, error_offset, failure, rows_after, sqlstate, tell_changed, with_kept};
use crate::audit::{AuditLog, Elapsed, find_changed};
use crate::database::{Database, TransactionMode};
use crate::error::MigrateError;
use crate::event::{Event, Report};
use crate::graph::RevisionGraph;
use crate::script::ScriptDirectory;
use crate::version_table::VersionTable;

const DIALECT: Dialect = Dialect::Postgresql;

/// How often a lock that somebody else has is asked for again.
const LOCK_POLL: Duration = Duration::from_millis(100);

/// The longest wait that back-off grows to.
const LONGEST_BACK_OFF: Duration = Duration::from_secs(60);

/// SQLSTATE of the guard in [`VersionTable::guarded_change`].
const DIVISION_BY_ZERO: &str = "22012";

/// The rows of the version table, none when there is no such table.
pub(super) async fn current(
    connection: &PostgresqlConnection,
    version_table: &VersionTable,
) -> Result<Vec<String>, MigrateError> {
    let rows = connection.query(&version_table.select(DIALECT)).await;
    match rows {
        Ok(rows) => Ok(rows.into_iter().flatten().flatten().collect()),
        // undefined_table, invalid_schema_name: a database that was never migrated.
        Err(error) if matches!(sqlstate(&error), Some("42P01" | "3F000")) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

/// A connection that holds the migration lock.
struct Locked<'a> {
    connection: &'a PostgresqlConnection,
    version_table: VersionTable,
    version_table_exists: bool,
    log: Option<AuditLog>,
    log_exists: bool,
    /// What brings the session's `search_path` back.
    search_path: String,
    key: String,
}

pub(super) async fn run(
    connection: &PostgresqlConnection,
    database: &Database,
    scripts: &ScriptDirectory,
    graph: &RevisionGraph,
    walk: Walk<'_>,
    report: Report<'_>,
) -> Result<Run, MigrateError> {
    let locked = lock(connection, database, report).await?;
    let result = run_locked(&locked, database, scripts, graph, walk, report).await;
    let unlocked = connection.query(&format!("SELECT pg_advisory_unlock({})", locked.key)).await;
    let run = result?;
    unlocked?;
    Ok(run)
}

/// Takes the migration lock of the database, polling for it: a session that waits inside `pg_advisory_lock` holds a
/// snapshot, and `CREATE INDEX CONCURRENTLY` of the session that has the lock would wait for it in turn.
async fn lock<'a>(
    connection: &'a PostgresqlConnection,
    database: &Database,
    report: Report<'_>,
) -> Result<Locked<'a>, MigrateError> {
    let ask = lock_question(database);
    let started = Instant::now();
    let mut announced = false;
    // The session's settings travel with the first question.
    let first_question = database.session_settings() + &ask;
    let mut question = &first_question;
    loop {
        let rows = connection.query(question).await?;
        question = &ask;
        let row = rows.first().map(Vec::as_slice).unwrap_or_default();
        let key = row.first().and_then(Option::as_deref).unwrap_or_default().to_owned();
        if let [_, Some(granted), schema, version_table, log] = row
            && granted == "t"
        {
            let name = database.version_table.in_schema(schema.as_deref());
            return Ok(Locked {
                connection,
                log: AuditLog::of(database, &name),
                log_exists: log.is_some(),
                version_table: name,
                version_table_exists: version_table.is_some(),
                search_path: database.search_path_statement(),
                key,
            });
        }
        if started.elapsed() >= database.migration_lock_timeout {
            let holder = lock_holder(connection, &key).await?;
            return Err(MigrateError::Locked { holder, waited: started.elapsed() });
        }
        if !announced {
            let holder = lock_holder(connection, &key).await?;
            report(Event::WaitingForLock { holder, timeout: database.migration_lock_timeout });
            announced = true;
        }
        tokio::time::sleep(LOCK_POLL).await;
    }
}

/// The query that asks for the lock: its key, whether it was granted, the default schema, and the version table and the
/// audit log, NULL where there is none.
///
/// Advisory locks are numbers: one for each version table, the same in every Limbeck. A table is its schema and its name,
/// and which schema a bare name means the server knows alone, so it makes the number too. The tables are looked for in
/// that schema only: what is in another schema of the `search_path` is somebody else's.
fn lock_question(database: &Database) -> String {
    let version_table = database.version_table.name();
    let schema = match &version_table.schema {
        Some(schema) => quote_literal(DIALECT, schema),
        None => "current_schema()::text".to_owned(),
    };
    let key = |name: &str| quote_literal(DIALECT, &format!(".{name}"));
    let table = |name: &QualifiedName| {
        format!(
            "to_regclass(quote_ident({schema}) || {})",
            quote_literal(DIALECT, &format!(".{}", quote_identifier(DIALECT, &name.name)))
        )
    };
    format!(
        "SELECT key, pg_try_advisory_lock(key), current_schema(), {}, {} FROM (SELECT hashtextextended('limbeck migration lock: ' || coalesce({schema}, '') || {}, 0) AS key) AS lock",
        table(version_table),
        table(&database.version_table.audit_log()),
        key(&version_table.name),
    )
}

async fn lock_holder(connection: &PostgresqlConnection, key: &str) -> Result<Option<String>, EngineError> {
    // A lock on a bigint shows its high half as classid and its low half as objid, with objsubid 1 (PostgreSQL, "pg_locks").
    let query = format!(
        "SELECT a.pid, a.usename, a.application_name, host(a.client_addr), date_trunc('second', a.backend_start) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND (l.classid::bigint << 32) | l.objid::bigint = {key}"
    );
    let rows = connection.query(&query).await?;
    Ok(rows.first().map(|row| {
        let field = |at: usize| row.get(at).and_then(Option::as_deref).filter(|text| !text.is_empty());
        let mut text = format!("process {}", field(0).unwrap_or("unknown"));
        for (label, at) in [("user", 1), ("application", 2), ("from", 3), ("connected since", 4)] {
            if let Some(value) = field(at) {
                text.push_str(&format!(", {label} {value}"));
            }
        }
        text
    }))
}

async fn run_locked(
    locked: &Locked<'_>,
    database: &Database,
    scripts: &ScriptDirectory,
    graph: &RevisionGraph,
    walk: Walk<'_>,
    report: Report<'_>,
) -> Result<Run, MigrateError> {
    // Both questions go out together.
    let (rows, latest) = futures_util::future::try_join(
        async {
            match locked.version_table_exists {
                true => current(locked.connection, &locked.version_table).await,
                false => Ok(Vec::new()),
            }
        },
        async {
            match &locked.log {
                Some(log) if locked.log_exists => Ok(locked.connection.query(&log.select_latest()).await?),
                _ => Ok(Vec::new()),
            }
        },
    )
    .await?;
    let changed = find_changed(graph, scripts, &rows, &latest);
    tell_changed(walk, database, &changed, report)?;
    let steps = walk.steps(graph, &rows, &changed)?;
    let planned = plan_steps(scripts, steps, DIALECT, &database.variables)?;
    refuse_data_loss(database, &planned)?;
    report(Event::Planned { steps: planned.len() });
    let mut missing = Vec::new();
    if !locked.version_table_exists {
        missing.push(locked.version_table.create(DIALECT));
    }
    if let Some(log) = &locked.log
        && !locked.log_exists
    {
        missing.push(log.create());
    }
    if !missing.is_empty() {
        execute(locked, &missing.join(";\n")).await?;
    }
    let mut committed = 0;
    let mut tries = 0;
    while let Some(rest @ [first, ..]) = planned.get(committed..) {
        let atomic = rest.iter().take_while(|step| step.is_atomic()).count();
        let result = match rest.get(..atomic) {
            Some(group @ [_, ..]) => {
                run_ahead(locked, database.transaction_mode(), scripts, group, committed, report).await
            }
            _ => run_in_segments(locked, scripts, first, committed, report).await,
        };
        let error = match result {
            Ok(()) => {
                committed += atomic.max(1);
                tries = 0;
                continue;
            }
            Err(error) => error,
        };
        let failure = match &error {
            MigrateError::Statement(failure) if is_lock_conflict(&failure.error) => failure,
            _ => return Err(error),
        };
        // What was committed before the failing revision was a success of its own.
        tries = if failure.committed > committed { 1 } else { tries + 1 };
        committed = failure.committed;
        if tries > database.retries.count {
            return Err(error);
        }
        let delay = back_off(database.retries.delay, tries);
        report(Event::Retrying {
            revision: failure.revision.clone(),
            cause: failure.error.to_string(),
            retry: tries,
            retries: database.retries.count,
            delay,
        });
        tokio::time::sleep(delay).await;
    }
    let steps: Vec<_> = planned.into_iter().map(|p| p.step).collect();
    let current = rows_after(&rows, &steps);
    Ok(Run { steps, current })
}

/// Whether a transaction failed for somebody else's lock alone, and may succeed when it is run again:
/// `lock_not_available`, `deadlock_detected` (PostgreSQL, "PostgreSQL Error Codes").
fn is_lock_conflict(error: &EngineError) -> bool {
    matches!(sqlstate(error), Some("55P03" | "40P01"))
}

/// The wait before the n-th retry: twice as long each time, up to a minute unless the first is longer.
fn back_off(first: Duration, retry: u32) -> Duration {
    let factor = 2_u32.saturating_pow(retry.saturating_sub(1));
    first.saturating_mul(factor).min(LONGEST_BACK_OFF.max(first))
}

async fn execute(locked: &Locked<'_>, sql: &str) -> Result<(), EngineError> {
    locked.connection.run_batch(sql).await.map(|_| ()).map_err(|failed| failed.error)
}

/// Runs steps that can each be one transaction, without waiting for one before the next is sent.
async fn run_ahead(
    locked: &Locked<'_>,
    mode: TransactionMode,
    scripts: &ScriptDirectory,
    group: &[PlannedStep],
    committed: usize,
    report: Report<'_>,
) -> Result<(), MigrateError> {
    let mut messages = Vec::with_capacity(group.len());
    for (at, planned) in group.iter().enumerate() {
        let last = at + 1 == group.len();
        let end = match (last, mode) {
            (true, _) => &["COMMIT"][..],
            (false, TransactionMode::Revision) => &["COMMIT", "BEGIN"][..],
            (false, TransactionMode::Run) => &[][..],
        };
        messages.push(Message::of(planned, locked, end));
    }
    // The first BEGIN is a message of its own: PostgreSQL parses a whole message before it runs any of it, so a syntax
    // error would otherwise leave no aborted transaction behind to stop the messages that follow.
    let texts = std::iter::once("BEGIN").chain(messages.iter().map(|message| message.text.as_str()));
    let mut sent: Vec<_> =
        texts.map(|text| Box::pin(maybe_done(locked.connection.run_batch(text)))).collect();
    // The first poll sends the message: all go out, in this order, before any answer is waited for.
    poll_fn(|context| {
        for batch in &mut sent {
            let _ = batch.as_mut().poll(context);
        }
        Poll::Ready(())
    })
    .await;
    let mut answers = sent.into_iter();
    if let Some(begun) = answers.next() {
        answer(begun).await.map_err(|failed| failed.error)?;
    }
    for (at, ((planned, message), batch)) in group.iter().zip(&messages).zip(answers).enumerate() {
        report(Event::Running(planned.step.clone()));
        let started = Instant::now();
        if let Err(failed) = answer(batch).await {
            // Fails in turn when the connection is gone, and then there is nothing to roll back.
            let _ = execute(locked, "ROLLBACK").await;
            let committed = match mode {
                TransactionMode::Revision => committed + at,
                TransactionMode::Run => committed,
            };
            return Err(with_kept(message.failure(locked, scripts, planned, failed), committed, 0));
        }
        report(Event::Finished { step: planned.step.clone(), elapsed: started.elapsed() });
    }
    Ok(())
}

/// The outcome of a batch that was sent.
async fn answer<F>(mut batch: Pin<Box<MaybeDone<F>>>) -> Result<Vec<u64>, BatchError>
where
    F: Future<Output = Result<Vec<u64>, BatchError>>,
{
    batch.as_mut().await;
    // An output is there once it was waited for, and is taken here alone.
    batch.as_mut().take_output().unwrap_or(Ok(Vec::new()))
}

/// The text that carries out a step in one go.
struct Message<'a> {
    text: String,
    parts: Vec<Part<'a>>,
}

/// One statement of a message.
struct Part<'a> {
    /// Its first byte in the message.
    start: usize,
    /// The script's statement it is, unless it is Limbeck's own.
    statement: Option<&'a PlannedStatement>,
    /// Whether it changes the version table.
    version: bool,
}

impl<'a> Message<'a> {
    fn of(planned: &'a PlannedStep, locked: &Locked<'_>, end: &[&str]) -> Self {
        let mut message = Message { text: String::new(), parts: Vec::new() };
        for statement in planned.statements() {
            message.push(&statement.sql.text, Some(statement), false);
        }
        message.push_bookkeeping(planned, locked, Elapsed::OfMessage);
        for sql in end {
            message.push(sql, None, false);
        }
        message
    }

    /// The changes of the version table, and the row of the audit log.
    fn push_bookkeeping(&mut self, planned: &PlannedStep, locked: &Locked<'_>, elapsed: Elapsed) {
        for change in &planned.step.version_changes {
            self.push(&locked.version_table.guarded_change(change), None, true);
        }
        if let Some(log) = &locked.log {
            self.push(&log.record(&planned.step, planned.checksum.as_deref(), elapsed), None, false);
        }
        if planned.sets_search_path {
            self.push(&locked.search_path, None, false);
        }
    }

    fn push(&mut self, sql: &str, statement: Option<&'a PlannedStatement>, version: bool) {
        self.parts.push(Part { start: self.text.len(), statement, version });
        self.text.push_str(sql);
        // A line of its own, as the statement may end in a `--` comment.
        self.text.push_str("\n;\n");
    }

    /// What an error of this message means for the step.
    fn failure(
        &self,
        locked: &Locked<'_>,
        scripts: &ScriptDirectory,
        planned: &PlannedStep,
        failed: BatchError,
    ) -> MigrateError {
        // A syntax error anywhere in the message comes before its first statement is run: its position tells where.
        let byte = error_offset(&failed.error, &self.text);
        let part = match byte {
            Some(byte) => self.parts.iter().rfind(|part| part.start <= byte),
            None => self.parts.get(failed.completed),
        };
        if part.is_some_and(|part| part.version) && sqlstate(&failed.error) == Some(DIVISION_BY_ZERO) {
            return MigrateError::VersionRow {
                table: locked.version_table.to_string(),
                revision: planned.step.revision.clone(),
                direction: planned.step.direction,
            };
        }
        let offset = byte.zip(part).map(|(byte, part)| byte - part.start);
        failure(scripts, planned, part.and_then(|part| part.statement), failed.error, offset)
    }
}

/// Runs a step some of whose statements cannot be in a transaction, remembering after each how far it got.
async fn run_in_segments(
    locked: &Locked<'_>,
    scripts: &ScriptDirectory,
    planned: &PlannedStep,
    committed: usize,
    report: Report<'_>,
) -> Result<(), MigrateError> {
    let table = ProgressTable::new(&locked.version_table, DIALECT);
    execute(locked, &table.create()).await?;
    let before = locked.connection.query(&table.select(planned)).await?;
    let before = before.first().and_then(|row| progress_of(row));
    let mut done = resume(planned, before.as_ref())?;
    if done > 0 {
        report(Event::Resuming { revision: planned.step.revision.clone(), done });
    }
    report(Event::Running(planned.step.clone()));
    let started = Instant::now();
    let mut end = 0;
    for segment in &planned.segments {
        end += segment.statements.len();
        if end <= done {
            continue;
        }
        if segment.transactional {
            let mut message = Message { text: String::new(), parts: Vec::new() };
            message.push("BEGIN", None, false);
            for statement in &segment.statements {
                message.push(&statement.sql.text, Some(statement), false);
            }
            message.push(&table.record(planned, end), None, false);
            message.push("COMMIT", None, false);
            if let Err(failed) = locked.connection.run_batch(&message.text).await {
                let _ = execute(locked, "ROLLBACK").await;
                return Err(with_kept(message.failure(locked, scripts, planned, failed), committed, done));
            }
        } else {
            for statement in &segment.statements {
                if !already_built(locked, statement, before.is_some()).await? {
                    let result = execute(locked, &statement.sql.text).await;
                    result.map_err(|error| {
                        let offset = error_offset(&error, &statement.sql.text);
                        with_kept(failure(scripts, planned, Some(statement), error, offset), committed, done)
                    })?;
                }
                execute(locked, &table.record(planned, end)).await?;
            }
        }
        done = end;
    }
    let mut message = Message { text: String::new(), parts: Vec::new() };
    message.push("BEGIN", None, false);
    message.push_bookkeeping(planned, locked, Elapsed::Measured(started.elapsed()));
    message.push(&table.drop(), None, false);
    message.push("COMMIT", None, false);
    if let Err(failed) = locked.connection.run_batch(&message.text).await {
        let _ = execute(locked, "ROLLBACK").await;
        return Err(with_kept(message.failure(locked, scripts, planned, failed), committed, done));
    }
    report(Event::Finished { step: planned.step.clone(), elapsed: started.elapsed() });
    Ok(())
}

/// How many statements an earlier run has done.
pub(super) fn resume(planned: &PlannedStep, before: Option<&Progress>) -> Result<usize, MigrateError> {
    match before {
        None => Ok(0),
        Some(progress) if progress.checksum == checksum(planned) => Ok(progress.done),
        Some(progress) => {
            Err(MigrateError::ResumeChanged { revision: planned.step.revision.clone(), done: progress.done })
        }
    }
}

/// Clears the way for `CREATE INDEX CONCURRENTLY`: an invalid index of the name is what a dead run left and is dropped,
/// a valid one is what a resumed run had finished without being able to say so.
async fn already_built(
    locked: &Locked<'_>,
    statement: &PlannedStatement,
    resumed: bool,
) -> Result<bool, EngineError> {
    let Some(index) = ConcurrentIndex::of(&statement.sql.text) else { return Ok(false) };
    let rows = locked.connection.query(&index.query()).await?;
    match rows.first().map(Vec::as_slice) {
        Some([Some(_), Some(valid)]) if valid == "t" => Ok(resumed),
        Some([Some(name), Some(_)]) => {
            execute(locked, &format!("DROP INDEX CONCURRENTLY {name}")).await?;
            Ok(false)
        }
        _ => Ok(false),
    }
}
