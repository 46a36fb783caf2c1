//! Domains as tables of one column, so that their expressions are compared in the way of all others.
//!
//! The server prints VALUE in a condition of a domain where it would print the column of a table; nothing else differs.

use limbeck_schema::{Column, Domain, MetaData, QualifiedName, Table};

use crate::InspectError;

/// The column that stands for VALUE.
const VALUE: &str = "value";

/// What no table is called.
const PREFIX: &str = "limbeck domain ";

/// The schema with a further table for each domain.
pub(super) fn as_tables(metadata: &MetaData) -> MetaData {
    let mut with_tables = metadata.clone();
    with_tables.tables.extend(metadata.domains.iter().map(as_table));
    with_tables
}

fn as_table(domain: &Domain) -> Table {
    let name = |name: &str| format!("{PREFIX}{name}");
    let mut table =
        Table::new(QualifiedName { schema: domain.name.schema.clone(), name: name(&domain.name.name) });
    let mut column = Column::new(VALUE, domain.base_type.clone());
    column.collation.clone_from(&domain.collation);
    column.server_default.clone_from(&domain.server_default);
    table.columns.push(column);
    table.renamed_from = domain.renamed_from.as_deref().map(name);
    table.checks.clone_from(&domain.checks);
    for check in &mut table.checks {
        check.expression.sql = replace_word(&check.expression.sql, VALUE);
    }
    table
}

/// The declared schema with its expressions from where each has its table.
pub(super) fn from_tables(declared: &MetaData, mut canonical: MetaData) -> MetaData {
    let tables = canonical.tables.split_off(declared.tables.len());
    for (domain, table) in canonical.domains.iter_mut().zip(tables) {
        domain.server_default = table.columns.into_iter().next().and_then(|column| column.server_default);
        for (check, of_table) in domain.checks.iter_mut().zip(table.checks) {
            check.expression.sql = replace_word(&of_table.expression.sql, "VALUE");
        }
    }
    canonical
}

/// The text with every unquoted `value`, in any case, written as given.
fn replace_word(sql: &str, word: &str) -> String {
    let mut text = String::with_capacity(sql.len());
    let mut quote = None;
    let mut current = String::new();
    let flush = |current: &mut String, text: &mut String| {
        text.push_str(if current.eq_ignore_ascii_case(VALUE) { word } else { current });
        current.clear();
    };
    for c in sql.chars() {
        if quote.is_none() && (c.is_alphanumeric() || c == '_' || c == '$') {
            current.push(c);
            continue;
        }
        flush(&mut current, &mut text);
        match quote {
            Some(open) if c == open => quote = None,
            None if c == '\'' || c == '"' => quote = Some(c),
            _ => {}
        }
        text.push(c);
    }
    flush(&mut current, &mut text);
    text
}

/// An error about one of the tables as an error about its domain.
pub(super) fn named(error: InspectError) -> InspectError {
    match error {
        InspectError::Refused(mut refusal) => {
            if let Some(name) = refusal.table.name.strip_prefix(PREFIX) {
                refusal.table.name = name.to_owned();
                refusal.owner = "domain";
                refusal.expression = replace_word(&refusal.expression, "VALUE");
                if refusal.object.starts_with("the default") {
                    refusal.object = "the default".to_owned();
                }
            }
            InspectError::Refused(refusal)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::replace_word;

    #[test]
    fn value_is_a_word_of_its_own() {
        let replaced =
            replace_word("Value > 0 AND values(VALUE) <> 'value' AND \"value\" = value_1", "VALUE");
        assert_eq!(replaced, "VALUE > 0 AND values(VALUE) <> 'value' AND \"value\" = value_1");
    }
}
