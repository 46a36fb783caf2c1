//! Why an operation is impossible.

/// Why an operation cannot be applied to a schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// The object, or another one of its name, is there already.
    #[error("{kind} `{name}` exists already")]
    Exists {
        /// What kind of object.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// The object, or one that it builds on, is not there.
    #[error("{kind} `{name}` does not exist")]
    Missing {
        /// What kind of object.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// Something else builds on the object.
    #[error("{kind} `{name}` is used by {user}")]
    InUse {
        /// What kind of object.
        kind: &'static str,
        /// Its name.
        name: String,
        /// What uses it.
        user: String,
    },
    /// The object is not as the operation expects it.
    #[error("{kind} `{name}` is not what the operation expects to find")]
    Different {
        /// What kind of object.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// The operation contradicts what is there.
    #[error("{kind} `{name}` {problem}")]
    Refused {
        /// What kind of object.
        kind: &'static str,
        /// Its name.
        name: String,
        /// What a database would object to.
        problem: String,
    },
    /// A statement whose effect only a database knows.
    #[error("the effect of `{sql}` on the schema is known to the database alone")]
    UnknownEffect {
        /// The statement.
        sql: String,
    },
}

impl ApplyError {
    /// The error's stable code.
    pub fn code(&self) -> &'static str {
        match self {
            ApplyError::Exists { .. } => "apply.exists",
            ApplyError::Missing { .. } => "apply.missing",
            ApplyError::InUse { .. } => "apply.in-use",
            ApplyError::Different { .. } => "apply.different",
            ApplyError::Refused { .. } => "apply.refused",
            ApplyError::UnknownEffect { .. } => "apply.unknown-effect",
        }
    }
}

pub(super) fn exists(kind: &'static str, name: impl ToString) -> ApplyError {
    ApplyError::Exists { kind, name: name.to_string() }
}

pub(super) fn missing(kind: &'static str, name: impl ToString) -> ApplyError {
    ApplyError::Missing { kind, name: name.to_string() }
}

pub(super) fn in_use(kind: &'static str, name: impl ToString, user: impl ToString) -> ApplyError {
    ApplyError::InUse { kind, name: name.to_string(), user: user.to_string() }
}

pub(super) fn different(kind: &'static str, name: impl ToString) -> ApplyError {
    ApplyError::Different { kind, name: name.to_string() }
}

pub(super) fn refused(kind: &'static str, name: impl ToString, problem: impl ToString) -> ApplyError {
    ApplyError::Refused { kind, name: name.to_string(), problem: problem.to_string() }
}
