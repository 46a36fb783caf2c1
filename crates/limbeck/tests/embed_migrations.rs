//! Scripts inside the binary.

use limbeck::embed_migrations;

#[test]
fn scripts_are_sorted_and_nested() {
    const SCRIPTS: &[(&str, &str)] = embed_migrations!("tests/migrations");
    let paths: Vec<_> = SCRIPTS.iter().map(|(path, _)| *path).collect();
    assert_eq!(paths, ["001_first.sql", "nested/000_inner.sql"]);
    assert_eq!(SCRIPTS[0].1, "CREATE TABLE a (x INTEGER);\n");
}
