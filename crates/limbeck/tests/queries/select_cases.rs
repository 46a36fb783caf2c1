//! Cases of queries.

use limbeck::orm::query::{Expr, FrameExclude};
use limbeck::orm::query::{Frame, FrameBound, FrameUnit, Grouping, Lock, LockStrength, LockWait};
use limbeck::prelude::*;

use crate::cases::{Case, Show as _, Shown, cases};
use crate::shop::{Customer, Employee, Order, State};

/// All columns of a model, as the model.
fn rows_of_a_model(dialect: Dialect) -> Shown {
    select::<Employee>().shown(dialect)
}

/// Conditions are values; those of several calls must all hold.
fn filter_and_order(dialect: Dialect) -> Shown {
    let mine = Order::customer_id.eq(7);
    select::<Order>()
        .filter(mine & (Order::state.eq(State::Open) | Order::total.gt(100_i64)))
        .filter(Order::note.is_not_null())
        .order_by((Order::total.desc().nulls_last(), Order::order_id))
        .limit(10)
        .offset(20)
        .columns((Order::order_id, Order::total))
        .shown(dialect)
}

/// A filter that may be left open is an `Option`.
fn dynamic_filter(dialect: Dialect) -> Shown {
    let (name, at_least) = (Some("Ada"), None::<i64>);
    select::<Customer>()
        .join::<Order>(Order::customer_id.eq(Customer::customer_id))
        .filter(name.map(|name| Customer::first_name.eq(name)))
        .filter(at_least.map(|total| Order::total.ge(total)))
        .columns(Customer::email_address)
        .shown(dialect)
}

/// What is selected on the outer side of a join may be NULL, and its type says so.
fn outer_joins(dialect: Dialect) -> Shown {
    select::<Customer>()
        .left_join::<Order>(Order::customer_id.eq(Customer::customer_id))
        .columns((Customer::first_name, Order::total.optional()))
        .shown(dialect)
}

/// A plain column of the outer side is refused before anything is sent.
fn outer_join_without_an_option(dialect: Dialect) -> Shown {
    select::<Customer>()
        .left_join::<Order>(Order::customer_id.eq(Customer::customer_id))
        .columns((Customer::first_name, Order::total))
        .shown(dialect)
}

/// A column of a table that the query does not read is refused too.
fn column_of_a_table_that_is_not_joined(dialect: Dialect) -> Shown {
    select::<Customer>().filter(Order::total.gt(1_i64)).shown(dialect)
}

/// Rows without a pair of either side, and all pairs.
fn full_and_cross_joins(dialect: Dialect) -> Shown {
    select::<Customer>()
        .full_join::<Order>(Order::customer_id.eq(Customer::customer_id))
        .cross_join::<Employee>()
        .columns((Customer::first_name.optional(), Order::total.optional(), Employee::name))
        .shown(dialect)
}

/// A table twice, under another name.
fn self_join(dialect: Dialect) -> Shown {
    let boss = alias::<Employee>("boss");
    select::<Employee>()
        .left_join_on(&boss, Employee::boss_id.eq(boss.column(Employee::id)))
        .columns((Employee::name, boss.column(Employee::name).optional()))
        .shown(dialect)
}

/// A query as a source; its columns are known by the model's columns, or by their names.
fn subquery_as_a_source(dialect: Dialect) -> Shown {
    let spent = select::<Order>()
        .columns((Order::customer_id, func::sum(Order::total).named("spent")))
        .group_by(Order::customer_id)
        .subquery("spent_by");
    select::<Customer>()
        .join_on(&spent, Customer::customer_id.eq(spent.column(Order::customer_id)))
        .filter(spent.named::<Option<i64>>("spent").gt(100_i64))
        .columns((Customer::email_address, spent.named::<Option<i64>>("spent")))
        .shown(dialect)
}

/// A subquery that refers to the row beside it.
fn lateral_join(dialect: Dialect) -> Shown {
    let latest = select::<Order>()
        .filter(Order::customer_id.eq(Customer::customer_id))
        .order_by(Order::order_id.desc())
        .limit(1)
        .columns(Order::total)
        .subquery("latest");
    select::<Customer>()
        .left_join_lateral(&latest, Condition::always())
        .columns((Customer::first_name, latest.column(Order::total).optional()))
        .shown(dialect)
}

/// Subqueries in conditions refer to the outer query as they like.
fn exists_and_in(dialect: Dialect) -> Shown {
    let paid = select::<Order>().filter(Order::state.eq(State::Paid)).columns(Order::customer_id);
    select::<Customer>()
        .filter(Customer::customer_id.in_select(paid))
        .filter(!func::exists(
            select::<Order>()
                .filter(Order::customer_id.eq(Customer::customer_id) & Order::state.eq(State::Open))
                .columns(Order::order_id),
        ))
        .columns(Customer::first_name)
        .shown(dialect)
}

/// A query of one value is an expression.
fn scalar_subquery(dialect: Dialect) -> Shown {
    let orders = select::<Order>()
        .filter(Order::customer_id.eq(Customer::customer_id))
        .columns(func::count_all())
        .scalar_subquery();
    select::<Customer>().columns((Customer::first_name, orders)).shown(dialect)
}

/// A query under a name, for several uses.
fn common_table_expression(dialect: Dialect) -> Shown {
    let open = select::<Order>()
        .filter(Order::state.eq(State::Open))
        .columns((Order::customer_id, Order::total))
        .cte("open_orders")
        .materialized(true);
    select_from(&open, (open.column(Order::customer_id), open.column(Order::total)))
        .with(&open)
        .shown(dialect)
}

/// A tree is walked by an expression that refers to itself.
fn recursive_expression(dialect: Dialect) -> Shown {
    let chain = recursive("chain", select::<Employee>().filter(Employee::id.eq(3)), |chain| {
        select::<Employee>().join_on(chain, Employee::id.eq(chain.column(Employee::boss_id)))
    });
    select_from(&chain, chain.column(Employee::name)).with_recursive(&chain).shown(dialect)
}

/// Changes of rows as a source, on PostgreSQL.
fn rows_that_are_deleted(dialect: Dialect) -> Shown {
    let gone = delete::<Order>()
        .filter(Order::state.eq(State::Shipped))
        .returning((Order::customer_id, Order::total))
        .cte("gone");
    select_from(&gone, gone.column(Order::total)).with(&gone).shown(dialect)
}

/// Sets of rows; a column of a model stands for the result's column of that name.
fn set_operations(dialect: Dialect) -> Shown {
    let first = select::<Customer>().columns(Customer::first_name);
    let last = select::<Customer>().columns(Customer::last_name);
    let employees = select::<Employee>().columns(Employee::name).order_by(Employee::id).limit(5);
    first.union_all(last).except(employees).order_by(Customer::first_name).limit(3).shown(dialect)
}

/// Groups, aggregates of some of their rows, and conditions on groups.
fn groups(dialect: Dialect) -> Shown {
    select::<Order>()
        .columns((
            Order::customer_id,
            func::count_all(),
            func::count(Order::note).distinct(),
            func::sum(Order::total).filter(Order::state.eq(State::Paid)),
            func::string_agg(Order::note, ", ").ordered_by(Order::order_id),
        ))
        .group_by(Order::customer_id)
        .having(func::count_all().gt(1_i64))
        .shown(dialect)
}

/// Several groupings at once.
fn grouping_sets(dialect: Dialect) -> Shown {
    let (customer, state) = (Order::customer_id.into_expr(), Order::state.into_expr());
    select::<Order>()
        .columns((Order::customer_id.optional(), Order::state.optional(), func::sum(Order::total)))
        .group_by_all(Grouping::Sets(vec![vec![customer, state.clone()], vec![state], vec![]]))
        .shown(dialect)
}

/// Subtotals.
fn rollup(dialect: Dialect) -> Shown {
    select::<Order>()
        .columns((Order::state.optional(), func::sum(Order::total)))
        .group_by_all(Grouping::Rollup(vec![Order::state.into_expr()]))
        .shown(dialect)
}

/// Functions over windows, with a frame.
fn windows(dialect: Dialect) -> Shown {
    let each = || window().partition_by(Order::customer_id).order_by(Order::order_id);
    let running = each().rows(FrameBound::UnboundedPreceding, FrameBound::CurrentRow);
    let around = each().frame(Frame {
        unit: FrameUnit::Rows,
        start: FrameBound::Preceding(Expr::raw("1", vec![])),
        end: Some(FrameBound::Following(Expr::raw("1", vec![]))),
        exclude: Some(FrameExclude::CurrentRow),
    });
    select::<Order>()
        .columns((
            Order::order_id,
            func::row_number().over(each()),
            func::sum(Order::total).over(running),
            func::avg(Order::total).over(around),
            func::lag(Order::total).over(each()),
        ))
        .shown(dialect)
}

/// An aggregate over values in an order.
fn ordered_sets(dialect: Dialect) -> Shown {
    select::<Order>()
        .columns(func::call::<f64>("percentile_cont", vec![Expr::value(0.5)]).within_group(Order::total))
        .shown(dialect)
}

/// Each row once, and the first of each group.
fn distinct_on(dialect: Dialect) -> Shown {
    select::<Order>()
        .columns((Order::customer_id, Order::total))
        .distinct_on(Order::customer_id)
        .order_by((Order::customer_id, Order::total.desc()))
        .shown(dialect)
}

/// Rows that are equal to the last one come too.
fn with_ties(dialect: Dialect) -> Shown {
    select::<Order>().columns(Order::total).order_by(Order::total.desc()).limit_with_ties(3).shown(dialect)
}

/// The work of a queue is taken without waiting for others.
fn locks(dialect: Dialect) -> Shown {
    select::<Order>()
        .filter(Order::state.eq(State::Open))
        .columns(Order::order_id)
        .order_by(Order::order_id)
        .limit(1)
        .for_update_skip_locked()
        .shown(dialect)
}

/// A weaker lock, of one of the tables.
fn lock_of_one_table(dialect: Dialect) -> Shown {
    let lock =
        Lock { strength: LockStrength::NoKeyUpdate, of: vec!["orders".into()], wait: LockWait::Nowait };
    select::<Order>()
        .join::<Customer>(Order::customer_id.eq(Customer::customer_id))
        .columns(Order::order_id)
        .untyped(|select| select.locks.push(lock))
        .shown(dialect)
}

pub(crate) const CASES: (&str, &[Case]) = cases!(
    "select_cases.rs",
    rows_of_a_model,
    filter_and_order,
    dynamic_filter,
    outer_joins,
    outer_join_without_an_option,
    column_of_a_table_that_is_not_joined,
    full_and_cross_joins,
    self_join,
    subquery_as_a_source,
    lateral_join,
    exists_and_in,
    scalar_subquery,
    common_table_expression,
    recursive_expression,
    rows_that_are_deleted,
    set_operations,
    groups,
    grouping_sets,
    rollup,
    windows,
    ordered_sets,
    distinct_on,
    with_ties,
    locks,
    lock_of_one_table,
);
