//! Expressions.

use std::borrow::Cow;

use limbeck_schema::{SqlType, ToValue, Value};

use super::{BinaryOperator, Call, Query, UnaryOperator};

/// A name as it is in the database, without quotes.
pub type Name = Cow<'static, str>;

/// An expression. The methods build larger ones; a condition is an expression too.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Expr {
    /// A column.
    Column(ColumnName),
    /// Every column, of one table or of all: `*`.
    Star(Option<Name>),
    /// A value, which becomes a parameter.
    Value(Value),
    /// A word of SQL that is a value.
    Keyword(Keyword),
    /// An operator before its operand.
    Unary(UnaryOperator, Box<Expr>),
    /// An operator between its operands.
    Binary(Box<Expr>, BinaryOperator, Box<Expr>),
    /// `AND` of all; true when there is none.
    All(Vec<Expr>),
    /// `OR` of all; false when there is none.
    Any(Vec<Expr>),
    /// `IS NULL`, or `IS NOT NULL`.
    IsNull {
        /// What is asked about.
        operand: Box<Expr>,
        /// Whether it is the contrary.
        negated: bool,
    },
    /// `IN`, or `NOT IN`.
    In {
        /// What is looked for.
        operand: Box<Expr>,
        /// Where.
        list: InList,
        /// Whether it is the contrary.
        negated: bool,
    },
    /// `BETWEEN`, or `NOT BETWEEN`.
    Between {
        /// What is compared.
        operand: Box<Expr>,
        /// The least.
        low: Box<Expr>,
        /// The greatest.
        high: Box<Expr>,
        /// Whether it is the contrary.
        negated: bool,
    },
    /// `LIKE` and its kin.
    Like {
        /// The text.
        operand: Box<Expr>,
        /// The pattern, with `%` for any text and `_` for any character.
        pattern: Box<Expr>,
        /// Whether case counts.
        kind: LikeKind,
        /// What takes the meaning of `%` and `_` away; the backslash if missing, on every dialect.
        escape: Option<char>,
        /// Whether it is the contrary.
        negated: bool,
    },
    /// `CASE`.
    Case {
        /// What the branches are compared with; without it they are conditions.
        operand: Option<Box<Expr>>,
        /// The branches.
        branches: Vec<(Expr, Expr)>,
        /// What it is otherwise; NULL if missing.
        otherwise: Option<Box<Expr>>,
    },
    /// `CAST`.
    Cast(Box<Expr>, SqlType),
    /// A call of a function.
    Call(Box<Call>),
    /// A row: `(a, b)`.
    Row(Vec<Expr>),
    /// `ARRAY[a, b]`.
    Array(Vec<Expr>),
    /// An element of an array: `a[1]`.
    Element(Box<Expr>, Box<Expr>),
    /// The one value that a query gives.
    Subquery(Box<Query>),
    /// Whether a query gives a row.
    Exists(Box<Query>),
    /// A comparison with any or all elements of an array, or rows of a query.
    Quantified {
        /// What is compared.
        operand: Box<Expr>,
        /// How.
        operator: BinaryOperator,
        /// With any or with all.
        quantifier: Quantifier,
        /// The array, or an [`Expr::Subquery`].
        list: Box<Expr>,
    },
    /// `COLLATE`.
    Collate(Box<Expr>, Name),
    /// A span of time.
    Interval(Interval),
    /// SQL text.
    Raw(Raw),
}

/// A column's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnName {
    /// Its table, or the alias that it has in the query.
    pub table: Option<Name>,
    /// Its name.
    pub name: Name,
    /// Whether a NULL in it would be a surprise: the Rust type that it is read into knows none.
    pub not_null: bool,
}

/// A word of SQL that is a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keyword {
    /// `NULL`.
    Null,
    /// `TRUE`.
    True,
    /// `FALSE`.
    False,
    /// `DEFAULT`, in place of a value that is inserted or set.
    Default,
    /// `CURRENT_DATE`.
    CurrentDate,
    /// `CURRENT_TIME`.
    CurrentTime,
    /// `CURRENT_TIMESTAMP`.
    CurrentTimestamp,
}

/// What `IN` looks into.
#[derive(Clone, Debug, PartialEq)]
pub enum InList {
    /// Values: one parameter on PostgreSQL, so that the text is the same for any number.
    Values(Vec<Value>),
    /// Expressions.
    Expressions(Vec<Expr>),
    /// The rows of a query.
    Query(Box<Query>),
}

/// Whether case counts in `LIKE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LikeKind {
    /// It does.
    Sensitive,
    /// It does not: `ILIKE`. SQLite knows the case of ASCII letters only.
    Insensitive,
}

/// `ANY` or `ALL`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantifier {
    /// One is enough.
    Any,
    /// All of them.
    All,
}

/// A span of time, in the parts that are not the same length always (PostgreSQL docs, "Date/Time Types").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interval {
    /// Months.
    pub months: i32,
    /// Days.
    pub days: i32,
    /// Microseconds.
    pub microseconds: i64,
}

/// SQL text with places for arguments.
#[derive(Clone, Debug, PartialEq)]
pub struct Raw {
    /// The text; each `{}` stands for the next argument, `{{` and `}}` for braces.
    pub sql: Name,
    /// The arguments.
    pub arguments: Vec<Expr>,
}

macro_rules! comparisons {
    ($($(#[$doc:meta])* $name:ident => $operator:ident;)*) => {
        $($(#[$doc])*
        #[must_use]
        pub fn $name(self, other: Expr) -> Expr {
            self.binary(BinaryOperator::$operator, other)
        })*
    };
}

impl Expr {
    /// A column of a table, or of what has that alias in the query.
    pub fn column(table: impl Into<Name>, name: impl Into<Name>) -> Self {
        Expr::Column(ColumnName { table: Some(table.into()), name: name.into(), not_null: false })
    }

    /// A column by its name alone.
    pub fn name(name: impl Into<Name>) -> Self {
        Expr::Column(ColumnName { table: None, name: name.into(), not_null: false })
    }

    /// A value.
    pub fn value(value: impl ToValue) -> Self {
        Expr::Value(value.to_value())
    }

    /// NULL.
    pub const NULL: Expr = Expr::Keyword(Keyword::Null);

    /// SQL text as it stands: the only way in which SQL comes in unchecked. Each `{}` is the next argument, which
    /// stays a parameter when it is a value; braces are doubled.
    ///
    /// ```
    /// use limbeck_dialect::query::Expr;
    /// use limbeck_schema::Dialect;
    /// let distance = Expr::raw("point({}, {}) <-> home", vec![Expr::value(1.5), Expr::value(2.5)]);
    /// let compiled = distance.compile(Dialect::Postgresql).unwrap();
    /// assert_eq!(compiled.sql, "point($1::double precision, $2::double precision) <-> home");
    /// ```
    pub fn raw(sql: impl Into<Name>, arguments: Vec<Expr>) -> Self {
        Expr::Raw(Raw { sql: sql.into(), arguments })
    }

    /// A call of a function.
    pub fn call(name: impl Into<Name>, arguments: Vec<Expr>) -> Self {
        Call::new(name, arguments).into()
    }

    /// Two operands and an operator.
    #[must_use]
    pub fn binary(self, operator: BinaryOperator, other: Expr) -> Expr {
        Expr::Binary(Box::new(self), operator, Box::new(other))
    }

    comparisons! {
        /// `=`.
        equal => Equal;
        /// `<>`.
        not_equal => NotEqual;
        /// `<`.
        less => Less;
        /// `<=`.
        less_or_equal => LessOrEqual;
        /// `>`.
        greater => Greater;
        /// `>=`.
        greater_or_equal => GreaterOrEqual;
        /// `IS DISTINCT FROM`.
        is_distinct_from => IsDistinctFrom;
        /// `IS NOT DISTINCT FROM`.
        is_not_distinct_from => IsNotDistinctFrom;
        /// `||`.
        concat => Concat;
    }

    /// `AND`.
    #[must_use]
    pub fn and(self, other: Expr) -> Expr {
        match self {
            Expr::All(mut all) if !all.is_empty() => {
                all.push(other);
                Expr::All(all)
            }
            first => Expr::All(vec![first, other]),
        }
    }

    /// `OR`.
    #[must_use]
    pub fn or(self, other: Expr) -> Expr {
        match self {
            Expr::Any(mut any) if !any.is_empty() => {
                any.push(other);
                Expr::Any(any)
            }
            first => Expr::Any(vec![first, other]),
        }
    }

    /// The contrary.
    #[must_use]
    pub fn negate(self) -> Expr {
        match self {
            Expr::IsNull { operand, negated } => Expr::IsNull { operand, negated: !negated },
            Expr::In { operand, list, negated } => Expr::In { operand, list, negated: !negated },
            Expr::Between { operand, low, high, negated } => {
                Expr::Between { operand, low, high, negated: !negated }
            }
            Expr::Like { operand, pattern, kind, escape, negated } => {
                Expr::Like { operand, pattern, kind, escape, negated: !negated }
            }
            other => Expr::Unary(UnaryOperator::Not, Box::new(other)),
        }
    }

    /// `IS NULL`.
    #[must_use]
    pub fn is_null(self) -> Expr {
        Expr::IsNull { operand: Box::new(self), negated: false }
    }

    /// `IN` of values.
    #[must_use]
    pub fn in_values(self, values: Vec<Value>) -> Expr {
        Expr::In { operand: Box::new(self), list: InList::Values(values), negated: false }
    }

    /// `IN` of expressions. When they are all values, it is [`Expr::in_values`].
    #[must_use]
    pub fn in_list(self, list: Vec<Expr>) -> Expr {
        let list = if list.iter().all(|item| matches!(item, Expr::Value(_))) {
            let value = |item| if let Expr::Value(value) = item { Some(value) } else { None };
            InList::Values(list.into_iter().filter_map(value).collect())
        } else {
            InList::Expressions(list)
        };
        Expr::In { operand: Box::new(self), list, negated: false }
    }

    /// `IN` of a query's rows.
    #[must_use]
    pub fn in_query(self, query: impl Into<Query>) -> Expr {
        Expr::In { operand: Box::new(self), list: InList::Query(Box::new(query.into())), negated: false }
    }

    /// `BETWEEN`.
    #[must_use]
    pub fn between(self, low: Expr, high: Expr) -> Expr {
        Expr::Between { operand: Box::new(self), low: Box::new(low), high: Box::new(high), negated: false }
    }

    /// `LIKE`, where case counts.
    #[must_use]
    pub fn like(self, pattern: Expr) -> Expr {
        self.like_of_kind(LikeKind::Sensitive, pattern)
    }

    /// `ILIKE`, where case does not count.
    #[must_use]
    pub fn ilike(self, pattern: Expr) -> Expr {
        self.like_of_kind(LikeKind::Insensitive, pattern)
    }

    fn like_of_kind(self, kind: LikeKind, pattern: Expr) -> Expr {
        Expr::Like { operand: Box::new(self), pattern: Box::new(pattern), kind, escape: None, negated: false }
    }

    /// The same `LIKE`, with another escape character than the backslash.
    #[must_use]
    pub fn escape(self, character: char) -> Expr {
        match self {
            Expr::Like { operand, pattern, kind, negated, .. } => {
                Expr::Like { operand, pattern, kind, escape: Some(character), negated }
            }
            other => other,
        }
    }

    /// `CAST`.
    #[must_use]
    pub fn cast(self, sql_type: SqlType) -> Expr {
        Expr::Cast(Box::new(self), sql_type)
    }

    /// `COLLATE`.
    #[must_use]
    pub fn collate(self, collation: impl Into<Name>) -> Expr {
        Expr::Collate(Box::new(self), collation.into())
    }

    /// The value of a query that gives one.
    pub fn subquery(query: impl Into<Query>) -> Expr {
        Expr::Subquery(Box::new(query.into()))
    }

    /// `EXISTS`.
    pub fn exists(query: impl Into<Query>) -> Expr {
        Expr::Exists(Box::new(query.into()))
    }
}

/// A text in which `%`, `_` and the backslash stand for themselves in a `LIKE` pattern.
pub(crate) fn escaped_pattern(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

impl Expr {
    /// Whether a text contains another one, which stands for itself.
    #[must_use]
    pub fn contains_text(self, text: &str) -> Expr {
        self.like(Expr::value(format!("%{}%", escaped_pattern(text))))
    }

    /// Whether a text starts with another one, which stands for itself.
    #[must_use]
    pub fn starts_with(self, text: &str) -> Expr {
        self.like(Expr::value(format!("{}%", escaped_pattern(text))))
    }

    /// Whether a text ends with another one, which stands for itself.
    #[must_use]
    pub fn ends_with(self, text: &str) -> Expr {
        self.like(Expr::value(format!("%{}", escaped_pattern(text))))
    }
}
