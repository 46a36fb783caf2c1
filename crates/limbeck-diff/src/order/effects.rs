//! What each operation makes, removes and builds on.

use std::borrow::Cow;
use std::collections::BTreeSet;

use limbeck_schema::{
    Column, CommentTarget, CompositeType, Constraint, Dialect, Domain, EntityId, ForeignKey, Index,
    IndexElement, IndexTarget, Operation, QualifiedName, Sequence, Table, TypeColumn, TypeDependents,
};

use super::entities;
use crate::identifiers::{function_names, names, possible_columns, sequence_names};

/// Something that operations make, remove or build on. A table stands for its columns and keys too where it is made
/// or removed as a whole.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Resource<'a> {
    Schema(&'a str),
    /// An enum type, domain or composite type.
    Type(&'a QualifiedName),
    /// A type or function as an expression names it: the schema may be left out there.
    NameInExpression(Cow<'a, str>),
    /// A function as an expression calls it.
    Call(Cow<'a, str>),
    Sequence(Cow<'a, QualifiedName>),
    Table(&'a QualifiedName),
    /// A column as it is, with its type.
    Column(&'a QualifiedName, Cow<'a, str>),
    /// What a column is in every respect: its changes build on each other.
    ColumnDefinition(&'a QualifiedName, &'a str),
    /// A column of any type: what owns a sequence.
    ColumnAsOwner(&'a QualifiedName, &'a str),
    /// The primary key of a table: there is one at a time, whatever its name.
    PrimaryKey(&'a QualifiedName),
    /// Columns that a foreign key may refer to, sorted: a key is the same in any order of its columns.
    Key(&'a QualifiedName, Vec<&'a str>),
    /// A name that one object of a schema has: PostgreSQL keeps tables, indexes and sequences in one namespace, and
    /// gives the index of a primary key or unique constraint its name (PostgreSQL docs, "CREATE INDEX" and "CREATE
    /// TABLE"). A table also brings a type of its name, so types are counted in.
    Name(Option<&'a str>, Cow<'a, str>),
    /// A name that one constraint of a table has.
    ConstraintName(&'a QualifiedName, &'a str),
    /// What a constraint of a table has besides its definition: a comment.
    Adornment(&'a QualifiedName, &'a str),
    /// The same of an index, by its schema and name.
    IndexAdornment(Option<&'a str>, &'a str),
    Entity(&'a EntityId),
}

/// What an operation does to resources.
#[derive(Debug, Default)]
pub(super) struct Effects<'a> {
    /// What it no longer builds on afterwards.
    pub(super) frees: Vec<Resource<'a>>,
    /// What is gone or different afterwards.
    pub(super) removes: Vec<Resource<'a>>,
    /// What is there, or different, afterwards.
    pub(super) makes: Vec<Resource<'a>>,
    /// What it builds on from now on.
    pub(super) needs: Vec<Resource<'a>>,
    /// What it mentions no longer, where the database does not look.
    pub(super) forgets: Vec<Resource<'a>>,
    /// What it mentions from now on, where the database does not look.
    pub(super) mentions: Vec<Resource<'a>>,
}

/// The foreign keys inside `CreateTable` and `DropTable` that must not count for the order, by table and position.
pub(crate) type UncountedForeignKeys = BTreeSet<(QualifiedName, usize)>;

/// What the operation does to resources.
pub(super) fn effects<'a>(
    dialect: Dialect,
    operation: &'a Operation,
    uncounted: &UncountedForeignKeys,
) -> Effects<'a> {
    use Operation::*;
    match operation {
        CreateSchema(schema) => makes(vec![Resource::Schema(&schema.name)], Vec::new()),
        DropSchema(schema) => removes(vec![Resource::Schema(&schema.name)], Vec::new()),
        CreateEnum(enum_type) => makes(type_itself(&enum_type.name), schema_of(&enum_type.name)),
        DropEnum(enum_type) => removes(type_itself(&enum_type.name), schema_of(&enum_type.name)),
        AlterEnum(change) => carried(&change.from.name, &change.dependents),
        CreateDomain(domain) => makes(type_itself(&domain.name), domain_base(dialect, domain)),
        DropDomain(domain) => removes(type_itself(&domain.name), domain_base(dialect, domain)),
        AlterDomain(change) => {
            let mut effects = Effects::default();
            if change.from.base_type != change.to.base_type || change.from.collation != change.to.collation {
                effects = carried(&change.from.name, &change.dependents);
            }
            effects.frees.extend(domain_base(dialect, &change.from));
            effects.needs.extend(domain_base(dialect, &change.to));
            without_unchanged(effects)
        }
        CreateComposite(composite) => makes(type_itself(&composite.name), composite_base(composite)),
        DropComposite(composite) => removes(type_itself(&composite.name), composite_base(composite)),
        AlterComposite(change) => {
            let mut effects = carried(&change.from.name, &change.dependents);
            effects.frees.extend(composite_base(&change.from));
            effects.needs.extend(composite_base(&change.to));
            without_unchanged(effects)
        }
        CreateSequence(sequence) => makes(sequence_itself(sequence), sequence_base(sequence)),
        DropSequence(sequence) => removes(sequence_itself(sequence), sequence_base(sequence)),
        AlterSequence { from, to } => {
            let mut effects = Effects { frees: owner(from), needs: owner(to), ..Effects::default() };
            // A sequence is released before it is dropped, and owned after it was created.
            let itself = Resource::Sequence(Cow::Borrowed(&to.name));
            if to.owned_by.is_none() {
                effects.frees.push(itself)
            } else {
                effects.needs.push(itself)
            }
            without_unchanged(effects)
        }
        CreateTable(table) => makes(table_itself(table), table_base(dialect, table, uncounted)),
        DropTable(table) => removes(table_itself(table), table_base(dialect, table, uncounted)),
        AlterTableOptions { table, from, to } => {
            let mut effects = Effects {
                frees: from.postgresql.inherits.iter().map(Resource::Table).collect(),
                needs: to.postgresql.inherits.iter().map(Resource::Table).collect(),
                ..Effects::default()
            };
            // No foreign key leads from a logged table to an unlogged one (PostgreSQL docs, "CREATE TABLE").
            if from.postgresql.unlogged != to.postgresql.unlogged {
                effects.removes.push(Resource::Table(table));
                effects.makes.push(Resource::Table(table));
            }
            effects
        }
        AddColumn { table, column } => {
            makes(column_itself(table, column), column_base(dialect, table, column))
        }
        DropColumn { table, column } => {
            removes(column_itself(table, column), column_base(dialect, table, column))
        }
        AlterColumn { table, from, to } => column_change(dialect, table, from, to),
        AddConstraint { table, constraint } => {
            makes(constraint_itself(table, constraint), constraint_base(dialect, table, constraint))
        }
        DropConstraint { table, constraint } => {
            removes(constraint_itself(table, constraint), constraint_base(dialect, table, constraint))
        }
        // Its comment comes after, since a constraint that is made NOT VALID is a new one.
        AlterConstraint { table, to, .. } => {
            let itself = || to.name().map(|name| Resource::Adornment(table, name)).into_iter();
            let needs = constraint_base(dialect, table, to);
            Effects { removes: itself().collect(), makes: itself().collect(), needs, ..Effects::default() }
        }
        // Whether the constraint is one with an index is not known here; a name counted in too many is no harm.
        RenameConstraint { table, from, to } => Effects {
            removes: vec![Resource::ConstraintName(table, from), name_in_schema_of(table, from)],
            makes: vec![Resource::ConstraintName(table, to), name_in_schema_of(table, to)],
            ..Effects::default()
        },
        CreateIndex { table, index } => makes(index_itself(table, index), index_base(dialect, table, index)),
        DropIndex { table, index } => removes(index_itself(table, index), index_base(dialect, table, index)),
        RenameIndex { table, from, to } => Effects {
            removes: vec![name_in_schema_of(table, from)],
            makes: vec![name_in_schema_of(table, to)],
            ..Effects::default()
        },
        SetComment { target, .. } => Effects { needs: comment_base(target), ..Effects::default() },
        AttachPartition { table, of } => makes(Vec::new(), entities::partition(table, of)),
        DetachPartition { table, of } => removes(Vec::new(), entities::partition(table, of)),
        CreateEntity(entity) => entities::created(entity),
        DropEntity(entity) => entities::dropped(entity),
        ReplaceEntity { from, to } => entities::replaced(from, to),
        AlterGrants { on, from, to } => entities::said_of(on, !from.is_empty(), !to.is_empty()),
        SetOwner { of, from, to } => entities::said_of(of, from.is_some(), to.is_some()),
        AlterDefaultPrivileges { from, to } => {
            let schemas = |list: &'a [limbeck_schema::DefaultPrivilege]| {
                list.iter().flat_map(|p| &p.schema).map(|name| Resource::Schema(name)).collect()
            };
            without_unchanged(Effects { frees: schemas(from), needs: schemas(to), ..Effects::default() })
        }
        RenameEnum { .. }
        | RenameDomain { .. }
        | RenameComposite { .. }
        | RenameTable { .. }
        | RenameColumn { .. }
        | RenameEntity { .. }
        | RebuildTable(_)
        | Execute { .. } => Effects::default(),
    }
}

fn makes<'a>(makes: Vec<Resource<'a>>, needs: Vec<Resource<'a>>) -> Effects<'a> {
    Effects { makes, needs, ..Effects::default() }
}

fn removes<'a>(removes: Vec<Resource<'a>>, frees: Vec<Resource<'a>>) -> Effects<'a> {
    Effects { removes, frees, ..Effects::default() }
}

pub(super) fn relation(name: &QualifiedName) -> Resource<'_> {
    Resource::Name(name.schema.as_deref(), Cow::Borrowed(&name.name))
}

fn name_in_schema_of<'a>(table: &'a QualifiedName, name: &'a str) -> Resource<'a> {
    Resource::Name(table.schema.as_deref(), Cow::Borrowed(name))
}

/// The name that PostgreSQL gives the sequence behind an identity, if nothing else has it.
fn identity_sequence<'a>(table: &'a QualifiedName, column: &Column) -> Resource<'a> {
    Resource::Name(table.schema.as_deref(), Cow::Owned(format!("{}_{}_seq", table.name, column.name)))
}

pub(super) fn name_in_expression(name: &str) -> Resource<'_> {
    Resource::NameInExpression(Cow::Borrowed(name))
}

pub(super) fn schema_of(name: &QualifiedName) -> Vec<Resource<'_>> {
    name.schema.iter().map(|schema| Resource::Schema(schema)).collect()
}

fn type_itself(name: &QualifiedName) -> Vec<Resource<'_>> {
    vec![Resource::Type(name), Resource::NameInExpression(Cow::Borrowed(&name.name)), relation(name)]
}

/// A change of a type in place of which a new one may have to be made: everything on it that takes part must be as
/// the change expects it.
fn carried<'a>(name: &'a QualifiedName, dependents: &'a TypeDependents) -> Effects<'a> {
    let mut changed = Vec::new();
    let names =
        dependents.domains.iter().map(|d| &d.name).chain(dependents.composites.iter().map(|c| &c.name));
    for name in std::iter::once(name).chain(names) {
        changed.push(Resource::Type(name));
        changed.push(Resource::NameInExpression(Cow::Borrowed(&name.name)));
    }
    for column in dependents.columns.iter().chain(&dependents.generated) {
        let reference = &column.reference;
        changed.push(Resource::Column(&reference.table, Cow::Borrowed(&reference.column)));
    }
    // They are made anew as they were, so what changes of them, a comment for one, comes after.
    for TypeColumn { reference, .. } in &dependents.generated {
        changed.push(Resource::ColumnDefinition(&reference.table, &reference.column));
    }
    let constraints = dependents.constraints.iter().filter_map(|c| Some((&c.table, c.constraint.name()?)));
    let constraints: Vec<_> = constraints.collect();
    let indexes = dependents.indexes.iter().filter_map(|i| Some((&i.table, i.index.name.as_deref()?)));
    let indexes: Vec<_> = indexes.collect();
    changed.extend(constraints.iter().map(|(table, name)| Resource::Adornment(table, name)));
    let of_index = |(table, name): &(&'a QualifiedName, &'a str)| {
        Resource::IndexAdornment(table.schema.as_deref(), name)
    };
    changed.extend(indexes.iter().map(of_index));
    changed.extend(dependents.entities.iter().flat_map(|entity| entities::itself(&entity.id)));
    // They are made anew under the names they have before anything is renamed.
    let mut frees: Vec<_> =
        constraints.iter().map(|(table, name)| Resource::ConstraintName(table, name)).collect();
    frees.extend(constraints.iter().chain(&indexes).map(|(table, name)| name_in_schema_of(table, name)));
    Effects { removes: changed.clone(), makes: changed, frees, ..Effects::default() }
}

/// What was built on before and still is says nothing about the order but that it must be there.
pub(super) fn without_unchanged(mut effects: Effects<'_>) -> Effects<'_> {
    let needs = effects.needs.clone();
    effects.frees.retain(|resource| !needs.contains(resource));
    effects
}

fn domain_base<'a>(dialect: Dialect, domain: &'a Domain) -> Vec<Resource<'a>> {
    let mut resources = schema_of(&domain.name);
    resources.extend(domain.base_type.named_type().map(Resource::Type));
    let checks = domain.checks.iter().map(|check| &check.expression);
    for text in checks.chain(&domain.server_default) {
        resources.extend(types_in(dialect, text.for_dialect(dialect)));
    }
    let default =
        domain.server_default.iter().flat_map(|default| sequence_names(default.for_dialect(dialect)));
    resources.extend(default.map(|name| Resource::Sequence(Cow::Owned(name))));
    // A condition may cast to the domain's own name.
    resources.retain(
        |resource| !matches!(resource, Resource::NameInExpression(name) if *name == domain.name.name),
    );
    resources
}

fn composite_base(composite: &CompositeType) -> Vec<Resource<'_>> {
    let types = composite.attributes.iter().filter_map(|a| a.sql_type.named_type());
    schema_of(&composite.name).into_iter().chain(types.map(Resource::Type)).collect()
}

fn sequence_itself(sequence: &Sequence) -> Vec<Resource<'_>> {
    vec![Resource::Sequence(Cow::Borrowed(&sequence.name)), relation(&sequence.name)]
}

fn sequence_base(sequence: &Sequence) -> Vec<Resource<'_>> {
    schema_of(&sequence.name).into_iter().chain(owner(sequence)).collect()
}

fn owner(sequence: &Sequence) -> Vec<Resource<'_>> {
    let columns = sequence.owned_by.iter();
    columns.flat_map(|o| [Resource::Table(&o.table), Resource::ColumnAsOwner(&o.table, &o.column)]).collect()
}

fn table_itself(table: &Table) -> Vec<Resource<'_>> {
    let mut resources = vec![Resource::Table(&table.name), relation(&table.name)];
    let keys = table.primary_key.iter().map(|pk| &pk.name).chain(table.uniques.iter().map(|u| &u.name));
    let keys = keys.chain(table.excludes.iter().map(|e| &e.name));
    let names = keys.chain(table.indexes.iter().map(|i| &i.name)).flatten();
    resources.extend(names.map(|name| name_in_schema_of(&table.name, name)));
    resources
}

fn table_base<'a>(dialect: Dialect, table: &'a Table, uncounted: &UncountedForeignKeys) -> Vec<Resource<'a>> {
    let mut resources = schema_of(&table.name);
    resources.extend(table.options.postgresql.inherits.iter().map(Resource::Table));
    resources.extend(table.options.postgresql.partition_of.iter().map(|of| Resource::Table(&of.parent)));
    for column in &table.columns {
        resources.extend(value_base(dialect, column));
    }
    for (position, fk) in table.foreign_keys.iter().enumerate() {
        // The lookup needs an owned name; few tables have anything uncounted.
        if uncounted.is_empty() || !uncounted.contains(&(table.name.clone(), position)) {
            resources.extend(referred(fk));
        }
    }
    let texts = table.checks.iter().map(|c| &c.expression);
    let texts = texts.chain(table.indexes.iter().flat_map(|i| &i.predicate));
    let texts = texts.chain(table.excludes.iter().flat_map(|e| &e.predicate));
    for text in texts {
        resources.extend(types_in(dialect, text.for_dialect(dialect)));
    }
    resources
}

/// What a column's type and default build on.
fn value_base(dialect: Dialect, column: &Column) -> Vec<Resource<'_>> {
    let enum_type = column.sql_type.named_type().map(Resource::Type);
    enum_type.into_iter().chain(default_base(dialect, column)).collect()
}

fn default_base<'a>(dialect: Dialect, column: &Column) -> Vec<Resource<'a>> {
    let Some(default) = &column.server_default else { return Vec::new() };
    let sql = default.for_dialect(dialect);
    let sequences = sequence_names(sql).into_iter().map(|name| Resource::Sequence(Cow::Owned(name)));
    let calls = function_names(dialect, sql).into_iter().map(|name| Resource::Call(Cow::Owned(name)));
    sequences.chain(calls).collect()
}

fn column_itself<'a>(table: &'a QualifiedName, column: &'a Column) -> Vec<Resource<'a>> {
    vec![Resource::Column(table, Cow::Borrowed(&column.name)), Resource::ColumnAsOwner(table, &column.name)]
}

fn column_base<'a>(dialect: Dialect, table: &'a QualifiedName, column: &'a Column) -> Vec<Resource<'a>> {
    let mut resources = vec![Resource::Table(table)];
    resources.extend(value_base(dialect, column));
    resources.extend(generation_base(dialect, table, column));
    resources
}

fn generation_base<'a>(dialect: Dialect, table: &'a QualifiedName, column: &Column) -> Vec<Resource<'a>> {
    let text = column.computed.as_ref().map(|c| c.expression.for_dialect(dialect));
    text.map(|sql| expression_base(dialect, table, sql)).unwrap_or_default()
}

/// What an expression over a table's columns builds on.
fn expression_base<'a>(dialect: Dialect, table: &'a QualifiedName, sql: &str) -> Vec<Resource<'a>> {
    let columns = possible_columns(dialect, sql).into_iter().map(|n| Resource::Column(table, Cow::Owned(n)));
    columns.chain(types_in(dialect, sql)).collect()
}

fn types_in<'a>(dialect: Dialect, sql: &str) -> Vec<Resource<'a>> {
    names(dialect, sql).into_iter().map(|name| Resource::NameInExpression(Cow::Owned(name))).collect()
}

/// A change of the column's values or type stands between what built on the old and what builds on the new column.
/// A change of its default alone touches nobody but other changes of the column.
fn column_change<'a>(
    dialect: Dialect,
    table: &'a QualifiedName,
    from: &'a Column,
    to: &'a Column,
) -> Effects<'a> {
    let definition = Resource::ColumnDefinition(table, &to.name);
    let mut effects = Effects {
        removes: vec![definition.clone()],
        makes: vec![definition],
        needs: vec![Resource::Table(table)],
        ..Effects::default()
    };
    let same_type = from.sql_type == to.sql_type;
    if !same_type
        || from.nullable != to.nullable
        || from.computed != to.computed
        || from.collation != to.collation
    {
        let column = Resource::Column(table, Cow::Borrowed(&to.name));
        effects.removes.push(column.clone());
        effects.makes.push(column);
    }
    // A default of an enum type is taken off before the type changes, and set after.
    let drops_default_only = from.server_default.is_some() && to.server_default.is_none() && same_type;
    if from.sql_type.named_type() != to.sql_type.named_type() || drops_default_only {
        effects.frees.extend(from.sql_type.named_type().map(Resource::Type));
    }
    if !drops_default_only {
        effects.needs.extend(to.sql_type.named_type().map(Resource::Type));
    }
    let (former, later) = (default_base(dialect, from), default_base(dialect, to));
    let still_called = |call: &Resource<'_>| matches!(call, Resource::Call(_)) && later.contains(call);
    effects.frees.extend(former.into_iter().filter(|resource| !still_called(resource)));
    effects.needs.extend(later);
    // The sequence behind an identity should get the name that the sequence of a former SERIAL leaves.
    match (&from.identity, &to.identity) {
        (None, Some(_)) => effects.makes.push(identity_sequence(table, to)),
        (Some(_), None) => effects.removes.push(identity_sequence(table, from)),
        _ => {}
    }
    if from.computed != to.computed {
        effects.removes.push(Resource::ColumnAsOwner(table, &to.name));
        effects.makes.push(Resource::ColumnAsOwner(table, &to.name));
        effects.frees.extend(generation_base(dialect, table, from));
        effects.needs.extend(generation_base(dialect, table, to));
    }
    effects
}

fn constraint_itself<'a>(table: &'a QualifiedName, constraint: &'a Constraint) -> Vec<Resource<'a>> {
    let mut resources: Vec<_> =
        constraint.name().map(|name| Resource::ConstraintName(table, name)).into_iter().collect();
    let key = match constraint {
        Constraint::PrimaryKey(pk) => Some(&pk.columns),
        Constraint::Unique(unique) => Some(&unique.columns),
        Constraint::ForeignKey(_) | Constraint::Check(_) | Constraint::Exclude(_) => None,
    };
    if matches!(constraint, Constraint::PrimaryKey(_)) {
        resources.push(Resource::PrimaryKey(table));
    }
    if let Some(columns) = key {
        resources.push(key_of(table, columns.iter().map(String::as_str)));
    }
    if key.is_some() || matches!(constraint, Constraint::Exclude(_)) {
        resources.extend(constraint.name().map(|name| name_in_schema_of(table, name)));
    }
    resources
}

fn key_of<'a>(table: &'a QualifiedName, columns: impl Iterator<Item = &'a str>) -> Resource<'a> {
    let mut columns: Vec<_> = columns.collect();
    columns.sort_unstable();
    Resource::Key(table, columns)
}

fn constraint_base<'a>(
    dialect: Dialect,
    table: &'a QualifiedName,
    constraint: &'a Constraint,
) -> Vec<Resource<'a>> {
    let mut resources = vec![Resource::Table(table)];
    match constraint {
        Constraint::PrimaryKey(pk) => resources.extend(columns(table, pk.columns.iter().chain(&pk.include))),
        Constraint::Unique(u) => resources.extend(columns(table, u.columns.iter().chain(&u.include))),
        Constraint::Check(check) => {
            resources.extend(expression_base(dialect, table, check.expression.for_dialect(dialect)));
        }
        Constraint::Exclude(exclude) => {
            resources.extend(columns(table, exclude.include.iter()));
            resources.extend(keys_base(dialect, table, exclude.elements.iter().map(|e| &e.element)));
            if let Some(predicate) = &exclude.predicate {
                resources.extend(expression_base(dialect, table, predicate.for_dialect(dialect)));
            }
        }
        Constraint::ForeignKey(fk) => {
            resources.extend(columns(table, fk.columns.iter()));
            resources.extend(referred(fk));
        }
    }
    resources
}

fn columns<'a>(
    table: &'a QualifiedName,
    names: impl Iterator<Item = &'a String>,
) -> impl Iterator<Item = Resource<'a>> {
    names.map(move |name| Resource::Column(table, Cow::Borrowed(name)))
}

/// What a foreign key builds on at its other end.
fn referred(fk: &ForeignKey) -> Vec<Resource<'_>> {
    let table = &fk.referred_table;
    let mut resources = vec![Resource::Table(table)];
    resources.extend(columns(table, fk.referred_columns.iter()));
    resources.push(key_of(table, fk.referred_columns.iter().map(String::as_str)));
    resources
}

fn index_itself<'a>(table: &'a QualifiedName, index: &'a Index) -> Vec<Resource<'a>> {
    let mut resources: Vec<_> = index.name.iter().map(|name| name_in_schema_of(table, name)).collect();
    if index.unique {
        let names = index.elements.iter().filter_map(|e| match &e.target {
            IndexTarget::Column(name) => Some(name.as_str()),
            IndexTarget::Expression(_) => None,
        });
        resources.push(key_of(table, names));
    }
    resources
}

fn index_base<'a>(dialect: Dialect, table: &'a QualifiedName, index: &'a Index) -> Vec<Resource<'a>> {
    let mut resources = vec![Resource::Table(table)];
    resources.extend(columns(table, index.include.iter()));
    resources.extend(keys_base(dialect, table, index.elements.iter()));
    if let Some(predicate) = &index.predicate {
        resources.extend(expression_base(dialect, table, predicate.for_dialect(dialect)));
    }
    resources
}

fn keys_base<'a>(
    dialect: Dialect,
    table: &'a QualifiedName,
    elements: impl Iterator<Item = &'a IndexElement>,
) -> Vec<Resource<'a>> {
    let mut resources = Vec::new();
    for element in elements {
        match &element.target {
            IndexTarget::Column(name) => resources.push(Resource::Column(table, Cow::Borrowed(name))),
            IndexTarget::Expression(e) => {
                resources.extend(expression_base(dialect, table, e.for_dialect(dialect)));
            }
        }
    }
    resources
}

fn comment_base(target: &CommentTarget) -> Vec<Resource<'_>> {
    match target {
        CommentTarget::Schema(name) => vec![Resource::Schema(name)],
        CommentTarget::Table(name) => vec![Resource::Table(name)],
        CommentTarget::Constraint { table, name } => {
            vec![Resource::ConstraintName(table, name), Resource::Adornment(table, name)]
        }
        CommentTarget::Index(name) => {
            vec![relation(name), Resource::IndexAdornment(name.schema.as_deref(), &name.name)]
        }
        CommentTarget::Sequence(name) => vec![Resource::Sequence(Cow::Borrowed(name))],
        CommentTarget::Enum(name) | CommentTarget::Domain(name) | CommentTarget::Composite(name) => {
            vec![Resource::Type(name)]
        }
        CommentTarget::DomainConstraint { domain, .. } => vec![Resource::Type(domain)],
    }
}
