//! COMMENT ON.

use limbeck_schema::{Attribute, Column, CommentTarget, Constraint, QualifiedName};

use super::{identifier, literal, qualified};
use crate::{RenderError, Statement};

/// The comment on what the words of the target name.
pub(super) fn on_target(target: &str, text: Option<&str>) -> Statement {
    // An empty comment is stored as none (PostgreSQL, "COMMENT").
    let text = text.map_or_else(|| "NULL".to_owned(), literal);
    Statement::new(format!("COMMENT ON {target} IS {text}"))
}

pub(super) fn on(target: &CommentTarget, text: Option<&str>) -> Statement {
    match target {
        CommentTarget::Schema(name) => on_schema(name, text),
        CommentTarget::Table(name) => on_target(&format!("TABLE {}", qualified(name)), text),
        CommentTarget::Constraint { table, name } => on_constraint(table, name, text),
        CommentTarget::Index(name) => on_index(name, text),
        CommentTarget::Sequence(name) => on_target(&format!("SEQUENCE {}", qualified(name)), text),
        CommentTarget::Enum(name) | CommentTarget::Composite(name) => {
            on_target(&format!("TYPE {}", qualified(name)), text)
        }
        CommentTarget::Domain(name) => on_target(&format!("DOMAIN {}", qualified(name)), text),
        CommentTarget::DomainConstraint { domain, name } => {
            on_target(&format!("CONSTRAINT {} ON DOMAIN {}", identifier(name), qualified(domain)), text)
        }
    }
}

pub(super) fn on_schema(name: &str, text: Option<&str>) -> Statement {
    on_target(&format!("SCHEMA {}", identifier(name)), text)
}

pub(super) fn on_index(name: &QualifiedName, text: Option<&str>) -> Statement {
    on_target(&format!("INDEX {}", qualified(name)), text)
}

pub(super) fn on_column(table: &QualifiedName, column: &Column) -> Statement {
    let target = format!("COLUMN {}.{}", qualified(table), identifier(&column.name));
    on_target(&target, column.comment.as_deref())
}

/// An attribute of a composite type is commented as a column is.
pub(super) fn on_attribute(composite: &QualifiedName, attribute: &Attribute) -> Statement {
    let target = format!("COLUMN {}.{}", qualified(composite), identifier(&attribute.name));
    on_target(&target, attribute.comment.as_deref())
}

fn on_constraint(table: &QualifiedName, name: &str, text: Option<&str>) -> Statement {
    on_target(&format!("CONSTRAINT {} ON {}", identifier(name), qualified(table)), text)
}

/// The comment of a constraint that has just been made, if it has one.
pub(super) fn on_new_constraint(
    table: &QualifiedName,
    constraint: &Constraint,
) -> Result<Option<Statement>, RenderError> {
    let Some(text) = constraint.comment() else { return Ok(None) };
    match constraint.name() {
        Some(name) => Ok(Some(on_constraint(table, name, Some(text)))),
        None => Err(RenderError::Unnamed { what: "a constraint with a comment", table: table.clone() }),
    }
}
