//! How statements name an entity: `FUNCTION shop.price(integer)`, `TRIGGER touch ON orders`.

use limbeck_schema::{EntityId, EntityKind};

use super::{identifier, qualified};

/// The entity as ALTER, COMMENT and DROP name it. `definition` is looked into for what an identity does not hold: the
/// two types of a cast.
pub(in crate::postgresql) fn target_of(id: &EntityId, definition: &str) -> String {
    let keyword = keyword(id.kind);
    let arguments = id.arguments.as_deref().unwrap_or_default();
    match id.kind {
        EntityKind::Function | EntityKind::Procedure => {
            format!("{keyword} {}({arguments})", qualified(&id.name))
        }
        // Without arguments of its own an aggregate is called with a star (PostgreSQL docs, "DROP AGGREGATE").
        EntityKind::Aggregate if arguments.is_empty() => format!("{keyword} {}(*)", qualified(&id.name)),
        EntityKind::Aggregate => format!("{keyword} {}({arguments})", qualified(&id.name)),
        EntityKind::Operator => {
            let schema = id.name.schema.iter().map(|schema| format!("{}.", identifier(schema)));
            let operands = if arguments.contains(',') {
                arguments.to_owned()
            } else {
                // A prefix operator has no left operand (PostgreSQL docs, "DROP OPERATOR").
                format!("NONE, {arguments}")
            };
            format!("{keyword} {}{} ({operands})", schema.collect::<String>(), id.name.name)
        }
        EntityKind::Cast => format!("{keyword} {}", cast_types(id, definition)),
        EntityKind::Trigger | EntityKind::Policy | EntityKind::Rule => {
            let on = id.on.as_ref().map(|table| format!(" ON {}", qualified(table)));
            format!("{keyword} {}{}", identifier(&id.name.name), on.unwrap_or_default())
        }
        _ => format!("{keyword} {}", qualified(&id.name)),
    }
}

/// `(integer AS text)`, from `CREATE CAST (integer AS text) …`, else from the identity.
fn cast_types(id: &EntityId, definition: &str) -> String {
    let opening = definition.find('(');
    let closing = definition.to_ascii_uppercase().find(") WITH");
    match (opening, closing) {
        (Some(opening), Some(closing)) => definition.get(opening..=closing).unwrap_or_default().to_owned(),
        _ => format!("({})", id.name.name.trim_matches(['(', ')'])),
    }
}

/// The words of a kind in SQL.
fn keyword(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::Extension => "EXTENSION",
        EntityKind::Collation => "COLLATION",
        EntityKind::RangeType => "TYPE",
        EntityKind::ForeignDataWrapper => "FOREIGN DATA WRAPPER",
        EntityKind::ForeignServer => "SERVER",
        EntityKind::ForeignTable => "FOREIGN TABLE",
        EntityKind::Function => "FUNCTION",
        EntityKind::Procedure => "PROCEDURE",
        EntityKind::Aggregate => "AGGREGATE",
        EntityKind::Operator => "OPERATOR",
        EntityKind::Cast => "CAST",
        EntityKind::TextSearchDictionary => "TEXT SEARCH DICTIONARY",
        EntityKind::TextSearchConfiguration => "TEXT SEARCH CONFIGURATION",
        EntityKind::View => "VIEW",
        EntityKind::MaterializedView => "MATERIALIZED VIEW",
        EntityKind::Rule => "RULE",
        EntityKind::Trigger => "TRIGGER",
        EntityKind::Policy => "POLICY",
        EntityKind::Statistics => "STATISTICS",
        EntityKind::Publication => "PUBLICATION",
        EntityKind::EventTrigger => "EVENT TRIGGER",
    }
}
