//! `limbeck check`

use limbeck_migrate::Event;
use serde_json::json;

use crate::failure::Failure;
use crate::outcome::Outcome;
use crate::session::Session;

pub(crate) async fn run(session: &mut Session<'_>) -> Result<Outcome, Failure> {
    let project = session.project()?;
    let database = session.database(&project, "check")?;
    let (scripts, _) = session.scripts(&project)?;
    let model = session.model(&project)?;
    let reporter = &mut session.reporter;
    let report = &mut |event| match event {
        // They are the result, and come on stdout.
        Event::Detected(_) => {}
        event => reporter.event(event),
    };
    let comparison = limbeck_migrate::check(&database, &scripts, &model, report).await?;

    let mut outcome = if session.options.json {
        Outcome::json(&json!({
            "database": database.url.to_string(),
            "agree": comparison.is_empty(),
            "detected": comparison.detected,
            "hazards": comparison.hazards.iter().map(|hazard| &hazard.message).collect::<Vec<_>>(),
            "operations": comparison.operations,
            "upgrade": comparison.upgrade.iter().map(|statement| &statement.sql).collect::<Vec<_>>(),
            "downgrade": comparison.downgrade.iter().map(|statement| &statement.sql).collect::<Vec<_>>(),
        }))
    } else if comparison.is_empty() {
        Outcome::text("No new upgrade operations detected.\n".to_owned())
    } else {
        let mut text = "New upgrade operations detected:\n".to_owned();
        for line in &comparison.detected {
            text.push_str(&format!("  {line}\n"));
        }
        for hazard in &comparison.hazards {
            text.push_str(&format!("Warning: {}\n", hazard.message));
        }
        Outcome::text(text)
    };
    if !comparison.is_empty() {
        outcome.failure = Some(Failure::Differences { count: comparison.detected.len() });
    } else if !session.options.json {
        session.reporter.info("Model and database agree");
    }
    Ok(outcome)
}
