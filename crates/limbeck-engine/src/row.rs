//! Rows as the driver has them: nothing is copied before a type is asked for.

use rusqlite::types::ValueRef;
use tokio_postgres::types::{FromSql, Type};

use crate::DecodeError;
use crate::decode::Decode;

/// One row of a query, borrowed from the driver.
pub struct Row<'a>(Source<'a>);

enum Source<'a> {
    Postgresql(&'a tokio_postgres::Row),
    Sqlite(&'a rusqlite::Row<'a>),
}

/// One value of a row, borrowed from the driver.
#[derive(Debug, Clone, Copy)]
pub enum Column<'a> {
    /// In PostgreSQL's binary format.
    Postgresql {
        /// What it is a value of.
        ty: &'a Type,
        /// The bytes that the server sent; `None` is NULL.
        raw: Option<&'a [u8]>,
    },
    /// As SQLite stores it.
    Sqlite(ValueRef<'a>),
}

impl<'a> Row<'a> {
    pub(crate) fn postgresql(row: &'a tokio_postgres::Row) -> Row<'a> {
        Row(Source::Postgresql(row))
    }

    pub(crate) fn sqlite(row: &'a rusqlite::Row<'a>) -> Row<'a> {
        Row(Source::Sqlite(row))
    }

    /// The value of a column, the first being 0.
    ///
    /// # Errors
    /// [`DecodeError`], which names the column, when there is none of that index, when it holds another type, or NULL
    /// where `T` is no `Option`.
    pub fn get<T: Decode>(&self, index: usize) -> Result<T, DecodeError> {
        match self.column(index) {
            Some(column) => {
                T::decode(column).map_err(|error| error.in_column(index, self.column_name(index)))
            }
            None => Err(DecodeError::no_column(index, self.len())),
        }
    }

    /// A column's value, not yet decoded; `None` when there are not so many.
    pub fn column(&self, index: usize) -> Option<Column<'a>> {
        match &self.0 {
            Source::Postgresql(row) => {
                let ty = row.columns().get(index)?.type_();
                let raw = row.try_get::<_, Option<Raw<'a>>>(index).ok()?.map(|Raw(bytes)| bytes);
                Some(Column::Postgresql { ty, raw })
            }
            Source::Sqlite(row) => row.get_ref(index).ok().map(Column::Sqlite),
        }
    }

    /// How many columns there are.
    pub fn len(&self) -> usize {
        match &self.0 {
            Source::Postgresql(row) => row.len(),
            Source::Sqlite(row) => row.as_ref().column_count(),
        }
    }

    /// True for a row without columns.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The name that the statement gives to a column.
    pub fn column_name(&self, index: usize) -> Option<&str> {
        match &self.0 {
            Source::Postgresql(row) => row.columns().get(index).map(tokio_postgres::Column::name),
            Source::Sqlite(row) => row.as_ref().column_name(index).ok(),
        }
    }
}

impl Column<'_> {
    /// True for NULL.
    pub fn is_null(&self) -> bool {
        matches!(self, Column::Postgresql { raw: None, .. } | Column::Sqlite(ValueRef::Null))
    }
}

/// The bytes of a value, whatever its type.
struct Raw<'a>(&'a [u8]);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Raw(raw))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}
