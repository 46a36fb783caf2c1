//! What expressions mean, after the SQL standard's three-valued logic.

use limbeck_schema::Value;

use crate::generate::{Kind, Node};

/// A row that expressions are evaluated for.
pub(crate) struct Row {
    pub(crate) numbers: [Option<i64>; 2],
    pub(crate) texts: [Option<String>; 2],
    pub(crate) truths: [Option<bool>; 2],
}

/// The value of an expression.
pub(crate) fn evaluate(node: &Node, row: &Row) -> Value {
    let number = |value: Option<i64>| value.map_or(Value::Null, Value::BigInteger);
    let text = |value: Option<String>| value.map_or(Value::Null, Value::Text);
    let truth = |value: Option<bool>| value.map_or(Value::Null, Value::Boolean);
    match node {
        Node::Column(Kind::Number, at) => number(row.numbers[*at]),
        Node::Column(Kind::Text, at) => text(row.texts[*at].clone()),
        Node::Column(Kind::Truth, at) => truth(row.truths[*at]),
        Node::Number(value) => Value::BigInteger(*value),
        Node::Text(value) => Value::Text(value.clone()),
        Node::Truth(value) => Value::Boolean(*value),
        Node::Null(_) => Value::Null,
        Node::Arithmetic(sign, left, right) => {
            let both = as_number(left, row).zip(as_number(right, row));
            number(both.map(|(left, right)| match sign {
                '+' => left + right,
                '-' => left - right,
                _ => left * right,
            }))
        }
        Node::Minus(node) => number(as_number(node, row).map(|value| -value)),
        Node::Length(node) => {
            number(as_text(node, row).map(|value| i64::try_from(value.chars().count()).unwrap()))
        }
        Node::Concat(left, right) => {
            let both = as_text(left, row).zip(as_text(right, row));
            text(both.map(|(left, right)| left + &right))
        }
        Node::Lower(node) => text(as_text(node, row).map(|value| value.to_lowercase())),
        Node::Compare(operator, left, right) => {
            truth(compare(operator, &evaluate(left, row), &evaluate(right, row)))
        }
        Node::Not(node) => truth(as_truth(node, row).map(|value| !value)),
        Node::All(all) => truth(all.iter().map(|node| as_truth(node, row)).fold(Some(true), and)),
        Node::Any(any) => truth(any.iter().map(|node| as_truth(node, row)).fold(Some(false), or)),
        Node::IsNull(node, negated) => Value::Boolean((evaluate(node, row) == Value::Null) != *negated),
        Node::Between(node, low, high, negated) => {
            let value = evaluate(node, row);
            let inside =
                and(compare(">=", &value, &evaluate(low, row)), compare("<=", &value, &evaluate(high, row)));
            truth(inside.map(|inside| inside != *negated))
        }
        Node::InNumbers(node, list, negated) => {
            let list = list.iter().map(|value| number(*value)).collect::<Vec<_>>();
            truth(is_in(&evaluate(node, row), &list).map(|found| found != *negated))
        }
        Node::InTexts(node, list, negated) => {
            let list = list.iter().map(|value| Value::Text(value.clone())).collect::<Vec<_>>();
            truth(is_in(&evaluate(node, row), &list).map(|found| found != *negated))
        }
        Node::InNodes(node, list, negated) => {
            let list = list.iter().map(|node| evaluate(node, row)).collect::<Vec<_>>();
            truth(is_in(&evaluate(node, row), &list).map(|found| found != *negated))
        }
        Node::Like(node, pattern, negated) => {
            let pattern: Vec<char> = pattern.chars().collect();
            let found = as_text(node, row).map(|value| like(&value.chars().collect::<Vec<_>>(), &pattern));
            truth(found.map(|found| found != *negated))
        }
        Node::Case(branches, otherwise) => {
            let branch = branches.iter().find(|(when, _)| as_truth(when, row) == Some(true));
            match (branch, otherwise) {
                (Some((_, then)), _) => evaluate(then, row),
                (None, Some(otherwise)) => evaluate(otherwise, row),
                (None, None) => Value::Null,
            }
        }
        Node::Coalesce(all) => all
            .iter()
            .map(|node| evaluate(node, row))
            .find(|value| *value != Value::Null)
            .unwrap_or(Value::Null),
        Node::NullIf(one, other) => {
            let (one, other) = (evaluate(one, row), evaluate(other, row));
            if compare("=", &one, &other) == Some(true) { Value::Null } else { one }
        }
    }
}

fn as_number(node: &Node, row: &Row) -> Option<i64> {
    if let Value::BigInteger(number) = evaluate(node, row) { Some(number) } else { None }
}

fn as_text(node: &Node, row: &Row) -> Option<String> {
    if let Value::Text(text) = evaluate(node, row) { Some(text) } else { None }
}

fn as_truth(node: &Node, row: &Row) -> Option<bool> {
    if let Value::Boolean(truth) = evaluate(node, row) { Some(truth) } else { None }
}

fn compare(operator: &str, left: &Value, right: &Value) -> Option<bool> {
    match operator {
        "IS DISTINCT FROM" => return Some(left != right),
        "IS NOT DISTINCT FROM" => return Some(left == right),
        _ => {}
    }
    if *left == Value::Null || *right == Value::Null {
        return None;
    }
    let order = match (left, right) {
        (Value::BigInteger(left), Value::BigInteger(right)) => left.cmp(right),
        (Value::Text(left), Value::Text(right)) => left.cmp(right),
        (Value::Boolean(left), Value::Boolean(right)) => left.cmp(right),
        _ => panic!("{left:?} and {right:?} are of different types"),
    };
    Some(match operator {
        "=" => order.is_eq(),
        "<>" => order.is_ne(),
        "<" => order.is_lt(),
        "<=" => order.is_le(),
        ">" => order.is_gt(),
        _ => order.is_ge(),
    })
}

fn is_in(value: &Value, list: &[Value]) -> Option<bool> {
    list.iter().map(|other| compare("=", value, other)).fold(Some(false), or)
}

fn and(left: Option<bool>, right: Option<bool>) -> Option<bool> {
    match (left, right) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn or(left: Option<bool>, right: Option<bool>) -> Option<bool> {
    match (left, right) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}

fn like(text: &[char], pattern: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['%', rest @ ..] => (0..=text.len()).any(|skipped| like(&text[skipped..], rest)),
        ['_', rest @ ..] => !text.is_empty() && like(&text[1..], rest),
        ['\\', plain, rest @ ..] | [plain, rest @ ..] => {
            text.first() == Some(plain) && like(&text[1..], rest)
        }
    }
}
