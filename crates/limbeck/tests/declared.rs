//! What a model declares besides its table, and what stands beside models.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use limbeck::prelude::*;
use limbeck::{Grant, GrantState, ObjectReference, RowSecurity};

/// What is sold.
#[derive(Model)]
#[model(table = "orders", schema = "shop", row_security)]
#[trigger(name = "touch", on = "BEFORE UPDATE", when = "OLD IS DISTINCT FROM NEW", execute = "touch()")]
#[trigger(
    name = "touched",
    on = "AFTER UPDATE",
    body = "UPDATE orders SET state = 'touched' WHERE order_id = NEW.order_id"
)]
#[policy(name = "own rows", for = "SELECT", to = "app", using = "owner = current_user")]
#[grant(select, insert, to = "app")]
#[grant(update, to = "PUBLIC", columns = (state), with_grant_option)]
#[audit]
struct Order {
    #[key(identity)]
    order_id: i32,
    owner: String,
    state: String,
}

#[test]
fn attributes_become_sql_and_privileges() {
    let schema = MetaData::new().models(models![Order]);
    let orders = schema.find_table(&Order::table_name()).unwrap();
    assert_eq!(orders.options.postgresql.row_security, RowSecurity::Enabled);
    let sources: Vec<(&str, &str)> =
        schema.sql.iter().map(|source| (source.origin.as_str(), source.text.trim())).collect();
    assert_eq!(
        sources[..3],
        [
            (
                "#[trigger] of Order",
                "CREATE TRIGGER \"touch\" BEFORE UPDATE ON \"shop\".\"orders\" FOR EACH ROW WHEN (OLD IS DISTINCT FROM NEW) EXECUTE FUNCTION touch();"
            ),
            (
                "#[trigger] of Order",
                "CREATE TRIGGER \"touched\" AFTER UPDATE ON \"shop\".\"orders\" FOR EACH ROW BEGIN UPDATE orders SET state = 'touched' WHERE order_id = NEW.order_id; END;"
            ),
            (
                "#[policy] of Order",
                "CREATE POLICY \"own rows\" ON \"shop\".\"orders\" FOR SELECT TO app USING (owner = current_user);"
            ),
        ]
    );
    assert_eq!(
        [schema.sql[0].dialect, schema.sql[1].dialect],
        [Some(Dialect::Postgresql), Some(Dialect::Sqlite)]
    );
    let table = ObjectReference::Table(Order::table_name());
    let grant = |on, grantee: Option<&str>, privilege: &str, state| Grant {
        on,
        grantee: grantee.map(str::to_owned),
        privilege: privilege.to_owned(),
        state,
    };
    let column = ObjectReference::Column(Order::table_name(), "state".to_owned());
    assert_eq!(
        schema.grants,
        [
            grant(table.clone(), Some("app"), "SELECT", GrantState::Granted),
            grant(table, Some("app"), "INSERT", GrantState::Granted),
            grant(column, None, "UPDATE", GrantState::WithGrantOption),
        ]
    );
    let audit = schema.tables.iter().find(|table| table.name.name == "orders_audit").unwrap();
    assert_eq!(audit.columns.len(), 6);
}

#[test]
fn files_of_a_directory_are_declared_with_their_paths() {
    let schema =
        MetaData::new().entities(sql_dir!("tests/schema")).entity(PgView::new("v", "SELECT 1 AS one"));
    let origins: Vec<&str> = schema.sql.iter().map(|source| source.origin.as_str()).collect();
    assert_eq!(origins, ["tests/schema/functions.sql", "tests/schema/views/open.sqlite.sql", "PgView v"]);
    assert_eq!(schema.sql[1].dialect, Some(Dialect::Sqlite));
    let read = MetaData::from_json(&schema.to_json()).unwrap();
    assert_eq!(read, schema);
}
