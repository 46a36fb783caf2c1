//! Operations as PostgreSQL is to run them.

use limbeck_schema::{ObjectReference, Operation, QualifiedName};

use super::enum_change;

/// The operations without what is in vain: privileges and owners go with their object when it is dropped later, though
/// the way back must say them.
pub(crate) fn plan(operations: Vec<Operation>) -> Vec<Operation> {
    let is_in_vain = |(at, operation): (usize, &Operation)| {
        let object = match operation {
            Operation::AlterGrants { on, to, .. } if to.is_empty() => on,
            Operation::SetOwner { of, to: None, .. } => of,
            _ => return false,
        };
        operations.iter().skip(at + 1).any(|later| drops(later, object))
    };
    let vain: Vec<bool> = operations.iter().enumerate().map(is_in_vain).collect();
    let kept = operations.into_iter().zip(vain).filter(|(_, vain)| !vain).map(|(operation, _)| operation);
    enum_change::plan(kept.collect())
}

/// Whether the operation drops the object, or what it is a part of.
fn drops(operation: &Operation, object: &ObjectReference) -> bool {
    use ObjectReference as Object;
    let is_relation = |name: &QualifiedName| match object {
        Object::Table(table) | Object::Column(table, _) => table == name,
        _ => false,
    };
    let is_type = |name: &QualifiedName| matches!(object, Object::Type(of) if of == name);
    match operation {
        Operation::DropTable(table) => is_relation(&table.name),
        Operation::DropColumn { table, column } => {
            *object == Object::Column(table.clone(), column.name.clone())
        }
        Operation::DropEntity(entity) => {
            *object == Object::Entity(entity.id.clone())
                || (is_relation(&entity.id.name) && entity.id.kind.is_relation())
        }
        Operation::DropEnum(dropped) => is_type(&dropped.name),
        Operation::DropDomain(dropped) => is_type(&dropped.name),
        Operation::DropComposite(dropped) => is_type(&dropped.name),
        Operation::DropSequence(dropped) => *object == Object::Sequence(dropped.name.clone()),
        Operation::DropSchema(dropped) => *object == Object::Schema(dropped.name.clone()),
        _ => false,
    }
}
