//! How a revision is named: `[branch@]symbol`, or `[branch@][symbol]+n` and `-n`.

use super::GraphError;

/// A revision identifier as written, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Identifier<'a> {
    /// All of it, for messages.
    pub(super) text: &'a str,
    /// What stands before the `@`.
    pub(super) branch: Option<&'a str>,
    /// What stands after it.
    pub(super) target: Target<'a>,
}

/// What an identifier names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target<'a> {
    /// An identifier, a prefix of one, a label, `head`, `heads`, `base` or `current`.
    Symbol(&'a str),
    /// Steps up (positive) or down from a symbol, or from wherever the request starts.
    Relative { from: Option<&'a str>, steps: i64 },
}

impl<'a> Identifier<'a> {
    /// The steps it asks for, up or (negative) down.
    pub(super) fn steps(self) -> i64 {
        match self.target {
            Target::Symbol(_) => 0,
            Target::Relative { steps, .. } => steps,
        }
    }

    /// Takes `text` apart. Whether the names in it exist is another question.
    pub(super) fn parse(text: &'a str) -> Result<Identifier<'a>, GraphError> {
        let malformed = |reason| GraphError::Malformed { identifier: text.to_owned(), reason };
        let (branch, rest) = match text.split_once('@') {
            Some(("", _)) => return Err(malformed("a branch is missing before the `@`")),
            Some((branch, rest)) => (Some(branch), rest),
            None => (None, text),
        };
        if rest.is_empty() {
            return Err(malformed("it is empty"));
        }
        if rest.contains('@') {
            return Err(malformed("it has more than one `@`"));
        }
        if text.contains(':') {
            return Err(malformed("a range `start:end` has no place here"));
        }
        let target = match rest.rfind(['+', '-']).map(|sign| rest.split_at(sign)) {
            Some((from, steps)) if is_number(steps.trim_start_matches(['+', '-'])) => {
                let steps = steps.parse().map_err(|_| malformed("the number of steps is too large"))?;
                Target::Relative { from: Some(from).filter(|from| !from.is_empty()), steps }
            }
            _ => Target::Symbol(rest),
        };
        Ok(Identifier { text, branch, target })
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> (Option<&str>, Target<'_>) {
        let identifier = Identifier::parse(text).unwrap();
        (identifier.branch, identifier.target)
    }

    #[test]
    fn every_form_is_taken_apart() {
        assert_eq!(parts("ae10"), (None, Target::Symbol("ae10")));
        assert_eq!(parts("shop@head"), (Some("shop"), Target::Symbol("head")));
        assert_eq!(parts("+2"), (None, Target::Relative { from: None, steps: 2 }));
        assert_eq!(parts("-1"), (None, Target::Relative { from: None, steps: -1 }));
        assert_eq!(parts("ae10+2"), (None, Target::Relative { from: Some("ae10"), steps: 2 }));
        assert_eq!(parts("shop@ae10-3"), (Some("shop"), Target::Relative { from: Some("ae10"), steps: -3 }));
        assert_eq!(parts("shop@-1"), (Some("shop"), Target::Relative { from: None, steps: -1 }));
    }

    #[test]
    fn a_label_may_hold_a_hyphen() {
        assert_eq!(parts("web-shop"), (None, Target::Symbol("web-shop")));
        assert_eq!(parts("web-shop+2"), (None, Target::Relative { from: Some("web-shop"), steps: 2 }));
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for text in ["", "@head", "shop@", "a@b@c", "a:b", "+99999999999999999999"] {
            assert_eq!(Identifier::parse(text).unwrap_err().code(), "graph.malformed-identifier", "{text}");
        }
    }
}
