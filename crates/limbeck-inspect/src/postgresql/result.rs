//! Rows of a simple query, whose values all come as text.

use std::collections::BTreeMap;
use std::str::FromStr;

use tokio_postgres::{SimpleQueryMessage, SimpleQueryRow};

use crate::InspectError;

/// The rows of each statement of a batch that returns rows, in the order of the statements.
pub(super) fn result_sets(messages: &[SimpleQueryMessage]) -> Vec<Vec<Row<'_>>> {
    let mut sets = Vec::new();
    for message in messages {
        match message {
            SimpleQueryMessage::RowDescription(_) => sets.push(Vec::new()),
            SimpleQueryMessage::Row(row) => {
                if let Some(set) = sets.last_mut() {
                    set.push(Row(row));
                }
            }
            _ => {}
        }
    }
    sets
}

/// One row.
#[derive(Clone, Copy)]
pub(super) struct Row<'a>(&'a SimpleQueryRow);

impl<'a> Row<'a> {
    /// A value that may be NULL.
    pub(super) fn optional(self, column: usize) -> Option<&'a str> {
        self.0.try_get(column).ok().flatten()
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
            .split(['{', '}', ',', ' '])
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
