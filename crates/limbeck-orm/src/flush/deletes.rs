//! Deleted rows, children first.

use std::collections::HashMap;

use limbeck_schema::{QualifiedName, ReferentialAction, Value};

use super::components::components;
use super::{Action, Delete, Step, StepRow, Update, models};
use crate::row_key::RowKey;
use crate::{ForeignKeyDefinition, Input, ModelDefinition};

/// Which deletes come after the updates: those of rows that an update leads away from. Deleted before, they would fail,
/// or take the updated row along.
pub(super) fn late(deletes: &[Delete], updates: &[Update]) -> Vec<bool> {
    let mut late: Vec<bool> =
        deletes.iter().map(|delete| updates.iter().any(|update| leads_away(update, delete))).collect();
    // A late child keeps its parents.
    let mut settled = false;
    while !settled {
        let tables: Vec<&QualifiedName> = (deletes.iter().zip(&late))
            .filter(|(_, late)| **late)
            .flat_map(|(delete, _)| delete.model.foreign_keys.iter().map(|key| &key.referred_table))
            .collect();
        settled = true;
        for (delete, late) in deletes.iter().zip(&mut late) {
            if !*late && tables.contains(&&delete.model.table) {
                *late = true;
                settled = false;
            }
        }
    }
    late
}

fn leads_away(update: &Update, delete: &Delete) -> bool {
    let changes = |columns: &[usize]| update.changes.iter().any(|(column, _)| columns.contains(column));
    let keys = update.model.foreign_keys.iter().filter(|key| key.referred_table == delete.model.table);
    keys.filter(|key| changes(&key.columns)).any(|key| {
        match (update.old.as_deref().map(|old| of_row(old, &key.columns)), referred(delete, key)) {
            (Some(from), Some(to)) => from.is_some_and(|from| from == to),
            // What is not known counts as true: later is safe as long as nothing else takes the unique values.
            _ => true,
        }
    })
}

/// The values of some columns; `None` when one is NULL.
fn of_row(values: &[Value], columns: &[usize]) -> Option<RowKey> {
    RowKey::new(columns.iter().map(|column| values.get(*column).unwrap_or(&Value::Null)))
}

/// The values of the columns of a deleted row that a foreign key refers to, where they are known.
fn referred(delete: &Delete, key: &ForeignKeyDefinition) -> Option<RowKey> {
    let columns: Option<Vec<usize>> =
        key.referred_columns.iter().map(|column| delete.model.position(column)).collect();
    let columns = columns?;
    match &delete.old {
        Some(old) => of_row(old, &columns),
        None if columns == delete.by => RowKey::new(&delete.key),
        None => None,
    }
}

/// The steps of deletes. Within a cycle of tables, the order depends on the rows, as far as their values are known.
pub(super) fn steps(deletes: Vec<Delete>) -> Vec<Step> {
    let (models, model_of) = models(&deletes, |delete| delete.model);
    let edges: Vec<Vec<usize>> = models.iter().map(|model| referred_models(&models, model)).collect();
    let mut by_model: Vec<Vec<Delete>> = models.iter().map(|_| Vec::new()).collect();
    for (delete, &model) in deletes.into_iter().zip(&model_of) {
        if let Some(deletes) = by_model.get_mut(model) {
            deletes.push(delete);
        }
    }
    let mut steps = Vec::new();
    for component in components(&edges).into_iter().rev() {
        let mut deletes = Vec::new();
        for &model in component.iter().rev() {
            deletes.append(by_model.get_mut(model).unwrap_or(&mut Vec::new()));
        }
        let refers_to_itself = |&model: &usize| edges.get(model).is_some_and(|to| to.contains(&model));
        if component.len() > 1 || component.iter().any(refers_to_itself) {
            steps.extend(in_layers(deletes));
        } else {
            steps.extend(gather(deletes));
        }
    }
    steps
}

fn referred_models(models: &[&'static ModelDefinition], model: &ModelDefinition) -> Vec<usize> {
    let referred = model.foreign_keys.iter().map(|key| &key.referred_table);
    referred.filter_map(|table| models.iter().position(|model| model.table == *table)).collect()
}

fn gather(deletes: Vec<Delete>) -> Vec<Step> {
    let mut steps = Vec::<Step>::new();
    for delete in deletes {
        let key = delete.key.into_iter().map(Input::Value).collect();
        let row = StepRow { row: None, key, inputs: Vec::new(), version: delete.version };
        let alike = |step: &&mut Step| {
            step.model.table == delete.model.table
                && step.key == delete.by
                && step.rows.first().is_some_and(|first| first.version.is_some() == row.version.is_some())
        };
        match steps.iter_mut().rev().find(alike) {
            Some(step) => step.rows.push(row),
            None => {
                let (action, model) = (Action::Delete, delete.model);
                steps.push(Step { action, model, key: delete.by, columns: Vec::new(), rows: vec![row] });
            }
        }
    }
    steps
}

/// Rows in layers, so that a row goes before those it refers to. Where rows refer to each other in a circle, columns
/// that may be NULL are emptied first.
fn in_layers(deletes: Vec<Delete>) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut parents = parents(&deletes);
    let mut open: Vec<Option<Delete>> = deletes.into_iter().map(Some).collect();
    while open.iter().any(Option::is_some) {
        let is_open = |place: usize| open.get(place).is_some_and(Option::is_some);
        let mut waits = vec![false; open.len()];
        for (child, parent, _) in &parents {
            if is_open(*child) && is_open(*parent) {
                waits.get_mut(*parent).into_iter().for_each(|waits| *waits = true);
            }
        }
        let mut layer = Vec::new();
        for (delete, waits) in open.iter_mut().zip(&waits) {
            if !waits {
                layer.extend(delete.take());
            }
        }
        if layer.is_empty() {
            // All that is left refers to each other, or is referred to from there.
            let emptied = empty_references(&open, &mut parents);
            if emptied.is_empty() {
                layer.extend(open.iter_mut().filter_map(Option::take));
            }
            steps.extend(emptied);
        }
        steps.extend(gather(layer));
    }
    steps
}

/// Which row refers to which other one, and by which foreign key; those that the end of a statement will do for are
/// left out.
fn parents(deletes: &[Delete]) -> Vec<(usize, usize, &'static ForeignKeyDefinition)> {
    let mut by_referred = HashMap::<(String, RowKey), usize>::new();
    let keys = || deletes.iter().flat_map(|delete| &delete.model.foreign_keys);
    let mut seen = Vec::<&ForeignKeyDefinition>::new();
    for key in keys() {
        if seen.iter().any(|seen| std::ptr::eq(*seen, key)) {
            continue;
        }
        seen.push(key);
        for (place, delete) in deletes.iter().enumerate() {
            if delete.model.table == key.referred_table
                && let Some(value) = referred(delete, key)
            {
                by_referred.insert((referred_text(key), value), place);
            }
        }
    }
    let mut parents = Vec::new();
    for (child, delete) in deletes.iter().enumerate() {
        let model: &'static ModelDefinition = delete.model;
        let Some(old) = &delete.old else { continue };
        for key in &model.foreign_keys {
            let Some(value) = of_row(old, &key.columns) else { continue };
            let Some(&parent) = by_referred.get(&(referred_text(key), value)) else { continue };
            let one_statement =
                key.referred_table == model.table && key.on_delete == ReferentialAction::NoAction;
            if parent != child && !one_statement {
                parents.push((child, parent, key));
            }
        }
    }
    parents
}

fn referred_text(key: &ForeignKeyDefinition) -> String {
    format!("{} {}", key.referred_table, key.referred_columns.join(" "))
}

/// Updates that take rows out of their circles, as far as their columns may be NULL.
fn empty_references(
    open: &[Option<Delete>],
    parents: &mut Vec<(usize, usize, &'static ForeignKeyDefinition)>,
) -> Vec<Step> {
    let mut updates = Vec::new();
    parents.retain(|(child, parent, key)| {
        let (Some(Some(delete)), Some(Some(_))) = (open.get(*child), open.get(*parent)) else { return false };
        let may_be_null =
            |column: &&usize| delete.model.columns.get(**column).is_some_and(|column| column.nullable);
        let Some(&column) = key.columns.iter().find(may_be_null) else { return true };
        updates.push(Update {
            model: delete.model,
            key: delete.key.clone(),
            old: None,
            changes: vec![(column, Input::Value(Value::Null))],
            version: None,
        });
        false
    });
    super::updates::steps(updates)
}
