//! SQLite's storage classes, read as what the model stores in them.
//!
//! What SQLite has no class for is stored as SQLAlchemy does: booleans as 0 and 1, dates and times as ISO 8601 text in
//! UTC, UUIDs as 32 digits, JSON and arrays as JSON text.

use limbeck_schema::Value;
use rusqlite::types::ValueRef;

use crate::{Column, DecodeError};

fn mismatch(value: ValueRef<'_>, expected: &str) -> DecodeError {
    match value {
        ValueRef::Null => DecodeError::null(expected),
        ValueRef::Integer(_) => DecodeError::mismatch(expected, "INTEGER"),
        ValueRef::Real(_) => DecodeError::mismatch(expected, "REAL"),
        ValueRef::Text(_) => DecodeError::mismatch(expected, "TEXT"),
        ValueRef::Blob(_) => DecodeError::mismatch(expected, "BLOB"),
    }
}

fn text<'a>(value: ValueRef<'a>, expected: &str) -> Result<&'a str, DecodeError> {
    match value {
        ValueRef::Text(bytes) => {
            std::str::from_utf8(bytes).map_err(|_| DecodeError::value(expected, "text that is not UTF-8"))
        }
        value => Err(mismatch(value, expected)),
    }
}

pub(crate) fn integer(value: ValueRef<'_>, expected: &'static str) -> Result<i64, DecodeError> {
    match value {
        ValueRef::Integer(number) => Ok(number),
        value => Err(mismatch(value, expected)),
    }
}

pub(crate) fn small_integer(value: ValueRef<'_>) -> Result<i16, DecodeError> {
    let number = integer(value, "i16")?;
    i16::try_from(number).map_err(|_| DecodeError::value("i16", number))
}

pub(crate) fn standard_integer(value: ValueRef<'_>) -> Result<i32, DecodeError> {
    let number = integer(value, "i32")?;
    i32::try_from(number).map_err(|_| DecodeError::value("i32", number))
}

pub(crate) fn big_integer(value: ValueRef<'_>) -> Result<i64, DecodeError> {
    integer(value, "i64")
}

/// What was an `f32` when it was stored is one again.
pub(crate) fn real(value: ValueRef<'_>) -> Result<f32, DecodeError> {
    let number = double(value).map_err(|_| mismatch(value, "f32"))?;
    #[allow(clippy::cast_possible_truncation, reason = "SQLite stores only doubles")]
    let narrowed = number as f32;
    if narrowed.is_finite() || !number.is_finite() {
        Ok(narrowed)
    } else {
        Err(DecodeError::value("f32", number))
    }
}

/// A column of NUMERIC affinity turns whole numbers into integers (SQLite docs, "Type Affinity").
pub(crate) fn double(value: ValueRef<'_>) -> Result<f64, DecodeError> {
    const EXACT: u64 = 1 << f64::MANTISSA_DIGITS;
    match value {
        ValueRef::Real(number) => Ok(number),
        #[allow(clippy::cast_precision_loss, reason = "checked: a double holds these exactly")]
        ValueRef::Integer(number) if number.abs_diff(0) <= EXACT => Ok(number as f64),
        ValueRef::Integer(number) => Err(DecodeError::value("f64", number)),
        value => Err(mismatch(value, "f64")),
    }
}

pub(crate) fn boolean(value: ValueRef<'_>) -> Result<bool, DecodeError> {
    match integer(value, "bool")? {
        0 => Ok(false),
        1 => Ok(true),
        number => Err(DecodeError::value("bool", number)),
    }
}

pub(crate) fn string(value: ValueRef<'_>) -> Result<String, DecodeError> {
    text(value, "String").map(str::to_owned)
}

pub(crate) fn bytes(value: ValueRef<'_>) -> Result<&[u8], DecodeError> {
    match value {
        ValueRef::Blob(bytes) => Ok(bytes),
        value => Err(mismatch(value, "Vec<u8>")),
    }
}

/// A JSON column has NUMERIC affinity, so a document that is only a number may be stored as one.
pub(crate) fn json(value: ValueRef<'_>) -> Result<serde_json::Value, DecodeError> {
    match value {
        ValueRef::Integer(number) => Ok(number.into()),
        ValueRef::Real(number) => Ok(number.into()),
        value => serde_json::from_str(text(value, "serde_json::Value")?)
            .map_err(|error| DecodeError::value("serde_json::Value", error)),
    }
}

/// Calls for each element of an array in JSON.
pub(crate) fn array(
    value: ValueRef<'_>,
    each: &mut dyn FnMut(Column<'_>) -> Result<(), DecodeError>,
) -> Result<(), DecodeError> {
    let json = text(value, "Vec")?;
    let elements: Vec<serde_json::Value> =
        serde_json::from_str(json).map_err(|error| DecodeError::value("Vec", error))?;
    for element in elements {
        let json;
        let value = match &element {
            serde_json::Value::Null => ValueRef::Null,
            serde_json::Value::Bool(boolean) => ValueRef::Integer((*boolean).into()),
            serde_json::Value::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(number), _) => ValueRef::Integer(number),
                (None, Some(number)) => ValueRef::Real(number),
                (None, None) => return Err(DecodeError::value("Vec", number)),
            },
            serde_json::Value::String(text) => ValueRef::Text(text.as_bytes()),
            nested => {
                json = nested.to_string();
                ValueRef::Text(json.as_bytes())
            }
        };
        each(Column::Sqlite(value))?;
    }
    Ok(())
}

/// What is stored, since SQLite does not tell what it stands for.
pub(crate) fn value(value: ValueRef<'_>) -> Result<Value, DecodeError> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::BigInteger(number),
        ValueRef::Real(number) => Value::Double(number),
        ValueRef::Text(_) => Value::Text(text(value, "Value")?.to_owned()),
        ValueRef::Blob(bytes) => Value::Binary(bytes.to_vec()),
    })
}

#[cfg(feature = "chrono")]
pub(crate) fn date(value: ValueRef<'_>) -> Result<chrono::NaiveDate, DecodeError> {
    let text = text(value, "NaiveDate")?;
    text.parse().map_err(|_| DecodeError::value("NaiveDate", text))
}

#[cfg(feature = "chrono")]
pub(crate) fn time(value: ValueRef<'_>) -> Result<chrono::NaiveTime, DecodeError> {
    let text = text(value, "NaiveTime")?;
    text.parse().map_err(|_| DecodeError::value("NaiveTime", text))
}

/// `2026-11-25 06:07:08.9`, also with a `T` in it.
#[cfg(feature = "chrono")]
pub(crate) fn date_time(value: ValueRef<'_>) -> Result<chrono::NaiveDateTime, DecodeError> {
    let text = text(value, "NaiveDateTime")?;
    parse_date_time(text).ok_or_else(|| DecodeError::value("NaiveDateTime", text))
}

#[cfg(feature = "chrono")]
fn parse_date_time(text: &str) -> Option<chrono::NaiveDateTime> {
    ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"]
        .into_iter()
        .find_map(|format| chrono::NaiveDateTime::parse_from_str(text, format).ok())
}

/// In UTC where no offset is given, as SQLite's own functions have it (SQLite docs, "Date And Time Functions").
#[cfg(feature = "chrono")]
pub(crate) fn instant(value: ValueRef<'_>) -> Result<chrono::DateTime<chrono::Utc>, DecodeError> {
    let text = text(value, "DateTime<Utc>")?;
    if let Some(time) = parse_date_time(text) {
        return Ok(time.and_utc());
    }
    ["%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M%#z", "%Y-%m-%dT%H:%M%#z"]
        .into_iter()
        .find_map(|format| chrono::DateTime::parse_from_str(text, format).ok())
        .map(|time| time.to_utc())
        .ok_or_else(|| DecodeError::value("DateTime<Utc>", text))
}

/// 32 digits, with or without hyphens, or 16 bytes.
#[cfg(feature = "uuid")]
pub(crate) fn uuid(value: ValueRef<'_>) -> Result<uuid::Uuid, DecodeError> {
    match value {
        ValueRef::Blob(bytes) => {
            uuid::Uuid::from_slice(bytes).map_err(|_| DecodeError::value("Uuid", "a BLOB of another length"))
        }
        value => {
            let text = text(value, "Uuid")?;
            uuid::Uuid::try_parse(text).map_err(|_| DecodeError::value("Uuid", text))
        }
    }
}

/// A column of NUMERIC affinity holds numbers of up to 15 digits as such, which their shortest text gives back.
#[cfg(feature = "rust_decimal")]
pub(crate) fn decimal(value: ValueRef<'_>) -> Result<rust_decimal::Decimal, DecodeError> {
    use rust_decimal::Decimal;
    match value {
        ValueRef::Integer(number) => Ok(number.into()),
        ValueRef::Real(number) => {
            let text = number.to_string();
            Decimal::from_str_exact(&text).map_err(|_| DecodeError::value("Decimal", text))
        }
        value => {
            let text = text(value, "Decimal")?;
            Decimal::from_str_exact(text).map_err(|_| DecodeError::value("Decimal", text))
        }
    }
}
