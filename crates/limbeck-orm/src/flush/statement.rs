//! A step as SQL text and parameters.
//!
//! PostgreSQL takes a step of any size as one statement whose text does not depend on the number of rows, so that it
//! stays prepared: each column travels as one array (PostgreSQL docs, "Array Functions", `unnest`). SQLite has no
//! arrays; it takes rows of placeholders, in chunks.

use std::fmt::Write as _;

use limbeck_dialect::{quote_identifier, quote_name};
use limbeck_schema::{Dialect, Value};

use super::{Action, Step, StepRow};
use crate::array_text::{ArrayType, array_type};
use crate::{Input, ModelDefinition, ServerMade};

/// As many rows go into one statement. A message has to fit into memory on both sides.
const POSTGRESQL_ROWS: usize = 10_000;
const SQLITE_ROWS: usize = 1000;
/// SQLite docs, "Limits", SQLITE_MAX_VARIABLE_NUMBER.
const SQLITE_PARAMETERS: usize = 32_766;

/// One statement for some rows of a step.
#[derive(Debug, PartialEq)]
pub(crate) struct Chunk {
    pub(crate) sql: String,
    pub(crate) params: Vec<Value>,
    /// How many rows of the step it is for.
    pub(crate) rows: usize,
    pub(crate) answer: Answer,
}

/// What comes back.
#[derive(Debug, PartialEq)]
pub(crate) enum Answer {
    /// How many rows were changed, which tells nothing new.
    Nothing,
    /// How many rows were changed: all of them, or one is missing.
    Count,
    /// The keys of the changed rows: all of them, or some are missing.
    Keys,
    /// The values of these columns for each row.
    Values {
        /// The columns.
        columns: Vec<usize>,
        /// The number among them by which the rows are brought into the order in which they were sent, and whether it
        /// falls. Without it they come in that order.
        ///
        /// A row's number is taken when its turn comes. That rows are also returned in turn is what both databases do,
        /// but SQLite reserves the right not to (SQLite docs, "RETURNING", limitations).
        sorted_by: Option<(usize, bool)>,
    },
}

/// The statements of a step, once everything pending in it is known.
pub(crate) fn statements(
    step: &Step,
    dialect: Dialect,
    resolve: &dyn Fn(&Input) -> Option<Value>,
) -> Option<Vec<Chunk>> {
    if step.action == Action::Defer {
        let sql = match dialect {
            Dialect::Postgresql => "SET CONSTRAINTS ALL DEFERRED",
            Dialect::Sqlite => "PRAGMA defer_foreign_keys = ON",
        };
        return Some(vec![Chunk {
            sql: sql.to_owned(),
            params: Vec::new(),
            rows: 0,
            answer: Answer::Nothing,
        }]);
    }
    let answer = Returned::of(step, dialect);
    let text = Text { step, dialect, table: quote_name(dialect, &step.model.table), returned: &answer };
    let size = text.rows_per_statement();
    step.rows.chunks(size).map(|rows| text.chunk(rows, resolve)).collect()
}

/// The columns of a statement's answer.
struct Returned {
    columns: Vec<usize>,
    sorted_by: Option<(usize, bool)>,
}

impl Returned {
    fn of(step: &Step, dialect: Dialect) -> Self {
        if step.action != Action::Insert {
            return Self { columns: Vec::new(), sorted_by: None };
        }
        let made = step.model.server_made().filter(|column| !step.columns.contains(column));
        let columns: Vec<usize> = made.collect();
        let number = columns.iter().enumerate().find_map(|(place, column)| {
            match step.model.columns.get(*column)?.server_made {
                ServerMade::Identity { descending, .. } => {
                    Some((place, descending && dialect == Dialect::Postgresql))
                }
                _ => None,
            }
        });
        Self { columns, sorted_by: number }
    }
}

struct Text<'a> {
    step: &'a Step,
    dialect: Dialect,
    table: String,
    returned: &'a Returned,
}

impl Text<'_> {
    fn rows_per_statement(&self) -> usize {
        let is_insert = self.step.action == Action::Insert;
        if is_insert && self.step.columns.is_empty() {
            return 1;
        }
        match self.dialect {
            Dialect::Postgresql => POSTGRESQL_ROWS,
            // Without a number there is nothing by which the rows could be told apart.
            Dialect::Sqlite if !self.returned.columns.is_empty() && self.returned.sorted_by.is_none() => 1,
            Dialect::Sqlite => (SQLITE_PARAMETERS / self.width().max(1)).clamp(1, SQLITE_ROWS),
        }
    }

    /// How many values a row has.
    fn width(&self) -> usize {
        let Step { action, key, columns, rows, .. } = self.step;
        let versioned = usize::from(rows.first().is_some_and(|row| row.version.is_some()));
        match action {
            Action::Defer => 0,
            Action::Insert => columns.len(),
            Action::Update => key.len() + columns.len() + versioned,
            Action::Delete => key.len() + versioned,
        }
    }

    fn chunk(&self, rows: &[StepRow], resolve: &dyn Fn(&Input) -> Option<Value>) -> Option<Chunk> {
        // Column by column, as arrays want them.
        let mut values = vec![Vec::with_capacity(rows.len()); self.width()];
        for row in rows {
            let inputs = row.key.iter().chain(&row.inputs).map(resolve);
            let all = inputs.chain(row.version.clone().map(Some));
            for (column, value) in values.iter_mut().zip(all) {
                column.push(value?);
            }
        }
        let versioned = rows.first().is_some_and(|row| row.version.is_some());
        let mut sql = match self.step.action {
            Action::Defer => String::new(),
            Action::Insert => self.insert(rows.len()),
            Action::Update => self.update(rows.len(), versioned),
            Action::Delete => self.delete(rows.len(), versioned),
        };
        let answer = self.answer(rows.len(), versioned);
        match &answer {
            Answer::Nothing | Answer::Count => {}
            Answer::Keys => self.returning(&mut sql, &self.step.key),
            Answer::Values { columns, .. } => self.returning(&mut sql, columns),
        }
        Some(Chunk { params: self.params(values, rows.len()), sql, rows: rows.len(), answer })
    }

    fn answer(&self, rows: usize, versioned: bool) -> Answer {
        let Returned { columns, sorted_by } = self.returned;
        match self.step.action {
            Action::Insert if !columns.is_empty() => {
                Answer::Values { columns: columns.clone(), sorted_by: *sorted_by }
            }
            Action::Update | Action::Delete
                if rows > 1 && (versioned || self.step.action == Action::Update) =>
            {
                Answer::Keys
            }
            Action::Update => Answer::Count,
            Action::Delete if versioned => Answer::Count,
            Action::Defer | Action::Insert | Action::Delete => Answer::Nothing,
        }
    }

    fn insert(&self, rows: usize) -> String {
        let table = &self.table;
        let columns = &self.step.columns;
        if columns.is_empty() {
            return format!("INSERT INTO {table} DEFAULT VALUES");
        }
        let names = self.list(columns, |_, column| self.name(column));
        match self.dialect {
            Dialect::Postgresql if rows > 1 => {
                let given = self.list(columns, |place, column| self.source(place, Some(column)));
                let source = self.unnest(columns, true);
                format!("INSERT INTO {table} ({names}) SELECT {given} FROM {source} ORDER BY u.n")
            }
            _ => format!("INSERT INTO {table} ({names}) VALUES {}", self.placeholders(rows)),
        }
    }

    fn update(&self, rows: usize, versioned: bool) -> String {
        let model = self.step.model;
        let (key, columns) = (self.step.key.len(), &self.step.columns);
        let value = |place: usize, column: usize| match rows {
            1 => self.placeholder(place),
            _ => self.source(place, Some(column)),
        };
        let mut set = self
            .list(columns, |place, column| format!("{} = {}", self.name(column), value(key + place, column)));
        if let Some(version) = model.version.filter(|_| versioned) {
            let name = self.name(version);
            let _ = write!(set, ", {name} = t.{name} + 1");
        }
        let found = self.found(rows, versioned, key + columns.len());
        let from = match rows {
            1 => String::new(),
            _ => format!(" FROM {}", self.rows_of(&self.all_columns(versioned), rows)),
        };
        format!("UPDATE {} AS t SET {set}{from} WHERE {found}", self.table)
    }

    fn delete(&self, rows: usize, versioned: bool) -> String {
        let key = &self.step.key;
        let start = format!("DELETE FROM {} AS t", self.table);
        let columns = self.all_columns(versioned);
        match (self.dialect, columns.as_slice()) {
            (_, _) if rows == 1 => {
                format!("{start} WHERE {}", self.found(rows, versioned, key.len()))
            }
            (Dialect::Postgresql, [column]) => {
                let array = self.array_parameter(0, *column, true);
                format!("{start} WHERE t.{} = ANY({array})", self.name(*column))
            }
            (Dialect::Postgresql, _) => {
                let source = self.unnest(&columns, false);
                format!("{start} USING {source} WHERE {}", self.found(rows, versioned, key.len()))
            }
            (Dialect::Sqlite, _) => {
                let names = self.list(&columns, |_, column| format!("t.{}", self.name(column)));
                format!("{start} WHERE ({names}) IN (VALUES {})", self.placeholders(rows))
            }
        }
    }

    /// The columns whose values a row of an update or delete brings.
    fn all_columns(&self, versioned: bool) -> Vec<usize> {
        let model = self.step.model;
        let version = model.version.filter(|_| versioned);
        self.step.key.iter().chain(&self.step.columns).copied().chain(version).collect()
    }

    /// The condition under which a row is the one that is meant; `version` is the place of its version.
    fn found(&self, rows: usize, versioned: bool, version: usize) -> String {
        let model = self.step.model;
        let key = self.step.key.iter().copied().enumerate();
        let all = key.chain(model.version.filter(|_| versioned).map(|column| (version, column)));
        let equal = all.map(|(place, column)| {
            let value = match rows {
                1 => self.placeholder(place),
                _ => self.source(place, Some(column)),
            };
            format!("t.{} = {value}", self.name(column))
        });
        equal.collect::<Vec<_>>().join(" AND ")
    }

    /// The rows that a statement of several brings, as a table `u`.
    fn rows_of(&self, columns: &[usize], rows: usize) -> String {
        match self.dialect {
            Dialect::Postgresql => self.unnest(columns, false),
            Dialect::Sqlite => format!("(VALUES {}) AS u", self.placeholders(rows)),
        }
    }

    fn unnest(&self, columns: &[usize], ordinality: bool) -> String {
        let arrays = self.list(columns, |place, column| self.array_parameter(place, column, false));
        let mut names = self.list(columns, |place, _| format!("c{}", place + 1));
        if ordinality {
            names.push_str(", n");
        }
        let with = if ordinality { " WITH ORDINALITY" } else { "" };
        format!("unnest({arrays}){with} AS u ({names})")
    }

    /// A parameter that is the array of a column's values.
    fn array_parameter(&self, place: usize, column: usize, cast: bool) -> String {
        let parameter = self.placeholder(place);
        match self.array_type(column) {
            ArrayType::Own(name) => format!("{parameter}::{name}[]"),
            ArrayType::Text(name) if cast => format!("{parameter}::text[]::{name}[]"),
            ArrayType::Text(_) => format!("{parameter}::text[]"),
        }
    }

    /// A value of the table `u`.
    fn source(&self, place: usize, column: Option<usize>) -> String {
        match self.dialect {
            // SQLite docs, "SELECT", "The VALUES clause".
            Dialect::Sqlite => format!("u.column{}", place + 1),
            Dialect::Postgresql => match column.map(|column| self.array_type(column)) {
                Some(ArrayType::Text(name)) => format!("u.c{}::{name}", place + 1),
                _ => format!("u.c{}", place + 1),
            },
        }
    }

    fn array_type(&self, column: usize) -> ArrayType {
        array_type(self.step.model.columns.get(column).map(|column| &column.sql_type))
    }

    fn placeholder(&self, place: usize) -> String {
        match self.dialect {
            Dialect::Postgresql => format!("${}", place + 1),
            Dialect::Sqlite => format!("?{}", place + 1),
        }
    }

    /// `(…), (…)`, one for each row.
    fn placeholders(&self, rows: usize) -> String {
        let width = self.width();
        let row = |row: usize| {
            let row: Vec<String> = (0..width).map(|place| self.placeholder(row * width + place)).collect();
            format!("({})", row.join(", "))
        };
        (0..rows).map(row).collect::<Vec<_>>().join(", ")
    }

    fn params(&self, values: Vec<Vec<Value>>, rows: usize) -> Vec<Value> {
        match self.dialect {
            Dialect::Postgresql if rows > 1 => {
                let columns = match self.step.action {
                    Action::Insert => self.step.columns.clone(),
                    _ => self.all_columns(true),
                };
                let arrays = values
                    .into_iter()
                    .zip(columns)
                    .map(|(values, column)| self.array_type(column).array(values));
                arrays.collect()
            }
            _ => by_row(values, rows),
        }
    }

    fn returning(&self, sql: &mut String, columns: &[usize]) {
        let prefix =
            if self.step.action == Action::Insert || self.dialect == Dialect::Sqlite { "" } else { "t." };
        let names = self.list(columns, |_, column| format!("{prefix}{}", self.name(column)));
        let _ = write!(sql, " RETURNING {names}");
    }

    fn list(&self, columns: &[usize], text: impl Fn(usize, usize) -> String) -> String {
        let texts = columns.iter().enumerate().map(|(place, column)| text(place, *column));
        texts.collect::<Vec<_>>().join(", ")
    }

    fn name(&self, column: usize) -> String {
        name(self.dialect, self.step.model, column)
    }
}

fn name(dialect: Dialect, model: &ModelDefinition, column: usize) -> String {
    model.columns.get(column).map(|column| quote_identifier(dialect, &column.name)).unwrap_or_default()
}

/// Values by column, as one list by row.
fn by_row(values: Vec<Vec<Value>>, rows: usize) -> Vec<Value> {
    let mut columns: Vec<_> = values.into_iter().map(Vec::into_iter).collect();
    let mut params = Vec::with_capacity(rows * columns.len());
    for _ in 0..rows {
        params.extend(columns.iter_mut().filter_map(Iterator::next));
    }
    params
}
