//! How long a large comparison takes. Run it with
//! `cargo test --release -p limbeck-diff --test speed -- --ignored --nocapture`.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement speaks, and stops at the first surprise"
)]

use std::time::{Duration, Instant};

use limbeck_diff::compare;
use limbeck_schema::{
    CheckConstraint, Column, Dialect, ForeignKey, Identity, Index, MetaData, Operation, SqlType, Table,
    UniqueConstraint,
};

const TABLES: usize = 2000;

/// Tables of eight columns, each with a primary key, a reference to the table before it, a unique constraint, a check
/// and two indexes.
fn schema() -> MetaData {
    let mut metadata = MetaData::new();
    for number in 0..TABLES {
        let mut table = Table::new(format!("table_{number:04}").as_str())
            .with_column(Column::new("id", SqlType::Integer).identity(Identity::always()))
            .with_primary_key(["id"])
            .with_index(Index::on(["text_1"]))
            .with_index(Index::on(["text_2", "text_3"]));
        for text in 0..6 {
            table.columns.push(Column::new(format!("text_{text}"), SqlType::Text).not_null());
        }
        table.columns.push(Column::new("parent_id", SqlType::Integer));
        table.uniques.push(UniqueConstraint::new(["text_0"]));
        table.checks.push(CheckConstraint::new("text_1 <> text_2"));
        if number > 0 {
            let parent = format!("table_{:04}", number - 1);
            table.foreign_keys.push(ForeignKey::new(["parent_id"], parent.as_str(), ["id"]));
        }
        metadata.tables.push(table);
    }
    metadata.resolve().unwrap()
}

fn timed(what: &str, from: &MetaData, to: &MetaData) -> (Vec<Operation>, Duration) {
    let start = Instant::now();
    let operations = compare(Dialect::Postgresql, from, to);
    let taken = start.elapsed();
    println!("{what}: {} operations in {taken:?}", operations.len());
    (operations, taken)
}

#[test]
#[ignore = "a measurement, meaningful in a release build only"]
fn two_thousand_tables() {
    let schema = schema();
    let mut changed = schema.clone();
    for table in changed.tables.iter_mut().step_by(10) {
        table.columns.push(Column::new("added", SqlType::Text));
    }
    let mut renamed = schema.clone();
    for (number, table) in renamed.tables.iter_mut().enumerate() {
        let column = table.column_mut("text_1").unwrap();
        column.renamed_from = Some("text_1".to_owned());
        column.name = format!("renamed_{number}");
        table.indexes[0].elements = Index::on([column.name.clone()]).elements;
        table.checks[0].expression.sql = format!("renamed_{number} <> text_2");
    }
    let empty = MetaData::new();
    let cases = [
        ("nothing changed", &schema, &schema, 0),
        ("a column more in every tenth table", &schema, &changed, TABLES / 10),
        ("a column renamed in every table", &schema, &renamed, TABLES),
        ("everything created", &empty, &schema, TABLES),
        ("everything dropped", &schema, &empty, TABLES),
    ];
    for (what, from, to, expected) in cases {
        let (operations, taken) = timed(what, from, to);
        assert_eq!(operations.len(), expected, "{what}");
        assert!(taken < Duration::from_millis(100) || cfg!(debug_assertions), "{what} took {taken:?}");
    }
}
