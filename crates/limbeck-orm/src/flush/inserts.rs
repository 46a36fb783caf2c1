//! New rows, parents first.

use std::collections::{BTreeMap, HashMap};

use limbeck_schema::{Deferrable, Dialect, Value};

use super::components::components;
use super::{Action, Insert, Step, StepRow, UnresolvableCycle, models};
use crate::row_key::RowKey;
use crate::{Input, ModelDefinition};

/// The steps that insert rows.
pub(super) struct Inserts {
    pub(super) steps: Vec<Step>,
    /// Updates of what had to be NULL at first, since rows refer to each other (SQLAlchemy's `post_update`).
    pub(super) completions: Vec<Step>,
    /// Whether foreign keys must be checked later.
    pub(super) defer: bool,
}

/// Tables come in the order of their foreign keys. Only within a cycle of tables, which a table that refers to itself is
/// too, does the order depend on the rows.
pub(super) fn steps(mut inserts: Vec<Insert>, dialect: Dialect) -> Result<Inserts, UnresolvableCycle> {
    let (models, model_of) = models(&inserts, |insert| insert.model);
    let places: HashMap<u64, usize> =
        inserts.iter().enumerate().map(|(place, insert)| (insert.row, place)).collect();
    let edges = edges(&models, &model_of, &inserts, &places);
    let mut result = Inserts { steps: Vec::new(), completions: Vec::new(), defer: false };
    let mut by_model = vec![Vec::new(); models.len()];
    for (place, &model) in model_of.iter().enumerate() {
        if let Some(places) = by_model.get_mut(model) {
            places.push(place);
        }
    }
    let mut completions = Vec::new();
    for component in components(&edges) {
        let mut rows: Vec<usize> =
            component.iter().flat_map(|&model| by_model.get(model).cloned().unwrap_or_default()).collect();
        let refers_to_itself = |&model: &usize| edges.get(model).is_some_and(|to| to.contains(&model));
        if component.len() == 1 && !component.iter().any(refers_to_itself) {
            result.steps.extend(gather(&mut inserts, &rows));
            continue;
        }
        rows.sort_unstable();
        let mut layers = Layers::new(&inserts, &rows, &places);
        while let Some(layer) = layers.next(&mut inserts, dialect, &mut completions)? {
            // Within a layer the tables keep their order.
            let position = |place: &usize| model_of.get(*place).copied().unwrap_or_default();
            let mut layer = layer;
            layer.sort_by_key(|place| (position(place), *place));
            result.steps.extend(gather(&mut inserts, &layer));
        }
        result.defer |= layers.defer;
    }
    result.completions = complete(completions);
    Ok(result)
}

/// For each model the models whose rows come before its own: those its foreign keys refer to, and those whose values it
/// waits for.
fn edges(
    models: &[&'static ModelDefinition],
    model_of: &[usize],
    inserts: &[Insert],
    places: &HashMap<u64, usize>,
) -> Vec<Vec<usize>> {
    let mut edges: Vec<Vec<usize>> = models
        .iter()
        .map(|model| {
            let referred = model.foreign_keys.iter().map(|key| &key.referred_table);
            let known = referred.filter_map(|table| models.iter().position(|model| model.table == *table));
            known.collect()
        })
        .collect();
    for (insert, &model) in inserts.iter().zip(model_of) {
        for input in insert.inputs.iter().flatten() {
            let Input::Pending { row, .. } = input else { continue };
            let awaited = places.get(row).and_then(|place| model_of.get(*place));
            if let (Some(&awaited), Some(to)) = (awaited, edges.get_mut(model))
                && !to.contains(&awaited)
            {
                to.push(awaited);
            }
        }
    }
    edges
}

/// One step for each set of given columns of each table. The inputs move into the steps.
fn gather(inserts: &mut [Insert], places: &[usize]) -> Vec<Step> {
    let mut steps = Vec::<Step>::new();
    for &place in places {
        let Some(insert) = inserts.get_mut(place) else { continue };
        let columns: Vec<usize> = insert
            .inputs
            .iter()
            .enumerate()
            .filter_map(|(column, input)| input.as_ref().map(|_| column))
            .collect();
        let inputs = std::mem::take(&mut insert.inputs).into_iter().flatten().collect();
        let row = StepRow { row: Some(insert.row), key: Vec::new(), inputs, version: None };
        let alike = |step: &&mut Step| step.model.table == insert.model.table && step.columns == columns;
        match steps.iter_mut().rev().find(alike) {
            Some(step) => step.rows.push(row),
            None => {
                let (action, model) = (Action::Insert, insert.model);
                steps.push(Step { action, model, key: Vec::new(), columns, rows: vec![row] });
            }
        }
    }
    steps
}

/// A column that is filled when the row it refers to is there.
struct Completion {
    model: &'static ModelDefinition,
    key: Vec<Input>,
    column: usize,
    input: Input,
}

fn complete(completions: Vec<Completion>) -> Vec<Step> {
    let mut steps = Vec::<Step>::new();
    for Completion { model, key, column, input } in completions {
        let row = StepRow { row: None, key, inputs: vec![input], version: None };
        let alike = |step: &&mut Step| step.model.table == model.table && step.columns == [column];
        match steps.iter_mut().find(alike) {
            Some(step) => step.rows.push(row),
            None => {
                let (action, key) = (Action::Update, model.key.clone());
                steps.push(Step { action, model, key, columns: vec![column], rows: vec![row] });
            }
        }
    }
    steps
}

/// Why a row comes after another one.
#[derive(Clone)]
struct Dependency {
    /// The row that comes before.
    on: usize,
    /// The columns that refer to it.
    columns: Vec<usize>,
    /// Whether the columns have their values already, so that the check alone could wait.
    known: bool,
    /// Whether the constraint's check can wait on every dialect.
    deferrable: bool,
}

/// Rows of a cycle of tables, in layers: a row's layer comes after those of the rows it waits for.
struct Layers {
    dependencies: BTreeMap<usize, Vec<Dependency>>,
    /// Whether foreign keys must be checked later.
    defer: bool,
}

impl Layers {
    fn new(inserts: &[Insert], rows: &[usize], places: &HashMap<u64, usize>) -> Self {
        let known = KnownRows::new(inserts, rows);
        let dependencies = rows.iter().filter_map(|&place| {
            let insert = inserts.get(place)?;
            let mut dependencies = Vec::new();
            for (column, input) in insert.inputs.iter().enumerate() {
                let Some(Input::Pending { row, .. }) = input else { continue };
                // What is not in the cycle is inserted before.
                if let Some(on) = places.get(row).copied().filter(|on| rows.binary_search(on).is_ok()) {
                    let columns = vec![column];
                    dependencies.push(Dependency { on, columns, known: false, deferrable: false });
                }
            }
            dependencies.extend(known.dependencies(inserts, place, insert));
            Some((place, dependencies))
        });
        Self { dependencies: dependencies.collect(), defer: false }
    }

    /// The next layer, after a cycle of rows was broken where there is no other way.
    fn next(
        &mut self,
        inserts: &mut [Insert],
        dialect: Dialect,
        completions: &mut Vec<Completion>,
    ) -> Result<Option<Vec<usize>>, UnresolvableCycle> {
        while !self.dependencies.is_empty() {
            let open = &self.dependencies;
            let waits = |dependencies: &Vec<Dependency>| {
                dependencies.iter().any(|dependency| open.contains_key(&dependency.on))
            };
            let ready: Vec<usize> = open
                .iter()
                .filter(|(_, dependencies)| !waits(dependencies))
                .map(|(place, _)| *place)
                .collect();
            if !ready.is_empty() {
                ready.iter().for_each(|place| drop(self.dependencies.remove(place)));
                return Ok(Some(ready));
            }
            self.break_cycle(inserts, dialect, completions)?;
        }
        Ok(None)
    }

    fn break_cycle(
        &mut self,
        inserts: &mut [Insert],
        dialect: Dialect,
        completions: &mut Vec<Completion>,
    ) -> Result<(), UnresolvableCycle> {
        let cycle = self.cycle();
        let nullable = cycle.iter().find(|(place, dependency)| {
            inserts.get(*place).is_some_and(|insert| {
                let may_be_null =
                    |column: &usize| insert.model.columns.get(*column).is_some_and(|column| column.nullable);
                dependency.columns.iter().any(may_be_null)
            })
        });
        if let Some((place, dependency)) = nullable {
            if let Some(insert) = inserts.get_mut(*place) {
                completions.extend(leave_open(insert, dependency));
            }
            self.forget(*place, dependency);
            return Ok(());
        }
        // SQLite docs, "PRAGMA defer_foreign_keys": every foreign key can wait there.
        let later = cycle.iter().find(|(_, dependency)| {
            dependency.known && (dependency.deferrable || dialect == Dialect::Sqlite)
        });
        if let Some((place, dependency)) = later {
            self.defer = true;
            self.forget(*place, dependency);
            return Ok(());
        }
        let tables = cycle.iter().filter_map(|(place, _)| inserts.get(*place));
        Err(UnresolvableCycle { tables: tables.map(|insert| insert.model.table.to_string()).collect() })
    }

    /// A row that waits for another one, which waits for another one …, until the first comes again.
    fn cycle(&self) -> Vec<(usize, Dependency)> {
        let mut path = Vec::<(usize, Dependency)>::new();
        let mut current = self.dependencies.keys().next().copied();
        while let Some(place) = current {
            if let Some(start) = path.iter().position(|(earlier, _)| *earlier == place) {
                return path.split_off(start);
            }
            let dependencies = self.dependencies.get(&place);
            let open = |dependency: &&Dependency| self.dependencies.contains_key(&dependency.on);
            let next = dependencies.into_iter().flatten().find(open).cloned();
            current = next.as_ref().map(|dependency| dependency.on);
            path.extend(next.map(|dependency| (place, dependency)));
        }
        path
    }

    fn forget(&mut self, place: usize, broken: &Dependency) {
        if let Some(dependencies) = self.dependencies.get_mut(&place) {
            dependencies.retain(|dependency| {
                dependency.on != broken.on
                    || !dependency.columns.iter().any(|column| broken.columns.contains(column))
            });
        }
    }
}

/// Inserts NULL where a row refers to one that comes later, and fills it afterwards.
fn leave_open(insert: &mut Insert, dependency: &Dependency) -> Vec<Completion> {
    let key = insert.model.key.iter().map(|column| match insert.inputs.get(*column) {
        Some(Some(given)) => given.clone(),
        _ => Input::Pending { row: insert.row, column: Some(*column) },
    });
    let key: Vec<Input> = key.collect();
    let model = insert.model;
    let nullable = dependency
        .columns
        .iter()
        .filter(|column| model.columns.get(**column).is_some_and(|column| column.nullable));
    let opened = nullable.filter_map(|&column| {
        let place = insert.inputs.get_mut(column)?.as_mut()?;
        let input = std::mem::replace(place, Input::Value(Value::Null));
        Some(Completion { model, key: key.clone(), column, input })
    });
    opened.collect()
}

/// New rows whose keys the client gives: a foreign key may name one of them by its value.
struct KnownRows {
    /// By table and columns, where something refers to them, the rows by their values.
    rows: BTreeMap<(String, Vec<String>), HashMap<RowKey, usize>>,
}

impl KnownRows {
    fn new(inserts: &[Insert], places: &[usize]) -> Self {
        let mut rows = BTreeMap::<(String, Vec<String>), HashMap<RowKey, usize>>::new();
        let in_cycle = || places.iter().filter_map(|&place| Some((place, inserts.get(place)?)));
        let mut models = Vec::<&'static ModelDefinition>::new();
        for (_, insert) in in_cycle() {
            if !models.iter().any(|model| model.table == insert.model.table) {
                models.push(insert.model);
            }
        }
        for key in models.iter().flat_map(|model| &model.foreign_keys) {
            let Some(parent) = models.iter().find(|model| model.table == key.referred_table) else {
                continue;
            };
            let columns: Option<Vec<usize>> =
                key.referred_columns.iter().map(|column| parent.position(column)).collect();
            let Some(columns) = columns else { continue };
            let of_parent = in_cycle().filter(|(_, insert)| insert.model.table == parent.table);
            let keyed = of_parent.filter_map(|(place, insert)| Some((given(insert, &columns)?, place)));
            rows.insert((parent.table.to_string(), key.referred_columns.clone()), keyed.collect());
        }
        Self { rows }
    }

    /// The rows that a row's foreign keys name by value. A constraint is checked at the end of a statement, so rows of
    /// one statement may name each other.
    fn dependencies<'a>(
        &'a self,
        inserts: &'a [Insert],
        place: usize,
        insert: &'a Insert,
    ) -> impl Iterator<Item = Dependency> + 'a {
        let checked = insert.model.foreign_keys.iter();
        let checked = checked.filter(|key| key.deferrable != Some(Deferrable::InitiallyDeferred));
        checked.filter_map(move |key| {
            let value = given(insert, &key.columns)?;
            let referred = (key.referred_table.to_string(), key.referred_columns.clone());
            let on = *self.rows.get(&referred)?.get(&value)?;
            let other = inserts.get(on)?;
            let same_step = insert.model.table == other.model.table && same_columns(insert, other);
            (on != place && !same_step).then(|| Dependency {
                on,
                columns: key.columns.clone(),
                known: true,
                deferrable: key.deferrable.is_some(),
            })
        })
    }
}

/// The values that a row gives to some columns, all of them known.
fn given(insert: &Insert, columns: &[usize]) -> Option<RowKey> {
    let values: Option<Vec<&Value>> =
        columns.iter().map(|column| insert.inputs.get(*column)?.as_ref()?.value()).collect();
    RowKey::new(values?)
}

fn same_columns(left: &Insert, right: &Insert) -> bool {
    left.inputs.iter().map(Option::is_some).eq(right.inputs.iter().map(Option::is_some))
}
