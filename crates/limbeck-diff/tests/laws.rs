//! What must hold for the comparison of any two schemas.

mod random_entities;
mod random_schema;

use limbeck_diff::{apply, compare, describe};
use limbeck_schema::{Dialect, MetaData, NamingConvention, Operation, reverse_all};
use proptest::prelude::*;

/// The schema without what is never compared, in one order.
fn normalized(mut metadata: MetaData) -> MetaData {
    metadata.naming_convention = NamingConvention::default();
    metadata.schemas.sort_by(|a, b| a.name.cmp(&b.name));
    metadata.enums.iter_mut().for_each(|e| e.renamed_values.clear());
    metadata.enums.sort_by(|a, b| a.name.cmp(&b.name));
    metadata.sequences.sort_by(|a, b| a.name.cmp(&b.name));
    metadata.tables.sort_by(|a, b| a.name.cmp(&b.name));
    metadata.grants.sort();
    metadata.entities.sort_by(|a, b| a.id.cmp(&b.id));
    for entity in &mut metadata.entities {
        entity.renamed_from = None;
        entity.depends_on.clear();
        entity.mentions.clear();
    }
    for table in &mut metadata.tables {
        table.renamed_from = None;
        for column in &mut table.columns {
            column.renamed_from = None;
            column.backfill = None;
        }
        table.columns.sort_by(|a, b| a.name.cmp(&b.name));
        table.foreign_keys.sort_by(|a, b| a.name.cmp(&b.name));
        table.uniques.sort_by(|a, b| a.name.cmp(&b.name));
        table.checks.sort_by(|a, b| a.name.cmp(&b.name));
        table.indexes.sort_by(|a, b| a.name.cmp(&b.name));
    }
    metadata
}

/// The schema after the operations, each of which is legal when its turn comes.
fn applied(
    dialect: Dialect,
    metadata: &MetaData,
    operations: &[Operation],
) -> Result<MetaData, TestCaseError> {
    let mut metadata = metadata.clone();
    for (position, operation) in operations.iter().enumerate() {
        apply(dialect, &mut metadata, operation).map_err(|error| {
            let described: Vec<_> = operations.iter().flat_map(|o| describe(dialect, o)).collect();
            let list = described.join("\n");
            TestCaseError::fail(format!("operation {position}, {operation:?}: {error}\n{list}"))
        })?;
    }
    Ok(metadata)
}

fn lead_there_and_back(dialect: Dialect, from: &MetaData, to: &MetaData) -> Result<(), TestCaseError> {
    let operations = compare(dialect, from, to);
    let reached = applied(dialect, from, &operations)?;
    prop_assert_eq!(normalized(reached.clone()), normalized(to.clone()));
    prop_assert_eq!(compare(dialect, &reached, to), []);
    let back = applied(dialect, &reached, &reverse_all(&operations))?;
    prop_assert_eq!(normalized(back), normalized(from.clone()));
    Ok(())
}

/// As SQLite has it: no schemas, sequences and enum types.
fn for_sqlite(mut metadata: MetaData) -> MetaData {
    metadata.tables.retain(|t| t.name.schema.is_none());
    let kept: Vec<_> = metadata.tables.iter().map(|t| t.name.clone()).collect();
    for table in &mut metadata.tables {
        table.foreign_keys.retain(|fk| kept.contains(&fk.referred_table));
        for column in &mut table.columns {
            if column.sql_type.enum_name().is_some() {
                column.sql_type = limbeck_schema::SqlType::Text;
            }
            column.server_default.take_if(|d| d.sql.starts_with("nextval"));
        }
    }
    MetaData { schemas: Vec::new(), enums: Vec::new(), sequences: Vec::new(), ..metadata }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn a_schema_does_not_differ_from_itself(schema in random_schema::schema()) {
        for dialect in Dialect::ALL {
            prop_assert_eq!(compare(dialect, &schema, &schema), []);
        }
    }

    #[test]
    fn operations_lead_there_and_back_on_postgresql(
        from in random_schema::schema(),
        to in random_schema::schema(),
    ) {
        lead_there_and_back(Dialect::Postgresql, &from, &to)?;
    }

    #[test]
    fn entities_lead_there_and_back(
        (from, from_draft) in (random_schema::schema(), random_entities::draft()),
        (to, to_draft) in (random_schema::schema(), random_entities::draft()),
    ) {
        let from = random_entities::with_entities(from, &from_draft);
        let to = random_entities::with_entities(to, &to_draft);
        prop_assert_eq!(compare(Dialect::Postgresql, &from, &from), []);
        lead_there_and_back(Dialect::Postgresql, &from, &to)?;
    }

    #[test]
    fn entities_over_the_same_tables_lead_there_and_back(
        schema in random_schema::schema(),
        from in random_entities::draft(),
        to in random_entities::draft(),
    ) {
        let from = random_entities::with_entities(schema.clone(), &from);
        let to = random_entities::with_entities(schema, &to);
        lead_there_and_back(Dialect::Postgresql, &from, &to)?;
    }

    #[test]
    fn operations_lead_there_and_back_on_sqlite(
        from in random_schema::schema(),
        to in random_schema::schema(),
    ) {
        lead_there_and_back(Dialect::Sqlite, &for_sqlite(from), &for_sqlite(to))?;
    }

    #[test]
    fn the_order_of_declaration_does_not_matter(
        from in random_schema::schema(),
        to in random_schema::schema(),
    ) {
        let mut shuffled = to.clone();
        shuffled.tables.reverse();
        shuffled.enums.reverse();
        shuffled.sequences.reverse();
        shuffled.tables.iter_mut().for_each(|table| table.columns.reverse());
        let operations = compare(Dialect::Postgresql, &from, &shuffled);
        prop_assert_eq!(
            normalized(applied(Dialect::Postgresql, &from, &operations)?),
            normalized(to)
        );
    }
}
