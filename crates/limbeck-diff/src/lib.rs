//! What changes one schema into another, in an order that runs.
//!
//! [`compare`] takes two schemas that were projected onto one dialect, and gives the [`Operation`]s that lead from the
//! one to the other. They run in the order they come in, and [`reverse_all`](limbeck_schema::reverse_all) of them runs
//! too. [`describe`] says in Alembic's words what an operation is about, [`hazards`] what it may hurt, and [`apply`]
//! performs it on a schema in memory, refusing what a database would refuse.
//!
//! Everything here is a pure function.
//!
//! [`Operation`]: limbeck_schema::Operation

mod apply;
mod compare;
mod describe;
mod hazard;
mod identifiers;
mod implication;
mod order;
mod rename;
mod rename_candidates;
mod type_change;

pub use apply::{ApplyError, apply};
pub use compare::compare;
pub use describe::describe;
pub use hazard::{Hazard, HazardKind, hazards};
pub use rename::after_renames;
pub use rename_candidates::{
    AmbiguousRename, RenameCandidate, Renamed, ambiguous_renames, declare_rename, rename_candidates,
};
