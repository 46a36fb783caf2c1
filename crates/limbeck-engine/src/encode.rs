//! What both drivers' ways of sending values share.

use limbeck_schema::Value;

/// A value that cannot be sent as the parameter it stands for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// The database expects another kind of value there.
    #[error("a parameter of type `{expected}` cannot be {found}")]
    Mismatch {
        /// The type that the database expects, by its name.
        expected: String,
        /// What the value is.
        found: &'static str,
    },
    /// The value is of the right kind and too large.
    #[error("`{value}` does not fit a parameter of type `{expected}`")]
    OutOfRange {
        /// The type that the database expects, by its name.
        expected: String,
        /// The value.
        value: String,
    },
    /// A row for [`copy_in`](crate::Connection::copy_in) that does not have a value for each column.
    #[error("a row has {found} values for {expected} columns")]
    RowWidth {
        /// How many columns there are.
        expected: usize,
        /// How many values the row has.
        found: usize,
    },
    /// Text with a NUL character, which PostgreSQL cannot hold.
    #[error("text with a NUL character cannot be sent to PostgreSQL")]
    Nul,
}

impl EncodeError {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            EncodeError::Mismatch { .. } => "engine.parameter-type",
            EncodeError::OutOfRange { .. } => "engine.value-out-of-range",
            EncodeError::RowWidth { .. } => "engine.row-width",
            EncodeError::Nul => "engine.nul-character",
        }
    }
}

/// What a value is, for messages.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "NULL",
        Value::Boolean(_) => "a boolean",
        Value::SmallInteger(_) | Value::Integer(_) | Value::BigInteger(_) => "an integer",
        Value::Real(_) | Value::Double(_) => "a floating-point number",
        Value::Text(_) => "text",
        Value::Binary(_) => "bytes",
        Value::Json(_) => "a JSON document",
        Value::Array(_) => "an array",
        #[cfg(feature = "chrono")]
        Value::Date(_) => "a date",
        #[cfg(feature = "chrono")]
        Value::Time(_) => "a time of day",
        #[cfg(feature = "chrono")]
        Value::DateTime(_) => "a date with a time of day",
        #[cfg(feature = "chrono")]
        Value::Instant(_) => "a point in time",
        #[cfg(feature = "uuid")]
        Value::Uuid(_) => "a UUID",
        #[cfg(feature = "rust_decimal")]
        Value::Decimal(_) => "a decimal number",
        _ => "a value of an unknown kind",
    }
}
