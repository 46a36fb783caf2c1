//! Sequences, also those behind identity columns.

use limbeck_schema::{CommentTarget, Sequence, SequenceOptions, SqlType};

use super::{comment, identifier, qualified, type_name};
use crate::{RenderError, Statement};

/// The options of CREATE SEQUENCE that are not at their defaults.
pub(super) fn options(options: &SequenceOptions) -> Vec<String> {
    let given = |clause: &str, value: Option<i64>| value.map(|v| format!("{clause} {v}"));
    [
        given("START WITH", options.start),
        given("INCREMENT BY", options.increment),
        given("MINVALUE", options.min_value),
        given("MAXVALUE", options.max_value),
        given("CACHE", options.cache),
        options.cycle.then(|| "CYCLE".to_owned()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What turns one set of options into another. An option that goes back to its default is named: ALTER SEQUENCE keeps
/// what it is not told.
pub(super) fn option_changes(
    data_type: &SqlType,
    from: &SequenceOptions,
    to: &SequenceOptions,
) -> Vec<String> {
    let changed = |from: Option<i64>, to: Option<i64>, clause: &str, default: String| {
        (from != to).then(|| to.map_or(default, |value| format!("{clause} {value}")))
    };
    let increment = to.increment.unwrap_or(1);
    let (lowest, highest) = limits(data_type, increment);
    let first = if increment > 0 { to.min_value.unwrap_or(lowest) } else { to.max_value.unwrap_or(highest) };
    // The defaults of the limits and the start depend on the direction, and the next value may be outside of the new
    // limits.
    let turns = (from.increment.unwrap_or(1) > 0) != (increment > 0);
    let limit = |from: Option<i64>, to: Option<i64>, clause: &str| match (turns, to) {
        (true, None) => Some(format!("NO {clause}")),
        _ => changed(from, to, clause, format!("NO {clause}")),
    };
    [
        changed(from.increment, to.increment, "INCREMENT BY", "INCREMENT BY 1".to_owned()),
        limit(from.min_value, to.min_value, "MINVALUE"),
        limit(from.max_value, to.max_value, "MAXVALUE"),
        match turns {
            true => Some(format!("START WITH {}", to.start.unwrap_or(first))),
            false => changed(from.start, to.start, "START WITH", format!("START WITH {first}")),
        },
        turns.then(|| "RESTART".to_owned()),
        changed(from.cache, to.cache, "CACHE", "CACHE 1".to_owned()),
        (from.cycle != to.cycle).then(|| if to.cycle { "CYCLE" } else { "NO CYCLE" }.to_owned()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The smallest and the largest value of a sequence that is given none (PostgreSQL, "CREATE SEQUENCE").
pub(crate) fn limits(data_type: &SqlType, increment: i64) -> (i64, i64) {
    let (lowest, highest) = match data_type {
        SqlType::SmallInteger => (i64::from(i16::MIN), i64::from(i16::MAX)),
        SqlType::Integer => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    };
    if increment > 0 { (1, highest) } else { (lowest, -1) }
}

fn owned_by(sequence: &Sequence) -> String {
    match &sequence.owned_by {
        Some(owner) => format!("OWNED BY {}.{}", qualified(&owner.table), identifier(&owner.column)),
        None => "OWNED BY NONE".to_owned(),
    }
}

pub(super) fn create(sequence: &Sequence) -> Result<Vec<Statement>, RenderError> {
    let mut sql = format!("CREATE SEQUENCE {}", qualified(&sequence.name));
    if let Some(data_type) = &sequence.data_type {
        sql += &format!(" AS {}", type_name(data_type)?);
    }
    for option in options(&sequence.options) {
        sql += &format!(" {option}");
    }
    if sequence.owned_by.is_some() {
        sql += &format!(" {}", owned_by(sequence));
    }
    let mut statements = vec![Statement::new(sql)];
    if let Some(text) = &sequence.comment {
        statements.push(comment::on(&CommentTarget::Sequence(sequence.name.clone()), Some(text)));
    }
    Ok(statements)
}

pub(super) fn alter(from: &Sequence, to: &Sequence) -> Result<Vec<Statement>, RenderError> {
    let data_type = |sequence: &Sequence| sequence.data_type.clone().unwrap_or(SqlType::BigInteger);
    let mut changes = Vec::new();
    if data_type(from) != data_type(to) {
        changes.push(format!("AS {}", type_name(&data_type(to))?));
    }
    changes.extend(option_changes(&data_type(to), &from.options, &to.options));
    if from.owned_by != to.owned_by {
        changes.push(owned_by(to));
    }
    let mut statements = Vec::new();
    if !changes.is_empty() {
        let sql = format!("ALTER SEQUENCE {} {}", qualified(&to.name), changes.join(" "));
        statements.push(Statement::new(sql));
    }
    if from.comment != to.comment {
        statements.push(comment::on(&CommentTarget::Sequence(to.name.clone()), to.comment.as_deref()));
    }
    Ok(statements)
}
