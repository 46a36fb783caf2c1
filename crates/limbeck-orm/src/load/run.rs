//! Running the queries of all levels, and putting the rows together.

use std::collections::{HashMap, VecDeque};

use limbeck_dialect::query::{Select, Statement as Query};
use limbeck_engine::{Connection, Row, Statement};
use limbeck_schema::Value;

use super::level::LevelRows;
use super::plan::{Plan, PlannedMany};
use super::{Level, Shape};
use crate::row_key::RowKey;
use crate::{OrmError, RelationDefinition};

/// As many parents go into one query (SQLite docs, "Limits", SQLITE_MAX_VARIABLE_NUMBER).
const VALUES: usize = 30_000;
/// A struct that holds itself is loaded so deep at most: rows may refer to each other in a circle.
const MAX_DEPTH: usize = 100;

/// What the query says of the levels, beyond the shape.
pub(super) type Levels = Vec<(&'static RelationDefinition, Level)>;

/// Loads the rows of a query of a shape's table, with all levels below.
pub(super) async fn run(
    connection: &mut Connection,
    root: Select,
    shape: Shape,
    rows: Box<dyn LevelRows>,
    levels: &Levels,
) -> Result<Box<dyn LevelRows>, OrmError> {
    let plan = Plan::new(shape);
    let root_select = plan.complete(root);
    let mut root = Loaded::new(rows, None, Vec::new());
    let mut waiting = VecDeque::new();
    fetch(connection, root_select, &mut root, &plan, None).await?;
    let mut loaded = vec![root];
    let depths = Depths::default();
    queue(&mut waiting, &mut loaded, plan, &depths, levels)?;
    while let Some(Waiting { parent, many, parents, depths }) = waiting.pop_front() {
        let PlannedMany { path, many, .. } = many;
        let plan = Plan::new((many.shape)());
        let mut level = Loaded::new((many.rows)(), Some(parent), path);
        let (by_key, keys) = (parents.by_key, parents.keys);
        let size = VALUES / many.relation.from().len().max(1);
        for keys in keys.chunks(size.max(1)) {
            let (select, named) = plan.children(many.relation, &many.level, keys.to_vec());
            fetch(connection, select, &mut level, &plan, Some((named, &by_key))).await?;
        }
        loaded.push(level);
        queue(&mut waiting, &mut loaded, plan, &depths, levels)?;
    }
    // From the last level up, so that rows have all their children when they are handed over.
    while let Some(Loaded { rows, owners, parent, path, .. }) = loaded.pop() {
        match parent.and_then(|parent| loaded.get_mut(parent)) {
            Some(parent) => rows.hand_over(&owners, &path, &mut *parent.rows),
            None => return Ok(rows),
        }
    }
    Err(OrmError::NotFound)
}

/// A level that was read.
struct Loaded {
    rows: Box<dyn LevelRows>,
    count: usize,
    /// For each row the row of the level above that it belongs to.
    owners: Vec<usize>,
    parent: Option<usize>,
    path: Vec<usize>,
    /// For each relation to many the rows that have children to look for.
    parents: Vec<Parents>,
}

/// Rows by the values over which a relation leads from them.
#[derive(Default)]
struct Parents {
    by_key: HashMap<RowKey, Vec<usize>>,
    keys: Vec<Vec<Value>>,
}

/// A level that is to be read.
struct Waiting {
    parent: usize,
    many: PlannedMany,
    parents: Parents,
    depths: Depths,
}

/// How many levels of a relation may still follow, by its address.
#[derive(Clone, Default)]
struct Depths(Vec<(&'static RelationDefinition, usize)>);

impl Loaded {
    fn new(rows: Box<dyn LevelRows>, parent: Option<usize>, path: Vec<usize>) -> Self {
        Self { rows, count: 0, owners: Vec::new(), parent, path, parents: Vec::new() }
    }

    fn push(
        &mut self,
        row: &Row<'_>,
        plan: &Plan,
        owner: Option<usize>,
    ) -> Result<(), limbeck_engine::EngineError> {
        self.rows.push(row, &plan.spans)?;
        self.owners.extend(owner);
        for (many, parents) in plan.many.iter().zip(&mut self.parents) {
            let values = values(row, many.link.iter().copied())?;
            if let Some(key) = RowKey::new(&values) {
                parents
                    .by_key
                    .entry(key)
                    .or_insert_with(|| {
                        parents.keys.push(values);
                        Vec::new()
                    })
                    .push(self.count);
            }
        }
        self.count += 1;
        Ok(())
    }
}

fn values(
    row: &Row<'_>,
    columns: impl Iterator<Item = usize>,
) -> Result<Vec<Value>, limbeck_engine::DecodeError> {
    columns.map(|column| row.get(column)).collect()
}

/// Which columns of a result name the parents of its rows, and which rows those are.
type ParentsOf<'a> = (std::ops::Range<usize>, &'a HashMap<RowKey, Vec<usize>>);

/// Reads the rows of a query.
async fn fetch(
    connection: &mut Connection,
    select: Select,
    level: &mut Loaded,
    plan: &Plan,
    children: Option<ParentsOf<'_>>,
) -> Result<(), OrmError> {
    level.parents.resize_with(plan.many.len(), Parents::default);
    let compiled = Query::from(select).compile(connection.dialect())?;
    let statement = Statement::new(compiled.sql, compiled.params);
    connection
        .fetch(&statement, &mut |row| match &children {
            None => level.push(&row, plan, None),
            Some((named, by_key)) => {
                let values = values(&row, named.clone())?;
                let owners = RowKey::new(&values).and_then(|key| by_key.get(&key));
                owners.into_iter().flatten().try_for_each(|owner| level.push(&row, plan, Some(*owner)))
            }
        })
        .await?;
    Ok(())
}

/// Queues the levels below the one that was read last, as far as it has rows.
fn queue(
    waiting: &mut VecDeque<Waiting>,
    loaded: &mut [Loaded],
    plan: Plan,
    depths: &Depths,
    levels: &Levels,
) -> Result<(), OrmError> {
    let parent = loaded.len().saturating_sub(1);
    let Some(level) = loaded.get_mut(parent) else { return Ok(()) };
    for (mut many, parents) in plan.many.into_iter().zip(std::mem::take(&mut level.parents)) {
        let relation = many.many.relation;
        for (_, own) in levels.iter().filter(|(of, _)| std::ptr::eq(*of, relation)) {
            many.many.level = std::mem::take(&mut many.many.level).and(own);
        }
        let mut depths = depths.clone();
        let known = depths.0.iter_mut().find(|(of, _)| std::ptr::eq(*of, relation));
        let left = match (&known, many.many.level.depth) {
            (Some((_, left)), _) => *left,
            (None, Some(depth)) => depth,
            (None, None) => MAX_DEPTH,
        };
        if left == 0 && many.many.level.depth.is_none() && !parents.keys.is_empty() {
            return Err(OrmError::TooDeep { relation: relation.name.clone(), depth: MAX_DEPTH });
        }
        if left == 0 || parents.keys.is_empty() {
            continue;
        }
        match known {
            Some((_, known)) => *known = left - 1,
            None => depths.0.push((relation, left - 1)),
        }
        waiting.push_back(Waiting { parent, many, parents, depths });
    }
    Ok(())
}
