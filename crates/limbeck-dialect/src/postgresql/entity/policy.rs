//! Row-level-security policies.

use limbeck_schema::Entity;

use super::target_of;
use crate::Statement;
use crate::cursor::Cursor;
use crate::postgresql::DIALECT;

/// The clauses of a CREATE POLICY.
#[derive(Debug, PartialEq, Eq)]
struct Policy<'a> {
    restrictive: bool,
    command: String,
    roles: String,
    using: Option<&'a str>,
    check: Option<&'a str>,
}

/// ALTER POLICY, if it can: not to another command or kind, and it cannot take an expression away (PostgreSQL docs, "ALTER
/// POLICY").
pub(super) fn alter(from: &Entity, to: &Entity) -> Option<Statement> {
    let (before, after) = (read(&from.definition)?, read(&to.definition)?);
    let loses = |before: Option<_>, after: Option<_>| before.is_some() && after.is_none();
    if (before.restrictive, &before.command) != (after.restrictive, &after.command)
        || loses(before.using, after.using)
        || loses(before.check, after.check)
    {
        return None;
    }
    let mut sql = format!("ALTER {}", target_of(&to.id, &to.definition));
    if before.roles != after.roles {
        sql += &format!(" TO {}", after.roles);
    }
    if let Some(using) = after.using.filter(|using| before.using != Some(using)) {
        sql += &format!("\n    USING ({using})");
    }
    if let Some(check) = after.check.filter(|check| before.check != Some(check)) {
        sql += &format!("\n    WITH CHECK ({check})");
    }
    Some(Statement::new(sql))
}

fn read(sql: &str) -> Option<Policy<'_>> {
    let mut cursor = Cursor::new(DIALECT, sql);
    if !cursor.accept("create policy") {
        return None;
    }
    cursor.identifier()?;
    cursor.accept("on");
    cursor.name()?;
    let mut policy = Policy {
        restrictive: false,
        command: "all".to_owned(),
        roles: "PUBLIC".to_owned(),
        using: None,
        check: None,
    };
    while let Some(token) = cursor.peek() {
        let start = token.start;
        if cursor.accept("as") {
            policy.restrictive = cursor.identifier()? == "restrictive";
        } else if cursor.accept("for") {
            policy.command = cursor.identifier()?;
        } else if cursor.accept("to") {
            let start = cursor.peek()?.start;
            cursor.identifier()?;
            while cursor.accept_symbol(",") {
                cursor.identifier()?;
            }
            sql.get(start..cursor.end_of_last())?.clone_into(&mut policy.roles);
        } else if cursor.accept("using") {
            policy.using = Some(cursor.group(sql)?);
        } else if cursor.accept("with check") {
            policy.check = Some(cursor.group(sql)?);
        } else {
            return sql.get(start..).is_some_and(|rest| rest.trim() == ";").then_some(policy);
        }
    }
    Some(policy)
}
