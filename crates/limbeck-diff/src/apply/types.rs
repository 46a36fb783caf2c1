//! Changes of types under everything that stands on them.

use limbeck_schema::{
    Attribute, CompositeChange, Dialect, DomainChange, EnumChange, MetaData, QualifiedName, Table,
    TypeDependents,
};

use super::error::{ApplyError, different, in_use, missing};
use super::{entities, find_column, find_table, rules};

pub(super) fn alter_enum(
    dialect: Dialect,
    metadata: &mut MetaData,
    change: &EnumChange,
) -> Result<(), ApplyError> {
    let name = &change.from.name;
    dependents_are_known(dialect, metadata, name, &change.dependents)?;
    let existing = metadata.enums.iter_mut().find(|e| e.name == *name);
    let existing = existing.ok_or_else(|| missing("enum type", name))?;
    if existing.values != change.from.values {
        return Err(different("enum type", name));
    }
    existing.values.clone_from(&change.to.values);
    Ok(())
}

pub(super) fn alter_domain(
    dialect: Dialect,
    metadata: &mut MetaData,
    change: &DomainChange,
) -> Result<(), ApplyError> {
    let DomainChange { from, to, dependents } = change;
    rules::type_exists(metadata, &to.base_type)?;
    if from.base_type != to.base_type || from.collation != to.collation {
        dependents_are_known(dialect, metadata, &from.name, dependents)?;
    }
    let existing = metadata.domains.iter_mut().find(|d| d.name == from.name);
    let existing = existing.ok_or_else(|| missing("domain", &from.name))?;
    let before = limbeck_schema::Domain { renamed_from: from.renamed_from.clone(), ..existing.clone() };
    if before != *from {
        return Err(different("domain", &from.name));
    }
    *existing = to.clone();
    Ok(())
}

pub(super) fn alter_composite(
    dialect: Dialect,
    metadata: &mut MetaData,
    change: &CompositeChange,
) -> Result<(), ApplyError> {
    let CompositeChange { from, to, dependents } = change;
    for attribute in &to.attributes {
        rules::type_exists(metadata, &attribute.sql_type)?;
    }
    let former = |new: &Attribute| new.renamed_from.clone().unwrap_or_else(|| new.name.clone());
    let retyped = to.attributes.iter().any(|new| {
        from.attributes.iter().any(|old| {
            old.name == former(new) && (old.sql_type != new.sql_type || old.collation != new.collation)
        })
    });
    if retyped {
        dependents_are_known(dialect, metadata, &from.name, dependents)?;
    }
    let existing = metadata.composites.iter_mut().find(|c| c.name == from.name);
    let existing = existing.ok_or_else(|| missing("composite type", &from.name))?;
    let plain = |attributes: &[Attribute]| {
        let attributes = attributes.iter().map(|a| Attribute { renamed_from: None, ..a.clone() });
        let mut attributes: Vec<_> = attributes.collect();
        attributes.sort_by(|a, b| a.name.cmp(&b.name));
        attributes
    };
    if plain(&existing.attributes) != plain(&from.attributes) {
        return Err(different("composite type", &from.name));
    }
    existing.attributes =
        to.attributes.iter().map(|a| Attribute { renamed_from: None, ..a.clone() }).collect();
    Ok(())
}

/// A new type takes the place of the old one only when everything on the old one is carried over, and is as it was
/// when the change was found.
fn dependents_are_known(
    dialect: Dialect,
    metadata: &MetaData,
    name: &QualifiedName,
    dependents: &TypeDependents,
) -> Result<(), ApplyError> {
    let mut types = vec![name];
    types.extend(dependents.domains.iter().map(|d| &d.name));
    types.extend(dependents.composites.iter().map(|c| &c.name));
    let label = |table: &Table, column: &str| format!("{}.{column}", table.name);
    for (table, column) in rules::all_columns(metadata) {
        if !column.sql_type.named_type().is_some_and(|of| types.contains(&of)) {
            continue;
        }
        let mut carried = dependents.columns.iter().chain(&dependents.generated);
        let carried = carried.find(|c| c.reference.table == table.name && c.reference.column == column.name);
        let carried = carried
            .ok_or_else(|| in_use("type", name, format!("column `{}`", label(table, &column.name))))?;
        if carried.definition.sql_type != column.sql_type
            || carried.definition.server_default != column.server_default
        {
            return Err(different("column", label(table, &column.name)));
        }
    }
    for column in &dependents.columns {
        let reference = &column.reference;
        let found = find_column(find_table(metadata, &reference.table)?, &reference.column)?;
        if !found.sql_type.named_type().is_some_and(|of| types.contains(&of)) {
            return Err(different("column", format!("{}.{}", reference.table, reference.column)));
        }
    }
    for table in &metadata.tables {
        for constraint in table.constraints() {
            let carried = dependents
                .constraints
                .iter()
                .any(|c| c.table == table.name && c.constraint.name() == constraint.name());
            let names = |of: &&QualifiedName| rules::constraint_names(dialect, &constraint, &of.name);
            if !carried && types.iter().any(names) {
                let user = format!("constraint `{}`", label(table, constraint.name().unwrap_or_default()));
                return Err(in_use("type", name, user));
            }
        }
        for index in &table.indexes {
            let carried =
                dependents.indexes.iter().any(|i| i.table == table.name && i.index.name == index.name);
            if !carried && types.iter().any(|of| rules::index_names(dialect, index, &of.name)) {
                let user = format!("index `{}`", index.name.as_deref().unwrap_or_default());
                return Err(in_use("type", name, user));
            }
        }
    }
    for dependent in &dependents.constraints {
        let table = find_table(metadata, &dependent.table)?;
        if !table.constraints().any(|c| c == dependent.constraint) {
            let name = dependent.constraint.name().unwrap_or_default();
            return Err(different("constraint", label(table, name)));
        }
    }
    for dependent in &dependents.indexes {
        if !find_table(metadata, &dependent.table)?.indexes.contains(&dependent.index) {
            return Err(different("index", dependent.index.name.as_deref().unwrap_or_default()));
        }
    }
    entities::carried_are_known(metadata, &types, dependents)
}
