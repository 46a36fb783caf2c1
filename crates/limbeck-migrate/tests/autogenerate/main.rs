//! Runs the documents of `tests/autogenerate` and `tests/entities` at the root of the repository, and thereby proves them.
//!
//! Each `##` section is a case: ```` ```sql before ```` and ```` ```sql after ```` are two schemas (for one dialect with
//! its name behind), the second of which is the model. On each dialect that the case has both for, autogenerate writes
//! a script against a database of the first, which is upgraded and compared with one of the second, shows no further
//! difference, and is downgraded and compared with what it was; then the same is done in the opposite direction. Rows
//! that the SQL inserts must survive wherever both schemas hold them. ```` ```toml hints ```` say what SQL cannot:
//! former names and backfills. ```` ```sql query ```` asks for the rows after the upgrade, and a ```` ```text error ````
//! block says that the database is to refuse it.
//!
//! In `tests/entities` the model is the SQL itself, as a project of SQL files has it, and every kind of entity is managed.
//! There `pg_dump` is a second observer. ```` ```sql common ```` before the first case is part of all its schemas.
//!
//! `UPDATE_EXPECT=1` writes what is found into the documents: read it before you commit it.
//! `LIMBECK_CASES=words` runs only the cases whose file and title contain the words.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test fails by panicking"
)]

mod document;
mod observer;
mod scratch;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use limbeck_migrate::Event;
use limbeck_migrate::{
    Managed, MigrateError, Model, RevisionRequest, ScriptDirectory, autogenerate, downgrade, upgrade,
};
use limbeck_schema::{Dialect, MetaData, SqlSource};

use document::{Block, Case, Document, Hints};
use scratch::{Scratch, check_rows, give_hints};

/// What was found, by block.
type Found = BTreeMap<Block, String>;

/// PostgreSQL answers from processes of its own, so that more than the cores can run at once.
const THREADS: usize = 4;

/// In what form the model is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// As data: what inspection says of a database that holds it.
    MetaData,
    /// As the SQL that makes it.
    Sql,
}

#[test]
fn every_case_runs_both_ways() {
    run_documents("autogenerate", Form::MetaData);
}

#[test]
fn every_entity_case_runs_both_ways() {
    run_documents("entities", Form::Sql);
}

fn run_documents(folder: &str, form: Form) {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests").join(folder);
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    files.sort();
    let mut documents: Vec<(String, Document)> = Vec::new();
    for path in &files {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(path).unwrap();
        documents
            .push((name.clone(), Document::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"))));
    }

    let wanted = std::env::var("LIMBECK_CASES").unwrap_or_default();
    let work: Vec<(&str, &Case, Dialect)> = documents
        .iter()
        .flat_map(|(file, document)| document.cases.iter().map(move |case| (file.as_str(), case)))
        .filter(|(file, case)| format!("{file} {}", case.title).contains(&wanted))
        .flat_map(|(file, case)| case.dialects().into_iter().map(move |dialect| (file, case, dialect)))
        .collect();
    let results = run_all(&work, form);

    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut failures = Vec::new();
    let mut found: BTreeMap<(String, usize), BTreeMap<Dialect, Found>> = BTreeMap::new();
    for ((file, case, dialect), result) in work.iter().zip(results) {
        let place = format!("tests/{folder}/{file}:{}: {} ({dialect})", case.line, case.title);
        match result {
            Err(error) => failures.push(format!("{place}\n{error}")),
            Ok(blocks) => {
                let expected = case.expected_of(*dialect);
                if !update && blocks != expected {
                    let difference = difference(&expected, &blocks);
                    failures.push(format!(
                        "{place}\n{difference}If this is right, run with UPDATE_EXPECT=1 and read what it writes."
                    ));
                }
                found.entry(((*file).to_owned(), case.line)).or_default().insert(*dialect, blocks);
            }
        }
    }
    let count = |dialect| work.iter().filter(|(_, _, d)| *d == dialect).count();
    let total = work.len();
    eprintln!("{} cases on PostgreSQL, {} on SQLite", count(Dialect::Postgresql), count(Dialect::Sqlite));
    if update {
        for (path, (file, mut document)) in files.iter().zip(documents) {
            for case in &mut document.cases {
                for (dialect, blocks) in found.remove(&(file.clone(), case.line)).unwrap_or_default() {
                    case.expect(dialect, blocks);
                }
            }
            let (text, read) = (document.render(), std::mem::take(&mut document.text));
            // Somebody may be writing the next case meanwhile.
            assert_eq!(std::fs::read_to_string(path).unwrap(), read, "{file} has changed, run this again");
            if text != read {
                std::fs::write(path, text).unwrap();
            }
        }
    }
    assert!(failures.is_empty(), "{}\n{} of {total} failed", failures.join("\n\n"), failures.len());
}

fn run_all(work: &[(&str, &Case, Dialect)], form: Form) -> Vec<Result<Found, String>> {
    let next = AtomicUsize::new(0);
    let results: Mutex<BTreeMap<usize, Result<Found, String>>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some((_, case, dialect)) = work.get(at) else { break };
                    let result = runtime.block_on(run(case, *dialect, form));
                    results.lock().unwrap().insert(at, result);
                }
            });
        }
    });
    results.into_inner().unwrap().into_values().collect()
}

impl Case {
    fn expected_of(&self, dialect: Dialect) -> Found {
        let of =
            |(block, texts): (&Block, &BTreeMap<_, String>)| Some((*block, texts.get(&dialect)?.clone()));
        self.expected.iter().filter_map(of).collect()
    }

    fn expect(&mut self, dialect: Dialect, found: Found) {
        for block in Block::ALL {
            self.expected.entry(block).or_default().remove(&dialect);
        }
        for (block, text) in found {
            self.expected.entry(block).or_default().insert(dialect, text);
        }
        self.expected.retain(|_, texts| !texts.is_empty());
    }
}

/// Each block that differs, as it is expected and as it was found.
fn difference(expected: &Found, found: &Found) -> String {
    let nothing = String::new();
    let text = |blocks: &Found, block| blocks.get(&block).unwrap_or(&nothing).clone();
    Block::ALL
        .into_iter()
        .filter(|block| expected.get(block) != found.get(block))
        .map(|block| {
            let (expected, found) = (text(expected, block), text(found, block));
            format!("--- expected {info}\n{expected}--- found {info}\n{found}", info = block.info())
        })
        .collect()
}

async fn run(case: &Case, dialect: Dialect, form: Form) -> Result<Found, String> {
    let (Some(former), Some(later)) = (case.before.get(&dialect), case.after.get(&dialect)) else {
        return Err("a schema is missing".to_owned());
    };
    let mut before = Scratch::new(dialect, former).await.map_err(|error| format!("`before`: {error}"))?;
    let mut after = Scratch::new(dialect, later).await.map_err(|error| format!("`after`: {error}"))?;
    let mut workshop = None;
    if form == Form::Sql {
        // One is emptied far faster than another one is made.
        let made = Scratch::new(dialect, "SELECT 1").await?;
        for scratch in [&mut before, &mut after] {
            scratch.database.managed.manage = Managed::all().collect();
            if dialect == Dialect::Postgresql {
                scratch.database.scratch_url = Some(made.database.url.clone());
            }
        }
        workshop = Some(made);
    }
    let mut schemas = before.schemas().await?;
    schemas.extend(after.schemas().await?);
    before.database.schemas = schemas.into_iter().collect();
    after.database.schemas = before.database.schemas.clone();

    let goal = async |scratch: &mut Scratch, sql: &str| -> Result<Goal, String> {
        let metadata = scratch.model().await?;
        let model = match form {
            Form::MetaData => metadata.clone().into(),
            Form::Sql => Model::of_sql(vec![SqlSource::new("model.sql", sql)]),
        };
        let dump = if form == Form::Sql { scratch.dump()? } else { Vec::new() };
        Ok(Goal { model, metadata, facts: scratch.observe().await?, dump })
    };
    let former = goal(&mut before, former).await?;
    let goal = goal(&mut after, later).await?;
    let found = migrate(&mut before, &former, &goal, &case.hints, Some(case)).await?;
    if !case.fails {
        let back = migrate(&mut after, &goal, &former, &case.hints.reversed(), None).await;
        back.map_err(|error| format!("in the opposite direction: {error}"))?;
    }
    for scratch in [Some(before), Some(after), workshop].into_iter().flatten() {
        scratch.give_back()?;
    }
    Ok(found)
}

/// A state of a database.
struct Goal {
    model: Model,
    /// What inspection says of it.
    metadata: MetaData,
    facts: Vec<String>,
    /// What `pg_dump` says, where it is asked.
    dump: Vec<String>,
}

/// There and back, with all that must hold on the way.
async fn migrate(
    scratch: &mut Scratch,
    start: &Goal,
    goal: &Goal,
    hints: &Hints,
    case: Option<&Case>,
) -> Result<Found, String> {
    let directory = tempfile::tempdir().map_err(|error| error.to_string())?;
    let locations = [directory.path()];
    let load = || ScriptDirectory::load(&locations, false).map_err(|error| error.to_string());
    let mut model = goal.model.clone();
    // What was renamed long ago has no former name on the way back.
    give_hints(std::sync::Arc::make_mut(&mut model.metadata), hints)
        .or_else(|error| case.map_or(Ok(()), |_| Err(error)))?;
    let rows = scratch.rows().await?;

    let mut detected = String::new();
    let mut report = |event: Event| {
        if let Event::Detected(line) = event {
            detected += &format!("{line}\n");
        }
    };
    let request = RevisionRequest {
        message: Some("case".to_owned()),
        revision_id: Some("case".to_owned()),
        ..RevisionRequest::default()
    };
    let databases = [scratch.database.clone()];
    let written = autogenerate(&load()?, &databases, &model, &request, None, &mut report).await;
    let written = written.map_err(|error| format!("autogenerate: {error}"))?;
    let Some(written) = written else {
        let (before, after) = (without_owners(&start.dump), without_owners(&goal.dump));
        return match start.facts == goal.facts && before == after {
            true => Ok(Found::from([(Block::Detected, "nothing\n".to_owned())])),
            false => Err(format!(
                "nothing was detected, but there is a difference:\n{}\n{}",
                facts(&goal.facts, &start.facts),
                facts(&after, &before)
            )),
        };
    };
    let (up, down) = sections(&written.text);
    let mut found =
        Found::from([(Block::Detected, detected), (Block::Upgrade, up), (Block::Downgrade, down)]);
    let with_script = |error: String| format!("{error}\n{}", written.text);

    let scripts = load()?;
    match upgrade(&scratch.database, &scripts, "head", &mut |_| {}).await {
        // A value that only the author knows: the case says so by the script it shows.
        Err(MigrateError::Todo { .. }) => return Ok(found),
        Err(error) if case.is_some_and(|case| case.fails) => {
            if scratch.observe().await? != start.facts {
                return Err(with_script("the failed upgrade left something behind".to_owned()));
            }
            found.insert(Block::Error, format!("{error}\n"));
            found.remove(&Block::Downgrade);
            return Ok(found);
        }
        Err(error) => return Err(with_script(format!("upgrade: {error}"))),
        Ok(_) if case.is_some_and(|case| case.fails) => {
            return Err(with_script("the upgrade did not fail".to_owned()));
        }
        Ok(_) => {}
    }
    let upgraded = scratch.observe().await?;
    if upgraded != goal.facts {
        return Err(with_script(format!("the upgrade ends elsewhere:\n{}", facts(&goal.facts, &upgraded))));
    }
    dumped_alike(scratch, &goal.dump).map_err(|error| with_script(format!("after the upgrade {error}")))?;
    let again = RevisionRequest { dry_run: true, revision_id: None, ..request.clone() };
    let again = autogenerate(&scripts, &databases, &model, &again, None, &mut |_| {}).await;
    if let Some(again) = again.map_err(|error| with_script(format!("autogenerate again: {error}")))? {
        return Err(with_script(format!("there is still a difference after the upgrade:\n{}", again.text)));
    }
    let kept = scratch.rows().await?;
    let survived = check_rows((&start.metadata, &rows), (&goal.metadata, &kept), hints);
    survived.map_err(|error| with_script(format!("after the upgrade, {error}")))?;
    if let Some(query) = case.and_then(|case| case.query.as_deref()) {
        let rows = scratch.query(query).await.map_err(|error| with_script(format!("`query`: {error}")))?;
        found.insert(Block::Rows, rows.iter().map(|row| line(row)).collect());
    }
    // The query may have inserted some.
    let kept = scratch.rows().await?;

    match downgrade(&scratch.database, &scripts, "base", &mut |_| {}).await {
        Err(MigrateError::Todo { .. }) => return Ok(found),
        Err(error) => return Err(with_script(format!("downgrade: {error}"))),
        Ok(_) => {}
    }
    let downgraded = scratch.observe().await?;
    if downgraded != start.facts {
        return Err(with_script(format!(
            "the downgrade ends elsewhere:\n{}",
            facts(&start.facts, &downgraded)
        )));
    }
    dumped_alike(scratch, &start.dump)
        .map_err(|error| with_script(format!("after the downgrade {error}")))?;
    let rows_back = scratch.rows().await?;
    let survived = check_rows((&goal.metadata, &kept), (&start.metadata, &rows_back), &hints.reversed());
    survived.map_err(|error| with_script(format!("after the downgrade, {error}")))?;
    Ok(found)
}

/// A dump without owners: they are compared only where the declared side names one.
fn without_owners(dump: &[String]) -> Vec<String> {
    dump.iter().filter(|line| !line.contains(" OWNER TO ")).cloned().collect()
}

/// Whether `pg_dump` sees what it is to see.
fn dumped_alike(scratch: &Scratch, expected: &[String]) -> Result<(), String> {
    let found = if expected.is_empty() { Vec::new() } else { scratch.dump()? };
    if found == expected { Ok(()) } else { Err(format!("pg_dump differs:\n{}", facts(expected, &found))) }
}

/// The SQL of both sections of a script.
fn sections(script: &str) -> (String, String) {
    let (_, sections) = script.split_once("-- migrate:up\n").unwrap();
    let (up, down) = sections.split_once("-- migrate:down\n").unwrap();
    (format!("{}\n", up.trim()), format!("{}\n", down.trim()))
}

/// What is missing, and what is there instead.
fn facts(expected: &[String], found: &[String]) -> String {
    let only = |sign: &str, these: &[String], those: &[String]| -> String {
        these.iter().filter(|fact| !those.contains(fact)).map(|fact| format!("{sign} {fact}\n")).collect()
    };
    only("-", expected, found) + &only("+", found, expected)
}

fn line(row: &[Option<String>]) -> String {
    let values: Vec<&str> = row.iter().map(|value| value.as_deref().unwrap_or("NULL")).collect();
    values.join(" | ") + "\n"
}
