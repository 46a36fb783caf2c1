//! What a change of a column's type means to a database.

use limbeck_schema::{Dialect, SqlType};

/// Whether a foreign key may stand between the two types on PostgreSQL, so that one of its columns may take the other
/// type while the constraint exists. PostgreSQL asks for an equality operator in the operator family of the
/// referenced key's index; `integer_ops` has one for all integers, `text_ops` one for `text` and `varchar`,
/// `float_ops` one for both sizes (PostgreSQL docs, "Index Methods and Operator Families").
pub(crate) fn may_reference(left: &SqlType, right: &SqlType) -> bool {
    use SqlType::*;
    match (left, right) {
        (SmallInteger | Integer | BigInteger, SmallInteger | Integer | BigInteger)
        | (String { .. } | Text, String { .. } | Text)
        | (Real | Double, Real | Double)
        | (Numeric { .. }, Numeric { .. })
        | (Char { .. }, Char { .. }) => true,
        (Time { timezone: a, .. }, Time { timezone: b, .. })
        | (DateTime { timezone: a, .. }, DateTime { timezone: b, .. }) => a == b,
        _ => left == right,
    }
}

/// Whether values of the one type may be cut, rounded or refused by the other.
pub(crate) fn narrows(from: &SqlType, to: &SqlType) -> bool {
    use SqlType::*;
    match (from, to) {
        (SmallInteger, Integer | BigInteger)
        | (Integer, BigInteger)
        | (Real, Double)
        | (Date, DateTime { .. }) => false,
        (SmallInteger | Integer | BigInteger, Numeric { precision, scale }) => {
            let digits = match from {
                SmallInteger => 5,
                Integer => 10,
                _ => 19,
            };
            precision.is_some_and(|p| i64::from(p) - i64::from(scale.unwrap_or(0)) < digits)
        }
        (SmallInteger, Real | Double) | (Integer, Double) => false,
        (String { length: from }, String { length: to }) => shorter(*from, *to),
        (Char { length: from }, Char { length: to }) => from > to,
        (Char { length: from }, String { length: Some(to) }) => from > to,
        (Numeric { precision: p, scale: s }, Numeric { precision: to_p, scale: to_s }) => match (p, to_p) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(p), Some(to_p)) => {
                let (s, to_s) = (s.unwrap_or(0), to_s.unwrap_or(0));
                to_s < s || i64::from(*to_p) - i64::from(to_s) < i64::from(*p) - i64::from(s)
            }
        },
        (Time { precision: p, timezone: z }, Time { precision: to_p, timezone: to_z }) => {
            (*z && !*to_z) || shorter(*p, *to_p)
        }
        (DateTime { precision: p, .. }, DateTime { precision: to_p, .. }) => shorter(*p, *to_p),
        // Every type has a text form; json and jsonb hold the same documents.
        (_, Text | String { length: None }) | (Json, Jsonb) | (Jsonb, Json) => false,
        (Array(from), Array(to)) => narrows(from, to),
        _ => from != to,
    }
}

/// Whether the new limit is lower than the old one; `None` is no limit.
fn shorter(from: Option<u32>, to: Option<u32>) -> bool {
    match (from, to) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(from), Some(to)) => to < from,
    }
}

/// Whether PostgreSQL rewrites the table for the change. It does not where the stored form stays and nothing is cut:
/// a longer or unlimited `varchar`, `varchar` to `text` and back, a `numeric` with more digits and the same scale, a
/// higher precision of seconds (PostgreSQL docs, "ALTER TABLE", notes on SET DATA TYPE). Everything is rewritten by
/// SQLite's table rebuild, which is an operation of its own.
pub(crate) fn rewrites_table(dialect: Dialect, from: &SqlType, to: &SqlType) -> bool {
    use SqlType::*;
    if dialect == Dialect::Sqlite {
        return false;
    }
    match (from, to) {
        (String { .. } | Text, Text) | (Text, String { length: None }) => false,
        (String { length: from }, String { length: to }) => shorter(*from, *to),
        (Numeric { .. }, Numeric { precision: None, .. }) => false,
        (Numeric { precision: Some(p), scale: s }, Numeric { precision: Some(to_p), scale: to_s }) => {
            s.unwrap_or(0) != to_s.unwrap_or(0) || to_p < p
        }
        (Time { precision: p, timezone: z }, Time { precision: to_p, timezone: to_z })
        | (DateTime { precision: p, timezone: z }, DateTime { precision: to_p, timezone: to_z }) => {
            z != to_z || shorter(*p, *to_p)
        }
        _ => from != to,
    }
}
