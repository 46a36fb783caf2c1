//! libpq's connection parameters (PostgreSQL docs, "Parameter Key Words" and "Environment Variables").

use super::UrlError;

/// What Limbeck does with a parameter.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Support {
    /// As libpq does.
    Honoured,
    /// Nothing, and nobody is worse off for it.
    Ignored,
    /// It would protect something, so it is refused.
    Refused,
}

use Support::{Honoured, Ignored, Refused};

const KEYWORDS: &[(&str, Support)] = &[
    ("application_name", Honoured),
    ("channel_binding", Honoured),
    // Always UTF8: SQL text is Unicode here.
    ("client_encoding", Ignored),
    ("connect_timeout", Honoured),
    ("dbname", Honoured),
    ("fallback_application_name", Honoured),
    ("gssdelegation", Ignored),
    ("gssencmode", Ignored),
    ("gsslib", Ignored),
    ("host", Honoured),
    ("hostaddr", Honoured),
    ("keepalives", Honoured),
    ("keepalives_count", Honoured),
    ("keepalives_idle", Honoured),
    ("keepalives_interval", Honoured),
    ("krbsrvname", Ignored),
    // Hosts are tried in the order in which they stand.
    ("load_balance_hosts", Ignored),
    ("max_protocol_version", Ignored),
    ("min_protocol_version", Ignored),
    ("options", Honoured),
    ("passfile", Honoured),
    ("password", Honoured),
    ("port", Honoured),
    ("replication", Refused),
    ("require_auth", Refused),
    ("requirepeer", Refused),
    ("service", Refused),
    ("ssl_max_protocol_version", Ignored),
    // TLS 1.2 is the least that is spoken in any case.
    ("ssl_min_protocol_version", Ignored),
    ("sslcert", Honoured),
    ("sslcertmode", Ignored),
    ("sslcompression", Ignored),
    ("sslcrl", Refused),
    ("sslcrldir", Refused),
    ("sslkey", Honoured),
    ("sslmode", Honoured),
    ("sslnegotiation", Honoured),
    ("sslpassword", Refused),
    ("sslrootcert", Honoured),
    ("sslsni", Ignored),
    ("target_session_attrs", Honoured),
    ("tcp_user_timeout", Honoured),
    ("user", Honoured),
];

/// Parameters of drivers for Python and Rust that make statements faster or slower and nothing else.
const DRIVER_PARAMETERS: &[&str] = &[
    "async_fallback",
    "command_timeout",
    "prepare_threshold",
    "prepared_statement_cache_size",
    "prepared_statement_name_func",
    "statement-cache-capacity",
    "statement_cache_size",
];

/// The environment variable that fills a parameter where the URL is silent.
pub(crate) const ENVIRONMENT: &[(&str, &str)] = &[
    ("PGAPPNAME", "application_name"),
    ("PGCHANNELBINDING", "channel_binding"),
    ("PGCONNECT_TIMEOUT", "connect_timeout"),
    ("PGDATABASE", "dbname"),
    ("PGHOST", "host"),
    ("PGHOSTADDR", "hostaddr"),
    ("PGOPTIONS", "options"),
    ("PGPASSFILE", "passfile"),
    ("PGPASSWORD", "password"),
    ("PGPORT", "port"),
    ("PGSSLCERT", "sslcert"),
    ("PGSSLKEY", "sslkey"),
    ("PGSSLMODE", "sslmode"),
    ("PGSSLNEGOTIATION", "sslnegotiation"),
    ("PGSSLROOTCERT", "sslrootcert"),
    ("PGTARGETSESSIONATTRS", "target_session_attrs"),
    ("PGUSER", "user"),
];

/// libpq's name for a parameter of a URL and its value; `None` for one that changes nothing here.
pub(super) fn accept(name: &str, value: &str) -> Result<Option<(&'static str, String)>, UrlError> {
    // `ssl` is asyncpg's `sslmode`; for JDBC's sake libpq reads `ssl=true` in a URL as `sslmode=require`.
    let (name, value) = match (name, value) {
        ("ssl", "true" | "True" | "1") => ("sslmode", "require"),
        ("ssl", "false" | "False" | "0") => ("sslmode", "disable"),
        ("ssl", value) => ("sslmode", value),
        ("database", value) => ("dbname", value),
        ("username", value) => ("user", value),
        // No encryption through GSSAPI here: only someone who insists on it is let down.
        ("gssencmode", "require") => return Err(UrlError::UnsupportedParameter { name: name.to_owned() }),
        other => other,
    };
    if DRIVER_PARAMETERS.contains(&name) {
        return Ok(None);
    }
    match KEYWORDS.iter().find(|(keyword, _)| *keyword == name) {
        Some((keyword, Honoured)) => {
            let value = value.to_owned();
            match expected_value(keyword, &value) {
                Some(expected) => {
                    Err(UrlError::InvalidValue { name: (*keyword).to_owned(), value, expected })
                }
                None => Ok(Some((keyword, value))),
            }
        }
        Some((_, Ignored)) => Ok(None),
        Some((_, Refused)) => Err(UrlError::UnsupportedParameter { name: name.to_owned() }),
        None => Err(UrlError::UnknownParameter { name: name.to_owned(), similar: similar(name) }),
    }
}

/// What a parameter expects, if this value is not that. Empty means "not set" for libpq.
pub(crate) fn expected_value(keyword: &str, value: &str) -> Option<&'static str> {
    if value.is_empty() {
        return None;
    }
    let (fits, expected) = match keyword {
        "sslmode" => (
            ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"].contains(&value),
            "`disable`, `allow`, `prefer`, `require`, `verify-ca` or `verify-full`",
        ),
        "sslnegotiation" => (["postgres", "direct"].contains(&value), "`postgres` or `direct`"),
        "channel_binding" => {
            (["disable", "prefer", "require"].contains(&value), "`disable`, `prefer` or `require`")
        }
        "target_session_attrs" => (
            ["any", "read-write", "read-only", "primary", "standby", "prefer-standby"].contains(&value),
            "`any`, `read-write`, `read-only`, `primary`, `standby` or `prefer-standby`",
        ),
        "connect_timeout" => (value.parse::<i32>().is_ok(), "a number of seconds"),
        "keepalives"
        | "keepalives_count"
        | "keepalives_idle"
        | "keepalives_interval"
        | "tcp_user_timeout" => (value.parse::<u32>().is_ok(), "a number"),
        "hostaddr" => (
            value.split(',').all(|address| address.parse::<std::net::IpAddr>().is_ok()),
            "IP addresses separated by commas",
        ),
        "port" => (
            value.split(',').all(|port| port.is_empty() || is_port(port)),
            "numbers from 1 to 65535, separated by commas",
        ),
        _ => return None,
    };
    (!fits).then_some(expected)
}

pub(super) fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok_and(|port| port > 0)
}

/// A known keyword that differs by little: one letter more, less or other.
fn similar(name: &str) -> Option<&'static str> {
    let close = |keyword: &str| {
        let common_start = keyword.bytes().zip(name.bytes()).take_while(|(a, b)| a == b).count();
        let common_end = keyword.bytes().rev().zip(name.bytes().rev()).take_while(|(a, b)| a == b).count();
        let longer = keyword.len().max(name.len());
        longer > 2 && common_start + common_end + 1 >= longer
    };
    KEYWORDS.iter().map(|(keyword, _)| *keyword).find(|keyword| close(keyword))
}

/// Splits `host=localhost dbname='my shop'` as libpq does: blanks around `=` are allowed, single quotes keep blanks,
/// a backslash takes the next character literally.
pub(super) fn split_keyword_string(text: &str) -> Result<Vec<(String, String)>, UrlError> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut characters = text.chars().peekable();
    loop {
        while characters.next_if(|character| character.is_whitespace()).is_some() {}
        if characters.peek().is_none() {
            return Ok(pairs);
        }
        let after = pairs.last().map_or_else(|| "its start".to_owned(), |(name, _)| format!("`{name}`"));
        let malformed = || UrlError::MalformedKeywordString { after: after.clone() };
        let mut name = String::new();
        while let Some(character) =
            characters.next_if(|character| !character.is_whitespace() && *character != '=')
        {
            name.push(character);
        }
        while characters.next_if(|character| character.is_whitespace()).is_some() {}
        if name.is_empty() || characters.next() != Some('=') {
            return Err(malformed());
        }
        while characters.next_if(|character| character.is_whitespace()).is_some() {}
        let quoted = characters.next_if_eq(&'\'').is_some();
        let mut value = String::new();
        loop {
            match characters.next() {
                Some('\'') if quoted => break,
                Some(character) if !quoted && character.is_whitespace() => break,
                Some('\\') => value.push(characters.next().ok_or_else(malformed)?),
                Some(character) => value.push(character),
                None if quoted => return Err(malformed()),
                None => break,
            }
        }
        pairs.push((name, value));
    }
}
