//! Partitions: PARTITION OF, ATTACH and DETACH (PostgreSQL docs, "Table Partitioning").

use limbeck_schema::{PartitionOf, QualifiedName};

use super::qualified;
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
