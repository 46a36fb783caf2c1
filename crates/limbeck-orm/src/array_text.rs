//! How a column's values travel as one PostgreSQL array.

use limbeck_dialect::type_name;
use limbeck_schema::{Dialect, SqlType, Value};

/// The type of the array's elements.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ArrayType {
    /// The column's own.
    Own(&'static str),
    /// Text, which is cast to the column's type: `unnest` would flatten arrays, and types of the user's are unknown here.
    Text(String),
}

/// How the values of a column of this type travel.
pub(crate) fn array_type(sql_type: Option<&SqlType>) -> ArrayType {
    let Some(sql_type) = sql_type else { return ArrayType::Own("text") };
    ArrayType::Own(match sql_type {
        SqlType::SmallInteger => "int2",
        SqlType::Integer => "int4",
        SqlType::BigInteger => "int8",
        SqlType::Numeric { .. } => "numeric",
        SqlType::Real => "float4",
        SqlType::Double => "float8",
        SqlType::Boolean => "bool",
        // A cast to VARCHAR(n) would cut the text; the assignment to the column refuses what is too long.
        SqlType::String { .. } | SqlType::Char { .. } | SqlType::Text => "text",
        SqlType::Date => "date",
        SqlType::Time { timezone: false, .. } => "time",
        SqlType::DateTime { timezone: false, .. } => "timestamp",
        SqlType::DateTime { timezone: true, .. } => "timestamptz",
        SqlType::LargeBinary => "bytea",
        SqlType::Uuid => "uuid",
        SqlType::Json => "json",
        SqlType::Jsonb => "jsonb",
        SqlType::Variants { generic, variants } => {
            return array_type(Some(variants.get(&Dialect::Postgresql).unwrap_or(generic)));
        }
        other => return text_type(other),
    })
}

fn text_type(sql_type: &SqlType) -> ArrayType {
    match type_name(Dialect::Postgresql, sql_type) {
        Ok(name) => ArrayType::Text(name),
        // A type of another dialect alone: the model does not go with this database, which will say so.
        Err(_) => ArrayType::Own("text"),
    }
}

impl ArrayType {
    /// The array of these values.
    pub(crate) fn array(&self, values: Vec<Value>) -> Value {
        match self {
            ArrayType::Own(_) => Value::Array(values),
            ArrayType::Text(_) => Value::Array(values.into_iter().map(as_text).collect()),
        }
    }
}

fn as_text(value: Value) -> Value {
    match value {
        Value::Null | Value::Text(_) => value,
        other => Value::Text(literal(&other)),
    }
}

/// A value as PostgreSQL reads it from text.
fn literal(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Boolean(value) => value.to_string(),
        Value::SmallInteger(number) => number.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::BigInteger(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Double(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Binary(bytes) => {
            bytes.iter().fold("\\x".to_owned(), |text, byte| text + &format!("{byte:02x}"))
        }
        Value::Json(document) => document.to_string(),
        Value::Array(elements) => {
            let elements = elements.iter().map(|element| match element {
                Value::Null | Value::Array(_) => literal(element),
                // PostgreSQL docs, "Array Input and Output Syntax": quotes and backslashes are escaped.
                other => format!("\"{}\"", literal(other).replace('\\', "\\\\").replace('"', "\\\"")),
            });
            format!("{{{}}}", elements.collect::<Vec<_>>().join(","))
        }
        #[cfg(feature = "chrono")]
        Value::Date(date) => date.to_string(),
        #[cfg(feature = "chrono")]
        Value::Time(time) => time.to_string(),
        #[cfg(feature = "chrono")]
        Value::DateTime(time) => time.to_string(),
        #[cfg(feature = "chrono")]
        Value::Instant(time) => format!("{}+00", time.naive_utc()),
        #[cfg(feature = "uuid")]
        Value::Uuid(uuid) => uuid.to_string(),
        #[cfg(feature = "rust_decimal")]
        Value::Decimal(number) => number.to_string(),
        // `Value` may grow; what this does not know yet travels under its debug text, which the server refuses.
        other => format!("{other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_are_quoted() {
        let elements = vec![Value::Text("a \"b\" \\".to_owned()), Value::Null, Value::Text(String::new())];
        assert_eq!(literal(&Value::Array(elements)), r#"{"a \"b\" \\",NULL,""}"#);
        let nested = vec![Value::Array(vec![Value::Integer(1)]), Value::Array(vec![Value::Integer(2)])];
        assert_eq!(literal(&Value::Array(nested)), r#"{{"1"},{"2"}}"#);
    }

    #[test]
    fn a_text_is_not_cast_to_its_length() {
        assert_eq!(array_type(Some(&SqlType::string(20))), ArrayType::Own("text"));
        let moods = SqlType::Enum("mood".into());
        assert_eq!(array_type(Some(&moods)), ArrayType::Text("mood".to_owned()));
    }
}
