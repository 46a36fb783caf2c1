//! What the code written by the derives calls: lookups that must happen at compile time, where a model can see of
//! another one only its constants.

use crate::{
    Column, ColumnType, Declared, Domain, EnumType, Grant, GrantState, Model, ObjectReference, QualifiedName,
    References, SqlType, TakesLength, TakesPrecision, TakesScale,
};

/// The column of a field.
pub const fn column_of(
    mut columns: &'static [(&'static str, &'static str)],
    field: &str,
) -> Option<&'static str> {
    while let Some(((name, column), rest)) = columns.split_first() {
        if same(name, field) {
            return Some(column);
        }
        columns = rest;
    }
    None
}

/// Fields and columns of several groups, one after the other; `N` is how many there are.
#[expect(clippy::indexing_slicing, reason = "at compile time, where an index out of bounds does not compile")]
pub const fn joined_columns<const N: usize>(
    mut groups: &[&'static [(&'static str, &'static str)]],
) -> [(&'static str, &'static str); N] {
    let mut all = [("", ""); N];
    let mut position = 0;
    while let Some((group, rest)) = groups.split_first() {
        let mut columns = *group;
        while let Some((column, rest)) = columns.split_first() {
            all[position] = *column;
            position += 1;
            columns = rest;
        }
        groups = rest;
    }
    all
}

/// The columns of fields. Fields that the model does not have are left out: the derives check them.
pub fn columns_of<M: Model>(fields: &[&str]) -> Vec<String> {
    fields.iter().filter_map(|field| column_of(M::COLUMNS, field)).map(str::to_owned).collect()
}

/// The fields of the only foreign key from `Child` to `Parent`, or `None` when there are several.
pub const fn sole_foreign_key<Child: References<Parent>, Parent>() -> Option<&'static [&'static str]> {
    match Child::FOREIGN_KEYS {
        [fields] => Some(fields),
        _ => None,
    }
}

/// The foreign key from `Child` to `Parent` that is held by the given fields.
pub const fn foreign_key_by<Child: References<Parent>, Parent>(
    fields: &[&str],
) -> Option<&'static [&'static str]> {
    let mut keys = Child::FOREIGN_KEYS;
    while let Some((key, rest)) = keys.split_first() {
        if same_all(key, fields) {
            return Some(key);
        }
        keys = rest;
    }
    None
}

/// Whether the rows of `Child` stay when the row that this foreign key names is deleted.
pub const fn outlives_parent<Child: References<Parent>, Parent>(fields: &[&str]) -> bool {
    let mut keys = Child::FOREIGN_KEYS;
    let mut answers = Child::OUTLIVES_PARENT;
    while let (Some((key, rest)), Some((answer, rest_of_answers))) =
        (keys.split_first(), answers.split_first())
    {
        if same_all(key, fields) {
            return *answer;
        }
        keys = rest;
        answers = rest_of_answers;
    }
    false
}

const fn same_all(mut left: &[&str], mut right: &[&str]) -> bool {
    loop {
        match (left.split_first(), right.split_first()) {
            (None, None) => return true,
            (Some((a, rest_left)), Some((b, rest_right))) if same(a, b) => {
                left = rest_left;
                right = rest_right;
            }
            _ => return false,
        }
    }
}

/// `==` on strings, which is not `const`.
const fn same(left: &str, right: &str) -> bool {
    let (mut left, mut right) = (left.as_bytes(), right.as_bytes());
    loop {
        match (left.split_first(), right.split_first()) {
            (None, None) => return true,
            (Some((a, rest_left)), Some((b, rest_right))) if *a == *b => {
                left = rest_left;
                right = rest_right;
            }
            _ => return false,
        }
    }
}

/// The column of a field whose type says everything.
pub fn column<T: ColumnType>(name: &str) -> Column {
    Column { nullable: T::NULLABLE, ..Column::new(name, T::sql_type()) }
}

/// The type of a field with `#[column(len = …)]`.
pub fn sized<T: TakesLength>(length: u32) -> SqlType {
    T::sql_type().with_length(length)
}

/// The type of a field with `#[column(precision = …)]`.
pub fn precise<T: TakesPrecision>(precision: u32) -> SqlType {
    T::sql_type().with_precision(precision)
}

/// The type of a field with `#[column(precision = …, scale = …)]`.
pub fn scaled<T: TakesScale>(precision: u32, scale: i32) -> SqlType {
    T::sql_type().with_precision(precision).with_scale(scale)
}

/// The enum types among the answers of a model's fields.
pub fn enum_types<const N: usize>(of_fields: [Option<EnumType>; N]) -> Vec<EnumType> {
    of_fields.into_iter().flatten().collect()
}

/// What a field's type says without having to be a column type: an inherent item comes before a trait's, so
/// `Option` and column types have their own answers and every other type has that of [`AnyType`].
pub struct FieldType<T>(std::marker::PhantomData<T>);

impl<T> FieldType<Option<T>> {
    /// An `Option` may be absent.
    pub const NULLABLE: bool = true;
}

impl<T: ColumnType> FieldType<T> {
    /// The enum type behind a column type.
    pub fn enum_type() -> Option<EnumType> {
        T::enum_type()
    }

    /// The domains behind a column type.
    pub fn domains() -> Vec<Domain> {
        T::domains()
    }
}

/// The answers of [`FieldType`] for types that are not known better.
pub trait AnyType {
    /// A value is always there.
    const NULLABLE: bool = false;

    /// What is no column type has no enum type. That it is none is reported once, by [`column`].
    fn enum_type() -> Option<EnumType> {
        None
    }

    /// Nor has it a domain.
    fn domains() -> Vec<Domain> {
        Vec::new()
    }
}

impl<T> AnyType for FieldType<T> {}

/// What an attribute of a model declares, under a name that leads to the attribute.
pub fn by_attribute(attribute: &str, model: &str, declared: impl Into<Declared>) -> Declared {
    let mut declared = declared.into();
    if let Declared::Sql(source) = &mut declared {
        source.origin = format!("#[{attribute}] of {model}");
    }
    declared
}

/// The privileges of an attribute, on a table or on some of its columns.
pub fn grants(
    table: &QualifiedName,
    columns: &[&str],
    privileges: &[&str],
    to: &str,
    option: bool,
) -> Vec<Declared> {
    let objects: Vec<ObjectReference> = match columns {
        [] => vec![ObjectReference::Table(table.clone())],
        columns => columns
            .iter()
            .map(|column| ObjectReference::Column(table.clone(), (*column).to_owned()))
            .collect(),
    };
    let state = if option { GrantState::WithGrantOption } else { GrantState::Granted };
    let grantee = (!to.eq_ignore_ascii_case("public")).then(|| to.to_owned());
    let grant = |(on, privilege): (&ObjectReference, &&str)| {
        Declared::Grant(Grant {
            on: on.clone(),
            grantee: grantee.clone(),
            privilege: (*privilege).to_owned(),
            state,
        })
    };
    objects.iter().flat_map(|on| privileges.iter().map(move |privilege| (on, privilege))).map(grant).collect()
}

/// A trigger of SQLite.
pub fn sqlite_trigger(name: &str, table: &str, event: &str, when: Option<&str>, body: &str) -> Declared {
    let when = when.map(|condition| format!(" WHEN {condition}")).unwrap_or_default();
    let body = body.trim().trim_end_matches(';');
    let sql = format!("CREATE TRIGGER {name} {event} ON {table} FOR EACH ROW{when} BEGIN {body}; END");
    crate::constructors::sqlite("trigger", name, vec![sql])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_by_its_whole_name() {
        const COLUMNS: &[(&str, &str)] = &[("id", "id"), ("id_", "other"), ("kind", "type")];
        assert_eq!(column_of(COLUMNS, "id_"), Some("other"));
        assert_eq!(column_of(COLUMNS, "kind"), Some("type"));
        assert_eq!(column_of(COLUMNS, "i"), None);
    }

    #[test]
    fn an_option_is_known_by_its_type() {
        type Alias = Option<std::net::IpAddr>;
        const { assert!(FieldType::<Alias>::NULLABLE) };
        const { assert!(!FieldType::<std::net::IpAddr>::NULLABLE) };
    }
}
