//! TLS towards PostgreSQL, with the meaning that libpq gives to `sslmode`.
//!
//! Source of the rules: PostgreSQL docs, "SSL Support" in the chapter on libpq.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How far the server's certificate is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verification {
    /// Any certificate: against listeners only.
    None,
    /// A trusted authority must have signed it.
    Authority(Roots),
    /// A trusted authority must have signed it for this host.
    Full(Roots),
}

/// The authorities that are trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Roots {
    /// Those of the operating system.
    System,
    /// Those of a file in PEM format.
    File(PathBuf),
}

/// The certificate that the client shows, in PEM format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClientCertificate {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// Prepares a TLS client; reads only the files that the verification needs.
pub(crate) fn connector(
    verification: &Verification,
    client: Option<&ClientCertificate>,
) -> Result<MakeRustlsConnect, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let verifier = Verifier::new(verification, provider)?;
    let builder = builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match client {
        None => builder.with_no_client_auth(),
        Some(client) => {
            let certificates = certificates(&client.certificate)?;
            let key = PrivateKeyDer::from_pem_file(&client.key).map_err(|error| {
                format!("cannot read the key `{}` of `sslkey`: {error}", client.key.display())
            })?;
            builder.with_client_auth_cert(certificates, key).map_err(|error| {
                format!("the files of `sslcert` and `sslkey` do not work together: {error}")
            })?
        }
    };
    // PostgreSQL 17 asks for it when TLS starts without negotiation; older servers ignore it.
    config.alpn_protocols = vec![b"postgresql".to_vec()];
    Ok(MakeRustlsConnect::new(config))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let unreadable = |error: rustls::pki_types::pem::Error| {
        format!("cannot read the certificate file `{}`: {error}", path.display())
    };
    let certificates = CertificateDer::pem_file_iter(path)
        .map_err(unreadable)?
        .collect::<Result<Vec<_>, _>>()
        .map_err(unreadable)?;
    if certificates.is_empty() {
        return Err(format!("the certificate file `{}` holds no certificate in PEM format", path.display()));
    }
    Ok(certificates)
}

/// Judges certificates as libpq does for the three levels of verification.
#[derive(Debug)]
struct Verifier {
    provider: Arc<CryptoProvider>,
    /// `None`: any certificate will do.
    web_pki: Option<Arc<WebPkiServerVerifier>>,
    /// Certificates of the root file. A server may show one of them itself, which OpenSSL accepts and WebPKI does not.
    roots: Vec<CertificateDer<'static>>,
    check_host: bool,
}

impl Verifier {
    fn new(verification: &Verification, provider: Arc<CryptoProvider>) -> Result<Verifier, String> {
        let (roots, check_host) = match verification {
            Verification::None => {
                return Ok(Verifier { provider, web_pki: None, roots: Vec::new(), check_host: false });
            }
            Verification::Authority(roots) => (roots, false),
            Verification::Full(roots) => (roots, true),
        };
        let mut store = RootCertStore::empty();
        let roots = match roots {
            Roots::System => {
                let found = rustls_native_certs::load_native_certs();
                // Systems carry certificates that rustls does not understand; the others are enough.
                store.add_parsable_certificates(found.certs);
                if store.is_empty() {
                    return Err("the system has no trusted certificates; install `ca-certificates` or set `sslrootcert`".to_owned());
                }
                Vec::new()
            }
            Roots::File(path) => {
                let roots = certificates(path)?;
                store.add_parsable_certificates(roots.iter().cloned());
                if store.is_empty() {
                    return Err(format!(
                        "the certificates of `{}` cannot be used as authorities",
                        path.display()
                    ));
                }
                roots
            }
        };
        let web_pki = WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(&provider))
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Verifier { provider, web_pki: Some(web_pki), roots, check_host })
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(web_pki) = &self.web_pki else { return Ok(ServerCertVerified::assertion()) };
        if self.roots.iter().any(|root| root.as_ref() == end_entity.as_ref()) {
            if self.check_host {
                let certificate = rustls::server::ParsedCertificate::try_from(end_entity)?;
                rustls::client::verify_server_name(&certificate, server_name)?;
            }
            return Ok(ServerCertVerified::assertion());
        }
        match web_pki.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            // The name is judged last, so a wrong one means that the authority was right.
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !self.check_host => Ok(ServerCertVerified::assertion()),
            result => result,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
