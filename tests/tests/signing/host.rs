//! A host whose `cdx` is old, and somebody between it and its server.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use e2e::host::{Host, SHELLS, expect_exit, stderr};
use e2e::process::Server;
use fake_openai::FakeOpenAi;
use serde_json::json;
use shared::wrapper::SCRIPT;

use crate::proxy::{Between, Member};

/// The host, and what its shell may find.
pub struct Machine {
    pub host: Host,
    pub between: Between,
    has_openssl: bool,
}

impl Machine {
    /// Installed at `server`, asking it through somebody else.
    pub fn new(openai: &FakeOpenAi, server: &Server, shell: usize, name: &str) -> Self {
        let host = Host::new(&format!("{name}-{shell}.example"), SHELLS[shell], &openai.url());
        let bin = host.home().join(".local/bin");
        fs::create_dir_all(&bin).unwrap();
        write_script(&bin.join("codex"), "#!/bin/sh\necho codex-cli 0.169.0\n");
        expect_exit(&host.install(server, &json!({})), 0);
        let machine = Self { host, between: Between::start(server.url()), has_openssl: true };
        machine.set("cdx_base", &machine.between.url);
        machine
    }

    /// Takes `openssl` away.
    pub fn without_openssl(mut self) -> Self {
        self.has_openssl = false;
        let all = self.host.home().join("tools");
        fs::create_dir(&all).unwrap();
        for folder in ["/usr/local/bin", "/usr/bin", "/bin"] {
            for tool in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                let name = tool.file_name().unwrap();
                if name != "openssl" && !all.join(name).exists() {
                    symlink(&tool, all.join(name)).ok();
                }
            }
        }
        self
    }

    /// Says in `host.conf` that the server's certificate is not checked.
    pub fn unverified(self) -> Self {
        self.set("cdx_insecure_tls", "1");
        self
    }

    /// Takes the server's public key away, as on a host that was installed before there was one.
    pub fn without_key(self) -> Self {
        fs::remove_file(self.key()).unwrap();
        self
    }

    fn set(&self, name: &str, value: &str) {
        let path = self.host.home().join(".config/cdx/host.conf");
        let text = fs::read_to_string(&path).unwrap();
        let old = text.lines().find(|line| line.starts_with(&format!("{name}="))).unwrap();
        fs::write(&path, text.replace(old, &format!("{name}='{value}'"))).unwrap();
    }

    /// Where the server's public key is.
    pub fn key(&self) -> PathBuf {
        self.host.home().join(".config/cdx/signer.pem")
    }

    /// Where the script is.
    pub fn script(&self) -> PathBuf {
        self.host.home().join(".local/bin/cdx")
    }

    /// Lets the script be an older one that knows signatures.
    pub fn grow_old(&self) {
        write_script(&self.script(), &SCRIPT.replace("cdx_version='", "cdx_version='0."));
    }

    /// Whether the script is the server's current one.
    pub fn is_current(&self) -> bool {
        fs::read_to_string(self.script()).unwrap() == SCRIPT
    }

    /// Runs `cdx`.
    pub fn cdx(&self, args: &[&str]) -> Output {
        let mut command: Command = self.host.cdx_command(args);
        if !self.has_openssl {
            let (bin, tools) = (self.host.home().join(".local/bin"), self.host.home().join("tools"));
            command.env("PATH", format!("{}:{}", bin.display(), tools.display()));
        }
        command.output().unwrap()
    }

    /// One run in which `change` is what somebody does to the answer. What was said.
    pub fn run(&self, change: impl Fn(Vec<Member>) -> Vec<Member> + Send + 'static) -> String {
        self.between.changes(change);
        let ran = self.cdx(&["--sync"]);
        expect_exit(&ran, 0);
        assert!(stderr(&ran).contains("login current") || stderr(&ran).contains("login updated"), "the run goes on: {}", stderr(&ran));
        stderr(&ran)
    }
}

/// Writes a program.
pub fn write_script(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}
