//! A private PostgreSQL cluster that lives as long as this process.

use std::fs;
use std::io::Read as _;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::binaries::postgres_binary;
use crate::certificates::Certificates;
use crate::database::execute;

/// The superuser of a private cluster.
pub(crate) const SUPERUSER: &str = "limbeck";

/// A role of every private cluster that must give [`SCRAM_PASSWORD`] over TCP; all other roles are trusted.
pub const SCRAM_USER: &str = "limbeck_scram";

/// The password of [`SCRAM_USER`], with the characters that a URL must escape.
pub const SCRAM_PASSWORD: &str = "p@ss/word:%";

/// A role that a cluster with TLS lets in over TCP only unencrypted.
pub const PLAIN_USER: &str = "limbeck_plain";

/// A role that a cluster with TLS lets in over TCP only encrypted.
pub const ENCRYPTED_USER: &str = "limbeck_encrypted";

/// How long a cluster may take to accept connections; ten times what a busy machine needs.
const START_DEADLINE: Duration = Duration::from_secs(30);

/// A running server on a free port of 127.0.0.1 and on a socket in its own directory.
pub(crate) struct Cluster {
    pub(crate) directory: PathBuf,
    pub(crate) port: u16,
    pub(crate) certificates: Option<Certificates>,
    // Its end of file tells the watchdog that this process is gone, however it ended.
    _alive: ChildStdin,
}

impl Cluster {
    /// Makes and starts a cluster; with `tls`, one that offers TLS with a certificate for `localhost`.
    pub(crate) fn start(tls: bool) -> Cluster {
        // First, because its absence explains everything else that may be missing.
        let initdb = postgres_binary("initdb");
        let owner = ServerUser::find();
        // The kernel hands out a free port; whoever takes it in between makes us try another one.
        for _ in 0..3 {
            if let Some(cluster) = Cluster::attempt(&owner, &initdb, tls) {
                return cluster;
            }
        }
        panic!("another program took the TCP port of a private PostgreSQL cluster three times in a row")
    }

    fn attempt(owner: &ServerUser, initdb: &Path, tls: bool) -> Option<Cluster> {
        let directory = tempfile::Builder::new().prefix("limbeck-pg-").tempdir().unwrap_or_else(|error| {
            panic!("cannot make a temporary directory for a PostgreSQL cluster: {error}")
        });
        owner.give(directory.path());
        initialise(owner, initdb, directory.path(), tls);
        let certificates = tls.then(|| {
            let certificates = Certificates::create(directory.path());
            for file in [&certificates.server_certificate, &certificates.server_key] {
                owner.give(file);
            }
            certificates
        });
        let port = free_port();
        let mut watchdog = launch(owner, directory.path(), port, certificates.as_ref());
        let alive = watchdog.stdin.take().expect("stdin of the watchdog was asked for as a pipe");
        // From here on the watchdog removes the directory.
        let cluster = Cluster { directory: directory.keep(), port, certificates, _alive: alive };
        cluster.wait_until_ready(&mut watchdog).then(|| {
            cluster.create_roles();
            cluster
        })
    }

    /// The URL of one of its databases, over TCP.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgresql://{SUPERUSER}@127.0.0.1:{}/{database}", self.port)
    }

    /// True when the server answers; false when it could not have the port.
    fn wait_until_ready(&self, watchdog: &mut Child) -> bool {
        let url = self.url("postgres");
        let deadline = Instant::now() + START_DEADLINE;
        loop {
            let refusal = match execute(&url, "SELECT 1") {
                Ok(()) => return true,
                Err(refusal) => refusal,
            };
            let text = log(&self.directory);
            if text.contains("could not bind") || text.contains("could not create any TCP/IP sockets") {
                return false;
            }
            if let Ok(Some(status)) = watchdog.try_wait() {
                panic!("the private PostgreSQL cluster ended while starting ({status}):\n{text}");
            }
            if Instant::now() > deadline {
                panic!(
                    "the private PostgreSQL cluster does not answer after {START_DEADLINE:?}: {refusal}\n{text}"
                );
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn create_roles(&self) {
        let sql = format!(
            "CREATE ROLE {SCRAM_USER} LOGIN SUPERUSER PASSWORD '{SCRAM_PASSWORD}'; \
             CREATE ROLE {PLAIN_USER} LOGIN; CREATE ROLE {ENCRYPTED_USER} LOGIN"
        );
        execute(&self.url("postgres"), &sql).unwrap_or_else(|error| panic!("`{sql}` failed: {error}"));
    }
}

/// The operating system user that runs the server.
enum ServerUser {
    /// Whoever runs the tests.
    Current,
    /// PostgreSQL refuses to run as root ("initdb: error: cannot be run as root"), so root becomes `postgres`.
    Postgres { uid: u32, gid: u32, switch: Vec<String> },
}

impl ServerUser {
    fn find() -> ServerUser {
        let root = fs::metadata("/proc/self")
            .map(|metadata| metadata.uid() == 0)
            .unwrap_or_else(|_| id("-u", "") == Some(0));
        if !root {
            return ServerUser::Current;
        }
        let (Some(uid), Some(gid)) = (id("-u", "postgres"), id("-g", "postgres")) else {
            panic!(
                "PostgreSQL does not run as root and there is no user `postgres`: run the tests as another user, \
                 or `useradd --system postgres`, or set LIMBECK_TEST_POSTGRES_URL"
            )
        };
        let switches: [&[&str]; 3] = [
            &["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"],
            &["runuser", "-u", "postgres", "--"],
            &["su", "postgres", "-s", "/bin/sh", "-c", "exec \"$0\" \"$@\"", "--"],
        ];
        let switch = switches
            .into_iter()
            .find(|switch| {
                let works = Command::new(switch.first().unwrap_or(&""))
                    .args(switch.iter().skip(1))
                    .arg("true")
                    .output();
                works.is_ok_and(|output| output.status.success())
            })
            .unwrap_or_else(|| {
                panic!(
                    "none of `setpriv`, `runuser` and `su` can become the user `postgres`: install util-linux"
                )
            });
        ServerUser::Postgres { uid, gid, switch: switch.iter().map(|word| (*word).to_owned()).collect() }
    }

    /// Makes it the owner of a file or directory.
    fn give(&self, path: &Path) {
        if let ServerUser::Postgres { uid, gid, .. } = self {
            chown(path, Some(*uid), Some(*gid))
                .unwrap_or_else(|error| panic!("cannot give {} to `postgres`: {error}", path.display()));
        }
    }

    /// The words that run a program as this user.
    fn command_line(&self, program: &Path) -> Vec<String> {
        let mut words = match self {
            ServerUser::Current => Vec::new(),
            ServerUser::Postgres { switch, .. } => switch.clone(),
        };
        words.push(program.display().to_string());
        words
    }
}

fn id(option: &str, user: &str) -> Option<u32> {
    let mut command = Command::new("id");
    command.arg(option);
    if !user.is_empty() {
        command.arg(user);
    }
    String::from_utf8(command.output().ok()?.stdout).ok()?.trim().parse().ok()
}

fn initialise(owner: &ServerUser, initdb: &Path, directory: &Path, tls: bool) {
    let words = owner.command_line(initdb);
    let output: Output = Command::new(words.first().map(String::as_str).unwrap_or_default())
        .args(words.iter().skip(1))
        .args(["--no-sync", "--no-instructions", "--auth=trust", "--encoding=UTF8", "--locale=C"])
        .arg(format!("--username={SUPERUSER}"))
        .arg("--pgdata")
        .arg(directory.join("data"))
        .current_dir(directory)
        .output()
        .unwrap_or_else(|error| panic!("cannot run initdb: {error}"));
    assert!(output.status.success(), "initdb failed:\n{}", String::from_utf8_lossy(&output.stderr));

    // The first matching line decides (PostgreSQL docs, "The pg_hba.conf File").
    let mut rules = format!("local all all trust\nhost all {SCRAM_USER} samehost scram-sha-256\n");
    if tls {
        rules.push_str(&format!(
            "hostssl all {PLAIN_USER} samehost reject\nhostnossl all {ENCRYPTED_USER} samehost reject\n"
        ));
    }
    rules.push_str("host all all samehost trust\n");
    let path = directory.join("data/pg_hba.conf");
    fs::write(&path, rules).unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
}

/// Starts the server below a shell that stops it and removes its directory once our end of its stdin is closed.
///
/// A shell because it does so even when this process is killed, and without unsafe code.
fn launch(owner: &ServerUser, directory: &Path, port: u16, certificates: Option<&Certificates>) -> Child {
    let mut words = owner.command_line(&postgres_binary("postgres"));
    words.extend(["-D".to_owned(), directory.join("data").display().to_string()]);
    let mut settings = vec![
        format!("port={port}"),
        "listen_addresses=127.0.0.1".to_owned(),
        format!("unix_socket_directories={}", directory.display()),
        "fsync=off".to_owned(),
        "synchronous_commit=off".to_owned(),
        "full_page_writes=off".to_owned(),
        "max_connections=200".to_owned(),
        "max_locks_per_transaction=256".to_owned(),
        "max_prepared_transactions=10".to_owned(),
    ];
    if let Some(certificates) = certificates {
        settings.push("ssl=on".to_owned());
        settings.push(format!("ssl_cert_file={}", certificates.server_certificate.display()));
        settings.push(format!("ssl_key_file={}", certificates.server_key.display()));
    }
    for setting in settings {
        words.extend(["-c".to_owned(), setting]);
    }
    // $1 is the directory, the rest runs the server. SIGQUIT is the immediate shutdown (PostgreSQL docs, "Shutting Down
    // the Server"); the pid comes from the server because `runuser` and `su` stay between it and the shell.
    const WATCHDOG: &str = r#"
        trap '' INT TERM HUP
        directory=$1; shift
        "$@" </dev/null >>"$directory/log" 2>&1 &
        server=$!
        cat >/dev/null
        pid=$(head -n 1 "$directory/data/postmaster.pid" 2>/dev/null) && kill -QUIT "$pid" 2>/dev/null
        wait "$server"
        rm -rf "$directory"
    "#;
    Command::new("sh")
        .args(["-c", WATCHDOG, "limbeck-test-server"])
        .arg(directory)
        .args(words)
        .current_dir(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // Away from the terminal's Ctrl-C, which goes to the whole process group.
        .process_group(0)
        .spawn()
        .unwrap_or_else(|error| panic!("cannot run `sh`: {error}"))
}

fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .unwrap_or_else(|error| panic!("no free TCP port on 127.0.0.1: {error}"))
        .port()
}

fn log(directory: &Path) -> String {
    let mut text = Vec::new();
    if let Ok(mut file) = fs::File::open(directory.join("log")) {
        // What can be read is shown, the reason why not is of no interest beside it.
        let _ = file.read_to_end(&mut text);
    }
    String::from_utf8_lossy(&text).into_owned()
}
