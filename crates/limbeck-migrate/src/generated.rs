//! The sections of a generated script.

use std::collections::BTreeMap;

use limbeck_dialect::{Statement, runs_in_transaction};
use limbeck_diff::{Hazard, RenameCandidate, Renamed};
use limbeck_schema::Dialect;

use crate::compare::Comparison;
use crate::script::{COMMIT_MARKER, HAZARD, NewSection, SectionDirection};

/// The sections for what the databases lack: for each direction one, when all dialects run the same text, else one for
/// each dialect. Each begins with what it may hurt.
pub(crate) fn sections(comparisons: &[Comparison]) -> Vec<NewSection> {
    let up = |c: &Comparison| {
        let mut remarks = hazard_lines(&c.hazards);
        remarks.extend(rename_hints(&c.possible_renames));
        section_text(&remarks, c.dialect, &c.upgrade)
    };
    let down = |c: &Comparison| section_text(&hazard_lines(&c.downgrade_hazards), c.dialect, &c.downgrade);
    let mut sections = direction_sections(SectionDirection::Up, comparisons, &up);
    sections.extend(direction_sections(SectionDirection::Down, comparisons, &down));
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

fn section_text(remarks: &[String], dialect: Dialect, transactions: &[Vec<Statement>]) -> String {
    let mut text: String = remarks.iter().map(|line| format!("{line}\n")).collect();
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(&statements_text(dialect, transactions));
    text
}

/// What would hurt, in the form in which a run finds it again.
fn hazard_lines(hazards: &[Hazard]) -> Vec<String> {
    let line = |hazard: &Hazard| one_line(&format!("{HAZARD}{} {}", hazard.kind.as_str(), hazard.message));
    hazards.iter().map(line).collect()
}

/// What is written as a drop and an add, and may be a rename.
fn rename_hints(candidates: &[RenameCandidate]) -> Vec<String> {
    let hint = |candidate: &RenameCandidate| {
        let object = &candidate.object;
        let former = candidate.former.first()?;
        let declaration = match object {
            Renamed::EnumValue { value, .. } => format!("that `{value}` was `{former}` (`renamed_from`)"),
            _ => format!("`renamed_from = \"{former}\"`"),
        };
        Some(one_line(&format!(
            "-- hint: if {object} is what was called `{former}`, say {declaration} in the model and generate this again"
        )))
    };
    candidates.iter().filter_map(hint).collect()
}

/// A name may hold anything, but a comment ends where the line does.
fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}

/// The statements as a section holds them: those of several lines set off by blank ones, with a mark where one
/// transaction ends and another begins.
pub fn statements_text(dialect: Dialect, transactions: &[Vec<Statement>]) -> String {
    let mut text = String::new();
    let mut after_long = false;
    let mut transactional = false;
    for transaction in transactions {
        let begins_transaction = transaction.first().is_some_and(|s| runs_in_transaction(dialect, &s.sql));
        // What cannot be in a transaction ends the one before it by itself.
        let marked = transactional && begins_transaction;
        if marked {
            text.push_str(&format!("\n{COMMIT_MARKER}\n"));
        }
        for (at, statement) in transaction.iter().enumerate() {
            let long = statement.sql.contains('\n') || statement.comment.is_some();
            let after_mark = marked && at == 0;
            if !text.is_empty() && !after_mark && (long || after_long) {
                text.push('\n');
            }
            for line in statement.comment.iter().flat_map(|comment| comment.lines()) {
                text.push_str(&format!("-- {line}\n"));
            }
            text.push_str(&statement.sql);
            text.push_str(";\n");
            after_long = statement.sql.contains('\n');
        }
        transactional = transaction.last().is_some_and(|s| runs_in_transaction(dialect, &s.sql));
    }
    text
}
