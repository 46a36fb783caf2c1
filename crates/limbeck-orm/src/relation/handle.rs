//! Relations by their names: `Customer::orders`.

use std::fmt;
use std::marker::PhantomData;

use super::RelationDefinition;
use crate::Mapped;

macro_rules! handle {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        pub struct $name<M, T> {
            name: &'static str,
            models: PhantomData<fn(M) -> T>,
        }

        impl<M, T> $name<M, T> {
            /// The relation of that name. `relations!` writes it.
            pub const fn new(name: &'static str) -> Self {
                Self { name, models: PhantomData }
            }

            /// The name.
            pub const fn name(self) -> &'static str {
                self.name
            }
        }

        impl<M: Mapped, T> $name<M, T> {
            /// What the relation is; there is one unless the handle was not written by `relations!`.
            pub fn definition(self) -> Option<&'static RelationDefinition> {
                M::relation_definitions().iter().find(|relation| relation.name == self.name)
            }
        }

        impl<M, T> Clone for $name<M, T> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<M, T> Copy for $name<M, T> {}

        impl<M, T> fmt::Debug for $name<M, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.name).finish()
            }
        }
    };
}

handle! {
    /// A relation from a row of `M` to many rows of `T`.
    ToMany
}

handle! {
    /// A relation from a row of `M` to one row of `T`, or none.
    ToOne
}
