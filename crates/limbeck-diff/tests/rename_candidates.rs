//! What may have been renamed, best first, and what is declared in two ways.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use limbeck_diff::{Renamed, ambiguous_renames, compare, declare_rename, rename_candidates};
use limbeck_schema::{
    Attribute, Column, CompositeType, Dialect, Domain, EnumType, MetaData, Operation, SqlType, Table,
};

const DIALECT: Dialect = Dialect::Postgresql;

fn table(name: &str, columns: &[(&str, SqlType)]) -> Table {
    let id = Column::new("id", SqlType::Integer).not_null();
    let table = Table::new(name).with_column(id).with_primary_key(["id"]);
    columns
        .iter()
        .fold(table, |table, (name, sql_type)| table.with_column(Column::new(*name, sql_type.clone())))
}

fn schema(tables: impl IntoIterator<Item = Table>) -> MetaData {
    MetaData { tables: tables.into_iter().collect(), ..MetaData::new() }.resolve().unwrap()
}

/// Each candidate as `what: former, former`.
fn candidates(from: &MetaData, to: &MetaData) -> Vec<String> {
    let found = rename_candidates(DIALECT, from, to);
    found.into_iter().map(|c| format!("{}: {}", c.object, c.former.join(", "))).collect()
}

#[test]
fn a_column_of_the_same_type_and_a_similar_name_comes_first() {
    let from = schema([table(
        "people",
        &[("created", SqlType::Date), ("surname", SqlType::Text), ("first", SqlType::Text)],
    )]);
    let to = schema([table("people", &[("first_name", SqlType::Text)])]);
    assert_eq!(candidates(&from, &to), ["column `people.first_name`: first, surname"]);
}

#[test]
fn nothing_is_asked_about_what_has_nothing_in_common() {
    let from = schema([table("people", &[("born", SqlType::Date)])]);
    let to = schema([table("people", &[("photograph", SqlType::LargeBinary)])]);
    assert_eq!(candidates(&from, &to), [""; 0]);
    let to = schema([table("people", &[("born", SqlType::Date), ("died", SqlType::Date)])]);
    assert_eq!(candidates(&from, &to), [""; 0], "nothing goes, so nothing is renamed");
}

#[test]
fn a_table_is_known_by_its_columns_and_its_columns_once_it_is_declared() {
    let from = schema([
        table("people", &[("name", SqlType::Text), ("mail", SqlType::Text)]),
        table("logs", &[("line", SqlType::Integer)]),
    ]);
    let mut to = schema([table("customers", &[("name", SqlType::Text), ("email", SqlType::Text)])]);
    assert_eq!(candidates(&from, &to), ["table `customers`: people"]);
    let first = rename_candidates(DIALECT, &from, &to).remove(0);
    declare_rename(&mut to, &first.object, &first.former[0]);
    assert_eq!(candidates(&from, &to), ["column `customers.email`: mail"]);
    let second = rename_candidates(DIALECT, &from, &to).remove(0);
    declare_rename(&mut to, &second.object, &second.former[0]);
    assert_eq!(candidates(&from, &to), [""; 0]);
    let operations = compare(DIALECT, &from, &to);
    assert!(matches!(&operations[0], Operation::RenameTable { to, .. } if to == "customers"));
    assert!(matches!(&operations[1], Operation::RenameColumn { to, .. } if to == "email"));
}

#[test]
fn enum_values_are_candidates_until_they_are_declared() {
    let from = MetaData::new().enum_type(EnumType::new("mood", ["sad", "okay", "happy"]));
    let mut to = MetaData::new().enum_type(EnumType::new("mood", ["sad", "ok", "happy"]));
    assert_eq!(candidates(&from, &to), ["value `ok` of enum type `mood`: okay"]);
    let first = rename_candidates(DIALECT, &from, &to).remove(0);
    declare_rename(&mut to, &first.object, &first.former[0]);
    assert_eq!(candidates(&from, &to), [""; 0]);
}

#[test]
fn two_renames_of_one_thing_are_ambiguous_while_neither_has_happened() {
    let renamed = |name: &str| Column::new(name, SqlType::Text).renamed_from("name");
    let from = schema([table("people", &[("name", SqlType::Text)])]);
    let to = schema([table("people", &[]).with_column(renamed("first")).with_column(renamed("last"))]);
    let found = ambiguous_renames(&from, &to);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].former, "name");
    assert_eq!(found[0].claimed_by.len(), 2);
    let half = schema([table("people", &[("name", SqlType::Text), ("first", SqlType::Text)])]);
    assert_eq!(ambiguous_renames(&half, &to), []);

    let mut left = table("left", &[]);
    let mut right = table("right", &[]);
    left.renamed_from = Some("people".to_owned());
    right.renamed_from = Some("people".to_owned());
    assert_eq!(ambiguous_renames(&from, &schema([left, right])).len(), 1);
}

#[test]
fn domains_composite_types_and_their_attributes_are_candidates_until_they_are_declared() {
    let composite = |name: &str, attributes: &[&str]| {
        let mut composite = CompositeType::new(name);
        composite.attributes = attributes.iter().map(|a| Attribute::new(*a, SqlType::Text)).collect();
        composite
    };
    let before = MetaData::new()
        .domain(Domain::new("email", SqlType::Text))
        .domain(Domain::new("code", SqlType::Integer))
        .composite_type(composite("address", &["street", "city", "zip"]));
    let mut after = MetaData::new()
        .domain(Domain::new("email_address", SqlType::Text))
        .domain(Domain::new("code", SqlType::Integer))
        .composite_type(composite("place", &["street_name", "city", "zip"]));
    assert_eq!(
        candidates(&before, &after),
        ["domain `email_address`: email", "composite type `place`: address"]
    );
    declare_rename(&mut after, &Renamed::Domain("email_address".into()), "email");
    declare_rename(&mut after, &Renamed::Composite("place".into()), "address");
    assert_eq!(candidates(&before, &after), ["attribute `place.street_name`: street"]);
    let attribute = Renamed::Attribute { composite: "place".into(), attribute: "street_name".into() };
    declare_rename(&mut after, &attribute, "street");
    assert_eq!(candidates(&before, &after), Vec::<String>::new());

    let twice = after.clone().domain(Domain::new("mail", SqlType::Text).renamed_from("email"));
    let ambiguous = ambiguous_renames(&before, &twice);
    assert_eq!(ambiguous.len(), 1);
    assert_eq!(ambiguous[0].former, "email");
}
