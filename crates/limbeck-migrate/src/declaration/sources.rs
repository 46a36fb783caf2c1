//! What a person wrote of an entity, beside what the server prints of it.

use limbeck_schema::{EntityId, MetaData, ObjectReference, QualifiedName};

use super::Statement;
use super::order::{adds, made};

/// Gives each entity the statement that it was declared with, for scripts, and what it was declared to depend on.
pub(super) fn keep_sources(statements: &[Statement<'_>], built: &mut MetaData) {
    let altered: Vec<String> = statements.iter().filter(|statement| adds(statement)).flat_map(made).collect();
    let mut found = Vec::new();
    for (number, entity) in built.entities.iter().enumerate() {
        let Some(statement) = statement_of(&entity.id, statements) else { continue };
        // What a later ALTER has changed is not what the statement says.
        let is_whole = !altered.contains(&entity.id.name.name.to_lowercase());
        let source = (is_whole && is_written(statement)).then(|| statement.sql().to_owned());
        let depends_on: Vec<_> =
            statement.depends_on.iter().filter_map(|name| object_named(name, built)).collect();
        found.push((number, source, depends_on));
    }
    for (number, source, depends_on) in found {
        let Some(entity) = built.entities.get_mut(number) else { continue };
        entity.source = source;
        entity.depends_on.extend(depends_on);
        entity.depends_on.sort();
        entity.depends_on.dedup();
    }
}

/// Whether somebody wrote the statement as it is, under settings that a script has too: what the library has put together,
/// such as a trigger of an attribute, is better read as the server prints it.
fn is_written(statement: &Statement<'_>) -> bool {
    let origin = &statement.source.origin;
    statement.session.is_empty() && !origin.starts_with("#[") && origin != super::RENDERED
}

/// The one statement that makes an entity. A header does not always say all that makes an identity: a schema may be given or
/// not, and the type of an argument has several names.
pub(super) fn statement_of<'a, 'b>(
    id: &EntityId,
    statements: &'b [Statement<'a>],
) -> Option<&'b Statement<'a>> {
    let bare = |name: &Option<QualifiedName>| name.as_ref().map(|name| name.name.to_lowercase());
    let is_namesake = |made: &EntityId| {
        made.kind == id.kind
            && made.name.name.to_lowercase() == id.name.name.to_lowercase()
            && bare(&made.on) == bare(&id.on)
    };
    let mut candidates: Vec<(&EntityId, &Statement<'a>)> = statements
        .iter()
        .filter_map(|statement| Some((statement.makes_entity()?, statement)))
        .filter(|(made, _)| is_namesake(made))
        .collect();
    let narrow = |candidates: &mut Vec<(&EntityId, &Statement<'a>)>, fits: &dyn Fn(&EntityId) -> bool| {
        if candidates.iter().any(|(made, _)| fits(made)) {
            candidates.retain(|(made, _)| fits(made));
        }
    };
    narrow(&mut candidates, &|made| made.name.schema == id.name.schema);
    narrow(&mut candidates, &|made| made.on == id.on);
    narrow(&mut candidates, &|made| made.arguments == id.arguments);
    match candidates.as_slice() {
        [(_, only)] => Some(only),
        _ => None,
    }
}

/// The object of a schema that goes by a name.
fn object_named(name: &QualifiedName, schema: &MetaData) -> Option<ObjectReference> {
    let entity = schema.entities.iter().find(|entity| entity.id.name == *name);
    let sequence = || schema.sequences.iter().find(|sequence| sequence.name == *name);
    if schema.find_table(name).is_some() {
        Some(ObjectReference::Table(name.clone()))
    } else if let Some(entity) = entity {
        Some(ObjectReference::Entity(entity.id.clone()))
    } else if schema.find_enum(name).is_some()
        || schema.find_domain(name).is_some()
        || schema.find_composite(name).is_some()
    {
        Some(ObjectReference::Type(name.clone()))
    } else {
        sequence().map(|sequence| ObjectReference::Sequence(sequence.name.clone()))
    }
}
