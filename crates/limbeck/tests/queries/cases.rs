//! Runs the documents of `tests/cases`: statements in Rust beside their SQL for each dialect. The Rust text is that of
//! the functions in this directory; the SQL is compared with the document and run on both databases.
//!
//! `UPDATE_EXPECT=1` writes the documents anew.

use std::fmt::Write as _;
use std::path::PathBuf;

use limbeck::engine::{Connection, Statement};
use limbeck::orm::query::{CompiledSql, QueryError};
use limbeck::orm::{Combined, Delete, Insert, Returning, Select, Update};
use limbeck::prelude::*;

use crate::shop::{Customer, open};

/// What a case gives for a dialect.
pub(crate) type Shown = Result<Vec<CompiledSql>, OrmError>;

/// A function of a case, by its name.
pub(crate) type Case = (&'static str, fn(Dialect) -> Shown);

/// A statement that is shown.
pub(crate) trait Show {
    fn shown(&self, dialect: Dialect) -> Shown;
}

fn one(compiled: Result<CompiledSql, QueryError>) -> Shown {
    Ok(vec![compiled?])
}

impl<R> Show for Select<R> {
    fn shown(&self, dialect: Dialect) -> Shown {
        one(self.compile(dialect))
    }
}

impl<R> Show for Combined<R> {
    fn shown(&self, dialect: Dialect) -> Shown {
        one(self.compile(dialect))
    }
}

impl<R> Show for Returning<R> {
    fn shown(&self, dialect: Dialect) -> Shown {
        one(self.compile(dialect))
    }
}

impl<M: limbeck::orm::Mapped> Show for Update<M> {
    fn shown(&self, dialect: Dialect) -> Shown {
        one(self.compile(dialect))
    }
}

impl<M: limbeck::orm::Mapped> Show for Delete<M> {
    fn shown(&self, dialect: Dialect) -> Shown {
        one(self.compile(dialect))
    }
}

impl<M: limbeck::orm::Mapped> Show for Insert<M> {
    fn shown(&self, dialect: Dialect) -> Shown {
        self.compile(dialect)
    }
}

/// The cases of one file, beside its text.
macro_rules! cases {
    ($file:literal, $($name:ident),* $(,)?) => {
        (include_str!($file), &[$((stringify!($name), $name as fn(Dialect) -> Shown)),*])
    };
}

pub(crate) use cases;

/// The doc comment and the body of each function of a file.
fn functions(source: &str) -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    let mut doc = String::new();
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        if let Some(text) = line.strip_prefix("/// ") {
            doc += text;
            doc.push(' ');
        } else if let Some(rest) =
            line.strip_prefix("fn ").filter(|rest| rest.contains("(dialect: Dialect) -> Shown {"))
        {
            let name = rest.split('(').next().unwrap().to_owned();
            let body: Vec<_> = lines.by_ref().take_while(|line| *line != "}").collect();
            let body: Vec<_> = body.iter().map(|line| line.strip_prefix("    ").unwrap_or(line)).collect();
            let mut body = body.join("\n").trim_end().to_owned();
            for ending in ["\n    .shown(dialect)", ".shown(dialect)"] {
                if let Some(shorter) = body.strip_suffix(ending) {
                    body = shorter.trim_end().to_owned();
                }
            }
            found.push((name, doc.trim().to_owned(), body));
            doc.clear();
        } else {
            doc.clear();
        }
    }
    found
}

fn sql(shown: &Shown) -> String {
    match shown {
        Ok(statements) => {
            statements.iter().fold(String::new(), |text, statement| text + &statement.sql + ";\n")
        }
        Err(error) => format!("error[{}]: {error}\n", error.code()),
    }
}

/// Compares the cases of a file with their document, and runs them.
pub(crate) async fn check(document: &str, title: &str, (source, cases): (&str, &[Case])) {
    let functions = functions(source);
    let names: Vec<_> = functions.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(
        names,
        cases.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
        "list the functions in their order"
    );
    let mut text = format!("# {title}\n");
    let mut connections = [open(Dialect::Postgresql).await, open(Dialect::Sqlite).await];
    for connection in &mut connections {
        let customer =
            Customer::new("Barbara", "Liskov", "barbara@example.org").set(Customer::customer_id, 7);
        insert([customer]).execute(connection).await.unwrap();
    }
    for ((name, doc, body), (_, case)) in functions.iter().zip(cases) {
        assert!(!doc.is_empty(), "say what `{name}` shows");
        let _ = write!(text, "\n## {}\n\n{doc}\n\n```rust\n{body}\n```\n", name.replace('_', " "));
        for connection in &mut connections {
            let shown = case(connection.dialect());
            let _ = write!(text, "\n```sql {}\n{}```\n", connection.dialect(), sql(&shown));
            for statement in shown.into_iter().flatten() {
                run(connection, name, statement).await;
            }
        }
    }
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(document);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == text, "{document} says something else; `UPDATE_EXPECT=1` refreshes it:\n{text}");
}

/// Runs a statement in a transaction that is rolled back, so that cases do not see each other.
async fn run(connection: &mut Connection, name: &str, statement: CompiledSql) {
    let dialect = connection.dialect();
    connection.begin(limbeck::engine::TransactionOptions::default()).await.unwrap();
    let statement = Statement::new(statement.sql, statement.params);
    let outcome = connection.execute(&statement).await;
    outcome.unwrap_or_else(|error| panic!("{name} on {dialect}: {error}\n{}", statement.sql));
    connection.rollback().await.unwrap();
}
