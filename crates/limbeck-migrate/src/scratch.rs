//! Databases to work in for a moment: where scripts or SQL files are run to see what they make.
//!
//! On SQLite a file in a temporary directory. On PostgreSQL a database of its own on the environment's server, or the
//! one that the environment's `scratch_url` names, which must be empty and is emptied again.

use limbeck_dialect::{quote_identifier, quote_literal};
use limbeck_engine::{
    Connection, DatabaseUrl, EngineError, PostgresqlConnection, PostgresqlUrl, SqliteDatabase, SqliteUrl,
};
use limbeck_inspect::{InspectOptions, inspect};
use limbeck_schema::{Dialect, EntityKind, MetaData, QualifiedName};
use uuid::Uuid;

use crate::database::{Database, SessionSettings};
use crate::error::MigrateError;

/// A scratch database. It must be given back with [`Scratch::remove`], whatever happened in it.
pub(crate) struct Scratch {
    /// How to work in it.
    pub(crate) database: Database,
    place: Place,
}

enum Place {
    /// Made on the server that the connection leads to.
    Created { name: String, server: Box<PostgresqlConnection> },
    /// The one that the configuration names, with the extensions that were there.
    Configured { extensions: Vec<String> },
    /// The directory goes with the value.
    Directory(tempfile::TempDir),
}

impl Scratch {
    /// An empty database of the dialect and with the settings of `host`.
    pub(crate) async fn create(host: &Database) -> Result<Scratch, MigrateError> {
        match (&host.url, &host.scratch_url) {
            (DatabaseUrl::Sqlite(url), _) => in_directory(host, url),
            (DatabaseUrl::Postgresql(_), Some(scratch)) => configured(host, scratch).await,
            (DatabaseUrl::Postgresql(url), None) => created(host, url).await,
        }
    }

    /// Takes it away, and passes on what was done in it. A database that cannot be taken away is named.
    pub(crate) async fn remove<T>(self, result: Result<T, MigrateError>) -> Result<T, MigrateError> {
        let (left, removed) = match self.place {
            Place::Created { name, server } => {
                let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", identifier(&name));
                (format!("database `{name}`"), server.query(&drop).await.map(|_| ()))
            }
            Place::Configured { extensions } => {
                let text = self.database.url.to_string();
                let emptied = empty(&self.database.url, &extensions).await;
                (format!("contents of the scratch database {text}"), emptied)
            }
            Place::Directory(directory) => {
                let path = directory.path().display().to_string();
                let cause = |error: std::io::Error| EngineError::CannotOpen {
                    path: path.clone(),
                    cause: error.to_string(),
                };
                let removed = directory.close().map_err(cause);
                (format!("directory {path}"), removed)
            }
        };
        match (result, removed) {
            (result, Ok(())) => result,
            (result, Err(cause)) => {
                Err(MigrateError::ScratchLeft { left, cause, after: result.err().map(Box::new) })
            }
        }
    }

    /// The schema that was made in it: of every schema there is, without Limbeck's own tables.
    pub(crate) async fn inspect(&self, connection: &mut Connection) -> Result<MetaData, MigrateError> {
        let options = InspectOptions {
            schemas: self.schemas(connection).await?,
            exclude_tables: self.database.own_tables(),
        };
        Ok(inspect(connection, &options).await?)
    }

    async fn schemas(&self, connection: &Connection) -> Result<Vec<String>, MigrateError> {
        if connection.dialect() == Dialect::Sqlite {
            return Ok(Vec::new());
        }
        let rows = connection.query(USER_SCHEMAS).await?.into_iter().flatten().flatten();
        let own = self.database.version_table.name().schema.clone();
        Ok(rows.filter(|schema| own.as_ref() != Some(schema)).collect())
    }
}

/// Every schema that a user made, but the default one.
pub(crate) const USER_SCHEMAS: &str = "SELECT n.nspname FROM pg_namespace n WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname IS DISTINCT FROM current_schema() AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_namespace'::regclass AND d.objid = n.oid AND d.deptype = 'e') ORDER BY 1";

fn identifier(name: &str) -> String {
    quote_identifier(Dialect::Postgresql, name)
}

/// The settings of the host for another database. What is refused there, and recorded, is of no concern here.
fn settings(host: &Database, url: DatabaseUrl) -> Database {
    let session = SessionSettings { lock_timeout: None, ..host.session.clone() };
    Database { url, session, protected: false, audit: false, scratch_url: None, ..host.clone() }
}

fn in_directory(host: &Database, url: &SqliteUrl) -> Result<Scratch, MigrateError> {
    let directory = tempfile::Builder::new().prefix("limbeck-scratch-").tempdir().map_err(|error| {
        let path = std::env::temp_dir().display().to_string();
        EngineError::CannotOpen { path, cause: error.to_string() }
    })?;
    let database = SqliteDatabase::File(directory.path().join("scratch.db"));
    let url = url.with_database(database);
    Ok(Scratch { database: settings(host, DatabaseUrl::Sqlite(url)), place: Place::Directory(directory) })
}

async fn created(host: &Database, url: &PostgresqlUrl) -> Result<Scratch, MigrateError> {
    let server = match PostgresqlConnection::open(url).await {
        // A database that is yet to be created has a server all the same, and that has this one.
        Err(EngineError::NoSuchDatabase { .. }) => {
            PostgresqlConnection::open(&url.with_database("postgres")).await?
        }
        opened => opened?,
    };
    let name = format!("limbeck_scratch_{}", Uuid::new_v4().simple());
    // What an administrator may have put into template1 is no part of what is made here.
    let create = format!("CREATE DATABASE {} TEMPLATE template0", identifier(&name));
    if let Err(error) = server.query(&create).await {
        // insufficient_privilege
        let refused = error.sql_error().is_some_and(|error| error.sqlstate.as_deref() == Some("42501"));
        return Err(if refused { MigrateError::ScratchRefused { cause: error } } else { error.into() });
    }
    let database = settings(host, DatabaseUrl::Postgresql(url.with_database(&name)));
    let scratch = Scratch { database, place: Place::Created { name, server: Box::new(server) } };
    match scratch.prepare().await {
        Ok(()) => Ok(scratch),
        Err(error) => scratch.remove(Err(error)).await,
    }
}

impl Scratch {
    /// Makes what scripts expect of a database that somebody has set up: the default schema of the host, and the schema of
    /// the version table.
    async fn prepare(&self) -> Result<(), MigrateError> {
        let mut schemas: Vec<String> = self.database.version_table.name().schema.iter().cloned().collect();
        let mut path = None;
        if let Place::Created { server, name } = &self.place {
            let rows = server.query("SELECT current_schema(), current_setting('search_path')").await?;
            if let Some([Some(default), Some(search_path)]) = rows.first().map(Vec::as_slice)
                && default != "public"
            {
                schemas.push(default.clone());
                // The setting is a list of identifiers, quoted where they must be (PostgreSQL docs, "search_path").
                path = Some(format!("ALTER DATABASE {} SET search_path = {search_path}", identifier(name)));
            }
        }
        if schemas.is_empty() && path.is_none() {
            return Ok(());
        }
        let connection = Connection::open(&self.database.url).await?;
        for schema in schemas {
            connection.query(&format!("CREATE SCHEMA IF NOT EXISTS {}", identifier(&schema))).await?;
        }
        if let Some(path) = path {
            connection.query(&path).await?;
        }
        Ok(())
    }
}

async fn configured(host: &Database, url: &DatabaseUrl) -> Result<Scratch, MigrateError> {
    let shown = url.to_string();
    if url.dialect() != Dialect::Postgresql {
        return Err(MigrateError::ScratchDialect { url: shown });
    }
    let mut connection = Connection::open(url).await?;
    let place = Place::Configured { extensions: extensions(&connection).await? };
    let scratch = Scratch { database: settings(host, url.clone()), place };
    let schemas = scratch.schemas(&connection).await?;
    // The version table of a project counts too: such a database is somebody's.
    let options = InspectOptions { schemas, exclude_tables: Vec::<QualifiedName>::new() };
    let found = inspect(&mut connection, &options).await?;
    let is_empty = found.tables.is_empty()
        && found.enums.is_empty()
        && found.domains.is_empty()
        && found.composites.is_empty()
        && found.sequences.is_empty()
        && found.entities.iter().all(|entity| entity.id.kind == EntityKind::Extension)
        && found.schemas.is_empty();
    if !is_empty {
        return Err(MigrateError::ScratchNotEmpty { url: shown });
    }
    match scratch.prepare().await {
        Ok(()) => Ok(scratch),
        Err(error) => scratch.remove(Err(error)).await,
    }
}

/// Drops everything that is in a database, but the extensions that were there and what belongs to them: those an
/// administrator may have installed.
async fn empty(url: &DatabaseUrl, extensions: &[String]) -> Result<(), EngineError> {
    let kept: Vec<String> = extensions.iter().map(|name| quote_literal(Dialect::Postgresql, name)).collect();
    let sql = EMPTY.replace("{kept}", &kept.join(", "));
    Connection::open(url).await?.query(&sql).await.map(|_| ())
}

/// The extensions of a database.
async fn extensions(connection: &Connection) -> Result<Vec<String>, EngineError> {
    let rows = connection.query("SELECT extname FROM pg_extension ORDER BY 1").await?;
    Ok(rows.into_iter().flatten().flatten().collect())
}

/// What went with something else by CASCADE has no name any more, or `IF EXISTS` passes over it.
const EMPTY: &str = r#"DO $limbeck$
DECLARE
    statement text;
BEGIN
    FOR statement IN
        WITH extended AS (SELECT classid, objid FROM pg_depend WHERE deptype IN ('e', 'i') AND objsubid = 0)
        SELECT sql FROM (
            SELECT 0 AS step, format('DROP EVENT TRIGGER IF EXISTS %I', evtname) AS sql FROM pg_event_trigger
             WHERE oid NOT IN (SELECT objid FROM extended)
            UNION ALL
            SELECT 0, format('DROP PUBLICATION IF EXISTS %I', pubname) FROM pg_publication
            UNION ALL
            SELECT 1, format('DROP EXTENSION IF EXISTS %I CASCADE', extname) FROM pg_extension
             WHERE extname <> ALL (ARRAY[{kept}]::text[])
            UNION ALL
            SELECT 2, format('DROP FOREIGN DATA WRAPPER IF EXISTS %I CASCADE', fdwname) FROM pg_foreign_data_wrapper
             WHERE oid NOT IN (SELECT objid FROM extended)
            UNION ALL
            SELECT 2, format('DROP SERVER IF EXISTS %I CASCADE', srvname) FROM pg_foreign_server
            UNION ALL
            SELECT 3, format('DROP SCHEMA IF EXISTS %I CASCADE', n.nspname) FROM pg_namespace n
             WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname IS DISTINCT FROM current_schema()
               AND NOT EXISTS (SELECT FROM pg_extension e WHERE e.extnamespace = n.oid AND e.extname = ANY (ARRAY[{kept}]::text[]))
            UNION ALL
            SELECT 4, format('DROP %s IF EXISTS %I CASCADE',
                      CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
                                     WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'c' THEN 'TYPE' ELSE 'TABLE' END, c.relname)
              FROM pg_class c
             WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c')
               AND c.oid NOT IN (SELECT objid FROM extended WHERE classid = 'pg_class'::regclass)
            UNION ALL
            SELECT 5, format('DROP ROUTINE IF EXISTS %I(%s) CASCADE', p.proname, pg_get_function_identity_arguments(p.oid))
              FROM pg_proc p
             WHERE p.pronamespace = current_schema()::regnamespace
               AND p.oid NOT IN (SELECT objid FROM extended WHERE classid = 'pg_proc'::regclass)
            UNION ALL
            SELECT 6, format('DROP TYPE IF EXISTS %I CASCADE', t.typname)
              FROM pg_type t
             WHERE t.typnamespace = current_schema()::regnamespace AND t.typtype IN ('e', 'd', 'r')
               AND t.oid NOT IN (SELECT objid FROM extended WHERE classid = 'pg_type'::regclass)
            UNION ALL
            SELECT 7, format('DROP TEXT SEARCH CONFIGURATION IF EXISTS %I CASCADE', cfgname) FROM pg_ts_config
             WHERE cfgnamespace = current_schema()::regnamespace AND oid NOT IN (SELECT objid FROM extended)
            UNION ALL
            SELECT 8, format('DROP TEXT SEARCH DICTIONARY IF EXISTS %I CASCADE', dictname) FROM pg_ts_dict
             WHERE dictnamespace = current_schema()::regnamespace AND oid NOT IN (SELECT objid FROM extended)
            UNION ALL
            SELECT 8, format('DROP COLLATION IF EXISTS %I CASCADE', collname) FROM pg_collation
             WHERE collnamespace = current_schema()::regnamespace AND oid NOT IN (SELECT objid FROM extended)
            UNION ALL
            SELECT 9, format('ALTER DEFAULT PRIVILEGES FOR ROLE %I %s REVOKE ALL ON %s FROM %s', pg_get_userbyid(defaclrole),
                      CASE WHEN defaclnamespace <> 0 THEN format('IN SCHEMA %I', current_schema()) END, objects,
                      CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(acl.grantee)) END)
              FROM pg_default_acl, aclexplode(defaclacl) acl,
                   LATERAL (SELECT CASE defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS'
                                                      WHEN 'T' THEN 'TYPES' ELSE 'SCHEMAS' END AS objects) kind
             WHERE defaclnamespace IN (0, current_schema()::regnamespace) AND (defaclnamespace <> 0 OR acl.grantee <> defaclrole)
            UNION ALL
            SELECT 9, format('ALTER DEFAULT PRIVILEGES FOR ROLE %I GRANT %s TO PUBLIC', pg_get_userbyid(defaclrole),
                      CASE defaclobjtype WHEN 'f' THEN 'EXECUTE ON FUNCTIONS' ELSE 'USAGE ON TYPES' END)
              FROM pg_default_acl WHERE defaclnamespace = 0 AND defaclobjtype IN ('f', 'T')
        ) AS everything ORDER BY step
    LOOP
        IF statement IS NOT NULL THEN
            EXECUTE statement;
        END IF;
    END LOOP;
END
$limbeck$"#;
