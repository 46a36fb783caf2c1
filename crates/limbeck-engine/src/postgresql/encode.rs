//! Values as parameters of a PostgreSQL statement.
//!
//! The server says which type it expects of each parameter. Where a value has that type's binary format it is sent in it,
//! else as text, which the server reads as it would a literal: text goes for an enum, a `numeric`, an `inet`.

use std::error::Error;
use std::fmt::Write as _;

use limbeck_schema::Value;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{Format, IsNull, Kind, ToSql, Type, to_sql_checked};

use super::decode::{base, is_textual};
use super::numeric;
use crate::encode::{EncodeError, kind};

/// A value on its way to the server.
#[derive(Debug)]
pub(super) struct Parameter<'a>(pub(super) &'a Value);

/// The type of a parameter about which the server alone decides; its values go as text.
pub(super) fn unspecified() -> Type {
    Type::new("unspecified".to_owned(), 0, Kind::Simple, "pg_catalog".to_owned())
}

impl ToSql for Parameter<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        if matches!(self.0, Value::Null) {
            return Ok(IsNull::Yes);
        }
        let ty = base(ty);
        if has_binary_format(self.0, ty) {
            binary(self.0, ty, out)?;
        } else {
            out.extend_from_slice(text(self.0, ty)?.as_bytes());
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, ty: &Type) -> Format {
        if has_binary_format(self.0, base(ty)) { Format::Binary } else { Format::Text }
    }

    to_sql_checked!();
}

/// Whether [`binary`] knows the way; `ty` is no domain.
pub(super) fn has_binary_format(value: &Value, ty: &Type) -> bool {
    match value {
        Value::Null => true,
        Value::Boolean(_) => *ty == Type::BOOL,
        Value::SmallInteger(_) | Value::Integer(_) | Value::BigInteger(_) => {
            matches!(*ty, Type::INT2 | Type::INT4 | Type::INT8 | Type::OID | Type::FLOAT8 | Type::NUMERIC)
        }
        Value::Real(_) | Value::Double(_) => matches!(*ty, Type::FLOAT4 | Type::FLOAT8),
        Value::Text(_) => is_textual(ty),
        Value::Binary(_) => *ty == Type::BYTEA,
        Value::Json(_) => matches!(*ty, Type::JSON | Type::JSONB),
        Value::Array(elements) => match ty.kind() {
            Kind::Array(element) => {
                let element = base(element);
                elements
                    .iter()
                    .all(|value| !matches!(value, Value::Array(_)) && has_binary_format(value, element))
            }
            _ => false,
        },
        #[cfg(feature = "chrono")]
        Value::Date(_) => *ty == Type::DATE,
        #[cfg(feature = "chrono")]
        Value::Time(_) => *ty == Type::TIME,
        #[cfg(feature = "chrono")]
        Value::DateTime(_) => *ty == Type::TIMESTAMP,
        #[cfg(feature = "chrono")]
        Value::Instant(_) => *ty == Type::TIMESTAMPTZ,
        #[cfg(feature = "uuid")]
        Value::Uuid(_) => *ty == Type::UUID,
        #[cfg(feature = "rust_decimal")]
        Value::Decimal(_) => *ty == Type::NUMERIC,
        _ => false,
    }
}

fn mismatch(value: &Value, ty: &Type) -> EncodeError {
    EncodeError::Mismatch { expected: ty.name().to_owned(), found: kind(value) }
}

fn out_of_range(value: impl std::fmt::Display, ty: &Type) -> EncodeError {
    EncodeError::OutOfRange { expected: ty.name().to_owned(), value: value.to_string() }
}

fn binary(value: &Value, ty: &Type, out: &mut BytesMut) -> Result<(), EncodeError> {
    match value {
        Value::Boolean(boolean) => out.extend_from_slice(&[u8::from(*boolean)]),
        Value::SmallInteger(number) => integer((*number).into(), ty, out)?,
        Value::Integer(number) => integer((*number).into(), ty, out)?,
        Value::BigInteger(number) => integer(*number, ty, out)?,
        Value::Real(number) if *ty == Type::FLOAT4 => out.extend_from_slice(&number.to_be_bytes()),
        Value::Real(number) => out.extend_from_slice(&f64::from(*number).to_be_bytes()),
        Value::Double(number) if *ty == Type::FLOAT8 => out.extend_from_slice(&number.to_be_bytes()),
        Value::Double(number) => {
            #[allow(clippy::cast_possible_truncation, reason = "rounds as the server's own assignment does")]
            let narrowed = *number as f32;
            if narrowed.is_infinite() && number.is_finite() {
                return Err(out_of_range(number, ty));
            }
            out.extend_from_slice(&narrowed.to_be_bytes());
        }
        Value::Text(text) => out.extend_from_slice(checked(text)?.as_bytes()),
        Value::Binary(bytes) => out.extend_from_slice(bytes),
        Value::Json(document) => {
            if *ty == Type::JSONB {
                out.extend_from_slice(&[1]);
            }
            out.extend_from_slice(document.to_string().as_bytes());
        }
        Value::Array(elements) => array(elements, ty, out)?,
        #[cfg(feature = "chrono")]
        Value::Date(date) => {
            let days = date.signed_duration_since(super::decode::EPOCH).num_days();
            let days = i32::try_from(days).map_err(|_| out_of_range(date, ty))?;
            out.extend_from_slice(&days.to_be_bytes());
        }
        #[cfg(feature = "chrono")]
        Value::Time(time) => {
            let since_midnight = time.signed_duration_since(chrono::NaiveTime::MIN);
            out.extend_from_slice(&microseconds(since_midnight, time, ty)?);
        }
        #[cfg(feature = "chrono")]
        Value::DateTime(time) => out.extend_from_slice(&since_epoch(*time, ty)?),
        #[cfg(feature = "chrono")]
        Value::Instant(time) => out.extend_from_slice(&since_epoch(time.naive_utc(), ty)?),
        #[cfg(feature = "uuid")]
        Value::Uuid(uuid) => out.extend_from_slice(uuid.as_bytes()),
        #[cfg(feature = "rust_decimal")]
        Value::Decimal(number) => numeric(&number.to_string(), ty, out)?,
        value => return Err(mismatch(value, ty)),
    }
    Ok(())
}

fn integer(number: i64, ty: &Type, out: &mut BytesMut) -> Result<(), EncodeError> {
    let too_large = |_| out_of_range(number, ty);
    match *ty {
        Type::INT2 => out.extend_from_slice(&i16::try_from(number).map_err(too_large)?.to_be_bytes()),
        Type::INT4 => out.extend_from_slice(&i32::try_from(number).map_err(too_large)?.to_be_bytes()),
        Type::INT8 => out.extend_from_slice(&number.to_be_bytes()),
        Type::OID => out.extend_from_slice(&u32::try_from(number).map_err(too_large)?.to_be_bytes()),
        Type::NUMERIC => numeric(&number.to_string(), ty, out)?,
        _ => {
            #[allow(clippy::cast_precision_loss, reason = "rounds as the server's own cast does")]
            let number = number as f64;
            out.extend_from_slice(&number.to_be_bytes());
        }
    }
    Ok(())
}

fn numeric(text: &str, ty: &Type, out: &mut BytesMut) -> Result<(), EncodeError> {
    out.extend_from_slice(&numeric::binary(text).ok_or_else(|| out_of_range(text, ty))?);
    Ok(())
}

/// The server would refuse it too, in words about an encoding.
fn checked(text: &str) -> Result<&str, EncodeError> {
    if text.contains('\0') { Err(EncodeError::Nul) } else { Ok(text) }
}

fn array(elements: &[Value], ty: &Type, out: &mut BytesMut) -> Result<(), EncodeError> {
    let Kind::Array(element) = ty.kind() else { return Ok(()) };
    let count =
        i32::try_from(elements.len()).map_err(|_| out_of_range("an array of so many elements", ty))?;
    let has_null = elements.iter().any(|value| matches!(value, Value::Null));
    out.extend_from_slice(&i32::from(count > 0).to_be_bytes());
    out.extend_from_slice(&i32::from(has_null).to_be_bytes());
    out.extend_from_slice(&element.oid().to_be_bytes());
    if count > 0 {
        out.extend_from_slice(&count.to_be_bytes());
        // The lower bound.
        out.extend_from_slice(&1_i32.to_be_bytes());
    }
    let element = base(element);
    for value in elements {
        prefixed(value, element, out)?;
    }
    Ok(())
}

/// A value behind its length, which is -1 for NULL: so elements stand in arrays, and fields in COPY.
pub(super) fn prefixed(value: &Value, ty: &Type, out: &mut BytesMut) -> Result<(), EncodeError> {
    let start = out.len();
    out.extend_from_slice(&(-1_i32).to_be_bytes());
    if matches!(value, Value::Null) {
        return Ok(());
    }
    binary(value, ty, out)?;
    let length = out.len() - start - 4;
    let length = i32::try_from(length).map_err(|_| out_of_range("a value of so many bytes", ty))?;
    if let Some(prefix) = out.get_mut(start..start + 4) {
        prefix.copy_from_slice(&length.to_be_bytes());
    }
    Ok(())
}

#[cfg(feature = "chrono")]
fn microseconds(
    duration: chrono::TimeDelta,
    of: impl std::fmt::Display,
    ty: &Type,
) -> Result<[u8; 8], EncodeError> {
    duration.num_microseconds().map(i64::to_be_bytes).ok_or_else(|| out_of_range(of, ty))
}

#[cfg(feature = "chrono")]
fn since_epoch(time: chrono::NaiveDateTime, ty: &Type) -> Result<[u8; 8], EncodeError> {
    let epoch = super::decode::EPOCH.and_time(chrono::NaiveTime::MIN);
    microseconds(time.signed_duration_since(epoch), time, ty)
}

/// The value as the server's input function of the type reads it.
pub(super) fn text(value: &Value, ty: &Type) -> Result<String, EncodeError> {
    let textual = is_textual(ty);
    Ok(match value {
        Value::Text(text) => checked(text)?.to_owned(),
        Value::Json(document) => document.to_string(),
        // What is no text to us does not become text by itself: `5` for a name is a mistake.
        Value::Boolean(_)
        | Value::SmallInteger(_)
        | Value::Integer(_)
        | Value::BigInteger(_)
        | Value::Real(_)
        | Value::Double(_)
        | Value::Binary(_)
            if textual =>
        {
            return Err(mismatch(value, ty));
        }
        Value::Boolean(boolean) if matches!(*ty, Type::BOOL) || ty.oid() == 0 => boolean.to_string(),
        Value::SmallInteger(number) => number.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::BigInteger(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Double(number) => number.to_string(),
        Value::Binary(bytes) if ty.oid() == 0 || *ty == Type::BYTEA => {
            bytes.iter().fold("\\x".to_owned(), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            })
        }
        Value::Array(elements) if matches!(*ty, Type::JSON | Type::JSONB) => {
            let document = crate::sqlite::encode::json_array(elements);
            document.map_err(|_| mismatch(value, ty))?.to_string()
        }
        Value::Array(elements) => array_text(elements, element_type(ty))?,
        #[cfg(feature = "chrono")]
        Value::Date(date) => date.to_string(),
        #[cfg(feature = "chrono")]
        Value::Time(time) => time.to_string(),
        #[cfg(feature = "chrono")]
        Value::DateTime(time) => time.to_string(),
        #[cfg(feature = "chrono")]
        Value::Instant(time) => time.naive_utc().to_string() + "+00",
        #[cfg(feature = "uuid")]
        Value::Uuid(uuid) => uuid.to_string(),
        #[cfg(feature = "rust_decimal")]
        Value::Decimal(number) => number.to_string(),
        value => return Err(mismatch(value, ty)),
    })
}

/// What is no array to the driver, such as a type that the server is to find out, has elements of its own kind.
fn element_type(ty: &Type) -> &Type {
    match ty.kind() {
        Kind::Array(element) => base(element),
        _ => ty,
    }
}

/// PostgreSQL docs, "Array Input and Output Syntax".
fn array_text(elements: &[Value], ty: &Type) -> Result<String, EncodeError> {
    let mut out = "{".to_owned();
    for (index, element) in elements.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        match element {
            Value::Null => out.push_str("NULL"),
            Value::Array(nested) => out.push_str(&array_text(nested, ty)?),
            element => {
                out.push('"');
                for character in text(element, ty)?.chars() {
                    if matches!(character, '"' | '\\') {
                        out.push('\\');
                    }
                    out.push(character);
                }
                out.push('"');
            }
        }
    }
    out.push('}');
    Ok(out)
}
