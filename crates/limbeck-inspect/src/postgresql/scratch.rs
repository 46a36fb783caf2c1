//! Temporary tables on which expressions are put, so that the server prints them.
//!
//! A table is the expensive part, so one carries many expressions: defaults get a column each; expressions over
//! columns share a table with all those that know the same columns by the same types. Only an expression that may
//! name its table gets a table of that name for itself.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_dialect::{quote_identifier, quote_literal, type_name};
use limbeck_schema::{Column, CompositeType, Dialect, Domain, EnumType, Index, Sequence, SqlType};

use super::deparsed::SETTINGS;
use crate::InspectError;
use crate::expressions::{Occurrence, Place};

/// PostgreSQL keeps up to 1600 columns, but each change of a table costs in proportion to what it already carries.
const MOST_EXPRESSIONS: usize = 100;
const MOST_COLUMNS: usize = 400;

/// Each table takes locks that are held to the end of its transaction; the lock table of a server has room for some
/// thousands (PostgreSQL docs, `max_locks_per_transaction`).
const MOST_TABLES: usize = 50;

/// The prefix of what carries the expression of a number.
const CARRIER: &str = "limbeck_";

/// What declared expressions may need that the database does not have yet.
#[derive(Default)]
pub(super) struct Prerequisites<'a> {
    /// Enum types that are missing, or lack a value.
    pub(super) enums: Vec<&'a EnumType>,
    /// Composite types that are missing, or have other attributes.
    pub(super) composites: Vec<&'a CompositeType>,
    /// Domains that are missing, or are over another type.
    pub(super) domains: Vec<&'a Domain>,
    /// Sequences that are missing.
    pub(super) sequences: Vec<&'a Sequence>,
}

/// Under which settings the expressions are read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Settings {
    /// The session's own: what a migration runs under.
    Session,
    /// Those that the server's own text was printed under.
    Canonical,
}

/// The statements that make the server print expressions, and leave nothing behind.
pub(super) struct Script {
    /// The statements in order.
    pub(super) steps: Vec<Step>,
    /// For each expression the number of the one that is printed in its place: equal ones are printed once.
    pub(super) printed_as: Vec<usize>,
}

/// A statement of the script.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// Its text.
    pub(super) sql: String,
    /// What it is for.
    pub(super) purpose: Purpose,
}

/// What a statement is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Making room, for the expression of that number and others.
    Room(usize),
    /// Putting down the expression of that number.
    Expression(usize),
    /// Reading the printed expressions back.
    Reading,
    /// Transactions and settings.
    Frame,
}

/// The script for the given expressions.
pub(super) fn script(
    expressions: &[Occurrence<'_>],
    settings: Settings,
    prerequisites: &Prerequisites<'_>,
) -> Result<Script, InspectError> {
    let mut tables: Vec<ScratchTable> = Vec::new();
    let mut known = BTreeMap::new();
    let mut printed_as = Vec::with_capacity(expressions.len());
    for (number, expression) in expressions.iter().enumerate() {
        let own_name = own_name(expression);
        // What stands on equal columns in equal words is printed alike.
        let identity = (own_name.clone(), needed_columns(expression, 0)?, put(expression, 0, "")?);
        let carrier = *known.entry(identity).or_insert(number);
        printed_as.push(carrier);
        if carrier != number {
            continue;
        }
        let columns = needed_columns(expression, number)?;
        let fitting = tables
            .iter_mut()
            .find(|table| own_name.is_none() && table.own_name.is_none() && table.has_room_for(&columns));
        match fitting {
            Some(table) => table.take(columns, number),
            None => {
                let mut table = ScratchTable { own_name, ..ScratchTable::default() };
                table.take(columns, number);
                tables.push(table);
            }
        }
    }
    let mut steps = Vec::new();
    let mut rest = tables.as_slice();
    while !rest.is_empty() {
        let (now, later) = rest.split_at(tables_of_one_transaction(rest));
        rest = later;
        transaction(now, expressions, settings, prerequisites, &mut steps)?;
    }
    Ok(Script { steps, printed_as })
}

/// The number of the expression that a row of the reading is about.
pub(super) fn carried_number(carrier: &str) -> Option<usize> {
    carrier.strip_prefix(CARRIER)?.parse().ok()
}

#[derive(Default)]
struct ScratchTable {
    /// The name that the expression may use.
    own_name: Option<String>,
    /// Column definitions by name.
    columns: BTreeMap<String, String>,
    expressions: Vec<usize>,
}

impl ScratchTable {
    fn has_room_for(&self, columns: &BTreeMap<String, String>) -> bool {
        self.expressions.len() < MOST_EXPRESSIONS
            && self.columns.len() + columns.len() <= MOST_COLUMNS
            && columns
                .iter()
                .all(|(name, definition)| self.columns.get(name).is_none_or(|own| own == definition))
    }

    fn take(&mut self, columns: BTreeMap<String, String>, expression: usize) {
        self.columns.extend(columns);
        self.expressions.push(expression);
    }
}

/// The table's name, when the expression may use it: as a qualifier of its columns, or for the whole row.
fn own_name(expression: &Occurrence<'_>) -> Option<String> {
    let name = &expression.table.name.name;
    let is_default = matches!(expression.place, Place::Default(_));
    (!is_default && may_name(expression.text, name)).then(|| name.clone())
}

/// Whether a name may occur in an expression. Finding it where it is not one does no harm.
pub(super) fn may_name(text: &str, name: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let name = name.to_ascii_lowercase();
    text.contains(&name) || text.contains(&name.replace('"', "\"\"")) || text.contains("u&\"")
}

/// The columns that an expression may use, or for a default the one that carries it.
fn needed_columns(
    expression: &Occurrence<'_>,
    number: usize,
) -> Result<BTreeMap<String, String>, InspectError> {
    let table = expression.table;
    if let Place::Default(column) = expression.place {
        let definition = table.columns.get(*column).map(definition).transpose()?;
        return Ok(BTreeMap::from([(format!("{CARRIER}{number}"), definition.unwrap_or_default())]));
    }
    used_columns(expression).map(|column| Ok((column.name.clone(), definition(column)?))).collect()
}

/// The columns that an expression may use, or for a default the one that carries it.
pub(super) fn used_columns<'a>(expression: &Occurrence<'a>) -> impl Iterator<Item = &'a Column> {
    let Occurrence { table, place, text } = *expression;
    let whole_row = may_name(text, &table.name.name);
    table.columns.iter().enumerate().filter_map(move |(number, column)| {
        let is_used = match place {
            Place::Default(carrier) => *carrier == number,
            _ => whole_row || may_name(text, &column.name),
        };
        is_used.then_some(column)
    })
}

/// Type and collation of a column.
fn definition(column: &Column) -> Result<String, InspectError> {
    let mut definition = type_name(Dialect::Postgresql, &column.sql_type)
        .map_err(|error| InspectError::Catalogue { what: "a column type", value: error.to_string() })?;
    if let Some(collation) = &column.collation {
        definition.push_str(" COLLATE ");
        if collation.starts_with('"') {
            definition.push_str(collation);
        } else {
            definition.push_str(&quote_identifier(Dialect::Postgresql, collation));
        }
    }
    Ok(definition)
}

/// How many of the tables fit into one transaction: as many as locks allow, and each name once.
fn tables_of_one_transaction(tables: &[ScratchTable]) -> usize {
    let mut names = BTreeSet::new();
    let fits = |table: &&ScratchTable| table.own_name.as_ref().is_none_or(|name| names.insert(name.clone()));
    tables.iter().take(MOST_TABLES).take_while(fits).count()
}

fn transaction(
    tables: &[ScratchTable],
    expressions: &[Occurrence<'_>],
    settings: Settings,
    prerequisites: &Prerequisites<'_>,
    steps: &mut Vec<Step>,
) -> Result<(), InspectError> {
    let mut add = |purpose, sql: String| steps.push(Step { sql, purpose });
    let first = tables.first().and_then(|table| table.expressions.first().copied()).unwrap_or_default();
    add(Purpose::Frame, "BEGIN READ WRITE".to_owned());
    if settings == Settings::Canonical {
        add(Purpose::Frame, SETTINGS.to_owned());
    }
    for enum_type in &prerequisites.enums {
        let values: Vec<_> =
            enum_type.values.iter().map(|value| quote_literal(Dialect::Postgresql, value)).collect();
        let name = quote_identifier(Dialect::Postgresql, &enum_type.name.name);
        add(Purpose::Room(first), format!("CREATE TYPE pg_temp.{name} AS ENUM ({})", values.join(", ")));
    }
    for (name, definition) in type_stand_ins(prerequisites)? {
        let name = quote_identifier(Dialect::Postgresql, &name);
        add(Purpose::Room(first), definition.replacen("{}", &format!("pg_temp.{name}"), 1));
    }
    for sequence in &prerequisites.sequences {
        let name = quote_identifier(Dialect::Postgresql, &sequence.name.name);
        add(Purpose::Room(first), format!("CREATE TEMPORARY SEQUENCE {name}"));
    }
    for (number, table) in tables.iter().enumerate() {
        let name = match &table.own_name {
            Some(name) => quote_identifier(Dialect::Postgresql, name),
            None => format!("{CARRIER}scratch_{number}"),
        };
        let columns: Vec<_> = table
            .columns
            .iter()
            .map(|(column, definition)| {
                format!("{} {definition}", quote_identifier(Dialect::Postgresql, column))
            })
            .collect();
        let room = table.expressions.first().copied().unwrap_or_default();
        add(Purpose::Room(room), format!("CREATE TEMPORARY TABLE {name} ({})", columns.join(", ")));
        for number in &table.expressions {
            if let Some(expression) = expressions.get(*number) {
                add(Purpose::Expression(*number), put(expression, *number, &name)?);
            }
        }
    }
    add(Purpose::Frame, SETTINGS.to_owned());
    add(Purpose::Reading, READING.to_owned());
    add(Purpose::Frame, "ROLLBACK".to_owned());
    Ok(())
}

/// The names and CREATE statements of domains and composite types, each after those it is built on. Of a domain its
/// type alone matters to expressions.
fn type_stand_ins(prerequisites: &Prerequisites<'_>) -> Result<Vec<(String, String)>, InspectError> {
    let printed = |sql_type| {
        type_name(Dialect::Postgresql, sql_type)
            .map_err(|error| InspectError::Catalogue { what: "a type", value: error.to_string() })
    };
    let mut open: Vec<(&str, Vec<&SqlType>, String)> = Vec::new();
    for domain in &prerequisites.domains {
        let sql = format!("CREATE DOMAIN {{}} AS {}", printed(&domain.base_type)?);
        open.push((&domain.name.name, vec![&domain.base_type], sql));
    }
    for composite in &prerequisites.composites {
        let attributes = composite.attributes.iter().map(|a| {
            Ok(format!("{} {}", quote_identifier(Dialect::Postgresql, &a.name), printed(&a.sql_type)?))
        });
        let attributes = attributes.collect::<Result<Vec<_>, InspectError>>()?;
        let sql = format!("CREATE TYPE {{}} AS ({})", attributes.join(", "));
        open.push((&composite.name.name, composite.attributes.iter().map(|a| &a.sql_type).collect(), sql));
    }
    let mut ordered = Vec::new();
    while !open.is_empty() {
        let names: BTreeSet<&str> = open.iter().map(|(name, ..)| *name).collect();
        let waits = |types: &[&SqlType]| {
            types.iter().any(|t| t.named_type().is_some_and(|base| names.contains(base.name.as_str())))
        };
        let (now, later): (Vec<_>, Vec<_>) = open.iter().cloned().partition(|(_, types, _)| !waits(types));
        if now.is_empty() {
            break;
        }
        ordered.extend(now.into_iter().map(|(name, _, sql)| (name.to_owned(), sql)));
        open = later;
    }
    Ok(ordered)
}

/// The statement that puts an expression on a table. The text may end in a line comment, so a new line follows it.
fn put(expression: &Occurrence<'_>, number: usize, table: &str) -> Result<String, InspectError> {
    let Occurrence { table: model, place, text } = expression;
    Ok(match place {
        Place::Default(_) => {
            format!("ALTER TABLE pg_temp.{table} ALTER COLUMN {CARRIER}{number} SET DEFAULT {text}\n")
        }
        Place::Computed(column) => {
            // Whether the value is stored makes no difference to the expression, and all versions can store it.
            let definition = model.columns.get(*column).map(definition).transpose()?.unwrap_or_default();
            format!(
                "ALTER TABLE pg_temp.{table} ADD COLUMN {CARRIER}{number} {definition} GENERATED ALWAYS AS ({text}\n) STORED"
            )
        }
        Place::Check(_) => {
            format!("ALTER TABLE pg_temp.{table} ADD CONSTRAINT {CARRIER}{number} CHECK ({text}\n)")
        }
        // The key is of no importance, so it is one that every table has.
        Place::Predicate(_) | Place::ExcludePredicate(_) => {
            format!("CREATE INDEX {CARRIER}{number} ON pg_temp.{table} ((1)) WHERE {text}\n")
        }
        Place::Key(index, key) => {
            let index = model.indexes.get(*index);
            let using = index.and_then(|index| index.using.as_deref()).unwrap_or("btree");
            let element = index.and_then(|i: &Index| i.elements.get(*key));
            put_key(table, number, using, text, element.and_then(|e| e.opclass.as_deref()))
        }
        Place::ExcludeKey(exclude, key) => {
            let exclude = model.excludes.get(*exclude);
            let using = exclude.map_or("gist", |exclude| exclude.using.as_str());
            let element = exclude.and_then(|e| e.elements.get(*key));
            put_key(table, number, using, text, element.and_then(|e| e.element.opclass.as_deref()))
        }
    })
}

fn put_key(table: &str, number: usize, using: &str, text: &str, opclass: Option<&str>) -> String {
    let using = quote_identifier(Dialect::Postgresql, using);
    let opclass = opclass.unwrap_or_default();
    format!("CREATE INDEX {CARRIER}{number} ON pg_temp.{table} USING {using} (({text}\n) {opclass})")
}

/// Everything printed in the way in which inspection prints it.
const READING: &str = "\
SELECT a.attname, pg_get_expr(d.adbin, d.adrelid)
  FROM pg_class c JOIN pg_attrdef d ON d.adrelid = c.oid
  JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
 WHERE c.relnamespace = pg_my_temp_schema()
UNION ALL
SELECT k.conname, pg_get_expr(k.conbin, k.conrelid)
  FROM pg_constraint k WHERE k.connamespace = pg_my_temp_schema() AND k.contype = 'c'
UNION ALL
SELECT c.relname, CASE WHEN i.indpred IS NULL THEN pg_get_indexdef(c.oid, 1, false)
                       ELSE pg_get_expr(i.indpred, i.indrelid) END
  FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid WHERE c.relnamespace = pg_my_temp_schema()";

#[cfg(test)]
mod tests {
    use limbeck_schema::{CheckConstraint, Constraint, SqlType, Table};

    use super::*;

    fn table(name: &str, price: SqlType, check: &str) -> Table {
        Table::new(name)
            .with_column(Column::new("price", price))
            .with_column(Column::new("unused", SqlType::Integer))
            .with_constraint(Constraint::Check(CheckConstraint::new(check)))
    }

    fn created(tables: &[Table]) -> Vec<String> {
        let occurrences: Vec<_> = tables
            .iter()
            .map(|table| Occurrence { table, place: &Place::Check(0), text: &table.checks[0].expression.sql })
            .collect();
        let steps = script(&occurrences, Settings::Session, &Prerequisites::default()).unwrap().steps;
        steps.into_iter().map(|s| s.sql).filter(|sql| sql.starts_with("CREATE TEMPORARY TABLE")).collect()
    }

    #[test]
    fn expressions_over_the_same_columns_share_a_table() {
        let tables = [
            table("t1", SqlType::Integer, "price > 0"),
            table("t2", SqlType::Integer, "price < 9"),
            table("t3", SqlType::Real, "price > 0"),
        ];
        assert_eq!(
            created(&tables),
            [
                "CREATE TEMPORARY TABLE limbeck_scratch_0 (price INTEGER)",
                "CREATE TEMPORARY TABLE limbeck_scratch_1 (price REAL)"
            ]
        );
    }

    #[test]
    fn an_expression_that_names_its_table_finds_it() {
        let tables = [table("orders", SqlType::Integer, "orders.price > 0")];
        assert_eq!(created(&tables), ["CREATE TEMPORARY TABLE orders (price INTEGER, unused INTEGER)"]);
    }

    #[test]
    fn one_name_is_used_once_in_a_transaction() {
        let tables = [
            table("orders", SqlType::Integer, "orders.price > 0"),
            table("orders", SqlType::Integer, "orders.price > 1"),
        ];
        let occurrences: Vec<_> = tables
            .iter()
            .map(|table| Occurrence { table, place: &Place::Check(0), text: &table.checks[0].expression.sql })
            .collect();
        let steps = script(&occurrences, Settings::Session, &Prerequisites::default()).unwrap().steps;
        assert_eq!(steps.iter().filter(|s| s.sql == "ROLLBACK").count(), 2);
    }
}
