//! SQLite: its stored statements and table-valued pragmas as `MetaData`.

mod create_index;
mod create_table;
mod cursor;
mod entities;
mod inspect;
mod tokens;

pub(crate) use inspect::inspect;

use limbeck_schema::{Dialect, MetaData};

use crate::InspectError;
use crate::expressions::{questions, set};

/// See [`crate::canonicalize`]. SQLite stores expressions as they were written, so nothing needs to be asked.
pub(crate) fn canonicalize(live: &MetaData, declared: MetaData) -> Result<MetaData, InspectError> {
    let questions = questions(Dialect::Sqlite, live, &declared);
    let mut canonical = declared;
    for question in questions {
        let same = question.candidates.iter().find(|c| tokens::mean_the_same(&c.text, &question.text));
        if let (Some(candidate), Some(table)) = (same, canonical.tables.get_mut(question.table)) {
            set(table, &question.place, &candidate.text);
        }
    }
    Ok(canonical)
}
