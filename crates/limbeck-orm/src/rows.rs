//! Reading rows of a model as values, by the values of some columns.

use limbeck_dialect::query::{ColumnValues, Expr, JoinKind, Name, Select, Source};
use limbeck_schema::Value;

use crate::ModelDefinition;

/// The column of a table, or of what has that name in the query.
pub(crate) fn column(model: &ModelDefinition, table: &Name, column: usize) -> Expr {
    let name = model.columns.get(column).map(|column| column.name.clone()).unwrap_or_default();
    Expr::column(table.clone(), name)
}

/// The name of a model's table in a query that reads it without an alias.
pub(crate) fn table_name(model: &ModelDefinition) -> Name {
    Name::Owned(model.table.name.clone())
}

/// The same query, of rows whose columns have one of these combinations of values.
pub(crate) fn only_with(
    select: Select,
    model: &ModelDefinition,
    table: &Name,
    columns: &[usize],
    keys: Vec<Vec<Value>>,
) -> Select {
    if let [only] = columns {
        let values = keys.into_iter().flatten().collect();
        return select.filter(column(model, table, *only).in_values(values));
    }
    let mut sought: Vec<ColumnValues> = columns
        .iter()
        .enumerate()
        .filter_map(|(place, &position)| {
            let sql_type = model.columns.get(position)?.sql_type.clone();
            Some(ColumnValues { name: Name::Owned(format!("c{place}")), sql_type, values: Vec::new() })
        })
        .collect();
    for key in keys {
        for (column, value) in sought.iter_mut().zip(key) {
            column.values.push(value);
        }
    }
    let pairs = columns.iter().enumerate().map(|(place, &position)| {
        column(model, table, position).equal(Expr::column("sought", format!("c{place}")))
    });
    let on = Expr::All(pairs.collect());
    select.join(JoinKind::Inner, Source::values(sought, "sought"), Some(on))
}
