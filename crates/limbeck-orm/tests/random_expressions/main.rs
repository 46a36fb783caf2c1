//! Random expressions: PostgreSQL, SQLite and an evaluator in this test give the same for every row.
//!
//! `PROPTEST_CASES` says how many; a failure names the seed and the SQL text.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod evaluate;
mod generate;

use evaluate::{Row, evaluate};
use generate::{Kind, Node, random};
use limbeck_dialect::query::{Expr, OrderBy, Select};
use limbeck_engine::{Connection, DatabaseUrl, Statement};
use limbeck_schema::{Dialect, Value};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

/// The rows that expressions are evaluated for: every combination that NULL logic can tell apart, and some texts.
fn rows() -> Vec<Row> {
    let text = |text: &str| Some(text.to_owned());
    vec![
        Row {
            numbers: [Some(1), Some(2)],
            texts: [text("ab"), text("AB")],
            truths: [Some(true), Some(false)],
        },
        Row { numbers: [Some(-3), None], texts: [text(""), None], truths: [Some(false), None] },
        Row { numbers: [None, Some(7)], texts: [None, text("a%b")], truths: [None, Some(true)] },
        Row {
            numbers: [Some(0), Some(0)],
            texts: [text("a_b\\"), text("it's")],
            truths: [Some(true), Some(true)],
        },
        Row { numbers: [None, None], texts: [None, None], truths: [None, None] },
        Row {
            numbers: [Some(5), Some(-5)],
            texts: [text("*[?]"), text("*[?]")],
            truths: [Some(false), Some(false)],
        },
    ]
}

async fn open(dialect: Dialect) -> Connection {
    let url = match dialect {
        Dialect::Postgresql => limbeck_test_server::postgres_url(),
        Dialect::Sqlite => "sqlite://".to_owned(),
    };
    let url: DatabaseUrl = url.parse().unwrap();
    let mut connection = Connection::open(&url).await.unwrap();
    let create = "CREATE TABLE t (id bigint, a bigint, b bigint, s text, u text, p boolean, q boolean)";
    connection.execute(&Statement::from(create)).await.unwrap();
    for (id, row) in rows().into_iter().enumerate() {
        let number = |n: Option<i64>| n.map_or(Expr::NULL, Expr::value);
        let text = |t: &Option<String>| t.clone().map_or(Expr::NULL, Expr::value);
        let truth = |t: Option<bool>| t.map_or(Expr::NULL, Expr::value);
        let mut insert = limbeck_dialect::query::Insert::into("t");
        insert.columns = ["id", "a", "b", "s", "u", "p", "q"].map(Into::into).to_vec();
        insert.source = limbeck_dialect::query::InsertSource::Rows(vec![vec![
            Expr::value(i64::try_from(id).unwrap()),
            number(row.numbers[0]),
            number(row.numbers[1]),
            text(&row.texts[0]),
            text(&row.texts[1]),
            truth(row.truths[0]),
            truth(row.truths[1]),
        ]]);
        let compiled = insert.compile(dialect).unwrap();
        connection.execute(&Statement::new(compiled.sql, compiled.params)).await.unwrap();
    }
    connection
}

/// What a database gives for an expression, row by row; `literals` writes the values into the text.
async fn ask(connection: &mut Connection, node: &Node, literals: bool) -> Vec<Value> {
    let select =
        Select::from("t").column(node.to_expr()).order_by(OrderBy::ascending(Expr::column("t", "id")));
    let dialect = connection.dialect();
    let statement = if literals {
        Statement::new(select.sql_with_literals(dialect).unwrap(), Vec::new())
    } else {
        let compiled = select.compile(dialect).unwrap();
        Statement::new(compiled.sql, compiled.params)
    };
    let kind = node.kind();
    let found = connection.fetch_all(&statement, move |row| {
        Ok(match kind {
            Kind::Number => row.get::<Option<i64>>(0)?.map_or(Value::Null, Value::BigInteger),
            Kind::Text => row.get::<Option<String>>(0)?.map_or(Value::Null, Value::Text),
            Kind::Truth => row.get::<Option<bool>>(0)?.map_or(Value::Null, Value::Boolean),
        })
    });
    found
        .await
        .unwrap_or_else(|error| panic!("{dialect}: {error}\n{}\n{:?}", statement.sql, statement.params))
}

#[test]
fn databases_and_evaluator_agree() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let connections =
        runtime.block_on(async { [open(Dialect::Postgresql).await, open(Dialect::Sqlite).await] });
    let connections = std::cell::RefCell::new(connections);
    let rows = rows();
    let mut runner =
        TestRunner::new(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() });
    let outcome = runner.run(&any::<u64>(), |seed| {
        let node = random(seed);
        let expected: Vec<Value> = rows.iter().map(|row| evaluate(&node, row)).collect();
        for connection in connections.borrow_mut().iter_mut() {
            for literals in [false, true] {
                let found = runtime.block_on(ask(connection, &node, literals));
                let dialect = connection.dialect();
                let sql = node.to_expr().sql_with_literals(dialect);
                prop_assert_eq!(&found, &expected, "{} on {}: {:?}", seed, dialect, sql);
            }
        }
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}
