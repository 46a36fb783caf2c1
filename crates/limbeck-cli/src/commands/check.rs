//! `limbeck check`

use limbeck_dialect::Statement;
use limbeck_migrate::{Baseline, Comparison, Event};
use serde_json::{Map, Value, json};

use crate::arguments::CheckArguments;
use crate::failure::Failure;
use crate::outcome::Outcome;
use crate::session::Session;

pub(crate) async fn run(session: &mut Session<'_>, arguments: &CheckArguments) -> Result<Outcome, Failure> {
    let project = session.project()?;
    let database = session.environment_database(&project, None)?;
    session.reporter.context(database.dialect(), false);
    let (scripts, _) = session.scripts(&project)?;
    let model = session.model(&project)?;
    let baseline = if arguments.from_scripts { Baseline::Scripts } else { Baseline::Database };
    let reporter = &mut session.reporter;
    let report = &mut |event| match event {
        // They are the result, and come on stdout.
        Event::Detected(_) => {}
        event => reporter.event(event),
    };
    let comparison = limbeck_migrate::check(&database, &scripts, &model, baseline, report).await?;

    let changed = match baseline {
        Baseline::Database => limbeck_migrate::changed_scripts(&database, &scripts).await?,
        Baseline::Scripts => Vec::new(),
    };
    let mut outcome = if session.options.json {
        let compared = match baseline {
            Baseline::Database => database.url.to_string(),
            Baseline::Scripts => "scripts".to_owned(),
        };
        json_outcome(&comparison, &[("database", json!(compared)), ("changed_scripts", json!(changed))])
    } else {
        Outcome::text(detected_text(&comparison, "New upgrade operations"))
    };
    for changed in &changed {
        session.reporter.warning(&changed.to_string());
    }
    if !changed.is_empty() {
        outcome.failure = Some(Failure::ScriptsChanged { count: changed.len() });
    }
    if !comparison.is_empty() {
        outcome.failure = Some(Failure::Differences { count: comparison.detected.len() });
    } else if changed.is_empty() && !session.options.json {
        session.reporter.info("Model and database agree");
    }
    Ok(outcome)
}

/// What differs, for a person; `what` is what it is called.
pub(super) fn detected_text(comparison: &Comparison, what: &str) -> String {
    if comparison.is_empty() {
        return format!("No {} detected.\n", what.to_lowercase());
    }
    let mut text = format!("{what} detected:\n");
    for line in &comparison.detected {
        text.push_str(&format!("  {line}\n"));
    }
    for hazard in &comparison.hazards {
        text.push_str(&format!("Warning: {}\n", hazard.message));
    }
    text
}

/// What differs, for a program; `head` says between what.
pub(super) fn json_outcome(comparison: &Comparison, head: &[(&str, Value)]) -> Outcome {
    let statements = |transactions: &[Vec<Statement>]| -> Vec<String> {
        transactions.iter().flatten().map(|statement| statement.sql.clone()).collect()
    };
    let mut object: Map<String, Value> =
        head.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    let hazards: Vec<&String> = comparison.hazards.iter().map(|hazard| &hazard.message).collect();
    object.extend([
        ("agree".to_owned(), json!(comparison.is_empty())),
        ("detected".to_owned(), json!(comparison.detected)),
        ("hazards".to_owned(), json!(hazards)),
        ("operations".to_owned(), json!(comparison.operations)),
        ("upgrade".to_owned(), json!(statements(&comparison.upgrade))),
        ("downgrade".to_owned(), json!(statements(&comparison.downgrade))),
    ]);
    Outcome::json(&object)
}
