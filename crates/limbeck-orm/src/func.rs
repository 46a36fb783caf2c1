//! SQL's functions, as far as their types are the same on all databases; [`call`] has all others by name.

#[cfg(feature = "chrono")]
use limbeck_dialect::query::Keyword;
use limbeck_dialect::query::{Expr, Name};
use limbeck_schema::SqlType;

#[cfg(feature = "chrono")]
use crate::Typed;
use crate::{Function, Maybe, NumberType, SqlExpression, Term, TextType};

/// A function of any name, said to give a `T`: `func::call::<f64>("random", vec![])`.
pub fn call<T>(name: impl Into<Name>, arguments: Vec<Expr>) -> Function<T> {
    Function::new(name, arguments)
}

/// How many rows there are.
pub fn count_all() -> Function<i64> {
    Function::new("count", vec![Expr::Star(None)])
}

/// How many values there are that are not NULL.
pub fn count(expression: impl SqlExpression) -> Function<i64> {
    Function::new("count", vec![expression.into_expr()])
}

/// The sum, or NULL of no values: `i64` of integers, where PostgreSQL's own types grow with the input's.
pub fn sum<E>(expression: E) -> Function<Option<<E::Type as NumberType>::Sum>>
where
    E: SqlExpression,
    E::Type: NumberType,
    <E::Type as NumberType>::Sum: limbeck_schema::ColumnType,
{
    let sql_type = <<E::Type as NumberType>::Sum as limbeck_schema::ColumnType>::sql_type();
    Function::new("sum", vec![expression.into_expr()]).result(sql_type)
}

/// The mean, or NULL of no values.
pub fn avg<E>(expression: E) -> Function<Option<f64>>
where
    E: SqlExpression,
    E::Type: NumberType,
{
    Function::new("avg", vec![expression.into_expr()]).result(SqlType::Double)
}

/// The least value, or NULL of no values.
pub fn min<E: SqlExpression>(expression: E) -> Function<<E::Type as Maybe>::Optional>
where
    E::Type: Maybe,
{
    Function::new("min", vec![expression.into_expr()])
}

/// The greatest value, or NULL of no values.
pub fn max<E: SqlExpression>(expression: E) -> Function<<E::Type as Maybe>::Optional>
where
    E::Type: Maybe,
{
    Function::new("max", vec![expression.into_expr()])
}

/// The first that is not NULL: the expression, or else the other.
pub fn coalesce<T, E>(expression: E, otherwise: impl Term<T>) -> Function<T>
where
    E: SqlExpression<Type = Option<T>>,
{
    Function::new("coalesce", vec![expression.into_expr(), otherwise.into_term()])
}

/// NULL where the expression has that value.
pub fn nullif<E: SqlExpression>(
    expression: E,
    value: impl Term<E::Type>,
) -> Function<<E::Type as Maybe>::Optional>
where
    E::Type: Maybe,
{
    Function::new("nullif", vec![expression.into_expr(), value.into_term()])
}

/// The text in small letters; SQLite knows those of ASCII only.
pub fn lower<E: SqlExpression>(text: E) -> Function<E::Type>
where
    E::Type: TextType,
{
    Function::new("lower", vec![text.into_expr()])
}

/// The text in capital letters; SQLite knows those of ASCII only.
pub fn upper<E: SqlExpression>(text: E) -> Function<E::Type>
where
    E::Type: TextType,
{
    Function::new("upper", vec![text.into_expr()])
}

/// The text without blanks at its ends.
pub fn trim<E: SqlExpression>(text: E) -> Function<E::Type>
where
    E::Type: TextType,
{
    Function::new("trim", vec![text.into_expr()])
}

/// The number of characters.
pub fn length<E: SqlExpression>(text: E) -> Function<i32>
where
    E::Type: TextType,
{
    Function::new("length", vec![text.into_expr()])
}

/// The number without its sign.
pub fn abs<E: SqlExpression>(number: E) -> Function<E::Type>
where
    E::Type: NumberType,
{
    Function::new("abs", vec![number.into_expr()])
}

/// A random number: from 0 to 1 on PostgreSQL, any integer on SQLite. It is there to order by.
pub fn random() -> Function<f64> {
    Function::new("random", Vec::new())
}

/// The date and time of the transaction, or on SQLite of the statement.
#[cfg(feature = "chrono")]
pub fn now() -> Typed<chrono::DateTime<chrono::Utc>> {
    Typed::new(Expr::Keyword(Keyword::CurrentTimestamp))
}

/// The date of today.
#[cfg(feature = "chrono")]
pub fn today() -> Typed<chrono::NaiveDate> {
    Typed::new(Expr::Keyword(Keyword::CurrentDate))
}

/// Whether a query has a row.
pub fn exists<R>(select: crate::Select<R>) -> crate::Condition {
    crate::Condition(Expr::exists(select.into_query()))
}

/// The values one after the other, with a text between them; NULL of no values. The order is that of
/// [`Function::ordered_by`].
pub fn string_agg<E: SqlExpression>(text: E, between: &str) -> Function<Option<String>>
where
    E::Type: TextType,
{
    Function::new("string_agg", vec![text.into_expr(), Expr::value(between)])
}

/// The values as an array; NULL of no values (PostgreSQL).
pub fn array_agg<E: SqlExpression>(expression: E) -> Function<Option<Vec<E::Type>>> {
    Function::new("array_agg", vec![expression.into_expr()])
}

/// The number of the row in its partition, from 1.
pub fn row_number() -> Function<i64> {
    Function::new("row_number", Vec::new())
}

/// The rank of the row in its partition, from 1, with gaps behind equal ones.
pub fn rank() -> Function<i64> {
    Function::new("rank", Vec::new())
}

/// The rank of the row in its partition, from 1, without gaps.
pub fn dense_rank() -> Function<i64> {
    Function::new("dense_rank", Vec::new())
}

/// The value of the row before, or NULL.
pub fn lag<E: SqlExpression>(expression: E) -> Function<<E::Type as Maybe>::Optional>
where
    E::Type: Maybe,
{
    Function::new("lag", vec![expression.into_expr()])
}

/// The value of the row behind, or NULL.
pub fn lead<E: SqlExpression>(expression: E) -> Function<<E::Type as Maybe>::Optional>
where
    E::Type: Maybe,
{
    Function::new("lead", vec![expression.into_expr()])
}

/// The value of the frame's first row.
pub fn first_value<E: SqlExpression>(expression: E) -> Function<E::Type> {
    Function::new("first_value", vec![expression.into_expr()])
}

/// The value of the frame's last row.
pub fn last_value<E: SqlExpression>(expression: E) -> Function<E::Type> {
    Function::new("last_value", vec![expression.into_expr()])
}
