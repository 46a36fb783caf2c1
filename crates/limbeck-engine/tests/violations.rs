//! What a refused row or value is called, on both databases.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use limbeck_engine::{Connection, EngineError, Statement};
use limbeck_test_server::postgres_url;

const TABLES: [&str; 4] = [
    "CREATE TABLE customers (id integer CONSTRAINT pk_customers PRIMARY KEY, tenant integer,
        email varchar(20) CONSTRAINT nn_email NOT NULL,
        CONSTRAINT uq_customers_tenant_email UNIQUE (tenant, email),
        CONSTRAINT ck_tenant CHECK (tenant > 0))",
    "CREATE UNIQUE INDEX ix_lower ON customers (lower(email))",
    "CREATE UNIQUE INDEX ix_tenant ON customers (tenant, id)",
    "CREATE TABLE orders (id integer PRIMARY KEY,
        customer_id integer CONSTRAINT fk_orders_customer REFERENCES customers (id))",
];

async fn shop() -> [Connection; 2] {
    let mut connections = Vec::new();
    for url in [postgres_url(), "sqlite://".to_owned()] {
        let mut connection = Connection::open(&url.parse().unwrap()).await.unwrap();
        for sql in TABLES {
            connection.execute(&Statement::from(sql)).await.unwrap();
        }
        for sql in ["INSERT INTO customers VALUES (1, 1, 'a@b')", "INSERT INTO orders VALUES (1, 1)"] {
            connection.execute(&Statement::from(sql)).await.unwrap();
        }
        connections.push(connection);
    }
    connections.try_into().unwrap()
}

/// Code, table, columns and constraint.
async fn refusal(connection: &mut Connection, sql: &'static str) -> (String, String, String, String) {
    let error = connection.execute(&Statement::from(sql)).await.unwrap_err();
    let violation = error.violation().cloned().unwrap_or_default();
    (
        error.code().to_owned(),
        violation.table.unwrap_or_default(),
        violation.columns.join(", "),
        violation.constraint.unwrap_or_default(),
    )
}

fn expected(code: &str, table: &str, columns: &str, constraint: &str) -> (String, String, String, String) {
    (format!("engine.{code}"), table.to_owned(), columns.to_owned(), constraint.to_owned())
}

#[tokio::test]
async fn a_row_that_a_constraint_refuses_is_told_with_table_columns_and_constraint() {
    for mut connection in shop().await {
        let unique =
            |columns: &str, constraint: &str| expected("unique-violation", "customers", columns, constraint);
        let found = refusal(&mut connection, "INSERT INTO customers VALUES (1, 2, 'c@d')").await;
        assert_eq!(found, unique("id", "pk_customers"));
        let found = refusal(&mut connection, "INSERT INTO orders VALUES (1, 9)").await;
        let automatic = found.3.clone();
        assert_eq!(found, expected("unique-violation", "orders", "id", &automatic));
        let found = refusal(&mut connection, "INSERT INTO customers VALUES (2, 2, NULL)").await;
        let (code, table, columns, _) = expected("not-null-violation", "customers", "email", "");
        assert_eq!((found.0, found.1, found.2), (code, table, columns));
        let found = refusal(&mut connection, "INSERT INTO customers VALUES (2, 0, 'c@d')").await;
        assert_eq!(found, expected("check-violation", "customers", "", "ck_tenant"));
        let found = refusal(&mut connection, "INSERT INTO orders VALUES (2, 9)").await;
        assert_eq!(found, expected("foreign-key-violation", "orders", "customer_id", "fk_orders_customer"));
        let found = refusal(&mut connection, "DELETE FROM customers").await;
        assert_eq!((found.0.as_str(), found.2.as_str()), ("engine.foreign-key-violation", ""));
    }
}

#[tokio::test]
async fn keys_of_several_columns_and_expressions_are_told_too() {
    let [mut postgresql, mut sqlite] = shop().await;
    for connection in [&mut postgresql, &mut sqlite] {
        connection.execute(&Statement::from("DROP INDEX ix_lower")).await.unwrap();
        let found = refusal(connection, "INSERT INTO customers VALUES (2, 1, 'a@b')").await;
        assert_eq!(
            found,
            expected("unique-violation", "customers", "tenant, email", "uq_customers_tenant_email")
        );
        connection
            .execute(&Statement::from("CREATE UNIQUE INDEX ix_lower ON customers (lower(email))"))
            .await
            .unwrap();
    }
    let sql = "INSERT INTO customers VALUES (2, 2, 'A@B')";
    let found = refusal(&mut postgresql, sql).await;
    assert_eq!(found, expected("unique-violation", "customers", "lower(email::text)", "ix_lower"));
    let found = refusal(&mut sqlite, sql).await;
    assert_eq!(found, expected("unique-violation", "customers", "", "ix_lower"));
}

#[tokio::test]
async fn a_value_that_a_column_does_not_hold_has_its_own_code() {
    let [mut postgresql, mut sqlite] = shop().await;
    for sql in [
        "INSERT INTO customers VALUES (2, 2, 'much longer than twenty characters')",
        "INSERT INTO customers VALUES (99999999999, 2, 'c@d')",
        "SELECT 'x'::integer",
        "SELECT '2026-02-30'::date",
    ] {
        assert_eq!(refusal(&mut postgresql, sql).await.0, "engine.invalid-value", "{sql}");
    }
    sqlite
        .execute(&Statement::from("CREATE TABLE s (n integer PRIMARY KEY, m integer) STRICT"))
        .await
        .unwrap();
    for sql in ["INSERT INTO s VALUES ('x', 1)", "INSERT INTO s VALUES (1, 'x')"] {
        assert_eq!(refusal(&mut sqlite, sql).await.0, "engine.invalid-value", "{sql}");
    }
}

#[tokio::test]
async fn an_exclusion_names_its_columns() {
    let mut connection = Connection::open(&postgres_url().parse().unwrap()).await.unwrap();
    for sql in [
        "CREATE TABLE stays (room int4range, CONSTRAINT ex_stays EXCLUDE USING gist (room WITH &&))",
        "INSERT INTO stays VALUES ('[1,5)')",
    ] {
        connection.execute(&Statement::from(sql)).await.unwrap();
    }
    let found = refusal(&mut connection, "INSERT INTO stays VALUES ('[2,3)')").await;
    assert_eq!(found, expected("exclusion-violation", "stays", "room", "ex_stays"));
}

#[tokio::test]
async fn transactions_in_each_others_way_are_told_apart() {
    let url = postgres_url().parse().unwrap();
    let mut one = Connection::open(&url).await.unwrap();
    let mut other = Connection::open(&url).await.unwrap();
    for sql in ["CREATE TABLE t (id integer PRIMARY KEY, n integer)", "INSERT INTO t VALUES (1, 0), (2, 0)"] {
        one.execute(&Statement::from(sql)).await.unwrap();
    }
    for connection in [&mut one, &mut other] {
        connection.execute(&Statement::from("BEGIN ISOLATION LEVEL REPEATABLE READ")).await.unwrap();
        connection.execute(&Statement::from("SELECT * FROM t")).await.unwrap();
    }
    one.execute(&Statement::from("UPDATE t SET n = 1")).await.unwrap();
    one.commit().await.unwrap();
    let error = other.execute(&Statement::from("UPDATE t SET n = 2")).await.unwrap_err();
    assert_eq!((error.code(), error.is_transient()), ("engine.serialization-failure", true));
    other.rollback().await.unwrap();

    for (connection, sql) in
        [(&mut one, "UPDATE t SET n = 3 WHERE id = 1"), (&mut other, "UPDATE t SET n = 3 WHERE id = 2")]
    {
        connection.execute(&Statement::from("BEGIN")).await.unwrap();
        connection.execute(&Statement::from(sql)).await.unwrap();
    }
    let (crossed, waiting) = (
        Statement::from("UPDATE t SET n = 4 WHERE id = 2"),
        Statement::from("UPDATE t SET n = 4 WHERE id = 1"),
    );
    let (first, second) = tokio::join!(one.execute(&crossed), other.execute(&waiting));
    let error: EngineError = first.err().or(second.err()).unwrap();
    assert_eq!((error.code(), error.is_transient()), ("engine.deadlock", true));
}
