//! A model as one schema in canonical form: built in a scratch database where only a database can tell what it means.

use std::collections::BTreeSet;

use limbeck_dialect::StatementSubject;
use limbeck_diff::compare;
use limbeck_engine::Connection;
use limbeck_schema::{Dialect, MetaData, SqlSource, Table};

use super::order::bare_name;
use super::sources::keep_sources;
use super::{RENDERED, Statement, load, read};
use crate::compare::{projected, resolved, statements_of};
use crate::error::MigrateError;
use crate::scratch::Scratch;

/// Whether the model holds anything whose meaning only a database knows as a whole. Expressions of tables alone can be asked
/// one by one.
pub(crate) fn needs_scratch(model: &MetaData) -> bool {
    !(model.sql.is_empty()
        && model.entities.is_empty()
        && model.grants.is_empty()
        && model.default_privileges.is_empty()
        && model.owners.is_empty())
}

/// Builds a model in an empty scratch database and reads it back.
///
/// # Errors
/// When the model contradicts itself, or the database refuses a part of it.
pub(crate) async fn build(scratch: &Scratch, model: &MetaData) -> Result<MetaData, MigrateError> {
    let dialect = scratch.database.dialect();
    let mut model = model.clone();
    let sql = std::mem::take(&mut model.sql);
    let model = resolved(dialect, model)?;
    let rendered = rendered(dialect, &model)?;
    let statements = read(dialect, rendered.iter().chain(&sql))?;
    let mut connection = Connection::open(&scratch.database.url).await?;
    load(&connection, &statements).await?;
    let mut built = projected(dialect, scratch.inspect(&mut connection).await?)?;
    built.naming_convention = model.naming_convention.clone();
    keep_hints(&model, &mut built);
    keep_declared_owners(&statements, &mut built);
    keep_sources(&statements, &mut built);
    Ok(built)
}

/// The statements that make what is declared as data.
pub(super) fn rendered(dialect: Dialect, model: &MetaData) -> Result<Vec<SqlSource>, MigrateError> {
    let nothing = MetaData::new();
    let operations = compare(dialect, &nothing, model);
    let statements = statements_of(dialect, operations, &nothing, model)?;
    Ok(statements.into_iter().map(|statement| SqlSource::new(RENDERED, statement.sql)).collect())
}

/// Takes over what no database stores: former names, values for existing rows, and constraints that do not hold for
/// them.
fn keep_hints(model: &MetaData, built: &mut MetaData) {
    for table in &mut built.tables {
        if let Some(declared) = model.find_table(&table.name) {
            keep_hints_of_table(declared, table);
        }
    }
    for built in &mut built.enums {
        if let Some(declared) = model.find_enum(&built.name) {
            built.renamed_values = declared.renamed_values.clone();
        }
    }
    for built in &mut built.domains {
        if let Some(declared) = model.find_domain(&built.name) {
            built.renamed_from = declared.renamed_from.clone();
        }
    }
    for built in &mut built.composites {
        let Some(declared) = model.find_composite(&built.name) else { continue };
        built.renamed_from = declared.renamed_from.clone();
        for attribute in &mut built.attributes {
            let declared = declared.attributes.iter().find(|declared| declared.name == attribute.name);
            attribute.renamed_from = declared.and_then(|declared| declared.renamed_from.clone());
        }
    }
}

fn keep_hints_of_table(declared: &Table, built: &mut Table) {
    built.renamed_from = declared.renamed_from.clone();
    for column in &mut built.columns {
        if let Some(declared) = declared.column(&column.name) {
            column.renamed_from = declared.renamed_from.clone();
            column.backfill = declared.backfill.clone();
            column.renamed_values = declared.renamed_values.clone();
        }
    }
    // In a new table PostgreSQL takes every constraint for valid (PostgreSQL docs, "CREATE TABLE").
    for check in &mut built.checks {
        check.not_valid |= declared.checks.iter().any(|other| other.name == check.name && other.not_valid);
    }
    for key in &mut built.foreign_keys {
        key.not_valid |= declared.foreign_keys.iter().any(|other| other.name == key.name && other.not_valid);
    }
}

/// Everything in the scratch database has an owner; of interest are those that a statement has set.
fn keep_declared_owners(statements: &[Statement<'_>], built: &mut MetaData) {
    let mut owned = BTreeSet::new();
    for statement in statements.iter().filter(|statement| statement.says("owner")) {
        if let StatementSubject::Alters(objects) = &statement.subject {
            owned.extend(objects.iter().map(bare_name));
        }
    }
    for entity in &mut built.entities {
        entity.owner.take_if(|_| !owned.contains(&entity.id.name.name.to_lowercase()));
    }
    built.owners.retain(|ownership| owned.contains(&bare_name(&ownership.of)));
}
