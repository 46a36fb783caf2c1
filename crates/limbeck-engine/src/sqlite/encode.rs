//! Values as parameters of a SQLite statement; see [`decode`](super::decode) for what is stored as what.

use limbeck_schema::Value;
use rusqlite::types::{ToSqlOutput, ValueRef};

use crate::encode::{EncodeError, kind};
use crate::{Column, Decode, DecodeError};

/// A value as SQLite takes it.
pub(super) fn parameter(value: &Value) -> Result<ToSqlOutput<'_>, EncodeError> {
    let text = |text: String| ToSqlOutput::Owned(rusqlite::types::Value::Text(text));
    Ok(match value {
        Value::Null => ToSqlOutput::Borrowed(ValueRef::Null),
        Value::Boolean(boolean) => ToSqlOutput::Borrowed(ValueRef::Integer((*boolean).into())),
        Value::SmallInteger(number) => ToSqlOutput::Borrowed(ValueRef::Integer((*number).into())),
        Value::Integer(number) => ToSqlOutput::Borrowed(ValueRef::Integer((*number).into())),
        Value::BigInteger(number) => ToSqlOutput::Borrowed(ValueRef::Integer(*number)),
        Value::Real(number) => ToSqlOutput::Borrowed(ValueRef::Real((*number).into())),
        Value::Double(number) => ToSqlOutput::Borrowed(ValueRef::Real(*number)),
        Value::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
        Value::Binary(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
        Value::Json(document) => text(document.to_string()),
        Value::Array(elements) => text(json_array(elements)?.to_string()),
        other => match plain_text(other) {
            Some(plain) => text(plain),
            None => return Err(mismatch(other)),
        },
    })
}

/// A value as it would be read after it was stored.
pub(crate) fn decode_value<T: Decode>(value: &Value) -> Result<T, DecodeError> {
    let stored = parameter(value).map_err(|_| DecodeError::value(std::any::type_name::<T>(), kind(value)))?;
    T::decode(Column::Sqlite(match &stored {
        ToSqlOutput::Borrowed(borrowed) => *borrowed,
        ToSqlOutput::Owned(owned) => owned.into(),
        // What `parameter` makes is one of these.
        _ => ValueRef::Null,
    }))
}

fn mismatch(value: &Value) -> EncodeError {
    EncodeError::Mismatch { expected: "JSON".to_owned(), found: kind(value) }
}

/// The text of what SQLite has no class for.
///
/// A time without a fraction of a second is what `CURRENT_TIMESTAMP` writes, and one with a fraction sorts behind it.
fn plain_text(value: &Value) -> Option<String> {
    match value {
        #[cfg(feature = "chrono")]
        Value::Date(date) => Some(date.to_string()),
        #[cfg(feature = "chrono")]
        Value::Time(time) => Some(time.to_string()),
        #[cfg(feature = "chrono")]
        Value::DateTime(time) => Some(time.to_string()),
        #[cfg(feature = "chrono")]
        Value::Instant(time) => Some(time.naive_utc().to_string()),
        #[cfg(feature = "uuid")]
        Value::Uuid(uuid) => Some(uuid.simple().to_string()),
        #[cfg(feature = "rust_decimal")]
        Value::Decimal(number) => Some(number.to_string()),
        _ => None,
    }
}

/// An array as JSON, as `json_each` takes it apart again; bytes have no place in one.
pub(crate) fn json_array(elements: &[Value]) -> Result<serde_json::Value, EncodeError> {
    let element = |value: &Value| {
        Ok(match value {
            Value::Null => serde_json::Value::Null,
            Value::Boolean(boolean) => (*boolean).into(),
            Value::SmallInteger(number) => (*number).into(),
            Value::Integer(number) => (*number).into(),
            Value::BigInteger(number) => (*number).into(),
            Value::Real(number) if number.is_finite() => f64::from(*number).into(),
            Value::Double(number) if number.is_finite() => (*number).into(),
            Value::Text(text) => text.clone().into(),
            Value::Json(document) => document.clone(),
            Value::Array(nested) => json_array(nested)?,
            other => plain_text(other).ok_or_else(|| mismatch(other))?.into(),
        })
    };
    elements.iter().map(element).collect::<Result<_, _>>().map(serde_json::Value::Array)
}
