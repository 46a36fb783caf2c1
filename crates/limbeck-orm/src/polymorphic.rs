//! Rows of several kinds as one enum: inheritance.
//!
//! Single-table: the kinds are parts of one table, and a column says which kind a row is. Joined: each kind has a table of
//! its own besides, whose primary key refers to the common one.

use std::marker::PhantomData;

use limbeck_dialect::query::{Expr, Name, SelectItem};
use limbeck_engine::{DecodeError, Row};
use limbeck_schema::Model;

use crate::selectable::{Selectable, columns_of};
use crate::source::table;
use crate::{Condition, Mapped, Select, select};

/// An enum of the kinds of rows that a table has. Implemented by `#[derive(Polymorphic)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no enum of kinds of rows",
    note = "derive it: `#[derive(limbeck::Polymorphic)]`"
)]
pub trait Polymorphic: Sized + Send + 'static {
    /// The model that all kinds have in common, with the column that says which kind a row is.
    type Base: Mapped;

    /// How many columns of the result it takes.
    const WIDTH: usize;

    /// The columns of all kinds.
    fn items(items: &mut Vec<SelectItem>);

    /// The tables of the kinds, joined to the common one.
    fn joined(select: Select<Self::Base>) -> Select<Self::Base>;

    /// Reads a row of whichever kind.
    ///
    /// # Errors
    /// When the column that says which kind it is has another value, or a value is not of its type.
    fn decode(row: &Row<'_>, first: usize) -> Result<Self, DecodeError>;
}

/// The columns of all kinds, as the enum.
pub struct AnyOf<E>(PhantomData<fn() -> E>);

impl<E: Polymorphic> Selectable for AnyOf<E> {
    type Row = E;

    const WIDTH: usize = E::WIDTH;

    fn items(self, items: &mut Vec<SelectItem>) {
        E::items(items);
    }

    fn decode(row: &Row<'_>, first: usize) -> Result<E, DecodeError> {
        E::decode(row, first)
    }
}

/// Rows of all kinds: `select_any::<Payment>()`.
pub fn select_any<E: Polymorphic>() -> Select<E> {
    E::joined(select::<E::Base>()).columns(AnyOf(PhantomData))
}

/// The columns of one kind, which rows of another kind do not have.
pub fn kind_items<M: Model>(items: &mut Vec<SelectItem>) {
    items.extend(columns_of::<M>(&Name::Borrowed(M::TABLE_NAME), false));
}

/// Joins the table of a kind by its primary key, which is that of the common table; a part of that table is there already.
pub fn join_kind<Base: Mapped, M: Model>(select: Select<Base>) -> Select<Base> {
    if (M::SCHEMA, M::TABLE_NAME) == (Base::SCHEMA, Base::TABLE_NAME) {
        return select;
    }
    let pairs = Base::PRIMARY_KEY.iter().zip(M::PRIMARY_KEY).map(|(base, own)| {
        Expr::column(Base::TABLE_NAME, *base).equal(Expr::column(table::<M>().name, *own))
    });
    select.left_join::<M>(Condition(Expr::All(pairs.collect())))
}
