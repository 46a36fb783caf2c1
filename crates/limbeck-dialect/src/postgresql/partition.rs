//! Partitions: PARTITION OF, ATTACH and DETACH (PostgreSQL docs, "Table Partitioning").

use limbeck_schema::{Column, PartitionOf, QualifiedName};

use super::{identifier, qualified, table};
use crate::Statement;

/// ALTER TABLE … ATTACH PARTITION.
pub(super) fn attach(table: &QualifiedName, of: &PartitionOf) -> Statement {
    let (parent, table) = (qualified(&of.parent), qualified(table));
    Statement::new(format!("ALTER TABLE {parent} ATTACH PARTITION {table} {}", of.bound))
}

/// ALTER TABLE … DETACH PARTITION.
pub(super) fn detach(table: &QualifiedName, of: &PartitionOf) -> Statement {
    Statement::new(format!("ALTER TABLE {} DETACH PARTITION {}", qualified(&of.parent), qualified(table)))
}

/// What a partition says of columns that it has from its parent: a default of its own, and NOT NULL.
pub(super) fn own_columns(columns: &[Column]) -> Vec<String> {
    let says = |column: &&Column| column.server_default.is_some() || !column.nullable;
    let definition = |column: &Column| {
        let default = column.server_default.as_ref().map(table::default_clause).unwrap_or_default();
        let not_null = if column.nullable { "" } else { " NOT NULL" };
        format!("{}{default}{not_null}", identifier(&column.name))
    };
    columns.iter().filter(says).map(definition).collect()
}
