//! Catalogue rows put together into `MetaData`.

use std::collections::{BTreeMap, HashMap};

use limbeck_dialect::{parse_type, quote_name};
use limbeck_schema::{
    Column, ColumnReference, Computed, Dialect, EnumType, Expression, Identity, MetaData, QualifiedName,
    Schema, SqlType, Table, Trigger, View,
};

use super::catalogue::Catalogue;
use super::deparsed::without_outer_parentheses;
use super::names::Names;
use super::rows::{ColumnRow, IndexRow, Oid, TableRow};
use super::{constraints, indexes, sequences, types};
use crate::{InspectError, InspectOptions};

/// The schema that the catalogue describes.
pub(super) fn assemble(
    catalogue: &Catalogue<'_>,
    options: &InspectOptions,
) -> Result<MetaData, InspectError> {
    let names = Names::new(catalogue);
    let mut tables = BTreeMap::new();
    for row in &catalogue.tables {
        let name = names.qualified(row.namespace, row.name);
        if !options.excludes(&name) {
            tables.insert(row.oid, table(row, name, &names));
        }
    }
    add_parents(catalogue, &names, &mut tables);
    add_columns(catalogue, &names, &mut tables)?;
    add_constraints_and_indexes(catalogue, &names, &mut tables)?;

    let mut metadata = MetaData::new();
    metadata.schemas = schemas(catalogue, &names);
    metadata.enums = enums(catalogue, &names);
    metadata.domains = types::domains(catalogue, &names);
    metadata.composites = types::composites(catalogue, &names);
    for row in &catalogue.sequences {
        let owner = match &row.owner {
            Some(owner) if owner.is_identity || !tables.contains_key(&owner.table) => continue,
            Some(owner) => reference(&names, owner.table, owner.column),
            None => None,
        };
        metadata.sequences.push(sequences::sequence(row, owner, &names)?);
    }
    metadata.sequences.sort_by(|a, b| a.name.cmp(&b.name));
    metadata.views = views(catalogue, &names);
    for row in &catalogue.triggers {
        if let Some(table) = names.relation(row.relation).filter(|name| !options.excludes(name)) {
            let definition = row.definition.to_owned();
            metadata.triggers.push(Trigger { name: row.name.to_owned(), table: table.clone(), definition });
        }
    }
    metadata.triggers.sort_by(|a, b| (&a.table, &a.name).cmp(&(&b.table, &b.name)));
    metadata.tables = tables.into_values().collect();
    metadata.tables.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(metadata)
}

fn reference(names: &Names<'_>, table: Oid, column: i16) -> Option<ColumnReference> {
    let column = names.column(table, column)?;
    Some(ColumnReference { table: names.relation(table)?.clone(), column })
}

fn schemas(catalogue: &Catalogue<'_>, names: &Names<'_>) -> Vec<Schema> {
    let mut schemas: Vec<_> = catalogue
        .namespaces
        .iter()
        .filter(|row| !row.is_default)
        .map(|row| Schema { name: row.name.to_owned(), comment: names.comment("pg_namespace", row.oid, 0) })
        .collect();
    schemas.sort_by(|a, b| a.name.cmp(&b.name));
    schemas
}

fn enums(catalogue: &Catalogue<'_>, names: &Names<'_>) -> Vec<EnumType> {
    let mut values = HashMap::<Oid, Vec<(f32, &str)>>::new();
    for row in &catalogue.enum_values {
        values.entry(row.enum_type).or_default().push((row.sort_order, row.label));
    }
    let mut enums: Vec<_> = catalogue
        .enums
        .iter()
        .map(|row| {
            let mut values = values.remove(&row.oid).unwrap_or_default();
            values.sort_by(|a, b| a.0.total_cmp(&b.0));
            let name = names.qualified(row.namespace, row.name);
            let mut enum_type = EnumType::new(name, values.into_iter().map(|(_, label)| label));
            enum_type.comment = names.comment("pg_type", row.oid, 0);
            enum_type
        })
        .collect();
    enums.sort_by(|a, b| a.name.cmp(&b.name));
    enums
}

/// The views in the order of their creation, in which they can be created again.
fn views(catalogue: &Catalogue<'_>, names: &Names<'_>) -> Vec<View> {
    let mut rows: Vec<_> = catalogue.views.iter().collect();
    rows.sort_by_key(|row| row.oid);
    rows.into_iter()
        .map(|row| {
            let name = names.qualified(row.namespace, row.name);
            let kind = if row.materialized { "MATERIALIZED VIEW" } else { "VIEW" };
            let options: Vec<_> =
                row.options().into_iter().map(|(option, value)| format!("{option}={value}")).collect();
            let with =
                if options.is_empty() { String::new() } else { format!(" WITH ({})", options.join(", ")) };
            let query = row.query.trim_end().trim_end_matches(';');
            let quoted = quote_name(Dialect::Postgresql, &name);
            View { name, definition: format!("CREATE {kind} {quoted}{with} AS\n{query}") }
        })
        .collect()
}

fn table(row: &TableRow<'_>, name: QualifiedName, names: &Names<'_>) -> Table {
    let mut table = Table::new(name);
    table.comment = names.comment("pg_class", row.oid, 0);
    let options = &mut table.options.postgresql;
    options.unlogged = row.persistence == 'u';
    options.with = row.options();
    options.using = row.access_method.filter(|method| *method != "heap").map(str::to_owned);
    options.tablespace = row.tablespace.map(str::to_owned);
    options.partition_by = row.partition_key.map(str::to_owned);
    table
}

fn add_parents(catalogue: &Catalogue<'_>, names: &Names<'_>, tables: &mut BTreeMap<Oid, Table>) {
    let mut rows: Vec<_> = catalogue.inheritance.iter().collect();
    rows.sort_by_key(|row| (row.child, row.position));
    for row in rows {
        if let (Some(table), Some(parent)) = (tables.get_mut(&row.child), names.relation(row.parent)) {
            table.options.postgresql.inherits.push(parent.clone());
        }
    }
}

fn add_columns<'a>(
    catalogue: &Catalogue<'a>,
    names: &Names<'a>,
    tables: &mut BTreeMap<Oid, Table>,
) -> Result<(), InspectError> {
    let identities = sequences::identities(catalogue);
    let expressions = catalogue.column_expressions.iter();
    let expressions: HashMap<(Oid, i16), &str> =
        expressions.map(|row| ((row.table, row.number), row.expression)).collect();
    // Large schemas use few different types.
    let mut types = HashMap::<&str, SqlType>::new();
    let mut rows: Vec<_> = catalogue.columns.iter().collect();
    rows.sort_by_key(|row| (row.table, row.number));
    // A column that is merely inherited belongs to the parent's definition.
    for row in rows.into_iter().filter(|row| row.is_local) {
        let Some(table) = tables.get_mut(&row.table) else { continue };
        let sql_type = match names.named_type(row.type_oid) {
            Some(named) => named.clone(),
            None => {
                let text = row.type_text.unwrap_or_else(|| names.built_in_type(row.type_oid));
                types.entry(text).or_insert_with(|| parse_type(Dialect::Postgresql, text)).clone()
            }
        };
        let expression = expressions.get(&(row.table, row.number)).copied();
        let mut column = column(row, sql_type, expression, names)?;
        if row.identity != ' ' {
            let sequence = identities.get(&(row.table, row.number));
            let options = sequence.map(|sequence| sequences::options(sequence)).transpose()?;
            column.identity =
                Some(Identity { always: row.identity == 'a', options: options.unwrap_or_default() });
        }
        table.columns.push(column);
    }
    Ok(())
}

fn column(
    row: &ColumnRow<'_>,
    sql_type: SqlType,
    expression: Option<&str>,
    names: &Names<'_>,
) -> Result<Column, InspectError> {
    let mut column = Column::new(row.name, sql_type);
    column.nullable = !row.not_null;
    column.comment = names.comment("pg_class", row.table, row.number);
    column.collation = names.own_collation(row.collation, row.type_oid);
    match row.generated {
        ' ' => column.server_default = expression.map(Expression::new),
        's' | 'v' => {
            column.computed = Some(Computed {
                expression: Expression::new(without_outer_parentheses(expression.unwrap_or_default())),
                persisted: row.generated == 's',
            });
        }
        other => {
            return Err(InspectError::Catalogue {
                what: "pg_attribute.attgenerated",
                value: other.to_string(),
            });
        }
    }
    Ok(column)
}

fn add_constraints_and_indexes(
    catalogue: &Catalogue<'_>,
    names: &Names<'_>,
    tables: &mut BTreeMap<Oid, Table>,
) -> Result<(), InspectError> {
    let by_oid: HashMap<Oid, &IndexRow<'_>> = catalogue.indexes.iter().map(|row| (row.oid, row)).collect();
    let collations = catalogue.columns.iter().map(|row| ((row.table, row.number), row.collation)).collect();
    let expressions = indexes::expressions(catalogue);
    for row in &catalogue.constraints {
        if let Some(table) = tables.get_mut(&row.table) {
            let index = by_oid.get(&row.index).copied();
            let constraint = match index {
                Some(behind) if row.kind == 'x' => {
                    let index = indexes::index(behind, names, &collations, &expressions)?;
                    constraints::exclusion(row, index, names)?
                }
                _ => constraints::constraint(row, index, names)?,
            };
            table.add_constraint(constraint);
        }
    }
    for row in catalogue.indexes.iter().filter(|row| !row.of_constraint) {
        if let Some(table) = tables.get_mut(&row.table) {
            table.indexes.push(indexes::index(row, names, &collations, &expressions)?);
        }
    }
    for table in tables.values_mut() {
        table.foreign_keys.sort_by(|a, b| a.name.cmp(&b.name));
        table.uniques.sort_by(|a, b| a.name.cmp(&b.name));
        table.checks.sort_by(|a, b| a.name.cmp(&b.name));
        table.excludes.sort_by(|a, b| a.name.cmp(&b.name));
        table.indexes.sort_by(|a, b| a.name.cmp(&b.name));
    }
    Ok(())
}
