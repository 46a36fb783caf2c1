//! Sequences, of their own and behind identity columns.

use std::collections::HashMap;

use limbeck_schema::{ColumnReference, Sequence, SequenceOptions, SqlType};

use super::catalogue::Catalogue;
use super::names::Names;
use super::rows::{Oid, SequenceRow};
use crate::InspectError;

/// The sequences behind identity columns, by table and column number.
pub(super) fn identities<'c, 'a>(catalogue: &'c Catalogue<'a>) -> HashMap<(Oid, i16), &'c SequenceRow<'a>> {
    let identity = |row: &'c SequenceRow<'a>| {
        let owner = row.owner.as_ref().filter(|owner| owner.is_identity)?;
        Some(((owner.table, owner.column), row))
    };
    catalogue.sequences.iter().filter_map(identity).collect()
}

/// A sequence of its own.
pub(super) fn sequence(
    row: &SequenceRow<'_>,
    owned_by: Option<ColumnReference>,
    names: &Names<'_>,
) -> Result<Sequence, InspectError> {
    let data_type = match row.data_type {
        "bigint" => None,
        "integer" => Some(SqlType::Integer),
        "smallint" => Some(SqlType::SmallInteger),
        _ => return Err(unknown_type(row)),
    };
    Ok(Sequence {
        name: names.qualified(row.namespace, row.name),
        data_type,
        options: options(row)?,
        owned_by,
        comment: names.comment("pg_class", row.oid, 0),
    })
}

/// The options that are not the defaults of the sequence's type and direction (PostgreSQL docs, "CREATE SEQUENCE").
pub(super) fn options(row: &SequenceRow<'_>) -> Result<SequenceOptions, InspectError> {
    let (smallest, largest) = match row.data_type {
        "bigint" => (i64::MIN, i64::MAX),
        "integer" => (i64::from(i32::MIN), i64::from(i32::MAX)),
        "smallint" => (i64::from(i16::MIN), i64::from(i16::MAX)),
        _ => return Err(unknown_type(row)),
    };
    let ascending = row.increment > 0;
    let (default_min, default_max) = if ascending { (1, largest) } else { (smallest, -1) };
    let default_start = if ascending { row.min_value } else { row.max_value };
    let unless = |value: i64, default: i64| (value != default).then_some(value);
    Ok(SequenceOptions {
        start: unless(row.start, default_start),
        increment: unless(row.increment, 1),
        min_value: unless(row.min_value, default_min),
        max_value: unless(row.max_value, default_max),
        cache: unless(row.cache, 1),
        cycle: row.cycle,
    })
}

fn unknown_type(row: &SequenceRow<'_>) -> InspectError {
    InspectError::Catalogue { what: "the type of a sequence", value: row.data_type.to_owned() }
}
