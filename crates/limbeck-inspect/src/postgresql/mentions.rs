//! The names that stand in function bodies.
//!
//! PostgreSQL keeps a body that is written as a string word for word and records nothing of what it uses (PostgreSQL
//! docs, "Dependency Tracking"). The words that are names of the schema are taken for a use of them. That is too much
//! rather than too little: a column may be called like a table.

use std::collections::{BTreeSet, HashMap};

use limbeck_schema::{EntityKind, ObjectReference, QualifiedName};

use super::catalogue::Catalogue;
use super::objects::Objects;

/// What can be named in a body.
pub(super) struct Mentionable<'o> {
    by_name: HashMap<(Option<&'o str>, &'o str), Vec<&'o ObjectReference>>,
    default_schema: Option<String>,
}

impl<'o> Mentionable<'o> {
    /// Everything that statements name: tables, types, sequences, views and functions.
    pub(super) fn new(catalogue: &Catalogue<'_>, objects: &'o Objects<'_>) -> Self {
        let mut by_name = HashMap::<_, Vec<_>>::new();
        let has_functions = catalogue.entities.iter().any(|row| row.kind == EntityKind::Function);
        if has_functions {
            for object in objects.all() {
                if let Some(name) = name_in_statements(object) {
                    by_name.entry((name.schema.as_deref(), name.name.as_str())).or_default().push(object);
                }
            }
        }
        let default = catalogue.namespaces.iter().find(|row| row.is_default);
        Mentionable { by_name, default_schema: default.map(|row| row.name.to_owned()) }
    }

    /// What is mentioned in the body of a function, when that is a string of SQL.
    pub(super) fn in_function(&self, definition: &str) -> Vec<ObjectReference> {
        // As `pg_get_functiondef` prints it: clauses, each on its line, and the body last.
        let Some((clauses, body)) = definition.split_once("\nAS $") else { return Vec::new() };
        let is_sql = [" LANGUAGE sql", " LANGUAGE plpgsql"]
            .iter()
            .any(|language| clauses.lines().any(|line| line.starts_with(language)));
        if !is_sql {
            return Vec::new();
        }
        let mut found = BTreeSet::new();
        for name in names(body) {
            self.add(&name, &mut found);
        }
        found.into_iter().cloned().collect()
    }

    /// `a.b` is a relation in a schema, or a column of one; further parts are columns.
    fn add(&self, parts: &[String], found: &mut BTreeSet<&'o ObjectReference>) {
        let qualified = match parts {
            [schema, name, ..] => {
                let schema =
                    Some(schema.as_str()).filter(|schema| Some(*schema) != self.default_schema.as_deref());
                self.by_name.get(&(schema, name.as_str()))
            }
            _ => None,
        };
        let bare = || parts.first().and_then(|name| self.by_name.get(&(None, name.as_str())));
        found.extend(qualified.or_else(bare).into_iter().flatten().copied());
    }
}

fn name_in_statements(object: &ObjectReference) -> Option<&QualifiedName> {
    match object {
        ObjectReference::Table(name) | ObjectReference::Type(name) | ObjectReference::Sequence(name) => {
            Some(name)
        }
        ObjectReference::Entity(id) => match id.kind {
            EntityKind::Function
            | EntityKind::Procedure
            | EntityKind::Aggregate
            | EntityKind::View
            | EntityKind::MaterializedView
            | EntityKind::ForeignTable
            | EntityKind::RangeType => Some(&id.name),
            _ => None,
        },
        ObjectReference::Schema(_) | ObjectReference::Column(..) | ObjectReference::Constraint(..) => None,
    }
}

/// The names of a text, each with its parts: no comments, and no string constants but dollar-quoted ones, in which
/// statements stand.
fn names(text: &str) -> Vec<Vec<String>> {
    let mut names: Vec<Vec<String>> = Vec::new();
    let mut characters = text.chars().peekable();
    // Whether the last thing was a name, and whether a point came after it.
    let (mut behind_name, mut goes_on) = (false, false);
    while let Some(c) = characters.next() {
        let part = match c {
            '-' if characters.peek() == Some(&'-') => {
                while characters.next_if(|c| *c != '\n').is_some() {}
                continue;
            }
            '/' if characters.peek() == Some(&'*') => {
                let mut last = ' ';
                for c in characters.by_ref().skip(1) {
                    if last == '*' && c == '/' {
                        break;
                    }
                    last = c;
                }
                continue;
            }
            '\'' => {
                while characters.next().is_some_and(|c| c != '\'') {}
                (behind_name, goes_on) = (false, false);
                continue;
            }
            '"' => {
                let mut part = String::new();
                while let Some(c) = characters.next() {
                    if c == '"' && characters.next_if_eq(&'"').is_none() {
                        break;
                    }
                    part.push(c);
                }
                part
            }
            c if c.is_alphabetic() || c == '_' => {
                let mut part = String::from(c);
                // A dollar sign ends a string more often than it is in a name.
                while let Some(c) = characters.next_if(|c| c.is_alphanumeric() || *c == '_') {
                    part.push(c);
                }
                part.to_lowercase()
            }
            '.' => {
                (behind_name, goes_on) = (false, behind_name);
                continue;
            }
            // A name may have blanks around its points.
            c if c.is_whitespace() => continue,
            _ => {
                (behind_name, goes_on) = (false, false);
                continue;
            }
        };
        match names.last_mut() {
            Some(name) if goes_on => name.push(part),
            _ => names.push(vec![part]),
        }
        (behind_name, goes_on) = (true, false);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn names_are_told_from_strings_and_comments() {
        let found: Vec<String> = names(
            "SELECT o.\"The Id\", 'not this', 'it''s' FROM Shop . orders o -- nor this\n WHERE /* nor * this */ x = $1.y; y := $$z$$",
        )
        .iter()
        .map(|parts| parts.join("."))
        .collect();
        assert_eq!(found, ["select", "o.The Id", "from", "shop.orders", "o", "where", "x", "y", "y", "z"]);
    }
}
