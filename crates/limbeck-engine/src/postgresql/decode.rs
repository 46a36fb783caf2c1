//! PostgreSQL's binary formats, read.
//!
//! Source: the `…send` functions of PostgreSQL's `src/backend/utils/adt`, which are the formats' only description.

use limbeck_schema::Value;
use tokio_postgres::types::{Kind, Type};

use super::array::Array;
use super::numeric;
use crate::{Column, DecodeError};

type Raw<'a> = Option<&'a [u8]>;

/// What a domain is made of, through all levels.
pub(super) fn base(mut ty: &Type) -> &Type {
    while let Kind::Domain(inner) = ty.kind() {
        ty = inner;
    }
    ty
}

/// The bytes of a value of a fixed width.
fn fixed<const WIDTH: usize>(raw: &[u8], expected: &str) -> Result<[u8; WIDTH], DecodeError> {
    raw.try_into().map_err(|_| malformed(expected))
}

fn malformed(expected: &str) -> DecodeError {
    DecodeError::value(expected, "bytes that PostgreSQL does not send for this type")
}

fn given<'a>(raw: Raw<'a>, expected: &str) -> Result<&'a [u8], DecodeError> {
    raw.ok_or_else(|| DecodeError::null(expected))
}

fn mismatch(ty: &Type, expected: &str) -> DecodeError {
    DecodeError::mismatch(expected, ty.name())
}

/// An integer of any width.
pub(crate) fn integer(ty: &Type, raw: Raw<'_>, expected: &'static str) -> Result<i64, DecodeError> {
    let raw = given(raw, expected)?;
    match *base(ty) {
        Type::INT2 => fixed(raw, expected).map(|bytes| i16::from_be_bytes(bytes).into()),
        Type::INT4 => fixed(raw, expected).map(|bytes| i32::from_be_bytes(bytes).into()),
        Type::INT8 => fixed(raw, expected).map(i64::from_be_bytes),
        Type::OID => fixed(raw, expected).map(|bytes| u32::from_be_bytes(bytes).into()),
        _ => Err(mismatch(ty, expected)),
    }
}

pub(crate) fn small_integer(ty: &Type, raw: Raw<'_>) -> Result<i16, DecodeError> {
    match *base(ty) {
        Type::INT2 => fixed(given(raw, "i16")?, "i16").map(i16::from_be_bytes),
        _ => Err(raw.map_or_else(|| DecodeError::null("i16"), |_| mismatch(ty, "i16"))),
    }
}

pub(crate) fn standard_integer(ty: &Type, raw: Raw<'_>) -> Result<i32, DecodeError> {
    match *base(ty) {
        Type::INT4 => fixed(given(raw, "i32")?, "i32").map(i32::from_be_bytes),
        Type::INT2 => small_integer(ty, raw).map(i32::from),
        _ => Err(raw.map_or_else(|| DecodeError::null("i32"), |_| mismatch(ty, "i32"))),
    }
}

pub(crate) fn big_integer(ty: &Type, raw: Raw<'_>) -> Result<i64, DecodeError> {
    integer(ty, raw, "i64")
}

pub(crate) fn real(ty: &Type, raw: Raw<'_>) -> Result<f32, DecodeError> {
    let raw = given(raw, "f32")?;
    match *base(ty) {
        Type::FLOAT4 => fixed(raw, "f32").map(f32::from_be_bytes),
        _ => Err(mismatch(ty, "f32")),
    }
}

/// Also of the integers that a double holds exactly.
pub(crate) fn double(ty: &Type, raw: Raw<'_>) -> Result<f64, DecodeError> {
    match *base(ty) {
        Type::FLOAT8 => fixed(given(raw, "f64")?, "f64").map(f64::from_be_bytes),
        Type::FLOAT4 => real(ty, raw).map(f64::from),
        Type::INT2 | Type::INT4 => standard_integer(ty, raw).map(f64::from),
        _ => Err(raw.map_or_else(|| DecodeError::null("f64"), |_| mismatch(ty, "f64"))),
    }
}

pub(crate) fn boolean(ty: &Type, raw: Raw<'_>) -> Result<bool, DecodeError> {
    let raw = given(raw, "bool")?;
    match *base(ty) {
        Type::BOOL => Ok(fixed::<1>(raw, "bool")? != [0]),
        _ => Err(mismatch(ty, "bool")),
    }
}

pub(crate) fn bytes<'a>(ty: &Type, raw: Raw<'a>) -> Result<&'a [u8], DecodeError> {
    let raw = given(raw, "Vec<u8>")?;
    match *base(ty) {
        Type::BYTEA => Ok(raw),
        _ => Err(mismatch(ty, "Vec<u8>")),
    }
}

/// The types whose binary format is their text, some of them with the number of the format's version before it.
pub(super) fn is_textual(ty: &Type) -> bool {
    match *ty {
        Type::TEXT
        | Type::VARCHAR
        | Type::BPCHAR
        | Type::NAME
        | Type::UNKNOWN
        | Type::CHAR
        | Type::XML
        | Type::JSON => true,
        _ => {
            matches!(ty.kind(), Kind::Enum(_)) || (matches!(ty.kind(), Kind::Simple) && ty.name() == "citext")
        }
    }
}

/// Text, and of other types what their text is: numbers of any precision, UUIDs, JSON documents.
pub(crate) fn string(ty: &Type, raw: Raw<'_>) -> Result<String, DecodeError> {
    let raw = given(raw, "String")?;
    let ty = base(ty);
    let versioned = matches!(ty.name(), "jsonb" | "jsonpath" | "ltree" | "lquery" | "ltxtquery");
    let text = match *ty {
        Type::NUMERIC => return numeric::text(raw).ok_or_else(|| malformed("String")),
        Type::UUID => return Ok(uuid_text(fixed(raw, "String")?)),
        _ if is_textual(ty) => raw,
        _ if versioned => raw.split_first().ok_or_else(|| malformed("String"))?.1,
        _ => return Err(mismatch(ty, "String")),
    };
    // The driver asks for UTF-8, and the server sees to it.
    String::from_utf8(text.to_vec()).map_err(|_| malformed("String"))
}

fn uuid_text(bytes: [u8; 16]) -> String {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let part = |range: std::ops::Range<usize>| digits.get(range).unwrap_or_default();
    [part(0..8), part(8..12), part(12..16), part(16..20), part(20..32)].join("-")
}

pub(crate) fn json(ty: &Type, raw: Raw<'_>) -> Result<serde_json::Value, DecodeError> {
    let raw = given(raw, "serde_json::Value")?;
    let document = match *base(ty) {
        Type::JSON => raw,
        Type::JSONB => raw.split_first().ok_or_else(|| malformed("serde_json::Value"))?.1,
        _ => return Err(mismatch(ty, "serde_json::Value")),
    };
    serde_json::from_slice(document).map_err(|error| DecodeError::value("serde_json::Value", error))
}

/// Calls for each element of an array, in the order of the indexes.
pub(crate) fn array(
    ty: &Type,
    raw: Raw<'_>,
    each: &mut dyn FnMut(Column<'_>) -> Result<(), DecodeError>,
) -> Result<(), DecodeError> {
    let raw = given(raw, "Vec")?;
    let ty = base(ty);
    let Kind::Array(element) = ty.kind() else { return Err(mismatch(ty, "Vec")) };
    let mut array = Array::read(raw).ok_or_else(|| malformed("Vec"))?;
    if array.dimensions.len() > 1 {
        return Err(DecodeError::value("Vec", "an array of several dimensions"));
    }
    for _ in 0..array.dimensions.first().copied().unwrap_or(0) {
        let raw = array.next().ok_or_else(|| malformed("Vec"))?;
        each(Column::Postgresql { ty: element, raw })?;
    }
    Ok(())
}

/// Whatever has a variant of [`Value`]; an array of several dimensions is an array of arrays.
pub(crate) fn value(ty: &Type, raw: Raw<'_>) -> Result<Value, DecodeError> {
    let Some(bytes) = raw else { return Ok(Value::Null) };
    let ty = base(ty);
    match *ty {
        Type::BOOL => boolean(ty, raw).map(Value::Boolean),
        Type::INT2 => small_integer(ty, raw).map(Value::SmallInteger),
        Type::INT4 => standard_integer(ty, raw).map(Value::Integer),
        Type::INT8 | Type::OID => big_integer(ty, raw).map(Value::BigInteger),
        Type::FLOAT4 => real(ty, raw).map(Value::Real),
        Type::FLOAT8 => double(ty, raw).map(Value::Double),
        Type::BYTEA => Ok(Value::Binary(bytes.to_vec())),
        Type::JSON | Type::JSONB => json(ty, raw).map(Value::Json),
        // What `Void` functions such as `pg_notify` give: nothing.
        Type::VOID => Ok(Value::Null),
        #[cfg(feature = "chrono")]
        Type::DATE => date(ty, raw).map(Value::Date),
        #[cfg(feature = "chrono")]
        Type::TIME => time(ty, raw).map(Value::Time),
        #[cfg(feature = "chrono")]
        Type::TIMESTAMP => date_time(ty, raw).map(Value::DateTime),
        #[cfg(feature = "chrono")]
        Type::TIMESTAMPTZ => instant(ty, raw).map(Value::Instant),
        #[cfg(feature = "uuid")]
        Type::UUID => uuid(ty, raw).map(Value::Uuid),
        #[cfg(feature = "rust_decimal")]
        Type::NUMERIC => match decimal(ty, raw) {
            Ok(number) => Ok(Value::Decimal(number)),
            // Longer than `Decimal` can be, or NaN: its text is exact.
            Err(_) => string(ty, raw).map(Value::Text),
        },
        _ => match ty.kind() {
            Kind::Array(element) => {
                let mut array = Array::read(bytes).ok_or_else(|| malformed("Value"))?;
                let dimensions = array.dimensions.clone();
                if dimensions.is_empty() {
                    return Ok(Value::Array(Vec::new()));
                }
                nested(element, &mut array, &dimensions)
            }
            _ => string(ty, raw).map(Value::Text).map_err(|_| mismatch(ty, "Value")),
        },
    }
}

fn nested(element: &Type, array: &mut Array<'_>, dimensions: &[usize]) -> Result<Value, DecodeError> {
    match dimensions.split_first() {
        None => value(element, array.next().ok_or_else(|| malformed("Value"))?),
        Some((length, inner)) => {
            let elements = (0..*length).map(|_| nested(element, array, inner)).collect::<Result<_, _>>();
            elements.map(Value::Array)
        }
    }
}

/// Dates and times count from the first day of 2000, in UTC.
#[cfg(feature = "chrono")]
pub(super) const EPOCH: chrono::NaiveDate = match chrono::NaiveDate::from_ymd_opt(2000, 1, 1) {
    Some(date) => date,
    None => chrono::NaiveDate::MIN,
};

#[cfg(feature = "chrono")]
pub(crate) fn date(ty: &Type, raw: Raw<'_>) -> Result<chrono::NaiveDate, DecodeError> {
    let raw = given(raw, "NaiveDate")?;
    match *base(ty) {
        Type::DATE => {
            let days = i32::from_be_bytes(fixed(raw, "NaiveDate")?);
            chrono::TimeDelta::try_days(days.into())
                .and_then(|days| EPOCH.checked_add_signed(days))
                .ok_or_else(|| DecodeError::value("NaiveDate", beyond(days == i32::MAX, days == i32::MIN)))
        }
        _ => Err(mismatch(ty, "NaiveDate")),
    }
}

#[cfg(feature = "chrono")]
fn beyond(infinity: bool, minus_infinity: bool) -> &'static str {
    match (infinity, minus_infinity) {
        (true, _) => "infinity",
        (_, true) => "-infinity",
        _ => "a year that chrono does not have",
    }
}

#[cfg(feature = "chrono")]
pub(crate) fn time(ty: &Type, raw: Raw<'_>) -> Result<chrono::NaiveTime, DecodeError> {
    let raw = given(raw, "NaiveTime")?;
    match *base(ty) {
        Type::TIME => {
            let microseconds = i64::from_be_bytes(fixed(raw, "NaiveTime")?);
            let (seconds, rest) = (microseconds.div_euclid(1_000_000), microseconds.rem_euclid(1_000_000));
            let time = u32::try_from(seconds).ok().zip(u32::try_from(rest * 1000).ok());
            // PostgreSQL has a `24:00:00` (PostgreSQL docs, "Date/Time Types").
            time.and_then(|(seconds, nanoseconds)| {
                chrono::NaiveTime::from_num_seconds_from_midnight_opt(seconds, nanoseconds)
            })
            .ok_or_else(|| DecodeError::value("NaiveTime", "24:00:00"))
        }
        _ => Err(mismatch(ty, "NaiveTime")),
    }
}

#[cfg(feature = "chrono")]
fn timestamp(raw: &[u8], expected: &'static str) -> Result<chrono::NaiveDateTime, DecodeError> {
    let microseconds = i64::from_be_bytes(fixed(raw, expected)?);
    EPOCH
        .and_time(chrono::NaiveTime::MIN)
        .checked_add_signed(chrono::TimeDelta::microseconds(microseconds))
        .filter(|_| microseconds != i64::MAX && microseconds != i64::MIN)
        .ok_or_else(|| {
            DecodeError::value(expected, beyond(microseconds == i64::MAX, microseconds == i64::MIN))
        })
}

#[cfg(feature = "chrono")]
pub(crate) fn date_time(ty: &Type, raw: Raw<'_>) -> Result<chrono::NaiveDateTime, DecodeError> {
    let raw = given(raw, "NaiveDateTime")?;
    match *base(ty) {
        Type::TIMESTAMP => timestamp(raw, "NaiveDateTime"),
        _ => Err(mismatch(ty, "NaiveDateTime")),
    }
}

#[cfg(feature = "chrono")]
pub(crate) fn instant(ty: &Type, raw: Raw<'_>) -> Result<chrono::DateTime<chrono::Utc>, DecodeError> {
    let raw = given(raw, "DateTime<Utc>")?;
    match *base(ty) {
        Type::TIMESTAMPTZ => timestamp(raw, "DateTime<Utc>").map(|time| time.and_utc()),
        _ => Err(mismatch(ty, "DateTime<Utc>")),
    }
}

#[cfg(feature = "uuid")]
pub(crate) fn uuid(ty: &Type, raw: Raw<'_>) -> Result<uuid::Uuid, DecodeError> {
    let raw = given(raw, "Uuid")?;
    match *base(ty) {
        Type::UUID => fixed(raw, "Uuid").map(uuid::Uuid::from_bytes),
        _ => Err(mismatch(ty, "Uuid")),
    }
}

#[cfg(feature = "rust_decimal")]
pub(crate) fn decimal(ty: &Type, raw: Raw<'_>) -> Result<rust_decimal::Decimal, DecodeError> {
    use rust_decimal::Decimal;
    let raw = given(raw, "Decimal")?;
    match *base(ty) {
        Type::NUMERIC => {
            let text = numeric::text(raw).ok_or_else(|| malformed("Decimal"))?;
            Decimal::from_str_exact(&text).map_err(|_| DecodeError::value("Decimal", text))
        }
        Type::INT2 | Type::INT4 | Type::INT8 => integer(ty, Some(raw), "Decimal").map(Decimal::from),
        _ => Err(mismatch(ty, "Decimal")),
    }
}
