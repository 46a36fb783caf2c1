//! What PostgreSQL and its driver say, as our errors.

use tokio_postgres::error::{DbError, ErrorPosition, SqlState};

use super::chain;
use crate::{EncodeError, EngineError, SqlError, Violation};

impl From<&DbError> for SqlError {
    fn from(error: &DbError) -> SqlError {
        let own = |text: Option<&str>| text.map(str::to_owned);
        let (position, internal_query) = match error.position() {
            Some(ErrorPosition::Original(position)) => (usize::try_from(*position).ok(), None),
            Some(ErrorPosition::Internal { query, .. }) => (None, Some(query.clone())),
            None => (None, None),
        };
        SqlError {
            message: error.message().to_owned(),
            sqlstate: Some(error.code().code().to_owned()),
            sqlite_code: None,
            position,
            detail: own(error.detail()),
            hint: own(error.hint()),
            context: own(error.where_()),
            internal_query,
            schema: own(error.schema()),
            table: own(error.table()),
            column: own(error.column()),
            constraint: own(error.constraint()),
        }
    }
}

impl From<tokio_postgres::Error> for EngineError {
    fn from(error: tokio_postgres::Error) -> EngineError {
        if let Some(error) = error.as_db_error() {
            return from_database(error);
        }
        let source = std::error::Error::source(&error);
        if let Some(error) = source.and_then(|cause| cause.downcast_ref::<EncodeError>()) {
            return EngineError::Encode(error.clone());
        }
        let io = source.is_some_and(|cause| cause.is::<std::io::Error>());
        // An unexpected end shows as `closed`, a broken socket as an I/O error; texts that do not fit the protocol
        // (a NUL character, an unknown message) are I/O errors of these two kinds.
        let kind = source.and_then(|cause| cause.downcast_ref::<std::io::Error>()).map(std::io::Error::kind);
        let malformed =
            matches!(kind, Some(std::io::ErrorKind::InvalidInput | std::io::ErrorKind::InvalidData));
        if error.is_closed() || (io && !malformed) {
            EngineError::ConnectionLost { cause: chain(&error) }
        } else {
            EngineError::Driver { message: chain(&error) }
        }
    }
}

fn from_database(error: &DbError) -> EngineError {
    let sql_error = Box::new(SqlError::from(error));
    let code = error.code();
    match *code {
        SqlState::READ_ONLY_SQL_TRANSACTION => EngineError::ReadOnly(sql_error),
        SqlState::LOCK_NOT_AVAILABLE => EngineError::Locked(sql_error),
        SqlState::ADMIN_SHUTDOWN | SqlState::CRASH_SHUTDOWN | SqlState::IDLE_SESSION_TIMEOUT => {
            EngineError::ConnectionLost { cause: sql_error.to_string() }
        }
        SqlState::UNIQUE_VIOLATION => EngineError::UniqueViolation(violation(*sql_error)),
        SqlState::FOREIGN_KEY_VIOLATION => EngineError::ForeignKeyViolation(violation(*sql_error)),
        SqlState::NOT_NULL_VIOLATION => EngineError::NotNullViolation(violation(*sql_error)),
        SqlState::CHECK_VIOLATION => EngineError::CheckViolation(violation(*sql_error)),
        SqlState::EXCLUSION_VIOLATION => EngineError::ExclusionViolation(violation(*sql_error)),
        SqlState::T_R_SERIALIZATION_FAILURE => EngineError::SerializationFailure(sql_error),
        SqlState::T_R_DEADLOCK_DETECTED => EngineError::Deadlock(sql_error),
        SqlState::QUERY_CANCELED => EngineError::Cancelled(sql_error),
        SqlState::INVALID_SQL_STATEMENT_NAME => EngineError::StalePlan(sql_error),
        // The message is translated, the place in the server's source is not.
        SqlState::FEATURE_NOT_SUPPORTED if error.routine() == Some("RevalidateCachedQuery") => {
            EngineError::StalePlan(sql_error)
        }
        _ if code.code().starts_with("08") => EngineError::ConnectionLost { cause: sql_error.to_string() },
        _ if INVALID_VALUES.contains(code) => EngineError::InvalidValue(sql_error),
        _ => EngineError::Sql(sql_error),
    }
}

/// Those data exceptions that are about a value and its type, not about a computation (PostgreSQL docs, "PostgreSQL Error
/// Codes", class 22).
const INVALID_VALUES: [SqlState; 10] = [
    SqlState::NUMERIC_VALUE_OUT_OF_RANGE,
    SqlState::STRING_DATA_RIGHT_TRUNCATION,
    SqlState::STRING_DATA_LENGTH_MISMATCH,
    SqlState::INVALID_TEXT_REPRESENTATION,
    SqlState::INVALID_BINARY_REPRESENTATION,
    SqlState::INVALID_DATETIME_FORMAT,
    SqlState::DATETIME_FIELD_OVERFLOW,
    SqlState::CHARACTER_NOT_IN_REPERTOIRE,
    SqlState::UNTRANSLATABLE_CHARACTER,
    SqlState::INTERVAL_FIELD_OVERFLOW,
];

fn violation(error: SqlError) -> Box<Violation> {
    let columns = match (&error.column, &error.detail) {
        (Some(column), _) => vec![column.clone()],
        // These are the columns of the other table.
        (None, Some(detail)) if detail.contains("still referenced") => Vec::new(),
        (None, detail) => detail.as_deref().map(key_columns).unwrap_or_default(),
    };
    Box::new(Violation { table: error.table.clone(), columns, constraint: error.constraint.clone(), error })
}

/// The columns in a detail such as `Key (tenant, "order")=(1, 2) already exists.`, whatever its language; those of an
/// index may be expressions.
fn key_columns(detail: &str) -> Vec<String> {
    let Some((_, key)) = detail.split_once('(') else { return Vec::new() };
    let Some((key, _)) = key.split_once(")=(") else { return Vec::new() };
    let (mut columns, mut column) = (Vec::new(), String::new());
    let (mut depth, mut quoted) = (0_usize, false);
    for character in key.chars() {
        match character {
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            ',' if !quoted && depth == 0 => {
                columns.push(std::mem::take(&mut column));
                continue;
            }
            _ => {}
        }
        column.push(character);
    }
    columns.push(column);
    columns.iter().map(|column| unquoted(column.trim())).collect()
}

fn unquoted(column: &str) -> String {
    match column.strip_prefix('"').and_then(|column| column.strip_suffix('"')) {
        Some(name) => name.replace("\"\"", "\""),
        None => column.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::key_columns;

    #[test]
    fn the_columns_of_a_key_are_read_from_the_detail() {
        assert_eq!(key_columns("Key (email)=(a@b) already exists."), ["email"]);
        assert_eq!(key_columns("Key (a, \"or, der\")=(1, 2) already exists."), ["a", "or, der"]);
        assert_eq!(key_columns("Schlüssel (lower(a, b), c)=(x, y) existiert bereits."), ["lower(a, b)", "c"]);
        assert_eq!(key_columns("Failing row contains (1, null)."), Vec::<String>::new());
    }
}
