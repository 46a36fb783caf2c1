//! Plans and runs changes of SQLite tables on a real database, and looks at what became of the rows.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use limbeck_dialect::{PlanError, plan, project, render, split_statements};
use limbeck_schema::{
    CheckConstraint, Column, Computed, Constraint, Dialect, Entity, EntityId, EntityKind, EnumType,
    Expression, ForeignKey, Index, MetaData, Operation, QualifiedName, ReferentialAction, SqlType, Table,
    reverse_all,
};
use rusqlite::Connection;

const DIALECT: Dialect = Dialect::Sqlite;

/// A database that holds a schema.
fn database(metadata: &MetaData) -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    let create = |table: &Table| Operation::CreateTable(Box::new(table.clone()));
    run(&connection, &metadata.tables.iter().map(create).collect::<Vec<_>>());
    for entity in &metadata.entities {
        connection.execute_batch(&entity.definition).unwrap();
    }
    connection
}

/// Runs operations as the runner does: as a script, without foreign keys, in one transaction that ends with a check.
fn run(connection: &Connection, operations: &[Operation]) {
    let statements = operations.iter().flat_map(|o| render(DIALECT, o).unwrap());
    let script = statements.map(|s| s.sql + ";\n").collect::<String>();
    assert!(!script.contains("limbeck:todo"), "{script}");
    connection.execute_batch("PRAGMA foreign_keys=OFF; BEGIN").unwrap();
    for span in split_statements(DIALECT, &script).unwrap() {
        let sql = &script[span.range];
        connection.execute_batch(sql).unwrap_or_else(|error| panic!("{error}\n{sql}"));
    }
    assert_eq!(rows(connection, "PRAGMA foreign_key_check"), Vec::<String>::new());
    connection.execute_batch("COMMIT; PRAGMA foreign_keys=ON").unwrap();
}

/// A result as text, a row a line.
fn rows(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(sql).unwrap_or_else(|error| panic!("{error}\n{sql}"));
    let count = statement.column_count();
    let mut rows = statement.query([]).unwrap();
    let mut found = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        let values = (0..count).map(|at| match row.get::<_, rusqlite::types::Value>(at).unwrap() {
            rusqlite::types::Value::Null => "NULL".to_owned(),
            rusqlite::types::Value::Integer(value) => value.to_string(),
            rusqlite::types::Value::Real(value) => format!("{value:?}"),
            rusqlite::types::Value::Text(value) => format!("'{value}'"),
            rusqlite::types::Value::Blob(value) => format!("{value:?}"),
        });
        found.push(values.collect::<Vec<_>>().join(" "));
    }
    found
}

/// Everything that the database says of its tables.
fn shape(connection: &Connection) -> Vec<String> {
    let mut shape = rows(connection, "SELECT type, name, tbl_name FROM sqlite_master ORDER BY 1, 2");
    for table in rows(connection, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1") {
        for pragma in ["table_xinfo", "foreign_key_list", "index_list"] {
            shape.extend(rows(connection, &format!("PRAGMA {pragma}({table})")));
        }
    }
    shape
}

fn integer(name: &str) -> Column {
    Column::new(name, SqlType::Integer)
}

/// A family: a parent that refers to itself, children that go with it, a view and a trigger that look at both.
fn family() -> MetaData {
    let mut parent = Table::new("parent")
        .with_column(integer("id").not_null())
        .with_column(integer("elder"))
        .with_column(Column::new("name", SqlType::string(10)))
        .with_primary_key(["id"])
        .with_index(Index::on(["name"]).named("ix_parent_name"));
    parent
        .foreign_keys
        .push(ForeignKey::new(["elder"], "parent", ["id"]).on_delete(ReferentialAction::Cascade));
    let mut child = Table::new("child")
        .with_column(integer("id").not_null())
        .with_column(integer("parent_id").not_null())
        .with_primary_key(["id"]);
    child
        .foreign_keys
        .push(ForeignKey::new(["parent_id"], "parent", ["id"]).on_delete(ReferentialAction::Cascade));
    let mut metadata = MetaData::new().table(parent).table(child).resolve().unwrap();
    let id = |kind, name: &str, on: Option<QualifiedName>| EntityId {
        kind,
        name: name.into(),
        arguments: None,
        on,
    };
    metadata.entities.push(Entity::new(
        id(EntityKind::View, "names", None),
        "CREATE VIEW names AS SELECT p.name, c.id FROM parent p JOIN child c ON c.parent_id = p.id",
    ));
    metadata.entities.push(Entity::new(
        id(EntityKind::Trigger, "shout", Some("parent".into())),
        "CREATE TRIGGER shout AFTER UPDATE OF name ON parent BEGIN \
                     UPDATE child SET id = CASE WHEN NEW.name = 'x' THEN id + 100 ELSE id END WHERE parent_id = NEW.id; END",
    ));
    project(DIALECT, metadata).unwrap()
}

fn fill_family(connection: &Connection) {
    let sql = "INSERT INTO parent VALUES (1, NULL, 'a'), (2, 1, 'b'), (3, 2, NULL);
               INSERT INTO child VALUES (10, 1), (11, 2), (12, 3);";
    connection.execute_batch(sql).unwrap();
}

fn alter(table: &str, from: &Column, to: Column) -> Operation {
    Operation::AlterColumn { table: table.into(), from: Box::new(from.clone()), to: Box::new(to) }
}

fn planned(operations: Vec<Operation>, before: &MetaData) -> Vec<Operation> {
    plan(DIALECT, operations, before, before).unwrap()
}

#[test]
fn rebuilding_a_parent_loses_no_row() {
    let metadata = family();
    let connection = database(&metadata);
    fill_family(&connection);
    let before = shape(&connection);
    let name = metadata.tables[0].column("name").unwrap();
    let change = alter("parent", name, name.clone().not_null().backfill("'?'"));
    let operations = planned(vec![change], &metadata);
    assert!(matches!(operations.as_slice(), [Operation::RebuildTable(_)]));
    run(&connection, &operations);

    assert_eq!(rows(&connection, "SELECT * FROM parent"), ["1 NULL 'a'", "2 1 'b'", "3 2 '?'"]);
    assert_eq!(rows(&connection, "SELECT * FROM child"), ["10 1", "11 2", "12 3"]);
    assert_eq!(rows(&connection, "SELECT * FROM names"), ["'a' 10", "'b' 11", "'?' 12"]);
    for table in ["parent", "child"] {
        let referred = rows(
            &connection,
            &format!("SELECT \"table\", on_delete FROM pragma_foreign_key_list('{table}')"),
        );
        assert_eq!(referred, ["'parent' 'CASCADE'"]);
    }
    run(&connection, &reverse_all(&operations));
    assert_eq!(shape(&connection), before);

    connection.execute_batch("UPDATE parent SET name = 'x' WHERE id = 3").unwrap();
    assert_eq!(rows(&connection, "SELECT id FROM child"), ["10", "11", "112"], "the trigger is there again");
    connection.execute_batch("DELETE FROM parent WHERE id = 1").unwrap();
    assert_eq!(rows(&connection, "SELECT * FROM child"), Vec::<String>::new(), "and so are the foreign keys");
}

#[test]
fn renames_stay_native_and_come_before_the_rebuild() {
    let metadata = family();
    let connection = database(&metadata);
    fill_family(&connection);
    let before = shape(&connection);
    let name = metadata.tables[0].column("name").unwrap();
    let title = Column { name: "title".into(), ..name.clone() };
    let operations = planned(
        vec![
            Operation::RenameTable { name: "parent".into(), to: "person".into() },
            Operation::RenameColumn { table: "person".into(), from: "name".into(), to: "title".into() },
            alter("person", &title, Column { sql_type: SqlType::Text, ..title.clone() }),
            alter("child", &integer("id").not_null(), integer("id").not_null().server_default("7")),
            Operation::RenameColumn { table: "person".into(), from: "id".into(), to: "number".into() },
        ],
        &metadata,
    );
    let kinds: Vec<_> = operations.iter().map(std::mem::discriminant).collect();
    let rebuild = kinds[3];
    assert!(matches!(operations[3], Operation::RebuildTable(_)));
    assert_eq!(kinds, [kinds[0], kinds[1], kinds[1], rebuild, rebuild]);
    run(&connection, &operations);
    assert_eq!(
        rows(&connection, "SELECT number, elder, title FROM person"),
        ["1 NULL 'a'", "2 1 'b'", "3 2 NULL"]
    );
    assert_eq!(rows(&connection, "SELECT title FROM names ORDER BY id"), ["'a'", "'b'", "NULL"]);
    let referred = rows(&connection, "SELECT \"table\", \"to\" FROM pragma_foreign_key_list('child')");
    assert_eq!(referred, ["'person' 'number'"]);
    connection.execute_batch("UPDATE person SET title = 'x' WHERE number = 3").unwrap();
    assert_eq!(rows(&connection, "SELECT id FROM child"), ["10", "11", "112"]);
    run(&connection, &reverse_all(&operations));
    assert_eq!(shape(&connection), before);
}

#[test]
fn what_alter_table_can_do_stays_native() {
    let metadata = family();
    let connection = database(&metadata);
    fill_family(&connection);
    let add = Operation::AddColumn { table: "child".into(), column: Box::new(integer("age").backfill("9")) };
    let index = Index::on(["age"]).named("ix_child_age");
    let operations = vec![
        add.clone(),
        Operation::CreateIndex { table: "child".into(), index: index.clone() },
        Operation::DropIndex { table: "child".into(), index },
        add.reverse(),
        add,
    ];
    assert_eq!(planned(operations.clone(), &metadata), operations);
    run(&connection, &operations);
    assert_eq!(rows(&connection, "SELECT * FROM child"), ["10 1 9", "11 2 9", "12 3 9"]);
}

#[test]
fn a_column_in_use_needs_a_rebuild_to_go() {
    let mut metadata = family();
    metadata.tables[0].checks.push(CheckConstraint::new("\"length\"(name) < 10").named("ck_parent_name"));
    for (table, column, native) in
        [("parent", "name", false), ("parent", "elder", false), ("child", "parent_id", false)]
    {
        let definition = metadata.find_table(&table.into()).unwrap().column(column).unwrap().clone();
        let drop = Operation::DropColumn { table: table.into(), column: Box::new(definition) };
        assert_eq!(planned(vec![drop.clone()], &metadata) == [drop], native, "{column}");
    }
}

#[test]
fn an_index_is_renamed_by_making_it_anew() {
    let metadata = family();
    let connection = database(&metadata);
    let rename = |from: &str, to: &str| Operation::RenameIndex {
        table: "parent".into(),
        from: from.into(),
        to: to.into(),
    };
    run(&connection, &planned(vec![rename("ix_parent_name", "ix_b")], &metadata));
    let indexes = rows(&connection, "SELECT name FROM pragma_index_list('parent') WHERE origin = 'c'");
    assert_eq!(indexes, ["'ix_b'"]);
    let error = plan(DIALECT, vec![rename("ix_c", "ix_d")], &metadata, &metadata).unwrap_err();
    assert_eq!(error.code(), "plan.missing");
}

#[test]
fn a_cycle_of_foreign_keys_is_made_and_dropped_in_one_piece() {
    let table = |name: &str| {
        Table::new(name)
            .with_column(integer("id").not_null())
            .with_column(integer("other"))
            .with_primary_key(["id"])
    };
    let key = |to: &str, name: &str| {
        let mut key = ForeignKey::new(["other"], to, ["id"]);
        key.name = Some(name.to_owned());
        Constraint::ForeignKey(key)
    };
    let operations = vec![
        Operation::CreateTable(Box::new(table("a"))),
        Operation::CreateTable(Box::new(table("b").with_constraint(key("a", "fk_b")))),
        Operation::AddConstraint { table: "a".into(), constraint: key("b", "fk_a") },
    ];
    let empty = MetaData::new();
    let created = planned(operations.clone(), &empty);
    assert_eq!(
        created,
        [
            Operation::CreateTable(Box::new(table("a").with_constraint(key("b", "fk_a")))),
            operations[1].clone(),
        ]
    );
    let connection = database(&empty);
    run(&connection, &created);
    assert_eq!(rows(&connection, "SELECT \"table\" FROM pragma_foreign_key_list('a')"), ["'b'"]);
    let full = MetaData::new().table(table("a")).table(table("b"));
    let dropped = planned(reverse_all(&operations), &full);
    assert_eq!(dropped, reverse_all(&created));
    run(&connection, &dropped);
    assert_eq!(shape(&connection), Vec::<String>::new());
}

#[test]
fn autoincrement_goes_on_where_it_was() {
    let mut table = Table::new("a")
        .with_column(integer("id").not_null())
        .with_column(integer("x"))
        .with_primary_key(["id"]);
    table.options.sqlite.autoincrement = true;
    let metadata = MetaData::new().table(table).resolve().unwrap();
    for delete in ["DELETE FROM a WHERE id = 3", "DELETE FROM a"] {
        let connection = database(&metadata);
        connection.execute_batch("INSERT INTO a (x) VALUES (1), (2), (3)").unwrap();
        connection.execute_batch(delete).unwrap();
        run(
            &connection,
            &planned(vec![alter("a", &integer("x"), integer("x").server_default("5"))], &metadata),
        );
        connection.execute_batch("INSERT INTO a DEFAULT VALUES").unwrap();
        assert_eq!(rows(&connection, "SELECT max(id), max(x) FROM a WHERE id > 2"), ["4 5"]);
        assert_eq!(rows(&connection, "SELECT name, seq FROM sqlite_sequence"), ["'a' 4"]);
    }
}

#[test]
fn values_survive_a_change_of_type() {
    let text = |name: &str| Column::new(name, SqlType::Text);
    let table = Table::new("a")
        .with_column(text("moment"))
        .with_column(text("number"))
        .with_column(text("bytes"))
        .with_column(Column::new("real", SqlType::Double))
        .with_column(integer("code"));
    let metadata = MetaData::new().table(table);
    let connection = database(&metadata);
    connection
        .execute_batch(
            "INSERT INTO a VALUES ('2026-01-02', '7', 'hi', 1.5, 12), ('x', 'seven', NULL, 2.0, NULL)",
        )
        .unwrap();
    let column = |name: &str| metadata.tables[0].column(name).unwrap();
    let to = |name: &str, sql_type: SqlType| alter("a", column(name), Column::new(name, sql_type));
    let operations = planned(
        vec![
            to("moment", SqlType::DateTime { precision: None, timezone: false }),
            to("number", SqlType::Integer),
            to("bytes", SqlType::LargeBinary),
            to("real", SqlType::Integer),
            to("code", SqlType::string(9)),
        ],
        &metadata,
    );
    assert_eq!(operations.len(), 1);
    run(&connection, &operations);
    assert_eq!(
        rows(&connection, "SELECT * FROM a"),
        ["'2026-01-02' 7 [104, 105] 1.5 '12'", "'x' 'seven' NULL 2 NULL"]
    );
    run(&connection, &reverse_all(&operations));
    assert_eq!(
        rows(&connection, "SELECT * FROM a"),
        ["'2026-01-02' '7' 'hi' 1.5 12", "'x' 'seven' NULL 2.0 NULL"]
    );
}

#[test]
fn new_columns_are_filled_and_generated_ones_computed() {
    let before = MetaData::new().table(Table::new("a").with_column(integer("x")));
    let connection = database(&before);
    connection.execute_batch("INSERT INTO a VALUES (1), (2)").unwrap();
    let twice = Computed { expression: Expression::new("x * 2"), persisted: true };
    let columns = [
        integer("filled").not_null().backfill("x + 10"),
        Column::new("at", SqlType::Date).not_null().server_default("CURRENT_DATE"),
        integer("random").server_default("abs(-3)"),
        integer("twice").computed(twice),
        integer("empty"),
    ];
    let add = |column: Column| Operation::AddColumn { table: "a".into(), column: Box::new(column) };
    let operations = planned(columns.map(add).into(), &before);
    run(&connection, &operations);
    let query = "SELECT x, filled, at = CURRENT_DATE, random, twice, empty FROM a";
    assert_eq!(rows(&connection, query), ["1 11 1 3 2 NULL", "2 12 1 3 4 NULL"]);
    run(&connection, &reverse_all(&operations));
    assert_eq!(rows(&connection, "SELECT * FROM a"), ["1", "2"]);
}

#[test]
fn table_options_change_by_rebuild() {
    let table = Table::new("a")
        .with_column(Column::new("k", SqlType::Text).not_null())
        .with_column(integer("x"))
        .with_primary_key(["k"]);
    let mut changed = table.clone();
    changed.options.sqlite.strict = true;
    changed.options.sqlite.without_rowid = true;
    let metadata = MetaData::new().table(table.clone());
    let connection = database(&metadata);
    connection.execute_batch("INSERT INTO a VALUES ('one', '1')").unwrap();
    let operation = Operation::AlterTableOptions {
        table: "a".into(),
        from: Box::new(table.options),
        to: Box::new(changed.options),
    };
    let operations = planned(vec![operation], &metadata);
    run(&connection, &operations);
    assert_eq!(rows(&connection, "SELECT strict, wr FROM pragma_table_list('a')"), ["1 1"]);
    run(&connection, &reverse_all(&operations));
    assert_eq!(rows(&connection, "SELECT strict, wr FROM pragma_table_list('a')"), ["0 0"]);
    assert_eq!(rows(&connection, "SELECT * FROM a"), ["'one' 1"]);
}

#[test]
fn a_value_nobody_gave_is_asked_for_in_the_script() {
    let metadata = MetaData::new().table(Table::new("a").with_column(integer("x")));
    let operations = planned(vec![alter("a", &integer("x"), integer("x").not_null())], &metadata);
    let statements = render(DIALECT, &operations[0]).unwrap();
    let asking: Vec<_> = statements.iter().filter(|s| s.sql.contains("limbeck:todo")).collect();
    assert_eq!(asking.len(), 1);
    assert!(asking[0].sql.contains("SELECT\n    coalesce(x, NULL) -- limbeck:todo replace NULL by"));
    assert!(asking[0].comment.as_ref().unwrap().contains("a.x is NOT NULL"));
}

#[test]
fn a_rebuild_needs_the_table_it_changes() {
    let change = alter("a", &integer("x"), integer("x").not_null());
    let empty = MetaData::new();
    let unknown = plan(DIALECT, vec![change.clone()], &empty, &empty).unwrap_err();
    assert_eq!(unknown, PlanError::UnknownTable { table: QualifiedName::new("a") });
    let before = MetaData::new().table(Table::new("a").with_column(integer("x")).with_column(integer("y")));
    let taken = plan(
        DIALECT,
        vec![
            Operation::DropColumn { table: "a".into(), column: Box::new(integer("x")) },
            Operation::RenameColumn { table: "a".into(), from: "y".into(), to: "x".into() },
            change,
        ],
        &before,
        &before,
    );
    assert_eq!(taken.unwrap_err().code(), "plan.name-taken");
}

#[test]
fn rows_follow_the_renamed_values_of_an_enum_both_ways() {
    let with = |values: &[&str], renamed: &[(&str, &str)]| {
        let mut mood = EnumType::new("mood", values.iter().copied());
        mood.renamed_values = renamed.iter().map(|(new, old)| (new.to_string(), old.to_string())).collect();
        let column = Column::new("feels", SqlType::Enum("mood".into()));
        let table = Table::new("person").with_column(integer("id")).with_column(column);
        project(DIALECT, MetaData::new().enum_type(mood).table(table)).unwrap()
    };
    let before = with(&["happy", "sad", "it's"], &[]);
    // That `calm` was once `quiet` is over, since nothing is called `quiet` any more.
    let after =
        with(&["glad", "sad", "its", "calm"], &[("glad", "happy"), ("its", "it's"), ("calm", "quiet")]);
    let table = QualifiedName::from("person");
    let check = |schema: &MetaData| Constraint::Check(schema.tables[0].checks[0].clone());
    let operations = vec![
        Operation::DropConstraint { table: table.clone(), constraint: check(&before) },
        Operation::AddConstraint { table, constraint: check(&after) },
    ];
    let connection = database(&before);
    connection
        .execute_batch("INSERT INTO person VALUES (1, 'happy'), (2, 'sad'), (3, 'it''s'), (4, NULL)")
        .unwrap();
    run(&connection, &plan(DIALECT, operations.clone(), &before, &after).unwrap());
    let moods = "SELECT feels FROM person ORDER BY id";
    assert_eq!(rows(&connection, moods), ["'glad'", "'sad'", "'its'", "NULL"]);
    run(&connection, &plan(DIALECT, reverse_all(&operations), &after, &before).unwrap());
    assert_eq!(rows(&connection, moods), ["'happy'", "'sad'", "'it's'", "NULL"]);
}
