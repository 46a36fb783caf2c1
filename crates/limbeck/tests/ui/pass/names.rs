// Raw identifiers, names of the standard library and of Limbeck, another path to the library, lints of the user.
#![no_implicit_prelude]
#![deny(warnings, missing_docs)]
#![allow(dead_code)]

//! A crate.

extern crate limbeck as renamed;

#[derive(::std::fmt::Debug, renamed::Model)]
#[model(crate = "renamed")]
#[index(on = (r#type, r#match.desc()), where = "true")]
struct Table {
    #[key]
    r#type: i32,
    #[column(server_default = "'a'", type = "text")]
    r#match: ::std::string::String,
    #[references(Column, index)]
    column: ::std::option::Option<i64>,
    #[column(unique)]
    kind: Vec,
}

#[derive(renamed::Model)]
#[model(crate = renamed)]
struct Column {
    #[key(identity(always, start = 5))]
    some: i64,
    #[references(Table)]
    table: i32,
}

/// Not the standard one.
#[derive(::std::fmt::Debug, renamed::Enum)]
#[enum_type(crate = "renamed")]
pub enum Vec {
    /// One.
    String,
    /// Two.
    #[value(renamed_from = "old")]
    Option,
}

renamed::relations! {
    Table { r#mod: one Column, columns: many Column }
    Column { owner: one Table, cascade() }
}

fn main() {
    let schema = renamed::MetaData::new().models(renamed::models![Table, Column]).resolve();
    ::std::assert!(schema.is_ok());
}
