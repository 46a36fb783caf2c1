//! What is asked of the system catalogues, and the answers as typed rows (PostgreSQL docs, "System Catalogs").
//!
//! The queries are written for speed on large schemas: no correlated subqueries, no functions that look up one
//! object each (`obj_description`), nothing sorted, and deparsing only for what no column tells.

use limbeck_dialect::quote_literal;
use limbeck_schema::Dialect;
use tokio_postgres::SimpleQueryMessage;

use super::deparsed::SETTINGS;
use super::result::{Row, result_sets};
use crate::InspectError;

/// An object identifier.
pub(super) type Oid = u32;

const QUERIES: &str = r#"SELECT n.oid, n.nspname, n.nspname = current_schema()
  FROM pg_namespace n WHERE {schemas};
SELECT c.oid, c.relnamespace, c.relname, c.relpersistence, c.reloptions, am.amname, ts.spcname,
       CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_am am ON am.oid = c.relam
  LEFT JOIN pg_tablespace ts ON ts.oid = c.reltablespace
 WHERE {schemas} AND {is_table} AND {not_of_extension};
SELECT a.attrelid, a.attnum, a.attname, a.atttypid, format_type(a.atttypid, a.atttypmod), a.attnotnull,
       a.attidentity, a.attgenerated, a.attcollation, a.attcollation <> t.typcollation, a.attislocal,
       pg_get_expr(d.adbin, CASE WHEN a.attgenerated = '' THEN 0 ELSE d.adrelid END)
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE {schemas} AND {is_table} AND a.attnum > 0 AND NOT a.attisdropped;
SELECT k.oid, k.conrelid, k.conname, k.contype, k.conkey, k.conindid, k.confrelid, k.confkey, k.confupdtype,
       k.confdeltype, k.confmatchtype, {delete_columns}, k.condeferrable, k.condeferred, k.convalidated,
       k.connoinherit, CASE WHEN k.contype = 'c' THEN pg_get_expr(k.conbin, k.conrelid) END, k.contypid, k.conexclop
  FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace
 WHERE {schemas} AND k.contype IN ('p', 'u', 'f', 'c', 'x') AND k.conislocal AND k.conparentid = 0;
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
SELECT c.oid, n.nspname = current_schema(), n.nspname, c.relname, a.attnum, a.attname
  FROM (SELECT k.confrelid FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace
         WHERE {schemas} AND k.contype = 'f' AND k.conparentid = 0
        UNION
        SELECT h.inhparent FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid
          JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {schemas} AND {is_table}) AS r (oid)
  JOIN pg_class c ON c.oid = r.oid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid
 WHERE NOT ({schemas} AND {is_table}) AND a.attnum > 0 AND NOT a.attisdropped;
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
SELECT c.oid, c.relnamespace, c.relname, c.relkind, c.reloptions, pg_get_viewdef(c.oid)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE {schemas} AND c.relkind IN ('v', 'm') AND {not_of_extension};
SELECT g.tgrelid, g.tgname, pg_get_triggerdef(g.oid)
  FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE {schemas} AND NOT g.tgisinternal AND g.tgparentid = 0
   AND NOT EXISTS (SELECT FROM pg_depend e
                    WHERE e.classid = 'pg_trigger'::regclass AND e.objid = g.oid AND e.deptype = 'e');
SELECT d.classoid::regclass, d.objoid, d.objsubid, d.description
  FROM pg_description d
 WHERE d.classoid IN ('pg_class'::regclass, 'pg_constraint'::regclass, 'pg_type'::regclass,
                      'pg_namespace'::regclass)
   AND d.objoid >= 2200"#;

/// Ordinary and partitioned tables, without partitions and temporary ones.
const IS_TABLE: &str = "c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'";

const NOT_OF_EXTENSION: &str = "NOT EXISTS (SELECT FROM pg_depend e \
     WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')";

const TYPE_NOT_OF_EXTENSION: &str = "NOT EXISTS (SELECT FROM pg_depend e \
     WHERE e.classid = 'pg_type'::regclass AND e.objid = t.oid AND e.deptype = 'e')";

/// The whole inspection as one batch: a read-only transaction that sees one state of the database.
pub(super) fn batch(server_version: u32, schemas: &[String]) -> String {
    let since_15 = |column: &'static str, before: &'static str| {
        if server_version >= 150_000 { column } else { before }
    };
    let queries = QUERIES
        .replace("{schemas}", &schema_condition(schemas))
        .replace("{is_table}", IS_TABLE)
        .replace("{not_of_extension}", NOT_OF_EXTENSION)
        .replace("{type_not_of_extension}", TYPE_NOT_OF_EXTENSION)
        .replace("{delete_columns}", since_15("k.confdelsetcols", "NULL"))
        .replace("{nulls_not_distinct}", since_15("i.indnullsnotdistinct", "false"));
    // Compiling the queries would take longer than running them.
    format!(
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;\nSET LOCAL jit = off;\n{SETTINGS};\n{queries};\nCOMMIT"
    )
}

fn schema_condition(schemas: &[String]) -> String {
    let mut condition = "(n.nspname = current_schema()".to_owned();
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
    pub(super) columns: Vec<ColumnRow<'a>>,
    pub(super) constraints: Vec<ConstraintRow<'a>>,
    pub(super) indexes: Vec<IndexRow<'a>>,
    pub(super) index_expressions: Vec<IndexExpressionRow<'a>>,
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
    pub(super) views: Vec<ViewRow<'a>>,
    pub(super) triggers: Vec<TriggerRow<'a>>,
    pub(super) comments: Vec<CommentRow<'a>>,
}

impl<'a> Catalogue<'a> {
    /// Reads the answers in the order of the queries.
    pub(super) fn read(messages: &'a [SimpleQueryMessage]) -> Result<Self, InspectError> {
        // The first set is the answer of the settings.
        let mut sets = result_sets(messages).into_iter().skip(1);
        let mut next = || sets.next().unwrap_or_default();
        Ok(Self {
            namespaces: rows(next(), NamespaceRow::read)?,
            tables: rows(next(), TableRow::read)?,
            columns: rows(next(), ColumnRow::read)?,
            constraints: rows(next(), ConstraintRow::read)?,
            indexes: rows(next(), IndexRow::read)?,
            index_expressions: rows(next(), IndexExpressionRow::read)?,
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
            views: rows(next(), ViewRow::read)?,
            triggers: rows(next(), TriggerRow::read)?,
            comments: rows(next(), CommentRow::read)?,
        })
    }
}

fn rows<'a, T>(
    set: Vec<Row<'a>>,
    read: impl Fn(Row<'a>) -> Result<T, InspectError>,
) -> Result<Vec<T>, InspectError> {
    set.into_iter().map(read).collect()
}

/// A schema.
pub(super) struct NamespaceRow<'a> {
    pub(super) oid: Oid,
    pub(super) name: &'a str,
    pub(super) is_default: bool,
}

impl<'a> NamespaceRow<'a> {
    fn read(row: Row<'a>) -> Result<Self, InspectError> {
        Ok(Self { oid: row.number(0, "pg_namespace.oid")?, name: row.text(1), is_default: row.boolean(2) })
    }
}

/// A table.
pub(super) struct TableRow<'a> {
    pub(super) oid: Oid,
    pub(super) namespace: Oid,
    pub(super) name: &'a str,
    pub(super) persistence: char,
    pub(super) row: Row<'a>,
    pub(super) access_method: Option<&'a str>,
    pub(super) tablespace: Option<&'a str>,
    pub(super) partition_key: Option<&'a str>,
}

impl<'a> TableRow<'a> {
    fn read(row: Row<'a>) -> Result<Self, InspectError> {
        Ok(Self {
            oid: row.number(0, "pg_class.oid")?,
            namespace: row.number(1, "pg_class.relnamespace")?,
            name: row.text(2),
            persistence: row.character(3),
            row,
            access_method: row.optional(5),
            tablespace: row.optional(6),
            partition_key: row.optional(7),
        })
    }

    /// The storage parameters.
    pub(super) fn options(&self) -> std::collections::BTreeMap<String, String> {
        self.row.parameters(4)
    }
}

/// A column of a table.
pub(super) struct ColumnRow<'a> {
    pub(super) table: Oid,
    pub(super) number: i16,
    pub(super) name: &'a str,
    pub(super) type_oid: Oid,
    pub(super) type_text: &'a str,
    pub(super) not_null: bool,
    pub(super) identity: char,
    pub(super) generated: char,
    pub(super) collation: Oid,
    pub(super) has_own_collation: bool,
    pub(super) is_local: bool,
    pub(super) expression: Option<&'a str>,
}

impl<'a> ColumnRow<'a> {
    fn read(row: Row<'a>) -> Result<Self, InspectError> {
        Ok(Self {
            table: row.number(0, "pg_attribute.attrelid")?,
            number: row.number(1, "pg_attribute.attnum")?,
            name: row.text(2),
            type_oid: row.number(3, "pg_attribute.atttypid")?,
            type_text: row.text(4),
            not_null: row.boolean(5),
            identity: row.character(6),
            generated: row.character(7),
            collation: row.number(8, "pg_attribute.attcollation")?,
            has_own_collation: row.boolean(9),
            is_local: row.boolean(10),
            expression: row.optional(11),
        })
    }
}

/// A constraint of a table or domain.
pub(super) struct ConstraintRow<'a> {
    pub(super) oid: Oid,
    pub(super) table: Oid,
    pub(super) name: &'a str,
    pub(super) kind: char,
    pub(super) columns: Vec<i16>,
    pub(super) index: Oid,
    pub(super) referred_table: Oid,
    pub(super) referred_columns: Vec<i16>,
    pub(super) on_update: char,
    pub(super) on_delete: char,
    pub(super) match_type: char,
    pub(super) on_delete_columns: Vec<i16>,
    pub(super) deferrable: bool,
    pub(super) deferred: bool,
    pub(super) validated: bool,
    pub(super) no_inherit: bool,
    pub(super) expression: Option<&'a str>,
    /// The domain, or 0.
    pub(super) domain: Oid,
    pub(super) operators: Vec<Oid>,
}

impl<'a> ConstraintRow<'a> {
    fn read(row: Row<'a>) -> Result<Self, InspectError> {
        Ok(Self {
            oid: row.number(0, "pg_constraint.oid")?,
            table: row.number(1, "pg_constraint.conrelid")?,
            name: row.text(2),
            kind: row.character(3),
            columns: row.numbers(4, "pg_constraint.conkey")?,
            index: row.number(5, "pg_constraint.conindid")?,
            referred_table: row.number(6, "pg_constraint.confrelid")?,
            referred_columns: row.numbers(7, "pg_constraint.confkey")?,
            on_update: row.character(8),
            on_delete: row.character(9),
            match_type: row.character(10),
            on_delete_columns: row.numbers(11, "pg_constraint.confdelsetcols")?,
            deferrable: row.boolean(12),
            deferred: row.boolean(13),
            validated: row.boolean(14),
            no_inherit: row.boolean(15),
            expression: row.optional(16),
            domain: row.number(17, "pg_constraint.contypid")?,
            operators: row.numbers(18, "pg_constraint.conexclop")?,
        })
    }
}

/// An index, including those behind constraints.
pub(super) struct IndexRow<'a> {
    pub(super) oid: Oid,
    pub(super) table: Oid,
    pub(super) name: &'a str,
    pub(super) unique: bool,
    pub(super) nulls_not_distinct: bool,
    pub(super) key_count: usize,
    pub(super) columns: Vec<i16>,
    pub(super) options: Vec<i16>,
    pub(super) operator_classes: Vec<Oid>,
    pub(super) collations: Vec<Oid>,
    pub(super) access_method: &'a str,
    pub(super) row: Row<'a>,
    pub(super) tablespace: Option<&'a str>,
    pub(super) predicate: Option<&'a str>,
    /// Whether a primary key, unique or exclusion constraint made it.
    pub(super) of_constraint: bool,
}

impl<'a> IndexRow<'a> {
    fn read(row: Row<'a>) -> Result<Self, InspectError> {
        Ok(Self {
            oid: row.number(0, "pg_index.indexrelid")?,
            table: row.number(1, "pg_index.indrelid")?,
            name: row.text(2),
            unique: row.boolean(3),
            nulls_not_distinct: row.boolean(4),
            key_count: row.number(5, "pg_index.indnkeyatts")?,
            columns: row.numbers(6, "pg_index.indkey")?,
            options: row.numbers(7, "pg_index.indoption")?,
            operator_classes: row.numbers(8, "pg_index.indclass")?,
            collations: row.numbers(9, "pg_index.indcollation")?,
            access_method: row.text(10),
            row,
            tablespace: row.optional(12),
            predicate: row.optional(13),
            of_constraint: row.boolean(14),
        })
    }

    /// The storage parameters.
    pub(super) fn parameters(&self) -> std::collections::BTreeMap<String, String> {
        self.row.parameters(11)
    }
}

/// An expression that an index has for a key.
pub(super) struct IndexExpressionRow<'a> {
    pub(super) index: Oid,
    /// 1-based.
    pub(super) position: usize,
    pub(super) expression: &'a str,
    /// The whole definition, where only it tells whether a collation belongs to the expression or to the key.
    pub(super) definition: Option<&'a str>,
}

impl<'a> IndexExpressionRow<'a> {
    fn read(row: Row<'a>) -> Result<Self, InspectError> {
        Ok(Self {
            index: row.number(0, "pg_index.indexrelid")?,
            position: row.number(1, "a key position")?,
            expression: row.text(2),
            definition: row.optional(3),
        })
    }
}

/// A column of a table that is referred to, but is not among the tables read.
pub(super) struct ForeignColumnRow<'a> {
    pub(super) table: Oid,
    pub(super) in_default_schema: bool,
    pub(super) schema: &'a str,
    pub(super) table_name: &'a str,
    pub(super) number: i16,
    pub(super) name: &'a str,
}

impl<'a> ForeignColumnRow<'a> {
    fn read(row: Row<'a>) -> Result<Self, InspectError> {
        Ok(Self {
            table: row.number(0, "pg_class.oid")?,
            in_default_schema: row.boolean(1),
            schema: row.text(2),
            table_name: row.text(3),
            number: row.number(4, "pg_attribute.attnum")?,
            name: row.text(5),
        })
    }
}

/// An enum type.
pub(super) struct EnumRow<'a> {
    pub(super) oid: Oid,
    pub(super) array: Oid,
    pub(super) namespace: Oid,
    pub(super) name: &'a str,
}

impl<'a> EnumRow<'a> {
    fn read(row: Row<'a>) -> Result<Self, InspectError> {
        Ok(Self {
            oid: row.number(0, "pg_type.oid")?,
            array: row.number(1, "pg_type.typarray")?,
            namespace: row.number(2, "pg_type.typnamespace")?,
            name: row.text(3),
        })
    }
}

/// A domain.
pub(super) struct DomainRow<'a> {
    pub(super) oid: Oid,
    pub(super) array: Oid,
    pub(super) namespace: Oid,
    pub(super) name: &'a str,
    pub(super) base_oid: Oid,
    pub(super) base_text: &'a str,
    pub(super) not_null: bool,
    pub(super) collation: Oid,
    pub(super) has_own_collation: bool,
    pub(super) default: Option<&'a str>,
}

impl<'a> DomainRow<'a> {
    fn read(row: Row<'a>) -> Result<Self, InspectError> {
        Ok(Self {
            oid: row.number(0, "pg_type.oid")?,
            array: row.number(1, "pg_type.typarray")?,
            namespace: row.number(2, "pg_type.typnamespace")?,
            name: row.text(3),
            base_oid: row.number(4, "pg_type.typbasetype")?,
            base_text: row.text(5),
            not_null: row.boolean(6),
            collation: row.number(7, "pg_type.typcollation")?,
            has_own_collation: row.boolean(8),
            default: row.optional(9),
        })
    }
}

/// A composite type that is not a table's.
pub(super) struct CompositeRow<'a> {
    pub(super) oid: Oid,
    pub(super) array: Oid,
    pub(super) namespace: Oid,
    pub(super) name: &'a str,
    /// The relation that holds its attributes.
    pub(super) relation: Oid,
}

impl<'a> CompositeRow<'a> {
    fn read(row: Row<'a>) -> Result<Self, InspectError> {
        Ok(Self {
            oid: row.number(0, "pg_type.oid")?,
            array: row.number(1, "pg_type.typarray")?,
            namespace: row.number(2, "pg_type.typnamespace")?,
            name: row.text(3),
            relation: row.number(4, "pg_type.typrelid")?,
        })
    }
}

/// An attribute of a composite type.
pub(super) struct AttributeRow<'a> {
    pub(super) relation: Oid,
    pub(super) number: i16,
    pub(super) name: &'a str,
    pub(super) type_oid: Oid,
    pub(super) type_text: &'a str,
    pub(super) collation: Oid,
    pub(super) has_own_collation: bool,
}

impl<'a> AttributeRow<'a> {
    fn read(row: Row<'a>) -> Result<Self, InspectError> {
        Ok(Self {
            relation: row.number(0, "pg_attribute.attrelid")?,
            number: row.number(1, "pg_attribute.attnum")?,
            name: row.text(2),
            type_oid: row.number(3, "pg_attribute.atttypid")?,
            type_text: row.text(4),
            collation: row.number(5, "pg_attribute.attcollation")?,
            has_own_collation: row.boolean(6),
        })
    }
}

/// A value of an enum type.
pub(super) struct EnumValueRow<'a> {
    pub(super) enum_type: Oid,
    pub(super) sort_order: f32,
    pub(super) label: &'a str,
}

impl<'a> EnumValueRow<'a> {
    fn read(row: Row<'a>) -> Result<Self, InspectError> {
        Ok(Self {
            enum_type: row.number(0, "pg_enum.enumtypid")?,
            sort_order: row.number(1, "pg_enum.enumsortorder")?,
            label: row.text(2),
        })
    }
}

/// A sequence, including those behind identity columns.
pub(super) struct SequenceRow<'a> {
    pub(super) oid: Oid,
    pub(super) namespace: Oid,
    pub(super) name: &'a str,
    pub(super) data_type: &'a str,
    pub(super) start: i64,
    pub(super) increment: i64,
    pub(super) min_value: i64,
    pub(super) max_value: i64,
    pub(super) cache: i64,
    pub(super) cycle: bool,
    pub(super) owner: Option<SequenceOwner>,
}

/// The column that a sequence belongs to.
pub(super) struct SequenceOwner {
    /// Whether the sequence is the column's identity, else it is merely owned.
    pub(super) is_identity: bool,
    pub(super) table: Oid,
    pub(super) column: i16,
}

impl<'a> SequenceRow<'a> {
    fn read(row: Row<'a>) -> Result<Self, InspectError> {
        let owner = match row.optional(10) {
            None => None,
            Some(kind) => Some(SequenceOwner {
                is_identity: kind == "i",
                table: row.number(11, "pg_depend.refobjid")?,
                column: row.number(12, "pg_depend.refobjsubid")?,
            }),
        };
        Ok(Self {
            oid: row.number(0, "pg_sequence.seqrelid")?,
            namespace: row.number(1, "pg_class.relnamespace")?,
            name: row.text(2),
            data_type: row.text(3),
            start: row.number(4, "pg_sequence.seqstart")?,
            increment: row.number(5, "pg_sequence.seqincrement")?,
            min_value: row.number(6, "pg_sequence.seqmin")?,
            max_value: row.number(7, "pg_sequence.seqmax")?,
            cache: row.number(8, "pg_sequence.seqcache")?,
            cycle: row.boolean(9),
            owner,
        })
    }
}

/// A parent of a table.
pub(super) struct InheritanceRow {
    pub(super) child: Oid,
    pub(super) position: i32,
    pub(super) parent: Oid,
}

impl InheritanceRow {
    fn read(row: Row<'_>) -> Result<Self, InspectError> {
        Ok(Self {
            child: row.number(0, "pg_inherits.inhrelid")?,
            position: row.number(1, "pg_inherits.inhseqno")?,
            parent: row.number(2, "pg_inherits.inhparent")?,
        })
    }
}

/// The name of an operator class, an operator or a collation.
pub(super) struct NameRow<'a> {
    pub(super) oid: Oid,
    pub(super) name: &'a str,
}

impl<'a> NameRow<'a> {
    fn read(row: Row<'a>) -> Result<Self, InspectError> {
        Ok(Self { oid: row.number(0, "an oid")?, name: row.text(1) })
    }
}

/// A view or materialized view.
pub(super) struct ViewRow<'a> {
    pub(super) oid: Oid,
    pub(super) namespace: Oid,
    pub(super) name: &'a str,
    pub(super) materialized: bool,
    pub(super) row: Row<'a>,
    pub(super) query: &'a str,
}

impl<'a> ViewRow<'a> {
    fn read(row: Row<'a>) -> Result<Self, InspectError> {
        Ok(Self {
            oid: row.number(0, "pg_class.oid")?,
            namespace: row.number(1, "pg_class.relnamespace")?,
            name: row.text(2),
            materialized: row.character(3) == 'm',
            row,
            query: row.text(5),
        })
    }

    /// The options of `WITH (…)`.
    pub(super) fn options(&self) -> std::collections::BTreeMap<String, String> {
        self.row.parameters(4)
    }
}

/// A trigger.
pub(super) struct TriggerRow<'a> {
    pub(super) relation: Oid,
    pub(super) name: &'a str,
    pub(super) definition: &'a str,
}

impl<'a> TriggerRow<'a> {
    fn read(row: Row<'a>) -> Result<Self, InspectError> {
        Ok(Self {
            relation: row.number(0, "pg_trigger.tgrelid")?,
            name: row.text(1),
            definition: row.text(2),
        })
    }
}

/// A comment. Object identifiers are unique within their catalogue only, so it is part of the key.
pub(super) struct CommentRow<'a> {
    pub(super) catalogue: &'a str,
    pub(super) object: Oid,
    pub(super) column: i16,
    pub(super) text: &'a str,
}

impl<'a> CommentRow<'a> {
    fn read(row: Row<'a>) -> Result<Self, InspectError> {
        Ok(Self {
            catalogue: row.text(0),
            object: row.number(1, "pg_description.objoid")?,
            column: row.number(2, "pg_description.objsubid")?,
            text: row.text(3),
        })
    }
}
