//! Keys of rows that can be compared and looked up.

use limbeck_schema::Value;

/// The values of a key, none of them NULL. Integers of all widths are equal where their numbers are: a database gives
/// them back wider than they were sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum RowKey {
    /// A key of one column.
    One(KeyValue),
    /// A key of several columns.
    Many(Vec<KeyValue>),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum KeyValue {
    Integer(i64),
    Text(String),
    Binary(Vec<u8>),
    /// A value of a type that is seldom a key, by its debug text.
    Other(String),
}

impl RowKey {
    /// The key of these values; `None` when one of them is NULL, which equals nothing.
    pub(crate) fn new<'a>(values: impl IntoIterator<Item = &'a Value>) -> Option<Self> {
        let mut values = values.into_iter();
        let first = KeyValue::new(values.next()?)?;
        let Some(second) = values.next() else { return Some(RowKey::One(first)) };
        let mut all = vec![first, KeyValue::new(second)?];
        for value in values {
            all.push(KeyValue::new(value)?);
        }
        Some(RowKey::Many(all))
    }
}

impl KeyValue {
    fn new(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Null => return None,
            Value::SmallInteger(number) => KeyValue::Integer((*number).into()),
            Value::Integer(number) => KeyValue::Integer((*number).into()),
            Value::BigInteger(number) => KeyValue::Integer(*number),
            Value::Text(text) => KeyValue::Text(text.clone()),
            Value::Binary(bytes) => KeyValue::Binary(bytes.clone()),
            other => KeyValue::Other(format!("{other:?}")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_the_same_in_every_width() {
        assert_eq!(RowKey::new([&Value::Integer(7)]), RowKey::new([&Value::BigInteger(7)]));
        assert_ne!(RowKey::new([&Value::Integer(7)]), RowKey::new([&Value::Text("7".to_owned())]));
    }

    #[test]
    fn null_is_in_no_key() {
        assert_eq!(RowKey::new([&Value::Integer(7), &Value::Null]), None);
    }
}
