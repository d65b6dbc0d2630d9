//! What is said about TLS at the start.

use std::path::PathBuf;

use clap::Args;
use shared::clock::Clock;

use super::{Tls, TlsError, TlsFiles};
use crate::ca::{self, Authority};
use crate::state_dir::StateDir;

/// Options of TLS.
#[derive(Args, Clone, Debug)]
pub struct TlsOptions {
    /// Serve https with this certificate chain (PEM); read anew when it changes
    #[arg(long, env = "TLS_CERT_FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// Its key (PEM)
    #[arg(long, env = "TLS_KEY_FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Serve https with a certificate of the installation's own authority, which is made for it and renewed
    #[arg(long, env = "TLS_GENERATED", conflicts_with = "tls_cert")]
    pub tls_generated: bool,
    /// Verify the client certificates of this CA (PEM); those that are registered administer. Default with --tls-generated: its own
    #[arg(long, env = "ADMIN_CLIENT_CA_FILE")]
    pub client_ca: Option<PathBuf>,
    /// Revocation lists of that CA (PEM); read anew when the file changes
    #[arg(long, env = "ADMIN_CLIENT_CRL_FILE", requires = "client_ca")]
    pub client_crl: Option<PathBuf>,
}

impl TlsOptions {
    /// Whether anything is encrypted.
    pub fn is_on(&self) -> bool {
        self.tls_cert.is_some() || self.tls_generated
    }

    /// Whether client certificates are verified.
    pub fn verifies_clients(&self) -> bool {
        self.client_ca.is_some() || self.tls_generated
    }

    /// Reads the files, or makes them: for a server that is reached by `urls`.
    pub fn open(&self, state: &StateDir, urls: &[&str]) -> Result<Option<Tls>, TlsError> {
        if self.tls_generated {
            let names = ca::names_of(urls.iter().copied());
            return Tls::generated(self.generated(state, &names)?, state.clone(), names).map(Some);
        }
        let Some((certificate, key)) = self.tls_cert.clone().zip(self.tls_key.clone()) else { return Ok(None) };
        let (client_ca, client_crl) = (self.client_ca.clone(), self.client_crl.clone());
        Tls::of_files(TlsFiles { certificate, key, client_ca, client_crl }).map(Some)
    }

    fn generated(&self, state: &StateDir, names: &[String]) -> Result<TlsFiles, TlsError> {
        let own = Authority::open(state, Clock::System)?;
        own.ensure_server(names)?;
        own.ensure_revoked()?;
        let (client_ca, client_crl) = match &self.client_ca {
            Some(ca) => (ca.clone(), self.client_crl.clone()),
            None => (own.path(ca::CERTIFICATE), Some(own.path(ca::REVOKED))),
        };
        let (certificate, key) = (own.path(ca::SERVER.0), own.path(ca::SERVER.1));
        Ok(TlsFiles { certificate, key, client_ca: Some(client_ca), client_crl })
    }
}
