//! CREATE TABLE and the table's own options.

use std::collections::BTreeMap;

use limbeck_schema::{
    Column, CommentTarget, Constraint, Expression, Identity, PostgresqlTableOptions, QualifiedName,
    RowSecurity, Table,
};

use super::{DIALECT, comment, create_index, identifier, literal, partition, qualified, sequence, type_name};
use crate::expression::{enclosed, has_operator_word};
use crate::{RenderError, Statement, clause};

/// Operators that a column's DEFAULT clause takes only in parentheses (the grammar's `b_expr`).
const LOOSE_OPERATORS: &[&str] = &[
    "and", "or", "not", "is", "isnull", "notnull", "in", "like", "ilike", "similar", "between", "at",
    "collate", "overlaps",
];

pub(super) fn create(table: &Table) -> Result<Vec<Statement>, RenderError> {
    let options = &table.options.postgresql;
    let mut items = match &options.partition_of {
        Some(_) => partition::own_columns(&table.columns),
        None => table.columns.iter().map(column_definition).collect::<Result<Vec<_>, _>>()?,
    };
    let (late, inline): (Vec<_>, Vec<_>) =
        table.constraints().partition(|c| c.is_not_valid() || needs_index(table, c));
    items.extend(inline.iter().map(|c| clause::constraint(DIALECT, c)));
    let mut sql =
        format!("CREATE {}TABLE {}", if options.unlogged { "UNLOGGED " } else { "" }, qualified(&table.name));
    if let Some(of) = &options.partition_of {
        sql += &format!(" PARTITION OF {}", qualified(&of.parent));
    }
    if !items.is_empty() {
        sql += &format!(" (\n    {}\n)", items.join(",\n    "));
    } else if options.partition_of.is_none() {
        sql += " ()";
    }
    if let Some(of) = &options.partition_of {
        sql += &format!(" {}", of.bound);
    }
    if !options.inherits.is_empty() {
        let parents = options.inherits.iter().map(qualified).collect::<Vec<_>>();
        sql += &format!("\nINHERITS ({})", parents.join(", "));
    }
    if let Some(key) = &options.partition_by {
        sql += &format!("\nPARTITION BY {key}");
    }
    if let Some(method) = &options.using {
        sql += &format!("\nUSING {}", identifier(method));
    }
    if !options.with.is_empty() {
        sql += &format!("\nWITH ({})", storage_parameters(&options.with));
    }
    if let Some(tablespace) = &options.tablespace {
        sql += &format!("\nTABLESPACE {}", identifier(tablespace));
    }
    let mut statements = vec![Statement::new(sql)];
    for index in &table.indexes {
        statements.extend(create_index(&table.name, index, false)?);
    }
    // In CREATE TABLE the words NOT VALID have no effect: the constraint would be stored as valid.
    for constraint in &late {
        let add = clause::constraint(DIALECT, constraint);
        statements.push(Statement::new(format!("ALTER TABLE {} ADD {add}", qualified(&table.name))));
    }
    let security = row_security(RowSecurity::default(), options.row_security);
    statements.extend(
        security.map(|action| Statement::new(format!("ALTER TABLE {} {action}", qualified(&table.name)))),
    );
    if let Some(text) = &table.comment {
        statements.push(comment::on(&CommentTarget::Table(table.name.clone()), Some(text)));
    }
    for column in table.columns.iter().filter(|c| c.comment.is_some()) {
        statements.push(comment::on_column(&table.name, column));
    }
    for constraint in table.constraints() {
        statements.extend(comment::on_new_constraint(&table.name, &constraint)?);
    }
    Ok(statements)
}

/// Whether it is a foreign key of the table to itself that leads to a unique index, which CREATE TABLE cannot make.
fn needs_index(table: &Table, constraint: &Constraint) -> bool {
    let Constraint::ForeignKey(fk) = constraint else { return false };
    let is_referred = |columns: &[String]| {
        columns.len() == fk.referred_columns.len() && columns.iter().all(|c| fk.referred_columns.contains(c))
    };
    fk.referred_table == table.name
        && !table.primary_key.as_ref().is_some_and(|pk| pk.deferrable.is_none() && is_referred(&pk.columns))
        && !table.uniques.iter().any(|unique| unique.deferrable.is_none() && is_referred(&unique.columns))
}

/// A column as it stands in CREATE TABLE and ADD COLUMN.
pub(super) fn column_definition(column: &Column) -> Result<String, RenderError> {
    let mut sql = format!("{} {}", identifier(&column.name), type_name(&column.sql_type)?);
    if let Some(collation) = &column.collation {
        sql += &format!(" COLLATE {}", clause::collation_name(DIALECT, collation));
    }
    if let Some(default) = &column.server_default {
        sql += &default_clause(default);
    }
    if let Some(computed) = &column.computed {
        sql += &format!(
            " GENERATED ALWAYS AS {} {}",
            enclosed(DIALECT, computed.expression.for_dialect(DIALECT)),
            if computed.persisted { "STORED" } else { "VIRTUAL" }
        );
    }
    if let Some(identity) = &column.identity {
        sql += &format!(" {}", identity_clause(identity));
    }
    if !column.nullable {
        sql += " NOT NULL";
    }
    Ok(sql)
}

/// A DEFAULT as it stands in a definition.
pub(super) fn default_clause(default: &Expression) -> String {
    let default = default.for_dialect(DIALECT);
    let loose = has_operator_word(DIALECT, default, LOOSE_OPERATORS);
    let default = if loose { enclosed(DIALECT, default) } else { default.to_owned() };
    format!(" DEFAULT {default}")
}

/// `GENERATED … AS IDENTITY (…)`.
pub(super) fn identity_clause(identity: &Identity) -> String {
    let options = sequence::options(&identity.options);
    let options = if options.is_empty() { String::new() } else { format!(" ({})", options.join(" ")) };
    format!("GENERATED {} AS IDENTITY{options}", if identity.always { "ALWAYS" } else { "BY DEFAULT" })
}

/// Storage parameters with their values; a value that is not a plain word or number is quoted.
pub(crate) fn storage_parameters(parameters: &BTreeMap<String, String>) -> String {
    let pairs = parameters.iter().map(|(name, value)| {
        let plain = value.chars().all(|c| c.is_ascii_alphanumeric() || c == '.') && !value.is_empty();
        let value = if plain { value.clone() } else { literal(value) };
        format!("{} = {value}", parameter_name(name))
    });
    pairs.collect::<Vec<_>>().join(", ")
}

/// A parameter's name, which may be qualified: `toast.autovacuum_enabled`.
fn parameter_name(name: &str) -> String {
    name.split('.').map(identifier).collect::<Vec<_>>().join(".")
}

/// What leads from one state of row-level security to another.
fn row_security(from: RowSecurity, to: RowSecurity) -> impl Iterator<Item = &'static str> {
    let enabled = |state| matches!(state, RowSecurity::Enabled | RowSecurity::Forced);
    let forced = |state| matches!(state, RowSecurity::Forced | RowSecurity::ForcedButDisabled);
    let enable = match (enabled(from), enabled(to)) {
        (false, true) => Some("ENABLE ROW LEVEL SECURITY"),
        (true, false) => Some("DISABLE ROW LEVEL SECURITY"),
        _ => None,
    };
    let force = match (forced(from), forced(to)) {
        (false, true) => Some("FORCE ROW LEVEL SECURITY"),
        (true, false) => Some("NO FORCE ROW LEVEL SECURITY"),
        _ => None,
    };
    enable.into_iter().chain(force)
}

pub(super) fn alter_options(
    table: &QualifiedName,
    from: &PostgresqlTableOptions,
    to: &PostgresqlTableOptions,
) -> Result<Vec<Statement>, RenderError> {
    if from.partition_by != to.partition_by {
        return Err(RenderError::unsupported(
            DIALECT,
            format!("change how the table `{table}` is partitioned"),
            "create a new table, copy the rows and rename it",
        ));
    }
    let mut actions = Vec::new();
    for parent in from.inherits.iter().filter(|p| !to.inherits.contains(p)) {
        actions.push(format!("NO INHERIT {}", qualified(parent)));
    }
    for parent in to.inherits.iter().filter(|p| !from.inherits.contains(p)) {
        actions.push(format!("INHERIT {}", qualified(parent)));
    }
    let removed = from.with.keys().filter(|name| !to.with.contains_key(*name));
    let removed = removed.map(|name| parameter_name(name)).collect::<Vec<_>>();
    if !removed.is_empty() {
        actions.push(format!("RESET ({})", removed.join(", ")));
    }
    let set: BTreeMap<_, _> = to
        .with
        .iter()
        .filter(|(name, value)| from.with.get(*name) != Some(value))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if !set.is_empty() {
        actions.push(format!("SET ({})", storage_parameters(&set)));
    }
    if from.unlogged != to.unlogged {
        actions.push(if to.unlogged { "SET UNLOGGED" } else { "SET LOGGED" }.to_owned());
    }
    if from.using != to.using {
        // PostgreSQL 15; on 14 the server says that it does not know the words.
        let method = to.using.as_deref().unwrap_or("heap");
        actions.push(format!("SET ACCESS METHOD {}", identifier(method)));
    }
    if from.tablespace != to.tablespace {
        let tablespace = to.tablespace.as_deref().unwrap_or("pg_default");
        actions.push(format!("SET TABLESPACE {}", identifier(tablespace)));
    }
    actions.extend(row_security(from.row_security, to.row_security).map(str::to_owned));
    // One statement each: SET LOGGED, SET ACCESS METHOD and SET TABLESPACE rewrite the table and do not all combine.
    let statement = |action| Statement::new(format!("ALTER TABLE {} {action}", qualified(table)));
    Ok(actions.into_iter().map(statement).collect())
}
