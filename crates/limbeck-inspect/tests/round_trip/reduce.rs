//! A failing pair made small enough to be read.

use limbeck_schema::{MetaData, SqlType};

use crate::journey::{Failure, Scratches, travel};

/// Takes away what the failure does not need, as long as it stays the same kind of failure.
pub(crate) async fn reduce(
    scratches: &mut Scratches,
    mut pair: (MetaData, MetaData),
    mut failure: Failure,
    most_tries: usize,
) -> ((MetaData, MetaData), Failure) {
    let mut tries = 0;
    let mut at = 0;
    while let Some(candidate) = simplified(&pair, at) {
        at += 1;
        let valid = [&candidate.0, &candidate.1].into_iter().all(|m| m.clone().resolve().is_ok());
        if !valid || candidate == pair {
            continue;
        }
        tries += 1;
        if tries > most_tries {
            break;
        }
        if let Err(found) = travel(scratches, &candidate.0, &candidate.1).await
            && found.stage == failure.stage
            && first_words(&found) == first_words(&failure)
        {
            (pair, failure) = (candidate, found);
            at -= 1;
        }
    }
    (pair, failure)
}

/// What the failure says, as far as it has no names in it.
fn first_words(failure: &Failure) -> String {
    failure.details.split(['"', '`', '\n', '(']).next().unwrap_or_default().to_owned()
}

/// The pair without one part; `at` counts through all parts.
fn simplified(pair: &(MetaData, MetaData), at: usize) -> Option<(MetaData, MetaData)> {
    let mut counter = at;
    // The same table of both at once, then of each alone.
    let mut names: Vec<_> = pair.0.tables.iter().chain(&pair.1.tables).map(|t| t.name.clone()).collect();
    names.sort();
    names.dedup();
    if counter < names.len() {
        let name = &names[counter];
        return Some((without_table(&pair.0, name), without_table(&pair.1, name)));
    }
    counter -= names.len();
    for second in [false, true] {
        let metadata = if second { &pair.1 } else { &pair.0 };
        match without_part(metadata, &mut counter) {
            Some(simpler) if second => return Some((pair.0.clone(), simpler)),
            Some(simpler) => return Some((simpler, pair.1.clone())),
            None => {}
        }
    }
    None
}

fn without_table(metadata: &MetaData, name: &limbeck_schema::QualifiedName) -> MetaData {
    let mut metadata = metadata.clone();
    metadata.tables.retain(|table| table.name != *name);
    for table in &mut metadata.tables {
        table.foreign_keys.retain(|fk| fk.referred_table != *name);
    }
    for sequence in &mut metadata.sequences {
        sequence.owned_by.take_if(|owner| owner.table == *name);
    }
    metadata
}

fn without_part(metadata: &MetaData, counter: &mut usize) -> Option<MetaData> {
    let mut take = |parts: usize| {
        let found = (*counter < parts).then_some(*counter);
        *counter -= found.unwrap_or(parts);
        found
    };
    let mut simpler = metadata.clone();
    if let Some(at) = take(metadata.tables.len()) {
        return Some(without_table(metadata, &metadata.tables[at].name));
    }
    if let Some(at) = take(metadata.sequences.len()) {
        simpler.sequences.remove(at);
        return Some(simpler);
    }
    if let Some(at) = take(metadata.enums.len()) {
        simpler.enums.remove(at);
        return Some(simpler);
    }
    for (number, table) in metadata.tables.iter().enumerate() {
        let changed = &mut simpler.tables[number];
        if let Some(at) = take(table.foreign_keys.len()) {
            changed.foreign_keys.remove(at);
            return Some(simpler);
        }
        if let Some(at) = take(table.indexes.len()) {
            changed.indexes.remove(at);
            return Some(simpler);
        }
        if let Some(at) = take(table.uniques.len()) {
            changed.uniques.remove(at);
            return Some(simpler);
        }
        if let Some(at) = take(table.checks.len()) {
            changed.checks.remove(at);
            return Some(simpler);
        }
        if take(1).is_some() {
            changed.primary_key = None;
            return Some(simpler);
        }
        if take(1).is_some() {
            changed.comment = None;
            changed.options = Default::default();
            return Some(simpler);
        }
        if let Some(at) = take(table.columns.len()) {
            let name = changed.columns.remove(at).name;
            let is_used = |sql: &str| sql.contains(&name);
            let in_expression = changed
                .columns
                .iter()
                .any(|c| c.computed.as_ref().is_some_and(|c| is_used(&c.expression.sql)))
                || changed.checks.iter().any(|c| is_used(&c.expression.sql))
                || changed.indexes.iter().any(|i| is_used(&format!("{i:?}")));
            let owned =
                simpler.sequences.iter().any(|s| s.owned_by.as_ref().is_some_and(|o| o.column == name));
            // Left as it is, the pair is no candidate.
            return Some(if in_expression || owned { metadata.clone() } else { simpler });
        }
        if let Some(at) = take(table.columns.len()) {
            let column = &mut changed.columns[at];
            column.comment = None;
            column.collation = None;
            return Some(simpler);
        }
        if let Some(at) = take(table.columns.len()) {
            let column = &mut changed.columns[at];
            column.server_default.take();
            column.identity.take();
            return Some(if column.nullable { simpler } else { metadata.clone() });
        }
        if let Some(at) = take(table.columns.len()) {
            let column = &mut changed.columns[at];
            let plain = column.nullable && column.computed.is_none() && column.server_default.is_none();
            if plain
                && !table.foreign_keys.iter().any(|fk| fk.columns.contains(&column.name))
                && table.checks.is_empty()
                && table.indexes.is_empty()
            {
                column.sql_type = SqlType::Integer;
            }
            return Some(simpler);
        }
    }
    None
}
