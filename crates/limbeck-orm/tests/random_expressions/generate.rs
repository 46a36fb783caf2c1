//! Random expressions of three types.

use limbeck_dialect::query::{BinaryOperator, Expr, UnaryOperator};
use limbeck_schema::{SqlType, Value};

/// The type of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Number,
    Text,
    Truth,
}

/// An expression, as data that both the databases and the evaluator understand.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    Column(Kind, usize),
    Number(i64),
    Text(String),
    Truth(bool),
    Null(Kind),
    Arithmetic(char, Box<Node>, Box<Node>),
    Minus(Box<Node>),
    Length(Box<Node>),
    Concat(Box<Node>, Box<Node>),
    Lower(Box<Node>),
    Compare(&'static str, Box<Node>, Box<Node>),
    Not(Box<Node>),
    All(Vec<Node>),
    Any(Vec<Node>),
    IsNull(Box<Node>, bool),
    Between(Box<Node>, Box<Node>, Box<Node>, bool),
    InNumbers(Box<Node>, Vec<Option<i64>>, bool),
    InTexts(Box<Node>, Vec<String>, bool),
    InNodes(Box<Node>, Vec<Node>, bool),
    Like(Box<Node>, String, bool),
    Case(Vec<(Node, Node)>, Option<Box<Node>>),
    Coalesce(Vec<Node>),
    NullIf(Box<Node>, Box<Node>),
}

/// A source of choices: splitmix64.
struct Choices(u64);

impl Choices {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }

    fn flip(&mut self) -> bool {
        self.below(2) == 0
    }

    fn text(&mut self) -> String {
        let texts = ["", "ab", "AB", "a%", "%b", "a_b", "it's", "\\", "[x]*?", "a--b", "é", "{}"];
        texts[usize::try_from(self.below(12)).unwrap()].to_owned()
    }

    fn pattern(&mut self) -> String {
        let patterns = ["%", "a%", "%b%", "_b", "a\\%b", "a\\_b\\\\", "*[?]", "AB", "", "%\\\\", "__"];
        patterns[usize::try_from(self.below(11)).unwrap()].to_owned()
    }

    fn number(&mut self) -> i64 {
        i64::try_from(self.below(19)).unwrap() - 9
    }

    fn kind(&mut self) -> Kind {
        [Kind::Number, Kind::Text, Kind::Truth][usize::try_from(self.below(3)).unwrap()]
    }
}

/// The expression of a seed.
pub(crate) fn random(seed: u64) -> Node {
    let mut choices = Choices(seed);
    let kind = choices.kind();
    node(&mut choices, kind, 4)
}

fn node(c: &mut Choices, kind: Kind, depth: u32) -> Node {
    if depth == 0 {
        return leaf(c, kind);
    }
    let sub = |c: &mut Choices, kind| Box::new(node(c, kind, depth - 1));
    // What every type has.
    match c.below(12) {
        0 => return leaf(c, kind),
        1 => {
            let branches = (0..=c.below(2)).map(|_| (*sub(c, Kind::Truth), *sub(c, kind))).collect();
            let otherwise = c.flip().then(|| sub(c, kind));
            return Node::Case(branches, otherwise);
        }
        2 => return Node::Coalesce((0..2 + c.below(2)).map(|_| *sub(c, kind)).collect()),
        3 => return Node::NullIf(sub(c, kind), sub(c, kind)),
        _ => {}
    }
    match kind {
        Kind::Number => match c.below(6) {
            0 => Node::Minus(sub(c, kind)),
            1 => Node::Length(sub(c, Kind::Text)),
            2 => Node::Arithmetic('*', Box::new(leaf(c, kind)), Box::new(leaf(c, kind))),
            3 => Node::Arithmetic('-', sub(c, kind), sub(c, kind)),
            _ => Node::Arithmetic('+', sub(c, kind), sub(c, kind)),
        },
        Kind::Text => match c.below(3) {
            0 => Node::Lower(sub(c, kind)),
            _ => Node::Concat(sub(c, kind), sub(c, kind)),
        },
        Kind::Truth => truth(c, depth),
    }
}

fn truth(c: &mut Choices, depth: u32) -> Node {
    let sub = |c: &mut Choices, kind| Box::new(node(c, kind, depth - 1));
    let several = |c: &mut Choices| (0..c.below(4)).map(|_| *sub(c, Kind::Truth)).collect();
    match c.below(11) {
        0 => Node::Not(sub(c, Kind::Truth)),
        1 => Node::All(several(c)),
        2 => Node::Any(several(c)),
        3 => {
            let kind = c.kind();
            Node::IsNull(sub(c, kind), c.flip())
        }
        4 => Node::Between(sub(c, Kind::Number), sub(c, Kind::Number), sub(c, Kind::Number), c.flip()),
        5 => {
            let list = (0..c.below(4)).map(|_| (c.below(5) > 0).then(|| c.number())).collect();
            Node::InNumbers(sub(c, Kind::Number), list, c.flip())
        }
        6 => {
            let list = (0..c.below(4)).map(|_| c.text()).collect();
            Node::InTexts(sub(c, Kind::Text), list, c.flip())
        }
        7 => {
            let list = (0..1 + c.below(3)).map(|_| *sub(c, Kind::Number)).collect();
            Node::InNodes(sub(c, Kind::Number), list, c.flip())
        }
        8 => Node::Like(sub(c, Kind::Text), c.pattern(), c.flip()),
        9 => {
            let operators = ["=", "<>", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"];
            let operator = operators[usize::try_from(c.below(4)).unwrap()];
            let kind = c.kind();
            Node::Compare(operator, sub(c, kind), sub(c, kind))
        }
        _ => {
            let operators = ["=", "<>", "<", "<=", ">", ">="];
            let operator = operators[usize::try_from(c.below(6)).unwrap()];
            Node::Compare(operator, sub(c, Kind::Number), sub(c, Kind::Number))
        }
    }
}

fn leaf(c: &mut Choices, kind: Kind) -> Node {
    match (c.below(5), kind) {
        (0, kind) => Node::Null(kind),
        (1 | 2, kind) => Node::Column(kind, usize::try_from(c.below(2)).unwrap()),
        (_, Kind::Number) => Node::Number(c.number()),
        (_, Kind::Text) => Node::Text(c.text()),
        (_, Kind::Truth) => Node::Truth(c.flip()),
    }
}

impl Node {
    /// The type.
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Node::Column(kind, _) | Node::Null(kind) => *kind,
            Node::Number(_) | Node::Arithmetic(..) | Node::Minus(_) | Node::Length(_) => Kind::Number,
            Node::Text(_) | Node::Concat(..) | Node::Lower(_) => Kind::Text,
            Node::Case(branches, _) => branches[0].1.kind(),
            Node::Coalesce(all) => all[0].kind(),
            Node::NullIf(one, _) => one.kind(),
            _ => Kind::Truth,
        }
    }

    /// The expression of the query.
    pub(crate) fn to_expr(&self) -> Expr {
        let boxed = |node: &Node| Box::new(node.to_expr());
        let list = |nodes: &[Node]| nodes.iter().map(Node::to_expr).collect::<Vec<_>>();
        let turned = |expr: Expr, negated: bool| if negated { expr.negate() } else { expr };
        match self {
            Node::Column(kind, position) => {
                let names = match kind {
                    Kind::Number => ["a", "b"],
                    Kind::Text => ["s", "u"],
                    Kind::Truth => ["p", "q"],
                };
                Expr::column("t", names[*position])
            }
            Node::Number(number) => Expr::value(*number),
            Node::Text(text) => Expr::value(text.as_str()),
            Node::Truth(truth) => Expr::value(*truth),
            Node::Null(kind) => Expr::NULL.cast(match kind {
                Kind::Number => SqlType::BigInteger,
                Kind::Text => SqlType::Text,
                Kind::Truth => SqlType::Boolean,
            }),
            Node::Arithmetic(sign, left, right) => {
                let operator = match sign {
                    '+' => BinaryOperator::Add,
                    '-' => BinaryOperator::Subtract,
                    _ => BinaryOperator::Multiply,
                };
                left.to_expr().binary(operator, right.to_expr())
            }
            Node::Minus(node) => Expr::Unary(UnaryOperator::Minus, boxed(node)),
            Node::Length(node) => Expr::call("length", vec![node.to_expr()]),
            Node::Concat(left, right) => left.to_expr().concat(right.to_expr()),
            Node::Lower(node) => Expr::call("lower", vec![node.to_expr()]),
            Node::Compare(operator, left, right) => {
                let (left, right) = (left.to_expr(), right.to_expr());
                match *operator {
                    "=" => left.equal(right),
                    "<>" => left.not_equal(right),
                    "<" => left.less(right),
                    "<=" => left.less_or_equal(right),
                    ">" => left.greater(right),
                    ">=" => left.greater_or_equal(right),
                    "IS DISTINCT FROM" => left.is_distinct_from(right),
                    _ => left.is_not_distinct_from(right),
                }
            }
            Node::Not(node) => node.to_expr().negate(),
            Node::All(all) => Expr::All(list(all)),
            Node::Any(any) => Expr::Any(list(any)),
            Node::IsNull(node, negated) => turned(node.to_expr().is_null(), *negated),
            Node::Between(node, low, high, negated) => {
                turned(node.to_expr().between(low.to_expr(), high.to_expr()), *negated)
            }
            Node::InNumbers(node, numbers, negated) => {
                let values = numbers.iter().map(|n| n.map_or(Value::Null, Value::BigInteger)).collect();
                turned(node.to_expr().in_values(values), *negated)
            }
            Node::InTexts(node, texts, negated) => {
                let values = texts.iter().map(|text| Value::Text(text.clone())).collect();
                turned(node.to_expr().in_values(values), *negated)
            }
            Node::InNodes(node, nodes, negated) => turned(node.to_expr().in_list(list(nodes)), *negated),
            Node::Like(node, pattern, negated) => {
                turned(node.to_expr().like(Expr::value(pattern.as_str())), *negated)
            }
            Node::Case(branches, otherwise) => Expr::Case {
                operand: None,
                branches: branches.iter().map(|(when, then)| (when.to_expr(), then.to_expr())).collect(),
                otherwise: otherwise.as_deref().map(boxed),
            },
            Node::Coalesce(all) => Expr::call("coalesce", list(all)),
            Node::NullIf(one, other) => Expr::call("nullif", vec![one.to_expr(), other.to_expr()]),
        }
    }
}
