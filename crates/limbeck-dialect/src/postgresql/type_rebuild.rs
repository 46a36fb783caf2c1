//! A type made anew: what cannot be changed in place is set aside under another name, created, and everything that
//! stood on the old one is carried over.

use std::collections::BTreeMap;

use limbeck_schema::{Constraint, QualifiedName, SqlType, TypeColumn, TypeDependents, shorten};

use super::{
    DIALECT, alter_column, clause, comment, composite, create_index, domain, entity, grant, identifier,
};
use super::{index_name, qualified, type_name};
use crate::{RenderError, Statement};

/// The word that statements call a type by.
#[derive(Clone, Copy)]
pub(super) enum TypeKind {
    Type,
    Domain,
}

impl TypeKind {
    fn word(self) -> &'static str {
        match self {
            TypeKind::Type => "TYPE",
            TypeKind::Domain => "DOMAIN",
        }
    }
}

/// How a column's value becomes one of the new type, whose name is given.
pub(super) type Conversion<'a> = dyn Fn(&TypeColumn, &str) -> Result<String, RenderError> + 'a;

/// The statements that replace the type by what `create` makes. Defaults stay as they are.
pub(super) fn rebuild(
    name: &QualifiedName,
    kind: TypeKind,
    create: Vec<Statement>,
    dependents: &TypeDependents,
    convert: &Conversion<'_>,
) -> Result<Vec<Statement>, RenderError> {
    rebuild_with_defaults(name, kind, create, dependents, convert, &|default| Some(default.to_owned()))
}

/// The same, where defaults change along with the values; a default that is gone is set by another operation.
pub(super) fn rebuild_with_defaults(
    name: &QualifiedName,
    kind: TypeKind,
    create: Vec<Statement>,
    dependents: &TypeDependents,
    convert: &Conversion<'_>,
    default_after: &dyn Fn(&str) -> Option<String>,
) -> Result<Vec<Statement>, RenderError> {
    let mut statements = take_off(dependents)?;
    let aside = |name: &QualifiedName| name.with_name(shorten(&format!("_limbeck_old_{}", name.name)));
    let rename = |word: &str, name: &QualifiedName| {
        let sql = format!("ALTER {word} {} RENAME TO {}", qualified(name), identifier(&aside(name).name));
        Statement::new(sql)
    };
    statements.push(rename(kind.word(), name));
    statements.extend(dependents.domains.iter().map(|domain| rename("DOMAIN", &domain.name)));
    statements.extend(dependents.composites.iter().map(|composite| rename("TYPE", &composite.name)));
    statements.extend(create);
    for dependent in &dependents.domains {
        statements.extend(domain::create(dependent)?);
    }
    for dependent in &dependents.composites {
        statements.extend(composite::create(dependent)?);
    }
    statements.extend(convert_columns(dependents, convert, default_after)?);
    let drop =
        |word: &str, name: &QualifiedName| Statement::new(format!("DROP {word} {}", qualified(&aside(name))));
    statements.extend(dependents.composites.iter().rev().map(|composite| drop("TYPE", &composite.name)));
    statements.extend(dependents.domains.iter().rev().map(|domain| drop("DOMAIN", &domain.name)));
    statements.push(drop(kind.word(), name));
    statements.extend(put_on(dependents)?);
    Ok(statements)
}

fn is_foreign_key(constraint: &Constraint) -> bool {
    matches!(constraint, Constraint::ForeignKey(_))
}

/// Foreign keys go first and come last: they stand on other tables' keys.
fn take_off(dependents: &TypeDependents) -> Result<Vec<Statement>, RenderError> {
    let mut statements: Vec<_> = dependents.entities.iter().rev().map(entity::drop).collect();
    let (keys, others): (Vec<_>, Vec<_>) =
        dependents.constraints.iter().partition(|c| is_foreign_key(&c.constraint));
    for dependent in keys.into_iter().chain(others) {
        let table = &dependent.table;
        let name = dependent.constraint.name();
        let name = name.ok_or(RenderError::Unnamed { what: "a constraint", table: table.clone() })?;
        let sql = format!("ALTER TABLE {} DROP CONSTRAINT {}", qualified(table), identifier(name));
        statements.push(Statement::new(sql));
    }
    for dependent in &dependents.indexes {
        let name = index_name(&dependent.table, &dependent.index)?;
        statements.push(Statement::new(format!("DROP INDEX {}", qualified(&name))));
    }
    statements.extend(dependents.generated.iter().map(|column| {
        let name = identifier(&column.definition.name);
        Statement::new(format!("ALTER TABLE {} DROP COLUMN {name}", qualified(&column.reference.table)))
    }));
    Ok(statements)
}

fn put_on(dependents: &TypeDependents) -> Result<Vec<Statement>, RenderError> {
    let mut statements = Vec::new();
    for column in &dependents.generated {
        statements.extend(alter_column::add(&column.reference.table, &column.definition)?);
    }
    for dependent in &dependents.indexes {
        statements.extend(create_index(&dependent.table, &dependent.index, false)?);
    }
    let (keys, others): (Vec<_>, Vec<_>) =
        dependents.constraints.iter().partition(|c| is_foreign_key(&c.constraint));
    for dependent in others.into_iter().chain(keys) {
        let (table, constraint) = (&dependent.table, &dependent.constraint);
        let add = clause::constraint(DIALECT, constraint);
        statements.push(Statement::new(format!("ALTER TABLE {} ADD {add}", qualified(table))));
        statements.extend(comment::on_new_constraint(table, constraint)?);
    }
    for dependent in &dependents.entities {
        statements.extend(entity::create(dependent)?);
    }
    for grants in dependents.grants.chunk_by(|a, b| a.on == b.on) {
        statements.extend(grants.first().iter().flat_map(|any| grant::alter_grants(&any.on, &[], grants)));
    }
    Ok(statements)
}

/// All columns of a table at once: an expression may compare two of them.
fn convert_columns(
    dependents: &TypeDependents,
    convert: &Conversion<'_>,
    default_after: &dyn Fn(&str) -> Option<String>,
) -> Result<Vec<Statement>, RenderError> {
    let mut tables: BTreeMap<&QualifiedName, Vec<String>> = BTreeMap::new();
    for column in &dependents.columns {
        let actions = tables.entry(&column.reference.table).or_default();
        let definition = &column.definition;
        let new_type = type_name(&definition.sql_type)?;
        let name = identifier(&definition.name);
        if definition.server_default.is_some() {
            actions.push(format!("ALTER COLUMN {name} DROP DEFAULT"));
        }
        let collation = match &definition.collation {
            Some(collation) => format!(" COLLATE {}", clause::collation_name(DIALECT, collation)),
            None => String::new(),
        };
        let value = convert(column, &new_type)?;
        actions.push(format!("ALTER COLUMN {name} TYPE {new_type}{collation} USING {value}"));
        if let Some(default) = &definition.server_default
            && let Some(default) = default_after(default.for_dialect(DIALECT))
        {
            actions.push(format!("ALTER COLUMN {name} SET DEFAULT {default}"));
        }
    }
    let statement = |(table, actions): (&QualifiedName, Vec<String>)| {
        let layout = match actions.as_slice() {
            [action] => format!(" {action}"),
            actions => format!("\n    {}", actions.join(",\n    ")),
        };
        Statement::new(format!("ALTER TABLE {}{layout}", qualified(table)))
    };
    Ok(tables.into_iter().map(statement).collect())
}

/// The value by way of its text, which every type has.
pub(super) fn through_text(column: &str, sql_type: &SqlType, new_type: &str) -> String {
    let text = match sql_type.for_dialect(DIALECT) {
        SqlType::Array(_) => "TEXT[]",
        _ => "TEXT",
    };
    format!("{column}::{text}::{new_type}")
}
