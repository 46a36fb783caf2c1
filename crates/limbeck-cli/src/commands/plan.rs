//! `limbeck plan`

use std::collections::BTreeMap;

use limbeck_dialect::{TableLock, TableWork};
use limbeck_migrate::{Plan, PlanDirection, PlanStatement, PlanStep};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::outcome::{Outcome, shown_path};
use crate::run_arguments::PlanArguments;
use crate::session::Session;

pub(crate) async fn run(session: &mut Session<'_>, arguments: &PlanArguments) -> Result<Outcome, Failure> {
    let (direction, default) = match arguments.downgrade {
        true => (PlanDirection::Downgrade, "-1"),
        false => (PlanDirection::Upgrade, "heads"),
    };
    let target = arguments.revision.as_deref().unwrap_or(default);
    let project = session.project()?;
    let (scripts, _) = session.scripts(&project)?;
    let database = session.database(&project, "plan")?;
    let plan = limbeck_migrate::plan(&database, &scripts, target, direction).await?;
    for changed in &plan.changed_scripts {
        session.reporter.warning(&changed.to_string());
    }
    if session.options.json {
        return Ok(Outcome::json(&plan_json(&plan, &database.url.to_string())));
    }
    if plan.steps.is_empty() {
        let current = if plan.current.is_empty() { "base".to_owned() } else { plan.current.join(", ") };
        return Ok(Outcome::text(format!("Nothing to run, the database is at {current}\n")));
    }
    let steps: Vec<String> = plan.steps.iter().map(|step| step_text(step, &plan.rows)).collect();
    Ok(Outcome::text(steps.join("\n")))
}

fn step_text(step: &PlanStep, rows: &BTreeMap<String, u64>) -> String {
    let mut text = format!("{}\n  {}\n", step.step, shown_path(step.file.as_ref()));
    for hazard in &step.hazards {
        text.push_str(&format!("  hazard: {} {}\n", hazard.kind.as_str(), hazard.message));
    }
    if step.statements.is_empty() {
        text.push_str("  changes the version table alone\n");
    }
    let mut before = step.statements.first().and_then(|statement| statement.transaction);
    for statement in &step.statements {
        if statement.transaction.is_some() && before.is_some() && statement.transaction != before {
            text.push_str("\n  -- what stands above is committed here\n");
        }
        before = statement.transaction;
        text.push('\n');
        for line in statement.sql.lines() {
            text.push_str(&format!("    {line}\n"));
        }
        for note in notes(statement, rows) {
            text.push_str(&format!("      · {note}\n"));
        }
    }
    text
}

fn notes(statement: &PlanStatement, rows: &BTreeMap<String, u64>) -> Vec<String> {
    let mut notes: Vec<String> = statement.locks.iter().map(|lock| lock_text(lock, rows)).collect();
    if statement.transaction.is_none() {
        notes.push("runs outside of a transaction, and stays done when a later statement fails".to_owned());
    }
    notes
}

fn lock_text(lock: &TableLock, rows: &BTreeMap<String, u64>) -> String {
    let mut text = format!("{} on {}: {}", lock.mode, lock.table, blocked(lock));
    match lock.work {
        TableWork::Nothing => {}
        TableWork::Scan => text.push_str("; reads the whole table"),
        TableWork::Rewrite => text.push_str("; writes the whole table anew"),
    }
    if let Some(rows) = rows.get(&lock.table) {
        text.push_str(&format!(" (about {rows} rows)"));
    }
    text
}

fn blocked(lock: &TableLock) -> &'static str {
    if lock.mode.blocks_reads() {
        "readers and writers wait"
    } else if lock.mode.blocks_writes() {
        "writers wait"
    } else {
        "nobody waits but other changes of the schema"
    }
}

fn plan_json(plan: &Plan, database: &str) -> Value {
    let steps: Vec<Value> = plan.steps.iter().map(|step| step_json(step, &plan.rows)).collect();
    json!({
        "database": database,
        "current": plan.current,
        "steps": steps,
        "changed_scripts": plan.changed_scripts,
    })
}

fn step_json(step: &PlanStep, rows: &BTreeMap<String, u64>) -> Value {
    let hazards: Vec<Value> = step
        .hazards
        .iter()
        .map(|hazard| json!({ "kind": hazard.kind.as_str(), "message": hazard.message, "line": hazard.line }))
        .collect();
    let statements: Vec<Value> = step
        .statements
        .iter()
        .map(|statement| {
            let locks: Vec<Value> = statement.locks.iter().map(|lock| lock_json(lock, rows)).collect();
            json!({
                "sql": statement.sql,
                "line": statement.line,
                "transaction": statement.transaction,
                "locks": locks,
            })
        })
        .collect();
    json!({
        "revision": step.step.revision,
        "direction": step.step.direction,
        "from": step.step.from,
        "to": step.step.to,
        "message": step.step.doc,
        "path": step.file,
        "atomic": step.is_atomic(),
        "hazards": hazards,
        "statements": statements,
    })
}

fn lock_json(lock: &TableLock, rows: &BTreeMap<String, u64>) -> Value {
    json!({
        "table": lock.table,
        "mode": lock.mode.as_str(),
        "blocks_reads": lock.mode.blocks_reads(),
        "blocks_writes": lock.mode.blocks_writes(),
        "work": match lock.work {
            TableWork::Nothing => "nothing",
            TableWork::Scan => "scan",
            TableWork::Rewrite => "rewrite",
        },
        "rows": rows.get(&lock.table),
    })
}
