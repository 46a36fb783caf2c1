//! From a column's value to a Rust type.
//!
//! Integers widen where nothing can be lost. Nothing else converts by itself: a cast belongs into the statement, where a
//! reader sees it.

mod error;

use limbeck_schema::Value;

use crate::Column;
use crate::{postgresql, sqlite};

pub use error::DecodeError;

/// A type that a column's value can be read as.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a column",
    note = "implement `Decode` for it, or derive `limbeck::Enum` or `limbeck::Domain`"
)]
pub trait Decode: Sized {
    /// Reads the value.
    ///
    /// # Errors
    /// When the column holds another type, NULL or a value that `Self` does not have.
    fn decode(column: Column<'_>) -> Result<Self, DecodeError>;

    /// Reads the elements of an array. Only bytes are something else than the sum of their elements.
    ///
    /// # Errors
    /// As [`Decode::decode`], for each element.
    fn decode_array(column: Column<'_>) -> Result<Vec<Self>, DecodeError> {
        let mut elements = Vec::new();
        match column {
            Column::Postgresql { ty, raw } => postgresql::decode::array(ty, raw, &mut |element| {
                elements.push(Self::decode(element)?);
                Ok(())
            })?,
            Column::Sqlite(value) => sqlite::decode::array(value, &mut |element| {
                elements.push(Self::decode(element)?);
                Ok(())
            })?,
        }
        Ok(elements)
    }
}

impl<T: Decode> Decode for Option<T> {
    fn decode(column: Column<'_>) -> Result<Self, DecodeError> {
        if column.is_null() { Ok(None) } else { T::decode(column).map(Some) }
    }
}

impl<T: Decode> Decode for Vec<T> {
    fn decode(column: Column<'_>) -> Result<Self, DecodeError> {
        T::decode_array(column)
    }
}

/// Alone it is a number, in a `Vec` a byte of binary data.
impl Decode for u8 {
    fn decode(column: Column<'_>) -> Result<Self, DecodeError> {
        let number = integer(column, "u8")?;
        u8::try_from(number).map_err(|_| DecodeError::value("u8", number))
    }

    fn decode_array(column: Column<'_>) -> Result<Vec<Self>, DecodeError> {
        match column {
            Column::Postgresql { ty, raw } => postgresql::decode::bytes(ty, raw).map(<[u8]>::to_vec),
            Column::Sqlite(value) => sqlite::decode::bytes(value).map(<[u8]>::to_vec),
        }
    }
}

/// Reads a value that was decoded as [`Value`] before, or is about to be sent: the way that it would take through a
/// database.
///
/// # Errors
/// When it is of another type.
pub fn decode_value<T: Decode>(value: &Value) -> Result<T, DecodeError> {
    sqlite::encode::decode_value(value)
}

fn integer(column: Column<'_>, expected: &'static str) -> Result<i64, DecodeError> {
    match column {
        Column::Postgresql { ty, raw } => postgresql::decode::integer(ty, raw, expected),
        Column::Sqlite(value) => sqlite::decode::integer(value, expected),
    }
}

macro_rules! decode {
    ($($(#[$cfg:meta])* $rust:ty => $name:ident;)*) => {
        $($(#[$cfg])* impl Decode for $rust {
            fn decode(column: Column<'_>) -> Result<Self, DecodeError> {
                match column {
                    Column::Postgresql { ty, raw } => postgresql::decode::$name(ty, raw),
                    Column::Sqlite(value) => sqlite::decode::$name(value),
                }
            }
        })*
    };
}

decode! {
    i16 => small_integer;
    i32 => standard_integer;
    i64 => big_integer;
    f32 => real;
    f64 => double;
    bool => boolean;
    String => string;
    serde_json::Value => json;
    Value => value;
    #[cfg(feature = "chrono")] chrono::NaiveDate => date;
    #[cfg(feature = "chrono")] chrono::NaiveTime => time;
    #[cfg(feature = "chrono")] chrono::NaiveDateTime => date_time;
    #[cfg(feature = "chrono")] chrono::DateTime<chrono::Utc> => instant;
    #[cfg(feature = "uuid")] uuid::Uuid => uuid;
    #[cfg(feature = "rust_decimal")] rust_decimal::Decimal => decimal;
}

#[cfg(feature = "chrono")]
impl Decode for chrono::DateTime<chrono::FixedOffset> {
    fn decode(column: Column<'_>) -> Result<Self, DecodeError> {
        chrono::DateTime::<chrono::Utc>::decode(column).map(|instant| instant.fixed_offset())
    }
}
