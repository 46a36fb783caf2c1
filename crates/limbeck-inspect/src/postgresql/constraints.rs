//! Constraints, column by column of the catalogue.

use limbeck_schema::{
    CheckConstraint, Constraint, Deferrable, Expression, ForeignKey, MatchType, PrimaryKey, QualifiedName,
    ReferentialAction, UniqueConstraint,
};

use super::catalogue::{ConstraintRow, IndexRow};
use super::deparsed::without_outer_parentheses;
use super::names::Names;
use crate::InspectError;

/// The constraint of a row; `index` is the one behind a key.
pub(super) fn constraint(
    row: &ConstraintRow<'_>,
    index: Option<&IndexRow<'_>>,
    names: &Names<'_>,
) -> Result<Constraint, InspectError> {
    let name = Some(row.name.to_owned());
    let columns = names.columns(row.table, &row.columns);
    let comment = names.comment("pg_constraint", row.oid, 0);
    let deferrable = match (row.deferrable, row.deferred) {
        (false, _) => None,
        (true, false) => Some(Deferrable::InitiallyImmediate),
        (true, true) => Some(Deferrable::InitiallyDeferred),
    };
    let include = index
        .map(|index| names.columns(index.table, index.columns.get(index.key_count..).unwrap_or_default()))
        .unwrap_or_default();
    Ok(match row.kind {
        'p' => Constraint::PrimaryKey(PrimaryKey { name, columns, include, deferrable, comment }),
        'u' => Constraint::Unique(UniqueConstraint {
            name,
            columns,
            include,
            nulls_not_distinct: index.is_some_and(|index| index.nulls_not_distinct),
            deferrable,
            comment,
        }),
        'f' => Constraint::ForeignKey(ForeignKey {
            name,
            columns,
            referred_table: names
                .relation(row.referred_table)
                .cloned()
                .unwrap_or_else(|| QualifiedName::new(row.referred_table.to_string())),
            referred_columns: names.columns(row.referred_table, &row.referred_columns),
            on_update: action(row.on_update, Vec::new())?,
            on_delete: action(row.on_delete, names.columns(row.table, &row.on_delete_columns))?,
            match_type: match row.match_type {
                's' => MatchType::Simple,
                'f' => MatchType::Full,
                other => return Err(unknown("pg_constraint.confmatchtype", other)),
            },
            deferrable,
            not_valid: !row.validated,
            comment,
        }),
        'c' => Constraint::Check(CheckConstraint {
            name,
            expression: Expression::new(without_outer_parentheses(row.expression.unwrap_or_default())),
            no_inherit: row.no_inherit,
            not_valid: !row.validated,
            comment,
        }),
        other => return Err(unknown("pg_constraint.contype", other)),
    })
}

fn action(code: char, columns: Vec<String>) -> Result<ReferentialAction, InspectError> {
    Ok(match code {
        'a' => ReferentialAction::NoAction,
        'r' => ReferentialAction::Restrict,
        'c' => ReferentialAction::Cascade,
        'n' => ReferentialAction::SetNull(columns),
        'd' => ReferentialAction::SetDefault(columns),
        other => return Err(unknown("pg_constraint.confdeltype", other)),
    })
}

fn unknown(what: &'static str, value: char) -> InspectError {
    InspectError::Catalogue { what, value: value.to_string() }
}
