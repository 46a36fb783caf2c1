use limbeck_schema::{MetaData, Operation};

use crate::PlanError;

pub(crate) fn plan(
    operations: Vec<Operation>,
    _before: &MetaData,
    _after: &MetaData,
) -> Result<Vec<Operation>, PlanError> {
    Ok(operations)
}
