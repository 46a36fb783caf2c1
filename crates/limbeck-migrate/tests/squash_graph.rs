//! Revisions that stand for others: whatever a database holds, it arrives where every other does.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at the first surprise")]

use std::collections::BTreeSet;

use limbeck_migrate::graph::{Direction, Revision, RevisionGraph, Step};
use proptest::prelude::*;

fn revision(id: &str, down: &[&str], replaces: &[&str]) -> Revision {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Revision {
        id: id.to_owned(),
        down_revisions: owned(down),
        depends_on: Vec::new(),
        branch_labels: Vec::new(),
        replaces: owned(replaces),
        message: String::new(),
        source: 0,
    }
}

fn rows_after(current: &[String], steps: &[Step]) -> Vec<String> {
    let mut rows: BTreeSet<String> = current.iter().cloned().collect();
    for change in steps.iter().flat_map(|step| &step.version_changes) {
        change.apply(&mut rows);
    }
    rows.into_iter().collect()
}

fn owned(rows: &[&str]) -> Vec<String> {
    rows.iter().map(|row| (*row).to_owned()).collect()
}

/// What is run, and the stamps.
fn log(steps: &[Step]) -> Vec<String> {
    steps.iter().map(Step::short_log).collect()
}

/// `a b c d e`, of which `s` replaces `b c d`.
fn line() -> RevisionGraph {
    RevisionGraph::new(vec![
        revision("a", &[], &[]),
        revision("b", &["a"], &[]),
        revision("c", &["b"], &[]),
        revision("d", &["c"], &[]),
        revision("e", &["d"], &[]),
        revision("s", &["a"], &["b", "c", "d"]),
    ])
    .unwrap()
}

#[test]
fn a_fresh_database_takes_the_squash() {
    let steps = line().upgrade_path(&[], "head").unwrap();
    assert_eq!(log(&steps), ["upgrade  -> a", "upgrade a -> s", "upgrade s -> e"]);
    assert_eq!(rows_after(&[], &steps), ["e"]);
}

#[test]
fn a_database_inside_goes_the_old_way_to_its_end() {
    let steps = line().upgrade_path(&owned(&["c"]), "head").unwrap();
    assert_eq!(log(&steps), ["upgrade c -> d", "upgrade d -> e"]);
    let steps = line().upgrade_path(&owned(&["c"]), "s").unwrap();
    assert_eq!(log(&steps), ["upgrade c -> d", "stamp_revision d -> s"]);
    assert_eq!(rows_after(&owned(&["c"]), &steps), ["s"]);
    assert_eq!(log(&line().downgrade_path(&owned(&["c"]), "-1").unwrap()), ["downgrade c -> b"]);
}

#[test]
fn a_database_at_the_end_is_at_the_squash() {
    let graph = line();
    let end = owned(&["d"]);
    assert_eq!(log(&graph.upgrade_path(&end, "+1").unwrap()), ["stamp_revision d -> s", "upgrade s -> e"]);
    assert_eq!(
        log(&graph.downgrade_path(&end, "-1").unwrap()),
        ["stamp_revision d -> s", "downgrade s -> a"]
    );
    assert_eq!(graph.resolve("current", Some(&end)).unwrap()[0].id, "s");
    assert_eq!(graph.resolve("d", None).unwrap()[0].id, "s");
    assert!(graph.entry(graph.get("s").unwrap(), &end).unwrap().is_current);
    assert!(!graph.is_at_heads(&end));
    assert!(graph.is_at_heads(&owned(&["e"])));
}

#[test]
fn a_replaced_revision_that_is_named_opens_the_squash() {
    let graph = line();
    assert_eq!(
        log(&graph.upgrade_path(&[], "c").unwrap()),
        ["upgrade  -> a", "upgrade a -> b", "upgrade b -> c"]
    );
    let steps = graph.downgrade_path(&owned(&["s"]), "b").unwrap();
    assert_eq!(log(&steps), ["stamp_revision s -> d", "downgrade d -> c", "downgrade c -> b"]);
    assert_eq!(
        log(&graph.downgrade_path(&owned(&["e"]), "c").unwrap()),
        ["downgrade e -> d", "downgrade d -> c"]
    );
}

#[test]
fn what_is_shown_is_the_squash() {
    let graph = line();
    let history: Vec<&str> = graph
        .history(&Default::default(), None)
        .unwrap()
        .iter()
        .map(|revision| revision.id.as_str())
        .collect();
    assert_eq!(history, ["e", "s", "a"]);
    assert_eq!(graph.heads()[0].id, "e");
    let inside = graph.seen_from(&owned(&["c"]), &[]).unwrap();
    let history: Vec<&str> = inside
        .history(&Default::default(), None)
        .unwrap()
        .iter()
        .map(|revision| revision.id.as_str())
        .collect();
    assert_eq!(history, ["e", "d", "c", "b", "a"]);
}

#[test]
fn without_the_replaced_scripts_a_database_inside_is_told_what_to_do() {
    let graph = RevisionGraph::new(vec![
        revision("a", &[], &[]),
        revision("s", &["a"], &["b", "c"]),
        revision("e", &["c"], &[]),
    ])
    .unwrap();
    assert_eq!(
        log(&graph.upgrade_path(&owned(&["c"]), "head").unwrap()),
        ["stamp_revision c -> s", "upgrade s -> e"]
    );
    assert_eq!(graph.upgrade_path(&owned(&["b"]), "head").unwrap_err().code(), "graph.replaced-current");
    assert_eq!(
        log(&graph.upgrade_path(&owned(&["a"]), "head").unwrap()),
        ["upgrade a -> s", "upgrade s -> e"]
    );
}

#[test]
fn a_branch_that_starts_inside_comes_after_the_squash() {
    let mut revisions: Vec<Revision> = line().revisions().cloned().collect();
    assert_eq!(revisions.len(), 3, "the view has no replaced revisions");
    revisions = vec![
        revision("a", &[], &[]),
        revision("b", &["a"], &[]),
        revision("c", &["b"], &[]),
        revision("s", &["a"], &["b", "c"]),
        revision("late", &["b"], &[]),
    ];
    let graph = RevisionGraph::new(revisions).unwrap();
    assert_eq!(
        log(&graph.upgrade_path(&[], "heads").unwrap()),
        ["upgrade  -> a", "upgrade a -> s", "upgrade s -> late"]
    );
    let steps = graph.upgrade_path(&owned(&["b"]), "heads").unwrap();
    let run: BTreeSet<String> = steps
        .iter()
        .filter(|step| step.direction == Direction::Upgrade)
        .map(|step| step.revision.clone())
        .collect();
    assert_eq!(run, BTreeSet::from(["c".to_owned(), "late".to_owned()]));
}

#[test]
fn contradictions_are_refused() {
    let twice =
        vec![revision("a", &[], &[]), revision("s", &[], &["a", "b"]), revision("t", &[], &["b", "c"])];
    assert_eq!(RevisionGraph::new(twice).unwrap_err().code(), "graph.replaced-twice");
    let nested = vec![revision("s", &[], &["a", "b"]), revision("t", &[], &["s", "c"])];
    assert_eq!(RevisionGraph::new(nested).unwrap_err().code(), "graph.nested-squash");
}

/// A random graph with a merge here and there, and a range of it that can be squashed: nothing but what comes after its
/// end needs a part of it.
fn squashed() -> impl Strategy<Value = (RevisionGraph, RevisionGraph, Revision)> {
    let seeds = prop::collection::vec(prop::collection::vec(any::<prop::sample::Index>(), 1..3), 3..14);
    (seeds, any::<prop::sample::Index>(), any::<prop::sample::Index>()).prop_filter_map(
        "a range that can be squashed",
        |(seeds, from, to)| {
            let mut revisions: Vec<Revision> = Vec::new();
            for (number, parents) in seeds.into_iter().enumerate() {
                // Mostly the one before, so that there are stretches to squash.
                let near = |index: &prop::sample::Index| {
                    let back = index.index(number.clamp(1, 3)) + 1;
                    format!("r{:02}", number.saturating_sub(back))
                };
                let down: Vec<String> =
                    if number == 0 { Vec::new() } else { parents.iter().map(near).collect() };
                let down: BTreeSet<&str> = down.iter().map(String::as_str).collect();
                revisions.push(revision(
                    &format!("r{number:02}"),
                    &down.into_iter().collect::<Vec<_>>(),
                    &[],
                ));
            }
            let old = RevisionGraph::new(revisions.clone()).unwrap();
            let ids: Vec<String> = revisions.iter().map(|revision| revision.id.clone()).collect();
            let (start, end) = (from.get(&ids), to.get(&ids));
            let squash = old.squash_of(&format!("{start}:{end}"), "squash").ok()?;
            revisions.push(squash.clone());
            Some((old, RevisionGraph::new(revisions).unwrap(), squash))
        },
    )
}

proptest! {
    #[test]
    fn every_database_ends_where_a_fresh_one_does(
        (old, new, squash) in squashed(),
        walk in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
    ) {
        // A state that the scripts before the squash can lead to.
        let ids: Vec<String> = old.revisions().map(|revision| revision.id.clone()).collect();
        let mut rows: Vec<String> = Vec::new();
        for target in walk {
            let target = target.get(&ids);
            let path = old.upgrade_path(&rows, target).or_else(|_| old.downgrade_path(&rows, target)).unwrap();
            rows = rows_after(&rows, &path);
        }
        let mut applied: BTreeSet<String> = old.ancestors(&rows).iter().map(|revision| revision.id.clone()).collect();

        let steps = new.upgrade_path(&rows, "heads").unwrap();
        let mut at = rows.clone();
        for step in &steps {
            for change in &step.version_changes {
                let mut held: BTreeSet<String> = at.iter().cloned().collect();
                change.apply(&mut held);
                at = held.into_iter().collect();
            }
            if step.direction == Direction::Upgrade {
                let does: &[String] =
                    if step.revision == squash.id { &squash.replaces } else { std::slice::from_ref(&step.revision) };
                for id in does {
                    prop_assert!(applied.insert(id.clone()), "{id} ran twice from {rows:?}: {:?}", log(&steps));
                }
            }
        }
        prop_assert_eq!(applied, ids.into_iter().collect::<BTreeSet<_>>(), "from {:?}: {:?}", rows, log(&steps));
        let fresh = rows_after(&[], &new.upgrade_path(&[], "heads").unwrap());
        prop_assert_eq!(&at, &fresh, "from {:?}: {:?}", rows, log(&steps));
        prop_assert!(new.is_at_heads(&at));
        prop_assert!(new.upgrade_path(&at, "heads").unwrap().is_empty());
        // And back to nothing.
        let down = new.downgrade_path(&at, "base").unwrap();
        prop_assert!(rows_after(&at, &down).is_empty());
    }
}
