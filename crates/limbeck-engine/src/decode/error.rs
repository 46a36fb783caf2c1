//! Why a column's value is not what was asked for.

use std::fmt;

/// A column's value that cannot be read as the Rust type that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeError(Box<Reason>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Reason {
    /// The column's number and name, as far as known.
    column: Option<(usize, Option<String>)>,
    /// The Rust type.
    expected: String,
    found: Found,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Found {
    /// A value of another type.
    Type(String),
    Null,
    /// A value of the right type that Rust's does not have.
    Value(String),
    /// Fewer columns than asked for.
    Columns(usize),
}

impl DecodeError {
    /// The column holds another type: `found` is its name in the database.
    pub fn mismatch(expected: &str, found: &str) -> DecodeError {
        DecodeError::new(expected, Found::Type(found.to_owned()))
    }

    /// The column holds NULL.
    pub fn null(expected: &str) -> DecodeError {
        DecodeError::new(expected, Found::Null)
    }

    /// The column holds a value of the right type that the Rust type does not have, such as an unknown word of an enum.
    pub fn value(expected: &str, found: impl fmt::Display) -> DecodeError {
        DecodeError::new(expected, Found::Value(found.to_string()))
    }

    pub(crate) fn no_column(index: usize, columns: usize) -> DecodeError {
        DecodeError::new("", Found::Columns(columns)).in_column(index, None)
    }

    fn new(expected: &str, found: Found) -> DecodeError {
        DecodeError(Box::new(Reason { column: None, expected: expected.to_owned(), found }))
    }

    pub(crate) fn in_column(mut self, index: usize, name: Option<&str>) -> DecodeError {
        self.0.column.get_or_insert_with(|| (index, name.map(str::to_owned)));
        self
    }

    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        "engine.decode"
    }

    /// The name that the statement gives to the column.
    pub fn column(&self) -> Option<&str> {
        self.0.column.as_ref()?.1.as_deref()
    }

    /// The Rust type that was asked for.
    pub fn expected(&self) -> &str {
        &self.0.expected
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Reason { column, expected, found } = &*self.0;
        if let Found::Columns(columns) = found {
            let index = column.as_ref().map_or(0, |(index, _)| *index);
            return write!(f, "the row has no column {index}: it has {columns}, counted from 0");
        }
        match column {
            Some((_, Some(name))) => write!(f, "the column `{name}`")?,
            Some((index, None)) => write!(f, "the column {index}")?,
            None => f.write_str("the value")?,
        }
        match found {
            Found::Type(found) => write!(f, " is of type `{found}`, which cannot be read as `{expected}`"),
            Found::Null => {
                write!(f, " is NULL, which `{expected}` cannot be; read it as `Option<{expected}>`")
            }
            Found::Value(found) => write!(f, " holds `{found}`, which is no value of `{expected}`"),
            Found::Columns(_) => Ok(()),
        }
    }
}

impl std::error::Error for DecodeError {}
