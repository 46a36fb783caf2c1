//! Native scripts: SQL files with a small header.
//!
//! ```sql
//! -- Add phone to customers
//! --
//! -- Revision ID: 3f8a1c22b7d0
//! -- Revises: de5f32c11361
//! -- Create Date: 2026-11-21T05:10:00Z
//!
//! -- migrate:up
//! ALTER TABLE customers ADD COLUMN phone VARCHAR(20);
//!
//! -- migrate:down
//! ALTER TABLE customers DROP COLUMN phone;
//! ```
//!
//! The header fields are Alembic's, the section markers dbmate's. Everything before the first marker is header: the
//! message up to `Revision ID:`, then fields. A section reaches to the next marker. Lines end with LF or CRLF, and a
//! byte-order mark is skipped: the text kept, and its checksum, are the same for both.

mod directory;
mod error;
mod file_name;
mod header;
mod parse;
mod render;
mod variables;

pub use directory::{ScriptDirectory, create_script};
pub use error::{ScriptError, ScriptErrorKind, ScriptErrors};
pub use file_name::{FileTemplate, FileTemplateError, ScriptStyle, file_name, new_revision_id, slug};
pub use header::with_parents;
pub(crate) use parse::{COMMIT_MARKER, HAZARD};
pub use parse::{normalize, parse};
pub(crate) use render::render_script_in;
pub use render::{NewScript, NewSection, render_script};
pub(crate) use variables::{Substituted, substitute};

use std::fmt;
use std::ops::Range;

use jiff::Timestamp;
use limbeck_diff::HazardKind;
use limbeck_schema::Dialect;
use sha2::{Digest, Sha256};

use crate::graph::Revision;

/// `alembic_version.version_num` is `VARCHAR(32)`; PostgreSQL refuses more, in the middle of a run.
pub const MAX_REVISION_ID_LENGTH: usize = 32;

/// Which way a section takes the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SectionDirection {
    /// `-- migrate:up`
    Up,
    /// `-- migrate:down`
    Down,
}

impl SectionDirection {
    /// The word in the marker.
    pub fn as_str(self) -> &'static str {
        match self {
            SectionDirection::Up => "up",
            SectionDirection::Down => "down",
        }
    }
}

impl fmt::Display for SectionDirection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One section of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Which way it goes.
    pub direction: SectionDirection,
    /// The dialect it is for; `None` for every dialect that has no section of its own.
    pub dialect: Option<Dialect>,
    /// Whether it runs in a transaction; `transaction=false` says no.
    pub transaction: bool,
    /// `foreign_keys=on` or `off`: SQLite's enforcement while it runs; `None` leaves it to the runner.
    pub foreign_keys: Option<bool>,
    /// `variables=true`: whether `${name}` in it is a variable.
    pub variables: bool,
    /// The bytes of its SQL in [`Script::text`], blank lines around it left out.
    pub range: Range<usize>,
    /// The line of its marker, from 1.
    pub marker_line: usize,
    /// The line its SQL starts on, from 1.
    pub first_line: usize,
    /// `-- migrate:commit`: where in [`Script::text`], in bytes, what stands before is committed before what follows.
    pub commits: Vec<usize>,
    /// `-- hazard:` lines: what it says of itself that it may hurt.
    pub hazards: Vec<RecordedHazard>,
}

/// A line `-- hazard: KIND message`, as autogenerate writes it at the head of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedHazard {
    /// Its line, from 1.
    pub line: usize,
    /// The kind.
    pub kind: HazardKind,
    /// What would happen, for a person.
    pub message: String,
}

/// A place where the author has to decide something: a line with `limbeck:todo`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Todo {
    /// Its line, from 1.
    pub line: usize,
    /// What stands after the marker.
    pub text: String,
}

/// A script that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// Where it was read from, for messages.
    pub file: String,
    /// Its text, line endings and byte-order mark normalised.
    pub text: String,
    /// The whole message, without comment marks.
    pub message: String,
    /// `Revision ID`
    pub revision: String,
    /// `Revises`
    pub down_revisions: Vec<String>,
    /// `Branch Labels`
    pub branch_labels: Vec<String>,
    /// `Depends On`
    pub depends_on: Vec<String>,
    /// `Replaces`
    pub replaces: Vec<String>,
    /// `Create Date`
    pub create_date: Option<Timestamp>,
    /// The line of `Revision ID`, from 1.
    pub revision_line: usize,
    /// Its sections, in the order of the file.
    pub sections: Vec<Section>,
    /// What is left for the author to do.
    pub todos: Vec<Todo>,
}

impl Script {
    /// The first paragraph of the message.
    pub fn doc(&self) -> &str {
        self.message.split("\n\n").next().unwrap_or_default()
    }

    /// The whole header, message and fields, without comment marks.
    pub fn header(&self) -> String {
        let marker = self.sections.iter().map(|section| section.marker_line).min();
        let lines = self.text.lines().take(marker.map_or(usize::MAX, |line| line - 1));
        let uncommented = lines.map(|line| {
            let rest = line.strip_prefix("--").unwrap_or(line);
            rest.strip_prefix(' ').unwrap_or(rest).trim_end()
        });
        uncommented.collect::<Vec<_>>().join("\n").trim().to_owned()
    }

    /// The section for a dialect: its own, else the one for every dialect.
    pub fn section(&self, direction: SectionDirection, dialect: Dialect) -> Option<&Section> {
        let of = |wanted: Option<Dialect>| {
            self.sections.iter().find(|section| section.direction == direction && section.dialect == wanted)
        };
        of(Some(dialect)).or_else(|| of(None))
    }

    /// The section for a dialect, or why there is none: a script without a down section cannot be taken back.
    pub fn require_section(
        &self,
        direction: SectionDirection,
        dialect: Dialect,
    ) -> Result<&Section, ScriptError> {
        self.section(direction, dialect).ok_or_else(|| ScriptError {
            file: self.file.clone(),
            line: Some(self.revision_line),
            kind: match direction {
                SectionDirection::Up => {
                    ScriptErrorKind::NoSection { revision: self.revision.clone(), dialect }
                }
                SectionDirection::Down => {
                    ScriptErrorKind::Irreversible { revision: self.revision.clone(), dialect }
                }
            },
        })
    }

    /// The SQL of a section of this script.
    pub fn sql(&self, section: &Section) -> &str {
        self.text.get(section.range.clone()).unwrap_or_default()
    }

    /// The line of a byte of the text, from 1.
    pub(crate) fn line_of(&self, offset: usize) -> usize {
        self.text.bytes().take(offset).filter(|&byte| byte == b'\n').count() + 1
    }

    /// SHA-256 of the normalised text from the first section's marker on, in hexadecimal.
    ///
    /// The header is left out: a message that is put better, or a parent that a rebase replaces, does not change what
    /// was run.
    pub fn checksum(&self) -> String {
        let header_lines = self.sections.iter().map(|section| section.marker_line - 1).min();
        let header: usize = match header_lines {
            Some(lines) => self.text.split_inclusive('\n').take(lines).map(str::len).sum(),
            None => self.text.len(),
        };
        Sha256::digest(self.text.as_bytes().get(header..).unwrap_or_default())
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// What the revision graph needs of it. `source` finds the script again.
    pub fn to_revision(&self, source: usize) -> Revision {
        Revision {
            id: self.revision.clone(),
            down_revisions: self.down_revisions.clone(),
            depends_on: self.depends_on.clone(),
            branch_labels: self.branch_labels.clone(),
            replaces: self.replaces.clone(),
            // Alembic's word for it.
            message: match self.message.as_str() {
                "" => "empty message".to_owned(),
                message => message.to_owned(),
            },
            source,
        }
    }
}
