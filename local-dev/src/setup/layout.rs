//! What lies where in the data folder.

use std::path::{Path, PathBuf};

use super::args::Home;

/// A data folder. A process keeps its secrets where `local-dev up` makes them; compose mounts them from a folder of their own.
#[derive(Clone, Debug)]
pub struct Layout {
    home: Home,
    root: PathBuf,
}

impl Layout {
    /// The layout of `root`, a full path.
    pub const fn new(home: Home, root: PathBuf) -> Self {
        Self { home, root }
    }

    /// Where it runs.
    pub const fn home(&self) -> Home {
        self.home
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of secrets.
    pub fn secrets(&self) -> PathBuf {
        match self.home {
            Home::Process => self.root.clone(),
            Home::Compose => self.root.join("secrets"),
        }
    }

    /// The file of one secret.
    pub fn secret(&self, name: &str) -> PathBuf {
        self.secrets().join(name)
    }

    /// The server's certificate.
    pub fn server_cert(&self) -> PathBuf {
        self.root.join("tls/server.crt")
    }

    /// Its key.
    pub fn server_key(&self) -> PathBuf {
        self.root.join("tls/server.key")
    }

    /// The folder that `local-dev` itself keeps; in containers it is mounted as one of several.
    pub fn state(&self) -> PathBuf {
        match self.home {
            Home::Process => self.root.clone(),
            Home::Compose => self.root.join("state"),
        }
    }

    /// A file of the CA that is made here.
    pub fn made(&self, name: &str) -> PathBuf {
        self.state().join("ca").join(name)
    }

    /// The CA of administrators' certificates, where it was brought or Caddy reads it.
    pub fn client_ca(&self) -> PathBuf {
        self.root.join("mtls/ca.crt")
    }
}
