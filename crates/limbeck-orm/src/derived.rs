//! What the code written by the derives calls.

use limbeck_schema::UnknownEnumValue;

pub use crate::polymorphic::{join_kind, kind_items};
pub use limbeck_dialect::query::SelectItem;
pub use limbeck_engine::{Column as RawColumn, Decode, DecodeError, Row};
pub use limbeck_schema::{ToValue, Value};

/// Reads a value of an enum type, which comes as text.
///
/// # Errors
/// When it is no text, or none of the enum's values.
pub fn decode_enum<T>(column: RawColumn<'_>, name: &str) -> Result<T, DecodeError>
where
    T: for<'a> TryFrom<&'a str, Error = UnknownEnumValue>,
{
    let text = String::decode(column)?;
    T::try_from(&text).map_err(|_| DecodeError::value(name, text))
}

/// Reads a part of a key out of its values.
///
/// # Errors
/// When it is not of that type.
pub fn key_part<T: Decode>(values: &[Value], place: usize) -> Result<T, DecodeError> {
    limbeck_engine::decode_value(values.get(place).unwrap_or(&Value::Null))
}
