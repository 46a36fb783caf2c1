//! `SELECT`.

use limbeck_dialect::query::{
    self, Cte, Distinct, Expr, Grouping, Join, JoinKind, Lock, LockStrength, LockWait, Name, Query, Source,
    Statement,
};
use limbeck_schema::{Dialect, Entity, EntityId, EntityKind, Model};

use super::Combined;
use super::fetch::{self, DecodeRow, results};
use crate::selectable::{Expressions, Selectable, columns_of};
use crate::source::{Derived, IntoSource, table};
use crate::{Executor, IntoCondition, IntoOrder, Mapped, OrmError, Typed};

/// A query whose rows are `R`s.
///
/// It is a value: keep it, add to it, run it as often as needed. Nothing is read before [`all`](Select::all),
/// [`one`](Select::one), [`first`](Select::first), [`stream`](Select::stream), [`count`](Select::count) or
/// [`exists`](Select::exists).
#[must_use = "a query does nothing until its rows are asked for"]
pub struct Select<R> {
    pub(crate) statement: Statement,
    pub(crate) decode: DecodeRow<R>,
}

/// The rows of a model: `select::<Customer>()`.
pub fn select<M: Mapped>() -> Select<M> {
    let mut select = query::Select::from(table::<M>());
    select.items.extend(columns_of::<M>(&Name::Borrowed(M::TABLE_NAME), true));
    Select::new(select, |row| M::decode(row, 0))
}

/// A query of anything else than a model's table: an alias, a subquery, a common table expression.
pub fn select_from<S: Selectable>(source: impl IntoSource, columns: S) -> Select<S::Row> {
    Select::new(query::Select { from: vec![source.into_source()], ..query::Select::default() }, no_row)
        .columns(columns)
}

fn no_row(_: &limbeck_engine::Row<'_>) -> Result<(), limbeck_engine::DecodeError> {
    Ok(())
}

impl<R> Clone for Select<R> {
    fn clone(&self) -> Self {
        Self { statement: self.statement.clone(), decode: self.decode }
    }
}

impl<R> std::fmt::Debug for Select<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Select").field(&self.statement).finish()
    }
}

impl<R> From<Select<R>> for Query {
    fn from(select: Select<R>) -> Query {
        select.into_query()
    }
}

results!(Select);

impl<R> Select<R> {
    fn new(select: query::Select, decode: DecodeRow<R>) -> Self {
        Self { statement: select.into(), decode }
    }

    pub(crate) fn statement(&self) -> &Statement {
        &self.statement
    }

    /// The query without its types.
    pub fn into_query(self) -> Query {
        match self.statement {
            Statement::Query(query) => *query,
            // `new` puts a select there.
            _ => query::Select::default().into(),
        }
    }

    fn change(mut self, change: impl FnOnce(&mut query::Select)) -> Self {
        if let Statement::Query(query) = &mut self.statement
            && let Query::Select(select) = query.as_mut()
        {
            change(select);
        }
        self
    }

    /// Only rows for which the condition holds, besides those before it. An `Option` of a condition is left open when
    /// it is `None`.
    pub fn filter(self, condition: impl IntoCondition) -> Self {
        match condition.into_condition() {
            None => self,
            Some(condition) => self.change(|select| {
                select.filter = Some(match select.filter.take() {
                    Some(before) => before.and(condition),
                    None => condition,
                });
            }),
        }
    }

    /// Selects this instead: columns, expressions, models, or several in a tuple, which the rows are then.
    pub fn columns<S: Selectable>(self, columns: S) -> Select<S::Row> {
        let mut items = Vec::with_capacity(S::WIDTH);
        columns.items(&mut items);
        let Self { statement, .. } = self.change(|select| select.items = items);
        Select { statement, decode: |row| S::decode(row, 0) }
    }

    /// Selects this instead, as a struct that is made of the tuple: `#[derive(FromRow)]` says how.
    pub fn columns_as<T: From<S::Row>, S: Selectable>(self, columns: S) -> Select<T> {
        let Select { statement, .. } = self.columns(columns);
        Select { statement, decode: |row| S::decode(row, 0).map(T::from) }
    }

    /// Reads from a source instead: an alias of the model, say.
    pub fn from_source(self, source: impl IntoSource) -> Self {
        let source = source.into_source();
        self.change(|select| {
            let name = Name::Owned(source.name().to_owned());
            // What was selected of the model is selected of the source in its place.
            let before = select.from.first().map(|source| source.name().to_owned());
            for item in &mut select.items {
                if let Expr::Column(column) = &mut item.expr
                    && column.table.as_deref() == before.as_deref()
                {
                    column.table = Some(name.clone());
                }
            }
            select.from = vec![source];
        })
    }

    /// Joins a model: pairs for which the condition holds.
    pub fn join<M: Model>(self, on: impl IntoCondition) -> Self {
        self.joined(JoinKind::Inner, table::<M>().into(), on.into_condition())
    }

    /// Joins a model, and keeps rows without a pair: what is selected of the model is an `Option` then, by
    /// [`optional`](crate::SqlExpression::optional) or [`maybe_row`](crate::maybe_row).
    pub fn left_join<M: Model>(self, on: impl IntoCondition) -> Self {
        self.joined(JoinKind::Left, table::<M>().into(), on.into_condition())
    }

    /// Joins a model, and keeps its rows without a pair: what is selected of the others is an `Option` then.
    pub fn right_join<M: Model>(self, on: impl IntoCondition) -> Self {
        self.joined(JoinKind::Right, table::<M>().into(), on.into_condition())
    }

    /// Joins a model, and keeps rows without a pair of either side.
    pub fn full_join<M: Model>(self, on: impl IntoCondition) -> Self {
        self.joined(JoinKind::Full, table::<M>().into(), on.into_condition())
    }

    /// Joins a model: all pairs.
    pub fn cross_join<M: Model>(self) -> Self {
        self.joined(JoinKind::Cross, table::<M>().into(), None)
    }

    /// Joins an alias, a subquery or a common table expression.
    pub fn join_on(self, source: impl IntoSource, on: impl IntoCondition) -> Self {
        self.joined(JoinKind::Inner, source.into_source(), on.into_condition())
    }

    /// As [`left_join`](Self::left_join), of an alias, a subquery or a common table expression.
    pub fn left_join_on(self, source: impl IntoSource, on: impl IntoCondition) -> Self {
        self.joined(JoinKind::Left, source.into_source(), on.into_condition())
    }

    /// Joins a subquery that may refer to what comes before it (PostgreSQL).
    pub fn join_lateral(self, source: &Derived, on: impl IntoCondition) -> Self {
        self.joined(JoinKind::Inner, source.into_source().lateral(), on.into_condition())
    }

    /// As [`join_lateral`](Self::join_lateral), and keeps rows without a pair.
    pub fn left_join_lateral(self, source: &Derived, on: impl IntoCondition) -> Self {
        self.joined(JoinKind::Left, source.into_source().lateral(), on.into_condition())
    }

    fn joined(self, kind: JoinKind, source: Source, on: Option<Expr>) -> Self {
        self.change(|select| select.joins.push(Join { kind, source, on }))
    }

    /// Orders the rows, besides what they are ordered by before.
    pub fn order_by(self, order: impl IntoOrder) -> Self {
        let order = order.into_order();
        self.change(|select| select.order_by.extend(order))
    }

    /// At most so many rows.
    pub fn limit(self, rows: u32) -> Self {
        self.change(|select| select.limit = Some(Expr::value(i64::from(rows))))
    }

    /// Without the first rows.
    pub fn offset(self, rows: u32) -> Self {
        self.change(|select| select.offset = Some(Expr::value(i64::from(rows))))
    }

    /// At most so many rows, and those that are equal to the last one in order (PostgreSQL).
    pub fn limit_with_ties(self, rows: u32) -> Self {
        self.limit(rows).change(|select| select.with_ties = true)
    }

    /// Each row once.
    pub fn distinct(self) -> Self {
        self.change(|select| select.distinct = Distinct::Rows)
    }

    /// The first of the rows that agree in the expressions (PostgreSQL).
    pub fn distinct_on(self, expressions: impl Expressions) -> Self {
        let expressions = expressions.into_exprs();
        self.change(|select| select.distinct = Distinct::On(expressions))
    }

    /// One row for all that agree in the expressions.
    pub fn group_by(self, expressions: impl Expressions) -> Self {
        let expressions = expressions.into_exprs();
        self.change(|select| select.group_by.extend(expressions.into_iter().map(Grouping::By)))
    }

    /// Groups in another way: `ROLLUP`, `CUBE`, `GROUPING SETS` (PostgreSQL).
    pub fn group_by_all(self, grouping: Grouping) -> Self {
        self.change(|select| select.group_by.push(grouping))
    }

    /// Only groups for which the condition holds.
    pub fn having(self, condition: impl IntoCondition) -> Self {
        match condition.into_condition() {
            None => self,
            Some(condition) => self.change(|select| {
                select.having = Some(match select.having.take() {
                    Some(before) => before.and(condition),
                    None => condition,
                });
            }),
        }
    }

    /// Makes a common table expression known to the query.
    pub fn with(self, cte: &Derived) -> Self {
        self.with_ctes(cte.clone().into_cte(), false)
    }

    /// Makes a common table expression known to the query that may refer to itself.
    pub fn with_recursive(self, cte: &Derived) -> Self {
        self.with_ctes(cte.clone().into_cte(), true)
    }

    fn with_ctes(self, cte: Option<Cte>, recursive: bool) -> Self {
        self.change(|select| {
            select.with.recursive |= recursive;
            select.with.ctes.extend(cte);
        })
    }

    /// Locks the rows against changes: `FOR UPDATE` (PostgreSQL).
    pub fn for_update(self) -> Self {
        self.locked(LockStrength::Update, LockWait::Wait)
    }

    /// Locks the rows against changes, and leaves out those that another has locked (PostgreSQL).
    pub fn for_update_skip_locked(self) -> Self {
        self.locked(LockStrength::Update, LockWait::SkipLocked)
    }

    /// Locks the rows (PostgreSQL).
    pub fn locked(self, strength: LockStrength, wait: LockWait) -> Self {
        self.change(|select| select.locks.push(Lock { strength, of: Vec::new(), wait }))
    }

    /// Whatever the untyped query can that has no method here.
    pub fn untyped(self, change: impl FnOnce(&mut query::Select)) -> Self {
        self.change(change)
    }

    /// The query as a source under a name.
    pub fn subquery(self, name: impl Into<Name>) -> Derived {
        Derived::subquery(name.into(), self.into_query())
    }

    /// The query as a common table expression, for [`with`](Self::with).
    pub fn cte(self, name: impl Into<Name>) -> Derived {
        Derived::cte(Cte::new(name, self.into_query()))
    }

    /// The one value of the one column as an expression: NULL when there is no row.
    pub fn scalar_subquery(self) -> Typed<Option<R>> {
        Typed::new(Expr::subquery(self.into_query()))
    }

    /// Rows of either query, each once.
    pub fn union(self, other: Select<R>) -> Combined<R> {
        Combined::of(self, query::SetOperation::Union, false, other)
    }

    /// Rows of either query, as often as they come.
    pub fn union_all(self, other: Select<R>) -> Combined<R> {
        Combined::of(self, query::SetOperation::Union, true, other)
    }

    /// Rows that both queries have.
    pub fn intersect(self, other: Select<R>) -> Combined<R> {
        Combined::of(self, query::SetOperation::Intersect, false, other)
    }

    /// Rows that the other query does not have.
    pub fn except(self, other: Select<R>) -> Combined<R> {
        Combined::of(self, query::SetOperation::Except, false, other)
    }

    /// The definition of the view that a model reads: the query with its values as constants, its columns under the
    /// names of the model's. The columns must be as many, in the same order.
    ///
    /// # Errors
    /// As [`Self::sql_with_literals`], and [`QueryError::RowLength`](query::QueryError::RowLength).
    pub fn view<V: Mapped>(&self, dialect: Dialect) -> Result<Entity, query::QueryError> {
        let selected = match &self.statement {
            Statement::Query(query) => match query.as_ref() {
                Query::Select(select) => select.items.len(),
                Query::Compound(_) => V::COLUMNS.len(),
            },
            _ => 0,
        };
        if selected != V::COLUMNS.len() {
            return Err(query::QueryError::RowLength { expected: V::COLUMNS.len(), found: selected });
        }
        let name = V::table_name();
        let columns = V::COLUMNS.iter().map(|(_, column)| limbeck_dialect::quote_identifier(dialect, column));
        let definition = format!(
            "CREATE VIEW {} ({}) AS {}",
            limbeck_dialect::quote_name(dialect, &name),
            columns.collect::<Vec<_>>().join(", "),
            self.sql_with_literals(dialect)?
        );
        let id = EntityId { kind: EntityKind::View, name, arguments: None, on: None };
        Ok(Entity::new(id, definition))
    }

    /// How many rows there are.
    ///
    /// # Errors
    /// As [`Self::all`].
    pub async fn count(&self, executor: &mut impl Executor) -> Result<i64, OrmError> {
        let connection = executor.ready().await?;
        let compiled = count(self.clone().into_query()).compile(connection.dialect())?;
        fetch::all(connection, compiled, |row| row.get::<i64>(0)).await?.pop().ok_or(OrmError::NotFound)
    }

    /// Whether there is a row.
    ///
    /// # Errors
    /// As [`Self::all`].
    pub async fn exists(&self, executor: &mut impl Executor) -> Result<bool, OrmError> {
        let connection = executor.ready().await?;
        let exists = Expr::exists(self.clone().into_query());
        let select = query::Select { items: vec![exists.into()], ..query::Select::default() };
        let compiled = select.compile(connection.dialect())?;
        fetch::all(connection, compiled, |row| row.get::<bool>(0)).await?.pop().ok_or(OrmError::NotFound)
    }
}

impl<R: Send> Select<R> {
    /// The first row, if there is one: order the query to say which one it is.
    ///
    /// # Errors
    /// As [`Self::all`].
    pub async fn first(&self, executor: &mut impl Executor) -> Result<Option<R>, OrmError> {
        let one = self.clone().change(|select| {
            if select.limit.is_none() {
                select.limit = Some(Expr::value(1_i64));
            }
        });
        Ok(one.all(executor).await?.into_iter().next())
    }
}

/// How many rows a query has.
fn count(query: Query) -> query::Select {
    let number = Expr::call("count", vec![Expr::Star(None)]);
    let mut select = query::Select::from(Source::query(query, "counted"));
    select.items.push(number.into());
    select
}

/// The columns of a model, read of another source than its table.
impl<M: Mapped> Select<M> {
    /// The rows of an alias of the model.
    pub fn of_alias(alias: &crate::Alias<M>) -> Self {
        select_from(alias, alias.row())
    }
}
