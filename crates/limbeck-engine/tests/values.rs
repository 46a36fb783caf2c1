//! What goes into a database comes out of it, for every type that a model can have.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::fmt::Debug;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use limbeck_engine::{Connection, Decode, EngineError, Statement};
use limbeck_schema::{Dialect, ToValue, Value};
use limbeck_test_server::postgres_url;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rust_decimal::Decimal;
use tokio::runtime::Runtime;
use uuid::Uuid;

struct Databases {
    runtime: Runtime,
    connections: [Connection; 2],
}

fn databases() -> Databases {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let connections = runtime.block_on(async {
        let open = async |url: &str| Connection::open(&url.parse().unwrap()).await.unwrap();
        [open(&postgres_url()).await, open("sqlite://").await]
    });
    Databases { runtime, connections }
}

async fn echo<T: Decode + Send>(
    connection: &mut Connection,
    ty: &str,
    value: Value,
) -> Result<T, EngineError> {
    let sql = match connection.dialect() {
        Dialect::Postgresql => format!("SELECT $1::{ty}"),
        _ => "SELECT ?1".to_owned(),
    };
    let statement = Statement::new(sql, vec![value]);
    let mut rows = connection.fetch_all(&statement, |row| row.get::<T>(0)).await?;
    Ok(rows.remove(0))
}

impl Databases {
    /// Values of a Rust type go as a type of PostgreSQL and come back the same, alone and as `Option`.
    fn keep<T>(&mut self, ty: &str, strategy: impl Strategy<Value = T>)
    where
        T: ToValue + Decode + PartialEq + Debug + Send + Clone,
    {
        let Databases { runtime, connections } = self;
        let mut runner =
            TestRunner::new(Config { cases: 48, failure_persistence: None, ..Config::default() });
        let connections = std::cell::RefCell::new(connections);
        runner
            .run(&strategy, |value| {
                for connection in connections.borrow_mut().iter_mut() {
                    let same: T = runtime.block_on(echo(connection, ty, value.to_value())).unwrap();
                    prop_assert_eq!(&same, &value);
                    let same: Option<T> = runtime.block_on(echo(connection, ty, value.to_value())).unwrap();
                    prop_assert_eq!(same.as_ref(), Some(&value));
                }
                Ok(())
            })
            .unwrap();
        for connection in connections.borrow_mut().iter_mut() {
            let none: Option<T> = runtime.block_on(echo(connection, ty, Value::Null)).unwrap();
            assert_eq!(none, None);
        }
    }
}

/// PostgreSQL cannot hold a NUL in text.
fn text() -> impl Strategy<Value = String> {
    "[^\0]{0,20}"
}

fn date() -> impl Strategy<Value = NaiveDate> {
    (-600_000_i64..2_000_000).prop_map(|days| NaiveDate::default() + TimeDelta::days(days))
}

fn time() -> impl Strategy<Value = NaiveTime> {
    (0_i64..86_400_000_000).prop_map(|microseconds| NaiveTime::MIN + TimeDelta::microseconds(microseconds))
}

fn date_time() -> impl Strategy<Value = NaiveDateTime> {
    (date(), time()).prop_map(|(date, time)| date.and_time(time))
}

fn decimal() -> impl Strategy<Value = Decimal> {
    (any::<i64>(), 0_u32..18).prop_map(|(number, scale)| Decimal::new(number, scale))
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        text().prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Into::into),
            proptest::collection::btree_map(text(), inner, 0..4)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

#[test]
fn numbers_keep_their_value() {
    let mut databases = databases();
    databases.keep("smallint", any::<i16>());
    databases.keep("integer", any::<i32>());
    databases.keep("bigint", any::<i64>());
    databases.keep("real", any::<f32>());
    databases.keep("double precision", any::<f64>());
    databases.keep("boolean", any::<bool>());
    databases.keep("numeric", decimal());
    databases.keep(
        "numeric",
        (any::<i128>(), 0_u32..28)
            .prop_map(|(number, scale)| Decimal::from_i128_with_scale(number >> 32, scale)),
    );
    // An integer that fits goes as whatever integer the database expects.
    databases.keep("smallint", (-32768_i64..32767).prop_map(|number| i16::try_from(number).unwrap()));
}

#[test]
fn texts_bytes_and_documents_keep_their_value() {
    let mut databases = databases();
    databases.keep("text", text());
    databases.keep("varchar", text());
    databases.keep("bytea", vec(any::<u8>(), 0..40));
    databases.keep("jsonb", json());
    databases.keep("json", json());
    databases.keep("uuid", any::<[u8; 16]>().prop_map(Uuid::from_bytes));
}

#[test]
fn dates_and_times_keep_their_value() {
    let mut databases = databases();
    databases.keep("date", date());
    databases.keep("time", time());
    databases.keep("timestamp", date_time());
    databases.keep("timestamptz", date_time().prop_map(|time| time.and_utc()));
    databases.keep::<DateTime<Utc>>("timestamptz", date_time().prop_map(|time| time.and_utc()));
}

#[test]
fn arrays_keep_their_elements() {
    let mut databases = databases();
    databases.keep("integer[]", vec(any::<i32>(), 0..6));
    databases.keep("text[]", vec(text(), 0..6));
    databases.keep("boolean[]", vec(any::<bool>(), 0..6));
    databases.keep("double precision[]", vec(any::<f64>(), 0..6));
    databases.keep("numeric[]", vec(decimal(), 0..6));
    databases.keep("uuid[]", vec(any::<[u8; 16]>().prop_map(Uuid::from_bytes), 0..4));
    databases.keep("date[]", vec(date(), 0..4));
    databases.keep("timestamptz[]", vec(date_time().prop_map(|time| time.and_utc()), 0..4));
}

#[test]
fn text_goes_for_every_type_that_the_server_reads_from_text() {
    let Databases { runtime, mut connections } = databases();
    let [connection, _] = &mut connections;
    runtime.block_on(async {
        for sql in [
            "CREATE TYPE mood AS ENUM ('sad', 'ok, \"fine\"')",
            "CREATE DOMAIN mail AS text CHECK (VALUE LIKE '%@%')",
            "CREATE DOMAIN moods AS mood[]",
            "CREATE TYPE pair AS (a integer, b text)",
        ] {
            connection.execute(&Statement::from(sql)).await.unwrap();
        }
        for (ty, given, as_text) in [
            ("mood", "ok, \"fine\"", None),
            ("mail", "a@b", None),
            ("numeric", "123456789012345678901234567890.123456789", None),
            ("uuid", "123e4567-e89b-12d3-a456-426614174000", None),
            ("jsonb", "{\"a\": 1}", None),
            ("inet", "10.0.0.1/8", Some("10.0.0.1/8")),
            ("interval", "1 day 2 hours", Some("1 day 02:00:00")),
            ("int4range", "[1,5)", Some("[1,5)")),
            ("date", "2026-11-25", Some("2026-11-25")),
            ("pair", "(1,x)", Some("(1,x)")),
            ("bigint", "42", Some("42")),
        ] {
            let value = Value::Text(given.to_owned());
            if as_text.is_none() {
                let same: String = echo(connection, ty, value.clone()).await.unwrap();
                assert_eq!(same, given, "{ty}");
            }
            let same: String = echo(connection, &format!("{ty}::text"), value).await.unwrap();
            assert_eq!(same, as_text.unwrap_or(given), "{ty}");
        }
        let moods = Value::Array(vec![Value::Text("sad".to_owned()), Value::Null]);
        for ty in ["mood[]", "moods"] {
            let same: Vec<Option<String>> = echo(connection, ty, moods.clone()).await.unwrap();
            assert_eq!(same, [Some("sad".to_owned()), None], "{ty}");
        }
        let ranges = Value::Array(vec![Value::Text("[1,5)".to_owned()), Value::Text("empty".to_owned())]);
        let same: String = echo(connection, "int4range[]::text", ranges).await.unwrap();
        assert_eq!(same, "{\"[1,5)\",empty}");
        let row = |numbers: [i32; 2]| Value::Array(numbers.map(Value::Integer).to_vec());
        let matrix = Value::Array(vec![row([1, 2]), row([3, 4])]);
        let same: Value = echo(connection, "integer[]", matrix.clone()).await.unwrap();
        assert_eq!(same, matrix, "several dimensions");
        let document: serde_json::Value = echo(connection, "jsonb", row([1, 2])).await.unwrap();
        assert_eq!(document, serde_json::json!([1, 2]));
    });
}

#[test]
fn what_a_type_cannot_hold_is_refused_with_its_name() {
    let Databases { runtime, mut connections } = databases();
    let [connection, _] = &mut connections;
    runtime.block_on(async {
        for (sql, message) in [
            (
                "'infinity'::timestamptz",
                "the column `x` holds `infinity`, which is no value of `DateTime<Utc>`",
            ),
            (
                "NULL::timestamptz",
                "the column `x` is NULL, which `DateTime<Utc>` cannot be; read it as `Option<DateTime<Utc>>`",
            ),
            (
                "now()::timestamp",
                "the column `x` is of type `timestamp`, which cannot be read as `DateTime<Utc>`",
            ),
        ] {
            let statement = Statement::new(format!("SELECT {sql} AS x"), vec![]);
            let error =
                connection.fetch_all(&statement, |row| row.get::<DateTime<Utc>>(0)).await.unwrap_err();
            assert_eq!(error.to_string(), message);
        }
        let error = echo::<i32>(connection, "bigint", Value::Integer(1)).await.unwrap_err();
        assert_eq!(error.to_string(), "the column `int8` is of type `int8`, which cannot be read as `i32`");
        let wide: i64 = echo(connection, "smallint", Value::BigInteger(1)).await.unwrap();
        assert_eq!(wide, 1);
        let nan: Value = echo(connection, "numeric", Value::Text("NaN".to_owned())).await.unwrap();
        assert_eq!(nan, Value::Text("NaN".to_owned()));
    });
}

/// The storage that SQLAlchemy uses, so that both can work on one file.
#[test]
fn sqlite_stores_what_it_has_no_class_for_as_sqlalchemy_does() {
    let Databases { runtime, mut connections } = databases();
    let [_, connection] = &mut connections;
    let time = NaiveDate::from_ymd_opt(2026, 1, 2).unwrap().and_hms_micro_opt(3, 4, 5, 60).unwrap();
    runtime.block_on(async {
        for (value, stored) in [
            (Value::Boolean(true), "1"),
            (Value::DateTime(time), "2026-01-02 03:04:05.000060"),
            (Value::Instant(time.and_utc()), "2026-01-02 03:04:05.000060"),
            (Value::Date(time.date()), "2026-01-02"),
            (Value::Uuid(Uuid::from_u128(0xAB)), "000000000000000000000000000000ab"),
            (Value::Json(serde_json::json!({"a": [1]})), "{\"a\":[1]}"),
            (Value::Array(vec![Value::Text("a".to_owned()), Value::Null]), "[\"a\",null]"),
        ] {
            let statement = Statement::new("SELECT CAST(?1 AS TEXT)", vec![value]);
            let text = connection.fetch_all(&statement, |row| row.get::<String>(0)).await.unwrap();
            assert_eq!(text[0], stored);
        }
        for (text, same) in [
            ("2026-01-02 03:04:05.000060", true),
            ("2026-01-02T03:04:05.00006Z", true),
            ("2026-01-02 04:04:05.00006+01:00", true),
            ("2026-01-02 03:04", false),
        ] {
            let instant: DateTime<Utc> = echo(connection, "", Value::Text(text.to_owned())).await.unwrap();
            assert_eq!(instant == time.and_utc(), same, "{text}");
        }
    });
}
