//! Domains: creation, and what changes in place.

use limbeck_schema::{
    CheckConstraint, CommentTarget, Constraint, Domain, DomainChange, QualifiedName, SqlType, TypeColumn,
};

use super::type_rebuild::{self, TypeKind};
use super::{DIALECT, cast, comment, identifier, qualified, table, type_name};
use crate::{RenderError, Statement, clause};

pub(super) fn create(domain: &Domain) -> Result<Vec<Statement>, RenderError> {
    let mut sql = format!("CREATE DOMAIN {} AS {}", qualified(&domain.name), type_name(&domain.base_type)?);
    if let Some(collation) = &domain.collation {
        sql += &format!(" COLLATE {}", clause::collation_name(DIALECT, collation));
    }
    if let Some(default) = &domain.server_default {
        sql += &table::default_clause(default);
    }
    if !domain.nullable {
        sql += " NOT NULL";
    }
    // "NOT VALID" is for ALTER DOMAIN alone (PostgreSQL, "CREATE DOMAIN").
    let (late, inline): (Vec<_>, Vec<_>) = domain.checks.iter().partition(|check| check.not_valid);
    for check in inline {
        sql += &format!("\n    {}", constraint(check));
    }
    let mut statements = vec![Statement::new(sql)];
    statements.extend(late.into_iter().map(|check| add(&domain.name, check)));
    if let Some(text) = &domain.comment {
        statements.push(comment::on(&CommentTarget::Domain(domain.name.clone()), Some(text)));
    }
    statements.extend(domain.checks.iter().filter_map(|check| constraint_comment(&domain.name, check)));
    Ok(statements)
}

fn constraint(check: &CheckConstraint) -> String {
    clause::constraint(DIALECT, &Constraint::Check(check.clone()))
}

fn constraint_comment(domain: &QualifiedName, check: &CheckConstraint) -> Option<Statement> {
    let (name, text) = (check.name.clone()?, check.comment.as_deref()?);
    Some(comment::on(&CommentTarget::DomainConstraint { domain: domain.clone(), name }, Some(text)))
}

fn alter_domain(domain: &QualifiedName, action: &str) -> Statement {
    Statement::new(format!("ALTER DOMAIN {} {action}", qualified(domain)))
}

fn add(domain: &QualifiedName, check: &CheckConstraint) -> Statement {
    alter_domain(domain, &format!("ADD {}", constraint(check)))
}

pub(super) fn alter(change: &DomainChange) -> Result<Vec<Statement>, RenderError> {
    let DomainChange { from, to, dependents } = change;
    if from.base_type != to.base_type || from.collation != to.collation {
        // Comments change by an operation of their own.
        let create = create(to)?;
        return type_rebuild::rebuild(&to.name, TypeKind::Domain, create, dependents, &|column, new_type| {
            let name = identifier(&column.definition.name);
            converted(&name, column, from, to, new_type)
        });
    }
    let name = &to.name;
    let mut statements = Vec::new();
    let mut kept = Vec::new();
    for old in &from.checks {
        let label = old.name.as_deref().ok_or_else(|| unnamed(name))?;
        match to.checks.iter().find(|new| new.name == old.name) {
            // What was added NOT VALID is checked afterwards, which a constraint made anew would be at once.
            Some(new)
                if CheckConstraint { not_valid: new.not_valid, comment: None, ..old.clone() }
                    == (CheckConstraint { comment: None, ..new.clone() })
                    && (old.not_valid || !new.not_valid) =>
            {
                kept.push(label);
                if old.not_valid && !new.not_valid {
                    statements
                        .push(alter_domain(name, &format!("VALIDATE CONSTRAINT {}", identifier(label))));
                }
            }
            _ => statements.push(alter_domain(name, &format!("DROP CONSTRAINT {}", identifier(label)))),
        }
    }
    if from.server_default != to.server_default {
        statements.push(match &to.server_default {
            Some(default) => alter_domain(name, &format!("SET DEFAULT {}", default.for_dialect(DIALECT))),
            None => alter_domain(name, "DROP DEFAULT"),
        });
    }
    if from.nullable != to.nullable {
        statements.push(alter_domain(name, if to.nullable { "DROP NOT NULL" } else { "SET NOT NULL" }));
    }
    for new in to.checks.iter().filter(|new| !kept.iter().any(|kept| new.name.as_deref() == Some(kept))) {
        statements.push(add(name, new));
        statements.extend(constraint_comment(name, new));
    }
    Ok(statements)
}

fn unnamed(domain: &QualifiedName) -> RenderError {
    RenderError::Unnamed { what: "a condition", table: domain.clone() }
}

/// A column's value under the new base type. Columns of a type built on the domain go by their text.
fn converted(
    name: &str,
    column: &TypeColumn,
    from: &Domain,
    to: &Domain,
    new_type: &str,
) -> Result<String, RenderError> {
    let is_domain = |sql_type: &SqlType| matches!(sql_type, SqlType::Domain(d) if *d == to.name);
    Ok(match column.definition.sql_type.for_dialect(DIALECT) {
        own if is_domain(own) => match cast::using(name, &from.base_type, &to.base_type)? {
            Some(value) => format!("({value})::{new_type}"),
            None => format!("{name}::{new_type}"),
        },
        SqlType::Array(element)
            if is_domain(element) && cast::is_automatic(&from.base_type, &to.base_type) =>
        {
            format!("{name}::{new_type}")
        }
        own => type_rebuild::through_text(name, own, new_type),
    })
}
