//! What SQLite stores.

use limbeck_schema::{
    CheckConstraint, Column, Dialect, Domain, EntityKind, EnumType, ForeignKey, Index, IndexElement,
    IndexTarget, MatchType, MetaData, PostgresqlTableOptions, ReferentialAction, SqlType, Table, shorten,
};

use super::index_label;
use crate::expression::{mentions, rename};
use crate::quote::{quote_identifier, quote_literal};
use crate::{ProjectionError, ProjectionReason};

const DIALECT: Dialect = Dialect::Sqlite;

pub(super) fn project(metadata: &mut MetaData) -> Vec<ProjectionError> {
    let types =
        Types { enums: std::mem::take(&mut metadata.enums), domains: std::mem::take(&mut metadata.domains) };
    // One that a column has is an error of that column.
    metadata.composites.clear();
    metadata.schemas.clear();
    // A sequence is harmless while no column takes its default from it; such a default is an error of its column.
    metadata.sequences.clear();
    let exists = |kind| matches!(kind, EntityKind::View | EntityKind::Trigger);
    metadata.entities.retain(|entity| exists(entity.id.kind));
    metadata.dependencies.clear();
    metadata.grants.clear();
    metadata.default_privileges.clear();
    metadata.owners.clear();
    let mut errors = Vec::new();
    for table in &mut metadata.tables {
        let mut reasons = Vec::new();
        project_table(table, &types, &mut reasons);
        errors.extend(reasons.into_iter().map(|(column, reason)| ProjectionError {
            dialect: DIALECT,
            table: table.name.clone(),
            column,
            reason,
        }));
    }
    errors
}

/// The types of the schema that become checks.
struct Types {
    enums: Vec<EnumType>,
    domains: Vec<Domain>,
}

/// A reason, and the column when it is one column's.
type Reasons = Vec<(Option<String>, ProjectionReason)>;

fn project_table(table: &mut Table, types: &Types, reasons: &mut Reasons) {
    for name in
        std::iter::once(&mut table.name).chain(table.foreign_keys.iter_mut().map(|fk| &mut fk.referred_table))
    {
        // `main` is the database file itself.
        name.schema = name.schema.take().filter(|schema| schema != "main");
    }
    if let Some(schema) = &table.name.schema {
        reasons.push((None, ProjectionReason::SchemaQualified(schema.clone())));
    }
    table.comment = None;
    table.options.postgresql = PostgresqlTableOptions::default();
    project_rowid(table, reasons);
    let strict = table.options.sqlite.strict;
    let mut checks = Vec::new();
    for column in &mut table.columns {
        checks.extend(project_domain(&table.name.name, column, &types.domains, reasons));
        project_column(column, reasons);
        let enum_type = match column.sql_type.clone() {
            SqlType::Enum(name) => {
                let found = types.enums.iter().find(|e| e.name == name);
                if found.is_none() {
                    reasons.push((Some(column.name.clone()), ProjectionReason::UnknownEnum(name)));
                }
                found
            }
            _ => None,
        };
        if let Some(EnumType { values, renamed_values, .. }) = enum_type {
            let pairs = renamed_values.iter();
            let pairs = pairs.filter(|(value, former)| values.contains(value) && !values.contains(former));
            column.renamed_values = pairs.map(|(value, former)| (value.clone(), former.clone())).collect();
            let longest = values.iter().map(|v| v.chars().count()).max().unwrap_or_default();
            column.sql_type = SqlType::String { length: u32::try_from(longest).ok() };
            checks.push(enum_check(&table.name.name, &column.name, values));
        }
        match project_type(&column.sql_type, strict) {
            Ok(sql_type) => column.sql_type = sql_type,
            Err(reason) => reasons.push((Some(column.name.clone()), reason)),
        }
    }
    table.checks.extend(checks);
    for exclude in std::mem::take(&mut table.excludes) {
        reasons.push((None, ProjectionReason::Exclude(exclude.name.unwrap_or_default())));
    }
    project_constraints(table, reasons);
    for index in &mut table.indexes {
        project_index(index, &table.columns, reasons);
    }
}

/// A column of a domain gets the domain's base type, and whatever the domain says that the column does not: default,
/// NOT NULL, collation, and its conditions with the column in place of VALUE. A domain may be over another one.
fn project_domain(
    table: &str,
    column: &mut Column,
    domains: &[Domain],
    reasons: &mut Reasons,
) -> Vec<CheckConstraint> {
    let mut checks = Vec::new();
    // A domain over itself is refused before; this ends in any case.
    for _ in 0..=domains.len() {
        let SqlType::Domain(name) = &column.sql_type else { break };
        let Some(domain) = domains.iter().find(|domain| domain.name == *name) else {
            reasons.push((Some(column.name.clone()), ProjectionReason::UnknownType(name.clone())));
            column.sql_type = SqlType::Text;
            break;
        };
        let gives_value =
            column.server_default.is_some() || column.computed.is_some() || column.identity.is_some();
        if !gives_value {
            column.server_default.clone_from(&domain.server_default);
        }
        column.nullable &= domain.nullable;
        column.collation = column.collation.take().or_else(|| domain.collation.clone());
        for check in &domain.checks {
            let name = check.name.as_deref().unwrap_or(&domain.name.name);
            let sql = rename(DIALECT, &check.expression.sql, "value", &column.name);
            let name = format!("ck_{table}_{}_{}", column.name, name.trim_start_matches("ck_"));
            checks.push(CheckConstraint::new(sql.as_str()).named(shorten(&name)));
        }
        column.sql_type = domain.base_type.clone();
    }
    checks
}

/// The sole integer primary key is the rowid, which numbers itself (SQLite, "ROWIDs and the INTEGER PRIMARY KEY"): an
/// identity needs nothing more there, and is impossible elsewhere.
fn project_rowid(table: &mut Table, reasons: &mut Reasons) {
    let has_rowid = !table.options.sqlite.without_rowid;
    let key = table.primary_key.as_ref().and_then(|pk| match pk.columns.as_slice() {
        [column] if has_rowid => Some(column.clone()),
        _ => None,
    });
    for column in table.columns.iter_mut().filter(|c| c.identity.is_some()) {
        let integer =
            matches!(column.sql_type, SqlType::SmallInteger | SqlType::Integer | SqlType::BigInteger);
        if integer && key.as_ref() == Some(&column.name) {
            column.sql_type = SqlType::Integer;
        } else {
            reasons.push((Some(column.name.clone()), ProjectionReason::Identity));
        }
        column.identity = None;
    }
    let is_rowid = key.is_some_and(|key| table.column(&key).is_some_and(|c| c.sql_type == SqlType::Integer));
    if table.options.sqlite.autoincrement && !is_rowid {
        reasons.push((None, ProjectionReason::Autoincrement));
    }
    if !has_rowid && table.primary_key.is_none() {
        reasons.push((None, ProjectionReason::WithoutRowid));
    }
}

fn project_column(column: &mut Column, reasons: &mut Reasons) {
    column.comment = None;
    column.collation = project_collation(column.collation.take());
    if let Some(default) = &column.server_default
        && mentions(DIALECT, &default.sql, "nextval")
    {
        reasons.push((Some(column.name.clone()), ProjectionReason::Sequence(default.sql.clone())));
    }
}

/// PostgreSQL's collations are left out, since SQLite could not compare with them; others may be the application's own.
fn project_collation(collation: Option<String>) -> Option<String> {
    let collation = collation?;
    if crate::sqlite::is_builtin_collation(&collation) {
        return Some(collation.to_ascii_uppercase()).filter(|name| name != "BINARY");
    }
    let language = collation.split(['_', '-', '.']).next().unwrap_or_default();
    let is_locale = collation.contains(['_', '-', '.']) && (2..=4).contains(&language.len());
    let is_postgresql = is_locale || ["C", "POSIX", "default", "ucs_basic"].contains(&collation.as_str());
    (!is_postgresql).then_some(collation)
}

/// The collation of an index key, when it is not the one that the key has by itself.
fn project_key_collation(element: &IndexElement, columns: &[Column]) -> Option<String> {
    let own = match &element.target {
        IndexTarget::Column(name) => columns.iter().find(|column| column.name.eq_ignore_ascii_case(name)),
        IndexTarget::Expression(_) => None,
    };
    let own = own.and_then(|column| column.collation.as_deref()).unwrap_or("BINARY");
    let collation = element.collation.clone()?;
    let is_binary = collation.eq_ignore_ascii_case("BINARY");
    let collation = if is_binary { "BINARY".to_owned() } else { project_collation(Some(collation))? };
    (collation != own).then_some(collation)
}

/// The constraint that holds a column to the values of its enum type.
fn enum_check(table: &str, column: &str, values: &[String]) -> CheckConstraint {
    let list = values.iter().map(|v| quote_literal(DIALECT, v)).collect::<Vec<_>>().join(", ");
    CheckConstraint::new(format!("{} IN ({list})", quote_identifier(DIALECT, column)).as_str())
        .named(shorten(&format!("ck_{table}_{column}")))
}

fn project_type(sql_type: &SqlType, strict: bool) -> Result<SqlType, ProjectionReason> {
    let projected = match sql_type {
        SqlType::Numeric { precision: None, .. } => SqlType::Numeric { precision: None, scale: None },
        SqlType::Time { .. } => SqlType::Time { precision: None, timezone: false },
        SqlType::DateTime { .. } => SqlType::DateTime { precision: None, timezone: false },
        SqlType::Interval => SqlType::Text,
        SqlType::Uuid => SqlType::Char { length: 32 },
        SqlType::Jsonb => SqlType::Json,
        SqlType::Array(_) => return Err(ProjectionReason::Array),
        SqlType::Composite(name) => return Err(ProjectionReason::Composite(name.clone())),
        SqlType::Native { dialect: owner @ Dialect::Postgresql, name } => {
            return Err(ProjectionReason::NativeType { owner: *owner, name: name.clone() });
        }
        other => other.clone(),
    };
    if strict { strict_type(projected) } else { Ok(projected) }
}

/// A STRICT table takes INT, INTEGER, REAL, TEXT, BLOB and ANY only (SQLite, "STRICT Tables").
fn strict_type(sql_type: SqlType) -> Result<SqlType, ProjectionReason> {
    Ok(match sql_type {
        SqlType::SmallInteger | SqlType::Integer | SqlType::BigInteger | SqlType::Boolean => SqlType::Integer,
        SqlType::Real | SqlType::Double => SqlType::Real,
        SqlType::String { .. }
        | SqlType::Char { .. }
        | SqlType::Text
        | SqlType::Date
        | SqlType::Time { .. }
        | SqlType::DateTime { .. }
        | SqlType::Json => SqlType::Text,
        SqlType::LargeBinary => SqlType::LargeBinary,
        SqlType::Native { name, .. } if ["INT", "ANY"].contains(&name.to_ascii_uppercase().as_str()) => {
            SqlType::sqlite(name.to_ascii_uppercase())
        }
        // NUMERIC above all: as REAL it would lose digits, as TEXT its order.
        other => {
            let name = crate::sqlite::type_name(&other).unwrap_or_else(|_| format!("{other:?}"));
            return Err(ProjectionReason::StrictType(name));
        }
    })
}

fn project_constraints(table: &mut Table, reasons: &mut Reasons) {
    if let Some(pk) = &mut table.primary_key {
        pk.include.clear();
        pk.deferrable = None;
        pk.comment = None;
    }
    for unique in &mut table.uniques {
        unique.include.clear();
        unique.deferrable = None;
        unique.comment = None;
        if std::mem::take(&mut unique.nulls_not_distinct) {
            let name = unique.name.clone().unwrap_or_else(|| "an unnamed unique constraint".to_owned());
            reasons.push((None, ProjectionReason::NullsNotDistinct(name)));
        }
    }
    for check in &mut table.checks {
        check.no_inherit = false;
        check.not_valid = false;
        check.comment = None;
    }
    for fk in &mut table.foreign_keys {
        project_foreign_key(fk, reasons);
    }
}

fn project_foreign_key(fk: &mut ForeignKey, reasons: &mut Reasons) {
    // "SQLite parses MATCH clauses, but does not enforce them" (SQLite, "Foreign Key Support").
    fk.match_type = MatchType::Simple;
    fk.not_valid = false;
    fk.comment = None;
    let all = fk.columns.clone();
    for action in [&mut fk.on_delete, &mut fk.on_update] {
        if let ReferentialAction::SetNull(columns) | ReferentialAction::SetDefault(columns) = action {
            if !columns.is_empty() && !all.iter().all(|column| columns.contains(column)) {
                reasons.push((None, ProjectionReason::SetColumns(fk.name.clone().unwrap_or_default())));
            }
            columns.clear();
        }
    }
}

/// Of an index, access method, operator classes and carried columns only make it faster elsewhere; NULLs sort in
/// SQLite's one way (SQLite, "CREATE INDEX": NULLS FIRST is not supported).
fn project_index(index: &mut Index, columns: &[Column], reasons: &mut Reasons) {
    index.using = None;
    index.include.clear();
    index.with.clear();
    index.tablespace = None;
    index.comment = None;
    if std::mem::take(&mut index.nulls_not_distinct) && index.unique {
        reasons.push((None, ProjectionReason::NullsNotDistinct(index_label(index))));
    }
    for element in &mut index.elements {
        element.opclass = None;
        element.nulls = None;
        element.collation = project_key_collation(element, columns);
    }
}
