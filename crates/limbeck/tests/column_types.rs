//! Which Rust type is which SQL type.

#![allow(missing_docs, dead_code, reason = "the models are read by the derive alone")]

use limbeck::prelude::*;
use limbeck::{QualifiedName, TakesLength};

#[derive(Enum)]
enum Colour {
    DarkRed,
    Blue,
}

struct Email(String);

impl ColumnType for Email {
    fn sql_type() -> SqlType {
        SqlType::string(320)
    }
}

impl ArrayElement for Email {}
impl TakesLength for Email {}

type Maybe = Option<i32>;

#[derive(Model)]
#[model(schema_only)]
struct Types {
    small: i16,
    integer: i32,
    big: i64,
    real: f32,
    double: f64,
    boolean: bool,
    string: String,
    optional: Option<String>,
    alias: Maybe,
    bytes: Vec<u8>,
    json: serde_json::Value,
    date: chrono::NaiveDate,
    time: chrono::NaiveTime,
    timestamp: chrono::NaiveDateTime,
    instant: chrono::DateTime<chrono::Utc>,
    offset: chrono::DateTime<chrono::FixedOffset>,
    uuid: uuid::Uuid,
    decimal: rust_decimal::Decimal,
    array: Vec<i32>,
    byte_strings: Vec<Vec<u8>>,
    optional_array: Option<Vec<uuid::Uuid>>,
    colour: Colour,
    optional_colour: Option<Colour>,
    colours: Vec<Colour>,
    email: Email,
    emails: Vec<Email>,
    #[column(len = 100)]
    short_email: Option<Email>,
    #[column(len = 10)]
    short_strings: Vec<String>,
    #[column(precision = 10)]
    money: Option<rust_decimal::Decimal>,
    #[column(type = "varchar(20)")]
    named: String,
    #[column(type = "text[]")]
    named_array: Vec<String>,
    #[column(type = "timestamp(3) with time zone")]
    named_instant: Option<std::time::SystemTime>,
    #[column(type = "tsvector")]
    native: String,
}

#[test]
fn rust_types_are_sql_types() {
    let string = || SqlType::String { length: None };
    let array = |element| SqlType::Array(Box::new(element));
    let colour = || SqlType::Enum(QualifiedName::new("colour"));
    let timestamp = |timezone| SqlType::DateTime { precision: None, timezone };
    let expected = [
        ("small", SqlType::SmallInteger, false),
        ("integer", SqlType::Integer, false),
        ("big", SqlType::BigInteger, false),
        ("real", SqlType::Real, false),
        ("double", SqlType::Double, false),
        ("boolean", SqlType::Boolean, false),
        ("string", string(), false),
        ("optional", string(), true),
        ("alias", SqlType::Integer, true),
        ("bytes", SqlType::LargeBinary, false),
        ("json", SqlType::Jsonb, false),
        ("date", SqlType::Date, false),
        ("time", SqlType::Time { precision: None, timezone: false }, false),
        ("timestamp", timestamp(false), false),
        ("instant", timestamp(true), false),
        ("offset", timestamp(true), false),
        ("uuid", SqlType::Uuid, false),
        ("decimal", SqlType::Numeric { precision: None, scale: None }, false),
        ("array", array(SqlType::Integer), false),
        ("byte_strings", array(SqlType::LargeBinary), false),
        ("optional_array", array(SqlType::Uuid), true),
        ("colour", colour(), false),
        ("optional_colour", colour(), true),
        ("colours", array(colour()), false),
        ("email", SqlType::string(320), false),
        ("emails", array(SqlType::string(320)), false),
        ("short_email", SqlType::string(100), true),
        ("short_strings", array(SqlType::string(10)), false),
        ("money", SqlType::Numeric { precision: Some(10), scale: None }, true),
        ("named", SqlType::string(20), false),
        ("named_array", array(SqlType::Text), false),
        ("named_instant", SqlType::DateTime { precision: Some(3), timezone: true }, true),
        ("native", SqlType::postgresql("tsvector"), false),
    ];
    let table = Types::table();
    let found: Vec<_> =
        table.columns.iter().map(|c| (c.name.as_str(), c.sql_type.clone(), c.nullable)).collect();
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(found, expected);
    }
    assert_eq!(found.len(), expected.len());
}

#[test]
fn an_enum_is_declared_with_its_values() {
    let schema = MetaData::new().models(models![Types]).resolve().unwrap();
    assert_eq!(schema.enums, [limbeck::EnumType::new("colour", ["dark_red", "blue"])]);
}
