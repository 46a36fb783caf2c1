//! Relations: what `relations!` declares, with positions of columns and the models it leads to.

mod condition;
mod handle;

use limbeck_schema::{Cascade, Related, Relation, RelationKind};

use crate::{Mapped, ModelDefinition};

pub use handle::{ToMany, ToOne};

/// A model with declared relations, for the session. Implemented by `relations!`.
pub trait RelatedModel: Mapped {
    /// Its relations, in declaration order, built once.
    fn related() -> &'static [RelationDefinition];
}

/// A relation, as loads and sessions follow it.
#[derive(Debug)]
pub struct RelationDefinition {
    /// The name, unique within its model.
    pub name: String,
    /// The model it leads to.
    pub target: RelationTarget,
    /// Over which columns.
    pub path: RelationPath,
    /// What a session does to the related rows when it does something to this one.
    pub cascade: Cascade,
}

/// The models at the other end of a relation. They are asked for when they are needed: models lead to each other.
#[derive(Clone, Copy, Debug)]
pub struct RelationTarget {
    /// The model it leads to.
    pub definition: fn() -> &'static ModelDefinition,
    /// That model's relations.
    pub relations: fn() -> &'static [RelationDefinition],
    /// The association table between, where there is one.
    pub association: Option<fn() -> &'static ModelDefinition>,
}

/// The columns over which a relation leads, in pairs of equal values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RelationPath {
    /// To the one row that this row's foreign key names.
    One {
        /// The columns of this table.
        from: Vec<usize>,
        /// The columns of the target that they refer to.
        to: Vec<usize>,
    },
    /// To the one row whose foreign key names this row.
    HasOne {
        /// The columns of this table that are referred to.
        from: Vec<usize>,
        /// The columns of the target that refer to them.
        to: Vec<usize>,
    },
    /// To all rows whose foreign key names this row.
    Many {
        /// The columns of this table that are referred to.
        from: Vec<usize>,
        /// The columns of the target that refer to them.
        to: Vec<usize>,
    },
    /// To all rows that an association table pairs with this row.
    Through {
        /// The columns of this table that are referred to.
        from: Vec<usize>,
        /// The columns of the association table that refer to them.
        near: Vec<usize>,
        /// The columns of the association table that refer to the target.
        far: Vec<usize>,
        /// The columns of the target that they refer to.
        to: Vec<usize>,
    },
}

impl RelationDefinition {
    /// The columns of this table over which the relation leads.
    pub fn from(&self) -> &[usize] {
        match &self.path {
            RelationPath::One { from, .. }
            | RelationPath::HasOne { from, .. }
            | RelationPath::Many { from, .. }
            | RelationPath::Through { from, .. } => from,
        }
    }
}

/// The relations of a model, with the models they lead to in the order of the relations.
pub fn relation_definitions<M: Mapped + Related>(targets: Vec<RelationTarget>) -> Vec<RelationDefinition> {
    let relations = M::relations().into_iter().zip(targets);
    let known = relations.filter_map(|(relation, target)| {
        // The columns exist: `relations!` found the foreign keys when the program was compiled.
        let path = path(&relation, M::definition(), target)?;
        Some(RelationDefinition { name: relation.name, target, path, cascade: relation.cascade })
    });
    known.collect()
}

fn path(relation: &Relation, own: &ModelDefinition, target: RelationTarget) -> Option<RelationPath> {
    let other = (target.definition)();
    Some(match &relation.kind {
        RelationKind::One { foreign_key } => {
            let (from, to) = pairs(own, foreign_key, other)?;
            RelationPath::One { from, to }
        }
        RelationKind::HasOne { foreign_key } => {
            let (to, from) = pairs(other, foreign_key, own)?;
            RelationPath::HasOne { from, to }
        }
        RelationKind::Many { foreign_key } => {
            let (to, from) = pairs(other, foreign_key, own)?;
            RelationPath::Many { from, to }
        }
        RelationKind::ManyThrough { foreign_key, target_foreign_key, .. } => {
            let association = (target.association?)();
            let (near, from) = pairs(association, foreign_key, own)?;
            let (far, to) = pairs(association, target_foreign_key, other)?;
            RelationPath::Through { from, near, far, to }
        }
    })
}

/// The columns of a foreign key and those it refers to.
fn pairs(
    child: &ModelDefinition,
    foreign_key: &[String],
    parent: &ModelDefinition,
) -> Option<(Vec<usize>, Vec<usize>)> {
    let columns: Vec<usize> =
        foreign_key.iter().map(|column| child.position(column)).collect::<Option<_>>()?;
    let key =
        child.foreign_keys.iter().find(|key| key.columns == columns && key.referred_table == parent.table)?;
    let referred =
        key.referred_columns.iter().map(|column| parent.position(column)).collect::<Option<_>>()?;
    Some((columns, referred))
}

/// The relations of a model whether or not it has some: an inherent item comes before a trait's, so a model with
/// relations has its own answer and every other one that of [`AnyModel`].
pub struct RelationsOf<M>(std::marker::PhantomData<M>);

impl<M: RelatedModel> RelationsOf<M> {
    /// The relations that `relations!` declares.
    pub fn definitions() -> &'static [RelationDefinition] {
        M::related()
    }
}

/// The answer of [`RelationsOf`] for models without relations.
pub trait AnyModel {
    /// None.
    fn definitions() -> &'static [RelationDefinition] {
        &[]
    }
}

impl<M> AnyModel for RelationsOf<M> {}
