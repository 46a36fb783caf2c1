//! What is said of an entity besides its definition: whether it fires, its owner, its comments.

use limbeck_schema::{Enabled, Entity, EntityKind};

use super::{identifier, qualified, target_of};
use crate::Statement;
use crate::postgresql::comment;

/// The statements that make a new entity what is said of it.
pub(super) fn of_new(entity: &Entity) -> Vec<Statement> {
    let bare = Entity { owner: None, comment: None, ..Entity::new(entity.id.clone(), "") };
    between(&bare, entity)
}

/// The statements that lead from what was said of an entity to what shall be said of it.
pub(super) fn between(from: &Entity, to: &Entity) -> Vec<Statement> {
    let target = target_of(&to.id, &to.definition);
    let mut statements = Vec::new();
    if let Some(owner) = to.owner.as_ref().filter(|owner| from.owner.as_ref() != Some(owner))
        && has_owner(to.id.kind)
    {
        statements.push(Statement::new(format!("ALTER {target} OWNER TO {}", identifier(owner))));
    }
    if from.enabled != to.enabled {
        statements.extend(enable(to));
    }
    if from.comment != to.comment {
        statements.push(comment::on_target(&target, to.comment.as_deref()));
    }
    let removed = from.column_comments.iter().filter(|(column, _)| comment_of(to, column).is_none());
    let removed = removed.map(|(column, _)| (column, None));
    let set = to.column_comments.iter().filter(|(column, text)| comment_of(from, column) != Some(text));
    for (column, text) in removed.chain(set.map(|(column, text)| (column, Some(text.as_str())))) {
        let target = format!("COLUMN {}.{}", qualified(&to.id.name), identifier(column));
        statements.push(comment::on_target(&target, text));
    }
    statements
}

fn comment_of<'a>(entity: &'a Entity, column: &str) -> Option<&'a String> {
    entity.column_comments.iter().find(|(name, _)| name == column).map(|(_, text)| text)
}

/// Whether OWNER TO is known of the kind: parts of tables belong to the owner of the table, an extension to who made it.
fn has_owner(kind: EntityKind) -> bool {
    use EntityKind::{Cast, Extension, Policy, Rule, Trigger};
    !matches!(kind, Cast | Extension | Policy | Rule | Trigger)
}

pub(super) fn enable(entity: &Entity) -> Option<Statement> {
    let word = match entity.enabled {
        Enabled::Origin => "ENABLE",
        Enabled::Disabled => "DISABLE",
        Enabled::Replica => "ENABLE REPLICA",
        Enabled::Always => "ENABLE ALWAYS",
    };
    let name = identifier(&entity.id.name.name);
    let sql = match (entity.id.kind, &entity.id.on) {
        (EntityKind::EventTrigger, _) => format!("ALTER EVENT TRIGGER {name} {word}"),
        (EntityKind::Trigger, Some(table)) => {
            format!("ALTER TABLE {} {word} TRIGGER {name}", qualified(table))
        }
        (EntityKind::Rule, Some(table)) => format!("ALTER TABLE {} {word} RULE {name}", qualified(table)),
        _ => return None,
    };
    Some(Statement::new(sql))
}
