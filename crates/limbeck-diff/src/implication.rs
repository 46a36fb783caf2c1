//! Which rules follow from others: rows that were held to the one cannot break the other.

use limbeck_schema::{Constraint, ForeignKey, Index, IndexTarget, MatchType};

/// A rule that no two rows are equal in some columns.
struct Key<'a> {
    columns: Vec<&'a str>,
    /// Whether rows with a NULL in the columns are told apart all the same.
    nulls_distinct: bool,
}

/// Whether rows that keep the first constraint keep the second one too.
pub(crate) fn implies(known: &Constraint, wanted: &Constraint) -> bool {
    match (known, wanted) {
        (Constraint::ForeignKey(known), Constraint::ForeignKey(wanted)) => same_reference(known, wanted),
        (Constraint::Check(known), Constraint::Check(wanted)) => {
            known.expression == wanted.expression
                && !known.not_valid
                && (!known.no_inherit || wanted.no_inherit)
        }
        _ => match (key_of_constraint(known), key_of_constraint(wanted)) {
            (Some(known), Some(wanted)) => key_implies(&known, &wanted),
            _ => false,
        },
    }
}

/// Whether rows that keep the constraint are distinct for the unique index.
pub(crate) fn implies_unique_index(known: &Constraint, wanted: &Index) -> bool {
    let wanted = Key { columns: plain_columns(wanted), nulls_distinct: !wanted.nulls_not_distinct };
    key_of_constraint(known).is_some_and(|known| key_implies(&known, &wanted))
}

/// Whether rows that are distinct for the one unique index are so for the other.
pub(crate) fn index_implies_index(known: &Index, wanted: &Index) -> bool {
    let wanted_key = Key { columns: plain_columns(wanted), nulls_distinct: !wanted.nulls_not_distinct };
    // A partial index says nothing of the other rows.
    let covers = known.predicate.is_none() || known.predicate == wanted.predicate;
    covers && key_of_index(known).is_some_and(|known| key_implies(&known, &wanted_key))
}

/// Whether rows that are distinct for the unique index keep the constraint.
pub(crate) fn index_implies(known: &Index, wanted: &Constraint) -> bool {
    match (key_of_index(known), key_of_constraint(wanted)) {
        (Some(key), Some(wanted)) => known.predicate.is_none() && key_implies(&key, &wanted),
        _ => false,
    }
}

fn key_implies(known: &Key<'_>, wanted: &Key<'_>) -> bool {
    let contained = known.columns.iter().all(|column| wanted.columns.contains(column));
    contained && !known.columns.is_empty() && (!known.nulls_distinct || wanted.nulls_distinct)
}

fn key_of_constraint(constraint: &Constraint) -> Option<Key<'_>> {
    let (columns, nulls_distinct) = match constraint {
        // There are no NULLs in it.
        Constraint::PrimaryKey(pk) => (&pk.columns, false),
        Constraint::Unique(unique) => (&unique.columns, !unique.nulls_not_distinct),
        _ => return None,
    };
    Some(Key { columns: columns.iter().map(String::as_str).collect(), nulls_distinct })
}

fn key_of_index(index: &Index) -> Option<Key<'_>> {
    let columns = plain_columns(index);
    let complete = index.unique && columns.len() == index.elements.len();
    complete.then_some(Key { columns, nulls_distinct: !index.nulls_not_distinct })
}

fn plain_columns(index: &Index) -> Vec<&str> {
    let columns = index.elements.iter().filter_map(|element| match &element.target {
        IndexTarget::Column(name) => Some(name.as_str()),
        IndexTarget::Expression(_) => None,
    });
    columns.collect()
}

fn same_reference(known: &ForeignKey, wanted: &ForeignKey) -> bool {
    let pairs = |fk: &ForeignKey| -> std::collections::BTreeSet<(String, String)> {
        fk.columns.iter().cloned().zip(fk.referred_columns.iter().cloned()).collect()
    };
    let as_strict = known.match_type == wanted.match_type || wanted.match_type == MatchType::Simple;
    !known.not_valid
        && as_strict
        && known.referred_table == wanted.referred_table
        && pairs(known) == pairs(wanted)
}
