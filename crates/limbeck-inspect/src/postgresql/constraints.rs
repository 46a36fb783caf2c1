//! Constraints, column by column of the catalogue.

use limbeck_schema::{
    CheckConstraint, Constraint, Deferrable, ExcludeConstraint, ExcludeElement, Expression, ForeignKey,
    Index, MatchType, PrimaryKey, QualifiedName, ReferentialAction, UniqueConstraint,
};

use super::deparsed::without_outer_parentheses;
use super::names::Names;
use super::rows::{ConstraintRow, IndexRow, Oid};
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
    let deferrable = deferrable(row);
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
        'c' => Constraint::Check(check(row, names)),
        other => return Err(unknown("pg_constraint.contype", other)),
    })
}

fn deferrable(row: &ConstraintRow<'_>) -> Option<Deferrable> {
    match (row.deferrable, row.deferred) {
        (false, _) => None,
        (true, false) => Some(Deferrable::InitiallyImmediate),
        (true, true) => Some(Deferrable::InitiallyDeferred),
    }
}

/// The check of a table or domain.
pub(super) fn check(row: &ConstraintRow<'_>, names: &Names<'_>) -> CheckConstraint {
    CheckConstraint {
        name: Some(row.name.to_owned()),
        expression: Expression::new(without_outer_parentheses(row.expression.unwrap_or_default())),
        no_inherit: row.no_inherit,
        not_valid: !row.validated,
        comment: names.comment("pg_constraint", row.oid, 0),
    }
}

/// The exclusion constraint of a row, most of which is its index.
pub(super) fn exclusion(
    row: &ConstraintRow<'_>,
    index: Index,
    names: &Names<'_>,
) -> Result<Constraint, InspectError> {
    let operator = |oid: &Oid| {
        let name = names.operator(*oid).map(str::to_owned);
        name.ok_or_else(|| InspectError::Catalogue {
            what: "an operator of an exclusion constraint",
            value: row.name.to_owned(),
        })
    };
    let operators = row.operators.iter().map(operator).collect::<Result<Vec<_>, _>>()?;
    let elements = index.elements.into_iter().zip(operators);
    Ok(Constraint::Exclude(ExcludeConstraint {
        name: Some(row.name.to_owned()),
        elements: elements.map(|(element, operator)| ExcludeElement { element, operator }).collect(),
        using: index.using.unwrap_or_else(|| "btree".to_owned()),
        include: index.include,
        predicate: index.predicate,
        with: index.with,
        tablespace: index.tablespace,
        deferrable: deferrable(row),
        comment: names.comment("pg_constraint", row.oid, 0),
    }))
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
