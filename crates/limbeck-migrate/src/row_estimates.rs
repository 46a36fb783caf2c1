//! How many rows a hazard is about.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_dialect::{quote_literal, quote_name};
use limbeck_diff::{Hazard, HazardKind};
use limbeck_engine::Connection;
use limbeck_schema::{Dialect, Operation, QualifiedName};

use crate::compare::Comparison;
use crate::error::MigrateError;

const DIALECT: Dialect = Dialect::Postgresql;

/// Adds to the hazards for which it matters how many rows their table has, as the planner estimates them
/// (`pg_class.reltuples`). A table that was never analysed has no estimate.
pub(crate) async fn add_row_estimates(
    connection: &Connection,
    comparison: &mut Comparison,
) -> Result<(), MigrateError> {
    let concerned = |hazard: &&mut Hazard| {
        matches!(hazard.kind, HazardKind::DataLoss | HazardKind::TableRewrite | HazardKind::LongLock)
    };
    let hazards: Vec<&mut Hazard> = comparison.hazards.iter_mut().filter(concerned).collect();
    if hazards.is_empty() || connection.dialect() == Dialect::Sqlite {
        return Ok(());
    }
    let estimates = estimates(connection, &touched_tables(&comparison.operations)).await?;
    for hazard in hazards {
        if let Some(rows) = estimate_for(&hazard.object, &estimates) {
            hazard.message.push_str(&format!(" (about {} rows here)", with_separators(rows)));
        }
    }
    Ok(())
}

/// The tables that are there and change, by the names that hazards use, with those they have before.
fn touched_tables(operations: &[Operation]) -> BTreeMap<QualifiedName, QualifiedName> {
    let mut former = BTreeMap::new();
    let mut touched = BTreeSet::new();
    for operation in operations {
        match operation {
            Operation::RenameTable { name, to } => {
                former.insert(name.with_name(to), name.clone());
            }
            Operation::DropTable(table) => {
                touched.insert(&table.name);
            }
            Operation::AddColumn { table, .. }
            | Operation::DropColumn { table, .. }
            | Operation::AlterColumn { table, .. }
            | Operation::AddConstraint { table, .. }
            | Operation::CreateIndex { table, .. } => {
                touched.insert(table);
            }
            _ => {}
        }
    }
    touched.into_iter().map(|table| (table.clone(), former.get(table).unwrap_or(table).clone())).collect()
}

/// The estimates there are, by the text with which hazards name a table.
async fn estimates(
    connection: &Connection,
    tables: &BTreeMap<QualifiedName, QualifiedName>,
) -> Result<BTreeMap<String, u64>, MigrateError> {
    if tables.is_empty() {
        return Ok(BTreeMap::new());
    }
    let names: Vec<String> = tables
        .iter()
        .map(|(name, existing)| {
            let literal = |text: &str| quote_literal(DIALECT, text);
            format!("({}, {})", literal(&name.to_string()), literal(&quote_name(DIALECT, existing)))
        })
        .collect();
    let query = format!(
        "SELECT t.name, c.reltuples::bigint FROM (VALUES {}) t (name, existing) JOIN pg_class c ON c.oid = to_regclass(t.existing) WHERE c.reltuples > 0",
        names.join(", ")
    );
    let rows = connection.query(&query).await?.into_iter();
    Ok(rows
        .filter_map(|row| match row.as_slice() {
            [Some(name), Some(rows)] => Some((name.clone(), rows.parse().ok()?)),
            _ => None,
        })
        .collect())
}

/// The estimate for the table that a hazard's object is, or is a part of.
fn estimate_for(object: &str, estimates: &BTreeMap<String, u64>) -> Option<u64> {
    let is_of =
        |name: &str| object.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    let found = estimates.iter().filter(|(name, _)| is_of(name)).max_by_key(|(name, _)| name.len());
    found.map(|(_, rows)| *rows)
}

/// `1200000` as `1,200,000`.
fn with_separators(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        let all = [(7, "7"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")];
        for (number, text) in all {
            assert_eq!(with_separators(number), text);
        }
    }

    #[test]
    fn the_longest_name_is_meant() {
        let estimates = BTreeMap::from([("shop".to_owned(), 1), ("shop.orders".to_owned(), 2)]);
        assert_eq!(estimate_for("shop.orders.id", &estimates), Some(2));
        assert_eq!(estimate_for("shop.id", &estimates), Some(1));
        assert_eq!(estimate_for("shops", &estimates), None);
    }
}
