//! That scripts fall into the statements they were made of.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use limbeck_dialect::{quote_identifier, quote_literal, runs_in_transaction, split_statements};
use limbeck_schema::Dialect;
use proptest::prelude::*;

/// Statements of each dialect's own, and others made of names and strings of any characters.
fn statements(dialect: Dialect) -> impl Strategy<Value = Vec<String>> {
    let own: &[&str] = match dialect {
        Dialect::Postgresql => &[
            "SELECT $$;'$$, $a$ $b$ ; $a$",
            "SELECT E'\\';', '\\'",
            "SELECT 1 /* a; /* b; */ ' */ + 2",
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END",
            "CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2)",
        ],
        Dialect::Sqlite => &[
            "SELECT [a;'b], `c;\"d`",
            "SELECT 1 /* a; /* ' */ + 2",
            "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT CASE WHEN 1 THEN 2 END; SELECT ';'; END",
        ],
    };
    let made = ("[^\\x00]{0,8}", "[^\\x00]{0,8}").prop_map(move |(name, text)| {
        format!("SELECT {} -- a ; b '\n, \"{}\"", quote_literal(dialect, &text), name.replace('"', "\"\""))
    });
    let one = prop_oneof![proptest::sample::select(own.to_vec()).prop_map(str::to_owned), made];
    proptest::collection::vec(one, 0..6)
}

fn check(dialect: Dialect, statements: &[String]) -> Result<(), TestCaseError> {
    let script = statements.join(";\n");
    let spans = split_statements(dialect, &script).unwrap();
    let found: Vec<_> = spans.iter().map(|span| &script[span.range.clone()]).collect();
    prop_assert_eq!(&found, statements);
    for span in spans {
        let line = 1 + script[..span.range.start].matches('\n').count();
        prop_assert_eq!(span.line, line);
    }
    Ok(())
}

proptest! {
    #[test]
    fn postgresql_scripts_fall_into_their_statements(statements in statements(Dialect::Postgresql)) {
        check(Dialect::Postgresql, &statements)?;
    }

    #[test]
    fn sqlite_scripts_fall_into_their_statements(statements in statements(Dialect::Sqlite)) {
        check(Dialect::Sqlite, &statements)?;
    }

    #[test]
    fn any_text_can_be_looked_at(text in ".{0,40}|[-/*'\"$a;\\[\\]()E\\\\`\n]{0,20}") {
        for dialect in Dialect::ALL {
            let _ = split_statements(dialect, &text);
            let _ = runs_in_transaction(dialect, &text);
            let _ = limbeck_dialect::parse_type(dialect, &text);
            // A quoted name is one token, whatever is in it.
            let script = format!("SELECT {}; x", quote_identifier(dialect, &text));
            prop_assert_eq!(split_statements(dialect, &script).unwrap().len(), 2);
        }
    }
}

#[test]
fn a_long_script_is_read_once() {
    let script = "INSERT INTO t VALUES ('a;b'); -- done\n".repeat(100_000);
    let spans = split_statements(Dialect::Postgresql, &script).unwrap();
    assert_eq!((spans.len(), spans[99_999].line), (100_000, 100_000));
}
