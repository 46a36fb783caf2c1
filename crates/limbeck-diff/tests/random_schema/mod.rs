//! Random schemas that PostgreSQL accepts.
//!
//! Names come from small pools, so that two schemas drawn independently share tables, columns and constraints, differ
//! in their details, and use one name for different things. A drawn draft says what a schema would like to have;
//! building it leaves out what would be invalid.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a generator stops at a mistake of its own")]

use std::collections::{BTreeMap, BTreeSet};

use limbeck_schema::{
    CheckConstraint, Column, ColumnReference, Computed, EnumType, ForeignKey, Identity, Index, IndexElement,
    MetaData, PrimaryKey, QualifiedName, ReferentialAction, Schema, Sequence, SortOrder, SqlType, Table,
    UniqueConstraint,
};
use proptest::collection::vec;
use proptest::prelude::*;

const TABLES: usize = 5;
const COLUMNS: usize = 5;
const ENUMS: usize = 2;
const SEQUENCES: usize = 2;

/// A valid schema with all names given.
pub(crate) fn schema() -> impl Strategy<Value = MetaData> {
    let tables = vec(prop::option::weighted(0.75, table()), TABLES);
    let enum_type = Just(vec!["a", "b", "c", "d"]).prop_shuffle().prop_flat_map(|values| {
        (1..=values.len(), any::<bool>(), any::<bool>()).prop_map(move |(count, renamed, comment)| {
            EnumDraft { values: values[..count].to_vec(), renamed, comment }
        })
    });
    let enums = vec(prop::option::weighted(0.75, enum_type), ENUMS);
    let sequence = (any::<bool>(), any::<bool>(), any::<bool>())
        .prop_map(|(owned, step, comment)| SequenceDraft { owned, step, comment });
    let sequences = vec(prop::option::weighted(0.6, sequence), SEQUENCES);
    (tables, enums, sequences)
        .prop_map(|(tables, enums, sequences)| build(&SchemaDraft { tables, enums, sequences }))
}

#[derive(Clone, Debug)]
struct SchemaDraft {
    tables: Vec<Option<TableDraft>>,
    enums: Vec<Option<EnumDraft>>,
    sequences: Vec<Option<SequenceDraft>>,
}

#[derive(Clone, Debug)]
struct EnumDraft {
    values: Vec<&'static str>,
    /// The value `a` was `z` before, or is now called so.
    renamed: bool,
    comment: bool,
}

#[derive(Clone, Debug)]
struct SequenceDraft {
    owned: bool,
    step: bool,
    comment: bool,
}

#[derive(Clone, Debug)]
struct TableDraft {
    in_other_schema: bool,
    renamed: bool,
    columns: Vec<Option<ColumnDraft>>,
    primary_key: Vec<usize>,
    uniques: Vec<(Vec<usize>, Label)>,
    checks: Vec<(usize, Label)>,
    indexes: Vec<IndexDraft>,
    foreign_keys: Vec<ForeignKeyDraft>,
    comment: bool,
    fillfactor: bool,
}

#[derive(Clone, Debug)]
struct ColumnDraft {
    sql_type: usize,
    nullable: bool,
    value: usize,
    comment: bool,
    renamed: bool,
}

#[derive(Clone, Debug)]
struct IndexDraft {
    columns: Vec<usize>,
    unique: bool,
    partial: bool,
    descending: bool,
    expression: bool,
    label: Label,
}

#[derive(Clone, Debug)]
struct ForeignKeyDraft {
    table: usize,
    key: usize,
    cascade: bool,
    label: Label,
}

/// A name and a comment, or the naming convention's name.
#[derive(Clone, Debug)]
struct Label {
    name: Option<usize>,
    comment: bool,
}

fn label() -> impl Strategy<Value = Label> {
    (prop::option::weighted(0.4, 0..4_usize), prop::bool::weighted(0.2))
        .prop_map(|(name, comment)| Label { name, comment })
}

fn table() -> impl Strategy<Value = TableDraft> {
    let column =
        (0..14_usize, any::<bool>(), 0..7_usize, prop::bool::weighted(0.2), prop::bool::weighted(0.3))
            .prop_map(|(sql_type, nullable, value, comment, renamed)| ColumnDraft {
                sql_type,
                nullable,
                value,
                comment,
                renamed,
            });
    let columns = || vec(0..COLUMNS, 1..3);
    let index = (columns(), any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), label()).prop_map(
        |(columns, unique, partial, descending, expression, label)| IndexDraft {
            columns,
            unique,
            partial,
            descending,
            expression,
            label,
        },
    );
    let foreign_key = (0..TABLES, 0..3_usize, any::<bool>(), label())
        .prop_map(|(table, key, cascade, label)| ForeignKeyDraft { table, key, cascade, label });
    let flags = (
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.3),
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.2),
    );
    (
        flags,
        vec(prop::option::weighted(0.8, column), COLUMNS),
        vec(0..COLUMNS, 0..3),
        vec((columns(), label()), 0..3),
        vec((0..COLUMNS, label()), 0..3),
        vec(index, 0..3),
        vec(foreign_key, 0..4),
    )
        .prop_map(|(flags, columns, primary_key, uniques, checks, indexes, foreign_keys)| TableDraft {
            in_other_schema: flags.0,
            renamed: flags.1,
            columns,
            primary_key,
            uniques,
            checks,
            indexes,
            foreign_keys,
            comment: flags.2,
            fillfactor: flags.3,
        })
}

/// Names that one object of a schema (relations), or of a table (constraints), has.
#[derive(Default)]
struct Names {
    relations: BTreeSet<QualifiedName>,
    constraints: BTreeSet<(QualifiedName, String)>,
}

impl Names {
    /// The label's name if it is still free; nothing leaves it to the naming convention.
    fn take(&mut self, table: &QualifiedName, label: &Label, is_relation: bool) -> Option<String> {
        let name = format!("n{}", label.name?);
        let relation = table.with_name(&name);
        let constraint = (table.clone(), name.clone());
        if self.constraints.contains(&constraint) || (is_relation && self.relations.contains(&relation)) {
            return None;
        }
        self.constraints.insert(constraint);
        if is_relation {
            self.relations.insert(relation);
        }
        Some(name)
    }
}

fn build(draft: &SchemaDraft) -> MetaData {
    let mut metadata = MetaData::new();
    for (number, enum_draft) in draft.enums.iter().enumerate() {
        metadata.enums.extend(enum_draft.as_ref().map(|e| build_enum(number, e)));
    }
    metadata.sequences.extend(draft.sequences.iter().enumerate().filter_map(|(number, sequence)| {
        let sequence = sequence.as_ref()?;
        let mut built = Sequence::new(format!("s{number}").as_str());
        built.options.increment = sequence.step.then_some(10);
        built.comment = sequence.comment.then(|| "counts".to_owned());
        Some(built)
    }));
    let mut names = Names::default();
    let mut slots = BTreeMap::new();
    for (number, table) in draft.tables.iter().enumerate() {
        if let Some(table_draft) = table {
            slots.insert(number, metadata.tables.len());
            let table = build_table(number, table_draft, &metadata, &mut names);
            metadata.tables.push(table);
        }
    }
    for (number, table_draft) in draft.tables.iter().enumerate() {
        if let (Some(table_draft), Some(&position)) = (table_draft, slots.get(&number)) {
            for (key_number, foreign_key) in table_draft.foreign_keys.iter().enumerate() {
                let referred = slots.get(&foreign_key.table).map(|p| metadata.tables[*p].clone());
                if let Some(referred) = referred {
                    let table = &mut metadata.tables[position];
                    add_foreign_key(table, key_number, foreign_key, &referred, &mut names);
                }
            }
        }
    }
    for (number, sequence) in draft.sequences.iter().enumerate() {
        let owner = default_user(&metadata, &format!("s{number}"));
        if let Some(built) = metadata.sequences.iter_mut().find(|s| s.name.name == format!("s{number}")) {
            built.owned_by = owner.filter(|_| sequence.as_ref().is_some_and(|s| s.owned));
        }
    }
    // A schema with a comment is not only there because it is used.
    if metadata.tables.iter().any(|t| t.name.schema.is_some()) {
        metadata.schemas.push(Schema { name: "other".to_owned(), comment: None });
    }
    metadata.resolve().expect("a built schema is valid")
}

/// The first column of the default schema that takes its default from the sequence.
fn default_user(metadata: &MetaData, sequence: &str) -> Option<ColumnReference> {
    let default = format!("nextval('{sequence}'::regclass)");
    metadata.tables.iter().filter(|t| t.name.schema.is_none()).find_map(|table| {
        let column =
            table.columns.iter().find(|c| c.server_default.as_ref().is_some_and(|d| d.sql == default))?;
        Some(ColumnReference { table: table.name.clone(), column: column.name.clone() })
    })
}

fn build_enum(number: usize, draft: &EnumDraft) -> EnumType {
    let mut built = EnumType::new(format!("e{number}").as_str(), draft.values.iter().copied());
    if draft.renamed {
        for value in built.values.iter_mut().filter(|value| *value == "a") {
            *value = "z".to_owned();
            built.renamed_values.insert("z".to_owned(), "a".to_owned());
        }
    }
    built.comment = draft.comment.then(|| "moods".to_owned());
    built
}

fn build_table(number: usize, draft: &TableDraft, metadata: &MetaData, names: &mut Names) -> Table {
    let former = format!("t{number}");
    let name = if draft.renamed { format!("{former}_new") } else { former.clone() };
    let name = if draft.in_other_schema {
        QualifiedName::in_schema("other", name)
    } else {
        QualifiedName::new(name)
    };
    let mut table = Table::new(name);
    table.renamed_from = draft.renamed.then_some(former);
    table.comment = draft.comment.then(|| "a table".to_owned());
    if draft.fillfactor {
        table.options.postgresql.with.insert("fillfactor".to_owned(), "70".to_owned());
    }
    for (number, column) in draft.columns.iter().enumerate() {
        if let Some(column) = column {
            let column = build_column(number, column, metadata, &table);
            table.columns.push(column);
        }
    }
    let existing = |numbers: &[usize], table: &Table| -> Vec<String> {
        let mut columns = Vec::new();
        for number in numbers {
            let column = column_in_slot(table, *number).map(|c| c.name.clone());
            columns.extend(column.filter(|name| !columns.contains(name)));
        }
        columns
    };
    let key = existing(&draft.primary_key, &table);
    let computed = |name: &String| table.column(name).is_some_and(|c| c.computed.is_some());
    if !key.is_empty() && !key.iter().any(computed) {
        for name in &key {
            table.column_mut(name).expect("the key's columns exist").nullable = false;
        }
        table.primary_key = Some(PrimaryKey::new(key));
    }
    for (numbers, label) in &draft.uniques {
        let columns = existing(numbers, &table);
        // PostgreSQL makes one index, and one constraint, of two with the same columns in one CREATE TABLE.
        let is_primary = table.primary_key.as_ref().is_some_and(|pk| pk.columns == columns);
        if !columns.is_empty() && !is_primary && !table.uniques.iter().any(|u| u.columns == columns) {
            let unique = UniqueConstraint {
                name: names.take(&table.name, label, true),
                comment: label.comment.then(|| "unique".to_owned()),
                ..UniqueConstraint::new(columns)
            };
            table.uniques.push(unique);
        }
    }
    for (number, label) in &draft.checks {
        let Some(expression) = column_in_slot(&table, *number).map(condition) else { continue };
        if !table.checks.iter().any(|c| c.expression.sql == expression) {
            let mut check = CheckConstraint::new(expression.as_str());
            check.name = names.take(&table.name, label, false);
            check.comment = label.comment.then(|| "checked".to_owned());
            table.checks.push(check);
        }
    }
    for index_draft in &draft.indexes {
        let columns = existing(&index_draft.columns, &table);
        if let Some(index) = build_index(&table, &columns, index_draft, names) {
            table.indexes.push(index);
        }
    }
    table
}

fn column_in_slot(table: &Table, number: usize) -> Option<&Column> {
    let name = format!("c{number}");
    table.columns.iter().find(|c| c.name == name || c.renamed_from.as_ref() == Some(&name))
}

fn build_column(number: usize, draft: &ColumnDraft, metadata: &MetaData, table: &Table) -> Column {
    let former = format!("c{number}");
    let name = if draft.renamed { format!("{former}_new") } else { former.clone() };
    let mut column = Column::new(name, sql_type(draft.sql_type, metadata));
    column.renamed_from = draft.renamed.then_some(former);
    column.nullable = draft.nullable;
    column.comment = draft.comment.then(|| "a column".to_owned());
    let is_integer = is_integer(&column.sql_type);
    match draft.value {
        0 | 1 => column.server_default = default(&column.sql_type, metadata).map(|sql| sql.as_str().into()),
        2 if is_integer => column = column.identity(Identity::always()),
        3 if is_integer => column = column.identity(Identity::by_default()),
        4 => {
            let base = table.columns.iter().find(|c| self::is_integer(&c.sql_type) && c.computed.is_none());
            if let Some(base) = base {
                let expression = format!("{} + 1", base.name);
                column.sql_type = SqlType::BigInteger;
                column.nullable = true;
                column =
                    column.computed(Computed { expression: expression.as_str().into(), persisted: true });
            }
        }
        5 if column.sql_type == SqlType::BigInteger => {
            if let Some(sequence) = metadata.sequences.get(number % SEQUENCES) {
                column = column.server_default(format!("nextval('{}'::regclass)", sequence.name).as_str());
            }
        }
        _ => {}
    }
    column
}

fn sql_type(number: usize, metadata: &MetaData) -> SqlType {
    let enum_type = |position: usize| {
        metadata.enums.get(position).map_or(SqlType::Text, |e| SqlType::Enum(e.name.clone()))
    };
    match number {
        0 => SqlType::SmallInteger,
        1 | 2 => SqlType::Integer,
        3 | 4 => SqlType::BigInteger,
        5 => SqlType::numeric(10, 2),
        6 => SqlType::Text,
        7 => SqlType::string(20),
        8 => SqlType::string(40),
        9 => SqlType::Boolean,
        10 => SqlType::instant(),
        11 => SqlType::Array(Box::new(SqlType::Integer)),
        12 => enum_type(0),
        _ => enum_type(1),
    }
}

fn is_integer(sql_type: &SqlType) -> bool {
    matches!(sql_type, SqlType::SmallInteger | SqlType::Integer | SqlType::BigInteger)
}

fn default(sql_type: &SqlType, metadata: &MetaData) -> Option<String> {
    let text = match sql_type {
        SqlType::SmallInteger | SqlType::Integer | SqlType::BigInteger | SqlType::Numeric { .. } => "7",
        SqlType::Text | SqlType::String { .. } => "'x'",
        SqlType::Boolean => "false",
        SqlType::DateTime { .. } => "now()",
        SqlType::Array(_) => "'{}'",
        SqlType::Enum(name) => {
            let first = metadata.find_enum(name)?.values.first()?;
            return Some(format!("'{first}'::{name}"));
        }
        _ => return None,
    };
    Some(text.to_owned())
}

/// A condition on one column that its type allows.
fn condition(column: &Column) -> String {
    match &column.sql_type {
        t if is_integer(t) => format!("{} > 0", column.name),
        SqlType::Text | SqlType::String { .. } => format!("{} <> 'c0'", column.name),
        _ => format!("{} IS NOT NULL", column.name),
    }
}

fn build_index(table: &Table, columns: &[String], draft: &IndexDraft, names: &mut Names) -> Option<Index> {
    let first = table.column(columns.first()?)?;
    let mut index = Index::on(columns.to_vec());
    if draft.expression && matches!(first.sql_type, SqlType::Text) {
        index = Index {
            elements: vec![IndexElement::expression(format!("lower({})", first.name).as_str())],
            ..Index::default()
        };
    }
    let targets = |index: &Index| index.elements.iter().map(|e| e.target.clone()).collect::<Vec<_>>();
    if table.indexes.iter().any(|other| targets(other) == targets(&index)) {
        return None;
    }
    index.unique = draft.unique;
    if draft.partial {
        index.predicate = Some(condition(first).as_str().into());
    }
    if draft.descending {
        index.elements[0].order = SortOrder::Descending;
    }
    index.name = names.take(&table.name, &draft.label, true);
    index.comment = draft.label.comment.then(|| "an index".to_owned());
    Some(index)
}

/// A reference by columns of its own, so that their types fit.
fn add_foreign_key(
    table: &mut Table,
    number: usize,
    draft: &ForeignKeyDraft,
    referred: &Table,
    names: &mut Names,
) {
    let keys = referred.primary_key.iter().map(|pk| &pk.columns);
    let keys: Vec<_> = keys.chain(referred.uniques.iter().map(|u| &u.columns)).collect();
    let Some(key) = keys.get(draft.key) else { return };
    let mut columns = Vec::new();
    for (position, name) in key.iter().enumerate() {
        let mut column = referred.column(name).expect("a key's columns exist").clone();
        column = Column::new(format!("r{number}_{position}"), column.sql_type);
        columns.push(column.name.clone());
        table.columns.push(column);
    }
    let mut fk = ForeignKey::new(columns, referred.name.clone(), key.iter().cloned());
    fk.on_delete = if draft.cascade { ReferentialAction::Cascade } else { ReferentialAction::NoAction };
    fk.name = names.take(&table.name, &draft.label, false);
    fk.comment = draft.label.comment.then(|| "refers".to_owned());
    table.foreign_keys.push(fk);
}
