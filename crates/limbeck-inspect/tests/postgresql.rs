//! PostgreSQL's catalogue against a real server: what SQL made is what the model says.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its own helpers too"
)]

use std::time::{Duration, Instant};

use limbeck_dialect::project;
use limbeck_engine::{Connection, DatabaseUrl};
use limbeck_inspect::{InspectError, InspectOptions, Refusal, canonicalize, inspect};
use limbeck_schema::*;
use limbeck_test_server::{DelayProxy, postgres_url};

const PG: Dialect = Dialect::Postgresql;

async fn connect(url: &str) -> Connection {
    Connection::open(&url.parse::<DatabaseUrl>().unwrap()).await.unwrap()
}

/// A connection to a fresh database on which the given SQL has run.
async fn database(sql: &str) -> Connection {
    let connection = connect(&postgres_url()).await;
    let Connection::Postgresql(postgresql) = &connection else { panic!("not PostgreSQL") };
    postgresql.client().batch_execute(sql).await.unwrap();
    connection
}

async fn execute(connection: &Connection, sql: &str) {
    connection.query(sql).await.unwrap();
}

fn also(schema: &str) -> InspectOptions {
    InspectOptions { schemas: vec![schema.to_owned()], ..InspectOptions::default() }
}

fn expression(sql: &str) -> Expression {
    Expression::new(sql)
}

/// The model of `everything/postgresql.sql`.
fn everything() -> MetaData {
    let mood = || SqlType::Enum("mood".into());
    let size = || SqlType::Enum(QualifiedName::in_schema("shop", "size"));
    let mut products = Table::new(QualifiedName::in_schema("shop", "products"))
        .with_column(Column::new("product_id", SqlType::BigInteger).identity(Identity {
            always: false,
            options: SequenceOptions { start: Some(100), increment: Some(10), ..SequenceOptions::default() },
        }))
        .with_column(Column::new("size", size()).not_null().server_default("'M'"))
        .with_column(
            Column::new("sizes", SqlType::Array(Box::new(size()))).not_null().server_default("'{S,M}'"),
        );
    products.primary_key =
        Some(PrimaryKey { name: Some("pk_products".into()), ..PrimaryKey::new(["product_id"]) });

    let mut name =
        Column::new("name", SqlType::string(50)).not_null().server_default("'nobody'").comment("as written");
    name.collation = Some("C".into());
    let mut people = Table::new("people")
        .with_column(Column::new("person_id", SqlType::Integer).identity(Identity::always()))
        .with_column(
            Column::new("serial_number", SqlType::Integer)
                .not_null()
                .server_default("nextval('people_serial_number_seq')"),
        )
        .with_column(name)
        .with_column(Column::new("code", SqlType::Char { length: 3 }))
        .with_column(Column::new("address", SqlType::postgresql("email")))
        .with_column(Column::new("home", SqlType::Composite("address".into())))
        .with_column(Column::new("homes", SqlType::postgresql("address[]")))
        .with_column(Column::new("writes", SqlType::Domain(QualifiedName::in_schema("shop", "emails"))))
        .with_column(Column::new("mood", mood()).server_default("'ok'"))
        .with_column(Column::new("moods", SqlType::Array(Box::new(mood()))))
        .with_column(Column::new("price", SqlType::numeric(10, 2)).server_default("0"))
        .with_column(Column::new("amount", SqlType::Numeric { precision: None, scale: None }))
        .with_column(
            Column::new("doubled", SqlType::Integer)
                .computed(Computed { expression: expression("twice( person_id )"), persisted: true }),
        )
        .with_column(Column::new("born", SqlType::Date))
        .with_column(Column::new("noon", SqlType::Time { precision: Some(3), timezone: true }))
        .with_column(Column::new("seen", SqlType::instant()).server_default("now()"))
        .with_column(Column::new("local", SqlType::DateTime { precision: Some(0), timezone: false }))
        .with_column(Column::new("span", SqlType::Interval))
        .with_column(Column::new("bytes", SqlType::LargeBinary))
        .with_column(Column::new("id", SqlType::Uuid).server_default("gen_random_uuid()"))
        .with_column(Column::new("document", SqlType::Json))
        .with_column(Column::new("extra", SqlType::Jsonb).not_null().server_default("'{}'"))
        .with_column(
            Column::new("tags", SqlType::Array(Box::new(SqlType::Text))).not_null().server_default("'{}'"),
        )
        .with_column(Column::new("matrix", SqlType::Array(Box::new(SqlType::Integer))))
        .with_column(Column::new("flag", SqlType::Boolean).not_null().server_default("false"))
        .with_column(Column::new("small", SqlType::SmallInteger))
        .with_column(Column::new("big", SqlType::BigInteger))
        .with_column(Column::new("ratio", SqlType::Real))
        .with_column(Column::new("exact", SqlType::Double))
        .with_column(Column::new("host", SqlType::postgresql("inet")))
        .with_column(Column::new("product_id", SqlType::BigInteger))
        .with_constraint(Constraint::PrimaryKey(PrimaryKey {
            name: Some("pk_people".into()),
            include: vec!["name".into()],
            comment: Some("the key".into()),
            ..PrimaryKey::new(["person_id"])
        }))
        .with_constraint(Constraint::ForeignKey(ForeignKey {
            name: Some("fk_people_product".into()),
            on_update: ReferentialAction::Cascade,
            on_delete: ReferentialAction::SetDefault(Vec::new()),
            match_type: MatchType::Full,
            deferrable: Some(Deferrable::InitiallyImmediate),
            not_valid: true,
            comment: Some("bought".into()),
            ..ForeignKey::new(["product_id"], QualifiedName::in_schema("shop", "products"), ["product_id"])
        }))
        .with_constraint(Constraint::Unique(UniqueConstraint {
            name: Some("uq_people_code".into()),
            nulls_not_distinct: true,
            deferrable: Some(Deferrable::InitiallyDeferred),
            ..UniqueConstraint::new(["code", "name"])
        }))
        .with_constraint(Constraint::Check(CheckConstraint {
            no_inherit: true,
            ..CheckConstraint::new("code IN ('abc', 'def')").named("ck_people_code")
        }))
        .with_constraint(Constraint::Check(CheckConstraint {
            not_valid: true,
            ..CheckConstraint::new("flag").named("ck_people_flag")
        }))
        .with_constraint(Constraint::Check(CheckConstraint {
            comment: Some("cheap".into()),
            ..CheckConstraint::new("price BETWEEN -1 AND 10").named("ck_people_price")
        }))
        .with_constraint(Constraint::Exclude(ExcludeConstraint {
            name: Some("ex_people".into()),
            elements: vec![
                ExcludeElement {
                    element: IndexElement {
                        opclass: Some("inet_ops".into()),
                        ..IndexElement::column("host")
                    },
                    operator: "=".into(),
                },
                ExcludeElement {
                    element: IndexElement::expression("int4range(small, big::int)"),
                    operator: "&&".into(),
                },
            ],
            include: vec!["flag".into()],
            predicate: Some(expression("code IN ('abc', 'def')")),
            with: [("fillfactor".to_owned(), "90".to_owned())].into(),
            deferrable: Some(Deferrable::InitiallyDeferred),
            comment: Some("one at a time".into()),
            ..ExcludeConstraint::new([("", ""); 0])
        }));
    people.comment = Some("everyone".into());
    people.options.postgresql.with.insert("fillfactor".into(), "70".into());
    let mut collated = Index::on(["name"]).named("ix_people_collated");
    collated.elements[0].collation = Some("POSIX".into());
    collated
        .elements
        .push(IndexElement { collation: Some("C".into()), ..IndexElement::expression("lower(code)") });
    // The collation of this key is that of the expression, so it is not the key's own.
    collated.elements.push(IndexElement::expression("name || code"));
    let mut by_name = Index::on(["name"]).named("ix_people_name").unique();
    by_name.elements[0].order = SortOrder::Descending;
    by_name.elements.push(IndexElement {
        opclass: Some("text_pattern_ops".into()),
        nulls: Some(NullsOrder::First),
        ..IndexElement::expression("lower(code)")
    });
    by_name.include = vec!["born".into()];
    by_name.nulls_not_distinct = true;
    by_name.with.insert("fillfactor".into(), "80".into());
    by_name.predicate = Some(expression("flag AND price > 0"));
    let mut extra = Index::on(["extra"]).named("ix_people_extra");
    extra.using = Some("gin".into());
    extra.elements[0].opclass = Some("jsonb_path_ops".into());
    extra.comment = Some("fast".into());
    people.indexes = vec![collated, extra, by_name];

    let mut friends = Table::new("friends")
        .with_column(Column::new("person_id", SqlType::Integer).not_null())
        .with_column(Column::new("friend_id", SqlType::Integer))
        .with_column(Column::new("other_id", SqlType::Integer));
    friends.foreign_keys = vec![
        ForeignKey {
            name: Some("fk_friends_friend".into()),
            on_delete: ReferentialAction::SetNull(vec!["friend_id".into()]),
            ..ForeignKey::new(["friend_id"], "people", ["person_id"])
        },
        ForeignKey {
            name: Some("fk_friends_person".into()),
            on_delete: ReferentialAction::Cascade,
            ..ForeignKey::new(["person_id"], "people", ["person_id"])
        },
    ];
    let mut child = Table::new("child").with_column(Column::new("extra", SqlType::Integer));
    child.options.postgresql.unlogged = true;
    child.options.postgresql.inherits = vec!["friends".into()];
    let mut parted = Table::new("parted").with_column(Column::new("day", SqlType::Date).not_null());
    parted.primary_key = Some(PrimaryKey { name: Some("pk_parted".into()), ..PrimaryKey::new(["day"]) });
    parted.options.postgresql.partition_by = Some("RANGE (day)".into());
    parted.indexes = vec![Index {
        elements: vec![IndexElement::expression("day + 1")],
        ..Index::default().named("ix_parted")
    }];

    let mut parted_2026 = Table::new("parted_2026");
    parted_2026.options.postgresql.partition_of = Some(PartitionOf {
        parent: "parted".into(),
        bound: "FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')".into(),
    });

    let mut metadata = MetaData::new()
        .enum_type(EnumType {
            comment: Some("how it goes".into()),
            ..EnumType::new("mood", ["sad", "meh", "ok"])
        })
        .enum_type(EnumType::new(QualifiedName::in_schema("shop", "size"), ["S", "M"]))
        .domain(Domain {
            collation: Some("C".into()),
            comment: Some("how to write to somebody".into()),
            ..Domain::new("email", SqlType::string(80))
                .not_null()
                .server_default("'a@b'")
                .check(CheckConstraint {
                    comment: Some("both".into()),
                    ..CheckConstraint::new("value in ('a@b', 'c@d')").named("ck_email")
                })
                .check(CheckConstraint::new("(length(VALUE) < 50)").named("ck_email_short"))
        })
        .domain(Domain::new(QualifiedName::in_schema("shop", "emails"), SqlType::postgresql("email[]")))
        .composite_type(CompositeType {
            attributes: vec![
                Attribute { collation: Some("C".into()), ..Attribute::new("street", SqlType::Text) },
                Attribute {
                    comment: Some("odd ones on the left".into()),
                    ..Attribute::new("number", SqlType::Integer)
                },
                Attribute::new("moods", SqlType::Array(Box::new(SqlType::Enum("mood".into())))),
            ],
            comment: Some("where it is".into()),
            ..CompositeType::new("address")
        })
        .sequence(Sequence {
            data_type: Some(SqlType::Integer),
            options: SequenceOptions {
                start: Some(50),
                increment: Some(-2),
                min_value: None,
                max_value: Some(100),
                cache: Some(5),
                cycle: true,
            },
            comment: Some("backwards".into()),
            ..Sequence::new("counter")
        })
        .sequence(Sequence {
            data_type: Some(SqlType::Integer),
            owned_by: Some(ColumnReference { table: "people".into(), column: "serial_number".into() }),
            ..Sequence::new("people_serial_number_seq")
        });
    metadata.schemas = vec![Schema { name: "shop".into(), comment: Some("what is sold".into()) }];
    for table in [child, friends, parted, parted_2026, people, products] {
        metadata = metadata.table(table);
    }
    metadata
}

/// Canonical sides, without what is not compared.
async fn both_sides(
    connection: &mut Connection,
    options: &InspectOptions,
    declared: &MetaData,
) -> (MetaData, MetaData) {
    let live = project(PG, inspect(connection, options).await.unwrap()).unwrap();
    let declared = project(PG, declared.clone()).unwrap();
    let declared = canonicalize(connection, &live, declared).await.unwrap();
    (live, declared)
}

#[track_caller]
fn assert_same(live: &MetaData, declared: &MetaData) {
    assert_eq!(live.schemas, declared.schemas);
    assert_eq!(live.enums, declared.enums);
    assert_eq!(live.domains, declared.domains);
    assert_eq!(live.composites, declared.composites);
    assert_eq!(live.sequences, declared.sequences);
    let names = |m: &MetaData| m.tables.iter().map(|t| t.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(live), names(declared));
    for (live, declared) in live.tables.iter().zip(&declared.tables) {
        for (live, declared) in live.columns.iter().zip(&declared.columns) {
            assert_eq!(live, declared);
        }
        for (live, declared) in live.indexes.iter().zip(&declared.indexes) {
            assert_eq!(live, declared);
        }
        assert_eq!(live, declared);
    }
}

#[tokio::test]
async fn one_of_everything_is_what_the_model_says() {
    let mut connection = database(include_str!("everything/postgresql.sql")).await;
    let (live, declared) = both_sides(&mut connection, &also("shop"), &everything()).await;
    assert_same(&live, &declared);
}

#[tokio::test]
async fn definitions_are_statements_that_run() {
    let mut connection = database(include_str!("everything/postgresql.sql")).await;
    let before = inspect(&mut connection, &InspectOptions::default()).await.unwrap();
    let ids: Vec<_> = before.entities.iter().map(|entity| entity.id.to_string()).collect();
    assert_eq!(
        ids,
        [
            "function nothing()",
            "function twice(integer)",
            "view grown",
            "materialized view counted",
            "trigger stamp on people"
        ]
    );
    execute(
        &connection,
        "DROP MATERIALIZED VIEW counted; DROP VIEW grown; DROP TRIGGER stamp ON people; DROP FUNCTION nothing()",
    )
    .await;
    for entity in before.entities.iter().filter(|entity| entity.id.name.name != "twice") {
        execute(&connection, &entity.definition).await;
    }
    assert_eq!(inspect(&mut connection, &InspectOptions::default()).await.unwrap(), before);
}

#[tokio::test]
async fn excluded_tables_take_their_own_along() {
    let mut connection = database(include_str!("everything/postgresql.sql")).await;
    let options = InspectOptions { schemas: Vec::new(), exclude_tables: vec!["people".into()] };
    let live = inspect(&mut connection, &options).await.unwrap();
    assert!(live.find_table(&"people".into()).is_none());
    assert!(live.entities.iter().all(|entity| entity.id.kind != EntityKind::Trigger));
    assert_eq!(live.sequences.iter().map(|s| s.name.to_string()).collect::<Vec<_>>(), ["counter"]);
    assert!(live.schemas.is_empty());
    // What refers to it still does.
    assert_eq!(live.find_table(&"friends".into()).unwrap().foreign_keys[0].referred_columns, ["person_id"]);
}

#[tokio::test]
async fn the_default_schema_is_the_sessions_own() {
    let mut connection = database(
        "CREATE SCHEMA app; SET search_path = app, public; CREATE FUNCTION public.one() RETURNS int LANGUAGE sql AS 'SELECT 1';
         CREATE TYPE mood AS ENUM ('a'); CREATE TABLE t (x int DEFAULT one(), m mood DEFAULT 'a'); CREATE TABLE public.p (id int PRIMARY KEY)",
    )
    .await;
    let live = inspect(&mut connection, &also("public")).await.unwrap();
    let names: Vec<_> = live.tables.iter().map(|t| t.name.to_string()).collect();
    assert_eq!(names, ["t", "public.p"]);
    assert_eq!(
        live.schemas,
        [Schema { name: "public".into(), comment: Some("standard public schema".into()) }]
    );
    let default = |n: usize| live.tables[0].columns[n].server_default.clone().unwrap().sql;
    assert_eq!((default(0).as_str(), default(1).as_str()), ("public.one()", "'a'::mood"));
    let declared = MetaData::new().enum_type(EnumType::new("mood", ["a"])).table(
        Table::new("t")
            .with_column(Column::new("x", SqlType::Integer).server_default("one()"))
            .with_column(Column::new("m", SqlType::Enum("mood".into())).server_default("'a'")),
    );
    let canonical = canonicalize(&mut connection, &live, declared.clone()).await.unwrap();
    assert_eq!(canonical.tables[0], live.tables[0]);
    let path = connection.query("SHOW search_path").await.unwrap();
    assert_eq!(path, [[Some("app, public".to_owned())]], "the session keeps its search path");
}

#[tokio::test]
async fn what_belongs_to_an_extension_is_not_the_schemas() {
    let mut connection = database(
        "CREATE EXTENSION pg_stat_statements; CREATE EXTENSION citext; CREATE EXTENSION pg_trgm;
         CREATE TABLE t (c citext DEFAULT 'x', d text, CONSTRAINT k CHECK (c <> 'Y')); CREATE INDEX i ON t USING gin (d gin_trgm_ops)",
    )
    .await;
    let mut index = Index::on(["d"]).named("i");
    index.using = Some("gin".into());
    index.elements[0].opclass = Some("gin_trgm_ops".into());
    let declared = MetaData::new().table(
        Table::new("t")
            .with_column(Column::new("c", SqlType::postgresql("citext")).server_default("'x'"))
            .with_column(Column::new("d", SqlType::Text))
            .with_constraint(Constraint::Check(CheckConstraint::new("c <> 'Y'").named("k")))
            .with_index(index),
    );
    assert!(
        inspect(&mut connection, &InspectOptions::default())
            .await
            .unwrap()
            .entities
            .iter()
            .all(|entity| entity.id.kind == EntityKind::Extension)
    );
    let (live, canonical) = both_sides(&mut connection, &InspectOptions::default(), &declared).await;
    assert_same(&live, &canonical);
}

#[tokio::test]
async fn settings_of_the_session_do_not_shape_the_text() {
    let sql = "CREATE TABLE t (a timestamptz DEFAULT '2026-01-01 12:00+00'::timestamptz, b interval DEFAULT '1 day 2 hours',
        d date DEFAULT '2026-02-01', f float8 DEFAULT 0.1::float8, y bytea DEFAULT '\\x00ff', CONSTRAINT c CHECK (d > '2026-01-31'::date))";
    let mut plain = database(sql).await;
    let expected = inspect(&mut plain, &InspectOptions::default()).await.unwrap();
    let mut odd = database(sql).await;
    execute(
        &odd,
        "SET timezone = 'Asia/Kolkata'; SET datestyle = 'German'; SET intervalstyle = 'iso_8601'; SET extra_float_digits = 0;
         SET bytea_output = 'escape'; SET quote_all_identifiers = on",
    )
    .await;
    assert_eq!(inspect(&mut odd, &InspectOptions::default()).await.unwrap(), expected);
    let mut declared = expected.clone();
    declared.tables[0].columns[0].server_default = Some(expression("'2026-01-01 17:30'"));
    declared.tables[0].checks[0].expression = expression("d > '31.01.2026'");
    assert_eq!(canonicalize(&mut odd, &expected, declared.clone()).await.unwrap(), expected);
    assert_eq!(odd.query("SHOW datestyle").await.unwrap(), [[Some("German, DMY".to_owned())]]);
}

/// Runs each column or check through the server as written and expects the model to equal it afterwards.
#[tokio::test]
async fn what_was_declared_equals_what_became_of_it() {
    let defaults = [
        ("varchar(20)", SqlType::string(20), "'active'"),
        ("varchar(20)", SqlType::string(20), "upper('x')"),
        ("text", SqlType::Text, "'it''s (\"'"),
        ("integer", SqlType::Integer, "-1"),
        ("integer", SqlType::Integer, "(1 + 2)"),
        ("bigint", SqlType::BigInteger, "42"),
        ("numeric(10,2)", SqlType::numeric(10, 2), "-0.50"),
        ("boolean", SqlType::Boolean, "TRUE"),
        ("boolean", SqlType::Boolean, "'yes'"),
        ("mood", SqlType::Enum("mood".into()), "'sad'"),
        ("mood[]", SqlType::Array(Box::new(SqlType::Enum("mood".into()))), "ARRAY['sad']::mood[]"),
        ("text[]", SqlType::Array(Box::new(SqlType::Text)), "ARRAY[]::text[]"),
        ("text[]", SqlType::Array(Box::new(SqlType::Text)), "array['a', 'b']"),
        ("jsonb", SqlType::Jsonb, "'{\"a\": [1]}'"),
        ("timestamptz", SqlType::instant(), "CURRENT_TIMESTAMP"),
        ("timestamptz", SqlType::instant(), "'2026-01-01 12:00'"),
        ("date", SqlType::Date, "CURRENT_DATE + 1"),
        ("interval", SqlType::Interval, "'1 day'"),
        ("uuid", SqlType::Uuid, "gen_random_uuid()"),
        ("integer", SqlType::Integer, "nextval('numbers')"),
    ];
    let checks = [
        "a IN ('x', 'y')",
        "b NOT IN ('x', 'y')",
        "n BETWEEN 1 AND 5 AND a LIKE 'x%'",
        "n > 0 OR n IS NULL",
        "t.n <> 3",
        "t IS NOT NULL",
        "length(a::text) > 1 -- not empty",
        "\"odd \"\"name\" > 0",
        "m = 'sad'",
        "d > DATE '2020-01-01' AND amount::int >= -1",
        "a ~ '^[a-z]+$' AND (n = ANY (ARRAY[1, 2]) OR NOT f)",
        "CASE WHEN f THEN n = 1 ELSE n = 2 END",
    ];
    let mut table = Table::new("t")
        .with_column(Column::new("a", SqlType::string(10)))
        .with_column(Column::new("b", SqlType::Text))
        .with_column(Column::new("n", SqlType::Integer))
        .with_column(Column::new("odd \"name", SqlType::Integer))
        .with_column(Column::new("m", SqlType::Enum("mood".into())))
        .with_column(Column::new("d", SqlType::Date))
        .with_column(Column::new("amount", SqlType::numeric(10, 2)))
        .with_column(Column::new("f", SqlType::Boolean))
        .with_column(Column::new("g", SqlType::Text).computed(Computed {
            expression: expression("lower(a) || coalesce(b, 'none')"),
            persisted: true,
        }));
    let mut sql = "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE SEQUENCE numbers; CREATE TABLE t (
        a varchar(10), b text, n int, \"odd \"\"name\" int, m mood, d date, amount numeric(10,2), f boolean,
        g text GENERATED ALWAYS AS (lower(a) || coalesce(b, 'none')) STORED"
        .to_owned();
    for (number, (type_text, sql_type, default)) in defaults.iter().enumerate() {
        sql += &format!(", d{number} {type_text} DEFAULT {default}");
        table =
            table.with_column(Column::new(format!("d{number}"), sql_type.clone()).server_default(*default));
    }
    for (number, check) in checks.iter().enumerate() {
        sql += &format!(", CONSTRAINT c{number} CHECK ({check}\n)");
        table.checks.push(CheckConstraint::new(*check).named(format!("c{number}")));
    }
    sql += "); CREATE INDEX i0 ON t (lower(a), (a || b)) WHERE a IN ('x', 'y') AND f;
            CREATE INDEX i1 ON t USING gin (to_tsvector('english', b)) WHERE n > 0";
    let mut i0 = Index::default().named("i0");
    i0.elements = vec![IndexElement::expression("LOWER( a )"), IndexElement::expression("a||b")];
    i0.predicate = Some(expression("a IN ('x', 'y') AND f"));
    let mut i1 = Index::default().named("i1");
    i1.using = Some("gin".into());
    i1.elements = vec![IndexElement::expression("to_tsvector('english', b)")];
    i1.predicate = Some(expression("n > 0"));
    table.checks.sort_by(|a, b| a.name.cmp(&b.name));
    table.indexes = vec![i0, i1];
    let declared = MetaData::new()
        .enum_type(EnumType::new("mood", ["sad", "ok"]))
        .sequence(Sequence::new("numbers"))
        .table(table);

    let mut connection = database(&sql).await;
    let (live, canonical) = both_sides(&mut connection, &InspectOptions::default(), &declared).await;
    // The primary language of `to_tsvector` and everything else is the server's to print.
    assert_same(&live, &canonical);

    // A dump prints the stored form, which the server then prints differently: still the same.
    let stored: Vec<String> = live.tables[0]
        .checks
        .iter()
        .map(|c| {
            format!(
                "ALTER TABLE t DROP CONSTRAINT {0}; ALTER TABLE t ADD CONSTRAINT {0} CHECK ({1})",
                c.name.as_deref().unwrap(),
                c.expression.sql
            )
        })
        .collect();
    for statements in stored {
        execute(&connection, &statements).await;
    }
    let (restored, canonical) = both_sides(&mut connection, &InspectOptions::default(), &declared).await;
    assert_ne!(restored.tables[0].checks, live.tables[0].checks, "the case would prove nothing");
    assert_same(&restored, &canonical);
}

#[tokio::test]
async fn what_differs_stays_as_declared() {
    let mut connection = database(
        "CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE t (a varchar(5) DEFAULT 'x', ts timestamptz DEFAULT now(), m mood DEFAULT 'sad',
            CONSTRAINT c CHECK (a IN ('x', 'y'))); CREATE INDEX i ON t (lower(a)) WHERE a > 'm'",
    )
    .await;
    let live = inspect(&mut connection, &InspectOptions::default()).await.unwrap();
    let mut index =
        Index { elements: vec![IndexElement::expression("upper(a)")], ..Index::default() }.named("i");
    index.predicate = Some(expression("a > 'n'"));
    let declared = MetaData::new()
        // The new value and the new sequence exist in the model only.
        .enum_type(EnumType::new("mood", ["sad", "new"]))
        .sequence(Sequence::new("fresh"))
        .table(
            Table::new("t")
                .with_column(Column::new("a", SqlType::string(5)).server_default("nextval('fresh')::text"))
                .with_column(Column::new("ts", SqlType::instant()).server_default("CURRENT_TIMESTAMP"))
                .with_column(Column::new("m", SqlType::Enum("mood".into())).server_default("'new'"))
                .with_constraint(Constraint::Check(CheckConstraint::new("a IN ('x', 'z')").named("c")))
                .with_index(index),
        );
    assert_eq!(canonicalize(&mut connection, &live, declared.clone()).await.unwrap(), declared);
    let same_value = Column::new("m", SqlType::Enum("mood".into())).server_default("'sad'");
    let declared = MetaData::new()
        .enum_type(EnumType::new("mood", ["sad", "new"]))
        .table(Table::new("t").with_column(same_value));
    let canonical = canonicalize(&mut connection, &live, declared.clone()).await.unwrap();
    assert_eq!(canonical.tables[0].columns[0].server_default, live.tables[0].columns[2].server_default);
}

#[tokio::test]
async fn a_schema_seen_through_renames_finds_its_counterparts() {
    let mut connection =
        database("CREATE TABLE old (a varchar(5) DEFAULT 'x', CONSTRAINT k CHECK (a IN ('x', 'y')))").await;
    let mut live = inspect(&mut connection, &InspectOptions::default()).await.unwrap();
    live.tables[0].name = "new".into();
    let table = Table::new("new")
        .with_column(Column::new("a", SqlType::string(5)).server_default("'x'"))
        .with_constraint(Constraint::Check(CheckConstraint::new("a in ('x','y')").named("ck_new")));
    let canonical = canonicalize(&mut connection, &live, MetaData::new().table(table)).await.unwrap();
    assert_eq!(canonical.tables[0].columns[0].server_default, live.tables[0].columns[0].server_default);
    assert_eq!(canonical.tables[0].checks[0].expression, live.tables[0].checks[0].expression);
}

#[tokio::test]
async fn a_refused_expression_is_named() {
    let mut connection = database("CREATE TABLE t (a int, CONSTRAINT c CHECK (a > 0))").await;
    let live = inspect(&mut connection, &InspectOptions::default()).await.unwrap();
    let declared = MetaData::new().table(
        Table::new("t")
            .with_column(Column::new("a", SqlType::Integer))
            .with_constraint(Constraint::Check(CheckConstraint::new("a > greatst(1, 2)").named("c"))),
    );
    let error = canonicalize(&mut connection, &live, declared.clone()).await.unwrap_err();
    assert_eq!(error.code(), "inspect.expression-refused");
    let InspectError::Refused(refusal) = error else { panic!("{error}") };
    let Refusal { owner: _, table, object, expression, message, sqlstate } = *refusal;
    assert_eq!((table, object.as_str()), ("t".into(), "check constraint `c`"));
    assert_eq!((expression.as_str(), sqlstate.as_str()), ("a > greatst(1, 2)", "42883"));
    assert!(message.contains("greatst"), "{message}");
    let error = {
        let declared = MetaData::new().domain(
            Domain::new("d", SqlType::Integer).check(CheckConstraint::new("VALUE > nil").named("d_c")),
        );
        let before = Domain::new("d", SqlType::Integer).check(CheckConstraint::new("VALUE > 1").named("d_c"));
        canonicalize(&mut connection, &MetaData::new().domain(before), declared.clone()).await.unwrap_err()
    };
    assert_eq!(
        error.to_string(),
        "the database refuses check constraint `d_c` of domain `d`, `VALUE > nil`: column \"nil\" does not exist (42703)"
    );
    // The connection is as usable as before, and nothing is left.
    assert_eq!(inspect(&mut connection, &InspectOptions::default()).await.unwrap(), live);
}

#[tokio::test]
async fn a_role_needs_no_more_than_temporary_tables() {
    let mut connection =
        database("CREATE TABLE t (a varchar(5) DEFAULT 'x'); REVOKE CREATE ON SCHEMA public FROM PUBLIC")
            .await;
    // Roles belong to the server, on which other runs of this test may be at work.
    let role = format!("limbeck_reader_{}", std::process::id());
    let granted = format!("CREATE ROLE {role}; GRANT SELECT ON t TO {role}; SET ROLE {role}");
    execute(&connection, &granted).await;
    let declared = MetaData::new()
        .table(Table::new("t").with_column(Column::new("a", SqlType::string(5)).server_default("'x'")));
    let (live, canonical) = both_sides(&mut connection, &InspectOptions::default(), &declared).await;
    assert_same(&live, &canonical);
    execute(
        &connection,
        "RESET ROLE; DO $$ BEGIN EXECUTE format('REVOKE TEMP ON DATABASE %I FROM PUBLIC', current_database()); END $$",
    )
    .await;
    execute(&connection, &format!("SET ROLE {role}")).await;
    let error = canonicalize(&mut connection, &live, declared.clone()).await.unwrap_err();
    execute(&connection, &format!("RESET ROLE; DROP OWNED BY {role}; DROP ROLE {role}")).await;
    assert_eq!(error.code(), "inspect.temporary-tables", "{error}");
}

#[tokio::test]
async fn a_thousand_tables_do_not_exhaust_the_locks() {
    let sql: String = (0..1000)
        .map(|n| {
            format!("CREATE TABLE t{n} (a varchar(5) DEFAULT 'x', CONSTRAINT c{n} CHECK (t{n}.a IN ('x', '{n}')));")
        })
        .collect();
    let mut connection = connect(&postgres_url()).await;
    // In several transactions, for the same reason.
    for chunk in sql.split_inclusive(';').collect::<Vec<_>>().chunks(100) {
        execute(&connection, &chunk.concat()).await;
    }
    let mut declared = MetaData::new();
    for n in 0..1000 {
        declared = declared.table(
            Table::new(format!("t{n}").as_str())
                .with_column(Column::new("a", SqlType::string(5)).server_default("'x'"))
                .with_constraint(Constraint::Check(
                    CheckConstraint::new(format!("t{n}.a IN ('x', '{n}')").as_str()).named(format!("c{n}")),
                )),
        );
    }
    declared.tables.sort_by(|a, b| a.name.cmp(&b.name));
    let (live, canonical) = both_sides(&mut connection, &InspectOptions::default(), &declared).await;
    assert_same(&live, &canonical);
}

/// Distance is what users feel: neither step may take more than a few round trips.
#[tokio::test]
async fn a_long_line_is_crossed_a_few_times_only() {
    let url = postgres_url();
    execute(
        &connect(&url).await,
        "CREATE TABLE t (a varchar(5) DEFAULT 'x', CONSTRAINT c CHECK (a IN ('x', 'y')))",
    )
    .await;
    let round_trip = Duration::from_millis(300);
    let (host, port) = address(&url);
    let proxy = DelayProxy::start((host.as_str(), port), round_trip / 2);
    let far = url.replacen(&format!("{host}:{port}"), &format!("127.0.0.1:{}", proxy.port()), 1);
    let mut connection = connect(&far).await;
    let start = Instant::now();
    let live = inspect(&mut connection, &InspectOptions::default()).await.unwrap();
    assert!(start.elapsed() < round_trip * 2, "inspect took {:?}", start.elapsed());
    let declared = MetaData::new().table(
        Table::new("t")
            .with_column(Column::new("a", SqlType::string(5)).server_default("'y'"))
            .with_constraint(Constraint::Check(CheckConstraint::new("a IN ('x', 'z')").named("c"))),
    );
    let start = Instant::now();
    canonicalize(&mut connection, &live, declared.clone()).await.unwrap();
    assert!(start.elapsed() < round_trip * 3, "canonicalize took {:?}", start.elapsed());
    let start = Instant::now();
    canonicalize(&mut connection, &live, live.clone()).await.unwrap();
    assert!(start.elapsed() < round_trip, "with nothing to ask it took {:?}", start.elapsed());
}

/// Host and port of a URL.
fn address(url: &str) -> (String, u16) {
    let authority = url.split("://").nth(1).unwrap().split('/').next().unwrap();
    let (host, port) = authority.rsplit('@').next().unwrap().split_once(':').unwrap();
    (host.to_owned(), port.parse().unwrap())
}
