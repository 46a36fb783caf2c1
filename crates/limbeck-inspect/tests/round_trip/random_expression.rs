//! Random expressions that fit a column's type.
//!
//! Conditions are true of every value, so that rows can be carried from any schema to any other.

use limbeck_dialect::{quote_literal, quote_name};
use limbeck_schema::{Column, Dialect, Expression, MetaData, QualifiedName, SqlType};

use crate::choices::Choices;
use crate::random_schema::{is_integer, quoted};

fn is_text(sql_type: &SqlType) -> bool {
    matches!(sql_type, SqlType::Text | SqlType::String { .. })
}

fn one_of(choices: &Choices, name: &str, texts: &[&str]) -> Option<String> {
    Some((*choices.pick(name, texts)).to_owned())
}

/// A default of the type, if there is something to choose from.
pub(crate) fn default(
    dialect: Dialect,
    sql_type: &SqlType,
    metadata: &MetaData,
    choices: &Choices,
) -> Option<Expression> {
    let postgresql = dialect == Dialect::Postgresql;
    let text = match sql_type {
        t if is_integer(t) => one_of(choices, "default", &["7", "0", "1 + 1", "(2 * 3)", "-1", "abs(-3)"]),
        SqlType::Numeric { .. } | SqlType::Real | SqlType::Double => {
            one_of(choices, "default", &["0", "1.50", "-2", "0.1 + 0.2"])
        }
        SqlType::Boolean => one_of(choices, "default", &["true", "false", "NOT true", "1 = 1"]),
        SqlType::Char { .. } => one_of(choices, "default", &["'x'", "''"]),
        t if is_text(t) && postgresql => one_of(
            choices,
            "default",
            &[
                "'x'",
                "'it''s'",
                "''",
                "lower('X')",
                "'a' || 'b'",
                "NULL",
                "NULL::text",
                "current_user",
                r"'a\b'",
            ],
        ),
        t if is_text(t) => {
            one_of(choices, "default", &["'x'", "'it''s'", "''", "lower('X')", "'a' || 'b'", "NULL"])
        }
        SqlType::Date => one_of(choices, "default", &["'2001-02-03'", "CURRENT_DATE", "current_date"]),
        SqlType::Time { .. } => one_of(choices, "default", &["'04:05'", "LOCALTIME"]),
        SqlType::DateTime { .. } => {
            one_of(choices, "default", &["now()", "CURRENT_TIMESTAMP", "'2001-02-03 04:05:06'"])
        }
        SqlType::Interval => one_of(choices, "default", &["'1 day'", "'01:30'"]),
        SqlType::LargeBinary if postgresql => one_of(choices, "default", &[r"'\x00ff'", "''"]),
        SqlType::LargeBinary => one_of(choices, "default", &["X'00ff'", "''"]),
        SqlType::Uuid if postgresql => one_of(choices, "default", &["gen_random_uuid()"]),
        SqlType::Json | SqlType::Jsonb => one_of(choices, "default", &["'{}'", r#"'{"a": [1, 2]}'"#]),
        SqlType::Enum(name) => enum_default(dialect, name, metadata, choices),
        SqlType::Array(element) => match element.enum_name() {
            Some(name) => enum_default(dialect, name, metadata, choices).map(|value| {
                if choices.chance("empty", 50) { "'{}'".to_owned() } else { format!("ARRAY[{value}]") }
            }),
            None => one_of(choices, "default", &["'{}'", "'{1,2}'"]),
        },
        _ => None,
    };
    text.map(Expression::new)
}

fn enum_default(
    dialect: Dialect,
    name: &QualifiedName,
    metadata: &MetaData,
    choices: &Choices,
) -> Option<String> {
    let values = &metadata.find_enum(name)?.values;
    let value = quote_literal(dialect, choices.pick::<String>("default", values));
    Some(match dialect {
        Dialect::Postgresql => format!("{value}::{}", quote_name(dialect, name)),
        Dialect::Sqlite => value,
    })
}

/// An expression for a generated column over the given one, and its type.
pub(crate) fn derived(dialect: Dialect, base: &Column, choices: &Choices) -> Option<(Expression, SqlType)> {
    let name = quoted(dialect, base);
    let (text, sql_type) = match &base.sql_type {
        t if is_integer(t) => match choices.below("derived", 3) {
            0 => (format!("{name} + 1"), SqlType::BigInteger),
            1 => (format!("({name} * 2)"), SqlType::BigInteger),
            _ => (format!("CASE WHEN {name} > 0 THEN 'more' ELSE 'less' END"), SqlType::Text),
        },
        SqlType::Numeric { .. } => (format!("{name} * 2"), SqlType::Numeric { precision: None, scale: None }),
        t if is_text(t) => match choices.below("derived", 3) {
            0 => (format!("upper({name})"), SqlType::Text),
            1 => (format!("{name} || 'x'"), SqlType::Text),
            _ => (format!("length({name}) + 1"), SqlType::Integer),
        },
        SqlType::Boolean => (format!("NOT {name}"), SqlType::Boolean),
        SqlType::Enum(_) => (format!("{name} IS NULL"), SqlType::Boolean),
        _ => return None,
    };
    Some((Expression::new(text), sql_type))
}

/// A condition on a column that is true of every value.
pub(crate) fn condition(
    dialect: Dialect,
    column: &Column,
    metadata: &MetaData,
    choices: &Choices,
) -> Expression {
    let name = quoted(dialect, column);
    let form = choices.below("form", 4);
    let text = match (&column.sql_type, form) {
        (t, 0) if is_integer(t) => format!("{name} > 0 OR {name} <= 0"),
        (t, 1) if is_integer(t) => format!("{name} IN (1, 2) OR {name} NOT IN (1, 2)"),
        (t, 2) if is_integer(t) => format!("NOT ({name} BETWEEN 7 AND 5)"),
        (t, 0) if is_text(t) => format!("{name} <> 'zz'"),
        (t, 1) if is_text(t) => format!("length({name}) < 1000 AND {name} LIKE '%'"),
        (t, 2) if is_text(t) => format!("({name} IN ('a', 'b')) OR {name} NOT IN ('a', 'b')"),
        (SqlType::Boolean, 0) => format!("{name} OR NOT {name}"),
        (SqlType::Enum(enum_type), 0 | 1) => {
            let values = metadata.find_enum(enum_type).map(|e| e.values.clone()).unwrap_or_default();
            let value = quote_literal(dialect, choices.pick::<String>("value", &values));
            if form == 0 {
                format!("{name} = {value} OR {name} <> {value}")
            } else {
                format!("{name} IN ({value}) OR {name} NOT IN ({value})")
            }
        }
        (SqlType::Numeric { .. }, 0) => format!("{name} * 2.0 = {name} + {name}"),
        (SqlType::Date, 0) if dialect == Dialect::Postgresql => format!("{name} > '1900-01-01'::date"),
        _ => format!("{name} IS NULL OR {name} IS NOT NULL"),
    };
    Expression::new(text)
}

/// An expression to be indexed.
pub(crate) fn index_key(dialect: Dialect, column: &Column, choices: &Choices) -> Option<Expression> {
    let name = quoted(dialect, column);
    let text = match &column.sql_type {
        t if is_integer(t) => match choices.below("key", 3) {
            0 => format!("{name} + 1"),
            1 => format!("({name} % 7)"),
            _ => format!("abs({name})"),
        },
        t if is_text(t) => match choices.below("key", 4) {
            0 => format!("lower({name})"),
            1 => format!("({name} || 'x')"),
            2 => format!("coalesce({name}, 'none')"),
            // A column in the clothes of an expression.
            _ => name,
        },
        SqlType::Boolean => format!("NOT {name}"),
        _ => return None,
    };
    Some(Expression::new(text))
}
