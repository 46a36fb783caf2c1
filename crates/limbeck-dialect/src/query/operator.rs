//! Operators, and what each dialect calls them.

use limbeck_schema::Dialect;

use super::Name;

/// An operator before its operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOperator {
    /// `NOT`.
    Not,
    /// `-`.
    Minus,
    /// `~`, every bit turned.
    BitNot,
}

/// An operator between its operands.
#[derive(Clone, Debug, PartialEq)]
pub enum BinaryOperator {
    /// `=`.
    Equal,
    /// `<>`.
    NotEqual,
    /// `<`.
    Less,
    /// `<=`.
    LessOrEqual,
    /// `>`.
    Greater,
    /// `>=`.
    GreaterOrEqual,
    /// `IS DISTINCT FROM`: as `<>`, with NULL as a value of its own.
    IsDistinctFrom,
    /// `IS NOT DISTINCT FROM`.
    IsNotDistinctFrom,
    /// `+`.
    Add,
    /// `-`.
    Subtract,
    /// `*`.
    Multiply,
    /// `/`.
    Divide,
    /// `%`.
    Modulo,
    /// `||`.
    Concat,
    /// `&`.
    BitAnd,
    /// `|`.
    BitOr,
    /// Exclusive or: `#`; SQLite has none.
    BitXor,
    /// `<<`.
    ShiftLeft,
    /// `>>`.
    ShiftRight,
    /// `->`: a part of a JSON document, as JSON.
    JsonGet,
    /// `->>`: a part of a JSON document, as text. SQLite gives numbers and booleans as numbers.
    JsonGetText,
    /// `#>`: the part of a JSON document at a path.
    JsonPath,
    /// `#>>`: the part of a JSON document at a path, as text.
    JsonPathText,
    /// `@>`, of JSON documents, arrays and ranges.
    Contains,
    /// `<@`.
    ContainedBy,
    /// `&&`, of arrays and ranges.
    Overlaps,
    /// `?`: a JSON document has a key.
    HasKey,
    /// `?|`: a JSON document has any of the keys.
    HasAnyKey,
    /// `?&`: a JSON document has all of the keys.
    HasAllKeys,
    /// `-|-`: ranges that touch.
    Adjacent,
    /// `~`: a text matches a regular expression.
    Matches,
    /// `~*`: regardless of case.
    MatchesInsensitive,
    /// `!~`.
    NotMatches,
    /// `!~*`.
    NotMatchesInsensitive,
    /// Any other operator of the dialect, of the characters that operators are made of.
    Custom(Name),
}

/// How tightly something binds. Where the dialects disagree (SQLite binds `||` tighter than `*`, PostgreSQL looser than
/// `+`; PostgreSQL docs, "Operator Precedence", SQLite docs, "Operators"), operands are enclosed for both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Precedence {
    Or,
    And,
    Not,
    Predicate,
    Other,
    Sum,
    Product,
    Sign,
    Postfix,
    Atom,
}

impl BinaryOperator {
    pub(crate) fn precedence(&self) -> Precedence {
        match self {
            op if op.is_comparison() => Precedence::Predicate,
            BinaryOperator::Add | BinaryOperator::Subtract => Precedence::Sum,
            BinaryOperator::Multiply | BinaryOperator::Divide | BinaryOperator::Modulo => Precedence::Product,
            _ => Precedence::Other,
        }
    }

    /// Whether it compares two values of one type, so that the one tells the other's type.
    pub(crate) fn is_comparison(&self) -> bool {
        matches!(
            self,
            BinaryOperator::Equal
                | BinaryOperator::NotEqual
                | BinaryOperator::Less
                | BinaryOperator::LessOrEqual
                | BinaryOperator::Greater
                | BinaryOperator::GreaterOrEqual
                | BinaryOperator::IsDistinctFrom
                | BinaryOperator::IsNotDistinctFrom
        )
    }

    /// What must bind at least as tightly on the left, and on the right.
    pub(crate) fn operands(&self, left: Option<&BinaryOperator>) -> (Precedence, Precedence) {
        match self.precedence() {
            Precedence::Sum => (Precedence::Sum, Precedence::Product),
            Precedence::Product => (Precedence::Product, Precedence::Sign),
            Precedence::Other => match (self, left) {
                // a || b || c, a -> 'b' -> 'c'
                (BinaryOperator::Concat, Some(BinaryOperator::Concat))
                | (
                    BinaryOperator::JsonGet | BinaryOperator::JsonGetText,
                    Some(BinaryOperator::JsonGet | BinaryOperator::JsonGetText),
                ) => (Precedence::Other, Precedence::Postfix),
                _ => (Precedence::Postfix, Precedence::Postfix),
            },
            // Comparisons do not chain on PostgreSQL.
            _ => (Precedence::Other, Precedence::Other),
        }
    }

    /// The operator as the dialect writes it, or `None` when it has none of that meaning.
    pub(crate) fn text(&self, dialect: Dialect) -> Option<&str> {
        let sqlite = dialect == Dialect::Sqlite;
        Some(match self {
            BinaryOperator::Equal => "=",
            BinaryOperator::NotEqual => "<>",
            BinaryOperator::Less => "<",
            BinaryOperator::LessOrEqual => "<=",
            BinaryOperator::Greater => ">",
            BinaryOperator::GreaterOrEqual => ">=",
            // SQLite docs, "Operators": IS and IS NOT take any operands; the standard's words came with 3.39.
            BinaryOperator::IsDistinctFrom if sqlite => "IS NOT",
            BinaryOperator::IsDistinctFrom => "IS DISTINCT FROM",
            BinaryOperator::IsNotDistinctFrom if sqlite => "IS",
            BinaryOperator::IsNotDistinctFrom => "IS NOT DISTINCT FROM",
            BinaryOperator::Add => "+",
            BinaryOperator::Subtract => "-",
            BinaryOperator::Multiply => "*",
            BinaryOperator::Divide => "/",
            BinaryOperator::Modulo => "%",
            BinaryOperator::Concat => "||",
            BinaryOperator::BitAnd => "&",
            BinaryOperator::BitOr => "|",
            BinaryOperator::ShiftLeft => "<<",
            BinaryOperator::ShiftRight => ">>",
            BinaryOperator::JsonGet => "->",
            BinaryOperator::JsonGetText => "->>",
            BinaryOperator::Custom(text) => text,
            _ if sqlite => return None,
            BinaryOperator::BitXor => "#",
            BinaryOperator::JsonPath => "#>",
            BinaryOperator::JsonPathText => "#>>",
            BinaryOperator::Contains => "@>",
            BinaryOperator::ContainedBy => "<@",
            BinaryOperator::Overlaps => "&&",
            BinaryOperator::HasKey => "?",
            BinaryOperator::HasAnyKey => "?|",
            BinaryOperator::HasAllKeys => "?&",
            BinaryOperator::Adjacent => "-|-",
            BinaryOperator::Matches => "~",
            BinaryOperator::MatchesInsensitive => "~*",
            BinaryOperator::NotMatches => "!~",
            BinaryOperator::NotMatchesInsensitive => "!~*",
        })
    }

    /// What the operator is called where it is missing.
    pub(crate) fn description(&self) -> String {
        let text = self.text(Dialect::Postgresql).unwrap_or_default();
        format!("operator `{text}`")
    }
}

/// Whether a text is an operator and nothing else: it cannot begin a comment (PostgreSQL docs, "Operators").
pub(crate) fn is_operator(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|c| "+-*/<>=~!@#%^&|`?".contains(c))
        && !text.contains("--")
        && !text.contains("/*")
}
