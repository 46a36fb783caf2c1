//! PostgreSQL 14 and later.

mod alter_column;
mod cast;
mod comment;
mod composite;
mod constraint;
mod domain;
mod entity;
mod enum_change;
mod grant;
mod locks;
mod operator_class;
mod partition;
mod plan;
mod safe;
mod sequence;
mod table;
mod type_rebuild;
mod types;

use limbeck_schema::{Dialect, Index, Operation, QualifiedName};

pub use locks::{LockMode, TableLock, TableWork, table_locks};
pub use operator_class::operator_class;
pub(crate) use operator_class::respelled;
pub(crate) use plan::plan;
pub(crate) use safe::{render_in_transactions, without_safe_shape};
pub(crate) use sequence::limits as sequence_limits;
pub(crate) use table::storage_parameters;
pub(crate) use types::{parse_type, type_name};

use crate::clause;
use crate::quote::{quote_identifier, quote_literal, quote_name};
use crate::{RenderError, Statement};

const DIALECT: Dialect = Dialect::Postgresql;

fn identifier(name: &str) -> String {
    quote_identifier(DIALECT, name)
}

fn qualified(name: &QualifiedName) -> String {
    quote_name(DIALECT, name)
}

/// The statements of an operation.
pub(crate) fn render(operation: &Operation) -> Result<Vec<Statement>, RenderError> {
    let one = |sql: String| Ok(vec![Statement::new(sql)]);
    match operation {
        Operation::CreateSchema(schema) => {
            let mut statements = vec![Statement::new(format!("CREATE SCHEMA {}", identifier(&schema.name)))];
            statements.extend(schema.comment.as_deref().map(|c| comment::on_schema(&schema.name, Some(c))));
            Ok(statements)
        }
        Operation::DropSchema(schema) => one(format!("DROP SCHEMA {}", identifier(&schema.name))),
        Operation::CreateEnum(enum_type) => Ok(enum_change::create(enum_type)),
        Operation::DropEnum(enum_type) => one(format!("DROP TYPE {}", qualified(&enum_type.name))),
        Operation::RenameEnum { name, to } => {
            one(format!("ALTER TYPE {} RENAME TO {}", qualified(name), identifier(to)))
        }
        Operation::AlterEnum(change) => enum_change::alter(change),
        Operation::CreateDomain(created) => domain::create(created),
        Operation::DropDomain(domain) => one(format!("DROP DOMAIN {}", qualified(&domain.name))),
        Operation::RenameDomain { name, to } => {
            one(format!("ALTER DOMAIN {} RENAME TO {}", qualified(name), identifier(to)))
        }
        Operation::AlterDomain(change) => domain::alter(change),
        Operation::CreateComposite(created) => composite::create(created),
        Operation::DropComposite(composite) => one(format!("DROP TYPE {}", qualified(&composite.name))),
        Operation::RenameComposite { name, to } => {
            one(format!("ALTER TYPE {} RENAME TO {}", qualified(name), identifier(to)))
        }
        Operation::AlterComposite(change) => composite::alter(change),
        Operation::CreateSequence(sequence) => sequence::create(sequence),
        Operation::DropSequence(sequence) => one(format!("DROP SEQUENCE {}", qualified(&sequence.name))),
        Operation::AlterSequence { from, to } => sequence::alter(from, to),
        Operation::CreateTable(table) => table::create(table),
        Operation::DropTable(table) => one(format!("DROP TABLE {}", qualified(&table.name))),
        Operation::RenameTable { name, to } => {
            one(format!("ALTER TABLE {} RENAME TO {}", qualified(name), identifier(to)))
        }
        Operation::AlterTableOptions { table, from, to } => {
            table::alter_options(table, &from.postgresql, &to.postgresql)
        }
        Operation::RebuildTable(_) => Err(RenderError::unsupported(
            DIALECT,
            "rebuild a table",
            "ALTER TABLE does the same in place: write the single operations",
        )),
        Operation::AddColumn { table, column } => alter_column::add(table, column),
        Operation::DropColumn { table, column } => {
            one(format!("ALTER TABLE {} DROP COLUMN {}", qualified(table), identifier(&column.name)))
        }
        Operation::RenameColumn { table, from, to } => one(format!(
            "ALTER TABLE {} RENAME COLUMN {} TO {}",
            qualified(table),
            identifier(from),
            identifier(to)
        )),
        Operation::AlterColumn { table, from, to } => alter_column::alter(table, from, to),
        Operation::AddConstraint { table, constraint } => {
            let add =
                format!("ALTER TABLE {} ADD {}", qualified(table), clause::constraint(DIALECT, constraint));
            let mut statements = vec![Statement::new(add)];
            statements.extend(comment::on_new_constraint(table, constraint)?);
            Ok(statements)
        }
        Operation::DropConstraint { table, constraint } => {
            let name = constraint
                .name()
                .ok_or(RenderError::Unnamed { what: "a constraint", table: table.clone() })?;
            one(format!("ALTER TABLE {} DROP CONSTRAINT {}", qualified(table), identifier(name)))
        }
        Operation::AlterConstraint { table, from, to } => constraint::alter(table, from, to),
        Operation::RenameConstraint { table, from, to } => one(format!(
            "ALTER TABLE {} RENAME CONSTRAINT {} TO {}",
            qualified(table),
            identifier(from),
            identifier(to)
        )),
        Operation::CreateIndex { table, index } => create_index(table, index, false),
        Operation::DropIndex { table, index } => {
            one(format!("DROP INDEX {}", qualified(&index_name(table, index)?)))
        }
        Operation::RenameIndex { table, from, to } => {
            let from = table.with_name(from);
            one(format!("ALTER INDEX {} RENAME TO {}", qualified(&from), identifier(to)))
        }
        Operation::SetComment { target, to, .. } => Ok(vec![comment::on(target, to.as_deref())]),
        Operation::AttachPartition { table, of } => Ok(vec![partition::attach(table, of)]),
        Operation::DetachPartition { table, of } => Ok(vec![partition::detach(table, of)]),
        Operation::CreateEntity(created) => entity::create(created),
        Operation::DropEntity(dropped) => Ok(vec![entity::drop(dropped)]),
        Operation::ReplaceEntity { from, to } => entity::replace(from, to),
        Operation::RenameEntity { id, to } => Ok(vec![entity::rename(id, to)]),
        Operation::AlterGrants { on, from, to } => Ok(grant::alter_grants(on, from, to)),
        Operation::AlterDefaultPrivileges { from, to } => Ok(grant::alter_default_privileges(from, to)),
        Operation::SetOwner { of, to, .. } => Ok(grant::set_owner(of, to.as_deref()).into_iter().collect()),
        Operation::Execute { forward, .. } => {
            Ok(forward.iter().map(|sql| Statement::verbatim(sql)).collect())
        }
    }
}

/// An index's name; it lives in the schema of its table.
fn index_name(table: &QualifiedName, index: &Index) -> Result<QualifiedName, RenderError> {
    let name = index.name.as_ref().ok_or(RenderError::Unnamed { what: "an index", table: table.clone() })?;
    Ok(table.with_name(name))
}

/// CREATE INDEX and its comment.
fn create_index(
    table: &QualifiedName,
    index: &Index,
    concurrently: bool,
) -> Result<Vec<Statement>, RenderError> {
    let name = index_name(table, index)?;
    let mut sql = format!(
        "CREATE {}INDEX {}{} ON {}",
        if index.unique { "UNIQUE " } else { "" },
        if concurrently { "CONCURRENTLY " } else { "" },
        identifier(&name.name),
        qualified(table)
    );
    if let Some(method) = &index.using {
        sql += &format!(" USING {}", identifier(method));
    }
    sql += &format!(" ({})", clause::index_keys(DIALECT, index));
    sql += &clause::include(DIALECT, &index.include);
    if index.nulls_not_distinct {
        sql += " NULLS NOT DISTINCT";
    }
    if !index.with.is_empty() {
        sql += &format!(" WITH ({})", table::storage_parameters(&index.with));
    }
    if let Some(tablespace) = &index.tablespace {
        sql += &format!(" TABLESPACE {}", identifier(tablespace));
    }
    sql += &clause::index_predicate(DIALECT, index);
    let mut statements = vec![Statement::new(sql)];
    statements.extend(index.comment.as_deref().map(|c| comment::on_index(&name, Some(c))));
    Ok(statements)
}

fn literal(text: &str) -> String {
    quote_literal(DIALECT, text)
}
