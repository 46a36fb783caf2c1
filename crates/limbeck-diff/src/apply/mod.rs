//! Operations performed on a schema in memory.

mod entities;
mod error;
mod rules;
mod types;

use limbeck_schema::{
    Column, ColumnReference, CommentTarget, Constraint, Dialect, Index, MetaData, ObjectReference, Operation,
    QualifiedName, Sequence, Table,
};

pub use error::ApplyError;
use error::{different, exists, in_use, missing, refused};

use crate::rename::{Renames, apply_renames};

/// Performs an operation on a schema, as a database of the dialect would on the real one: `compare`'s operations,
/// applied one after the other to its `from`, give its `to`.
///
/// ```
/// use limbeck_diff::apply;
/// use limbeck_schema::{Column, Dialect, MetaData, Operation, SqlType, Table};
/// let mut schema = MetaData::new().table(Table::new("t"));
/// let column = Box::new(Column::new("c", SqlType::Text));
/// let operation = Operation::AddColumn { table: "t".into(), column };
/// apply(Dialect::Postgresql, &mut schema, &operation).unwrap();
/// assert!(schema.tables[0].column("c").is_some());
/// let error = apply(Dialect::Postgresql, &mut schema, &operation).unwrap_err();
/// assert_eq!(error.to_string(), "column `t.c` exists already");
/// ```
///
/// # Errors
/// When the database would refuse the operation, or do more than it says: what does not exist is not changed, what is
/// in use is not dropped. The schema is unchanged then. Whether an expression is valid is not known here.
pub fn apply(dialect: Dialect, metadata: &mut MetaData, operation: &Operation) -> Result<(), ApplyError> {
    use Operation::*;
    match operation {
        CreateSchema(schema) => {
            if metadata.schemas.iter().any(|s| s.name == schema.name) {
                return Err(exists("schema", &schema.name));
            }
            metadata.schemas.push(schema.clone());
        }
        DropSchema(schema) => {
            rules::schema_is_empty(metadata, &schema.name)?;
            let position = metadata.schemas.iter().position(|s| s.name == schema.name);
            metadata.schemas.remove(position.ok_or_else(|| missing("schema", &schema.name))?);
        }
        CreateEnum(enum_type) => {
            rules::schema_exists(metadata, &enum_type.name)?;
            rules::name_is_free(metadata, &enum_type.name)?;
            metadata.enums.push(enum_type.clone());
        }
        DropEnum(enum_type) => {
            rules::type_is_unused(metadata, &enum_type.name)?;
            let position = metadata.enums.iter().position(|e| e.name == enum_type.name);
            metadata.enums.remove(position.ok_or_else(|| missing("enum type", &enum_type.name))?);
        }
        RenameEnum { name, to } => rename_enum(metadata, name, to)?,
        AlterEnum(change) => types::alter_enum(dialect, metadata, change)?,
        CreateDomain(domain) => {
            rules::schema_exists(metadata, &domain.name)?;
            rules::name_is_free(metadata, &domain.name)?;
            rules::type_exists(metadata, &domain.base_type)?;
            metadata.domains.push(domain.clone());
        }
        DropDomain(domain) => {
            rules::type_is_unused(metadata, &domain.name)?;
            let position = metadata.domains.iter().position(|d| d.name == domain.name);
            metadata.domains.remove(position.ok_or_else(|| missing("domain", &domain.name))?);
        }
        RenameDomain { name, to } => {
            metadata.find_domain(name).ok_or_else(|| missing("domain", name))?;
            rules::name_is_free(metadata, &name.with_name(to))?;
            *metadata = apply_renames(dialect, metadata, &Renames::of_domain(name, to));
        }
        AlterDomain(change) => types::alter_domain(dialect, metadata, change)?,
        CreateComposite(composite) => {
            rules::schema_exists(metadata, &composite.name)?;
            rules::name_is_free(metadata, &composite.name)?;
            for attribute in &composite.attributes {
                rules::type_exists(metadata, &attribute.sql_type)?;
            }
            metadata.composites.push(composite.clone());
        }
        DropComposite(composite) => {
            rules::type_is_unused(metadata, &composite.name)?;
            let position = metadata.composites.iter().position(|c| c.name == composite.name);
            metadata.composites.remove(position.ok_or_else(|| missing("composite type", &composite.name))?);
        }
        RenameComposite { name, to } => {
            metadata.find_composite(name).ok_or_else(|| missing("composite type", name))?;
            rules::name_is_free(metadata, &name.with_name(to))?;
            *metadata = apply_renames(dialect, metadata, &Renames::of_composite(name, to));
        }
        AlterComposite(change) => types::alter_composite(dialect, metadata, change)?,
        CreateSequence(sequence) => {
            rules::schema_exists(metadata, &sequence.name)?;
            rules::name_is_free(metadata, &sequence.name)?;
            owner_exists(metadata, sequence.owned_by.as_ref())?;
            metadata.sequences.push(sequence.clone());
        }
        DropSequence(sequence) => {
            rules::sequence_is_unused(dialect, metadata, &sequence.name)?;
            let position = metadata.sequences.iter().position(|s| s.name == sequence.name);
            metadata.sequences.remove(position.ok_or_else(|| missing("sequence", &sequence.name))?);
        }
        AlterSequence { from, to } => {
            owner_exists(metadata, to.owned_by.as_ref())?;
            let existing = metadata.sequences.iter_mut().find(|s| s.name == from.name);
            let existing = existing.ok_or_else(|| missing("sequence", &from.name))?;
            let comment = existing.comment.clone();
            if *existing != (Sequence { comment: comment.clone(), ..from.clone() }) {
                return Err(different("sequence", &from.name));
            }
            *existing = Sequence { comment, ..to.clone() };
        }
        CreateTable(table) => {
            let created = created_table(dialect, metadata, table)?;
            metadata.tables.push(created);
        }
        DropTable(table) => {
            rules::table_is_unused(dialect, metadata, &table.name)?;
            let position = metadata.tables.iter().position(|t| t.name == table.name);
            metadata.tables.remove(position.ok_or_else(|| missing("table", &table.name))?);
        }
        RenameTable { name, to } => {
            find_table(metadata, name)?;
            rules::name_is_free(metadata, &name.with_name(to))?;
            *metadata = apply_renames(dialect, metadata, &Renames::of_table(name, to));
        }
        AlterTableOptions { table, from, to } => {
            for parent in &to.postgresql.inherits {
                find_table(metadata, parent)?;
            }
            let existing = find_table_mut(metadata, table)?;
            // What it is a partition of, changes by operations of its own.
            let partition_of = existing.options.postgresql.partition_of.take();
            let expected = existing.options == **from;
            if expected {
                existing.options = (**to).clone();
            }
            existing.options.postgresql.partition_of = partition_of;
            if !expected {
                return Err(different("table", table));
            }
        }
        RebuildTable(rebuild) => *find_table_mut(metadata, &rebuild.from.name)? = rebuild.to.clone(),
        AddColumn { table, column } => {
            rules::column_is_possible(dialect, metadata, column)?;
            let existing = find_table_mut(metadata, table)?;
            if existing.column(&column.name).is_some() {
                return Err(exists("column", format!("{table}.{}", column.name)));
            }
            existing.columns.push((**column).clone());
        }
        DropColumn { table, column } => {
            let existing = find_table(metadata, table)?;
            find_column(existing, &column.name)?;
            rules::column_is_unused(dialect, metadata, existing, &column.name)?;
            find_table_mut(metadata, table)?.columns.retain(|c| c.name != column.name);
        }
        RenameColumn { table, from, to } => {
            let existing = find_table(metadata, table)?;
            find_column(existing, from)?;
            if existing.column(to).is_some() {
                return Err(exists("column", format!("{table}.{to}")));
            }
            *metadata = apply_renames(dialect, metadata, &Renames::of_column(table, from, to));
        }
        AlterColumn { table, from, to } => alter_column(dialect, metadata, table, from, to)?,
        AddConstraint { table, constraint } => {
            rules::constraint_is_possible(dialect, metadata, find_table(metadata, table)?, constraint)?;
            find_table_mut(metadata, table)?.add_constraint(constraint.clone());
        }
        DropConstraint { table, constraint } => {
            let rest = without_constraint(find_table(metadata, table)?, constraint)?;
            if let (Dialect::Postgresql, Some(name)) = (dialect, constraint.name()) {
                let constraint = ObjectReference::Constraint(table.clone(), name.to_owned());
                entities::is_unwatched(metadata, &constraint)?;
            }
            rules::references_have_keys(dialect, metadata, &rest)?;
            *find_table_mut(metadata, table)? = rest;
        }
        AlterConstraint { table, from, to } => {
            let mut changed = without_constraint(find_table(metadata, table)?, from)?;
            changed.add_constraint((**to).clone());
            *find_table_mut(metadata, table)? = changed;
        }
        RenameConstraint { table, from, to } => rename_constraint(metadata, table, from, to)?,
        CreateIndex { table, index } => {
            rules::index_is_possible(metadata, find_table(metadata, table)?, index)?;
            find_table_mut(metadata, table)?.indexes.push(index.clone());
        }
        DropIndex { table, index } => {
            let rest = without_index(find_table(metadata, table)?, index)?;
            rules::references_have_keys(dialect, metadata, &rest)?;
            *find_table_mut(metadata, table)? = rest;
        }
        RenameIndex { table, from, to } => {
            rules::name_is_free(metadata, &table.with_name(to))?;
            let indexes = &mut find_table_mut(metadata, table)?.indexes;
            let index = indexes.iter_mut().find(|i| i.name.as_ref() == Some(from));
            index.ok_or_else(|| missing("index", from))?.name = Some(to.clone());
        }
        SetComment { target, from, to } => {
            let (kind, name, comment) = comment_of(metadata, target)?;
            if comment != from {
                return Err(different(kind, name));
            }
            *comment = to.clone();
        }
        AttachPartition { table, of } => entities::attach(metadata, table, of)?,
        DetachPartition { table, of } => entities::detach(metadata, table, of)?,
        CreateEntity(entity) => entities::create(metadata, entity)?,
        DropEntity(entity) => entities::drop(dialect, metadata, entity)?,
        ReplaceEntity { from, to } => entities::replace(metadata, from, to)?,
        RenameEntity { id, to } => entities::rename(dialect, metadata, id, to)?,
        AlterGrants { on, from, to } => entities::alter_grants(metadata, on, from, to)?,
        AlterDefaultPrivileges { from, to } => entities::alter_default_privileges(metadata, from, to)?,
        SetOwner { of, from, to } => entities::set_owner(metadata, of, from.as_ref(), to.as_ref())?,
        Execute { forward: Some(sql), .. } => return Err(ApplyError::UnknownEffect { sql: sql.clone() }),
        Execute { forward: None, .. } => {}
    }
    Ok(())
}

fn find_table<'a>(metadata: &'a MetaData, name: &QualifiedName) -> Result<&'a Table, ApplyError> {
    metadata.find_table(name).ok_or_else(|| missing("table", name))
}

fn find_table_mut<'a>(metadata: &'a mut MetaData, name: &QualifiedName) -> Result<&'a mut Table, ApplyError> {
    metadata.tables.iter_mut().find(|t| t.name == *name).ok_or_else(|| missing("table", name))
}

fn find_column<'a>(table: &'a Table, name: &str) -> Result<&'a Column, ApplyError> {
    table.column(name).ok_or_else(|| missing("column", format!("{}.{name}", table.name)))
}

fn owner_exists(metadata: &MetaData, owner: Option<&ColumnReference>) -> Result<(), ApplyError> {
    let Some(ColumnReference { table, column }) = owner else { return Ok(()) };
    find_column(find_table(metadata, table)?, column).map(|_| ())
}

fn rename_enum(metadata: &mut MetaData, name: &QualifiedName, to: &str) -> Result<(), ApplyError> {
    fn rename_in_type(sql_type: &mut limbeck_schema::SqlType, from: &QualifiedName, to: &QualifiedName) {
        match sql_type {
            limbeck_schema::SqlType::Enum(name) if name == from => *name = to.clone(),
            limbeck_schema::SqlType::Array(element) => rename_in_type(element, from, to),
            _ => {}
        }
    }
    let renamed = name.with_name(to);
    rules::name_is_free(metadata, &renamed)?;
    let existing = metadata.enums.iter_mut().find(|e| e.name == *name);
    existing.ok_or_else(|| missing("enum type", name))?.name = renamed.clone();
    for column in metadata.tables.iter_mut().flat_map(|t| &mut t.columns) {
        rename_in_type(&mut column.sql_type, name, &renamed);
    }
    Ok(())
}

/// The table, built up piece by piece so that every piece is checked.
fn created_table(dialect: Dialect, metadata: &MetaData, table: &Table) -> Result<Table, ApplyError> {
    rules::schema_exists(metadata, &table.name)?;
    rules::name_is_free(metadata, &table.name)?;
    for parent in &table.options.postgresql.inherits {
        find_table(metadata, parent)?;
    }
    let mut created = Table {
        comment: table.comment.clone(),
        options: table.options.clone(),
        ..Table::new(table.name.clone())
    };
    for column in &table.columns {
        rules::column_is_possible(dialect, metadata, column)?;
        if created.column(&column.name).is_some() {
            return Err(exists("column", format!("{}.{}", table.name, column.name)));
        }
        created.columns.push(column.clone());
    }
    let is_reference = |constraint: &Constraint| matches!(constraint, Constraint::ForeignKey(_));
    // References to the table itself need its keys, indexes among them.
    for constraint in table.constraints().filter(|c| !is_reference(c)) {
        rules::constraint_is_possible(dialect, metadata, &created, &constraint)?;
        created.add_constraint(constraint);
    }
    for index in &table.indexes {
        rules::index_is_possible(metadata, &created, index)?;
        created.indexes.push(index.clone());
    }
    for constraint in table.constraints().filter(is_reference) {
        rules::constraint_is_possible(dialect, metadata, &created, &constraint)?;
        created.add_constraint(constraint);
    }
    Ok(created)
}

fn alter_column(
    dialect: Dialect,
    metadata: &mut MetaData,
    table: &QualifiedName,
    from: &Column,
    to: &Column,
) -> Result<(), ApplyError> {
    rules::column_is_possible(dialect, metadata, to)?;
    let existing = find_table(metadata, table)?;
    let label = format!("{table}.{}", from.name);
    let position = existing.columns.iter().position(|c| c.name == from.name);
    let position = position.ok_or_else(|| missing("column", &label))?;
    let column = find_column(existing, &from.name)?;
    let expected = Column {
        backfill: column.backfill.clone(),
        renamed_from: column.renamed_from.clone(),
        renamed_values: column.renamed_values.clone(),
        ..from.clone()
    };
    if *column != expected || to.name != from.name {
        return Err(different("column", label));
    }
    if to.nullable && existing.primary_key.as_ref().is_some_and(|pk| pk.columns.contains(&to.name)) {
        return Err(refused("column", label, "is part of the primary key and cannot be nullable"));
    }
    if dialect == Dialect::Postgresql {
        if from.sql_type != to.sql_type
            && let Some(user) = rules::generated_user(dialect, existing, &to.name)
        {
            return Err(in_use("column", label, user));
        }
        if from.sql_type != to.sql_type || from.collation != to.collation {
            let column = ObjectReference::Column(table.clone(), to.name.clone());
            entities::is_unwatched(metadata, &column)?;
        }
        if from.computed != to.computed {
            rules::column_is_unused(dialect, metadata, existing, &to.name)?;
        }
    }
    let mut changed = metadata.clone();
    if let Some(column) = find_table_mut(&mut changed, table)?.columns.get_mut(position) {
        *column = to.clone();
    }
    if dialect == Dialect::Postgresql && from.sql_type != to.sql_type {
        rules::references_fit(&changed, table)?;
    }
    *metadata = changed;
    Ok(())
}

fn without_constraint(table: &Table, constraint: &Constraint) -> Result<Table, ApplyError> {
    let label = || format!("{}.{}", table.name, constraint.name().unwrap_or_default());
    let mut rest = table.clone();
    let found = match constraint {
        Constraint::PrimaryKey(wanted) => rest.primary_key.take_if(|pk| pk == wanted).is_some(),
        Constraint::ForeignKey(wanted) => remove_first(&mut rest.foreign_keys, |fk| fk == wanted),
        Constraint::Unique(wanted) => remove_first(&mut rest.uniques, |unique| unique == wanted),
        Constraint::Check(wanted) => remove_first(&mut rest.checks, |check| check == wanted),
        Constraint::Exclude(wanted) => remove_first(&mut rest.excludes, |exclude| exclude == wanted),
    };
    if found {
        Ok(rest)
    } else if constraint.name().is_some() && table.constraints().any(|c| c.name() == constraint.name()) {
        Err(different("constraint", label()))
    } else {
        Err(missing("constraint", label()))
    }
}

fn without_index(table: &Table, index: &Index) -> Result<Table, ApplyError> {
    let mut rest = table.clone();
    if remove_first(&mut rest.indexes, |candidate| candidate == index) {
        return Ok(rest);
    }
    let name = index.name.as_deref().unwrap_or_default();
    if table.indexes.iter().any(|i| i.name == index.name) {
        Err(different("index", name))
    } else {
        Err(missing("index", name))
    }
}

fn remove_first<T>(list: &mut Vec<T>, is_it: impl Fn(&T) -> bool) -> bool {
    let position = list.iter().position(is_it);
    position.map(|position| list.remove(position)).is_some()
}

fn rename_constraint(
    metadata: &mut MetaData,
    table: &QualifiedName,
    from: &str,
    to: &str,
) -> Result<(), ApplyError> {
    let existing = find_table(metadata, table)?;
    if existing.constraints().any(|c| c.name() == Some(to)) {
        return Err(exists("constraint", format!("{table}.{to}")));
    }
    let constraint = existing.constraints().find(|c| c.name() == Some(from));
    match constraint.ok_or_else(|| missing("constraint", format!("{table}.{from}")))? {
        Constraint::PrimaryKey(_) | Constraint::Unique(_) | Constraint::Exclude(_) => {
            rules::name_is_free(metadata, &table.with_name(to))?;
        }
        Constraint::ForeignKey(_) | Constraint::Check(_) => {}
    }
    let existing = find_table_mut(metadata, table)?;
    let names = existing.primary_key.iter_mut().map(|c| &mut c.name);
    let names = names.chain(existing.foreign_keys.iter_mut().map(|c| &mut c.name));
    let names = names.chain(existing.uniques.iter_mut().map(|c| &mut c.name));
    let names = names.chain(existing.checks.iter_mut().map(|c| &mut c.name));
    let mut names = names.chain(existing.excludes.iter_mut().map(|c| &mut c.name));
    if let Some(name) = names.find(|name| name.as_deref() == Some(from)) {
        *name = Some(to.to_owned());
    }
    Ok(())
}

/// The comment that a target has, with the target's kind and name.
fn comment_of<'a>(
    metadata: &'a mut MetaData,
    target: &CommentTarget,
) -> Result<(&'static str, String, &'a mut Option<String>), ApplyError> {
    let (kind, name, comment) = match target {
        CommentTarget::Schema(name) => {
            let schema = metadata.schemas.iter_mut().find(|s| s.name == *name);
            ("schema", name.clone(), schema.map(|s| &mut s.comment))
        }
        CommentTarget::Table(name) => {
            ("table", name.to_string(), Some(&mut find_table_mut(metadata, name)?.comment))
        }
        CommentTarget::Constraint { table, name } => {
            let label = format!("{table}.{name}");
            let table = find_table_mut(metadata, table)?;
            let all = table.primary_key.iter_mut().map(|c| (&c.name, &mut c.comment));
            let all = all.chain(table.foreign_keys.iter_mut().map(|c| (&c.name, &mut c.comment)));
            let all = all.chain(table.uniques.iter_mut().map(|c| (&c.name, &mut c.comment)));
            let all = all.chain(table.checks.iter_mut().map(|c| (&c.name, &mut c.comment)));
            let mut all = all.chain(table.excludes.iter_mut().map(|c| (&c.name, &mut c.comment)));
            let found = all.find(|(candidate, _)| candidate.as_ref() == Some(name));
            ("constraint", label, found.map(|(_, comment)| comment))
        }
        CommentTarget::Index(name) => {
            let tables = metadata.tables.iter_mut().filter(|t| t.name.schema == name.schema);
            let index = tables.flat_map(|t| &mut t.indexes).find(|i| i.name.as_ref() == Some(&name.name));
            ("index", name.to_string(), index.map(|i| &mut i.comment))
        }
        CommentTarget::Sequence(name) => {
            let sequence = metadata.sequences.iter_mut().find(|s| s.name == *name);
            ("sequence", name.to_string(), sequence.map(|s| &mut s.comment))
        }
        CommentTarget::Enum(name) => {
            let enum_type = metadata.enums.iter_mut().find(|e| e.name == *name);
            ("enum type", name.to_string(), enum_type.map(|e| &mut e.comment))
        }
        CommentTarget::Domain(name) => {
            let domain = metadata.domains.iter_mut().find(|d| d.name == *name);
            ("domain", name.to_string(), domain.map(|d| &mut d.comment))
        }
        CommentTarget::DomainConstraint { domain, name } => {
            let label = format!("{domain}.{name}");
            let domain = metadata.domains.iter_mut().find(|d| d.name == *domain);
            let mut checks = domain.into_iter().flat_map(|d| &mut d.checks);
            let check = checks.find(|c| c.name.as_ref() == Some(name));
            ("constraint", label, check.map(|c| &mut c.comment))
        }
        CommentTarget::Composite(name) => {
            let composite = metadata.composites.iter_mut().find(|c| c.name == *name);
            ("composite type", name.to_string(), composite.map(|c| &mut c.comment))
        }
    };
    match comment {
        Some(comment) => Ok((kind, name, comment)),
        None => Err(missing(kind, name)),
    }
}
