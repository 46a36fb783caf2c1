//! Other sources than models: models under another name, subqueries, common table expressions.

use std::fmt;
use std::marker::PhantomData;

use limbeck_dialect::query::{Cte, Expr, Name, Query, Source, SourceKind, TableName};
use limbeck_schema::Model;

use crate::selectable::{MaybeRow, WholeRow};
use crate::{Column, Mapped, Select, Typed};

/// The table of a model.
pub(crate) fn table<M: Model>() -> TableName {
    TableName::fixed(M::SCHEMA, M::TABLE_NAME)
}

/// A model under another name, so that a query can read its table twice.
///
/// ```text
/// let boss = alias::<Employee>("boss");
/// select::<Employee>().join_on(&boss, Employee::boss_id.eq(boss.column(Employee::id)))
/// ```
pub struct Alias<M> {
    name: Name,
    marker: PhantomData<fn() -> M>,
}

/// A model under another name.
pub fn alias<M: Model>(name: impl Into<Name>) -> Alias<M> {
    Alias { name: name.into(), marker: PhantomData }
}

impl<M: Model> Alias<M> {
    /// A column of the model, of this alias.
    pub fn column<T, A>(&self, column: Column<M, T, A>) -> Typed<T> {
        Typed::new(column.of(self.name.clone()))
    }
}

impl<M: Mapped> Alias<M> {
    /// The whole model, of this alias.
    pub fn row(&self) -> WholeRow<M> {
        WholeRow::of(self.name.clone())
    }

    /// The whole model on the outer side of a join.
    pub fn maybe_row(&self) -> MaybeRow<M> {
        self.row().optional()
    }
}

impl<M> Clone for Alias<M> {
    fn clone(&self) -> Self {
        Self { name: self.name.clone(), marker: PhantomData }
    }
}

impl<M> fmt::Debug for Alias<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Alias").field(&self.name).finish()
    }
}

/// A query under a name, to be read like a table: [`Select::subquery`], [`Select::cte`].
#[derive(Clone, Debug)]
pub struct Derived {
    name: Name,
    kind: DerivedKind,
}

#[derive(Clone, Debug)]
enum DerivedKind {
    Subquery(Box<Query>),
    Cte(Box<Cte>),
    /// The expression itself, within its own recursive part.
    Reference,
}

impl Derived {
    pub(crate) fn subquery(name: Name, query: Query) -> Self {
        Self { name, kind: DerivedKind::Subquery(Box::new(query)) }
    }

    pub(crate) fn cte(cte: Cte) -> Self {
        Self { name: cte.name.clone(), kind: DerivedKind::Cte(Box::new(cte)) }
    }

    pub(crate) fn reference(name: Name) -> Self {
        Self { name, kind: DerivedKind::Reference }
    }

    /// The column that a model's column is in the result, of that column's type.
    pub fn column<M: Model, T, A>(&self, column: Column<M, T, A>) -> Typed<T> {
        Typed::new(column.of(self.name.clone()))
    }

    /// The column of that name, said to be a `T`: what was [`named`](crate::SqlExpression::named).
    pub fn named<T>(&self, name: impl Into<Name>) -> Typed<T> {
        Typed::new(Expr::column(self.name.clone(), name))
    }

    /// The same common table expression, computed once, or folded into the query.
    #[must_use]
    pub fn materialized(mut self, materialized: bool) -> Self {
        if let DerivedKind::Cte(cte) = &mut self.kind {
            cte.materialized = Some(materialized);
        }
        self
    }

    pub(crate) fn into_cte(self) -> Option<Cte> {
        match self.kind {
            DerivedKind::Cte(cte) => Some(*cte),
            DerivedKind::Subquery(_) | DerivedKind::Reference => None,
        }
    }
}

/// What a query can read from.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing to select from",
    note = "give an alias, a subquery or a common table expression by reference, or use `join::<Model>(…)`"
)]
pub trait IntoSource {
    /// The source.
    fn into_source(self) -> Source;
}

impl<M: Model> IntoSource for &Alias<M> {
    fn into_source(self) -> Source {
        Source::table(table::<M>()).alias(self.name.clone())
    }
}

impl IntoSource for &Derived {
    fn into_source(self) -> Source {
        match &self.kind {
            DerivedKind::Subquery(query) => Source {
                kind: SourceKind::Query(query.clone()),
                alias: Some(self.name.clone()),
                columns: Vec::new(),
                lateral: false,
                sample: None,
            },
            DerivedKind::Cte(_) | DerivedKind::Reference => {
                Source::table(TableName { schema: None, name: self.name.clone() })
            }
        }
    }
}

impl IntoSource for Source {
    fn into_source(self) -> Source {
        self
    }
}

/// A common table expression that refers to itself: `first` gives the first rows, `next` further ones out of those
/// before, until there are none.
///
/// ```text
/// let chain = recursive("chain", select::<Employee>().filter(Employee::id.eq(7)), |chain| {
///     select::<Employee>().join_on(chain, Employee::id.eq(chain.column(Employee::boss_id)))
/// });
/// select::<Employee>().with_recursive(&chain).from_source(&chain)
/// ```
pub fn recursive<R>(
    name: impl Into<Name>,
    first: Select<R>,
    next: impl FnOnce(&Derived) -> Select<R>,
) -> Derived {
    let name = name.into();
    let next = next(&Derived::reference(name.clone()));
    let both =
        first.into_query().combined(limbeck_dialect::query::SetOperation::Union, true, next.into_query());
    Derived::cte(Cte::new(name, both))
}
