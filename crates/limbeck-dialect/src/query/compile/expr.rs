//! Expressions.

use limbeck_schema::{Dialect, SqlType, Value};

use super::literal::cast_name;
use super::{Compiler, Written};
use crate::query::expr::{ColumnName, InList, Interval, Keyword, LikeKind, Quantifier, Raw};
use crate::query::operator::{Precedence, is_operator};
use crate::query::{BinaryOperator, Expr, Query, QueryError, UnaryOperator};

/// What PostgreSQL knows of a parameter's type from where it stands (PostgreSQL docs, "Type Conversion").
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Typing {
    /// All: beside a column, in an assignment. There it must be left to the server, which alone knows a column's
    /// enum type or domain.
    Known,
    /// Nothing, and text is the server's guess.
    Guessed,
    /// Nothing, and there is no guess: as an argument of a function of several signatures.
    Unknown,
}

impl<'q> Compiler<'q> {
    pub(super) fn top_expr(&mut self, expr: &'q Expr) -> Written {
        self.expr(expr, Precedence::Or)
    }

    /// An expression where something at least as tight as `least` must stand.
    pub(super) fn expr(&mut self, expr: &'q Expr, least: Precedence) -> Written {
        self.typed_expr(expr, least, Typing::Guessed)
    }

    pub(super) fn typed_expr(&mut self, expr: &'q Expr, least: Precedence, typing: Typing) -> Written {
        let enclose = self.precedence(expr) < least;
        if enclose {
            self.push("(");
        }
        self.bare_expr(expr, typing)?;
        if enclose {
            self.push(")");
        }
        Ok(())
    }

    fn precedence(&self, expr: &Expr) -> Precedence {
        match expr {
            Expr::Unary(UnaryOperator::Not, _) => Precedence::Not,
            Expr::Unary(..) => Precedence::Sign,
            Expr::Binary(_, operator, _) => operator.precedence(),
            Expr::All(all) => match all.as_slice() {
                [] => Precedence::Atom,
                [only] => self.precedence(only),
                _ => Precedence::And,
            },
            Expr::Any(any) => match any.as_slice() {
                [] => Precedence::Atom,
                [only] => self.precedence(only),
                _ => Precedence::Or,
            },
            Expr::IsNull { .. }
            | Expr::In { .. }
            | Expr::Between { .. }
            | Expr::Like { .. }
            | Expr::Quantified { .. } => Precedence::Predicate,
            Expr::Collate(..) | Expr::Element(..) => Precedence::Postfix,
            // Whatever it is, nothing around it shall take it apart.
            Expr::Raw(_) => Precedence::Or,
            Expr::Value(value) if self.literals && super::literal::is_signed(value) => Precedence::Sign,
            _ => Precedence::Atom,
        }
    }

    fn bare_expr(&mut self, expr: &'q Expr, typing: Typing) -> Written {
        match expr {
            Expr::Column(column) => self.column(column),
            Expr::Star(table) => {
                if let Some(table) = table {
                    self.name(table);
                    self.push(".");
                }
                self.push("*");
                Ok(())
            }
            Expr::Value(value) => self.value(value, typing),
            Expr::Keyword(keyword) => self.keyword(*keyword),
            Expr::Unary(operator, operand) => self.unary(*operator, operand),
            Expr::Binary(left, operator, right) => self.binary(left, operator, right),
            Expr::All(all) => self.junction(all, " AND ", Precedence::And, Keyword::True),
            Expr::Any(any) => self.junction(any, " OR ", Precedence::Or, Keyword::False),
            Expr::IsNull { operand, negated } => {
                self.typed_expr(operand, Precedence::Other, Typing::Unknown)?;
                self.push(if *negated { " IS NOT NULL" } else { " IS NULL" });
                Ok(())
            }
            Expr::In { operand, list, negated } => self.in_list(operand, list, *negated),
            Expr::Between { operand, low, high, negated } => {
                let typing = if gives_type(operand) { Typing::Known } else { Typing::Guessed };
                self.expr(operand, Precedence::Other)?;
                self.push(if *negated { " NOT BETWEEN " } else { " BETWEEN " });
                self.typed_expr(low, Precedence::Other, typing)?;
                self.push(" AND ");
                self.typed_expr(high, Precedence::Other, typing)
            }
            Expr::Like { operand, pattern, kind, escape, negated } => {
                self.like(operand, pattern, *kind, *escape, *negated)
            }
            Expr::Case { operand, branches, otherwise } => {
                self.case(operand.as_deref(), branches, otherwise.as_deref())
            }
            Expr::Cast(operand, sql_type) => self.cast(operand, sql_type),
            Expr::Call(call) => self.call(call),
            Expr::Row(items) => {
                self.push("(");
                self.list(items)?;
                self.push(")");
                Ok(())
            }
            Expr::Array(items) => {
                self.postgresql_only("arrays", "keep the values in a table or in JSON")?;
                self.push("ARRAY[");
                self.list(items)?;
                self.push("]");
                Ok(())
            }
            Expr::Element(array, position) => {
                self.postgresql_only("arrays", "keep the values in a table or in JSON")?;
                self.expr(array, Precedence::Atom)?;
                self.push("[");
                self.expr(position, Precedence::Or)?;
                self.push("]");
                Ok(())
            }
            Expr::Subquery(query) => self.enclosed_query(query),
            Expr::Exists(query) => {
                self.push("EXISTS ");
                self.enclosed_query(query)
            }
            Expr::Quantified { operand, operator, quantifier, list } => {
                self.quantified(operand, operator, *quantifier, list)
            }
            Expr::Collate(operand, collation) => {
                self.expr(operand, Precedence::Postfix)?;
                self.push(" COLLATE ");
                // Always in quotes, which PostgreSQL needs for most of them: "C", "de_DE".
                let quoted = format!("\"{}\"", collation.replace('"', "\"\""));
                self.push(&quoted);
                Ok(())
            }
            Expr::Interval(interval) => self.interval(*interval),
            Expr::Raw(raw) => self.raw(raw),
        }
    }

    pub(super) fn enclosed_query(&mut self, query: &'q Query) -> Written {
        self.push("(");
        self.query(query)?;
        self.push(")");
        Ok(())
    }

    fn column(&mut self, column: &'q ColumnName) -> Written {
        if let Some(table) = column.table.as_ref().filter(|_| !self.bare_columns) {
            let known = |scope: &super::Scope<'_>| scope.iter().any(|(name, _)| *name == table.as_ref());
            if !self.scopes.is_empty() && !self.scopes.iter().any(known) {
                let (table, column) = (table.to_string(), column.name.to_string());
                return Err(QueryError::UnknownSource { table, column });
            }
            self.name(table);
            self.push(".");
        }
        self.name(&column.name);
        Ok(())
    }

    fn truth(&mut self, truth: bool) -> Written {
        self.keyword(if truth { Keyword::True } else { Keyword::False })
    }

    fn keyword(&mut self, keyword: Keyword) -> Written {
        let sqlite = self.is_sqlite();
        self.push(match keyword {
            Keyword::Null => "NULL",
            // SQLite docs, "Datatypes": booleans are the integers 0 and 1.
            Keyword::True if sqlite => "1",
            Keyword::True => "TRUE",
            Keyword::False if sqlite => "0",
            Keyword::False => "FALSE",
            Keyword::Default if sqlite => {
                return self.unsupported("DEFAULT among values", "leave the column out of the statement");
            }
            Keyword::Default => "DEFAULT",
            Keyword::CurrentDate => "CURRENT_DATE",
            Keyword::CurrentTime => "CURRENT_TIME",
            Keyword::CurrentTimestamp => "CURRENT_TIMESTAMP",
        });
        Ok(())
    }

    /// A parameter, with its type where PostgreSQL could not know it, or a constant.
    pub(super) fn value(&mut self, value: &Value, typing: Typing) -> Written {
        if self.literals {
            let text = super::literal::literal(self.dialect, value)?;
            self.push(&text);
            return Ok(());
        }
        self.parameter(value.clone());
        if self.dialect == Dialect::Postgresql
            && typing != Typing::Known
            && let Some(name) = cast_name(value, typing == Typing::Unknown)
        {
            self.push("::");
            self.push(&name);
        }
        Ok(())
    }

    pub(super) fn parameter(&mut self, value: Value) {
        use std::fmt::Write as _;
        self.params.push(value);
        let sign = if self.is_sqlite() { '?' } else { '$' };
        let _ = write!(self.sql, "{sign}{}", self.params.len());
    }

    fn unary(&mut self, operator: UnaryOperator, operand: &'q Expr) -> Written {
        match operator {
            UnaryOperator::Not => {
                self.push("NOT ");
                self.expr(operand, Precedence::Predicate)
            }
            // Two signs side by side would begin a comment.
            UnaryOperator::Minus => {
                self.push("-");
                self.expr(operand, Precedence::Postfix)
            }
            UnaryOperator::BitNot => {
                self.push("~");
                self.expr(operand, Precedence::Postfix)
            }
        }
    }

    fn junction(&mut self, parts: &'q [Expr], word: &str, precedence: Precedence, empty: Keyword) -> Written {
        match parts {
            [] => self.keyword(empty),
            [only] => self.bare_expr(only, Typing::Guessed),
            parts => {
                for (position, part) in parts.iter().enumerate() {
                    if position > 0 {
                        self.push(word);
                    }
                    self.expr(part, precedence)?;
                }
                Ok(())
            }
        }
    }

    fn binary(&mut self, left: &'q Expr, operator: &'q BinaryOperator, right: &'q Expr) -> Written {
        let Some(text) = operator.text(self.dialect) else {
            return self.unsupported(operator.description(), "write it with what the dialect has");
        };
        if let BinaryOperator::Custom(text) = operator
            && !is_operator(text)
        {
            return Err(QueryError::Operator(text.to_string()));
        }
        if let Some(path) = self.json_path(operator, right)? {
            return self.json_member(left, operator, text, path);
        }
        let within = if let Expr::Binary(_, inner, _) = left { Some(inner) } else { None };
        let (least_left, least_right) = operator.operands(within);
        let known = |other: &Expr| match operator.is_comparison() && gives_type(other) {
            true => Typing::Known,
            false => Typing::Guessed,
        };
        self.typed_expr(left, least_left, known(right))?;
        self.push(" ");
        self.push(text);
        self.push(" ");
        self.typed_expr(right, least_right, known(left))
    }

    /// On SQLite the right side of `->` is a path when it begins with `$`, so a key is written as one (SQLite docs,
    /// "JSON Functions And Operators").
    fn json_path(&self, operator: &BinaryOperator, right: &Expr) -> Result<Option<String>, QueryError> {
        match (operator, right) {
            (BinaryOperator::JsonGet | BinaryOperator::JsonGetText, Expr::Value(Value::Text(key)))
                if self.is_sqlite() =>
            {
                if key.contains(['"', '\\']) {
                    return self.unsupported(
                        "path to a JSON key with quotes or backslashes",
                        "name the key without them",
                    );
                }
                Ok(Some(format!("$.\"{key}\"")))
            }
            _ => Ok(None),
        }
    }

    fn json_member(
        &mut self,
        left: &'q Expr,
        operator: &BinaryOperator,
        text: &str,
        path: String,
    ) -> Written {
        let within = if let Expr::Binary(_, inner, _) = left { Some(inner) } else { None };
        self.expr(left, operator.operands(within).0)?;
        self.push(" ");
        self.push(text);
        self.push(" ");
        self.value(&Value::Text(path), Typing::Known)
    }

    fn in_list(&mut self, operand: &'q Expr, list: &'q InList, negated: bool) -> Written {
        let values = match list {
            InList::Values(values) if matches!(operand, Expr::Row(_)) => {
                return Err(QueryError::RowLength { expected: 1, found: values.len() });
            }
            // Nothing is in an empty list, not even NULL; PostgreSQL has no way to write one.
            InList::Values(values) if values.is_empty() && self.literals => return self.truth(negated),
            InList::Expressions(items) if items.is_empty() => return self.truth(negated),
            InList::Values(values) => values,
            InList::Expressions(items) => {
                self.expr(operand, Precedence::Other)?;
                self.push(if negated { " NOT IN (" } else { " IN (" });
                self.list(items)?;
                self.push(")");
                return Ok(());
            }
            InList::Query(query) => {
                self.expr(operand, Precedence::Other)?;
                self.push(if negated { " NOT IN " } else { " IN " });
                return self.enclosed_query(query);
            }
        };
        let typing = if gives_type(operand) { Typing::Known } else { Typing::Guessed };
        self.expr(operand, Precedence::Other)?;
        let listed = match self.dialect {
            _ if self.literals => true,
            Dialect::Postgresql => false,
            Dialect::Sqlite => !values.iter().all(fits_into_json),
        };
        if listed {
            self.push(if negated { " NOT IN (" } else { " IN (" });
            self.value_list(values, typing)?;
            self.push(")");
            return Ok(());
        }
        match self.dialect {
            Dialect::Postgresql => {
                self.push(if negated { " <> ALL (" } else { " = ANY (" });
                self.value(&Value::Array(values.clone()), typing)?;
                self.push(")");
            }
            // The array is JSON there, and takes one parameter too.
            Dialect::Sqlite => {
                self.push(if negated { " NOT IN " } else { " IN " });
                self.push("(SELECT value FROM json_each(");
                self.value(&Value::Array(values.clone()), Typing::Known)?;
                self.push("))");
            }
        }
        Ok(())
    }

    fn value_list(&mut self, values: &[Value], typing: Typing) -> Written {
        for (position, value) in values.iter().enumerate() {
            self.separator(position);
            self.value(value, typing)?;
        }
        Ok(())
    }

    fn like(
        &mut self,
        operand: &'q Expr,
        pattern: &'q Expr,
        kind: LikeKind,
        escape: Option<char>,
        negated: bool,
    ) -> Written {
        self.expr(operand, Precedence::Other)?;
        if negated {
            self.push(" NOT");
        }
        match (self.dialect, kind) {
            // SQLite docs, "The LIKE, GLOB, REGEXP, MATCH, and extract operators": LIKE does not know case, GLOB does.
            (Dialect::Sqlite, LikeKind::Sensitive) => {
                let glob = match pattern {
                    Expr::Value(Value::Text(text)) => Value::Text(glob(text, escape.unwrap_or('\\'))),
                    Expr::Value(Value::Null) | Expr::Keyword(Keyword::Null) => Value::Null,
                    _ => {
                        let advice = "give the pattern as a value, or use ILIKE";
                        return self.unsupported("LIKE that knows case with a computed pattern", advice);
                    }
                };
                self.push(" GLOB ");
                return self.value(&glob, Typing::Known);
            }
            (Dialect::Sqlite, LikeKind::Insensitive) => self.push(" LIKE "),
            (Dialect::Postgresql, LikeKind::Sensitive) => self.push(" LIKE "),
            (Dialect::Postgresql, LikeKind::Insensitive) => self.push(" ILIKE "),
        }
        self.expr(pattern, Precedence::Other)?;
        // The backslash is PostgreSQL's default; SQLite has none.
        let escape = escape.or_else(|| self.is_sqlite().then_some('\\'));
        if let Some(character) = escape {
            let quoted = crate::quote_literal(self.dialect, &character.to_string());
            self.push(" ESCAPE ");
            self.push(&quoted);
        }
        Ok(())
    }

    fn case(
        &mut self,
        operand: Option<&'q Expr>,
        branches: &'q [(Expr, Expr)],
        otherwise: Option<&'q Expr>,
    ) -> Written {
        if branches.is_empty() {
            return Err(QueryError::Empty("a CASE needs a branch"));
        }
        self.push("CASE");
        if let Some(operand) = operand {
            self.push(" ");
            self.expr(operand, Precedence::Or)?;
        }
        let typing = if operand.is_some_and(gives_type) { Typing::Known } else { Typing::Guessed };
        for (condition, result) in branches {
            self.push(" WHEN ");
            self.typed_expr(condition, Precedence::Or, typing)?;
            self.push(" THEN ");
            self.expr(result, Precedence::Or)?;
        }
        if let Some(otherwise) = otherwise {
            self.push(" ELSE ");
            self.expr(otherwise, Precedence::Or)?;
        }
        self.push(" END");
        Ok(())
    }

    fn cast(&mut self, operand: &'q Expr, sql_type: &SqlType) -> Written {
        let name = match self.dialect {
            Dialect::Postgresql => crate::type_name(self.dialect, sql_type)?,
            Dialect::Sqlite => storage_class(sql_type)?.to_owned(),
        };
        self.push("CAST(");
        // A text can become anything; other values say what they are first.
        self.expr(operand, Precedence::Or)?;
        self.push(" AS ");
        self.push(&name);
        self.push(")");
        Ok(())
    }

    fn quantified(
        &mut self,
        operand: &'q Expr,
        operator: &'q BinaryOperator,
        quantifier: Quantifier,
        list: &'q Expr,
    ) -> Written {
        // = ANY (query) is IN, <> ALL (query) is NOT IN; of more SQLite is not capable.
        let as_in = match (operator, quantifier) {
            (BinaryOperator::Equal, Quantifier::Any) => Some(" IN "),
            (BinaryOperator::NotEqual, Quantifier::All) => Some(" NOT IN "),
            _ => None,
        };
        let text = match (self.dialect, as_in, list) {
            (Dialect::Postgresql, ..) => operator.text(self.dialect),
            (Dialect::Sqlite, Some(word), Expr::Subquery(query)) => {
                self.expr(operand, Precedence::Other)?;
                self.push(word);
                return self.enclosed_query(query);
            }
            (Dialect::Sqlite, ..) => None,
        };
        let Some(text) = text else {
            return self.unsupported("ANY and ALL", "compare with the least or the greatest of them");
        };
        self.expr(operand, Precedence::Other)?;
        self.push(" ");
        self.push(text);
        self.push(match quantifier {
            Quantifier::Any => " ANY ",
            Quantifier::All => " ALL ",
        });
        if let Expr::Subquery(query) = list {
            return self.enclosed_query(query);
        }
        self.push("(");
        let typing = if gives_type(operand) { Typing::Known } else { Typing::Guessed };
        self.typed_expr(list, Precedence::Or, typing)?;
        self.push(")");
        Ok(())
    }

    fn interval(&mut self, interval: Interval) -> Written {
        self.postgresql_only("intervals", "compute the time in the program, or use `datetime`")?;
        let Interval { months, days, microseconds } = interval;
        let text = format!("INTERVAL '{months} months {days} days {microseconds} microseconds'");
        self.push(&text);
        Ok(())
    }

    fn raw(&mut self, raw: &'q Raw) -> Written {
        let placeholders = raw.sql.replace("{{", "").matches("{}").count();
        if placeholders != raw.arguments.len() {
            let (sql, arguments) = (raw.sql.to_string(), raw.arguments.len());
            return Err(QueryError::RawArguments { sql, placeholders, arguments });
        }
        let mut arguments = raw.arguments.iter();
        let mut rest = raw.sql.as_ref();
        while let Some(at) = rest.find(['{', '}']) {
            let (before, braces) = rest.split_at(at);
            self.push(before);
            if let Some(after) = braces.strip_prefix("{}") {
                if let Some(argument) = arguments.next() {
                    self.expr(argument, Precedence::Atom)?;
                }
                rest = after;
            } else {
                let single = if braces.starts_with('{') { "{" } else { "}" };
                self.push(single);
                let after = braces.strip_prefix(single).unwrap_or_default();
                rest = after.strip_prefix(single).unwrap_or(after);
            }
        }
        self.push(rest);
        Ok(())
    }
}

/// Whether an expression tells PostgreSQL the type of what it is compared with.
pub(super) fn gives_type(expr: &Expr) -> bool {
    matches!(expr, Expr::Column(_) | Expr::Cast(..) | Expr::Collate(..))
}

/// A `LIKE` pattern as a `GLOB` pattern.
fn glob(pattern: &str, escape: char) -> String {
    let mut glob = String::with_capacity(pattern.len());
    let mut characters = pattern.chars();
    while let Some(c) = characters.next() {
        let plain = match c {
            '%' if escape != '%' => {
                glob.push('*');
                continue;
            }
            '_' if escape != '_' => {
                glob.push('?');
                continue;
            }
            c if c == escape => characters.next().unwrap_or(c),
            c => c,
        };
        // A character that GLOB would read as a pattern stands in brackets.
        match plain {
            '*' | '?' | '[' => glob.extend(['[', plain, ']']),
            plain => glob.push(plain),
        }
    }
    glob
}

/// Whether a value goes through `json_each` unchanged.
fn fits_into_json(value: &Value) -> bool {
    match value {
        Value::Text(text) => !text.contains('\0'),
        Value::Boolean(_)
        | Value::SmallInteger(_)
        | Value::Integer(_)
        | Value::BigInteger(_)
        | Value::Null => true,
        #[cfg(feature = "uuid")]
        Value::Uuid(_) => true,
        #[cfg(feature = "chrono")]
        Value::Date(_) | Value::Time(_) | Value::DateTime(_) | Value::Instant(_) => true,
        _ => false,
    }
}

/// What a cast makes on SQLite: one of the five storage classes, since a declared name such as DATETIME would turn a
/// text into a number (SQLite docs, "CAST expressions").
fn storage_class(sql_type: &SqlType) -> Result<&'static str, QueryError> {
    Ok(match sql_type.for_dialect(Dialect::Sqlite) {
        SqlType::SmallInteger | SqlType::Integer | SqlType::BigInteger | SqlType::Boolean => "INTEGER",
        SqlType::Numeric { .. } => "NUMERIC",
        SqlType::Real | SqlType::Double => "REAL",
        SqlType::LargeBinary => "BLOB",
        SqlType::String { .. }
        | SqlType::Char { .. }
        | SqlType::Text
        | SqlType::Date
        | SqlType::Time { .. }
        | SqlType::DateTime { .. }
        | SqlType::Interval
        | SqlType::Uuid
        | SqlType::Json
        | SqlType::Jsonb
        | SqlType::Enum(_) => "TEXT",
        other => {
            crate::type_name(Dialect::Sqlite, other)?;
            "NUMERIC"
        }
    })
}
