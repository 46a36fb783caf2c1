//! Tables that call functions which are dropped and made anew: no function goes while a default, condition or index calls
//! it (PostgreSQL docs, "Dependency Tracking").

use std::collections::BTreeSet;

use limbeck_schema::{
    Column, Constraint, Dialect, EntityId, EntityKind, Expression, Index, IndexTarget, MetaData,
    ObjectReference, Operation, QualifiedName, Table,
};

use crate::identifiers::function_names;

/// What is taken off such tables, and put on again.
#[derive(Default)]
pub(super) struct Callers {
    pub(super) taken_off: Vec<Operation>,
    pub(super) put_on: Vec<Operation>,
}

/// What of the tables calls functions in `rebuilt`, and does not change by other operations.
pub(super) fn callers(
    dialect: Dialect,
    from: &MetaData,
    common: &[(&Table, &Table)],
    changed: &[Operation],
    rebuilt: &BTreeSet<EntityId>,
) -> Callers {
    let is_called = |id: &&EntityId| matches!(id.kind, EntityKind::Function | EntityKind::Aggregate);
    let functions: BTreeSet<&str> =
        rebuilt.iter().filter(is_called).map(|id| id.name.name.as_str()).collect();
    let mut callers = Callers::default();
    if functions.is_empty() || dialect != Dialect::Postgresql {
        return callers;
    }
    let calls = |text: &Expression| {
        let sql = text.for_dialect(dialect);
        function_names(dialect, sql).iter().any(|name| functions.contains(name.as_str()))
    };
    for (old, new) in common.iter().filter(|(old, _)| may_call(from, &old.name, rebuilt)) {
        let table = &new.name;
        let default_calls = |column: &Column| column.server_default.as_ref().is_some_and(calls);
        for column in old.columns.iter().filter(|column| default_calls(column)) {
            let stays = new.column(&column.name).is_some_and(default_calls);
            if stays && !changed.iter().any(|operation| is_on_column(operation, table, &column.name)) {
                let bare = Box::new(Column { server_default: None, ..column.clone() });
                let (table, whole) = (table.clone(), Box::new(column.clone()));
                let off = Operation::AlterColumn { table, from: whole, to: bare };
                callers.put_on.push(off.reverse());
                callers.taken_off.push(off);
            }
        }
        for check in old.checks.iter().filter(|check| calls(&check.expression) && new.checks.contains(check))
        {
            let constraint = Constraint::Check(check.clone());
            callers.note(Operation::DropConstraint { table: table.clone(), constraint });
        }
        let index_calls = |index: &Index| {
            index.predicate.as_ref().is_some_and(calls)
                || index.elements.iter().any(|element| match &element.target {
                    IndexTarget::Column(_) => false,
                    IndexTarget::Expression(expression) => calls(expression),
                })
        };
        for index in old.indexes.iter().filter(|index| index_calls(index) && new.indexes.contains(index)) {
            callers.note(Operation::DropIndex { table: table.clone(), index: index.clone() });
        }
    }
    // What other operations renew anyway, is theirs.
    let known = |operation: &Operation| changed.contains(operation);
    callers.put_on.retain(|operation| !known(&operation.reverse()));
    callers.taken_off.retain(|operation| !known(operation));
    callers
}

impl Callers {
    fn note(&mut self, off: Operation) {
        self.put_on.push(off.reverse());
        self.taken_off.push(off);
    }
}

/// Whether something of the table calls one of the functions; where nothing is known of the like, it may.
fn may_call(from: &MetaData, table: &QualifiedName, rebuilt: &BTreeSet<EntityId>) -> bool {
    let is_of_table = |object: &ObjectReference| match object {
        ObjectReference::Table(name)
        | ObjectReference::Column(name, _)
        | ObjectReference::Constraint(name, _) => name == table,
        _ => false,
    };
    let is_on_them = |object: &ObjectReference| match object {
        ObjectReference::Entity(id) => rebuilt.contains(id),
        _ => false,
    };
    from.dependencies.is_empty()
        || from.dependencies.iter().any(|known| is_of_table(&known.of) && is_on_them(&known.on))
}

fn is_on_column(operation: &Operation, table: &QualifiedName, column: &str) -> bool {
    match operation {
        Operation::AlterColumn { table: of, to: changed, .. }
        | Operation::AddColumn { table: of, column: changed }
        | Operation::DropColumn { table: of, column: changed } => of == table && changed.name == column,
        _ => false,
    }
}
