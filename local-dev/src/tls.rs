//! TLS with a client certificate for those who have one: without it a caller is a stranger until it shows something else.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::extract::ConnectInfo;
use axum::http::Request;
use axum_server::tls::TlsInfo;
use rustls::RootCertStore;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use shared::client::{Fingerprint, Peer};

/// The files of a TLS listener.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// The server's certificate, and those between it and its CA.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
    /// The CA whose client certificates are verified; none are asked for without it.
    pub client_ca: Option<PathBuf>,
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
}

/// Reads the files.
pub fn config(files: &TlsFiles) -> Result<Arc<ServerConfig>, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions()?;
    let builder = match &files.client_ca {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(certificates(path)?);
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).allow_unauthenticated().build();
            builder.with_client_cert_verifier(verifier.map_err(|error| TlsError::File(path.clone(), error.to_string()))?)
        }
    };
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| TlsError::File(files.key.clone(), error.to_string()))?;
    let mut config = builder.with_single_cert(certificates(&files.certificate)?, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// The certificates of a PEM file.
pub fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let fail = |error: String| TlsError::File(path.to_owned(), error);
    let all: Vec<_> = CertificateDer::pem_file_iter(path)
        .map_err(|error| fail(error.to_string()))?
        .collect::<Result<_, _>>()
        .map_err(|error| fail(error.to_string()))?;
    if all.is_empty() { Err(fail("there is no certificate in it".to_owned())) } else { Ok(all) }
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
