//! Entities: CREATE, CREATE OR REPLACE, ALTER, DROP, and what is said of them besides.

mod options;
mod policy;
mod publication;
mod state;
mod target;
mod view;

use limbeck_schema::{Entity, EntityId, EntityKind};

use super::{DIALECT, create_index, identifier, qualified};
use crate::cursor::Cursor;
use crate::entity_text::{create_text, or_replace, without_or_replace};
use crate::{RenderError, Statement, split_statements};

pub(super) use target::target_of;

/// CREATE, with everything that is said of the entity.
pub(super) fn create(entity: &Entity) -> Result<Vec<Statement>, RenderError> {
    // A copy of another configuration has mappings that the definition would add once more.
    let canonical = entity.source.is_none() || entity.id.kind == EntityKind::TextSearchConfiguration;
    let mut text = if canonical {
        without_or_replace(DIALECT, &entity.definition)
    } else {
        create_text(entity).to_owned()
    };
    if entity.without_data && !ends_without_data(&text) {
        text += "\nWITH NO DATA";
    }
    let mut statements = statements_of(&text);
    if matches!(entity.id.kind, EntityKind::View | EntityKind::MaterializedView) {
        statements.extend(view::besides_source(entity));
    }
    for index in &entity.indexes {
        statements.extend(create_index(&entity.id.name, index, false)?);
    }
    statements.extend(state::of_new(entity));
    Ok(statements)
}

/// DROP.
pub(super) fn drop(entity: &Entity) -> Statement {
    Statement::new(format!("DROP {}", target_of(&entity.id, &entity.definition)))
}

/// ALTER … RENAME TO.
pub(super) fn rename(id: &EntityId, to: &str) -> Statement {
    Statement::new(format!("ALTER {} RENAME TO {}", target_of(id, ""), identifier(to)))
}

/// The change of an entity while everything that is built on it stays.
pub(super) fn replace(from: &Entity, to: &Entity) -> Result<Vec<Statement>, RenderError> {
    let Some(mut statements) = alter(from, to)? else {
        let mut statements = vec![drop(from)];
        statements.extend(create(to)?);
        return Ok(statements);
    };
    statements.extend(state::between(from, to));
    Ok(statements)
}

/// The statements that change the definition in place, if there are any that can.
fn alter(from: &Entity, to: &Entity) -> Result<Option<Vec<Statement>>, RenderError> {
    if to.id.kind == EntityKind::MaterializedView {
        return view::alter_materialized(from, to).map(Some);
    }
    if from.definition == to.definition {
        return Ok(Some(Vec::new()));
    }
    Ok(match to.id.kind {
        EntityKind::View if view::can_replace(from, to) => Some(view::replace(from, to)),
        EntityKind::Function | EntityKind::Procedure | EntityKind::Rule => {
            Some(statements_of(&or_replace(DIALECT, create_text(to))))
        }
        EntityKind::Trigger => replace_trigger(from, to),
        EntityKind::Policy => policy::alter(from, to).map(|statement| vec![statement]),
        EntityKind::Extension => Some(options::alter_extension(from, to)),
        EntityKind::ForeignServer | EntityKind::ForeignDataWrapper | EntityKind::ForeignTable => {
            Some(options::alter_foreign(from, to))
        }
        EntityKind::TextSearchDictionary => Some(options::alter_dictionary(from, to)),
        EntityKind::TextSearchConfiguration => Some(options::alter_configuration(from, to)),
        EntityKind::Publication => publication::alter(from, to),
        _ => None,
    })
}

/// CREATE OR REPLACE TRIGGER, which there is none of for constraint triggers (PostgreSQL docs, "CREATE TRIGGER"). It also
/// enables the trigger again.
fn replace_trigger(from: &Entity, to: &Entity) -> Option<Vec<Statement>> {
    let is_constraint =
        |entity: &Entity| Cursor::new(DIALECT, &entity.definition).accept("create constraint");
    if is_constraint(from) || is_constraint(to) {
        return None;
    }
    let mut statements = statements_of(&or_replace(DIALECT, create_text(to)));
    if from.enabled == to.enabled && !to.enabled.is_default() {
        statements.extend(state::enable(to));
    }
    Some(statements)
}

/// Every statement of a text; a text that cannot be split is one statement, and the server says what is wrong with it.
fn statements_of(text: &str) -> Vec<Statement> {
    match split_statements(DIALECT, text) {
        Ok(spans) => spans.into_iter().filter_map(|span| text.get(span.range)).map(Statement::new).collect(),
        Err(_) => vec![Statement::verbatim(text)],
    }
}

/// Whether the statement says WITH NO DATA itself.
fn ends_without_data(text: &str) -> bool {
    let words: Vec<_> = crate::lexer::significant_tokens(DIALECT, text);
    let tail = words.iter().rev().skip_while(|token| token.is_symbol(";")).take(3);
    tail.map(|token| token.text.to_ascii_lowercase()).eq(["data", "no", "with"])
}
