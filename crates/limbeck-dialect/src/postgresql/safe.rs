//! Operations in shapes that keep readers and writers of large tables going.
//!
//! A lock is held until its transaction ends, so what reads a whole table must not share a transaction with what locks
//! others out of it. That makes several transactions of one script, which is no longer all or nothing: a run that dies
//! between them goes on where it stopped.
//!
//! - A foreign key or CHECK is added NOT VALID, which reads no rows, and validated at the end under a lock that writers
//!   do not notice (PostgreSQL docs, "ALTER TABLE", ADD table_constraint).
//! - An index is built, and dropped, CONCURRENTLY (PostgreSQL docs, "CREATE INDEX", "DROP INDEX").
//! - A primary key or unique constraint takes over an index that was built CONCURRENTLY ("ADD table_constraint_using_index").
//! - SET NOT NULL follows a validated CHECK, which saves it the reading (PostgreSQL docs, "ALTER TABLE", SET NOT NULL).
//!
//! Tables that the same operations create have no rows and stay as they are. So do partitioned tables, of which
//! PostgreSQL refuses most of this, and a key that replaces another, which must not be missing for a moment.

use std::collections::BTreeSet;

use limbeck_schema::{
    Column, Constraint, Index, IndexElement, MetaData, Operation, QualifiedName, TypeDependents, shorten,
};

use super::constraint::validate;
use super::{DIALECT, alter_column, comment, create_index, identifier, index_name, qualified, render};
use crate::{RenderError, Statement, clause};

/// The statements of the operations, grouped by the transactions they are to run in.
pub(crate) fn render_in_transactions(
    operations: &[Operation],
    before: &MetaData,
    after: &MetaData,
) -> Result<Vec<Vec<Statement>>, RenderError> {
    let around = Surroundings::of(operations, before, after);
    let mut transactions = Transactions::default();
    for operation in operations {
        match shape(operation, &around) {
            None => transactions.current.extend(render(operation)?),
            Some(shape) => transactions.add(&shape)?,
        }
    }
    Ok(transactions.finish())
}

/// The operations among them that have no such shape and hold their locks as long as ever.
pub(crate) fn without_safe_shape(
    operations: &[Operation],
    before: &MetaData,
    after: &MetaData,
) -> Vec<Operation> {
    let around = Surroundings::of(operations, before, after);
    operations.iter().filter(|operation| shape(operation, &around).is_none()).cloned().collect()
}

/// How an operation is taken apart.
enum Shape<'a> {
    /// A foreign key or CHECK, to be validated at the end.
    NotValid(&'a QualifiedName, Constraint),
    /// A constraint that is only validated.
    Validate(&'a QualifiedName, &'a str),
    /// An index built concurrently.
    Build(&'a QualifiedName, &'a Index),
    /// An index dropped concurrently.
    Drop(&'a QualifiedName, &'a Index),
    /// An index that stands aside until the one that takes its name is built.
    StandAside(&'a QualifiedName, &'a str),
    /// A primary key or unique constraint that takes over an index.
    Key(&'a QualifiedName, &'a Constraint, Index),
    /// A column that is added and filled.
    AddColumn(&'a QualifiedName, &'a Column),
    /// A column that becomes NOT NULL.
    NotNull(&'a QualifiedName, &'a Column, &'a Column),
}

fn shape<'a>(operation: &'a Operation, around: &Surroundings<'a>) -> Option<Shape<'a>> {
    match operation {
        Operation::AddConstraint { table, constraint } if around.has_rows(table) => match constraint {
            Constraint::ForeignKey(fk) if !fk.not_valid && fk.name.is_some() => {
                let unchecked = limbeck_schema::ForeignKey { not_valid: true, ..fk.clone() };
                Some(Shape::NotValid(table, Constraint::ForeignKey(unchecked)))
            }
            Constraint::Check(check) if !check.not_valid && check.name.is_some() => {
                let unchecked = limbeck_schema::CheckConstraint { not_valid: true, ..check.clone() };
                Some(Shape::NotValid(table, Constraint::Check(unchecked)))
            }
            _ if around.dropped_constraints.contains(&(table, constraint.name()?)) => None,
            _ => key_index(constraint).map(|index| Shape::Key(table, constraint, index)),
        },
        Operation::AlterConstraint { table, from, to }
            if from.is_not_valid() && **to == from.as_ref().clone().validated() =>
        {
            Some(Shape::Validate(table, to.name()?))
        }
        Operation::CreateIndex { table, index } if around.has_rows(table) => Some(Shape::Build(table, index)),
        Operation::DropIndex { table, index } if around.has_rows(table) => {
            let name = index.name.as_deref()?;
            if !around.created_indexes.contains(&(table, name)) {
                return Some(Shape::Drop(table, index));
            }
            // A foreign key may come to depend on either of two unique indexes. Under a change of a column none can stay.
            (!index.unique && !around.changed_columns.contains(table))
                .then_some(Shape::StandAside(table, name))
        }
        Operation::AddColumn { table, column }
            if around.has_rows(table) && alter_column::must_fill(column) =>
        {
            Some(Shape::AddColumn(table, column))
        }
        Operation::AlterColumn { table, from, to } if around.has_rows(table) => {
            let becomes_not_null =
                from.nullable && !to.nullable && !alter_column::must_be_recreated(from, to);
            becomes_not_null.then_some(Shape::NotNull(table, from, to))
        }
        _ => None,
    }
}

/// The index that a key can take over; it has the key's name.
fn key_index(constraint: &Constraint) -> Option<Index> {
    let (columns, include, nulls_not_distinct) = match constraint {
        Constraint::PrimaryKey(pk) => (&pk.columns, &pk.include, false),
        Constraint::Unique(unique) => (&unique.columns, &unique.include, unique.nulls_not_distinct),
        _ => return None,
    };
    Some(Index {
        name: Some(constraint.name()?.to_owned()),
        elements: columns.iter().map(IndexElement::column).collect(),
        unique: true,
        include: include.clone(),
        nulls_not_distinct,
        ..Index::default()
    })
}

/// What else happens in the same operations.
struct Surroundings<'a> {
    created: BTreeSet<&'a QualifiedName>,
    partitioned: BTreeSet<&'a QualifiedName>,
    dropped_constraints: BTreeSet<(&'a QualifiedName, &'a str)>,
    created_indexes: BTreeSet<(&'a QualifiedName, &'a str)>,
    changed_columns: BTreeSet<&'a QualifiedName>,
}

impl<'a> Surroundings<'a> {
    fn of(operations: &'a [Operation], before: &'a MetaData, after: &'a MetaData) -> Self {
        let tables = before.tables.iter().chain(&after.tables);
        let partitioned = tables.filter(|table| table.options.postgresql.partition_by.is_some());
        let mut found = Self {
            created: BTreeSet::new(),
            partitioned: partitioned.map(|table| &table.name).collect(),
            dropped_constraints: BTreeSet::new(),
            created_indexes: BTreeSet::new(),
            changed_columns: BTreeSet::new(),
        };
        for operation in operations {
            match operation {
                Operation::CreateTable(table) => {
                    found.created.insert(&table.name);
                }
                Operation::DropConstraint { table, constraint } => {
                    found.dropped_constraints.extend(constraint.name().map(|name| (table, name)));
                }
                Operation::CreateIndex { table, index } => {
                    found.created_indexes.extend(index.name.as_deref().map(|name| (table, name)));
                }
                Operation::AddColumn { table, .. }
                | Operation::AlterColumn { table, .. }
                | Operation::DropColumn { table, .. } => {
                    found.changed_columns.insert(table);
                }
                // The columns may be of any table.
                Operation::AlterEnum(change) => found.carries(&change.dependents),
                Operation::AlterDomain(change) => found.carries(&change.dependents),
                Operation::AlterComposite(change) => found.carries(&change.dependents),
                _ => {}
            }
        }
        found
    }

    fn carries(&mut self, dependents: &'a TypeDependents) {
        self.changed_columns.extend(dependents.columns.iter().map(|column| &column.reference.table));
    }

    fn has_rows(&self, table: &QualifiedName) -> bool {
        !self.created.contains(table) && !self.partitioned.contains(table)
    }
}

/// Statements in the order they run, by transaction.
#[derive(Default)]
struct Transactions {
    committed: Vec<Vec<Statement>>,
    current: Vec<Statement>,
    /// What waits for the end, each in a transaction of its own.
    last: Vec<Statement>,
}

impl Transactions {
    fn commit(&mut self) {
        if !self.current.is_empty() {
            self.committed.push(std::mem::take(&mut self.current));
        }
    }

    fn alone(&mut self, statement: Statement) {
        self.commit();
        self.committed.push(vec![statement]);
    }

    fn finish(mut self) -> Vec<Vec<Statement>> {
        self.commit();
        self.committed.extend(self.last.into_iter().map(|statement| vec![statement]));
        self.committed
    }

    fn add(&mut self, shape: &Shape<'_>) -> Result<(), RenderError> {
        match shape {
            Shape::NotValid(table, constraint) => {
                let (table, constraint) = ((*table).clone(), constraint.clone());
                let validate = validate(&table, constraint.name().unwrap_or_default());
                self.current.extend(render(&Operation::AddConstraint { table, constraint })?);
                self.last.push(validate);
            }
            Shape::Validate(table, name) => self.last.push(validate(table, name)),
            Shape::Build(table, index) => self.build(table, index)?,
            Shape::Drop(table, index) => {
                let name = qualified(&index_name(table, index)?);
                // One that had been dropped when the run died is no error when it goes on.
                self.alone(Statement::new(format!("DROP INDEX CONCURRENTLY IF EXISTS {name}")));
            }
            Shape::StandAside(table, name) => {
                let aside = table.with_name(shorten(&format!("{name}_replaced")));
                let rename = format!(
                    "ALTER INDEX {} RENAME TO {}",
                    qualified(&table.with_name(*name)),
                    identifier(&aside.name)
                );
                self.current.push(Statement::new(rename));
                let drop = format!("DROP INDEX CONCURRENTLY IF EXISTS {}", qualified(&aside));
                self.last.push(Statement::new(drop));
            }
            Shape::Key(table, constraint, index) => {
                self.build(table, index)?;
                let add = clause::constraint_using_index(DIALECT, constraint)
                    .map(|clause| Statement::new(format!("ALTER TABLE {} ADD {clause}", qualified(table))));
                self.current.extend(add);
                self.current.extend(comment::on_new_constraint(table, constraint)?);
            }
            Shape::AddColumn(table, column) => {
                let nullable = Column { nullable: true, backfill: None, ..(*column).clone() };
                self.current.extend(alter_column::add(table, &nullable)?);
                self.alone(alter_column::fill(table, column));
                if !column.nullable {
                    self.set_not_null(table, &column.name);
                }
            }
            Shape::NotNull(table, from, to) => {
                // An identity needs the NOT NULL before it.
                let nullable = Column { nullable: true, identity: from.identity.clone(), ..(*to).clone() };
                self.current.extend(alter_column::alter(table, from, &nullable)?);
                self.alone(alter_column::fill(table, to));
                self.set_not_null(table, &to.name);
                let not_null = Column { nullable: false, ..nullable };
                self.current.extend(alter_column::alter(table, &not_null, to)?);
            }
        }
        Ok(())
    }

    fn build(&mut self, table: &QualifiedName, index: &Index) -> Result<(), RenderError> {
        let mut statements = create_index(table, index, true)?.into_iter();
        if let Some(create) = statements.next() {
            self.alone(create);
        }
        self.current.extend(statements);
        Ok(())
    }

    fn set_not_null(&mut self, table: &QualifiedName, column: &str) {
        let check = shorten(&format!("ck_{}_{column}_not_null", table.name));
        let (owner, name) = (qualified(table), identifier(column));
        let quoted = identifier(&check);
        let add = format!("ALTER TABLE {owner} ADD CONSTRAINT {quoted} CHECK ({name} IS NOT NULL) NOT VALID");
        self.alone(Statement::new(add));
        self.alone(validate(table, &check));
        let set = format!(
            "ALTER TABLE {owner}\n    ALTER COLUMN {name} SET NOT NULL,\n    DROP CONSTRAINT {quoted}"
        );
        self.current.push(Statement::new(set));
    }
}
