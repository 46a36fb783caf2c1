//! An existing database is printed, written down, and taken over.

use crate::workshop::Workshop;

const SCHEMA: &str = "
    CREATE TABLE customers (id INTEGER NOT NULL, name TEXT NOT NULL, CONSTRAINT pk_customers PRIMARY KEY (id));
    CREATE TABLE orders (id INTEGER NOT NULL, customer_id INTEGER, price INTEGER NOT NULL, CONSTRAINT pk_orders PRIMARY KEY (id),
        CONSTRAINT fk_orders_customers FOREIGN KEY (customer_id) REFERENCES customers (id));
    CREATE INDEX ix_orders_price ON orders (price);
    CREATE VIEW dear_orders AS SELECT id, price FROM orders WHERE price > 100;";

/// The same test on a SQLite file and on a fresh PostgreSQL database that hold a schema, each with its transcript.
fn on_both(name: &str, test: impl Fn(&mut Workshop, &str)) {
    let server = limbeck_test_server::postgres_url();
    for (dialect, url) in [("sqlite", "sqlite:shop.db"), ("postgresql", server.as_str())] {
        let mut workshop = Workshop::new();
        let database = workshop.path("shop.db");
        let (program, target) = match dialect {
            "sqlite" => ("sqlite3".into(), database.display().to_string()),
            _ => (limbeck_test_server::postgres_binary("psql"), url.to_owned()),
        };
        let option = if dialect == "sqlite" { None } else { Some("-qc") };
        let made = std::process::Command::new(program).arg(target).args(option).arg(SCHEMA).output().unwrap();
        assert!(made.status.success(), "{made:?}");
        workshop.filter(url, &format!("{dialect}:[database]"));
        test(&mut workshop, url);
        workshop.expect(&format!("{name}-{dialect}.txt"));
    }
}

#[test]
fn a_database_is_printed_and_written_down() {
    on_both("inspect", |workshop, url| {
        workshop.run(&["inspect", url]);
        let json = workshop.ran_quietly(&["inspect", url, "--format", "json"]);
        workshop.write("printed.json", &json.stdout);
        assert_eq!(workshop.run(&["diff", url, "printed.json"]).code, 0);
        workshop.run(&["inspect", url, "-o", "db"]);
        assert_eq!(workshop.run(&["diff", url, "db"]).code, 0);
        workshop.run(&["inspect", url, "-o", "db", "--json"]);
        workshop.run(&["inspect", url, "--unmanaged"]);
        workshop.run(&["inspect", "production"]);
    });
}

#[test]
fn a_database_is_taken_over_by_one_command() {
    on_both("init-from", |workshop, url| {
        workshop.run(&["init", "--from", url]);
        assert_eq!(workshop.run(&["check"]).code, 0);
        let view = workshop.read("schema/views/dear_orders.sql").replace("100", "200");
        workshop.write("schema/views/dear_orders.sql", &view);
        assert_eq!(workshop.run(&["check"]).code, 1);
    });
}
