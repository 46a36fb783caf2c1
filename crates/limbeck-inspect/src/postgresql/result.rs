//! Rows of a simple query, whose values all come as text.

use std::collections::BTreeMap;
use std::str::FromStr;

use futures_util::{Stream, StreamExt};
use tokio_postgres::{Error, SimpleQueryMessage};

use crate::InspectError;

/// What NULL is kept as: no text of PostgreSQL has this character (PostgreSQL docs, "Character Types").
const NULL: &str = "\0";

/// The rows of one statement. Large schemas have hundreds of thousands of values, so these stand in one text.
#[derive(Default)]
pub(super) struct ResultSet {
    text: String,
    /// Where each value ends.
    ends: Vec<usize>,
    columns: usize,
}

/// The rows of each statement of a batch that returns rows, in the order of the statements. They are taken in as they
/// come, while the server works on the next ones.
pub(super) async fn result_sets(
    messages: impl Stream<Item = Result<SimpleQueryMessage, Error>>,
) -> Result<Vec<ResultSet>, Error> {
    let mut messages = std::pin::pin!(messages);
    let mut sets = Vec::new();
    while let Some(message) = messages.next().await {
        match message? {
            SimpleQueryMessage::RowDescription(columns) => {
                sets.push(ResultSet { columns: columns.len(), ..ResultSet::default() });
            }
            SimpleQueryMessage::Row(row) => {
                let Some(set) = sets.last_mut() else { continue };
                for column in 0..set.columns {
                    set.text.push_str(row.try_get(column)?.unwrap_or(NULL));
                    set.ends.push(set.text.len());
                }
            }
            _ => {}
        }
    }
    Ok(sets)
}

impl ResultSet {
    /// The rows.
    pub(super) fn rows(&self) -> impl ExactSizeIterator<Item = Row<'_>> {
        let count = self.ends.len().checked_div(self.columns).unwrap_or_default();
        (0..count).map(|number| Row { set: self, first: number * self.columns })
    }
}

/// One row.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    set: &'a ResultSet,
    /// The number of its first value in the set.
    first: usize,
}

impl<'a> Row<'a> {
    /// A value that may be NULL.
    pub(super) fn optional(self, column: usize) -> Option<&'a str> {
        let ends = &self.set.ends;
        let number = self.first + column;
        let start = number.checked_sub(1).map_or(Some(0), |before| ends.get(before).copied())?;
        self.set.text.get(start..*ends.get(number)?).filter(|value| *value != NULL)
    }

    /// A value that is never NULL.
    pub(super) fn text(self, column: usize) -> &'a str {
        self.optional(column).unwrap_or_default()
    }

    /// A boolean.
    pub(super) fn boolean(self, column: usize) -> bool {
        self.text(column) == "t"
    }

    /// A `"char"`; a blank for the empty one.
    pub(super) fn character(self, column: usize) -> char {
        self.text(column).chars().next().unwrap_or(' ')
    }

    /// A number.
    pub(super) fn number<T: FromStr>(self, column: usize, what: &'static str) -> Result<T, InspectError> {
        number(self.text(column), what)
    }

    /// The numbers of an array (`{1,2}`) or of a vector (`1 2`); none for NULL.
    pub(super) fn numbers<T: FromStr>(
        self,
        column: usize,
        what: &'static str,
    ) -> Result<Vec<T>, InspectError> {
        self.text(column)
            .split(|c: char| !c.is_ascii_digit() && c != '-')
            .filter(|item| !item.is_empty())
            .map(|item| number(item, what))
            .collect()
    }

    /// The items of an array of text; none for NULL.
    pub(super) fn texts(self, column: usize) -> Vec<String> {
        array_items(self.text(column))
    }

    /// Storage parameters: an array of `name=value`.
    pub(super) fn parameters(self, column: usize) -> BTreeMap<String, String> {
        array_items(self.text(column))
            .into_iter()
            .filter_map(|item| item.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())))
            .collect()
    }
}

fn number<T: FromStr>(text: &str, what: &'static str) -> Result<T, InspectError> {
    text.parse().map_err(|_| InspectError::Catalogue { what, value: text.to_owned() })
}

/// The items of a one-dimensional text array as the server prints it (PostgreSQL docs, "Array Input and Output
/// Syntax").
fn array_items(text: &str) -> Vec<String> {
    let Some(inner) = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')) else { return Vec::new() };
    let mut items = Vec::new();
    let mut item = String::new();
    let mut quoted = false;
    let mut characters = inner.chars();
    while let Some(c) = characters.next() {
        match c {
            '"' => quoted = !quoted,
            '\\' => item.extend(characters.next()),
            ',' if !quoted => items.push(std::mem::take(&mut item)),
            c => item.push(c),
        }
    }
    if !inner.is_empty() {
        items.push(item);
    }
    items
}

#[cfg(test)]
mod tests {
    use super::array_items;

    #[test]
    fn arrays_are_split_at_unquoted_commas() {
        assert_eq!(array_items("{}"), Vec::<String>::new());
        assert_eq!(array_items("{fillfactor=70,a=b}"), ["fillfactor=70", "a=b"]);
        assert_eq!(array_items(r#"{"x=1,2","y=\"q\\"}"#), ["x=1,2", r#"y="q\"#]);
    }
}
