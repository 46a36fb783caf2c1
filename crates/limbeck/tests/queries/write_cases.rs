//! Cases of changes.

use limbeck::orm::{Insert, query};
use limbeck::prelude::*;

use crate::cases::{Case, Show as _, Shown, cases};
use crate::shop::{Customer, Employee, Order, State};

/// What every row needs is said, the rest is the database's or is set.
fn one_row(dialect: Dialect) -> Shown {
    insert([Customer::new("Ada", "Lovelace", "ada@example.org").set(Customer::phone, "+44 1")]).shown(dialect)
}

/// Many rows are one parameter a column on PostgreSQL, so that the text is the same for any number of them.
fn many_rows(dialect: Dialect) -> Shown {
    insert([Employee::new(1, "Root"), Employee::new(2, "Leaf").set(Employee::boss_id, 1)]).shown(dialect)
}

/// Rows that leave different columns to the database take a statement each.
fn rows_of_different_columns(dialect: Dialect) -> Shown {
    insert([Order::new(7, 10_i64), Order::new(7, 20_i64).set(Order::state, State::Paid)]).shown(dialect)
}

/// Rows that a query gives.
fn rows_of_a_query(dialect: Dialect) -> Shown {
    Insert::<Employee>::from_select(
        (Employee::id, Employee::name),
        select::<Customer>().columns((Customer::customer_id, Customer::first_name)),
    )
    .on_conflict(Employee::id)
    .do_nothing()
    .shown(dialect)
}

/// A row that is there already is changed: upsert.
fn upsert(dialect: Dialect) -> Shown {
    insert([Employee::new(1, "Root")])
        .on_conflict(Employee::id)
        .set(Employee::name, excluded(Employee::name))
        .set(Employee::boss_id, None)
        .filter(Employee::name.ne(excluded(Employee::name)))
        .update()
        .shown(dialect)
}

/// By the constraint's name.
fn conflict_by_constraint(dialect: Dialect) -> Shown {
    insert([Employee::new(1, "Root")]).on_conflict_with_constraint("pk_employees").do_nothing().shown(dialect)
}

/// Columns are set to values and to expressions.
fn changed_rows(dialect: Dialect) -> Shown {
    update::<Order>()
        .set(Order::state, State::Paid)
        .set(Order::total, Order::total + 5_i64)
        .set(Order::note, None)
        .filter(Order::customer_id.eq(7))
        .returning((Order::order_id, Order::total))
        .shown(dialect)
}

/// Values from another table.
fn changed_from_another_table(dialect: Dialect) -> Shown {
    update::<Order>()
        .set(Order::note, Customer::email_address)
        .from::<Customer>()
        .filter(Order::customer_id.eq(Customer::customer_id))
        .shown(dialect)
}

/// Each row its own values: one parameter a column on PostgreSQL.
fn many_rows_changed(dialect: Dialect) -> Shown {
    let column =
        |name: &'static str, sql_type, values| query::ColumnValues { name: name.into(), sql_type, values };
    let ids = column("id", SqlType::Integer, [1_i32, 2].iter().map(limbeck::ToValue::to_value).collect());
    let names = column("name", SqlType::Text, ["a", "b"].iter().map(limbeck::ToValue::to_value).collect());
    Ok(vec![query::Update::rows("employees", vec![ids, names], 1).compile(dialect)?])
}

/// Rows are removed, and some of them given back.
fn removed_rows(dialect: Dialect) -> Shown {
    delete::<Order>().filter(Order::total.eq(0_i64)).returning(Order::order_id).shown(dialect)
}

/// By what another table says.
fn removed_by_another_table(dialect: Dialect) -> Shown {
    delete::<Order>()
        .using::<Customer>()
        .filter(Order::customer_id.eq(Customer::customer_id) & Customer::first_name.eq("Ada"))
        .shown(dialect)
}

pub(crate) const CASES: (&str, &[Case]) = cases!(
    "write_cases.rs",
    one_row,
    many_rows,
    rows_of_different_columns,
    rows_of_a_query,
    upsert,
    conflict_by_constraint,
    changed_rows,
    changed_from_another_table,
    many_rows_changed,
    removed_rows,
    removed_by_another_table,
);
