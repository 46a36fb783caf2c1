//! How an error or a warning is shown: a message, the place in the source, notes, and what to do next.

use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};
use serde::Serialize;

/// Longer statements are shown in part: their first line and the one that is wrong.
const MAXIMUM_LINES_SHOWN: usize = 12;

/// One error, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Diagnostic {
    /// A stable code for programs and for searching.
    pub(crate) code: &'static str,
    /// What is wrong: a lower-case fragment.
    pub(crate) message: String,
    /// Where.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(crate) excerpt: Option<Excerpt>,
    /// What another program said, which is shown above everything else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) output: Option<String>,
    /// More about it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) notes: Vec<String>,
    /// What to do next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) help: Option<String>,
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Excerpt {
    /// The file.
    pub(crate) path: String,
    /// The line, counted from 1.
    pub(crate) line: usize,
    /// The column in characters, counted from 1.
    pub(crate) column: usize,
    /// The file's text.
    #[serde(skip)]
    source: String,
    /// What is underlined.
    #[serde(skip)]
    span: Range<usize>,
    /// What is shown with it.
    #[serde(skip)]
    context: Range<usize>,
    /// What stands at the caret.
    #[serde(skip_serializing_if = "String::is_empty")]
    label: String,
}

impl Excerpt {
    /// The word at `position` inside of `context`, both in bytes; `None` when the text does not go that far.
    pub(crate) fn at(
        path: String,
        source: String,
        position: usize,
        context: Range<usize>,
        label: String,
    ) -> Option<Self> {
        let before = source.get(..position)?;
        let rest = source.get(position..)?;
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let span = position..position + word_length(rest);
        Some(Self { path, line, column, source, span, context, label })
    }

    /// The word at a line and a column in characters, both counted from 1.
    pub(crate) fn at_column(
        path: String,
        source: String,
        line: usize,
        column: usize,
        label: String,
    ) -> Option<Self> {
        let start: usize = source.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
        let (offset, _) = source.get(start..)?.char_indices().nth(column.checked_sub(1)?)?;
        let position = start + offset;
        Self::at(path, source, position, position..position, label)
    }

    /// A whole line, counted from 1; `None` when the text has fewer.
    pub(crate) fn line(path: String, source: String, line: usize, label: String) -> Option<Self> {
        let text = source.lines().nth(line.checked_sub(1)?)?;
        // `lines` hands out parts of the text itself.
        let start = source.split_inclusive('\n').take(line - 1).map(str::len).sum::<usize>();
        let indent = text.len() - text.trim_start().len();
        let column = text.chars().take_while(|c| c.is_whitespace()).count() + 1;
        let span = start + indent..start + text.trim_end().len().max(indent);
        Some(Self { path, line, column, source, context: span.clone(), span, label })
    }

    fn annotations(&self) -> Vec<Annotation<'_>> {
        let mut annotations =
            vec![AnnotationKind::Primary.span(self.span.clone()).label(self.label.as_str())];
        let lines = self.source.get(self.context.clone()).map_or(0, |text| text.lines().count());
        let visible = if lines <= MAXIMUM_LINES_SHOWN {
            self.context.clone()
        } else {
            self.context.start..self.context.start
        };
        annotations.push(AnnotationKind::Visible.span(visible));
        annotations
    }
}

/// The identifier, number or quoted name that a text begins with, at least one character.
fn word_length(text: &str) -> usize {
    let word = |text: &str| text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    let length = match text.strip_prefix(['"', '\'']) {
        Some(quoted) => quoted.find(['"', '\'', '\n']).map_or(1, |end| end + 2),
        None => word(text),
    };
    let end = text.len().min(length.max(text.chars().next().map_or(0, char::len_utf8)));
    if text.is_char_boundary(end) { end } else { 1 }
}

impl Diagnostic {
    /// The text for people, with ANSI colours; the stream takes them out where they are not wanted.
    pub(crate) fn render(&self) -> String {
        let renderer = Renderer::styled();
        let title = Level::ERROR.primary_title(self.message.as_str()).id(self.code);
        let group = match &self.excerpt {
            Some(excerpt) => title.element(
                Snippet::source(excerpt.source.as_str())
                    .path(excerpt.path.as_str())
                    .annotations(excerpt.annotations()),
            ),
            None => Group::with_title(title),
        };
        // Groups that are rendered together are joined by a rule, which has nothing to hold on to without source.
        let mut parts: Vec<String> = self.output.iter().map(|output| output.trim_end().to_owned()).collect();
        parts.push(renderer.render(&[group]));
        for note in &self.notes {
            parts.push(renderer.render(&[Group::with_title(Level::NOTE.primary_title(note.as_str()))]));
        }
        if let Some(help) = &self.help {
            parts.push(renderer.render(&[Group::with_title(Level::HELP.primary_title(help.as_str()))]));
        }
        parts.join("\n") + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(diagnostic: &Diagnostic) -> String {
        anstream::adapter::strip_str(&diagnostic.render()).to_string()
    }

    fn diagnostic(excerpt: Option<Excerpt>) -> Diagnostic {
        Diagnostic {
            code: "migrate.statement",
            message: "upgrade of revision `1` failed".to_owned(),
            excerpt,
            output: None,
            notes: vec!["nothing of it was applied".to_owned()],
            help: Some("correct the statement".to_owned()),
        }
    }

    #[test]
    fn the_caret_stands_below_the_position() {
        let source = "-- migrate:up\nCREATE TABLE t (\n    a integr\n);\n";
        let position = source.find("integr").unwrap();
        let start = source.find("CREATE").unwrap();
        let excerpt = Excerpt::at(
            "m/1.sql".into(),
            source.to_owned(),
            position,
            start..source.len() - 2,
            "no such type".to_owned(),
        )
        .unwrap();
        assert_eq!((excerpt.line, excerpt.column), (3, 7));
        assert_eq!(
            plain(&diagnostic(Some(excerpt))),
            "\
error[migrate.statement]: upgrade of revision `1` failed
 --> m/1.sql:3:7
  |
2 | CREATE TABLE t (
3 |     a integr
  |       ^^^^^^ no such type
4 | );
  |
note: nothing of it was applied
help: correct the statement
"
        );
    }

    #[test]
    fn a_line_is_underlined_from_its_first_character() {
        let excerpt =
            Excerpt::line("m/1.sql".into(), "a\n  b c  \n".to_owned(), 2, "here".to_owned()).unwrap();
        assert!(plain(&diagnostic(Some(excerpt))).contains("2 |   b c  \n  |   ^^^ here\n"));
    }

    #[test]
    fn without_source_there_is_no_rule() {
        assert_eq!(
            plain(&diagnostic(None)),
            "error[migrate.statement]: upgrade of revision `1` failed\nnote: nothing of it was applied\nhelp: correct the statement\n"
        );
    }

    #[test]
    fn a_place_outside_of_the_text_is_none() {
        let at = |position| Excerpt::at("f".into(), "añb".to_owned(), position, 0..1, String::new());
        assert_eq!(at(2), None);
        assert_eq!(at(9), None);
        assert!(at(4).is_some(), "the end of the text is a place");
        assert_eq!(Excerpt::line("f".into(), "a".to_owned(), 2, String::new()), None);
        assert_eq!(Excerpt::line("f".into(), "a".to_owned(), 0, String::new()), None);
    }

    #[test]
    fn no_place_of_no_text_is_too_odd_to_be_shown() {
        for source in
            ["", "\n", "a", "é→\u{1F980} x", "a\tb\r\nc", "\"ü", "x\n\n\u{feff}y\n", "'\u{0}\u{1b}[31m'"]
        {
            for position in 0..=source.len() {
                let excerpt = |context| {
                    Excerpt::at("f".into(), source.to_owned(), position, context, "here".to_owned())
                };
                for context in [0..0, 0..source.len(), position..position] {
                    if let Some(excerpt) = excerpt(context) {
                        assert!(plain(&diagnostic(Some(excerpt))).contains("failed"));
                    }
                }
            }
            for line in 0..5 {
                if let Some(excerpt) = Excerpt::line("f".into(), source.to_owned(), line, String::new()) {
                    assert!(plain(&diagnostic(Some(excerpt))).contains("failed"));
                }
                for column in 0..5 {
                    let excerpt =
                        Excerpt::at_column("f".into(), source.to_owned(), line, column, String::new());
                    if let Some(excerpt) = excerpt {
                        assert!(plain(&diagnostic(Some(excerpt))).contains("failed"));
                    }
                }
            }
        }
    }

    #[test]
    fn a_caret_is_as_wide_as_the_word() {
        for (text, length) in [
            ("foo bar", 3),
            ("\"a b\" c", 5),
            ("'x", 1),
            ("(", 1),
            ("", 0),
            ("é", 2),
            ("→x", 3),
            ("\"ü\"", 4),
        ] {
            assert_eq!(word_length(text), length, "{text}");
        }
    }
}
