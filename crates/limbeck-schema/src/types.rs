//! Column types.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Dialect, QualifiedName};

/// The type of a column: a generic type that every dialect can name, or a dialect's own type by its text.
///
/// The generic types are SQLAlchemy's, minus their spelling variants: one meaning has one value, so types can be
/// compared with `==` once they have been projected onto a dialect.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SqlType {
    /// 16-bit integer.
    SmallInteger,
    /// 32-bit integer.
    Integer,
    /// 64-bit integer.
    BigInteger,
    /// Exact decimal number.
    Numeric {
        /// Total number of digits, or `None` for the database's maximum.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        precision: Option<u32>,
        /// Digits after the point; PostgreSQL 15 allows negative values. Meaningful only with a precision.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scale: Option<i32>,
    },
    /// 32-bit floating point.
    Real,
    /// 64-bit floating point.
    Double,
    /// True or false.
    Boolean,
    /// Text of at most `length` characters, or without limit.
    String {
        /// Maximum number of characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        length: Option<u32>,
    },
    /// Text padded with blanks to exactly `length` characters.
    Char {
        /// Number of characters.
        length: u32,
    },
    /// Text without limit.
    Text,
    /// Calendar date.
    Date,
    /// Time of day.
    Time {
        /// Fractional digits of the seconds, or `None` for the database's default.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        precision: Option<u32>,
        /// Whether a zone offset is stored.
        #[serde(default)]
        timezone: bool,
    },
    /// Date and time of day.
    DateTime {
        /// Fractional digits of the seconds, or `None` for the database's default.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        precision: Option<u32>,
        /// Whether the value is an instant (`timestamp with time zone`).
        #[serde(default)]
        timezone: bool,
    },
    /// Span of time.
    Interval,
    /// Bytes.
    LargeBinary,
    /// UUID.
    Uuid,
    /// JSON kept as text.
    Json,
    /// JSON kept decomposed, with equality and indexing where the database has it.
    Jsonb,
    /// A named enum type of the same [`MetaData`](crate::MetaData).
    Enum(QualifiedName),
    /// A domain of the same [`MetaData`](crate::MetaData).
    Domain(QualifiedName),
    /// A composite type of the same [`MetaData`](crate::MetaData).
    Composite(QualifiedName),
    /// Array of any number of dimensions: PostgreSQL does not enforce the declared one.
    Array(Box<SqlType>),
    /// A type known to one dialect only, in that dialect's canonical text (`inet`, `tsvector`, `public.email`).
    Native {
        /// The dialect that knows the type.
        dialect: Dialect,
        /// The type's text as that dialect prints it.
        name: String,
    },
    /// A type with replacements for particular dialects, as SQLAlchemy's `with_variant`.
    Variants {
        /// The type for every dialect without a replacement.
        generic: Box<SqlType>,
        /// The replacements.
        variants: BTreeMap<Dialect, SqlType>,
    },
}

impl SqlType {
    /// `VARCHAR(length)`.
    pub fn string(length: u32) -> Self {
        SqlType::String { length: Some(length) }
    }

    /// An exact decimal with the given precision and scale.
    pub fn numeric(precision: u32, scale: i32) -> Self {
        SqlType::Numeric { precision: Some(precision), scale: Some(scale) }
    }

    /// A timestamp with time zone.
    pub fn instant() -> Self {
        SqlType::DateTime { precision: None, timezone: true }
    }

    /// A type that only PostgreSQL knows, in the text that `format_type` prints.
    pub fn postgresql(name: impl Into<String>) -> Self {
        SqlType::Native { dialect: Dialect::Postgresql, name: name.into() }
    }

    /// A type as declared for SQLite only.
    pub fn sqlite(name: impl Into<String>) -> Self {
        SqlType::Native { dialect: Dialect::Sqlite, name: name.into() }
    }

    /// The same type, replaced on one dialect.
    #[must_use]
    pub fn with_variant(self, dialect: Dialect, replacement: SqlType) -> Self {
        let (generic, mut variants) = match self {
            SqlType::Variants { generic, variants } => (generic, variants),
            other => (Box::new(other), BTreeMap::new()),
        };
        variants.insert(dialect, replacement);
        SqlType::Variants { generic, variants }
    }

    /// The same text type, for at most `length` characters; an array's elements. Other types have no length and stay
    /// as they are.
    #[must_use]
    pub fn with_length(self, length: u32) -> Self {
        match self {
            SqlType::String { .. } | SqlType::Text => SqlType::string(length),
            SqlType::Char { .. } => SqlType::Char { length },
            SqlType::Array(element) => SqlType::Array(Box::new(element.with_length(length))),
            other => other,
        }
    }

    /// The same decimal or time type with a precision; an array's elements. Other types have no precision and stay
    /// as they are.
    #[must_use]
    pub fn with_precision(self, precision: u32) -> Self {
        match self {
            SqlType::Numeric { scale, .. } => SqlType::Numeric { precision: Some(precision), scale },
            SqlType::Time { timezone, .. } => SqlType::Time { precision: Some(precision), timezone },
            SqlType::DateTime { timezone, .. } => SqlType::DateTime { precision: Some(precision), timezone },
            SqlType::Array(element) => SqlType::Array(Box::new(element.with_precision(precision))),
            other => other,
        }
    }

    /// The same decimal type with a scale; an array's elements. Other types have no scale and stay as they are.
    #[must_use]
    pub fn with_scale(self, scale: i32) -> Self {
        match self {
            SqlType::Numeric { precision, .. } => SqlType::Numeric { precision, scale: Some(scale) },
            SqlType::Array(element) => SqlType::Array(Box::new(element.with_scale(scale))),
            other => other,
        }
    }

    /// The type that applies on a dialect: its variant if there is one, else the generic type.
    pub fn for_dialect(&self, dialect: Dialect) -> &SqlType {
        match self {
            SqlType::Variants { generic, variants } => {
                variants.get(&dialect).unwrap_or(generic).for_dialect(dialect)
            }
            other => other,
        }
    }

    /// The type of the schema itself (an enum type, domain or composite type) that this type is, or is an array of.
    pub fn named_type(&self) -> Option<&QualifiedName> {
        match self {
            SqlType::Enum(name) | SqlType::Domain(name) | SqlType::Composite(name) => Some(name),
            SqlType::Array(element) => element.named_type(),
            _ => None,
        }
    }

    /// The enum type this type is, or is an array of.
    pub fn enum_name(&self) -> Option<&QualifiedName> {
        match self {
            SqlType::Enum(name) => Some(name),
            SqlType::Array(element) => element.enum_name(),
            _ => None,
        }
    }
}
