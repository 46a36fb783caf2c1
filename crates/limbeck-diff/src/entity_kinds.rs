//! What kinds of entities have in common.

use limbeck_schema::EntityKind;

/// Whether an entity of the kind is read from as a table is, and shares the names of tables.
pub(crate) fn is_relation(kind: EntityKind) -> bool {
    matches!(kind, EntityKind::View | EntityKind::MaterializedView | EntityKind::ForeignTable)
}
