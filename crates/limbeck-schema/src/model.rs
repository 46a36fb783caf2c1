//! How Rust types declare a schema: the traits behind `#[derive(Model)]` and `#[derive(Enum)]`.

use crate::{Column, Declared, Domain, EnumType, MetaData, QualifiedName, SqlType, Table};

/// A struct that declares a table. Implemented by `#[derive(Model)]`.
///
/// The constants are what other models need to refer to this one. They are apart from [`Model::table`] so that
/// tables may refer to themselves and to each other.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no model",
    note = "derive it: `#[derive(limbeck::Model)]`"
)]
pub trait Model {
    /// The table's name, without its schema.
    const TABLE_NAME: &'static str;

    /// The table's schema, or `None` for the connection's default schema.
    const SCHEMA: Option<&'static str>;

    /// Every field with its column.
    const COLUMNS: &'static [(&'static str, &'static str)];

    /// The columns of the primary key, in key order.
    const PRIMARY_KEY: &'static [&'static str];

    /// Whether the table is declared by it: not that of a view, nor that of another model.
    const DECLARES_TABLE: bool = true;

    /// The table's name.
    fn table_name() -> QualifiedName {
        QualifiedName { schema: Self::SCHEMA.map(str::to_owned), name: Self::TABLE_NAME.to_owned() }
    }

    /// The table, with constraints still unnamed where the model gives no name.
    fn table() -> Table;

    /// The enum types that its columns use.
    fn enum_types() -> Vec<EnumType>;

    /// The domains that its columns use.
    fn domains() -> Vec<Domain> {
        Vec::new()
    }

    /// What is declared on the model besides its table: triggers, policies, privileges, an audit table.
    fn declared() -> Vec<Declared> {
        Vec::new()
    }
}

/// Columns that several models have in common. Implemented by `#[derive(Columns)]`, taken in by `#[flatten]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no group of columns",
    note = "derive it: `#[derive(limbeck::Columns)]`"
)]
pub trait ColumnGroup {
    /// Every field with its column.
    const COLUMNS: &'static [(&'static str, &'static str)];

    /// The columns.
    fn columns() -> Vec<Column>;

    /// The enum types that the columns use.
    fn enum_types() -> Vec<EnumType>;

    /// The domains that the columns use.
    fn domains() -> Vec<Domain>;
}

/// A Rust type that a column can have.
///
/// Implement it for a newtype to use it as a field:
///
/// ```
/// use limbeck_schema::{ColumnType, SqlType};
/// struct Email(String);
/// impl ColumnType for Email {
///     fn sql_type() -> SqlType {
///         SqlType::string(320)
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no SQL type",
    note = "implement `limbeck::ColumnType` for it, derive `limbeck::Enum` or `limbeck::Domain`, or give the field `#[column(type = \"…\")]`"
)]
pub trait ColumnType {
    /// The column's type.
    fn sql_type() -> SqlType;

    /// Whether a value may be absent: true for `Option` alone.
    const NULLABLE: bool = false;

    /// The enum type behind it, if there is one.
    fn enum_type() -> Option<EnumType> {
        None
    }

    /// The domains behind it: its own, after those it is built on.
    fn domains() -> Vec<Domain> {
        Vec::new()
    }
}

/// That a model has a foreign key to `Parent`. Implemented by `#[derive(Model)]`, asked for by `relations!`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no foreign key to `{Parent}`",
    label = "this relation has nothing to stand on",
    note = "mark the field that holds the key with `#[references({Parent})]`"
)]
pub trait References<Parent> {
    /// The foreign keys, each as the fields that hold it.
    const FOREIGN_KEYS: &'static [&'static [&'static str]];

    /// For each of them whether the database leaves the row where it is when its parent is deleted, without the parent:
    /// `ON DELETE SET NULL` or `SET DEFAULT`.
    const OUTLIVES_PARENT: &'static [bool];
}

/// A model, as a value: what `models![…]` lists.
#[derive(Clone)]
pub struct ModelDeclaration {
    /// The model's table.
    pub table: Table,
    /// Whether the table is declared by it: see [`Model::DECLARES_TABLE`].
    pub declares_table: bool,
    /// The enum types it uses.
    pub enum_types: Vec<EnumType>,
    /// The domains it uses.
    pub domains: Vec<Domain>,
    /// What is declared on it besides its table.
    pub declared: Vec<Declared>,
}

impl ModelDeclaration {
    /// The declaration that a model type makes.
    pub fn of<M: Model>() -> Self {
        Self {
            table: M::table(),
            declares_table: M::DECLARES_TABLE,
            enum_types: M::enum_types(),
            domains: M::domains(),
            declared: M::declared(),
        }
    }
}

impl MetaData {
    /// The same schema with the given models' tables, enum types and domains, and whatever else is declared on them.
    #[must_use]
    pub fn models(self, models: impl IntoIterator<Item = ModelDeclaration>) -> Self {
        models.into_iter().fold(self, |metadata, model| {
            let metadata = if model.declares_table { metadata.table(model.table) } else { metadata };
            let metadata = model.enum_types.into_iter().fold(metadata, MetaData::enum_type);
            model.domains.into_iter().fold(metadata, MetaData::domain).entities(model.declared)
        })
    }
}

macro_rules! column_types {
    ($($(#[$cfg:meta])* $rust:ty => $sql:expr;)*) => {
        $($(#[$cfg])* impl ColumnType for $rust {
            fn sql_type() -> SqlType {
                $sql
            }
        })*
    };
}

column_types! {
    i16 => SqlType::SmallInteger;
    i32 => SqlType::Integer;
    i64 => SqlType::BigInteger;
    f32 => SqlType::Real;
    f64 => SqlType::Double;
    bool => SqlType::Boolean;
    String => SqlType::String { length: None };
    Vec<u8> => SqlType::LargeBinary;
    serde_json::Value => SqlType::Jsonb;
    #[cfg(feature = "chrono")] chrono::NaiveDate => SqlType::Date;
    #[cfg(feature = "chrono")] chrono::NaiveTime => SqlType::Time { precision: None, timezone: false };
    #[cfg(feature = "chrono")] chrono::NaiveDateTime => SqlType::DateTime { precision: None, timezone: false };
    #[cfg(feature = "chrono")] chrono::DateTime<chrono::Utc> => SqlType::instant();
    #[cfg(feature = "chrono")] chrono::DateTime<chrono::FixedOffset> => SqlType::instant();
    #[cfg(feature = "uuid")] uuid::Uuid => SqlType::Uuid;
    #[cfg(feature = "rust_decimal")] rust_decimal::Decimal => SqlType::Numeric { precision: None, scale: None };
}

impl<T: ColumnType> ColumnType for Option<T> {
    fn sql_type() -> SqlType {
        T::sql_type()
    }

    const NULLABLE: bool = true;

    fn enum_type() -> Option<EnumType> {
        T::enum_type()
    }

    fn domains() -> Vec<Domain> {
        T::domains()
    }
}

/// What an array may hold: every column type but a byte, since `Vec<u8>` is a byte string.
#[diagnostic::on_unimplemented(
    message = "an array of `{Self}` has no SQL type",
    note = "implement `limbeck::ArrayElement` for `{Self}`, or give the field `#[column(type = \"…\")]`"
)]
pub trait ArrayElement: ColumnType {}

macro_rules! array_elements {
    ($($(#[$cfg:meta])* $rust:ty;)*) => { $($(#[$cfg])* impl ArrayElement for $rust {})* };
}

array_elements! {
    i16; i32; i64; f32; f64; bool; String; Vec<u8>; serde_json::Value;
    #[cfg(feature = "chrono")] chrono::NaiveDate;
    #[cfg(feature = "chrono")] chrono::NaiveTime;
    #[cfg(feature = "chrono")] chrono::NaiveDateTime;
    #[cfg(feature = "chrono")] chrono::DateTime<chrono::Utc>;
    #[cfg(feature = "chrono")] chrono::DateTime<chrono::FixedOffset>;
    #[cfg(feature = "uuid")] uuid::Uuid;
    #[cfg(feature = "rust_decimal")] rust_decimal::Decimal;
}

impl<T: ArrayElement> ColumnType for Vec<T> {
    fn sql_type() -> SqlType {
        SqlType::Array(Box::new(T::sql_type()))
    }

    fn enum_type() -> Option<EnumType> {
        T::enum_type()
    }

    fn domains() -> Vec<Domain> {
        T::domains()
    }
}

/// What `#[column(len = …)]` may be written on.
#[diagnostic::on_unimplemented(
    message = "`len` needs a text type, and `{Self}` is none",
    label = "has no length",
    note = "for a type of your own over text, implement `limbeck::TakesLength`"
)]
pub trait TakesLength: ColumnType {}

/// What `#[column(precision = …)]` may be written on.
#[diagnostic::on_unimplemented(
    message = "`precision` needs a decimal or a time, and `{Self}` is neither",
    label = "has no precision",
    note = "for a type of your own over one of them, implement `limbeck::TakesPrecision`"
)]
pub trait TakesPrecision: ColumnType {}

/// What `#[column(scale = …)]` may be written on.
#[diagnostic::on_unimplemented(
    message = "`scale` needs a decimal, and `{Self}` is none",
    label = "has no scale",
    note = "for a type of your own over a decimal, implement `limbeck::TakesScale`"
)]
pub trait TakesScale: TakesPrecision {}

impl TakesLength for String {}
#[cfg(feature = "chrono")]
impl TakesPrecision for chrono::NaiveTime {}
#[cfg(feature = "chrono")]
impl TakesPrecision for chrono::NaiveDateTime {}
#[cfg(feature = "chrono")]
impl TakesPrecision for chrono::DateTime<chrono::Utc> {}
#[cfg(feature = "chrono")]
impl TakesPrecision for chrono::DateTime<chrono::FixedOffset> {}
#[cfg(feature = "rust_decimal")]
impl TakesPrecision for rust_decimal::Decimal {}
#[cfg(feature = "rust_decimal")]
impl TakesScale for rust_decimal::Decimal {}
impl<T: TakesLength> TakesLength for Option<T> {}
impl<T: TakesLength + ArrayElement> TakesLength for Vec<T> {}
impl<T: TakesPrecision> TakesPrecision for Option<T> {}
impl<T: TakesPrecision + ArrayElement> TakesPrecision for Vec<T> {}
impl<T: TakesScale> TakesScale for Option<T> {}
impl<T: TakesScale + ArrayElement> TakesScale for Vec<T> {}
