//! Changed rows: one step for each set of columns of each table.

use super::{Action, Step, StepRow, Update};
use crate::Input;

/// The steps of updates, in the order in which their sets of columns first come.
pub(super) fn steps(updates: Vec<Update>) -> Vec<Step> {
    let mut steps = Vec::<Step>::new();
    for update in updates.into_iter().filter(|update| !update.changes.is_empty()) {
        let (columns, inputs): (Vec<usize>, Vec<Input>) = update.changes.into_iter().unzip();
        let key = update.key.into_iter().map(Input::Value).collect();
        let row = StepRow { row: None, key, inputs, version: update.version };
        let alike = |step: &&mut Step| {
            step.model.table == update.model.table
                && step.columns == columns
                && step.rows.first().is_some_and(|first| first.version.is_some() == row.version.is_some())
        };
        match steps.iter_mut().rev().find(alike) {
            Some(step) => step.rows.push(row),
            None => {
                let (action, model) = (Action::Update, update.model);
                steps.push(Step { action, model, key: model.key.clone(), columns, rows: vec![row] });
            }
        }
    }
    steps
}
