//! The address of a PostgreSQL database.

use std::collections::BTreeMap;
use std::fmt;
use std::net::Ipv6Addr;

use super::keywords::{accept, is_port, split_keyword_string};
use super::{UrlError, escape, escape_in_query, query_pairs, unescape};

/// The address of a PostgreSQL database: libpq's parameters, whichever way they were written.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresqlUrl {
    /// What followed `+` in the scheme. It names a Python driver and is kept only for printing.
    driver: Option<String>,
    /// By libpq's keyword; several hosts and ports are separated by commas, as libpq has it.
    settings: BTreeMap<&'static str, String>,
}

impl PostgresqlUrl {
    /// Reads what follows `postgresql://`.
    pub(super) fn from_url(driver: Option<&str>, rest: &str) -> Result<PostgresqlUrl, UrlError> {
        let (user_information, rest) = split_user_information(rest);
        let (address, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (hosts, database) = address.split_once('/').unwrap_or((address, ""));
        if database.contains('@') {
            return Err(UrlError::MisplacedAt);
        }
        let mut settings = BTreeMap::new();
        if let Some(user_information) = user_information {
            let (user, password) = match user_information.split_once(':') {
                Some((user, password)) => (user, Some(password)),
                None => (user_information, None),
            };
            set(&mut settings, "user", unescape(user, "user name")?);
            if let Some(password) = password {
                set(&mut settings, "password", unescape(password, "password")?);
            }
        }
        read_hosts(hosts, &mut settings)?;
        set(&mut settings, "dbname", unescape(database, "database name")?);
        // With an `@` in it, what reads as a query may be half a password, which no message may repeat.
        read_query(query, &mut settings)
            .map_err(|error| if query.contains('@') { UrlError::MisplacedAt } else { error })?;
        PostgresqlUrl { driver: driver.map(str::to_owned), settings }.checked()
    }

    /// Reads libpq's `host=localhost dbname=shop`.
    pub(super) fn from_keyword_string(text: &str) -> Result<PostgresqlUrl, UrlError> {
        let mut settings = BTreeMap::new();
        let mut previous = String::new();
        for (name, value) in split_keyword_string(text)? {
            let accepted = accept(&name, &value).map_err(|error| match error {
                // What follows a password may belong to it, when it has blanks and no quotes.
                UrlError::UnknownParameter { .. } if previous == "password" => {
                    UrlError::MalformedKeywordString { after: "`password`".to_owned() }
                }
                error => error,
            });
            previous = name;
            if let Some((keyword, value)) = accepted? {
                // The last one counts, also an empty one.
                settings.remove(keyword);
                set(&mut settings, keyword, value);
            }
        }
        PostgresqlUrl { driver: None, settings }.checked()
    }

    fn checked(self) -> Result<PostgresqlUrl, UrlError> {
        let mut hosts = self.get("host").into_iter().flat_map(|hosts| hosts.split(','));
        if !hosts.all(|host| is_socket(host) || is_host_name(host)) {
            return Err(UrlError::InvalidHost);
        }
        let count = |keyword| self.get(keyword).map_or(0, |value| value.split(',').count());
        let (hosts, ports) = (count("host").max(count("hostaddr")).max(1), count("port"));
        if ports > 1 && ports != hosts {
            return Err(UrlError::PortCount { hosts, ports });
        }
        Ok(self)
    }

    /// A parameter by libpq's keyword, such as `dbname`, `user`, `host`, `sslmode`; `None` where the URL is silent.
    pub fn get(&self, keyword: &str) -> Option<&str> {
        self.settings.get(keyword).map(String::as_str)
    }

    /// The same server and settings, with another database.
    #[must_use]
    pub fn with_database(&self, name: &str) -> PostgresqlUrl {
        let mut url = self.clone();
        url.settings.insert("dbname", name.to_owned());
        url
    }

    /// Sets a parameter, if the URL is silent about it.
    pub(crate) fn set_default(&mut self, keyword: &'static str, value: String) {
        if !value.is_empty() {
            self.settings.entry(keyword).or_insert(value);
        }
    }

    pub(super) fn render(&self, hide_password: bool) -> String {
        let mut text = match &self.driver {
            Some(driver) => format!("postgresql+{driver}://"),
            None => "postgresql://".to_owned(),
        };
        let mut in_query: Vec<&str> = self.settings.keys().copied().collect();
        let password = self
            .get("password")
            .map(|password| if hide_password { "***".to_owned() } else { escape(password) });
        // A password without a user name has no place before the `@` for SQLAlchemy, but has for libpq and for us.
        if self.get("user").is_some() || password.is_some() {
            text.push_str(&escape(self.get("user").unwrap_or_default()));
            if let Some(password) = password {
                text.push(':');
                text.push_str(&password);
            }
            text.push('@');
        }
        in_query.retain(|keyword| !["user", "password", "dbname"].contains(keyword));
        if let Some(authority) = self.authority() {
            text.push_str(&authority);
            in_query.retain(|keyword| !["host", "port"].contains(keyword));
        }
        if let Some(database) = self.get("dbname") {
            text.push('/');
            text.push_str(&escape(database));
        } else if !in_query.is_empty() {
            text.push('/');
        }
        for (index, keyword) in in_query.into_iter().enumerate() {
            text.push(if index == 0 { '?' } else { '&' });
            text.push_str(keyword);
            text.push('=');
            text.push_str(&escape_in_query(self.get(keyword).unwrap_or_default()));
        }
        text
    }

    /// `host:port,host:port`, unless there is no host or one of them is a socket directory, which then read better in
    /// the query.
    fn authority(&self) -> Option<String> {
        let hosts: Vec<&str> = self.get("host")?.split(',').collect();
        if hosts.iter().any(|host| host.is_empty() || is_socket(host)) {
            return None;
        }
        let ports: Vec<&str> = self.get("port").map(|ports| ports.split(',').collect()).unwrap_or_default();
        let one_for_all = if ports.len() == 1 { ports.first().copied() } else { None };
        // One port for several hosts cannot be told from a port of the last one only.
        if one_for_all.is_some() && hosts.len() > 1 {
            return None;
        }
        let addresses = hosts.iter().enumerate().map(|(index, host)| {
            let host =
                if host.contains(':') { format!("[{}]", host.replace('%', "%25")) } else { escape(host) };
            match ports.get(index).filter(|port| !port.is_empty()) {
                Some(port) => format!("{host}:{port}"),
                None => host,
            }
        });
        Some(addresses.collect::<Vec<_>>().join(","))
    }
}

impl fmt::Debug for PostgresqlUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(true))
    }
}

/// True for the directory of a Unix socket: an absolute path, or Linux's abstract name (PostgreSQL docs, `host`).
pub(crate) fn is_socket(host: &str) -> bool {
    host.starts_with('/') || host.starts_with('@')
}

/// What may be looked up, without asking. What else stands in a host's place comes from a missing escape.
fn is_host_name(text: &str) -> bool {
    let (address, zone) = text.split_once('%').unwrap_or((text, ""));
    if address.contains(':') {
        return address.parse::<Ipv6Addr>().is_ok() && zone.chars().all(char::is_alphanumeric);
    }
    !text.contains(|character: char| character.is_whitespace() || "@/[]\\?#".contains(character))
}

/// An empty value is one that was not given.
fn set(settings: &mut BTreeMap<&'static str, String>, keyword: &'static str, value: String) {
    if !value.is_empty() {
        settings.insert(keyword, value);
    }
}

/// Splits off `user:password@`.
///
/// libpq looks for the `@` before the first `/` or `?`; of several the last one counts here, which is what people mean
/// who write a password with `@`. SQLAlchemy also finds it behind them, for passwords written
/// without escapes; so do we, unless what precedes reads as `host:port`.
fn split_user_information(rest: &str) -> (Option<&str>, &str) {
    let authority_end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, _) = rest.split_at_checked(authority_end).unwrap_or((rest, ""));
    if let Some((user_information, _)) = authority.rsplit_once('@') {
        let address = rest.get(user_information.len() + 1..).unwrap_or_default();
        return (Some(user_information), address);
    }
    let looks_like_password = authority
        .split_once(':')
        .is_some_and(|(_, port)| !port.is_empty() && !authority.contains([',', '[']) && !is_port(port));
    match rest.split_once('@') {
        Some((user_information, address)) if looks_like_password => (Some(user_information), address),
        _ => (None, rest),
    }
}

fn read_hosts(text: &str, settings: &mut BTreeMap<&'static str, String>) -> Result<(), UrlError> {
    if text.is_empty() {
        return Ok(());
    }
    let mut hosts = Vec::new();
    let mut ports = Vec::new();
    for address in text.split(',') {
        let (host, port) = match address.strip_prefix('[') {
            Some(address) => {
                let (host, rest) = address.split_once(']').ok_or(UrlError::InvalidHost)?;
                let port = match rest {
                    "" => "",
                    _ => rest.strip_prefix(':').ok_or(UrlError::InvalidHost)?,
                };
                (host, port)
            }
            None => address.split_once(':').unwrap_or((address, "")),
        };
        if !port.is_empty() && !is_port(port) {
            return Err(UrlError::InvalidPort);
        }
        let host = unescape(host, "host name")?;
        hosts.push(host);
        ports.push(port);
    }
    if hosts.iter().any(|host| !host.is_empty()) {
        settings.insert("host", hosts.join(","));
    }
    if ports.iter().any(|port| !port.is_empty()) {
        settings.insert("port", ports.join(","));
    }
    Ok(())
}

fn read_query(query: &str, settings: &mut BTreeMap<&'static str, String>) -> Result<(), UrlError> {
    let mut hosts: Vec<String> = Vec::new();
    let mut ports: Vec<String> = Vec::new();
    for (name, value) in query_pairs(query)? {
        match name.as_str() {
            // SQLAlchemy repeats `host`, and lets each bring its port: `?host=a:5432&host=b:5433`.
            "host" => {
                for host in value.split(',') {
                    match host.split_once(':') {
                        Some((host, port)) if is_port(port) && !is_socket(host) => {
                            hosts.push(host.to_owned());
                            ports.push(port.to_owned());
                        }
                        _ => hosts.push(host.to_owned()),
                    }
                }
            }
            "port" => ports.extend(value.split(',').map(str::to_owned)),
            _ => {
                if let Some((keyword, value)) = accept(&name, &value)? {
                    set(settings, keyword, value);
                }
            }
        }
    }
    for (keyword, values) in [("host", hosts), ("port", ports)] {
        if let Some((keyword, value)) = accept(keyword, &values.join(","))? {
            set(settings, keyword, value);
        }
    }
    Ok(())
}
