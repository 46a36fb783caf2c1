//! How a column's values travel as one PostgreSQL array.

use limbeck_dialect::query::postgresql_text;
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
        // What has no text travels as it is, and the server refuses it.
        other => postgresql_text(&other).map_or(other, Value::Text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_not_cast_to_its_length() {
        assert_eq!(array_type(Some(&SqlType::string(20))), ArrayType::Own("text"));
        let moods = SqlType::Enum("mood".into());
        assert_eq!(array_type(Some(&moods)), ArrayType::Text("mood".to_owned()));
    }
}
