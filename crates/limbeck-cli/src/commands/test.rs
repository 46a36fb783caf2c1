//! `limbeck test`

use limbeck_migrate::{Database, Trial, TrialCheck, TrialName, TrialOutcome, trial};
use serde_json::json;

use crate::failure::Failure;
use crate::outcome::Outcome;
use crate::session::Session;

pub(crate) async fn run(session: &mut Session<'_>) -> Result<Outcome, Failure> {
    let project = session.project()?;
    let (scripts, _) = session.scripts(&project)?;
    let databases = session.databases(&project)?;
    let model = match session.app.model.is_some() || project.config.model.is_some() {
        true => Some(session.model(&project)?),
        false => None,
    };
    let mut trials: Vec<(Database, Trial)> = Vec::new();
    for database in databases {
        let reporter = &mut session.reporter;
        let tried = trial(&database, &scripts, model.as_ref(), &mut |event| reporter.event(event)).await?;
        session.reporter.end();
        trials.push((database, tried));
    }
    let failed: usize = trials.iter().map(|(_, trial)| trial.failed()).sum();
    let checks: usize = trials.iter().map(|(_, trial)| trial.checks.len()).sum();
    let mut outcome = if session.options.json {
        let databases: Vec<_> = trials
            .iter()
            .map(|(database, trial)| {
                json!({
                    "database": database.url.to_string(),
                    "dialect": database.dialect(),
                    "failed": trial.failed(),
                    "checks": trial.checks,
                })
            })
            .collect();
        Outcome::json(&json!({ "passed": failed == 0, "databases": databases }))
    } else {
        let several = trials.len() > 1;
        let mut text = String::new();
        for (database, trial) in &trials {
            if several {
                text.push_str(&format!("{}:\n", database.dialect()));
            }
            text.push_str(&text_of(trial, session.options.verbose));
        }
        Outcome::text(text)
    };
    if failed > 0 {
        outcome.failure = Some(Failure::TestsFailed { failed, checks });
    }
    Ok(outcome)
}

/// One line for each kind of check, and whatever did not pass in full.
fn text_of(trial: &Trial, verbose: bool) -> String {
    let mut text = String::new();
    let mut names: Vec<TrialName> = Vec::new();
    for check in &trial.checks {
        if !names.contains(&check.name) {
            names.push(check.name);
        }
    }
    for name in names {
        let checks: Vec<&TrialCheck> = trial.checks.iter().filter(|check| check.name == name).collect();
        let count =
            |wanted: fn(&TrialOutcome) -> bool| checks.iter().filter(|check| wanted(&check.outcome)).count();
        let failed = count(|outcome| matches!(outcome, TrialOutcome::Failed(_)));
        let skipped = count(|outcome| matches!(outcome, TrialOutcome::Skipped(_)));
        let word = match (failed, skipped) {
            (0, skipped) if skipped == checks.len() => "skipped",
            (0, _) => "ok",
            _ => "FAILED",
        };
        let revisions = checks.iter().filter(|check| check.revision.is_some()).count();
        let revisions = match revisions {
            0 => String::new(),
            1 => " (1 revision)".to_owned(),
            several => format!(" ({several} revisions)"),
        };
        text.push_str(&format!("{} ... {word}{revisions}\n", title(name)));
        for check in checks {
            let revision =
                check.revision.as_deref().map(|revision| format!("{revision}: ")).unwrap_or_default();
            match &check.outcome {
                TrialOutcome::Passed if verbose && check.revision.is_some() => {
                    text.push_str(&format!("  {revision}ok\n"));
                }
                TrialOutcome::Passed => {}
                TrialOutcome::Skipped(why) => text.push_str(&format!("  {revision}{why}\n")),
                TrialOutcome::Failed(lines) => {
                    let mut lines = lines.iter();
                    text.push_str(&format!("  {revision}{}\n", lines.next().map_or("", String::as_str)));
                    for line in lines {
                        text.push_str(&format!("    {line}\n"));
                    }
                }
            }
        }
    }
    text
}

fn title(name: TrialName) -> &'static str {
    match name {
        TrialName::SingleHead => "a single head",
        TrialName::Upgrade => "up to the head",
        TrialName::DowngradeLeavesNoTrace => "each revision back, leaving no trace",
        TrialName::UpgradeAgain => "each revision up again",
        TrialName::TestData => "test data",
        TrialName::DowngradeWithRows => "all the way back with rows",
        TrialName::UpgradeAfterDowngrade => "all the way up again",
        TrialName::ModelMatches => "the model is what the scripts make",
    }
}
