//! SQLite 3.35 and later.

mod apply;
mod entity;
mod plan;
mod rebuild;
mod rename;
mod table;
mod types;

use limbeck_schema::{
    Constraint, Dialect, ForeignKey, Index, MatchType, Operation, QualifiedName, ReferentialAction,
};

pub(crate) use plan::plan;
pub(crate) use types::{parse_type, type_name};

use crate::quote::{quote_identifier, quote_name};
use crate::{RenderError, Statement, clause};

const DIALECT: Dialect = Dialect::Sqlite;

/// What to do when an operation is beyond ALTER TABLE.
const PLAN_FIRST: &str = "plan the operations first: it then becomes part of a table rebuild";

/// What to do when a schema holds what SQLite does not have.
const PROJECT_FIRST: &str = "project the schema onto SQLite first";

fn identifier(name: &str) -> String {
    quote_identifier(DIALECT, name)
}

fn qualified(name: &QualifiedName) -> String {
    quote_name(DIALECT, name)
}

fn unsupported(what: &str, advice: &'static str) -> RenderError {
    RenderError::unsupported(DIALECT, what, advice)
}

/// The collations that SQLite has by itself (SQLite, "Datatypes In SQLite", 7).
pub(crate) fn is_builtin_collation(name: &str) -> bool {
    ["BINARY", "NOCASE", "RTRIM"].iter().any(|builtin| name.eq_ignore_ascii_case(builtin))
}

/// The statements of an operation.
pub(crate) fn render(operation: &Operation) -> Result<Vec<Statement>, RenderError> {
    let one = |sql: String| Ok(vec![Statement::new(sql)]);
    match operation {
        Operation::CreateSchema(_) | Operation::DropSchema(_) => {
            Err(unsupported("create or drop a schema", "attach a database file of that name instead"))
        }
        Operation::CreateEnum(_)
        | Operation::DropEnum(_)
        | Operation::RenameEnum { .. }
        | Operation::AlterEnum(_) => Err(unsupported("hold enum types", PROJECT_FIRST)),
        Operation::CreateDomain(_)
        | Operation::DropDomain(_)
        | Operation::RenameDomain { .. }
        | Operation::AlterDomain(_) => Err(unsupported("hold domains", PROJECT_FIRST)),
        Operation::CreateComposite(_)
        | Operation::DropComposite(_)
        | Operation::RenameComposite { .. }
        | Operation::AlterComposite(_) => Err(unsupported("hold composite types", PROJECT_FIRST)),
        Operation::CreateSequence(_) | Operation::DropSequence(_) | Operation::AlterSequence { .. } => {
            Err(unsupported("hold sequences", PROJECT_FIRST))
        }
        Operation::CreateTable(table) => {
            let mut statements = vec![Statement::new(table::create(table, &qualified(&table.name))?)];
            for index in &table.indexes {
                statements.push(create_index(&table.name, index)?);
            }
            Ok(statements)
        }
        Operation::DropTable(table) => one(format!("DROP TABLE {}", qualified(&table.name))),
        Operation::RenameTable { name, to } => Ok(rename_table(name, to)),
        Operation::RebuildTable(change) => rebuild::rebuild(change),
        Operation::AddColumn { table, column } => table::add_column(table, column),
        Operation::DropColumn { table, column } => {
            one(format!("ALTER TABLE {} DROP COLUMN {}", qualified(table), identifier(&column.name)))
        }
        Operation::RenameColumn { table, from, to } => one(format!(
            "ALTER TABLE {} RENAME COLUMN {} TO {}",
            qualified(table),
            identifier(from),
            identifier(to)
        )),
        Operation::AlterColumn { .. } => Err(unsupported("alter a column in place", PLAN_FIRST)),
        Operation::AlterTableOptions { .. } => Err(unsupported("change the options of a table", PLAN_FIRST)),
        Operation::AddConstraint { .. }
        | Operation::DropConstraint { .. }
        | Operation::AlterConstraint { .. }
        | Operation::RenameConstraint { .. } => {
            Err(unsupported("add, drop or rename a constraint in place", PLAN_FIRST))
        }
        Operation::CreateIndex { table, index } => Ok(vec![create_index(table, index)?]),
        Operation::DropIndex { table, index } => {
            let name =
                index.name.as_ref().ok_or(RenderError::Unnamed { what: "an index", table: table.clone() })?;
            one(format!("DROP INDEX {}", qualified(&table.with_name(name))))
        }
        Operation::RenameIndex { .. } => {
            Err(unsupported("rename an index", "plan the operations first: it is then made anew"))
        }
        Operation::SetComment { .. } => Err(unsupported("hold comments", PROJECT_FIRST)),
        Operation::CreateEntity(created) => Ok(vec![entity::create(created)?]),
        Operation::DropEntity(dropped) => Ok(vec![entity::drop(&dropped.id)]),
        Operation::ReplaceEntity { from, to } => Ok(vec![entity::drop(&from.id), entity::create(to)?]),
        Operation::RenameEntity { .. } => {
            Err(unsupported("rename a view or trigger", "drop it and create it under its new name"))
        }
        Operation::AlterGrants { .. }
        | Operation::AlterDefaultPrivileges { .. }
        | Operation::SetOwner { .. } => Err(unsupported("hold privileges and owners", PROJECT_FIRST)),
        Operation::AttachPartition { .. } | Operation::DetachPartition { .. } => {
            Err(unsupported("hold partitions", PROJECT_FIRST))
        }
        Operation::Execute { forward, .. } => {
            Ok(forward.iter().map(|sql| Statement::verbatim(sql)).collect())
        }
    }
}

/// A name in another case is taken, by the table itself: it goes by way of a name of its own.
fn rename_table(name: &QualifiedName, to: &str) -> Vec<Statement> {
    let rename = |from: &QualifiedName, to: &str| {
        Statement::new(format!("ALTER TABLE {} RENAME TO {}", qualified(from), identifier(to)))
    };
    if !name.name.eq_ignore_ascii_case(to) {
        return vec![rename(name, to)];
    }
    let between = name.with_name(format!("_limbeck_new_{to}"));
    vec![rename(name, &between.name), rename(&between, to)]
}

fn create_index(table: &QualifiedName, index: &Index) -> Result<Statement, RenderError> {
    let name = index.name.as_ref().ok_or(RenderError::Unnamed { what: "an index", table: table.clone() })?;
    let only_tunes = index.using.is_some()
        || !index.include.is_empty()
        || !index.with.is_empty()
        || index.tablespace.is_some()
        || index.comment.is_some()
        || index.elements.iter().any(|e| e.opclass.is_some() || e.nulls.is_some());
    if only_tunes || index.nulls_not_distinct {
        return Err(unsupported("hold PostgreSQL's index options", PROJECT_FIRST));
    }
    // The schema stands before the index's name, and the table is sought there (SQLite, "CREATE INDEX").
    Ok(Statement::new(format!(
        "CREATE {}INDEX {} ON {} ({}){}",
        if index.unique { "UNIQUE " } else { "" },
        qualified(&table.with_name(name)),
        identifier(&table.name),
        clause::index_keys(DIALECT, index),
        clause::index_predicate(DIALECT, index)
    )))
}

/// A constraint, unless it holds what only PostgreSQL knows.
fn constraint(constraint: &Constraint) -> Result<String, RenderError> {
    let foreign = match constraint {
        Constraint::PrimaryKey(pk) => !pk.include.is_empty() || pk.deferrable.is_some(),
        Constraint::Unique(unique) => {
            !unique.include.is_empty() || unique.deferrable.is_some() || unique.nulls_not_distinct
        }
        Constraint::Check(check) => check.no_inherit || check.not_valid,
        Constraint::Exclude(_) => true,
        Constraint::ForeignKey(fk) => is_postgresql_foreign_key(fk),
    };
    if foreign || constraint.comment().is_some() {
        return Err(unsupported("hold PostgreSQL's constraint options", PROJECT_FIRST));
    }
    Ok(clause::constraint(DIALECT, constraint))
}

fn is_postgresql_foreign_key(fk: &ForeignKey) -> bool {
    let names_columns = |action: &ReferentialAction| match action {
        ReferentialAction::SetNull(columns) | ReferentialAction::SetDefault(columns) => !columns.is_empty(),
        _ => false,
    };
    fk.not_valid
        || fk.match_type != MatchType::Simple
        || names_columns(&fk.on_delete)
        || names_columns(&fk.on_update)
        || fk.referred_table.schema.is_some()
}
