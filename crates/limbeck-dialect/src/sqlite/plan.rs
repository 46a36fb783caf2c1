//! What ALTER TABLE can do stays as it is; everything else on a table becomes one rebuild.

use std::collections::BTreeMap;

use limbeck_schema::{
    Constraint, Entity, EntityKind, Index, MetaData, Operation, QualifiedName, Table, TableRebuild,
};

use super::{apply, rename, table};
use crate::PlanError;

/// The operations in the form in which SQLite can run them.
///
/// A rebuild stands where the last operation on its table stood, but behind all renames: it speaks of every table and
/// column by the name after them, and its way back comes before their way back. It leads to what the operations say,
/// not to the schema after: some changes may have been left out on purpose.
pub(crate) fn plan(
    operations: Vec<Operation>,
    before: &MetaData,
    after: &MetaData,
) -> Result<Vec<Operation>, PlanError> {
    let mut history = History::new(before);
    for (at, operation) in operations.iter().enumerate() {
        history.follow(at, operation)?;
    }
    let mut planned = Vec::new();
    for (at, operation) in operations.iter().enumerate() {
        planned.extend(history.planned(at, operation, &operations)?);
        for table in history.tables.iter().filter(|t| history.place_of_rebuild(t) == Some(at)) {
            planned.push(table.rebuild(at, after)?);
        }
    }
    Ok(planned)
}

/// One table from before the operations to after them.
struct TableHistory {
    /// Its name at the moment.
    name: QualifiedName,
    /// The table before, under the names that it and others have after all renames.
    from: Option<Table>,
    /// The table as the operations so far have made it.
    to: Option<Table>,
    /// The triggers on it, with the places of the operations that make and drop them.
    triggers: Vec<TriggerHistory>,
    created: bool,
    dropped: bool,
    /// Whether ALTER TABLE can do all that is done to it.
    native: bool,
    /// A name that one column got while another still had it.
    name_taken: Option<String>,
    /// The operations on it, by their place.
    operations: Vec<usize>,
}

impl TableHistory {
    fn of(name: &QualifiedName, table: Option<&Table>) -> Self {
        Self {
            name: name.clone(),
            from: table.cloned(),
            to: table.cloned(),
            triggers: Vec::new(),
            created: false,
            dropped: false,
            native: true,
            name_taken: None,
            operations: Vec::new(),
        }
    }
}

/// A trigger, and while which operations it is there.
struct TriggerHistory {
    trigger: Entity,
    created: Option<usize>,
    dropped: Option<usize>,
}

impl TriggerHistory {
    fn is_there(&self, at: usize) -> bool {
        self.created.is_none_or(|created| created <= at) && self.dropped.is_none_or(|dropped| dropped > at)
    }
}

/// All tables, those that are gone included.
struct History {
    tables: Vec<TableHistory>,
    /// The place of an operation, and of its table among the tables.
    owners: BTreeMap<usize, usize>,
    /// The place of the last rename of a table or column.
    last_rename: Option<usize>,
}

impl History {
    fn new(before: &MetaData) -> Self {
        let mut tables: Vec<_> =
            before.tables.iter().map(|table| TableHistory::of(&table.name, Some(table))).collect();
        for table in &mut tables {
            let is_on = |entity: &&Entity| {
                entity.id.kind == EntityKind::Trigger && entity.id.on.as_ref() == Some(&table.name)
            };
            let triggers = before.entities.iter().filter(is_on).cloned();
            table.triggers =
                triggers.map(|trigger| TriggerHistory { trigger, created: None, dropped: None }).collect();
        }
        Self { tables, owners: BTreeMap::new(), last_rename: None }
    }

    /// The table that has the name now.
    fn current(&mut self, name: &QualifiedName) -> usize {
        let found = self.tables.iter().rposition(|t| t.name == *name && !t.dropped);
        found.unwrap_or_else(|| {
            self.tables.push(TableHistory::of(name, None));
            self.tables.len() - 1
        })
    }

    fn follow(&mut self, at: usize, operation: &Operation) -> Result<(), PlanError> {
        if let Operation::CreateTable(table) = operation {
            let mut created = TableHistory::of(&table.name, None);
            created.to = Some((**table).clone());
            created.created = true;
            self.tables.push(created);
        }
        self.follow_trigger(at, operation);
        let Some(name) = subject(operation) else { return Ok(()) };
        let current = self.current(name);
        let Some(history) = self.tables.get_mut(current) else { return Ok(()) };
        history.operations.push(at);
        self.owners.insert(at, current);
        if is_rename(operation) {
            self.last_rename = Some(at);
        }
        match operation {
            Operation::CreateTable(_) => {}
            Operation::DropTable(_) => history.dropped = true,
            Operation::RenameTable { name, to } => {
                history.name = name.with_name(to);
                for history in &mut self.tables {
                    rename::table_everywhere(history.schemas(), name, to);
                    for trigger in &mut history.triggers {
                        rename::table_in_trigger(&mut trigger.trigger, name, to);
                    }
                }
            }
            Operation::RenameColumn { table, from, to } => {
                let mut columns = history.from.iter().flat_map(|t| &t.columns);
                if columns.any(|c| c.name != *from && c.name.eq_ignore_ascii_case(to)) {
                    history.name_taken = Some(to.clone());
                }
                let others = self.tables.iter().filter(|t| t.name != *table && t.has_column(from));
                let others: Vec<_> = others.map(|t| t.name.name.clone()).collect();
                for history in &mut self.tables {
                    for trigger in &mut history.triggers {
                        rename::column_in_trigger(&mut trigger.trigger, table, from, to, &others);
                    }
                    rename::column_everywhere(history.schemas(), table, from, to);
                }
            }
            // An index is no part of the CREATE TABLE that folds its other operations.
            Operation::CreateIndex { .. } | Operation::DropIndex { .. } if history.created => {}
            other => {
                history.native &= is_native(history.to.as_ref(), other);
                if let Some(to) = &mut history.to {
                    apply::apply(to, other)?;
                }
            }
        }
        Ok(())
    }

    fn follow_trigger(&mut self, at: usize, operation: &Operation) {
        let (Operation::CreateEntity(entity) | Operation::DropEntity(entity)) = operation else { return };
        let on = entity.id.on.as_ref().filter(|_| entity.id.kind == EntityKind::Trigger);
        let Some(table) = self.tables.iter_mut().find(|table| Some(&table.name) == on && !table.dropped)
        else {
            return;
        };
        if matches!(operation, Operation::CreateEntity(_)) {
            let trigger = (**entity).clone();
            table.triggers.push(TriggerHistory { trigger, created: Some(at), dropped: None });
        } else {
            let is_it = |known: &&mut TriggerHistory| {
                known.trigger.id.name == entity.id.name && known.dropped.is_none()
            };
            table.triggers.iter_mut().filter(is_it).for_each(|known| known.dropped = Some(at));
        }
    }

    /// What is to be done in the place of an operation, apart from rebuilds.
    fn planned(
        &self,
        at: usize,
        operation: &Operation,
        operations: &[Operation],
    ) -> Result<Vec<Operation>, PlanError> {
        let keep = vec![operation.clone()];
        let Some(history) = self.owners.get(&at).and_then(|owner| self.tables.get(*owner)) else {
            return Ok(keep);
        };
        let is_index = matches!(operation, Operation::CreateIndex { .. } | Operation::DropIndex { .. });
        Ok(match operation {
            Operation::CreateTable(_) => {
                let table = history.to.clone();
                table.map(|t| Operation::CreateTable(Box::new(t))).into_iter().collect()
            }
            Operation::DropTable(table) => vec![drop_table(table, history, operations)],
            operation if is_rename(operation) => keep,
            _ if history.created || history.dropped => {
                if is_index {
                    keep
                } else {
                    Vec::new()
                }
            }
            // The rebuild drops it, but perhaps too late for another table's index of the name.
            Operation::DropIndex { index, .. }
                if !history.native && self.takes_name(at, index, operations) =>
            {
                keep
            }
            _ if !history.native => Vec::new(),
            Operation::RenameIndex { table, from, to } => rename_index(table, from, to, history)?,
            _ => keep,
        })
    }

    /// Whether another table gets an index of that name.
    fn takes_name(&self, at: usize, index: &Index, operations: &[Operation]) -> bool {
        let is_meant = |other: &Index| match (&other.name, &index.name) {
            (Some(other), Some(name)) => other.eq_ignore_ascii_case(name),
            _ => false,
        };
        operations.iter().enumerate().skip(at).any(|(place, operation)| match operation {
            Operation::CreateTable(table) => table.indexes.iter().any(is_meant),
            Operation::CreateIndex { index, .. } => {
                self.owners.get(&place) != self.owners.get(&at) && is_meant(index)
            }
            _ => false,
        })
    }

    /// Behind which operation the rebuild of a table stands, if it needs one.
    fn place_of_rebuild(&self, table: &TableHistory) -> Option<usize> {
        let needed = !table.native && !table.created && !table.dropped;
        table.operations.last().copied().max(self.last_rename).filter(|_| needed)
    }
}

fn is_rename(operation: &Operation) -> bool {
    matches!(operation, Operation::RenameTable { .. } | Operation::RenameColumn { .. })
}

impl TableHistory {
    fn has_column(&self, name: &str) -> bool {
        self.from.iter().flat_map(|t| &t.columns).any(|c| c.name.eq_ignore_ascii_case(name))
    }

    fn schemas(&mut self) -> impl Iterator<Item = &mut Table> {
        self.from.iter_mut().chain(&mut self.to)
    }

    fn rebuild(&self, at: usize, after: &MetaData) -> Result<Operation, PlanError> {
        let (Some(from), Some(to)) = (&self.from, &self.to) else {
            return Err(PlanError::UnknownTable { table: self.name.clone() });
        };
        if let Some(column) = &self.name_taken {
            return Err(PlanError::NameTaken { table: self.name.clone(), column: column.clone() });
        }
        let mut to = to.clone();
        if let Some(declared) = after.find_table(&to.name) {
            // New columns then stand where the model has them; those it does not have stay behind.
            let place = |name: &str| declared.columns.iter().position(|c| c.name == name);
            to.columns.sort_by_key(|c| place(&c.name).unwrap_or(usize::MAX));
            for column in &mut to.columns {
                let declared = declared.column(&column.name);
                column.renamed_values = declared.map(|c| c.renamed_values.clone()).unwrap_or_default();
            }
        }
        Ok(Operation::RebuildTable(Box::new(TableRebuild {
            from: from.clone(),
            to,
            triggers: self
                .triggers
                .iter()
                .filter(|known| known.is_there(at))
                .map(|known| known.trigger.clone())
                .collect(),
        })))
    }
}

/// The table that an operation is on.
fn subject(operation: &Operation) -> Option<&QualifiedName> {
    match operation {
        Operation::CreateTable(table) | Operation::DropTable(table) => Some(&table.name),
        Operation::RenameTable { name, .. } => Some(name),
        Operation::AlterTableOptions { table, .. }
        | Operation::AddColumn { table, .. }
        | Operation::DropColumn { table, .. }
        | Operation::RenameColumn { table, .. }
        | Operation::AlterColumn { table, .. }
        | Operation::AddConstraint { table, .. }
        | Operation::DropConstraint { table, .. }
        | Operation::AlterConstraint { table, .. }
        | Operation::RenameConstraint { table, .. }
        | Operation::CreateIndex { table, .. }
        | Operation::DropIndex { table, .. }
        | Operation::RenameIndex { table, .. } => Some(table),
        _ => None,
    }
}

/// Whether ALTER TABLE can do it to the table as it is then.
fn is_native(state: Option<&Table>, operation: &Operation) -> bool {
    match operation {
        Operation::AddColumn { column, .. } => table::can_add(column),
        Operation::DropColumn { column, .. } => {
            state.is_some_and(|table| !apply::is_used(table, &column.name))
        }
        Operation::CreateIndex { .. } | Operation::DropIndex { .. } | Operation::RenameIndex { .. } => true,
        _ => false,
    }
}

/// DROP TABLE, which takes back what was dropped of the table to break a cycle: the way back must make it again.
fn drop_table(table: &Table, history: &TableHistory, operations: &[Operation]) -> Operation {
    let mut table = table.clone();
    for operation in history.operations.iter().filter_map(|at| operations.get(*at)) {
        if let Operation::DropConstraint { constraint, .. } = operation
            && !table.constraints().any(|c: Constraint| c == *constraint)
        {
            table.add_constraint(constraint.clone());
        }
    }
    Operation::DropTable(Box::new(table))
}

/// An index has no other way to a new name than to be made anew.
fn rename_index(
    table: &QualifiedName,
    from: &str,
    to: &str,
    history: &TableHistory,
) -> Result<Vec<Operation>, PlanError> {
    let indexes = history.to.iter().flat_map(|t| &t.indexes);
    let renamed = indexes.clone().find(|index| index.name.as_deref() == Some(to)).cloned();
    let missing = || PlanError::Missing { table: table.clone(), object: format!("index `{from}`") };
    let index = renamed.ok_or_else(missing)?;
    let old = limbeck_schema::Index { name: Some(from.to_owned()), ..index.clone() };
    Ok(vec![
        Operation::DropIndex { table: table.clone(), index: old },
        Operation::CreateIndex { table: table.clone(), index },
    ])
}
