//! What a protected database does not take.

use limbeck_diff::HazardKind;

use super::plan::PlannedStep;
use crate::database::Database;
use crate::error::{MigrateError, RefusedRevision};

/// The hazards that have to be allowed by name: what is lost does not come back.
const REFUSED: [HazardKind; 1] = [HazardKind::DataLoss];

/// Refuses a run on a protected database, before anything is run, if a script of it says that it loses data.
pub(super) fn refuse_data_loss(database: &Database, planned: &[PlannedStep]) -> Result<(), MigrateError> {
    if !database.protected {
        return Ok(());
    }
    let is_refused = |kind: HazardKind| REFUSED.contains(&kind) && !database.allowed.contains(&kind);
    let hazards = planned.iter().flat_map(|step| step.hazards.iter().map(move |hazard| (step, hazard)));
    let refused: Vec<RefusedRevision> = hazards
        .filter(|(_, hazard)| is_refused(hazard.kind))
        .map(|(step, hazard)| RefusedRevision {
            revision: step.step.revision.clone(),
            direction: step.step.direction,
            file: step.file.clone(),
            line: hazard.line,
            kind: hazard.kind,
            message: hazard.message.clone(),
        })
        .collect();
    if refused.is_empty() { Ok(()) } else { Err(MigrateError::Protected(refused)) }
}
