//! Entities: CREATE, CREATE OR REPLACE, ALTER, DROP, and what is said of them besides.

mod state;
mod target;

use limbeck_schema::{Entity, EntityId, EntityKind};

use super::{DIALECT, create_index, identifier, qualified};
use crate::entity_text::{create_text, or_replace, without_or_replace};
use crate::{RenderError, Statement, split_statements};

pub(super) use target::target_of;

/// CREATE, with everything that is said of the entity.
pub(super) fn create(entity: &Entity) -> Result<Vec<Statement>, RenderError> {
    let mut text = create_text(entity).to_owned();
    if entity.source.is_none() {
        text = without_or_replace(DIALECT, &text);
    }
    if entity.without_data && !ends_without_data(&text) {
        text += "\nWITH NO DATA";
    }
    let mut statements = statements_of(&text);
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
    if from.definition == to.definition {
        return Ok(state::between(from, to));
    }
    match to.id.kind {
        EntityKind::Function | EntityKind::Procedure | EntityKind::View | EntityKind::Rule => {
            let mut statements = statements_of(&or_replace(DIALECT, create_text(to)));
            statements.extend(state::between(from, to));
            Ok(statements)
        }
        _ => {
            let mut statements = vec![drop(from)];
            statements.extend(create(to)?);
            Ok(statements)
        }
    }
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
