//! Values as constants, and the types that PostgreSQL's parameters are declared with.

use limbeck_schema::{Dialect, Value};

use crate::query::QueryError;
use crate::quote::quote_literal;

/// The type that a value is declared with, where PostgreSQL cannot know it. Text is left to the server's guess unless
/// `text` says that it would not guess.
pub(super) fn cast_name(value: &Value, text: bool) -> Option<String> {
    let name = match value {
        Value::Null | Value::Text(_) if text => "text",
        Value::Null | Value::Text(_) => return None,
        Value::Array(elements) => {
            let element = elements.iter().find(|element| **element != Value::Null)?;
            return cast_name(element, text).map(|name| name + "[]");
        }
        other => type_of(other)?,
    };
    Some(name.to_owned())
}

fn type_of(value: &Value) -> Option<&'static str> {
    Some(match value {
        Value::Boolean(_) => "boolean",
        Value::SmallInteger(_) => "smallint",
        Value::Integer(_) => "integer",
        Value::BigInteger(_) => "bigint",
        Value::Real(_) => "real",
        Value::Double(_) => "double precision",
        Value::Text(_) => "text",
        Value::Binary(_) => "bytea",
        Value::Json(_) => "jsonb",
        #[cfg(feature = "chrono")]
        Value::Date(_) => "date",
        #[cfg(feature = "chrono")]
        Value::Time(_) => "time",
        #[cfg(feature = "chrono")]
        Value::DateTime(_) => "timestamp",
        #[cfg(feature = "chrono")]
        Value::Instant(_) => "timestamptz",
        #[cfg(feature = "uuid")]
        Value::Uuid(_) => "uuid",
        #[cfg(feature = "rust_decimal")]
        Value::Decimal(_) => "numeric",
        _ => return None,
    })
}

/// Whether a constant begins with a sign.
pub(super) fn is_signed(value: &Value) -> bool {
    match value {
        Value::SmallInteger(number) => *number < 0,
        Value::Integer(number) => *number < 0,
        Value::BigInteger(number) => *number < 0,
        Value::Real(number) => number.is_sign_negative(),
        Value::Double(number) => number.is_sign_negative(),
        #[cfg(feature = "rust_decimal")]
        Value::Decimal(number) => number.is_sign_negative(),
        _ => false,
    }
}

/// A value as SQL text.
pub(super) fn literal(dialect: Dialect, value: &Value) -> Result<String, QueryError> {
    let sqlite = dialect == Dialect::Sqlite;
    let typed = |text: &str, name: &str| {
        let quoted = quote_literal(dialect, text);
        if sqlite { quoted } else { format!("{quoted}::{name}") }
    };
    Ok(match value {
        Value::Null => "NULL".to_owned(),
        Value::Boolean(boolean) => match (sqlite, *boolean) {
            (true, boolean) => u8::from(boolean).to_string(),
            (false, true) => "TRUE".to_owned(),
            (false, false) => "FALSE".to_owned(),
        },
        Value::SmallInteger(number) => number.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::BigInteger(number) => big_integer(dialect, *number),
        Value::Real(number) => float(dialect, f64::from(*number), &number.to_string(), "real")?,
        Value::Double(number) => float(dialect, *number, &number.to_string(), "double precision")?,
        Value::Text(text) => quote_text(dialect, text)?,
        Value::Binary(bytes) if sqlite => format!("X'{}'", hexadecimal(bytes)),
        Value::Binary(bytes) => format!("'\\x{}'::bytea", hexadecimal(bytes)),
        Value::Json(document) => typed(&document.to_string(), "jsonb"),
        Value::Array(elements) if !sqlite => {
            let items: Vec<_> = elements.iter().map(|e| literal(dialect, e)).collect::<Result<_, _>>()?;
            match cast_name(value, true) {
                Some(name) => format!("ARRAY[{}]::{name}", items.join(", ")),
                None => "'{}'".to_owned(),
            }
        }
        #[cfg(feature = "chrono")]
        Value::Date(date) => typed(&date.to_string(), "date"),
        #[cfg(feature = "chrono")]
        Value::Time(time) => typed(&time.to_string(), "time"),
        #[cfg(feature = "chrono")]
        Value::DateTime(time) => typed(&time.to_string(), "timestamp"),
        #[cfg(feature = "chrono")]
        Value::Instant(time) if sqlite => quote_literal(dialect, &time.naive_utc().to_string()),
        #[cfg(feature = "chrono")]
        Value::Instant(time) => typed(&format!("{}+00", time.naive_utc()), "timestamptz"),
        #[cfg(feature = "uuid")]
        Value::Uuid(uuid) if sqlite => quote_literal(dialect, &uuid.simple().to_string()),
        #[cfg(feature = "uuid")]
        Value::Uuid(uuid) => typed(&uuid.to_string(), "uuid"),
        #[cfg(feature = "rust_decimal")]
        Value::Decimal(number) => number.to_string(),
        Value::Array(_) => return Err(QueryError::Literal("an array")),
        _ => return Err(QueryError::Literal("a value of this type")),
    })
}

fn quote_text(dialect: Dialect, text: &str) -> Result<String, QueryError> {
    // Neither can hold it in a string constant (PostgreSQL docs, "String Constants"; SQLite docs, "NUL Characters In
    // Strings").
    if text.contains('\0') {
        return Err(QueryError::Literal("a text with a NUL character"));
    }
    Ok(quote_literal(dialect, text))
}

/// The least integer has no constant of its own: its sign is an operator on a number that is too large.
fn big_integer(dialect: Dialect, number: i64) -> String {
    match (dialect, number) {
        (Dialect::Sqlite, i64::MIN) => "(-9223372036854775807 - 1)".to_owned(),
        (Dialect::Postgresql, i64::MIN) => "'-9223372036854775808'::bigint".to_owned(),
        (_, number) => number.to_string(),
    }
}

fn float(dialect: Dialect, number: f64, text: &str, name: &str) -> Result<String, QueryError> {
    Ok(match dialect {
        Dialect::Postgresql => {
            let text = match number {
                number if number.is_nan() => "NaN",
                f64::INFINITY => "Infinity",
                f64::NEG_INFINITY => "-Infinity",
                _ => text,
            };
            format!("'{text}'::{name}")
        }
        // SQLite docs, "Floating Point Numbers": too large a constant is an infinity.
        Dialect::Sqlite => match number {
            number if number.is_nan() => return Err(QueryError::Literal("a number that is none")),
            f64::INFINITY => "9e999".to_owned(),
            f64::NEG_INFINITY => "-9e999".to_owned(),
            number => format!("{number:?}"),
        },
    })
}

/// A value as PostgreSQL reads it from text, where it is no NULL.
///
/// # Errors
/// [`QueryError::Literal`] for a value that has no text.
pub fn postgresql_text(value: &Value) -> Result<String, QueryError> {
    Ok(match value {
        Value::Boolean(boolean) => boolean.to_string(),
        Value::SmallInteger(number) => number.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::BigInteger(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Double(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Binary(bytes) => format!("\\x{}", hexadecimal(bytes)),
        Value::Json(document) => document.to_string(),
        Value::Array(elements) => {
            let elements: Vec<String> = elements.iter().map(element_text).collect::<Result<_, _>>()?;
            format!("{{{}}}", elements.join(","))
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
        _ => return Err(QueryError::Literal("a value of this type")),
    })
}

/// PostgreSQL docs, "Array Input and Output Syntax": quotes and backslashes are escaped.
fn element_text(element: &Value) -> Result<String, QueryError> {
    Ok(match element {
        Value::Null => "NULL".to_owned(),
        Value::Array(_) => postgresql_text(element)?,
        other => format!("\"{}\"", postgresql_text(other)?.replace('\\', "\\\\").replace('"', "\\\"")),
    })
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_are_quoted() {
        let elements = vec![Value::Text("a \"b\" \\".to_owned()), Value::Null, Value::Text(String::new())];
        assert_eq!(postgresql_text(&Value::Array(elements)), Ok(r#"{"a \"b\" \\",NULL,""}"#.to_owned()));
        let nested = vec![Value::Array(vec![Value::Integer(1)]), Value::Array(vec![Value::Integer(2)])];
        assert_eq!(postgresql_text(&Value::Array(nested)), Ok(r#"{{"1"},{"2"}}"#.to_owned()));
    }
}
