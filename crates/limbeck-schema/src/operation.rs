//! What changes a schema.

use serde::{Deserialize, Serialize};

use crate::{
    Column, CompositeType, Constraint, DefaultPrivilege, Domain, Entity, EntityId, EnumType, Grant, Index,
    ObjectReference, PartitionOf, QualifiedName, Schema, Sequence, Table, TableOptions, TypeDependents,
};

/// One change of a schema. Each carries what was there before and what is there after, so that it can be reversed
/// without looking at a database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "lists of operations are short, and a box more would be noise in every match"
)]
pub enum Operation {
    /// Creates a schema.
    CreateSchema(Schema),
    /// Drops an empty schema.
    DropSchema(Schema),
    /// Creates an enum type.
    CreateEnum(EnumType),
    /// Drops an enum type.
    DropEnum(EnumType),
    /// Renames an enum type within its schema.
    RenameEnum {
        /// The type.
        name: QualifiedName,
        /// Its name after.
        to: String,
    },
    /// Changes the values of an enum type.
    AlterEnum(Box<EnumChange>),
    /// Creates a domain.
    CreateDomain(Domain),
    /// Drops a domain.
    DropDomain(Domain),
    /// Renames a domain within its schema.
    RenameDomain {
        /// The domain.
        name: QualifiedName,
        /// Its name after.
        to: String,
    },
    /// Changes anything of a domain but its name and comment.
    AlterDomain(Box<DomainChange>),
    /// Creates a composite type.
    CreateComposite(CompositeType),
    /// Drops a composite type.
    DropComposite(CompositeType),
    /// Renames a composite type within its schema.
    RenameComposite {
        /// The type.
        name: QualifiedName,
        /// Its name after.
        to: String,
    },
    /// Changes the attributes of a composite type.
    AlterComposite(Box<CompositeChange>),
    /// Creates a sequence.
    CreateSequence(Sequence),
    /// Drops a sequence.
    DropSequence(Sequence),
    /// Changes a sequence's type, options or owner.
    AlterSequence {
        /// Before.
        from: Sequence,
        /// After; same name.
        to: Sequence,
    },
    /// Creates a table with its constraints, indexes and comments.
    CreateTable(Box<Table>),
    /// Drops a table.
    DropTable(Box<Table>),
    /// Renames a table within its schema.
    RenameTable {
        /// The table.
        name: QualifiedName,
        /// Its name after.
        to: String,
    },
    /// Changes a table's dialect options.
    AlterTableOptions {
        /// The table.
        table: QualifiedName,
        /// Before.
        from: Box<TableOptions>,
        /// After.
        to: Box<TableOptions>,
    },
    /// Replaces a table by one of another shape, keeping the rows: SQLite's way to do what its ALTER TABLE cannot.
    RebuildTable(Box<TableRebuild>),
    /// Adds a column.
    AddColumn {
        /// The table.
        table: QualifiedName,
        /// The column.
        column: Box<Column>,
    },
    /// Drops a column.
    DropColumn {
        /// The table.
        table: QualifiedName,
        /// The column.
        column: Box<Column>,
    },
    /// Renames a column.
    RenameColumn {
        /// The table.
        table: QualifiedName,
        /// Its name before.
        from: String,
        /// Its name after.
        to: String,
    },
    /// Changes anything of a column but its name: type, collation, nullability, default, identity, generation,
    /// comment.
    AlterColumn {
        /// The table.
        table: QualifiedName,
        /// Before.
        from: Box<Column>,
        /// After; same name.
        to: Box<Column>,
    },
    /// Adds a constraint.
    AddConstraint {
        /// The table.
        table: QualifiedName,
        /// The constraint.
        constraint: Constraint,
    },
    /// Drops a constraint.
    DropConstraint {
        /// The table.
        table: QualifiedName,
        /// The constraint.
        constraint: Constraint,
    },
    /// Changes what can be changed of a constraint that stays: whether the rows that were there before it are known to
    /// meet it, and when a foreign key is checked (PostgreSQL).
    AlterConstraint {
        /// The table.
        table: QualifiedName,
        /// Before.
        from: Box<Constraint>,
        /// After; same name.
        to: Box<Constraint>,
    },
    /// Renames a constraint.
    RenameConstraint {
        /// The table.
        table: QualifiedName,
        /// Its name before.
        from: String,
        /// Its name after.
        to: String,
    },
    /// Creates an index.
    CreateIndex {
        /// The table.
        table: QualifiedName,
        /// The index.
        index: Index,
    },
    /// Drops an index.
    DropIndex {
        /// The table.
        table: QualifiedName,
        /// The index.
        index: Index,
    },
    /// Renames an index.
    RenameIndex {
        /// The table.
        table: QualifiedName,
        /// Its name before.
        from: String,
        /// Its name after.
        to: String,
    },
    /// Sets or removes a comment on anything but a column.
    SetComment {
        /// What it is on.
        target: CommentTarget,
        /// Before.
        from: Option<String>,
        /// After.
        to: Option<String>,
    },
    /// Makes a table a partition of another one.
    AttachPartition {
        /// The table.
        table: QualifiedName,
        /// What it becomes a partition of, and of which rows.
        of: PartitionOf,
    },
    /// Makes a partition a table of its own.
    DetachPartition {
        /// The table.
        table: QualifiedName,
        /// What it was a partition of, and of which rows.
        of: PartitionOf,
    },
    /// Creates an entity with all that is said of it besides its definition.
    CreateEntity(Box<Entity>),
    /// Drops an entity.
    DropEntity(Box<Entity>),
    /// Changes an entity without dropping what is built on it.
    ReplaceEntity {
        /// Before.
        from: Box<Entity>,
        /// After; same identity.
        to: Box<Entity>,
    },
    /// Renames an entity within its schema.
    RenameEntity {
        /// The entity.
        id: EntityId,
        /// Its name after.
        to: String,
    },
    /// Changes the privileges on one object.
    AlterGrants {
        /// The object; a column has privileges of its own.
        on: ObjectReference,
        /// All of them before.
        from: Vec<Grant>,
        /// All of them after.
        to: Vec<Grant>,
    },
    /// Changes the privileges on objects yet to be made: of one role, in one schema, on one kind of objects.
    AlterDefaultPrivileges {
        /// All of them before.
        from: Vec<DefaultPrivilege>,
        /// All of them after.
        to: Vec<DefaultPrivilege>,
    },
    /// Gives an object that is no entity to another role.
    SetOwner {
        /// The object.
        of: ObjectReference,
        /// The owner before, `None` for the role that made it.
        from: Option<String>,
        /// The owner after.
        to: Option<String>,
    },
    /// Runs a statement as it is.
    Execute {
        /// The statement, if this direction has one.
        forward: Option<String>,
        /// The statement that takes it back, if there is one.
        backward: Option<String>,
    },
}

/// A change of an enum type's values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnumChange {
    /// Before.
    pub from: EnumType,
    /// After; same name.
    pub to: EnumType,
    /// What uses the type at the time of the change.
    #[serde(flatten)]
    pub dependents: TypeDependents,
}

/// A change of a domain. Its default, NOT NULL and conditions change in place; another base type or collation needs
/// a new domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainChange {
    /// Before.
    pub from: Domain,
    /// After; same name.
    pub to: Domain,
    /// What uses the domain at the time of the change.
    #[serde(flatten)]
    pub dependents: TypeDependents,
}

/// A change of a composite type's attributes. They come, go and are renamed in place; another type of an attribute
/// needs a new composite type where a column has the old one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompositeChange {
    /// Before.
    pub from: CompositeType,
    /// After; same name.
    pub to: CompositeType,
    /// What uses the type at the time of the change.
    #[serde(flatten)]
    pub dependents: TypeDependents,
}

/// A table rebuild.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableRebuild {
    /// Before.
    pub from: Table,
    /// After; same name. Columns of one name keep their values, others are filled from their backfill or default.
    pub to: Table,
    /// Triggers to be restored, as they are stored.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub triggers: Vec<Entity>,
}

/// What a comment is on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommentTarget {
    /// A schema.
    Schema(String),
    /// A table.
    Table(QualifiedName),
    /// A constraint of a table.
    Constraint {
        /// The table.
        table: QualifiedName,
        /// The constraint.
        name: String,
    },
    /// An index.
    Index(QualifiedName),
    /// A sequence.
    Sequence(QualifiedName),
    /// An enum type.
    Enum(QualifiedName),
    /// A domain.
    Domain(QualifiedName),
    /// A condition of a domain.
    DomainConstraint {
        /// The domain.
        domain: QualifiedName,
        /// The condition.
        name: String,
    },
    /// A composite type.
    Composite(QualifiedName),
}

impl Operation {
    /// The operation that takes this one back. Reversing twice gives the same operation again.
    ///
    /// ```
    /// use limbeck_schema::{Operation, Table};
    /// let create = Operation::CreateTable(Box::new(Table::new("customers")));
    /// assert_eq!(create.reverse(), Operation::DropTable(Box::new(Table::new("customers"))));
    /// assert_eq!(create.reverse().reverse(), create);
    /// ```
    #[must_use]
    pub fn reverse(&self) -> Operation {
        use Operation::*;
        match self.clone() {
            CreateSchema(schema) => DropSchema(schema),
            DropSchema(schema) => CreateSchema(schema),
            CreateEnum(enum_type) => DropEnum(enum_type),
            DropEnum(enum_type) => CreateEnum(enum_type),
            RenameEnum { name, to } => RenameEnum { name: name.with_name(to), to: name.name },
            AlterEnum(change) => AlterEnum(Box::new(change.reverse())),
            CreateDomain(domain) => DropDomain(domain),
            DropDomain(domain) => CreateDomain(domain),
            RenameDomain { name, to } => RenameDomain { name: name.with_name(to), to: name.name },
            AlterDomain(change) => AlterDomain(Box::new(change.reverse())),
            CreateComposite(composite) => DropComposite(composite),
            DropComposite(composite) => CreateComposite(composite),
            RenameComposite { name, to } => RenameComposite { name: name.with_name(to), to: name.name },
            AlterComposite(change) => AlterComposite(Box::new(change.reverse())),
            CreateSequence(sequence) => DropSequence(sequence),
            DropSequence(sequence) => CreateSequence(sequence),
            AlterSequence { from, to } => AlterSequence { from: to, to: from },
            CreateTable(table) => DropTable(table),
            DropTable(table) => CreateTable(table),
            RenameTable { name, to } => RenameTable { name: name.with_name(to), to: name.name },
            AlterTableOptions { table, from, to } => AlterTableOptions { table, from: to, to: from },
            RebuildTable(rebuild) => {
                let TableRebuild { from, to, triggers } = *rebuild;
                RebuildTable(Box::new(TableRebuild { from: to, to: from, triggers }))
            }
            AddColumn { table, column } => DropColumn { table, column },
            DropColumn { table, column } => AddColumn { table, column },
            RenameColumn { table, from, to } => RenameColumn { table, from: to, to: from },
            AlterColumn { table, from, to } => AlterColumn { table, from: to, to: from },
            AddConstraint { table, constraint } => DropConstraint { table, constraint },
            DropConstraint { table, constraint } => AddConstraint { table, constraint },
            AlterConstraint { table, from, to } => AlterConstraint { table, from: to, to: from },
            RenameConstraint { table, from, to } => RenameConstraint { table, from: to, to: from },
            CreateIndex { table, index } => DropIndex { table, index },
            DropIndex { table, index } => CreateIndex { table, index },
            RenameIndex { table, from, to } => RenameIndex { table, from: to, to: from },
            SetComment { target, from, to } => SetComment { target, from: to, to: from },
            AttachPartition { table, of } => DetachPartition { table, of },
            DetachPartition { table, of } => AttachPartition { table, of },
            CreateEntity(entity) => DropEntity(entity),
            DropEntity(entity) => CreateEntity(entity),
            ReplaceEntity { from, to } => ReplaceEntity { from: to, to: from },
            RenameEntity { id, to } => {
                let former = id.name.name.clone();
                RenameEntity { id: EntityId { name: id.name.with_name(to), ..id }, to: former }
            }
            AlterGrants { on, from, to } => AlterGrants { on, from: to, to: from },
            AlterDefaultPrivileges { from, to } => AlterDefaultPrivileges { from: to, to: from },
            SetOwner { of, from, to } => SetOwner { of, from: to, to: from },
            Execute { forward, backward } => Execute { forward: backward, backward: forward },
        }
    }
}

impl EnumChange {
    fn reverse(self) -> EnumChange {
        // A rename read backwards is again a rename, so the way back finds the values by the same pairs.
        let swap = |renamed: std::collections::BTreeMap<String, String>| {
            renamed.into_iter().map(|(new, old)| (old, new)).collect()
        };
        let (mut from, mut to) = (self.to, self.from);
        let (forward, backward) = (from.renamed_values, to.renamed_values);
        to.renamed_values = swap(forward);
        from.renamed_values = swap(backward);
        EnumChange { from, to, dependents: self.dependents }
    }
}

impl DomainChange {
    fn reverse(self) -> DomainChange {
        DomainChange { from: self.to, to: self.from, dependents: self.dependents }
    }
}

impl CompositeChange {
    fn reverse(self) -> CompositeChange {
        let (mut from, mut to) = (self.to, self.from);
        // A rename read backwards is again a rename.
        let (mut forward, mut backward) = (Vec::new(), Vec::new());
        for attribute in &mut from.attributes {
            forward.extend(attribute.renamed_from.take().map(|former| (former, attribute.name.clone())));
        }
        for attribute in &mut to.attributes {
            backward.extend(attribute.renamed_from.take().map(|former| (former, attribute.name.clone())));
        }
        let rename = |composite: &mut CompositeType, pairs: Vec<(String, String)>| {
            for (name, former) in pairs {
                let renamed = composite.attributes.iter_mut().find(|a| a.name == name);
                renamed.into_iter().for_each(|a| a.renamed_from = Some(former.clone()));
            }
        };
        rename(&mut to, forward);
        rename(&mut from, backward);
        CompositeChange { from, to, dependents: self.dependents }
    }
}

/// The operations that take a whole sequence back: each reversed, in reverse order.
pub fn reverse_all(operations: &[Operation]) -> Vec<Operation> {
    operations.iter().rev().map(Operation::reverse).collect()
}
