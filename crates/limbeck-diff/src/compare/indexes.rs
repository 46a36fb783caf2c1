//! The indexes of a table that is there before and after.

use std::collections::BTreeSet;

use limbeck_schema::{
    CommentTarget, Dialect, Expression, Index, IndexElement, IndexTarget, Operation, Table,
};

use super::comment_change;
use super::constraints::ObjectChanges;
use super::pairing::pair;
use super::tables::{TakenNames, disturbs_expression};

/// Compares indexes, matched by name, then by content. SQLite cannot rename an index, so there a new name is a new
/// index.
pub(super) fn compare_indexes(
    dialect: Dialect,
    from: &Table,
    to: &Table,
    taken: &TakenNames<'_>,
    must_be_renewed: &dyn Fn(&Index) -> bool,
) -> ObjectChanges {
    let table = &to.name;
    let create = |index: &Index| Operation::CreateIndex { table: table.clone(), index: index.clone() };
    let drop = |index: &Index| Operation::DropIndex { table: table.clone(), index: index.clone() };
    let pairing = pair(&names(&from.indexes), &names(&to.indexes), &|old, new| match (
        from.indexes.get(old),
        to.indexes.get(new),
    ) {
        (Some(old), Some(new)) => same_content(old, new),
        _ => false,
    });
    let mut changes = ObjectChanges::default();
    changes.removed.extend(pairing.removed.iter().filter_map(|old| from.indexes.get(*old)).map(drop));
    for (old, new) in pairing.pairs {
        let (Some(old), Some(new)) = (from.indexes.get(old), to.indexes.get(new)) else { continue };
        let renamed = match (&old.name, &new.name) {
            (Some(old), Some(new)) if old != new => Some((old, new)),
            _ => None,
        };
        let renewed = !same_content(old, new) || must_be_renewed(old);
        match renamed {
            Some((old_name, new_name))
                if !renewed && dialect == Dialect::Postgresql && !taken.for_relation(table, new_name) =>
            {
                changes.renamed.push(Operation::RenameIndex {
                    table: table.clone(),
                    from: old_name.clone(),
                    to: new_name.clone(),
                });
            }
            None if !renewed => {}
            _ => {
                changes.removed.push(drop(old));
                changes.added.push(create(new));
                continue;
            }
        }
        if let Some(name) = new.name.as_ref().or(old.name.as_ref()) {
            let target = CommentTarget::Index(table.with_name(name));
            changes.comments.extend(comment_change(target, &old.comment, &new.comment));
        }
    }
    changes.added.extend(pairing.added.iter().filter_map(|new| to.indexes.get(*new)).map(create));
    changes
}

fn names(indexes: &[Index]) -> Vec<Option<&str>> {
    indexes.iter().map(|index| index.name.as_deref()).collect()
}

/// Equal in everything but name and comment.
fn same_content(left: &Index, right: &Index) -> bool {
    let Index {
        name: _,
        elements,
        unique,
        using,
        include,
        predicate,
        with,
        nulls_not_distinct,
        tablespace,
        comment: _,
    } = left;
    *elements == right.elements
        && *unique == right.unique
        && *using == right.using
        && *include == right.include
        && *predicate == right.predicate
        && *with == right.with
        && *nulls_not_distinct == right.nulls_not_distinct
        && *tablespace == right.tablespace
}

/// Whether an index stands on a column that changes in a way it cannot stay through.
pub(super) fn is_disturbed(dialect: Dialect, index: &Index, columns: &BTreeSet<String>) -> bool {
    stands_on(dialect, &index.include, index.elements.iter(), index.predicate.as_ref(), columns)
}

/// Whether what makes up an index uses one of the columns.
pub(super) fn stands_on<'a>(
    dialect: Dialect,
    include: &[String],
    mut elements: impl Iterator<Item = &'a IndexElement>,
    predicate: Option<&Expression>,
    columns: &BTreeSet<String>,
) -> bool {
    let uses = |e: &Expression| disturbs_expression(dialect, e.for_dialect(dialect), columns);
    include.iter().any(|name| columns.contains(name))
        || predicate.is_some_and(uses)
        || elements.any(|element| match &element.target {
            IndexTarget::Column(name) => columns.contains(name),
            IndexTarget::Expression(expression) => uses(expression),
        })
}
