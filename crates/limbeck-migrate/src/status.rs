//! Where a database stands: what is applied, what is pending, and whether what was applied is still what the scripts
//! say.

use limbeck_engine::Connection;

use crate::audit::{ChangedScript, changed_scripts_of};
use crate::compare::{Baseline, compare_with_baseline};
use crate::database::Database;
use crate::error::MigrateError;
use crate::rename_questions::RenameQuestions;
use crate::runner::current_of;
use crate::script::ScriptDirectory;
use crate::source::Model;

/// Where a database stands.
#[derive(Clone, Debug)]
pub struct Status {
    /// The rows of the version table.
    pub current: Vec<String>,
    /// Rows that no script has.
    pub unknown: Vec<String>,
    /// The revisions that `upgrade heads` would run, in their order.
    pub pending: Vec<String>,
    /// Scripts that were changed after they had been applied.
    pub changed_scripts: Vec<ChangedScript>,
    /// Whether the database has what the model declares.
    pub drift: Drift,
}

/// Whether the database has what the model declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Drift {
    /// It has.
    None,
    /// The differences, in Alembic's words.
    Detected(Vec<String>),
    /// Nobody asked, or there is no model.
    Unchecked,
    /// Revisions are pending, so that a difference would not be the model's.
    Pending,
}

impl Status {
    /// Whether there is nothing to do: no revision is pending, and nothing differs that should not.
    pub fn is_settled(&self) -> bool {
        self.pending.is_empty()
            && self.unknown.is_empty()
            && self.changed_scripts.is_empty()
            && !matches!(self.drift, Drift::Detected(_))
    }
}

/// Looks where a database stands; with a model also whether it has what the model declares. Changes nothing.
///
/// # Errors
/// When the database cannot be reached, its version table contradicts the graph, or it cannot hold the model.
pub async fn status(
    database: &Database,
    scripts: &ScriptDirectory,
    model: Option<&Model>,
) -> Result<Status, MigrateError> {
    let graph = scripts.graph()?;
    let mut connection = Connection::open_for_reading(&database.url).await?;
    let current = current_of(&connection, database).await?;
    let unknown: Vec<String> = current.iter().filter(|row| graph.get(row).is_none()).cloned().collect();
    let (pending, unknown) = match graph.upgrade_path(&current, "heads") {
        Ok(steps) => (steps.into_iter().map(|step| step.revision).collect(), Vec::new()),
        // From a place that is in no script there is no way.
        Err(_) if !unknown.is_empty() => (Vec::new(), unknown),
        Err(error) => return Err(error.into()),
    };
    let changed_scripts = changed_scripts_of(&mut connection, database, scripts, &graph).await?;
    let drift = match model {
        None => Drift::Unchecked,
        Some(_) if !pending.is_empty() || !unknown.is_empty() => Drift::Pending,
        Some(model) => {
            let mut nobody = RenameQuestions::unasked();
            let report = &mut |_| {};
            let compared =
                compare_with_baseline(database, scripts, model, Baseline::Database, &mut nobody, report);
            let comparison = compared.await?;
            if comparison.is_empty() { Drift::None } else { Drift::Detected(comparison.detected) }
        }
    };
    Ok(Status { current, unknown, pending, changed_scripts, drift })
}
