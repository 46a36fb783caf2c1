//! Who may do what: privileges, default privileges and owners.

use serde::{Deserialize, Serialize};

use crate::ObjectReference;

/// One privilege of one role on one object, where it differs from what the database gives by itself.
///
/// The owner's own privileges are not listed. A function or type may be used by everyone unless that is taken away
/// (PostgreSQL docs, "Privileges"): `PUBLIC`'s default privilege is not listed while it stands, and listed as
/// [`GrantState::Revoked`] when it was taken away.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Grant {
    /// The object; a column for column privileges.
    pub on: ObjectReference,
    /// The role, `None` for `PUBLIC`.
    pub grantee: Option<String>,
    /// The privilege in SQL's words: `SELECT`, `EXECUTE`, `USAGE`.
    pub privilege: String,
    /// What holds.
    #[serde(default)]
    pub state: GrantState,
}

/// What holds of a privilege.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantState {
    /// It is granted.
    #[default]
    Granted,
    /// It is granted and may be passed on: `WITH GRANT OPTION`.
    WithGrantOption,
    /// The database gives it by itself, and it was taken away.
    Revoked,
}

/// One default privilege: what a role gets on objects that another role will make (PostgreSQL docs, "ALTER DEFAULT
/// PRIVILEGES").
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DefaultPrivilege {
    /// The role that makes the objects.
    pub role: String,
    /// The schema it is limited to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The kind of objects in SQL's words: `TABLES`, `SEQUENCES`, `FUNCTIONS`, `TYPES`, `SCHEMAS`.
    pub objects: String,
    /// The role that gets it, `None` for `PUBLIC`.
    pub grantee: Option<String>,
    /// The privilege in SQL's words.
    pub privilege: String,
    /// What holds.
    #[serde(default)]
    pub state: GrantState,
}

/// The owner of an object that is no entity, where it is another role than the one that makes the schema; compared where
/// the declared side names one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Ownership {
    /// The object: a schema, table, type or sequence.
    pub of: ObjectReference,
    /// The role.
    pub owner: String,
}
