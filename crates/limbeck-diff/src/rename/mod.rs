//! Renames of tables and columns, and a schema seen through them.

mod entities;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use limbeck_schema::{
    Dialect, EntityId, ExcludeConstraint, Expression, ForeignKey, Index, IndexElement, IndexTarget, MetaData,
    Operation, QualifiedName, ReferentialAction, SqlType, Table,
};

pub(crate) use entities::adopt_labels;

use crate::identifiers::{rename_cast, rename_columns};

/// What is renamed between two schemas. All keys are names before.
#[derive(Debug, Default)]
pub(crate) struct Renames {
    tables: BTreeMap<QualifiedName, QualifiedName>,
    columns: BTreeMap<QualifiedName, BTreeMap<String, String>>,
    domains: BTreeMap<QualifiedName, QualifiedName>,
    composites: BTreeMap<QualifiedName, QualifiedName>,
    entities: BTreeMap<EntityId, String>,
}

impl Renames {
    /// The rename of one table.
    pub(crate) fn of_table(name: &QualifiedName, to: &str) -> Self {
        Self { tables: BTreeMap::from([(name.clone(), name.with_name(to))]), ..Self::default() }
    }

    /// The rename of one column.
    pub(crate) fn of_column(table: &QualifiedName, from: &str, to: &str) -> Self {
        let columns = BTreeMap::from([(from.to_owned(), to.to_owned())]);
        Self { columns: BTreeMap::from([(table.clone(), columns)]), ..Self::default() }
    }

    /// The rename of one domain.
    pub(crate) fn of_domain(name: &QualifiedName, to: &str) -> Self {
        Self { domains: BTreeMap::from([(name.clone(), name.with_name(to))]), ..Self::default() }
    }

    /// The rename of one composite type.
    pub(crate) fn of_composite(name: &QualifiedName, to: &str) -> Self {
        Self { composites: BTreeMap::from([(name.clone(), name.with_name(to))]), ..Self::default() }
    }

    /// The rename of one entity.
    pub(crate) fn of_entity(id: &EntityId, to: &str) -> Self {
        Self { entities: BTreeMap::from([(id.clone(), to.to_owned())]), ..Self::default() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.tables.is_empty()
            && self.columns.is_empty()
            && self.domains.is_empty()
            && self.composites.is_empty()
            && self.entities.is_empty()
    }

    fn table(&self, name: &QualifiedName) -> QualifiedName {
        self.tables.get(name).unwrap_or(name).clone()
    }

    fn column(&self, table: &QualifiedName, column: &str) -> String {
        self.columns.get(table).and_then(|c| c.get(column)).map_or(column, String::as_str).to_owned()
    }

    /// The operations that do the renaming. Tables come first, columns are then named by their table's new name.
    pub(crate) fn operations(&self) -> Vec<Operation> {
        let tables = self
            .tables
            .iter()
            .map(|(from, to)| Operation::RenameTable { name: from.clone(), to: to.name.clone() });
        let columns = self.columns.iter().flat_map(|(table, columns)| {
            columns.iter().map(|(from, to)| Operation::RenameColumn {
                table: self.table(table),
                from: from.clone(),
                to: to.clone(),
            })
        });
        let domains = self
            .domains
            .iter()
            .map(|(from, to)| Operation::RenameDomain { name: from.clone(), to: to.name.clone() });
        let composites = self
            .composites
            .iter()
            .map(|(from, to)| Operation::RenameComposite { name: from.clone(), to: to.name.clone() });
        // What is on a table is by then on the table of its new name.
        let entities = self.entities.iter().map(|(id, to)| {
            let on = id.on.as_ref().map(|table| self.table(table));
            Operation::RenameEntity { id: EntityId { on, ..id.clone() }, to: to.clone() }
        });
        domains.chain(composites).chain(tables).chain(columns).chain(entities).collect()
    }
}

/// The schema `from` after the renames that `to` declares: what the rest of a comparison starts from.
///
/// ```
/// use limbeck_diff::after_renames;
/// use limbeck_schema::{Column, Dialect, MetaData, SqlType, Table};
/// let before = MetaData::new().table(Table::new("t").with_column(Column::new("a", SqlType::Text)));
/// let after = MetaData::new()
///     .table(Table::new("t").with_column(Column::new("b", SqlType::Text).renamed_from("a")));
/// assert!(after_renames(Dialect::Postgresql, &before, &after).tables[0].column("b").is_some());
/// ```
pub fn after_renames<'a>(dialect: Dialect, from: &'a MetaData, to: &MetaData) -> Cow<'a, MetaData> {
    let renames = find_renames(dialect, from, to);
    if renames.is_empty() { Cow::Borrowed(from) } else { Cow::Owned(apply_renames(dialect, from, &renames)) }
}

/// The renames that `renamed_from` asks for and that have not happened yet: the former name is still there and no
/// longer wanted, the new one is not there. On SQLite also those to the same name in another case: the two are one name
/// there, which nothing else can have (SQLite docs, "SQLite Keywords" and "Quirks").
pub(crate) fn find_renames(dialect: Dialect, from: &MetaData, to: &MetaData) -> Renames {
    let before: BTreeMap<_, _> = from.tables.iter().map(|t| (&t.name, t)).collect();
    let after: BTreeSet<_> = to.tables.iter().map(|t| &t.name).collect();
    let folded = names_in_another_case(dialect, before.keys().map(|name| name.name.as_str()));
    let mut renames = Renames::default();
    for table in &to.tables {
        let mut former = &table.name;
        let other_case = folded.get(&table.name.name.to_ascii_lowercase()).copied();
        let declared = other_case.or(table.renamed_from.as_deref()).map(|name| table.name.with_name(name));
        if let Some(declared) = &declared
            && !before.contains_key(&table.name)
            && !after.contains(declared)
            && before.contains_key(declared)
            && !renames.tables.contains_key(declared)
        {
            renames.tables.insert(declared.clone(), table.name.clone());
            former = declared;
        }
        if let Some(existing) = before.get(former) {
            let columns = renamed_columns(dialect, existing, table);
            if !columns.is_empty() {
                renames.columns.insert(former.clone(), columns);
            }
        }
    }
    let domain = |name: &QualifiedName| (from.find_domain(name).is_some(), to.find_domain(name).is_some());
    renames.domains = renamed_types(to.domains.iter().map(|d| (&d.name, &d.renamed_from)), domain);
    let composite =
        |name: &QualifiedName| (from.find_composite(name).is_some(), to.find_composite(name).is_some());
    renames.composites = renamed_types(to.composites.iter().map(|c| (&c.name, &c.renamed_from)), composite);
    if dialect == Dialect::Postgresql {
        renames.entities = entities::find(from, to, &renames);
    }
    renames
}

/// Names by their lower case, where case does not tell names apart.
fn names_in_another_case<'a>(
    dialect: Dialect,
    names: impl Iterator<Item = &'a str>,
) -> BTreeMap<String, &'a str> {
    match dialect {
        Dialect::Postgresql => BTreeMap::new(),
        Dialect::Sqlite => names.map(|name| (name.to_ascii_lowercase(), name)).collect(),
    }
}

/// Types with a former name that is still there; `exists` says whether a name is there before and after.
fn renamed_types<'a>(
    declared: impl Iterator<Item = (&'a QualifiedName, &'a Option<String>)>,
    exists: impl Fn(&QualifiedName) -> (bool, bool),
) -> BTreeMap<QualifiedName, QualifiedName> {
    let mut renamed = BTreeMap::new();
    for (name, former) in declared {
        let Some(former) = former.as_ref().map(|former| name.with_name(former)) else { continue };
        if exists(&former) == (true, false) && exists(name) == (false, true) {
            renamed.entry(former).or_insert_with(|| name.clone());
        }
    }
    renamed
}

fn renamed_columns(dialect: Dialect, from: &Table, to: &Table) -> BTreeMap<String, String> {
    let mut renamed = BTreeMap::new();
    let mut folded = None;
    for column in to.columns.iter().filter(|column| from.column(&column.name).is_none()) {
        let folded = folded.get_or_insert_with(|| {
            names_in_another_case(dialect, from.columns.iter().map(|c| c.name.as_str()))
        });
        let other_case = folded.get(&column.name.to_ascii_lowercase()).copied();
        if let Some(former) = other_case.or(column.renamed_from.as_deref())
            && from.column(former).is_some()
            && to.column(former).is_none()
        {
            renamed.entry(former.to_owned()).or_insert_with(|| column.name.clone());
        }
    }
    renamed
}

/// The schema as it is after the renames, before anything else changes. Names of constraints and indexes stay: a
/// database does not rename them along.
pub(crate) fn apply_renames(dialect: Dialect, metadata: &MetaData, renames: &Renames) -> MetaData {
    let mut metadata = metadata.clone();
    for table in &mut metadata.tables {
        rename_in_table(dialect, table, renames);
    }
    for (from, to) in renames.domains.iter().chain(&renames.composites) {
        rename_type(dialect, &mut metadata, from, to);
    }
    for owner in metadata.sequences.iter_mut().filter_map(|s| s.owned_by.as_mut()) {
        owner.column = renames.column(&owner.table, &owner.column);
        owner.table = renames.table(&owner.table);
    }
    entities::rename_in_entities(dialect, &mut metadata, renames);
    metadata
}

/// A type under another name, wherever it is named.
fn rename_type(dialect: Dialect, metadata: &mut MetaData, from: &QualifiedName, to: &QualifiedName) {
    fn in_type(sql_type: &mut SqlType, from: &QualifiedName, to: &QualifiedName) {
        match sql_type {
            SqlType::Domain(name) | SqlType::Composite(name) if name == from => *name = to.clone(),
            SqlType::Array(element) => in_type(element, from, to),
            _ => {}
        }
    }
    let in_text = |expression: &mut Expression| {
        expression.sql = rename_cast(dialect, &expression.sql, from, to);
    };
    for domain in &mut metadata.domains {
        if domain.name == *from {
            domain.name = to.clone();
        }
        in_type(&mut domain.base_type, from, to);
        domain.server_default.iter_mut().for_each(in_text);
        domain.checks.iter_mut().for_each(|check| in_text(&mut check.expression));
    }
    for composite in &mut metadata.composites {
        if composite.name == *from {
            composite.name = to.clone();
        }
        composite.attributes.iter_mut().for_each(|a| in_type(&mut a.sql_type, from, to));
    }
    for table in &mut metadata.tables {
        for column in &mut table.columns {
            in_type(&mut column.sql_type, from, to);
            column.server_default.iter_mut().for_each(in_text);
            column.computed.iter_mut().for_each(|computed| in_text(&mut computed.expression));
        }
        table.checks.iter_mut().for_each(|check| in_text(&mut check.expression));
        let keys = |element: &mut IndexElement| {
            if let IndexTarget::Expression(expression) = &mut element.target {
                in_text(expression);
            }
        };
        for index in &mut table.indexes {
            index.predicate.iter_mut().for_each(in_text);
            index.elements.iter_mut().for_each(keys);
        }
        for exclude in &mut table.excludes {
            exclude.predicate.iter_mut().for_each(in_text);
            exclude.elements.iter_mut().for_each(|element| keys(&mut element.element));
        }
    }
}

fn rename_in_table(dialect: Dialect, table: &mut Table, renames: &Renames) {
    let former = table.name.clone();
    for fk in &mut table.foreign_keys {
        rename_in_foreign_key(fk, &former, renames);
    }
    let options = &mut table.options.postgresql;
    let partitioned = options.partition_of.iter_mut().map(|of| &mut of.parent);
    for parent in options.inherits.iter_mut().chain(partitioned) {
        *parent = renames.table(parent);
    }
    table.name = renames.table(&former);
    let Some(columns) = renames.columns.get(&former) else { return };
    let expression = |expression: &mut Expression| {
        expression.sql = rename_columns(dialect, &expression.sql, columns);
        for (variant, sql) in &mut expression.variants {
            *sql = rename_columns(*variant, sql, columns);
        }
    };
    let names = |list: &mut Vec<String>| list.iter_mut().for_each(|c| *c = renames.column(&former, c));
    for column in &mut table.columns {
        column.name = renames.column(&former, &column.name);
        if let Some(computed) = &mut column.computed {
            expression(&mut computed.expression);
        }
    }
    if let Some(pk) = &mut table.primary_key {
        names(&mut pk.columns);
        names(&mut pk.include);
    }
    for unique in &mut table.uniques {
        names(&mut unique.columns);
        names(&mut unique.include);
    }
    for check in &mut table.checks {
        expression(&mut check.expression);
    }
    let key = |element: &mut IndexElement| match &mut element.target {
        IndexTarget::Column(name) => *name = renames.column(&former, name),
        IndexTarget::Expression(text) => expression(text),
    };
    for Index { elements, include, predicate, .. } in &mut table.indexes {
        names(include);
        predicate.iter_mut().for_each(expression);
        elements.iter_mut().for_each(key);
    }
    for ExcludeConstraint { elements, include, predicate, .. } in &mut table.excludes {
        names(include);
        predicate.iter_mut().for_each(expression);
        elements.iter_mut().for_each(|element| key(&mut element.element));
    }
}

fn rename_in_foreign_key(fk: &mut ForeignKey, table: &QualifiedName, renames: &Renames) {
    let rename = |list: &mut Vec<String>, owner: &QualifiedName| {
        list.iter_mut().for_each(|c| *c = renames.column(owner, c));
    };
    rename(&mut fk.columns, table);
    for action in [&mut fk.on_delete, &mut fk.on_update] {
        if let ReferentialAction::SetNull(columns) | ReferentialAction::SetDefault(columns) = action {
            rename(columns, table);
        }
    }
    rename(&mut fk.referred_columns, &fk.referred_table.clone());
    fk.referred_table = renames.table(&fk.referred_table);
}
