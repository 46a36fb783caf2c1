//! What an expression can be put together with: values, columns and expressions of the same type.

use limbeck_dialect::query::Expr;
use limbeck_schema::{Model, ToValue};

use super::{SqlExpression, Typed};
use crate::{Column, Function};

/// What an expression of type `T` can be compared with: values of the type, and expressions of it, whether or not
/// either side knows NULL.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be compared with an expression of type `{T}`",
    label = "expected a value or an expression of type `{T}`",
    note = "both sides have the same type; `.cast::<…>()` makes another one of an expression"
)]
pub trait Operand<T> {
    /// The expression.
    fn into_operand(self) -> Expr;
}

/// What can stand in for an expression of type `T`: values and expressions of it. Where `T` is an `Option`, those
/// that are never NULL too.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand in for an expression of type `{T}`",
    label = "expected a value or an expression of type `{T}`",
    note = "one that can be NULL needs another value then: `func::coalesce(…, …)`"
)]
pub trait Term<T> {
    /// The expression.
    fn into_term(self) -> Expr;
}

/// The same for both traits.
macro_rules! both {
    ($([$($generics:tt)*] $this:ty => $of:ty, |$self:ident| $expr:expr;)*) => { $(
        impl<$($generics)*> Operand<$of> for $this {
            fn into_operand(self) -> Expr {
                let $self = self;
                $expr
            }
        }

        impl<$($generics)*> Term<$of> for $this {
            fn into_term(self) -> Expr {
                let $self = self;
                $expr
            }
        }
    )* };
}

both! {
    [V: ToValue] V => V, |value| Expr::Value(value.to_value());
    [V: ToValue] V => Option<V>, |value| Expr::Value(value.to_value());
    [V: ToValue] &V => V, |value| Expr::Value(value.to_value());
    [V: ToValue] &V => Option<V>, |value| Expr::Value(value.to_value());
    [] &str => String, |value| Expr::Value(value.to_value());
    [] &str => Option<String>, |value| Expr::Value(value.to_value());
    [M: Model, T, A] Column<M, T, A> => T, |column| column.into_expr();
    [M: Model, T, A] Column<M, T, A> => Option<T>, |column| column.into_expr();
    [T] Typed<T> => T, |typed| typed.into_expr();
    [T] Typed<T> => Option<T>, |typed| typed.into_expr();
    [T] Function<T> => T, |function| function.into_expr();
    [T] Function<T> => Option<T>, |function| function.into_expr();
}

impl<M: Model, T, A> Operand<T> for Column<M, Option<T>, A> {
    fn into_operand(self) -> Expr {
        self.into_expr()
    }
}

impl<T> Operand<T> for Typed<Option<T>> {
    fn into_operand(self) -> Expr {
        self.into_expr()
    }
}

impl<T> Operand<T> for Function<Option<T>> {
    fn into_operand(self) -> Expr {
        self.into_expr()
    }
}
