//! New scripts: empty ones to fill in, merges, and those that a difference between model and database fills.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::{Timestamp, Unit};
use limbeck_dialect::Statement;
use limbeck_diff::Hazard;
use limbeck_engine::Connection;
use limbeck_schema::{Dialect, MetaData};

use crate::compare::{Comparison, check_current, compare};
use crate::database::Database;
use crate::error::MigrateError;
use crate::event::{Event, Report};
use crate::script::{
    NewScript, NewSection, ScriptDirectory, SectionDirection, create_script, file_name, new_revision_id,
    render_script,
};

/// What is asked for of a new script.
#[derive(Clone, Debug, Default)]
pub struct RevisionRequest {
    /// The message; its first paragraph names the file.
    pub message: Option<String>,
    /// The revision to come after; `None` is the only head.
    pub head: Option<String>,
    /// Whether to come after a revision that is not a head.
    pub splice: bool,
    /// Names for the branch that starts here.
    pub branch_labels: Vec<String>,
    /// The directory to write to; `None` is that of the parent's script, else the first version location.
    pub version_path: Option<PathBuf>,
    /// The identifier; `None` is a new random one.
    pub revision_id: Option<String>,
    /// Revisions that must be applied before, without being parents.
    pub depends_on: Vec<String>,
    /// Whether to leave the file system alone.
    pub dry_run: bool,
}

/// A new script.
#[derive(Clone, Debug)]
pub struct NewRevision {
    /// Its identifier.
    pub id: String,
    /// The file it was written to, or would have been.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
}

/// Writes a script with empty sections, to be filled in by hand.
///
/// # Errors
/// When there are several heads and none is named, or the file cannot be written.
pub fn revision(scripts: &ScriptDirectory, request: &RevisionRequest) -> Result<NewRevision, MigrateError> {
    let parents = parents(scripts, request)?;
    write(scripts, request, parents, empty_sections())
}

/// Writes a script that joins several revisions into one; its sections are empty.
///
/// # Errors
/// When a revision does not exist, is not a head (unless spliced), or the file cannot be written.
pub fn merge(
    scripts: &ScriptDirectory,
    revisions: &[&str],
    request: &RevisionRequest,
) -> Result<NewRevision, MigrateError> {
    let parents = scripts.graph()?.parents_for_new(revisions, request.splice)?;
    write(scripts, request, parents, empty_sections())
}

/// Compares the model with each of the databases, which must be at the heads, and writes a script that makes them
/// agree: one section for all of them, or one for each dialect where they differ. `None` when there is nothing to do.
///
/// # Errors
/// When a database cannot be reached, is not up to date, or cannot hold the model, or the file cannot be written.
pub async fn autogenerate(
    scripts: &ScriptDirectory,
    databases: &[Database],
    model: &MetaData,
    request: &RevisionRequest,
    report: Report<'_>,
) -> Result<Option<NewRevision>, MigrateError> {
    let parents = parents(scripts, request)?;
    let mut comparisons: Vec<Comparison> = Vec::new();
    for database in databases {
        let mut connection = Connection::open_for_reading(&database.url).await?;
        check_current(&mut connection, database, scripts).await?;
        comparisons.push(compare(&mut connection, database, model).await?);
    }
    let mut told: Vec<&str> = Vec::new();
    for line in comparisons.iter().flat_map(|comparison| &comparison.detected) {
        // What two databases lack alike is one difference of the model.
        if !told.contains(&line.as_str()) {
            told.push(line);
            report(Event::Detected(line.clone()));
        }
    }
    if comparisons.iter().all(Comparison::is_empty) {
        return Ok(None);
    }
    write(scripts, request, parents, sections(&comparisons)).map(Some)
}

fn empty_sections() -> Vec<NewSection> {
    [SectionDirection::Up, SectionDirection::Down]
        .map(|direction| NewSection::new(direction, String::new()))
        .into()
}

fn parents(scripts: &ScriptDirectory, request: &RevisionRequest) -> Result<Vec<String>, MigrateError> {
    let graph = scripts.graph()?;
    let head = request.head.as_deref().unwrap_or("head");
    if graph.is_empty() && head == "head" {
        return Ok(Vec::new());
    }
    let parent = graph.resolve_one(head, None)?.map(|revision| revision.id.clone());
    match parent {
        // `--head base` starts another branch from nothing.
        None => Ok(Vec::new()),
        Some(parent) => Ok(graph.parents_for_new(&[&parent], request.splice)?),
    }
}

fn write(
    scripts: &ScriptDirectory,
    request: &RevisionRequest,
    parents: Vec<String>,
    sections: Vec<NewSection>,
) -> Result<NewRevision, MigrateError> {
    let beside_parent = parents.first().and_then(|parent| scripts.get(parent)).and_then(|script| {
        let directory = PathBuf::from(&script.file).parent().map(PathBuf::from);
        directory.filter(|directory| scripts.locations().contains(directory))
    });
    let location =
        request.version_path.clone().or(beside_parent).or_else(|| scripts.locations().first().cloned());
    let location = location.unwrap_or_default();
    let script = NewScript {
        message: request.message.clone().unwrap_or_default(),
        revision: request.revision_id.clone().unwrap_or_else(new_revision_id),
        down_revisions: parents,
        branch_labels: request.branch_labels.clone(),
        depends_on: request.depends_on.clone(),
        replaces: Vec::new(),
        create_date: Timestamp::now().round(Unit::Second).ok(),
        sections,
    };
    let path = match request.dry_run {
        true => location.join(file_name(&script)),
        false => create_script(&location, &script)?,
    };
    Ok(NewRevision { id: script.revision.clone(), path, text: render_script(&script) })
}

/// The sections for what the databases lack: for each direction one, when all dialects run the same text, else one for
/// each dialect.
fn sections(comparisons: &[Comparison]) -> Vec<NewSection> {
    let up =
        |comparison: &Comparison| format!("{}{}", warnings(&comparison.hazards), text(&comparison.upgrade));
    let mut sections = direction_sections(SectionDirection::Up, comparisons, &up);
    sections.extend(direction_sections(SectionDirection::Down, comparisons, &|c| text(&c.downgrade)));
    sections
}

fn direction_sections(
    direction: SectionDirection,
    comparisons: &[Comparison],
    sql: &dyn Fn(&Comparison) -> String,
) -> Vec<NewSection> {
    let texts: BTreeMap<Dialect, String> = comparisons.iter().rev().map(|c| (c.dialect, sql(c))).collect();
    let mut distinct: Vec<&String> = texts.values().collect();
    distinct.dedup();
    match distinct.as_slice() {
        [one] => vec![NewSection::new(direction, one.as_str())],
        _ => {
            let section =
                |(dialect, sql)| NewSection { dialect: Some(dialect), ..NewSection::new(direction, sql) };
            texts.into_iter().map(section).collect()
        }
    }
}

/// What would hurt, as comments at the head of a section.
fn warnings(hazards: &[Hazard]) -> String {
    let mut text = String::new();
    for hazard in hazards {
        text.push_str(&format!("-- WARNING: {}\n", hazard.message));
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// The statements, those of several lines set off by blank ones.
fn text(statements: &[Statement]) -> String {
    let mut text = String::new();
    let mut after_long = false;
    for statement in statements {
        let long = statement.sql.contains('\n') || statement.comment.is_some();
        if !text.is_empty() && (long || after_long) {
            text.push('\n');
        }
        for line in statement.comment.iter().flat_map(|comment| comment.lines()) {
            text.push_str(&format!("-- {line}\n"));
        }
        text.push_str(&statement.sql);
        text.push_str(";\n");
        after_long = statement.sql.contains('\n');
    }
    text
}
