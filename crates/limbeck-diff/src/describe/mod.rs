//! Operations in words: Alembic's where it has them, and words of its kind where it has none.
//!
//! Alembic's lines are those of `alembic.autogenerate.compare` (`Detected added column 't.c'`). Types are printed by
//! their names on the dialect, not as Python objects.

mod entities;

use limbeck_dialect::type_name;
use limbeck_schema::{
    CheckConstraint, Column, CommentTarget, CompositeChange, CompositeType, Constraint, Dialect,
    DomainChange, EnumChange, ForeignKey, Index, IndexTarget, MetaData, Operation, QualifiedName, SqlType,
};

use crate::compare;

/// What an operation is about, a line for each difference it settles.
///
/// ```
/// use limbeck_diff::describe;
/// use limbeck_schema::{Column, Dialect, Operation, SqlType};
/// let column = Box::new(Column::new("phone", SqlType::Text));
/// let operation = Operation::AddColumn { table: "customers".into(), column };
/// assert_eq!(describe(Dialect::Postgresql, &operation), ["Detected added column 'customers.phone'"]);
/// ```
pub fn describe(dialect: Dialect, operation: &Operation) -> Vec<String> {
    use Operation::*;
    let line = match operation {
        CreateSchema(schema) => format!("added schema '{}'", schema.name),
        DropSchema(schema) => format!("removed schema '{}'", schema.name),
        CreateEnum(enum_type) => format!("added enum type '{}'", enum_type.name),
        DropEnum(enum_type) => format!("removed enum type '{}'", enum_type.name),
        RenameEnum { name, to } => format!("renamed enum type '{name}' to '{}'", name.with_name(to)),
        AlterEnum(change) => return detected(enum_values(change)),
        CreateDomain(domain) => format!("added domain '{}'", domain.name),
        DropDomain(domain) => format!("removed domain '{}'", domain.name),
        RenameDomain { name, to } => format!("renamed domain '{name}' to '{}'", name.with_name(to)),
        AlterDomain(change) => return detected(domain_change(dialect, change)),
        CreateComposite(composite) => format!("added composite type '{}'", composite.name),
        DropComposite(composite) => format!("removed composite type '{}'", composite.name),
        RenameComposite { name, to } => {
            format!("renamed composite type '{name}' to '{}'", name.with_name(to))
        }
        AlterComposite(change) => return detected(composite_change(dialect, change)),
        CreateSequence(sequence) => format!("added sequence '{}'", sequence.name),
        DropSequence(sequence) => format!("removed sequence '{}'", sequence.name),
        AlterSequence { from, to } => {
            let what =
                if from.data_type == to.data_type && from.options == to.options { "owner" } else { "change" };
            format!("{what} of sequence '{}'", to.name)
        }
        CreateTable(table) => {
            let indexes = table.indexes.iter().map(|index| index_line("added", dialect, index));
            return detected(std::iter::once(format!("added table '{}'", table.name)).chain(indexes));
        }
        DropTable(table) => {
            // Alembic removes the indexes first, and says so.
            let indexes = table.indexes.iter().map(|index| removed_index(&table.name, index));
            return detected(indexes.chain([format!("removed table '{}'", table.name)]));
        }
        RenameTable { name, to } => format!("renamed table '{name}' to '{}'", name.with_name(to)),
        AlterTableOptions { table, .. } => format!("change of options of table '{table}'"),
        RebuildTable(rebuild) => {
            let before = MetaData::new().table(rebuild.from.clone());
            let after = MetaData::new().table(rebuild.to.clone());
            let differences = compare(dialect, &before, &after);
            return differences.iter().flat_map(|difference| describe(dialect, difference)).collect();
        }
        AddColumn { table, column } => format!("added column '{table}.{}'", column.name),
        DropColumn { table, column } => format!("removed column '{table}.{}'", column.name),
        RenameColumn { table, from, to } => format!("renamed column '{table}.{from}' to '{table}.{to}'"),
        AlterColumn { table, from, to } => return detected(column_change(dialect, table, from, to)),
        AddConstraint { table, constraint } => constraint_line("added", table, constraint),
        DropConstraint { table, constraint } => constraint_line("removed", table, constraint),
        AlterConstraint { table, from, to } => return detected(constraint_change(table, from, to)),
        RenameConstraint { table, from, to } => {
            format!("renamed constraint '{from}' to '{to}' on table '{table}'")
        }
        CreateIndex { index, .. } => index_line("added", dialect, index),
        DropIndex { table, index } => removed_index(table, index),
        RenameIndex { from, to, .. } => format!("renamed index '{from}' to '{to}'"),
        SetComment { target, .. } => comment_line(target),
        AttachPartition { table, of } => format!("table '{table}' to be a partition of '{}'", of.parent),
        DetachPartition { table, of } => {
            format!("table '{table}' to be a partition of '{}' no longer", of.parent)
        }
        CreateEntity(entity) => format!("added {}", entities::label(&entity.id)),
        DropEntity(entity) => format!("removed {}", entities::label(&entity.id)),
        ReplaceEntity { from, to } => return detected(entities::replaced(from, to)),
        RenameEntity { id, to } => {
            format!("renamed {} to '{}'", entities::label(id), id.name.with_name(to))
        }
        AlterGrants { on, from, to } => return detected(entities::grants(on, from, to)),
        AlterDefaultPrivileges { from, to } => return detected(entities::default_privileges(from, to)),
        SetOwner { of, .. } => format!("owner of {}", entities::object(of)),
        Execute { forward, .. } => {
            return forward.iter().map(|sql| format!("Statement {}", first_line(sql))).collect();
        }
    };
    detected([line])
}

fn detected(lines: impl IntoIterator<Item = String>) -> Vec<String> {
    lines.into_iter().map(|line| format!("Detected {line}")).collect()
}

fn enum_values(change: &EnumChange) -> Vec<String> {
    let (name, from, to) = (&change.to.name, &change.from.values, &change.to.values);
    let renamed: Vec<_> =
        change.to.renamed_values.iter().filter(|(new, old)| from.contains(old) && to.contains(new)).collect();
    let is_renamed = |value: &String| renamed.iter().any(|(new, old)| *new == value || *old == value);
    let mut lines: Vec<_> = renamed
        .iter()
        .map(|(new, old)| format!("renamed value '{old}' to '{new}' of enum type '{name}'"))
        .collect();
    let only_in = |values: &[String], other: &[String], word: &str| -> Vec<String> {
        let values = values.iter().filter(|v| !other.contains(v) && !is_renamed(v));
        values.map(|value| format!("{word} value '{value}' of enum type '{name}'")).collect()
    };
    lines.extend(only_in(to, from, "added"));
    lines.extend(only_in(from, to, "removed"));
    if lines.is_empty() {
        lines.push(format!("other order of the values of enum type '{name}'"));
    }
    lines
}

fn domain_change(dialect: Dialect, change: &DomainChange) -> Vec<String> {
    let DomainChange { from, to, dependents: _ } = change;
    let domain = format!("domain '{}'", to.name);
    let mut lines = Vec::new();
    if from.base_type != to.base_type {
        let (before, after) = (type_text(dialect, &from.base_type), type_text(dialect, &to.base_type));
        lines.push(format!("type change from {before} to {after} of {domain}"));
    }
    if from.collation != to.collation {
        lines.push(format!("collation change of {domain}"));
    }
    if from.nullable != to.nullable {
        lines.push(format!("{} on {domain}", if to.nullable { "NULL" } else { "NOT NULL" }));
    }
    if from.server_default != to.server_default {
        let word = match (&from.server_default, &to.server_default) {
            (None, _) => "added",
            (_, None) => "removed",
            _ => "changed",
        };
        lines.push(format!("{word} default of {domain}"));
    }
    let name = |check: &CheckConstraint| check.name.clone().unwrap_or_else(|| "None".to_owned());
    for check in &from.checks {
        match to.checks.iter().find(|other| other.name == check.name) {
            None => lines.push(format!("removed check constraint '{}' of {domain}", name(check))),
            Some(other) if other.expression != check.expression || other.not_valid != check.not_valid => {
                lines.push(format!("changed check constraint '{}' of {domain}", name(check)));
            }
            Some(_) => {}
        }
    }
    let is_new = |check: &&CheckConstraint| !from.checks.iter().any(|other| other.name == check.name);
    let added = to.checks.iter().filter(is_new);
    lines.extend(added.map(|check| format!("added check constraint '{}' of {domain}", name(check))));
    lines
}

fn composite_change(dialect: Dialect, change: &CompositeChange) -> Vec<String> {
    let CompositeChange { from, to, dependents: _ } = change;
    let mut lines = Vec::new();
    let find = |composite: &'_ CompositeType, name: &str| {
        composite.attributes.iter().find(|a| a.name == name).cloned()
    };
    for new in &to.attributes {
        let label = format!("'{}.{}'", to.name, new.name);
        let former = new.renamed_from.as_deref().and_then(|former| find(from, former));
        if let Some(former) = &former {
            lines.push(format!("renamed attribute '{}.{}' to {label}", to.name, former.name));
        }
        let Some(old) = former.or_else(|| find(from, &new.name)) else {
            lines.push(format!("added attribute {label}"));
            continue;
        };
        if old.sql_type != new.sql_type {
            let (before, after) = (type_text(dialect, &old.sql_type), type_text(dialect, &new.sql_type));
            lines.push(format!("type change from {before} to {after} on attribute {label}"));
        }
        if old.collation != new.collation {
            lines.push(format!("collation change on attribute {label}"));
        }
        if old.comment != new.comment {
            lines.push(format!("comment of attribute {label}"));
        }
    }
    let renamed = |name: &str| to.attributes.iter().any(|a| a.renamed_from.as_deref() == Some(name));
    let gone = from.attributes.iter().filter(|a| find(to, &a.name).is_none() && !renamed(&a.name));
    lines.extend(gone.map(|a| format!("removed attribute '{}.{}'", to.name, a.name)));
    lines
}

fn column_change(dialect: Dialect, table: &QualifiedName, from: &Column, to: &Column) -> Vec<String> {
    let column = format!("'{table}.{}'", to.name);
    let mut lines = Vec::new();
    if from.nullable != to.nullable {
        let word = if to.nullable { "NULL" } else { "NOT NULL" };
        lines.push(format!("{word} on column {column}"));
    }
    if from.sql_type != to.sql_type {
        let name = |sql_type| type_text(dialect, sql_type);
        let (before, after) = (name(&from.sql_type), name(&to.sql_type));
        lines.push(format!("type change from {before} to {after} on {column}"));
    }
    if from.collation != to.collation {
        let name = |collation: &Option<String>| collation.as_deref().unwrap_or("default").to_owned();
        let (before, after) = (name(&from.collation), name(&to.collation));
        lines.push(format!("collation change from {before} to {after} on {column}"));
    }
    let mut part = |what: &str, before: bool, after: bool, differ: bool| {
        if differ {
            let word = match (before, after) {
                (false, _) => "added",
                (true, true) => "changed",
                (true, false) => "removed",
            };
            lines.push(format!("{word} {what} on column {column}"));
        }
    };
    let (before, after) = (from.server_default.is_some(), to.server_default.is_some());
    part("server default", before, after, from.server_default != to.server_default);
    part("identity", from.identity.is_some(), to.identity.is_some(), from.identity != to.identity);
    let (before, after) = (from.computed.is_some(), to.computed.is_some());
    part("generation expression", before, after, from.computed != to.computed);
    if from.comment != to.comment {
        lines.push(format!("column comment {column}"));
    }
    lines
}

/// The dialect's name of a type; a type that it does not have cannot be in a schema projected onto it.
fn type_text(dialect: Dialect, sql_type: &SqlType) -> String {
    type_name(dialect, sql_type).unwrap_or_else(|_| format!("{sql_type:?}"))
}

fn constraint_change(table: &QualifiedName, from: &Constraint, to: &Constraint) -> Vec<String> {
    let name = to.name().unwrap_or_default();
    let mut lines = Vec::new();
    if from.is_not_valid() != to.is_not_valid() {
        let word = if to.is_not_valid() { "NOT VALID" } else { "VALID" };
        lines.push(format!("{word} on constraint '{name}' of table '{table}'"));
    }
    if from.clone().validated() != to.clone().validated() {
        lines.push(format!("change of when constraint '{name}' of table '{table}' is checked"));
    }
    lines
}

fn constraint_line(word: &str, table: &QualifiedName, constraint: &Constraint) -> String {
    let name = constraint.name().map_or_else(|| "None".to_owned(), |name| format!("'{name}'"));
    match constraint {
        // As Alembic does for unique constraints, what is added is told by its columns, what is removed by its table.
        Constraint::PrimaryKey(_) if word == "removed" => format!("{word} primary key {name} on '{table}'"),
        Constraint::PrimaryKey(pk) => format!("{word} primary key {name} on '{}'", tuple(&pk.columns)),
        Constraint::Unique(_) if word == "removed" => format!("{word} unique constraint {name} on '{table}'"),
        Constraint::Unique(unique) => {
            format!("{word} unique constraint {name} on '{}'", tuple(&unique.columns))
        }
        Constraint::Check(_) => format!("{word} check constraint {name} on table '{table}'"),
        Constraint::Exclude(_) => format!("{word} exclusion constraint {name} on table '{table}'"),
        Constraint::ForeignKey(fk) => foreign_key_line(word, table, fk),
    }
}

fn foreign_key_line(word: &str, table: &QualifiedName, fk: &ForeignKey) -> String {
    format!(
        "{word} foreign key ({})({}) on table {table}",
        fk.columns.join(", "),
        fk.referred_columns.join(", ")
    )
}

fn index_line(word: &str, dialect: Dialect, index: &Index) -> String {
    let elements: Vec<_> = index
        .elements
        .iter()
        .map(|element| match &element.target {
            IndexTarget::Column(name) => name.clone(),
            IndexTarget::Expression(expression) => expression.for_dialect(dialect).to_owned(),
        })
        .collect();
    format!("{word} index '{}' on '{}'", index.name.as_deref().unwrap_or("None"), tuple(&elements))
}

fn removed_index(table: &QualifiedName, index: &Index) -> String {
    format!("removed index '{}' on '{table}'", index.name.as_deref().unwrap_or("None"))
}

/// The form in which Python prints a tuple of strings: one alone keeps its comma.
fn tuple(items: &[String]) -> String {
    let quoted: Vec<_> = items.iter().map(|item| format!("'{item}'")).collect();
    let comma = if items.len() == 1 { "," } else { "" };
    format!("({}{comma})", quoted.join(", "))
}

fn comment_line(target: &CommentTarget) -> String {
    match target {
        CommentTarget::Schema(name) => format!("comment of schema '{name}'"),
        CommentTarget::Table(name) => format!("comment of table '{name}'"),
        CommentTarget::Constraint { table, name } => {
            format!("comment of constraint '{name}' on table '{table}'")
        }
        CommentTarget::Index(name) => format!("comment of index '{name}'"),
        CommentTarget::Sequence(name) => format!("comment of sequence '{name}'"),
        CommentTarget::Enum(name) => format!("comment of enum type '{name}'"),
        CommentTarget::Domain(name) => format!("comment of domain '{name}'"),
        CommentTarget::DomainConstraint { domain, name } => {
            format!("comment of constraint '{name}' of domain '{domain}'")
        }
        CommentTarget::Composite(name) => format!("comment of composite type '{name}'"),
    }
}

fn first_line(sql: &str) -> &str {
    sql.trim().lines().next().unwrap_or_default()
}
