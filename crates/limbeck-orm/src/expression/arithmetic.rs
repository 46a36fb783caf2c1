//! `+`, `-`, `*`, `/`, `%` between numbers.

use std::ops::{Add, Div, Mul, Neg, Rem, Sub};

use limbeck_dialect::query::{BinaryOperator, Expr, UnaryOperator};
use limbeck_schema::Model;

use super::{NumberType, SqlExpression, Term, Typed};
use crate::{Column, Function};

macro_rules! arithmetic {
    ($($operator:ident $method:ident $binary:ident),*) => { $(
        arithmetic!(@ $operator $method $binary, [M: Model, T: NumberType, A], Column<M, T, A>);
        arithmetic!(@ $operator $method $binary, [T: NumberType], Typed<T>);
        arithmetic!(@ $operator $method $binary, [T: NumberType], Function<T>);
    )* };
    (@ $operator:ident $method:ident $binary:ident, [$($generics:tt)*], $this:ty) => {
        impl<$($generics)*, R: Term<T>> $operator<R> for $this {
            type Output = Typed<T>;

            fn $method(self, other: R) -> Typed<T> {
                Typed::new(self.into_expr().binary(BinaryOperator::$binary, other.into_term()))
            }
        }
    };
}

arithmetic!(Add add Add, Sub sub Subtract, Mul mul Multiply, Div div Divide, Rem rem Modulo);

fn negative<T>(expr: Expr) -> Typed<T> {
    Typed::new(Expr::Unary(UnaryOperator::Minus, Box::new(expr)))
}

impl<M: Model, T: NumberType, A> Neg for Column<M, T, A> {
    type Output = Typed<T>;

    fn neg(self) -> Typed<T> {
        negative(self.into_expr())
    }
}

impl<T: NumberType> Neg for Typed<T> {
    type Output = Typed<T>;

    fn neg(self) -> Typed<T> {
        negative(self.into_expr())
    }
}
