//! Everything that is written, shown first and then written at once.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::answers::{Answers, Authority, Tls};
use super::args::Home;
use super::authority;
use super::compose_override::{self, Override};
use super::env_file::EnvFile;
use super::known::Known;
use super::secrets::Secret;
use super::show;
use super::stage::{Owner, Stage};
use crate::ca::CERTIFICATE;

/// What one run would do.
#[derive(Debug)]
pub struct Work<'a> {
    pub answers: &'a Answers,
    pub known: &'a Known,
    pub env: EnvFile,
    pub secrets: Vec<Secret>,
    pub beside: Override,
    pub owner: Owner,
}

impl Work<'_> {
    /// A line for each change; none when there is nothing to do.
    pub fn shown(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if self.env_changes() {
            lines.push(format!("{} (0600)", show::path(&self.known.env_path)));
            lines.extend(show::changes(&self.known.env, &self.env));
        }
        let layout = &self.answers.layout;
        let before = self.known.env.get("DATA_ROOT").filter(|before| *before != self.answers.data);
        lines.extend(
            before.map(|before| format!("{before} stays as it is: what is in it does not come along (move it first, or start anew)")),
        );
        for secret in &self.secrets {
            let path = layout.secret(secret.name);
            let verb = if path.exists() { "replaced" } else { "new" };
            lines.push(format!("{} (secret, 0600, {verb})", show::path(&path)));
        }
        for (from, to, _) in self.copies() {
            lines.push(format!("{} (a copy of {})", show::path(&to), show::path(&from)));
        }
        if authority::lacks(layout, &self.answers.admins) {
            lines.push(format!("{} (new where it is not there yet)", show::path(&layout.made(CERTIFICATE))));
            let name = self.answers.admins.name.as_deref();
            lines.extend(
                name.map(|name| format!("{}.crt, .key, .p12 and .p12.password (0600)", show::path(&layout.made("clients").join(name)))),
            );
        }
        match &self.beside {
            Override::Write(_) => lines.push(show::path(&compose_override::path(self.known))),
            Override::Remove => lines.push(format!("{} (removed)", show::path(&compose_override::path(self.known)))),
            Override::Same | Override::ByHand(_) => {}
        }
        lines
    }

    /// Writes all of it, or nothing. The settings come last: what they name is there.
    pub fn write(&self) -> io::Result<()> {
        let mut stage = Stage::default();
        self.folders(&mut stage)?;
        if authority::lacks(&self.answers.layout, &self.answers.admins) {
            authority::issue(&mut stage, &self.answers.layout, &self.answers.admins, self.owner)?;
        }
        for (from, to, mode) in self.copies() {
            stage.file(&to, &fs::read(from)?, mode, self.owner)?;
        }
        for secret in &self.secrets {
            stage.file(&self.answers.layout.secret(secret.name), format!("{}\n", secret.text).as_bytes(), 0o600, self.owner)?;
        }
        if let Override::Write(text) = &self.beside {
            stage.file(&compose_override::path(self.known), text.as_bytes(), 0o644, None)?;
        }
        if self.env_changes() {
            // Through a link to the file it leads to.
            let path = fs::canonicalize(&self.known.env_path).unwrap_or_else(|_| self.known.env_path.clone());
            stage.file(&path, self.env.text().as_bytes(), 0o600, None)?;
        }
        stage.commit()?;
        match self.beside {
            Override::Remove => fs::remove_file(compose_override::path(self.known)),
            _ => Ok(()),
        }
    }

    fn folders(&self, stage: &mut Stage) -> io::Result<()> {
        let layout = &self.answers.layout;
        stage.folder(layout.root(), 0o700, None)?;
        stage.folder(&layout.secrets(), 0o700, self.owner)?;
        // Docker would make those that it mounts, for root.
        let mounted = [layout.server_cert(), layout.client_ca()].into_iter().filter(|_| layout.home() == Home::Compose);
        for path in self.copies().into_iter().map(|(_, to, _)| to).chain(mounted) {
            stage.folder(path.parent().unwrap_or(layout.root()), 0o700, self.owner)?;
        }
        match &self.answers.backups {
            Some(backups) => stage.folder(&self.known.resolve(&backups.folder), 0o700, self.owner),
            None => Ok(()),
        }
    }

    fn env_changes(&self) -> bool {
        let is_open = |path: &Path| fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o077 != 0);
        self.env != self.known.env || !self.known.env_path.exists() || is_open(&self.known.env_path)
    }

    /// From where, to where, and who may read it.
    fn copies(&self) -> Vec<(PathBuf, PathBuf, u32)> {
        let layout = &self.answers.layout;
        let mut copies = Vec::new();
        if let Tls::Files(Some(pem)) = &self.answers.tls {
            copies.push((pem.certificate.clone(), layout.server_cert(), 0o644));
            copies.push((pem.key.clone(), layout.server_key(), 0o600));
        }
        if let Authority::Own(file) = &self.answers.admins.authority {
            copies.push((file.clone(), layout.client_ca(), 0o644));
        }
        let changes = |(from, to, _): &(PathBuf, PathBuf, u32)| fs::read(from).ok() != fs::read(to).ok();
        copies.into_iter().filter(changes).collect()
    }
}
