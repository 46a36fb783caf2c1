//! Audit tables: who changed which row of a table, when, and what it was before and after.

use crate::constructors::{postgresql, quoted, quoted_name, sqlite};
use crate::{Column, Declared, Expression, Identity, QualifiedName, SqlType, Table};

/// What records every change of a table's rows: the table `orders_audit` beside `orders`, and the triggers that fill it.
///
/// The audit table has `audit_id`, `changed_at`, `changed_by`, `operation` (`INSERT`, `UPDATE`, `DELETE`), and `old_row` and
/// `new_row` as JSON. On PostgreSQL `changed_by` is the setting `limbeck.user` of the session, where the application sets
/// it, and the role that connected otherwise; the function writes with its owner's rights, so that nobody else needs
/// any on the audit table. SQLite knows no users: `changed_by` is NULL there. `TRUNCATE` fires no row trigger.
pub fn audit(table: &Table) -> Vec<Declared> {
    let audit_table = table.name.with_name(format!("{}_audit", table.name.name));
    let function = table.name.with_name("audit_row");
    let mut declared = vec![Declared::Table(Box::new(audit_table_named(audit_table.clone())))];
    declared.push(postgresql("#[audit]", &function.to_string(), vec![function_sql(&function)]));
    let trigger = format!(
        "CREATE TRIGGER {} AFTER INSERT OR DELETE OR UPDATE ON {} FOR EACH ROW EXECUTE FUNCTION {}({})",
        quoted(&audit_table.name),
        quoted_name(&table.name),
        quoted_name(&function),
        literal(&audit_table.name),
    );
    declared.push(postgresql("#[audit]", &audit_table.to_string(), vec![trigger]));
    let triggers = ["INSERT", "UPDATE", "DELETE"].map(|event| sqlite_trigger(table, &audit_table, event));
    declared.push(sqlite("#[audit]", &audit_table.to_string(), triggers.into()));
    declared
}

fn audit_table_named(name: QualifiedName) -> Table {
    let json = || SqlType::Jsonb;
    let numbered = Column {
        identity: Some(Identity::default()),
        ..Column::new("audit_id", SqlType::BigInteger).not_null()
    };
    let now = Column {
        server_default: Some(Expression::new("now()").variant(crate::Dialect::Sqlite, "CURRENT_TIMESTAMP")),
        ..Column::new("changed_at", SqlType::instant()).not_null()
    };
    Table::new(name)
        .with_column(numbered)
        .with_column(now)
        .with_column(Column::new("changed_by", SqlType::Text))
        .with_column(Column::new("operation", SqlType::Text).not_null())
        .with_column(Column::new("old_row", json()))
        .with_column(Column::new("new_row", json()))
        .with_primary_key(["audit_id"])
}

/// One function for all audited tables of a schema: the audit table's name is the trigger's argument.
fn function_sql(function: &QualifiedName) -> String {
    format!(
        "CREATE FUNCTION {}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format('INSERT INTO %I.%I (changed_by, operation, old_row, new_row) VALUES ($1, $2, $3, $4)', TG_TABLE_SCHEMA, TG_ARGV[0])
        USING coalesce(nullif(current_setting('limbeck.user', true), ''), session_user::text), TG_OP, to_jsonb(OLD), to_jsonb(NEW);
    RETURN NULL;
END
$$",
        quoted_name(function)
    )
}

fn sqlite_trigger(table: &Table, audit_table: &QualifiedName, event: &str) -> String {
    let row = |row: &str, absent: &str| {
        if event == absent {
            return "NULL".to_owned();
        }
        let value = |column: &Column| {
            let value = format!("{row}.{}", quoted(&column.name));
            // A BLOB has no place in JSON.
            let value = if column.sql_type == SqlType::LargeBinary { format!("hex({value})") } else { value };
            format!("{}, {value}", literal(&column.name))
        };
        format!("json_object({})", table.columns.iter().map(value).collect::<Vec<_>>().join(", "))
    };
    format!(
        "CREATE TRIGGER {} AFTER {event} ON {} BEGIN INSERT INTO {} (operation, old_row, new_row) VALUES ('{event}', {}, {}); END",
        quoted(&format!("{}_{}", audit_table.name, event.to_lowercase())),
        quoted(&table.name.name),
        quoted(&audit_table.name),
        row("OLD", "INSERT"),
        row("NEW", "DELETE"),
    )
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_audited_table_brings_its_table_function_and_triggers() {
        let table = Table::new("orders").with_column(Column::new("id", SqlType::Integer));
        let declared = audit(&table);
        let texts: Vec<&str> = declared
            .iter()
            .filter_map(|declared| match declared {
                Declared::Sql(source) => Some(source.text.as_str()),
                _ => None,
            })
            .collect();
        assert!(matches!(&declared[0], Declared::Table(table) if table.name.name == "orders_audit"));
        assert!(
            texts[1].contains("ON \"orders\" FOR EACH ROW EXECUTE FUNCTION \"audit_row\"('orders_audit')")
        );
        assert!(texts[2].contains("VALUES ('DELETE', json_object('id', OLD.\"id\"), NULL)"));
    }
}
