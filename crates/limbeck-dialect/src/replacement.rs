//! Whether a database can change an entity's definition without dropping what is built on it.

use limbeck_schema::{Dialect, Entity, EntityKind};

use crate::cursor::Cursor;

/// How an entity gets from one definition to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replacement {
    /// In its place, there and back.
    InPlace,
    /// In its place one way; the way back drops it, so nothing may be built on it and nobody may have privileges on it.
    InPlaceAlone,
    /// By dropping it and creating it anew.
    Anew,
}

/// How an entity gets from one definition to another of the same identity, and back.
///
/// PostgreSQL's rules: CREATE OR REPLACE keeps a routine's result and the names of its arguments ("CREATE FUNCTION"), and
/// lets a view only have more columns at its end ("CREATE VIEW"). Nothing can be built on a trigger, policy, rule,
/// publication, event trigger or statistics object, so these are always replaced in place, by dropping them if need be.
pub fn replacement(dialect: Dialect, from: &Entity, to: &Entity) -> Replacement {
    use Replacement::{Anew, InPlace, InPlaceAlone};
    if from.definition == to.definition {
        return InPlace;
    }
    if dialect == Dialect::Sqlite {
        return Anew;
    }
    let in_place_if = |possible: bool| if possible { InPlace } else { Anew };
    match to.id.kind {
        EntityKind::Function | EntityKind::Procedure => in_place_if(from.shape == to.shape),
        EntityKind::View if from.shape == to.shape => InPlace,
        EntityKind::View if from.shape.starts_with(&to.shape) || to.shape.starts_with(&from.shape) => {
            InPlaceAlone
        }
        // Its options can be set; everything else is in its query.
        EntityKind::MaterializedView => {
            let bare = |entity: &Entity| without_clause(&entity.definition, "with");
            in_place_if(bare(from) == bare(to))
        }
        EntityKind::Extension
        | EntityKind::Rule
        | EntityKind::Trigger
        | EntityKind::Policy
        | EntityKind::Statistics
        | EntityKind::Publication
        | EntityKind::EventTrigger => InPlace,
        EntityKind::ForeignServer | EntityKind::ForeignDataWrapper | EntityKind::ForeignTable => {
            let bare = |entity: &Entity| without_last_options(&entity.definition);
            in_place_if(bare(from) == bare(to))
        }
        EntityKind::TextSearchDictionary => {
            in_place_if(setting(&from.definition, "template") == setting(&to.definition, "template"))
        }
        EntityKind::TextSearchConfiguration => {
            let head = |entity: &Entity| entity.definition.split(';').next().map(str::to_owned);
            in_place_if(head(from) == head(to))
        }
        EntityKind::View
        | EntityKind::Collation
        | EntityKind::RangeType
        | EntityKind::Aggregate
        | EntityKind::Operator
        | EntityKind::Cast => Anew,
    }
}

/// The statement without a clause of the form `word (…)` in its head, before AS.
pub(crate) fn without_clause(sql: &str, word: &str) -> String {
    let mut cursor = Cursor::new(Dialect::Postgresql, sql);
    while let Some(token) = cursor.peek().filter(|token| !token.is_word("as")) {
        let start = token.start;
        if cursor.accept(word) && cursor.group(sql).is_some() {
            let (head, tail) = (sql.get(..start), sql.get(cursor.end_of_last()..));
            return format!("{}{}", head.unwrap_or_default().trim_end(), tail.unwrap_or_default());
        }
        cursor.advance();
    }
    sql.to_owned()
}

/// What is in the parentheses of a clause of the form `word (…)` in the head of a statement, before AS.
pub(crate) fn clause<'a>(sql: &'a str, word: &str) -> Option<&'a str> {
    let mut cursor = Cursor::new(Dialect::Postgresql, sql);
    while cursor.peek().is_some_and(|token| !token.is_word("as")) {
        if cursor.accept(word) {
            if let Some(group) = cursor.group(sql) {
                return Some(group);
            }
        } else {
            cursor.advance();
        }
    }
    None
}

/// The statement and its OPTIONS at the end: those of the object itself, not of its columns.
pub(crate) fn last_options(sql: &str) -> (&str, Option<&str>) {
    let mut cursor = Cursor::new(Dialect::Postgresql, sql);
    let mut found = None;
    while cursor.skip_past("options") {
        let start = cursor.end_of_last().saturating_sub("options".len());
        found = cursor.group(sql).map(|group| (start, group)).or(found);
    }
    match found {
        Some((start, group)) => (sql.get(..start).unwrap_or_default().trim_end(), Some(group)),
        None => (sql.trim_end(), None),
    }
}

fn without_last_options(sql: &str) -> String {
    let bare = last_options(sql).0;
    // A server's version can be set too.
    let mut cursor = Cursor::new(Dialect::Postgresql, bare);
    if !cursor.skip_past("version") {
        return bare.to_owned();
    }
    let start = cursor.end_of_last().saturating_sub("version".len());
    cursor.advance();
    let (head, tail) = (bare.get(..start), bare.get(cursor.end_of_last()..));
    format!("{}{}", head.unwrap_or_default().trim_end(), tail.unwrap_or_default())
}

/// The value of a setting in the parentheses of a definition: `(TEMPLATE = simple, …)`.
pub(crate) fn setting(sql: &str, name: &str) -> Option<String> {
    settings(sql).into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// The settings in the first parentheses of a definition.
pub(crate) fn settings(sql: &str) -> Vec<(String, String)> {
    let mut cursor = Cursor::new(Dialect::Postgresql, sql);
    while cursor.peek().is_some_and(|token| !token.is_symbol("(")) {
        cursor.advance();
    }
    let list = cursor.group(sql).unwrap_or_default();
    let parts = crate::cursor::split_list(Dialect::Postgresql, list);
    let pairs = parts.into_iter().map(|part| match part.split_once('=') {
        Some((key, value)) => (key.trim().to_owned(), value.trim().to_owned()),
        None => (part.to_owned(), String::new()),
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use limbeck_schema::EntityId;

    use super::*;

    fn entity(kind: EntityKind, definition: &str, shape: &[&str]) -> Entity {
        let id = EntityId { kind, name: "x".into(), arguments: None, on: None };
        let shape = shape.iter().map(|&line| line.to_owned()).collect();
        Entity { shape, ..Entity::new(id, definition) }
    }

    #[test]
    fn views_may_gain_columns_at_their_end() {
        let of = |from: &[&str], to: &[&str]| {
            let (from, to) = (entity(EntityKind::View, "a", from), entity(EntityKind::View, "b", to));
            replacement(Dialect::Postgresql, &from, &to)
        };
        assert_eq!(of(&["a integer"], &["a integer"]), Replacement::InPlace);
        assert_eq!(of(&["a integer"], &["a integer", "b text"]), Replacement::InPlaceAlone);
        assert_eq!(of(&["a integer", "b text"], &["a integer"]), Replacement::InPlaceAlone);
        assert_eq!(of(&["a integer"], &["a bigint"]), Replacement::Anew);
    }

    #[test]
    fn what_only_has_other_options_stays() {
        let of = |kind, from, to| {
            replacement(Dialect::Postgresql, &entity(kind, from, &[]), &entity(kind, to, &[]))
        };
        let view = |options: &str, query: &str| format!("CREATE MATERIALIZED VIEW x{options} AS\n{query}");
        let (plain, set) = (view("", "SELECT 1"), view(" WITH (fillfactor=70)", "SELECT 1"));
        assert_eq!(of(EntityKind::MaterializedView, &plain, &set), Replacement::InPlace);
        let other = view("", "SELECT 2");
        assert_eq!(of(EntityKind::MaterializedView, &plain, &other), Replacement::Anew);
        let server = |version: &str, host: &str| {
            format!("CREATE SERVER x{version} FOREIGN DATA WRAPPER f OPTIONS (host '{host}')")
        };
        let (old, new) = (server("", "a"), server(" VERSION '2'", "b"));
        assert_eq!(of(EntityKind::ForeignServer, &old, &new), Replacement::InPlace);
        let elsewhere = "CREATE SERVER x FOREIGN DATA WRAPPER g";
        assert_eq!(of(EntityKind::ForeignServer, &old, elsewhere), Replacement::Anew);
    }
}
