//! Tries all scripts on a scratch database, as pytest-alembic does for Alembic: one head, up to it, each revision up, down
//! and up again, the whole way back with rows in the tables, and a model that is what the scripts make.

mod look;
mod rows;

use std::path::Path;

use serde::Serialize;

use crate::compare::{Baseline, check};
use crate::database::Database;
use crate::error::MigrateError;
use crate::event::Report;
use crate::graph::{RevisionGraph, Step};
use crate::runner::{downgrade, upgrade};
use crate::scratch::Scratch;
use crate::script::{ScriptDirectory, SectionDirection};
use crate::source::Model;
use look::Look;

pub(crate) use rows::TEST_DATA_DIRECTORY;

/// What was tried, and how it went.
#[derive(Clone, Debug, Serialize)]
pub struct Trial {
    /// The checks, in the order they were made.
    pub checks: Vec<TrialCheck>,
}

/// One check.
#[derive(Clone, Debug, Serialize)]
pub struct TrialCheck {
    /// What is checked.
    pub name: TrialName,
    /// The revision it is about, if it is about one.
    pub revision: Option<String>,
    /// How it went.
    #[serde(flatten)]
    pub outcome: TrialOutcome,
}

/// What is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TrialName {
    /// The history has one head.
    SingleHead,
    /// A fresh database gets to the revision.
    Upgrade,
    /// Taking the revision back leaves no trace.
    DowngradeLeavesNoTrace,
    /// Taken again, it makes the same schema.
    UpgradeAgain,
    /// The rows of the test data fit.
    TestData,
    /// The revision can be taken back with rows in the tables.
    DowngradeWithRows,
    /// The way up works a second time after the whole way back.
    UpgradeAfterDowngrade,
    /// The schema at the heads is the model's.
    ModelMatches,
}

/// How a check went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome", content = "details")]
pub enum TrialOutcome {
    /// As it should be.
    Passed,
    /// There was nothing to check, and why.
    Skipped(String),
    /// What is wrong, line by line.
    Failed(Vec<String>),
}

impl Trial {
    /// How many checks failed.
    pub fn failed(&self) -> usize {
        self.checks.iter().filter(|check| matches!(check.outcome, TrialOutcome::Failed(_))).count()
    }

    fn add(&mut self, name: TrialName, revision: Option<&str>, outcome: TrialOutcome) -> bool {
        let passed = !matches!(outcome, TrialOutcome::Failed(_));
        self.checks.push(TrialCheck { name, revision: revision.map(str::to_owned), outcome });
        passed
    }
}

/// Tries all scripts on a scratch database beside `host`, which itself is not touched.
///
/// # Errors
/// When there can be no scratch database, or the scripts are no graph. What fails in a script is a result, not an error.
pub async fn trial(
    host: &Database,
    scripts: &ScriptDirectory,
    model: Option<&Model>,
    report: Report<'_>,
) -> Result<Trial, MigrateError> {
    let graph = scripts.graph()?;
    let mut trial = Trial { checks: Vec::new() };
    trial.add(TrialName::SingleHead, None, single_head(&graph));
    let scratch = Scratch::create(host).await?;
    let result = try_scripts(&scratch, scripts, &graph, model, &mut trial, report).await;
    scratch.remove(result).await?;
    Ok(trial)
}

fn single_head(graph: &RevisionGraph) -> TrialOutcome {
    let heads = graph.heads();
    match heads.as_slice() {
        [] | [_] => TrialOutcome::Passed,
        several => {
            let names: Vec<&str> = several.iter().map(|head| head.id.as_str()).collect();
            TrialOutcome::Failed(vec![format!("there are {} heads: {}", names.len(), names.join(", "))])
        }
    }
}

async fn try_scripts(
    scratch: &Scratch,
    scripts: &ScriptDirectory,
    graph: &RevisionGraph,
    model: Option<&Model>,
    trial: &mut Trial,
    report: Report<'_>,
) -> Result<(), MigrateError> {
    let database = &scratch.database;
    let steps = graph.upgrade_path(&[], "heads")?;
    let Some(before) = up_and_down(scratch, scripts, &steps, trial, report).await? else { return Ok(()) };
    compare_with_model(database, scripts, model, trial).await;
    if way_back(scratch, scripts, &steps, &before, trial).await? {
        let again = upgrade(database, scripts, "heads", &mut |_| {}).await;
        let outcome = match again {
            Ok(_) => compared(database, before.last(), &Look::take(scratch).await?),
            Err(error) => failed(&error),
        };
        trial.add(TrialName::UpgradeAfterDowngrade, None, outcome);
    }
    Ok(())
}

/// Takes every revision up, down and up again, then fills in its rows. Gives the schema before each and, last, after all;
/// `None` when the way up ended early.
async fn up_and_down(
    scratch: &Scratch,
    scripts: &ScriptDirectory,
    steps: &[Step],
    trial: &mut Trial,
    report: Report<'_>,
) -> Result<Option<Vec<Look>>, MigrateError> {
    let database = &scratch.database;
    let mut looks = vec![Look::take(scratch).await?];
    for step in steps {
        let id = step.revision.as_str();
        if let Err(error) = upgrade(database, scripts, id, report).await {
            trial.add(TrialName::Upgrade, Some(id), failed(&error));
            return Ok(None);
        }
        trial.add(TrialName::Upgrade, Some(id), TrialOutcome::Passed);
        let after = Look::take(scratch).await?;
        if is_reversible(database, scripts, id) {
            let outcome = match downgrade(database, scripts, &taking_back(id), &mut |_| {}).await {
                Ok(_) => compared(database, looks.last(), &Look::take(scratch).await?),
                Err(error) => failed(&error),
            };
            trial.add(TrialName::DowngradeLeavesNoTrace, Some(id), outcome);
            let outcome = match upgrade(database, scripts, id, &mut |_| {}).await {
                Ok(_) => compared(database, Some(&after), &Look::take(scratch).await?),
                Err(error) => failed(&error),
            };
            if !trial.add(TrialName::UpgradeAgain, Some(id), outcome) && !is_at(database, scripts, id).await?
            {
                return Ok(None);
            }
        } else {
            let why = TrialOutcome::Skipped("it has no `migrate:down` section".to_owned());
            trial.add(TrialName::DowngradeLeavesNoTrace, Some(id), why);
        }
        match rows::insert(database, scripts, id).await {
            Ok(false) => {}
            Ok(true) => {
                trial.add(TrialName::TestData, Some(id), TrialOutcome::Passed);
            }
            Err(cause) => {
                trial.add(TrialName::TestData, Some(id), TrialOutcome::Failed(vec![cause]));
            }
        }
        looks.push(after);
    }
    Ok(Some(looks))
}

/// Takes everything back, newest first, rows and all; whether it got to base.
async fn way_back(
    scratch: &Scratch,
    scripts: &ScriptDirectory,
    steps: &[Step],
    before: &[Look],
    trial: &mut Trial,
) -> Result<bool, MigrateError> {
    let database = &scratch.database;
    for (step, before) in steps.iter().zip(before).rev() {
        let id = step.revision.as_str();
        if !is_reversible(database, scripts, id) {
            let why = TrialOutcome::Skipped(
                "it has no `migrate:down` section; what is below was not tried".to_owned(),
            );
            trial.add(TrialName::DowngradeWithRows, Some(id), why);
            return Ok(false);
        }
        let outcome = match downgrade(database, scripts, &taking_back(id), &mut |_| {}).await {
            Ok(_) => compared(database, Some(before), &Look::take_inside(scratch).await?),
            Err(error) => failed(&error),
        };
        trial.add(TrialName::DowngradeWithRows, Some(id), outcome);
        if is_at(database, scripts, id).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn compare_with_model(
    database: &Database,
    scripts: &ScriptDirectory,
    model: Option<&Model>,
    trial: &mut Trial,
) {
    let outcome = match model {
        None => TrialOutcome::Skipped("limbeck.toml names no model".to_owned()),
        Some(model) => match check(database, scripts, model, Baseline::Database, &mut |_| {}).await {
            Ok(comparison) if comparison.is_empty() => TrialOutcome::Passed,
            Ok(comparison) => TrialOutcome::Failed(comparison.detected),
            Err(error) => failed(&error),
        },
    };
    trial.add(TrialName::ModelMatches, None, outcome);
}

/// The target that takes back this revision and no other.
fn taking_back(revision: &str) -> String {
    format!("{revision}@-1")
}

fn is_reversible(database: &Database, scripts: &ScriptDirectory, revision: &str) -> bool {
    scripts.get(revision).is_some_and(|script| {
        // A merge has nothing to take back.
        script.sections.is_empty() || script.section(SectionDirection::Down, database.dialect()).is_some()
    })
}

/// Whether a revision is still applied after a failure.
async fn is_at(database: &Database, scripts: &ScriptDirectory, revision: &str) -> Result<bool, MigrateError> {
    let current = crate::runner::current(database).await?;
    Ok(scripts.graph()?.ancestors(&current).iter().any(|applied| applied.id == revision))
}

fn compared(database: &Database, expected: Option<&Look>, found: &Look) -> TrialOutcome {
    let differences =
        expected.map(|expected| expected.differences(found, database.dialect())).unwrap_or_default();
    if differences.is_empty() { TrialOutcome::Passed } else { TrialOutcome::Failed(differences) }
}

fn failed(error: &MigrateError) -> TrialOutcome {
    let place = match error {
        MigrateError::Statement(failure) => {
            let name = Path::new(&failure.file).display();
            vec![format!("{name}:{}", failure.line)]
        }
        _ => Vec::new(),
    };
    TrialOutcome::Failed([vec![error.to_string()], place].concat())
}
