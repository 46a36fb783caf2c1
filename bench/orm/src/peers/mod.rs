//! Who takes part, and what each has to do.
//!
//! Each does it as its documentation would have it, with prepared statements where it keeps them. Raw is the driver under
//! hand-written SQL: tokio-postgres with prepared statements and arrays, rusqlite with prepared statements in a loop.

mod diesel_peer;
mod limbeck_peer;
mod raw;
mod sea_orm_peer;
pub mod sqlalchemy;
mod sqlx_peer;

use crate::Outcome;
use crate::data::{Database, USERS};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// All users.
    Load,
    /// A hundred users with their posts with their comments.
    Graph,
    /// New users, in a transaction, with their keys.
    Insert(usize),
    /// A thousand users that are in memory get other balances, in a transaction.
    Update,
}

impl Case {
    pub const ALL: [Case; 6] =
        [Case::Load, Case::Graph, Case::Insert(1), Case::Insert(100), Case::Insert(1000), Case::Update];

    pub fn name(self) -> &'static str {
        match self {
            Case::Load => "load",
            Case::Graph => "graph",
            Case::Insert(1) => "insert 1",
            Case::Insert(100) => "insert 100",
            Case::Insert(_) => "insert 1000",
            Case::Update => "update",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Case::Load => "load 10,000 rows",
            Case::Graph => "load a graph of 100 × 10 × 10",
            Case::Insert(1) => "insert 1 row, with its key",
            Case::Insert(100) => "insert 100 rows, with their keys",
            Case::Insert(_) => "insert 1,000 rows, with their keys",
            Case::Update => "update 1,000 changed rows",
        }
    }

    /// How many rows come out, or are written: what shows that the work was done.
    pub fn rows(self) -> usize {
        match self {
            Case::Load => USERS.unsigned_abs() as usize,
            Case::Graph => 100 + 1000 + 10_000,
            Case::Insert(rows) => rows,
            Case::Update => 1000,
        }
    }

    pub fn inserts(self) -> bool {
        matches!(self, Case::Insert(_))
    }
}

pub trait Peer {
    fn name(&self) -> &'static str;
    fn run(&mut self, case: Case) -> Outcome<usize>;
}

pub fn all(database: &Database) -> Outcome<Vec<Box<dyn Peer>>> {
    Ok(vec![
        raw::open(database)?,
        limbeck_peer::open(database)?,
        diesel_peer::open(database)?,
        sqlx_peer::open(database)?,
        sea_orm_peer::open(database)?,
    ])
}

pub fn runtime() -> Outcome<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}

/// The values of a new user.
pub fn name(number: usize) -> String {
    format!("new {number}")
}

pub fn email(number: usize) -> String {
    format!("new{number}@example.org")
}

pub fn age(number: usize) -> Option<i32> {
    i32::try_from(number).ok().filter(|age| age % 3 != 0)
}

/// A balance that a user has not had before.
pub fn next_balance(balance: f64) -> f64 {
    balance + 1.0
}
