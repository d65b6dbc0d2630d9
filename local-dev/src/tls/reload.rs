//! TLS files change while the server runs: certificates are renewed, and somebody's is revoked.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use axum_server::tls_rustls::RustlsConfig;
use shared::clock::Clock;

use super::{Clients, TlsError, TlsFiles, config};
use crate::ca::Authority;
use crate::state_dir::StateDir;

/// How often the files are looked at: the longest that a revoked certificate opens new connections.
const EVERY: Duration = Duration::from_secs(5);
/// How often it is looked whether the server's own certificate ends soon: it is renewed weeks before.
const RENEW: Duration = Duration::from_hours(1);

/// The TLS of the server's listeners.
#[derive(Clone, Debug)]
pub struct Tls {
    files: TlsFiles,
    /// The authority that renews the server's certificate, and the names it is for.
    own: Option<(StateDir, Arc<[String]>)>,
    /// For a listener that asks for client certificates.
    pub asking: RustlsConfig,
    /// For one that does not.
    pub public: RustlsConfig,
}

impl Tls {
    /// From somebody's files.
    pub fn of_files(files: TlsFiles) -> Result<Self, TlsError> {
        let asking = RustlsConfig::from_config(config(&files, Clients::Asked)?);
        let public = RustlsConfig::from_config(config(&files, Clients::Strangers)?);
        Ok(Self { files, own: None, asking, public })
    }

    /// From files of the installation's own authority.
    pub fn generated(files: TlsFiles, state: StateDir, names: Vec<String>) -> Result<Self, TlsError> {
        Ok(Self { own: Some((state, names.into())), ..Self::of_files(files)? })
    }

    /// Keeps certificates good for as long as the server runs.
    pub async fn watch(self) {
        tokio::join!(self.renewing(), self.reloading());
    }

    async fn renewing(&self) {
        loop {
            tokio::time::sleep(RENEW).await;
            self.renew();
        }
    }

    /// What cannot be used is logged, and what is in use stays.
    async fn reloading(&self) {
        let mut seen = self.contents();
        let mut refused = None;
        loop {
            tokio::time::sleep(EVERY).await;
            let now = self.contents();
            if now == seen || refused.as_ref() == Some(&now) {
                continue;
            }
            match self.reload() {
                Ok(()) => {
                    tracing::info!("the TLS files have changed: new connections use them");
                    seen = now;
                    refused = None;
                }
                Err(error) => {
                    tracing::error!(%error, "the TLS files have changed and cannot be used: the old ones stay in use");
                    refused = Some(now);
                }
            }
        }
    }

    fn renew(&self) {
        let Some((state, names)) = &self.own else { return };
        let renewed = Authority::open(state, Clock::System).and_then(|own| own.ensure_server(names));
        if let Err(error) = renewed {
            tracing::error!(%error, "the server's certificate could not be renewed");
        }
    }

    fn reload(&self) -> Result<(), TlsError> {
        let (asking, public) = (config(&self.files, Clients::Asked)?, config(&self.files, Clients::Strangers)?);
        self.asking.reload_from_config(asking);
        self.public.reload_from_config(public);
        Ok(())
    }

    /// A few kilobytes; dates of files say less than their bytes.
    fn contents(&self) -> Vec<Option<Vec<u8>>> {
        let TlsFiles { certificate, key, client_ca, client_crl } = &self.files;
        let all = [Some(certificate), Some(key), client_ca.as_ref(), client_crl.as_ref()];
        all.into_iter().flatten().map(|path| fs::read(path).ok()).collect()
    }
}
