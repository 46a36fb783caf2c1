//! Reading a script.

use std::borrow::Cow;

use jiff::Timestamp;
use limbeck_diff::HazardKind;
use limbeck_schema::Dialect;

use crate::nearest::nearest;

use super::{
    MAX_REVISION_ID_LENGTH, RecordedHazard, Script, ScriptError, ScriptErrorKind, Section, SectionDirection,
    Todo,
};

pub(super) const REVISION_ID: &str = "Revision ID";
pub(super) const REVISES: &str = "Revises";
const BRANCH_LABELS: &str = "Branch Labels";
const DEPENDS_ON: &str = "Depends On";
const REPLACES: &str = "Replaces";
const CREATE_DATE: &str = "Create Date";
const FIELDS: [&str; 6] = [REVISION_ID, REVISES, BRANCH_LABELS, DEPENDS_ON, REPLACES, CREATE_DATE];
const ATTRIBUTES: [&str; 4] = ["dialect", "transaction", "foreign_keys", "variables"];
const TODO: &str = "limbeck:todo";
/// Begins a line that says what a section may hurt.
pub(crate) const HAZARD: &str = "-- hazard: ";
/// The marker that ends a transaction within a section.
pub(crate) const COMMIT_MARKER: &str = "-- migrate:commit";

/// Relative identifiers use `@ - + :`, lists the comma, file names the slashes, SQL the quotes.
const ILLEGAL_CHARACTERS: [char; 9] = ['@', '-', '+', ':', ',', '/', '\\', '\'', '"'];

/// The text without a byte-order mark and with LF as line ending.
pub fn normalize(text: &str) -> Cow<'_, str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.contains("\r\n") { Cow::Owned(text.replace("\r\n", "\n")) } else { Cow::Borrowed(text) }
}

/// What the text of a comment line says in a header.
pub(super) enum HeaderLine<'a> {
    /// `Field: value`
    Field(&'static str, &'a str),
    /// `migrate:` and what follows.
    Marker(&'a str),
    /// Anything else.
    Text(&'a str),
}

/// Reads the text of a header line, its comment mark taken off. Indentation makes no difference: a field that is read as
/// message because of a space would be lost without a word.
pub(super) fn header_line(text: &str) -> HeaderLine<'_> {
    let unindented = text.trim_start();
    if let Some(marker) = unindented.strip_prefix("migrate:") {
        return HeaderLine::Marker(marker);
    }
    for field in FIELDS {
        if let Some(value) = unindented.strip_prefix(field).and_then(|rest| rest.strip_prefix(':')) {
            return HeaderLine::Field(field, value.trim());
        }
    }
    HeaderLine::Text(text)
}

/// Reads one script. `file` is only for messages. Everything that is wrong with it is told at once.
pub fn parse(file: &str, text: &str) -> Result<Script, Vec<ScriptError>> {
    let text = normalize(text).into_owned();
    let mut reader = Reader::default();
    let mut offset = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        reader.line(index + 1, offset, line);
        offset += line.len();
    }
    reader.finish(file, text)
}

#[derive(Default)]
struct Reader {
    message: Vec<String>,
    /// The fields found, with their lines.
    fields: Vec<(&'static str, usize)>,
    revision: Option<(String, usize)>,
    down_revisions: Vec<String>,
    branch_labels: Vec<String>,
    depends_on: Vec<String>,
    replaces: Vec<String>,
    create_date: Option<Timestamp>,
    sections: Vec<Section>,
    todos: Vec<Todo>,
    /// A marker was seen, even if it cannot be read.
    in_section: bool,
    errors: Vec<(Option<usize>, ScriptErrorKind)>,
}

impl Reader {
    fn line(&mut self, number: usize, offset: usize, line: &str) {
        if let Some((_, after)) = line.split_once(TODO) {
            let text = after.trim_start_matches(':').trim().to_owned();
            self.todos.push(Todo { line: number, text });
        }
        let comment = line.strip_prefix("--").map(|rest| rest.strip_prefix(' ').unwrap_or(rest).trim_end());
        if let Some(HeaderLine::Marker(marker)) = comment.map(header_line) {
            self.in_section = true;
            self.marker(number, offset + line.len(), marker);
        } else if self.in_section {
            self.section_line(number, offset, line);
        } else {
            self.header(number, line, comment);
        }
    }

    fn header(&mut self, number: usize, line: &str, comment: Option<&str>) {
        let Some(text) = comment else {
            if line.trim().is_empty() {
                self.message.push(String::new());
            } else if !self.errors.iter().any(|(_, kind)| *kind == ScriptErrorKind::SqlOutsideSection) {
                self.error(number, ScriptErrorKind::SqlOutsideSection);
            }
            return;
        };
        match header_line(text) {
            HeaderLine::Field(field, value) if self.revision.is_some() || field == REVISION_ID => {
                self.field(number, field, value);
            }
            HeaderLine::Field(field, _) => {
                self.error(number, ScriptErrorKind::FieldBeforeRevisionId { field });
            }
            HeaderLine::Text(text) if self.revision.is_none() => self.message.push(text.to_owned()),
            HeaderLine::Text(text) if text.trim().is_empty() => {}
            HeaderLine::Text(text) | HeaderLine::Marker(text) => {
                let name = text.split(':').next().unwrap_or(text);
                let kind = ScriptErrorKind::UnknownField {
                    line: text.to_owned(),
                    nearest: nearest(name.trim(), FIELDS),
                };
                self.error(number, kind);
            }
        }
    }

    fn field(&mut self, number: usize, field: &'static str, value: &str) {
        if let Some(&(_, first)) = self.fields.iter().find(|(known, _)| *known == field) {
            self.error(number, ScriptErrorKind::DuplicateField { field, first });
            return;
        }
        self.fields.push((field, number));
        match field {
            REVISION_ID if value.is_empty() => self.revision = Some((String::new(), number)),
            REVISION_ID => {
                self.check_name(number, "revision identifier", value);
                let length = value.chars().count();
                if length > MAX_REVISION_ID_LENGTH {
                    self.error(number, ScriptErrorKind::RevisionIdTooLong { id: value.to_owned(), length });
                }
                self.revision = Some((value.to_owned(), number));
            }
            REVISES => self.down_revisions = list(value),
            DEPENDS_ON => self.depends_on = list(value),
            REPLACES => self.replaces = list(value),
            BRANCH_LABELS => {
                self.branch_labels = list(value);
                for label in self.branch_labels.clone() {
                    self.check_name(number, "branch label", &label);
                }
            }
            _ => match value.parse() {
                Ok(date) => self.create_date = Some(date),
                Err(cause) => {
                    let (value, cause) = (value.to_owned(), cause.to_string());
                    self.error(number, ScriptErrorKind::BadDate { value, cause });
                }
            },
        }
    }

    fn check_name(&mut self, number: usize, what: &'static str, name: &str) {
        let illegal = |&character: &char| {
            character.is_whitespace() || character.is_control() || ILLEGAL_CHARACTERS.contains(&character)
        };
        // A label is never part of a file name, and hyphens are common in labels.
        let may_hold = |character: char| what == "branch label" && character == '-';
        if let Some(character) = name.chars().filter(|&character| !may_hold(character)).find(illegal) {
            self.error(number, ScriptErrorKind::IllegalName { what, name: name.to_owned(), character });
        } else if ["head", "heads", "base", "current"].contains(&name) {
            self.error(number, ScriptErrorKind::ReservedName { what, name: name.to_owned() });
        }
    }

    fn marker(&mut self, number: usize, end: usize, marker: &str) {
        let mut words = marker.split_whitespace();
        let direction = match words.next().filter(|_| !marker.starts_with(char::is_whitespace)) {
            Some("up") => SectionDirection::Up,
            Some("down") => SectionDirection::Down,
            Some("commit") if marker.trim_end() == "commit" => {
                match self.sections.last_mut() {
                    Some(section) => section.commits.push(end),
                    None => self.error(number, ScriptErrorKind::StrayCommit),
                }
                return;
            }
            word => {
                let word = word.unwrap_or_default().to_owned();
                self.error(number, ScriptErrorKind::UnknownMarker { word });
                return;
            }
        };
        let mut section = Section {
            direction,
            dialect: None,
            transaction: true,
            foreign_keys: None,
            variables: false,
            range: end..end,
            marker_line: number,
            first_line: number + 1,
            commits: Vec::new(),
            hazards: Vec::new(),
        };
        let mut seen: Vec<&str> = Vec::new();
        for word in words {
            let (attribute, value) = word.split_once('=').unwrap_or((word, ""));
            if seen.contains(&attribute) {
                let attribute = attribute.to_owned();
                self.error(number, ScriptErrorKind::DuplicateAttribute { attribute });
                continue;
            }
            seen.push(attribute);
            if let Err(kind) = set_attribute(&mut section, word, attribute, value) {
                self.error(number, kind);
            }
        }
        let same = |other: &&Section| other.direction == direction && other.dialect == section.dialect;
        if let Some(first) = self.sections.iter().find(same).map(|other| other.marker_line) {
            let dialect = section.dialect;
            self.error(number, ScriptErrorKind::DuplicateSection { direction, dialect, first });
        }
        self.sections.push(section);
    }

    fn section_line(&mut self, number: usize, offset: usize, line: &str) {
        if let Some(hazard) = line.strip_prefix(HAZARD) {
            self.hazard(number, hazard.trim());
        }
        let content = line.trim_end().len();
        let Some(section) = self.sections.last_mut() else { return };
        if content == 0 {
            return;
        }
        if section.range.is_empty() {
            section.range.start = offset;
            section.first_line = number;
        }
        section.range.end = offset + content;
    }

    fn hazard(&mut self, number: usize, text: &str) {
        let (name, message) = text.split_once(' ').unwrap_or((text, ""));
        match (HazardKind::find(name), self.sections.last_mut()) {
            (Some(kind), Some(section)) => {
                section.hazards.push(RecordedHazard {
                    line: number,
                    kind,
                    message: message.trim().to_owned(),
                });
            }
            _ => {
                let nearest = nearest(name, HazardKind::ALL.map(HazardKind::as_str));
                self.error(number, ScriptErrorKind::UnknownHazard { name: name.to_owned(), nearest });
            }
        }
    }

    fn error(&mut self, line: usize, kind: ScriptErrorKind) {
        self.errors.push((Some(line), kind));
    }

    fn finish(mut self, file: &str, text: String) -> Result<Script, Vec<ScriptError>> {
        let (revision, revision_line) = match self.revision.take() {
            Some((revision, line)) if revision.is_empty() => {
                self.errors.push((Some(line), ScriptErrorKind::MissingRevisionId));
                (revision, line)
            }
            Some(found) => found,
            None => {
                self.errors.push((None, ScriptErrorKind::MissingRevisionId));
                (String::new(), 1)
            }
        };
        let has_up = self.sections.iter().any(|section| section.direction == SectionDirection::Up);
        let unreadable = |kind: &ScriptErrorKind| matches!(kind, ScriptErrorKind::UnknownMarker { .. });
        if !has_up && !self.errors.iter().any(|(_, kind)| unreadable(kind)) {
            self.errors.push((None, ScriptErrorKind::MissingUp));
        }
        if !self.errors.is_empty() {
            let file = |(line, kind)| ScriptError { file: file.to_owned(), line, kind };
            return Err(self.errors.into_iter().map(file).collect());
        }
        Ok(Script {
            file: file.to_owned(),
            message: paragraphs(&self.message),
            text,
            revision,
            down_revisions: self.down_revisions,
            branch_labels: self.branch_labels,
            depends_on: self.depends_on,
            replaces: self.replaces,
            create_date: self.create_date,
            revision_line,
            sections: self.sections,
            todos: self.todos,
        })
    }
}

fn set_attribute(
    section: &mut Section,
    word: &str,
    attribute: &str,
    value: &str,
) -> Result<(), ScriptErrorKind> {
    let bad = |expected| ScriptErrorKind::BadAttribute {
        attribute: attribute.to_owned(),
        value: value.to_owned(),
        expected,
    };
    match attribute {
        "dialect" => {
            let dialect: Dialect = value.parse().map_err(|_| bad("`postgresql` or `sqlite`"))?;
            section.dialect = Some(dialect);
        }
        "transaction" => {
            section.transaction = match value {
                "true" => true,
                "false" => false,
                _ => return Err(bad("`true` or `false`")),
            };
        }
        "variables" => {
            section.variables = match value {
                "true" => true,
                "false" => false,
                _ => return Err(bad("`true` or `false`")),
            };
        }
        "foreign_keys" => {
            section.foreign_keys = match value {
                "on" => Some(true),
                "off" => Some(false),
                _ => return Err(bad("`on` or `off`")),
            };
        }
        _ => {
            // dbmate writes `transaction:false`.
            let name = attribute.split(':').next().unwrap_or(attribute);
            return Err(ScriptErrorKind::UnknownAttribute {
                attribute: word.to_owned(),
                nearest: nearest(name, ATTRIBUTES),
            });
        }
    }
    Ok(())
}

fn list(value: &str) -> Vec<String> {
    value.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// The lines of a message: without blank ones around, and one between paragraphs.
fn paragraphs(lines: &[String]) -> String {
    let mut text = String::new();
    let mut blank = false;
    for line in lines {
        if line.trim().is_empty() {
            blank = true;
            continue;
        }
        if !text.is_empty() {
            text.push_str(if blank { "\n\n" } else { "\n" });
        }
        blank = false;
        text.push_str(line);
    }
    text
}
