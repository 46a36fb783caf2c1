//! Many scripts as one.

use limbeck_schema::Dialect;

use crate::error::MigrateError;
use crate::revision::{NewRevision, RevisionRequest, write_new};
use crate::script::{
    COMMIT_MARKER, NewScript, NewSection, Script, ScriptDirectory, Section, SectionDirection, new_revision_id,
};

/// A script that stands for others.
#[derive(Clone, Debug)]
pub struct Squashed {
    /// The script.
    pub new: NewRevision,
    /// What it replaces, oldest first.
    pub replaced: Vec<String>,
    /// What the author should look at.
    pub notes: Vec<String>,
}

/// Writes a script that does what all scripts of a range (`start:end`, both included) do, one after the other, and says
/// so in its header. The replaced scripts stay where they are, for databases that are in the middle of them.
///
/// Of the request, head and splice have no meaning here.
///
/// # Errors
/// When the range is none, something outside of it needs a part of it alone, or sections do not go together.
pub fn squash(
    scripts: &ScriptDirectory,
    range: &str,
    request: &RevisionRequest,
) -> Result<Squashed, MigrateError> {
    let id = request.revision_id.clone().unwrap_or_else(new_revision_id);
    let revision = scripts.graph()?.squash_of(range, &id)?;
    let mut parts = Vec::new();
    for replaced in &revision.replaces {
        let script = scripts.get(replaced);
        parts.push(script.ok_or_else(|| MigrateError::ScriptMissing { revision: replaced.clone() })?);
    }
    let mut notes = Vec::new();
    let sections = sections(&parts, &mut notes)?;
    let mut branch_labels = revision.branch_labels;
    branch_labels.extend(request.branch_labels.iter().cloned());
    let mut depends_on = revision.depends_on;
    depends_on.extend(request.depends_on.iter().cloned());
    let script = NewScript {
        message: request.message.clone().unwrap_or_else(|| default_message(&parts)),
        revision: id,
        down_revisions: revision.down_revisions,
        branch_labels,
        depends_on,
        replaces: revision.replaces.clone(),
        sections,
        ..NewScript::default()
    };
    let beside = parts.last().map(|script| script.revision.as_str());
    let new = write_new(scripts, request, beside, script)?;
    Ok(Squashed { new, replaced: revision.replaces, notes })
}

fn default_message(parts: &[&Script]) -> String {
    let name = |script: Option<&&Script>| script.map(|script| script.revision.clone()).unwrap_or_default();
    format!("squash {} to {}", name(parts.first()), name(parts.last()))
}

/// The sections of all parts joined: one for every dialect where all parts have it so, else one for each dialect that
/// every part serves.
fn sections(parts: &[&Script], notes: &mut Vec<String>) -> Result<Vec<NewSection>, MigrateError> {
    let own = parts.iter().flat_map(|script| &script.sections).any(|section| section.dialect.is_some());
    let mut sections = Vec::new();
    for direction in [SectionDirection::Up, SectionDirection::Down] {
        if !own {
            let any = |script: &Script| {
                script.sections.iter().find(|section| section.direction == direction).cloned()
            };
            sections.extend(joined(parts, direction, None, &any, notes)?);
            continue;
        }
        let mut for_dialects = Vec::new();
        for dialect in Dialect::ALL {
            let of = |script: &Script| script.section(direction, dialect).cloned();
            for_dialects.extend(joined(parts, direction, Some(dialect), &of, notes)?);
        }
        match for_dialects.as_slice() {
            [one, other] if NewSection { dialect: other.dialect, ..one.clone() } == *other => {
                sections.push(NewSection { dialect: None, ..one.clone() });
            }
            _ => sections.extend(for_dialects),
        }
    }
    Ok(sections)
}

/// One section made of those that `of` finds; `None` when a part has none, so that the whole cannot do it either.
fn joined(
    parts: &[&Script],
    direction: SectionDirection,
    dialect: Option<Dialect>,
    of: &dyn Fn(&Script) -> Option<Section>,
    notes: &mut Vec<String>,
) -> Result<Option<NewSection>, MigrateError> {
    let mut found: Vec<(&Script, Section)> = Vec::new();
    // A script without sections is a merge, and does nothing.
    for script in parts.iter().copied().filter(|script| !script.sections.is_empty()) {
        match of(script) {
            Some(section) => found.push((script, section)),
            None => {
                let dialect = dialect.map(|dialect| format!(" for {dialect}")).unwrap_or_default();
                notes.push(format!(
                    "there is no `migrate:{direction}` section{dialect}, because `{}` has none",
                    script.revision
                ));
                return Ok(None);
            }
        }
    }
    if direction == SectionDirection::Down {
        found.reverse();
    }
    found.retain(|(script, section)| !script.sql(section).trim().is_empty());
    let mut section = NewSection { dialect, ..NewSection::new(direction, String::new()) };
    if let Some((first, one)) = found.first() {
        section.foreign_keys = one.foreign_keys;
        if let Some((other, _)) = found.iter().find(|(_, other)| other.foreign_keys != one.foreign_keys) {
            return Err(MigrateError::SquashForeignKeys {
                revision: first.revision.clone(),
                other: other.revision.clone(),
            });
        }
        section.transaction = found.iter().all(|(_, part)| part.transaction);
        if !section.transaction && found.iter().any(|(_, part)| part.transaction) {
            notes.push(format!(
                "the `migrate:{direction}` section runs outside of a transaction, because one of its parts has to"
            ));
        }
        section.variables = found.iter().any(|(_, part)| part.variables);
        let mixed = |(script, part): &&(&Script, Section)| !part.variables && script.sql(part).contains("${");
        if let Some((script, _)) = found.iter().find(mixed).filter(|_| section.variables) {
            notes.push(format!(
                "`${{` of `{}` is now a variable; write `$${{` where it is text",
                script.revision
            ));
        }
    }
    for (at, (script, part)) in found.iter().enumerate() {
        if at > 0 {
            section.sql.push('\n');
        }
        let sql = script.sql(part).trim_end();
        let title = format!("{} {}", script.revision, script.doc()).replace('\n', " ");
        section.sql.push_str(&format!("-- {}\n{sql}\n", title.trim_end()));
        // A value that was added to an enum cannot be used before it is committed (PostgreSQL, "ALTER TYPE").
        let adds_value = dialect != Some(Dialect::Sqlite) && sql.to_ascii_uppercase().contains("ADD VALUE");
        if adds_value && section.transaction && at + 1 < found.len() {
            section.sql.push_str(&format!("{COMMIT_MARKER}\n"));
        }
    }
    Ok(Some(section))
}
