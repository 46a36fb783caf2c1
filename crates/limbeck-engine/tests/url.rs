//! What URLs mean, and that they never show a password.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use std::path::PathBuf;
use std::time::Duration;

use limbeck_engine::{DatabaseUrl, PostgresqlUrl, SqliteDatabase, SqliteMode, SqliteUrl};
use limbeck_schema::Dialect;
use proptest::prelude::*;

fn postgresql(text: &str) -> PostgresqlUrl {
    match DatabaseUrl::parse(text) {
        Ok(DatabaseUrl::Postgresql(url)) => url,
        other => panic!("{text}: {other:?}"),
    }
}

fn sqlite(text: &str) -> SqliteUrl {
    match DatabaseUrl::parse(text) {
        Ok(DatabaseUrl::Sqlite(url)) => url,
        other => panic!("{text}: {other:?}"),
    }
}

fn code(text: &str) -> &'static str {
    DatabaseUrl::parse(text).unwrap_err().code()
}

/// What SQLAlchemy 2.1.9 hands to psycopg2 for the same URLs (`make_url`, then `create_connect_args`), by libpq's names.
/// Each line is a URL and its parameters.
const AS_SQLALCHEMY: &[(&str, &[(&str, &str)])] = &[
    (
        "postgresql://ada:s3cret@db.example.org:5433/shop",
        &[
            ("user", "ada"),
            ("password", "s3cret"),
            ("host", "db.example.org"),
            ("port", "5433"),
            ("dbname", "shop"),
        ],
    ),
    (
        "postgresql+psycopg2://ada@localhost/shop",
        &[("user", "ada"), ("host", "localhost"), ("dbname", "shop")],
    ),
    ("postgresql://localhost", &[("host", "localhost")]),
    ("postgresql://", &[]),
    ("postgresql:///shop", &[("dbname", "shop")]),
    (
        "postgresql://ada:p%40ss%2Fw%3Ard%25@h/shop",
        &[("user", "ada"), ("password", "p@ss/w:rd%"), ("host", "h"), ("dbname", "shop")],
    ),
    (
        "postgresql://ada:p/w@h/shop",
        &[("user", "ada"), ("password", "p/w"), ("host", "h"), ("dbname", "shop")],
    ),
    (
        "postgresql://ada:p?w@h/shop",
        &[("user", "ada"), ("password", "p?w"), ("host", "h"), ("dbname", "shop")],
    ),
    (
        "postgresql://ada:a+b@h/s+hop",
        &[("user", "ada"), ("password", "a+b"), ("host", "h"), ("dbname", "s+hop")],
    ),
    (
        "postgresql://ada:p:q@h/shop",
        &[("user", "ada"), ("password", "p:q"), ("host", "h"), ("dbname", "shop")],
    ),
    ("postgresql://ada:@h/shop", &[("user", "ada"), ("host", "h"), ("dbname", "shop")]),
    (
        "postgresql://%C3%A4da:x@h/sh%20op",
        &[("user", "äda"), ("password", "x"), ("host", "h"), ("dbname", "sh op")],
    ),
    (
        "postgresql://ada@[::1]:5432/shop",
        &[("user", "ada"), ("host", "::1"), ("port", "5432"), ("dbname", "shop")],
    ),
    (
        "postgresql://ada@[2001:db8::1]/shop?sslmode=require",
        &[("user", "ada"), ("host", "2001:db8::1"), ("dbname", "shop"), ("sslmode", "require")],
    ),
    ("postgresql:///shop?host=/var/run/postgresql", &[("host", "/var/run/postgresql"), ("dbname", "shop")]),
    (
        "postgresql://ada@/shop?host=/tmp&port=5433",
        &[("user", "ada"), ("host", "/tmp"), ("port", "5433"), ("dbname", "shop")],
    ),
    (
        "postgresql://h/shop?options=-c%20search_path%3Da%2Cb",
        &[("host", "h"), ("dbname", "shop"), ("options", "-c search_path=a,b")],
    ),
    (
        "postgresql://h/shop?options=-c+search_path%3Da",
        &[("host", "h"), ("dbname", "shop"), ("options", "-c search_path=a")],
    ),
    (
        "postgresql://h/shop?application_name=a%2Bb",
        &[("host", "h"), ("dbname", "shop"), ("application_name", "a+b")],
    ),
    (
        "postgresql://ada@/shop?host=a:5432&host=b:5433",
        &[("user", "ada"), ("host", "a,b"), ("port", "5432,5433"), ("dbname", "shop")],
    ),
    ("postgresql://ada@h/shop/with/slash", &[("user", "ada"), ("host", "h"), ("dbname", "shop/with/slash")]),
];

/// Where libpq or plain sense says more than SQLAlchemy.
const AS_LIBPQ: &[(&str, &[(&str, &str)])] = &[
    (
        "postgres://a:5432,b,[::1]:5434/shop",
        &[("host", "a,b,::1"), ("port", "5432,,5434"), ("dbname", "shop")],
    ),
    ("postgresql://%2Fvar%2Frun/shop", &[("host", "/var/run"), ("dbname", "shop")]),
    ("postgresql://:5433/shop", &[("port", "5433"), ("dbname", "shop")]),
    (
        "postgresql://h/?user=ada&password=s3cret&dbname=shop",
        &[("host", "h"), ("user", "ada"), ("password", "s3cret"), ("dbname", "shop")],
    ),
    ("postgresql://h/shop?ssl=true", &[("host", "h"), ("dbname", "shop"), ("sslmode", "require")]),
    // SQLAlchemy takes `5432/shop?application_name=a` for a password here.
    (
        "postgresql://h:5432/shop?application_name=a@b",
        &[("host", "h"), ("port", "5432"), ("dbname", "shop"), ("application_name", "a@b")],
    ),
    // And `ss@h` for the host here.
    (
        "postgresql://ada:p@ss@h/shop",
        &[("user", "ada"), ("password", "p@ss"), ("host", "h"), ("dbname", "shop")],
    ),
    (
        "POSTGRESQL+asyncpg://h/shop?ssl=prefer&prepared_statement_cache_size=0",
        &[("host", "h"), ("dbname", "shop"), ("sslmode", "prefer")],
    ),
    (
        "host=h dbname='my shop' password = 'it\\'s \\\\' user=ada",
        &[("host", "h"), ("dbname", "my shop"), ("password", "it's \\"), ("user", "ada")],
    ),
    (
        "host=/tmp port=5433,5434 hostaddr=127.0.0.1,::1",
        &[("host", "/tmp"), ("port", "5433,5434"), ("hostaddr", "127.0.0.1,::1")],
    ),
    ("postgresql://[fe80::1%25eth0]/shop", &[("host", "fe80::1%eth0"), ("dbname", "shop")]),
    ("dbname=a dbname=b", &[("dbname", "b")]),
];

#[test]
fn postgresql_urls_mean_what_sqlalchemy_and_libpq_say() {
    const KEYWORDS: [&str; 9] =
        ["application_name", "dbname", "host", "hostaddr", "options", "password", "port", "sslmode", "user"];
    for (text, expected) in AS_SQLALCHEMY.iter().chain(AS_LIBPQ) {
        let url = postgresql(text);
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        let found: Vec<(&str, &str)> =
            KEYWORDS.iter().filter_map(|keyword| Some((*keyword, url.get(keyword)?))).collect();
        assert_eq!(found, expected, "{text}");
        let url = DatabaseUrl::Postgresql(url);
        assert_eq!(url.dialect(), Dialect::Postgresql);
        let rendered = url.render_as_string(false);
        assert_eq!(DatabaseUrl::parse(&rendered).unwrap(), url, "{text} -> {rendered}");
    }
}

#[test]
fn sqlite_urls_mean_what_sqlalchemy_says() {
    let file = |path: &str| SqliteDatabase::File(PathBuf::from(path));
    for (text, database) in [
        ("sqlite://", SqliteDatabase::Memory),
        ("sqlite:///", SqliteDatabase::Memory),
        ("sqlite:///:memory:", SqliteDatabase::Memory),
        ("sqlite:///relative.db", file("relative.db")),
        ("sqlite:////absolute/x.db", file("/absolute/x.db")),
        ("sqlite:///a/b%20c%3F.db", file("a/b c?.db")),
        ("sqlite+pysqlite:///x.db?check_same_thread=false", file("x.db")),
        ("sqlite:///file:x.db?uri=true", file("x.db")),
        ("sqlite:///C:\\data\\x.db", file("C:\\data\\x.db")),
        ("sqlite:x.db", file("x.db")),
        ("sqlite:./x.db", file("./x.db")),
        ("sqlite:/absolute/x.db", file("/absolute/x.db")),
        ("sqlite::memory:", SqliteDatabase::Memory),
        ("sqlite:///x.db?mode=memory", SqliteDatabase::Memory),
    ] {
        let url = sqlite(text);
        assert_eq!(url.database, database, "{text}");
        assert_eq!((url.mode, url.timeout), (SqliteMode::ReadWriteCreate, Duration::from_secs(5)));
        let url = DatabaseUrl::Sqlite(url);
        assert_eq!(DatabaseUrl::parse(&url.to_string()).unwrap(), url, "{text} -> {url}");
    }
    let url = sqlite("sqlite:///x.db?mode=ro&timeout=2.5");
    assert_eq!((url.mode, url.timeout), (SqliteMode::ReadOnly, Duration::from_millis(2500)));
    assert_eq!(DatabaseUrl::Sqlite(url).to_string(), "sqlite:///x.db?mode=ro&timeout=2.5");
}

#[test]
fn printed_urls_keep_their_form_and_hide_the_password() {
    for (text, printed) in [
        ("postgresql://ada:s3cret@h:5432/shop", "postgresql://ada:***@h:5432/shop"),
        ("postgres://ada:s3cret@h/shop", "postgresql://ada:***@h/shop"),
        ("postgresql+asyncpg://ada@[::1]:5432/sh%20op", "postgresql+asyncpg://ada@[::1]:5432/sh%20op"),
        ("postgresql://h/shop?password=s3cret&user=ada", "postgresql://ada:***@h/shop"),
        ("postgresql://h?password=s3cret", "postgresql://:***@h"),
        ("host=/tmp dbname=shop password=s3cret user=ada", "postgresql://ada:***@/shop?host=/tmp"),
        ("postgresql://a:1,b:2/shop?sslmode=require", "postgresql://a:1,b:2/shop?sslmode=require"),
    ] {
        let url = DatabaseUrl::parse(text).unwrap();
        assert_eq!(url.to_string(), printed);
        assert!(!format!("{url:?} {:?}", postgresql(text)).contains("s3cret"), "{url:?}");
    }
}

#[test]
fn errors_tell_what_is_wrong() {
    for (text, expected) in [
        ("", "url.empty"),
        ("   ", "url.empty"),
        ("shop.db", "url.no-scheme"),
        ("mysql://h/shop", "url.unknown-scheme"),
        ("postgresql:/h/shop", "url.missing-slashes"),
        ("sqlite://relative.db", "url.sqlite-host"),
        ("sqlite:///x.db?mod=ro", "url.unknown-parameter"),
        ("sqlite:///x.db?mode=read", "url.invalid-value"),
        ("sqlite:///x.db?timeout=-1", "url.invalid-value"),
        ("postgresql://h:port/shop", "url.invalid-port"),
        ("postgresql://h:0/shop", "url.invalid-port"),
        ("postgresql://h:65536/shop", "url.invalid-port"),
        ("postgresql://h:+1/shop", "url.invalid-port"),
        ("postgresql://[::1/shop", "url.invalid-host"),
        ("postgresql://a b/shop", "url.invalid-host"),
        ("host=a:b", "url.invalid-host"),
        ("postgresql://h/shop%00", "url.invalid-escape"),
        ("postgresql://h/%ff", "url.invalid-escape"),
        ("postgresql://h/shop?sslmod=require", "url.unknown-parameter"),
        ("postgresql://h/shop?sslmode=always", "url.invalid-value"),
        ("postgresql://h/shop?sslcrl=x", "url.unsupported-parameter"),
        ("postgresql://h/shop?gssencmode=require", "url.unsupported-parameter"),
        ("postgresql://h/shop?port=x", "url.invalid-value"),
        ("postgresql:///shop?host=a,b,c&port=1,2", "url.port-count"),
        ("host=h dbname", "url.malformed-keyword-string"),
        ("host=h dbname='shop", "url.malformed-keyword-string"),
        ("host=h password=my secret=1", "url.malformed-keyword-string"),
    ] {
        assert_eq!(code(text), expected, "{text}");
    }
    let error = DatabaseUrl::parse("postgresql://h/shop?sslmod=require").unwrap_err().to_string();
    assert!(error.contains("did you mean `sslmode`"), "{error}");
    let error = DatabaseUrl::parse("shop.db").unwrap_err().to_string();
    assert!(error.contains("sqlite:///file.db"), "{error}");
}

#[test]
fn unescaped_passwords_are_explained_and_never_shown() {
    for text in [
        "postgresql://ada:s3c@ret/s3cret@h/shop",
        "postgresql://ada:12/s3cret@h/shop",
        "postgresql://ada:12?s3cret@h/shop",
        "postgresql://ada:12?s3cret=x@h/shop",
        "postgresql://ada:s3cret/x@y@h/shop",
    ] {
        let error = DatabaseUrl::parse(text).unwrap_err();
        let message = format!("{error} {error:?}");
        assert!(error.to_string().contains("`%40`") && !message.contains("ret"), "{text}: {message}");
    }
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

proptest! {
    #[test]
    fn a_url_comes_back_from_its_text(
        user in "[^\0]{0,12}",
        password in "[^\0]{0,12}",
        host in "[a-z0-9.-]{1,12}",
        port in proptest::option::of(1u16..),
        database in "[^\0]{0,12}",
        name in "[^\0]{0,12}",
    ) {
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let text = format!(
            "postgresql://{}:{}@{host}{port}/{}?application_name={}",
            escaped(&user), escaped(&password), escaped(&database), escaped(&name),
        );
        let url = postgresql(&text);
        for (keyword, value) in [("user", &user), ("password", &password), ("dbname", &database), ("application_name", &name)] {
            prop_assert_eq!(url.get(keyword).unwrap_or_default(), value);
        }
        let url = DatabaseUrl::Postgresql(url);
        let rendered = url.render_as_string(false);
        prop_assert_eq!(&DatabaseUrl::parse(&rendered).unwrap(), &url, "{}", rendered);
    }

    #[test]
    fn a_password_is_never_printed(before in "[ -~]{0,6}", after in "[ -~]{0,6}", form in 0..3) {
        let password = format!("{before}s3cret{after}");
        let text = match form {
            0 => format!("postgresql://ada:{}@h/shop", escaped(&password)),
            1 => format!("postgresql://ada@h/shop?password={}", escaped(&password)),
            _ => format!("host=h password='{}'", password.replace('\\', "\\\\").replace('\'', "\\'")),
        };
        let url = DatabaseUrl::parse(&text).unwrap();
        let parsed = postgresql(&text);
        prop_assert_eq!(parsed.get("password"), Some(&*password));
        let printed = format!("{url} {url:?}");
        prop_assert!(!printed.contains("s3cret"));
    }

    #[test]
    fn a_password_without_escapes_is_never_printed(before in "[!-~]{0,4}", after in "[!-~]{0,4}") {
        let shown = match DatabaseUrl::parse(&format!("postgresql://ada:{before}s3cret{after}@h/shop")) {
            Ok(url) => format!("{url} {url:?}"),
            Err(error) => format!("{error} {error:?}"),
        };
        prop_assert!(!shown.contains("s3cret"), "{}", shown);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "(postgresql|sqlite|host)?[:=]?/{0,4}\\PC{0,30}") {
        if let Ok(url) = DatabaseUrl::parse(&text) {
            let rendered = url.render_as_string(false);
            prop_assert_eq!(DatabaseUrl::parse(&rendered), Ok(url), "{} -> {}", text, rendered);
        }
    }
}
