//! Views and triggers.

use limbeck_schema::{Entity, EntityId, EntityKind};

use super::qualified;
use crate::Statement;
use crate::entity_text::create_text;

/// CREATE VIEW or CREATE TRIGGER, as it was written.
pub(super) fn create(entity: &Entity) -> Statement {
    Statement::verbatim(create_text(entity))
}

/// DROP VIEW or DROP TRIGGER; a trigger's name is its own, not one within its table.
pub(super) fn drop(id: &EntityId) -> Statement {
    let kind = if id.kind == EntityKind::Trigger { "TRIGGER" } else { "VIEW" };
    Statement::new(format!("DROP {kind} {}", qualified(&id.name)))
}
