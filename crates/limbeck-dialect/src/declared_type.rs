//! A type as it is written: words, and arguments in parentheses somewhere between them.

/// The parts of a written type: `TIMESTAMP(3) WITH TIME ZONE` is the name `timestamp with time zone` with the argument
/// `3`, which stood behind the first word.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct DeclaredType {
    /// All words before and behind the arguments, in lower case but for quoted parts, separated by single blanks.
    pub(crate) name: String,
    /// The arguments, trimmed, in the case they were written in.
    pub(crate) arguments: Vec<String>,
    before: String,
    behind: String,
}

impl DeclaredType {
    pub(crate) fn parse(text: &str) -> Self {
        let (before, arguments, behind) = match opening(text) {
            Some(at) => {
                let (before, rest) = text.split_at_checked(at).unwrap_or((text, ""));
                let (arguments, behind) = rest.rsplit_once(')').unwrap_or((rest, ""));
                let arguments = arguments.trim_start_matches('(').split(',');
                (before, arguments.map(|a| a.trim().to_owned()).collect(), behind)
            }
            None => (text, Vec::new(), ""),
        };
        let (before, behind) = (fold(before), fold(behind));
        let name = if behind.is_empty() { before.clone() } else { format!("{before} {behind}") };
        Self { name, arguments, before, behind }
    }

    /// The type in one canonical spelling, which is PostgreSQL's own for types it prints with arguments.
    pub(crate) fn canonical_text(&self) -> String {
        let mut text = self.before.clone();
        if !self.arguments.is_empty() {
            text += &format!("({})", self.arguments.join(","));
        }
        if !self.behind.is_empty() {
            text += &format!(" {}", self.behind);
        }
        text
    }
}

/// Where the first parenthesis outside a quoted name is.
fn opening(text: &str) -> Option<usize> {
    let mut quoted = false;
    text.char_indices().find_map(|(at, c)| {
        quoted ^= c == '"';
        (c == '(' && !quoted).then_some(at)
    })
}

/// Lower case and single blanks, outside quoted names.
fn fold(text: &str) -> String {
    let mut quoted = false;
    let mut folded = String::new();
    for c in text.trim().chars() {
        quoted ^= c == '"';
        if quoted || !c.is_whitespace() {
            folded.push(if quoted { c } else { c.to_ascii_lowercase() });
        } else if !folded.ends_with(' ') {
            folded.push(' ');
        }
    }
    folded
}
