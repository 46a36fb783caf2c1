//! The order of statements that may stand in any.
//!
//! A statement waits for those that make what it mentions. Names are taken without schemas and without a look at what
//! they stand for, so an edge too many is possible, and a circle of them; it is cut where the kinds of objects usually
//! come first. Whatever the guess gets wrong is tried again by who runs the statements.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use limbeck_dialect::StatementSubject;
use limbeck_schema::{EntityKind, ObjectReference};

use super::Statement;

/// The statements that each one waits for.
pub(super) type Waits = Vec<BTreeSet<usize>>;

/// Whether nothing is built on objects of the kind.
fn is_leaf(kind: EntityKind) -> bool {
    use EntityKind::*;
    matches!(kind, Trigger | Policy | Rule | EventTrigger | Publication | Statistics)
}

/// Where a kind of statement usually stands.
fn rank(statement: &Statement<'_>) -> u8 {
    use EntityKind::*;
    match &statement.subject {
        StatementSubject::Creates(object) => match object {
            ObjectReference::Schema(_) => 0,
            ObjectReference::Type(_) | ObjectReference::Sequence(_) => 2,
            ObjectReference::Entity(id) => match id.kind {
                Extension | ForeignDataWrapper | ForeignServer => 0,
                View | MaterializedView => 6,
                kind if is_leaf(kind) => 7,
                Collation | RangeType | TextSearchDictionary | TextSearchConfiguration => 2,
                ForeignTable => 4,
                _ => 3,
            },
            _ => 4,
        },
        // They stamp what is made after them (PostgreSQL docs, "ALTER DEFAULT PRIVILEGES").
        StatementSubject::AltersDefaultPrivileges => 1,
        StatementSubject::CreatesIndex { .. } => 5,
        StatementSubject::Alters(_) if adds(statement) => 5,
        StatementSubject::Alters(_) | StatementSubject::Drops(_) => 8,
        // Roles and languages.
        StatementSubject::Other if statement.says("create") => 0,
        StatementSubject::Other => 8,
    }
}

/// Whether it changes an object in a way on which other statements may build: a column that is added, a value.
pub(super) fn adds(statement: &Statement<'_>) -> bool {
    let late = ["trigger", "rule", "owner", "security", "identity", "cluster", "comment", "grant", "revoke"];
    matches!(&statement.subject, StatementSubject::Alters(_)) && !late.iter().any(|word| statement.says(word))
}

/// The bare names of what a statement makes, or adds to.
pub(super) fn made(statement: &Statement<'_>) -> Vec<String> {
    let object_name = |object: &ObjectReference| match object {
        ObjectReference::Entity(id) if is_leaf(id.kind) => None,
        object => Some(bare_name(object)),
    };
    match &statement.subject {
        StatementSubject::Creates(object) => object_name(object).into_iter().collect(),
        StatementSubject::CreatesIndex { name, .. } => {
            name.iter().map(|name| name.name.to_lowercase()).collect()
        }
        StatementSubject::Alters(objects) if adds(statement) => {
            objects.iter().filter_map(object_name).collect()
        }
        _ => Vec::new(),
    }
}

/// An object's name without its schema. Names that differ in case alone, which is nothing to SQLite, are taken for one.
pub(super) fn bare_name(object: &ObjectReference) -> String {
    let name = match object {
        ObjectReference::Schema(name) => name,
        ObjectReference::Table(name)
        | ObjectReference::Column(name, _)
        | ObjectReference::Constraint(name, _)
        | ObjectReference::Type(name)
        | ObjectReference::Sequence(name) => &name.name,
        ObjectReference::Entity(id) => &id.name.name,
    };
    name.to_lowercase()
}

/// What each statement waits for: what makes the names in it, those in the bodies of functions too.
pub(super) fn waits(statements: &[Statement<'_>]) -> Waits {
    let made: Vec<Vec<String>> = statements.iter().map(made).collect();
    let mut makers: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (number, names) in made.iter().enumerate() {
        for name in names {
            makers.entry(name).or_default().push(number);
        }
    }
    let creates = |number: usize| {
        statements.get(number).is_some_and(|s| !matches!(s.subject, StatementSubject::Alters(_)))
    };
    let mut waits = Waits::new();
    for ((number, statement), own) in statements.iter().enumerate().zip(&made) {
        let names =
            statement.mentions.names.iter().chain(&statement.mentions.in_body).chain(&statement.depends_on);
        let names: BTreeSet<String> = names.map(|name| name.name.to_lowercase()).collect();
        let mut before = BTreeSet::new();
        for name in names {
            let is_own = own.contains(&name);
            for &maker in makers.get(name.as_str()).into_iter().flatten() {
                // What adds to an object waits for what makes it, and for what was added before.
                let goes_first = match (is_own, creates(number)) {
                    (false, _) => true,
                    (true, true) => false,
                    (true, false) => creates(maker) || maker < number,
                };
                if maker != number && goes_first {
                    before.insert(maker);
                }
            }
        }
        waits.push(before);
    }
    waits
}

/// The statements' numbers in an order in which they are likely to run.
pub(super) fn order(statements: &[Statement<'_>], waits: &Waits) -> Vec<usize> {
    let mut followers: Vec<Vec<usize>> = vec![Vec::new(); statements.len()];
    let mut open: Vec<usize> = waits.iter().map(BTreeSet::len).collect();
    for (number, waits) in waits.iter().enumerate() {
        for &before in waits {
            followers.get_mut(before).into_iter().for_each(|f| f.push(number));
        }
    }
    let keys: Vec<(u8, usize)> = statements.iter().enumerate().map(|(number, s)| (rank(s), number)).collect();
    let mut remaining: BTreeSet<(u8, usize)> = keys.iter().copied().collect();
    let mut ready: BinaryHeap<Reverse<(u8, usize)>> =
        keys.iter().zip(&open).filter(|(_, open)| **open == 0).map(|(key, _)| Reverse(*key)).collect();
    let mut order = Vec::with_capacity(statements.len());
    loop {
        // Where all that is left waits in a circle, the kind that usually comes first goes first.
        let next = ready.pop().map(|Reverse(key)| key).or_else(|| remaining.first().copied());
        let Some(key) = next else { return order };
        if !remaining.remove(&key) {
            continue;
        }
        order.push(key.1);
        for &follower in followers.get(key.1).into_iter().flatten() {
            if let (Some(open), Some(key)) = (open.get_mut(follower), keys.get(follower)) {
                *open = open.saturating_sub(1);
                if *open == 0 {
                    ready.push(Reverse(*key));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use limbeck_schema::{Dialect, SqlSource};

    use super::super::read;
    use super::*;

    fn ordered(sql: &str) -> Vec<String> {
        let source = SqlSource::new("test.sql", sql);
        let statements = read(Dialect::Postgresql, [&source]).unwrap();
        let order = order(&statements, &waits(&statements));
        order.into_iter().map(|number| statements[number].object()).collect()
    }

    #[test]
    fn what_is_mentioned_comes_first() {
        let found = ordered(
            "GRANT SELECT ON c TO reader;
             CREATE TRIGGER touch BEFORE UPDATE ON a EXECUTE FUNCTION touch();
             CREATE VIEW c AS SELECT * FROM b;
             CREATE MATERIALIZED VIEW b AS SELECT total(x) FROM a;
             CREATE FUNCTION total(int) RETURNS int LANGUAGE sql AS 'SELECT count(*) FROM a';
             CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
             ALTER TABLE a ADD COLUMN y mood;
             CREATE TABLE a (x int, z mood);
             CREATE TYPE mood AS ENUM ('a');",
        );
        let at = |object: &str| found.iter().position(|found| found == object).unwrap();
        assert!(at("type mood") < at("table a"), "{found:?}");
        assert!(
            at("table a") < at("function total(integer)")
                && at("function total(integer)") < at("materialized view b")
        );
        assert!(
            at("materialized view b") < at("view c") && at("function touch()") < at("trigger touch on a")
        );
        assert_eq!(found.last().unwrap(), "a change of table c");
    }

    #[test]
    fn a_circle_is_cut_and_nothing_is_lost() {
        let found =
            ordered("CREATE VIEW a AS SELECT * FROM b; CREATE VIEW b AS SELECT * FROM a; CREATE TABLE t ()");
        assert_eq!(found, ["table t", "view a", "view b"]);
    }
}
