//! What is asked of the system catalogues, and the answers as typed rows (PostgreSQL docs, "System Catalogs").
//!
//! The queries are written for speed on large schemas: no correlated subqueries, no functions that look up one
//! object each (`obj_description`), nothing sorted, deparsing only for what no column tells, and a table of another
//! subject joined only where the join is cheaper than the rows it saves. Built-in types have fixed identifiers below
//! 10000 (`access/transam.h`); their names come once, not with every column. A default is printed with its table only
//! if it has a column of it in it, as a generated one has: the server would open every table for it. Parameters of
//! operator classes are not looked for in `btree` (403) and `hash` (405) indexes, whose classes have none.

use limbeck_dialect::quote_literal;
use limbeck_schema::Dialect;

use super::deparsed::SETTINGS;
use super::entity_queries::{self, ENTITY_SETS};
use super::entity_rows::{
    DefaultPrivilegeRow, DependencyRow, EntityColumnRow, EntityRow, GrantRow, OwnerRow,
};
use super::privilege_queries;
use super::result::{ResultSet, Row};
use super::rows::{
    AttributeRow, ColumnExpressionRow, ColumnRow, CommentRow, CompositeRow, ConstraintRow, DomainRow,
    EnumRow, EnumValueRow, ForeignColumnRow, IndexExpressionRow, IndexRow, InheritanceRow, KeyOptionsRow,
    NameRow, NamespaceRow, SequenceRow, TableRow, TypeCollationRow,
};
use crate::InspectError;

const QUERIES: &str = r#"SELECT n.oid, n.nspname, {is_default}
  FROM pg_namespace n WHERE {schemas};
SELECT c.oid, c.relnamespace, c.relname, c.relpersistence, c.reloptions, am.amname, ts.spcname,
       CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END, pg_get_expr(c.relpartbound, c.oid),
       c.relrowsecurity, c.relforcerowsecurity
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_am am ON am.oid = c.relam
  LEFT JOIN pg_tablespace ts ON ts.oid = c.reltablespace
 WHERE {schemas} AND {is_table} AND {not_of_extension};
SELECT t.oid, format_type(t.oid, -1) FROM pg_type t WHERE t.oid < 10000 AND t.typrelid = 0;
SELECT a.attrelid, a.attnum, a.attname, a.atttypid,
       CASE WHEN a.atttypid >= 10000 OR a.atttypmod <> -1 THEN format_type(a.atttypid, a.atttypmod) END,
       a.attnotnull, a.attidentity, a.attgenerated, a.attcollation, a.attislocal
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE {schemas} AND {is_table} AND a.attnum > 0 AND NOT a.attisdropped;
SELECT t.oid, t.typcollation FROM pg_type t WHERE t.typcollation NOT IN (0, 100);
SELECT d.adrelid, d.adnum, pg_get_expr(d.adbin, CASE WHEN d.adbin::text LIKE '%{VAR %' THEN d.adrelid ELSE 0 END)
  FROM pg_attrdef d JOIN pg_class c ON c.oid = d.adrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE {schemas} AND {is_table};
{in_parallel};
SELECT k.oid, k.conrelid, k.conname, k.contype, k.conkey, k.conindid, k.confrelid, k.confkey, k.confupdtype,
       k.confdeltype, k.confmatchtype, {delete_columns}, k.condeferrable, k.condeferred, k.convalidated,
       k.connoinherit, CASE WHEN k.contype = 'c' THEN pg_get_expr(k.conbin, k.conrelid) END, k.contypid, k.conexclop
  FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace
 WHERE {schemas} AND k.contype IN ('p', 'u', 'f', 'c', 'x') AND k.conislocal AND k.conparentid = 0;
{no_longer_in_parallel};
SELECT i.indexrelid, i.indrelid, c.relname, i.indisunique, {nulls_not_distinct}, i.indnkeyatts, i.indkey,
       i.indoption, i.indclass, i.indcollation, am.amname, c.reloptions, ts.spcname,
       pg_get_expr(i.indpred, i.indrelid), k.oid IS NOT NULL
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_constraint k ON k.conindid = c.oid AND k.contype IN ('p', 'u', 'x')
  LEFT JOIN pg_am am ON am.oid = c.relam
  LEFT JOIN pg_tablespace ts ON ts.oid = c.reltablespace
 WHERE {schemas} AND NOT c.relispartition;
SELECT i.indexrelid, k.position, pg_get_indexdef(i.indexrelid, k.position::integer, false),
       CASE WHEN k.key_collation NOT IN (0, 100) THEN pg_get_indexdef(i.indexrelid) END
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 CROSS JOIN unnest(i.indkey::int2[], i.indcollation::oid[]) WITH ORDINALITY AS k (attnum, key_collation, position)
 WHERE {schemas} AND NOT c.relispartition AND i.indexprs IS NOT NULL AND k.attnum = 0;
SELECT a.attrelid, a.attnum, o.opcname, a.attoptions
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = i.indexrelid
  JOIN pg_opclass o ON o.oid = i.indclass[a.attnum - 1]
 WHERE {schemas} AND c.relam NOT IN (403, 405) AND a.attoptions IS NOT NULL;
SELECT r.oid, r.is_default, r.nspname, r.relname, a.attnum, a.attname
  FROM (SELECT c.oid, {is_default} AS is_default, n.nspname, c.relname
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE (c.oid IN (SELECT k.confrelid FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace
                           WHERE {schemas} AND k.contype = 'f' AND k.conparentid = 0)
                OR c.oid IN (SELECT h.inhparent FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid
                               JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {schemas} AND {is_table}))
           AND NOT ({schemas} AND {is_table}) OFFSET 0) AS r
  JOIN pg_attribute a ON a.attrelid = r.oid
 WHERE a.attnum > 0 AND NOT a.attisdropped;
SELECT t.oid, t.typarray, t.typnamespace, t.typname
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
 WHERE {schemas} AND t.typtype = 'e' AND {type_not_of_extension};
SELECT t.oid, t.typarray, t.typnamespace, t.typname, t.typbasetype, format_type(t.typbasetype, t.typtypmod),
       t.typnotnull, t.typcollation, t.typcollation <> b.typcollation, pg_get_expr(t.typdefaultbin, 0)
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_type b ON b.oid = t.typbasetype
 WHERE {schemas} AND t.typtype = 'd' AND {type_not_of_extension};
SELECT t.oid, t.typarray, t.typnamespace, t.typname, t.typrelid
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_class c ON c.oid = t.typrelid
 WHERE {schemas} AND t.typtype = 'c' AND c.relkind = 'c' AND {type_not_of_extension};
SELECT a.attrelid, a.attnum, a.attname, a.atttypid, format_type(a.atttypid, a.atttypmod), a.attcollation,
       a.attcollation <> t.typcollation
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_type t ON t.oid = a.atttypid
 WHERE {schemas} AND c.relkind = 'c' AND a.attnum > 0 AND NOT a.attisdropped;
SELECT o.oid, CASE WHEN n.nspname IN ('pg_catalog', current_schema()) THEN o.oprname
       ELSE 'OPERATOR(' || quote_ident(n.nspname) || '.' || o.oprname || ')' END
  FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace
 WHERE o.oid IN (SELECT unnest(k.conexclop) FROM pg_constraint k WHERE k.contype = 'x');
SELECT v.enumtypid, v.enumsortorder, v.enumlabel FROM pg_enum v;
SELECT s.seqrelid, c.relnamespace, c.relname, format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, s.seqmin,
       s.seqmax, s.seqcache, s.seqcycle, d.deptype, d.refobjid, d.refobjsubid
  FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid
        AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
 WHERE {schemas} AND c.relpersistence <> 't' AND {not_of_extension};
SELECT h.inhrelid, h.inhseqno, h.inhparent
  FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid WHERE {is_table};
SELECT o.oid, o.opcname FROM pg_opclass o WHERE NOT o.opcdefault;
SELECT l.oid, CASE WHEN n.nspname IN ('pg_catalog', current_schema()) THEN l.collname
       ELSE '"' || replace(n.nspname, '"', '""') || '".' || quote_ident(l.collname) END
  FROM pg_collation l JOIN pg_namespace n ON n.oid = l.collnamespace;
SELECT d.classoid::regclass, d.objoid, d.objsubid, d.description
  FROM pg_description d
 WHERE d.objoid >= 16384 OR d.classoid = 'pg_namespace'::regclass"#;

/// Ordinary and partitioned tables and partitions, without temporary ones.
const IS_TABLE: &str = "c.relkind IN ('r', 'p') AND c.relpersistence <> 't'";

/// Whether a schema is the default one. `current_schema()` would keep the server from working in parallel.
const IS_DEFAULT: &str = "n.nspname = current_setting('limbeck.default_schema')";

/// What extensions own is few, and found by an index from the extensions' side.
const NOT_OF_EXTENSION: &str = "c.oid NOT IN (SELECT e.objid FROM pg_depend e \
     WHERE e.refclassid = 'pg_extension'::regclass AND e.classid = 'pg_class'::regclass AND e.deptype = 'e')";

const TYPE_NOT_OF_EXTENSION: &str = "t.oid NOT IN (SELECT e.objid FROM pg_depend e \
     WHERE e.refclassid = 'pg_extension'::regclass AND e.classid = 'pg_type'::regclass AND e.deptype = 'e')";

/// To print a CHECK the server opens its table, which is most of the work on a large schema, and unknown to the planner.
const IN_PARALLEL: &str = "SET LOCAL parallel_setup_cost = 0;\
     SET LOCAL parallel_tuple_cost = 0;SET LOCAL min_parallel_table_scan_size = '1MB'";

const NO_LONGER_IN_PARALLEL: &str = "SET LOCAL parallel_setup_cost = DEFAULT;\
     SET LOCAL parallel_tuple_cost = DEFAULT;SET LOCAL min_parallel_table_scan_size = DEFAULT";

/// The whole inspection as one batch: a read-only transaction that sees one state of the database.
pub(super) fn batch(server_version: u32, schemas: &[String]) -> String {
    let since_15 = |column: &'static str, before: &'static str| {
        if server_version >= 150_000 { column } else { before }
    };
    let schemas = schema_condition(schemas);
    let queries = QUERIES
        .replace("{schemas}", &schemas)
        .replace("{is_table}", IS_TABLE)
        .replace("{is_default}", IS_DEFAULT)
        .replace("{in_parallel}", IN_PARALLEL)
        .replace("{no_longer_in_parallel}", NO_LONGER_IN_PARALLEL)
        .replace("{not_of_extension}", NOT_OF_EXTENSION)
        .replace("{type_not_of_extension}", TYPE_NOT_OF_EXTENSION)
        .replace("{delete_columns}", since_15("k.confdelsetcols", "NULL"))
        .replace("{nulls_not_distinct}", since_15("i.indnullsnotdistinct", "false"));
    let entities = entity_queries::queries(server_version, &schemas);
    let privileges = privilege_queries::queries(&schemas).join(";\n");
    // Compiling the queries would take longer than running them.
    format!(
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;\nSET LOCAL jit = off;\n{SETTINGS};\n{queries};\n{entities};\n{privileges};\nCOMMIT"
    )
}

/// That the schema `n` is to be read.
pub(super) fn schema_condition(schemas: &[String]) -> String {
    let mut condition = format!("({IS_DEFAULT}");
    if !schemas.is_empty() {
        let names: Vec<_> = schemas.iter().map(|name| quote_literal(Dialect::Postgresql, name)).collect();
        condition.push_str(&format!(" OR n.nspname IN ({})", names.join(", ")));
    }
    condition.push(')');
    condition
}

/// The answers to [`batch`].
pub(super) struct Catalogue<'a> {
    pub(super) namespaces: Vec<NamespaceRow<'a>>,
    pub(super) tables: Vec<TableRow<'a>>,
    pub(super) built_in_types: Vec<NameRow<'a>>,
    pub(super) columns: Vec<ColumnRow<'a>>,
    pub(super) type_collations: Vec<TypeCollationRow>,
    pub(super) column_expressions: Vec<ColumnExpressionRow<'a>>,
    pub(super) constraints: Vec<ConstraintRow<'a>>,
    pub(super) indexes: Vec<IndexRow<'a>>,
    pub(super) index_expressions: Vec<IndexExpressionRow<'a>>,
    pub(super) key_options: Vec<KeyOptionsRow<'a>>,
    pub(super) foreign_columns: Vec<ForeignColumnRow<'a>>,
    pub(super) enums: Vec<EnumRow<'a>>,
    pub(super) domains: Vec<DomainRow<'a>>,
    pub(super) composites: Vec<CompositeRow<'a>>,
    pub(super) attributes: Vec<AttributeRow<'a>>,
    pub(super) operators: Vec<NameRow<'a>>,
    pub(super) enum_values: Vec<EnumValueRow<'a>>,
    pub(super) sequences: Vec<SequenceRow<'a>>,
    pub(super) inheritance: Vec<InheritanceRow>,
    pub(super) operator_classes: Vec<NameRow<'a>>,
    pub(super) collations: Vec<NameRow<'a>>,
    pub(super) comments: Vec<CommentRow<'a>>,
    pub(super) entities: Vec<EntityRow<'a>>,
    pub(super) entity_columns: Vec<EntityColumnRow<'a>>,
    pub(super) dependencies: Vec<DependencyRow<'a>>,
    pub(super) grants: Vec<GrantRow<'a>>,
    pub(super) default_privileges: Vec<DefaultPrivilegeRow<'a>>,
    pub(super) owners: Vec<OwnerRow<'a>>,
}

impl<'a> Catalogue<'a> {
    /// Reads the answers in the order of the queries.
    pub(super) fn read(sets: &'a [ResultSet]) -> Result<Self, InspectError> {
        // The first set is the answer of the settings.
        let mut sets = sets.iter().skip(1);
        let mut next = || sets.next();
        Ok(Self {
            namespaces: rows(next(), NamespaceRow::read)?,
            tables: rows(next(), TableRow::read)?,
            built_in_types: rows(next(), NameRow::read)?,
            columns: rows(next(), ColumnRow::read)?,
            type_collations: rows(next(), TypeCollationRow::read)?,
            column_expressions: rows(next(), ColumnExpressionRow::read)?,
            constraints: rows(next(), ConstraintRow::read)?,
            indexes: rows(next(), IndexRow::read)?,
            index_expressions: rows(next(), IndexExpressionRow::read)?,
            key_options: rows(next(), KeyOptionsRow::read)?,
            foreign_columns: rows(next(), ForeignColumnRow::read)?,
            enums: rows(next(), EnumRow::read)?,
            domains: rows(next(), DomainRow::read)?,
            composites: rows(next(), CompositeRow::read)?,
            attributes: rows(next(), AttributeRow::read)?,
            operators: rows(next(), NameRow::read)?,
            enum_values: rows(next(), EnumValueRow::read)?,
            sequences: rows(next(), SequenceRow::read)?,
            inheritance: rows(next(), InheritanceRow::read)?,
            operator_classes: rows(next(), NameRow::read)?,
            collations: rows(next(), NameRow::read)?,
            comments: rows(next(), CommentRow::read)?,
            entities: rows((0..ENTITY_SETS).filter_map(|_| next()), EntityRow::read)?,
            entity_columns: rows(next(), EntityColumnRow::read)?,
            dependencies: rows(next(), DependencyRow::read)?,
            grants: rows(next(), GrantRow::read)?,
            default_privileges: rows(next(), DefaultPrivilegeRow::read)?,
            owners: rows(next(), OwnerRow::read)?,
        })
    }
}

fn rows<'a, T>(
    sets: impl IntoIterator<Item = &'a ResultSet>,
    read: impl Fn(Row<'a>) -> Result<T, InspectError>,
) -> Result<Vec<T>, InspectError> {
    let mut rows = Vec::new();
    for set in sets {
        rows.reserve(set.rows().len());
        for row in set.rows() {
            rows.push(read(row)?);
        }
    }
    Ok(rows)
}
