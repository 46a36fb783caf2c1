//! Operator classes as they stand behind the key of an index: a name, and the parameters that some take
//! (PostgreSQL docs, "CREATE INDEX", opclass_parameter).

use std::collections::BTreeMap;

use limbeck_schema::Dialect;

use crate::quote_literal;

/// The text of an operator class with parameters, in one spelling: `gist_trgm_ops(siglen=32)`.
pub fn operator_class(name: &str, parameters: &BTreeMap<String, String>) -> String {
    if parameters.is_empty() {
        return name.to_owned();
    }
    let is_plain = |value: &str| {
        !value.is_empty() && value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))
    };
    let items = parameters.iter().map(|(name, value)| match is_plain(value) {
        true => format!("{name}={value}"),
        false => format!("{name}={}", quote_literal(Dialect::Postgresql, value)),
    });
    format!("{name}({})", items.collect::<Vec<_>>().join(", "))
}

/// The same operator class as [`operator_class`] writes it. What cannot be read is left to the server.
pub(crate) fn respelled(text: &str) -> String {
    let text = text.trim();
    let Some((name, rest)) = text.split_once('(') else { return text.to_owned() };
    let Some(list) = rest.strip_suffix(')') else { return text.to_owned() };
    let mut parameters = BTreeMap::new();
    for item in items(list) {
        let Some((name, value)) = item.split_once('=') else { return text.to_owned() };
        let value = value.trim();
        let value = match value.strip_prefix('\'').and_then(|inner| inner.strip_suffix('\'')) {
            Some(inner) => inner.replace("''", "'"),
            None => value.to_owned(),
        };
        parameters.insert(name.trim().to_lowercase(), value);
    }
    operator_class(name.trim(), &parameters)
}

/// The parts between commas that are outside of quotes.
fn items(list: &str) -> Vec<String> {
    let mut items = vec![String::new()];
    let mut quoted = false;
    for c in list.chars() {
        quoted ^= c == '\'';
        match items.last_mut() {
            Some(item) if c != ',' || quoted => item.push(c),
            _ => items.push(String::new()),
        }
    }
    items
}

#[cfg(test)]
mod tests {
    use super::respelled;

    #[test]
    fn every_spelling_is_one() {
        for (written, expected) in [
            ("gist_trgm_ops", "gist_trgm_ops"),
            (" gist_trgm_ops ( siglen = '32' ) ", "gist_trgm_ops(siglen=32)"),
            ("x.ops(b=1,A='it''s, so')", "x.ops(a='it''s, so', b=1)"),
            ("ops(odd", "ops(odd"),
        ] {
            assert_eq!(respelled(written), expected);
            assert_eq!(respelled(expected), expected);
        }
    }
}
