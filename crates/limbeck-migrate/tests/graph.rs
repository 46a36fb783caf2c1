//! The revision graph against recorded answers of Alembic, and against the rules on random graphs.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::collections::BTreeSet;

use limbeck_migrate::graph::{
    Direction, GraphError, Revision, RevisionGraph, RevisionRange, ScriptText, Step,
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn revision(id: &str, down: &[&str], depends_on: &[&str], labels: &[&str]) -> Revision {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Revision {
        id: id.to_owned(),
        down_revisions: owned(down),
        depends_on: owned(depends_on),
        branch_labels: owned(labels),
        replaces: Vec::new(),
        message: format!("message of {id}"),
        source: 0,
    }
}

fn graph(revisions: &[Revision]) -> RevisionGraph {
    RevisionGraph::new(revisions.to_vec()).unwrap()
}

fn ids(revisions: &[&Revision]) -> Vec<String> {
    revisions.iter().map(|revision| revision.id.clone()).collect()
}

fn owned(rows: &[&str]) -> Vec<String> {
    rows.iter().map(|row| (*row).to_owned()).collect()
}

fn rows_after(current: &[String], steps: &[Step]) -> BTreeSet<String> {
    let mut rows: BTreeSet<String> = current.iter().cloned().collect();
    for change in steps.iter().flat_map(|step| &step.version_changes) {
        change.apply(&mut rows);
    }
    rows
}

// --- recorded answers of Alembic -------------------------------------------------------------------------------

fn strings(value: &Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

fn revisions_of(case: &Value) -> Vec<Revision> {
    let mut revisions = Vec::new();
    for (source, declared) in case["revisions"].as_array().unwrap().iter().enumerate() {
        revisions.push(Revision {
            id: declared[0].as_str().unwrap().to_owned(),
            down_revisions: strings(&declared[1]),
            depends_on: strings(&declared[2]),
            branch_labels: strings(&declared[3]),
            replaces: Vec::new(),
            message: String::new(),
            source,
        });
    }
    revisions
}

/// The codes that say what an error of Alembic says. Empty: it crashed, any answer is better.
fn codes_for(query: &Value) -> &'static [&'static str] {
    let message = query["message"].as_str().unwrap();
    let has = |part: &str| message.contains(part);
    match query["error"].as_str().unwrap() {
        "AssertionError" | "AttributeError" | "KeyError" | "Endless" => &[],
        "MultipleHeads" => &["graph.multiple-heads"],
        "RangeNotAncestorError" if query["command"] == "history" => &["graph.not-a-range"],
        "RangeNotAncestorError" => &["graph.not-a-downgrade"],
        _ if has("No such") => &["graph.unknown-revision", "graph.unknown-branch"],
        _ if has("Multiple revisions start") => &["graph.ambiguous-prefix"],
        _ if has("is not a member of branch") => &["graph.not-in-branch"],
        _ if has("Ambiguous walk") => &["graph.ambiguous-walk"],
        _ if has("Ambiguous upgrade") => &["graph.ambiguous-current"],
        _ if has("Walked too far") => &["graph.out-of-range"],
        _ if has("migrations") => &["graph.out-of-range", "graph.wrong-direction"],
        _ if has("overlaps") => &["graph.overlap"],
        _ if has("Not a valid downgrade target") => &["graph.not-a-downgrade"],
        other => panic!("no code for {other}: {message}"),
    }
}

/// Where the answers differ on purpose; each is said in the documentation of the function.
fn differs_on_purpose(query: &Value, answer: &Result<Vec<Step>, GraphError>) -> bool {
    let alembic = query["message"].as_str().unwrap_or_default();
    match (query["command"].as_str().unwrap(), answer) {
        // `-1` from a merge point takes back the merge.
        ("downgrade", Ok(_) | Err(GraphError::NotADowngrade { .. })) => alembic == "Ambiguous walk",
        // `label@heads` where one of these heads depends on another: both are wanted, and both can be had.
        ("upgrade", Ok(_)) if alembic == "overlaps" => query["target"].as_str().unwrap().ends_with("@heads"),
        // Below a merge point, the parent on the branch is followed.
        ("upgrade", Ok(_)) => alembic == "Ambiguous walk" && query["target"].as_str().unwrap().contains('@'),
        // Alembic takes the first row.
        ("downgrade", Err(GraphError::AmbiguousCurrent { .. })) => true,
        // Alembic writes rows of which one implies another.
        ("stamp", Err(GraphError::Overlap { .. })) => true,
        // Alembic counts `-1` from the heads and cannot count otherwise; here it is from the current revisions.
        ("stamp", _) => strings(&query["target"]).iter().any(|target| target.contains(['+', '-'])),
        _ => false,
    }
}

/// A row is replaced by a stamp only if it is an ancestor or a descendant of what is written, and `base` counts also
/// beside another target. In Alembic `label@x` also removes rows that are related to the label alone, and `stamp heads`
/// loses the row of a head that is there already, when another is not: the next upgrade would run that branch again.
fn stamps_on_purpose(query: &Value, rows: &BTreeSet<String>) -> bool {
    if query["command"] != "stamp" {
        return false;
    }
    let (targets, written) = (strings(&query["target"]), strings(&query["rows"]));
    (targets.iter().any(|target| target.contains('@') || target == "heads")
        && written.iter().all(|row| rows.contains(row)))
        || (targets.len() > 1 && targets.iter().any(|target| target.ends_with("base")))
}

/// Taking back a revision whose dependency is an ancestor of its parent, Alembic leaves a row for both when there are
/// other heads; the next upgrade then fails with `Requested revision … overlaps`.
fn overlapped(graph: &RevisionGraph, alembic: &[String], rows: &BTreeSet<String>) -> bool {
    *rows != alembic.iter().cloned().collect() && *rows == minimal_heads(graph, &applied(graph, alembic))
}

fn steps_of(query: &Value, graph: &RevisionGraph) -> Result<Vec<Step>, GraphError> {
    let current = strings(&query["current"]);
    match query["command"].as_str().unwrap() {
        "upgrade" => graph.upgrade_path(&current, query["target"].as_str().unwrap()),
        "downgrade" => graph.downgrade_path(&current, query["target"].as_str().unwrap()),
        _ => {
            let targets = strings(&query["target"]);
            graph.stamp_path(&current, &targets.iter().map(String::as_str).collect::<Vec<_>>())
        }
    }
}

fn compare_steps(query: &Value, graph: &RevisionGraph) -> Result<(), String> {
    let current = strings(&query["current"]);
    let answer = steps_of(query, graph);
    if differs_on_purpose(query, &answer) {
        return Ok(());
    }
    if query.get("error").is_some() {
        let codes = codes_for(query);
        return match answer {
            _ if codes.is_empty() => Ok(()),
            Err(error) if codes.contains(&error.code()) => Ok(()),
            other => Err(format!("expected {codes:?}, got {other:?}")),
        };
    }
    let steps = answer.map_err(|error| format!("{}: {error}", error.code()))?;
    if query["command"] != "stamp" {
        let run: Vec<&str> = steps.iter().map(|step| step.revision.as_str()).collect();
        let expected = strings(&query["steps"]);
        if run != expected {
            return Err(format!("expected steps {expected:?}, got {run:?}"));
        }
    }
    let rows = rows_after(&current, &steps);
    let same = query.get("rows_crash").is_some() || rows.iter().eq(&strings(&query["rows"]));
    if same || stamps_on_purpose(query, &rows) || overlapped(graph, &strings(&query["rows"]), &rows) {
        return Ok(());
    }
    Err(format!("expected rows {}, got {rows:?}", query["rows"]))
}

/// `history` and `show`. Relative identifiers in them are read differently on purpose (see `resolve` and `history`).
fn compare_listing(query: &Value, graph: &RevisionGraph) -> Result<(), String> {
    let target = query["target"].as_str().unwrap();
    if target.contains(['+', '-']) {
        return Ok(());
    }
    let answer = if query["command"] == "history" {
        RevisionRange::parse(target).and_then(|range| graph.history(&range, None))
    } else {
        graph.resolve(target, None)
    };
    if query.get("error").is_some() {
        let codes = codes_for(query);
        return match answer {
            _ if codes.is_empty() => Ok(()),
            Err(error) if codes.contains(&error.code()) => Ok(()),
            // Heads of which one depends on another are no reason to show nothing.
            Ok(_) if codes == ["graph.overlap"] => Ok(()),
            other => Err(format!("expected {codes:?}, got {other:?}")),
        };
    }
    let found = ids(&answer.map_err(|error| format!("{}: {error}", error.code()))?);
    let expected = strings(&query["revisions"]);
    if found == expected { Ok(()) } else { Err(format!("expected {expected:?}, got {found:?}")) }
}

fn is_cycle(cycle: &[String], revisions: &[Revision]) -> bool {
    let needs = |id: &String, needed: &String| {
        let revision = revisions.iter().find(|revision| revision.id == *id).unwrap();
        let labels = &revisions.iter().find(|revision| revision.id == *needed).unwrap().branch_labels;
        revision.down_revisions.contains(needed)
            || revision.depends_on.contains(needed)
            || revision.depends_on.iter().any(|name| labels.contains(name))
    };
    cycle.iter().zip(cycle.iter().cycle().skip(1)).all(|(id, needed)| needs(id, needed))
}

#[test]
fn alembic_gives_the_same_answers() {
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/graph_cases.json")).unwrap();
    let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
    let mut failures = Vec::new();
    let mut compared = 0;
    for case in &cases {
        let built = RevisionGraph::new(revisions_of(case));
        let graph = match (built, case.get("error")) {
            (Ok(graph), None) => graph,
            (Err(error), Some(alembic)) => {
                let kind = alembic.as_str().unwrap();
                let expected: &[&str] = match kind {
                    "KeyError" => &["graph.missing-parent", "graph.missing-dependency"],
                    "LoopDetected" => &["graph.self-loop"],
                    "DependencyLoopDetected" => &["graph.dependency-self-loop"],
                    "CycleDetected" => &["graph.cycle"],
                    "DependencyCycleDetected" => &["graph.dependency-cycle"],
                    _ => &["graph.duplicate-label"],
                };
                assert!(expected.contains(&error.code()), "{kind}, but {error}\n{}", case["revisions"]);
                continue;
            }
            // Alembic looks for cycles by what is not reachable from heads and bases, which misses some; its
            // topological sort then never ends.
            (Err(GraphError::Cycle { revisions } | GraphError::DependencyCycle { revisions }), None) => {
                assert!(is_cycle(&revisions, &revisions_of(case)), "{revisions:?}");
                continue;
            }
            (built, alembic) => panic!("{alembic:?}, but {:?}\n{}", built.err(), case["revisions"]),
        };
        assert_eq!(ids(&graph.heads()), strings(&case["heads"]), "{}", case["revisions"]);
        assert_eq!(ids(&graph.real_heads()), strings(&case["real_heads"]), "{}", case["revisions"]);
        assert_eq!(ids(&graph.bases()), strings(&case["bases"]), "{}", case["revisions"]);
        for revision in graph.revisions() {
            let mut labels = graph.entry(revision, &[]).unwrap().branch_labels;
            labels.sort();
            assert_eq!(
                labels,
                strings(&case["labels"][&revision.id]),
                "{} of {}",
                revision.id,
                case["revisions"]
            );
        }
        for query in case["queries"].as_array().unwrap() {
            compared += 1;
            let result = match query["command"].as_str().unwrap() {
                "history" | "show" => compare_listing(query, &graph),
                _ => compare_steps(query, &graph),
            };
            if let Err(failure) = result {
                failures.push(format!("{failure}\n  {query}\n  {}", case["revisions"]));
            }
        }
    }
    assert!(compared > 500, "only {compared} cases");
    let shown: Vec<&String> = failures.iter().take(12).collect();
    assert!(failures.is_empty(), "{} of {compared} differ:\n{shown:#?}", failures.len());
}

/// One line of `graph_walks.txt`: the revisions, and the commands as `compare_steps` wants them.
fn walk_of(line: &str) -> (Vec<Revision>, Vec<Value>) {
    let names = |text: &str, separator: char| -> Vec<String> {
        text.split(separator).filter(|name| !name.is_empty()).map(str::to_owned).collect()
    };
    let mut parts = line.split(" | ");
    let mut revisions = Vec::new();
    for (source, declared) in parts.next().unwrap().split(' ').enumerate() {
        let fields: Vec<&str> = declared.split(':').collect();
        revisions.push(Revision {
            id: fields[0].to_owned(),
            down_revisions: names(fields[1], ','),
            depends_on: names(fields[2], ','),
            branch_labels: names(fields[3], ','),
            replaces: Vec::new(),
            message: String::new(),
            source,
        });
    }
    let mut queries = Vec::new();
    let mut rows: Vec<String> = Vec::new();
    for part in parts {
        let mut words = part.splitn(4, ' ');
        let mut word = || words.next().unwrap_or_default();
        let (command, target, sign, answer) = (word(), word(), word(), word());
        let target = if command == "stamp" { json!([target]) } else { json!(target) };
        let mut query = json!({ "command": command, "current": rows, "target": target });
        if sign == "!" {
            let (error, message) = answer.split_once(' ').unwrap();
            query["error"] = json!(error);
            query["message"] = json!(message);
        } else {
            let (steps, after) = answer.rsplit_once("= ").unwrap();
            let step = |step: String| match step.split_once('>') {
                None => json!(step),
                Some((from, to)) => json!([names(from, '+'), names(to, '+')]),
            };
            query["steps"] = names(steps.trim(), ',').into_iter().map(step).collect();
            if after == "?" {
                query["rows_crash"] = json!("it crashed");
            } else {
                rows = names(after, ',');
                query["rows"] = json!(rows);
            }
        }
        queries.push(query);
    }
    (revisions, queries)
}

/// From an empty version table through upgrades, downgrades and stamps: after each the same rows as Alembic's, from which
/// the next goes on. Where they differ on purpose is said at [`differs_on_purpose`], [`stamps_on_purpose`] and
/// [`overlapped`].
#[test]
fn alembic_walks_the_same_way() {
    let file = std::env::var("LIMBECK_GRAPH_WALKS")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/tests/graph_walks.txt").to_owned());
    let text = std::fs::read_to_string(file).unwrap();
    let mut failures = Vec::new();
    let (mut graphs, mut compared, mut by_choice) = (0, 0, 0);
    for line in text.lines() {
        let (revisions, queries) = walk_of(line);
        let graph = match RevisionGraph::new(revisions.clone()) {
            Ok(graph) => graph,
            // A cycle that Alembic does not see.
            Err(
                GraphError::Cycle { revisions: cycle } | GraphError::DependencyCycle { revisions: cycle },
            ) => {
                assert!(is_cycle(&cycle, &revisions), "{line}");
                continue;
            }
            Err(error) => panic!("{error}: {line}"),
        };
        graphs += 1;
        for query in queries {
            compared += 1;
            by_choice += usize::from(differs_on_purpose(&query, &steps_of(&query, &graph)));
            if let Err(failure) = compare_steps(&query, &graph) {
                failures.push(format!("{failure}\n  {query}\n  {line}"));
            }
        }
    }
    assert!(graphs >= 500 && compared > 2000, "only {graphs} graphs and {compared} commands");
    assert!(
        by_choice * 10 < compared,
        "{by_choice} of {compared} differ on purpose, which is too many to be right"
    );
    let shown: Vec<&String> = failures.iter().take(8).collect();
    assert!(failures.is_empty(), "{} of {compared} differ:\n{shown:#?}", failures.len());
}

// --- the rules on random graphs --------------------------------------------------------------------------------

/// Revisions in a shuffled load order. Parents and dependencies are earlier in graph order, so there is no cycle.
fn random_graph() -> impl Strategy<Value = RevisionGraph> {
    let seeds = prop::collection::vec(
        (
            prop::collection::vec(any::<prop::sample::Index>(), 0..3),
            prop::option::weighted(0.25, any::<prop::sample::Index>()),
            prop::bool::weighted(0.2),
        ),
        1..14,
    );
    seeds
        .prop_map(|seeds| {
            let mut revisions: Vec<Revision> = Vec::new();
            for (number, (parents, dependency, labelled)) in seeds.into_iter().enumerate() {
                let pick = |index: &prop::sample::Index| format!("rev{}", index.index(number.max(1)));
                let earlier = |names: Vec<String>| if number == 0 { Vec::new() } else { names };
                revisions.push(Revision {
                    id: format!("rev{number}"),
                    down_revisions: earlier(parents.iter().map(pick).collect()),
                    depends_on: earlier(dependency.iter().map(pick).collect()),
                    branch_labels: if labelled { vec![format!("label{number}")] } else { Vec::new() },
                    replaces: Vec::new(),
                    message: String::new(),
                    source: number,
                });
            }
            revisions
        })
        .prop_shuffle()
        .prop_map(|revisions| RevisionGraph::new(revisions).unwrap())
}

fn all_ids(graph: &RevisionGraph) -> Vec<String> {
    graph.revisions().map(|revision| revision.id.clone()).collect()
}

fn applied(graph: &RevisionGraph, rows: &[String]) -> BTreeSet<String> {
    graph.ancestors(rows).iter().map(|revision| revision.id.clone()).collect()
}

/// The rows that say `applied` in the fewest words.
fn minimal_heads(graph: &RevisionGraph, applied: &BTreeSet<String>) -> BTreeSet<String> {
    let implied: BTreeSet<String> = applied
        .iter()
        .flat_map(|id| {
            let mut below = self::applied(graph, std::slice::from_ref(id));
            below.remove(id);
            below
        })
        .collect();
    applied.difference(&implied).cloned().collect()
}

/// What a revision needs, as declared.
fn needs(graph: &RevisionGraph, id: &str) -> Vec<String> {
    let revision = graph.get(id).unwrap();
    revision.down_revisions.iter().chain(&revision.depends_on).cloned().collect()
}

proptest! {
    #[test]
    fn up_to_heads_and_down_to_base_leaves_nothing(graph in random_graph()) {
        let up = graph.upgrade_path(&[], "heads").unwrap();
        prop_assert_eq!(up.len(), graph.revisions().count());
        let top: Vec<String> = rows_after(&[], &up).into_iter().collect();
        let down = graph.downgrade_path(&top, "base").unwrap();
        prop_assert_eq!(down.len(), up.len());
        prop_assert!(rows_after(&top, &down).is_empty());
    }

    #[test]
    fn rows_are_the_minimal_heads_of_what_is_applied(
        graph in random_graph(),
        walk in prop::collection::vec((any::<bool>(), any::<prop::sample::Index>()), 1..8),
    ) {
        let ids = all_ids(&graph);
        let mut rows: BTreeSet<String> = BTreeSet::new();
        let mut done: BTreeSet<String> = BTreeSet::new();
        for (up, target) in walk {
            let current: Vec<String> = rows.iter().cloned().collect();
            let target = target.get(&ids);
            let path = if up { graph.upgrade_path(&current, target) } else { graph.downgrade_path(&current, target) };
            let Ok(steps) = path else {
                prop_assert!(!up, "every revision can be upgraded to");
                continue;
            };
            for step in &steps {
                if step.direction == Direction::Upgrade {
                    prop_assert!(needs(&graph, &step.revision).iter().all(|needed| done.contains(needed)));
                    prop_assert!(done.insert(step.revision.clone()), "{} is applied already", step.revision);
                } else {
                    prop_assert!(done.remove(&step.revision));
                    prop_assert!(!done.iter().any(|id| needs(&graph, id).contains(&step.revision)));
                }
                for change in &step.version_changes {
                    change.apply(&mut rows);
                }
                prop_assert_eq!(&rows, &minimal_heads(&graph, &done));
            }
            prop_assert_eq!(done.contains(target), true);
        }
    }

    #[test]
    fn a_stamp_leaves_rows_that_do_not_overlap_and_name_the_target(
        graph in random_graph(),
        from in any::<prop::sample::Index>(),
        to in any::<prop::sample::Index>(),
    ) {
        let ids = all_ids(&graph);
        let current: Vec<String> =
            rows_after(&[], &graph.upgrade_path(&[], from.get(&ids).as_str()).unwrap()).into_iter().collect();
        let rows = rows_after(&current, &graph.stamp_path(&current, &[to.get(&ids).as_str()]).unwrap());
        prop_assert!(rows.contains(to.get(&ids)));
        let rows: Vec<String> = rows.into_iter().collect();
        prop_assert_eq!(rows.iter().cloned().collect::<BTreeSet<_>>(), minimal_heads(&graph, &applied(&graph, &rows)));
    }

    #[test]
    fn nothing_a_user_writes_panics(graph in random_graph(), text in "[a-z0-9@+:.-]{0,8}|(rev|label)[0-9]@?(rev[0-9]|head|base)?[+-]?[0-9]{0,2}") {
        let ids = all_ids(&graph);
        let current: Vec<String> = ids.first().cloned().into_iter().collect();
        let _ = graph.upgrade_path(&current, &text).map_err(|error| error.to_string());
        let _ = graph.downgrade_path(&current, &text).map_err(|error| error.to_string());
        let _ = graph.stamp_path(&current, &[&text]).map_err(|error| error.to_string());
        let _ = graph.resolve(&text, Some(&current)).map_err(|error| error.to_string());
        let _ = RevisionRange::parse(&text).and_then(|range| graph.history(&range, Some(&current)).map(|_| ()));
    }
}

// --- what a reader should know ---------------------------------------------------------------------------------

/// The graph of Alembic's tutorial on branches.
fn shop() -> RevisionGraph {
    let mut revisions = vec![
        revision("1975ea83b712", &[], &[], &[]),
        revision("27c6a30d7c24", &["1975ea83b712"], &[], &["shoppingcart"]),
        revision("ae1027a6acf0", &["1975ea83b712"], &[], &[]),
        revision("53fffde5ad55", &["ae1027a6acf0", "27c6a30d7c24"], &[], &[]),
        revision("3cac04ae8714", &[], &[], &["networking"]),
        revision("55af2cb1c267", &["53fffde5ad55"], &[], &[]),
        revision("29f859a13ea", &["3cac04ae8714"], &["55af2cb1c267"], &[]),
    ];
    for revision in &mut revisions {
        revision.message = format!("do {}\n\nmore about it", &revision.id[..2]);
    }
    graph(&revisions)
}

#[test]
fn log_lines_are_alembics() {
    let steps = shop().upgrade_path(&[], "53fff").unwrap();
    let lines: Vec<String> = steps.iter().map(Step::log_line).collect();
    assert_eq!(
        lines,
        [
            "Running upgrade  -> 1975ea83b712, do 19",
            "Running upgrade 1975ea83b712 -> 27c6a30d7c24, do 27",
            "Running upgrade 1975ea83b712 -> ae1027a6acf0, do ae",
            "Running upgrade ae1027a6acf0, 27c6a30d7c24 -> 53fffde5ad55, do 53",
        ]
    );
    let down = shop().downgrade_path(&owned(&["1975ea83b712"]), "base").unwrap();
    assert_eq!(down[0].log_line(), "Running downgrade 1975ea83b712 -> , do 19");
    assert_eq!(down[0].short_log(), "downgrade 1975ea83b712 -> ");
    let stamp = shop().stamp_path(&owned(&["1975ea83b712"]), &["53fff"]).unwrap();
    assert_eq!(stamp[0].log_line(), "Running stamp_revision 1975ea83b712 -> 53fffde5ad55");
}

#[test]
fn listings_are_alembics() {
    let graph = shop();
    let entry = |id: &str| graph.entry(graph.get(id).unwrap(), &owned(&["53fffde5ad55"])).unwrap();
    assert_eq!(
        entry("53fffde5ad55").history_line(),
        "ae1027a6acf0, 27c6a30d7c24 -> 53fffde5ad55 (shoppingcart) (current) (mergepoint), do 53"
    );
    assert_eq!(
        entry("29f859a13ea").history_line(),
        "3cac04ae8714 (55af2cb1c267) -> 29f859a13ea (networking) (head), do 29"
    );
    assert_eq!(entry("1975ea83b712").history_line(), "<base> -> 1975ea83b712 (branchpoint), do 19");
    assert_eq!(entry("55af2cb1c267").heads_line(), "55af2cb1c267 (shoppingcart) (effective head)");
    assert_eq!(entry("53fffde5ad55").current_line(), "53fffde5ad55 (mergepoint)");
    assert_eq!(
        graph.branches_text(&entry("1975ea83b712"), None, &[]),
        "1975ea83b712 (branchpoint)\n             -> 27c6a30d7c24 (shoppingcart)\n             -> ae1027a6acf0\n"
    );
    let script = ScriptText { path: "versions/29f.sql", header: "do 29\n\nmore about it" };
    assert_eq!(
        entry("29f859a13ea").verbose_text(script),
        "Rev: 29f859a13ea (head)\nParent: 3cac04ae8714\nAlso depends on: 55af2cb1c267\nBranch names: networking\n\
         Path: versions/29f.sql\n\n    do 29\n    \n    more about it\n"
    );
}

#[test]
fn minus_one_from_a_merge_point_takes_back_the_merge() {
    let steps = shop().downgrade_path(&owned(&["53fffde5ad55"]), "-1").unwrap();
    assert_eq!(steps.iter().map(|step| step.revision.as_str()).collect::<Vec<_>>(), ["53fffde5ad55"]);
    assert_eq!(
        rows_after(&owned(&["53fffde5ad55"]), &steps),
        BTreeSet::from(["27c6a30d7c24".to_owned(), "ae1027a6acf0".to_owned()])
    );
    let error = shop().downgrade_path(&owned(&["53fffde5ad55"]), "-2").unwrap_err();
    let on_branch = shop().downgrade_path(&owned(&["53fffde5ad55"]), "shoppingcart@-2").unwrap();
    assert_eq!(
        rows_after(&owned(&["53fffde5ad55"]), &on_branch),
        BTreeSet::from(["ae1027a6acf0".to_owned()])
    );
    assert_eq!(
        error.to_string(),
        "`-2` is ambiguous: below `53fffde5ad55` the way goes on to `ae1027a6acf0`, `27c6a30d7c24`; name the \
         revision, or a branch as in `<branch>@-2`"
    );
}

#[test]
fn errors_hold_all_the_facts() {
    let graph = shop();
    let at = owned(&["1975ea83b712"]);
    let failure = |error: GraphError| format!("{}: {error}", error.code());
    assert_eq!(
        failure(graph.upgrade_path(&at, "55af2cb1c267+5").unwrap_err()),
        "graph.out-of-range: `55af2cb1c267+5` goes past the head: 0 of 5 steps lead to `55af2cb1c267`"
    );
    assert_eq!(
        failure(graph.upgrade_path(&at, "53ffde5ad55").unwrap_err()),
        "graph.unknown-revision: no revision or branch is named `53ffde5ad55`; did you mean `53fffde5ad55`?"
    );
    assert_eq!(
        failure(graph.upgrade_path(&at, "2").unwrap_err()),
        "graph.ambiguous-prefix: `2` is ambiguous: it could be `27c6a30d7c24`, `29f859a13ea`; write more of it"
    );
    assert_eq!(
        failure(graph.upgrade_path(&at, "shopingcart@head").unwrap_err()),
        "graph.unknown-branch: no branch is named `shopingcart`; did you mean `shoppingcart`?"
    );
    assert_eq!(
        failure(graph.upgrade_path(&owned(&["gone"]), "heads").unwrap_err()),
        "graph.unknown-current: the database is at revision `gone`, which no script declares; it was \
         migrated with other scripts, newer ones perhaps: get them, or correct the version table with \
         `limbeck stamp --purge REVISION`"
    );
    assert_eq!(
        failure(graph.downgrade_path(&owned(&["27c6a30d7c24", "ae1027a6acf0"]), "-1").unwrap_err()),
        "graph.ambiguous-current: `-1` is ambiguous: the database is at several revisions (27c6a30d7c24, \
         ae1027a6acf0); name one, as in `27c6a30d7c24@-1`"
    );
    assert_eq!(
        failure(graph.upgrade_path(&at, "-1").unwrap_err()).split(':').next(),
        Some("graph.wrong-direction")
    );
}

#[test]
fn a_target_that_is_applied_already_is_no_step() {
    assert_eq!(shop().upgrade_path(&owned(&["53fffde5ad55"]), "1975").unwrap(), []);
}

#[test]
fn relative_forms_start_where_they_say() {
    let graph = shop();
    let resolved = |text: &str| ids(&graph.resolve(text, Some(&owned(&["1975ea83b712"]))).unwrap());
    assert_eq!(resolved("shoppingcart@head-1"), ["53fffde5ad55"]);
    assert_eq!(resolved("networking@-1"), ["3cac04ae8714"]);
    assert_eq!(resolved("shoppingcart@+1"), ["27c6a30d7c24"]);
    assert_eq!(resolved("current"), ["1975ea83b712"]);
    assert_eq!(resolved("27c6+1"), ["53fffde5ad55"]);
    let history = |text: &str, rows: &[&str]| {
        ids(&graph.history(&RevisionRange::parse(text).unwrap(), Some(&owned(rows))).unwrap())
    };
    assert_eq!(history("-1:current", &["55af2cb1c267"]), ["55af2cb1c267", "53fffde5ad55"]);
    assert_eq!(history("53fff:+9", &[]), ["55af2cb1c267", "53fffde5ad55"]);
    assert_eq!(history("networking@base:", &[]).first().map(String::as_str), Some("29f859a13ea"));
}

#[test]
fn a_new_revision_comes_after_a_head() {
    let graph = shop();
    assert_eq!(graph.parents_for_new(&["networking@head"], false).unwrap(), ["29f859a13ea"]);
    assert_eq!(graph.parents_for_new(&["head"], false).unwrap_err().code(), "graph.multiple-heads");
    assert_eq!(graph.parents_for_new(&["1975"], false).unwrap_err().code(), "graph.not-a-head");
    assert_eq!(graph.parents_for_new(&["1975"], true).unwrap(), ["1975ea83b712"]);
}
