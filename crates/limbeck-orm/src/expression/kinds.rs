//! What kinds of types there are, for the methods that not all expressions have.

use limbeck_schema::{ArrayElement, ToValue};

/// A type that knows NULL: `Option`.
#[diagnostic::on_unimplemented(
    message = "an expression of type `{Self}` is never NULL",
    label = "only an `Option` can be NULL",
    note = "on the outer side of a join it can be: ask for `.optional().is_null()`"
)]
pub trait Nullable {
    /// The type without NULL.
    type Value;
}

impl<T> Nullable for Option<T> {
    type Value = T;
}

/// A type, with NULL besides: what the least of several values is, since there may be none.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not known as the type of a column",
    note = "for a type of your own, implement `limbeck::orm::Maybe` with `type Optional = Option<Self>`"
)]
pub trait Maybe {
    /// `Option<Self>`, and of an `Option` itself.
    type Optional;
}

impl<T> Maybe for Option<T> {
    type Optional = Option<T>;
}

impl<T> Maybe for Vec<T> {
    type Optional = Option<Vec<T>>;
}

macro_rules! maybe {
    ($($(#[$cfg:meta])* $rust:ty;)*) => { $($(#[$cfg])* impl Maybe for $rust {
        type Optional = Option<$rust>;
    })* };
}

maybe! {
    i16; i32; i64; f32; f64; bool; String; serde_json::Value;
    #[cfg(feature = "chrono")] chrono::NaiveDate;
    #[cfg(feature = "chrono")] chrono::NaiveTime;
    #[cfg(feature = "chrono")] chrono::NaiveDateTime;
    #[cfg(feature = "chrono")] chrono::DateTime<chrono::Utc>;
    #[cfg(feature = "chrono")] chrono::DateTime<chrono::FixedOffset>;
    #[cfg(feature = "uuid")] uuid::Uuid;
    #[cfg(feature = "rust_decimal")] rust_decimal::Decimal;
}

/// Text, which can be searched.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no text",
    label = "only text can be searched",
    note = "cast it first: `.cast::<String>()`; for a type of your own over text, implement `limbeck::orm::TextType`"
)]
pub trait TextType {}

impl TextType for String {}
impl<T: TextType> TextType for Option<T> {}

/// A number, which can be calculated with.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no number",
    label = "only numbers can be calculated with",
    note = "for a type of your own over a number, implement `limbeck::orm::NumberType`"
)]
pub trait NumberType {
    /// What the sum of several is: `i64` of integers. A sum of nothing is NULL.
    type Sum;
}

macro_rules! numbers {
    ($($(#[$cfg:meta])* $rust:ty => $sum:ty;)*) => {
        $($(#[$cfg])* impl NumberType for $rust {
            type Sum = $sum;
        })*
    };
}

numbers! {
    i16 => i64;
    i32 => i64;
    i64 => i64;
    f32 => f32;
    f64 => f64;
    #[cfg(feature = "rust_decimal")] rust_decimal::Decimal => rust_decimal::Decimal;
}

impl<T: NumberType> NumberType for Option<T> {
    type Sum = T::Sum;
}

/// A JSON document.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no JSON document",
    note = "a column of type `serde_json::Value` is one; for a type of your own, implement `limbeck::orm::JsonType`"
)]
pub trait JsonType {}

impl JsonType for serde_json::Value {}
impl<T: JsonType> JsonType for Option<T> {}

/// An array.
#[diagnostic::on_unimplemented(message = "`{Self}` is no array", note = "a column of type `Vec` is one")]
pub trait ArrayType {
    /// What it holds.
    type Element: ToValue;
}

impl<T: ArrayElement + ToValue> ArrayType for Vec<T> {
    type Element = T;
}

impl<T: ArrayType> ArrayType for Option<T> {
    type Element = T::Element;
}
