//! Publications.

use limbeck_schema::Entity;

use super::target_of;
use crate::Statement;
use crate::cursor::Cursor;
use crate::postgresql::DIALECT;

/// ALTER PUBLICATION, if it can: FOR ALL TABLES is for ever, and options that are gone have no default to name (PostgreSQL
/// docs, "ALTER PUBLICATION").
pub(super) fn alter(from: &Entity, to: &Entity) -> Option<Vec<Statement>> {
    let (before, after) = (read(&from.definition)?, read(&to.definition)?);
    let mut statements = Vec::new();
    let target = target_of(&to.id, &to.definition);
    if before.objects != after.objects {
        let all = |objects: Option<&str>| {
            objects.is_some_and(|text| text.to_ascii_lowercase().starts_with("all tables"))
        };
        if all(before.objects) || all(after.objects) {
            return None;
        }
        statements.push(Statement::new(format!("ALTER {target} SET {}", after.objects?)));
    }
    if before.options != after.options {
        statements.push(Statement::new(format!("ALTER {target} SET ({})", after.options?)));
    }
    Some(statements)
}

struct Publication<'a> {
    /// What stands behind FOR.
    objects: Option<&'a str>,
    options: Option<&'a str>,
}

fn read(sql: &str) -> Option<Publication<'_>> {
    let mut cursor = Cursor::new(DIALECT, sql);
    if !cursor.accept("create publication") {
        return None;
    }
    cursor.identifier()?;
    let mut objects_start = None;
    if cursor.accept("for") {
        objects_start = cursor.peek().map(|token| token.start);
    }
    let before_with = cursor.end_of_last();
    let options = if cursor.skip_past("with") {
        let end = cursor.end_of_last().saturating_sub("with".len());
        Some((end, cursor.group(sql)?))
    } else {
        None
    };
    let end = options.map_or(sql.len(), |(end, _)| end).max(before_with);
    let objects =
        objects_start.and_then(|start| sql.get(start..end)).map(|text| text.trim().trim_end_matches(';'));
    Some(Publication { objects, options: options.map(|(_, group)| group) })
}
