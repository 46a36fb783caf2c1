//! The clauses that both dialects write alike: constraints and index keys.

use limbeck_schema::{
    CheckConstraint, Constraint, Deferrable, Dialect, ExcludeConstraint, ForeignKey, Index, IndexElement,
    IndexTarget, MatchType, NullsOrder, ReferentialAction, SortOrder,
};

use crate::expression::{enclosed, index_key};
use crate::quote::{quote_identifier, quote_list, quote_name};

/// A constraint as it stands in a CREATE TABLE or after ALTER TABLE … ADD. One without a name leaves the naming to the
/// database.
pub(crate) fn constraint(dialect: Dialect, constraint: &Constraint) -> String {
    let name = match constraint.name() {
        Some(name) => format!("CONSTRAINT {} ", quote_identifier(dialect, name)),
        None => String::new(),
    };
    let body = match constraint {
        Constraint::PrimaryKey(pk) => format!(
            "PRIMARY KEY ({}){}{}",
            quote_list(dialect, &pk.columns),
            include(dialect, &pk.include),
            deferrable(pk.deferrable)
        ),
        Constraint::Unique(unique) => format!(
            "UNIQUE {}({}){}{}",
            if unique.nulls_not_distinct { "NULLS NOT DISTINCT " } else { "" },
            quote_list(dialect, &unique.columns),
            include(dialect, &unique.include),
            deferrable(unique.deferrable)
        ),
        Constraint::Check(check) => check_body(dialect, check),
        Constraint::ForeignKey(fk) => foreign_key_body(dialect, fk),
        Constraint::Exclude(exclude) => exclude_body(dialect, exclude),
    };
    name + &body
}

/// A primary key or unique constraint that takes over the index of its own name; nothing has one else.
pub(crate) fn constraint_using_index(dialect: Dialect, constraint: &Constraint) -> Option<String> {
    let name = quote_identifier(dialect, constraint.name()?);
    let (kind, when) = match constraint {
        Constraint::PrimaryKey(pk) => ("PRIMARY KEY", pk.deferrable),
        Constraint::Unique(unique) => ("UNIQUE", unique.deferrable),
        Constraint::Check(_) | Constraint::ForeignKey(_) | Constraint::Exclude(_) => return None,
    };
    Some(format!("CONSTRAINT {name} {kind} USING INDEX {name}{}", deferrable(when)))
}

fn check_body(dialect: Dialect, check: &CheckConstraint) -> String {
    format!(
        "CHECK {}{}{}",
        enclosed(dialect, check.expression.for_dialect(dialect)),
        if check.no_inherit { " NO INHERIT" } else { "" },
        if check.not_valid { " NOT VALID" } else { "" }
    )
}

fn exclude_body(dialect: Dialect, exclude: &ExcludeConstraint) -> String {
    let parts = exclude
        .elements
        .iter()
        .map(|e| format!("{} WITH {}", index_key_text(dialect, &e.element), e.operator));
    let mut body = format!(
        "EXCLUDE USING {} ({}){}",
        quote_identifier(dialect, &exclude.using),
        parts.collect::<Vec<_>>().join(", "),
        include(dialect, &exclude.include)
    );
    if !exclude.with.is_empty() {
        body += &format!(" WITH ({})", crate::postgresql::storage_parameters(&exclude.with));
    }
    if let Some(tablespace) = &exclude.tablespace {
        body += &format!(" USING INDEX TABLESPACE {}", quote_identifier(dialect, tablespace));
    }
    if let Some(predicate) = &exclude.predicate {
        body += &format!(" WHERE {}", enclosed(dialect, predicate.for_dialect(dialect)));
    }
    body + deferrable(exclude.deferrable)
}

fn foreign_key_body(dialect: Dialect, fk: &ForeignKey) -> String {
    format!(
        "FOREIGN KEY ({}) REFERENCES {} ({}){}{}{}{}{}",
        quote_list(dialect, &fk.columns),
        quote_name(dialect, &fk.referred_table),
        quote_list(dialect, &fk.referred_columns),
        if fk.match_type == MatchType::Full { " MATCH FULL" } else { "" },
        action(dialect, "UPDATE", &fk.on_update),
        action(dialect, "DELETE", &fk.on_delete),
        deferrable(fk.deferrable),
        if fk.not_valid { " NOT VALID" } else { "" }
    )
}

fn action(dialect: Dialect, event: &str, action: &ReferentialAction) -> String {
    let columns = |columns: &[String]| match columns {
        [] => String::new(),
        columns => format!(" ({})", quote_list(dialect, columns)),
    };
    match action {
        ReferentialAction::NoAction => String::new(),
        ReferentialAction::Restrict => format!(" ON {event} RESTRICT"),
        ReferentialAction::Cascade => format!(" ON {event} CASCADE"),
        ReferentialAction::SetNull(set) => format!(" ON {event} SET NULL{}", columns(set)),
        ReferentialAction::SetDefault(set) => format!(" ON {event} SET DEFAULT{}", columns(set)),
    }
}

fn deferrable(deferrable: Option<Deferrable>) -> &'static str {
    match deferrable {
        None => "",
        Some(Deferrable::InitiallyImmediate) => " DEFERRABLE INITIALLY IMMEDIATE",
        Some(Deferrable::InitiallyDeferred) => " DEFERRABLE INITIALLY DEFERRED",
    }
}

/// The `INCLUDE` clause of a key or an index.
pub(crate) fn include(dialect: Dialect, columns: &[String]) -> String {
    match columns {
        [] => String::new(),
        columns => format!(" INCLUDE ({})", quote_list(dialect, columns)),
    }
}

/// The keys of an index.
pub(crate) fn index_keys(dialect: Dialect, index: &Index) -> String {
    let keys = index.elements.iter().map(|element| index_key_text(dialect, element));
    keys.collect::<Vec<_>>().join(", ")
}

fn index_key_text(dialect: Dialect, element: &IndexElement) -> String {
    let mut key = match &element.target {
        IndexTarget::Column(name) => quote_identifier(dialect, name),
        IndexTarget::Expression(expression) => index_key(dialect, expression.for_dialect(dialect)),
    };
    if let Some(collation) = &element.collation {
        key += &format!(" COLLATE {}", collation_name(dialect, collation));
    }
    if let Some(opclass) = &element.opclass {
        key += &format!(" {opclass}");
    }
    if element.order == SortOrder::Descending {
        key += " DESC";
    }
    key += match element.nulls {
        None => "",
        Some(NullsOrder::First) => " NULLS FIRST",
        Some(NullsOrder::Last) => " NULLS LAST",
    };
    key
}

/// A collation's name. One that carries quotes is SQL text already: that is how to name a collation of another schema,
/// since a dot alone may be part of the name, as in `C.utf8`.
pub(crate) fn collation_name(dialect: Dialect, name: &str) -> String {
    if name.contains('"') { name.to_owned() } else { quote_identifier(dialect, name) }
}

/// The predicate of a partial index.
pub(crate) fn index_predicate(dialect: Dialect, index: &Index) -> String {
    match &index.predicate {
        Some(predicate) => format!(" WHERE {}", predicate.for_dialect(dialect)),
        None => String::new(),
    }
}
