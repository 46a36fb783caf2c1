//! The schema of a SQLite database, in a number of queries that does not grow with it.

use std::collections::BTreeMap;

use limbeck_dialect::parse_type;
use limbeck_engine::EngineError;
use limbeck_schema::{Column, Computed, Dialect, Expression, MetaData, QualifiedName, Table};
use rusqlite::{Connection, Row};

use super::create_table::{self, CreateTable};
use super::{create_index, entities, tokens};
use crate::{InspectError, InspectOptions};

/// Columns of all tables that users made: no virtual tables and none of those that virtual tables made for
/// themselves (SQLite docs, "PRAGMA table_list").
const COLUMNS: &str = "\
SELECT t.name, m.sql, x.name, x.type, x.\"notnull\", x.dflt_value, x.hidden
  FROM pragma_table_list AS t JOIN main.sqlite_schema AS m ON m.type = 'table' AND m.name = t.name
  JOIN pragma_table_xinfo(t.name, 'main') AS x
 WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
 ORDER BY t.name, x.cid";

/// Indexes that users made, views and triggers; the indexes of constraints have no text.
const OTHERS: &str = "\
SELECT type, name, tbl_name, sql FROM main.sqlite_schema
 WHERE type <> 'table' AND sql IS NOT NULL ORDER BY rowid";

/// Reads the schema `main`.
pub(crate) fn inspect(connection: &Connection, options: &InspectOptions) -> Result<MetaData, InspectError> {
    // One state of the database for both queries, inside a transaction or not.
    connection.execute_batch("SAVEPOINT limbeck_inspect").map_err(EngineError::from)?;
    let rows = read(connection, COLUMNS, ColumnRow::read)
        .and_then(|columns| Ok((columns, read(connection, OTHERS, ObjectRow::read)?)));
    connection.execute_batch("RELEASE limbeck_inspect").map_err(EngineError::from)?;
    let (columns, objects) = rows.map_err(EngineError::from)?;

    let mut texts = BTreeMap::new();
    let mut tables = BTreeMap::<String, Table>::new();
    let mut declared_types = BTreeMap::<String, BTreeMap<String, String>>::new();
    for row in columns {
        let name = QualifiedName::new(&row.table);
        if options.excludes(&name) {
            continue;
        }
        if !texts.contains_key(&row.table) {
            texts.insert(row.table.clone(), create_table::read(&row.sql).map_err(|e| stored(&row.table, e))?);
        }
        let text = texts.get(&row.table);
        let types = declared_types.entry(row.table.clone()).or_default();
        types.insert(row.name.clone(), row.declared_type.clone());
        tables.entry(row.table.clone()).or_insert_with(|| Table::new(name)).columns.push(column(&row, text));
    }
    for (name, text) in texts {
        if let Some(table) = tables.get_mut(&name) {
            add_constraints(table, declared_types.get(&name).unwrap_or(&BTreeMap::new()), text);
        }
    }
    complete_references(&mut tables);

    let mut metadata = MetaData::new();
    for object in objects {
        match object.kind.as_str() {
            "index" => {
                if let Some(table) = tables.get_mut(&object.table) {
                    let index = create_index::read(&object.name, &object.sql, &table.columns)
                        .map_err(|problem| stored(&object.name, problem))?;
                    table.indexes.push(index);
                }
            }
            "view" => {
                metadata.entities.push(entities::view(object.name, object.sql));
            }
            _ => {
                let table = QualifiedName::new(object.table);
                if !options.excludes(&table) {
                    metadata.entities.push(entities::trigger(object.name, table, object.sql));
                }
            }
        }
    }
    metadata.entities.sort_by(|a, b| a.id.cmp(&b.id));
    entities::note_dependencies(&mut metadata.entities, tables.values().map(|table| &table.name));
    for table in tables.values_mut() {
        table.foreign_keys.sort_by(|a, b| a.name.cmp(&b.name));
        table.uniques.sort_by(|a, b| a.name.cmp(&b.name));
        table.checks.sort_by(|a, b| a.name.cmp(&b.name));
        table.indexes.sort_by(|a, b| a.name.cmp(&b.name));
    }
    metadata.tables = tables.into_values().collect();
    Ok(metadata)
}

fn stored(object: &str, problem: String) -> InspectError {
    InspectError::StoredStatement { object: object.to_owned(), problem }
}

fn read<T>(
    connection: &Connection,
    sql: &str,
    row: fn(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    connection.prepare(sql)?.query_map([], row)?.collect()
}

struct ColumnRow {
    table: String,
    sql: String,
    name: String,
    declared_type: String,
    not_null: bool,
    default: Option<String>,
    /// 2 is a virtual generated column, 3 a stored one (SQLite docs, "PRAGMA table_xinfo").
    hidden: i64,
}

impl ColumnRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            table: row.get(0)?,
            sql: row.get(1)?,
            name: row.get(2)?,
            declared_type: row.get(3)?,
            not_null: row.get(4)?,
            default: row.get(5)?,
            hidden: row.get(6)?,
        })
    }
}

struct ObjectRow {
    kind: String,
    name: String,
    table: String,
    sql: String,
}

impl ObjectRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self { kind: row.get(0)?, name: row.get(1)?, table: row.get(2)?, sql: row.get(3)? })
    }
}

fn column(row: &ColumnRow, text: Option<&CreateTable>) -> Column {
    let mut column = Column::new(&row.name, parse_type(Dialect::Sqlite, &row.declared_type));
    column.nullable = !row.not_null;
    // A default of NULL is none.
    column.server_default =
        row.default.as_deref().filter(|d| !tokens::mean_the_same(d, "NULL")).map(Expression::new);
    let text = text.and_then(|text| text.columns.iter().find(|c| c.name.eq_ignore_ascii_case(&row.name)));
    if let Some(text) = text {
        column.collation = text.collation.clone().filter(|name| !name.eq_ignore_ascii_case("BINARY"));
        column.computed = text.generated.as_deref().map(|expression| Computed {
            expression: Expression::new(expression),
            persisted: row.hidden == 3,
        });
    }
    column
}

/// Adds what the text says beyond columns.
fn add_constraints(table: &mut Table, declared_types: &BTreeMap<String, String>, text: CreateTable) {
    let spelled = names(&table.columns);
    let options = &mut table.options.sqlite;
    options.strict = text.strict;
    options.without_rowid = text.without_rowid;
    options.autoincrement = text.autoincrement;
    table.primary_key = text.primary_key;
    table.foreign_keys = text.foreign_keys;
    table.uniques = text.uniques;
    table.checks = text.checks;
    for foreign_key in &mut table.foreign_keys {
        spell(&mut foreign_key.columns, &spelled);
    }
    for unique in &mut table.uniques {
        spell(&mut unique.columns, &spelled);
    }
    let Some(primary_key) = &mut table.primary_key else { return };
    spell(&mut primary_key.columns, &spelled);
    // The rowid is never NULL, nor are the keys of these tables; any other key column takes NULL unless it is
    // declared NOT NULL (SQLite docs, "CREATE TABLE", "The PRIMARY KEY"; "STRICT Tables"; "WITHOUT ROWID Tables").
    let is_rowid = matches!(primary_key.columns.as_slice(), [only] if !text.descending_key
        && declared_types.get(only).is_some_and(|declared| declared.eq_ignore_ascii_case("INTEGER")));
    if is_rowid || text.strict || text.without_rowid {
        for column in &mut table.columns {
            column.nullable &= !primary_key.columns.contains(&column.name);
        }
    }
}

fn names(columns: &[Column]) -> Vec<String> {
    columns.iter().map(|column| column.name.clone()).collect()
}

/// Names are equal in any case (SQLite docs, "SQLite Keywords"); the declared one is the name.
fn spell(names: &mut Vec<String>, declared: &[String]) {
    for name in names {
        if let Some(spelling) = declared.iter().find(|declared| declared.eq_ignore_ascii_case(name)) {
            name.clone_from(spelling);
        }
    }
}

/// Completes foreign keys by what they refer to.
fn complete_references(tables: &mut BTreeMap<String, Table>) {
    let referred: Vec<_> = tables
        .values()
        .map(|t| {
            let key = t.primary_key.as_ref().map(|key| key.columns.clone()).unwrap_or_default();
            (t.name.clone(), names(&t.columns), key)
        })
        .collect();
    for foreign_key in tables.values_mut().flat_map(|table| &mut table.foreign_keys) {
        let name = &foreign_key.referred_table.name;
        let Some((name, columns, key)) = referred.iter().find(|(n, ..)| n.name.eq_ignore_ascii_case(name))
        else {
            continue;
        };
        foreign_key.referred_table = name.clone();
        if foreign_key.referred_columns.is_empty() {
            foreign_key.referred_columns.clone_from(key);
        }
        spell(&mut foreign_key.referred_columns, columns);
    }
}
