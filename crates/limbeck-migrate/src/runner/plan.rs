//! A step of the graph as the statements that carry it out. Pure.

use std::collections::BTreeMap;
use std::ops::Range;

use limbeck_dialect::{runs_in_transaction, split_statements};
use limbeck_schema::Dialect;

use crate::error::MigrateError;
use crate::graph::{Direction, Step};
use crate::script::{RecordedHazard, Script, ScriptDirectory, SectionDirection, Substituted, substitute};

/// A step with its statements.
#[derive(Clone, Debug)]
pub(crate) struct PlannedStep {
    pub(crate) step: Step,
    /// The script the statements are from.
    pub(crate) file: String,
    /// What is run one after the other; more than one only when a statement cannot run in a transaction, or the script
    /// says where to commit.
    pub(crate) segments: Vec<Segment>,
    /// The script's checksum, for the audit log; none for a row that has no script.
    pub(crate) checksum: Option<String>,
    /// SQLite: whether foreign keys act while it runs.
    pub(crate) foreign_keys: bool,
    /// Whether a statement may have changed `search_path` for the statements of later steps.
    pub(crate) sets_search_path: bool,
    /// What its section says that it may hurt.
    pub(crate) hazards: Vec<RecordedHazard>,
}

impl PlannedStep {
    /// Whether the step and its version row can share one transaction.
    pub(crate) fn is_atomic(&self) -> bool {
        self.segments.len() <= 1 && self.segments.iter().all(|segment| segment.transactional)
    }

    /// Its statements in order.
    pub(crate) fn statements(&self) -> impl Iterator<Item = &PlannedStatement> {
        self.segments.iter().flat_map(|segment| &segment.statements)
    }
}

/// Statements that are committed together, or a single one that cannot be in a transaction.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    pub(crate) transactional: bool,
    pub(crate) statements: Vec<PlannedStatement>,
}

/// One statement of a script.
#[derive(Clone, Debug)]
pub(crate) struct PlannedStatement {
    /// What is run, variables filled in.
    pub(crate) sql: Substituted,
    /// Where it is in the script, in bytes.
    pub(crate) range: Range<usize>,
    /// Where it begins in the script, counted from 1.
    pub(crate) line: usize,
}

/// Finds and cuts up the sections that the steps run.
pub(crate) fn plan_steps(
    scripts: &ScriptDirectory,
    steps: Vec<Step>,
    dialect: Dialect,
    variables: &BTreeMap<String, String>,
) -> Result<Vec<PlannedStep>, MigrateError> {
    steps.into_iter().map(|step| plan_step(scripts, step, dialect, variables)).collect()
}

fn plan_step(
    scripts: &ScriptDirectory,
    step: Step,
    dialect: Dialect,
    variables: &BTreeMap<String, String>,
) -> Result<PlannedStep, MigrateError> {
    let nothing = |step: Step, file: String, checksum: Option<String>| PlannedStep {
        step,
        file,
        checksum,
        segments: Vec::new(),
        foreign_keys: false,
        sets_search_path: false,
        hazards: Vec::new(),
    };
    let direction = match step.direction {
        Direction::Upgrade => SectionDirection::Up,
        Direction::Downgrade => SectionDirection::Down,
        Direction::Stamp => {
            let checksum = scripts.of_step(&step).map(Script::checksum);
            return Ok(nothing(step, String::new(), checksum));
        }
    };
    let script = scripts
        .of_step(&step)
        .ok_or_else(|| MigrateError::ScriptMissing { revision: step.revision.clone() })?;
    if script.sections.is_empty() {
        // A merge: it changes the version table alone.
        return Ok(nothing(step, script.file.clone(), Some(script.checksum())));
    }
    let section = script.require_section(direction, dialect)?;
    let text = script.sql(section);
    let lines = section.first_line..=section.first_line + text.lines().count();
    if let Some(todo) = script.todos.iter().find(|todo| lines.contains(&todo.line)) {
        return Err(MigrateError::Todo { file: script.file.clone(), todo: todo.clone() });
    }
    let spans = split_statements(dialect, text).map_err(|error| MigrateError::Split {
        file: script.file.clone(),
        line: section.first_line + error.line().saturating_sub(1),
        error,
    })?;
    let mut segments: Vec<Segment> = Vec::new();
    for span in spans {
        let sql = text.get(span.range.clone()).unwrap_or_default();
        let sql = match section.variables {
            false => Substituted::verbatim(sql),
            true => {
                let line = |offset: usize| script.line_of(section.range.start + span.range.start + offset);
                let filled = substitute(dialect, sql, variables).map_err(|undefined| {
                    let (file, line) = (script.file.clone(), line(undefined.offset));
                    MigrateError::UndefinedVariable { file, line, name: undefined.name }
                })?;
                if !is_one_statement(dialect, &filled.text) {
                    return Err(MigrateError::VariableBreaksOut { file: script.file.clone(), line: line(0) });
                }
                filled
            }
        };
        let statement = PlannedStatement {
            sql,
            range: span.range.start + section.range.start..span.range.end + section.range.start,
            line: section.first_line + span.line.saturating_sub(1),
        };
        let transactional = section.transaction && runs_in_transaction(dialect, &statement.sql.text);
        if section.transaction
            && let Some(keyword) = transaction_control(&statement.sql.text)
        {
            let (file, line) = (script.file.clone(), statement.line);
            return Err(MigrateError::TransactionControl { file, line, keyword });
        }
        // SQLite has no readers to spare: there the whole run is one transaction.
        let committed = dialect == Dialect::Postgresql && {
            let before = segments.last().and_then(|segment| segment.statements.last());
            let since = before.map_or(0, |statement| statement.range.end)..statement.range.end;
            section.commits.iter().any(|commit| since.contains(commit))
        };
        match segments.last_mut() {
            Some(last) if transactional && last.transactional && !committed => {
                last.statements.push(statement);
            }
            _ => segments.push(Segment { transactional, statements: vec![statement] }),
        }
    }
    Ok(PlannedStep {
        step,
        file: script.file.clone(),
        segments,
        checksum: Some(script.checksum()),
        foreign_keys: section.foreign_keys == Some(true),
        sets_search_path: text.to_ascii_lowercase().contains("search_path"),
        hazards: section.hazards.clone(),
    })
}

/// Whether a statement is still one, and the whole of it, now that values are in it: a value could hold a `;`, close a
/// string early, or begin a comment that hides what comes behind the statement, such as its version row.
fn is_one_statement(dialect: Dialect, sql: &str) -> bool {
    let sql = sql.trim();
    matches!(split_statements(dialect, sql).as_deref(), Ok([span]) if span.range == (0..sql.len()))
}

/// The keyword with which a statement would begin or end the transaction it runs in.
fn transaction_control(sql: &str) -> Option<String> {
    let words: Vec<String> = leading_words(sql).take(3).map(|w| w.to_ascii_uppercase()).collect();
    let word = |at: usize| words.get(at).map(String::as_str).unwrap_or_default();
    let controls = match word(0) {
        "BEGIN" | "COMMIT" | "END" | "ABORT" => true,
        "START" | "PREPARE" => word(1) == "TRANSACTION",
        // `ROLLBACK TO [SAVEPOINT] name` stays inside.
        "ROLLBACK" => word(1) != "TO" && word(2) != "TO",
        _ => false,
    };
    controls.then(|| word(0).to_owned())
}

/// The words a statement begins with, behind any comments.
fn leading_words(sql: &str) -> impl Iterator<Item = &str> {
    let mut rest = sql.trim_start();
    loop {
        let after = if let Some(comment) = rest.strip_prefix("--") {
            comment.split_once('\n').map(|(_, after)| after)
        } else if let Some(comment) = rest.strip_prefix("/*") {
            comment.split_once("*/").map(|(_, after)| after)
        } else {
            break;
        };
        rest = after.unwrap_or_default().trim_start();
    }
    rest.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::transaction_control;

    #[test]
    fn statements_that_end_the_transaction_are_recognised() {
        for sql in ["COMMIT", "-- done\ncommit work", "/* x */ BEGIN", "rollback", "START TRANSACTION", "END"]
        {
            assert!(transaction_control(sql).is_some(), "{sql}");
        }
        for sql in
            ["ROLLBACK TO SAVEPOINT a", "SAVEPOINT a", "PREPARE q AS SELECT 1", "CREATE TABLE begin (x int)"]
        {
            assert_eq!(transaction_control(sql), None, "{sql}");
        }
    }
}
