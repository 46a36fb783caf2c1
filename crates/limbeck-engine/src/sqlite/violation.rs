//! What SQLite does not say about the constraint that a row met, from the schema.

use super::SqliteConnection;
use crate::{EngineError, Violation};

impl SqliteConnection {
    /// Adds the names that the message leaves out, as far as the schema tells them.
    pub(super) fn explain(&self, error: EngineError, sql: &str) -> EngineError {
        match error {
            EngineError::UniqueViolation(mut violation) => {
                self.name_key(&mut violation);
                EngineError::UniqueViolation(in_words(violation))
            }
            EngineError::NotNullViolation(mut violation) => {
                if let (Some(table), [column]) = (&violation.table, &*violation.columns) {
                    violation.constraint = self.constraints(table).into_iter().find_map(|found| {
                        (found.kind == Kind::NotNull && found.covers(std::slice::from_ref(column)))
                            .then_some(found.name)
                    });
                }
                EngineError::NotNullViolation(in_words(violation))
            }
            EngineError::CheckViolation(mut violation) => {
                let table = target(sql);
                if let (Some(table), Some(name)) = (&table, &violation.constraint) {
                    // Without a name the message has the text of the condition.
                    let named = |found: &Constraint| found.kind == Kind::Check && found.name == *name;
                    if !self.constraints(table).iter().any(named) {
                        violation.constraint = None;
                    }
                }
                violation.table = table;
                EngineError::CheckViolation(in_words(violation))
            }
            EngineError::ForeignKeyViolation(mut violation) => {
                self.name_foreign_key(&mut violation, sql);
                EngineError::ForeignKeyViolation(in_words(violation))
            }
            error => error,
        }
    }

    /// A key's index has the name of `CREATE INDEX`, or belongs to a constraint.
    fn name_key(&self, violation: &mut Violation) {
        if let (Some(index), None) = (&violation.constraint, &violation.table) {
            let table = "SELECT tbl_name FROM sqlite_schema WHERE type = 'index' AND name = ?1";
            violation.table = self.names(table, index).into_iter().next();
            return;
        }
        let Some(table) = &violation.table else { return };
        let indexes = "SELECT name FROM pragma_index_list(?1) WHERE \"unique\" AND origin = 'c'";
        let columns = "SELECT name FROM pragma_index_info(?1) ORDER BY seqno";
        let index = self
            .names(indexes, table)
            .into_iter()
            .find(|index| self.names(columns, index) == violation.columns);
        violation.constraint = index.or_else(|| {
            let mut constraints = self.constraints(table).into_iter();
            constraints
                .find(|found| found.kind == Kind::Key && found.covers(&violation.columns))
                .map(|found| found.name)
        });
    }

    /// SQLite tells nothing at all. A row that was written in a table with one foreign key can only have met that one.
    fn name_foreign_key(&self, violation: &mut Violation, sql: &str) {
        let Some(table) = target(sql) else { return };
        let keys = "SELECT DISTINCT id FROM pragma_foreign_key_list(?1)";
        let deletes = sql.trim_start().get(..6).is_some_and(|word| word.eq_ignore_ascii_case("delete"));
        if !deletes && self.names(keys, &table).len() == 1 {
            violation.columns =
                self.names("SELECT \"from\" FROM pragma_foreign_key_list(?1) ORDER BY seq", &table);
            let mut constraints = self.constraints(&table).into_iter();
            violation.constraint =
                constraints.find(|found| found.kind == Kind::ForeignKey).map(|found| found.name);
        }
        violation.table = Some(table);
    }

    fn constraints(&self, table: &str) -> Vec<Constraint> {
        let sql = "SELECT sql FROM sqlite_schema WHERE type = 'table' AND lower(name) = lower(?1)";
        self.names(sql, table).first().map(|sql| named_constraints(sql)).unwrap_or_default()
    }

    /// The first column of a query's rows. The error that is explained matters more than one that meets us here.
    fn names(&self, sql: &str, parameter: &str) -> Vec<String> {
        let read = || {
            let mut statement = self.connection.prepare_cached(sql)?;
            let column = |row: &rusqlite::Row<'_>| {
                row.get_ref(0).map(|value| match value {
                    rusqlite::types::ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
                    rusqlite::types::ValueRef::Integer(number) => number.to_string(),
                    _ => String::new(),
                })
            };
            statement.query_map([parameter], column)?.collect::<Result<Vec<String>, rusqlite::Error>>()
        };
        read().unwrap_or_default()
    }
}

/// What was found goes into the words as well.
fn in_words(mut violation: Box<Violation>) -> Box<Violation> {
    violation.error.table.clone_from(&violation.table);
    violation.error.constraint.clone_from(&violation.constraint);
    violation
}

#[derive(Debug, PartialEq, Eq)]
struct Constraint {
    name: String,
    kind: Kind,
    /// Of a key or NOT NULL.
    columns: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Key,
    NotNull,
    Check,
    ForeignKey,
}

impl Constraint {
    fn covers(&self, columns: &[String]) -> bool {
        self.columns.len() == columns.len()
            && self.columns.iter().zip(columns).all(|(one, other)| one.eq_ignore_ascii_case(other))
    }
}

/// The table that a statement writes to.
fn target(sql: &str) -> Option<String> {
    let tokens = tokens(sql);
    let place = tokens.iter().position(|token| token.is("INTO") || token.is("UPDATE") || token.is("FROM"))?;
    let mut rest = tokens.get(place + 1..)?;
    // UPDATE OR REPLACE …
    if rest.first()?.is("OR") {
        rest = rest.get(2..)?;
    }
    // A schema before it.
    if rest.get(1).is_some_and(|token| token.text == ".") {
        rest = rest.get(2..)?;
    }
    rest.first().map(|token| token.text.clone())
}

/// The constraints that a CREATE TABLE gives a name.
fn named_constraints(sql: &str) -> Vec<Constraint> {
    let tokens = tokens(sql);
    let mut found = Vec::new();
    let (mut depth, mut column, mut starts) = (0_usize, String::new(), false);
    for (index, token) in tokens.iter().enumerate() {
        if token.quoted {
            // A name, whatever it spells.
        } else if token.text == "(" {
            depth += 1;
            starts = depth == 1;
            continue;
        } else if token.text == ")" {
            depth = depth.saturating_sub(1);
            continue;
        } else if token.text == "," && depth == 1 {
            starts = true;
            continue;
        } else if token.is("CONSTRAINT") && depth == 1 {
            let column = Some(&*column).filter(|_| !starts);
            found.extend(constraint(tokens.get(index + 1..).unwrap_or_default(), column));
            starts = false;
        }
        if starts {
            column.clone_from(&token.text);
            starts = false;
        }
    }
    found
}

/// `column` is the one that it stands at; none for a constraint of the table.
fn constraint(tokens: &[Token], column: Option<&str>) -> Option<Constraint> {
    let (name, rest) = tokens.split_first()?;
    let (first, rest) = rest.split_first()?;
    let kind = if first.is("UNIQUE") || first.is("PRIMARY") {
        Kind::Key
    } else if first.is("NOT") {
        Kind::NotNull
    } else if first.is("CHECK") {
        Kind::Check
    } else if first.is("FOREIGN") || first.is("REFERENCES") {
        Kind::ForeignKey
    } else {
        return None;
    };
    let rest = if first.is("PRIMARY") { rest.get(1..).unwrap_or_default() } else { rest };
    let listed = kind == Kind::Key && rest.first().is_some_and(|token| token.text == "(");
    let columns = if listed {
        let list = rest.iter().skip(1).take_while(|token| token.text != ")");
        list.filter(|token| token.text != ",").map(|token| token.text.clone()).collect()
    } else {
        column.map(str::to_owned).into_iter().collect()
    };
    Some(Constraint { name: name.text.clone(), kind, columns })
}

#[derive(Debug)]
struct Token {
    text: String,
    quoted: bool,
}

impl Token {
    fn is(&self, word: &str) -> bool {
        !self.quoted && self.text.eq_ignore_ascii_case(word)
    }
}

/// Words, names without their quotes, and single characters; strings and comments are left out.
fn tokens(sql: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut characters = sql.chars().peekable();
    while let Some(character) = characters.next() {
        let word = |character: &char| character.is_alphanumeric() || matches!(character, '_' | '$');
        match character {
            '"' | '`' | '\'' | '[' => {
                let end = if character == '[' { ']' } else { character };
                let mut text = String::new();
                while let Some(inner) = characters.next() {
                    if inner == end && characters.next_if_eq(&end).is_none() {
                        break;
                    }
                    text.push(inner);
                }
                if character != '\'' {
                    tokens.push(Token { text, quoted: true });
                }
            }
            '-' if characters.next_if_eq(&'-').is_some() => {
                while characters.next_if(|inner| *inner != '\n').is_some() {}
            }
            '/' if characters.next_if_eq(&'*').is_some() => {
                let mut before = ' ';
                for inner in characters.by_ref() {
                    if before == '*' && inner == '/' {
                        break;
                    }
                    before = inner;
                }
            }
            first if word(&first) => {
                let mut text = first.to_string();
                while let Some(inner) = characters.next_if(word) {
                    text.push(inner);
                }
                tokens.push(Token { text, quoted: false });
            }
            blank if blank.is_whitespace() => {}
            other => tokens.push(Token { text: other.to_string(), quoted: false }),
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::{Kind, named_constraints, target};

    #[test]
    fn named_constraints_are_found_at_columns_and_tables() {
        let sql = r#"CREATE TABLE "t, (x" ( -- CONSTRAINT no UNIQUE (a)
            id INTEGER CONSTRAINT pk PRIMARY KEY,
            "order" TEXT DEFAULT 'CONSTRAINT x UNIQUE (a)' CONSTRAINT nn NOT NULL CONSTRAINT "u q" UNIQUE,
            n NUMERIC(10, 2) CHECK (n IN (1, 2)),
            CONSTRAINT uq_t UNIQUE (id, [order]), CONSTRAINT ck CHECK (n > 0),
            CONSTRAINT fk FOREIGN KEY (n) REFERENCES other (id))"#;
        let found = named_constraints(sql);
        let found: Vec<(&str, Kind, String)> =
            found.iter().map(|found| (&*found.name, found.kind, found.columns.join(" "))).collect();
        assert_eq!(
            found,
            [
                ("pk", Kind::Key, "id".to_owned()),
                ("nn", Kind::NotNull, "order".to_owned()),
                ("u q", Kind::Key, "order".to_owned()),
                ("uq_t", Kind::Key, "id order".to_owned()),
                ("ck", Kind::Check, String::new()),
                ("fk", Kind::ForeignKey, String::new()),
            ]
        );
    }

    #[test]
    fn a_statement_tells_the_table_that_it_writes_to() {
        for sql in [
            "INSERT INTO t VALUES (1)",
            "insert or replace into main.\"t\" SELECT 1",
            "UPDATE OR IGNORE t SET a = 1",
            "DELETE FROM t",
            "WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x",
        ] {
            assert_eq!(target(sql).as_deref(), Some("t"), "{sql}");
        }
        assert_eq!(target("COMMIT"), None);
    }
}
