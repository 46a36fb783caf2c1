//! What a database demands of a schema at every moment (PostgreSQL docs, "Dependency Tracking", "Constraints").

use std::collections::BTreeSet;

use limbeck_schema::{
    Column, CompositeType, Constraint, Dialect, Expression, ForeignKey, Index, IndexElement, IndexTarget,
    MetaData, ObjectReference, QualifiedName, SqlType, Table,
};

use super::entities;
use super::error::{ApplyError, exists, in_use, missing, refused};
use crate::identifiers::{mentions, possible_columns, sequence_names};
use crate::type_change::may_reference;

/// Tables, indexes, sequences and types of a schema have different names.
pub(super) fn name_is_free(metadata: &MetaData, name: &QualifiedName) -> Result<(), ApplyError> {
    let in_table = |table: &Table| {
        let keys = table.primary_key.iter().map(|pk| &pk.name).chain(table.uniques.iter().map(|u| &u.name));
        let keys = keys.chain(table.excludes.iter().map(|e| &e.name));
        let mut names = keys.chain(table.indexes.iter().map(|i| &i.name)).flatten();
        table.name == *name || (table.name.schema == name.schema && names.any(|n| *n == name.name))
    };
    let taken = metadata.tables.iter().any(in_table)
        || metadata.sequences.iter().any(|s| s.name == *name)
        || metadata.enums.iter().any(|e| e.name == *name)
        || metadata.domains.iter().any(|d| d.name == *name)
        || metadata.composites.iter().any(|c| c.name == *name)
        || entities::is_relation_entity(metadata, name);
    if taken { Err(exists("relation or type", name)) } else { Ok(()) }
}

pub(super) fn schema_exists(metadata: &MetaData, name: &QualifiedName) -> Result<(), ApplyError> {
    match &name.schema {
        Some(schema) if !metadata.schemas.iter().any(|s| s.name == *schema) => Err(missing("schema", schema)),
        _ => Ok(()),
    }
}

pub(super) fn schema_is_empty(metadata: &MetaData, schema: &str) -> Result<(), ApplyError> {
    let names = metadata.tables.iter().map(|t| &t.name);
    let names = names.chain(metadata.enums.iter().map(|e| &e.name));
    let names = names.chain(metadata.domains.iter().map(|d| &d.name));
    let names = names.chain(metadata.composites.iter().map(|c| &c.name));
    let names = names.chain(metadata.sequences.iter().map(|s| &s.name));
    let mut names = names.chain(metadata.entities.iter().map(|e| &e.id.name));
    match names.find(|name| name.schema.as_deref() == Some(schema)) {
        Some(name) => Err(in_use("schema", schema, format!("`{name}`"))),
        None => Ok(()),
    }
}

/// The type and the default of a column refer to what exists.
pub(super) fn column_is_possible(
    dialect: Dialect,
    metadata: &MetaData,
    column: &Column,
) -> Result<(), ApplyError> {
    type_exists(metadata, &column.sql_type)?;
    for name in default_sequences(dialect, column) {
        if !metadata.sequences.iter().any(|s| s.name == name) {
            return Err(missing("sequence", name));
        }
    }
    Ok(())
}

/// A type of the schema itself is there.
pub(super) fn type_exists(metadata: &MetaData, sql_type: &SqlType) -> Result<(), ApplyError> {
    match sql_type.named_type() {
        Some(name) if !metadata.has_type(sql_type) => Err(missing("type", name)),
        _ => Ok(()),
    }
}

fn default_sequences(dialect: Dialect, column: &Column) -> Vec<QualifiedName> {
    let sql = column.server_default.as_ref().map(|d| d.for_dialect(dialect));
    sql.map(sequence_names).unwrap_or_default()
}

pub(super) fn sequence_is_unused(
    dialect: Dialect,
    metadata: &MetaData,
    sequence: &QualifiedName,
) -> Result<(), ApplyError> {
    for (table, column) in all_columns(metadata) {
        if default_sequences(dialect, column).contains(sequence) {
            return Err(in_use("sequence", sequence, column_label(table, column)));
        }
    }
    Ok(())
}

pub(super) fn type_is_unused(metadata: &MetaData, name: &QualifiedName) -> Result<(), ApplyError> {
    let kind = "type";
    entities::is_unused(metadata, &ObjectReference::Type(name.clone()))?;
    if let Some((table, column)) = all_columns(metadata).find(|(_, c)| c.sql_type.named_type() == Some(name))
    {
        return Err(in_use(kind, name, column_label(table, column)));
    }
    if let Some(domain) = metadata.domains.iter().find(|d| d.base_type.named_type() == Some(name)) {
        return Err(in_use(kind, name, format!("domain `{}`", domain.name)));
    }
    let has = |composite: &&CompositeType| {
        composite.attributes.iter().any(|a| a.sql_type.named_type() == Some(name))
    };
    if let Some(composite) = metadata.composites.iter().find(has) {
        return Err(in_use(kind, name, format!("composite type `{}`", composite.name)));
    }
    Ok(())
}

pub(super) fn all_columns(metadata: &MetaData) -> impl Iterator<Item = (&Table, &Column)> {
    metadata.tables.iter().flat_map(|table| table.columns.iter().map(move |column| (table, column)))
}

fn column_label(table: &Table, column: &Column) -> String {
    format!("column `{}.{}`", table.name, column.name)
}

/// A constraint finds its columns, and a foreign key its key. The constraint is not part of the table yet.
pub(super) fn constraint_is_possible(
    dialect: Dialect,
    metadata: &MetaData,
    table: &Table,
    constraint: &Constraint,
) -> Result<(), ApplyError> {
    if let Some(name) = constraint.name()
        && table.constraints().any(|c| c.name() == Some(name))
    {
        return Err(exists("constraint", format!("{}.{name}", table.name)));
    }
    let columns_exist = |names: &[String]| columns_exist(table, names);
    let index_name_is_free = || match constraint.name() {
        Some(name) if dialect == Dialect::Postgresql => name_is_free(metadata, &table.name.with_name(name)),
        _ => Ok(()),
    };
    match constraint {
        Constraint::PrimaryKey(pk) => {
            columns_exist(&pk.columns)?;
            columns_exist(&pk.include)?;
            index_name_is_free()?;
            if table.primary_key.is_some() {
                return Err(exists("primary key", &table.name));
            }
            match pk.columns.iter().filter_map(|name| table.column(name)).find(|column| column.nullable) {
                Some(column) => Err(refused(
                    "primary key",
                    &table.name,
                    format!("holds the nullable column `{}`", column.name),
                )),
                None => Ok(()),
            }
        }
        Constraint::Unique(unique) => {
            columns_exist(&unique.columns)?;
            columns_exist(&unique.include)?;
            index_name_is_free()
        }
        Constraint::Check(_) => Ok(()),
        Constraint::Exclude(exclude) => {
            columns_exist(&plain_columns(exclude.elements.iter().map(|e| &e.element)))?;
            columns_exist(&exclude.include)?;
            index_name_is_free()
        }
        Constraint::ForeignKey(fk) => {
            columns_exist(&fk.columns)?;
            if dialect == Dialect::Sqlite {
                return Ok(());
            }
            let referred = if fk.referred_table == table.name {
                table
            } else {
                metadata.find_table(&fk.referred_table).ok_or_else(|| missing("table", &fk.referred_table))?
            };
            columns_exist_for_reference(table, referred, fk)
        }
    }
}

pub(super) fn columns_exist(table: &Table, names: &[String]) -> Result<(), ApplyError> {
    match names.iter().find(|name| table.column(name).is_none()) {
        Some(name) => Err(missing("column", format!("{}.{name}", table.name))),
        None => Ok(()),
    }
}

fn columns_exist_for_reference(table: &Table, referred: &Table, fk: &ForeignKey) -> Result<(), ApplyError> {
    columns_exist(referred, &fk.referred_columns)?;
    if !has_key(referred, &fk.referred_columns) {
        let key = format!("{} ({})", referred.name, fk.referred_columns.join(", "));
        return Err(missing("key", key));
    }
    reference_types_fit(table, referred, fk)
}

fn reference_types_fit(table: &Table, referred: &Table, fk: &ForeignKey) -> Result<(), ApplyError> {
    for (name, referred_name) in fk.columns.iter().zip(&fk.referred_columns) {
        if let (Some(column), Some(key)) = (table.column(name), referred.column(referred_name))
            && !may_reference(&column.sql_type, &key.sql_type)
        {
            let problem =
                format!("cannot refer to `{}.{referred_name}`, which has another type", referred.name);
            return Err(refused("column", format!("{}.{name}", table.name), problem));
        }
    }
    Ok(())
}

/// Every foreign key at the column still stands between types that can be compared.
pub(super) fn references_fit(metadata: &MetaData, table: &QualifiedName) -> Result<(), ApplyError> {
    for other in &metadata.tables {
        for fk in other.foreign_keys.iter().filter(|fk| other.name == *table || fk.referred_table == *table) {
            if let Some(referred) = metadata.find_table(&fk.referred_table) {
                reference_types_fit(other, referred, fk)?;
            }
        }
    }
    Ok(())
}

/// Whether exactly these columns are unique by a constraint or a whole index.
fn has_key(table: &Table, columns: &[String]) -> bool {
    let wanted: BTreeSet<&String> = columns.iter().collect();
    let is = |key: &[String]| key.iter().collect::<BTreeSet<_>>() == wanted;
    table.primary_key.iter().any(|pk| is(&pk.columns))
        || table.uniques.iter().any(|unique| is(&unique.columns))
        || table.indexes.iter().any(|index| {
            let plain: Option<Vec<String>> = index
                .elements
                .iter()
                .map(|element| match &element.target {
                    IndexTarget::Column(name) => Some(name.clone()),
                    IndexTarget::Expression(_) => None,
                })
                .collect();
            index.unique && index.predicate.is_none() && plain.is_some_and(|columns| is(&columns))
        })
}

/// Every foreign key to the table, as it is now, still finds a key.
pub(super) fn references_have_keys(
    dialect: Dialect,
    metadata: &MetaData,
    table: &Table,
) -> Result<(), ApplyError> {
    if dialect == Dialect::Sqlite {
        return Ok(());
    }
    for other in &metadata.tables {
        for fk in other.foreign_keys.iter().filter(|fk| fk.referred_table == table.name) {
            if !has_key(table, &fk.referred_columns) {
                let key = format!("{} ({})", table.name, fk.referred_columns.join(", "));
                return Err(in_use("key", key, foreign_key_label(other, fk)));
            }
        }
    }
    Ok(())
}

fn foreign_key_label(table: &Table, fk: &ForeignKey) -> String {
    format!("foreign key `{}` of table `{}`", fk.name.as_deref().unwrap_or_default(), table.name)
}

pub(super) fn index_is_possible(metadata: &MetaData, table: &Table, index: &Index) -> Result<(), ApplyError> {
    if let Some(name) = &index.name {
        name_is_free(metadata, &table.name.with_name(name))?;
    }
    columns_exist(table, &plain_columns(index.elements.iter()))?;
    columns_exist(table, &index.include)
}

/// The keys that are columns as they are.
fn plain_columns<'a>(elements: impl Iterator<Item = &'a IndexElement>) -> Vec<String> {
    let names = elements.filter_map(|element| match &element.target {
        IndexTarget::Column(name) => Some(name.clone()),
        IndexTarget::Expression(_) => None,
    });
    names.collect()
}

/// No other table and no sequence needs the table.
pub(super) fn table_is_unused(
    dialect: Dialect,
    metadata: &MetaData,
    table: &QualifiedName,
) -> Result<(), ApplyError> {
    if dialect == Dialect::Postgresql {
        entities::is_unused(metadata, &ObjectReference::Table(table.clone()))?;
    }
    for other in metadata.tables.iter().filter(|other| other.name != *table) {
        let refers = |fk: &&ForeignKey| dialect == Dialect::Postgresql && fk.referred_table == *table;
        if let Some(fk) = other.foreign_keys.iter().find(refers) {
            return Err(in_use("table", table, foreign_key_label(other, fk)));
        }
        if other.options.postgresql.inherits.contains(table) {
            return Err(in_use("table", table, format!("table `{}`", other.name)));
        }
    }
    match metadata.sequences.iter().find(|s| s.owned_by.as_ref().is_some_and(|o| o.table == *table)) {
        Some(sequence) => Err(in_use("table", table, format!("sequence `{}`", sequence.name))),
        None => Ok(()),
    }
}

/// Nothing is built on the column that would go with it unasked, or keep it from changing.
pub(super) fn column_is_unused(
    dialect: Dialect,
    metadata: &MetaData,
    table: &Table,
    column: &str,
) -> Result<(), ApplyError> {
    let label = format!("{}.{column}", table.name);
    if dialect == Dialect::Postgresql {
        entities::is_unused(metadata, &ObjectReference::Column(table.name.clone(), column.to_owned()))?;
    }
    if let Some(user) = column_user(dialect, table, column) {
        return Err(in_use("column", label, user));
    }
    for other in &metadata.tables {
        let mut keys = other.foreign_keys.iter().filter(|fk| fk.referred_table == table.name);
        if let Some(fk) = keys.find(|fk| fk.referred_columns.iter().any(|c| c == column)) {
            return Err(in_use("column", label, foreign_key_label(other, fk)));
        }
    }
    let owned = |o: &limbeck_schema::ColumnReference| o.table == table.name && o.column == column;
    match metadata.sequences.iter().find(|s| s.owned_by.as_ref().is_some_and(owned)) {
        Some(sequence) => Err(in_use("column", label, format!("sequence `{}`", sequence.name))),
        None => Ok(()),
    }
}

fn column_user(dialect: Dialect, table: &Table, column: &str) -> Option<String> {
    let has = |names: &[String]| names.iter().any(|name| name == column);
    let names = |sql: &str| has(&possible_columns(dialect, sql));
    let in_key = |element: &IndexElement| match &element.target {
        IndexTarget::Column(name) => name == column,
        IndexTarget::Expression(e) => names(e.for_dialect(dialect)),
    };
    let constraint = table.constraints().find(|constraint| match constraint {
        Constraint::PrimaryKey(pk) => has(&pk.columns) || has(&pk.include),
        Constraint::Unique(unique) => has(&unique.columns) || has(&unique.include),
        Constraint::Check(check) => names(check.expression.for_dialect(dialect)),
        Constraint::ForeignKey(fk) => has(&fk.columns),
        Constraint::Exclude(exclude) => {
            has(&exclude.include)
                || exclude.predicate.iter().any(|p| names(p.for_dialect(dialect)))
                || exclude.elements.iter().any(|e| in_key(&e.element))
        }
    });
    if let Some(constraint) = constraint {
        return Some(format!("constraint `{}`", constraint.name().unwrap_or_default()));
    }
    let index = table.indexes.iter().find(|index| {
        has(&index.include)
            || index.predicate.iter().any(|p| names(p.for_dialect(dialect)))
            || index.elements.iter().any(in_key)
    });
    if let Some(index) = index {
        return Some(format!("index `{}`", index.name.as_deref().unwrap_or_default()));
    }
    generated_user(dialect, table, column)
}

/// A generated column that uses the column.
pub(super) fn generated_user(dialect: Dialect, table: &Table, column: &str) -> Option<String> {
    let user = table.columns.iter().find(|other| {
        other.computed.as_ref().is_some_and(|computed| {
            let sql = computed.expression.for_dialect(dialect);
            other.name != column && possible_columns(dialect, sql).iter().any(|name| name == column)
        })
    });
    user.map(|user| column_label(table, user))
}

/// Whether an expression of the constraint names a type.
pub(super) fn constraint_names(dialect: Dialect, constraint: &Constraint, type_name: &str) -> bool {
    let names = |e: &Expression| mentions(dialect, e.for_dialect(dialect), type_name);
    match constraint {
        Constraint::Check(check) => names(&check.expression),
        Constraint::Exclude(exclude) => {
            exclude.predicate.iter().any(names)
                || exclude.elements.iter().any(|e| element_names(dialect, &e.element, type_name))
        }
        Constraint::PrimaryKey(_) | Constraint::Unique(_) | Constraint::ForeignKey(_) => false,
    }
}

/// Whether an expression of the index names a type.
pub(super) fn index_names(dialect: Dialect, index: &Index, type_name: &str) -> bool {
    index.predicate.iter().any(|p| mentions(dialect, p.for_dialect(dialect), type_name))
        || index.elements.iter().any(|element| element_names(dialect, element, type_name))
}

fn element_names(dialect: Dialect, element: &IndexElement, type_name: &str) -> bool {
    match &element.target {
        IndexTarget::Column(_) => false,
        IndexTarget::Expression(e) => mentions(dialect, e.for_dialect(dialect), type_name),
    }
}
