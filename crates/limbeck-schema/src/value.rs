//! Values of columns, outside of any database.

/// A value as a statement carries it to the database, and as generic code holds it.
///
/// The variants are Rust's types, not a dialect's: what a database makes of one (a UUID is text on SQLite) is for the
/// engine to know.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// SQL's NULL, of any type.
    Null,
    /// A boolean.
    Boolean(bool),
    /// An integer of 16 bits.
    SmallInteger(i16),
    /// An integer of 32 bits.
    Integer(i32),
    /// An integer of 64 bits.
    BigInteger(i64),
    /// A number in single precision.
    Real(f32),
    /// A number in double precision.
    Double(f64),
    /// Text; the value of an enum type too.
    Text(String),
    /// Bytes.
    Binary(Vec<u8>),
    /// A JSON document.
    Json(serde_json::Value),
    /// An array, of values of one type or NULL.
    Array(Vec<Value>),
    /// A date.
    #[cfg(feature = "chrono")]
    Date(chrono::NaiveDate),
    /// A time of day.
    #[cfg(feature = "chrono")]
    Time(chrono::NaiveTime),
    /// A date with a time of day, in no time zone.
    #[cfg(feature = "chrono")]
    DateTime(chrono::NaiveDateTime),
    /// A point in time.
    #[cfg(feature = "chrono")]
    Instant(chrono::DateTime<chrono::Utc>),
    /// A UUID.
    #[cfg(feature = "uuid")]
    Uuid(uuid::Uuid),
    /// A decimal number.
    #[cfg(feature = "rust_decimal")]
    Decimal(rust_decimal::Decimal),
}

/// A type whose values a statement can carry. Every [`ColumnType`](crate::ColumnType) of this crate is one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent to a database",
    note = "implement `limbeck::ToValue` for it, or derive `limbeck::Enum` or `limbeck::Domain`"
)]
pub trait ToValue {
    /// The value as a statement carries it.
    fn to_value(&self) -> Value;
}

macro_rules! to_value {
    ($($(#[$cfg:meta])* $rust:ty => |$this:ident| $value:expr;)*) => {
        $($(#[$cfg])* impl ToValue for $rust {
            fn to_value(&self) -> Value {
                let $this = self;
                $value
            }
        })*
    };
}

to_value! {
    bool => |b| Value::Boolean(*b);
    i16 => |n| Value::SmallInteger(*n);
    i32 => |n| Value::Integer(*n);
    i64 => |n| Value::BigInteger(*n);
    f32 => |n| Value::Real(*n);
    f64 => |n| Value::Double(*n);
    str => |text| Value::Text(text.to_owned());
    String => |text| Value::Text(text.clone());
    [u8] => |bytes| Value::Binary(bytes.to_vec());
    Vec<u8> => |bytes| Value::Binary(bytes.clone());
    serde_json::Value => |document| Value::Json(document.clone());
    Value => |value| value.clone();
    #[cfg(feature = "chrono")] chrono::NaiveDate => |date| Value::Date(*date);
    #[cfg(feature = "chrono")] chrono::NaiveTime => |time| Value::Time(*time);
    #[cfg(feature = "chrono")] chrono::NaiveDateTime => |time| Value::DateTime(*time);
    #[cfg(feature = "chrono")] chrono::DateTime<chrono::Utc> => |time| Value::Instant(*time);
    #[cfg(feature = "chrono")] chrono::DateTime<chrono::FixedOffset> => |time| Value::Instant(time.to_utc());
    #[cfg(feature = "uuid")] uuid::Uuid => |uuid| Value::Uuid(*uuid);
    #[cfg(feature = "rust_decimal")] rust_decimal::Decimal => |number| Value::Decimal(*number);
}

impl<T: ToValue + ?Sized> ToValue for &T {
    fn to_value(&self) -> Value {
        (**self).to_value()
    }
}

impl<T: ToValue> ToValue for Option<T> {
    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, ToValue::to_value)
    }
}

impl<T: ToValue + crate::ArrayElement> ToValue for Vec<T> {
    fn to_value(&self) -> Value {
        Value::Array(self.iter().map(ToValue::to_value).collect())
    }
}
