//! What a database holds, read by other means than Limbeck's inspection: a reader cannot vouch for what it overlooks.

use limbeck_engine::Connection;

/// A line for each fact, sorted. The order of columns is left out: it is not compared.
pub(crate) async fn observe(connection: &Connection) -> Result<Vec<String>, String> {
    let sql = match connection {
        Connection::Postgresql(_) => POSTGRESQL,
        Connection::Sqlite(_) => SQLITE,
    };
    let rows = connection.query(sql).await.map_err(|error| format!("the observer's query: {error}"))?;
    let mut lines: Vec<String> = rows.into_iter().flatten().flatten().collect();
    if let Connection::Postgresql(_) = connection {
        lines = lines.iter().map(|line| settled(line)).collect();
    }
    lines.sort();
    Ok(lines)
}

/// PostgreSQL prints an expression that it has read back from its own text with the casts in other places.
fn settled(line: &str) -> String {
    match line.starts_with("constraint ") || line.starts_with("index ") {
        true => ["::character varying", "::text", "[]", "(", ")"]
            .iter()
            .fold(line.to_owned(), |line, part| line.replace(part, "")),
        false => line.to_owned(),
    }
}

/// With the functions that `pg_dump` and psql's `\d` print with.
const POSTGRESQL: &str = r"
WITH spaces AS (
  SELECT oid, nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
), relations AS (
  SELECT c.*, c.oid AS id, s.nspname || '.' || c.relname AS label
  FROM pg_class c JOIN spaces s ON s.oid = c.relnamespace WHERE c.relname !~ '^alembic_version'
)
SELECT concat_ws(' ', 'schema', nspname, obj_description(oid, 'pg_namespace')) FROM spaces
UNION ALL
SELECT concat_ws(' | ', 'relation ' || label, relkind, relpersistence,
  (SELECT string_agg(o, ', ' ORDER BY o) FROM unnest(reloptions) o), a.amname, relispartition,
  pg_get_partkeydef(r.id), pg_get_expr(relpartbound, r.id),
  (SELECT string_agg(inhparent::regclass::text, ', ' ORDER BY inhseqno) FROM pg_inherits WHERE inhrelid = r.id),
  obj_description(r.id, 'pg_class'))
FROM relations r LEFT JOIN pg_am a ON a.oid = relam
UNION ALL
SELECT concat_ws(' | ', 'column ' || label || '.' || attname, format_type(atttypid, atttypmod), attnotnull, attidentity,
  attgenerated, CASE WHEN attcollation <> t.typcollation THEN attcollation::regcollation::text END,
  pg_get_expr(adbin, adrelid), col_description(r.id, attnum))
FROM relations r JOIN pg_attribute a ON attrelid = r.id JOIN pg_type t ON t.oid = atttypid
LEFT JOIN pg_attrdef ON adrelid = r.id AND adnum = attnum
WHERE attnum > 0 AND NOT attisdropped AND relkind IN ('r', 'p', 'c', 'v', 'm')
UNION ALL
SELECT concat_ws(' | ', 'constraint ' || label || '.' || conname, pg_get_constraintdef(k.oid), convalidated, connoinherit,
  obj_description(k.oid, 'pg_constraint'))
FROM relations r JOIN pg_constraint k ON conrelid = r.id
UNION ALL
SELECT concat_ws(' | ', 'index ' || label, pg_get_indexdef(r.id), indisvalid, obj_description(r.id, 'pg_class'))
FROM relations r JOIN pg_index ON indexrelid = r.id
UNION ALL
SELECT concat_ws(' | ', 'sequence ' || label, format_type(seqtypid, NULL), seqstart, seqincrement, seqmin, seqmax, seqcache,
  seqcycle, (SELECT concat_ws(' ', deptype, refobjid::regclass, (SELECT attname FROM pg_attribute
    WHERE attrelid = refobjid AND attnum = refobjsubid))
    FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = r.id AND refclassid = 'pg_class'::regclass
    AND deptype IN ('a', 'i')))
FROM relations r JOIN pg_sequence ON seqrelid = r.id
UNION ALL
SELECT concat_ws(' | ', 'type ' || s.nspname || '.' || t.typname, typtype,
  (SELECT string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid),
  CASE WHEN typtype = 'd' THEN format_type(typbasetype, typtypmod) END, CASE WHEN typtype = 'd' THEN typnotnull END,
  typdefault, (SELECT string_agg(conname || ' ' || pg_get_constraintdef(oid), ', ' ORDER BY conname)
    FROM pg_constraint WHERE contypid = t.oid), obj_description(t.oid, 'pg_type'))
FROM pg_type t JOIN spaces s ON s.oid = typnamespace WHERE typtype IN ('e', 'd', 'r')
";

/// With the pragmas that SQLite's own shell uses, and one spelling for what SQLite takes for the same. They do not tell
/// CHECK constraints.
const SQLITE: &str = r#"
WITH tables AS (
  SELECT name, wr, strict FROM pragma_table_list
  WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' AND name NOT LIKE 'alembic\_version%' ESCAPE '\'
)
SELECT 'table ' || name || ' ' || wr || strict FROM tables
UNION ALL
SELECT 'column ' || t.name || '.' || c.name || ' ' || CASE upper(c.type) WHEN 'TIMESTAMP' THEN 'DATETIME' WHEN 'DOUBLE' THEN 'DOUBLE PRECISION' ELSE upper(c.type) END
  || ' notnull=' || (c.pk > 0 OR c."notnull") || ' pk=' || c.pk
  || ' hidden=' || c.hidden || ' ' || CASE upper(c.dflt_value) WHEN 'TRUE' THEN '1' WHEN 'FALSE' THEN '0' WHEN 'NULL' THEN '' ELSE coalesce(c.dflt_value, '') END
FROM tables t, pragma_table_xinfo(t.name) c
UNION ALL
SELECT 'foreign key ' || t.name || ' to ' || f."table" || ' ' || f.on_update || ' ' || f.on_delete || ' '
  || group_concat(f."from" || '=' || coalesce(f."to", (SELECT name FROM pragma_table_info(f."table") WHERE pk = f.seq + 1)), ',')
FROM tables t, pragma_foreign_key_list(t.name) f GROUP BY t.name, f.id
UNION ALL
SELECT 'index ' || t.name || ' ' || iif(i.origin = 'c', i.name, i.origin) || ' unique=' || i."unique" || ' partial=' || i.partial || ' '
  || (SELECT group_concat(coalesce(x.name, '?') || ' ' || x.coll || ' ' || x."desc", ',')
      FROM pragma_index_xinfo(i.name) x WHERE x.key)
FROM tables t, pragma_index_list(t.name) i
UNION ALL
SELECT type || ' ' || name FROM sqlite_schema WHERE type IN ('view', 'trigger')
UNION ALL
SELECT 'autoincrement ' || name FROM sqlite_schema WHERE type = 'table' AND upper(sql) LIKE '%AUTOINCREMENT%'
"#;
