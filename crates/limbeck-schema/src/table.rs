//! Tables.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    CheckConstraint, Column, Constraint, ExcludeConstraint, ForeignKey, Index, PrimaryKey, QualifiedName,
    UniqueConstraint,
};

/// A table with everything that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// The name.
    #[serde(flatten)]
    pub name: QualifiedName,
    /// The columns in declaration order. Their order in an existing database is never compared: changing it would
    /// need a table rebuild for no gain.
    #[serde(default)]
    pub columns: Vec<Column>,
    /// The primary key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_key: Option<PrimaryKey>,
    /// The foreign keys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub foreign_keys: Vec<ForeignKey>,
    /// The unique constraints.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uniques: Vec<UniqueConstraint>,
    /// The check constraints.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<CheckConstraint>,
    /// The exclusion constraints.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excludes: Vec<ExcludeConstraint>,
    /// The indexes that are not made by a constraint.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub indexes: Vec<Index>,
    /// The comment stored in the database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Options of particular dialects.
    #[serde(default, skip_serializing_if = "TableOptions::is_default")]
    pub options: TableOptions,
    /// The table's former name; a difference is then a rename, not a drop and an add. Never compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renamed_from: Option<String>,
}

impl Table {
    /// Gives back the room that lists took for growing; in a large schema that is a third of it.
    pub fn shrink_to_fit(&mut self) {
        self.columns.shrink_to_fit();
        self.foreign_keys.shrink_to_fit();
        self.uniques.shrink_to_fit();
        self.checks.shrink_to_fit();
        self.excludes.shrink_to_fit();
        self.indexes.shrink_to_fit();
    }

    /// A table without columns.
    pub fn new(name: impl Into<QualifiedName>) -> Self {
        Self {
            name: name.into(),
            columns: Vec::new(),
            primary_key: None,
            foreign_keys: Vec::new(),
            uniques: Vec::new(),
            checks: Vec::new(),
            excludes: Vec::new(),
            indexes: Vec::new(),
            comment: None,
            options: TableOptions::default(),
            renamed_from: None,
        }
    }

    /// The same table with one more column.
    #[must_use]
    pub fn with_column(mut self, column: Column) -> Self {
        self.columns.push(column);
        self
    }

    /// The same table with a primary key on the given columns.
    #[must_use]
    pub fn with_primary_key<C: Into<String>>(mut self, columns: impl IntoIterator<Item = C>) -> Self {
        self.primary_key = Some(PrimaryKey::new(columns));
        self
    }

    /// The same table with one more constraint; a second primary key replaces the first.
    #[must_use]
    pub fn with_constraint(mut self, constraint: Constraint) -> Self {
        self.add_constraint(constraint);
        self
    }

    /// The same table with one more index.
    #[must_use]
    pub fn with_index(mut self, index: Index) -> Self {
        self.indexes.push(index);
        self
    }

    /// Adds a constraint; a second primary key replaces the first.
    pub fn add_constraint(&mut self, constraint: Constraint) {
        match constraint {
            Constraint::PrimaryKey(c) => self.primary_key = Some(c),
            Constraint::ForeignKey(c) => self.foreign_keys.push(c),
            Constraint::Unique(c) => self.uniques.push(c),
            Constraint::Check(c) => self.checks.push(c),
            Constraint::Exclude(c) => self.excludes.push(c),
        }
    }

    /// Every constraint: the primary key, then foreign keys, uniques, checks and exclusion constraints in declaration
    /// order.
    pub fn constraints(&self) -> impl Iterator<Item = Constraint> + '_ {
        let primary = self.primary_key.iter().cloned().map(Constraint::PrimaryKey);
        let foreign = self.foreign_keys.iter().cloned().map(Constraint::ForeignKey);
        let unique = self.uniques.iter().cloned().map(Constraint::Unique);
        let check = self.checks.iter().cloned().map(Constraint::Check);
        let exclude = self.excludes.iter().cloned().map(Constraint::Exclude);
        primary.chain(foreign).chain(unique).chain(check).chain(exclude)
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name == name)
    }

    /// The column of that name, to change.
    pub fn column_mut(&mut self, name: &str) -> Option<&mut Column> {
        self.columns.iter_mut().find(|c| c.name == name)
    }

    /// Whether the primary key is exactly this one column.
    pub fn is_sole_primary_key(&self, column: &str) -> bool {
        self.primary_key
            .as_ref()
            .is_some_and(|pk| pk.columns.len() == 1 && pk.columns.iter().any(|c| c == column))
    }
}

/// Options that only particular dialects have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableOptions {
    /// PostgreSQL's.
    #[serde(default, skip_serializing_if = "PostgresqlTableOptions::is_default")]
    pub postgresql: PostgresqlTableOptions,
    /// SQLite's.
    #[serde(default, skip_serializing_if = "SqliteTableOptions::is_default")]
    pub sqlite: SqliteTableOptions,
}

impl TableOptions {
    /// Whether no option is set.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// PostgreSQL's table options.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostgresqlTableOptions {
    /// `UNLOGGED`: faster, and emptied by a crash.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unlogged: bool,
    /// `WITH (…)`: storage parameters.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub with: BTreeMap<String, String>,
    /// The table access method, `None` for `heap`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub using: Option<String>,
    /// The tablespace, `None` for the database's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tablespace: Option<String>,
    /// `PARTITION BY`: strategy and key as text, for example `RANGE (created_at)`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition_by: Option<String>,
    /// `INHERITS (…)`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inherits: Vec<QualifiedName>,
    /// `PARTITION OF …`: the table is a partition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition_of: Option<PartitionOf>,
    /// Whether row-level-security policies are in force.
    #[serde(default, skip_serializing_if = "RowSecurity::is_default")]
    pub row_security: RowSecurity,
}

impl PostgresqlTableOptions {
    /// Whether no option is set.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Which rows of a partitioned table are in a partition.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PartitionOf {
    /// The partitioned table.
    pub parent: QualifiedName,
    /// `FOR VALUES …` or `DEFAULT`, as the server prints it.
    pub bound: String,
}

/// Whether a table's policies are in force (PostgreSQL docs, "Row Security Policies").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowSecurity {
    /// They are not: `DISABLE ROW LEVEL SECURITY`.
    #[default]
    Disabled,
    /// For everyone but the owner: `ENABLE ROW LEVEL SECURITY`.
    Enabled,
    /// For the owner too: `FORCE ROW LEVEL SECURITY` with it.
    Forced,
    /// `FORCE` is set, and waits for `ENABLE`.
    ForcedButDisabled,
}

impl RowSecurity {
    /// Whether it is what `CREATE TABLE` makes.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// SQLite's table options.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SqliteTableOptions {
    /// `STRICT`: values must match the declared types.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub strict: bool,
    /// `WITHOUT ROWID`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub without_rowid: bool,
    /// `AUTOINCREMENT` on the integer primary key: numbers of deleted rows are never used again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub autoincrement: bool,
}

impl SqliteTableOptions {
    /// Whether no option is set.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
