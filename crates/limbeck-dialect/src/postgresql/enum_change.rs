//! Enum types: creation, and the ways to change their values.

use limbeck_schema::{
    Column, CommentTarget, Dialect, EnumChange, EnumType, Operation, QualifiedName, shorten,
};

use super::{DIALECT, comment, identifier, literal, qualified, type_name};
use crate::lexer::{TokenKind, significant_tokens};
use crate::{RenderError, Statement};

pub(super) fn create(enum_type: &EnumType) -> Vec<Statement> {
    let values = enum_type.values.iter().map(|v| literal(v)).collect::<Vec<_>>();
    let sql = format!("CREATE TYPE {} AS ENUM ({})", qualified(&enum_type.name), values.join(", "));
    let mut statements = vec![Statement::new(sql)];
    statements.extend(enum_type.comment.as_deref().map(|c| type_comment(&enum_type.name, Some(c))));
    statements
}

fn type_comment(name: &QualifiedName, text: Option<&str>) -> Statement {
    comment::on(&CommentTarget::Enum(name.clone()), text)
}

/// How the values get from what they are to what they shall be.
struct Steps<'a> {
    /// Former value and new value.
    renames: Vec<(&'a str, &'a str)>,
    /// The values after the renames.
    renamed: Vec<&'a str>,
    /// Whether additions alone lead from there to the goal.
    only_adds: bool,
}

impl<'a> Steps<'a> {
    fn of(change: &'a EnumChange) -> Self {
        let (from, to) = (&change.from.values, &change.to.values);
        // A rename counts while the old value is there and the new one is not.
        let new_name = |value: &str| {
            let pair = change.to.renamed_values.iter().find(|(new, old)| {
                *old == value && to.contains(new) && !from.contains(new) && !to.contains(old)
            });
            pair.map(|(new, _)| new.as_str())
        };
        let renames: Vec<_> =
            from.iter().filter_map(|old| new_name(old).map(|new| (old.as_str(), new))).collect();
        let renamed: Vec<_> = from.iter().map(|old| new_name(old).unwrap_or(old)).collect();
        let kept = to.iter().map(String::as_str).filter(|value| renamed.contains(value));
        let only_adds = kept.eq(renamed.iter().copied());
        Self { renames, renamed, only_adds }
    }
}

pub(super) fn alter(change: &EnumChange) -> Result<Vec<Statement>, RenderError> {
    let steps = Steps::of(change);
    if steps.only_adds { Ok(extend(change, &steps)) } else { rebuild(change, &steps) }
}

fn rename_values(name: &QualifiedName, steps: &Steps<'_>) -> impl Iterator<Item = Statement> {
    let name = qualified(name);
    steps.renames.iter().map(move |(old, new)| {
        Statement::new(format!("ALTER TYPE {name} RENAME VALUE {} TO {}", literal(old), literal(new)))
    })
}

/// RENAME VALUE and ADD VALUE.
fn extend(change: &EnumChange, steps: &Steps<'_>) -> Vec<Statement> {
    let name = &change.to.name;
    let mut statements: Vec<_> = rename_values(name, steps).collect();
    let values = &change.to.values;
    let last_kept = values.iter().rposition(|v| steps.renamed.contains(&v.as_str()));
    let mut previous: Option<&String> = None;
    for (at, value) in values.iter().enumerate() {
        if !steps.renamed.contains(&value.as_str()) {
            let place = match (previous, steps.renamed.first()) {
                // At the end is where a value goes by itself.
                _ if last_kept.is_none_or(|last| at > last) => String::new(),
                (Some(previous), _) => format!(" AFTER {}", literal(previous)),
                (None, Some(first)) => format!(" BEFORE {}", literal(first)),
                (None, None) => String::new(),
            };
            let sql = format!("ALTER TYPE {} ADD VALUE {}{place}", qualified(name), literal(value));
            statements.push(Statement::new(sql));
        }
        previous = Some(value);
    }
    if change.from.comment != change.to.comment {
        statements.push(type_comment(name, change.to.comment.as_deref()));
    }
    statements
}

/// Sets the type aside, makes it anew, and carries every column over through the values' text.
fn rebuild(change: &EnumChange, steps: &Steps<'_>) -> Result<Vec<Statement>, RenderError> {
    let name = &change.to.name;
    let aside = shorten(&format!("_limbeck_old_{}", name.name));
    let mut statements: Vec<_> = rename_values(name, steps).collect();
    statements.push(
        Statement::new(format!("ALTER TYPE {} RENAME TO {}", qualified(name), identifier(&aside)))
            .with_comment(
                "Values of an enum type cannot be dropped or moved: the type is made anew. Rows that hold a dropped\n\
                 value must be given another one first.",
            ),
    );
    statements.extend(create(&change.to));
    for column in &change.columns {
        statements.push(carry_over(&column.reference.table, &column.definition, change, steps)?);
    }
    statements.push(Statement::new(format!("DROP TYPE {}", qualified(&name.with_name(aside)))));
    Ok(statements)
}

/// One column's way from the old type to the new one.
fn carry_over(
    table: &QualifiedName,
    column: &Column,
    change: &EnumChange,
    steps: &Steps<'_>,
) -> Result<Statement, RenderError> {
    let column_type = column.sql_type.for_dialect(Dialect::Postgresql);
    let new_type = type_name(column_type)?;
    let text = if new_type.ends_with("[]") { "TEXT[]" } else { "TEXT" };
    let name = identifier(&column.name);
    let mut actions = Vec::new();
    if column.server_default.is_some() {
        actions.push(format!("ALTER COLUMN {name} DROP DEFAULT"));
    }
    actions.push(format!("ALTER COLUMN {name} TYPE {new_type} USING {name}::{text}::{new_type}"));
    if let Some(default) = &column.server_default
        && let Some(default) = default_after(default.for_dialect(DIALECT), change, steps)
    {
        actions.push(format!("ALTER COLUMN {name} SET DEFAULT {default}"));
    }
    let layout = if let [action] = actions.as_slice() {
        format!(" {action}")
    } else {
        format!("\n    {}", actions.join(",\n    "))
    };
    Ok(Statement::new(format!("ALTER TABLE {}{layout}", qualified(table))))
}

/// The default with values under their new names; none when it names a value that is dropped, for which another
/// operation must say what comes instead.
fn default_after(default: &str, change: &EnumChange, steps: &Steps<'_>) -> Option<String> {
    let mut text = String::new();
    let mut copied = 0;
    for token in significant_tokens(DIALECT, default).iter().filter(|t| t.kind == TokenKind::Text) {
        let is = |value: &str| token.text == literal(value);
        if let Some((_, new)) = steps.renames.iter().find(|(old, _)| is(old)) {
            text.push_str(default.get(copied..token.start)?);
            text.push_str(&literal(new));
            copied = token.end();
        } else if change.from.values.iter().any(|v| is(v)) && !change.to.values.iter().any(|v| is(v)) {
            return None;
        }
    }
    text.push_str(default.get(copied..)?);
    Some(text)
}

/// PostgreSQL runs the operations as they are, but for one: a value added by ALTER TYPE … ADD VALUE cannot be used
/// before the transaction has committed ("ALTER TYPE", Notes). Where a later operation names an added value, the type
/// is made anew instead, which has no such limit.
pub(crate) fn plan(operations: Vec<Operation>) -> Vec<Operation> {
    let mut planned = Vec::new();
    for (at, operation) in operations.iter().enumerate() {
        let later = operations.get(at + 1..).unwrap_or_default();
        match operation {
            Operation::AlterEnum(change) if uses_added_value(change, later) => {
                planned.extend(as_statements(change).unwrap_or_else(|| vec![operation.clone()]));
            }
            _ => planned.push(operation.clone()),
        }
    }
    planned
}

/// Whether a value that the change adds stands as a constant anywhere in the operations. The text cannot tell whose
/// constant it is; a type made anew without need is slow, but right.
fn uses_added_value(change: &EnumChange, operations: &[Operation]) -> bool {
    let steps = Steps::of(change);
    let mut added = change.to.values.iter().filter(|v| !steps.renamed.contains(&v.as_str())).peekable();
    if !steps.only_adds || added.peek().is_none() {
        return false;
    }
    let text = format!("{operations:?}");
    added.any(|value| text.contains(&literal(value)))
}

/// The change as single statements that make the type anew, and those that take it back.
fn as_statements(change: &EnumChange) -> Option<Vec<Operation>> {
    let Operation::AlterEnum(back) = Operation::AlterEnum(Box::new(change.clone())).reverse() else {
        return None;
    };
    let forward = rebuild(change, &Steps::of(change)).ok()?;
    let backward = rebuild(&back, &Steps::of(&back)).ok()?;
    let execute = |forward, backward| Operation::Execute { forward, backward };
    let forward = forward.into_iter().map(|s| execute(Some(s.sql), None));
    let backward = backward.into_iter().rev().map(|s| execute(None, Some(s.sql)));
    Some(forward.chain(backward).collect())
}
