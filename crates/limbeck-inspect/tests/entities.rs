//! Everything a PostgreSQL schema holds besides tables and types, against a real server.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its own helpers too"
)]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use limbeck_engine::{Connection, DatabaseUrl};
use limbeck_inspect::{InspectOptions, inspect};
use limbeck_schema::*;
use limbeck_test_server::{DelayProxy, postgres_server_url, postgres_url};

async fn connect(url: &str) -> Connection {
    Connection::open(&url.parse::<DatabaseUrl>().unwrap()).await.unwrap()
}

async fn execute(connection: &Connection, sql: &str) {
    let Connection::Postgresql(postgresql) = connection else { panic!("not PostgreSQL") };
    postgresql.client().batch_execute(sql).await.unwrap();
}

/// Roles belong to the server and outlive the database.
async fn make_roles() {
    let server = connect(&postgres_server_url()).await;
    for role in ["limbeck_reader", "limbeck_writer", "limbeck_owner"] {
        // Another test may be making it at this moment.
        let sql = format!(
            "DO $$ BEGIN CREATE ROLE {role}; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        );
        execute(&server, &sql).await;
    }
}

/// A connection to a fresh database that holds one of everything.
async fn everything() -> Connection {
    make_roles().await;
    let connection = connect(&postgres_url()).await;
    execute(&connection, include_str!("everything/entities.sql")).await;
    let Connection::Postgresql(postgresql) = &connection else { panic!("not PostgreSQL") };
    if postgresql.server_version() >= 150_000 {
        execute(&connection, include_str!("everything/entities_15.sql")).await;
    }
    connection
}

fn every_schema() -> InspectOptions {
    InspectOptions { schemas: vec!["audit".into(), "Odd names".into()], ..InspectOptions::default() }
}

async fn of(sql: &str) -> MetaData {
    make_roles().await;
    let mut connection = connect(&postgres_url()).await;
    execute(&connection, sql).await;
    inspect(&mut connection, &InspectOptions::default()).await.unwrap()
}

/// The schema as people read it.
fn described(metadata: &MetaData) -> String {
    let mut text = String::new();
    for entity in &metadata.entities {
        writeln!(text, "\n-- {}\n{}", entity.id, entity.definition).unwrap();
        let mut say = |what: &str, value: String| writeln!(text, "    {what}: {value}").unwrap();
        if !entity.shape.is_empty() {
            say("shape", entity.shape.join(" | "));
        }
        if !entity.enabled.is_default() {
            say("enabled", format!("{:?}", entity.enabled));
        }
        if entity.without_data {
            say("data", "none".into());
        }
        for index in &entity.indexes {
            say("index", serde_json::to_string(index).unwrap());
        }
        if let Some(comment) = &entity.comment {
            say("comment", comment.clone());
        }
        for (column, comment) in &entity.column_comments {
            say("comment", format!("{column}: {comment}"));
        }
        if let Some(owner) = entity.owner.as_ref().filter(|owner| *owner != "limbeck") {
            say("owner", owner.clone());
        }
        let list =
            |references: &[ObjectReference]| references.iter().map(reference).collect::<Vec<_>>().join(", ");
        if !entity.depends_on.is_empty() {
            say("depends on", list(&entity.depends_on));
        }
        if !entity.mentions.is_empty() {
            say("mentions", list(&entity.mentions));
        }
    }
    for dependency in &metadata.dependencies {
        writeln!(text, "\n-- {} builds on {}", reference(&dependency.of), reference(&dependency.on)).unwrap();
    }
    for table in &metadata.tables {
        let options = &table.options.postgresql;
        if !options.is_default() {
            let columns: Vec<_> = table.columns.iter().map(|column| column.name.as_str()).collect();
            let options = serde_json::to_string(options).unwrap();
            writeln!(text, "\n-- table {} ({})\n    {options}", table.name, columns.join(", ")).unwrap();
        }
    }
    text.push('\n');
    let to = |role: &Option<String>| role.clone().unwrap_or_else(|| "PUBLIC".into());
    for grant in &metadata.grants {
        let (on, to) = (reference(&grant.on), to(&grant.grantee));
        writeln!(text, "{} {:?} to {to} on {on}", grant.privilege, grant.state).unwrap();
    }
    for privilege in &metadata.default_privileges {
        writeln!(text, "{}", serde_json::to_string(privilege).unwrap()).unwrap();
    }
    for ownership in metadata.owners.iter().filter(|ownership| ownership.owner != "limbeck") {
        writeln!(text, "{} belongs to {}", reference(&ownership.of), ownership.owner).unwrap();
    }
    text
}

fn reference(reference: &ObjectReference) -> String {
    match reference {
        ObjectReference::Schema(name) => format!("schema {name}"),
        ObjectReference::Table(name) => format!("table {name}"),
        ObjectReference::Column(table, column) => format!("column {table}.{column}"),
        ObjectReference::Constraint(table, name) => format!("constraint {name} of {table}"),
        ObjectReference::Type(name) => format!("type {name}"),
        ObjectReference::Sequence(name) => format!("sequence {name}"),
        ObjectReference::Entity(id) => id.to_string(),
    }
}

/// The recorded description. `UPDATE_EXPECT=1` writes what was found; read the difference before it is committed.
#[tokio::test]
async fn one_of_everything() {
    let mut connection = everything().await;
    let Connection::Postgresql(postgresql) = &connection else { panic!("not PostgreSQL") };
    let major = postgresql.server_version() / 10_000;
    let live = inspect(&mut connection, &every_schema()).await.unwrap();
    let found = described(&live);
    assert!(!found.contains("hunter"), "secrets are not read");
    let path = format!("{}/tests/everything/entities.txt", env!("CARGO_MANIFEST_DIR"));
    // Servers print a few things differently from version to version.
    if major == 15 {
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&path, &found).unwrap();
        }
        let expected = std::fs::read_to_string(&path).unwrap();
        for (found, expected) in found.split("\n\n").zip(expected.split("\n\n")) {
            assert_eq!(found, expected);
        }
        assert_eq!(found, expected);
    }
    let json = live.to_json();
    assert_eq!(MetaData::from_json(&json).unwrap(), live);
}

#[tokio::test]
async fn it_takes_one_round_trip_whatever_there_is() {
    let mut connection = everything().await;
    let before = inspect(&mut connection, &every_schema()).await.unwrap();
    assert!(before.entities.len() > 50);
    // Each round trip over this line takes twice the delay.
    let Connection::Postgresql(postgresql) = &connection else { panic!("not PostgreSQL") };
    let database = postgresql.query("SELECT current_database()").await.unwrap();
    let url = postgres_server_url().replace("/postgres", &format!("/{}", database[0][0].as_ref().unwrap()));
    let (head, rest) = url.split_once("127.0.0.1:").unwrap();
    let (port, tail) = rest.split_once('/').unwrap();
    let delay = Duration::from_millis(300);
    let proxy = DelayProxy::start(format!("127.0.0.1:{port}"), delay);
    let mut far = connect(&format!("{head}127.0.0.1:{}/{tail}", proxy.port())).await;
    let start = Instant::now();
    assert_eq!(inspect(&mut far, &every_schema()).await.unwrap(), before);
    assert!(start.elapsed() < delay * 4, "{:?}", start.elapsed());
}

/// What alembic_utils does not read, or reads wrongly (its issues 4, 10, 37, 62, 78, 94, 127, 150, 159 and more).
mod gaps_of_alembic_utils {
    use super::*;

    fn entity<'m>(metadata: &'m MetaData, id: &str) -> &'m Entity {
        metadata.entities.iter().find(|entity| entity.id.to_string() == id).unwrap_or_else(|| {
            panic!(
                "no {id} among {:?}",
                metadata.entities.iter().map(|e| e.id.to_string()).collect::<Vec<_>>()
            )
        })
    }

    #[tokio::test]
    async fn options_of_views() {
        let live = of("CREATE VIEW barrier WITH (security_barrier) AS SELECT 1 AS a;
             CREATE TABLE t (a integer); CREATE VIEW checked AS SELECT a FROM t WHERE a > 0 WITH CASCADED CHECK OPTION")
        .await;
        assert!(
            entity(&live, "view barrier")
                .definition
                .starts_with("CREATE VIEW barrier WITH (security_barrier=true) AS")
        );
        assert!(entity(&live, "view checked").definition.contains("WITH (check_option=cascaded)"));
    }

    #[tokio::test]
    async fn column_lists_of_views() {
        let live = of("CREATE VIEW v (one, \"Two\") AS SELECT 1, 'x'::varchar(5)").await;
        assert_eq!(entity(&live, "view v").shape, ["one integer", "Two character varying(5)"]);
    }

    #[tokio::test]
    async fn return_types_argument_names_and_defaults_with_commas() {
        let live = of("CREATE FUNCTION f(a text DEFAULT 'x,y', b integer DEFAULT 1) RETURNS SETOF text LANGUAGE sql AS 'SELECT a'").await;
        let function = entity(&live, "function f(text, integer)");
        assert_eq!(
            function.shape,
            ["RETURNS SETOF text", "ARGUMENTS a text, b integer", "DEFAULT", "DEFAULT"]
        );
        assert!(
            function
                .definition
                .starts_with("CREATE FUNCTION f(a text DEFAULT 'x,y'::text, b integer DEFAULT 1)\n")
        );
    }

    #[tokio::test]
    async fn blanks_in_bodies_and_strings() {
        let live = of("CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$SELECT 'two  blanks'   $$").await;
        assert!(
            entity(&live, "function f()")
                .definition
                .ends_with("AS $function$SELECT 'two  blanks'   $function$")
        );
    }

    #[tokio::test]
    async fn overloads_procedures_and_aggregates_side_by_side() {
        let live = of("CREATE FUNCTION f(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
             CREATE FUNCTION f(text) RETURNS integer LANGUAGE sql AS 'SELECT 1';
             CREATE PROCEDURE p(INOUT a integer) LANGUAGE plpgsql AS 'BEGIN END';
             CREATE AGGREGATE mine(integer) (SFUNC = int4pl, STYPE = integer)")
        .await;
        let ids: Vec<_> = live.entities.iter().map(|entity| entity.id.to_string()).collect();
        assert_eq!(
            ids,
            ["function f(integer)", "function f(text)", "procedure p(integer)", "aggregate mine(integer)"]
        );
    }

    #[tokio::test]
    async fn names_that_need_quotes() {
        let live = of(r#"CREATE TABLE "Odd, table" ("a b" integer); ALTER TABLE "Odd, table" ENABLE ROW LEVEL SECURITY;
             CREATE POLICY "my policy" ON "Odd, table" USING ("a b" > 0);
             CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
             CREATE TRIGGER "my trigger" BEFORE INSERT ON "Odd, table" FOR EACH ROW EXECUTE FUNCTION touch()"#)
        .await;
        assert_eq!(
            entity(&live, "policy my policy on Odd, table").definition,
            "CREATE POLICY \"my policy\" ON \"Odd, table\"\n    USING ((\"a b\" > 0))"
        );
        assert!(
            entity(&live, "trigger my trigger on Odd, table")
                .definition
                .starts_with("CREATE TRIGGER \"my trigger\" BEFORE INSERT ON \"Odd, table\"")
        );
    }

    #[tokio::test]
    async fn an_extensions_version_and_schema_and_nothing_that_is_its_own() {
        let live =
            of("CREATE SCHEMA tools; CREATE EXTENSION citext WITH SCHEMA tools; CREATE EXTENSION hstore")
                .await;
        let ids: Vec<_> = live.entities.iter().map(|entity| entity.id.to_string()).collect();
        assert_eq!(ids, ["extension citext", "extension hstore"]);
        assert!(
            live.entities[0].definition.starts_with("CREATE EXTENSION citext WITH SCHEMA tools VERSION '1.")
        );
        assert!(live.entities[1].definition.starts_with("CREATE EXTENSION hstore VERSION '1."));
        assert!(
            live.grants.is_empty()
                && live.owners.iter().all(|owner| matches!(owner.of, ObjectReference::Schema(_)))
        );
    }

    #[tokio::test]
    async fn privileges_of_whole_tables_functions_and_views_and_of_public() {
        let live = of("CREATE TABLE t (a integer, b integer); CREATE VIEW v AS SELECT 1 AS a;
             CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 1';
             GRANT SELECT ON t TO PUBLIC; GRANT SELECT ON v TO limbeck_reader; REVOKE EXECUTE ON FUNCTION f() FROM PUBLIC;
             SET ROLE limbeck_owner; RESET ROLE; GRANT UPDATE (b) ON t TO limbeck_reader WITH GRANT OPTION")
        .await;
        let grants: Vec<_> = live
            .grants
            .iter()
            .map(|grant| {
                let to = grant.grantee.as_deref().unwrap_or("PUBLIC");
                format!("{} {:?} {to} {}", grant.privilege, grant.state, reference(&grant.on))
            })
            .collect();
        assert_eq!(
            grants,
            [
                "SELECT Granted PUBLIC table t",
                "UPDATE WithGrantOption limbeck_reader column t.b",
                "EXECUTE Revoked PUBLIC function f()",
                "SELECT Granted limbeck_reader view v",
            ]
        );
    }

    #[tokio::test]
    async fn trigger_state_matview_indexes_comments_owners_and_row_security() {
        let live = of("CREATE TABLE t (a integer); ALTER TABLE t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
             CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
             CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION touch(); ALTER TABLE t ENABLE REPLICA TRIGGER g;
             CREATE MATERIALIZED VIEW m AS SELECT a FROM t WITH NO DATA; CREATE UNIQUE INDEX u ON m (a);
             COMMENT ON MATERIALIZED VIEW m IS 'kept'; COMMENT ON COLUMN m.a IS 'too'; ALTER MATERIALIZED VIEW m OWNER TO limbeck_owner")
        .await;
        assert_eq!(entity(&live, "trigger g on t").enabled, Enabled::Replica);
        assert_eq!(live.tables[0].options.postgresql.row_security, RowSecurity::Forced);
        let view = entity(&live, "materialized view m");
        assert_eq!(view.indexes, [Index::on(["a"]).named("u").unique()]);
        assert_eq!(view.comment.as_deref(), Some("kept"));
        assert_eq!(view.column_comments, [("a".to_owned(), "too".to_owned())]);
        assert_eq!(view.owner.as_deref(), Some("limbeck_owner"));
        assert!(view.without_data);
    }

    #[tokio::test]
    async fn chains_of_views_functions_and_triggers() {
        let live = of("CREATE TABLE t (a integer DEFAULT 1, b text);
             CREATE FUNCTION f(integer) RETURNS integer LANGUAGE sql AS 'SELECT $1';
             ALTER TABLE t ADD COLUMN c integer DEFAULT f(2); CREATE VIEW v1 AS SELECT f(a) AS x FROM t;
             CREATE VIEW v2 AS SELECT x FROM v1; CREATE MATERIALIZED VIEW m AS SELECT x FROM v2;
             CREATE FUNCTION counts() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM v2 -- and t'")
        .await;
        let on = |id: &str| entity(&live, id).depends_on.iter().map(reference).collect::<Vec<_>>();
        assert_eq!(on("view v1"), ["column t.a", "function f(integer)"]);
        assert_eq!(on("view v2"), ["view v1"]);
        assert_eq!(on("materialized view m"), ["view v2"]);
        assert_eq!(on("function counts()"), Vec::<String>::new());
        let mentions: Vec<_> = entity(&live, "function counts()").mentions.iter().map(reference).collect();
        assert_eq!(mentions, ["view v2"]);
        let table: Vec<_> = live.dependencies.iter().map(|d| (reference(&d.of), reference(&d.on))).collect();
        assert_eq!(table, [("table t".to_owned(), "function f(integer)".to_owned())]);
    }
}
