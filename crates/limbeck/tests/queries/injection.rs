//! Hostile texts through everything that takes a value or a name: they come back as they are, or are refused, and never
//! run.

use limbeck::engine::{Connection, Statement};
use limbeck::orm::query::{self, BinaryOperator, Expr, InsertSource, Source};
use limbeck::orm::{SqlExpression as _, Typed};
use limbeck::prelude::*;

use crate::shop::{Customer, Employee, Order, open};

const HOSTILE: [&str; 14] = [
    "'; DROP TABLE customers; --",
    "\"; DROP TABLE customers; --",
    "' OR '1'='1",
    "\\'; DROP TABLE customers; --",
    "$1",
    "?1",
    "{}",
    "%",
    "_",
    "/* */ --",
    "E'\\x27'",
    "]]>`",
    "café\u{202e}\u{1F4A9}",
    "a\"b'c\\d",
];

/// How many customers there are: the table must be there, and nobody may have been added or removed.
async fn customers(db: &mut Connection) -> i64 {
    select::<Customer>().count(db).await.unwrap()
}

async fn run(db: &mut Connection, compiled: query::CompiledSql) -> Result<u64, limbeck::engine::EngineError> {
    db.execute(&Statement::new(compiled.sql, compiled.params)).await
}

#[tokio::test]
async fn values_are_never_sql() {
    for dialect in Dialect::ALL {
        let mut db = open(dialect).await;
        let rows = HOSTILE.iter().map(|text| Customer::new(*text, "x", format!("{text}@example.org")));
        insert(rows).execute(&mut db).await.unwrap();
        let all = i64::try_from(HOSTILE.len()).unwrap();
        for text in HOSTILE {
            let conditions = [
                Customer::first_name.eq(text),
                Customer::first_name.in_([text]),
                Customer::first_name.in_([Typed::<String>::value(text.to_owned()).concat("")]),
                Customer::first_name.between(text, text),
                Customer::first_name.starts_with(text) & Customer::first_name.ends_with(text),
                Customer::first_name.contains(text)
                    & func::length(Customer::first_name)
                        .eq(func::length(Typed::<String>::value(text.to_owned()))),
                func::coalesce(Customer::phone, text).eq(text) & Customer::first_name.eq(text),
                Condition::raw("{} = {}", vec![Customer::first_name.into_expr(), Expr::value(text)]),
            ];
            for condition in conditions {
                let query = select::<Customer>().filter(condition).columns(Customer::first_name);
                let found =
                    query.all(&mut db).await.unwrap_or_else(|error| panic!("{text}: {error}: {query:?}"));
                assert_eq!(found, [text], "{dialect}: {query:?}");
                // The same with the value in the text.
                let sql = query.sql_with_literals(dialect).unwrap();
                let found =
                    db.fetch_all(&Statement::new(sql, Vec::new()), |row| row.get::<String>(0)).await.unwrap();
                assert_eq!(found, [text], "{dialect}");
            }
            let document: Typed<serde_json::Value> = Typed::value(serde_json::json!({ text: text }));
            let member = select::<Customer>().columns(document.get_text(text)).limit(1).one(&mut db).await;
            match member {
                Ok(member) => assert_eq!(member.as_deref(), Some(text), "{dialect}"),
                Err(error) => assert_eq!((error.code(), dialect), ("query.unsupported", Dialect::Sqlite)),
            }
            update::<Customer>()
                .set(Customer::phone, text)
                .filter(Customer::first_name.eq(text))
                .execute(&mut db)
                .await
                .unwrap();
            assert_eq!(customers(&mut db).await, all);
        }
        let gone = delete::<Customer>().filter(Customer::phone.in_(HOSTILE)).execute(&mut db).await.unwrap();
        assert_eq!(i64::try_from(gone).unwrap(), all);
    }
}

#[tokio::test]
async fn names_are_never_sql() {
    for dialect in Dialect::ALL {
        let mut db = open(dialect).await;
        insert([Customer::new("Ada", "Lovelace", "ada@example.org")]).execute(&mut db).await.unwrap();
        for text in HOSTILE {
            // Names that a query gives are names.
            let same = alias::<Customer>(text);
            let name = select_from(&same, same.column(Customer::first_name)).one(&mut db).await.unwrap();
            assert_eq!(name, "Ada", "{dialect}");
            let sub = select::<Customer>().columns(Customer::first_name).subquery(text);
            let name = select_from(&sub, sub.column(Customer::first_name)).one(&mut db).await.unwrap();
            assert_eq!(name, "Ada", "{dialect}");
            let cte = select::<Customer>().columns(Customer::first_name).cte(text);
            let name =
                select_from(&cte, cte.named::<String>("first_name")).with(&cte).one(&mut db).await.unwrap();
            assert_eq!(name, "Ada", "{dialect}");
            let named =
                query::Select::from("customers").column_as(Expr::column("customers", "last_name"), text);
            let outer = query::Select::from(Source::query(named, "inner_query"))
                .column(Expr::column("inner_query", text))
                .compile(dialect)
                .unwrap();
            run(&mut db, outer).await.unwrap();
            // Names of what is not there are refused by the database, as names.
            let mut insert = query::Insert::into(text.to_owned());
            insert.columns = vec![text.into()];
            insert.source = InsertSource::Rows(vec![vec![Expr::value(1)]]);
            let update = query::Update::table("customers").set(text, Expr::value(1));
            let refused = [
                query::Select::from(Source::table(text.to_owned())).column(Expr::name(text)).compile(dialect),
                query::Select::from("customers").column(Expr::call(text, vec![])).compile(dialect),
                query::Select::from("customers").column(Expr::value("a").collate(text)).compile(dialect),
                query::Select::from("customers").column(Expr::column("customers", text)).compile(dialect),
                insert.compile(dialect),
                update.compile(dialect),
                query::Delete::from("customers")
                    .filter(Expr::name(text).equal(Expr::value(1)))
                    .compile(dialect),
            ];
            for compiled in refused {
                let compiled = compiled.unwrap();
                // SQLite takes a name in quotes that is none for a text (SQLite docs, "Double-quoted String Literals").
                if let Ok(rows) = run(&mut db, compiled.clone()).await {
                    assert!(dialect == Dialect::Sqlite && rows <= 1, "{}", compiled.sql);
                }
                assert_eq!(customers(&mut db).await, 1, "{dialect}: {}", compiled.sql);
            }
            // An operator is made of the characters of operators.
            let operator = BinaryOperator::Custom(text.into());
            let custom = Expr::value(1).binary(operator, Expr::value(2)).compile(dialect);
            match custom {
                Err(error) => assert_eq!(error.code(), "query.operator"),
                Ok(compiled) => assert_eq!(text, "%", "{}", compiled.sql),
            }
        }
        assert_eq!(select::<Order>().count(&mut db).await.unwrap(), 0);
        assert_eq!(select::<Employee>().count(&mut db).await.unwrap(), 0);
    }
}
