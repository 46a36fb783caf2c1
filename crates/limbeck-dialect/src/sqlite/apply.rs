//! A table after an operation.

use limbeck_schema::{Constraint, Dialect, IndexTarget, Operation, ReferentialAction, Table};

use crate::PlanError;
use crate::expression::mentions;

const DIALECT: Dialect = Dialect::Sqlite;

/// Makes the change that an operation other than a rename of a table or column makes to its table.
pub(super) fn apply(table: &mut Table, operation: &Operation) -> Result<(), PlanError> {
    match operation {
        Operation::AddColumn { column, .. } => table.columns.push((**column).clone()),
        Operation::DropColumn { column, .. } => drop_column(table, &column.name),
        Operation::AlterColumn { to, .. } => {
            let missing =
                PlanError::Missing { table: table.name.clone(), object: format!("column `{}`", to.name) };
            *table.column_mut(&to.name).ok_or(missing)? = (**to).clone();
        }
        Operation::AddConstraint { constraint, .. } => table.add_constraint(constraint.clone()),
        Operation::DropConstraint { constraint, .. } => drop_constraint(table, constraint),
        Operation::AlterConstraint { from, to, .. } => {
            drop_constraint(table, from);
            table.add_constraint((**to).clone());
        }
        Operation::RenameConstraint { from, to, .. } => rename_constraint(table, from, to)?,
        Operation::CreateIndex { index, .. } => table.indexes.push(index.clone()),
        Operation::DropIndex { index, .. } => table.indexes.retain(|i| i.name != index.name),
        Operation::RenameIndex { from, to, .. } => {
            let missing = PlanError::Missing { table: table.name.clone(), object: format!("index `{from}`") };
            let index = table.indexes.iter_mut().find(|i| i.name.as_ref() == Some(from));
            index.ok_or(missing)?.name = Some(to.clone());
        }
        Operation::AlterTableOptions { to, .. } => table.options = (**to).clone(),
        _ => {}
    }
    Ok(())
}

/// Whether a column is part of a key, constraint, index or generated column, which forbids DROP COLUMN (SQLite, "ALTER
/// TABLE DROP COLUMN").
pub(super) fn is_used(table: &Table, column: &str) -> bool {
    let mut rest = table.clone();
    drop_column(&mut rest, column);
    let parts = |t: &Table| (t.constraints().count(), t.indexes.len());
    let generated = table.columns.iter().filter_map(|c| c.computed.as_ref());
    parts(&rest) != parts(table)
        || generated.clone().any(|c| mentions(DIALECT, &c.expression.sql, column))
        // A foreign key of this very table may refer to the column.
        || table.foreign_keys.iter().any(|fk| fk.referred_table == table.name && fk.referred_columns.iter().any(|c| c == column))
}

/// Takes a column away, and all that cannot be without it, as PostgreSQL does.
fn drop_column(table: &mut Table, column: &str) {
    let names = |columns: &[String]| columns.iter().any(|c| c == column);
    let in_action = |action: &ReferentialAction| match action {
        ReferentialAction::SetNull(columns) | ReferentialAction::SetDefault(columns) => names(columns),
        _ => false,
    };
    table.columns.retain(|c| c.name != column);
    table.primary_key = table.primary_key.take().filter(|pk| !names(&pk.columns));
    table.uniques.retain(|unique| !names(&unique.columns));
    table.checks.retain(|check| !mentions(DIALECT, &check.expression.sql, column));
    table
        .foreign_keys
        .retain(|fk| !names(&fk.columns) && !in_action(&fk.on_delete) && !in_action(&fk.on_update));
    table.indexes.retain(|index| {
        let in_predicate = index.predicate.as_ref().is_some_and(|p| mentions(DIALECT, &p.sql, column));
        let in_key = index.elements.iter().any(|element| match &element.target {
            IndexTarget::Column(name) => name == column,
            IndexTarget::Expression(expression) => mentions(DIALECT, &expression.sql, column),
        });
        !in_predicate && !in_key
    });
}

/// Constraints are told apart by kind and name; those without a name by what they say.
fn drop_constraint(table: &mut Table, constraint: &Constraint) {
    let kept: Vec<_> = table
        .constraints()
        .filter(|other| {
            let same_kind = std::mem::discriminant(other) == std::mem::discriminant(constraint);
            let same = match constraint.name() {
                Some(name) => other.name() == Some(name),
                None => other == constraint,
            };
            !(same_kind && same)
        })
        .collect();
    set_constraints(table, kept);
}

fn rename_constraint(table: &mut Table, from: &str, to: &str) -> Result<(), PlanError> {
    let mut found = false;
    let renamed = table.constraints().map(|mut constraint| {
        if constraint.name() == Some(from) {
            found = true;
            let name = match &mut constraint {
                Constraint::PrimaryKey(c) => &mut c.name,
                Constraint::ForeignKey(c) => &mut c.name,
                Constraint::Unique(c) => &mut c.name,
                Constraint::Check(c) => &mut c.name,
                Constraint::Exclude(c) => &mut c.name,
            };
            *name = Some(to.to_owned());
        }
        constraint
    });
    let renamed: Vec<_> = renamed.collect();
    set_constraints(table, renamed);
    let missing = PlanError::Missing { table: table.name.clone(), object: format!("constraint `{from}`") };
    if found { Ok(()) } else { Err(missing) }
}

fn set_constraints(table: &mut Table, constraints: Vec<Constraint>) {
    table.primary_key = None;
    table.foreign_keys.clear();
    table.uniques.clear();
    table.checks.clear();
    table.excludes.clear();
    for constraint in constraints {
        table.add_constraint(constraint);
    }
}
