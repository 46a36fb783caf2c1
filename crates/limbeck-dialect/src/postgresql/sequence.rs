//! Sequences, also those behind identity columns.

use limbeck_schema::{CommentTarget, Sequence, SequenceOptions, SqlType};

use super::{comment, identifier, literal, qualified, type_name};
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

/// The limits and the start of a sequence, given or by default.
struct Range {
    min: i64,
    max: i64,
    start: i64,
    ascends: bool,
}

impl Range {
    fn of(data_type: &SqlType, options: &SequenceOptions) -> Self {
        let increment = options.increment.unwrap_or(1);
        let (lowest, highest) = limits(data_type, increment);
        let (min, max) = (options.min_value.unwrap_or(lowest), options.max_value.unwrap_or(highest));
        let ascends = increment > 0;
        Self { min, max, start: options.start.unwrap_or(if ascends { min } else { max }), ascends }
    }

    /// Whether no value of the one can stay in the other: it then starts over.
    fn is_apart(&self, other: &Range) -> bool {
        self.ascends != other.ascends || self.max < other.min || other.max < self.min
    }
}

/// What turns one set of options into another; the types are those before and after. An option that goes back to its
/// default is named: ALTER SEQUENCE keeps what it is not told.
pub(super) fn option_changes(
    types: (&SqlType, &SqlType),
    from: &SequenceOptions,
    to: &SequenceOptions,
) -> Vec<String> {
    let (before, after) = (Range::of(types.0, from), Range::of(types.1, to));
    let changed = |from: Option<i64>, to: Option<i64>, clause: &str, default: i64| {
        (from != to).then(|| format!("{clause} {}", to.unwrap_or(default)))
    };
    // The defaults of the limits depend on the direction. Together with AS, the words NO MINVALUE and NO MAXVALUE may mean
    // the limits of the type in either direction (PostgreSQL source, `init_params` in sequence.c).
    let turns = before.ascends != after.ascends;
    let limit = |from: Option<i64>, to: Option<i64>, clause: &str, default: i64| match to {
        None if types.0 == types.1 || after.ascends == (clause == "MAXVALUE") => {
            (turns || from.is_some()).then(|| format!("NO {clause}"))
        }
        None => (turns || from.is_some()).then(|| format!("{clause} {default}")),
        given => changed(from, given, clause, default),
    };
    [
        changed(from.increment, to.increment, "INCREMENT BY", 1),
        limit(from.min_value, to.min_value, "MINVALUE", after.min),
        limit(from.max_value, to.max_value, "MAXVALUE", after.max),
        (turns || before.start != after.start).then(|| format!("START WITH {}", after.start)),
        before.is_apart(&after).then(|| "RESTART".to_owned()),
        changed(from.cache, to.cache, "CACHE", 1),
        (from.cycle != to.cycle).then(|| if to.cycle { "CYCLE" } else { "NO CYCLE" }.to_owned()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Where a sequence goes on that has not come as far as the new limits begin, and the condition on its last value: ALTER
/// SEQUENCE refuses limits that the last value is outside of.
pub(super) fn step_into_limits(
    data_type: &SqlType,
    from: &SequenceOptions,
    to: &SequenceOptions,
) -> Option<(i64, String)> {
    let (before, after) = (Range::of(data_type, from), Range::of(data_type, to));
    let condition = match after.ascends {
        _ if before.is_apart(&after) => return None,
        true if after.min > before.min => format!("< {}", after.min),
        false if after.max < before.max => format!("> {}", after.max),
        _ => return None,
    };
    let may_start = (before.min..=before.max).contains(&after.start);
    let beginning = if after.ascends { after.min } else { after.max };
    Some((if may_start { after.start } else { beginning }, condition))
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
    let types = (&data_type(from), &data_type(to));
    changes.extend(option_changes(types, &from.options, &to.options));
    if from.owned_by != to.owned_by {
        changes.push(owned_by(to));
    }
    let mut statements = Vec::new();
    if let Some((value, condition)) = step_into_limits(types.1, &from.options, &to.options) {
        let name = qualified(&to.name);
        let sql = format!(
            "SELECT setval({}, {value}, false) FROM {name} WHERE last_value {condition}",
            literal(&name)
        );
        statements.push(Statement::new(sql));
    }
    if !changes.is_empty() {
        let sql = format!("ALTER SEQUENCE {} {}", qualified(&to.name), changes.join(" "));
        statements.push(Statement::new(sql));
    }
    if from.comment != to.comment {
        statements.push(comment::on(&CommentTarget::Sequence(to.name.clone()), to.comment.as_deref()));
    }
    Ok(statements)
}
