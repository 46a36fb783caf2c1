//! An arena of rows that can be walked in every direction.
//!
//! A row is a value of its owner elsewhere; here the graph owns the rows, and everything else has their keys. So an order
//! leads to its customer and the customer to its orders, and a change is seen from both sides.

mod arena;

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;

use limbeck_dialect::query::{Expr, JoinKind, Select, Source, Statement as Query, TableName};
use limbeck_engine::Statement;
use limbeck_schema::Value;

use crate::relation::RelationPath;
use crate::row_key::RowKey;
use crate::rows::{column, only_with, table_name};
use crate::{Executor, Mapped, OrmError, RelationDefinition, Session, ToMany, ToOne};
use arena::{AnyArena, Arena};

/// Rows of several models, by their keys.
#[derive(Default)]
pub struct Graph {
    /// In the order in which the models came.
    arenas: Vec<(TypeId, Box<dyn AnyArena>)>,
    /// The pairs of relations over an association table, by the relation's address.
    pairs: HashMap<usize, Vec<(RowKey, RowKey)>>,
}

impl Graph {
    /// A graph without rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a row in as it was read. One of the same key that is there already stays, with its changes.
    pub fn insert<M: Mapped>(&mut self, row: M) {
        self.arena_mut::<M>().insert(row);
    }

    /// Takes several rows in.
    pub fn extend<M: Mapped>(&mut self, rows: impl IntoIterator<Item = M>) {
        let arena = self.arena_mut::<M>();
        rows.into_iter().for_each(|row| arena.insert(row));
    }

    /// Reads the rows at the other end of a relation, of all rows of `M` in the graph, by one query.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn load_many<M: Mapped, T: Mapped>(
        &mut self,
        executor: &mut impl Executor,
        relation: ToMany<M, T>,
    ) -> Result<(), OrmError> {
        self.load::<M, T>(executor, relation.definition()).await
    }

    /// Reads the row at the other end of a relation, of all rows of `M` in the graph, by one query.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn load_one<M: Mapped, T: Mapped>(
        &mut self,
        executor: &mut impl Executor,
        relation: ToOne<M, T>,
    ) -> Result<(), OrmError> {
        self.load::<M, T>(executor, relation.definition()).await
    }

    /// A row.
    pub fn get<M: Mapped>(&self, key: &M::Key) -> Option<&M> {
        self.arena::<M>()?.get(&RowKey::new(&M::key_values(key))?).map(|row| &**row)
    }

    /// A row, to be changed.
    pub fn edit<M: Mapped>(&mut self, key: &M::Key) -> Option<&mut M> {
        let key = RowKey::new(&M::key_values(key))?;
        self.arena_mut::<M>().get_mut(&key).map(|row| &mut **row)
    }

    /// All rows of a model, in the order in which they came.
    pub fn rows<M: Mapped>(&self) -> impl Iterator<Item = &M> {
        self.arena::<M>().into_iter().flat_map(Arena::rows).map(|row| &**row)
    }

    /// The rows of the graph to which a relation leads from a row.
    pub fn many<M: Mapped, T: Mapped>(&self, relation: ToMany<M, T>, from: &M) -> Vec<&T> {
        self.walk(relation.definition(), from)
    }

    /// The row of the graph to which a relation leads from a row.
    pub fn one<M: Mapped, T: Mapped>(&self, relation: ToOne<M, T>, from: &M) -> Option<&T> {
        self.walk(relation.definition(), from).into_iter().next()
    }

    /// Takes a row out, and has it deleted by [`commit`](Self::commit). True if it was there.
    pub fn delete<M: Mapped>(&mut self, key: &M::Key) -> bool {
        RowKey::new(&M::key_values(key)).is_some_and(|key| self.arena_mut::<M>().delete(&key))
    }

    /// Brings all changes and deletions into a session and flushes it.
    ///
    /// # Errors
    /// Those of [`Session::flush`].
    pub async fn commit(&mut self, session: &mut Session) -> Result<(), OrmError> {
        for (_, arena) in &mut self.arenas {
            arena.save(session);
        }
        session.flush().await
    }

    fn walk<M: Mapped, T: Mapped>(&self, relation: Option<&'static RelationDefinition>, from: &M) -> Vec<&T> {
        let (Some(relation), Some(arena)) = (relation, self.arena::<T>()) else { return Vec::new() };
        let Some(own) = key_of(from, relation.from()) else { return Vec::new() };
        match &relation.path {
            RelationPath::One { to, .. }
            | RelationPath::HasOne { to, .. }
            | RelationPath::Many { to, .. } => {
                let rows = arena.rows().map(|row| &**row);
                rows.filter(|row| key_of(*row, to).as_ref() == Some(&own)).collect()
            }
            RelationPath::Through { to, .. } => {
                let pairs = self.pairs.get(&address(relation));
                let linked: Vec<&RowKey> = pairs
                    .into_iter()
                    .flatten()
                    .filter(|(near, _)| *near == own)
                    .map(|(_, far)| far)
                    .collect();
                let rows = arena.rows().map(|row| &**row);
                rows.filter(|row| key_of(*row, to).is_some_and(|key| linked.contains(&&key))).collect()
            }
        }
    }

    async fn load<M: Mapped, T: Mapped>(
        &mut self,
        executor: &mut impl Executor,
        relation: Option<&'static RelationDefinition>,
    ) -> Result<(), OrmError> {
        let Some(relation) = relation else { return Ok(()) };
        let parents = self.parents::<M>(relation.from());
        if parents.is_empty() {
            return Ok(());
        }
        let (target, name) = (T::definition(), table_name(T::definition()));
        let mut select = Select::from(TableName::from(target.table.clone()));
        let columns = 0..target.columns.len();
        select.items = columns.map(|place| column(target, &name, place).into()).collect();
        let (mut width, mut to_columns): (usize, &[usize]) = (0, &[]);
        match (&relation.path, relation.target.association) {
            (RelationPath::Through { near, far, to, .. }, Some(association)) => {
                let between = table_name(association());
                let pairs = far
                    .iter()
                    .zip(to)
                    .map(|(far, to)| column(association(), &between, *far).equal(column(target, &name, *to)));
                let source = Source::table(TableName::from(association().table.clone()));
                select = select.join(JoinKind::Inner, source, Some(Expr::All(pairs.collect())));
                let links = near.iter().map(|near| column(association(), &between, *near));
                select.items.extend(links.map(Into::into));
                select = only_with(select, association(), &between, near, parents);
                (width, to_columns) = (near.len(), to);
            }
            (
                RelationPath::One { to, .. }
                | RelationPath::HasOne { to, .. }
                | RelationPath::Many { to, .. },
                _,
            ) => select = only_with(select, target, &name, to, parents),
            (RelationPath::Through { .. }, None) => return Ok(()),
        }
        let connection = executor.ready().await?;
        let compiled = Query::from(select).compile(connection.dialect())?;
        let statement = Statement::new(compiled.sql, compiled.params);
        let first = target.columns.len();
        let rows = connection.fetch_all(&statement, |row| {
            let near =
                (first..first + width).map(|column| row.get(column)).collect::<Result<Vec<Value>, _>>()?;
            Ok((T::decode(row, 0)?, near))
        });
        let mut pairs = Vec::new();
        for (row, near) in rows.await? {
            pairs.extend(RowKey::new(&near).zip(key_of(&row, to_columns)));
            self.insert(row);
        }
        if matches!(relation.path, RelationPath::Through { .. }) {
            self.pairs.insert(address(relation), pairs);
        }
        Ok(())
    }

    /// The values over which a relation leads from the rows of a model, each once.
    fn parents<M: Mapped>(&self, columns: &[usize]) -> Vec<Vec<Value>> {
        let mut seen = std::collections::HashSet::new();
        let rows =
            self.rows::<M>().map(|row| columns.iter().map(|place| row.value(*place)).collect::<Vec<_>>());
        rows.filter(|values| RowKey::new(values).is_some_and(|key| seen.insert(key))).collect()
    }

    fn arena<M: Mapped>(&self) -> Option<&Arena<M>> {
        let (_, arena) = self.arenas.iter().find(|(id, _)| *id == TypeId::of::<M>())?;
        let arena: &dyn Any = &**arena;
        arena.downcast_ref()
    }

    #[allow(clippy::expect_used, reason = "an arena stands under the type of its rows")]
    fn arena_mut<M: Mapped>(&mut self) -> &mut Arena<M> {
        let id = TypeId::of::<M>();
        let place = self.arenas.iter().position(|(known, _)| *known == id).unwrap_or_else(|| {
            self.arenas.push((id, Box::new(Arena::<M>::default())));
            self.arenas.len() - 1
        });
        let arena = self.arenas.get_mut(place).map(|(_, arena)| &mut **arena as &mut dyn Any);
        arena.and_then(<dyn Any>::downcast_mut).expect("an arena of these rows")
    }
}

fn address(relation: &'static RelationDefinition) -> usize {
    std::ptr::from_ref(relation).addr()
}

fn key_of<M: Mapped>(row: &M, columns: &[usize]) -> Option<RowKey> {
    let values: Vec<Value> = columns.iter().map(|column| row.value(*column)).collect();
    RowKey::new(&values)
}

impl fmt::Debug for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Graph").field("models", &self.arenas.len()).finish_non_exhaustive()
    }
}
