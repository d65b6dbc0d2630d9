//! The CA made here, and the first certificate it gives an administrator.

use std::fs;
use std::io;
use std::os::unix::fs::lchown;
use std::path::Path;

use shared::clock::Clock;

use super::answers::{Administrators, Authority as Choice};
use super::args::Home;
use super::layout::Layout;
use super::stage::{Owner, Stage};
use crate::ca::{self, Authority};
use crate::state_dir::StateDir;

/// For how many days the first certificate counts.
const DAYS: u16 = 365;

/// Whether a certificate is still to be made.
pub fn lacks(layout: &Layout, admins: &Administrators) -> bool {
    let made = |name: &String| layout.made("clients").join(format!("{name}.crt")).is_file();
    admins.name.as_ref().is_some_and(|name| !made(name)) || (admins.authority == Choice::Made && !layout.made(ca::CERTIFICATE).is_file())
}

/// Makes the CA where there is none, and puts what the person gets on the stage.
pub fn issue(stage: &mut Stage, layout: &Layout, admins: &Administrators, owner: Owner) -> io::Result<()> {
    let folder = StateDir::open(&layout.state())?;
    let own = Authority::open(&folder, Clock::System).map_err(io::Error::other)?;
    own.ensure_revoked().map_err(io::Error::other)?;
    if let Some(name) = &admins.name {
        let clients = own.path("clients");
        stage.folder(&clients, 0o700, owner)?;
        let bundle = own.issue(name, DAYS).map_err(io::Error::other)?;
        let parts = [
            ("crt", bundle.certificate.as_bytes()),
            ("key", bundle.key.as_bytes()),
            ("p12", &bundle.pkcs12),
            ("p12.password", bundle.password.as_bytes()),
        ];
        for (end, content) in parts {
            stage.file(&clients.join(format!("{name}.{end}")), content, 0o600, owner)?;
        }
    }
    // Caddy reads a copy; the folder with the CA's key is not mounted there.
    if layout.home() == Home::Compose && admins.authority == Choice::Made {
        stage.file(&layout.client_ca(), &fs::read(own.path(ca::CERTIFICATE))?, 0o644, owner)?;
    }
    let Some(owner) = owner else { return Ok(()) };
    lchown(layout.state(), Some(owner.0), Some(owner.1))?;
    give(&own.path(""), owner)
}

/// Everything below a folder, to whom it belongs. Links are not followed: a container may have put them there.
fn give(path: &Path, owner: (u32, u32)) -> io::Result<()> {
    lchown(path, Some(owner.0), Some(owner.1))?;
    if fs::symlink_metadata(path)?.is_dir() {
        for entry in fs::read_dir(path)? {
            give(&entry?.path(), owner)?;
        }
    }
    Ok(())
}
