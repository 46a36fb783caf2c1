//! A schema as SQL: one script in an order that runs, or files, one for each object.

use std::collections::BTreeMap;
use std::path::PathBuf;

use limbeck_dialect::{plan, render};
use limbeck_diff::compare;
use limbeck_schema::{
    CommentTarget, Constraint, EntityId, EntityKind, MetaData, ObjectReference, Operation, QualifiedName,
};

use super::{Inspection, stamped};
use crate::compare::projected;
use crate::error::MigrateError;

/// A file of a schema, which says all there is to say of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaFile {
    /// Where it belongs: `tables/orders.sql`.
    pub path: PathBuf,
    /// The statements.
    pub text: String,
}

/// The schema as one script, in an order that runs on an empty database.
///
/// # Errors
/// When the dialect cannot hold the schema.
pub fn sql_script(inspection: &Inspection) -> Result<String, MigrateError> {
    let statements = steps(inspection)?.into_iter().map(|(_, text)| text);
    Ok(statements.collect::<Vec<_>>().join("\n"))
}

/// The schema as files, one for each object, in one directory for each kind. Each has what hangs on its object alone: the
/// indexes of a table, comments, privileges. They are run in any order by whatever reads such files.
///
/// # Errors
/// As [`sql_script`].
pub fn sql_files(inspection: &Inspection) -> Result<Vec<SchemaFile>, MigrateError> {
    let mut files = BTreeMap::<PathBuf, String>::new();
    for (path, text) in steps(inspection)? {
        let file = files.entry(path).or_default();
        if !file.is_empty() {
            file.push('\n');
        }
        file.push_str(&text);
    }
    Ok(files.into_iter().map(|(path, text)| SchemaFile { path, text }).collect())
}

/// The statements of each operation that makes the schema, with the file they belong to.
fn steps(inspection: &Inspection) -> Result<Vec<(PathBuf, String)>, MigrateError> {
    let dialect = inspection.dialect;
    let mut schema = projected(dialect, inspection.metadata.clone())?;
    let unchecked = take_unchecked(&mut schema);
    let nothing = MetaData::new();
    let of_rows = [EntityKind::View, EntityKind::MaterializedView, EntityKind::ForeignTable];
    let relations = schema.entities.iter().filter(|entity| of_rows.contains(&entity.id.kind));
    let kinds: Kinds = relations.map(|entity| (entity.id.name.clone(), entity.id.kind)).collect();
    let mut operations = plan(dialect, compare(dialect, &nothing, &schema), &nothing, &schema)?;
    operations.extend(unchecked);
    operations.retain(|operation| !matches!(operation, Operation::AlterGrants { .. }));
    let operations = with_grants(operations, stamped::grants(&schema, inspection), &kinds);
    let mut steps = Vec::new();
    for operation in &operations {
        let mut text = String::new();
        for statement in render(dialect, operation)? {
            text.push_str(statement.sql.trim_end().trim_end_matches(';'));
            text.push_str(";\n");
        }
        if !text.is_empty() {
            steps.push((file_of(operation, &kinds), text));
        }
    }
    Ok(steps)
}

/// Puts the privileges on an object behind its creation: a materialized view may be filled by the rights of another owner.
fn with_grants(operations: Vec<Operation>, grants: Vec<Operation>, kinds: &Kinds) -> Vec<Operation> {
    let mut waiting = BTreeMap::<ObjectReference, Vec<Operation>>::new();
    for operation in grants {
        if let Operation::AlterGrants { on, .. } = &operation {
            let object = match on {
                ObjectReference::Column(table, _) => relation(table, kinds),
                object => object.clone(),
            };
            waiting.entry(object).or_default().push(operation);
        }
    }
    let mut ordered = Vec::new();
    for operation in operations {
        let grants = created(&operation).and_then(|object| waiting.remove(&object));
        ordered.push(operation);
        ordered.extend(grants.into_iter().flatten());
    }
    // What is there without being made, such as the default schema.
    ordered.extend(waiting.into_values().flatten());
    ordered
}

/// What an operation creates.
fn created(operation: &Operation) -> Option<ObjectReference> {
    Some(match operation {
        Operation::CreateSchema(schema) => ObjectReference::Schema(schema.name.clone()),
        Operation::CreateEnum(created) => ObjectReference::Type(created.name.clone()),
        Operation::CreateComposite(created) => ObjectReference::Type(created.name.clone()),
        Operation::CreateDomain(created) => ObjectReference::Type(created.name.clone()),
        Operation::CreateSequence(created) => ObjectReference::Sequence(created.name.clone()),
        Operation::CreateTable(table) => ObjectReference::Table(table.name.clone()),
        Operation::CreateEntity(entity) => ObjectReference::Entity(entity.id.clone()),
        _ => return None,
    })
}

/// The kinds of the entities that rows come from.
type Kinds = BTreeMap<QualifiedName, EntityKind>;

/// A table, or what else is named like one.
fn relation(name: &QualifiedName, kinds: &Kinds) -> ObjectReference {
    match kinds.get(name) {
        Some(kind) => {
            let id = EntityId { kind: *kind, name: name.clone(), arguments: None, on: None };
            ObjectReference::Entity(id)
        }
        None => ObjectReference::Table(name.clone()),
    }
}

/// A table that is made with a constraint holds it from the beginning (PostgreSQL docs, "CREATE TABLE"): those that rows
/// may break are added afterwards.
fn take_unchecked(schema: &mut MetaData) -> Vec<Operation> {
    let mut operations = Vec::new();
    for table in &mut schema.tables {
        let checks = table.checks.extract_if(.., |check| check.not_valid).map(Constraint::Check);
        let keys = table.foreign_keys.extract_if(.., |key| key.not_valid).map(Constraint::ForeignKey);
        for constraint in checks.chain(keys) {
            operations.push(Operation::AddConstraint { table: table.name.clone(), constraint });
        }
    }
    operations
}

/// Which file an operation belongs to.
fn file_of(operation: &Operation, kinds: &Kinds) -> PathBuf {
    let relation = |name: &QualifiedName| match kinds.get(name) {
        Some(kind) => file(folder(*kind), name),
        None => file("tables", name),
    };
    match operation {
        Operation::CreateSchema(schema) => file("schemas", &QualifiedName::new(&schema.name)),
        Operation::CreateEnum(created) => file("types", &created.name),
        Operation::CreateComposite(created) => file("types", &created.name),
        Operation::CreateDomain(created) => file("domains", &created.name),
        Operation::CreateSequence(created) => file("sequences", &created.name),
        Operation::AlterSequence { to, .. } => file("sequences", &to.name),
        Operation::CreateTable(table) => file("tables", &table.name),
        Operation::AlterTableOptions { table, .. }
        | Operation::AddColumn { table, .. }
        | Operation::AlterColumn { table, .. }
        | Operation::AddConstraint { table, .. }
        | Operation::CreateIndex { table, .. }
        | Operation::AttachPartition { table, .. } => relation(table),
        Operation::CreateEntity(entity) => file_of_entity(&entity.id),
        Operation::ReplaceEntity { to, .. } => file_of_entity(&to.id),
        Operation::AlterGrants { on, .. } => file_of_object(on, &relation),
        Operation::SetOwner { of, .. } => file_of_object(of, &relation),
        Operation::AlterDefaultPrivileges { .. } => PathBuf::from("default_privileges.sql"),
        Operation::SetComment { target, .. } => match target {
            CommentTarget::Schema(name) => file("schemas", &QualifiedName::new(name)),
            CommentTarget::Table(table) | CommentTarget::Constraint { table, .. } => relation(table),
            CommentTarget::Index(index) => file("indexes", index),
            CommentTarget::Sequence(sequence) => file("sequences", sequence),
            CommentTarget::Enum(name) | CommentTarget::Composite(name) => file("types", name),
            CommentTarget::Domain(domain) | CommentTarget::DomainConstraint { domain, .. } => {
                file("domains", domain)
            }
        },
        _ => PathBuf::from("others.sql"),
    }
}

fn file_of_object(object: &ObjectReference, relation: &dyn Fn(&QualifiedName) -> PathBuf) -> PathBuf {
    match object {
        ObjectReference::Schema(name) => file("schemas", &QualifiedName::new(name)),
        ObjectReference::Table(table)
        | ObjectReference::Column(table, _)
        | ObjectReference::Constraint(table, _) => relation(table),
        ObjectReference::Type(name) => file("types", name),
        ObjectReference::Sequence(name) => file("sequences", name),
        ObjectReference::Entity(id) => file_of_entity(id),
    }
}

/// Functions of one name share a file; triggers, policies and rules are told apart by what they are on.
fn file_of_entity(id: &EntityId) -> PathBuf {
    match &id.on {
        Some(on) => file(folder(id.kind), &on.with_name(format!("{}.{}", on.name, id.name.name))),
        None => file(folder(id.kind), &id.name),
    }
}

/// The directory of a kind.
fn folder(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::Extension => "extensions",
        EntityKind::Collation => "collations",
        EntityKind::RangeType => "types",
        EntityKind::ForeignDataWrapper | EntityKind::ForeignServer => "foreign_servers",
        EntityKind::ForeignTable => "foreign_tables",
        EntityKind::Function => "functions",
        EntityKind::Procedure => "procedures",
        EntityKind::Aggregate => "aggregates",
        EntityKind::Operator => "operators",
        EntityKind::Cast => "casts",
        EntityKind::TextSearchDictionary | EntityKind::TextSearchConfiguration => "text_search",
        EntityKind::View => "views",
        EntityKind::MaterializedView => "materialized_views",
        EntityKind::Rule => "rules",
        EntityKind::Trigger => "triggers",
        EntityKind::Policy => "policies",
        EntityKind::Statistics => "statistics",
        EntityKind::Publication => "publications",
        EntityKind::EventTrigger => "event_triggers",
    }
}

/// A file name that every file system takes. Objects whose names are alike in it share the file.
fn file(folder: &str, name: &QualifiedName) -> PathBuf {
    let name = match &name.schema {
        Some(schema) => format!("{schema}.{}", name.name),
        None => name.name.clone(),
    };
    let safe = |c: char| if c.is_alphanumeric() || matches!(c, '_' | '-' | '.') { c } else { '_' };
    PathBuf::from(folder).join(format!("{}.sql", name.to_lowercase().chars().map(safe).collect::<String>()))
}
