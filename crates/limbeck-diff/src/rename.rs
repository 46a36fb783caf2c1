//! Renames of tables and columns, and a schema seen through them.

use std::collections::{BTreeMap, BTreeSet};

use limbeck_schema::{
    Dialect, Expression, ForeignKey, Index, IndexTarget, MetaData, Operation, QualifiedName,
    ReferentialAction, Table,
};

use crate::identifiers::rename_columns;

/// What is renamed between two schemas. All keys are names before.
#[derive(Debug, Default)]
pub(crate) struct Renames {
    tables: BTreeMap<QualifiedName, QualifiedName>,
    columns: BTreeMap<QualifiedName, BTreeMap<String, String>>,
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

    pub(crate) fn is_empty(&self) -> bool {
        self.tables.is_empty() && self.columns.is_empty()
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
        tables.chain(columns).collect()
    }
}

/// The renames that `renamed_from` asks for and that have not happened yet: the former name is still there and no
/// longer wanted, the new one is not there.
pub(crate) fn find_renames(from: &MetaData, to: &MetaData) -> Renames {
    let before: BTreeMap<_, _> = from.tables.iter().map(|t| (&t.name, t)).collect();
    let after: BTreeSet<_> = to.tables.iter().map(|t| &t.name).collect();
    let mut renames = Renames::default();
    for table in &to.tables {
        let mut former = &table.name;
        let declared = table.renamed_from.as_ref().map(|name| table.name.with_name(name));
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
            let columns = renamed_columns(existing, table);
            if !columns.is_empty() {
                renames.columns.insert(former.clone(), columns);
            }
        }
    }
    renames
}

fn renamed_columns(from: &Table, to: &Table) -> BTreeMap<String, String> {
    let mut renamed = BTreeMap::new();
    for column in &to.columns {
        if let Some(former) = &column.renamed_from
            && from.column(former).is_some()
            && to.column(former).is_none()
            && from.column(&column.name).is_none()
        {
            renamed.entry(former.clone()).or_insert_with(|| column.name.clone());
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
    for owner in metadata.sequences.iter_mut().filter_map(|s| s.owned_by.as_mut()) {
        owner.column = renames.column(&owner.table, &owner.column);
        owner.table = renames.table(&owner.table);
    }
    metadata
}

fn rename_in_table(dialect: Dialect, table: &mut Table, renames: &Renames) {
    let former = table.name.clone();
    for fk in &mut table.foreign_keys {
        rename_in_foreign_key(fk, &former, renames);
    }
    for parent in &mut table.options.postgresql.inherits {
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
    for Index { elements, include, predicate, .. } in &mut table.indexes {
        names(include);
        predicate.iter_mut().for_each(expression);
        for element in elements {
            match &mut element.target {
                IndexTarget::Column(name) => *name = renames.column(&former, name),
                IndexTarget::Expression(text) => expression(text),
            }
        }
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
