//! What libpq takes from its surroundings where a URL is silent.
//!
//! Sources: PostgreSQL docs, "Environment Variables", "The Password File", "Parameter Key Words".

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::UrlError;
use crate::url::{ENVIRONMENT, PostgresqlUrl, expected_value, is_socket};

/// Where Unix sockets are when nobody says: Debian's and Red Hat's choice, then PostgreSQL's own.
const SOCKET_DIRECTORIES: [&str; 2] = ["/var/run/postgresql", "/tmp"];

/// Fills what the URL leaves open from environment variables, the operating system's user and the usual places.
pub(crate) fn with_defaults(url: &PostgresqlUrl) -> Result<PostgresqlUrl, UrlError> {
    let mut url = url.clone();
    for (variable, keyword) in ENVIRONMENT {
        if let Ok(value) = env::var(variable) {
            if let Some(expected) = expected_value(keyword, &value) {
                return Err(UrlError::InvalidValue { name: (*variable).to_owned(), value, expected });
            }
            url.set_default(keyword, value);
        }
    }
    if url.get("user").is_none()
        && let Ok(user) = whoami::username()
    {
        url.set_default("user", user);
    }
    if let Some(user) = url.get("user").map(str::to_owned) {
        url.set_default("dbname", user);
    }
    url.set_default("port", "5432".to_owned());
    if url.get("host").is_none() && url.get("hostaddr").is_none() {
        let socket = |directory: &&str| {
            url.get("port").is_some_and(|port| Path::new(directory).join(format!(".s.PGSQL.{port}")).exists())
        };
        let host = SOCKET_DIRECTORIES.into_iter().find(socket).unwrap_or("localhost");
        url.set_default("host", host.to_owned());
    }
    Ok(url)
}

/// The password that the password file holds for a server.
///
/// A file that others can read is not believed, as with libpq.
pub(crate) fn password_from_file(url: &PostgresqlUrl, host: &str, port: &str) -> Option<String> {
    let path = match url.get("passfile") {
        Some(path) => PathBuf::from(path),
        None => default_password_file()?,
    };
    if !is_private(&path) {
        return None;
    }
    // The file speaks of `localhost` where a socket in the default directory is meant.
    let host = if SOCKET_DIRECTORIES.contains(&host) && is_socket(host) { "localhost" } else { host };
    let wanted = [host, port, url.get("dbname").unwrap_or_default(), url.get("user").unwrap_or_default()];
    find_password(&fs::read_to_string(path).ok()?, &wanted)
}

#[cfg(unix)]
fn default_password_file() -> Option<PathBuf> {
    Some(env::home_dir()?.join(".pgpass"))
}

#[cfg(not(unix))]
fn default_password_file() -> Option<PathBuf> {
    Some(PathBuf::from(env::var_os("APPDATA")?).join("postgresql").join("pgpass.conf"))
}

#[cfg(unix)]
fn is_private(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o077 == 0)
}

#[cfg(not(unix))]
fn is_private(path: &Path) -> bool {
    path.is_file()
}

/// The password of the first line `host:port:database:user:password` that fits; `*` fits everything.
fn find_password(file: &str, wanted: &[&str; 4]) -> Option<String> {
    file.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let fields = split_fields(line);
        let (password, fields) = fields.split_last()?;
        let fits = fields.len() == wanted.len()
            && fields
                .iter()
                .zip(wanted)
                .all(|((field, escaped), wanted)| field == wanted || (field == "*" && !escaped));
        fits.then(|| password.0.clone()).filter(|password| !password.is_empty())
    })
}

/// The fields of a line, each with whether a backslash was in it. Backslashes protect `:` and `\`.
fn split_fields(line: &str) -> Vec<(String, bool)> {
    let mut fields = Vec::new();
    let (mut field, mut escaped) = (String::new(), false);
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                escaped = true;
                field.extend(characters.next());
            }
            // The password is what follows the fourth colon, whatever is in it.
            ':' if fields.len() < 4 => {
                fields.push((std::mem::take(&mut field), escaped));
                escaped = false;
            }
            _ => field.push(character),
        }
    }
    fields.push((field, escaped));
    fields
}

#[cfg(test)]
mod tests {
    use super::find_password;

    #[test]
    fn the_first_line_that_fits_gives_the_password() {
        let file = "# comment\nother:5432:shop:ada:no\nlocalhost:*:shop:ada:a:b\\:c\\\\d\n*:*:*:*:last\n";
        assert_eq!(find_password(file, &["localhost", "5433", "shop", "ada"]).as_deref(), Some("a:b:c\\d"));
        assert_eq!(find_password(file, &["elsewhere", "5432", "shop", "ada"]).as_deref(), Some("last"));
        assert_eq!(find_password("localhost:5432:shop:ada", &["localhost", "5432", "shop", "ada"]), None);
        assert_eq!(find_password("h:1:\\*:u:p", &["h", "1", "shop", "u"]), None);
        assert_eq!(find_password("h:1:\\*:u:p", &["h", "1", "*", "u"]).as_deref(), Some("p"));
        assert_eq!(find_password("", &["h", "1", "*", "u"]), None);
    }
}
