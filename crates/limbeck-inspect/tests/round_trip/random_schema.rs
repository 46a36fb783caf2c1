//! Random schemas that a database accepts.
//!
//! Tables, columns and enum values have slots. The name in a slot is drawn as well, so that the same object can have
//! another name in a second schema, which then says what it was called. What one draw would make invalid is left out.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_dialect::{quote_identifier, quote_literal, quote_name};
use limbeck_schema::{
    CheckConstraint, Column, ColumnReference, Computed, Deferrable, Dialect, EnumType, Expression,
    ForeignKey, Identity, Index, IndexElement, IndexTarget, MatchType, MetaData, NullsOrder, PrimaryKey,
    QualifiedName, ReferentialAction, Schema, Sequence, SequenceOptions, SortOrder, SqlType, Table,
    UniqueConstraint,
};

use crate::choices::Choices;
use crate::random_expression::{condition, default, derived, index_key};

const TABLES: usize = 4;
const COLUMNS: usize = 6;
const ENUMS: usize = 3;
const SEQUENCES: usize = 2;

/// Those that a schema may have besides the default one.
pub(crate) const SCHEMAS: [&str; 2] = ["shop", "Odd \"Schema\""];

const RESERVED: [&str; COLUMNS] = ["select", "user", "order", "check", "default", "end"];
const COMMENTS: [&str; 3] = ["a comment", "it's \"quoted\"; and \\ more", "two\nlines"];

/// A schema, and what changes it into another one.
pub(crate) fn schema(dialect: Dialect, choices: Choices, earlier: Option<Choices>) -> MetaData {
    let mut builder =
        Builder { dialect, choices, earlier, metadata: MetaData::new(), names: Names::default() };
    builder.build();
    builder
        .metadata
        .resolve()
        .unwrap_or_else(|errors| panic!("the generator made an invalid schema: {errors:?}"))
}

/// Names that one object of a schema (relations and types) or of a table (constraints) has. SQLite has no case.
#[derive(Default)]
struct Names {
    relations: BTreeSet<QualifiedName>,
    constraints: BTreeSet<(QualifiedName, String)>,
    indexed: BTreeSet<(QualifiedName, Vec<String>)>,
}

struct Builder {
    dialect: Dialect,
    choices: Choices,
    earlier: Option<Choices>,
    metadata: MetaData,
    names: Names,
}

/// A name that is usually plain, else one that must be quoted, is reserved or long.
fn name_in_slot(choices: &Choices, kind: &str, slot: usize) -> String {
    match choices.below("name", 12) {
        0..6 => format!("{kind}{slot}"),
        6 | 7 => format!("{}{slot}", kind.to_uppercase()),
        8 => format!("{kind} \"{slot}\""),
        9 => format!("{kind}{slot}_{}", "long_name_".repeat(5)),
        10 => format!("{kind}'{slot}é"),
        _ => RESERVED.get(slot).map_or(format!("_{kind}{slot}"), |word| (*word).to_owned()),
    }
}

fn schema_of(dialect: Dialect, choices: &Choices) -> Option<String> {
    match choices.below("schema", 10) {
        _ if dialect == Dialect::Sqlite => None,
        0 | 1 => Some(SCHEMAS[0].to_owned()),
        2 => Some(SCHEMAS[1].to_owned()),
        _ => None,
    }
}

fn qualified_name(dialect: Dialect, choices: &Choices, kind: &str, slot: usize) -> QualifiedName {
    QualifiedName { schema: schema_of(dialect, choices), name: name_in_slot(choices, kind, slot) }
}

fn comment(choices: &Choices) -> Option<String> {
    choices.chance("has comment", 20).then(|| (*choices.pick("comment", &COMMENTS)).to_owned())
}

impl Builder {
    fn build(&mut self) {
        if self.dialect == Dialect::Postgresql {
            for (number, name) in SCHEMAS.iter().enumerate() {
                let choices = self.choices.of(&format!("schema{number}"));
                if choices.chance("has comment", 20) {
                    self.metadata
                        .schemas
                        .push(Schema { name: (*name).to_owned(), comment: comment(&choices) });
                }
            }
            for slot in 0..SEQUENCES {
                self.add_sequence(slot);
            }
        }
        for slot in 0..ENUMS {
            self.add_enum(slot);
        }
        let mut places = BTreeMap::new();
        for slot in 0..TABLES {
            let choices = self.choices.of(&format!("t{slot}"));
            if choices.chance("present", 80) {
                let table = self.table(slot, &choices);
                places.insert(slot, self.metadata.tables.len());
                self.metadata.tables.push(table);
            }
        }
        for (slot, place) in &places {
            for number in 0..3 {
                let choices = self.choices.of(&format!("t{slot}")).of(&format!("fk{number}"));
                let referred = places.get(&choices.below("table", TABLES)).copied();
                if let (true, Some(referred)) = (choices.chance("present", 50), referred) {
                    self.add_foreign_key(*place, number, &choices, referred);
                }
            }
        }
        for slot in 0..SEQUENCES {
            self.give_owner(slot);
        }
        self.unlog();
        for (slot, place) in places {
            self.set_sqlite_options(place, &self.choices.of(&format!("t{slot}")));
        }
    }

    fn add_enum(&mut self, slot: usize) {
        let choices = self.choices.of(&format!("e{slot}"));
        if !choices.chance("present", 80) {
            return;
        }
        let label = |choices: &Choices, slot: usize| {
            let choices = choices.of(&format!("value{slot}"));
            let rename = choices.below("name", 4);
            let name = ["", "it's ", "long ", "Ä"][if rename == 3 { 1 + choices.below("odd", 3) } else { 0 }];
            choices.chance("present", 60).then(|| format!("{name}{}", ["a", "b", "c", "d"][slot]))
        };
        let mut slots: Vec<usize> = (0..4).filter(|slot| label(&choices, *slot).is_some()).collect();
        if choices.chance("shuffled", 30) {
            slots.sort_by_key(|slot| choices.below(&format!("place{slot}"), 100));
        }
        if slots.is_empty() {
            return;
        }
        let name = QualifiedName { schema: schema_of(self.dialect, &choices), name: enum_name(slot) };
        let mut enum_type = EnumType::new(name, slots.iter().filter_map(|slot| label(&choices, *slot)));
        if let Some(earlier) = self.earlier.map(|earlier| earlier.of(&format!("e{slot}"))) {
            let pairs =
                slots.iter().filter_map(|slot| Some((label(&choices, *slot)?, label(&earlier, *slot)?)));
            enum_type.renamed_values = pairs.filter(|(new, old)| new != old).collect();
        }
        enum_type.comment = comment(&choices);
        self.names.relations.insert(enum_type.name.clone());
        self.metadata.enums.push(enum_type);
    }

    fn add_sequence(&mut self, slot: usize) {
        let choices = self.choices.of(&format!("s{slot}"));
        if !choices.chance("present", 60) {
            return;
        }
        let name = ["s0", "S \"1\""][slot];
        let mut sequence =
            Sequence::new(QualifiedName { schema: schema_of(self.dialect, &choices), name: name.to_owned() });
        sequence.data_type = match choices.below("type", 5) {
            0 => Some(SqlType::SmallInteger),
            1 => Some(SqlType::Integer),
            2 => Some(SqlType::BigInteger),
            _ => None,
        };
        sequence.options = sequence_options(&choices);
        sequence.comment = comment(&choices);
        self.names.relations.insert(sequence.name.clone());
        self.metadata.sequences.push(sequence);
    }

    /// A sequence is owned by a plain column of a table in its schema. Not by an identity: `pg_get_serial_sequence` could
    /// not tell its sequence from this one.
    fn give_owner(&mut self, slot: usize) {
        let choices = self.choices.of(&format!("s{slot}"));
        let name = ["s0", "S \"1\""][slot];
        let tables = &self.metadata.tables;
        let Some(sequence) = self.metadata.sequences.iter_mut().find(|s| s.name.name == name) else { return };
        let owners: Vec<ColumnReference> = tables
            .iter()
            .filter(|table| table.name.schema == sequence.name.schema)
            .flat_map(|table| {
                let plain = table.columns.iter().filter(|c| c.computed.is_none() && c.identity.is_none());
                plain.map(|c| ColumnReference { table: table.name.clone(), column: c.name.clone() })
            })
            .collect();
        if choices.chance("owned", 50) && !owners.is_empty() {
            sequence.owned_by = Some(choices.pick("owner", &owners).clone());
        }
    }

    /// Only tables without foreign keys: "constraints on permanent tables may reference only permanent tables".
    fn unlog(&mut self) {
        let referred: BTreeSet<QualifiedName> = self
            .metadata
            .tables
            .iter()
            .flat_map(|table| table.foreign_keys.iter().map(|fk| fk.referred_table.clone()))
            .collect();
        for (number, table) in self.metadata.tables.iter_mut().enumerate() {
            let choices = self.choices.of(&format!("unlogged{number}"));
            if table.foreign_keys.is_empty() && !referred.contains(&table.name) {
                table.options.postgresql.unlogged = choices.chance("unlogged", 30);
            }
        }
    }

    fn table(&mut self, slot: usize, choices: &Choices) -> Table {
        let mut table = Table::new(qualified_name(self.dialect, choices, "t", slot));
        self.names.relations.insert(table.name.clone());
        let earlier = self.earlier.map(|earlier| earlier.of(&format!("t{slot}")));
        if let Some(earlier) = earlier {
            let former = qualified_name(self.dialect, &earlier, "t", slot);
            if former.name != table.name.name && choices.chance("rename", 85) {
                table.renamed_from = Some(former.name);
            }
        }
        table.comment = comment(choices);
        if choices.chance("fillfactor", 20) {
            table.options.postgresql.with.insert("fillfactor".to_owned(), "70".to_owned());
        }
        if choices.chance("autovacuum", 10) {
            table.options.postgresql.with.insert("autovacuum_enabled".to_owned(), "false".to_owned());
        }
        for slot in 0..COLUMNS {
            let choices = choices.of(&format!("c{slot}"));
            if slot == 0 || choices.chance("present", 75) {
                let earlier = earlier.map(|earlier| earlier.of(&format!("c{slot}")));
                let column = self.column(slot, &choices, earlier.as_ref(), &table);
                table.columns.push(column);
            }
        }
        self.add_primary_key(&mut table, &choices.of("pk"));
        for number in 0..2 {
            self.add_unique(&mut table, &choices.of(&format!("uq{number}")));
        }
        for number in 0..3 {
            self.add_check(&mut table, &choices.of(&format!("ck{number}")));
        }
        for number in 0..3 {
            self.add_index(&mut table, &choices.of(&format!("ix{number}")));
        }
        table
    }

    fn set_sqlite_options(&mut self, place: usize, choices: &Choices) {
        if self.dialect != Dialect::Sqlite {
            return;
        }
        let table = &mut self.metadata.tables[place];
        let key = table
            .primary_key
            .iter()
            .flat_map(|pk| &pk.columns)
            .filter_map(|c| table.column(c))
            .collect::<Vec<_>>();
        let has_identity = table.columns.iter().any(|c| c.identity.is_some());
        let is_rowid = matches!(key.as_slice(), [only] if only.sql_type == SqlType::Integer);
        // SQLite fails to rename a column of such a table that is part of its key and of a unique constraint: "expressions
        // prohibited in PRIMARY KEY and UNIQUE constraints".
        let is_keyed = !key.is_empty() && table.uniques.is_empty();
        let options = &mut table.options.sqlite;
        options.autoincrement = is_rowid && choices.chance("autoincrement", 30);
        options.without_rowid =
            is_keyed && !has_identity && !options.autoincrement && choices.chance("without rowid", 15);
        let fits = |c: &Column| !matches!(c.sql_type, SqlType::Numeric { .. });
        options.strict = table.columns.iter().all(fits) && choices.chance("strict", 15);
    }

    fn sql_type(&self, choices: &Choices) -> SqlType {
        let array = |element| SqlType::Array(Box::new(element));
        let enum_type = |slot: usize| {
            let found = self.metadata.enums.iter().find(|e| e.name.name == enum_name(slot));
            found.map_or(SqlType::Text, |e| SqlType::Enum(e.name.clone()))
        };
        let types = [
            SqlType::SmallInteger,
            SqlType::Integer,
            SqlType::Integer,
            SqlType::BigInteger,
            SqlType::numeric(10, 2),
            SqlType::numeric(12, 3),
            SqlType::Numeric { precision: None, scale: None },
            SqlType::Real,
            SqlType::Double,
            SqlType::Boolean,
            SqlType::string(20),
            SqlType::string(40),
            SqlType::String { length: None },
            SqlType::Char { length: 3 },
            SqlType::Text,
            SqlType::Text,
            SqlType::Date,
            SqlType::Time { precision: None, timezone: false },
            SqlType::instant(),
            SqlType::DateTime { precision: Some(3), timezone: false },
            SqlType::Interval,
            SqlType::LargeBinary,
            SqlType::Uuid,
            SqlType::Json,
            SqlType::Jsonb,
            enum_type(0),
            enum_type(0),
            enum_type(1),
            enum_type(2),
            array(SqlType::Integer),
            array(SqlType::Text),
            array(SqlType::string(20)),
            array(enum_type(0)),
            array(enum_type(1)),
            SqlType::postgresql("inet"),
        ];
        let known = match self.dialect {
            Dialect::Postgresql => types.len(),
            Dialect::Sqlite => types.len() - 6,
        };
        types[choices.below("type", known)].clone()
    }

    fn column(&self, slot: usize, choices: &Choices, earlier: Option<&Choices>, table: &Table) -> Column {
        let mut column = Column::new(name_in_slot(choices, "c", slot), self.sql_type(choices));
        if let Some(earlier) = earlier {
            let former = name_in_slot(earlier, "c", slot);
            if former != column.name && choices.chance("rename", 85) {
                column.renamed_from = Some(former);
            }
        }
        column.nullable = choices.chance("nullable", 60);
        column.comment = comment(choices);
        let is_integer = is_integer(&column.sql_type);
        match choices.below("value", 12) {
            0..4 => {
                column.server_default = default(self.dialect, &column.sql_type, &self.metadata, choices);
            }
            4 if is_integer && self.dialect == Dialect::Postgresql => {
                let identity =
                    if choices.chance("always", 50) { Identity::always() } else { Identity::by_default() };
                let options = if choices.chance("options", 50) {
                    sequence_options(choices)
                } else {
                    SequenceOptions::default()
                };
                column = column.identity(Identity { options, ..identity });
            }
            5 | 6 => {
                let bases: Vec<&Column> = table.columns.iter().filter(|c| c.computed.is_none()).collect();
                if !bases.is_empty()
                    && let Some((expression, sql_type)) =
                        derived(self.dialect, choices.pick::<&Column>("base", &bases), choices)
                {
                    column.sql_type = sql_type;
                    column.nullable = true;
                    let persisted = self.dialect == Dialect::Postgresql || choices.chance("persisted", 50);
                    column.computed = Some(Computed { expression, persisted });
                }
            }
            7 if column.sql_type == SqlType::BigInteger && !self.metadata.sequences.is_empty() => {
                let sequence = choices.pick("sequence", &self.metadata.sequences);
                let name = quote_name(self.dialect, &sequence.name);
                let default = format!("nextval({}::regclass)", quote_literal(self.dialect, &name));
                column.server_default = Some(Expression::new(default));
            }
            _ => {}
        }
        if self.takes_collation(&column) && choices.chance("collated", 20) {
            let known = match self.dialect {
                Dialect::Postgresql => ["C", "POSIX"],
                Dialect::Sqlite => ["NOCASE", "RTRIM"],
            };
            column.collation = Some((*choices.pick("collation", &known)).to_owned());
        }
        give_backfill(self.dialect, &mut column, &self.metadata);
        column
    }

    fn takes_collation(&self, column: &Column) -> bool {
        let text = |t: &SqlType| matches!(t, SqlType::String { .. } | SqlType::Text | SqlType::Char { .. });
        match &column.sql_type {
            SqlType::Array(element) => text(element),
            other => text(other),
        }
    }

    /// Distinct columns that an index can sort.
    fn some_columns(&self, table: &Table, choices: &Choices, most: usize) -> Vec<String> {
        let fit: Vec<&Column> = table.columns.iter().filter(|c| is_sortable(&c.sql_type)).collect();
        let mut columns: Vec<String> = Vec::new();
        for number in 0..=choices.below("count", most) {
            if !fit.is_empty() {
                let name = &choices.pick(&format!("column{number}"), &fit).name;
                if !columns.contains(name) {
                    columns.push(name.clone());
                }
            }
        }
        columns
    }

    fn include(&self, table: &Table, choices: &Choices, keys: &[String]) -> Vec<String> {
        let column = &choices.pick("included", &table.columns).name;
        let fits = choices.chance("include", 15) && !keys.contains(column);
        if fits { vec![column.clone()] } else { Vec::new() }
    }

    fn deferrable(choices: &Choices) -> Option<Deferrable> {
        match choices.below("deferrable", 8) {
            0 => Some(Deferrable::InitiallyDeferred),
            1 => Some(Deferrable::InitiallyImmediate),
            _ => None,
        }
    }

    /// A name of a small pool, so that names change hands between the objects of two schemas; else the convention's.
    fn label(&mut self, table: &Table, choices: &Choices, is_relation: bool) -> Option<String> {
        let name = choices.chance("named", 35).then(|| format!("n{}", choices.below("label", 5)))?;
        let constraint = (table.name.clone(), name.clone());
        let relation = table.name.with_name(&name);
        // SQLite's indexes share one namespace, and its constraints do not care.
        if self.names.constraints.contains(&constraint)
            || (is_relation && self.names.relations.contains(&relation))
        {
            return None;
        }
        self.names.constraints.insert(constraint);
        if is_relation {
            self.names.relations.insert(relation);
        }
        Some(name)
    }

    fn add_primary_key(&mut self, table: &mut Table, choices: &Choices) {
        let mut columns = self.some_columns(table, choices, 2);
        let computed = |name: &String| table.column(name).is_some_and(|c| c.computed.is_some());
        // SQLite: "generated columns cannot be part of the PRIMARY KEY".
        columns.retain(|name| !computed(name));
        if columns.is_empty() || !choices.chance("present", 80) {
            return;
        }
        for name in &columns {
            let column = table.column_mut(name).expect("the column was picked from the table");
            column.nullable = false;
            column.server_default.take_if(|default| default.sql.starts_with("NULL"));
            give_backfill(self.dialect, column, &self.metadata);
        }
        let include = self.include(table, choices, &columns);
        table.primary_key = Some(PrimaryKey {
            name: self.label(table, choices, true),
            columns,
            include,
            deferrable: Self::deferrable(choices),
            comment: comment(choices),
        });
    }

    fn add_unique(&mut self, table: &mut Table, choices: &Choices) {
        let columns = self.some_columns(table, choices, 2);
        let taken = |other: &[String]| {
            other.iter().collect::<BTreeSet<_>>() == columns.iter().collect::<BTreeSet<_>>()
        };
        let is_taken = table.uniques.iter().any(|u| taken(&u.columns))
            || table.primary_key.iter().any(|pk| taken(&pk.columns));
        if columns.is_empty() || is_taken || !choices.chance("present", 50) {
            return;
        }
        let include = self.include(table, choices, &columns);
        table.uniques.push(UniqueConstraint {
            name: self.label(table, choices, true),
            columns,
            include,
            nulls_not_distinct: self.dialect == Dialect::Postgresql
                && choices.chance("nulls not distinct", 20),
            deferrable: Self::deferrable(choices),
            comment: comment(choices),
        });
    }

    fn add_check(&mut self, table: &mut Table, choices: &Choices) {
        let column = choices.pick("column", &table.columns).clone();
        let expression = condition(self.dialect, &column, &self.metadata, choices);
        // The naming convention has but one name for the checks of a column.
        let is_taken = table.checks.iter().any(|c| c.expression == expression);
        if is_taken || !choices.chance("present", 50) {
            return;
        }
        let mut check = CheckConstraint::new(expression);
        let name = self.label(table, choices, false);
        let number = table.checks.len();
        check.name =
            Some(name.unwrap_or_else(|| format!("ck{number}_{}", ["a", "B c"][choices.below("form", 2)])));
        check.no_inherit = choices.chance("no inherit", 10);
        check.not_valid = choices.chance("not valid", 10);
        check.comment = comment(choices);
        table.checks.push(check);
    }

    fn add_index(&mut self, table: &mut Table, choices: &Choices) {
        let mut columns = self.some_columns(table, choices, 2);
        if !choices.chance("present", 55) {
            return;
        }
        let mut index =
            Index { name: self.label(table, choices, true), comment: comment(choices), ..Index::default() };
        let other_method = other_method(table, choices);
        if let Some((method, column, opclass)) = other_method.filter(|_| self.dialect == Dialect::Postgresql)
        {
            index.using = Some(method.to_owned());
            columns = vec![column.to_owned()];
            let mut element = IndexElement::column(column);
            element.opclass = opclass.map(str::to_owned);
            index.elements.push(element);
        } else {
            for (number, column) in columns.iter().filter_map(|c| table.column(c)).enumerate() {
                let element = self.index_element(column, &choices.of(&format!("element{number}")));
                index.elements.push(element);
            }
            index.unique = choices.chance("unique", 30);
            index.nulls_not_distinct = index.unique
                && self.dialect == Dialect::Postgresql
                && choices.chance("nulls not distinct", 20);
            index.include = self.include(table, choices, &columns);
            if choices.chance("fillfactor", 15) {
                index.with.insert("fillfactor".to_owned(), "80".to_owned());
            }
        }
        if choices.chance("partial", 30) {
            let column = choices.pick("predicate", &table.columns);
            index.predicate = Some(condition(self.dialect, column, &self.metadata, &choices.of("predicate")));
        }
        // The naming convention has but one name for the indexes of a list of columns.
        if !index.elements.is_empty() && self.names.indexed.insert((table.name.clone(), columns)) {
            table.indexes.push(index);
        }
    }

    fn index_element(&self, column: &Column, choices: &Choices) -> IndexElement {
        let expression =
            if choices.chance("expression", 25) { index_key(self.dialect, column, choices) } else { None };
        let mut element = match expression {
            Some(expression) => IndexElement::expression(expression),
            None => IndexElement::column(&column.name),
        };
        if matches!(column.sql_type, SqlType::Text | SqlType::String { .. }) {
            if self.dialect == Dialect::Postgresql && choices.chance("opclass", 20) {
                element.opclass = Some("text_pattern_ops".to_owned());
            }
            if choices.chance("collated", 15) {
                let name = if self.dialect == Dialect::Postgresql { "POSIX" } else { "NOCASE" };
                element.collation = Some(name.to_owned());
            }
        }
        if choices.chance("descending", 25) {
            element.order = SortOrder::Descending;
        }
        element.nulls = match choices.below("nulls", 6) {
            0 => Some(NullsOrder::First),
            1 => Some(NullsOrder::Last),
            _ => None,
        };
        element
    }

    fn add_foreign_key(&mut self, place: usize, number: usize, choices: &Choices, referred: usize) {
        let referred = self.metadata.tables[referred].clone();
        let keys = referable_keys(&referred);
        if keys.is_empty() {
            return;
        }
        let key = choices.pick("key", &keys);
        let mut table = self.metadata.tables[place].clone();
        let mut columns: Vec<String> = Vec::new();
        for (position, name) in key.iter().enumerate() {
            let sql_type = referred.column(name).expect("a key's columns exist").sql_type.clone();
            let fits =
                |c: &&Column| c.sql_type == sql_type && c.computed.is_none() && !columns.contains(&c.name);
            let existing = table.columns.iter().find(fits).map(|c| c.name.clone());
            columns.push(match existing {
                Some(existing) if choices.chance("existing", 40) => existing,
                _ => {
                    let mut column = Column::new(format!("r{number}_{position}"), sql_type);
                    column.nullable = choices.chance("nullable", 70);
                    give_backfill(self.dialect, &mut column, &self.metadata);
                    table.columns.push(column);
                    format!("r{number}_{position}")
                }
            });
        }
        let is_taken = |fk: &ForeignKey| fk.columns == columns && fk.referred_table == referred.name;
        if table.foreign_keys.iter().any(is_taken) {
            return;
        }
        let mut fk = ForeignKey::new(columns, referred.name.clone(), key.iter().cloned());
        fk.on_delete = self.action(&fk, &choices.of("delete"), true);
        fk.on_update = self.action(&fk, &choices.of("update"), false);
        fk.match_type = if choices.chance("full", 15) { MatchType::Full } else { MatchType::Simple };
        fk.deferrable = Self::deferrable(choices);
        fk.not_valid = choices.chance("not valid", 10);
        fk.comment = comment(choices);
        fk.name = self.label(&table, choices, false);
        table.foreign_keys.push(fk);
        self.metadata.tables[place] = table;
    }

    fn action(&self, fk: &ForeignKey, choices: &Choices, may_name_columns: bool) -> ReferentialAction {
        let some = may_name_columns && self.dialect == Dialect::Postgresql && choices.chance("some", 40);
        let columns = if some { fk.columns[..1].to_vec() } else { Vec::new() };
        match choices.below("action", 8) {
            0 => ReferentialAction::Cascade,
            1 => ReferentialAction::Restrict,
            2 => ReferentialAction::SetNull(columns),
            3 => ReferentialAction::SetDefault(columns),
            _ => ReferentialAction::NoAction,
        }
    }
}

fn enum_name(slot: usize) -> String {
    ["e0", "E \"1\"", "mood"][slot].to_owned()
}

pub(crate) fn is_integer(sql_type: &SqlType) -> bool {
    matches!(sql_type, SqlType::SmallInteger | SqlType::Integer | SqlType::BigInteger)
}

/// JSON has no order.
fn is_sortable(sql_type: &SqlType) -> bool {
    !matches!(sql_type, SqlType::Json)
}

/// Rows that are there get a value where the column neither has one nor makes one.
fn give_backfill(dialect: Dialect, column: &mut Column, metadata: &MetaData) {
    let makes_value = column.identity.is_some() || column.computed.is_some();
    let default = column.server_default.as_ref().is_some_and(|default| !default.sql.starts_with("NULL"));
    column.backfill = None;
    if !column.nullable && !makes_value && !default {
        column.server_default = None;
        let value = crate::rows::value(dialect, &column.sql_type, metadata, 1);
        column.backfill = Some(Expression::new(crate::rows::literal(dialect, &column.sql_type, &value)));
    }
}

/// Small enough for every integer type.
fn sequence_options(choices: &Choices) -> SequenceOptions {
    let increment = *choices.pick("increment", &[None, None, Some(1), Some(10), Some(-1)]);
    let downward = increment.is_some_and(|step| step < 0);
    let (least, most) = if downward { (Some(-500), Some(-2)) } else { (Some(2), Some(900)) };
    SequenceOptions {
        increment,
        min_value: least.filter(|_| choices.chance("min", 25)),
        max_value: most.filter(|_| choices.chance("max", 25)),
        start: Some(if downward { -7 } else { 7 }).filter(|_| choices.chance("start", 25)),
        cache: Some(5).filter(|_| choices.chance("cache", 20)),
        cycle: choices.chance("cycle", 20),
    }
}

/// An access method besides btree, with a column that it takes and an operator class of its own.
fn other_method<'a>(
    table: &'a Table,
    choices: &Choices,
) -> Option<(&'static str, &'a str, Option<&'static str>)> {
    let column = choices.pick("other", &table.columns);
    if !choices.chance("method", 25) {
        return None;
    }
    let (method, opclass) = match &column.sql_type {
        SqlType::Jsonb => ("gin", choices.chance("path", 50).then_some("jsonb_path_ops")),
        SqlType::Array(element) if element.enum_name().is_none() => ("gin", None),
        SqlType::Native { .. } => ("gist", Some("inet_ops")),
        SqlType::Integer | SqlType::Date => ("brin", None),
        SqlType::Text | SqlType::Uuid | SqlType::BigInteger => ("hash", None),
        _ => return None,
    };
    Some((method, &column.name, opclass))
}

/// What a foreign key may refer to: not what is deferrable ("cannot use a deferrable unique constraint for referenced
/// table"), nor what is not all plain columns.
fn referable_keys(table: &Table) -> Vec<Vec<String>> {
    let primary = table.primary_key.iter().filter(|pk| pk.deferrable.is_none()).map(|pk| pk.columns.clone());
    let uniques = table.uniques.iter().filter(|u| u.deferrable.is_none()).map(|u| u.columns.clone());
    let mut keys: Vec<Vec<String>> = primary.chain(uniques).collect();
    for index in table.indexes.iter().filter(|index| index.unique && index.predicate.is_none()) {
        let plain = |element: &IndexElement| match &element.target {
            IndexTarget::Column(name) if element.opclass.is_none() && element.collation.is_none() => {
                Some(name.clone())
            }
            _ => None,
        };
        keys.extend(index.elements.iter().map(plain).collect::<Option<Vec<_>>>());
    }
    // PostgreSQL refuses a reference between arrays of varchar: "cannot determine element type of anyarray argument".
    let is_varchar_array = |c: &Column| matches!(&c.sql_type, SqlType::Array(element) if matches!(**element, SqlType::String { .. }));
    let is_plain =
        |name: &String| table.column(name).is_some_and(|c| c.computed.is_none() && !is_varchar_array(c));
    keys.retain(|key| key.iter().all(is_plain));
    keys
}

/// The name in an expression.
pub(crate) fn quoted(dialect: Dialect, column: &Column) -> String {
    quote_identifier(dialect, &column.name)
}
