//! The constraints of a table that is there before and after.

use std::collections::BTreeSet;

use limbeck_schema::{
    CheckConstraint, CommentTarget, Constraint, Dialect, ExcludeConstraint, ForeignKey, Operation,
    PrimaryKey, Table, UniqueConstraint,
};

use super::pairing::pair;
use super::tables::{TakenNames, disturbs_expression};
use super::{comment_change, indexes};

/// The operations on constraints or indexes, by the place they have in the order a person reads.
#[derive(Default)]
pub(super) struct ObjectChanges {
    pub(super) removed: Vec<Operation>,
    pub(super) renamed: Vec<Operation>,
    pub(super) added: Vec<Operation>,
    pub(super) comments: Vec<Operation>,
}

impl ObjectChanges {
    pub(super) fn append(&mut self, other: ObjectChanges) {
        self.removed.extend(other.removed);
        self.renamed.extend(other.renamed);
        self.added.extend(other.added);
        self.comments.extend(other.comments);
    }
}

/// Compares the constraints of one kind.
///
/// They are matched by name, then by content. One without a name is the same as the one with its content under any
/// name: SQLite keeps constraints unnamed that were declared so, and rebuilding a user's table for a name alone would
/// be no gain. Two different names are a rename, unless another object has the new one.
pub(super) fn compare_constraints(
    dialect: Dialect,
    table: (&Table, &Table),
    kind: (&[Constraint], &[Constraint]),
    taken: &TakenNames<'_>,
    must_be_renewed: &dyn Fn(&Constraint) -> bool,
) -> ObjectChanges {
    let (table_before, table_after) = table;
    let (from, to) = kind;
    let pairing = pair(&names(from), &names(to), &|old, new| match (from.get(old), to.get(new)) {
        (Some(old), Some(new)) => same_content(old, new),
        _ => false,
    });

    let name = &table_after.name;
    let add = |c: &Constraint| Operation::AddConstraint { table: name.clone(), constraint: c.clone() };
    let drop = |c: &Constraint| Operation::DropConstraint { table: name.clone(), constraint: c.clone() };
    let mut changes = ObjectChanges::default();
    changes.removed.extend(pairing.removed.iter().filter_map(|old| from.get(*old)).map(drop));
    for (old, new) in pairing.pairs {
        let (Some(old), Some(new)) = (from.get(old), to.get(new)) else { continue };
        let renamed = match (old.name(), new.name()) {
            (Some(old), Some(new)) if old != new => Some((old, new)),
            _ => None,
        };
        let renewed = !same_content(old, new) || must_be_renewed(old);
        let renamable = |new_name| !taken.for_constraint(table_before, new, new_name);
        match renamed {
            Some((old_name, new_name)) if !renewed && renamable(new_name) => {
                changes.renamed.push(Operation::RenameConstraint {
                    table: name.clone(),
                    from: old_name.to_owned(),
                    to: new_name.to_owned(),
                });
            }
            None if !renewed => {}
            None if !must_be_renewed(old) && can_be_altered(dialect, old, new) => {
                // The comment is a change of its own.
                let to = with_comment(new.clone(), old.comment());
                let (table, from) = (name.clone(), Box::new(old.clone()));
                changes.added.push(Operation::AlterConstraint { table, from, to: Box::new(to) });
            }
            _ => {
                changes.removed.push(drop(old));
                changes.added.push(add(new));
                continue;
            }
        }
        if let Some(known) = new.name().or(old.name()) {
            let target = CommentTarget::Constraint { table: name.clone(), name: known.to_owned() };
            let comment = |c: &Constraint| c.comment().map(str::to_owned);
            changes.comments.extend(comment_change(target, &comment(old), &comment(new)));
        }
    }
    changes.added.extend(pairing.added.iter().filter_map(|new| to.get(*new)).map(add));
    changes
}

/// Whether the constraint stays, and only what PostgreSQL can change of one differs: that it is not known to be met by all
/// rows, and when a foreign key is checked (PostgreSQL docs, "ALTER TABLE").
fn can_be_altered(dialect: Dialect, old: &Constraint, new: &Constraint) -> bool {
    let same_besides = match (old, new) {
        (Constraint::ForeignKey(old), Constraint::ForeignKey(new)) => {
            let new = ForeignKey { deferrable: old.deferrable, not_valid: old.not_valid, ..new.clone() };
            same_content(&Constraint::ForeignKey(old.clone()), &Constraint::ForeignKey(new))
        }
        (Constraint::Check(old), Constraint::Check(new)) => {
            let new = CheckConstraint { not_valid: old.not_valid, ..new.clone() };
            same_content(&Constraint::Check(old.clone()), &Constraint::Check(new))
        }
        _ => false,
    };
    dialect == Dialect::Postgresql && old.name().is_some() && old.name() == new.name() && same_besides
}

fn with_comment(mut constraint: Constraint, comment: Option<&str>) -> Constraint {
    let of_constraint = match &mut constraint {
        Constraint::PrimaryKey(c) => &mut c.comment,
        Constraint::ForeignKey(c) => &mut c.comment,
        Constraint::Unique(c) => &mut c.comment,
        Constraint::Check(c) => &mut c.comment,
        Constraint::Exclude(c) => &mut c.comment,
    };
    *of_constraint = comment.map(str::to_owned);
    constraint
}

fn names(constraints: &[Constraint]) -> Vec<Option<&str>> {
    constraints.iter().map(Constraint::name).collect()
}

/// Equal in everything but name and comment.
fn same_content(left: &Constraint, right: &Constraint) -> bool {
    match (left, right) {
        (Constraint::PrimaryKey(left), Constraint::PrimaryKey(right)) => {
            let PrimaryKey { name: _, columns, include, deferrable, comment: _ } = left;
            *columns == right.columns && *include == right.include && *deferrable == right.deferrable
        }
        (Constraint::Unique(left), Constraint::Unique(right)) => {
            let UniqueConstraint { name: _, columns, include, nulls_not_distinct, deferrable, comment: _ } =
                left;
            *columns == right.columns
                && *include == right.include
                && *nulls_not_distinct == right.nulls_not_distinct
                && *deferrable == right.deferrable
        }
        (Constraint::Check(left), Constraint::Check(right)) => {
            let CheckConstraint { name: _, expression, no_inherit, not_valid, comment: _ } = left;
            *expression == right.expression
                && *no_inherit == right.no_inherit
                && *not_valid == right.not_valid
        }
        (Constraint::ForeignKey(left), Constraint::ForeignKey(right)) => {
            let ForeignKey {
                name: _,
                columns,
                referred_table,
                referred_columns,
                on_update,
                on_delete,
                match_type,
                deferrable,
                not_valid,
                comment: _,
            } = left;
            *columns == right.columns
                && *referred_table == right.referred_table
                && *referred_columns == right.referred_columns
                && *on_update == right.on_update
                && *on_delete == right.on_delete
                && *match_type == right.match_type
                && *deferrable == right.deferrable
                && *not_valid == right.not_valid
        }
        (Constraint::Exclude(left), Constraint::Exclude(right)) => {
            let ExcludeConstraint {
                name: _,
                elements,
                using,
                include,
                predicate,
                with,
                tablespace,
                deferrable,
                comment: _,
            } = left;
            *elements == right.elements
                && *using == right.using
                && *include == right.include
                && *predicate == right.predicate
                && *with == right.with
                && *tablespace == right.tablespace
                && *deferrable == right.deferrable
        }
        _ => false,
    }
}

/// Whether a constraint stands on a column that changes in a way it cannot stay through.
pub(super) fn is_disturbed(dialect: Dialect, constraint: &Constraint, columns: &BTreeSet<String>) -> bool {
    match constraint {
        Constraint::PrimaryKey(pk) => pk.columns.iter().chain(&pk.include).any(|c| columns.contains(c)),
        Constraint::Unique(u) => u.columns.iter().chain(&u.include).any(|c| columns.contains(c)),
        Constraint::Check(check) => {
            disturbs_expression(dialect, check.expression.for_dialect(dialect), columns)
        }
        Constraint::Exclude(exclude) => indexes::stands_on(
            dialect,
            &exclude.include,
            exclude.elements.iter().map(|e| &e.element),
            exclude.predicate.as_ref(),
            columns,
        ),
        Constraint::ForeignKey(fk) => fk.columns.iter().any(|c| columns.contains(c)),
    }
}
