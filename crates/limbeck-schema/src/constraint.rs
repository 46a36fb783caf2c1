//! Primary key, foreign key, unique and check constraints, and any constraint.

use serde::{Deserialize, Serialize};

use crate::{ExcludeConstraint, Expression, QualifiedName};

/// Any constraint of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Constraint {
    /// `PRIMARY KEY`.
    PrimaryKey(PrimaryKey),
    /// `FOREIGN KEY`.
    ForeignKey(ForeignKey),
    /// `UNIQUE`.
    Unique(UniqueConstraint),
    /// `CHECK`.
    Check(CheckConstraint),
    /// `EXCLUDE`.
    Exclude(ExcludeConstraint),
}

impl Constraint {
    /// The constraint's name.
    pub fn name(&self) -> Option<&str> {
        match self {
            Constraint::PrimaryKey(c) => c.name.as_deref(),
            Constraint::ForeignKey(c) => c.name.as_deref(),
            Constraint::Unique(c) => c.name.as_deref(),
            Constraint::Check(c) => c.name.as_deref(),
            Constraint::Exclude(c) => c.name.as_deref(),
        }
    }

    /// The comment stored in the database.
    pub fn comment(&self) -> Option<&str> {
        match self {
            Constraint::PrimaryKey(c) => c.comment.as_deref(),
            Constraint::ForeignKey(c) => c.comment.as_deref(),
            Constraint::Unique(c) => c.comment.as_deref(),
            Constraint::Check(c) => c.comment.as_deref(),
            Constraint::Exclude(c) => c.comment.as_deref(),
        }
    }

    /// Whether rows that were there before it may not meet it.
    pub fn is_not_valid(&self) -> bool {
        match self {
            Constraint::ForeignKey(fk) => fk.not_valid,
            Constraint::Check(check) => check.not_valid,
            Constraint::PrimaryKey(_) | Constraint::Unique(_) | Constraint::Exclude(_) => false,
        }
    }

    /// The same constraint, met by all rows.
    #[must_use]
    pub fn validated(mut self) -> Constraint {
        match &mut self {
            Constraint::ForeignKey(fk) => fk.not_valid = false,
            Constraint::Check(check) => check.not_valid = false,
            Constraint::PrimaryKey(_) | Constraint::Unique(_) | Constraint::Exclude(_) => {}
        }
        self
    }
}

/// When a deferrable constraint is checked; a constraint that is not deferrable has none of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deferrable {
    /// `DEFERRABLE INITIALLY IMMEDIATE`.
    InitiallyImmediate,
    /// `DEFERRABLE INITIALLY DEFERRED`.
    InitiallyDeferred,
}

/// A primary key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrimaryKey {
    /// The name; the naming convention gives one where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The columns in key order.
    pub columns: Vec<String>,
    /// Columns carried in the index without being part of the key (PostgreSQL).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<String>,
    /// When it is checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deferrable: Option<Deferrable>,
    /// The comment stored in the database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl PrimaryKey {
    /// A primary key on the given columns.
    pub fn new<C: Into<String>>(columns: impl IntoIterator<Item = C>) -> Self {
        Self { columns: columns.into_iter().map(Into::into).collect(), ..Self::default() }
    }
}

/// What happens to a referencing row when the referenced one goes or changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReferentialAction {
    /// Refuse, but allow a deferred check.
    #[default]
    NoAction,
    /// Refuse at once.
    Restrict,
    /// Delete or update the referencing row too.
    Cascade,
    /// Set the given referencing columns to NULL; none given means all of them. Naming columns needs
    /// PostgreSQL 15, and `ON DELETE`.
    SetNull(Vec<String>),
    /// Set the given referencing columns to their defaults; none given means all of them.
    SetDefault(Vec<String>),
}

impl ReferentialAction {
    /// Whether this is the default action, which is not written.
    pub fn is_no_action(&self) -> bool {
        *self == ReferentialAction::NoAction
    }
}

/// How a foreign key of several columns treats partial NULLs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchType {
    /// A NULL in any column satisfies the constraint.
    #[default]
    Simple,
    /// All columns are NULL, or none.
    Full,
}

impl MatchType {
    /// Whether this is the default, which is not written.
    pub fn is_simple(&self) -> bool {
        *self == MatchType::Simple
    }
}

/// A foreign key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignKey {
    /// The name; the naming convention gives one where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The referencing columns.
    pub columns: Vec<String>,
    /// The referenced table.
    pub referred_table: QualifiedName,
    /// The referenced columns, in the order of `columns`.
    pub referred_columns: Vec<String>,
    /// On update of the referenced key.
    #[serde(default, skip_serializing_if = "ReferentialAction::is_no_action")]
    pub on_update: ReferentialAction,
    /// On delete of the referenced row.
    #[serde(default, skip_serializing_if = "ReferentialAction::is_no_action")]
    pub on_delete: ReferentialAction,
    /// Treatment of partial NULLs.
    #[serde(default, skip_serializing_if = "MatchType::is_simple")]
    pub match_type: MatchType,
    /// When it is checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deferrable: Option<Deferrable>,
    /// Whether existing rows are not (yet) checked (PostgreSQL `NOT VALID`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub not_valid: bool,
    /// The comment stored in the database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl ForeignKey {
    /// A foreign key with every option at its default.
    pub fn new<C: Into<String>, R: Into<String>>(
        columns: impl IntoIterator<Item = C>,
        referred_table: impl Into<QualifiedName>,
        referred_columns: impl IntoIterator<Item = R>,
    ) -> Self {
        Self {
            name: None,
            columns: columns.into_iter().map(Into::into).collect(),
            referred_table: referred_table.into(),
            referred_columns: referred_columns.into_iter().map(Into::into).collect(),
            on_update: ReferentialAction::NoAction,
            on_delete: ReferentialAction::NoAction,
            match_type: MatchType::Simple,
            deferrable: None,
            not_valid: false,
            comment: None,
        }
    }

    /// The same foreign key with an `ON DELETE` action.
    #[must_use]
    pub fn on_delete(mut self, action: ReferentialAction) -> Self {
        self.on_delete = action;
        self
    }
}

/// A unique constraint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UniqueConstraint {
    /// The name; the naming convention gives one where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The columns in order.
    pub columns: Vec<String>,
    /// Columns carried in the index without being part of the key (PostgreSQL).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<String>,
    /// Whether two NULLs are equal (PostgreSQL 15).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub nulls_not_distinct: bool,
    /// When it is checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deferrable: Option<Deferrable>,
    /// The comment stored in the database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl UniqueConstraint {
    /// A unique constraint on the given columns.
    pub fn new<C: Into<String>>(columns: impl IntoIterator<Item = C>) -> Self {
        Self { columns: columns.into_iter().map(Into::into).collect(), ..Self::default() }
    }
}

/// A check constraint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckConstraint {
    /// The name; the naming convention gives one where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The condition.
    pub expression: Expression,
    /// Whether child tables do not inherit it (PostgreSQL).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_inherit: bool,
    /// Whether existing rows are not (yet) checked (PostgreSQL `NOT VALID`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub not_valid: bool,
    /// The comment stored in the database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl CheckConstraint {
    /// An unnamed check constraint.
    pub fn new(expression: impl Into<Expression>) -> Self {
        Self { name: None, expression: expression.into(), no_inherit: false, not_valid: false, comment: None }
    }

    /// The same constraint with a name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }
}
