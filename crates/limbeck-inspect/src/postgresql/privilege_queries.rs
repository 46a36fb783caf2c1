//! What is asked of the system catalogues about privileges and owners (PostgreSQL docs, "Privileges").

/// Privileges that differ from what the database gives by itself: catalogue, object, column, grantee, privilege, state.
///
/// An object whose list is NULL has what it was made with. The `public` schema is made with more than others have
/// (PostgreSQL docs, "pg_init_privs").
const GRANTS: &str = r#"WITH object (catalogue, oid, number, owner, base, acl) AS (
SELECT 'pg_class', c.oid, 0, c.relowner, acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner), c.relacl
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE {schemas} AND c.relacl IS NOT NULL AND c.relpersistence <> 't'
UNION ALL
SELECT 'pg_class', a.attrelid, a.attnum::integer, c.relowner, acldefault('c', c.relowner), a.attacl
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE {schemas} AND a.attacl IS NOT NULL AND NOT a.attisdropped AND c.relpersistence <> 't'
UNION ALL
SELECT 'pg_proc', p.oid, 0, p.proowner, acldefault('f', p.proowner), p.proacl
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE {schemas} AND p.proacl IS NOT NULL
UNION ALL
SELECT 'pg_type', t.oid, 0, t.typowner, acldefault('T', t.typowner), t.typacl
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE {schemas} AND t.typacl IS NOT NULL
UNION ALL
SELECT 'pg_namespace', n.oid, 0, n.nspowner, coalesce(i.initprivs, acldefault('n', n.nspowner)), n.nspacl
  FROM pg_namespace n LEFT JOIN pg_init_privs i
    ON i.classoid = 'pg_namespace'::regclass AND i.objoid = n.oid AND i.objsubid = 0 AND i.privtype = 'i'
 WHERE {schemas} AND n.nspacl IS NOT NULL
UNION ALL
SELECT 'pg_foreign_data_wrapper', w.oid, 0, w.fdwowner, acldefault('F', w.fdwowner), w.fdwacl
  FROM pg_foreign_data_wrapper w WHERE w.fdwacl IS NOT NULL
UNION ALL
SELECT 'pg_foreign_server', s.oid, 0, s.srvowner, acldefault('S', s.srvowner), s.srvacl
  FROM pg_foreign_server s WHERE s.srvacl IS NOT NULL)
SELECT p.catalogue, p.oid, p.number, CASE WHEN p.grantee <> 0 THEN pg_get_userbyid(p.grantee) END, p.privilege, {state}
  FROM (SELECT o.catalogue, o.oid, o.number, a.grantee, a.privilege_type, a.is_grantable, true
          FROM object o CROSS JOIN LATERAL aclexplode(o.acl) AS a
        UNION ALL
        SELECT o.catalogue, o.oid, o.number, a.grantee, a.privilege_type, false, false
          FROM object o CROSS JOIN LATERAL aclexplode(o.base) AS a) AS p (catalogue, oid, number, grantee, privilege, grantable, held)
 GROUP BY p.catalogue, p.oid, p.number, p.grantee, p.privilege
HAVING {differs}"#;

/// Privileges on objects yet to be made: role, schema, kind of objects, grantee, privilege, state. Those of a schema add
/// to what holds without them, the others take its place.
const DEFAULT_PRIVILEGES: &str = r#"SELECT pg_get_userbyid(p.role), p.schema,
       CASE p.kind WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES'
                   WHEN 'n' THEN 'SCHEMAS' ELSE 'LARGE OBJECTS' END,
       CASE WHEN p.grantee <> 0 THEN pg_get_userbyid(p.grantee) END, p.privilege, {state}
  FROM (SELECT d.defaclrole, n.nspname, d.defaclobjtype, a.grantee, a.privilege_type, a.is_grantable, true
          FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
         CROSS JOIN LATERAL aclexplode(d.defaclacl) AS a WHERE n.oid IS NULL OR {schemas}
        UNION ALL
        SELECT d.defaclrole, NULL, d.defaclobjtype, a.grantee, a.privilege_type, false, false
          FROM pg_default_acl d
         CROSS JOIN LATERAL aclexplode(acldefault(CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype END, d.defaclrole)) AS a
         WHERE d.defaclnamespace = 0) AS p (role, schema, kind, grantee, privilege, grantable, held)
 GROUP BY p.role, p.schema, p.kind, p.grantee, p.privilege
HAVING {differs}"#;

const STATE: &str = "CASE WHEN bool_or(p.grantable) THEN 'g' WHEN bool_or(p.held) THEN 'h' ELSE 'r' END";

/// Held and given by itself is no difference, unless it may be passed on.
const DIFFERS: &str = "NOT (bool_or(p.held) AND bool_or(NOT p.held) AND NOT bool_or(p.grantable))";

/// The owners of what is no entity: catalogue, object, role. The `public` schema is there without being made by anyone.
const OWNERS: &str = r#"SELECT 'pg_namespace', n.oid, pg_get_userbyid(n.nspowner) FROM pg_namespace n
 WHERE {schemas} AND NOT (n.nspname = 'public' AND (n.nspowner = 10 OR pg_get_userbyid(n.nspowner) = 'pg_database_owner'))
UNION ALL
SELECT 'pg_class', c.oid, pg_get_userbyid(c.relowner) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE {schemas} AND c.relkind IN ('r', 'p', 'S') AND c.relpersistence <> 't'
UNION ALL
SELECT 'pg_type', t.oid, pg_get_userbyid(t.typowner)
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
 WHERE {schemas} AND (t.typtype IN ('e', 'd') OR c.relkind = 'c')"#;

/// The queries, in the order in which their answers are read.
pub(super) fn queries(schemas: &str) -> [String; 3] {
    // What belongs to the role that asks, belongs to whoever runs the scripts.
    let owners =
        format!("SELECT * FROM ({OWNERS}) AS o (catalogue, object, role) WHERE o.role <> current_user");
    [GRANTS, DEFAULT_PRIVILEGES, &owners].map(|query| {
        query.replace("{schemas}", schemas).replace("{state}", STATE).replace("{differs}", DIFFERS)
    })
}
