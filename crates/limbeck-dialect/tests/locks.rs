//! The table of locks against a server: each statement is run, and what it holds is read from `pg_locks`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use limbeck_dialect::{TableWork, table_locks};
use tokio_postgres::{NoTls, SimpleQueryMessage};

const TABLES: &str = "
    CREATE TABLE other (id integer PRIMARY KEY);
    INSERT INTO other VALUES (1);
    CREATE TABLE t (id integer PRIMARY KEY, a integer NOT NULL, b varchar(20), c timestamptz, CONSTRAINT positive CHECK (a > 0) NOT VALID);
    INSERT INTO t VALUES (1, 1, 'x', now());
    CREATE INDEX t_a ON t (a);
    CREATE UNIQUE INDEX t_b ON t (b);
    CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER told BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION noted();
    CREATE TABLE parted (id integer) PARTITION BY RANGE (id);
    CREATE TABLE part PARTITION OF parted FOR VALUES FROM (1) TO (10);
    CREATE TABLE loose (id integer);
    CREATE VIEW seen AS SELECT 1 AS x;
    CREATE MATERIALIZED VIEW kept AS SELECT 1 AS x;
    CREATE UNIQUE INDEX kept_x ON kept (x);
    CREATE POLICY mine ON t USING (true);
";

/// What can run in a transaction: its locks can be looked at before it ends.
const STATEMENTS: &[&str] = &[
    "ALTER TABLE t ADD COLUMN d integer",
    "ALTER TABLE t ADD COLUMN d integer DEFAULT 5",
    "ALTER TABLE t ADD COLUMN d timestamptz DEFAULT now()",
    "ALTER TABLE t ADD COLUMN d numeric(10, 2) NOT NULL DEFAULT 1",
    "ALTER TABLE t ADD COLUMN d uuid DEFAULT gen_random_uuid()",
    "ALTER TABLE t ADD COLUMN d bigserial",
    "ALTER TABLE t ADD COLUMN d integer GENERATED ALWAYS AS IDENTITY",
    "ALTER TABLE t ADD COLUMN d integer GENERATED ALWAYS AS (a + 1) STORED",
    "ALTER TABLE t ADD COLUMN d integer REFERENCES other",
    "ALTER TABLE t DROP COLUMN a",
    "ALTER TABLE t ALTER COLUMN b TYPE integer USING 1",
    "ALTER TABLE t ALTER b SET DATA TYPE text USING lower(b), ALTER c DROP NOT NULL",
    "ALTER TABLE t ALTER COLUMN a SET DEFAULT 3",
    "ALTER TABLE t ALTER COLUMN a SET NOT NULL",
    "ALTER TABLE t ALTER COLUMN a SET STATISTICS 100",
    "ALTER TABLE t ALTER COLUMN a SET (n_distinct = 5)",
    "ALTER TABLE t ADD CONSTRAINT c CHECK (a < 100)",
    "ALTER TABLE t ADD CONSTRAINT c CHECK (a < 100) NOT VALID",
    "ALTER TABLE t ADD CONSTRAINT u UNIQUE (a, b)",
    "ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX t_b",
    "ALTER TABLE t ADD FOREIGN KEY (id) REFERENCES other (id)",
    "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (id) REFERENCES other NOT VALID",
    "ALTER TABLE t VALIDATE CONSTRAINT positive",
    "ALTER TABLE t DROP CONSTRAINT positive",
    "ALTER TABLE t RENAME TO t2",
    "ALTER TABLE t RENAME COLUMN a TO a2",
    "ALTER TABLE t SET (fillfactor = 70)",
    "ALTER TABLE t RESET (fillfactor)",
    "ALTER TABLE t SET UNLOGGED",
    "ALTER TABLE t CLUSTER ON t_a",
    "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE t DISABLE TRIGGER told",
    "ALTER TABLE t REPLICA IDENTITY FULL",
    "ALTER TABLE parted ATTACH PARTITION loose FOR VALUES FROM (10) TO (20)",
    "ALTER TABLE parted DETACH PARTITION part",
    "CREATE TABLE made (id integer REFERENCES other (id), CHECK (id > 0))",
    "CREATE TABLE made PARTITION OF parted FOR VALUES FROM (20) TO (30)",
    "CREATE INDEX i ON t (b)",
    "CREATE UNIQUE INDEX i ON ONLY t (b)",
    "CREATE TRIGGER made AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION noted()",
    "CREATE OR REPLACE TRIGGER told BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION noted()",
    "CREATE POLICY made ON t USING (a > 1)",
    "CREATE RULE made AS ON INSERT TO t DO ALSO NOTHING",
    "CREATE STATISTICS made ON a, b FROM t",
    "ALTER TRIGGER told ON t RENAME TO said",
    "ALTER TABLE t ENABLE ALWAYS TRIGGER told",
    "ALTER TABLE t FORCE ROW LEVEL SECURITY",
    "ALTER POLICY mine ON t USING (a > 2)",
    "CREATE OR REPLACE VIEW seen AS SELECT 1 AS x, 2 AS y",
    "ALTER VIEW seen SET (security_barrier = true)",
    "CREATE PUBLICATION made FOR TABLE t, other",
    "COMMENT ON POLICY mine ON t IS 'x'",
    "COMMENT ON TRIGGER told ON t IS 'x'",
    "COMMENT ON CONSTRAINT positive ON t IS 'x'",
    "COMMENT ON VIEW seen IS 'x'",
    "DROP TRIGGER told ON t",
    "DROP POLICY mine ON t",
    "ALTER POLICY mine ON t RENAME TO yours",
    "DROP TABLE loose, other",
    "DROP VIEW IF EXISTS seen",
    "ALTER VIEW seen RENAME TO looked",
    "DROP MATERIALIZED VIEW kept",
    "REFRESH MATERIALIZED VIEW kept",
    "REFRESH MATERIALIZED VIEW CONCURRENTLY kept",
    "TRUNCATE TABLE ONLY loose, part",
    "COMMENT ON TABLE t IS 'x'",
    "COMMENT ON COLUMN t.a IS 'x'",
    "INSERT INTO t VALUES (2, 2, 'y', now())",
    "UPDATE t SET a = 3",
    "DELETE FROM ONLY t WHERE a = 1",
    "LOCK TABLE t, other IN SHARE ROW EXCLUSIVE MODE",
    "LOCK t",
    "ANALYZE t",
    "CLUSTER t USING t_a",
    "REINDEX TABLE t",
];

#[test]
fn the_server_takes_the_locks_that_are_told() {
    let url = limbeck_test_server::postgres_url();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut wrong = Vec::new();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
        let driver = tokio::spawn(connection);
        client.batch_execute(TABLES).await.unwrap();
        for sql in STATEMENTS {
            // Names may change: what is asked for is the tables that were there.
            let before = rows(&client, "SELECT oid, relname, relfilenode FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')").await;
            client.batch_execute(&format!("BEGIN; {sql}")).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
            let held = rows(&client, "SELECT relation, mode FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation'").await;
            let after = rows(&client, "SELECT oid, relfilenode FROM pg_class").await;
            client.batch_execute("ROLLBACK").await.unwrap();
            let told = table_locks(sql);
            for table in before {
                let (oid, name, file) = (&table[0], &table[1], &table[2]);
                // A drop takes a lock for reading as well, and so does whatever looks at other tables.
                let modes = held.iter().filter(|lock| lock[0] == *oid).map(|lock| mode(&lock[1]));
                let strongest = modes.max().filter(|&strength| strength > 1);
                let lock = told.iter().find(|lock| lock.table == *name);
                if lock.map(|lock| lock.mode as usize) != strongest {
                    wrong.push(format!("{sql}: {name}: told {:?}, held {strongest:?}", lock.map(|lock| lock.mode)));
                }
                let rewritten = after.iter().any(|row| row[0] == *oid && row[1] != *file) && !sql.starts_with("TRUNCATE");
                if rewritten != lock.is_some_and(|lock| lock.work == TableWork::Rewrite) && !sql.contains("CONCURRENTLY") {
                    wrong.push(format!("{sql}: {name}: rewritten {rewritten}, told {:?}", lock.map(|lock| lock.work)));
                }
            }
        }
        drop(client);
        driver.await.unwrap().unwrap();
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A mode's place in the order from ACCESS SHARE, which is 0.
fn mode(name: &str) -> usize {
    let order = [
        "AccessShare",
        "RowShare",
        "RowExclusive",
        "ShareUpdateExclusive",
        "Share",
        "ShareRowExclusive",
        "Exclusive",
        "AccessExclusive",
    ];
    order.iter().position(|mode| format!("{mode}Lock") == name).unwrap()
}

async fn rows(client: &tokio_postgres::Client, sql: &str) -> Vec<Vec<String>> {
    let messages = client.simple_query(sql).await.unwrap();
    let rows = messages.into_iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => {
            Some((0..row.len()).map(|at| row.get(at).unwrap().to_owned()).collect())
        }
        _ => None,
    });
    rows.collect()
}
