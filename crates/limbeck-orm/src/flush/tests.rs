//! Plans of flushes, as text: the steps in order, each with its rows.

use limbeck_schema::{
    Column, Constraint, Dialect, ForeignKey, Identity, ReferentialAction, SqlType, Table, UniqueConstraint,
    Value,
};

use super::{Action, Changes, Delete, Insert, Step, Update, plan, statements};
use crate::{Input, ModelDefinition};

/// Lives as long as the process, as the definitions of models do.
fn model(table: Table) -> &'static ModelDefinition {
    Box::leak(Box::new(ModelDefinition::new(&table, None)))
}

fn numbered(name: &str) -> Table {
    Table::new(name)
        .with_column(Column::new("id", SqlType::Integer).identity(Identity::always()))
        .with_primary_key(["id"])
}

fn refers(table: Table, column: &str, parent: &str) -> Table {
    table.with_constraint(Constraint::ForeignKey(ForeignKey::new([column], parent, ["id"])))
}

fn number(value: i32) -> Input {
    Input::Value(Value::Integer(value))
}

fn text(value: &str) -> Input {
    Input::Value(Value::Text(value.to_owned()))
}

fn pending(row: u64) -> Input {
    Input::Pending { row, column: None }
}

fn insert(model: &'static ModelDefinition, row: u64, given: &[(usize, Input)]) -> Insert {
    let mut inputs = vec![None; model.columns.len()];
    given.iter().for_each(|(column, input)| inputs[*column] = Some(input.clone()));
    Insert { model, row, inputs }
}

fn row(values: &[Input]) -> Vec<Value> {
    values.iter().map(|input| input.value().cloned().unwrap()).collect()
}

fn update(model: &'static ModelDefinition, old: &[Input], changes: &[(usize, Input)]) -> Update {
    let old = row(old);
    let key = model.key.iter().map(|column| old[*column].clone()).collect();
    Update { model, key, old: Some(old), changes: changes.to_vec(), version: None }
}

fn delete(model: &'static ModelDefinition, old: &[Input]) -> Delete {
    let old = row(old);
    let key = model.key.iter().map(|column| old[*column].clone()).collect();
    Delete { model, relations: &[], by: model.key.clone(), key, old: Some(old), version: None }
}

fn show_value(input: &Input) -> String {
    match input {
        Input::Value(Value::Integer(number)) => number.to_string(),
        Input::Value(Value::Text(text)) => text.replace('\u{1}', "~"),
        Input::Value(other) => format!("{other:?}"),
        Input::Pending { row, .. } => format!("#{row}"),
    }
}

fn show(step: &Step) -> String {
    let columns = step.columns.iter().map(|column| step.model.columns[*column].name.as_str());
    let rows = step.rows.iter().map(|row| {
        let key = row.key.iter().map(show_value).collect::<Vec<_>>().join(",");
        let inputs = row.inputs.iter().map(show_value).collect::<Vec<_>>().join(",");
        match step.action {
            Action::Insert => format!("#{}({inputs})", row.row.unwrap()),
            Action::Update => format!("{key}→({inputs})"),
            _ => key,
        }
    });
    let head = match step.action {
        Action::Defer => return "defer".to_owned(),
        Action::Insert => "insert",
        Action::Update => "update",
        Action::Delete => "delete",
    };
    let columns = columns.collect::<Vec<_>>().join(",");
    format!("{head} {}({columns}): {}", step.model.table, rows.collect::<Vec<_>>().join(" "))
}

fn planned(changes: Changes) -> Vec<String> {
    plan(changes, Dialect::Postgresql).unwrap().iter().map(show).collect()
}

fn shop() -> (&'static ModelDefinition, &'static ModelDefinition, &'static ModelDefinition) {
    let email = UniqueConstraint::new(["email"]);
    let customers = numbered("customers")
        .with_column(Column::new("email", SqlType::string(30)).not_null())
        .with_constraint(Constraint::Unique(email));
    let orders = numbered("orders").with_column(Column::new("customer_id", SqlType::Integer).not_null());
    let lines = Table::new("lines")
        .with_column(Column::new("order_id", SqlType::Integer))
        .with_column(Column::new("place", SqlType::Integer))
        .with_column(Column::new("note", SqlType::Text))
        .with_primary_key(["order_id", "place"]);
    (
        model(customers),
        model(refers(orders, "customer_id", "customers")),
        model(refers(lines, "order_id", "orders")),
    )
}

#[test]
fn parents_come_first_whatever_the_order_of_adding() {
    let (customers, orders, lines) = shop();
    let inserts = vec![
        insert(lines, 1, &[(0, pending(2)), (1, number(1))]),
        insert(orders, 2, &[(1, pending(3))]),
        insert(customers, 3, &[(1, text("a"))]),
        insert(lines, 4, &[(0, pending(2)), (1, number(2)), (2, text("quick"))]),
        insert(customers, 5, &[(1, text("b"))]),
    ];
    assert_eq!(
        planned(Changes { inserts, ..Changes::default() }),
        [
            "insert customers(email): #3(a) #5(b)",
            "insert orders(customer_id): #2(#3)",
            "insert lines(order_id,place): #1(#2,1)",
            "insert lines(order_id,place,note): #4(#2,2,quick)",
        ]
    );
}

#[test]
fn a_tree_goes_in_level_by_level() {
    let table = numbered("employees").with_column(Column::new("manager_id", SqlType::Integer));
    let employees = model(refers(table, "manager_id", "employees"));
    let inserts = vec![
        insert(employees, 1, &[(1, pending(2))]),
        insert(employees, 2, &[(1, pending(3))]),
        insert(employees, 3, &[(1, Input::Value(Value::Null))]),
        insert(employees, 4, &[(1, pending(3))]),
    ];
    assert_eq!(
        planned(Changes { inserts, ..Changes::default() }),
        [
            "insert employees(manager_id): #3(Null)",
            "insert employees(manager_id): #2(#3) #4(#3)",
            "insert employees(manager_id): #1(#2)",
        ]
    );
}

#[test]
fn rows_that_refer_to_each_other_are_completed_afterwards() {
    let teams = numbered("teams").with_column(Column::new("captain_id", SqlType::Integer));
    let players = numbered("players").with_column(Column::new("team_id", SqlType::Integer).not_null());
    let teams = model(refers(teams, "captain_id", "players"));
    let players = model(refers(players, "team_id", "teams"));
    let inserts = vec![
        insert(players, 1, &[(1, pending(2))]),
        insert(teams, 2, &[(1, pending(1))]),
        insert(players, 3, &[(1, pending(2))]),
    ];
    assert_eq!(
        planned(Changes { inserts, ..Changes::default() }),
        [
            "insert teams(captain_id): #2(Null)",
            "insert players(team_id): #1(#2) #3(#2)",
            "update teams(captain_id): #2→(#1)",
        ]
    );
}

#[test]
fn a_cycle_that_nothing_breaks_is_named() {
    let left = numbered("left").with_column(Column::new("right_id", SqlType::Integer).not_null());
    let right = numbered("right").with_column(Column::new("left_id", SqlType::Integer).not_null());
    let left = model(refers(left, "right_id", "right"));
    let right = model(refers(right, "left_id", "left"));
    let inserts = || vec![insert(left, 1, &[(1, pending(2))]), insert(right, 2, &[(1, pending(1))])];
    let error = plan(Changes { inserts: inserts(), ..Changes::default() }, Dialect::Postgresql).unwrap_err();
    assert_eq!(error.tables, ["left", "right"]);
}

#[test]
fn keys_that_the_client_gives_may_go_in_a_circle_where_the_check_can_wait() {
    let code = |name: &str| {
        Table::new(name)
            .with_column(Column::new("id", SqlType::Text))
            .with_column(Column::new("other", SqlType::Text).not_null())
            .with_primary_key(["id"])
    };
    let deferrable = |parent: &str| {
        let mut key = ForeignKey::new(["other"], parent, ["id"]);
        key.deferrable = Some(limbeck_schema::Deferrable::InitiallyImmediate);
        Constraint::ForeignKey(key)
    };
    let left = model(code("left").with_constraint(deferrable("right")));
    let right = model(refers(code("right"), "other", "left"));
    let inserts = vec![
        insert(left, 1, &[(0, text("l")), (1, text("r"))]),
        insert(right, 2, &[(0, text("r")), (1, text("l"))]),
    ];
    assert_eq!(
        planned(Changes { inserts, ..Changes::default() }),
        ["defer", "insert left(id,other): #1(l,r)", "insert right(id,other): #2(r,l)"]
    );
}

#[test]
fn rows_of_one_statement_may_name_each_other_by_value() {
    let table = Table::new("pages")
        .with_column(Column::new("id", SqlType::Text))
        .with_column(Column::new("next", SqlType::Text).not_null())
        .with_primary_key(["id"]);
    let pages = model(refers(table, "next", "pages"));
    let inserts = vec![
        insert(pages, 1, &[(0, text("a")), (1, text("b"))]),
        insert(pages, 2, &[(0, text("b")), (1, text("a"))]),
    ];
    assert_eq!(
        planned(Changes { inserts, ..Changes::default() }),
        ["insert pages(id,next): #1(a,b) #2(b,a)"]
    );
}

#[test]
fn a_swapped_unique_value_is_parked() {
    let (customers, ..) = shop();
    let updates = vec![
        update(customers, &[number(1), text("a")], &[(1, text("b"))]),
        update(customers, &[number(2), text("b")], &[(1, text("a"))]),
        update(customers, &[number(3), text("c")], &[(1, text("d"))]),
    ];
    assert_eq!(
        planned(Changes { updates, ..Changes::default() }),
        ["update customers(email): 2→(b~1) 1→(a~2)", "update customers(email): 1→(b) 2→(a) 3→(d)",]
    );
}

#[test]
fn a_unique_value_passes_from_an_old_row_to_a_new_one() {
    let (customers, ..) = shop();
    let changes = Changes {
        inserts: vec![insert(customers, 1, &[(1, text("a"))]), insert(customers, 2, &[(1, text("b"))])],
        updates: vec![update(customers, &[number(7), text("a")], &[(1, text("z"))])],
        deletes: vec![delete(customers, &[number(8), text("b")])],
    };
    assert_eq!(
        planned(changes),
        ["delete customers(): 8", "update customers(email): 7→(z)", "insert customers(email): #1(a) #2(b)",]
    );
}

#[test]
fn a_row_moves_to_a_new_parent_that_takes_the_old_ones_place() {
    let (customers, orders, _) = shop();
    let changes = Changes {
        inserts: vec![insert(customers, 1, &[(1, text("a"))])],
        updates: vec![update(orders, &[number(5), number(7)], &[(1, pending(1))])],
        deletes: vec![delete(customers, &[number(7), text("a")])],
    };
    assert_eq!(
        planned(changes),
        [
            "update customers(email): 7→(a~1)",
            "insert customers(email): #1(a)",
            "update orders(customer_id): 5→(#1)",
            "delete customers(): 7",
        ]
    );
}

#[test]
fn children_go_first() {
    let (customers, orders, lines) = shop();
    let deletes = vec![
        delete(customers, &[number(1), text("a")]),
        delete(lines, &[number(2), number(1), Input::Value(Value::Null)]),
        delete(orders, &[number(2), number(1)]),
    ];
    assert_eq!(
        planned(Changes { deletes, ..Changes::default() }),
        ["delete lines(): 2,1", "delete orders(): 2", "delete customers(): 1"]
    );
}

#[test]
fn a_restricted_tree_is_deleted_from_its_leaves() {
    let key = ForeignKey::new(["parent_id"], "nodes", ["id"]).on_delete(ReferentialAction::Restrict);
    let table = numbered("nodes")
        .with_column(Column::new("parent_id", SqlType::Integer))
        .with_constraint(Constraint::ForeignKey(key));
    let nodes = model(table);
    let deletes = vec![
        delete(nodes, &[number(1), Input::Value(Value::Null)]),
        delete(nodes, &[number(2), number(1)]),
        delete(nodes, &[number(3), number(1)]),
    ];
    assert_eq!(
        planned(Changes { deletes, ..Changes::default() }),
        ["delete nodes(): 2 3", "delete nodes(): 1"]
    );
}

fn sql(changes: Changes, dialect: Dialect) -> Vec<String> {
    let resolve = |input: &Input| Some(input.value().cloned().unwrap_or(Value::Integer(1)));
    let steps = plan(changes, dialect).unwrap();
    steps
        .iter()
        .flat_map(|step| statements(step, dialect, &resolve).unwrap())
        .map(|chunk| chunk.sql)
        .collect()
}

#[test]
fn one_statement_for_any_number_of_rows() {
    let (customers, _, lines) = shop();
    let changes = || Changes {
        inserts: vec![insert(customers, 1, &[(1, text("a"))]), insert(customers, 2, &[(1, text("b"))])],
        updates: vec![
            update(lines, &[number(1), number(1), text("x")], &[(2, text("y"))]),
            update(lines, &[number(1), number(2), text("x")], &[(2, text("z"))]),
        ],
        deletes: vec![
            delete(lines, &[number(3), number(1), text("x")]),
            delete(lines, &[number(3), number(2), text("x")]),
        ],
    };
    assert_eq!(
        sql(changes(), Dialect::Postgresql),
        [
            "DELETE FROM lines AS t USING unnest($1::int4[], $2::int4[]) AS u (c1, c2) \
             WHERE t.order_id = u.c1 AND t.place = u.c2",
            "UPDATE lines AS t SET note = u.c3 \
             FROM unnest($1::int4[], $2::int4[], $3::text[]) AS u (c1, c2, c3) \
             WHERE t.order_id = u.c1 AND t.place = u.c2 RETURNING t.order_id, t.place",
            "INSERT INTO customers (email) SELECT u.c1 \
             FROM unnest($1::text[]) WITH ORDINALITY AS u (c1, n) ORDER BY u.n RETURNING id",
        ]
    );
    assert_eq!(
        sql(changes(), Dialect::Sqlite),
        [
            "DELETE FROM lines AS t WHERE (t.order_id, t.place) IN (VALUES (?1, ?2), (?3, ?4))",
            "UPDATE lines AS t SET note = u.column3 \
             FROM (VALUES (?1, ?2, ?3), (?4, ?5, ?6)) AS u \
             WHERE t.order_id = u.column1 AND t.place = u.column2 RETURNING order_id, place",
            "INSERT INTO customers (email) VALUES (?1), (?2) RETURNING id",
        ]
    );
}
