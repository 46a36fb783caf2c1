//! Reads by shape: what is loaded is what a struct says.
//!
//! A struct that derives [`Load`] names columns and relations of a model. Relations to one row are joined;
//! relations to many are one query for each level, of all parents at once. So the number of statements is that of the
//! levels, whatever the number of rows.
//!
//! [`Shape`] is what a struct says, as data. `plan` makes a query of it, and `run` runs those of all levels and puts
//! the rows together.

mod level;
mod plan;
mod query;
mod read;
mod run;
mod shape;

pub use query::{LoadQuery, load};
pub use read::{Cursor, Load, Reads};
pub use shape::{Entry, Level, Many, One, Shape};
