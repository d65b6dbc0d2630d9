//! What an installation says already: the default of each question.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::args::{DatabaseKind, Demand, Home, TlsMode};
use super::env_file::EnvFile;
use super::reference::Taken;
use super::stage::Owner;

/// The profiles of compose that the answers decide; others stay.
pub const PROFILES: &[&str] = &["mysql", "mariadb", "caddy", "runner", "backup"];

/// What is there.
#[derive(Debug)]
pub struct Known {
    /// Where it runs.
    pub home: Home,
    /// The file that is written.
    pub env_path: PathBuf,
    /// What it says; empty when it is not there.
    pub env: EnvFile,
    /// What was taken over from another installation; it goes before the file.
    pub taken: Taken,
}

impl Known {
    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<String> {
        let taken = self.taken.settings.iter().find(|(taken, _)| *taken == name);
        taken.map(|(_, value)| value.clone()).or_else(|| self.env.get(name))
    }

    /// The value of a name, or what is usual.
    pub fn or(&self, name: &str, usual: &str) -> String {
        self.get(name).unwrap_or_else(|| usual.to_owned())
    }

    /// A folder or file that the file names: compose reads it from the file's own folder, a process from where it is started.
    pub fn resolve(&self, path: &str) -> PathBuf {
        let here = if self.home == Home::Compose { self.env_path.parent() } else { None };
        std::path::absolute(here.unwrap_or(Path::new("")).join(path)).unwrap_or_else(|_| PathBuf::from(path))
    }

    /// Whether a profile of compose is on; `None` when nothing is said.
    pub fn profile(&self, name: &str) -> Option<bool> {
        let all = self.get("COMPOSE_PROFILES").unwrap_or_default();
        self.env.has("COMPOSE_PROFILES").then(|| all.split(',').any(|profile| profile.trim() == name))
    }

    /// Address and port to listen on; compose has both in one.
    pub fn listener(&self) -> (Option<String>, Option<String>) {
        match self.home {
            Home::Process => (self.get("LISTEN_ADDRESS"), self.get("LISTEN_PORT")),
            Home::Compose => self.get("APP_PORT").map_or((None, None), |both| match both.rsplit_once(':') {
                Some((address, port)) => (Some(address.trim_matches(['[', ']']).to_owned()), Some(port.to_owned())),
                None => (Some("0.0.0.0".to_owned()), Some(both)),
            }),
        }
    }

    /// Who encrypts.
    pub fn tls(&self) -> TlsMode {
        if self.home == Home::Process {
            return match (self.get("TLS_GENERATED").as_deref(), self.get("TLS_CERT_FILE")) {
                (Some("true"), _) => TlsMode::Generated,
                (_, Some(_)) => TlsMode::Files,
                _ => TlsMode::None,
            };
        }
        let says = self.taken.settings.iter().any(|(name, _)| *name == "CADDY_TLS") || self.profile("caddy") == Some(true);
        match self.get("CADDY_TLS").filter(|_| says).as_deref() {
            Some("acme") => TlsMode::Acme,
            Some("files") => TlsMode::Files,
            Some(_) => TlsMode::Generated,
            None => TlsMode::None,
        }
    }

    /// Whether administrators need certificates.
    pub fn demand(&self) -> Demand {
        match self.get("ADMIN_ACCESS_MODE").as_deref() {
            Some("mtls") => Demand::Required,
            _ if self.get("ADMIN_CLIENT_CA_FILE").is_some() => Demand::Optional,
            _ => Demand::Off,
        }
    }

    /// Which database.
    pub fn database(&self) -> DatabaseKind {
        let on = |name| self.profile(name) == Some(true);
        match self.home {
            Home::Process if self.get("DATABASE_URL_FILE").is_some() || self.get("DATABASE_URL").is_some() => DatabaseKind::Own,
            Home::Process => DatabaseKind::Private,
            Home::Compose if on("mariadb") => DatabaseKind::Mariadb,
            Home::Compose if on("mysql") || self.profile("mysql").is_none() => DatabaseKind::Mysql,
            Home::Compose => DatabaseKind::Own,
        }
    }

    /// User and group of the containers: whoever runs this, but never root.
    pub fn run_as(&self) -> String {
        self.get("RUN_AS").unwrap_or_else(|| match me() {
            (0, _) => "10001:10001".to_owned(),
            (user, group) => format!("{user}:{group}"),
        })
    }

    /// Who owns what is written, where that is somebody else.
    pub fn owner(&self) -> Result<Owner, String> {
        if self.home == Home::Process {
            return Ok(None);
        }
        let text = self.run_as();
        let ids = text.split_once(':').and_then(|(user, group)| Some((user.parse().ok()?, group.parse().ok()?)));
        let ids = ids.ok_or_else(|| format!("RUN_AS cannot be used: \"{text}\" is not like 10001:10001"))?;
        Ok(Some(ids).filter(|ids| *ids != me()))
    }

    /// Whether there is a runner.
    pub fn runner(&self) -> bool {
        let is_off = self.env.get("AUTH_RUNNER_URL").is_some_and(|url| url.trim() == "off");
        !is_off && (self.home == Home::Process || self.profile("runner").unwrap_or(true))
    }

    /// Whether there are backups.
    pub fn backups(&self) -> bool {
        match self.home {
            Home::Process => self.get("BACKUP_EVERY").is_some() || self.get("DATA_ROOT").is_none(),
            Home::Compose => self.profile("backup").unwrap_or(true),
        }
    }
}

/// User and group of this process.
fn me() -> (u32, u32) {
    fs::metadata("/proc/self").map_or((0, 0), |me| (me.uid(), me.gid()))
}
