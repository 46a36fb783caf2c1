//! The order of statements that may stand in any.
//!
//! A statement waits for those that make what it mentions. Names are taken without schemas and without a look at what
//! they stand for, so an edge too many is possible, and a circle of them; it is cut where the kinds of objects usually
//! come first. Whatever the guess gets wrong is tried again by who runs the statements.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use super::Statement;

/// The statements that each one waits for.
pub(super) type Waits = Vec<BTreeSet<usize>>;

/// Whether what a statement makes is mentioned by others: of a trigger, a policy or a rule nothing is built.
fn is_leaf(kind: &str) -> bool {
    matches!(kind, "trigger" | "policy" | "rule" | "event trigger" | "publication" | "statistics")
}

/// Where a kind of statement usually stands.
fn rank(statement: &Statement<'_>) -> u8 {
    let subject = &statement.subject;
    match (subject.verb.as_str(), subject.kind.as_str()) {
        ("create", "schema" | "role" | "user" | "extension") => 0,
        // It stamps what is made after it (PostgreSQL docs, "ALTER DEFAULT PRIVILEGES").
        ("alter", "privileges") => 1,
        ("create", "type" | "domain" | "collation" | "sequence") => 2,
        ("create", "function" | "procedure" | "aggregate" | "operator" | "cast") => 3,
        ("create", "table" | "foreign table") => 4,
        ("create", "view" | "materialized view") => 6,
        ("create", kind) if is_leaf(kind) => 7,
        ("create" | "alter", _) if !is_late(statement) => 5,
        _ => 8,
    }
}

/// Whether it changes an object in a way on which no other statement builds.
fn is_late(statement: &Statement<'_>) -> bool {
    let words = ["trigger", "rule", "owner", "security", "identity", "cluster"];
    statement.subject.verb == "alter" && words.iter().any(|word| statement.subject.mentions.contains(*word))
}

/// What each statement waits for. `with_strings`: names in strings count too, as the bodies of functions are checked.
pub(super) fn waits(statements: &[Statement<'_>], with_strings: bool) -> Waits {
    let mut makers: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (number, statement) in statements.iter().enumerate() {
        let subject = &statement.subject;
        let makes = matches!(subject.verb.as_str(), "create" | "alter")
            && !is_leaf(&subject.kind)
            && !is_late(statement);
        if let Some(name) = subject.name.as_deref().filter(|_| makes) {
            makers.entry(name).or_default().push(number);
        }
    }
    let of = |(number, statement): (usize, &Statement<'_>)| {
        let subject = &statement.subject;
        let strings = subject.in_strings.iter().filter(|_| with_strings);
        let mut waits = BTreeSet::new();
        for name in subject.mentions.iter().chain(strings) {
            let own = subject.name.as_ref() == Some(name) && subject.verb == "create";
            for &maker in makers.get(name.as_str()).into_iter().flatten() {
                let is_create = statements.get(maker).is_some_and(|maker| maker.subject.verb == "create");
                // What alters an object waits for what makes it, and for those that altered it before.
                let alters = subject.verb == "alter" && subject.name.as_ref() == Some(name);
                if maker != number && !own && (!alters || is_create || maker < number) {
                    waits.insert(maker);
                }
            }
        }
        waits
    };
    statements.iter().enumerate().map(of).collect()
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
        let order = order(&statements, &waits(&statements, true));
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
        assert!(at("table a") < at("function total") && at("function total") < at("materialized view b"));
        assert!(at("materialized view b") < at("view c") && at("function touch") < at("trigger touch"));
        assert_eq!(found.last().unwrap(), "");
    }

    #[test]
    fn a_circle_is_cut_and_nothing_is_lost() {
        let found =
            ordered("CREATE VIEW a AS SELECT * FROM b; CREATE VIEW b AS SELECT * FROM a; CREATE TABLE t ()");
        assert_eq!(found, ["table t", "view a", "view b"]);
    }
}
