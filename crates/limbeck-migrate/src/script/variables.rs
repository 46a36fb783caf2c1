//! Variables in scripts: `${name}` in sections that say `variables=true`.
//!
//! Only such sections have them, because the same characters are legal in a string or in the body of a function: a
//! script that knows nothing of variables must never change its meaning.

use std::collections::BTreeMap;
use std::ops::Range;

use limbeck_dialect::quote_literal;
use limbeck_schema::Dialect;

/// A text with its variables filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Substituted {
    pub(crate) text: String,
    places: Vec<Place>,
}

/// A placeholder and what took its place, in bytes of the two texts.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    written: Range<usize>,
    source: Range<usize>,
}

/// A variable that has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UndefinedVariable {
    pub(crate) name: String,
    /// The byte of its placeholder.
    pub(crate) offset: usize,
}

impl Substituted {
    /// A text without variables.
    pub(crate) fn verbatim(text: &str) -> Self {
        Self { text: text.to_owned(), places: Vec::new() }
    }

    /// The byte of the source that a byte of the text comes from.
    pub(crate) fn source_offset(&self, offset: usize) -> usize {
        match self.places.iter().rfind(|place| place.written.start <= offset) {
            None => offset,
            Some(place) if offset < place.written.end => place.source.start,
            Some(place) => place.source.end + (offset - place.written.end),
        }
    }
}

/// How a value is put in.
#[derive(Clone, Copy)]
enum Form {
    /// `${name}`: as it is.
    Verbatim,
    /// `${'name'}`: as a string literal.
    Literal,
    /// `${"name"}`: as a quoted identifier.
    Identifier,
}

/// Puts values in the place of `${name}`, `${'name'}` and `${"name"}`. What has another form stays, and so does `$${`,
/// which begins a dollar-quoted string.
pub(crate) fn substitute(
    dialect: Dialect,
    text: &str,
    variables: &BTreeMap<String, String>,
) -> Result<Substituted, UndefinedVariable> {
    let mut result = Substituted::default();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let offset = text.len() - after.len() - 2;
        result.text.push_str(before);
        match placeholder(after).filter(|_| !before.ends_with('$')) {
            None => {
                result.text.push_str("${");
                rest = after;
            }
            Some((form, name, length)) => {
                let value =
                    variables.get(name).ok_or_else(|| UndefinedVariable { name: name.to_owned(), offset })?;
                let start = result.text.len();
                match form {
                    Form::Verbatim => result.text.push_str(value),
                    Form::Literal => result.text.push_str(&quote_literal(dialect, value)),
                    Form::Identifier => result.text.push_str(&format!("\"{}\"", value.replace('"', "\"\""))),
                }
                let source = offset..offset + 2 + length;
                result.places.push(Place { written: start..result.text.len(), source });
                rest = after.get(length..).unwrap_or_default();
            }
        }
    }
    result.text.push_str(rest);
    Ok(result)
}

/// Reads what follows `${`: the form, the name, and how many bytes it takes with its `}`.
fn placeholder(after: &str) -> Option<(Form, &str, usize)> {
    let (inside, _) = after.split_once('}')?;
    let quoted = |quote: char| inside.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    let (form, name) = if let Some(name) = quoted('\'') {
        (Form::Literal, name)
    } else if let Some(name) = quoted('"') {
        (Form::Identifier, name)
    } else {
        (Form::Verbatim, inside)
    };
    let first = name.chars().next()?;
    let fits = (first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_');
    fits.then_some((form, name, inside.len() + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> BTreeMap<String, String> {
        [("tenant", "it's \"a\""), ("n", "3")].map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    }

    fn filled(text: &str) -> String {
        substitute(Dialect::Postgresql, text, &values()).unwrap().text
    }

    #[test]
    fn a_value_goes_in_as_it_is_as_a_literal_or_as_an_identifier() {
        assert_eq!(filled("a ${n} ${'tenant'} ${\"tenant\"}${n}"), "a 3 'it''s \"a\"' \"it's \"\"a\"\"\"3");
        assert_eq!(filled("'${n}'"), "'3'");
    }

    #[test]
    fn what_is_no_placeholder_stays() {
        for text in ["$${n}$$", "${n", "${}", "${a.b}", "$n", "${1}", "${ n }", "${'n\"}", "é$"] {
            assert_eq!(filled(text), text);
        }
    }

    #[test]
    fn an_undefined_one_is_named_with_its_place() {
        let undefined = substitute(Dialect::Sqlite, "é ${n} ${other}", &values()).unwrap_err();
        assert_eq!(undefined, UndefinedVariable { name: "other".to_owned(), offset: 8 });
    }

    #[test]
    fn a_place_in_the_result_is_found_in_the_source() {
        let source = "a ${n} b ${'tenant'} c";
        let filled = substitute(Dialect::Postgresql, source, &values()).unwrap();
        for (word, at) in [("a ", 0), ("b ", 7), (" c", 20), ("3", 2), ("'it", 9), ("s ", 9)] {
            assert_eq!(filled.source_offset(filled.text.find(word).unwrap()), at, "{word}");
        }
    }
}
