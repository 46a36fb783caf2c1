//! What SQLite and its driver say, as our errors.

use rusqlite::ErrorCode;
use rusqlite::ffi;

use super::chain;
use crate::{EngineError, SqlError, Violation};

impl From<rusqlite::Error> for EngineError {
    fn from(error: rusqlite::Error) -> EngineError {
        let (code, sql_error) = match error {
            rusqlite::Error::SqliteFailure(code, message) => {
                let message = message.unwrap_or_else(|| ffi::code_to_str(code.extended_code).to_owned());
                (code, SqlError { message, ..SqlError::default() })
            }
            rusqlite::Error::SqlInputError { error, msg, sql, offset } => {
                let position = usize::try_from(offset).ok().map(|offset| character_position(&sql, offset));
                (error, SqlError { message: msg, position, ..SqlError::default() })
            }
            other => return EngineError::Driver { message: chain(&other) },
        };
        let extended = code.extended_code;
        let sql_error = Box::new(SqlError { sqlite_code: Some(code_name(extended)), ..sql_error });
        match code.code {
            ErrorCode::ReadOnly => EngineError::ReadOnly(sql_error),
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => EngineError::Locked(sql_error),
            ErrorCode::OperationInterrupted => EngineError::Cancelled(sql_error),
            ErrorCode::TypeMismatch | ErrorCode::TooBig => EngineError::InvalidValue(sql_error),
            ErrorCode::ConstraintViolation => constraint(extended, *sql_error),
            _ => EngineError::Sql(sql_error),
        }
    }
}

fn constraint(extended: i32, error: SqlError) -> EngineError {
    match extended {
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID => {
            EngineError::UniqueViolation(violation(error))
        }
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => EngineError::ForeignKeyViolation(violation(error)),
        // `ON DELETE RESTRICT` is a trigger inside of SQLite (SQLite's `src/fkey.c`, `fkActionTrigger`).
        ffi::SQLITE_CONSTRAINT_TRIGGER if error.message == "FOREIGN KEY constraint failed" => {
            EngineError::ForeignKeyViolation(violation(error))
        }
        ffi::SQLITE_CONSTRAINT_NOTNULL => EngineError::NotNullViolation(violation(error)),
        ffi::SQLITE_CONSTRAINT_CHECK => EngineError::CheckViolation(violation(error)),
        ffi::SQLITE_CONSTRAINT_DATATYPE => EngineError::InvalidValue(Box::new(error)),
        _ => EngineError::Sql(Box::new(error)),
    }
}

/// Reads what stands behind the colon: `customers.tenant, customers.email` for columns, `index 'name'` for an index on
/// expressions, a constraint's name or its text for a CHECK (SQLite's `src/insert.c` and `src/build.c`).
fn violation(mut error: SqlError) -> Box<Violation> {
    let mut violation = Violation::default();
    let (what, place) = error.message.split_once(" failed: ").unwrap_or((&error.message, ""));
    if what.starts_with("CHECK") {
        violation.constraint = Some(place.to_owned()).filter(|name| !name.is_empty());
    } else if let Some(index) = place.strip_prefix("index '").and_then(|name| name.strip_suffix('\'')) {
        violation.constraint = Some(index.to_owned());
    } else {
        for column in place.split(", ") {
            if let Some((table, column)) = column.split_once('.') {
                violation.table.get_or_insert_with(|| table.to_owned());
                violation.columns.push(column.to_owned());
            }
        }
    }
    error.table.clone_from(&violation.table);
    error.constraint.clone_from(&violation.constraint);
    if let [column] = &*violation.columns {
        error.column = Some(column.clone());
    }
    violation.error = error;
    Box::new(violation)
}

/// The character at a byte offset, counted from 1 as PostgreSQL does.
fn character_position(sql: &str, offset: usize) -> usize {
    sql.char_indices().take_while(|(start, _)| *start < offset).count() + 1
}

/// The name of an extended result code (SQLite docs, "Result and Error Codes"); the primary code's name where an
/// extended one says nothing more to a user, the number where there is no name.
fn code_name(extended: i32) -> String {
    let name =
        |code: i32| CODE_NAMES.iter().find(|(number, _)| *number == code).map(|(_, name)| (*name).to_owned());
    name(extended).or_else(|| name(extended & 0xff)).unwrap_or_else(|| extended.to_string())
}

const CODE_NAMES: &[(i32, &str)] = &[
    (ffi::SQLITE_ERROR, "SQLITE_ERROR"),
    (ffi::SQLITE_INTERNAL, "SQLITE_INTERNAL"),
    (ffi::SQLITE_PERM, "SQLITE_PERM"),
    (ffi::SQLITE_ABORT, "SQLITE_ABORT"),
    (ffi::SQLITE_BUSY, "SQLITE_BUSY"),
    (ffi::SQLITE_BUSY_RECOVERY, "SQLITE_BUSY_RECOVERY"),
    (ffi::SQLITE_BUSY_SNAPSHOT, "SQLITE_BUSY_SNAPSHOT"),
    (ffi::SQLITE_LOCKED, "SQLITE_LOCKED"),
    (ffi::SQLITE_LOCKED_SHAREDCACHE, "SQLITE_LOCKED_SHAREDCACHE"),
    (ffi::SQLITE_NOMEM, "SQLITE_NOMEM"),
    (ffi::SQLITE_READONLY, "SQLITE_READONLY"),
    (ffi::SQLITE_READONLY_DBMOVED, "SQLITE_READONLY_DBMOVED"),
    (ffi::SQLITE_READONLY_DIRECTORY, "SQLITE_READONLY_DIRECTORY"),
    (ffi::SQLITE_READONLY_ROLLBACK, "SQLITE_READONLY_ROLLBACK"),
    (ffi::SQLITE_INTERRUPT, "SQLITE_INTERRUPT"),
    (ffi::SQLITE_IOERR, "SQLITE_IOERR"),
    (ffi::SQLITE_CORRUPT, "SQLITE_CORRUPT"),
    (ffi::SQLITE_FULL, "SQLITE_FULL"),
    (ffi::SQLITE_CANTOPEN, "SQLITE_CANTOPEN"),
    (ffi::SQLITE_PROTOCOL, "SQLITE_PROTOCOL"),
    (ffi::SQLITE_SCHEMA, "SQLITE_SCHEMA"),
    (ffi::SQLITE_TOOBIG, "SQLITE_TOOBIG"),
    (ffi::SQLITE_CONSTRAINT, "SQLITE_CONSTRAINT"),
    (ffi::SQLITE_CONSTRAINT_CHECK, "SQLITE_CONSTRAINT_CHECK"),
    (ffi::SQLITE_CONSTRAINT_DATATYPE, "SQLITE_CONSTRAINT_DATATYPE"),
    (ffi::SQLITE_CONSTRAINT_FOREIGNKEY, "SQLITE_CONSTRAINT_FOREIGNKEY"),
    (ffi::SQLITE_CONSTRAINT_NOTNULL, "SQLITE_CONSTRAINT_NOTNULL"),
    (ffi::SQLITE_CONSTRAINT_PRIMARYKEY, "SQLITE_CONSTRAINT_PRIMARYKEY"),
    (ffi::SQLITE_CONSTRAINT_ROWID, "SQLITE_CONSTRAINT_ROWID"),
    (ffi::SQLITE_CONSTRAINT_TRIGGER, "SQLITE_CONSTRAINT_TRIGGER"),
    (ffi::SQLITE_CONSTRAINT_UNIQUE, "SQLITE_CONSTRAINT_UNIQUE"),
    (ffi::SQLITE_MISMATCH, "SQLITE_MISMATCH"),
    (ffi::SQLITE_AUTH, "SQLITE_AUTH"),
    (ffi::SQLITE_RANGE, "SQLITE_RANGE"),
    (ffi::SQLITE_NOTADB, "SQLITE_NOTADB"),
];
