//! Changes of rows.

use super::select::joined;
use super::{ColumnValues, Expr, Join, Name, Query, SelectItem, Source, TableName, With};

/// `INSERT`.
#[derive(Clone, Debug, PartialEq)]
pub struct Insert {
    /// Common table expressions.
    pub with: With,
    /// The table.
    pub table: TableName,
    /// Its name within the statement.
    pub alias: Option<Name>,
    /// The columns that get values; those of [`InsertSource::Columns`] stand there.
    pub columns: Vec<Name>,
    /// Where the rows come from.
    pub source: InsertSource,
    /// Whether values may be given for identity columns that are always numbered by the database. SQLite needs no word
    /// for it.
    pub overriding: Option<Overriding>,
    /// What is done with a row that is there already.
    pub on_conflict: Option<OnConflict>,
    /// What is given back of the rows.
    pub returning: Vec<SelectItem>,
}

/// Where inserted rows come from.
#[derive(Clone, Debug, PartialEq)]
pub enum InsertSource {
    /// One row of defaults.
    Defaults,
    /// Rows of expressions.
    Rows(Vec<Vec<Expr>>),
    /// Columns of values: one parameter each on PostgreSQL, so that the text is the same for any number of rows.
    Columns(Vec<ColumnValues>),
    /// A query.
    Query(Box<Query>),
}

/// `OVERRIDING … VALUE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overriding {
    /// The given values count.
    System,
    /// The database's numbers count.
    User,
}

/// `ON CONFLICT`.
#[derive(Clone, Debug, PartialEq)]
pub struct OnConflict {
    /// Which conflict; any if missing.
    pub target: Option<ConflictTarget>,
    /// What is done.
    pub action: ConflictAction,
}

/// Which conflict is meant.
#[derive(Clone, Debug, PartialEq)]
pub enum ConflictTarget {
    /// That of the unique index on columns or expressions, with its predicate when it is a partial one.
    Index {
        /// The keys.
        keys: Vec<Expr>,
        /// The predicate.
        predicate: Option<Expr>,
    },
    /// That of a constraint, by name (PostgreSQL).
    Constraint(Name),
}

/// What is done with a row that is there already.
#[derive(Clone, Debug, PartialEq)]
pub enum ConflictAction {
    /// The new row is left out.
    Nothing,
    /// The row that is there is changed.
    Update {
        /// The columns and their values; `excluded` is the new row.
        set: Vec<(Name, Expr)>,
        /// Whether it is changed at all.
        filter: Option<Expr>,
    },
}

/// `UPDATE`.
#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    /// Common table expressions.
    pub with: With,
    /// The table.
    pub table: TableName,
    /// Its name within the statement.
    pub alias: Option<Name>,
    /// The columns and their values.
    pub set: Vec<(Name, Expr)>,
    /// Other sources that the values come from.
    pub from: Vec<Source>,
    /// What is joined to the last of them.
    pub joins: Vec<Join>,
    /// Which rows; all if missing.
    pub filter: Option<Expr>,
    /// What is given back of the rows.
    pub returning: Vec<SelectItem>,
}

/// `DELETE`.
#[derive(Clone, Debug, PartialEq)]
pub struct Delete {
    /// Common table expressions.
    pub with: With,
    /// The table.
    pub table: TableName,
    /// Its name within the statement.
    pub alias: Option<Name>,
    /// Other sources that the condition is about.
    pub using: Vec<Source>,
    /// Which rows; all if missing.
    pub filter: Option<Expr>,
    /// What is given back of the rows.
    pub returning: Vec<SelectItem>,
}

impl Insert {
    /// An insert of one row of defaults, to be changed.
    pub fn into(table: impl Into<TableName>) -> Self {
        Self {
            with: With::default(),
            table: table.into(),
            alias: None,
            columns: Vec::new(),
            source: InsertSource::Defaults,
            overriding: None,
            on_conflict: None,
            returning: Vec::new(),
        }
    }

    /// The name by which the statement knows the table.
    pub fn name(&self) -> &str {
        self.alias.as_ref().unwrap_or(&self.table.name)
    }
}

impl Update {
    /// An update of all rows, to be changed.
    pub fn table(table: impl Into<TableName>) -> Self {
        Self {
            with: With::default(),
            table: table.into(),
            alias: None,
            set: Vec::new(),
            from: Vec::new(),
            joins: Vec::new(),
            filter: None,
            returning: Vec::new(),
        }
    }

    /// The name by which the statement knows the table.
    pub fn name(&self) -> &str {
        self.alias.as_ref().unwrap_or(&self.table.name)
    }

    /// Sets one more column.
    #[must_use]
    pub fn set(mut self, column: impl Into<Name>, value: Expr) -> Self {
        self.set.push((column.into(), value));
        self
    }

    /// Only rows for which the condition holds, besides the conditions before it.
    #[must_use]
    pub fn filter(mut self, condition: Expr) -> Self {
        self.filter = Some(joined(self.filter.take(), condition));
        self
    }

    /// An update of many rows, each with its own values: rows are found by the first columns, as many as `key` says,
    /// and get the others.
    pub fn rows(table: impl Into<TableName>, columns: Vec<ColumnValues>, key: usize) -> Self {
        const NEW: &str = "new_values";
        let table = table.into();
        let own = table.name.clone();
        let value = |column: &ColumnValues| Expr::column(NEW, column.name.clone());
        let keys = columns.iter().take(key);
        let same = keys.map(|column| Expr::column(own.clone(), column.name.clone()).equal(value(column)));
        let filter = Some(Expr::All(same.collect()));
        let set = columns.iter().skip(key).map(|column| (column.name.clone(), value(column))).collect();
        Self { set, filter, from: vec![Source::values(columns, NEW)], ..Self::table(table) }
    }
}

impl Delete {
    /// A delete of all rows, to be changed.
    pub fn from(table: impl Into<TableName>) -> Self {
        Self {
            with: With::default(),
            table: table.into(),
            alias: None,
            using: Vec::new(),
            filter: None,
            returning: Vec::new(),
        }
    }

    /// The name by which the statement knows the table.
    pub fn name(&self) -> &str {
        self.alias.as_ref().unwrap_or(&self.table.name)
    }

    /// Only rows for which the condition holds, besides the conditions before it.
    #[must_use]
    pub fn filter(mut self, condition: Expr) -> Self {
        self.filter = Some(joined(self.filter.take(), condition));
        self
    }
}
