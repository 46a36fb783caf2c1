//! `INSERT`.

use std::collections::BTreeMap;

use limbeck_dialect::query::{
    self, ColumnValues, CompiledSql, ConflictAction, ConflictTarget, Expr, InsertSource, Name, OnConflict,
    Overriding, Query, QueryError, SelectItem,
};
use limbeck_schema::{Dialect, Model, Value};

use super::fetch::{self, DecodeRow};
use crate::selectable::{Expressions, Selectable};
use crate::source::table;
use crate::{
    Column, Executor, Input, IntoCondition, Mapped, ModelDefinition, New, OrmError, Select, ServerMade,
    Stored, Term, Typed, row,
};

/// New rows of a model, to be inserted.
///
/// What all rows leave open is made by the database. Rows that leave different columns open to it are inserted by
/// one statement for each set of columns.
#[must_use = "an insert does nothing until it is executed"]
#[derive(Debug)]
pub struct Insert<M> {
    rows: Rows,
    on_conflict: Option<OnConflict>,
    marker: std::marker::PhantomData<fn() -> M>,
}

#[derive(Clone, Debug)]
enum Rows {
    Given(Vec<Vec<Option<Input>>>),
    Query { columns: Vec<Name>, query: Box<Query> },
}

/// New rows that give something back. It comes in the order in which the rows were given.
#[must_use = "an insert does nothing until it is executed"]
pub struct InsertReturning<M, R> {
    insert: Insert<M>,
    items: Vec<SelectItem>,
    decode: DecodeRow<R>,
}

/// New rows: `insert([Customer::new(…), Customer::new(…)])`.
pub fn insert<M: Stored>(rows: impl IntoIterator<Item = New<M>>) -> Insert<M> {
    Insert {
        rows: Rows::Given(rows.into_iter().map(|row| row.inputs).collect()),
        on_conflict: None,
        marker: std::marker::PhantomData,
    }
}

/// The row that was to be inserted, in [`Conflict::update`]: `excluded(Customer::phone)`.
pub fn excluded<M: Model, T, A>(column: Column<M, T, A>) -> Typed<T> {
    Typed::new(column.of(Name::Borrowed("excluded")))
}

impl<M> Clone for Insert<M> {
    fn clone(&self) -> Self {
        Self {
            rows: self.rows.clone(),
            on_conflict: self.on_conflict.clone(),
            marker: std::marker::PhantomData,
        }
    }
}

impl<M: Mapped> Insert<M> {
    /// New rows that a query gives: its columns in the order of `columns`.
    pub fn from_select<R>(columns: impl Expressions, select: Select<R>) -> Self
    where
        M: Stored,
    {
        let name = |expr| match expr {
            Expr::Column(column) => Some(column.name),
            _ => None,
        };
        let columns = columns.into_exprs().into_iter().filter_map(name).collect();
        let query = Box::new(select.into_query());
        Self { rows: Rows::Query { columns, query }, on_conflict: None, marker: std::marker::PhantomData }
    }

    /// What is done with a row that is there already, by the unique columns that say so; see [`Conflict`].
    pub fn on_conflict(self, columns: impl Expressions) -> Conflict<M> {
        let target = ConflictTarget::Index { keys: columns.into_exprs(), predicate: None };
        Conflict { insert: self, target: Some(target), set: Vec::new(), filter: None }
    }

    /// What is done with a row that is there already, by the constraint that says so (PostgreSQL).
    pub fn on_conflict_with_constraint(self, name: &'static str) -> Conflict<M> {
        let target = ConflictTarget::Constraint(Name::Borrowed(name));
        Conflict { insert: self, target: Some(target), set: Vec::new(), filter: None }
    }

    /// Leaves out every row that is there already, whichever unique columns say so.
    pub fn on_conflict_do_nothing(self) -> Self {
        Conflict { insert: self, target: None, set: Vec::new(), filter: None }.do_nothing()
    }

    /// Gives something of the new rows back.
    pub fn returning<S: Selectable>(self, columns: S) -> InsertReturning<M, S::Row> {
        let mut items = Vec::with_capacity(S::WIDTH);
        columns.items(&mut items);
        InsertReturning { insert: self, items, decode: |row| S::decode(row, 0) }
    }

    /// Gives the new rows back, with all that the database made.
    pub fn returning_rows(self) -> InsertReturning<M, M> {
        self.returning(row::<M>())
    }

    /// Inserts the rows and tells how many there were to insert; fewer when a conflict left some out.
    ///
    /// # Errors
    /// What the dialect does not have, what is inconsistent, and what the database refuses.
    pub async fn execute(&self, executor: &mut impl Executor) -> Result<u64, OrmError> {
        let connection = executor.ready().await?;
        let mut count = 0;
        for statement in self.statements(&[])? {
            let compiled = statement.insert.compile(connection.dialect())?;
            count += fetch::execute(connection, compiled).await?;
        }
        Ok(count)
    }

    /// The statements with the values apart: one for each set of columns that rows give.
    ///
    /// # Errors
    /// What the dialect does not have, or what is inconsistent.
    pub fn compile(&self, dialect: Dialect) -> Result<Vec<CompiledSql>, OrmError> {
        let statements = self.statements(&[])?;
        Ok(statements.iter().map(|s| s.insert.compile(dialect)).collect::<Result<_, QueryError>>()?)
    }

    /// The texts with placeholders, separated by semicolons if there are several.
    ///
    /// # Errors
    /// As [`Self::compile`].
    pub fn sql(&self, dialect: Dialect) -> Result<String, OrmError> {
        Ok(texts(self.compile(dialect)?))
    }

    fn statements(&self, returning: &[SelectItem]) -> Result<Vec<RowsOfColumns>, OrmError> {
        let base = || {
            let mut insert = query::Insert::into(table::<M>());
            insert.on_conflict.clone_from(&self.on_conflict);
            insert.returning = returning.to_vec();
            insert
        };
        match &self.rows {
            Rows::Query { columns, query } => {
                let mut insert = base();
                insert.columns.clone_from(columns);
                insert.source = InsertSource::Query(query.clone());
                Ok(vec![RowsOfColumns { positions: Vec::new(), insert }])
            }
            Rows::Given(rows) => rows_of_columns(M::definition(), rows, base),
        }
    }
}

fn texts(compiled: Vec<CompiledSql>) -> String {
    compiled.into_iter().map(|compiled| compiled.sql).collect::<Vec<_>>().join(";\n")
}

/// The rows that give the same columns, as one statement.
struct RowsOfColumns {
    /// Which of all rows they are.
    positions: Vec<usize>,
    insert: query::Insert,
}

fn rows_of_columns(
    definition: &ModelDefinition,
    rows: &[Vec<Option<Input>>],
    base: impl Fn() -> query::Insert,
) -> Result<Vec<RowsOfColumns>, OrmError> {
    let mut groups = BTreeMap::<Vec<usize>, Vec<usize>>::new();
    for (position, inputs) in rows.iter().enumerate() {
        groups.entry(given_columns(definition, rows, inputs)).or_default().push(position);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, positions)| positions.first().copied());
    let mut statements = Vec::with_capacity(groups.len());
    for (columns, positions) in groups {
        let mut insert = base();
        let always = |column: &usize| {
            let column = definition.columns.get(*column);
            column.is_some_and(|c| matches!(c.server_made, ServerMade::Identity { always: true, .. }))
        };
        if columns.iter().any(always) {
            insert.overriding = Some(Overriding::System);
        }
        let values = |column: usize| {
            positions.iter().map(move |row| value_of(rows, *row, column)).collect::<Result<Vec<_>, _>>()
        };
        insert.source = match (columns.as_slice(), positions.len()) {
            ([], 1) => InsertSource::Defaults,
            ([], _) => {
                for position in positions {
                    statements.push(RowsOfColumns { positions: vec![position], insert: base() });
                }
                continue;
            }
            // One row reads best as VALUES, and its values have the columns' own types.
            (columns, 1) => {
                let row = columns.iter().map(|column| values(*column));
                let row = row.collect::<Result<Vec<_>, _>>()?.concat();
                insert.columns = columns.iter().filter_map(|column| name_of(definition, *column)).collect();
                InsertSource::Rows(vec![row.into_iter().map(Expr::Value).collect()])
            }
            (columns, _) => {
                let mut columns_of_values = Vec::with_capacity(columns.len());
                for column in columns {
                    if let Some(definition) = definition.columns.get(*column) {
                        columns_of_values.push(ColumnValues {
                            name: definition.name.clone().into(),
                            sql_type: definition.sql_type.clone(),
                            values: values(*column)?,
                        });
                    }
                }
                InsertSource::Columns(columns_of_values)
            }
        };
        statements.push(RowsOfColumns { positions, insert });
    }
    Ok(statements)
}

/// The columns that a row gives. One that it leaves open without the server making it is NULL, and is given too when
/// any row gives it, so that such rows can be inserted together.
fn given_columns(
    definition: &ModelDefinition,
    rows: &[Vec<Option<Input>>],
    inputs: &[Option<Input>],
) -> Vec<usize> {
    let any_row = |column: usize| rows.iter().any(|row| matches!(row.get(column), Some(Some(_))));
    let given = definition.columns.iter().enumerate().filter(|(column, facts)| {
        matches!(inputs.get(*column), Some(Some(_)))
            || (facts.server_made == ServerMade::No && any_row(*column))
    });
    given.map(|(column, _)| column).collect()
}

fn name_of(definition: &ModelDefinition, column: usize) -> Option<Name> {
    definition.columns.get(column).map(|column| column.name.clone().into())
}

fn value_of(rows: &[Vec<Option<Input>>], row: usize, column: usize) -> Result<Value, OrmError> {
    match rows.get(row).and_then(|inputs| inputs.get(column)) {
        Some(Some(Input::Value(value))) => Ok(value.clone()),
        Some(Some(Input::Pending { .. })) => Err(OrmError::Pending),
        Some(None) | None => Ok(Value::Null),
    }
}

impl<M: Mapped, R: Send> InsertReturning<M, R> {
    /// Inserts the rows and gives back what was asked for, in the order of the rows. Rows that a conflict left out
    /// give nothing back.
    ///
    /// # Errors
    /// As [`Insert::execute`], and a value that is not of its type.
    pub async fn all(&self, executor: &mut impl Executor) -> Result<Vec<R>, OrmError> {
        let connection = executor.ready().await?;
        let mut results = Vec::new();
        let mut whole = true;
        for statement in self.insert.statements(&self.items)? {
            let compiled = statement.insert.compile(connection.dialect())?;
            let rows = fetch::all(connection, compiled, self.decode).await?;
            whole &= rows.len() == statement.positions.len();
            let mut positions = statement.positions.into_iter();
            results.extend(rows.into_iter().map(|row| (positions.next().unwrap_or(usize::MAX), row)));
        }
        // Rows that were left out are not known by their place any more.
        if whole {
            results.sort_by_key(|(position, _)| *position);
        }
        Ok(results.into_iter().map(|(_, row)| row).collect())
    }

    /// Inserts the row and gives back what was asked for.
    ///
    /// # Errors
    /// As [`Self::all`], and when there is not exactly one row: a conflict may have left it out.
    pub async fn one(&self, executor: &mut impl Executor) -> Result<R, OrmError> {
        self.one_or_none(executor).await?.ok_or(OrmError::NotFound)
    }

    /// Inserts the row and gives back what was asked for, or nothing when a conflict left the row out.
    ///
    /// # Errors
    /// As [`Self::all`], and when there are several rows.
    pub async fn one_or_none(&self, executor: &mut impl Executor) -> Result<Option<R>, OrmError> {
        let mut rows = self.all(executor).await?;
        match (rows.pop(), rows.is_empty()) {
            (found, true) => Ok(found),
            (_, false) => Err(OrmError::MultipleRows),
        }
    }

    /// The texts with placeholders, separated by semicolons if there are several.
    ///
    /// # Errors
    /// As [`Insert::compile`].
    pub fn sql(&self, dialect: Dialect) -> Result<String, OrmError> {
        let statements = self.insert.statements(&self.items)?;
        let compiled = statements.iter().map(|statement| statement.insert.compile(dialect));
        Ok(texts(compiled.collect::<Result<_, QueryError>>()?))
    }
}

/// What is done with a row that is there already: `insert(…).on_conflict(Customer::email_address)` and then
/// [`do_nothing`](Self::do_nothing), or [`set`](Self::set) and [`update`](Self::update).
#[must_use = "say what is done: `.do_nothing()`, or `.set(…).update()`"]
#[derive(Debug)]
pub struct Conflict<M> {
    insert: Insert<M>,
    target: Option<ConflictTarget>,
    set: Vec<(Name, Expr)>,
    filter: Option<Expr>,
}

impl<M: Mapped> Conflict<M> {
    /// The predicate of the unique index, when it is a partial one.
    pub fn index_where(mut self, condition: impl IntoCondition) -> Self {
        if let Some(ConflictTarget::Index { predicate, .. }) = &mut self.target {
            *predicate = condition.into_condition();
        }
        self
    }

    /// The new row is left out.
    pub fn do_nothing(self) -> Insert<M> {
        self.finish(ConflictAction::Nothing)
    }

    /// Sets a column of the row that is there.
    pub fn set<T>(mut self, column: Column<M, T>, value: impl Term<T>) -> Self {
        self.set.push((column.bare(), value.into_term()));
        self
    }

    /// Sets columns of the row that is there to what the new row has: `set_excluded((Customer::phone, Customer::name))`.
    pub fn set_excluded(mut self, columns: impl Expressions) -> Self {
        for expr in columns.into_exprs() {
            if let Expr::Column(column) = expr {
                let name = column.name.clone();
                self.set.push((name, Expr::column("excluded", column.name)));
            }
        }
        self
    }

    /// Changes the row that is there only where the condition holds.
    pub fn filter(mut self, condition: impl IntoCondition) -> Self {
        if let Some(condition) = condition.into_condition() {
            self.filter = Some(match self.filter.take() {
                Some(before) => before.and(condition),
                None => condition,
            });
        }
        self
    }

    /// The row that is there is changed.
    pub fn update(mut self) -> Insert<M> {
        let (set, filter) = (std::mem::take(&mut self.set), self.filter.take());
        self.finish(ConflictAction::Update { set, filter })
    }

    fn finish(self, action: ConflictAction) -> Insert<M> {
        Insert { on_conflict: Some(OnConflict { target: self.target, action }), ..self.insert }
    }
}
