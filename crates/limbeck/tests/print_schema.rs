//! What the `limbeck` command gets to read. The test runs itself again, since printing ends in the process's own
//! standard output and exit status.

use std::process::{Command, Output};

use limbeck::prelude::*;
use limbeck::{Column, Table};

fn run(child: &str) -> std::io::Result<Output> {
    let test = std::env::current_exe()?;
    Command::new(test).args(["--exact", child, "--ignored", "--nocapture", "--quiet"]).output()
}

fn good() -> MetaData {
    let table = Table::new("a").with_column(Column::new("x", SqlType::Integer).not_null());
    MetaData::new().table(table.with_primary_key(["x"]))
}

#[test]
#[ignore = "run by `the_schema_is_printed_with_its_names`"]
fn child_good() {
    limbeck::print_schema(good());
}

#[test]
#[ignore = "run by `every_error_is_printed_with_its_code`"]
fn child_bad() {
    limbeck::print_schema(good().table(Table::new("a")).table(Table::new("")));
}

#[test]
fn the_schema_is_printed_with_its_names() {
    let output = run("child_good").unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    // The test harness writes around it.
    let json = &text[text.find('{').unwrap()..=text.rfind('}').unwrap()];
    assert_eq!(MetaData::from_json(json).unwrap(), good().resolve().unwrap());
    assert!(json.contains("pk_a"));
}

#[test]
fn every_error_is_printed_with_its_code() {
    let output = run("child_bad").unwrap();
    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        errors,
        "error[schema.duplicate]: table `a` is declared twice\nerror[schema.empty-name]: a table has an empty name\n"
    );
    assert!(!String::from_utf8(output.stdout).unwrap().contains('{'));
}
