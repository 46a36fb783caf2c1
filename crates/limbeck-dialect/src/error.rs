//! What cannot be expressed on a dialect, and what to do instead.

use limbeck_schema::{Dialect, QualifiedName, SqlType};

/// Why an operation has no SQL on a dialect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// A type that the dialect does not have.
    #[error("{dialect} has no type `{sql_type}`, {advice}")]
    Type {
        /// The dialect.
        dialect: Dialect,
        /// The type, in the words of a dialect that has it.
        sql_type: String,
        /// What to do.
        advice: &'static str,
    },
    /// Something that the dialect cannot do.
    #[error("{dialect} cannot {what}, {advice}")]
    Unsupported {
        /// The dialect.
        dialect: Dialect,
        /// What it cannot do: an infinitive with its object.
        what: String,
        /// What to do.
        advice: &'static str,
    },
    /// A constraint or index that must be named to be changed or dropped, or created at all.
    #[error("{what} of table `{table}` has no name, give it the name it has in the database")]
    Unnamed {
        /// What kind of object.
        what: &'static str,
        /// Its table.
        table: QualifiedName,
    },
}

impl RenderError {
    /// The error's stable code.
    pub fn code(&self) -> &'static str {
        match self {
            RenderError::Type { .. } => "render.type",
            RenderError::Unsupported { .. } => "render.unsupported",
            RenderError::Unnamed { .. } => "render.unnamed",
        }
    }

    /// What to do about it, which the message ends with.
    pub fn advice(&self) -> &'static str {
        match self {
            RenderError::Type { advice, .. } | RenderError::Unsupported { advice, .. } => advice,
            RenderError::Unnamed { .. } => "give it the name it has in the database",
        }
    }

    /// The type is named as the other dialect names it.
    pub(crate) fn no_type(dialect: Dialect, sql_type: &SqlType, advice: &'static str) -> Self {
        let name = match dialect {
            Dialect::Postgresql => crate::sqlite::type_name(sql_type),
            Dialect::Sqlite => crate::postgresql::type_name(sql_type),
        };
        let sql_type = name.unwrap_or_else(|_| format!("{sql_type:?}"));
        RenderError::Type { dialect, sql_type, advice }
    }

    pub(crate) fn unsupported(dialect: Dialect, what: impl Into<String>, advice: &'static str) -> Self {
        RenderError::Unsupported { dialect, what: what.into(), advice }
    }
}

/// Something of a schema that a dialect cannot hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {reason}, {}", .column.as_ref().map_or_else(|| format!("table `{table}`"), |c| format!("column `{c}` of table `{table}`")), .reason.advice())]
pub struct ProjectionError {
    /// The dialect.
    pub dialect: Dialect,
    /// The table that carries it.
    pub table: QualifiedName,
    /// The column, when it is one column's.
    pub column: Option<String>,
    /// What it is.
    pub reason: ProjectionReason,
}

impl ProjectionError {
    /// The error's stable code.
    pub fn code(&self) -> &'static str {
        self.reason.code()
    }

    /// What to do about it, which the message ends with.
    pub fn advice(&self) -> &'static str {
        self.reason.advice()
    }
}

/// Why something of a schema cannot be held.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProjectionReason {
    /// The dialect has no schemas.
    #[error("SQLite has no schema `{0}`")]
    SchemaQualified(String),
    /// The dialect has no array types.
    #[error("SQLite has no array types")]
    Array,
    /// The type is another dialect's.
    #[error("the type `{name}` is known to {owner} only")]
    NativeType {
        /// The dialect that knows it.
        owner: Dialect,
        /// The type's text.
        name: String,
    },
    /// The enum type is not part of the schema.
    #[error("the enum type `{0}` is not part of the schema")]
    UnknownEnum(QualifiedName),
    /// A domain or composite type that is not part of the schema.
    #[error("the type `{0}` is not part of the schema")]
    UnknownType(QualifiedName),
    /// The dialect has no composite types.
    #[error("SQLite has no composite types, and the type is `{0}`")]
    Composite(QualifiedName),
    /// The dialect has no exclusion constraints.
    #[error("SQLite has no exclusion constraint such as `{0}`")]
    Exclude(String),
    /// An identity that is not the rowid.
    #[error("SQLite numbers only a sole integer primary key by itself")]
    Identity,
    /// A default taken from a sequence.
    #[error("SQLite has no sequences, and the default is `{0}`")]
    Sequence(String),
    /// `SET NULL` or `SET DEFAULT` of some of the columns, where only all can be set.
    #[error("foreign key `{0}` sets some of its columns only")]
    SetColumns(String),
    /// `NULLS NOT DISTINCT`.
    #[error("SQLite holds NULLs distinct, unlike `{0}`")]
    NullsNotDistinct(String),
    /// A type that a STRICT table cannot have.
    #[error("a STRICT table has no type `{0}`")]
    StrictType(String),
    /// AUTOINCREMENT without the key it needs.
    #[error("AUTOINCREMENT needs a sole integer primary key and a rowid")]
    Autoincrement,
    /// WITHOUT ROWID without the key it needs.
    #[error("a WITHOUT ROWID table needs a primary key")]
    WithoutRowid,
}

impl ProjectionReason {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            ProjectionReason::SchemaQualified(_) => "projection.schema",
            ProjectionReason::Array => "projection.array",
            ProjectionReason::NativeType { .. } => "projection.native-type",
            ProjectionReason::UnknownEnum(_) => "projection.unknown-enum",
            ProjectionReason::UnknownType(_) => "projection.unknown-type",
            ProjectionReason::Composite(_) => "projection.composite",
            ProjectionReason::Exclude(_) => "projection.exclude",
            ProjectionReason::Identity => "projection.identity",
            ProjectionReason::Sequence(_) => "projection.sequence",
            ProjectionReason::SetColumns(_) => "projection.set-columns",
            ProjectionReason::NullsNotDistinct(_) => "projection.nulls-not-distinct",
            ProjectionReason::StrictType(_) => "projection.strict-type",
            ProjectionReason::Autoincrement => "projection.autoincrement",
            ProjectionReason::WithoutRowid => "projection.without-rowid",
        }
    }

    fn advice(&self) -> &'static str {
        match self {
            ProjectionReason::SchemaQualified(_) => {
                "declare the table without a schema, or leave SQLite out of this model's dialects"
            }
            ProjectionReason::Array
            | ProjectionReason::NativeType { .. }
            | ProjectionReason::Composite(_) => {
                "give the type a variant for this dialect (`with_variant`), JSON for example"
            }
            ProjectionReason::UnknownEnum(_) | ProjectionReason::UnknownType(_) => "declare it",
            ProjectionReason::Exclude(_) => {
                "guard it with a trigger or in the application, and leave SQLite out of this model's dialects"
            }
            ProjectionReason::Identity => {
                "make the column the primary key, or give it a value in the application"
            }
            ProjectionReason::Sequence(_) => "give the default a variant for SQLite",
            ProjectionReason::SetColumns(_) => "name none of them to set all",
            ProjectionReason::NullsNotDistinct(_) => {
                "make the columns NOT NULL, or declare a unique index on `coalesce(…)` instead"
            }
            ProjectionReason::StrictType(_) => {
                "give it a variant for SQLite that is INTEGER, REAL, TEXT, BLOB or ANY"
            }
            ProjectionReason::Autoincrement => "take the option away or declare such a key",
            ProjectionReason::WithoutRowid => "declare one or take the option away",
        }
    }
}

/// Why operations cannot be planned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// An operation on a table that the schema before does not have.
    #[error(
        "table `{table}` must be rebuilt but is not part of the schema before the change, inspect it first"
    )]
    UnknownTable {
        /// The table.
        table: QualifiedName,
    },
    /// An operation that names something the table does not have.
    #[error("{object} of table `{table}` is to be changed but is not there, compare with the database again")]
    Missing {
        /// The table.
        table: QualifiedName,
        /// What it does not have.
        object: String,
    },
    /// A column that gets the name of another one which is dropped in the same table rebuild.
    #[error(
        "a column of table `{table}` is to be renamed to `{column}`, which is dropped in the same rebuild, make two revisions of it"
    )]
    NameTaken {
        /// The table.
        table: QualifiedName,
        /// The name.
        column: String,
    },
}

impl PlanError {
    /// The error's stable code.
    pub fn code(&self) -> &'static str {
        match self {
            PlanError::UnknownTable { .. } => "plan.unknown-table",
            PlanError::Missing { .. } => "plan.missing",
            PlanError::NameTaken { .. } => "plan.name-taken",
        }
    }
}

/// Why a script cannot be split into statements.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// Something opened that is not closed until the end.
    #[error("line {line}: {what} is not closed")]
    Unterminated {
        /// What was opened.
        what: &'static str,
        /// Where, 1-based.
        line: usize,
    },
}

impl SplitError {
    /// The error's stable code.
    pub fn code(&self) -> &'static str {
        match self {
            SplitError::Unterminated { .. } => "split.unterminated",
        }
    }

    /// The line it is about, 1-based.
    pub fn line(&self) -> usize {
        match self {
            SplitError::Unterminated { line, .. } => *line,
        }
    }
}
