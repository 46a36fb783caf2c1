//! Which tables and columns of two schemas are the same ones, by the rule of `renamed_from`: a former name counts while
//! the new one is not there before, and the former one not after. SQLite has no case.

use limbeck_schema::{Column, Dialect, MetaData, QualifiedName, Table};

fn is_same(dialect: Dialect, left: &str, right: &str) -> bool {
    match dialect {
        Dialect::Postgresql => left == right,
        Dialect::Sqlite => left.eq_ignore_ascii_case(right),
    }
}

/// The table after that a table before becomes.
pub(crate) fn table_after<'a>(
    dialect: Dialect,
    from: &MetaData,
    to: &'a MetaData,
    name: &QualifiedName,
) -> Option<&'a Table> {
    let is = |table: &Table, name: &QualifiedName| {
        table.name.schema == name.schema && is_same(dialect, &table.name.name, &name.name)
    };
    to.tables.iter().find(|table| is(table, name)).or_else(|| {
        to.tables.iter().find(|table| {
            let former = table.renamed_from.as_ref().map(|former| table.name.with_name(former));
            former.as_ref() == Some(name) && !from.tables.iter().any(|before| is(before, &table.name))
        })
    })
}

/// The column after that a column before becomes.
pub(crate) fn column_after<'a>(
    dialect: Dialect,
    from: &Table,
    to: &'a Table,
    name: &str,
) -> Option<&'a Column> {
    to.columns.iter().find(|column| is_same(dialect, &column.name, name)).or_else(|| {
        to.columns.iter().find(|column| {
            let is_new = !from.columns.iter().any(|before| is_same(dialect, &before.name, &column.name));
            column.renamed_from.as_deref() == Some(name) && is_new
        })
    })
}

/// The column before that becomes a column after.
pub(crate) fn column_before<'a>(
    dialect: Dialect,
    from: &'a Table,
    to: &Table,
    name: &str,
) -> Option<&'a Column> {
    from.columns
        .iter()
        .find(|column| column_after(dialect, from, to, &column.name).is_some_and(|after| after.name == name))
}
