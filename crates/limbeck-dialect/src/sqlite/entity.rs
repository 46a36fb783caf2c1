//! Views and triggers.

use limbeck_schema::{Entity, EntityId, EntityKind};

use super::{PROJECT_FIRST, qualified, unsupported};
use crate::entity_text::create_text;
use crate::{RenderError, Statement};

/// CREATE VIEW or CREATE TRIGGER, as it was written.
pub(super) fn create(entity: &Entity) -> Result<Statement, RenderError> {
    match entity.id.kind {
        EntityKind::View | EntityKind::Trigger => Ok(Statement::verbatim(create_text(entity))),
        kind => Err(unsupported(&format!("hold a {}", kind.words()), PROJECT_FIRST)),
    }
}

/// DROP VIEW or DROP TRIGGER; a trigger's name is its own, not one within its table.
pub(super) fn drop(id: &EntityId) -> Statement {
    let kind = if id.kind == EntityKind::Trigger { "TRIGGER" } else { "VIEW" };
    Statement::new(format!("DROP {kind} {}", qualified(&id.name)))
}
