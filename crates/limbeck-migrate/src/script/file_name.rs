//! New identifiers, and the file names made of them.

use std::fmt;
use std::str::FromStr;

use jiff::Zoned;
use jiff::tz::TimeZone;

use crate::nearest::{did_you_mean, nearest};

use super::NewScript;

/// Alembic's `truncate_slug_length`, in characters.
const SLUG_LENGTH: usize = 40;

/// A new revision identifier: the last 12 hexadecimal digits of a random (version 4) UUID, as in Alembic.
pub fn new_revision_id() -> String {
    format!("{:012x}", uuid::Uuid::new_v4().as_u128() & 0xffff_ffff_ffff)
}

/// How new scripts are named and dated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptStyle {
    /// What the file's name is made of.
    pub file_template: FileTemplate,
    /// After how many characters the words of the message are cut.
    pub slug_length: usize,
    /// The time zone of `Create Date`, and of dates in file names.
    pub time_zone: TimeZone,
}

impl Default for ScriptStyle {
    fn default() -> Self {
        Self { file_template: FileTemplate::default(), slug_length: SLUG_LENGTH, time_zone: TimeZone::UTC }
    }
}

/// What a file's name is made of: `{rev}_{slug}`, with `/` for directories.
///
/// Alembic's own notation, `%(year)d_%(month).2d_%(rev)s`, is read as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileTemplate(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Token(Token),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Rev,
    Slug,
    Epoch,
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
}

const TOKENS: [(&str, Token); 9] = [
    ("rev", Token::Rev),
    ("slug", Token::Slug),
    ("epoch", Token::Epoch),
    ("year", Token::Year),
    ("month", Token::Month),
    ("day", Token::Day),
    ("hour", Token::Hour),
    ("minute", Token::Minute),
    ("second", Token::Second),
];

impl Default for FileTemplate {
    fn default() -> Self {
        Self(vec![Part::Token(Token::Rev), Part::Text("_".to_owned()), Part::Token(Token::Slug)])
    }
}

/// A template that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileTemplateError {
    /// A token that does not exist.
    #[error("there is no token `{name}`{}", did_you_mean(.nearest.as_deref()))]
    UnknownToken {
        /// Its name.
        name: String,
        /// A token like it.
        nearest: Option<String>,
    },
    /// A token without an end.
    #[error("`{0}` is not closed")]
    Unclosed(String),
    /// Names that would all be the same.
    #[error("it needs `{{rev}}`, `{{slug}}` or a time, or every script has the same name")]
    Constant,
}

impl FromStr for FileTemplate {
    type Err = FileTemplateError;

    fn from_str(text: &str) -> Result<Self, FileTemplateError> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            let (open, close) = if rest.starts_with("%(") {
                ("%(", ')')
            } else if character == '{' {
                ("{", '}')
            } else {
                // `%%` is a percent sign in Alembic's notation.
                let taken = if rest.starts_with("%%") { 2 } else { character.len_utf8() };
                literal.push(character);
                rest = rest.get(taken..).unwrap_or_default();
                continue;
            };
            let inside = rest.get(open.len()..).unwrap_or_default();
            let Some((name, after)) = inside.split_once(close) else {
                return Err(FileTemplateError::Unclosed(rest.to_owned()));
            };
            let token = TOKENS.iter().find(|(known, _)| *known == name).map(|(_, token)| *token);
            let token = token.ok_or_else(|| FileTemplateError::UnknownToken {
                name: name.to_owned(),
                nearest: nearest(name, TOKENS.map(|(known, _)| known)),
            })?;
            if !literal.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut literal)));
            }
            parts.push(Part::Token(token));
            rest = if open == "%(" { after_conversion(after) } else { after };
        }
        if !literal.is_empty() {
            parts.push(Part::Text(literal));
        }
        if parts.iter().all(|part| matches!(part, Part::Text(_))) {
            return Err(FileTemplateError::Constant);
        }
        Ok(Self(parts))
    }
}

/// What follows `d`, `s` or `.2d`: numbers have the width of what they count here anyway.
fn after_conversion(text: &str) -> &str {
    let digits = text.trim_start_matches(|character: char| character.is_ascii_digit() || character == '.');
    digits.strip_prefix(['d', 's']).unwrap_or(text)
}

impl fmt::Display for FileTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.0 {
            match part {
                Part::Text(text) => f.write_str(text)?,
                Part::Token(token) => {
                    let name = TOKENS.iter().find(|(_, known)| known == token).map_or("", |(name, _)| name);
                    write!(f, "{{{name}}}")?;
                }
            }
        }
        Ok(())
    }
}

/// The words of a message joined by `_`, in lower case. What is longer than `length` characters is cut after a word and
/// ends with `_`, as in Alembic.
pub fn slug(message: &str, length: usize) -> String {
    let words: Vec<&str> = message
        .split(|character: char| !(character.is_alphanumeric() || character == '_'))
        .filter(|word| !word.is_empty())
        .collect();
    let slug = words.join("_").to_lowercase();
    if slug.chars().count() <= length {
        return slug;
    }
    let cut: String = slug.chars().take(length).collect();
    let whole_words = cut.rsplit_once('_').map_or(cut.as_str(), |(whole_words, _)| whole_words);
    format!("{whole_words}_")
}

/// The name of a script's file, `<revision>_<slug>.sql` unless the style says something else. A message without a word
/// leaves no separator behind.
pub fn file_name(script: &NewScript, style: &ScriptStyle) -> String {
    let slug = slug(&script.message, style.slug_length);
    let date: Zoned = script.create_date.unwrap_or_default().to_zoned(style.time_zone.clone());
    let mut name = String::new();
    for part in &style.file_template.0 {
        match part {
            Part::Text(text) => name.push_str(text),
            Part::Token(Token::Rev) => name.push_str(&script.revision),
            Part::Token(Token::Slug) if slug.is_empty() => {
                name.truncate(name.trim_end_matches(['_', '-', '.', ' ']).len());
            }
            Part::Token(Token::Slug) => name.push_str(&slug),
            Part::Token(Token::Epoch) => name.push_str(&date.timestamp().as_second().to_string()),
            Part::Token(Token::Year) => name.push_str(&date.year().to_string()),
            Part::Token(Token::Month) => name.push_str(&format!("{:02}", date.month())),
            Part::Token(Token::Day) => name.push_str(&format!("{:02}", date.day())),
            Part::Token(Token::Hour) => name.push_str(&format!("{:02}", date.hour())),
            Part::Token(Token::Minute) => name.push_str(&format!("{:02}", date.minute())),
            Part::Token(Token::Second) => name.push_str(&format!("{:02}", date.second())),
        }
    }
    name + ".sql"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_twelve_hexadecimal_digits_and_new() {
        let id = new_revision_id();
        assert_eq!(id.len(), 12);
        assert!(id.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)), "{id}");
        assert_ne!(id, new_revision_id());
    }

    #[test]
    fn a_slug_is_the_words_of_the_message() {
        assert_eq!(slug("Add phone, e-mail to Customers!", 40), "add_phone_e_mail_to_customers");
        assert_eq!(slug("Prénom ändern", 40), "prénom_ändern");
        assert_eq!(slug("...", 40), "");
    }

    #[test]
    fn a_long_slug_is_cut_after_a_word() {
        assert_eq!(
            slug("this is a really long message that goes on and on", 40),
            "this_is_a_really_long_message_that_goes_"
        );
        assert_eq!(slug(&"x".repeat(60), 40), format!("{}_", "x".repeat(40)));
        assert_eq!(slug("add phone to customers", 12), "add_phone_");
    }

    fn named(template: &str, message: &str) -> String {
        let script = NewScript {
            message: message.to_owned(),
            revision: "3f8a1c22b7d0".to_owned(),
            create_date: Some("2026-03-09T23:04:05Z".parse().unwrap()),
            ..NewScript::default()
        };
        let style = ScriptStyle {
            file_template: template.parse().unwrap(),
            time_zone: TimeZone::fixed(jiff::tz::offset(1)),
            ..ScriptStyle::default()
        };
        file_name(&script, &style)
    }

    #[test]
    fn a_file_is_named_as_the_template_says() {
        assert_eq!(named("{rev}_{slug}", "Add phone"), "3f8a1c22b7d0_add_phone.sql");
        assert_eq!(named("{rev}_{slug}", ""), "3f8a1c22b7d0.sql");
        assert_eq!(named("{year}{month}{day}_{rev}_{slug}", "a"), "20260310_3f8a1c22b7d0_a.sql");
        assert_eq!(named("{year}/{month}/{rev}", "a"), "2026/03/3f8a1c22b7d0.sql");
        assert_eq!(named("{epoch}_{hour}{minute}{second}", "a"), "1773097445_000405.sql");
    }

    #[test]
    fn alembics_notation_is_read() {
        assert_eq!(
            named("%(year)d_%(month).2d_%(day).2d_%(hour).2d%(minute).2d-%(rev)s_%(slug)s", "Add phone"),
            "2026_03_10_0004-3f8a1c22b7d0_add_phone.sql"
        );
        assert_eq!(named("100%%_%(rev)s", ""), "100%_3f8a1c22b7d0.sql");
        assert_eq!("%(year)d-%(rev)s".parse::<FileTemplate>().unwrap().to_string(), "{year}-{rev}");
    }

    #[test]
    fn a_template_that_cannot_be_read_is_explained() {
        let failure = |text: &str| text.parse::<FileTemplate>().unwrap_err().to_string();
        assert_eq!(failure("{slugg}"), "there is no token `slugg`; did you mean `slug`?");
        assert_eq!(failure("{rev"), "`{rev` is not closed");
        assert_eq!(
            failure("script"),
            "it needs `{rev}`, `{slug}` or a time, or every script has the same name"
        );
    }
}
