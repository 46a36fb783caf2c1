//! Where a database is: URLs as SQLAlchemy writes them, and libpq's connection strings.

mod keywords;
mod postgresql;
mod sqlite;

use std::fmt;
use std::str::FromStr;

use limbeck_schema::Dialect;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

pub(crate) use keywords::{ENVIRONMENT, expected_value};
pub use postgresql::PostgresqlUrl;
pub(crate) use postgresql::is_socket;
pub use sqlite::{SqliteDatabase, SqliteMode, SqliteUrl};

/// The address of a database.
///
/// ```
/// use limbeck_engine::DatabaseUrl;
/// let url: DatabaseUrl = "postgresql+psycopg2://ada:s3cret@db.example.org:5433/shop?sslmode=require".parse()?;
/// assert_eq!(url.to_string(), "postgresql+psycopg2://ada:***@db.example.org:5433/shop?sslmode=require");
/// # Ok::<(), limbeck_engine::UrlError>(())
/// ```
///
/// Accepted are `postgresql://…` and `postgres://…` with any `+driver`, libpq's keyword strings (`host=… dbname=…`),
/// `sqlite:///relative.db`, `sqlite:////absolute.db`, `sqlite:file.db`, and `sqlite://` or `sqlite:///:memory:` for a
/// database in memory. Sources: SQLAlchemy docs, "Engine Configuration"; PostgreSQL docs, "Connection Strings".
///
/// `Display` and `Debug` hide the password.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A database of a PostgreSQL server.
    Postgresql(PostgresqlUrl),
    /// A SQLite file, or a database in memory.
    Sqlite(SqliteUrl),
}

impl DatabaseUrl {
    /// Reads a URL or a libpq keyword string.
    ///
    /// # Errors
    /// What is wrong with it, in words that hold no part in which a password could be.
    pub fn parse(text: &str) -> Result<DatabaseUrl, UrlError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(UrlError::Empty);
        }
        let Some((scheme, rest)) = split_scheme(text) else {
            return if text.contains('=') {
                Ok(DatabaseUrl::Postgresql(PostgresqlUrl::from_keyword_string(text)?))
            } else {
                Err(UrlError::NotAUrl)
            };
        };
        let (dialect, driver) =
            scheme.split_once('+').map_or((scheme, None), |(name, driver)| (name, Some(driver)));
        match dialect.to_ascii_lowercase().as_str() {
            "postgresql" | "postgres" => match rest.strip_prefix("//") {
                Some(rest) => Ok(DatabaseUrl::Postgresql(PostgresqlUrl::from_url(driver, rest)?)),
                None => Err(UrlError::MissingSlashes { scheme: scheme.to_owned() }),
            },
            "sqlite" => Ok(DatabaseUrl::Sqlite(SqliteUrl::from_url(driver, rest)?)),
            _ => Err(UrlError::UnknownScheme { scheme: scheme.to_owned() }),
        }
    }

    /// The dialect spoken there.
    pub fn dialect(&self) -> Dialect {
        match self {
            DatabaseUrl::Postgresql(_) => Dialect::Postgresql,
            DatabaseUrl::Sqlite(_) => Dialect::Sqlite,
        }
    }

    /// The URL as text, as SQLAlchemy's method of this name gives it: `hide_password` puts `***` in its place.
    ///
    /// With the password it is meant for the environment of another program, never for a message or a log. What comes
    /// out is again a URL of the same database.
    pub fn render_as_string(&self, hide_password: bool) -> String {
        match self {
            DatabaseUrl::Postgresql(url) => url.render(hide_password),
            DatabaseUrl::Sqlite(url) => url.render(),
        }
    }
}

impl FromStr for DatabaseUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<DatabaseUrl, UrlError> {
        DatabaseUrl::parse(text)
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render_as_string(true))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

/// What is wrong with a URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Nothing was given.
    #[error("the database URL is empty; {EXAMPLES}")]
    Empty,
    /// No scheme, and no keyword string either.
    #[error("the database URL has no scheme; {EXAMPLES}")]
    NotAUrl,
    /// A database that Limbeck does not speak to.
    #[error("no database of the kind `{scheme}` is supported; {EXAMPLES}")]
    UnknownScheme {
        /// What stands before the colon.
        scheme: String,
    },
    /// `postgresql:` without `//`.
    #[error("`//` is missing after `{scheme}:`; {EXAMPLES}")]
    MissingSlashes {
        /// What stands before the colon.
        scheme: String,
    },
    /// A SQLite URL with a host, which most often is a relative path with a slash too few.
    #[error(
        "a SQLite URL has no host: write `sqlite:///file.db` for a relative path and `sqlite:////directory/file.db` for an absolute one"
    )]
    SqliteHost,
    /// A port that is no number, or an address that does not read as one.
    #[error("the port in the database URL is not a number from 1 to 65535; {ESCAPES}")]
    InvalidPort,
    /// A host name with characters that cannot be in one.
    #[error("the host in the database URL is not a host name; {ESCAPES}")]
    InvalidHost,
    /// An `@` that must belong to a user name or password, but does not end it.
    #[error("an `@` stands in the database URL where none can be; {ESCAPES}")]
    MisplacedAt,
    /// Percent-escapes that do not make UTF-8 text.
    #[error(
        "the {component} in the database URL does not decode to UTF-8 text without a NUL character; {ESCAPES}"
    )]
    InvalidEscape {
        /// User, password, host, database or query.
        component: &'static str,
    },
    /// A keyword string that does not follow the rules.
    #[error(
        "the connection string is malformed after {after}; expected `keyword=value` pairs such as `host=localhost dbname=shop user=ada`"
    )]
    MalformedKeywordString {
        /// The last keyword that was understood.
        after: String,
    },
    /// A parameter nobody knows.
    #[error("unknown parameter `{name}` in the database URL{}", suggestion(*.similar))]
    UnknownParameter {
        /// Its name.
        name: String,
        /// A known name that looks like it.
        similar: Option<&'static str>,
    },
    /// A parameter that SQLite URLs do not have.
    #[error("unknown parameter `{name}` in the SQLite URL; known are `mode` and `timeout`")]
    UnknownSqliteParameter {
        /// Its name.
        name: String,
    },
    /// A parameter of libpq that would protect something and that Limbeck cannot honour.
    #[error(
        "the parameter `{name}` in the database URL is not supported, and to ignore it would not be safe; remove it"
    )]
    UnsupportedParameter {
        /// Its name.
        name: String,
    },
    /// A parameter with a value it cannot have.
    #[error("`{name}` cannot be `{value}`; expected {expected}")]
    InvalidValue {
        /// The parameter.
        name: String,
        /// What it was set to.
        value: String,
        /// What it may be.
        expected: &'static str,
    },
    /// As many ports as hosts, or one port for all, is what there can be.
    #[error("the database URL has {ports} ports for {hosts} hosts; give one port, or one for each host")]
    PortCount {
        /// How many hosts.
        hosts: usize,
        /// How many ports.
        ports: usize,
    },
}

const EXAMPLES: &str =
    "expected for example `postgresql://user:password@localhost:5432/database` or `sqlite:///file.db`";
const ESCAPES: &str =
    "in a user name or password write `@` as `%40`, `:` as `%3A`, `/` as `%2F`, `?` as `%3F`, `%` as `%25`";

fn suggestion(similar: Option<&str>) -> String {
    match similar {
        Some(similar) => format!("; did you mean `{similar}`?"),
        None => "; known are the parameters of libpq, such as `sslmode`, `connect_timeout`, `application_name`, `options`"
            .to_owned(),
    }
}

impl UrlError {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            UrlError::Empty => "url.empty",
            UrlError::NotAUrl => "url.no-scheme",
            UrlError::UnknownScheme { .. } => "url.unknown-scheme",
            UrlError::MissingSlashes { .. } => "url.missing-slashes",
            UrlError::SqliteHost => "url.sqlite-host",
            UrlError::InvalidPort => "url.invalid-port",
            UrlError::InvalidHost => "url.invalid-host",
            UrlError::MisplacedAt => "url.misplaced-at",
            UrlError::InvalidEscape { .. } => "url.invalid-escape",
            UrlError::MalformedKeywordString { .. } => "url.malformed-keyword-string",
            UrlError::UnknownParameter { .. } | UrlError::UnknownSqliteParameter { .. } => {
                "url.unknown-parameter"
            }
            UrlError::UnsupportedParameter { .. } => "url.unsupported-parameter",
            UrlError::InvalidValue { .. } => "url.invalid-value",
            UrlError::PortCount { .. } => "url.port-count",
        }
    }
}

/// The scheme and what follows the colon. `=` or a blank before the colon makes it a keyword string.
fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let word =
        |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '+' | '-' | '.');
    (!scheme.is_empty() && scheme.chars().all(word)).then_some((scheme, rest))
}

/// Everything but the characters that RFC 3986 never reserves.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A query value keeps what makes it readable: none of these means anything there.
const RESERVED_IN_QUERY: &AsciiSet = &RESERVED.remove(b'/').remove(b':').remove(b',').remove(b'@');

fn escape(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

fn escape_in_query(text: &str) -> String {
    utf8_percent_encode(text, RESERVED_IN_QUERY).to_string()
}

fn unescape(text: &str, component: &'static str) -> Result<String, UrlError> {
    match percent_decode_str(text).decode_utf8() {
        Ok(decoded) if !decoded.contains('\0') => Ok(decoded.into_owned()),
        _ => Err(UrlError::InvalidEscape { component }),
    }
}

/// The `name=value` pairs of a query, in order. `+` is a blank, as for SQLAlchemy; libpq would take it literally.
fn query_pairs(query: &str) -> Result<Vec<(String, String)>, UrlError> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((unescape(&name.replace('+', " "), "query")?, unescape(&value.replace('+', " "), "query")?))
        })
        .collect()
}
