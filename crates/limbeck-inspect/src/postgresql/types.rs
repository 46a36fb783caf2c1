//! Domains and composite types.

use limbeck_dialect::parse_type;
use limbeck_schema::{Attribute, CompositeType, Dialect, Domain, Expression, SqlType};

use super::catalogue::Catalogue;
use super::constraints;
use super::names::Names;
use super::rows::Oid;

fn sql_type(names: &Names<'_>, oid: Oid, text: &str) -> SqlType {
    names.named_type(oid).cloned().unwrap_or_else(|| parse_type(Dialect::Postgresql, text))
}

/// The domains, by name.
pub(super) fn domains(catalogue: &Catalogue<'_>, names: &Names<'_>) -> Vec<Domain> {
    let mut domains: Vec<_> = catalogue
        .domains
        .iter()
        .map(|row| {
            let name = names.qualified(row.namespace, row.name);
            let mut domain = Domain::new(name, sql_type(names, row.base_oid, row.base_text));
            domain.nullable = !row.not_null;
            domain.collation = names.collation(row.collation).filter(|_| row.has_own_collation);
            domain.server_default = row.default.map(Expression::new);
            domain.comment = names.comment("pg_type", row.oid, 0);
            // From PostgreSQL 17 on, NOT NULL is a constraint of the domain too.
            let checks = catalogue.constraints.iter().filter(|c| c.domain == row.oid && c.kind == 'c');
            domain.checks = checks.map(|check| constraints::check(check, names)).collect();
            domain.checks.sort_by(|a, b| a.name.cmp(&b.name));
            domain
        })
        .collect();
    domains.sort_by(|a, b| a.name.cmp(&b.name));
    domains
}

/// The composite types, by name, with their attributes in order.
pub(super) fn composites(catalogue: &Catalogue<'_>, names: &Names<'_>) -> Vec<CompositeType> {
    let mut composites: Vec<_> = catalogue
        .composites
        .iter()
        .map(|row| {
            let mut composite = CompositeType::new(names.qualified(row.namespace, row.name));
            composite.comment = names.comment("pg_type", row.oid, 0);
            let mut attributes: Vec<_> =
                catalogue.attributes.iter().filter(|a| a.relation == row.relation).collect();
            attributes.sort_by_key(|a| a.number);
            composite.attributes = attributes
                .into_iter()
                .map(|a| Attribute {
                    collation: names.collation(a.collation).filter(|_| a.has_own_collation),
                    comment: names.comment("pg_class", a.relation, a.number),
                    ..Attribute::new(a.name, sql_type(names, a.type_oid, a.type_text))
                })
                .collect();
            composite
        })
        .collect();
    composites.sort_by(|a, b| a.name.cmp(&b.name));
    composites
}
