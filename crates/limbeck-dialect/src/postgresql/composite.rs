//! Composite types.

use limbeck_schema::{Attribute, CommentTarget, CompositeChange, CompositeType, QualifiedName};

use super::type_rebuild::{self, TypeKind};
use super::{DIALECT, comment, identifier, qualified, type_name};
use crate::{RenderError, Statement, clause};

pub(super) fn create(composite: &CompositeType) -> Result<Vec<Statement>, RenderError> {
    let attributes = composite.attributes.iter().map(definition).collect::<Result<Vec<_>, _>>()?;
    let attributes =
        if attributes.is_empty() { String::new() } else { format!("\n    {}\n", attributes.join(",\n    ")) };
    let sql = format!("CREATE TYPE {} AS ({attributes})", qualified(&composite.name));
    let mut statements = vec![Statement::new(sql)];
    if let Some(text) = &composite.comment {
        statements.push(comment::on(&CommentTarget::Composite(composite.name.clone()), Some(text)));
    }
    let commented = composite.attributes.iter().filter(|a| a.comment.is_some());
    statements.extend(commented.map(|a| comment::on_attribute(&composite.name, a)));
    Ok(statements)
}

fn definition(attribute: &Attribute) -> Result<String, RenderError> {
    Ok(format!("{} {}", identifier(&attribute.name), data_type(attribute)?))
}

fn data_type(attribute: &Attribute) -> Result<String, RenderError> {
    let mut text = type_name(&attribute.sql_type)?;
    if let Some(collation) = &attribute.collation {
        text += &format!(" COLLATE {}", clause::collation_name(DIALECT, collation));
    }
    Ok(text)
}

fn alter_type(name: &QualifiedName, action: &str) -> Statement {
    Statement::new(format!("ALTER TYPE {} {action}", qualified(name)))
}

pub(super) fn alter(change: &CompositeChange) -> Result<Vec<Statement>, RenderError> {
    let CompositeChange { from, to, dependents } = change;
    let name = &to.name;
    let mut statements = Vec::new();
    // The attributes as they are after each step.
    let mut current = from.attributes.clone();
    for new in &to.attributes {
        let Some(former) = &new.renamed_from else { continue };
        let taken = from.attributes.iter().any(|a| a.name == new.name);
        if let Some(old) = current.iter_mut().find(|a| a.name == *former).filter(|_| !taken) {
            let action = format!("RENAME ATTRIBUTE {} TO {}", identifier(former), identifier(&new.name));
            statements.push(alter_type(name, &action));
            old.name.clone_from(&new.name);
        }
    }
    for old in current.iter().filter(|old| !to.attributes.iter().any(|new| new.name == old.name)) {
        statements.push(alter_type(name, &format!("DROP ATTRIBUTE {}", identifier(&old.name))));
    }
    current.retain(|old| to.attributes.iter().any(|new| new.name == old.name));
    for new in &to.attributes {
        if !current.iter().any(|old| old.name == new.name) {
            statements.push(alter_type(name, &format!("ADD ATTRIBUTE {}", definition(new)?)));
            statements.extend(new.comment.is_some().then(|| comment::on_attribute(name, new)));
            current.push(new.clone());
        }
    }
    let retyped = |old: &Attribute, new: &Attribute| {
        old.name == new.name && (old.sql_type != new.sql_type || old.collation != new.collation)
    };
    let changes: Vec<_> =
        to.attributes.iter().filter(|new| current.iter().any(|old| retyped(old, new))).collect();
    if changes.is_empty() || dependents.columns.is_empty() {
        for new in changes {
            let action = format!("ALTER ATTRIBUTE {} TYPE {}", identifier(&new.name), data_type(new)?);
            statements.push(alter_type(name, &action));
        }
    } else {
        // While a column has the type, the type of an attribute cannot be changed in place. The columns' values go
        // by their text, which lists the attributes in the order they are in.
        let wanted = |old: &Attribute| to.attributes.iter().find(|new| new.name == old.name).cloned();
        let attributes = current.iter().filter_map(wanted).collect();
        let create = create(&CompositeType { attributes, ..to.clone() })?;
        statements.extend(type_rebuild::rebuild(
            name,
            TypeKind::Type,
            create,
            dependents,
            &|column, new_type| {
                let definition = &column.definition;
                Ok(type_rebuild::through_text(&identifier(&definition.name), &definition.sql_type, new_type))
            },
        )?);
        return Ok(statements);
    }
    for new in &to.attributes {
        let former = new.renamed_from.as_ref().unwrap_or(&new.name);
        let old = from.attributes.iter().find(|old| old.name == *former || old.name == new.name);
        if old.is_some_and(|old| old.comment != new.comment) {
            statements.push(comment::on_attribute(name, new));
        }
    }
    Ok(statements)
}
