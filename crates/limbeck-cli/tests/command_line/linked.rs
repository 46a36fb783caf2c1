//! The command line of an application that carries model and scripts in itself.

use std::process::ExitCode;

use limbeck_cli::App;
use limbeck_schema::{Column, MetaData, SqlType, Table};

const SCRIPTS: &[(&str, &str)] = &[(
    "1a1a_create_customers.sql",
    "-- create customers\n--\n-- Revision ID: 1a1a\n-- Revises:\n\n-- migrate:up\nCREATE TABLE customers (customer_id INTEGER NOT NULL, CONSTRAINT pk_customers PRIMARY KEY (customer_id));\n\n-- migrate:down\nDROP TABLE customers;\n",
)];

fn model() -> MetaData {
    let table = Table::new("customers")
        .with_column(Column::new("customer_id", SqlType::Integer).not_null())
        .with_primary_key(["customer_id"]);
    MetaData::new().table(table)
}

#[test]
fn it_needs_neither_files_nor_a_configuration() {
    let directory = limbeck_test_server::sqlite_directory();
    let url = format!("sqlite:{}", directory.path().join("shop.db").display());
    let run = |words: &[&str]| {
        let options = ["shop", "--quiet", "--url", &url];
        let words = options.iter().chain(words).map(std::ffi::OsString::from);
        App::new().schema(model()).scripts(SCRIPTS).run(words)
    };
    assert_eq!(run(&["current", "--check-heads"]), ExitCode::from(1));
    assert_eq!(run(&["upgrade", "head"]), ExitCode::SUCCESS);
    assert_eq!(run(&["current", "--check-heads"]), ExitCode::SUCCESS);
    assert_eq!(run(&["check"]), ExitCode::SUCCESS);
    assert_eq!(run(&["downgrade", "base"]), ExitCode::SUCCESS);
    assert_eq!(run(&["upgrade", "nowhere"]), ExitCode::from(3));
}
