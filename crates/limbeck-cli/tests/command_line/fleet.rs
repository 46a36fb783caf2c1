//! `upgrade`, `downgrade` and `current` with `--fleet`.

use limbeck_test_server::postgres_url;

use crate::workshop::Workshop;

const FLEETS: &str = r#"
[environments.production]
url = "URL"

[fleets.files]
files = "tenants/*.db"
concurrency = 1

[fleets.listed]
urls = ["sqlite:tenants/a.db", { env = "OTHER_TENANT", default = "sqlite:tenants/new.db" }]
on_failure = "continue"

[fleets.schemas]
schemas = ["t1", "t2", "t3"]
concurrency = 1
on_failure = "continue"

[fleets.queried]
query = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 't_'"
"#;

fn workshop(url: &str) -> Workshop {
    let workshop = Workshop::new();
    workshop.write("limbeck.toml", &FLEETS.replace("URL", url));
    workshop.script(
        "aaaa1111",
        "",
        "customers",
        "CREATE TABLE customers (id INTEGER);",
        "DROP TABLE customers;",
    );
    workshop.script(
        "bbbb2222",
        "aaaa1111",
        "phones",
        "ALTER TABLE customers ADD COLUMN phone TEXT;",
        "ALTER TABLE customers DROP COLUMN phone;",
    );
    workshop
}

#[test]
fn a_fleet_of_files() {
    let mut workshop = workshop("sqlite:main.db");
    for name in ["a", "b", "c"] {
        workshop.write(&format!("tenants/{name}.db"), "");
    }
    workshop.run(&["current", "--fleet", "files"]);
    workshop.run(&["upgrade", "+1", "--fleet", "files"]);
    workshop.write("tenants/b.db", "This file is no database, which shows when it is read, not before.");
    workshop.run(&["upgrade", "head", "--fleet", "files"]);
    workshop.run(&["upgrade", "head", "--fleet", "files", "--on-failure", "continue", "--json"]);
    workshop.run(&["current", "--fleet", "files"]);
    workshop.write("tenants/b.db", "");
    workshop.run(&["upgrade", "head", "--fleet", "files", "--quiet"]);
    workshop.run(&["downgrade", "-1", "--fleet", "files", "--tenant", "tenants/c.db"]);
    workshop.run(&["current", "--fleet", "files", "--check-heads"]);
    workshop.run(&["upgrade", "heads", "--fleet", "listed"]);
    workshop.run(&["upgrade", "heads", "--fleet", "file"]);
    workshop.run(&["upgrade", "heads", "--fleet", "files", "--tenant", "tenants/d.db"]);
    workshop.run(&["upgrade", "heads", "--fleet", "schemas"]);
    workshop.run(&["upgrade", "heads", "--fleet", "files", "--url", "sqlite:a.db"]);
    workshop.expect("fleet-files.txt");
}

#[test]
fn a_fleet_of_schemas() {
    let url = postgres_url();
    let mut workshop = workshop(&url);
    workshop.filter(url.clone(), "[url]");
    workshop.run(&["upgrade", "head", "--fleet", "queried"]);
    workshop.write(
        "setup.toml",
        &format!("migrations = \"setup\"\nversion_table = \"setup\"\n[environments.x]\nurl = \"{url}\"\n"),
    );
    workshop.write(
        "setup/1.sql",
        "-- setup\n-- Revision ID: 1\n-- Revises:\n-- migrate:up\nCREATE SCHEMA t1; CREATE SCHEMA t3;\n",
    );
    assert_eq!(workshop.ran_quietly(&["-c", "setup.toml", "upgrade", "head"]).code, 0);
    workshop.run(&["upgrade", "heads", "--fleet", "schemas"]);
    workshop.run(&["upgrade", "heads", "--fleet", "queried"]);
    workshop.run(&["current", "--fleet", "schemas", "--json"]);
    workshop.expect("fleet-schemas.txt");
}
