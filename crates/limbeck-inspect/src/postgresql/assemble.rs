//! Catalogue rows put together into `MetaData`.

use std::collections::{BTreeMap, HashMap, HashSet};

use limbeck_dialect::parse_type;
use limbeck_schema::{
    Column, ColumnReference, Computed, Dialect, EnumType, Expression, Identity, Index, MetaData, PartitionOf,
    QualifiedName, RowSecurity, Schema, SqlType, Table,
};

use super::catalogue::Catalogue;
use super::deparsed::without_outer_parentheses;
use super::names::Names;
use super::objects::Objects;
use super::rows::{ColumnRow, IndexRow, Oid, TableRow};
use super::{constraints, entities, indexes, privileges, sequences, types};
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
    let view_indexes = add_constraints_and_indexes(catalogue, &names, &mut tables)?;

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
    let objects = Objects::new(catalogue, &names, options);
    (metadata.entities, metadata.dependencies) =
        entities::entities(catalogue, &names, &objects, view_indexes, options);
    metadata.grants = privileges::grants(catalogue, &names, &objects);
    metadata.default_privileges = privileges::default_privileges(catalogue);
    metadata.owners = privileges::owners(catalogue, &names, &objects);
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

fn table(row: &TableRow<'_>, name: QualifiedName, names: &Names<'_>) -> Table {
    let mut table = Table::new(name);
    table.comment = names.comment("pg_class", row.oid, 0);
    let options = &mut table.options.postgresql;
    options.unlogged = row.persistence == 'u';
    options.with = row.options();
    options.using = row.access_method.filter(|method| *method != "heap").map(str::to_owned);
    options.tablespace = row.tablespace.map(str::to_owned);
    options.partition_by = row.partition_key.map(str::to_owned);
    options.row_security = match (row.row_security, row.force_row_security) {
        (false, false) => RowSecurity::Disabled,
        (true, false) => RowSecurity::Enabled,
        (true, true) => RowSecurity::Forced,
        (false, true) => RowSecurity::ForcedButDisabled,
    };
    table
}

fn add_parents(catalogue: &Catalogue<'_>, names: &Names<'_>, tables: &mut BTreeMap<Oid, Table>) {
    let mut rows: Vec<_> = catalogue.inheritance.iter().collect();
    rows.sort_by_key(|row| (row.child, row.position));
    let bounds: HashMap<Oid, &str> =
        catalogue.tables.iter().filter_map(|row| Some((row.oid, row.partition_bound?))).collect();
    for row in rows {
        if let (Some(table), Some(parent)) = (tables.get_mut(&row.child), names.relation(row.parent)) {
            let options = &mut table.options.postgresql;
            match bounds.get(&row.child) {
                Some(bound) => {
                    options.partition_of =
                        Some(PartitionOf { parent: parent.clone(), bound: bound.to_string() });
                }
                None => options.inherits.push(parent.clone()),
            }
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
    let inherited = Inherited::new(catalogue, &expressions);
    // A column that is merely inherited belongs to the parent's definition.
    for row in rows.into_iter().filter(|row| row.is_local || inherited.is_overridden(row, names)) {
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

/// What children have from their parents.
struct Inherited<'c, 'a> {
    parents: HashMap<Oid, Vec<Oid>>,
    columns: HashMap<(Oid, &'a str), &'c ColumnRow<'a>>,
    expressions: &'c HashMap<(Oid, i16), &'a str>,
}

impl<'c, 'a> Inherited<'c, 'a> {
    fn new(catalogue: &'c Catalogue<'a>, expressions: &'c HashMap<(Oid, i16), &'a str>) -> Self {
        let mut parents = HashMap::<Oid, Vec<Oid>>::new();
        for row in &catalogue.inheritance {
            parents.entry(row.child).or_default().push(row.parent);
        }
        let columns = match parents.is_empty() {
            true => HashMap::new(),
            false => catalogue.columns.iter().map(|row| ((row.table, row.name), row)).collect(),
        };
        Self { parents, columns, expressions }
    }

    /// Whether the child says something of a column that its parents do not say.
    fn is_overridden(&self, row: &ColumnRow<'a>, names: &Names<'a>) -> bool {
        let parents = self.parents.get(&row.table).into_iter().flatten();
        let mut same = parents.filter_map(|parent| self.columns.get(&(*parent, row.name))).peekable();
        let expression = |row: &ColumnRow<'a>| self.expressions.get(&(row.table, row.number));
        // A parent that is not read can tell nothing.
        same.peek().is_some()
            && (names.comment("pg_class", row.table, row.number).is_some()
                || !same
                    .any(|parent| expression(parent) == expression(row) && parent.not_null == row.not_null))
    }
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
) -> Result<BTreeMap<Oid, Vec<Index>>, InspectError> {
    let by_oid: HashMap<Oid, &IndexRow<'_>> = catalogue.indexes.iter().map(|row| (row.oid, row)).collect();
    let of_tables = catalogue.columns.iter().map(|row| ((row.table, row.number), row.collation));
    let of_views = catalogue.entity_columns.iter().map(|row| ((row.relation, row.number), row.collation));
    let collations = of_tables.chain(of_views).collect();
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
    let mut of_views = BTreeMap::<Oid, Vec<Index>>::new();
    let views: HashSet<Oid> = catalogue.entity_columns.iter().map(|row| row.relation).collect();
    for row in catalogue.indexes.iter().filter(|row| !row.of_constraint) {
        let indexes = match tables.get_mut(&row.table) {
            Some(table) => &mut table.indexes,
            None if views.contains(&row.table) => of_views.entry(row.table).or_default(),
            None => continue,
        };
        indexes.push(indexes::index(row, names, &collations, &expressions)?);
    }
    for indexes in of_views.values_mut() {
        indexes.sort_by(|a, b| a.name.cmp(&b.name));
    }
    for table in tables.values_mut() {
        table.foreign_keys.sort_by(|a, b| a.name.cmp(&b.name));
        table.uniques.sort_by(|a, b| a.name.cmp(&b.name));
        table.checks.sort_by(|a, b| a.name.cmp(&b.name));
        table.excludes.sort_by(|a, b| a.name.cmp(&b.name));
        table.indexes.sort_by(|a, b| a.name.cmp(&b.name));
        table.shrink_to_fit();
    }
    Ok(of_views)
}
