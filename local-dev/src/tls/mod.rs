//! TLS with a client certificate for those who have one: without it a caller is a stranger until it shows something else.

mod options;
mod reload;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::extract::ConnectInfo;
use axum::http::Request;
use axum_server::tls::TlsInfo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{RootCertStore, ServerConfig};
use shared::client::{Fingerprint, Peer};

pub use options::TlsOptions;
pub use reload::Tls;

use crate::ca::CaError;

/// The files of TLS.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// The server's certificate, and those between it and its CA.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
    /// The CA whose client certificates are verified; none are asked for without it.
    pub client_ca: Option<PathBuf>,
    /// Its revocation lists.
    pub client_crl: Option<PathBuf>,
}

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be used.
    #[error("{0} cannot be used: {1}")]
    File(PathBuf, String),
    /// They do not fit together.
    #[error("the TLS files do not fit together: {0}")]
    Config(#[from] rustls::Error),
    /// The installation's own authority.
    #[error(transparent)]
    Authority(#[from] CaError),
}

/// Whether a listener asks callers for a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clients {
    /// It does, where there is a CA to verify it with.
    Asked,
    /// It does not.
    Strangers,
}

/// Reads the files. TLS 1.2 and 1.3 with the library's suites, all of which have forward secrecy and authenticate.
pub fn config(files: &TlsFiles, clients: Clients) -> Result<Arc<ServerConfig>, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let builder = match (&files.client_ca, clients) {
        (Some(ca), Clients::Asked) => builder.with_client_cert_verifier(verifier(ca, files.client_crl.as_deref())?),
        _ => builder.with_no_client_auth(),
    };
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| TlsError::File(files.key.clone(), error.to_string()))?;
    let mut config = builder.with_single_cert(certificates(&files.certificate)?, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Who shows no certificate is let in as a stranger; who shows one that is foreign, out of date or revoked is not let in at all.
fn verifier(ca: &Path, crl: Option<&Path>) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates(ca)?);
    let lists = crl.map(revocation_lists).transpose()?.unwrap_or_default();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).allow_unauthenticated().with_crls(lists);
    builder.build().map_err(|error| TlsError::File(crl.unwrap_or(ca).to_owned(), error.to_string()))
}

/// The certificates of a PEM file.
pub fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    several(path, "certificate")
}

fn revocation_lists(path: &Path) -> Result<Vec<CertificateRevocationListDer<'static>>, TlsError> {
    several(path, "revocation list")
}

/// All of a kind in a PEM file; none is an error, because a file that is named is meant.
fn several<T: PemObject>(path: &Path, what: &str) -> Result<Vec<T>, TlsError> {
    let fail = |error: String| TlsError::File(path.to_owned(), error);
    let all = T::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(|error| fail(error.to_string()))?;
    if all.is_empty() { Err(fail(format!("there is no {what} in it"))) } else { Ok(all) }
}

/// Tells the door whose certificate was verified.
pub fn with_peer<B>(mut request: Request<B>) -> Request<B> {
    let address = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(at)| at.ip());
    let info = request.extensions().get::<Arc<TlsInfo>>();
    let certificate = info.and_then(|info| info.peer_certificates.first()).map(|der| Fingerprint::of(der));
    if let Some(address) = address {
        request.extensions_mut().insert(Peer { address, certificate });
    }
    request
}
