//! What only the text of a CREATE TABLE tells: names and conditions of constraints, collations, generation
//! expressions (SQLite docs, "CREATE TABLE").

use limbeck_schema::{
    CheckConstraint, Deferrable, ForeignKey, PrimaryKey, ReferentialAction, UniqueConstraint,
};

use super::cursor::{Cursor, items};
use super::tokens::{Token, tokens};

/// The contents of a CREATE TABLE, with the constraints of columns among those of the table.
#[derive(Debug, Default)]
pub(super) struct CreateTable {
    pub(super) columns: Vec<ColumnText>,
    pub(super) primary_key: Option<PrimaryKey>,
    /// Whether the primary key is written `INTEGER PRIMARY KEY DESC`, which does not make it the rowid.
    pub(super) descending_key: bool,
    pub(super) autoincrement: bool,
    /// A foreign key without referred columns refers to the primary key.
    pub(super) foreign_keys: Vec<ForeignKey>,
    pub(super) uniques: Vec<UniqueConstraint>,
    pub(super) checks: Vec<CheckConstraint>,
    pub(super) strict: bool,
    pub(super) without_rowid: bool,
}

/// What the text says of a column beyond its name, type, default and NOT NULL.
#[derive(Debug, Default)]
pub(super) struct ColumnText {
    pub(super) name: String,
    pub(super) collation: Option<String>,
    pub(super) generated: Option<String>,
}

/// Reads the text that SQLite stored.
pub(super) fn read(sql: &str) -> Result<CreateTable, String> {
    let tokens = tokens(sql)?;
    let mut cursor = Cursor::new(sql, &tokens);
    while !cursor.is_at_end() && !cursor.is_at_parenthesis() {
        cursor.next();
    }
    let body = cursor.enclosed()?;
    let mut table = CreateTable::default();
    let mut columns_are_over = false;
    for item in items(body.tokens) {
        columns_are_over |= item.first().is_some_and(starts_table_constraint);
        let mut cursor = Cursor::new(sql, item);
        if columns_are_over {
            // SQLite's grammar makes the comma between table constraints optional.
            while !cursor.is_at_end() {
                table_constraint(&mut cursor, &mut table)?;
            }
        } else {
            column(&mut cursor, &mut table)?;
        }
    }
    while let Some(token) = cursor.next() {
        table.strict |= token.is_word("STRICT");
        table.without_rowid |= token.is_word("WITHOUT");
    }
    Ok(table)
}

fn starts_table_constraint(token: &Token<'_>) -> bool {
    ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"].iter().any(|word| token.is_word(word))
}

fn column(cursor: &mut Cursor<'_, '_>, table: &mut CreateTable) -> Result<(), String> {
    let mut column = ColumnText { name: cursor.name()?, ..ColumnText::default() };
    skip_type(cursor)?;
    let mut name = None;
    while !cursor.is_at_end() {
        if cursor.accept(&["CONSTRAINT"]) {
            name = Some(cursor.name()?);
            continue;
        }
        column_constraint(cursor, &mut column, name.take(), table)?;
    }
    table.columns.push(column);
    Ok(())
}

fn skip_type(cursor: &mut Cursor<'_, '_>) -> Result<(), String> {
    const BEHIND: [&str; 11] = [
        "CONSTRAINT",
        "PRIMARY",
        "NOT",
        "NULL",
        "UNIQUE",
        "CHECK",
        "DEFAULT",
        "COLLATE",
        "REFERENCES",
        "GENERATED",
        "AS",
    ];
    while !cursor.is_at_end() && !BEHIND.iter().any(|word| cursor.is_at(word)) {
        if cursor.is_at_parenthesis() {
            cursor.enclosed()?;
        } else {
            cursor.next();
        }
    }
    Ok(())
}

fn column_constraint(
    cursor: &mut Cursor<'_, '_>,
    column: &mut ColumnText,
    name: Option<String>,
    table: &mut CreateTable,
) -> Result<(), String> {
    if cursor.accept(&["PRIMARY", "KEY"]) {
        table.primary_key = Some(PrimaryKey { name, ..PrimaryKey::new([&column.name]) });
        table.descending_key = cursor.accept(&["DESC"]);
        cursor.accept(&["ASC"]);
        conflict_clause(cursor);
        table.autoincrement = cursor.accept(&["AUTOINCREMENT"]);
    } else if cursor.accept(&["NOT", "NULL"]) || cursor.accept(&["NULL"]) {
        conflict_clause(cursor);
    } else if cursor.accept(&["UNIQUE"]) {
        table.uniques.push(UniqueConstraint { name, ..UniqueConstraint::new([&column.name]) });
        conflict_clause(cursor);
    } else if cursor.accept(&["CHECK"]) {
        check(cursor, name, table)?;
    } else if cursor.accept(&["DEFAULT"]) {
        skip_default(cursor)?;
    } else if cursor.accept(&["COLLATE"]) {
        column.collation = Some(cursor.name()?);
    } else if cursor.is_at("REFERENCES") {
        let columns = vec![column.name.clone()];
        foreign_key(cursor, name, columns, table)?;
    } else if cursor.accept(&["GENERATED", "ALWAYS", "AS"]) || cursor.accept(&["AS"]) {
        column.generated = Some(cursor.enclosed()?.text.to_owned());
        if !cursor.accept(&["STORED"]) {
            cursor.accept(&["VIRTUAL"]);
        }
    } else {
        return Err(unexpected(cursor));
    }
    Ok(())
}

fn table_constraint(cursor: &mut Cursor<'_, '_>, table: &mut CreateTable) -> Result<(), String> {
    let name = if cursor.accept(&["CONSTRAINT"]) { Some(cursor.name()?) } else { None };
    if cursor.accept(&["PRIMARY", "KEY"]) {
        table.primary_key = Some(PrimaryKey { name, ..PrimaryKey::new(cursor.column_list()?) });
        conflict_clause(cursor);
    } else if cursor.accept(&["UNIQUE"]) {
        table.uniques.push(UniqueConstraint { name, ..UniqueConstraint::new(cursor.column_list()?) });
        conflict_clause(cursor);
    } else if cursor.accept(&["CHECK"]) {
        check(cursor, name, table)?;
    } else if cursor.accept(&["FOREIGN", "KEY"]) {
        let columns = cursor.column_list()?;
        foreign_key(cursor, name, columns, table)?;
    } else {
        return Err(unexpected(cursor));
    }
    Ok(())
}

fn check(cursor: &mut Cursor<'_, '_>, name: Option<String>, table: &mut CreateTable) -> Result<(), String> {
    let condition = cursor.enclosed()?.text;
    table.checks.push(CheckConstraint { name, ..CheckConstraint::new(condition) });
    conflict_clause(cursor);
    Ok(())
}

/// `ON CONFLICT …` is not part of the model.
fn conflict_clause(cursor: &mut Cursor<'_, '_>) {
    if cursor.accept(&["ON", "CONFLICT"]) {
        cursor.next();
    }
}

/// The default is read with the column.
fn skip_default(cursor: &mut Cursor<'_, '_>) -> Result<(), String> {
    if cursor.is_at_parenthesis() {
        cursor.enclosed()?;
    } else {
        let signed = cursor.accept(&["-"]) || cursor.accept(&["+"]);
        if !(signed && cursor.is_at_end()) {
            cursor.next();
        }
    }
    Ok(())
}

fn foreign_key(
    cursor: &mut Cursor<'_, '_>,
    name: Option<String>,
    columns: Vec<String>,
    table: &mut CreateTable,
) -> Result<(), String> {
    if !cursor.accept(&["REFERENCES"]) {
        return Err(unexpected(cursor));
    }
    let referred_table = cursor.name()?;
    let referred_columns = if cursor.is_at_parenthesis() { cursor.column_list()? } else { Vec::new() };
    let mut foreign_key = ForeignKey::new(columns, referred_table.as_str(), referred_columns);
    foreign_key.name = name;
    loop {
        if cursor.accept(&["ON", "DELETE"]) {
            foreign_key.on_delete = action(cursor)?;
        } else if cursor.accept(&["ON", "UPDATE"]) {
            foreign_key.on_update = action(cursor)?;
        } else if cursor.accept(&["MATCH"]) {
            // SQLite reads the clause and handles every one as MATCH SIMPLE (SQLite docs, "Foreign Key Support").
            cursor.next();
        } else if cursor.accept(&["NOT", "DEFERRABLE"]) {
            initially_deferred(cursor);
        } else if cursor.accept(&["DEFERRABLE"]) {
            let deferred = initially_deferred(cursor);
            foreign_key.deferrable =
                Some(if deferred { Deferrable::InitiallyDeferred } else { Deferrable::InitiallyImmediate });
        } else {
            break;
        }
    }
    table.foreign_keys.push(foreign_key);
    Ok(())
}

fn initially_deferred(cursor: &mut Cursor<'_, '_>) -> bool {
    cursor.accept(&["INITIALLY", "DEFERRED"]) || {
        cursor.accept(&["INITIALLY", "IMMEDIATE"]);
        false
    }
}

fn action(cursor: &mut Cursor<'_, '_>) -> Result<ReferentialAction, String> {
    Ok(if cursor.accept(&["CASCADE"]) {
        ReferentialAction::Cascade
    } else if cursor.accept(&["RESTRICT"]) {
        ReferentialAction::Restrict
    } else if cursor.accept(&["NO", "ACTION"]) {
        ReferentialAction::NoAction
    } else if cursor.accept(&["SET", "NULL"]) {
        ReferentialAction::SetNull(Vec::new())
    } else if cursor.accept(&["SET", "DEFAULT"]) {
        ReferentialAction::SetDefault(Vec::new())
    } else {
        return Err(unexpected(cursor));
    })
}

fn unexpected(cursor: &Cursor<'_, '_>) -> String {
    format!("`{}` is not expected", cursor.remaining_text())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_of_columns_and_tables_come_together() {
        let table = read(
            "CREATE TABLE \"main\".[t] (
                id INTEGER PRIMARY KEY AUTOINCREMENT, -- the key
                code VARCHAR(10) COLLATE NOCASE CONSTRAINT uq_code UNIQUE ON CONFLICT IGNORE NOT NULL DEFAULT 'a,(b',
                price DECIMAL(10, 2) DEFAULT -1 CHECK ( price > 0 /* always */ ),
                total AS (price * 2) STORED,
                parent INT REFERENCES p ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
                \"check\" TEXT,
                CONSTRAINT ck CHECK (code <> ')') CONSTRAINT fk FOREIGN KEY (code, \"check\") REFERENCES q (a, \"b c\") ON UPDATE CASCADE
            ) WITHOUT ROWID, STRICT",
        )
        .unwrap();
        assert!(table.autoincrement && table.strict && table.without_rowid);
        assert_eq!(table.primary_key, Some(PrimaryKey::new(["id"])));
        assert_eq!(table.uniques[0].name.as_deref(), Some("uq_code"));
        let checks: Vec<_> =
            table.checks.iter().map(|c| (c.name.as_deref(), c.expression.sql.as_str())).collect();
        assert_eq!(checks, [(None, "price > 0"), (Some("ck"), "code <> ')'")]);
        let names: Vec<_> = table.columns.iter().map(|c| c.name.as_str()).collect();
        assert_eq!(names, ["id", "code", "price", "total", "parent", "check"]);
        assert_eq!(table.columns[1].collation.as_deref(), Some("NOCASE"));
        assert_eq!(table.columns[3].generated.as_deref(), Some("price * 2"));
        assert_eq!(table.foreign_keys[0].deferrable, Some(Deferrable::InitiallyDeferred));
        assert!(table.foreign_keys[0].referred_columns.is_empty());
        assert_eq!(table.foreign_keys[1].referred_columns, ["a", "b c"]);
        assert_eq!(table.foreign_keys[1].on_update, ReferentialAction::Cascade);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        assert_eq!(
            read("CREATE TABLE t (a INT SOMETHING (1) CHECK x)").unwrap_err(),
            "a parenthesis is expected at `x`"
        );
        assert!(
            read("CREATE TABLE t (a INT REFERENCES p ON DELETE EXPLODE)").unwrap_err().contains("EXPLODE")
        );
    }
}
