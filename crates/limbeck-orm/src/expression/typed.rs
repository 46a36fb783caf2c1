//! What can be done with expressions.

use std::fmt;
use std::marker::PhantomData;

use limbeck_dialect::query::{BinaryOperator, Expr, Name, OrderBy, Quantifier, SelectItem};
use limbeck_schema::{ColumnType, ToValue, Value};

use super::{ArrayType, Condition, JsonType, Nullable, NumberType, Operand, Order, Term, TextType};
use crate::Select;

/// An expression of the Rust type `T`.
pub struct Typed<T> {
    expr: Expr,
    marker: PhantomData<fn() -> T>,
}

impl<T> Typed<T> {
    /// An expression that is said to be of the type.
    pub fn new(expr: Expr) -> Self {
        Self { expr, marker: PhantomData }
    }

    /// SQL text as it stands, said to be of the type. Each `{}` is the next argument: see [`Expr::raw`].
    pub fn raw(sql: &'static str, arguments: Vec<Expr>) -> Self {
        Self::new(Expr::raw(sql, arguments))
    }
}

impl<T: ToValue> Typed<T> {
    /// A value as an expression.
    pub fn value(value: T) -> Self {
        Self::new(Expr::Value(value.to_value()))
    }
}

impl<T> Clone for Typed<T> {
    fn clone(&self) -> Self {
        Self::new(self.expr.clone())
    }
}

impl<T> fmt::Debug for Typed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Typed").field(&self.expr).finish()
    }
}

impl<T> SqlExpression for Typed<T> {
    type Type = T;

    fn into_expr(self) -> Expr {
        self.expr
    }
}

/// An expression under a name in the result: `Order::total.named("spent")`.
#[derive(Clone, Debug)]
pub struct Labelled<T> {
    pub(crate) item: SelectItem,
    pub(crate) marker: PhantomData<fn() -> T>,
}

macro_rules! comparisons {
    ($($(#[$doc:meta])* $name:ident => $method:ident;)*) => {
        $($(#[$doc])*
        fn $name<R: Operand<Self::Type>>(self, other: R) -> Condition {
            Condition(self.into_expr().$method(other.into_operand()))
        })*
    };
}

/// What has a Rust type and becomes SQL: columns, functions, what is made of them. The methods make more.
///
/// A method that compares takes a value of the same type, or an expression of it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no SQL expression",
    note = "a column is one: `Customer::email_address`; `Typed::value(…)` makes one of a value"
)]
#[allow(clippy::wrong_self_convention, reason = "the names are SQL's, and an expression is used up")]
pub trait SqlExpression: Sized {
    /// The type in Rust, an `Option` where it can be NULL.
    type Type;

    /// The expression.
    fn into_expr(self) -> Expr;

    /// `=`. Where the other side is an `Option` that is `None`, it is `IS NULL`, as in SQLAlchemy.
    fn eq<R: Operand<Self::Type>>(self, other: R) -> Condition {
        Condition(match other.into_operand() {
            Expr::Value(Value::Null) => self.into_expr().is_null(),
            other => self.into_expr().equal(other),
        })
    }

    /// `<>`. Where the other side is an `Option` that is `None`, it is `IS NOT NULL`, as in SQLAlchemy.
    fn ne<R: Operand<Self::Type>>(self, other: R) -> Condition {
        Condition(match other.into_operand() {
            Expr::Value(Value::Null) => self.into_expr().is_null().negate(),
            other => self.into_expr().not_equal(other),
        })
    }

    comparisons! {
        /// `<`.
        lt => less;
        /// `<=`.
        le => less_or_equal;
        /// `>`.
        gt => greater;
        /// `>=`.
        ge => greater_or_equal;
        /// `IS DISTINCT FROM`: as `<>`, with NULL as a value of its own.
        is_distinct_from => is_distinct_from;
        /// `IS NOT DISTINCT FROM`: as `=`, with NULL as a value of its own.
        is_not_distinct_from => is_not_distinct_from;
    }

    /// `BETWEEN`, both ends included.
    fn between<A: Operand<Self::Type>, B: Operand<Self::Type>>(self, low: A, high: B) -> Condition {
        Condition(self.into_expr().between(low.into_operand(), high.into_operand()))
    }

    /// `IN`. Values are one parameter, so the statement is the same for any number of them; none are found among none.
    fn in_<R: Operand<Self::Type>>(self, list: impl IntoIterator<Item = R>) -> Condition {
        let list = list.into_iter().map(Operand::into_operand).collect();
        Condition(self.into_expr().in_list(list))
    }

    /// `NOT IN`.
    fn not_in<R: Operand<Self::Type>>(self, list: impl IntoIterator<Item = R>) -> Condition {
        !self.in_(list)
    }

    /// `IN` of the rows of a query of one column.
    fn in_select<R>(self, select: Select<R>) -> Condition {
        Condition(self.into_expr().in_query(select.into_query()))
    }

    /// `NOT IN` of the rows of a query of one column. Beware of a NULL among them: nothing is outside of it.
    fn not_in_select<R>(self, select: Select<R>) -> Condition {
        !self.in_select(select)
    }

    /// `IS NULL`.
    fn is_null(self) -> Condition
    where
        Self::Type: Nullable,
    {
        Condition(self.into_expr().is_null())
    }

    /// `IS NOT NULL`.
    fn is_not_null(self) -> Condition
    where
        Self::Type: Nullable,
    {
        Condition(self.into_expr().is_null().negate())
    }

    /// `LIKE`, where case counts: `%` stands for any text, `_` for any character, a backslash takes their meaning away.
    fn like(self, pattern: impl Into<String>) -> Condition
    where
        Self::Type: TextType,
    {
        Condition(self.into_expr().like(Expr::value(pattern.into())))
    }

    /// `ILIKE`, where case does not count; SQLite knows the case of ASCII letters only.
    fn ilike(self, pattern: impl Into<String>) -> Condition
    where
        Self::Type: TextType,
    {
        Condition(self.into_expr().ilike(Expr::value(pattern.into())))
    }

    /// Whether the text contains another one.
    fn contains(self, text: &str) -> Condition
    where
        Self::Type: TextType,
    {
        Condition(self.into_expr().contains_text(text))
    }

    /// Whether the text starts with another one.
    fn starts_with(self, text: &str) -> Condition
    where
        Self::Type: TextType,
    {
        Condition(self.into_expr().starts_with(text))
    }

    /// Whether the text ends with another one.
    fn ends_with(self, text: &str) -> Condition
    where
        Self::Type: TextType,
    {
        Condition(self.into_expr().ends_with(text))
    }

    /// Whether the text matches a regular expression (PostgreSQL docs, "POSIX Regular Expressions").
    fn matches(self, pattern: impl Into<String>) -> Condition
    where
        Self::Type: TextType,
    {
        Condition(self.into_expr().binary(BinaryOperator::Matches, Expr::value(pattern.into())))
    }

    /// `||`: the texts one after the other.
    fn concat<R: Term<Self::Type>>(self, other: R) -> Typed<Self::Type>
    where
        Self::Type: TextType,
    {
        Typed::new(self.into_expr().concat(other.into_term()))
    }

    /// `&`: the bits that both have.
    fn bit_and<R: Term<Self::Type>>(self, other: R) -> Typed<Self::Type>
    where
        Self::Type: NumberType,
    {
        Typed::new(self.into_expr().binary(BinaryOperator::BitAnd, other.into_term()))
    }

    /// `|`: the bits that either has.
    fn bit_or<R: Term<Self::Type>>(self, other: R) -> Typed<Self::Type>
    where
        Self::Type: NumberType,
    {
        Typed::new(self.into_expr().binary(BinaryOperator::BitOr, other.into_term()))
    }

    /// Any other operator of the database, between this and an expression of any type.
    fn op<R>(self, operator: &'static str, other: impl SqlExpression) -> Typed<R> {
        let operator = BinaryOperator::Custom(Name::Borrowed(operator));
        Typed::new(self.into_expr().binary(operator, other.into_expr()))
    }

    /// `->`: the member of a JSON document, or NULL.
    fn get(self, key: &str) -> Typed<Option<serde_json::Value>>
    where
        Self::Type: JsonType,
    {
        Typed::new(self.into_expr().binary(BinaryOperator::JsonGet, Expr::value(key)))
    }

    /// `->`: the element of a JSON array, or NULL. The first is 0; PostgreSQL counts negative ones from the end.
    fn at(self, position: i32) -> Typed<Option<serde_json::Value>>
    where
        Self::Type: JsonType,
    {
        Typed::new(self.into_expr().binary(BinaryOperator::JsonGet, Expr::value(position)))
    }

    /// `->>`: the member of a JSON document as text, or NULL.
    fn get_text(self, key: &str) -> Typed<Option<String>>
    where
        Self::Type: JsonType,
    {
        Typed::new(self.into_expr().binary(BinaryOperator::JsonGetText, Expr::value(key)))
    }

    /// `#>`: the part of a JSON document at a path, or NULL (PostgreSQL).
    fn path<'a>(self, path: impl IntoIterator<Item = &'a str>) -> Typed<Option<serde_json::Value>>
    where
        Self::Type: JsonType,
    {
        let path: Vec<String> = path.into_iter().map(str::to_owned).collect();
        Typed::new(self.into_expr().binary(BinaryOperator::JsonPath, Expr::value(path)))
    }

    /// `@>`: whether a JSON document contains another one (PostgreSQL docs, "jsonb Containment and Existence").
    fn contains_json<R: Operand<Self::Type>>(self, other: R) -> Condition
    where
        Self::Type: JsonType,
    {
        Condition(self.into_expr().binary(BinaryOperator::Contains, other.into_operand()))
    }

    /// `?`: whether a JSON document has a key (PostgreSQL).
    fn has_key(self, key: &str) -> Condition
    where
        Self::Type: JsonType,
    {
        Condition(self.into_expr().binary(BinaryOperator::HasKey, Expr::value(key)))
    }

    /// `= ANY`: whether an array holds a value (PostgreSQL).
    fn has<R: Operand<<Self::Type as ArrayType>::Element>>(self, element: R) -> Condition
    where
        Self::Type: ArrayType,
    {
        Condition(Expr::Quantified {
            operand: Box::new(element.into_operand()),
            operator: BinaryOperator::Equal,
            quantifier: Quantifier::Any,
            list: Box::new(self.into_expr()),
        })
    }

    /// `@>`: whether an array holds all elements of another one (PostgreSQL).
    fn contains_all<R: Operand<Self::Type>>(self, other: R) -> Condition
    where
        Self::Type: ArrayType,
    {
        Condition(self.into_expr().binary(BinaryOperator::Contains, other.into_operand()))
    }

    /// `&&`: whether two arrays have an element in common (PostgreSQL).
    fn overlaps<R: Operand<Self::Type>>(self, other: R) -> Condition
    where
        Self::Type: ArrayType,
    {
        Condition(self.into_expr().binary(BinaryOperator::Overlaps, other.into_operand()))
    }

    /// `CAST`: the expression as another type.
    fn cast<U: ColumnType>(self) -> Typed<U> {
        Typed::new(self.into_expr().cast(U::sql_type()))
    }

    /// `COLLATE`.
    fn collate(self, collation: &'static str) -> Typed<Self::Type>
    where
        Self::Type: TextType,
    {
        Typed::new(self.into_expr().collate(collation))
    }

    /// The same expression where it may be NULL: on the outer side of a join.
    fn optional(self) -> Typed<Option<Self::Type>> {
        let expr = match self.into_expr() {
            Expr::Column(mut column) => {
                column.not_null = false;
                Expr::Column(column)
            }
            other => other,
        };
        Typed::new(expr)
    }

    /// The same expression under a name in the result.
    fn named(self, name: &'static str) -> Labelled<Self::Type> {
        let item = SelectItem { expr: self.into_expr(), alias: Some(Name::Borrowed(name)) };
        Labelled { item, marker: PhantomData }
    }

    /// The least first.
    fn asc(self) -> Order {
        Order(OrderBy::ascending(self.into_expr()))
    }

    /// The greatest first.
    fn desc(self) -> Order {
        Order(OrderBy::descending(self.into_expr()))
    }
}
