//! Rows for a schema that another schema can hold as well, and that survive the way there and back.
//!
//! A row is not to blame for a migration that the data forbid: where a value could not be converted, a reference would
//! lead nowhere, or a key would not be unique, there is a NULL, or no row.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_dialect::quote_literal;
use limbeck_schema::{
    Column, Dialect, EnumType, ForeignKey, IndexTarget, MetaData, QualifiedName, SqlType, Table,
};

use crate::pairing::{column_after, column_before, table_after};
use crate::random_schema::is_integer;

/// Values by column.
pub(crate) type Row = BTreeMap<String, Option<String>>;

/// Rows by table.
pub(crate) type Rows = BTreeMap<QualifiedName, Vec<Row>>;

/// Where a key allows more than one row.
const MOST_ROWS: usize = 3;

/// A value of the type, another one for each number if the type has as many.
pub(crate) fn value(dialect: Dialect, sql_type: &SqlType, metadata: &MetaData, number: usize) -> String {
    match sql_type {
        SqlType::Boolean if dialect == Dialect::Sqlite => "1".to_owned(),
        SqlType::Boolean => "true".to_owned(),
        SqlType::Date => format!("2001-01-0{number}"),
        SqlType::Time { .. } => format!("01:00:0{number}"),
        SqlType::DateTime { .. } => format!("2001-01-01 00:00:0{number}"),
        SqlType::Interval => format!("0{number}:00:00"),
        SqlType::LargeBinary if dialect == Dialect::Sqlite => format!("0{number}"),
        SqlType::LargeBinary => format!("\\x0{number}"),
        SqlType::Uuid => format!("00000000-0000-0000-0000-00000000000{number}"),
        SqlType::Native { .. } => format!("10.0.0.{number}"),
        SqlType::Enum(name) => {
            metadata.find_enum(name).and_then(|e| e.values.first().cloned()).unwrap_or_default()
        }
        SqlType::Array(element) => format!("{{{}}}", array_item(&value(dialect, element, metadata, number))),
        _ => number.to_string(),
    }
}

fn array_item(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The value in an INSERT.
pub(crate) fn literal(dialect: Dialect, sql_type: &SqlType, value: &str) -> String {
    match sql_type {
        SqlType::LargeBinary if dialect == Dialect::Sqlite => format!("X'{value}'"),
        _ => quote_literal(dialect, value),
    }
}

/// What a value becomes in another type; nothing when PostgreSQL would refuse it, or might.
fn image(
    value: &str,
    from: &SqlType,
    to: &SqlType,
    values: &dyn Fn(&QualifiedName) -> Vec<String>,
) -> Option<String> {
    use SqlType::*;
    let is_number = |t: &SqlType| is_integer(t) || matches!(t, Numeric { .. } | Real | Double);
    let is_moment = |t: &SqlType| matches!(t, Date | DateTime { .. });
    let value = value.to_owned();
    match (from, to) {
        (Array(from), Array(to)) => {
            let inner = value.strip_prefix("{\"")?.strip_suffix("\"}")?;
            image(inner, from, to, values).map(|value| format!("{{{}}}", array_item(&value)))
        }
        (_, Text | String { length: None }) => Some(value),
        (Char { .. }, Char { .. }) => Some(value),
        // With blanks, fractions and offsets, a value may be longer as text.
        (_, String { length: Some(length) }) if value.len() + 8 <= *length as usize => Some(value),
        (String { .. } | Text | Char { .. }, String { .. } | Char { .. }) if value.len() <= 3 => Some(value),
        (t, Char { .. }) if is_integer(t) => Some(value),
        (Array(_), _) => None,
        (from, to) if from == to => match to {
            Enum(name) => values(name).contains(&value).then_some(value),
            _ => Some(value),
        },
        (Enum(_) | String { .. } | Text | Char { .. }, Enum(name)) => {
            values(name).contains(&value).then_some(value)
        }
        (from, Array(to)) if !matches!(from, String { .. } | Text | Char { .. }) => {
            image(&value, from, to, values).map(|value| format!("{{{}}}", array_item(&value)))
        }
        (from, to) if is_number(from) && is_number(to) => Some(value),
        (from, Boolean) if is_number(from) => Some("true".to_owned()),
        (Boolean, to) if is_number(to) => Some("1".to_owned()),
        (String { .. } | Text, to) if is_integer(to) => value.parse::<u8>().is_ok().then_some(value),
        (String { .. } | Text, Boolean) => ["1", "true"].contains(&value.as_str()).then_some(value),
        (from, to) if is_moment(from) && is_moment(to) => Some(value),
        (Json, Jsonb) | (Jsonb, Json) => Some(value),
        _ => None,
    }
}

/// The way of data from one schema to another and back.
struct Passage<'a> {
    dialect: Dialect,
    from: &'a MetaData,
    to: &'a MetaData,
    /// The tables that get rows.
    filled: BTreeSet<QualifiedName>,
}

/// Rows for the schema `from`.
pub(crate) fn rows(dialect: Dialect, from: &MetaData, to: &MetaData) -> Rows {
    let filled = from.tables.iter().map(|table| table.name.clone()).collect();
    let mut passage = Passage { dialect, from, to, filled };
    loop {
        let stay: BTreeSet<QualifiedName> = from
            .tables
            .iter()
            .filter(|table| passage.filled.contains(&table.name) && passage.row(table, 1).is_some())
            .map(|table| table.name.clone())
            .collect();
        if stay == passage.filled {
            break;
        }
        passage.filled = stay;
    }
    let tables = from.tables.iter().filter(|table| passage.filled.contains(&table.name));
    tables
        .map(|table| {
            let rows = (1..=passage.most_rows(table)).filter_map(|number| passage.row(table, number));
            (table.name.clone(), rows.collect())
        })
        .collect()
}

impl Passage<'_> {
    fn row(&self, table: &Table, number: usize) -> Option<Row> {
        let after = table_after(self.dialect, self.from, self.to, &table.name);
        let stricter = |t: &Table| t.options.sqlite.strict;
        let columns = table.columns.iter().filter(|c| c.computed.is_none());
        let mut row = Row::new();
        let mut must_be_null = BTreeSet::new();
        for fk in &table.foreign_keys {
            if !self.reference_stays(table, fk) {
                // A column that comes back is filled with something that may not be there.
                let is_filled = |name: &String| {
                    let goes =
                        after.is_some_and(|after| column_after(self.dialect, table, after, name).is_none());
                    goes && table.column(name).is_some_and(|c| !c.nullable || c.server_default.is_some())
                };
                if fk.columns.iter().any(is_filled) {
                    return None;
                }
                must_be_null.extend(fk.columns.iter().cloned());
            }
        }
        if let Some(after) = after {
            for fk in &after.foreign_keys {
                if !self.reference_comes(table, after, fk) {
                    for name in &fk.columns {
                        let column = after.column(name)?;
                        match column_before(self.dialect, table, after, name) {
                            Some(before) => drop(must_be_null.insert(before.name.clone())),
                            // A new column's default would refer to something.
                            None if column.nullable && column.server_default.is_none() => {}
                            None => return None,
                        }
                    }
                }
            }
        }
        // What a generated column holds is not ours to choose.
        let is_regenerated = |column: &Column| {
            let other = after.and_then(|after| column_after(self.dialect, table, after, &column.name));
            other.is_some_and(|other| {
                other.computed.is_some() != column.computed.is_some() && other.sql_type != column.sql_type
            })
        };
        if table.columns.iter().any(is_regenerated) {
            return None;
        }
        let is_reference = |name: &str| {
            table.foreign_keys.iter().any(|fk| fk.columns.iter().any(|c| c == name))
                || after.is_some_and(|after| {
                    let name = column_after(self.dialect, table, after, name).map(|c| &c.name);
                    after.foreign_keys.iter().any(|fk| fk.columns.iter().any(|c| Some(c) == name))
                })
        };
        for column in columns {
            let other = after.and_then(|after| column_after(self.dialect, table, after, &column.name));
            let retyped = other.is_some_and(|other| other.sql_type != column.sql_type);
            // The rowid takes integers only, whatever the table takes otherwise.
            let is_rowid = other.is_some_and(|other| {
                let sole = |t: &Table, c: &Column| t.is_sole_primary_key(&c.name) && is_integer(&c.sql_type);
                sole(table, column) || after.is_some_and(|after| sole(after, other))
            });
            let strict = is_rowid || stricter(table) || after.is_some_and(stricter);
            let number = if is_reference(&column.name) { 1 } else { number };
            let value = if must_be_null.contains(&column.name)
                || (self.dialect == Dialect::Sqlite && strict && retyped)
            {
                None
            } else {
                self.value(column, other, number)
            };
            let may_be_null = column.nullable && other.is_none_or(|other| other.nullable);
            // A NULL that becomes NOT NULL is filled, if no key could mind that.
            let is_filled = column.nullable
                && other.is_some_and(|other| {
                    !retyped && other.computed.is_none() && other.sql_type.enum_name().is_none()
                })
                && !is_reference(&column.name);
            let value = match value {
                Some(_) if number == 2 && (may_be_null || is_filled) && column.name.len() % 2 == 0 => None,
                Some(value) => Some(value),
                None if may_be_null => None,
                None => return None,
            };
            row.insert(column.name.clone(), value);
        }
        Some(row)
    }

    /// A value that gets there and back.
    fn value(&self, column: &Column, other: Option<&Column>, number: usize) -> Option<String> {
        let of = |metadata: &MetaData, name: &QualifiedName| {
            metadata.find_enum(name).map(|e: &EnumType| e.values.clone()).unwrap_or_default()
        };
        let usual = value(self.dialect, &column.sql_type, self.from, number);
        let candidates = match (&column.sql_type, column.sql_type.enum_name()) {
            (_, None) => vec![usual],
            (SqlType::Array(_), Some(name)) => {
                of(self.from, name).iter().map(|value| format!("{{{}}}", array_item(value))).collect()
            }
            (_, Some(name)) => of(self.from, name),
        };
        let Some(other) = other else { return candidates.into_iter().next() };
        if other.computed.is_some() {
            return candidates.into_iter().next();
        }
        let same_enum = column.sql_type == other.sql_type;
        let renamed = |value: &str| match column.sql_type.enum_name() {
            // SQLite's CHECK knows nothing of renames.
            Some(name) if same_enum && self.dialect == Dialect::Postgresql => {
                renamed_value(self.from, self.to, name, value)
            }
            _ => value.to_owned(),
        };
        let fits = |candidate: &String| {
            if self.dialect == Dialect::Sqlite
                && column.sql_type.enum_name().is_none()
                && other.sql_type.enum_name().is_none()
            {
                return true;
            }
            let bare = match &column.sql_type {
                SqlType::Array(_) => candidate.trim_matches(['{', '}', '"']).to_owned(),
                _ => candidate.clone(),
            };
            let there = match &column.sql_type {
                SqlType::Array(_) => format!("{{{}}}", array_item(&renamed(&bare))),
                _ => renamed(&bare),
            };
            let Some(there) = image(&there, &column.sql_type, &other.sql_type, &|name| of(self.to, name))
            else {
                return false;
            };
            same_enum
                || image(&there, &other.sql_type, &column.sql_type, &|name| of(self.from, name)).is_some()
        };
        candidates.into_iter().find(fits)
    }

    /// Whether a reference that is there before can hold a value all the way.
    fn reference_stays(&self, table: &Table, fk: &ForeignKey) -> bool {
        let Some(referred) = self.from.find_table(&fk.referred_table) else { return false };
        self.filled.contains(&referred.name)
            && table_after(self.dialect, self.from, self.to, &table.name)
                .is_none_or(|after| fk.columns.iter().all(|name| self.keeps(table, after, name)))
            && table_after(self.dialect, self.from, self.to, &referred.name).is_some_and(|after| {
                fk.referred_columns.iter().all(|name| self.is_found(referred, after, name))
            })
    }

    /// Whether a reference that is there after finds the value of what was there before.
    fn reference_comes(&self, table: &Table, after: &Table, fk: &ForeignKey) -> bool {
        let before = |name: &str| {
            column_before(self.dialect, table, after, name).is_some_and(|c| self.keeps(table, after, &c.name))
        };
        let Some(referred_after) = self.to.find_table(&fk.referred_table) else { return false };
        let is_before = |t: &&Table| {
            table_after(self.dialect, self.from, self.to, &t.name)
                .is_some_and(|a| a.name == referred_after.name)
        };
        let Some(referred) = self.from.tables.iter().find(is_before) else { return false };
        let kept = |name: &String| {
            column_before(self.dialect, referred, referred_after, name)
                .is_some_and(|c| self.is_found(referred, referred_after, &c.name))
        };
        self.filled.contains(&referred.name)
            && fk.columns.iter().all(|name| before(name))
            && fk.referred_columns.iter().all(kept)
    }

    /// Whether the first row has the value that references look for: a column that refers itself may have to be NULL.
    fn is_found(&self, from: &Table, to: &Table, name: &str) -> bool {
        let refers = |table: &Table, name: &str| {
            table.foreign_keys.iter().any(|fk| fk.columns.iter().any(|column| column == name))
        };
        let other = column_after(self.dialect, from, to, name);
        let may_be_null = from.column(name).is_some_and(|column| column.nullable)
            && (refers(from, name) || other.is_some_and(|other| refers(to, &other.name)));
        self.keeps(from, to, name) && !may_be_null
    }

    /// Whether the column's values stay what they are.
    fn keeps(&self, from: &Table, to: &Table, name: &str) -> bool {
        let (Some(before), Some(after)) = (from.column(name), column_after(self.dialect, from, to, name))
        else {
            return false;
        };
        before.sql_type == after.sql_type
            && before.computed.is_none()
            && after.computed.is_none()
            && before.sql_type.enum_name().is_none()
    }

    /// One, unless every key before and after has a column whose values are different in all rows.
    fn most_rows(&self, table: &Table) -> usize {
        let after = table_after(self.dialect, self.from, self.to, &table.name);
        let Some(after) = after else { return 1 };
        let is_distinct = |before: &Column| {
            let reference =
                |t: &Table, name: &str| t.foreign_keys.iter().any(|fk| fk.columns.iter().any(|c| c == name));
            let Some(other) = column_after(self.dialect, table, after, &before.name) else { return false };
            let constant = matches!(before.sql_type, SqlType::Boolean | SqlType::Enum(_) | SqlType::Array(_));
            self.keeps(table, after, &before.name)
                && !constant
                && !before.nullable
                && !reference(table, &before.name)
                && !reference(after, &other.name)
        };
        let distinct_before = |name: &String| table.column(name).is_some_and(is_distinct);
        let distinct_after =
            |name: &String| column_before(self.dialect, table, after, name).is_some_and(is_distinct);
        let all = keys(table).iter().all(|key| key.iter().any(distinct_before))
            && keys(after).iter().all(|key| key.iter().any(distinct_after));
        if all { MOST_ROWS } else { 1 }
    }
}

/// The columns of everything that is unique; an expression counts as none.
fn keys(table: &Table) -> Vec<Vec<String>> {
    let constraints = table.primary_key.iter().map(|pk| pk.columns.clone());
    let constraints = constraints.chain(table.uniques.iter().map(|u| u.columns.clone()));
    let indexes = table.indexes.iter().filter(|index| index.unique).map(|index| {
        let columns = index.elements.iter().filter_map(|element| match &element.target {
            IndexTarget::Column(name) => Some(name.clone()),
            IndexTarget::Expression(_) => None,
        });
        columns.collect()
    });
    constraints.chain(indexes).collect()
}

/// What a value is called after.
fn renamed_value(from: &MetaData, to: &MetaData, name: &QualifiedName, value: &str) -> String {
    let (Some(before), Some(after)) = (from.find_enum(name), to.find_enum(name)) else {
        return value.to_owned();
    };
    let renamed = after
        .renamed_values
        .iter()
        .find(|(new, old)| *old == value && !before.values.contains(new) && !after.values.contains(old));
    renamed.map_or(value, |(new, _)| new).to_owned()
}

/// A table's columns, before and after, whose values must be the same after a migration, and the rows with the values
/// as they are called after it.
pub(crate) struct Survivors {
    pub(crate) before: (QualifiedName, Vec<String>),
    pub(crate) after: (QualifiedName, Vec<String>),
}

impl Survivors {
    /// For each table with rows that is there before and after.
    pub(crate) fn of(dialect: Dialect, from: &MetaData, to: &MetaData, rows: &Rows) -> Vec<Survivors> {
        let mut survivors = Vec::new();
        for (name, rows) in rows {
            let (Some(before), Some(after)) = (from.find_table(name), table_after(dialect, from, to, name))
            else {
                continue;
            };
            let mut columns = (Vec::new(), Vec::new());
            for column in &before.columns {
                let Some(other) = column_after(dialect, before, after, &column.name) else { continue };
                let plain = column.computed.is_none() && other.computed.is_none();
                let filled = !other.nullable && rows.iter().any(|row| row.get(&column.name) == Some(&None));
                let renamed = column.sql_type.enum_name().is_some_and(|name| {
                    let values = from.find_enum(name).map(|e| e.values.clone()).unwrap_or_default();
                    values.iter().any(|value| renamed_value(from, to, name, value) != *value)
                });
                let renamed = renamed && dialect == Dialect::Postgresql;
                if plain && !filled && !renamed && column.sql_type == other.sql_type {
                    columns.0.push(column.name.clone());
                    columns.1.push(other.name.clone());
                }
            }
            survivors.push(Survivors {
                before: (name.clone(), columns.0),
                after: (after.name.clone(), columns.1),
            });
        }
        survivors
    }
}
