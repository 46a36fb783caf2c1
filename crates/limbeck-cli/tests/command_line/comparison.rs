//! Comparisons of all kinds of sources, filters, renames, and what a protected environment refuses.

use limbeck_schema::{Column, Index, MetaData, SqlType, Table};

use crate::workshop::Workshop;

const CUSTOMERS: &str = "CREATE TABLE customers (\n    id INTEGER NOT NULL,\n    surname TEXT,\n    CONSTRAINT pk_customers PRIMARY KEY (id)\n);\n";
const ORDERS: &str = "CREATE TABLE orders (\n    id INTEGER NOT NULL,\n    customer_id INTEGER,\n    CONSTRAINT pk_orders PRIMARY KEY (id),\n    CONSTRAINT fk_orders_customer_id_customers FOREIGN KEY (customer_id) REFERENCES customers (id)\n);\n";

fn customers(column: &str) -> Table {
    Table::new("customers")
        .with_column(Column::new("id", SqlType::Integer).not_null())
        .with_column(Column::new(column, SqlType::Text))
        .with_primary_key(["id"])
}

/// The same test on a SQLite file and on a fresh PostgreSQL database, each with its transcript.
fn on_both(name: &str, test: impl Fn(&mut Workshop)) {
    let url = limbeck_test_server::postgres_url();
    for (dialect, url) in [("sqlite", "sqlite:shop.db"), ("postgresql", url.as_str())] {
        let mut workshop = Workshop::with_url(url);
        workshop.filter(url, &format!("{dialect}:[database]"));
        test(&mut workshop);
        workshop.expect(&format!("{name}-{dialect}.txt"));
    }
}

fn set_config(workshop: &Workshop, model: &str, environment: &str, rest: &str) {
    let config = workshop.read("limbeck.toml");
    let url = config.lines().find(|line| line.starts_with("url")).unwrap().to_owned();
    workshop.write(
        "limbeck.toml",
        &format!("[model]\n{model}\n\n[environments.test]\n{url}\n{environment}\n\n{rest}\n"),
    );
}

#[test]
fn sources_of_every_kind_are_compared() {
    on_both("diff", |workshop| {
        // Named so that the table that is referred to comes last.
        workshop.write("schema/a/orders.sql", ORDERS);
        workshop.write("schema/customers.sql", CUSTOMERS);
        workshop.write("customers.json", &MetaData::new().table(customers("surname")).to_json());
        set_config(workshop, "sql = \"schema/**/*.sql\"", "", "");
        assert_eq!(workshop.run(&["diff", "scripts", "model"]).code, 1);
        assert_eq!(workshop.run(&["diff", "scripts", "model", "--sql"]).code, 1);
        let first =
            ["revision", "--autogenerate", "--from-scripts", "-m", "first", "--rev-id", "1a1a1a1a1a1a"];
        assert_eq!(workshop.run(&first).code, 0);
        assert_eq!(workshop.run(&["check"]).code, 1, "nothing is applied yet");
        assert_eq!(workshop.run(&["check", "--from-scripts"]).code, 0, "but the scripts are whole");
        assert_eq!(workshop.run(&["upgrade", "head"]).code, 0);
        assert_eq!(workshop.run(&["check"]).code, 0);
        assert_eq!(workshop.run(&["diff", "scripts", "env:test"]).code, 0);
        assert_eq!(workshop.run(&["diff", "env:test", "schema"]).code, 0);
        assert_eq!(workshop.run(&["diff", "schema/*.sql", "customers.json"]).code, 0);
        assert_eq!(workshop.run(&["diff", "customers.json", "env:test", "--sql"]).code, 1);
        let json = workshop.command(&["diff", "env:test", "customers.json", "--json"]).output().unwrap();
        let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
        assert_eq!(json["from"], "env:test");
        assert_eq!(json["detected"][0], "Detected removed table 'orders'");
    });
}

#[test]
fn documents_are_compared_without_any_database() {
    let mut workshop = Workshop::new();
    workshop.write("a.json", &MetaData::new().table(customers("surname")).to_json());
    let more = customers("surname").with_index(Index::on(["surname"]));
    workshop.write("b.json", &MetaData::new().table(more).to_json());
    workshop.write("c.sql", CUSTOMERS);
    assert_eq!(
        workshop.run(&["diff", "a.json", "b.json", "--dialect", "postgresql", "--sql", "--safe"]).code,
        1
    );
    assert_eq!(workshop.run(&["diff", "a.json", "b.json", "--dialect", "sqlite", "--sql"]).code, 1);
    assert_eq!(workshop.run(&["diff", "a.json", "c.sql", "--dialect", "sqlite"]).code, 0);
    // SQL needs a server of its dialect.
    assert_eq!(workshop.run(&["diff", "a.json", "c.sql", "--dialect", "postgresql"]).code, 3);
    assert_eq!(workshop.run(&["diff", "a.json", "d.json", "--dialect", "sqlite"]).code, 3);
    assert_eq!(workshop.run(&["diff", "a.json", "nothing", "--dialect", "sqlite"]).code, 2);
    assert_eq!(workshop.run(&["diff", "a.json", "*.xql", "--dialect", "sqlite"]).code, 3);
    workshop.write("c.sql", &format!("{CUSTOMERS}\nCREATE INDEX ix ON nowhere (id);\n"));
    assert_eq!(workshop.run(&["diff", "a.json", "c.sql", "--dialect", "sqlite"]).code, 3);
    workshop.expect("diff-documents.txt");
}

#[test]
fn a_rename_is_hinted_at_and_a_protected_environment_refuses_to_lose_data() {
    on_both("protected", |workshop| {
        set_config(workshop, "json = \"schema.json\"", "protected = true", "");
        workshop.write("schema.json", &MetaData::new().table(customers("surname")).to_json());
        let revision = |id| ["revision", "--autogenerate", "-m", "step", "--rev-id", id];
        assert_eq!(workshop.run(&revision("1a1a1a1a1a1a")).code, 0);
        assert_eq!(workshop.run(&["upgrade", "head"]).code, 0);
        workshop.write("schema.json", &MetaData::new().table(customers("last_name")).to_json());
        assert_eq!(workshop.run(&revision("2b2b2b2b2b2b")).code, 0);
        let script = workshop.read("migrations/2b2b2b2b2b2b_step.sql");
        assert!(script.contains("-- hazard: data-loss dropping column `customers.surname`"), "{script}");
        assert!(script.contains("say `renamed_from = \"surname\"` in the model"), "{script}");
        assert_eq!(workshop.run(&["upgrade", "head"]).code, 5);
        assert_eq!(workshop.run(&["current"]).stdout, "1a1a1a1a1a1a\n");
        assert_eq!(workshop.run(&["upgrade", "head", "--allow", "data-loss"]).code, 0);
        assert_eq!(workshop.run(&["downgrade", "base"]).code, 5);
        assert_eq!(workshop.run(&["downgrade", "base", "--allow", "data-loss"]).code, 0);
    });
}

#[test]
fn renames_that_contradict_each_other_are_refused() {
    on_both("ambiguous-rename", |workshop| {
        workshop.write("schema.json", &MetaData::new().table(customers("surname")).to_json());
        assert_eq!(workshop.run(&["revision", "--autogenerate", "--rev-id", "1a1a1a1a1a1a"]).code, 0);
        assert_eq!(workshop.run(&["upgrade", "head"]).code, 0);
        let mut table = customers("last_name");
        table.column_mut("last_name").unwrap().renamed_from = Some("surname".to_owned());
        let twice = Column::new("family_name", SqlType::Text).renamed_from("surname");
        workshop.write("schema.json", &MetaData::new().table(table.with_column(twice)).to_json());
        assert_eq!(workshop.run(&["revision", "--autogenerate"]).code, 3);
        assert_eq!(std::fs::read_dir(workshop.path("migrations")).unwrap().count(), 1, "nothing was written");
    });
}

#[test]
fn what_is_filtered_out_stays_as_it_is() {
    on_both("filters", |workshop| {
        let filters =
            "[filters]\nexclude = [\"table:audit_*\", \"index:*_tmp\", \"column:customers.legacy_*\"]";
        set_config(workshop, "json = \"schema.json\"", "", filters);
        workshop.write("schema.json", &MetaData::new().table(customers("surname")).to_json());
        let by_hand = "CREATE TABLE audit_log (line TEXT);\nALTER TABLE customers ADD COLUMN legacy_id INTEGER;\nCREATE INDEX ix_tmp ON customers (surname);\nINSERT INTO customers VALUES (1, 'Lovelace', 7);";
        workshop.script(
            "1a1a1a1a1a1a",
            "",
            "first",
            &format!("{CUSTOMERS}{by_hand}"),
            "DROP TABLE customers;\nDROP TABLE audit_log;",
        );
        assert_eq!(workshop.run(&["upgrade", "head"]).code, 0);
        assert_eq!(workshop.run(&["check"]).code, 0);
        // A change that rebuilds the table on SQLite must carry the unmanaged parts over.
        let mut table = customers("surname");
        table.columns[1].nullable = false;
        table.columns[1].server_default = Some("''".into());
        workshop.write("schema.json", &MetaData::new().table(table).to_json());
        let second = ["revision", "--autogenerate", "-m", "not null", "--rev-id", "2b2b2b2b2b2b"];
        assert_eq!(workshop.run(&second).code, 0);
        assert_eq!(workshop.run(&["upgrade", "head"]).code, 0);
        assert_eq!(workshop.run(&["check"]).code, 0);
        set_config(workshop, "json = \"schema.json\"", "", "");
        assert_eq!(workshop.run(&["check"]).code, 1, "without the filters they are differences");
        set_config(workshop, "json = \"schema.json\"", "", "[filters]\nexclude = [\"tabel:audit_*\"]");
        assert_eq!(workshop.run(&["check"]).code, 3);
    });
}

#[test]
fn a_role_that_may_not_create_databases_is_told_both_ways_out() {
    let url = limbeck_test_server::postgres_url();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let server = limbeck_test_server::postgres_server_url();
    let role = format!("limbeck_weak_{}", std::process::id());
    let scratch = format!("limbeck_weak_scratch_{}", std::process::id());
    let as_role = |url: &str| {
        let (scheme, rest) = url.split_once("://").unwrap();
        let rest = rest.split_once('@').map_or(rest, |(_, rest)| rest);
        format!("{scheme}://{role}@{rest}")
    };
    let execute = |sql: String| {
        let server = server.parse().unwrap();
        runtime.block_on(async {
            let connection = limbeck_engine::Connection::open(&server).await.unwrap();
            connection.query(&sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        });
    };
    execute(format!("CREATE ROLE {role} LOGIN"));
    execute(format!("CREATE DATABASE {scratch} OWNER {role} TEMPLATE template0"));

    let weak = as_role(&url);
    let mut workshop = Workshop::with_url(&weak);
    workshop.filter(weak.clone(), "postgresql:[database]");
    let scratch_url = weak.replace(url.rsplit('/').next().unwrap(), &scratch);
    workshop.filter(scratch_url.clone(), "postgresql:[scratch]");
    workshop.write("schema.json", &MetaData::new().table(customers("surname")).to_json());
    workshop.script(
        "1a1a1a1a1a1a",
        "",
        "first",
        &format!("CREATE TYPE mood AS ENUM ('ok');\nCREATE SCHEMA more;\n{CUSTOMERS}"),
        "",
    );
    assert_eq!(workshop.run(&["check", "--from-scripts"]).code, 4);
    set_config(&workshop, "json = \"schema.json\"", &format!("scratch_url = \"{scratch_url}\""), "");
    for _ in 0..2 {
        // The second time shows that the first one left it empty.
        assert_eq!(workshop.run(&["check", "--from-scripts"]).code, 1);
    }
    workshop.write("schema/customers.sql", CUSTOMERS);
    assert_eq!(
        workshop.run(&["diff", "scripts", "schema"]).code,
        1,
        "one scratch database serves both sides"
    );
    let fill = ["--url", &scratch_url, "upgrade", "head"];
    assert_eq!(Workshop::ran(workshop.command(&fill)).code, 0);
    assert_eq!(workshop.run(&["check", "--from-scripts"]).code, 4, "somebody's tables are not touched");
    workshop.expect("scratch.txt");
    execute(format!("DROP DATABASE {scratch}"));
}

#[test]
fn no_scratch_database_stays_behind_a_failure() {
    let url = limbeck_test_server::postgres_url();
    let mut workshop = Workshop::with_url(&url);
    workshop.filter(url, "postgresql:[database]");
    workshop.write("schema.json", &MetaData::new().to_json());
    workshop.script("1a1a1a1a1a1a", "", "first", "CREATE TABEL oops (id INTEGER);", "");
    assert_eq!(workshop.run(&["check", "--from-scripts"]).code, 5);
    workshop.expect("scratch-failure.txt");
    let server = limbeck_test_server::postgres_server_url().parse().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // Other tests of this process may be in the middle of theirs, so this one's must be gone soon.
    let left = runtime.block_on(async {
        let connection = limbeck_engine::Connection::open(&server).await.unwrap();
        for _ in 0..100 {
            let query = "SELECT datname FROM pg_database WHERE datname LIKE 'limbeck_scratch_%'";
            if connection.query(query).await.unwrap().is_empty() {
                return false;
            }
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
        true
    });
    assert!(!left);
}
