//! What may have been renamed where the model does not say so, and what it says in two ways.
//!
//! A rename cannot be told from a drop and an add, so nothing here is ever done by itself: candidates are for a person
//! to choose from, or for a remark in a script.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use limbeck_schema::{
    Attribute, Column, CompositeType, Dialect, Domain, EnumType, MetaData, QualifiedName, Table,
};

use crate::rename::after_renames;

/// Something that may have, or declares, a former name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Renamed {
    /// A table.
    Table(QualifiedName),
    /// A column.
    Column {
        /// Its table.
        table: QualifiedName,
        /// Its name.
        column: String,
    },
    /// A domain.
    Domain(QualifiedName),
    /// A composite type.
    Composite(QualifiedName),
    /// An attribute of a composite type.
    Attribute {
        /// The type.
        composite: QualifiedName,
        /// Its name.
        attribute: String,
    },
    /// A value of an enum type.
    EnumValue {
        /// The type.
        enum_type: QualifiedName,
        /// The value.
        value: String,
    },
}

impl Renamed {
    /// Its name, without what it belongs to.
    pub fn name(&self) -> &str {
        match self {
            Renamed::Table(name) | Renamed::Domain(name) | Renamed::Composite(name) => &name.name,
            Renamed::Attribute { attribute, .. } => attribute,
            Renamed::Column { column, .. } => column,
            Renamed::EnumValue { value, .. } => value,
        }
    }
}

impl fmt::Display for Renamed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Renamed::Table(table) => write!(f, "table `{table}`"),
            Renamed::Column { table, column } => write!(f, "column `{table}.{column}`"),
            Renamed::Domain(name) => write!(f, "domain `{name}`"),
            Renamed::Composite(name) => write!(f, "composite type `{name}`"),
            Renamed::Attribute { composite, attribute } => {
                write!(f, "attribute `{composite}.{attribute}`")
            }
            Renamed::EnumValue { enum_type, value } => {
                write!(f, "value `{value}` of enum type `{enum_type}`")
            }
        }
    }
}

/// Something new, and what it may have been called before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenameCandidate {
    /// What is new.
    pub object: Renamed,
    /// The names of what goes at the same time and is like it, the most likely first.
    pub former: Vec<String>,
}

/// A rename that is declared twice: of one thing only one can come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AmbiguousRename {
    /// The former name.
    pub former: String,
    /// All that declare it.
    pub claimed_by: Vec<Renamed>,
}

/// What is new in `to` while something like it goes from `from`: tables by their columns and name, columns by type and
/// name, domains and composite types in the same way, enum values by name and place. Constraints and indexes are not among them: those are compared by content.
///
/// Declared renames are done before. Columns of a renamed table can only be told once the table's rename is declared:
/// ask again after [`declare_rename`].
///
/// ```
/// use limbeck_diff::rename_candidates;
/// use limbeck_schema::{Column, Dialect, MetaData, SqlType, Table};
/// let before = MetaData::new().table(Table::new("t").with_column(Column::new("surname", SqlType::Text)));
/// let after = MetaData::new().table(Table::new("t").with_column(Column::new("last_name", SqlType::Text)));
/// let found = rename_candidates(Dialect::Sqlite, &before, &after);
/// assert_eq!(found[0].object.to_string(), "column `t.last_name`");
/// assert_eq!(found[0].former, ["surname"]);
/// ```
pub fn rename_candidates(dialect: Dialect, from: &MetaData, to: &MetaData) -> Vec<RenameCandidate> {
    let from = after_renames(dialect, from, to);
    let before: BTreeMap<_, _> = from.tables.iter().map(|table| (&table.name, table)).collect();
    let after: BTreeMap<_, _> = to.tables.iter().map(|table| (&table.name, table)).collect();
    let gone: Vec<&Table> = from.tables.iter().filter(|table| !after.contains_key(&table.name)).collect();
    // Types first: the columns of a renamed one are no others.
    let mut found = type_candidates(&from, to);
    for table in after.values().filter(|table| !before.contains_key(&table.name)) {
        // A table is renamed within its schema.
        let here = gone.iter().filter(|old| old.name.schema == table.name.schema);
        let former = here.map(|old| (old.name.name.as_str(), table_likeness(old, table)));
        found.extend(candidate(Renamed::Table(table.name.clone()), former));
    }
    for (name, table) in &after {
        let Some(old_table) = before.get(name) else { continue };
        let gone: Vec<&Column> =
            old_table.columns.iter().filter(|column| table.column(&column.name).is_none()).collect();
        for column in table.columns.iter().filter(|column| old_table.column(&column.name).is_none()) {
            let former = gone.iter().map(|old| (old.name.as_str(), column_likeness(old, column)));
            let object = Renamed::Column { table: (*name).clone(), column: column.name.clone() };
            found.extend(candidate(object, former));
        }
    }
    for enum_type in &to.enums {
        if let Some(old) = from.find_enum(&enum_type.name) {
            found.extend(value_candidates(old, enum_type));
        }
    }
    found
}

/// Below this two things have too little in common to be asked about.
const LEAST_LIKENESS: f64 = 0.4;

fn candidate<'a>(object: Renamed, former: impl Iterator<Item = (&'a str, f64)>) -> Option<RenameCandidate> {
    let mut former: Vec<_> = former.filter(|(_, likeness)| *likeness >= LEAST_LIKENESS).collect();
    former.sort_by(|(a, left), (b, right)| right.total_cmp(left).then_with(|| a.cmp(b)));
    let former: Vec<String> = former.into_iter().map(|(name, _)| name.to_owned()).collect();
    (!former.is_empty()).then_some(RenameCandidate { object, former })
}

fn name_likeness(left: &str, right: &str) -> f64 {
    strsim::normalized_damerau_levenshtein(left, right)
}

/// Mostly how many of their columns they share.
fn table_likeness(left: &Table, right: &Table) -> f64 {
    let same = |column: &&Column| left.column(&column.name).is_some_and(|c| c.sql_type == column.sql_type);
    let shared = right.columns.iter().filter(same).count();
    let all = left.columns.len() + right.columns.len() - shared;
    let shape = if all == 0 { 1.0 } else { shared as f64 / all as f64 };
    0.75 * shape + 0.25 * name_likeness(&left.name.name, &right.name.name)
}

/// Mostly whether they hold the same kind of values.
fn column_likeness(left: &Column, right: &Column) -> f64 {
    let part = |same: bool, weight: f64| if same { weight } else { 0.0 };
    let generated = |column: &Column| (column.identity.is_some(), column.computed.is_some());
    part(left.sql_type == right.sql_type, 0.4)
        + part(left.nullable == right.nullable && generated(left) == generated(right), 0.1)
        + part(left.server_default == right.server_default, 0.05)
        + 0.45 * name_likeness(&left.name, &right.name)
}

fn type_candidates(from: &MetaData, to: &MetaData) -> Vec<RenameCandidate> {
    let mut found = Vec::new();
    let gone: Vec<&Domain> = from.domains.iter().filter(|d| to.find_domain(&d.name).is_none()).collect();
    for domain in to.domains.iter().filter(|d| from.find_domain(&d.name).is_none()) {
        let here = gone.iter().filter(|old| old.name.schema == domain.name.schema);
        let former = here.map(|old| (old.name.name.as_str(), domain_likeness(old, domain)));
        found.extend(candidate(Renamed::Domain(domain.name.clone()), former));
    }
    let gone: Vec<&CompositeType> =
        from.composites.iter().filter(|c| to.find_composite(&c.name).is_none()).collect();
    for composite in &to.composites {
        let Some(old) = from.find_composite(&composite.name) else {
            let here = gone.iter().filter(|old| old.name.schema == composite.name.schema);
            let former = here.map(|old| (old.name.name.as_str(), composite_likeness(old, composite)));
            found.extend(candidate(Renamed::Composite(composite.name.clone()), former));
            continue;
        };
        let (old, new) = (&old.attributes, &composite.attributes);
        let taken = |former: &str| new.iter().any(|a| a.renamed_from.as_deref() == Some(former));
        let gone: Vec<_> = old.iter().filter(|a| !has(new, &a.name) && !taken(&a.name)).collect();
        let is_declared = |a: &Attribute| a.renamed_from.as_ref().is_some_and(|former| has(old, former));
        for attribute in new.iter().filter(|a| !has(old, &a.name) && !is_declared(a)) {
            let former = gone.iter().map(|old| (old.name.as_str(), attribute_likeness(old, attribute)));
            let (composite, attribute) = (composite.name.clone(), attribute.name.clone());
            found.extend(candidate(Renamed::Attribute { composite, attribute }, former));
        }
    }
    found
}

fn has(attributes: &[Attribute], name: &str) -> bool {
    attributes.iter().any(|attribute| attribute.name == name)
}

fn domain_likeness(left: &Domain, right: &Domain) -> f64 {
    let shape = if left.base_type == right.base_type { 0.5 } else { 0.0 };
    shape + 0.5 * name_likeness(&left.name.name, &right.name.name)
}

fn composite_likeness(left: &CompositeType, right: &CompositeType) -> f64 {
    let shared = right.attributes.iter().filter(|a| has(&left.attributes, &a.name)).count();
    let all = left.attributes.len() + right.attributes.len() - shared;
    let shape = if all == 0 { 1.0 } else { shared as f64 / all as f64 };
    0.75 * shape + 0.25 * name_likeness(&left.name.name, &right.name.name)
}

fn attribute_likeness(left: &Attribute, right: &Attribute) -> f64 {
    let shape = if left.sql_type == right.sql_type { 0.5 } else { 0.0 };
    shape + 0.5 * name_likeness(&left.name, &right.name)
}

fn value_candidates(from: &EnumType, to: &EnumType) -> Vec<RenameCandidate> {
    let declared =
        |old: &String| to.renamed_values.iter().any(|(new, o)| o == old && to.values.contains(new));
    let gone: Vec<(usize, &String)> = from
        .values
        .iter()
        .enumerate()
        .filter(|(_, value)| !to.values.contains(value) && !declared(value))
        .collect();
    let new = to.values.iter().enumerate().filter(|(_, value)| {
        !from.values.contains(value)
            && !to.renamed_values.get(*value).is_some_and(|old| from.values.contains(old))
    });
    let candidates = new.filter_map(|(place, value)| {
        let mut former = gone.clone();
        let likeness = |old: &str| (name_likeness(old, value) * 1000.0) as u32;
        former.sort_by_key(|(old_place, old)| (Reverse(likeness(old)), old_place.abs_diff(place)));
        let former: Vec<String> = former.into_iter().map(|(_, old)| old.clone()).collect();
        let object = Renamed::EnumValue { enum_type: to.name.clone(), value: value.clone() };
        (!former.is_empty()).then_some(RenameCandidate { object, former })
    });
    candidates.collect()
}

/// Writes into the model that something has a former name, as the model itself could have said.
pub fn declare_rename(metadata: &mut MetaData, object: &Renamed, former: &str) {
    let mut tables = metadata.tables.iter_mut();
    match object {
        Renamed::Table(name) => {
            if let Some(table) = tables.find(|table| table.name == *name) {
                table.renamed_from = Some(former.to_owned());
            }
        }
        Renamed::Column { table, column } => {
            let table = tables.find(|t| t.name == *table);
            if let Some(column) = table.and_then(|table| table.column_mut(column)) {
                column.renamed_from = Some(former.to_owned());
            }
        }
        Renamed::Domain(name) => {
            if let Some(domain) = metadata.domains.iter_mut().find(|domain| domain.name == *name) {
                domain.renamed_from = Some(former.to_owned());
            }
        }
        Renamed::Composite(name) => {
            if let Some(composite) = metadata.composites.iter_mut().find(|c| c.name == *name) {
                composite.renamed_from = Some(former.to_owned());
            }
        }
        Renamed::Attribute { composite, attribute } => {
            let composite = metadata.composites.iter_mut().find(|c| c.name == *composite);
            let mut attributes = composite.into_iter().flat_map(|c| &mut c.attributes);
            if let Some(attribute) = attributes.find(|a| a.name == *attribute) {
                attribute.renamed_from = Some(former.to_owned());
            }
        }
        Renamed::EnumValue { enum_type, value } => {
            if let Some(enum_type) = metadata.enums.iter_mut().find(|e| e.name == *enum_type) {
                enum_type.renamed_values.insert(value.clone(), former.to_owned());
            }
        }
    }
}

/// The declared renames that cannot all be done: several new things come from one old one.
///
/// A declaration whose rename has happened already is no concern, nor is one of something that is not there.
pub fn ambiguous_renames(from: &MetaData, to: &MetaData) -> Vec<AmbiguousRename> {
    let mut claims = BTreeMap::<(String, String), Vec<Renamed>>::new();
    let mut claim = |owner: String, former: &str, object: Renamed| {
        claims.entry((owner, former.to_owned())).or_default().push(object);
    };
    let before: BTreeMap<_, _> = from.tables.iter().map(|table| (&table.name, table)).collect();
    let after: BTreeSet<_> = to.tables.iter().map(|table| &table.name).collect();
    for table in &to.tables {
        let former = table.renamed_from.as_ref().map(|former| table.name.with_name(former));
        let renamed = former.filter(|former| {
            !before.contains_key(&table.name) && !after.contains(former) && before.contains_key(former)
        });
        if let Some(former) = &renamed {
            let owner = former.schema.clone().unwrap_or_default();
            claim(owner, &former.name, Renamed::Table(table.name.clone()));
        }
        let Some(old) = before.get(renamed.as_ref().unwrap_or(&table.name)) else { continue };
        for column in &table.columns {
            let Some(former) = &column.renamed_from else { continue };
            let pending = old.column(&column.name).is_none()
                && table.column(former).is_none()
                && old.column(former).is_some();
            if pending {
                let object = Renamed::Column { table: table.name.clone(), column: column.name.clone() };
                claim(format!("column of {}", table.name), former, object);
            }
        }
    }
    for enum_type in &to.enums {
        let Some(old) = from.find_enum(&enum_type.name) else { continue };
        for (value, former) in &enum_type.renamed_values {
            let pending = enum_type.values.contains(value)
                && !old.values.contains(value)
                && !enum_type.values.contains(former)
                && old.values.contains(former);
            if pending {
                let object = Renamed::EnumValue { enum_type: enum_type.name.clone(), value: value.clone() };
                claim(format!("value of {}", enum_type.name), former, object);
            }
        }
    }
    let is_pending = |there: bool, still: bool, was: bool| !there && !still && was;
    for domain in &to.domains {
        let Some(former) = domain.renamed_from.as_ref().map(|name| domain.name.with_name(name)) else {
            continue;
        };
        let there = from.find_domain(&domain.name).is_some();
        if is_pending(there, to.find_domain(&former).is_some(), from.find_domain(&former).is_some()) {
            let owner = format!("domain of {}", former.schema.as_deref().unwrap_or_default());
            claim(owner, &former.name, Renamed::Domain(domain.name.clone()));
        }
    }
    for composite in &to.composites {
        let name = &composite.name;
        let renamed = composite.renamed_from.as_ref().map(|former| name.with_name(former));
        let renamed = renamed.filter(|former| {
            let was = from.find_composite(former).is_some();
            is_pending(from.find_composite(name).is_some(), to.find_composite(former).is_some(), was)
        });
        if let Some(former) = &renamed {
            let owner = format!("composite of {}", former.schema.as_deref().unwrap_or_default());
            claim(owner, &former.name, Renamed::Composite(name.clone()));
        }
        let Some(old) = from.find_composite(renamed.as_ref().unwrap_or(name)) else { continue };
        for attribute in &composite.attributes {
            let Some(former) = &attribute.renamed_from else { continue };
            let (old, new) = (&old.attributes, &composite.attributes);
            if is_pending(has(old, &attribute.name), has(new, former), has(old, former)) {
                let attribute = attribute.name.clone();
                let object = Renamed::Attribute { composite: name.clone(), attribute };
                claim(format!("attribute of {name}"), former, object);
            }
        }
    }
    let several = claims.into_iter().filter(|(_, claimed_by)| claimed_by.len() > 1);
    several.map(|((_, former), claimed_by)| AmbiguousRename { former, claimed_by }).collect()
}
