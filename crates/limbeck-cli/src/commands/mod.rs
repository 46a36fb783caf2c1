//! One module for each command: from its arguments to its outcome.

pub(crate) mod branches;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod current;
pub(crate) mod diff;
pub(crate) mod downgrade;
pub(crate) mod edit;
pub(crate) mod ensure_version;
pub(crate) mod fleet;
pub(crate) mod heads;
pub(crate) mod history;
pub(crate) mod init;
pub(crate) mod inspect;
pub(crate) mod list_templates;
pub(crate) mod merge;
pub(crate) mod plan;
pub(crate) mod rebase;
pub(crate) mod revision;
pub(crate) mod show;
pub(crate) mod squash;
pub(crate) mod stamp;
pub(crate) mod status;
pub(crate) mod test;
pub(crate) mod upgrade;
