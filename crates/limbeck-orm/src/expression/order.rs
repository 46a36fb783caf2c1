//! The order of rows.

use limbeck_dialect::query::OrderBy;

use super::SqlExpression;

/// An element of an order: `Customer::last_name.desc().nulls_last()`.
#[derive(Clone, Debug, PartialEq)]
pub struct Order(pub(crate) OrderBy);

impl Order {
    /// NULL before all values.
    #[must_use]
    pub fn nulls_first(self) -> Self {
        Self(self.0.nulls_first())
    }

    /// NULL after all values.
    #[must_use]
    pub fn nulls_last(self) -> Self {
        Self(self.0.nulls_last())
    }
}

/// What rows can be ordered by: an expression, an [`Order`], several of them in a tuple or a `Vec`.
#[diagnostic::on_unimplemented(
    message = "rows cannot be ordered by `{Self}`",
    note = "order by a column or an expression, or by several in a tuple: `(Customer::last_name, Customer::id.desc())`"
)]
pub trait IntoOrder {
    /// The elements.
    fn into_order(self) -> Vec<OrderBy>;
}

impl<E: SqlExpression> IntoOrder for E {
    fn into_order(self) -> Vec<OrderBy> {
        vec![OrderBy::ascending(self.into_expr())]
    }
}

impl IntoOrder for Order {
    fn into_order(self) -> Vec<OrderBy> {
        vec![self.0]
    }
}

impl<O: IntoOrder> IntoOrder for Vec<O> {
    fn into_order(self) -> Vec<OrderBy> {
        self.into_iter().flat_map(IntoOrder::into_order).collect()
    }
}

macro_rules! tuples {
    ($($($name:ident)+;)*) => { $(
        impl<$($name: IntoOrder),+> IntoOrder for ($($name,)+) {
            #[allow(non_snake_case, reason = "a variable for each type, of the same name")]
            fn into_order(self) -> Vec<OrderBy> {
                let ($($name,)+) = self;
                let mut elements = Vec::new();
                $(elements.extend($name.into_order());)+
                elements
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
}
