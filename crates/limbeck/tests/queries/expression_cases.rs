//! Cases of expressions.

use limbeck::orm::Typed;
use limbeck::orm::query::{BinaryOperator, Expr, Interval};
use limbeck::prelude::*;

use crate::cases::{Case, Show as _, Shown, cases};
use crate::shop::{Customer, Order, State};

/// Parentheses stand where the meaning needs them.
fn precedence(dialect: Dialect) -> Shown {
    let sum = (Order::total + 1_i64) * 2_i64 - Order::total * 3_i64;
    select::<Order>()
        .filter(
            !(Order::state.eq(State::Open) | Order::total.lt(5_i64))
                & (Order::total - (Order::total - 1_i64)).eq(1_i64),
        )
        .columns(sum)
        .shown(dialect)
}

/// Values of any number are one parameter, so that the text stays the same.
fn in_values(dialect: Dialect) -> Shown {
    select::<Order>()
        .filter(Order::order_id.in_([1, 2, 3]) & Order::state.not_in([State::Open, State::Paid]))
        .columns(Order::order_id)
        .shown(dialect)
}

/// Expressions, and ends that belong to the range.
fn in_expressions_and_between(dialect: Dialect) -> Shown {
    select::<Order>()
        .filter(Order::order_id.in_([Order::customer_id + 1, Order::customer_id + 2]))
        .filter(Order::total.between(10_i64, 20_i64))
        .columns(Order::order_id)
        .shown(dialect)
}

/// Text that is searched for stands for itself; patterns have `%` and `_`.
fn text_search(dialect: Dialect) -> Shown {
    select::<Customer>()
        .filter(Customer::first_name.contains("50%_") | Customer::last_name.starts_with("O'"))
        .filter(Customer::email_address.like("%@example._rg") & Customer::phone.ilike("+44%"))
        .columns(Customer::first_name)
        .shown(dialect)
}

/// Regular expressions.
fn regular_expression(dialect: Dialect) -> Shown {
    select::<Customer>()
        .filter(Customer::phone.matches("^[+][0-9]+$"))
        .columns(Customer::phone)
        .shown(dialect)
}

/// NULL as a value among others, and as the other side of `eq`.
fn null(dialect: Dialect) -> Shown {
    let unknown: Option<String> = None;
    select::<Customer>()
        .filter(Customer::phone.eq(unknown) | Customer::phone.is_distinct_from("1"))
        .columns(func::coalesce(Customer::phone, "none"))
        .shown(dialect)
}

/// A choice.
fn case_expression(dialect: Dialect) -> Shown {
    let size = case::<String>(Order::total.gt(100_i64), "large")
        .when(Order::total.gt(10_i64), "medium")
        .otherwise("small");
    select::<Order>().columns(size.named("size")).shown(dialect)
}

/// Functions by type and by name, casts, collations.
fn functions(dialect: Dialect) -> Shown {
    select::<Customer>()
        .columns((
            func::upper(Customer::first_name).named("name"),
            func::nullif(func::trim(Customer::last_name), ""),
            func::call::<i32>("abs", vec![Expr::value(-3)]),
            Customer::customer_id.cast::<String>().concat("!"),
        ))
        .order_by(Customer::last_name.collate(if dialect == Dialect::Sqlite { "NOCASE" } else { "C" }))
        .shown(dialect)
}

/// Bits.
fn bits(dialect: Dialect) -> Shown {
    select::<Order>()
        .filter(Order::total.bit_and(4_i64).bit_or(1_i64).eq(5_i64))
        .columns(Order::total)
        .shown(dialect)
}

/// The members of a JSON document.
fn json(dialect: Dialect) -> Shown {
    let settings: Typed<serde_json::Value> = Typed::value(serde_json::json!({ "a": [1, { "b": "c" }] }));
    select::<Customer>()
        .columns((settings.clone().get("a").at(1).get_text("b"), settings.get_text("it's")))
        .shown(dialect)
}

/// What JSON documents contain.
fn json_containment(dialect: Dialect) -> Shown {
    let settings: Typed<serde_json::Value> = Typed::value(serde_json::json!({ "a": 1 }));
    select::<Customer>()
        .filter(settings.clone().contains_json(serde_json::json!({})) & settings.has_key("a"))
        .columns(Customer::customer_id)
        .shown(dialect)
}

/// Arrays.
fn arrays(dialect: Dialect) -> Shown {
    let tags: Typed<Vec<String>> = Typed::new(Expr::Array(vec![Expr::value("new"), Expr::value("red")]));
    select::<Customer>()
        .filter(tags.clone().has(Customer::first_name) | tags.clone().overlaps(vec!["old".to_owned()]))
        .columns(tags)
        .shown(dialect)
}

/// Time with a span.
fn intervals(dialect: Dialect) -> Shown {
    let month = Expr::Interval(Interval { months: 1, days: 0, microseconds: 0 });
    let due: Typed<chrono::DateTime<chrono::Utc>> =
        Typed::new(Customer::since.into_expr().binary(BinaryOperator::Add, month));
    select::<Customer>().filter(due.lt(func::now())).columns(Customer::since).shown(dialect)
}

/// SQL text of one's own, with values as parameters.
fn raw(dialect: Dialect) -> Shown {
    select::<Order>()
        .filter(Condition::raw("{} % {} = 0", vec![Order::total.into_expr(), Expr::value(7_i64)]))
        .columns(Typed::<String>::raw("'{{' || CAST({} AS text) || '}}'", vec![Order::total.into_expr()]))
        .shown(dialect)
}

pub(crate) const CASES: (&str, &[Case]) = cases!(
    "expression_cases.rs",
    precedence,
    in_values,
    in_expressions_and_between,
    text_search,
    regular_expression,
    null,
    case_expression,
    functions,
    bits,
    json,
    json_containment,
    arrays,
    intervals,
    raw,
);
