//! What operations may hurt.
//!
//! Facts that follow from the operations alone, for the eyes of who reviews a script: what is lost, what may fail on
//! the rows that are there, what holds a lock for as long as it reads a table, what running programs notice. Nothing
//! is said of tables that the same operations create, since they have no rows and no users yet.

mod entities;

use std::collections::{BTreeMap, BTreeSet};

use limbeck_dialect::type_name;
use limbeck_schema::{
    Column, CompositeChange, Constraint, Dialect, DomainChange, EnumChange, Index, IndexTarget, MetaData,
    ObjectReference, Operation, QualifiedName, SqlType, TableRebuild, TypeDependents,
};

use crate::compare;
use crate::identifiers::{mentions, possible_columns};
use crate::implication::{implies, implies_unique_index, index_implies, index_implies_index};
use crate::type_change::{narrows, rewrites_table};

/// A fact about an operation that somebody should know before it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hazard {
    /// What kind of harm.
    pub kind: HazardKind,
    /// What it is done to: a table, `table.column`, a type.
    pub object: String,
    /// One line, without a trailing stop.
    pub message: String,
}

/// Kinds of harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HazardKind {
    /// Values are gone, and the way back does not bring them back.
    DataLoss,
    /// It fails if the rows are not as they must be.
    MayFail,
    /// The whole table is written anew, under a lock that also keeps readers out.
    TableRewrite,
    /// A lock that keeps writers out is held for as long as it takes to read the table.
    LongLock,
    /// The database stops to enforce a rule.
    IntegrityLoss,
    /// Programs that run now use the former name.
    BreaksClients,
    /// Somebody may do less than before, or everyone more.
    AccessChange,
}

impl HazardKind {
    /// Every kind.
    pub const ALL: [HazardKind; 7] = [
        HazardKind::DataLoss,
        HazardKind::MayFail,
        HazardKind::TableRewrite,
        HazardKind::LongLock,
        HazardKind::IntegrityLoss,
        HazardKind::BreaksClients,
        HazardKind::AccessChange,
    ];

    /// The kind's stable name, as scripts and the command line write it.
    pub fn as_str(self) -> &'static str {
        match self {
            HazardKind::DataLoss => "data-loss",
            HazardKind::MayFail => "may-fail",
            HazardKind::TableRewrite => "table-rewrite",
            HazardKind::LongLock => "long-lock",
            HazardKind::IntegrityLoss => "integrity-loss",
            HazardKind::BreaksClients => "breaks-clients",
            HazardKind::AccessChange => "access-change",
        }
    }

    /// The kind of that name.
    ///
    /// ```
    /// use limbeck_diff::HazardKind;
    /// assert_eq!(HazardKind::find("data-loss"), Some(HazardKind::DataLoss));
    /// ```
    pub fn find(name: &str) -> Option<HazardKind> {
        HazardKind::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// The hazards of operations that run one after the other, in their order.
///
/// ```
/// use limbeck_diff::{HazardKind, hazards};
/// use limbeck_schema::{Column, Dialect, Operation, SqlType};
/// let column = Box::new(Column::new("phone", SqlType::Text));
/// let drop = Operation::DropColumn { table: "customers".into(), column };
/// let found = hazards(Dialect::Postgresql, &[drop]);
/// assert_eq!(found[0].kind, HazardKind::DataLoss);
/// assert_eq!(found[0].message, "dropping column `customers.phone` deletes its values");
/// ```
pub fn hazards(dialect: Dialect, operations: &[Operation]) -> Vec<Hazard> {
    let surroundings = Surroundings::of(operations);
    operations.iter().flat_map(|operation| hazards_of(dialect, operation, &surroundings)).collect()
}

/// What else happens in the same operations.
struct Surroundings<'a> {
    created: BTreeSet<&'a QualifiedName>,
    added_columns: BTreeMap<(&'a QualifiedName, &'a str), &'a Column>,
    dropped_columns: BTreeSet<(&'a QualifiedName, &'a str)>,
    added_constraints: Vec<(&'a QualifiedName, &'a Constraint)>,
    dropped_constraints: Vec<(&'a QualifiedName, &'a Constraint)>,
    dropped_indexes: Vec<(&'a QualifiedName, &'a Index)>,
    /// Tables with a column whose values are converted.
    converted: BTreeSet<&'a QualifiedName>,
    dropped: BTreeSet<&'a QualifiedName>,
    entities: entities::Entities<'a>,
    /// Types, sequences and schemas that are created or dropped.
    others: BTreeSet<ObjectReference>,
}

impl<'a> Surroundings<'a> {
    fn of(operations: &'a [Operation]) -> Self {
        let mut found = Self {
            created: BTreeSet::new(),
            added_columns: BTreeMap::new(),
            dropped_columns: BTreeSet::new(),
            added_constraints: Vec::new(),
            dropped_constraints: Vec::new(),
            dropped_indexes: Vec::new(),
            converted: BTreeSet::new(),
            dropped: BTreeSet::new(),
            entities: entities::Entities::of(operations),
            others: BTreeSet::new(),
        };
        for operation in operations {
            match operation {
                Operation::CreateTable(table) => {
                    found.created.insert(&table.name);
                }
                Operation::DropTable(table) => {
                    found.dropped.insert(&table.name);
                }
                Operation::AddColumn { table, column } => {
                    found.added_columns.insert((table, &column.name), column);
                }
                Operation::DropColumn { table, column } => {
                    found.dropped_columns.insert((table, &column.name));
                }
                Operation::AddConstraint { table, constraint } => {
                    found.added_constraints.push((table, constraint));
                }
                Operation::DropConstraint { table, constraint } => {
                    found.dropped_constraints.push((table, constraint));
                }
                Operation::CreateEnum(changed) | Operation::DropEnum(changed) => {
                    found.others.insert(ObjectReference::Type(changed.name.clone()));
                }
                Operation::CreateDomain(changed) | Operation::DropDomain(changed) => {
                    found.others.insert(ObjectReference::Type(changed.name.clone()));
                }
                Operation::CreateComposite(changed) | Operation::DropComposite(changed) => {
                    found.others.insert(ObjectReference::Type(changed.name.clone()));
                }
                Operation::CreateSequence(changed) | Operation::DropSequence(changed) => {
                    found.others.insert(ObjectReference::Sequence(changed.name.clone()));
                }
                Operation::CreateSchema(changed) | Operation::DropSchema(changed) => {
                    found.others.insert(ObjectReference::Schema(changed.name.clone()));
                }
                Operation::DropIndex { table, index } => found.dropped_indexes.push((table, index)),
                Operation::AlterColumn { table, from, to } if narrows(&from.sql_type, &to.sql_type) => {
                    found.converted.insert(table);
                }
                _ => {}
            }
        }
        found
    }

    /// Whether an object that has privileges is dropped, or new: then nobody loses or gets anything that there was.
    fn comes_or_goes(&self, object: &ObjectReference) -> bool {
        let table = |name: &QualifiedName| self.created.contains(name) != self.dropped.contains(name);
        match object {
            ObjectReference::Table(name) => table(name),
            ObjectReference::Column(name, column) => {
                let column = (name, column.as_str());
                let added = self.added_columns.contains_key(&column);
                table(name) || added != self.dropped_columns.contains(&column)
            }
            ObjectReference::Entity(id) => self.entities.comes_or_goes(id),
            _ => self.others.contains(object),
        }
    }

    /// Whether a constraint goes because it comes again, or because what it is about goes.
    fn replaces(&self, dialect: Dialect, table: &QualifiedName, constraint: &Constraint) -> bool {
        let gone = |column: &str| self.dropped_columns.contains(&(table, column));
        let about_gone = match constraint {
            Constraint::PrimaryKey(pk) => pk.columns.iter().any(|c| gone(c)),
            Constraint::Unique(unique) => unique.columns.iter().any(|c| gone(c)),
            Constraint::ForeignKey(fk) => {
                self.dropped.contains(&fk.referred_table) || fk.columns.iter().any(|c| gone(c))
            }
            Constraint::Exclude(exclude) => exclude.elements.iter().any(|e| match &e.element.target {
                IndexTarget::Column(name) => gone(name),
                IndexTarget::Expression(e) => {
                    possible_columns(dialect, e.for_dialect(dialect)).iter().any(|c| gone(c))
                }
            }),
            Constraint::Check(check) => {
                possible_columns(dialect, check.expression.for_dialect(dialect)).iter().any(|c| gone(c))
            }
        };
        let again = self.added_constraints.iter().any(|(owner, added)| {
            *owner == table
                && (implies(added, constraint)
                    || (added.name().is_some() && added.name() == constraint.name()))
        });
        again || about_gone || self.dropped.contains(table)
    }

    /// Whether the rows there are kept the constraint already, by another one that goes.
    fn was_kept(&self, table: &QualifiedName, constraint: &Constraint) -> bool {
        let known =
            self.dropped_constraints.iter().any(|(t, known)| *t == table && implies(known, constraint));
        let distinct =
            || self.dropped_indexes.iter().any(|(t, known)| *t == table && index_implies(known, constraint));
        !self.converted.contains(table) && (known || distinct())
    }

    /// The same for a unique index.
    fn was_unique(&self, table: &QualifiedName, index: &Index) -> bool {
        let known = self
            .dropped_constraints
            .iter()
            .any(|(t, known)| *t == table && implies_unique_index(known, index));
        let distinct =
            || self.dropped_indexes.iter().any(|(t, known)| *t == table && index_implies_index(known, index));
        !self.converted.contains(table) && (known || distinct())
    }

    /// Whether the column is new and NULL in every row there is.
    fn is_empty(&self, table: &QualifiedName, column: &str) -> bool {
        let added = self.added_columns.get(&(table, column));
        added.is_some_and(|column| !gives_value(column) && column.backfill.is_none())
    }

    /// Whether the column is new and differs from row to row, as an identity does, and as NULLs do.
    fn is_distinct(&self, table: &QualifiedName, column: &str) -> bool {
        let added = self.added_columns.get(&(table, column));
        added.is_some_and(|column| column.identity.is_some()) || self.is_empty(table, column)
    }
}

fn gives_value(column: &Column) -> bool {
    column.server_default.is_some() || column.identity.is_some() || column.computed.is_some()
}

fn hazards_of(dialect: Dialect, operation: &Operation, around: &Surroundings<'_>) -> Vec<Hazard> {
    use HazardKind::*;
    match operation {
        Operation::DropTable(table) => {
            vec![hazard(DataLoss, &table.name, format!("dropping table `{}` deletes its rows", table.name))]
        }
        Operation::RenameTable { name, to } => {
            let message =
                format!("programs that use table `{name}` fail once it is called `{}`", name.with_name(to));
            vec![hazard(BreaksClients, name, message)]
        }
        Operation::RenameColumn { table, from, to } => {
            let message = format!("programs that use column `{table}.{from}` fail once it is called `{to}`");
            vec![hazard(BreaksClients, format!("{table}.{from}"), message)]
        }
        // The values of a generated column can be computed again.
        Operation::DropColumn { table, column } if column.computed.is_none() => {
            let object = format!("{table}.{}", column.name);
            let message = format!("dropping column `{object}` deletes its values");
            vec![hazard(DataLoss, object, message)]
        }
        Operation::AddColumn { table, column } if !around.created.contains(table) => {
            column_added(dialect, table, column)
        }
        Operation::AlterColumn { table, from, to } => column_altered(dialect, table, from, to),
        Operation::AlterEnum(change) => enum_altered(change),
        Operation::AlterDomain(change) => domain_altered(dialect, change),
        Operation::AlterComposite(change) => composite_altered(dialect, change),
        Operation::AddConstraint { table, constraint } if !around.created.contains(table) => {
            constraint_added(dialect, table, constraint, around)
        }
        Operation::AlterConstraint { table, from, to } if from.is_not_valid() && !to.is_not_valid() => {
            let message = format!("{} of table `{table}` fails while {}", label(to), problem(to));
            vec![hazard(HazardKind::MayFail, table, message)]
        }
        Operation::DropConstraint { table, constraint } if !around.replaces(dialect, table, constraint) => {
            let message = format!("{} of table `{table}` is no longer enforced", label(constraint));
            vec![hazard(IntegrityLoss, table, message)]
        }
        Operation::CreateIndex { table, index } if !around.created.contains(table) => {
            index_created(dialect, table, index, around)
        }
        Operation::RebuildTable(rebuild) => table_rebuilt(dialect, rebuild),
        Operation::AlterTableOptions { table, from, to } => {
            let (from, to) = (from.postgresql.row_security, to.postgresql.row_security);
            entities::row_security_altered(table, from, to).into_iter().collect()
        }
        Operation::AttachPartition { table, of } if !around.created.contains(table) => {
            entities::attached(table, &of.parent)
        }
        Operation::DetachPartition { table, of } => vec![entities::detached(table, &of.parent)],
        Operation::DropEntity(entity) => {
            let table_goes = entity.id.on.as_ref().is_some_and(|table| around.dropped.contains(table));
            entities::dropped(entity, &around.entities, table_goes)
        }
        Operation::ReplaceEntity { from, to } => entities::replaced(from, to),
        Operation::RenameEntity { id, to } => entities::renamed(id, to).into_iter().collect(),
        Operation::AlterGrants { on, from, to } if !around.comes_or_goes(on) => {
            entities::grants_altered(on, from, to, &around.entities)
        }
        _ => Vec::new(),
    }
}

fn hazard(kind: HazardKind, object: impl ToString, message: String) -> Hazard {
    Hazard { kind, object: object.to_string(), message }
}

fn enum_altered(change: &EnumChange) -> Vec<Hazard> {
    let (from, to) = (&change.from.values, &change.to.values);
    let name = &change.to.name;
    let mut found = Vec::new();
    for value in from.iter().filter(|value| !to.contains(value)) {
        match change.to.renamed_values.iter().find(|(_, old)| *old == value) {
            Some((new, _)) if from.contains(new) => {
                let message = format!(
                    "rows with value `{value}` of enum type `{name}` get `{new}`, from which the way back cannot tell them"
                );
                found.push(hazard(HazardKind::DataLoss, name, message));
            }
            Some(_) => {}
            None => {
                let message =
                    format!("dropping value `{value}` of enum type `{name}` fails while a row holds it");
                found.push(hazard(HazardKind::MayFail, name, message));
            }
        }
    }
    if !keeps_values_in_place(change) {
        let reason = format!("a value of enum type `{name}` goes or moves");
        found.extend(columns_rewritten(&change.dependents, &reason));
    }
    found
}

/// Whether the old values, renamed, are among the new ones in the same order, so that renaming and adding values is
/// all there is to do.
fn keeps_values_in_place(change: &EnumChange) -> bool {
    let mut new_values = change.to.values.iter();
    change.from.values.iter().all(|old| {
        let renamed = change.to.renamed_values.iter().find(|(_, former)| *former == old);
        let wanted = renamed.map_or(old, |(new, _)| new);
        new_values.any(|value| value == wanted)
    })
}

/// A type that is made anew has every table with a column of it written anew.
fn columns_rewritten(dependents: &TypeDependents, reason: &str) -> Vec<Hazard> {
    let tables: BTreeSet<_> = dependents.columns.iter().map(|column| &column.reference.table).collect();
    let message = |table| format!("table `{table}` is written anew, because {reason}");
    let tables = tables.into_iter().map(|table| hazard(HazardKind::TableRewrite, table, message(table)));
    tables.chain(entities::carried(dependents)).collect()
}

fn domain_altered(dialect: Dialect, change: &DomainChange) -> Vec<Hazard> {
    let DomainChange { from, to, dependents } = change;
    let name = &to.name;
    let mut found = Vec::new();
    if from.base_type != to.base_type && narrows(&from.base_type, &to.base_type) {
        let types = (type_text(dialect, &from.base_type), type_text(dialect, &to.base_type));
        let message = format!(
            "domain `{name}` from {} to {}: values that do not fit fail or are cut",
            types.0, types.1
        );
        found.push(hazard(HazardKind::MayFail, name, message));
    }
    if from.base_type != to.base_type || from.collation != to.collation {
        found.extend(columns_rewritten(
            dependents,
            &format!("domain `{name}` gets another type or collation"),
        ));
    }
    if from.nullable && !to.nullable {
        let message = format!("NOT NULL on domain `{name}` fails while a column of it holds NULL");
        found.push(hazard(HazardKind::MayFail, name, message));
    }
    for check in to.checks.iter().filter(|check| !check.not_valid) {
        let same =
            |old: &&limbeck_schema::CheckConstraint| old.expression == check.expression && !old.not_valid;
        if from.checks.iter().find(|old| old.name == check.name).filter(same).is_none() {
            let label = check.name.as_deref().unwrap_or_default();
            let message =
                format!("condition `{label}` of domain `{name}` fails while a value contradicts it");
            found.push(hazard(HazardKind::MayFail, name, message));
        }
    }
    found
}

fn composite_altered(dialect: Dialect, change: &CompositeChange) -> Vec<Hazard> {
    let CompositeChange { from, to, dependents } = change;
    let name = &to.name;
    let former =
        |new: &limbeck_schema::Attribute| new.renamed_from.clone().unwrap_or_else(|| new.name.clone());
    let mut found = Vec::new();
    for old in &from.attributes {
        match to.attributes.iter().find(|new| former(new) == old.name) {
            None => {
                let message =
                    format!("dropping attribute `{}` of type `{name}` deletes its values", old.name);
                found.push(hazard(HazardKind::DataLoss, name, message));
            }
            Some(new) if old.sql_type != new.sql_type && narrows(&old.sql_type, &new.sql_type) => {
                let types = (type_text(dialect, &old.sql_type), type_text(dialect, &new.sql_type));
                let message = format!(
                    "attribute `{}` of type `{name}` from {} to {}: values that do not fit fail",
                    new.name, types.0, types.1
                );
                found.push(hazard(HazardKind::MayFail, name, message));
            }
            Some(_) => {}
        }
    }
    if !dependents.columns.is_empty() {
        found.extend(columns_rewritten(
            dependents,
            &format!("an attribute of type `{name}` gets another type"),
        ));
    }
    found
}

/// A stored generated column, an identity and a volatile default are computed for every row; any other default is not
/// written into the rows (PostgreSQL docs, "ALTER TABLE", notes).
fn column_added(dialect: Dialect, table: &QualifiedName, column: &Column) -> Vec<Hazard> {
    let mut found = Vec::new();
    let object = format!("{table}.{}", column.name);
    let stored = column.computed.as_ref().is_some_and(|computed| computed.persisted);
    let default = column.server_default.as_ref().map(|default| default.for_dialect(dialect));
    let volatile =
        default.is_some_and(|sql| VOLATILE.iter().any(|function| mentions(dialect, sql, function)));
    if dialect == Dialect::Postgresql && (stored || volatile || column.identity.is_some()) {
        let message = format!("adding column `{object}` computes it for every row and writes the table anew");
        found.push(hazard(HazardKind::TableRewrite, &object, message));
    }
    if !column.nullable && !gives_value(column) && column.backfill.is_none() {
        let message = format!("column `{object}` is NOT NULL without a value for the rows there are");
        found.push(hazard(HazardKind::MayFail, object, message));
    }
    found
}

/// Functions that people give as defaults and that PostgreSQL marks volatile (`pg_proc.provolatile`).
const VOLATILE: [&str; 5] = ["nextval", "random", "gen_random_uuid", "uuid_generate_v4", "clock_timestamp"];

fn column_altered(dialect: Dialect, table: &QualifiedName, from: &Column, to: &Column) -> Vec<Hazard> {
    let object = format!("{table}.{}", to.name);
    let mut found = Vec::new();
    if from.sql_type != to.sql_type {
        let change =
            format!("{} to {}", type_text(dialect, &from.sql_type), type_text(dialect, &to.sql_type));
        if dialect == Dialect::Postgresql && narrows(&from.sql_type, &to.sql_type) {
            let message = format!("column `{object}` from {change}: values that do not fit fail or are cut");
            found.push(hazard(HazardKind::MayFail, &object, message));
        }
        // SQLite refuses and cuts nothing, but gives a numeric column numbers (SQLite, "Datatypes", type affinity).
        if dialect == Dialect::Sqlite && is_text(&from.sql_type) && is_numeric(&to.sql_type) {
            let message = format!(
                "column `{object}` from {change}: text that reads as a number becomes one, `007` becomes 7"
            );
            found.push(hazard(HazardKind::MayFail, &object, message));
        }
        if rewrites_table(dialect, &from.sql_type, &to.sql_type) {
            let message = format!("column `{object}` from {change} writes table `{table}` anew");
            found.push(hazard(HazardKind::TableRewrite, &object, message));
        }
    }
    if from.nullable && !to.nullable {
        // A backfill or a default is what such rows are given.
        if to.backfill.is_none() && to.server_default.is_none() {
            let message = format!("NOT NULL on column `{object}` fails while a row has no value");
            found.push(hazard(HazardKind::MayFail, &object, message));
        }
        if dialect == Dialect::Postgresql {
            let message =
                format!("NOT NULL on column `{object}` reads table `{table}` under an exclusive lock");
            found.push(hazard(HazardKind::LongLock, &object, message));
        }
    }
    found
}

fn is_text(sql_type: &SqlType) -> bool {
    matches!(sql_type, SqlType::String { .. } | SqlType::Char { .. } | SqlType::Text)
}

fn is_numeric(sql_type: &SqlType) -> bool {
    use SqlType::*;
    matches!(sql_type, SmallInteger | Integer | BigInteger | Numeric { .. } | Real | Double | Boolean)
}

fn type_text(dialect: Dialect, sql_type: &SqlType) -> String {
    type_name(dialect, sql_type).unwrap_or_else(|_| format!("{sql_type:?}"))
}

/// Rows that are there are checked, under a lock (PostgreSQL docs, "ALTER TABLE", ADD table_constraint).
fn constraint_added(
    dialect: Dialect,
    table: &QualifiedName,
    constraint: &Constraint,
    around: &Surroundings<'_>,
) -> Vec<Hazard> {
    let harmless = match constraint {
        Constraint::PrimaryKey(pk) => pk.columns.iter().any(|c| around.is_distinct(table, c)),
        Constraint::Unique(unique) => unique.columns.iter().any(|c| around.is_distinct(table, c)),
        Constraint::ForeignKey(fk) => fk.not_valid || fk.columns.iter().any(|c| around.is_empty(table, c)),
        Constraint::Check(check) => check.not_valid,
        Constraint::Exclude(_) => false,
    };
    let label = label(constraint);
    let mut found = Vec::new();
    if !harmless && !around.was_kept(table, constraint) {
        let message = format!("{label} of table `{table}` fails while {}", problem(constraint));
        found.push(hazard(HazardKind::MayFail, table, message));
    }
    if dialect == Dialect::Postgresql && !constraint.is_not_valid() {
        let message = format!("{label} keeps writers of table `{table}` out while its rows are checked");
        found.push(hazard(HazardKind::LongLock, table, message));
    }
    found
}

/// What keeps rows from meeting a constraint.
fn problem(constraint: &Constraint) -> &'static str {
    match constraint {
        Constraint::PrimaryKey(_) | Constraint::Unique(_) => "two rows are equal in it",
        Constraint::ForeignKey(_) => "a row refers to nothing",
        Constraint::Check(_) => "a row contradicts it",
        Constraint::Exclude(_) => "two rows exclude each other",
    }
}

fn index_created(
    dialect: Dialect,
    table: &QualifiedName,
    index: &Index,
    around: &Surroundings<'_>,
) -> Vec<Hazard> {
    let name = index.name.as_deref().unwrap_or_default();
    let mut found = Vec::new();
    if index.unique && !around.was_unique(table, index) {
        let message =
            format!("unique index `{name}` of table `{table}` fails while two rows are equal in it");
        found.push(hazard(HazardKind::MayFail, table, message));
    }
    if dialect == Dialect::Postgresql {
        let message = format!("index `{name}` keeps writers of table `{table}` out while it is built");
        found.push(hazard(HazardKind::LongLock, table, message));
    }
    found
}

fn table_rebuilt(dialect: Dialect, rebuild: &TableRebuild) -> Vec<Hazard> {
    let name = &rebuild.to.name;
    let before = MetaData::new().table(rebuild.from.clone());
    let after = MetaData::new().table(rebuild.to.clone());
    let mut found = vec![hazard(HazardKind::TableRewrite, name, format!("table `{name}` is written anew"))];
    found.extend(hazards(dialect, &compare(dialect, &before, &after)));
    found
}

fn label(constraint: &Constraint) -> String {
    let kind = match constraint {
        Constraint::PrimaryKey(_) => "primary key",
        Constraint::ForeignKey(_) => "foreign key",
        Constraint::Unique(_) => "unique constraint",
        Constraint::Check(_) => "check constraint",
        Constraint::Exclude(_) => "exclusion constraint",
    };
    constraint.name().map_or_else(|| format!("an unnamed {kind}"), |name| format!("{kind} `{name}`"))
}
