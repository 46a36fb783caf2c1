//! The way of the README, with scripts written by hand and a model from a file.

use crate::workshop::Workshop;

/// What `limbeck_schema` writes for a table of two columns.
fn model(column: &str) -> String {
    use limbeck_schema::{Column, MetaData, SqlType, Table};
    let table = Table::new("customers")
        .with_column(Column::new("customer_id", SqlType::Integer).not_null())
        .with_column(Column::new(column, SqlType::Text))
        .with_primary_key(["customer_id"]);
    MetaData::new().table(table).to_json()
}

const CREATE: &str = "CREATE TABLE customers (\n    customer_id INTEGER NOT NULL,\n    name TEXT,\n    CONSTRAINT pk_customers PRIMARY KEY (customer_id)\n);";

#[test]
fn sqlite() {
    let mut workshop = Workshop::new();
    workshop.run(&["init", "--url", "sqlite:///shop.db", "--model", "json"]);
    workshop.run(&["init"]);
    workshop.run(&["current"]);
    walk(&mut workshop);
    workshop.expect("happy-path-sqlite.txt");
}

#[test]
fn postgresql() {
    let url = limbeck_test_server::postgres_url();
    let mut workshop = Workshop::with_url(&url);
    workshop.filter(url, "postgresql://[server]");
    walk(&mut workshop);
    workshop.expect("happy-path-postgresql.txt");
}

fn walk(workshop: &mut Workshop) {
    workshop.write("schema.json", &model("name"));
    assert_eq!(workshop.run(&["revision", "-m", "create customers", "--rev-id", "1a1a1a1a1a1a"]).code, 0);
    workshop.write(
        "migrations/1a1a1a1a1a1a_create_customers.sql",
        &format!(
            "-- create customers\n--\n-- Revision ID: 1a1a1a1a1a1a\n-- Revises:\n\n-- migrate:up\n{CREATE}\n\n-- migrate:down\nDROP TABLE customers;\n"
        ),
    );
    assert_eq!(workshop.run(&["upgrade", "head"]).code, 0);
    workshop.run(&["upgrade", "head"]);
    workshop.run(&["current"]);
    workshop.run(&["current", "--verbose"]);
    assert_eq!(workshop.run(&["check"]).code, 0);

    workshop.write("schema.json", &model("full_name"));
    assert_eq!(workshop.run(&["check"]).code, 1);
    let json = workshop.command(&["check", "--json"]).output().unwrap().stdout;
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(json["agree"], false);
    assert!(json["upgrade"].as_array().is_some_and(|statements| !statements.is_empty()), "{json}");

    let before = std::fs::read_dir(workshop.path("migrations")).unwrap().count();
    let dry =
        workshop.command(&["revision", "--autogenerate", "--dry-run", "-m", "full name"]).output().unwrap();
    assert!(String::from_utf8(dry.stdout).unwrap().starts_with("-- full name\n"));
    assert_eq!(
        std::fs::read_dir(workshop.path("migrations")).unwrap().count(),
        before,
        "nothing was written"
    );

    assert_eq!(
        workshop.run(&["revision", "--autogenerate", "-m", "full name", "--rev-id", "2b2b2b2b2b2b"]).code,
        0
    );
    assert_eq!(workshop.run(&["upgrade", "head"]).code, 0);
    assert_eq!(workshop.run(&["check"]).code, 0);
    workshop.run(&["revision", "--autogenerate", "-m", "nothing"]);
    workshop.run(&["history"]);
    workshop.run(&["history", "--rev-range", "-1:current", "--indicate-current", "--verbose"]);
    workshop.run(&["show", "1a1a"]);
    assert_eq!(workshop.run(&["downgrade", "-1"]).code, 0);
    assert_eq!(workshop.run(&["current", "--check-heads"]).code, 1);
    assert_eq!(workshop.run(&["downgrade", "base"]).code, 0);
    assert_eq!(workshop.run(&["stamp", "heads"]).code, 0);
    assert_eq!(workshop.run(&["current", "--check-heads"]).code, 0);
}

#[test]
fn branches_and_merges() {
    let mut workshop = Workshop::with_url("sqlite:///shop.db");
    let none = "SELECT 1;";
    workshop.script("1a1a1a1a1a1a", "", "base", none, none);
    workshop.script("2b2b2b2b2b2b", "1a1a1a1a1a1a", "left", none, none);
    workshop.run(&["revision", "-m", "right", "--rev-id", "3c3c3c3c3c3c", "--head", "1a1a1a1a1a1a"]);
    let right = [
        "revision",
        "-m",
        "right",
        "--rev-id",
        "3c3c3c3c3c3c",
        "--head",
        "1a1a",
        "--splice",
        "--branch-label",
        "shop",
    ];
    assert_eq!(workshop.run(&right).code, 0);
    workshop.run(&["heads"]);
    workshop.run(&["branches"]);
    workshop.run(&["upgrade", "heads"]);
    workshop.run(&["current"]);
    workshop.run(&["merge", "heads", "-m", "join", "--rev-id", "4d4d4d4d4d4d"]);
    workshop.run(&["heads", "--verbose"]);
    workshop.run(&["upgrade", "head", "--json"]);
    workshop.run(&["heads", "--json"]);
    workshop.run(&["downgrade", "shop@-1"]);
    workshop.run(&["current", "--json"]);
    workshop.expect("branches.txt");
}

#[test]
fn init_in_a_cargo_project_links_the_library() {
    let mut workshop = Workshop::new();
    workshop.write("Cargo.toml", "[package]\nname = \"web-shop\"\n\n[dependencies]\nlimbeck = \"0.1\"\n");
    workshop.write("src/lib.rs", "pub fn schema() -> limbeck::MetaData { limbeck::MetaData::new() }\n");
    workshop.run(&["init"]);
    assert!(
        workshop.read("src/bin/limbeck-schema.rs").contains("limbeck::print_schema(web_shop::schema());")
    );
    assert!(workshop.read("limbeck.toml").contains("bin = \"limbeck-schema\""));
    workshop.run(&["init"]);
    workshop.run(&["history"]);
    workshop.expect("init-cargo.txt");
}

#[test]
fn init_says_what_a_project_lacks() {
    let mut workshop = Workshop::new();
    workshop.write("Cargo.toml", "[package]\nname = \"web-shop\"\n");
    workshop.write("src/main.rs", "fn main() {}\n");
    workshop.run(&["init", "db/migrations", "--url", "postgresql://ada:secret@localhost/shop"]);
    let config = workshop.read("limbeck.toml");
    assert!(!config.contains("secret"), "{config}");
    assert!(config.contains("migrations = \"db/migrations\""), "{config}");
    workshop.expect("init-missing.txt");
}

#[test]
fn completions_are_made_for_every_shell() {
    let workshop = Workshop::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = workshop.command(&["completions", shell]).output().unwrap();
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && script.contains("autogenerate"), "{shell}: {script}");
    }
}

#[test]
fn a_url_comes_from_dotenv_and_the_process_comes_first() {
    let mut workshop = Workshop::new();
    workshop.write("limbeck.toml", "[environments.test]\nurl = { env = \"DATABASE_URL\" }\n");
    std::fs::create_dir(workshop.path("migrations")).unwrap();
    workshop.run(&["current"]);
    workshop.write(".env", "DATABASE_URL=sqlite:///from-dotenv.db\n");
    workshop.run(&["current", "-v"]);
    let mut command = workshop.command(&["current", "-v"]);
    command.env("DATABASE_URL", "sqlite:///from-process.db");
    workshop.run_command(&["current", "-v"], command);
    workshop.write(".env", "DATABASE_URL=sqlite:///my secret.db\n");
    workshop.run(&["current"]);
    workshop.expect("dotenv.txt");
}

/// As `limbeck history | head -1` does.
#[test]
fn a_reader_that_goes_away_is_no_error() {
    let workshop = Workshop::with_url("sqlite:///shop.db");
    let mut parent = String::new();
    for number in 0..500 {
        let id = format!("{number:012}");
        workshop.script(&id, &parent, &"long message ".repeat(40), "SELECT 1;", "SELECT 1;");
        parent = id;
    }
    let mut command = workshop.command(&["history"]);
    let mut child =
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
}
