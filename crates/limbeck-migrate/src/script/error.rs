//! What can be wrong with a script file.

use limbeck_diff::HazardKind;
use std::path::PathBuf;

use limbeck_schema::Dialect;

use super::{MAX_REVISION_ID_LENGTH, SectionDirection};

/// Something wrong with a script, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}{}: {kind}", .line.map(|line| format!(":{line}")).unwrap_or_default())]
pub struct ScriptError {
    /// The file, as it was named to the reader.
    pub file: String,
    /// The line, from 1; `None` when it is about the file as a whole.
    pub line: Option<usize>,
    /// What is wrong.
    pub kind: ScriptErrorKind,
}

/// Everything that is wrong with the scripts of a project, found at once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct ScriptErrors(pub Vec<ScriptError>);

/// What is wrong with a script.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScriptErrorKind {
    /// The directory or file cannot be read or written.
    #[error("{cause}")]
    Io {
        /// What the system said.
        cause: String,
    },
    /// A version location that is not there.
    #[error("there is no such directory")]
    MissingDirectory,
    /// A directory of Alembic scripts alone.
    #[error("it holds {count} Python {} of Alembic and no SQL script", if *.count == 1 { "script" } else { "scripts" })]
    OnlyPython {
        /// How many.
        count: usize,
    },
    /// A file that exists already.
    #[error("the file exists already")]
    Exists,
    /// A place for a new script where nobody would look for it.
    #[error("it is none of the version locations ({})", .locations.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", "))]
    NotALocation {
        /// The version locations.
        locations: Vec<PathBuf>,
    },
    /// Bytes that are not UTF-8.
    #[error("the file is not UTF-8")]
    NotUtf8,
    /// No `Revision ID`.
    #[error("the header has no `Revision ID:`")]
    MissingRevisionId,
    /// An identifier that relative identifiers, lists or file names could not hold.
    #[error("`{character}` is not allowed in the {what} `{name}`")]
    IllegalName {
        /// `revision identifier` or `branch label`.
        what: &'static str,
        /// The name.
        name: String,
        /// The first character that is not allowed.
        character: char,
    },
    /// A name that means something else on the command line.
    #[error("`{name}` is reserved and cannot be a {what}")]
    ReservedName {
        /// `revision identifier` or `branch label`.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// An identifier that does not fit the version table.
    #[error(
        "the revision identifier `{id}` has {length} characters, the version table holds at most {MAX_REVISION_ID_LENGTH}"
    )]
    RevisionIdTooLong {
        /// The identifier.
        id: String,
        /// Its length in characters.
        length: usize,
    },
    /// Another script has this identifier.
    #[error("revision `{id}` is declared already, by {other}")]
    DuplicateRevision {
        /// The identifier.
        id: String,
        /// The other file.
        other: String,
    },
    /// A field before `Revision ID`, where it would be read as message.
    #[error("`{field}:` stands before `Revision ID:`")]
    FieldBeforeRevisionId {
        /// The field.
        field: &'static str,
    },
    /// A line of the header that is no field.
    #[error("`{line}` is not a header field")]
    UnknownField {
        /// The line, without the comment mark.
        line: String,
        /// A field like it.
        nearest: Option<String>,
    },
    /// A field that is there twice.
    #[error("`{field}:` is declared twice, first on line {first}")]
    DuplicateField {
        /// The field.
        field: &'static str,
        /// The line of the first.
        first: usize,
    },
    /// A date that is not RFC 3339.
    #[error("`{value}` is not a date ({cause})")]
    BadDate {
        /// The value.
        value: String,
        /// What the parser said.
        cause: String,
    },
    /// A marker that is neither up nor down.
    #[error("`migrate:{word}` is not a section marker")]
    UnknownMarker {
        /// What stands after `migrate:`.
        word: String,
    },
    /// `-- migrate:commit` before any section.
    #[error("`-- migrate:commit` stands before the first section")]
    StrayCommit,
    /// A `-- hazard:` line of a kind that does not exist.
    #[error("there is no hazard of the kind `{name}`")]
    UnknownHazard {
        /// The kind as written.
        name: String,
        /// A kind like it.
        nearest: Option<String>,
    },
    /// An attribute that does not exist.
    #[error("the section has the unknown attribute `{attribute}`")]
    UnknownAttribute {
        /// The attribute as written.
        attribute: String,
        /// An attribute like it.
        nearest: Option<String>,
    },
    /// An attribute that is there twice.
    #[error("the section has the attribute `{attribute}` twice")]
    DuplicateAttribute {
        /// The attribute.
        attribute: String,
    },
    /// An attribute with a value it cannot have.
    #[error("`{value}` is not a value of the attribute `{attribute}`, expected {expected}")]
    BadAttribute {
        /// The attribute.
        attribute: String,
        /// Its value.
        value: String,
        /// What it can have.
        expected: &'static str,
    },
    /// Two sections for one direction and dialect.
    #[error("the script has two `migrate:{direction}` sections {}, the first on line {first}", .dialect.map_or("for every dialect".to_owned(), |dialect| format!("for {dialect}")))]
    DuplicateSection {
        /// The direction.
        direction: SectionDirection,
        /// The dialect.
        dialect: Option<Dialect>,
        /// The line of the first.
        first: usize,
    },
    /// A script without a way up.
    #[error("the script has no `-- migrate:up` section")]
    MissingUp,
    /// SQL that belongs to no section.
    #[error("SQL stands before the first section")]
    SqlOutsideSection,
    /// A script that does not serve a dialect.
    #[error("revision `{revision}` has no `migrate:up` section for {dialect}")]
    NoSection {
        /// The revision.
        revision: String,
        /// The dialect.
        dialect: Dialect,
    },
    /// A script that cannot be taken back.
    #[error("revision `{revision}` is irreversible: it has no `migrate:down` section for {dialect}")]
    Irreversible {
        /// The revision.
        revision: String,
        /// The dialect.
        dialect: Dialect,
    },
}

impl ScriptError {
    /// A stable name for the kind of error.
    pub fn code(&self) -> &'static str {
        match self.kind {
            ScriptErrorKind::Io { .. } => "script.io",
            ScriptErrorKind::MissingDirectory => "script.missing-directory",
            ScriptErrorKind::OnlyPython { .. } => "script.only-python",
            ScriptErrorKind::Exists => "script.exists",
            ScriptErrorKind::NotALocation { .. } => "script.not-a-location",
            ScriptErrorKind::NotUtf8 => "script.not-utf8",
            ScriptErrorKind::MissingRevisionId => "script.missing-revision-id",
            ScriptErrorKind::IllegalName { .. } => "script.illegal-name",
            ScriptErrorKind::ReservedName { .. } => "script.reserved-name",
            ScriptErrorKind::RevisionIdTooLong { .. } => "script.revision-id-too-long",
            ScriptErrorKind::DuplicateRevision { .. } => "script.duplicate-revision",
            ScriptErrorKind::FieldBeforeRevisionId { .. } => "script.field-before-revision-id",
            ScriptErrorKind::UnknownField { .. } => "script.unknown-field",
            ScriptErrorKind::DuplicateField { .. } => "script.duplicate-field",
            ScriptErrorKind::BadDate { .. } => "script.bad-date",
            ScriptErrorKind::UnknownMarker { .. } => "script.unknown-marker",
            ScriptErrorKind::StrayCommit => "script.stray-commit",
            ScriptErrorKind::UnknownHazard { .. } => "script.unknown-hazard",
            ScriptErrorKind::UnknownAttribute { .. } => "script.unknown-attribute",
            ScriptErrorKind::DuplicateAttribute { .. } => "script.duplicate-attribute",
            ScriptErrorKind::BadAttribute { .. } => "script.bad-attribute",
            ScriptErrorKind::DuplicateSection { .. } => "script.duplicate-section",
            ScriptErrorKind::MissingUp => "script.missing-up",
            ScriptErrorKind::SqlOutsideSection => "script.sql-outside-section",
            ScriptErrorKind::NoSection { .. } => "script.no-section",
            ScriptErrorKind::Irreversible { .. } => "script.irreversible",
        }
    }

    /// What to do about it.
    pub fn advice(&self) -> String {
        match &self.kind {
            ScriptErrorKind::Io { .. } => {
                "check that the path is right and may be read and written".to_owned()
            }
            ScriptErrorKind::OnlyPython { .. } => {
                "Limbeck runs SQL scripts: keep running these with Alembic, and write new ones into another directory, named by `version_locations`".to_owned()
            }
            ScriptErrorKind::MissingDirectory => {
                "create it with `limbeck init`, or correct `migrations` in limbeck.toml".to_owned()
            }
            ScriptErrorKind::Exists => "choose another identifier or message".to_owned(),
            ScriptErrorKind::NotALocation { .. } => {
                "name one of them, or add it to `migrations` in limbeck.toml".to_owned()
            }
            ScriptErrorKind::NotUtf8 => "save the file as UTF-8".to_owned(),
            ScriptErrorKind::MissingRevisionId => {
                "add a line such as `-- Revision ID: 3f8a1c22b7d0` at the top of the file".to_owned()
            }
            ScriptErrorKind::IllegalName { .. } => "use letters, digits, `_` and `.`".to_owned(),
            ScriptErrorKind::ReservedName { .. } => "choose another name".to_owned(),
            ScriptErrorKind::RevisionIdTooLong { .. } => {
                format!("shorten it to {MAX_REVISION_ID_LENGTH} characters, here and in every `Revises:`")
            }
            ScriptErrorKind::DuplicateRevision { .. } => {
                "give one of them a new identifier, and correct the `Revises:` that mean it".to_owned()
            }
            ScriptErrorKind::FieldBeforeRevisionId { .. } => {
                "move it below; what stands above `Revision ID:` is the message".to_owned()
            }
            ScriptErrorKind::UnknownField { nearest: Some(nearest), .. } => {
                format!("did you mean `{nearest}:`? Other text goes above `Revision ID:` or into a section")
            }
            ScriptErrorKind::UnknownField { nearest: None, .. } => {
                "move the text above `Revision ID:` or into a section".to_owned()
            }
            ScriptErrorKind::DuplicateField { .. } => "keep one; a list is separated by commas".to_owned(),
            ScriptErrorKind::BadDate { .. } => "write it as in `2026-11-21T05:10:00Z`".to_owned(),
            ScriptErrorKind::UnknownMarker { .. } => "write `-- migrate:up` or `-- migrate:down`".to_owned(),
            ScriptErrorKind::StrayCommit => {
                "put it between two statements of a section, or take it away".to_owned()
            }
            ScriptErrorKind::UnknownHazard { nearest: Some(nearest), .. } => {
                format!("did you mean `{nearest}`?")
            }
            ScriptErrorKind::UnknownHazard { nearest: None, .. } => {
                let known = HazardKind::ALL.map(|kind| format!("`{}`", kind.as_str()));
                format!("known are {}", known.join(", "))
            }
            ScriptErrorKind::UnknownAttribute { nearest: Some(nearest), .. } => {
                format!("did you mean `{nearest}=`? An attribute is written `name=value`")
            }
            ScriptErrorKind::UnknownAttribute { nearest: None, .. } => {
                "known are `dialect=`, `transaction=` and `foreign_keys=`".to_owned()
            }
            ScriptErrorKind::DuplicateAttribute { .. } | ScriptErrorKind::BadAttribute { .. } => {
                "correct the section's marker line".to_owned()
            }
            ScriptErrorKind::DuplicateSection { .. } => {
                "join them, or give one another dialect as in `dialect=sqlite`".to_owned()
            }
            ScriptErrorKind::MissingUp => "add a line `-- migrate:up` above the SQL".to_owned(),
            ScriptErrorKind::SqlOutsideSection => "put a line `-- migrate:up` above it".to_owned(),
            ScriptErrorKind::NoSection { dialect, .. } => {
                format!("add a section `-- migrate:up dialect={dialect}`, empty if there is nothing to do")
            }
            ScriptErrorKind::Irreversible { dialect, .. } => {
                format!(
                    "add a section `-- migrate:down dialect={dialect}`, empty if there is nothing to take back"
                )
            }
        }
    }
}
