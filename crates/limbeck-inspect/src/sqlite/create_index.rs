//! Indexes, read from the text of their CREATE INDEX (SQLite docs, "CREATE INDEX").

use limbeck_schema::{Column, Expression, Index, IndexElement, SortOrder};

use super::cursor::{Cursor, items, text_of};
use super::tokens::{Token, tokens, without_outer_parentheses};

/// Reads the text that SQLite stored for an index on a table with the given columns.
pub(super) fn read(name: &str, sql: &str, columns: &[Column]) -> Result<Index, String> {
    let tokens = tokens(sql)?;
    let mut cursor = Cursor::new(sql, &tokens);
    let mut unique = false;
    while !cursor.is_at_end() && !cursor.is_at_parenthesis() {
        unique |= cursor.accept(&["CREATE", "UNIQUE", "INDEX"]);
        if !cursor.is_at_parenthesis() {
            cursor.next();
        }
    }
    let keys = cursor.enclosed()?;
    let elements = items(keys.tokens).into_iter().map(|item| element(sql, item, columns)).collect();
    let predicate = cursor.accept(&["WHERE"]).then(|| Expression::new(cursor.remaining_text()));
    Ok(Index { elements, unique, predicate, ..Index::default() }.named(name))
}

fn element<'a>(sql: &'a str, item: &[Token<'a>], columns: &[Column]) -> IndexElement {
    let (item, order) = match item {
        [rest @ .., last] if last.is_word("DESC") => (rest, SortOrder::Descending),
        [rest @ .., last] if last.is_word("ASC") => (rest, SortOrder::Ascending),
        item => (item, SortOrder::Ascending),
    };
    let (item, collation) = match item {
        [rest @ .., collate, name] if collate.is_word("COLLATE") => (rest, Some(name.name())),
        item => (item, None),
    };
    let item = without_outer_parentheses(item);
    let column = match item {
        [only] => {
            let name = only.name();
            columns.iter().find(|column| column.name.eq_ignore_ascii_case(&name))
        }
        _ => None,
    };
    let mut element = match column {
        Some(column) => IndexElement::column(&column.name),
        None => IndexElement::expression(text_of(sql, item)),
    };
    // SQLite's own collation is BINARY (SQLite docs, "Collating Sequences").
    let own = column.and_then(|column| column.collation.as_deref()).unwrap_or("BINARY");
    element.collation = collation.filter(|name| !name.eq_ignore_ascii_case(own));
    element.order = order;
    element
}

#[cfg(test)]
mod tests {
    use limbeck_schema::{IndexTarget, SqlType};

    use super::*;

    #[test]
    fn keys_are_columns_or_expressions() {
        let columns = [Column::new("Name", SqlType::Text), Column::new("age", SqlType::Integer)];
        let sql = "CREATE UNIQUE INDEX IF NOT EXISTS \"ix\" ON t (name COLLATE NOCASE DESC, (age), lower(name), age + 1 ASC) WHERE age > 0 -- adults";
        let index = read("ix", sql, &columns).unwrap();
        assert!(index.unique);
        assert_eq!(index.predicate, Some(Expression::new("age > 0")));
        let targets: Vec<_> = index.elements.iter().map(|e| e.target.clone()).collect();
        assert_eq!(
            targets,
            [
                IndexTarget::Column("Name".to_owned()),
                IndexTarget::Column("age".to_owned()),
                IndexTarget::Expression("lower(name)".into()),
                IndexTarget::Expression("age + 1".into())
            ]
        );
        assert_eq!(index.elements[0].collation.as_deref(), Some("NOCASE"));
        assert_eq!(index.elements[0].order, SortOrder::Descending);
    }
}
