//! What can be selected, and what a row of it is in Rust.

use limbeck_dialect::query::{ColumnName, Expr, Name, SelectItem};
use limbeck_engine::{Decode, DecodeError, Row};
use limbeck_schema::Model;

use crate::{Labelled, Mapped, SqlExpression};

/// What can be selected: an expression, a whole model, several of them in a tuple.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be selected",
    note = "select columns, expressions, `row::<Model>()`, or several in a tuple: `(Customer::id, func::count_all())`"
)]
pub trait Selectable {
    /// What becomes of it in Rust.
    type Row: Send;

    /// How many columns of the result it takes.
    const WIDTH: usize;

    /// Its expressions.
    fn items(self, items: &mut Vec<SelectItem>);

    /// Reads it, from the column `first` on.
    ///
    /// # Errors
    /// When a value is not of the type.
    fn decode(row: &Row<'_>, first: usize) -> Result<Self::Row, DecodeError>;
}

impl<E> Selectable for E
where
    E: SqlExpression,
    E::Type: Decode + Send,
{
    type Row = E::Type;

    const WIDTH: usize = 1;

    fn items(self, items: &mut Vec<SelectItem>) {
        items.push(self.into_expr().into());
    }

    fn decode(row: &Row<'_>, first: usize) -> Result<E::Type, DecodeError> {
        row.get(first)
    }
}

impl<T: Decode + Send> Selectable for Labelled<T> {
    type Row = T;

    const WIDTH: usize = 1;

    fn items(self, items: &mut Vec<SelectItem>) {
        items.push(self.item);
    }

    fn decode(row: &Row<'_>, first: usize) -> Result<T, DecodeError> {
        row.get(first)
    }
}

/// All columns of a model, as the model.
#[derive(Clone, Debug)]
pub struct WholeRow<M> {
    pub(crate) table: Name,
    marker: std::marker::PhantomData<fn() -> M>,
}

/// All columns of a model that an outer join may have found no row of: `None` then.
#[derive(Clone, Debug)]
pub struct MaybeRow<M>(WholeRow<M>);

/// Selects a model whole: `select::<Order>().join::<Customer>(…).columns((row::<Order>(), row::<Customer>()))`.
pub fn row<M: Mapped>() -> WholeRow<M> {
    WholeRow::of(Name::Borrowed(M::TABLE_NAME))
}

/// Selects a model whole that is on the outer side of a join: it is `None` where no row was found.
pub fn maybe_row<M: Mapped>() -> MaybeRow<M> {
    row().optional()
}

impl<M> WholeRow<M> {
    pub(crate) fn of(table: Name) -> Self {
        Self { table, marker: std::marker::PhantomData }
    }

    /// The same on the outer side of a join.
    pub fn optional(self) -> MaybeRow<M> {
        MaybeRow(self)
    }
}

/// The columns of a model, of the table of that name. Whether NULL would be a surprise depends on how it is read.
pub(crate) fn columns_of<M: Model>(table: &Name, not_null: bool) -> impl Iterator<Item = SelectItem> + '_ {
    M::COLUMNS.iter().map(move |(_, column)| {
        let (table, name) = (Some(table.clone()), Name::Borrowed(*column));
        Expr::Column(ColumnName { table, name, not_null }).into()
    })
}

impl<M: Mapped> Selectable for WholeRow<M> {
    type Row = M;

    const WIDTH: usize = M::COLUMNS.len();

    fn items(self, items: &mut Vec<SelectItem>) {
        items.extend(columns_of::<M>(&self.table, true));
    }

    fn decode(row: &Row<'_>, first: usize) -> Result<M, DecodeError> {
        M::decode(row, first)
    }
}

impl<M: Mapped> Selectable for MaybeRow<M> {
    type Row = Option<M>;

    const WIDTH: usize = M::COLUMNS.len();

    fn items(self, items: &mut Vec<SelectItem>) {
        items.extend(columns_of::<M>(&self.0.table, false));
    }

    /// There is a row when any of its columns is not NULL: those of its key, for a start.
    fn decode(row: &Row<'_>, first: usize) -> Result<Option<M>, DecodeError> {
        let null = |index: usize| row.column(index).is_none_or(|column| column.is_null());
        if (first..first + Self::WIDTH).all(null) { Ok(None) } else { M::decode(row, first).map(Some) }
    }
}

macro_rules! tuples {
    ($($($name:ident)+;)*) => { $(
        impl<$($name: Selectable),+> Selectable for ($($name,)+) {
            type Row = ($($name::Row,)+);

            const WIDTH: usize = 0 $(+ $name::WIDTH)+;

            #[allow(non_snake_case, reason = "a variable for each type, of the same name")]
            fn items(self, items: &mut Vec<SelectItem>) {
                let ($($name,)+) = self;
                $($name.items(items);)+
            }

            #[allow(unused_assignments, reason = "nothing comes behind the last one")]
            fn decode(row: &Row<'_>, first: usize) -> Result<Self::Row, DecodeError> {
                let mut at = first;
                Ok(($({
                    let part = $name::decode(row, at)?;
                    at += $name::WIDTH;
                    part
                },)+))
            }
        }
    )* };
}

tuples! {
    A;
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E F;
    A B C D E F G;
    A B C D E F G H;
    A B C D E F G H I;
    A B C D E F G H I J;
    A B C D E F G H I J K;
    A B C D E F G H I J K L;
}

/// Expressions without regard to their types: what groups, or makes rows distinct.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no expression, nor a tuple of expressions",
    note = "give a column, or several: `(Order::customer_id, Order::state)`"
)]
pub trait Expressions {
    /// The expressions.
    fn into_exprs(self) -> Vec<Expr>;
}

impl<E: SqlExpression> Expressions for E {
    fn into_exprs(self) -> Vec<Expr> {
        vec![self.into_expr()]
    }
}

macro_rules! expression_tuples {
    ($($($name:ident)+;)*) => { $(
        impl<$($name: SqlExpression),+> Expressions for ($($name,)+) {
            #[allow(non_snake_case, reason = "a variable for each type, of the same name")]
            fn into_exprs(self) -> Vec<Expr> {
                let ($($name,)+) = self;
                vec![$($name.into_expr()),+]
            }
        }
    )* };
}

expression_tuples! {
    A;
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E F;
}
