//! Commands that rewrite, draw, open and try the scripts.

use crate::workshop::Workshop;

fn shop() -> Workshop {
    let workshop = Workshop::with_url("sqlite:///shop.db");
    workshop.write("limbeck.toml", "[environments.test]\nurl = \"sqlite:///shop.db\"\n");
    workshop.script(
        "1a1a1a1a1a1a",
        "",
        "customers",
        "CREATE TABLE customers (id INTEGER PRIMARY KEY);",
        "DROP TABLE customers;",
    );
    workshop.script(
        "2b2b2b2b2b2b",
        "1a1a1a1a1a1a",
        "orders",
        "CREATE TABLE orders (id INTEGER PRIMARY KEY);",
        "DROP TABLE orders;",
    );
    workshop.script(
        "3c3c3c3c3c3c",
        "2b2b2b2b2b2b",
        "notes",
        "ALTER TABLE orders ADD COLUMN note TEXT;",
        "ALTER TABLE orders DROP COLUMN note;",
    );
    workshop
}

#[test]
fn the_history_is_drawn() {
    let mut workshop = shop();
    workshop.script("4d4d4d4d4d4d", "2b2b2b2b2b2b", "tags", "SELECT 1;", "SELECT 1;");
    workshop.run(&["upgrade", "3c3c"]);
    workshop.run(&["history", "--graph", "--indicate-current"]);
    workshop.run(&["merge", "heads", "-m", "join", "--rev-id", "5e5e5e5e5e5e"]);
    workshop.run(&["history", "--graph"]);
    workshop.run(&["history", "--graph", "-r", "2b2b:3c3c", "--verbose"]);
    workshop.expect("history-graph.txt");
}

#[test]
fn a_squash_stands_for_its_scripts() {
    let mut workshop = shop();
    assert_eq!(workshop.run(&["upgrade", "2b2b"]).code, 0);
    let squash = ["squash", "2b2b:3c3c", "-m", "orders with notes", "--rev-id", "9f9f9f9f9f9f"];
    assert_eq!(workshop.ran_quietly(&["squash", "2b2b:3c3c", "--dry-run"]).code, 0);
    assert_eq!(workshop.run(&squash).code, 0);
    workshop.run(&["history"]);
    workshop.run(&["current"]);
    workshop.run(&["show", "9f9f"]);
    workshop.run(&["show", "3c3c"]);
    // A database that is inside goes the old way, a fresh one takes the squash.
    workshop.run(&["upgrade", "head"]);
    workshop.run(&["current"]);
    workshop.run(&["upgrade", "head", "--url", "sqlite:///fresh.db"]);
    workshop.run(&["downgrade", "-1"]);
    workshop.run(&["squash", "9f9f:9f9f"]);
    workshop.expect("squash.txt");
    let text = workshop.read("migrations/9f9f9f9f9f9f_orders_with_notes.sql");
    assert!(text.contains("\n-- Replaces: 2b2b2b2b2b2b, 3c3c3c3c3c3c\n"), "{text}");
}

#[test]
fn a_rebase_makes_one_line_of_two_branches() {
    let mut workshop = shop();
    workshop.script(
        "4d4d4d4d4d4d",
        "2b2b2b2b2b2b",
        "tags",
        "CREATE TABLE tags (id INTEGER);",
        "DROP TABLE tags;",
    );
    assert_eq!(workshop.run(&["rebase", "4d4d", "--onto", "3c3c", "--dry-run"]).code, 0);
    workshop.run(&["heads"]);
    // A database that has the branch alone would never run what comes before it.
    workshop.run(&["upgrade", "4d4d"]);
    assert_eq!(workshop.run(&["-e", "test", "rebase", "4d4d", "--onto", "3c3c"]).code, 3);
    workshop.run(&["upgrade", "heads"]);
    assert_eq!(workshop.run(&["-e", "test", "rebase", "4d4d", "--onto", "3c3c"]).code, 0);
    workshop.run(&["stamp", "--purge", "4d4d"]);
    workshop.run(&["upgrade", "head"]);
    workshop.run(&["history"]);
    workshop.run(&["rebase", "4d4d", "--onto", "3c3c"]);
    workshop.expect("rebase.txt");
}

#[test]
fn scripts_are_tried_on_a_scratch_database() {
    let mut workshop = shop();
    workshop.write("migrations/test_data/2b2b2b2b2b2b.sql", "INSERT INTO orders (id) VALUES (1), (2);\n");
    assert_eq!(workshop.run(&["test"]).code, 0);
    assert!(!workshop.path("shop.db").exists(), "the environment's database is not touched");
    workshop.script(
        "4d4d4d4d4d4d",
        "3c3c3c3c3c3c",
        "must have a note",
        "CREATE TABLE tags (id INTEGER);",
        "SELECT 1;",
    );
    assert_eq!(workshop.run(&["test"]).code, 1);
    let json = workshop.ran_quietly(&["test", "--json"]);
    assert_eq!(json.code, 1);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["passed"], false);
    let failed =
        json["databases"][0]["checks"].as_array().unwrap().iter().find(|check| check["outcome"] == "failed");
    assert_eq!(failed.unwrap()["name"], "downgrade_leaves_no_trace", "{json:#}");
    assert_eq!(failed.unwrap()["revision"], "4d4d4d4d4d4d");
    workshop.expect("test.txt");
}

#[test]
fn new_scripts_follow_the_projects_style() {
    let mut workshop = Workshop::new();
    std::fs::create_dir_all(workshop.path("other/deep")).unwrap();
    std::fs::create_dir_all(workshop.path("migrations")).unwrap();
    workshop.write(
        "limbeck.toml",
        "migrations = [\"migrations\", \"other\"]\nrecursive = true\n[environments.test]\nurl = \"sqlite:///shop.db\"\n[revision]\nfile_template = \"new/%(rev)s-%(slug)s\"\nslug_length = 10\ntimezone = \"utc\"\n[[revision.hooks]]\nname = \"mark\"\ncommand = [\"sh\", \"-c\", \"echo '-- marked' >> {file}\"]\n[[revision.hooks]]\ncommand = [\"false\"]\n",
    );
    assert_eq!(
        workshop.run(&["revision", "-m", "Add a table of customers", "--rev-id", "1a1a1a1a1a1a"]).code,
        0
    );
    assert!(workshop.read("migrations/new/1a1a1a1a1a1a-add_a_.sql").ends_with("-- marked\n"));
    let other =
        ["revision", "--head", "base", "--splice", "--version-path", "other", "--rev-id", "2b2b2b2b2b2b"];
    assert_eq!(workshop.run(&other).code, 0);
    workshop.run(&[
        "revision",
        "--head",
        "2b2b",
        "--depends-on",
        "1a1a",
        "-m",
        "x",
        "--rev-id",
        "3c3c3c3c3c3c",
    ]);
    assert!(workshop.read("other/new/3c3c3c3c3c3c-x.sql").contains("-- Depends On: 1a1a1a1a1a1a\n"));
    workshop.run(&["revision", "--head", "3c3c", "--version-path", "elsewhere"]);
    workshop.run(&["history"]);
    workshop.expect("script-style.txt");
}

#[test]
fn options_may_be_shortened_and_values_may_begin_with_a_hyphen() {
    let workshop = shop();
    for arguments in [
        &["history", "-r-2:head"][..],
        &["history", "-r", "-2:head"],
        &["history", "--rev=-2:head"],
        &["history", "--rev-range", "-2:head"],
    ] {
        let ran = workshop.ran_quietly(arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.stderr);
        assert_eq!(ran.stdout.lines().count(), 3, "{arguments:?}: {}", ran.stdout);
    }
    assert_eq!(workshop.ran_quietly(&["heads", "--verb"]).code, 0);
    assert_eq!(workshop.ran_quietly(&["revision", "--dry", "--mess", "x"]).code, 0);
    // Both --config and --color begin so.
    assert_eq!(workshop.ran_quietly(&["heads", "--co", "x"]).code, 2);
}

#[test]
fn the_remaining_commands_of_alembic() {
    let mut workshop = shop();
    workshop.run(&["list_templates"]);
    workshop.run(&["ensure_version", "--sql"]);
    assert_eq!(workshop.run(&["ensure_version"]).code, 0);
    assert_eq!(workshop.run(&["ensure_version"]).code, 0);
    workshop.run(&["current"]);
    let mut command = workshop.command(&["edit", "2b2b"]);
    command.env("EDITOR", "cat");
    assert!(workshop.run_command(&["edit", "2b2b"], command).stdout.contains("-- Revision ID: 2b2b2b2b2b2b"));
    let mut command = workshop.command(&["edit", "head"]);
    command.env("EDITOR", "no-such-editor --wait");
    assert_eq!(workshop.run_command(&["edit", "head"], command).code, 3);
    assert_eq!(workshop.run(&["edit", "base"]).code, 3);
    workshop.expect("alembic-commands.txt");
}
