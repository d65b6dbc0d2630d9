//! The manifest of `/sync` and `/push`: one fact a line (`docs/interface-cdx.md`).

use crate::crypto::{is_hex, is_sha256};
use crate::versions;
use crate::versions::runs::{Ended, MANY};

/// Longest manifest, in bytes.
pub const LIMIT: usize = 64 * 1024;

/// Why a host may not trust a `cdx` that it was sent.
const DISTRUST: [&str; 6] = ["damaged", "unsigned", "bad_signature", "bad_key", "no_key", "no_openssl"];

/// Why `cdx` calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Before Codex starts.
    Launch,
    /// `--sync`, `--setup`, `--update`.
    Sync,
    /// After Codex ended.
    Push,
    /// A timer: nobody is there.
    Cron,
    /// `--sync --dry-run`: nothing is remembered.
    DryRun,
    /// `--doctor`, and anything newer than this server.
    Other,
}

impl Reason {
    /// Whether the answer is about running Codex, not about bringing the host up to date.
    pub const fn is_about_running(self) -> bool {
        matches!(self, Self::Launch | Self::Other)
    }
}

/// What a host says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Identity of the run: 32 hex digits.
    pub run: String,
    /// Why it calls.
    pub reason: Reason,
    /// The installation this host was set up for.
    pub installation: Option<String>,
    /// Version of `cdx`.
    pub wrapper: Option<String>,
    /// Version of Codex; `None` when there is none.
    pub codex: Option<String>,
    /// How its last runs of Codex ended, at most [`MANY`].
    pub ended: Vec<Ended>,
    /// Operating system and architecture.
    pub platform: Option<(String, String)>,
    /// Who runs `cdx`; empty when it does not say.
    pub user: String,
    /// What that machine calls itself.
    pub hostname: String,
    /// Digest of `auth.json` now.
    pub auth_sha: Option<String>,
    /// Digest of the running `cdx`.
    pub wrapper_sha: Option<String>,
    /// Fingerprint of the key it verifies updates with; `none`: it has none. Absent: the script knows no signatures.
    pub signer: Option<String>,
    /// Why it did not take the last `cdx` that it was sent, told once.
    pub distrust: Option<&'static str>,
    /// What the server called the files it last gave this home.
    pub files: Option<String>,
    /// It has a `config.toml` that was never asked for.
    pub owns_config: bool,
    /// The script knows what to do with files.
    pub wants_files: bool,
}

impl Manifest {
    /// Parses `text`; says which line is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > LIMIT {
            return Err(format!("a manifest has at most {LIMIT} bytes"));
        }
        let mut lines = text.lines();
        if lines.next() != Some("protocol 1") {
            return Err("the first line must be \"protocol 1\"".to_owned());
        }
        let mut manifest = Self {
            run: String::new(),
            reason: Reason::Other,
            installation: None,
            wrapper: None,
            codex: None,
            ended: Vec::new(),
            platform: None,
            user: String::new(),
            hostname: String::new(),
            auth_sha: None,
            wrapper_sha: None,
            signer: None,
            distrust: None,
            files: None,
            wants_files: false,
            owns_config: false,
        };
        for (number, line) in (2..).zip(lines) {
            manifest.line(line).map_err(|why| format!("line {number}: {why}"))?;
        }
        if manifest.run.is_empty() {
            return Err("there is no run line".to_owned());
        }
        Ok(manifest)
    }

    fn line(&mut self, line: &str) -> Result<(), &'static str> {
        let Some((key, value)) = line.split_once(' ') else { return Ok(()) };
        if key.len() == 64 {
            return self.digest(key, value);
        }
        match key {
            "run" if is_hex(value, 32) => value.clone_into(&mut self.run),
            "run" => return Err("run is not 32 hex digits"),
            "reason" => {
                self.reason = match value {
                    "launch" => Reason::Launch,
                    "sync" | "setup" | "update" => Reason::Sync,
                    "push" => Reason::Push,
                    "cron" => Reason::Cron,
                    "dry-run" => Reason::DryRun,
                    _ => Reason::Other,
                }
            }
            "installation" => self.installation = Some(value.to_owned()),
            "user" => value.clone_into(&mut self.user),
            "hostname" => value.clone_into(&mut self.hostname),
            "config" => self.owns_config = value == "own",
            "files" => (self.files, self.wants_files) = (Some(value.to_owned()).filter(|value| is_sha256(value)), true),
            "signer" => self.signer = Some(value.to_owned()).filter(|value| value == "none" || is_sha256(value)),
            "distrust" => self.distrust = DISTRUST.into_iter().find(|known| *known == value),
            "wrapper" => self.wrapper = versions::normalise(value),
            "codex" => self.codex = versions::normalise(value).filter(|v| v != "none"),
            "last" if self.ended.len() < MANY => self.ended.extend(Ended::parse(value)),
            "platform" => {
                let mut words = value.split(' ').map(str::to_owned);
                self.platform = words.next().zip(words.next());
            }
            _ => {}
        }
        Ok(())
    }

    fn digest(&mut self, digest: &str, name: &str) -> Result<(), &'static str> {
        if !is_sha256(digest) {
            return Err("this is not a SHA-256");
        }
        let slot = match name.trim_start_matches([' ', '*']) {
            "auth.json" => &mut self.auth_sha,
            "cdx" => &mut self.wrapper_sha,
            _ => return Ok(()),
        };
        *slot = Some(digest.to_ascii_lowercase());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_reads_back() {
        let sha = "a".repeat(64);
        let text = format!(
            "protocol 1\nrun {}\nreason launch\nwrapper 2026.11.24-1\ncodex 0.169.0\nplatform linux x86_64 gnu 2.36\nuser me\nsigner none\ndistrust bad_key\nfuture thing\nlast 0.168.0 1 3\nlast nonsense\n{sha}  auth.json\n{sha} *cdx\n",
            "0".repeat(32)
        );
        let manifest = Manifest::parse(&text).unwrap();
        assert_eq!((manifest.reason, manifest.codex.as_deref()), (Reason::Launch, Some("0.169.0")));
        assert_eq!(manifest.ended, [Ended { version: "0.168.0".to_owned(), status: 1, seconds: 3 }]);
        assert_eq!((manifest.user.as_str(), manifest.hostname.as_str()), ("me", ""));
        assert_eq!((manifest.signer.as_deref(), manifest.distrust), (Some("none"), Some("bad_key")));
        assert_eq!(manifest.platform, Some(("linux".to_owned(), "x86_64".to_owned())));
        assert_eq!((manifest.auth_sha.as_deref(), manifest.wrapper_sha.as_deref()), (Some(sha.as_str()), Some(sha.as_str())));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let run = format!("run {}", "0".repeat(32));
        for (text, part) in [
            (String::new(), "first line"),
            ("protocol 2".to_owned(), "first line"),
            ("protocol 1".to_owned(), "no run line"),
            ("protocol 1\nrun x".to_owned(), "line 2"),
            (format!("protocol 1\n{run}\n{}  auth.json", "g".repeat(64)), "line 3"),
        ] {
            assert!(Manifest::parse(&text).unwrap_err().contains(part), "{text}");
        }
    }
}
