//! `limbeck status`

use futures_util::future::join_all;
use limbeck_migrate::{Drift, Status};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::outcome::Outcome;
use crate::run_arguments::StatusArguments;
use crate::session::{Project, Session};

/// How many pending revisions a line names.
const NAMED: usize = 3;

/// An environment, and how it stands or why nobody knows.
struct Row {
    name: String,
    database: String,
    status: Result<Status, Failure>,
}

pub(crate) async fn run(session: &mut Session<'_>, arguments: &StatusArguments) -> Result<Outcome, Failure> {
    let project = session.project()?;
    let (scripts, _) = session.scripts(&project)?;
    let has_model = session.app.model.is_some() || project.config.model.is_some();
    let model = if has_model && !arguments.no_drift { Some(session.model(&project)?) } else { None };

    let names = environment_names(session, &project)?;
    let mut databases = Vec::new();
    for name in names {
        let shown = name.clone().unwrap_or_else(|| "--url".to_owned());
        databases.push((shown, session.environment_status_database(&project, name.as_deref())));
    }
    let rows = databases.into_iter().map(|(name, database)| async {
        let database = match database {
            Ok(database) => database,
            Err(failure) => return Row { name, database: String::new(), status: Err(failure) },
        };
        let status = limbeck_migrate::status(&database, &scripts, model.as_ref()).await;
        Row { name, database: database.url.to_string(), status: status.map_err(Failure::from) }
    });
    let rows: Vec<Row> = join_all(rows).await;

    let mut outcome = match session.options.json {
        true => Outcome::json(&json!({ "environments": rows.iter().map(row_json).collect::<Vec<_>>() })),
        false => Outcome::text(table(&rows, session.options.verbose)),
    };
    let unknown = rows.iter().filter(|row| row.status.is_err()).count();
    let unsettled = rows.iter().filter(|row| row.status.as_ref().is_ok_and(|s| !s.is_settled())).count();
    outcome.failure = match (unknown, unsettled) {
        (0, 0) => None,
        (0, count) => Some(Failure::Unsettled { count }),
        (count, _) => Some(Failure::Unanswered { count }),
    };
    Ok(outcome)
}

/// The environments that are asked for, by default all; none for the database of `--url`.
fn environment_names(session: &Session<'_>, project: &Project) -> Result<Vec<Option<String>>, Failure> {
    let asked = &session.options.environment;
    if session.options.url.is_some() {
        return match asked.as_slice() {
            [] => Ok(vec![None]),
            [name] => Ok(vec![Some(name.clone())]),
            several => Err(Failure::UrlWithEnvironments { count: several.len() }),
        };
    }
    for name in asked {
        // A misspelt name is an error of its own, not an environment that does not answer.
        project.config.environment(Some(name))?;
    }
    let names: Vec<Option<String>> = match asked.is_empty() {
        true => project.config.environments.keys().cloned().map(Some).collect(),
        false => asked.iter().cloned().map(Some).collect(),
    };
    if names.is_empty() {
        // Which tells how to declare one.
        project.config.environment(None)?;
    }
    Ok(names)
}

fn table(rows: &[Row], verbose: bool) -> String {
    let mut lines = vec![["ENVIRONMENT", "CURRENT", "PENDING", "DRIFT"].map(str::to_owned)];
    let mut notes = String::new();
    for row in rows {
        match &row.status {
            Ok(status) => {
                lines.push([
                    row.name.clone(),
                    current_text(status),
                    pending_text(status, verbose),
                    drift_text(status),
                ]);
                for unknown in &status.unknown {
                    notes.push_str(&format!(
                        "{}: no script declares revision `{unknown}`: it was migrated with other scripts, newer ones perhaps\n",
                        row.name
                    ));
                }
                for changed in &status.changed_scripts {
                    notes.push_str(&format!("{}: {changed}\n", row.name));
                }
                if let (Drift::Detected(detected), true) = (&status.drift, verbose) {
                    for line in detected {
                        notes.push_str(&format!("{}: {line}\n", row.name));
                    }
                }
            }
            Err(failure) => {
                let unknown = || "?".to_owned();
                lines.push([row.name.clone(), unknown(), unknown(), unknown()]);
                notes.push_str(&format!("{}: {failure}\n", row.name));
            }
        }
    }
    let width = |column: usize| {
        lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths = [0, 1, 2, 3].map(width);
    let mut text = String::new();
    for line in &lines {
        let cells: Vec<String> =
            line.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    if !notes.is_empty() {
        text.push('\n');
        text.push_str(&notes);
    }
    text
}

fn current_text(status: &Status) -> String {
    if status.current.is_empty() {
        return "base".to_owned();
    }
    let mark = |row: &String| match status.unknown.contains(row) {
        true => format!("{row} (no script)"),
        false => row.clone(),
    };
    let rows: Vec<String> = status.current.iter().map(mark).collect();
    let head = if status.pending.is_empty() && status.unknown.is_empty() { " (head)" } else { "" };
    format!("{}{head}", rows.join(", "))
}

fn pending_text(status: &Status, verbose: bool) -> String {
    let pending = &status.pending;
    if !status.unknown.is_empty() {
        return "?".to_owned();
    }
    if pending.is_empty() {
        return "none".to_owned();
    }
    let named = if verbose { pending.len() } else { NAMED };
    let ids: Vec<&str> = pending.iter().take(named).map(String::as_str).collect();
    let more = if pending.len() > named { ", …" } else { "" };
    format!("{}: {}{more}", pending.len(), ids.join(", "))
}

fn drift_text(status: &Status) -> String {
    let mut text = match &status.drift {
        Drift::None => "no".to_owned(),
        Drift::Detected(detected) => format!("yes: {}", detected.len()),
        Drift::Unchecked => "not checked".to_owned(),
        Drift::Pending => "not checked, revisions are pending".to_owned(),
    };
    match status.changed_scripts.len() {
        0 => {}
        1 => text.push_str(", 1 script changed"),
        several => text.push_str(&format!(", {several} scripts changed")),
    }
    text
}

fn row_json(row: &Row) -> Value {
    match &row.status {
        Err(failure) => json!({
            "environment": row.name,
            "database": row.database,
            "error": { "code": failure.code(), "message": failure.to_string() },
        }),
        Ok(status) => {
            let (drift, detected) = match &status.drift {
                Drift::None => (Some(false), &[][..]),
                Drift::Detected(detected) => (Some(true), detected.as_slice()),
                Drift::Unchecked | Drift::Pending => (None, &[][..]),
            };
            json!({
                "environment": row.name,
                "database": row.database,
                "current": status.current,
                "unknown": status.unknown,
                "pending": status.pending,
                "drift": drift,
                "detected": detected,
                "changed_scripts": status.changed_scripts,
                "settled": status.is_settled(),
            })
        }
    }
}
