//! What stands on a type that changes, and stays as it is.

use std::collections::BTreeSet;

use limbeck_schema::{
    Attribute, Column, ColumnReference, Constraint, Dialect, Expression, IndexElement, IndexTarget, MetaData,
    Operation, QualifiedName, Table, TypeColumn, TypeConstraint, TypeDependents, TypeIndex,
};

use super::named_types::needs_new_type;
use crate::identifiers::{mentions, possible_columns};

/// Two schemas, and what is changed between their tables by operations of its own.
pub(super) struct Surroundings<'a> {
    dialect: Dialect,
    from: &'a MetaData,
    to: &'a MetaData,
    common: &'a [(&'a Table, &'a Table)],
    /// The types of which a new one may have to be made.
    changing: &'a BTreeSet<QualifiedName>,
    dropped_constraints: BTreeSet<(&'a QualifiedName, &'a str)>,
    dropped_indexes: BTreeSet<(&'a QualifiedName, &'a str)>,
    dropped_columns: BTreeSet<(&'a QualifiedName, &'a str)>,
}

impl<'a> Surroundings<'a> {
    pub(super) fn new(
        dialect: Dialect,
        schemas: (&'a MetaData, &'a MetaData),
        common: &'a [(&'a Table, &'a Table)],
        changing: &'a BTreeSet<QualifiedName>,
        changed: &'a [Operation],
    ) -> Self {
        let (from, to) = schemas;
        let mut around = Self {
            dialect,
            from,
            to,
            common,
            changing,
            dropped_constraints: BTreeSet::new(),
            dropped_indexes: BTreeSet::new(),
            dropped_columns: BTreeSet::new(),
        };
        for operation in changed {
            match operation {
                Operation::DropConstraint { table, constraint } => {
                    around.dropped_constraints.extend(constraint.name().map(|name| (table, name)));
                }
                Operation::DropIndex { table, index } => {
                    around.dropped_indexes.extend(index.name.as_deref().map(|name| (table, name)));
                }
                Operation::DropColumn { table, column } => {
                    around.dropped_columns.insert((table, &column.name));
                }
                _ => {}
            }
        }
        around
    }

    /// The operations with the dependents of their types, where a new one may have to be made.
    pub(super) fn fill_all(&self, operations: Vec<Operation>) -> Vec<Operation> {
        operations.into_iter().map(|operation| self.fill(operation)).collect()
    }

    /// The operation with the dependents of its type, if it may have to make a new one.
    fn fill(&self, mut operation: Operation) -> Operation {
        match &mut operation {
            Operation::AlterEnum(change) => change.dependents = self.of(&change.from.name),
            Operation::AlterDomain(change) if self.changing.contains(&change.from.name) => {
                change.dependents = self.of(&change.from.name);
            }
            Operation::AlterComposite(change) if needs_new_type(change) => {
                change.dependents = self.of(&change.from.name);
            }
            _ => {}
        }
        operation
    }

    fn of(&self, name: &QualifiedName) -> TypeDependents {
        let mut dependents = TypeDependents::default();
        let mut types = BTreeSet::from([name.clone()]);
        self.add_types(&mut types, &mut dependents);
        let mut columns: BTreeSet<(&QualifiedName, &str)> = BTreeSet::new();
        for (before, after) in self.common {
            self.add_columns(before, after, &types, &mut dependents);
            let here = |c: &&Column| c.sql_type.named_type().is_some_and(|name| types.contains(name));
            columns.extend(before.columns.iter().filter(here).map(|c| (&after.name, c.name.as_str())));
        }
        for (before, after) in self.common {
            let generated: BTreeSet<&str> = dependents
                .generated
                .iter()
                .filter(|c| c.reference.table == after.name)
                .map(|c| c.definition.name.as_str())
                .collect();
            let disturbed =
                Disturbed { dialect: self.dialect, types: &types, generated: &generated, columns: &columns };
            let table = &after.name;
            let kept = before
                .constraints()
                .filter(|c| c.name().is_some_and(|name| !self.dropped_constraints.contains(&(table, name))))
                .filter(|c| disturbed.reaches_constraint(table, c))
                .map(|constraint| TypeConstraint { table: table.clone(), constraint });
            let kept: Vec<_> = kept.collect();
            let indexes = before
                .indexes
                .iter()
                .filter(|i| {
                    i.name.as_deref().is_some_and(|name| !self.dropped_indexes.contains(&(table, name)))
                })
                .filter(|i| disturbed.reaches_index(&i.include, i.elements.iter(), i.predicate.as_ref()))
                .map(|index| TypeIndex { table: table.clone(), index: index.clone() });
            let indexes: Vec<_> = indexes.collect();
            dependents.constraints.extend(kept);
            dependents.indexes.extend(indexes);
        }
        dependents
    }

    /// Domains and composite types that are built on the types and stay so, over however many others.
    fn add_types(&self, types: &mut BTreeSet<QualifiedName>, dependents: &mut TypeDependents) {
        loop {
            let known = types.len();
            for domain in &self.from.domains {
                let stays =
                    self.to.find_domain(&domain.name).is_some_and(|d| d.base_type == domain.base_type);
                if stays
                    && domain.base_type.named_type().is_some_and(|base| types.contains(base))
                    && types.insert(domain.name.clone())
                {
                    dependents.domains.push(domain.clone());
                }
            }
            for composite in &self.from.composites {
                let Some(after) = self.to.find_composite(&composite.name) else { continue };
                let stays_on_it = |a: &Attribute| {
                    a.sql_type.named_type().is_some_and(|base| types.contains(base))
                        && after.attributes.iter().any(|b| b.name == a.name && b.sql_type == a.sql_type)
                };
                if composite.attributes.iter().any(stays_on_it) && types.insert(composite.name.clone()) {
                    dependents.composites.push(composite.clone());
                }
            }
            if types.len() == known {
                return;
            }
        }
    }

    /// The columns that have one of the types before and after: one that leaves it does so before the change, one that
    /// takes it does so after.
    fn add_columns(
        &self,
        before: &Table,
        after: &Table,
        types: &BTreeSet<QualifiedName>,
        dependents: &mut TypeDependents,
    ) {
        let of_type =
            |column: &Column| column.sql_type.named_type().filter(|name| types.contains(name)).cloned();
        for column in &before.columns {
            let Some(new) = after.column(&column.name) else { continue };
            let reference = ColumnReference { table: after.name.clone(), column: column.name.clone() };
            if let Some(computed) = &column.computed
                && column.computed == new.computed
            {
                let sql = computed.expression.for_dialect(self.dialect);
                let uses = |name: &String| before.column(name).is_some_and(|c| of_type(c).is_some());
                let on_it = of_type(column).is_some()
                    || types.iter().any(|name| mentions(self.dialect, sql, &name.name))
                    || possible_columns(self.dialect, sql).iter().any(uses);
                if on_it && !self.dropped_columns.contains(&(&after.name, &column.name)) {
                    dependents.generated.push(TypeColumn { reference, definition: column.clone() });
                }
                continue;
            }
            let (Some(old_type), Some(new_type)) = (of_type(column), of_type(new)) else { continue };
            if old_type != new_type {
                continue;
            }
            let mut definition = column.clone();
            // A default that changes is taken off before the values change (`columns::alter_column`).
            if self.changing.contains(&old_type) && column.server_default != new.server_default {
                definition.server_default = None;
            }
            dependents.columns.push(TypeColumn { reference, definition });
        }
    }
}

/// What cannot stay while types are replaced.
struct Disturbed<'a> {
    dialect: Dialect,
    types: &'a BTreeSet<QualifiedName>,
    /// Generated columns of the table that are made anew.
    generated: &'a BTreeSet<&'a str>,
    /// All columns that are converted.
    columns: &'a BTreeSet<(&'a QualifiedName, &'a str)>,
}

impl Disturbed<'_> {
    fn reaches_constraint(&self, table: &QualifiedName, constraint: &Constraint) -> bool {
        let generated = |columns: &[String]| columns.iter().any(|c| self.generated.contains(c.as_str()));
        match constraint {
            Constraint::PrimaryKey(pk) => generated(&pk.columns) || generated(&pk.include),
            Constraint::Unique(unique) => generated(&unique.columns) || generated(&unique.include),
            Constraint::Check(check) => self.reaches(&check.expression),
            Constraint::Exclude(exclude) => self.reaches_index(
                &exclude.include,
                exclude.elements.iter().map(|e| &e.element),
                exclude.predicate.as_ref(),
            ),
            // Its two ends cannot be converted at once.
            Constraint::ForeignKey(fk) => {
                let any = |table, columns: &[String]| {
                    columns.iter().any(|c| self.columns.contains(&(table, c.as_str())))
                };
                generated(&fk.columns)
                    || any(table, &fk.columns)
                    || any(&fk.referred_table, &fk.referred_columns)
            }
        }
    }

    fn reaches_index<'e>(
        &self,
        include: &[String],
        mut elements: impl Iterator<Item = &'e IndexElement>,
        predicate: Option<&Expression>,
    ) -> bool {
        include.iter().any(|c| self.generated.contains(c.as_str()))
            || predicate.is_some_and(|p| self.reaches(p))
            || elements.any(|element| match &element.target {
                IndexTarget::Column(name) => self.generated.contains(name.as_str()),
                IndexTarget::Expression(expression) => self.reaches(expression),
            })
    }

    fn reaches(&self, expression: &Expression) -> bool {
        let sql = expression.for_dialect(self.dialect);
        self.types.iter().any(|name| mentions(self.dialect, sql, &name.name))
            || (!self.generated.is_empty()
                && possible_columns(self.dialect, sql).iter().any(|c| self.generated.contains(c.as_str())))
    }
}
