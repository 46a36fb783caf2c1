//! SQLite's declared types.
//!
//! SQLite stores what it is given and knows five affinities ("Datatypes In SQLite"); the declared names are SQLAlchemy's,
//! so that a database made by either is the same.

use limbeck_schema::{Dialect, SqlType};

use crate::RenderError;
use crate::declared_type::DeclaredType;

/// The type's declared name.
pub(crate) fn type_name(sql_type: &SqlType) -> Result<String, RenderError> {
    let unknown = |advice| RenderError::no_type(Dialect::Sqlite, sql_type, advice);
    Ok(match sql_type.for_dialect(Dialect::Sqlite) {
        SqlType::SmallInteger => "SMALLINT".to_owned(),
        SqlType::Integer => "INTEGER".to_owned(),
        SqlType::BigInteger => "BIGINT".to_owned(),
        SqlType::Numeric { precision: None, .. } => "NUMERIC".to_owned(),
        SqlType::Numeric { precision: Some(p), scale: None } => format!("NUMERIC({p})"),
        SqlType::Numeric { precision: Some(p), scale: Some(s) } => format!("NUMERIC({p}, {s})"),
        SqlType::Real => "REAL".to_owned(),
        SqlType::Double => "DOUBLE".to_owned(),
        SqlType::Boolean => "BOOLEAN".to_owned(),
        SqlType::String { length: None } => "VARCHAR".to_owned(),
        SqlType::String { length: Some(n) } => format!("VARCHAR({n})"),
        SqlType::Char { length } => format!("CHAR({length})"),
        // There is no interval type: ISO 8601 text (`P1DT12H`) sorts and reads better than a number of seconds, and
        // a declared type INTERVAL would have integer affinity, for the INT in it.
        SqlType::Text | SqlType::Interval => "TEXT".to_owned(),
        SqlType::Date => "DATE".to_owned(),
        SqlType::Time { .. } => "TIME".to_owned(),
        SqlType::DateTime { .. } => "DATETIME".to_owned(),
        SqlType::LargeBinary => "BLOB".to_owned(),
        SqlType::Uuid => "CHAR(32)".to_owned(),
        SqlType::Json | SqlType::Jsonb => "JSON".to_owned(),
        SqlType::Native { dialect: Dialect::Sqlite, name } => name.clone(),
        SqlType::Enum(_) => {
            return Err(unknown("project the schema first: an enum becomes a checked VARCHAR"));
        }
        SqlType::Domain(_) => {
            return Err(unknown("project the schema first: a domain becomes its base type with checks"));
        }
        SqlType::Composite(_) | SqlType::Array(_) | SqlType::Native { .. } | SqlType::Variants { .. } => {
            return Err(unknown("give the type a variant for SQLite (`with_variant`), JSON for example"));
        }
    })
}

/// The type of a declared name, with the spellings that other tools write for the same meaning.
pub(crate) fn parse_type(text: &str) -> SqlType {
    let declared = DeclaredType::parse(text);
    parse_known(&declared).unwrap_or_else(|| SqlType::sqlite(text.trim()))
}

fn parse_known(declared: &DeclaredType) -> Option<SqlType> {
    let number = |at: usize| declared.arguments.get(at).and_then(|a| a.parse::<u32>().ok());
    let plain = declared.arguments.is_empty();
    let sized = declared.arguments.len() == 1 && number(0).is_some();
    let length = number(0).filter(|_| sized);
    Some(match declared.name.as_str() {
        "smallint" | "int2" if plain => SqlType::SmallInteger,
        // INT is not among them: only INTEGER makes a primary key the rowid.
        "integer" if plain => SqlType::Integer,
        "bigint" | "int8" if plain => SqlType::BigInteger,
        "numeric" | "decimal" if plain => SqlType::Numeric { precision: None, scale: None },
        "numeric" | "decimal" if declared.arguments.len() <= 2 => SqlType::Numeric {
            precision: Some(number(0)?),
            scale: match declared.arguments.get(1) {
                Some(scale) => Some(scale.parse().ok()?),
                None => None,
            },
        },
        "real" if plain => SqlType::Real,
        "double" | "double precision" | "float" if plain => SqlType::Double,
        "boolean" | "bool" if plain => SqlType::Boolean,
        "varchar" | "character varying" | "nvarchar" | "varying character" if plain || sized => {
            SqlType::String { length }
        }
        "char" | "character" | "nchar" if sized => SqlType::Char { length: length? },
        "text" if plain => SqlType::Text,
        "date" if plain => SqlType::Date,
        "time" if plain => SqlType::Time { precision: None, timezone: false },
        "datetime" | "timestamp" if plain => SqlType::DateTime { precision: None, timezone: false },
        "blob" if plain => SqlType::LargeBinary,
        "json" if plain => SqlType::Json,
        _ => return None,
    })
}

/// What a declared type makes of the values stored under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Affinity {
    Integer,
    Text,
    Blob,
    Real,
    Numeric,
}

/// The affinity of a declared type, by the rules of "Datatypes In SQLite", 3.1, in their order.
pub(crate) fn affinity(declared: &str) -> Affinity {
    let declared = declared.to_ascii_uppercase();
    let has = |parts: &[&str]| parts.iter().any(|part| declared.contains(part));
    if has(&["INT"]) {
        Affinity::Integer
    } else if has(&["CHAR", "CLOB", "TEXT"]) {
        Affinity::Text
    } else if declared.is_empty() || has(&["BLOB"]) {
        Affinity::Blob
    } else if has(&["REAL", "FLOA", "DOUB"]) {
        Affinity::Real
    } else {
        Affinity::Numeric
    }
}
