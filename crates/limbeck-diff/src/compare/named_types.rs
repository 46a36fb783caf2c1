//! Domains and composite types.

use std::collections::BTreeMap;

use limbeck_schema::{
    Attribute, CommentTarget, CompositeChange, CompositeType, Domain, DomainChange, MetaData, Operation,
    QualifiedName, TypeDependents,
};

use super::comment_change;
use super::enums::TypeChanges;

/// Adds the changes of domains and composite types to those of enum types. What an altered type's dependents are is
/// filled in later (`dependents`).
pub(super) fn compare_named_types(from: &MetaData, to: &MetaData, changes: &mut TypeChanges) {
    compare_domains(from, to, changes);
    compare_composites(from, to, changes);
    let before = from.domains.iter().map(|d| &d.name).chain(from.composites.iter().map(|c| &c.name));
    let after = |name: &QualifiedName| to.find_domain(name).is_some() || to.find_composite(name).is_some();
    for name in before.filter(|name| !after(name)) {
        let domain = from.find_domain(name).cloned().map(Operation::DropDomain);
        changes.dropped.extend(domain);
        let composite = from.find_composite(name).cloned().map(Operation::DropComposite);
        changes.dropped.extend(composite);
    }
}

fn compare_domains(from: &MetaData, to: &MetaData, changes: &mut TypeChanges) {
    let before: BTreeMap<_, _> = from.domains.iter().map(|d| (&d.name, d)).collect();
    for domain in &to.domains {
        let Some(existing) = before.get(&domain.name) else {
            changes.created.push(Operation::CreateDomain(domain.clone()));
            continue;
        };
        if !same_domain(existing, domain) {
            if existing.base_type != domain.base_type || existing.collation != domain.collation {
                changes.changing.insert(domain.name.clone());
            }
            // Comments change by operations of their own.
            let mut to = Domain { comment: existing.comment.clone(), ..domain.clone() };
            for check in &mut to.checks {
                if let Some(old) = existing.checks.iter().find(|old| old.name == check.name)
                    && old.expression == check.expression
                {
                    check.comment.clone_from(&old.comment);
                }
            }
            changes.altered.push(Operation::AlterDomain(Box::new(DomainChange {
                from: (*existing).clone(),
                to,
                dependents: TypeDependents::default(),
            })));
        }
        let target = CommentTarget::Domain(domain.name.clone());
        changes.comments.extend(comment_change(target, &existing.comment, &domain.comment));
        for check in &domain.checks {
            if let Some(name) = &check.name
                && let Some(old) = existing.checks.iter().find(|old| old.name == check.name)
                && old.expression == check.expression
            {
                let target =
                    CommentTarget::DomainConstraint { domain: domain.name.clone(), name: name.clone() };
                changes.comments.extend(comment_change(target, &old.comment, &check.comment));
            }
        }
    }
}

/// Equal in everything but comments. The order of conditions means nothing.
fn same_domain(left: &Domain, right: &Domain) -> bool {
    let Domain {
        name: _,
        base_type,
        collation,
        server_default,
        nullable,
        checks,
        comment: _,
        renamed_from: _,
    } = left;
    *base_type == right.base_type
        && *collation == right.collation
        && *server_default == right.server_default
        && *nullable == right.nullable
        && checks.len() == right.checks.len()
        && checks.iter().all(|check| {
            right.checks.iter().any(|other| {
                check.name == other.name
                    && check.expression == other.expression
                    && check.not_valid == other.not_valid
            })
        })
}

fn compare_composites(from: &MetaData, to: &MetaData, changes: &mut TypeChanges) {
    let before: BTreeMap<_, _> = from.composites.iter().map(|c| (&c.name, c)).collect();
    for composite in &to.composites {
        let Some(existing) = before.get(&composite.name) else {
            changes.created.push(Operation::CreateComposite(composite.clone()));
            continue;
        };
        if !same_attributes(existing, composite) {
            let mut to = CompositeType { comment: existing.comment.clone(), ..composite.clone() };
            to.attributes.iter_mut().for_each(|attribute| {
                attribute.renamed_from = attribute.renamed_from.take().filter(|former| {
                    find(existing, former).is_some()
                        && find(composite, former).is_none()
                        && find(existing, &attribute.name).is_none()
                });
            });
            // In the order that comes of it: what is there keeps its place, what is new goes to the end.
            let former = |a: &Attribute| a.renamed_from.clone().unwrap_or_else(|| a.name.clone());
            to.attributes.sort_by_key(|a| {
                let place = existing.attributes.iter().position(|old| old.name == former(a));
                place.unwrap_or(existing.attributes.len())
            });
            let from = CompositeType {
                attributes: existing
                    .attributes
                    .iter()
                    .map(|a| Attribute { renamed_from: None, ..a.clone() })
                    .collect(),
                ..(*existing).clone()
            };
            let change = CompositeChange { from, to, dependents: TypeDependents::default() };
            if needs_new_type(&change) {
                changes.changing.insert(composite.name.clone());
            }
            changes.altered.push(Operation::AlterComposite(Box::new(change)));
        }
        let target = CommentTarget::Composite(composite.name.clone());
        changes.comments.extend(comment_change(target, &existing.comment, &composite.comment));
    }
}

fn find<'a>(composite: &'a CompositeType, attribute: &str) -> Option<&'a Attribute> {
    composite.attributes.iter().find(|a| a.name == attribute)
}

/// Whether an attribute changes its type, which PostgreSQL refuses while a column has the composite type.
pub(super) fn needs_new_type(change: &CompositeChange) -> bool {
    change.to.attributes.iter().any(|new| {
        let former = new.renamed_from.as_ref().unwrap_or(&new.name);
        let old = find(&change.from, former);
        old.is_some_and(|old| old.sql_type != new.sql_type || old.collation != new.collation)
    })
}

fn same_attributes(left: &CompositeType, right: &CompositeType) -> bool {
    let same = |a: &Attribute, b: &Attribute| {
        a.sql_type == b.sql_type && a.collation == b.collation && a.comment == b.comment
    };
    left.attributes.len() == right.attributes.len()
        && left.attributes.iter().all(|a| find(right, &a.name).is_some_and(|b| same(a, b)))
}
