//! Native scripts: reading, writing, and a directory of them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at the first surprise")]

use std::fs;

use limbeck_migrate::script::{
    NewScript, NewSection, ScriptDirectory, ScriptError, ScriptStyle, SectionDirection, create_script, parse,
    render_script,
};
use limbeck_schema::Dialect;
use proptest::prelude::*;

const PHONE: &str = "\
-- Add phone to customers
--
-- Support wants to call people back.
-- limbeck:todo: ask legal
--
-- Revision ID: 3f8a1c22b7d0
-- Revises: de5f32c11361, 0123456789ab
-- Branch Labels: web-shop
-- Depends On: billing
-- Create Date: 2026-11-21T05:10:00Z

-- migrate:up
ALTER TABLE customers ADD COLUMN phone VARCHAR(20);

-- migrate:up dialect=sqlite transaction=false foreign_keys=off

  ALTER TABLE customers ADD COLUMN phone TEXT;
-- a comment belongs to its section

-- migrate:down dialect=postgresql
ALTER TABLE customers DROP COLUMN phone;
";

#[test]
fn every_part_is_read() {
    let script = parse("phone.sql", PHONE).unwrap();
    assert_eq!(script.doc(), "Add phone to customers");
    assert_eq!(
        script.message,
        "Add phone to customers\n\nSupport wants to call people back.\nlimbeck:todo: ask legal"
    );
    assert_eq!(script.revision, "3f8a1c22b7d0");
    assert_eq!(script.revision_line, 6);
    assert_eq!(script.down_revisions, ["de5f32c11361", "0123456789ab"]);
    assert_eq!(script.branch_labels, ["web-shop"]);
    assert_eq!(script.depends_on, ["billing"]);
    assert_eq!(script.create_date.unwrap().to_string(), "2026-11-21T05:10:00Z");
    assert_eq!((script.todos[0].line, script.todos[0].text.as_str()), (4, "ask legal"));
}

#[test]
fn a_dialect_has_its_own_section_or_the_one_for_all() {
    let script = parse("phone.sql", PHONE).unwrap();
    let up = script.section(SectionDirection::Up, Dialect::Postgresql).unwrap();
    assert_eq!(script.sql(up), "ALTER TABLE customers ADD COLUMN phone VARCHAR(20);");
    assert_eq!((up.marker_line, up.first_line, up.transaction, up.foreign_keys), (12, 13, true, None));
    let own = script.section(SectionDirection::Up, Dialect::Sqlite).unwrap();
    assert_eq!(
        script.sql(own),
        "  ALTER TABLE customers ADD COLUMN phone TEXT;\n-- a comment belongs to its section"
    );
    assert_eq!(
        (own.marker_line, own.first_line, own.transaction, own.foreign_keys),
        (15, 17, false, Some(false))
    );
    let error = script.require_section(SectionDirection::Down, Dialect::Sqlite).unwrap_err();
    assert_eq!(error.code(), "script.irreversible");
    assert_eq!(
        error.to_string(),
        "phone.sql:6: revision `3f8a1c22b7d0` is irreversible: it has no `migrate:down` section for sqlite"
    );
}

#[test]
fn windows_line_endings_and_a_byte_order_mark_change_nothing() {
    let script = parse("phone.sql", PHONE).unwrap();
    let windows = parse("phone.sql", &format!("\u{feff}{}", PHONE.replace('\n', "\r\n"))).unwrap();
    assert_eq!(script, windows);
    assert_eq!(script.checksum(), windows.checksum());
    assert_eq!(script.checksum().len(), 64);
    assert_ne!(script.checksum(), parse("phone.sql", &PHONE.replace("20", "21")).unwrap().checksum());
}

/// An error's code and line.
type Found = (&'static str, Option<usize>);

/// Code and line of everything that is wrong with a text.
fn errors(text: &str) -> Vec<Found> {
    let errors: Vec<ScriptError> = parse("x.sql", text).unwrap_err();
    assert!(errors.iter().all(|error| !error.advice().is_empty()));
    errors.iter().map(|error| (error.code(), error.line)).collect()
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    let header = "-- x\n-- Revision ID: abc\n";
    let cases: &[(String, &[Found])] = &[
        ("-- x\n-- migrate:up\n".to_owned(), &[("script.missing-revision-id", None)]),
        ("-- Revision ID:\n-- migrate:up\n".to_owned(), &[("script.missing-revision-id", Some(1))]),
        ("-- Revision ID: a-b\n-- migrate:up\n".to_owned(), &[("script.illegal-name", Some(1))]),
        ("-- Revision ID: a/../b\n-- migrate:up\n".to_owned(), &[("script.illegal-name", Some(1))]),
        ("-- Revision ID: head\n-- migrate:up\n".to_owned(), &[("script.reserved-name", Some(1))]),
        (
            format!("-- Revision ID: {}\n-- migrate:up\n", "x".repeat(33)),
            &[("script.revision-id-too-long", Some(1))],
        ),
        (
            "--  Revises: a\n-- Revision ID: abc\n-- migrate:up\n".to_owned(),
            &[("script.field-before-revision-id", Some(1))],
        ),
        (format!("{header}-- Revise: a\n-- migrate:up\n"), &[("script.unknown-field", Some(3))]),
        (format!("{header}\n-- by me\n-- migrate:up\n"), &[("script.unknown-field", Some(4))]),
        (
            format!("{header}-- Revises: a\n-- Revises: b\n-- migrate:up\n"),
            &[("script.duplicate-field", Some(4))],
        ),
        (format!("{header}-- Create Date: yesterday\n-- migrate:up\n"), &[("script.bad-date", Some(3))]),
        (format!("{header}-- Branch Labels: a@b\n-- migrate:up\n"), &[("script.illegal-name", Some(3))]),
        (header.to_owned(), &[("script.missing-up", None)]),
        (format!("{header}-- migrate:down\n"), &[("script.missing-up", None)]),
        (format!("{header}-- migrate:upp\n"), &[("script.unknown-marker", Some(3))]),
        (format!("{header}-- migrate: up\n"), &[("script.unknown-marker", Some(3))]),
        (format!("{header}-- migrate:up dialct=sqlite\n"), &[("script.unknown-attribute", Some(3))]),
        (format!("{header}-- migrate:up transaction:false\n"), &[("script.unknown-attribute", Some(3))]),
        (format!("{header}-- migrate:up dialect=oracle\n"), &[("script.bad-attribute", Some(3))]),
        (format!("{header}-- migrate:up transaction=no\n"), &[("script.bad-attribute", Some(3))]),
        (
            format!("{header}-- migrate:up dialect=sqlite dialect=sqlite\n"),
            &[("script.duplicate-attribute", Some(3))],
        ),
        (format!("{header}-- migrate:up\n-- migrate:up\n"), &[("script.duplicate-section", Some(4))]),
        (format!("{header}SELECT 1;\n-- migrate:up\n"), &[("script.sql-outside-section", Some(3))]),
        (
            "-- Revision ID: a+b\n-- Revise: c\n-- migrate:up dialect=x\n".to_owned(),
            &[
                ("script.illegal-name", Some(1)),
                ("script.unknown-field", Some(2)),
                ("script.bad-attribute", Some(3)),
            ],
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(errors(text), *expected, "{text}");
    }
}

#[test]
fn a_near_miss_is_named() {
    let errors =
        parse("x.sql", "-- Revision ID: a\n-- Revise: b\n-- migrate:up transction=false\n").unwrap_err();
    assert_eq!(errors[0].to_string(), "x.sql:2: `Revise: b` is not a header field");
    assert!(errors[0].advice().starts_with("did you mean `Revises:`?"), "{}", errors[0].advice());
    assert!(errors[1].advice().starts_with("did you mean `transaction=`?"), "{}", errors[1].advice());
}

fn new_script() -> NewScript {
    NewScript {
        message: "Add phone".to_owned(),
        revision: "3f8a1c22b7d0".to_owned(),
        down_revisions: vec!["de5f32c11361".to_owned()],
        branch_labels: Vec::new(),
        depends_on: Vec::new(),
        replaces: Vec::new(),
        create_date: Some("2026-11-21T05:10:00Z".parse().unwrap()),
        sections: vec![
            NewSection::new(SectionDirection::Up, "ALTER TABLE t ADD COLUMN c INTEGER;"),
            NewSection::new(SectionDirection::Down, "ALTER TABLE t DROP COLUMN c;"),
        ],
    }
}

#[test]
fn a_script_is_written_as_the_documentation_shows_it() {
    let text = "\
-- Add phone
--
-- Revision ID: 3f8a1c22b7d0
-- Revises: de5f32c11361
-- Create Date: 2026-11-21T05:10:00Z

-- migrate:up
ALTER TABLE t ADD COLUMN c INTEGER;

-- migrate:down
ALTER TABLE t DROP COLUMN c;
";
    assert_eq!(render_script(&new_script()), text);
}

#[test]
fn a_message_cannot_pose_as_header() {
    let message = "Explain\nRevision ID: other\n  migrate:up\nRevises: nothing";
    let text = render_script(&NewScript { message: message.to_owned(), ..new_script() });
    let script = parse("x.sql", &text).unwrap();
    assert_eq!(script.revision, "3f8a1c22b7d0");
    assert_eq!(script.sections.len(), 2);
    assert_eq!(script.message, "Explain\n· Revision ID: other\n·   migrate:up\n· Revises: nothing");
}

fn names() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("x[a-z0-9_.é]{0,12}", 0..3)
}

prop_compose! {
    fn any_section()(
        sql in prop_oneof!["", "[A-Z(][A-Za-z '\";\n()-]{0,40}[;)]", "-- note\nSELECT 'é';"],
        transaction in any::<bool>(),
        foreign_keys in any::<Option<bool>>(),
    ) -> NewSection {
        NewSection { direction: SectionDirection::Up, dialect: None, transaction, foreign_keys, variables: !transaction, sql }
    }
}

prop_compose! {
    fn any_script()(
        message in "([A-Za-z][A-Za-z:é ,]{0,20}[a-z](\n{1,2}[A-Z][a-z: ]{0,20}[a-z]){0,3})?",
        revision in "x[a-z0-9_.]{0,31}",
        down_revisions in names(),
        branch_labels in names(),
        depends_on in names(),
        replaces in names(),
        seconds in prop::option::of(0i64..4_000_000_000),
        sections in prop::collection::vec(any_section(), 1..6),
    ) -> NewScript {
        let up = SectionDirection::Up;
        let down = SectionDirection::Down;
        let places = [
            (up, None), (down, None), (up, Some(Dialect::Postgresql)), (down, Some(Dialect::Postgresql)),
            (up, Some(Dialect::Sqlite)), (down, Some(Dialect::Sqlite)),
        ];
        let sections = sections
            .into_iter()
            .zip(places)
            .map(|(section, (direction, dialect))| NewSection { direction, dialect, ..section })
            .collect();
        let create_date = seconds.map(|seconds| jiff::Timestamp::from_second(seconds).unwrap());
        NewScript { message, revision, down_revisions, branch_labels, depends_on, replaces, create_date, sections }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(script in any_script()) {
        let text = render_script(&script);
        let read = parse("x.sql", &text).map_err(|errors| TestCaseError::fail(format!("{errors:?}\n{text}")))?;
        prop_assert_eq!(NewScript::from(&read), script);
        prop_assert_eq!(render_script(&NewScript::from(&read)), text);
        for section in &read.sections {
            let lines: Vec<&str> = read.text.lines().collect();
            let first = read.sql(section).lines().next().unwrap_or_default();
            prop_assert!(first.is_empty() || lines[section.first_line - 1] == first);
            prop_assert!(lines[section.marker_line - 1].starts_with("-- migrate:"));
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "(-- ?(Revision ID|Revises|migrate):? ?[a-z= \r]{0,8}\n|.{0,12}\n){0,8}") {
        let _ = parse("x.sql", &text);
    }
}

#[test]
fn a_directory_is_read_in_the_order_of_its_file_names() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, id: &str| {
        fs::write(directory.path().join(name), format!("-- {id}\n-- Revision ID: {id}\n-- migrate:up\n"))
            .unwrap();
    };
    fs::create_dir(directory.path().join("inner")).unwrap();
    write("b.sql", "b");
    write("a.sql", "a");
    write("inner/c.sql", "c");
    write(".hidden.sql", "hidden");
    write("notes.txt", "notes");
    let load = |recursive| {
        let directory = ScriptDirectory::load(&[directory.path()], recursive).unwrap();
        directory.scripts().iter().map(|script| script.revision.clone()).collect::<Vec<_>>()
    };
    assert_eq!(load(false), ["a", "b"]);
    assert_eq!(load(true), ["a", "b", "c"]);
    let both =
        ScriptDirectory::load(&[directory.path().join("inner"), directory.path().to_owned()], true).unwrap();
    assert_eq!(both.scripts().len(), 3);
    assert_eq!(both.get("a").unwrap().doc(), "a");
}

#[test]
fn every_error_of_every_file_is_told_at_once() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("a.sql"), "-- Revision ID: same\n-- migrate:up\n").unwrap();
    fs::write(directory.path().join("b.sql"), "-- Revision ID: same\n-- migrate:up\n").unwrap();
    fs::write(directory.path().join("c.sql"), "-- Revision ID: c\n-- Oops: c\n").unwrap();
    fs::write(directory.path().join("d.sql"), b"-- Revision ID: d\n-- \xff\n").unwrap();
    let errors = ScriptDirectory::load(&[directory.path().to_owned(), directory.path().join("gone")], false)
        .unwrap_err();
    let mut codes: Vec<_> = errors.0.iter().map(|error| (error.code(), error.line)).collect();
    codes.sort();
    assert_eq!(
        codes,
        [
            ("script.duplicate-revision", Some(1)),
            ("script.missing-directory", None),
            ("script.missing-up", None),
            ("script.not-utf8", Some(2)),
            ("script.unknown-field", Some(2)),
        ]
    );
}

#[test]
fn embedded_scripts_form_a_graph() {
    let directory = ScriptDirectory::from_embedded(&[
        ("b.sql", "-- second\n-- Revision ID: b\n-- Revises: a\n-- migrate:up\n"),
        ("a.sql", "-- first\n-- Revision ID: a\n-- migrate:up\n"),
    ])
    .unwrap();
    let steps = directory.graph().unwrap().upgrade_path(&[], "head").unwrap();
    let sources: Vec<&str> =
        steps.iter().map(|step| directory.scripts()[step.source].file.as_str()).collect();
    assert_eq!(sources, ["a.sql", "b.sql"]);
}

#[test]
fn a_new_script_never_overwrites_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let location = directory.path().join("migrations");
    let path = create_script(&location, &new_script(), &ScriptStyle::default()).unwrap();
    assert_eq!(path.file_name().unwrap(), "3f8a1c22b7d0_add_phone.sql");
    assert_eq!(fs::read_to_string(&path).unwrap(), render_script(&new_script()));
    assert_eq!(
        create_script(&location, &new_script(), &ScriptStyle::default()).unwrap_err().code(),
        "script.exists"
    );
}

#[test]
fn five_hundred_scripts_are_read_in_a_moment() {
    let directory = tempfile::tempdir().unwrap();
    for number in 0..500 {
        let script = NewScript { revision: format!("rev{number:04}"), ..new_script() };
        create_script(directory.path(), &script, &ScriptStyle::default()).unwrap();
    }
    let start = std::time::Instant::now();
    let read = ScriptDirectory::load(&[directory.path()], false).unwrap();
    assert_eq!(read.scripts().len(), 500);
    // Unoptimised it takes some 10 ms; a second means that something is quadratic.
    assert!(start.elapsed().as_secs() < 1, "{:?}", start.elapsed());
}

#[test]
fn a_section_says_where_it_commits_and_what_it_may_hurt() {
    let text = "-- m\n--\n-- Revision ID: a\n-- Revises:\n\n-- migrate:up\n-- hazard: data-loss dropping it all\nSELECT 1;\n-- migrate:commit\nSELECT 2;\n\n-- migrate:down\nSELECT 3;\n";
    let script = parse("a.sql", text).unwrap();
    let [up, down] = script.sections.as_slice() else { panic!() };
    assert_eq!((up.hazards[0].kind, up.hazards[0].line), (limbeck_diff::HazardKind::DataLoss, 7));
    assert_eq!(up.hazards[0].message, "dropping it all");
    assert_eq!(up.commits.len(), 1);
    assert!(text[up.commits[0]..].starts_with("SELECT 2;"));
    assert!(down.commits.is_empty() && down.hazards.is_empty());
    // What is written again is what was read.
    assert_eq!(
        parse("a.sql", &render_script(&NewScript::from(&script))).unwrap().sections[0].commits.len(),
        1
    );

    let unknown = parse("a.sql", &text.replace("data-loss", "data-los")).unwrap_err();
    assert_eq!((unknown[0].code(), unknown[0].line), ("script.unknown-hazard", Some(7)));
    assert!(unknown[0].advice().contains("`data-loss`"), "{}", unknown[0].advice());
    let early =
        parse("a.sql", &text.replace("-- migrate:up", "-- migrate:commit\n-- migrate:up")).unwrap_err();
    assert_eq!(early[0].code(), "script.stray-commit");
}
