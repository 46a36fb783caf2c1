//! What earlier scripts have made, in their own words.

use limbeck_schema::{Dialect, SqlSource};

use crate::error::MigrateError;
use crate::script::{ScriptDirectory, SectionDirection};

/// The up sections of the scripts, in the order in which they run. Those with variables are left out: nobody knows what
/// they were filled in with.
pub(crate) fn up_sections(
    scripts: &ScriptDirectory,
    dialect: Dialect,
) -> Result<Vec<SqlSource>, MigrateError> {
    let graph = scripts.graph()?;
    let steps = graph.upgrade_path(&[], "heads")?;
    let section = |revision: &str| {
        let script = scripts.get(revision)?;
        let section = script.section(SectionDirection::Up, dialect).filter(|section| !section.variables)?;
        let text = script.text.get(section.range.clone())?;
        Some(SqlSource::new(script.file.clone(), text))
    };
    Ok(steps.iter().filter_map(|step| section(&step.revision)).collect())
}
