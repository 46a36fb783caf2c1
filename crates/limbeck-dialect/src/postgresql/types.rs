//! PostgreSQL's type names.

use limbeck_schema::{Dialect, SqlType};

use crate::RenderError;
use crate::declared_type::DeclaredType;
use crate::quote::quote_name;

/// The type's name as PostgreSQL users write it.
pub(crate) fn type_name(sql_type: &SqlType) -> Result<String, RenderError> {
    Ok(match sql_type.for_dialect(Dialect::Postgresql) {
        SqlType::SmallInteger => "SMALLINT".to_owned(),
        SqlType::Integer => "INTEGER".to_owned(),
        SqlType::BigInteger => "BIGINT".to_owned(),
        SqlType::Numeric { precision: None, .. } => "NUMERIC".to_owned(),
        SqlType::Numeric { precision: Some(p), scale: None } => format!("NUMERIC({p})"),
        SqlType::Numeric { precision: Some(p), scale: Some(s) } => format!("NUMERIC({p}, {s})"),
        SqlType::Real => "REAL".to_owned(),
        SqlType::Double => "DOUBLE PRECISION".to_owned(),
        SqlType::Boolean => "BOOLEAN".to_owned(),
        SqlType::String { length: None } => "VARCHAR".to_owned(),
        SqlType::String { length: Some(n) } => format!("VARCHAR({n})"),
        SqlType::Char { length } => format!("CHAR({length})"),
        SqlType::Text => "TEXT".to_owned(),
        SqlType::Date => "DATE".to_owned(),
        SqlType::Time { precision, timezone } => time_name("TIME", *precision, *timezone),
        SqlType::DateTime { precision, timezone } => time_name("TIMESTAMP", *precision, *timezone),
        SqlType::Interval => "INTERVAL".to_owned(),
        SqlType::LargeBinary => "BYTEA".to_owned(),
        SqlType::Uuid => "UUID".to_owned(),
        SqlType::Json => "JSON".to_owned(),
        SqlType::Jsonb => "JSONB".to_owned(),
        SqlType::Enum(name) | SqlType::Domain(name) | SqlType::Composite(name) => {
            quote_name(Dialect::Postgresql, name)
        }
        SqlType::Array(element) => format!("{}[]", type_name(element)?),
        SqlType::Native { dialect: Dialect::Postgresql, name } => name.clone(),
        other @ (SqlType::Native { .. } | SqlType::Variants { .. }) => {
            let advice = "give the type a variant for PostgreSQL";
            return Err(RenderError::no_type(Dialect::Postgresql, other, advice));
        }
    })
}

fn time_name(base: &str, precision: Option<u32>, timezone: bool) -> String {
    let precision = precision.map(|p| format!("({p})")).unwrap_or_default();
    format!("{base}{precision} {} TIME ZONE", if timezone { "WITH" } else { "WITHOUT" })
}

/// The type of a name: what `format_type` prints, what users write, and the aliases of PostgreSQL, "Data Types".
///
/// The name of an enum type cannot be told from any other name: it comes back as a native type.
pub(crate) fn parse_type(text: &str) -> SqlType {
    let text = text.trim();
    if let Some(element) = text.strip_suffix(']') {
        // `integer[]`, `integer[3]`: the declared size is not enforced, nor is the number of dimensions.
        let element = element.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end();
        if let Some(element) = element.strip_suffix('[') {
            return match parse_type(element) {
                array @ SqlType::Array(_) => array,
                element => SqlType::Array(Box::new(element)),
            };
        }
    }
    let declared = DeclaredType::parse(text);
    parse_scalar(&declared).unwrap_or_else(|| SqlType::postgresql(declared.canonical_text()))
}

fn parse_scalar(declared: &DeclaredType) -> Option<SqlType> {
    let number = |at: usize| declared.arguments.get(at).and_then(|a| a.parse::<u32>().ok());
    let plain = declared.arguments.is_empty();
    let sized = declared.arguments.len() == 1 && number(0).is_some();
    let precision = number(0).filter(|_| sized);
    Some(match declared.name.as_str() {
        "smallint" | "int2" if plain => SqlType::SmallInteger,
        "integer" | "int" | "int4" if plain => SqlType::Integer,
        "bigint" | "int8" if plain => SqlType::BigInteger,
        "numeric" | "decimal" | "dec" if plain => SqlType::Numeric { precision: None, scale: None },
        "numeric" | "decimal" | "dec" if declared.arguments.len() <= 2 => SqlType::Numeric {
            precision: Some(number(0)?),
            // "Specifying NUMERIC(precision) selects a scale of 0" (PostgreSQL, "Arbitrary Precision Numbers").
            scale: match declared.arguments.get(1) {
                Some(scale) => Some(scale.parse().ok()?),
                None => Some(0),
            },
        },
        "real" | "float4" if plain => SqlType::Real,
        "double precision" | "float8" | "float" if plain => SqlType::Double,
        "float" if sized => {
            if precision <= Some(24) {
                SqlType::Real
            } else {
                SqlType::Double
            }
        }
        "boolean" | "bool" if plain => SqlType::Boolean,
        "character varying" | "varchar" | "char varying" if plain || sized => {
            SqlType::String { length: precision }
        }
        "character" | "char" if plain || sized => SqlType::Char { length: precision.unwrap_or(1) },
        "bpchar" if sized => SqlType::Char { length: precision? },
        "text" if plain => SqlType::Text,
        "date" if plain => SqlType::Date,
        "time" | "time without time zone" if plain || sized => SqlType::Time { precision, timezone: false },
        "timetz" | "time with time zone" if plain || sized => SqlType::Time { precision, timezone: true },
        "timestamp" | "timestamp without time zone" if plain || sized => {
            SqlType::DateTime { precision, timezone: false }
        }
        "timestamptz" | "timestamp with time zone" if plain || sized => {
            SqlType::DateTime { precision, timezone: true }
        }
        "interval" if plain => SqlType::Interval,
        "bytea" if plain => SqlType::LargeBinary,
        "uuid" if plain => SqlType::Uuid,
        "json" if plain => SqlType::Json,
        "jsonb" if plain => SqlType::Jsonb,
        _ => return None,
    })
}
