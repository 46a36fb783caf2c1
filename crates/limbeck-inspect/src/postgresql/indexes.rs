//! Indexes, column by column of the catalogue.

use std::collections::HashMap;

use limbeck_schema::{Expression, Index, IndexElement, NullsOrder, SortOrder};

use super::catalogue::Catalogue;
use super::deparsed::without_outer_parentheses;
use super::names::Names;
use super::rows::{IndexExpressionRow, IndexRow, Oid};
use crate::InspectError;

/// The collation of every column.
pub(super) type ColumnCollations = HashMap<(Oid, i16), Oid>;

/// The expressions of indexes, by index and 1-based position.
pub(super) type Expressions<'c, 'a> = HashMap<(Oid, usize), &'c IndexExpressionRow<'a>>;

/// The expressions of all indexes.
pub(super) fn expressions<'c, 'a>(catalogue: &'c Catalogue<'a>) -> Expressions<'c, 'a> {
    catalogue.index_expressions.iter().map(|row| ((row.index, row.position), row)).collect()
}

/// Bits of `pg_index.indoption` (PostgreSQL source, `pg_index.h`).
const DESCENDING: i16 = 1;
const NULLS_FIRST: i16 = 2;

/// The index of a row.
pub(super) fn index(
    row: &IndexRow<'_>,
    names: &Names<'_>,
    column_collations: &ColumnCollations,
    expressions: &Expressions<'_, '_>,
) -> Result<Index, InspectError> {
    let keys = row
        .columns
        .iter()
        .zip(&row.options)
        .zip(&row.operator_classes)
        .zip(&row.collations)
        .take(row.key_count)
        .enumerate();
    let mut elements = Vec::with_capacity(row.key_count);
    for (position, (((number, option), operator_class), collation)) in keys {
        let mut element = if *number == 0 {
            let expression = expressions.get(&(row.oid, position + 1)).ok_or_else(|| {
                InspectError::Catalogue { what: "an index expression", value: row.name.to_owned() }
            })?;
            let text = without_outer_parentheses(expression.expression);
            let mut element = IndexElement::expression(Expression::new(text));
            if has_key_collation(expression) {
                element.collation = names.collation(*collation);
            }
            element
        } else {
            let column = names.column(row.table, *number).ok_or_else(|| InspectError::Catalogue {
                what: "an index column",
                value: format!("{} of {}", number, row.name),
            })?;
            let mut element = IndexElement::column(column);
            if *collation != 0 && column_collations.get(&(row.table, *number)) != Some(collation) {
                element.collation = names.collation(*collation);
            }
            element
        };
        element.opclass = names.operator_class(*operator_class, row.oid, position + 1);
        let descending = option & DESCENDING != 0;
        let nulls_first = option & NULLS_FIRST != 0;
        element.order = if descending { SortOrder::Descending } else { SortOrder::Ascending };
        element.nulls = match (descending, nulls_first) {
            (false, true) => Some(NullsOrder::First),
            (true, false) => Some(NullsOrder::Last),
            _ => None,
        };
        elements.push(element);
    }
    let predicate = row.predicate.map(|text| Expression::new(without_outer_parentheses(text)));
    Ok(Index {
        name: Some(row.name.to_owned()),
        elements,
        unique: row.unique,
        using: (row.access_method != "btree").then(|| row.access_method.to_owned()),
        include: names.columns(row.table, row.columns.get(row.key_count..).unwrap_or_default()),
        predicate,
        with: row.parameters(),
        nulls_not_distinct: row.nulls_not_distinct,
        tablespace: row.tablespace.map(str::to_owned),
        comment: names.comment("pg_class", row.oid, 0),
    })
}

/// Whether the collation of an expression key is the key's own. The catalogue does not tell the collation of the
/// expression itself, but the index definition names the key's collation only where the two differ.
fn has_key_collation(row: &IndexExpressionRow<'_>) -> bool {
    row.definition.is_some_and(|definition| definition.contains(&format!("{} COLLATE ", row.expression)))
}
