//! Where rows come from: tables, queries, functions, values, and how they are joined.

use limbeck_schema::{QualifiedName, SqlType, Value};

use super::{Call, Delete, Expr, Insert, Name, Query, Select, Update};

/// A table's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableName {
    /// Its schema, or `None` for the connection's default schema.
    pub schema: Option<Name>,
    /// Its name.
    pub name: Name,
}

impl TableName {
    /// A name known at compile time.
    pub const fn fixed(schema: Option<&'static str>, name: &'static str) -> Self {
        let schema = match schema {
            Some(schema) => Some(Name::Borrowed(schema)),
            None => None,
        };
        Self { schema, name: Name::Borrowed(name) }
    }
}

impl From<&'static str> for TableName {
    fn from(name: &'static str) -> Self {
        Self::fixed(None, name)
    }
}

impl From<String> for TableName {
    fn from(name: String) -> Self {
        Self { schema: None, name: name.into() }
    }
}

impl From<QualifiedName> for TableName {
    fn from(name: QualifiedName) -> Self {
        Self { schema: name.schema.map(Name::Owned), name: name.name.into() }
    }
}

/// Something to select from.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// What it is.
    pub kind: SourceKind,
    /// Its name in the query; the table's own name if missing.
    pub alias: Option<Name>,
    /// Names for its columns.
    pub columns: Vec<Name>,
    /// Whether it may refer to the sources before it.
    pub lateral: bool,
    /// A part of the table's rows, taken at random.
    pub sample: Option<Sample>,
}

/// What a source is.
#[derive(Clone, Debug, PartialEq)]
pub enum SourceKind {
    /// A table, a view or a common table expression.
    Table(TableName),
    /// A query.
    Query(Box<Query>),
    /// A function that gives rows.
    Function(Box<Call>),
    /// Columns of values: one parameter each on PostgreSQL, so that the text is the same for any number of rows.
    Values(Vec<ColumnValues>),
}

/// `TABLESAMPLE`.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// The method: `BERNOULLI` or `SYSTEM`.
    pub method: Name,
    /// How many of a hundred.
    pub percent: f64,
    /// What makes the same sample come again.
    pub seed: Option<f64>,
}

/// The values of one column, for many rows.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnValues {
    /// The column's name.
    pub name: Name,
    /// Its type; an enum type or a domain by its name.
    pub sql_type: SqlType,
    /// One value for each row.
    pub values: Vec<Value>,
}

impl Source {
    fn of(kind: SourceKind, alias: Option<Name>) -> Self {
        Self { kind, alias, columns: Vec::new(), lateral: false, sample: None }
    }

    /// A table, a view or a common table expression.
    pub fn table(name: impl Into<TableName>) -> Self {
        Self::of(SourceKind::Table(name.into()), None)
    }

    /// A query under a name.
    pub fn query(query: impl Into<Query>, alias: impl Into<Name>) -> Self {
        Self::of(SourceKind::Query(Box::new(query.into())), Some(alias.into()))
    }

    /// A function that gives rows, under a name.
    pub fn function(call: Call, alias: impl Into<Name>) -> Self {
        Self::of(SourceKind::Function(Box::new(call)), Some(alias.into()))
    }

    /// Columns of values under a name.
    pub fn values(columns: Vec<ColumnValues>, alias: impl Into<Name>) -> Self {
        Self::of(SourceKind::Values(columns), Some(alias.into()))
    }

    /// The same source under another name.
    #[must_use]
    pub fn alias(mut self, alias: impl Into<Name>) -> Self {
        self.alias = Some(alias.into());
        self
    }

    /// The same source with names for its columns.
    #[must_use]
    pub fn columns<N: Into<Name>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.columns = names.into_iter().map(Into::into).collect();
        self
    }

    /// The same source, which may refer to those before it.
    #[must_use]
    pub fn lateral(mut self) -> Self {
        self.lateral = true;
        self
    }

    /// The name by which its columns are called.
    pub fn name(&self) -> &str {
        match (&self.alias, &self.kind) {
            (Some(alias), _) => alias,
            (None, SourceKind::Table(table)) => &table.name,
            (None, SourceKind::Function(call)) => &call.name,
            (None, _) => "",
        }
    }
}

impl From<TableName> for Source {
    fn from(name: TableName) -> Self {
        Self::table(name)
    }
}

impl From<&'static str> for Source {
    fn from(name: &'static str) -> Self {
        Self::table(name)
    }
}

/// A source that is joined to those before it.
#[derive(Clone, Debug, PartialEq)]
pub struct Join {
    /// How.
    pub kind: JoinKind,
    /// What.
    pub source: Source,
    /// On which condition; a cross join has none.
    pub on: Option<Expr>,
}

/// How sources are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinKind {
    /// Pairs that meet the condition.
    Inner,
    /// And rows of the left side without a pair.
    Left,
    /// And rows of the right side without a pair.
    Right,
    /// And rows of both sides without a pair.
    Full,
    /// All pairs.
    Cross,
}

/// The common table expressions of a statement.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct With {
    /// Whether they may refer to themselves.
    pub recursive: bool,
    /// The expressions, each of which can use those before it.
    pub ctes: Vec<Cte>,
}

/// A common table expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Cte {
    /// Its name.
    pub name: Name,
    /// Names for its columns.
    pub columns: Vec<Name>,
    /// Whether it is computed once, or folded into the query; the server decides if missing.
    pub materialized: Option<bool>,
    /// The statement behind it.
    pub statement: Statement,
}

impl Cte {
    /// A statement under a name.
    pub fn new(name: impl Into<Name>, statement: impl Into<Statement>) -> Self {
        Self { name: name.into(), columns: Vec::new(), materialized: None, statement: statement.into() }
    }
}

/// Any statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Statement {
    /// A query.
    Query(Box<Query>),
    /// An insert.
    Insert(Box<Insert>),
    /// An update.
    Update(Box<Update>),
    /// A delete.
    Delete(Box<Delete>),
}

impl<Q: Into<Query>> From<Q> for Statement {
    fn from(query: Q) -> Self {
        Statement::Query(Box::new(query.into()))
    }
}

impl From<Insert> for Statement {
    fn from(insert: Insert) -> Self {
        Statement::Insert(Box::new(insert))
    }
}

impl From<Update> for Statement {
    fn from(update: Update) -> Self {
        Statement::Update(Box::new(update))
    }
}

impl From<Delete> for Statement {
    fn from(delete: Delete) -> Self {
        Statement::Delete(Box::new(delete))
    }
}

impl From<Select> for Query {
    fn from(select: Select) -> Self {
        Query::Select(Box::new(select))
    }
}
