//! A schema as it is at a moment, seen by two that do not know of each other.

use std::collections::BTreeMap;
use std::process::Command;

use limbeck_diff::describe;
use limbeck_engine::{Connection, DatabaseUrl, PostgresqlUrl};
use limbeck_schema::{Dialect, MetaData};

use crate::error::MigrateError;
use crate::scratch::Scratch;

/// How many lines of a difference are told.
const LINES: usize = 20;

/// A schema as Limbeck sees it, and as the database's own tools do: what the one overlooks, it overlooks before and after.
#[derive(Clone, Debug)]
pub(super) struct Look {
    inside: MetaData,
    /// Lines, with how often each is there; `None` where nobody else could be asked.
    outside: Option<BTreeMap<String, usize>>,
}

impl Look {
    pub(super) async fn take(scratch: &Scratch) -> Result<Look, MigrateError> {
        let outside = match &scratch.database.url {
            DatabaseUrl::Postgresql(url) => pg_dump(url, &scratch.database.version_table.name().name),
            DatabaseUrl::Sqlite(_) => Some(sqlite_schema(scratch).await?),
        };
        Ok(Look { outside, ..Look::take_inside(scratch).await? })
    }

    /// With Limbeck's own eyes alone, which is faster.
    pub(super) async fn take_inside(scratch: &Scratch) -> Result<Look, MigrateError> {
        let mut connection = Connection::open(&scratch.database.url).await?;
        Ok(Look { inside: scratch.inspect(&mut connection).await?, outside: None })
    }

    /// How `found` differs from this, in words.
    pub(super) fn differences(&self, found: &Look, dialect: Dialect) -> Vec<String> {
        let operations = limbeck_diff::compare(dialect, &self.inside, &found.inside);
        let lines: Vec<String> =
            operations.iter().flat_map(|operation| describe(dialect, operation)).collect();
        if !lines.is_empty() {
            return lines;
        }
        let (Some(expected), Some(found)) = (&self.outside, &found.outside) else { return Vec::new() };
        let lacks = |from: &BTreeMap<String, usize>, line: &String, count: usize| {
            from.get(line).copied().unwrap_or_default() < count
        };
        let mut lines: Vec<String> = Vec::new();
        for (sign, one, other) in [("-", expected, found), ("+", found, expected)] {
            let only = one.iter().filter(|(line, count)| lacks(other, line, **count));
            lines.extend(only.map(|(line, _)| format!("{sign} {line}")));
        }
        let more = lines.len().saturating_sub(LINES);
        lines.truncate(LINES);
        if more > 0 {
            lines.push(format!("and {more} lines more"));
        }
        lines
    }
}

/// Parameters of a URL as environment variables for programs that use libpq (PostgreSQL docs, "Environment Variables").
const LIBPQ_VARIABLES: [(&str, &str); 10] = [
    ("host", "PGHOST"),
    ("hostaddr", "PGHOSTADDR"),
    ("port", "PGPORT"),
    ("dbname", "PGDATABASE"),
    ("user", "PGUSER"),
    ("password", "PGPASSWORD"),
    ("sslmode", "PGSSLMODE"),
    ("sslrootcert", "PGSSLROOTCERT"),
    ("sslcert", "PGSSLCERT"),
    ("sslkey", "PGSSLKEY"),
];

/// What `pg_dump --schema-only` writes, in any order: a column that comes back stands at the end. `None` where it is not
/// installed, or does not know the server.
fn pg_dump(url: &PostgresqlUrl, version_table: &str) -> Option<BTreeMap<String, usize>> {
    let mut command = Command::new("pg_dump");
    command.args(["--schema-only", "--no-comments", "--no-security-labels"]);
    for table in
        [version_table.to_owned(), format!("{version_table}_progress"), format!("{version_table}_log")]
    {
        command.arg(format!("--exclude-table=*.\"{}\"", table.replace('"', "\"\"")));
    }
    // A password has no place among arguments, which everyone can list.
    command
        .envs(LIBPQ_VARIABLES.iter().filter_map(|(keyword, variable)| Some((variable, url.get(keyword)?))));
    let output = command.output().ok().filter(|output| output.status.success())?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    // psql's meta-commands hold a key that is new in every dump.
    let lines = text.lines().filter(|line| !line.starts_with("--") && !line.starts_with('\\'));
    Some(counted(lines.map(|line| line.trim().trim_end_matches(',').to_owned())))
}

/// `sqlite_schema`, statement by statement, without the layout and the quotes that a rebuilt table may have differently.
async fn sqlite_schema(scratch: &Scratch) -> Result<BTreeMap<String, usize>, MigrateError> {
    let connection = Connection::open(&scratch.database.url).await?;
    let own: Vec<String> =
        scratch.database.own_tables().iter().map(|table| table.name.to_lowercase()).collect();
    let rows = connection.query("SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema").await?;
    let mut lines = Vec::new();
    for row in rows {
        let fields: Vec<String> = row.into_iter().map(Option::unwrap_or_default).collect();
        let [kind, name, table, sql] = fields.as_slice() else { continue };
        if own.contains(&table.to_lowercase()) || name.starts_with("sqlite_") {
            continue;
        }
        lines.push(format!("{kind} {name}"));
        let plain: String =
            sql.chars().filter(|character| !matches!(character, '"' | '`' | '[' | ']')).collect();
        let parts = plain
            .split(['(', ',', ')', '\n'])
            .map(|part| part.split_whitespace().collect::<Vec<_>>().join(" "));
        lines.extend(parts.filter(|part| !part.is_empty()).map(|part| format!("{name}: {part}")));
    }
    Ok(counted(lines.into_iter()))
}

fn counted(lines: impl Iterator<Item = String>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for line in lines.filter(|line| !line.is_empty()) {
        *counts.entry(line).or_default() += 1;
    }
    counts
}
