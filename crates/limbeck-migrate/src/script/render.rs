//! Writing a script.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use limbeck_schema::Dialect;

use super::parse::{HeaderLine, header_line};
use super::{Script, SectionDirection};

/// A script to write.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewScript {
    /// The message; its first paragraph is shown in one-line forms.
    pub message: String,
    /// Its identifier.
    pub revision: String,
    /// Its parents.
    pub down_revisions: Vec<String>,
    /// Labels of the branch it starts.
    pub branch_labels: Vec<String>,
    /// What else must be applied before it.
    pub depends_on: Vec<String>,
    /// The revisions it stands for.
    pub replaces: Vec<String>,
    /// When it was made, in whole seconds.
    pub create_date: Option<Timestamp>,
    /// Its sections.
    pub sections: Vec<NewSection>,
}

/// A section to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSection {
    /// Which way it goes.
    pub direction: SectionDirection,
    /// The dialect it is for; `None` for every one without a section of its own.
    pub dialect: Option<Dialect>,
    /// Whether it runs in a transaction.
    pub transaction: bool,
    /// SQLite's enforcement of foreign keys while it runs, if it matters.
    pub foreign_keys: Option<bool>,
    /// Whether `${name}` in it is a variable.
    pub variables: bool,
    /// Its SQL, comments included. No line of it may be a section marker.
    pub sql: String,
}

impl NewSection {
    /// A section that runs in a transaction and serves every dialect.
    pub fn new(direction: SectionDirection, sql: impl Into<String>) -> NewSection {
        NewSection {
            direction,
            dialect: None,
            transaction: true,
            foreign_keys: None,
            variables: false,
            sql: sql.into(),
        }
    }
}

impl From<&Script> for NewScript {
    fn from(script: &Script) -> NewScript {
        NewScript {
            message: script.message.clone(),
            revision: script.revision.clone(),
            down_revisions: script.down_revisions.clone(),
            branch_labels: script.branch_labels.clone(),
            depends_on: script.depends_on.clone(),
            replaces: script.replaces.clone(),
            create_date: script.create_date,
            sections: script
                .sections
                .iter()
                .map(|section| NewSection {
                    direction: section.direction,
                    dialect: section.dialect,
                    transaction: section.transaction,
                    foreign_keys: section.foreign_keys,
                    variables: section.variables,
                    sql: script.sql(section).to_owned(),
                })
                .collect(),
        }
    }
}

/// The text of a script file, dates in UTC. [`super::parse`] reads back what was given, blank lines around SQL and message
/// apart.
pub fn render_script(script: &NewScript) -> String {
    render_script_in(script, &TimeZone::UTC)
}

/// The text of a script file, dates in a time zone.
pub(crate) fn render_script_in(script: &NewScript, time_zone: &TimeZone) -> String {
    let mut text = String::new();
    for line in script.message.trim().lines().map(str::trim_end) {
        match header_line(line) {
            // A line of the message that reads like a field or a marker is set off by a dot, so that it is neither.
            HeaderLine::Field(..) | HeaderLine::Marker(_) => comment(&mut text, &format!("· {line}")),
            HeaderLine::Text(_) => comment(&mut text, line),
        }
    }
    if !text.is_empty() {
        text.push_str("--\n");
    }
    field(&mut text, "Revision ID", &script.revision);
    field(&mut text, "Revises", &script.down_revisions.join(", "));
    if !script.branch_labels.is_empty() {
        field(&mut text, "Branch Labels", &script.branch_labels.join(", "));
    }
    if !script.depends_on.is_empty() {
        field(&mut text, "Depends On", &script.depends_on.join(", "));
    }
    if !script.replaces.is_empty() {
        field(&mut text, "Replaces", &script.replaces.join(", "));
    }
    if let Some(date) = script.create_date {
        let offset = time_zone.to_offset(date);
        let in_utc = offset == Offset::UTC;
        let date = if in_utc { date.to_string() } else { date.display_with_offset(offset).to_string() };
        field(&mut text, "Create Date", &date);
    }
    for section in &script.sections {
        text.push_str("\n-- migrate:");
        text.push_str(section.direction.as_str());
        if let Some(dialect) = section.dialect {
            text.push_str(" dialect=");
            text.push_str(dialect.as_str());
        }
        if !section.transaction {
            text.push_str(" transaction=false");
        }
        match section.foreign_keys {
            Some(true) => text.push_str(" foreign_keys=on"),
            Some(false) => text.push_str(" foreign_keys=off"),
            None => {}
        }
        if section.variables {
            text.push_str(" variables=true");
        }
        text.push('\n');
        let sql = section.sql.trim_end();
        if !sql.is_empty() {
            text.push_str(sql);
            text.push('\n');
        }
    }
    text
}

fn comment(text: &mut String, line: &str) {
    text.push_str(if line.is_empty() { "--" } else { "-- " });
    text.push_str(line);
    text.push('\n');
}

fn field(text: &mut String, name: &str, value: &str) {
    comment(text, format!("{name}: {value}").trim_end());
}
