//! What changes one schema into another, in an order that runs.
//!
//! [`compare`] takes two schemas that were projected onto one dialect, and gives the [`Operation`]s that lead from the
//! one to the other. They run in the order they come in, and [`reverse_all`](limbeck_schema::reverse_all) of them runs
//! too. [`describe`] says in Alembic's words what an operation is about.
//!
//! Everything here is a pure function.
//!
//! [`Operation`]: limbeck_schema::Operation

mod compare;
mod describe;
mod identifiers;
mod order;
mod rename;
mod type_change;

pub use compare::compare;
pub use describe::describe;
