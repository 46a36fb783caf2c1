//! Constraints that change in place.

use limbeck_schema::{Constraint, Deferrable, QualifiedName};

use super::{DIALECT, comment, identifier, qualified};
use crate::{RenderError, Statement, clause};

/// What changes a constraint that stays: `VALIDATE CONSTRAINT`, and for foreign keys `ALTER CONSTRAINT` (PostgreSQL docs,
/// "ALTER TABLE"). Nothing makes a constraint NOT VALID again, so that takes a new one, which reads no rows.
pub(super) fn alter(
    table: &QualifiedName,
    from: &Constraint,
    to: &Constraint,
) -> Result<Vec<Statement>, RenderError> {
    let name = to.name().ok_or(RenderError::Unnamed { what: "a constraint", table: table.clone() })?;
    let (owner, name) = (qualified(table), identifier(name));
    if to.is_not_valid() && !from.is_not_valid() {
        let clause = clause::constraint(DIALECT, to);
        let renewed = format!("ALTER TABLE {owner}\n    DROP CONSTRAINT {name},\n    ADD {clause}");
        let mut statements = vec![Statement::new(renewed)];
        statements.extend(comment::on_new_constraint(table, to)?);
        return Ok(statements);
    }
    let mut statements = Vec::new();
    if let (Constraint::ForeignKey(from), Constraint::ForeignKey(to)) = (from, to)
        && from.deferrable != to.deferrable
    {
        let when = match to.deferrable {
            None => "NOT DEFERRABLE",
            Some(Deferrable::InitiallyImmediate) => "DEFERRABLE INITIALLY IMMEDIATE",
            Some(Deferrable::InitiallyDeferred) => "DEFERRABLE INITIALLY DEFERRED",
        };
        statements.push(Statement::new(format!("ALTER TABLE {owner} ALTER CONSTRAINT {name} {when}")));
    }
    if from.is_not_valid() && !to.is_not_valid() {
        statements.push(validate(table, to.name().unwrap_or_default()));
    }
    Ok(statements)
}

/// Checks the rows that were there before a constraint, under a lock that neither readers nor writers notice.
pub(super) fn validate(table: &QualifiedName, constraint: &str) -> Statement {
    Statement::new(format!("ALTER TABLE {} VALIDATE CONSTRAINT {}", qualified(table), identifier(constraint)))
}
