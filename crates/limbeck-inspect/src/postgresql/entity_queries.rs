//! What is asked of the system catalogues about entities: a query for each kind, all with the same columns, so that their
//! answers are rows of one type (PostgreSQL docs, "System Catalogs").
//!
//! Definitions come whole from the server. Where it has no function that prints one (`pg_get_viewdef` leaves out the
//! options, aggregates have none at all), the query puts it together in the way of `pg_dump`. The trigger and rule
//! printers name tables by the search path only in their "pretty" form.

/// Kind, object, namespace, name, arguments, relation it is on, definition, when it fires, owner, shape, whether a
/// materialized view holds data. `{prefix}` is the schema with a point, and nothing for the default schema.
const FUNCTIONS: &str = r#"SELECT CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END, p.oid, p.pronamespace, p.proname::text,
       oidvectortypes(p.proargtypes), 0::oid,
       'CREATE ' || CASE p.prokind WHEN 'p' THEN 'PROCEDURE ' ELSE 'FUNCTION ' END || {prefix}
         || substr(f.definition, length('CREATE OR REPLACE FUNCTION .') + 1 + (p.prokind = 'p')::integer
                                 + length(quote_ident(n.nspname))),
       'O'::text, nullif(pg_get_userbyid(p.proowner), current_user)::text,
       array_remove(ARRAY['RETURNS ' || pg_get_function_result(p.oid),
                          'ARGUMENTS ' || pg_get_function_identity_arguments(p.oid)], NULL)
         || array_fill('DEFAULT'::text, ARRAY[p.pronargdefaults::integer]), true
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
 CROSS JOIN LATERAL (SELECT rtrim(pg_get_functiondef(p.oid), E'\n')) AS f (definition)
 WHERE {schemas} AND p.prokind <> 'a' AND {own p pg_proc}"#;

const AGGREGATES: &str = r#"SELECT 'aggregate', p.oid, p.pronamespace, p.proname::text, oidvectortypes(p.proargtypes), 0::oid,
       'CREATE AGGREGATE ' || {prefix} || quote_ident(p.proname) || '('
         || coalesce(nullif(pg_get_function_arguments(p.oid), ''), '*') || ') (' || concat_ws(', ',
         'SFUNC = ' || a.aggtransfn::text,
         'STYPE = ' || format_type(a.aggtranstype, NULL),
         'SSPACE = ' || nullif(a.aggtransspace, 0),
         'FINALFUNC = ' || nullif(a.aggfinalfn::text, '-'),
         CASE WHEN a.aggfinalextra THEN 'FINALFUNC_EXTRA' END,
         CASE WHEN a.aggfinalfn <> 0 AND a.aggfinalmodify <> CASE a.aggkind WHEN 'n' THEN 'r' ELSE 'w' END
              THEN 'FINALFUNC_MODIFY = '
                || CASE a.aggfinalmodify WHEN 'r' THEN 'READ_ONLY' WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END END,
         'COMBINEFUNC = ' || nullif(a.aggcombinefn::text, '-'),
         'SERIALFUNC = ' || nullif(a.aggserialfn::text, '-'),
         'DESERIALFUNC = ' || nullif(a.aggdeserialfn::text, '-'),
         'INITCOND = ' || quote_literal(a.agginitval),
         'MSFUNC = ' || nullif(a.aggmtransfn::text, '-'),
         'MINVFUNC = ' || nullif(a.aggminvtransfn::text, '-'),
         'MSTYPE = ' || format_type(nullif(a.aggmtranstype, 0), NULL),
         'MSSPACE = ' || nullif(a.aggmtransspace, 0),
         'MFINALFUNC = ' || nullif(a.aggmfinalfn::text, '-'),
         CASE WHEN a.aggmfinalextra THEN 'MFINALFUNC_EXTRA' END,
         CASE WHEN a.aggmfinalfn <> 0 AND a.aggmfinalmodify <> CASE a.aggkind WHEN 'n' THEN 'r' ELSE 'w' END
              THEN 'MFINALFUNC_MODIFY = '
                || CASE a.aggmfinalmodify WHEN 'r' THEN 'READ_ONLY' WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END END,
         'MINITCOND = ' || quote_literal(a.aggminitval),
         'SORTOP = OPERATOR(' || quote_ident(sn.nspname) || '.' || s.oprname || ')',
         'PARALLEL = ' || CASE p.proparallel WHEN 's' THEN 'SAFE' WHEN 'r' THEN 'RESTRICTED' END,
         CASE WHEN a.aggkind = 'h' THEN 'HYPOTHETICAL' END) || ')',
       'O', nullif(pg_get_userbyid(p.proowner), current_user)::text,
       ARRAY['RETURNS ' || pg_get_function_result(p.oid), 'ARGUMENTS ' || pg_get_function_identity_arguments(p.oid),
             'KIND ' || a.aggkind::text], true
  FROM pg_proc p JOIN pg_aggregate a ON a.aggfnoid = p.oid JOIN pg_namespace n ON n.oid = p.pronamespace
  LEFT JOIN pg_operator s ON s.oid = a.aggsortop LEFT JOIN pg_namespace sn ON sn.oid = s.oprnamespace
 WHERE {schemas} AND {own p pg_proc}"#;

const VIEWS: &str = r#"SELECT CASE c.relkind WHEN 'm' THEN 'materialized_view' ELSE 'view' END, c.oid, c.relnamespace, c.relname::text,
       NULL, 0::oid,
       concat('CREATE ', CASE c.relkind WHEN 'm' THEN 'MATERIALIZED VIEW ' ELSE 'VIEW ' END, {prefix}, quote_ident(c.relname),
         ' USING ' || quote_ident(nullif(am.amname, 'heap')),
         ' WITH (' || (SELECT string_agg(o, ', ' ORDER BY o COLLATE "C") FROM unnest(c.reloptions) AS o) || ')',
         ' TABLESPACE ' || quote_ident(ts.spcname),
         E' AS\n', rtrim(pg_get_viewdef(c.oid), ';'),
         (SELECT string_agg(format(E';\nALTER VIEW %s%I ALTER COLUMN %I SET DEFAULT %s', {prefix}, c.relname, a.attname,
                                   pg_get_expr(d.adbin, d.adrelid)), '' ORDER BY d.adnum)
            FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
           WHERE d.adrelid = c.oid)),
       'O', nullif(pg_get_userbyid(c.relowner), current_user)::text, NULL, c.relispopulated
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_am am ON am.oid = c.relam LEFT JOIN pg_tablespace ts ON ts.oid = c.reltablespace
 WHERE {schemas} AND c.relkind IN ('v', 'm') AND c.relpersistence <> 't' AND {own c pg_class}"#;

const TRIGGERS: &str = r#"SELECT 'trigger', t.oid, 0::oid, t.tgname::text, NULL, t.tgrelid, pg_get_triggerdef(t.oid, true),
       t.tgenabled::text, NULL, NULL, true
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE {schemas} AND c.relpersistence <> 't' AND NOT t.tgisinternal AND t.tgparentid = 0 AND {own t pg_trigger}
   AND {own c pg_class}"#;

const RULES: &str = r#"SELECT 'rule', r.oid, 0::oid, r.rulename::text, NULL, r.ev_class, rtrim(pg_get_ruledef(r.oid, true), ';'),
       r.ev_enabled::text, NULL, NULL, true
  FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE {schemas} AND r.rulename <> '_RETURN' AND r.oid >= 16384 AND c.relpersistence <> 't' AND {own r pg_rewrite}
   AND {own c pg_class}"#;

const POLICIES: &str = r#"SELECT 'policy', p.oid, 0::oid, p.polname::text, NULL, p.polrelid,
       concat('CREATE POLICY ', quote_ident(p.polname), ' ON ', {prefix}, quote_ident(c.relname),
         CASE WHEN NOT p.polpermissive THEN ' AS RESTRICTIVE' END,
         ' FOR ' || CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' END,
         ' TO ' || (SELECT string_agg(quote_ident(u.rolname), ', ' ORDER BY u.rolname COLLATE "C")
                      FROM pg_roles u WHERE u.oid = ANY (p.polroles)),
         E'\n    USING (' || pg_get_expr(p.polqual, p.polrelid) || ')',
         E'\n    WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')'),
       'O', NULL, NULL, true
  FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE {schemas} AND {own p pg_policy} AND {own c pg_class}"#;

const EXTENSIONS: &str = r#"SELECT 'extension', e.oid, 0::oid, e.extname::text, NULL, 0::oid,
       concat('CREATE EXTENSION ', quote_ident(e.extname),
         ' WITH SCHEMA ' || CASE WHEN n.nspname IS DISTINCT FROM current_schema() THEN quote_ident(n.nspname) END,
         ' VERSION ' || quote_literal(e.extversion)),
       'O', nullif(pg_get_userbyid(e.extowner), current_user)::text, NULL, true
  FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
 WHERE e.oid >= 16384"#;

const COLLATIONS: &str = r#"SELECT 'collation', l.oid, l.collnamespace, l.collname::text, NULL, 0::oid,
       concat('CREATE COLLATION ', {prefix}, quote_ident(l.collname), ' (', concat_ws(', ',
         'provider = ' || CASE l.collprovider WHEN 'c' THEN 'libc' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'default' END,
         CASE WHEN {collation_locale} IS NOT NULL THEN 'locale = ' || quote_literal({collation_locale})
              WHEN l.collcollate = l.collctype THEN 'locale = ' || quote_literal(l.collcollate)
              ELSE 'lc_collate = ' || quote_literal(l.collcollate) || ', lc_ctype = ' || quote_literal(l.collctype) END,
         'rules = ' || quote_literal({collation_rules}),
         CASE WHEN NOT l.collisdeterministic THEN 'deterministic = false' END), ')'),
       'O', nullif(pg_get_userbyid(l.collowner), current_user)::text, NULL, true
  FROM pg_collation l JOIN pg_namespace n ON n.oid = l.collnamespace
 WHERE {schemas} AND l.oid >= 16384 AND {own l pg_collation}"#;

const RANGES: &str = r#"SELECT 'range_type', t.oid, t.typnamespace, t.typname::text, NULL, 0::oid,
       concat('CREATE TYPE ', {prefix}, quote_ident(t.typname), ' AS RANGE (', concat_ws(', ',
         'subtype = ' || format_type(r.rngsubtype, NULL),
         'multirange_type_name = ' || {prefix} || quote_ident(m.typname),
         CASE WHEN NOT o.opcdefault THEN 'subtype_opclass = ' || quote_ident(op.nspname) || '.' || quote_ident(o.opcname) END,
         'collation = ' || CASE WHEN r.rngcollation <> s.typcollation THEN r.rngcollation::regcollation::text END,
         'canonical = ' || nullif(r.rngcanonical::text, '-'),
         'subtype_diff = ' || nullif(r.rngsubdiff::text, '-')), ')'),
       'O', nullif(pg_get_userbyid(t.typowner), current_user)::text, NULL, true
  FROM pg_range r JOIN pg_type t ON t.oid = r.rngtypid JOIN pg_namespace n ON n.oid = t.typnamespace
  JOIN pg_type s ON s.oid = r.rngsubtype JOIN pg_type m ON m.oid = r.rngmultitypid
  JOIN pg_opclass o ON o.oid = r.rngsubopc JOIN pg_namespace op ON op.oid = o.opcnamespace
 WHERE {schemas} AND {own t pg_type}"#;

const OPERATORS: &str = r#"SELECT 'operator', o.oid, o.oprnamespace, o.oprname::text,
       concat(CASE WHEN o.oprleft = 0 THEN 'NONE' ELSE format_type(o.oprleft, NULL) END, ', ', format_type(o.oprright, NULL)), 0::oid,
       concat('CREATE OPERATOR ', {prefix}, o.oprname, ' (', concat_ws(', ',
         'FUNCTION = ' || o.oprcode::text,
         'LEFTARG = ' || format_type(nullif(o.oprleft, 0), NULL),
         'RIGHTARG = ' || format_type(o.oprright, NULL),
         'COMMUTATOR = OPERATOR(' || cn.nspname || '.' || c.oprname || ')',
         'NEGATOR = OPERATOR(' || gn.nspname || '.' || g.oprname || ')',
         'RESTRICT = ' || nullif(o.oprrest::text, '-'),
         'JOIN = ' || nullif(o.oprjoin::text, '-'),
         CASE WHEN o.oprcanhash THEN 'HASHES' END,
         CASE WHEN o.oprcanmerge THEN 'MERGES' END), ')'),
       'O', nullif(pg_get_userbyid(o.oprowner), current_user)::text, NULL, true
  FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace
  LEFT JOIN pg_operator c ON c.oid = o.oprcom LEFT JOIN pg_namespace cn ON cn.oid = c.oprnamespace
  LEFT JOIN pg_operator g ON g.oid = o.oprnegate LEFT JOIN pg_namespace gn ON gn.oid = g.oprnamespace
 WHERE {schemas} AND o.oprcode <> 0 AND o.oid >= 16384 AND {own o pg_operator}"#;

const CASTS: &str = r#"SELECT 'cast', k.oid, 0::oid, format('%s AS %s', format_type(k.castsource, NULL), format_type(k.casttarget, NULL)), NULL, 0::oid,
       format('CREATE CAST (%s AS %s) %s%s', format_type(k.castsource, NULL), format_type(k.casttarget, NULL),
         CASE k.castmethod WHEN 'f' THEN 'WITH FUNCTION ' || k.castfunc::regprocedure::text
              WHEN 'i' THEN 'WITH INOUT' ELSE 'WITHOUT FUNCTION' END,
         CASE k.castcontext WHEN 'a' THEN ' AS ASSIGNMENT' WHEN 'i' THEN ' AS IMPLICIT' ELSE '' END),
       'O', NULL, NULL, true
  FROM pg_cast k WHERE k.oid >= 16384 AND {own k pg_cast}"#;

const TEXT_SEARCH: &str = r#"SELECT 'text_search_dictionary', d.oid, d.dictnamespace, d.dictname::text, NULL, 0::oid,
       concat('CREATE TEXT SEARCH DICTIONARY ', {prefix}, quote_ident(d.dictname), ' (TEMPLATE = ',
         CASE WHEN tn.nspname NOT IN ('pg_catalog', current_schema()) THEN quote_ident(tn.nspname) || '.' END,
         quote_ident(t.tmplname), ', ' || d.dictinitoption, ')'),
       'O', nullif(pg_get_userbyid(d.dictowner), current_user)::text, NULL, true
  FROM pg_ts_dict d JOIN pg_namespace n ON n.oid = d.dictnamespace
  JOIN pg_ts_template t ON t.oid = d.dicttemplate JOIN pg_namespace tn ON tn.oid = t.tmplnamespace
 WHERE {schemas} AND d.oid >= 16384 AND {own d pg_ts_dict}
UNION ALL
SELECT 'text_search_configuration', g.oid, g.cfgnamespace, g.cfgname::text, NULL, 0::oid,
       concat('CREATE TEXT SEARCH CONFIGURATION ', {prefix}, quote_ident(g.cfgname), ' (PARSER = ',
         CASE WHEN pn.nspname NOT IN ('pg_catalog', current_schema()) THEN quote_ident(pn.nspname) || '.' END,
         quote_ident(p.prsname), ')',
         (SELECT string_agg(format(E';\nALTER TEXT SEARCH CONFIGURATION %s%I ADD MAPPING FOR %s WITH %s', {prefix}, g.cfgname,
                   (SELECT quote_ident(y.alias) FROM ts_token_type(g.cfgparser) y WHERE y.tokid = m.maptokentype),
                   m.dictionaries), '' ORDER BY m.maptokentype)
            FROM (SELECT maptokentype, string_agg(mapdict::regdictionary::text, ', ' ORDER BY mapseqno)
                    FROM pg_ts_config_map WHERE mapcfg = g.oid GROUP BY 1) AS m (maptokentype, dictionaries))),
       'O', nullif(pg_get_userbyid(g.cfgowner), current_user)::text, NULL, true
  FROM pg_ts_config g JOIN pg_namespace n ON n.oid = g.cfgnamespace
  JOIN pg_ts_parser p ON p.oid = g.cfgparser JOIN pg_namespace pn ON pn.oid = p.prsnamespace
 WHERE {schemas} AND g.oid >= 16384 AND {own g pg_ts_config}"#;

const FOREIGN: &str = r#"SELECT 'foreign_data_wrapper', w.oid, 0::oid, w.fdwname::text, NULL, 0::oid,
       concat('CREATE FOREIGN DATA WRAPPER ', quote_ident(w.fdwname),
         ' HANDLER ' || nullif(w.fdwhandler::regproc::text, '-'),
         ' VALIDATOR ' || nullif(w.fdwvalidator::regproc::text, '-'),
         ' OPTIONS (' || {options w.fdwoptions} || ')'),
       'O', nullif(pg_get_userbyid(w.fdwowner), current_user)::text, NULL, true
  FROM pg_foreign_data_wrapper w WHERE {own w pg_foreign_data_wrapper}
UNION ALL
SELECT 'foreign_server', s.oid, 0::oid, s.srvname::text, NULL, 0::oid,
       concat('CREATE SERVER ', quote_ident(s.srvname), ' TYPE ' || quote_literal(s.srvtype),
         ' VERSION ' || quote_literal(s.srvversion), ' FOREIGN DATA WRAPPER ', quote_ident(w.fdwname),
         ' OPTIONS (' || {options s.srvoptions} || ')'),
       'O', nullif(pg_get_userbyid(s.srvowner), current_user)::text, NULL, true
  FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw WHERE {own s pg_foreign_server}
UNION ALL
SELECT 'foreign_table', c.oid, c.relnamespace, c.relname::text, NULL, 0::oid,
       concat('CREATE FOREIGN TABLE ', {prefix}, quote_ident(c.relname),
         CASE WHEN c.relispartition THEN ' PARTITION OF ' || (SELECT inhparent::regclass::text FROM pg_inherits WHERE inhrelid = c.oid) END,
         E' (\n    ' || concat_ws(E',\n    ',
           (SELECT string_agg(concat(quote_ident(a.attname), CASE WHEN NOT c.relispartition THEN ' ' || format_type(a.atttypid, a.atttypmod) END,
                     ' OPTIONS (' || {options a.attfdwoptions} || ')',
                     ' COLLATE ' || CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text END,
                     CASE a.attgenerated WHEN '' THEN ' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid)
                          ELSE ' GENERATED ALWAYS AS (' || pg_get_expr(d.adbin, d.adrelid) || CASE a.attgenerated WHEN 's' THEN ') STORED' ELSE ')' END END,
                     CASE WHEN a.attnotnull THEN ' NOT NULL' END), E',\n    ' ORDER BY a.attnum)
              FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
              LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attislocal),
           (SELECT string_agg('CONSTRAINT ' || quote_ident(k.conname) || ' ' || pg_get_constraintdef(k.oid), E',\n    ' ORDER BY k.conname)
              FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'c' AND k.conislocal)) || E'\n)',
         ' ' || pg_get_expr(c.relpartbound, c.oid),
         CASE WHEN NOT c.relispartition THEN ' INHERITS (' || (SELECT string_agg(inhparent::regclass::text, ', ' ORDER BY inhseqno)
            FROM pg_inherits WHERE inhrelid = c.oid) || ')' END,
         ' SERVER ', quote_ident(s.srvname), ' OPTIONS (' || {options f.ftoptions} || ')'),
       'O', nullif(pg_get_userbyid(c.relowner), current_user)::text, NULL, true
  FROM pg_foreign_table f JOIN pg_class c ON c.oid = f.ftrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_foreign_server s ON s.oid = f.ftserver
 WHERE {schemas} AND {own c pg_class}"#;

/// Options without those whose names say that they hold a secret.
const OPTIONS: &str = r#"(SELECT string_agg(format('%I %L', o.option_name, o.option_value), ', ' ORDER BY o.option_name COLLATE "C")
             FROM pg_options_to_table($) AS o WHERE o.option_name !~* '(pass|secret|token|credential|private|sslkey|api_?key|access_?key)')"#;

const STATISTICS: &str = r#"SELECT 'statistics', x.oid, x.stxnamespace, x.stxname::text, NULL, 0::oid,
       'CREATE STATISTICS ' || {prefix}
         || substr(pg_get_statisticsobjdef(x.oid), length('CREATE STATISTICS .') + 1 + length(quote_ident(n.nspname)))
         || CASE WHEN x.stxstattarget >= 0 THEN
              format(E';\nALTER STATISTICS %s%I SET STATISTICS %s', {prefix}, x.stxname, x.stxstattarget) ELSE '' END,
       'O', nullif(pg_get_userbyid(x.stxowner), current_user)::text, NULL, true
  FROM pg_statistic_ext x JOIN pg_namespace n ON n.oid = x.stxnamespace
 WHERE {schemas} AND {own x pg_statistic_ext}"#;

const PUBLICATIONS: &str = r#"SELECT 'publication', p.oid, 0::oid, p.pubname::text, NULL, 0::oid,
       concat('CREATE PUBLICATION ', quote_ident(p.pubname),
         CASE WHEN p.puballtables THEN ' FOR ALL TABLES' ELSE ' FOR ' || nullif(concat_ws(', ',
           (SELECT 'TABLE ' || string_agg(concat(r.prrelid::regclass::text, {publication_columns}, {publication_filter}), ', '
                     ORDER BY r.prrelid::regclass::text COLLATE "C")
              FROM pg_publication_rel r WHERE r.prpubid = p.oid),
           {publication_schemas}), '') END,
         ' WITH (' || nullif(concat_ws(', ',
           CASE WHEN NOT (p.pubinsert AND p.pubupdate AND p.pubdelete AND p.pubtruncate) THEN 'publish = '
             || quote_literal(concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
                                        CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END)) END,
           CASE WHEN p.pubviaroot THEN 'publish_via_partition_root = true' END{publication_generated}), '') || ')'),
       'O', nullif(pg_get_userbyid(p.pubowner), current_user)::text, NULL, true
  FROM pg_publication p WHERE {own p pg_publication}"#;

const EVENT_TRIGGERS: &str = r#"SELECT 'event_trigger', t.oid, 0::oid, t.evtname::text, NULL, 0::oid,
       concat('CREATE EVENT TRIGGER ', quote_ident(t.evtname), ' ON ', t.evtevent,
         ' WHEN TAG IN (' || (SELECT string_agg(quote_literal(tag), ', ' ORDER BY tag COLLATE "C") FROM unnest(t.evttags) AS tag) || ')',
         ' EXECUTE FUNCTION ', t.evtfoid::regproc::text, '()'),
       t.evtenabled::text, nullif(pg_get_userbyid(t.evtowner), current_user)::text, NULL, true
  FROM pg_event_trigger t WHERE {own t pg_event_trigger}"#;

/// Of each kind or few kinds. One statement with all of them would take several times as long to plan.
const KINDS: [&str; 16] = [
    FUNCTIONS,
    AGGREGATES,
    VIEWS,
    TRIGGERS,
    RULES,
    POLICIES,
    EXTENSIONS,
    COLLATIONS,
    RANGES,
    OPERATORS,
    CASTS,
    TEXT_SEARCH,
    FOREIGN,
    STATISTICS,
    PUBLICATIONS,
    EVENT_TRIGGERS,
];

/// How many sets of entities there are among the answers, before the columns and the dependencies.
pub(super) const ENTITY_SETS: usize = KINDS.len();

/// The queries, in the order in which their answers are read.
pub(super) fn queries(server_version: u32, schemas: &str) -> String {
    let since = |version: u32, text: &'static str, before: &'static str| {
        if server_version >= version * 10_000 { text } else { before }
    };
    let locale = since(15, "l.colliculocale", "CASE l.collprovider WHEN 'i' THEN l.collcollate END");
    let query = format!("{};\n{COLUMNS};\n{DEPENDENCIES}", KINDS.join(";\n"))
        .replace("{collation_locale}", since(17, "l.colllocale", locale))
        .replace("{collation_rules}", since(16, "l.collicurules", "NULL::text"))
        .replace("{publication_columns}", since(15, PUBLICATION_COLUMNS, "NULL"))
        .replace("{publication_filter}", since(15, PUBLICATION_FILTER, "NULL"))
        .replace("{publication_schemas}", since(15, PUBLICATION_SCHEMAS, "NULL"))
        .replace("{publication_generated}", since(18, PUBLICATION_GENERATED, ""))
        .replace("{publication}", since(15, "m.prpubid, s.pnpubid", "m.prpubid, NULL"))
        .replace("{publication_schema_class}", since(15, "'pg_publication_namespace'::regclass, ", ""))
        .replace("{publication_schema}", since(15, PUBLICATION_SCHEMA, ""));
    completed(&query, schemas)
}

/// A query with its placeholders filled in that do not depend on the server.
pub(super) fn completed(query: &str, schemas: &str) -> String {
    let query = query.replace("{schemas}", schemas).replace("{prefix}", PREFIX);
    let query = expand(&query, "{options ", |source| OPTIONS.replace('$', source));
    expand(&query, "{own ", |words| match words.split_once(' ') {
        Some((row, catalogue)) => own(row, catalogue),
        None => words.to_owned(),
    })
}

/// The schema of a name with its point, where it is not the default one.
const PREFIX: &str =
    "CASE WHEN n.nspname IS DISTINCT FROM current_schema() THEN quote_ident(n.nspname) || '.' ELSE '' END";

const PUBLICATION_COLUMNS: &str =
    "(SELECT ' (' || string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) || ')'
                       FROM pg_attribute a WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs))";

const PUBLICATION_FILTER: &str = "' WHERE (' || pg_get_expr(r.prqual, r.prrelid) || ')'";

const PUBLICATION_SCHEMAS: &str = "(SELECT 'TABLES IN SCHEMA ' || string_agg(
                     CASE WHEN y.nspname = current_schema() THEN 'CURRENT_SCHEMA' ELSE quote_ident(y.nspname) END, ', ' ORDER BY y.nspname)
              FROM pg_publication_namespace x JOIN pg_namespace y ON y.oid = x.pnnspid WHERE x.pnpubid = p.oid)";

const PUBLICATION_GENERATED: &str =
    ",\n           CASE WHEN p.pubgencols = 's' THEN 'publish_generated_columns = stored' END";

/// That an object was made neither by an extension nor by another object, such as the functions of a range type
/// (PostgreSQL docs, "pg_depend"). A partitioned table depends in that way on its own key, a constraint trigger on its
/// constraint.
fn own(row: &str, catalogue: &str) -> String {
    format!(
        "NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = '{catalogue}'::regclass AND e.objid = {row}.oid \
         AND (e.deptype = 'e' OR e.deptype = 'i' AND e.refclassid <> 'pg_constraint'::regclass \
              AND (e.refclassid, e.refobjid) <> (e.classid, e.objid)))"
    )
}

/// Replaces every `{keyword words}`.
fn expand(text: &str, keyword: &str, replacement: impl Fn(&str) -> String) -> String {
    let mut parts = text.split(keyword);
    let mut expanded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (words, rest) = part.split_once('}').unwrap_or((part, ""));
        expanded.push_str(&replacement(words));
        expanded.push_str(rest);
    }
    expanded
}

/// The columns of views, materialized views and foreign tables, with type and collation as text.
const COLUMNS: &str = r#"SELECT a.attrelid, a.attnum, a.attname, a.attcollation,
       concat(format_type(a.atttypid, a.atttypmod),
              ' COLLATE ' || CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text END)
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_type t ON t.oid = a.atttypid
 WHERE {schemas} AND c.relkind IN ('v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped"#;

/// Who builds on what. Objects of which an entity consists, or by which a table hangs on one, are told by what they
/// belong to: the rule of a view, the default of a column, the index of a materialized view. So is what belongs to a
/// type: arrays, rows, multiranges.
///
/// The filter goes first, as most of `pg_depend` is about tables alone. The planner knows nothing of the number of rows
/// that are left, and a nested loop over them would be quadratic.
const DEPENDENCIES: &str = r#"SET LOCAL enable_nestloop = off;
WITH member AS MATERIALIZED (SELECT classid, objid, refobjid FROM pg_depend
                                 WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'),
     made (range, ranges) AS MATERIALIZED (SELECT oid, typarray FROM pg_type WHERE typtype IN ('r', 'm') AND oid >= 16384),
     d AS MATERIALIZED (SELECT d.* FROM pg_depend d
 WHERE d.objid >= 16384 AND d.deptype IN ('n', 'a', 'i')
   AND (d.classid IN ('pg_rewrite'::regclass, 'pg_proc'::regclass, 'pg_trigger'::regclass, 'pg_policy'::regclass,
                      'pg_operator'::regclass, 'pg_cast'::regclass, 'pg_ts_dict'::regclass, 'pg_ts_config'::regclass,
                      'pg_foreign_server'::regclass, 'pg_foreign_data_wrapper'::regclass, 'pg_statistic_ext'::regclass,
                      'pg_publication_rel'::regclass, {publication_schema_class}'pg_event_trigger'::regclass,
                      'pg_extension'::regclass)
        OR d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_collation'::regclass, 'pg_ts_config'::regclass,
                            'pg_ts_dict'::regclass, 'pg_foreign_server'::regclass, 'pg_extension'::regclass)
        OR d.refobjid IN (SELECT objid FROM member UNION ALL SELECT unnest(ARRAY[range, ranges]) FROM made)
        OR d.classid = 'pg_type'::regclass AND d.objid IN (SELECT range FROM made))
   AND NOT (d.classid = 'pg_trigger'::regclass AND d.refclassid = 'pg_constraint'::regclass))
SELECT CASE WHEN r.rulename = '_RETURN' OR v.oid IS NOT NULL OR i.indexrelid IS NOT NULL OR k.conrelid <> 0 THEN 'pg_class'
            WHEN k.oid IS NOT NULL THEN 'pg_type' WHEN coalesce({publication}) IS NOT NULL THEN 'pg_publication'
            ELSE d.classid::regclass::text END,
       CASE WHEN r.rulename = '_RETURN' THEN r.ev_class ELSE
         coalesce(v.adrelid, i.indrelid, nullif(k.conrelid, 0), k.contypid, {publication}, d.objid) END,
       CASE WHEN x.objid IS NOT NULL THEN 'pg_extension' WHEN tc.oid IS NOT NULL THEN 'pg_class'
            ELSE d.refclassid::regclass::text END,
       coalesce(x.refobjid, tc.oid, tm.rngtypid, te.oid, t.oid, d.refobjid), d.refobjsubid
  FROM d
  LEFT JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
  LEFT JOIN pg_attrdef v ON d.classid = 'pg_attrdef'::regclass AND v.oid = d.objid
  LEFT JOIN pg_constraint k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid
  LEFT JOIN pg_index i ON d.classid = 'pg_class'::regclass AND i.indexrelid = d.objid
  LEFT JOIN pg_publication_rel m ON d.classid = 'pg_publication_rel'::regclass AND m.oid = d.objid
{publication_schema}  LEFT JOIN pg_type t ON d.refclassid = 'pg_type'::regclass AND t.oid = d.refobjid
  LEFT JOIN pg_type te ON te.oid = t.typelem AND t.typcategory = 'A'
  LEFT JOIN pg_class tc ON tc.oid = coalesce(nullif(te.typrelid, 0), t.typrelid) AND tc.relkind <> 'c'
  LEFT JOIN pg_range tm ON tm.rngmultitypid = coalesce(te.oid, t.oid)
  LEFT JOIN member x ON x.classid = d.refclassid AND x.objid = coalesce(te.oid, t.oid, d.refobjid);
SET LOCAL enable_nestloop = on"#;

const PUBLICATION_SCHEMA: &str = "  LEFT JOIN pg_publication_namespace s ON d.classid = 'pg_publication_namespace'::regclass AND s.oid = d.objid\n";
