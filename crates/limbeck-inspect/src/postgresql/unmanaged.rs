//! What a database holds and `MetaData` has no place for.

use limbeck_engine::PostgresqlConnection;

use super::catalogue::schema_condition;
use super::deparsed::SETTINGS;
use super::entity_queries::completed;
use super::result::ResultSet;
use crate::{InspectError, InspectOptions, Unmanaged};

/// Kind and name. User mappings hold secrets: no more than their role and server is read of them.
const UNMANAGED: &str = r"SELECT 'access method', a.amname::text FROM pg_am a WHERE a.oid >= 16384 AND {own a pg_am}
UNION ALL
SELECT 'conversion', {prefix} || quote_ident(c.conname) FROM pg_conversion c JOIN pg_namespace n ON n.oid = c.connamespace
 WHERE {schemas} AND {own c pg_conversion}
UNION ALL
SELECT 'language', l.lanname::text FROM pg_language l WHERE l.oid >= 16384 AND {own l pg_language}
UNION ALL
SELECT 'large objects', count(*)::text FROM pg_largeobject_metadata HAVING count(*) > 0
UNION ALL
SELECT 'operator class', {prefix} || quote_ident(o.opcname) || ' using ' || a.amname
  FROM pg_opclass o JOIN pg_namespace n ON n.oid = o.opcnamespace JOIN pg_am a ON a.oid = o.opcmethod
 WHERE {schemas} AND {own o pg_opclass}
UNION ALL
SELECT 'operator family', {prefix} || quote_ident(o.opfname) || ' using ' || a.amname
  FROM pg_opfamily o JOIN pg_namespace n ON n.oid = o.opfnamespace JOIN pg_am a ON a.oid = o.opfmethod
 WHERE {schemas} AND {own o pg_opfamily}
   AND NOT EXISTS (SELECT FROM pg_opclass c WHERE c.opcfamily = o.oid AND c.opcname = o.opfname)
UNION ALL
SELECT 'base type', {prefix} || quote_ident(t.typname) FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
 WHERE {schemas} AND t.typtype = 'b' AND t.typcategory <> 'A' AND {own t pg_type}
UNION ALL
SELECT 'subscription', s.subname::text FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid AND d.datname = current_database()
UNION ALL
SELECT 'text search parser', {prefix} || quote_ident(p.prsname) FROM pg_ts_parser p JOIN pg_namespace n ON n.oid = p.prsnamespace
 WHERE {schemas} AND {own p pg_ts_parser}
UNION ALL
SELECT 'text search template', {prefix} || quote_ident(p.tmplname) FROM pg_ts_template p JOIN pg_namespace n ON n.oid = p.tmplnamespace
 WHERE {schemas} AND {own p pg_ts_template}
UNION ALL
SELECT 'transform', format_type(t.trftype, NULL) || ' in ' || l.lanname
  FROM pg_transform t JOIN pg_language l ON l.oid = t.trflang WHERE {own t pg_transform}
UNION ALL
SELECT 'user mapping', m.usename || ' on ' || m.srvname FROM pg_user_mappings m
UNION ALL
SELECT 'security label', l.objtype || ' ' || l.objname FROM pg_seclabels l
UNION ALL
SELECT 'setting of a database', c.setting FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
 CROSS JOIN LATERAL unnest(s.setconfig) AS c (setting) WHERE d.datname = current_database() AND s.setrole = 0
UNION ALL
SELECT 'replica identity', {prefix} || quote_ident(c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE {schemas} AND c.relkind IN ('r', 'p') AND c.relreplident <> 'd' AND {own c pg_class}
UNION ALL
SELECT 'table of a type', {prefix} || quote_ident(c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE {schemas} AND c.reloftype <> 0
UNION ALL
SELECT 'clustered index', {prefix} || quote_ident(c.relname) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {schemas} AND i.indisclustered
UNION ALL
SELECT 'storage of a column', {prefix} || quote_ident(c.relname) || '.' || quote_ident(a.attname)
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_type t ON t.oid = a.atttypid
 WHERE {schemas} AND c.relkind IN ('r', 'p', 'm') AND a.attnum > 0 AND NOT a.attisdropped
   AND (a.attstorage <> t.typstorage OR a.attcompression <> '')
UNION ALL
SELECT 'statistics of a column', {prefix} || quote_ident(c.relname) || '.' || quote_ident(a.attname)
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE {schemas} AND c.relkind IN ('r', 'p', 'm', 'i', 'I') AND a.attnum > 0 AND NOT a.attisdropped
   AND (a.attstattarget >= 0 OR a.attoptions::text LIKE '%n_distinct%')
ORDER BY 1, 2";

/// Reads what is not managed.
pub(crate) async fn unmanaged(
    connection: &PostgresqlConnection,
    options: &InspectOptions,
) -> Result<Vec<Unmanaged>, InspectError> {
    let query = completed(UNMANAGED, &schema_condition(&options.schemas));
    let batch = format!("BEGIN READ ONLY;\n{SETTINGS};\n{query};\nCOMMIT");
    // The first set is the answer of the settings.
    let sets = super::answers(connection, &batch).await?;
    let rows = sets.iter().skip(1).flat_map(ResultSet::rows);
    Ok(rows.map(|row| Unmanaged { kind: row.text(0).to_owned(), name: row.text(1).to_owned() }).collect())
}
