//! Certificates for a server that offers TLS.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A throw-away authority and the certificate it gave to `localhost`.
#[derive(Clone)]
pub(crate) struct Certificates {
    pub(crate) root_certificate: PathBuf,
    pub(crate) server_certificate: PathBuf,
    pub(crate) server_key: PathBuf,
}

impl Certificates {
    pub(crate) fn create(directory: &Path) -> Certificates {
        let certificates = Certificates {
            root_certificate: directory.join("root.crt"),
            server_certificate: directory.join("server.crt"),
            server_key: directory.join("server.key"),
        };
        let new_key = ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
        openssl(
            directory,
            &new_key,
            &[
                "-x509",
                "-subj",
                "/CN=Limbeck test authority",
                "-days",
                "2",
                "-keyout",
                "root.key",
                "-out",
                "root.crt",
            ],
        );
        openssl(
            directory,
            &new_key,
            &["-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr"],
        );
        let extensions = directory.join("server.ext");
        std::fs::write(&extensions, "subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n")
            .unwrap_or_else(|error| panic!("cannot write {}: {error}", extensions.display()));
        openssl(
            directory,
            &[
                "x509",
                "-req",
                "-in",
                "server.csr",
                "-CA",
                "root.crt",
                "-CAkey",
                "root.key",
                "-CAcreateserial",
            ],
            &["-days", "2", "-extfile", "server.ext", "-out", "server.crt"],
        );
        certificates
    }
}

fn openssl(directory: &Path, arguments: &[&str], more: &[&str]) {
    let output = Command::new("openssl")
        .args(arguments)
        .args(more)
        .current_dir(directory)
        .output()
        .unwrap_or_else(|error| panic!("cannot run `openssl`, which makes the certificates of the TLS tests: {error}; `apt-get install openssl`"));
    assert!(
        output.status.success(),
        "openssl {arguments:?} failed:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
