//! How the values of a column get from one type to another.

use limbeck_schema::SqlType;

use super::type_name;
use crate::RenderError;

/// What PostgreSQL converts among itself in an assignment, and so without a USING clause ("CREATE CAST", `pg_cast`).
#[derive(PartialEq, Eq)]
enum Family {
    Number,
    String,
    Moment,
    Json,
}

fn family(sql_type: &SqlType) -> Option<Family> {
    match sql_type {
        SqlType::SmallInteger
        | SqlType::Integer
        | SqlType::BigInteger
        | SqlType::Numeric { .. }
        | SqlType::Real
        | SqlType::Double => Some(Family::Number),
        SqlType::String { .. } | SqlType::Char { .. } | SqlType::Text => Some(Family::String),
        SqlType::Date | SqlType::DateTime { .. } => Some(Family::Moment),
        SqlType::Json | SqlType::Jsonb => Some(Family::Json),
        _ => None,
    }
}

/// Whether an assignment converts the one type to the other by itself.
pub(super) fn is_automatic(from: &SqlType, to: &SqlType) -> bool {
    match (from, to) {
        (a, b) if a == b => true,
        (SqlType::Array(a), SqlType::Array(b)) => is_automatic(a, b),
        (SqlType::Time { .. }, SqlType::Time { .. }) => true,
        // Every type has an automatic I/O conversion to the string types in assignments.
        (_, b) if family(b) == Some(Family::String) => true,
        (a, b) => family(a).is_some() && family(a) == family(b),
    }
}

/// Native types that are converted to and from text only, or types of this list.
const WITHOUT_CASTS: [&str; 8] =
    ["inet", "cidr", "macaddr", "macaddr8", "tsvector", "tsquery", "xml", "point"];

/// Whether the values after the change depend on the time zone of who makes it.
pub(super) fn depends_on_time_zone(from: &SqlType, to: &SqlType) -> bool {
    let zoned = |t: &SqlType| matches!(t, SqlType::DateTime { timezone: true, .. });
    let moment = |t: &SqlType| family(t) == Some(Family::Moment);
    moment(from) && moment(to) && zoned(from) != zoned(to)
}

/// Whether PostgreSQL has no conversion at all, also none that is asked for ("CREATE CAST", `pg_cast`). Types that are
/// not known here may have one.
pub(super) fn is_impossible(from: &SqlType, to: &SqlType) -> bool {
    use SqlType::*;
    match (from, to) {
        (Array(from), Array(to)) => return is_impossible(from, to),
        (Array(from), to) if family(to) != Some(Family::String) => return is_impossible(from, to),
        (from, Array(to)) if family(from) != Some(Family::String) => return is_impossible(from, to),
        (Enum(_), Enum(_)) => return false,
        _ => {}
    }
    let known = |t: &SqlType| {
        family(t).is_some()
            || matches!(t, Boolean | Time { .. } | Interval | LargeBinary | Uuid | Enum(_))
            || matches!(t, Native { name, .. } if WITHOUT_CASTS.contains(&name.as_str()))
    };
    // Text is read as any type, and any type is written as text.
    let is_text = |t: &SqlType| family(t) == Some(Family::String);
    if is_automatic(from, to) || !known(from) || !known(to) || is_text(from) || is_text(to) {
        return false;
    }
    match (from, to) {
        (Native { .. }, Native { .. }) => false,
        (Boolean, b) => family(b) != Some(Family::Number),
        (a, Boolean) => !matches!(a, Jsonb) && family(a) != Some(Family::Number),
        (Jsonb, b) => family(b) != Some(Family::Number),
        (DateTime { .. } | Interval, Time { .. }) | (Time { .. }, Interval) => false,
        _ => true,
    }
}

/// Whether the change takes one element out of an array. To text, an array goes as a whole.
pub(super) fn keeps_first_element_only(from: &SqlType, to: &SqlType) -> bool {
    matches!(from, SqlType::Array(_)) && !matches!(to, SqlType::Array(_)) && !is_automatic(from, to)
}

/// The expression of the USING clause, when the change needs one.
pub(super) fn using(column: &str, from: &SqlType, to: &SqlType) -> Result<Option<String>, RenderError> {
    if is_automatic(from, to) {
        return Ok(None);
    }
    let name = type_name(to)?;
    Ok(Some(match (from, to) {
        // Only INTEGER has a cast to and from BOOLEAN.
        (from, SqlType::Boolean) if family(from) == Some(Family::Number) => format!("{column} <> 0"),
        (SqlType::Boolean, SqlType::Integer) => format!("{column}::INTEGER"),
        (SqlType::Boolean, to) if family(to) == Some(Family::Number) => format!("{column}::INTEGER::{name}"),
        (SqlType::Enum(_), SqlType::Enum(_)) => format!("{column}::TEXT::{name}"),
        (SqlType::Array(a), SqlType::Array(b)) if a.enum_name().is_some() && b.enum_name().is_some() => {
            format!("{column}::TEXT[]::{name}")
        }
        // A single value becomes an array of one. Text stays text: it may already read `{a,b}`.
        (from, SqlType::Array(_))
            if !matches!(from, SqlType::Array(_)) && family(from) != Some(Family::String) =>
        {
            let item = match to {
                SqlType::Array(element) => using(column, from, element)?,
                _ => None,
            };
            let item = item.as_deref().unwrap_or(column);
            format!("CASE WHEN {column} IS NOT NULL THEN ARRAY[{item}]::{name} END")
        }
        (SqlType::Array(element), _) if keeps_first_element_only(from, to) => {
            let first = format!("{column}[1]");
            match using(&first, element, to)? {
                Some(converted) => converted,
                None => format!("{first}::{name}"),
            }
        }
        _ => format!("{column}::{name}"),
    }))
}
