//! Enum types: creation, and the ways to change their values.

use limbeck_schema::{
    Column, CommentTarget, EnumChange, EnumType, Operation, QualifiedName, SqlType, TypeColumn,
};

use super::alter_column::must_fill;
use super::type_rebuild::{self, TypeKind};
use super::{DIALECT, comment, identifier, literal, qualified};
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
    /// Former value and the existing value that takes its rows.
    merges: Vec<(&'a str, &'a str)>,
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
        let merged_into = |value: &str| {
            let pair = change.to.renamed_values.iter().find(|(new, old)| {
                *old == value && to.contains(new) && from.contains(new) && !to.contains(old)
            });
            pair.map(|(new, _)| new.as_str())
        };
        let merges: Vec<_> =
            from.iter().filter_map(|old| merged_into(old).map(|new| (old.as_str(), new))).collect();
        let kept = to.iter().map(String::as_str).filter(|value| renamed.contains(value));
        let only_adds = kept.eq(renamed.iter().copied());
        Self { renames, merges, renamed, only_adds }
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

/// Sets the type aside, makes it anew, and carries everything over that stands on it.
fn rebuild(change: &EnumChange, steps: &Steps<'_>) -> Result<Vec<Statement>, RenderError> {
    let name = &change.to.name;
    let mut statements: Vec<_> = guard(change, steps).into_iter().collect();
    statements.extend(rename_values(name, steps));
    let convert = |column: &TypeColumn, new_type: &str| Ok(converted(column, new_type, steps));
    let default_after = |default: &str| default_after(default, change, steps);
    let mut anew = type_rebuild::rebuild_with_defaults(
        name,
        TypeKind::Type,
        create(&change.to),
        &change.dependents,
        &convert,
        &default_after,
    )?;
    if let Some(first) = anew.first_mut() {
        first.comment =
            Some("Values of an enum type cannot be dropped or moved: the type is made anew.".to_owned());
    }
    statements.extend(anew);
    Ok(statements)
}

/// A column's value under the new type, where values that go are mapped to others.
fn converted(column: &TypeColumn, new_type: &str, steps: &Steps<'_>) -> String {
    let name = identifier(&column.definition.name);
    let sql_type = column.definition.sql_type.for_dialect(DIALECT);
    match sql_type {
        // In the text of a composite value, a value of the enum cannot be told from any other text.
        SqlType::Composite(_) => {}
        SqlType::Array(element) if matches!(**element, SqlType::Composite(_)) => {}
        SqlType::Array(_) if !steps.merges.is_empty() => {
            let start = format!("{name}::TEXT[]");
            let mapped = steps.merges.iter().fold(start, |value, (old, new)| {
                format!("array_replace({value}, {}, {})", literal(old), literal(new))
            });
            return format!("{mapped}::{new_type}");
        }
        _ if !steps.merges.is_empty() => {
            let cases =
                steps.merges.iter().map(|(old, new)| format!("WHEN {} THEN {}", literal(old), literal(new)));
            let cases = cases.collect::<Vec<_>>().join(" ");
            return format!("(CASE {name}::TEXT {cases} ELSE {name}::TEXT END)::{new_type}");
        }
        _ => {}
    }
    type_rebuild::through_text(&name, sql_type, new_type)
}

/// A statement that fails, before anything has changed, where a row holds a value that goes.
fn guard(change: &EnumChange, steps: &Steps<'_>) -> Option<Statement> {
    let stays = |value: &str| {
        change.to.values.iter().any(|v| v == value)
            || steps.renames.iter().chain(&steps.merges).any(|(old, _)| *old == value)
    };
    let gone: Vec<_> = change.from.values.iter().filter(|v| !stays(v)).map(|v| literal(v)).collect();
    let columns: Vec<_> =
        change.dependents.columns.iter().filter(|c| !holds_composite(&c.definition.sql_type)).collect();
    if gone.is_empty() || columns.is_empty() {
        return None;
    }
    let searches = columns.into_iter().map(|column| search(&change.from.name, column, &gone.join(", ")));
    let body = format!("\nDECLARE\n    held TEXT;\nBEGIN\n{}END\n", searches.collect::<String>());
    let mut tag = "$limbeck$".to_owned();
    while body.contains(&tag) {
        tag.insert(1, '_');
    }
    let comment = "Fails, before anything changes, while a row holds a value that goes.";
    Some(Statement::new(format!("DO {tag}{body}{tag}")).with_comment(comment))
}

fn holds_composite(sql_type: &SqlType) -> bool {
    match sql_type.for_dialect(DIALECT) {
        SqlType::Composite(_) => true,
        SqlType::Array(element) => holds_composite(element),
        _ => false,
    }
}

fn search(enum_type: &QualifiedName, column: &TypeColumn, gone: &str) -> String {
    let table = &column.reference.table;
    let name = identifier(&column.definition.name);
    let (source, value) = match column.definition.sql_type.for_dialect(DIALECT) {
        SqlType::Array(_) => {
            (format!("{}, unnest({name}) AS held_value", qualified(table)), "held_value".to_owned())
        }
        _ => (qualified(table), name),
    };
    let label = literal(&format!("{table}.{}", column.definition.name));
    let enum_type = literal(&enum_type.to_string());
    format!(
        "    SELECT {value}::TEXT INTO held FROM {source} WHERE {value}::TEXT IN ({gone}) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'column % still holds the value %, which the enum type % loses', {label}, quote_literal(held), {enum_type}
            USING ERRCODE = 'check_violation',
            HINT = 'Give these rows another value first, or declare by renamed_from which value they get.';
    END IF;
"
    )
}

/// The default with values under their new names; none when it names a value that is dropped, for which another
/// operation must say what comes instead.
fn default_after(default: &str, change: &EnumChange, steps: &Steps<'_>) -> Option<String> {
    let mut text = String::new();
    let mut copied = 0;
    for token in significant_tokens(DIALECT, default).iter().filter(|t| t.kind == TokenKind::Text) {
        let is = |value: &str| token.text == literal(value);
        if let Some((_, new)) = steps.renames.iter().chain(&steps.merges).find(|(old, _)| is(old)) {
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
pub(super) fn plan(operations: Vec<Operation>) -> Vec<Operation> {
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
    let is_of_type = |column: &Column| column.sql_type.enum_name() == Some(&change.to.name);
    let mut added = change.to.values.iter().filter(|v| !steps.renamed.contains(&v.as_str())).peekable();
    if !steps.only_adds || added.peek().is_none() {
        return false;
    }
    // What a person will write where a value is asked for may be an added one.
    let is_asked = |operation: &Operation| match operation {
        Operation::AddColumn { column, .. } => {
            must_fill(column) && column.backfill.is_none() && is_of_type(column)
        }
        Operation::AlterColumn { from, to, .. } => {
            let given = to.backfill.is_some() || to.server_default.is_some();
            from.nullable && !to.nullable && !given && is_of_type(to)
        }
        _ => false,
    };
    let text = format!("{operations:?}");
    added.any(|value| text.contains(&literal(value))) || operations.iter().any(is_asked)
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
