//! `CREATE INDEX CONCURRENTLY` leaves an invalid index behind when it dies, which then stands in the way of the next
//! try (PostgreSQL, "CREATE INDEX", "Building Indexes Concurrently").

use limbeck_dialect::quote_literal;
use limbeck_schema::Dialect;

/// The index that a statement builds concurrently.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ConcurrentIndex {
    /// The index's name, unquoted.
    pub(crate) name: String,
    /// The table as written, quotes included.
    pub(crate) table: String,
}

impl ConcurrentIndex {
    /// Reads the names out of a `CREATE [UNIQUE] INDEX CONCURRENTLY [IF NOT EXISTS] name ON [ONLY] table`.
    pub(crate) fn of(sql: &str) -> Option<Self> {
        let mut tokens = Tokens { rest: sql };
        let mut word = || tokens.next();
        let mut token = word()?;
        for keyword in ["CREATE", "UNIQUE", "INDEX", "CONCURRENTLY", "IF", "NOT", "EXISTS"] {
            let optional = matches!(keyword, "UNIQUE" | "IF" | "NOT" | "EXISTS");
            match token.eq_ignore_ascii_case(keyword) {
                true => token = word()?,
                false if optional => {}
                false => return None,
            }
        }
        let name = unquoted(&token);
        if !word()?.eq_ignore_ascii_case("ON") {
            return None;
        }
        let table = Some(word()?).filter(|t| !t.eq_ignore_ascii_case("ONLY"));
        let table = match table {
            Some(table) => table,
            None => word()?,
        };
        Some(Self { name, table })
    }

    /// The query for the schema-qualified, quoted name and validity of an index of that name on that table.
    pub(crate) fn query(&self) -> String {
        format!(
            "SELECT format('%I.%I', n.nspname, c.relname), i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE i.indrelid = to_regclass({}) AND c.relname = {}",
            quote_literal(Dialect::Postgresql, &self.table),
            quote_literal(Dialect::Postgresql, &self.name)
        )
    }
}

/// Words and quoted identifiers, dotted names as one token, comments left out.
struct Tokens<'a> {
    rest: &'a str,
}

impl Iterator for Tokens<'_> {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        loop {
            self.rest = self.rest.trim_start();
            let comment_end = if self.rest.starts_with("--") {
                self.rest.find('\n').map(|at| at + 1)
            } else if self.rest.starts_with("/*") {
                self.rest.find("*/").map(|at| at + 2)
            } else {
                break;
            };
            self.rest = self.rest.get(comment_end?..)?;
        }
        let mut quoted = false;
        let end = self.rest.find(|c: char| {
            quoted ^= c == '"';
            !quoted && c != '"' && c != '.' && c != '$' && !c.is_alphanumeric() && c != '_'
        });
        let end = end.unwrap_or(self.rest.len());
        let token = self.rest.get(..end).filter(|t| !t.is_empty())?;
        self.rest = self.rest.get(end..)?;
        Some(token.to_owned())
    }
}

fn unquoted(identifier: &str) -> String {
    match identifier.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => identifier.to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::ConcurrentIndex;

    fn names(sql: &str) -> Option<(String, String)> {
        ConcurrentIndex::of(sql).map(|i| (i.name, i.table))
    }

    #[test]
    fn names_are_read_from_the_statement() {
        let pair = |name: &str, table: &str| Some((name.to_owned(), table.to_owned()));
        assert_eq!(names("create index concurrently Ix_A on orders (a)"), pair("ix_a", "orders"));
        assert_eq!(
            names(
                "-- big\nCREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS \"Odd \"\"one\" ON ONLY shop.\"Order\"(x)"
            ),
            pair("Odd \"one", "shop.\"Order\"")
        );
        assert_eq!(names("CREATE INDEX ix ON t (a)"), None);
        assert_eq!(names("DROP INDEX CONCURRENTLY ix"), None);
    }
}
