//! A host: a throw-away home with its own shell.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::process::{Server, TempDir};

/// A machine, as far as `cdx` can tell.
#[derive(Debug)]
pub struct Host {
    /// Its name.
    pub fqdn: String,
    shell: &'static [&'static str],
    home: TempDir,
    openai: String,
}

/// The shells that every host script must run under.
pub const SHELLS: [&[&str]; 3] = [&["bash"], &["dash"], &["busybox", "sh"]];

impl Host {
    /// A bare machine whose Codex talks to `openai`.
    pub fn new(fqdn: &str, shell: &'static [&'static str], openai: &str) -> Self {
        let host = Self { fqdn: fqdn.to_owned(), shell, home: TempDir::new(), openai: openai.to_owned() };
        fs::create_dir(host.codex_home()).unwrap();
        let config = format!(
            "openai_base_url = \"{openai}/v1\"\nchatgpt_base_url = \"{openai}/backend-api\"\ncheck_for_update_on_startup = false\n\
             cli_auth_credentials_store = \"file\"\n[analytics]\nenabled = false\n"
        );
        fs::write(host.codex_home().join("config.toml"), config).unwrap();
        host
    }

    /// Its home.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Its Codex home.
    pub fn codex_home(&self) -> PathBuf {
        self.home().join(".codex")
    }

    /// Its login file.
    pub fn auth_json(&self) -> PathBuf {
        self.codex_home().join("auth.json")
    }

    /// Its login.
    pub fn login(&self) -> Value {
        serde_json::from_slice(&fs::read(self.auth_json()).unwrap()).unwrap()
    }

    /// A program on this machine: its own environment and nothing of the test's.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let bin = self.home().join(".local/bin");
        let path = format!("{}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", bin.display());
        command.env_clear().env("HOME", self.home()).env("PATH", path).env("USER", "tester").env("CDX_INSTALL_DIR", bin);
        command.env("OPENAI_BASE_URL", format!("{}/v1", self.openai)).current_dir(self.home()).stdin(Stdio::null());
        command
    }

    /// Runs a line in this machine's shell.
    pub fn shell(&self, line: &str) -> Output {
        let wrapped = line.replace("| sh", &format!("| {}", self.shell.join(" ")));
        self.command(self.shell[0]).args(&self.shell[1..]).args(["-c", &wrapped]).output().unwrap()
    }

    /// `cdx` with these arguments, not yet started, under this machine's shell.
    pub fn cdx_command(&self, args: &[&str]) -> Command {
        let mut command = self.command(self.shell[0]);
        command.args(&self.shell[1..]).arg(self.home().join(".local/bin/cdx")).args(args);
        command
    }

    /// Runs `cdx`.
    pub fn cdx(&self, args: &[&str]) -> Output {
        self.cdx_command(args).output().unwrap()
    }

    /// Registers at `server` and runs the line it gives.
    pub fn install(&self, server: &Server, registration: &Value) -> Output {
        let mut body = json!({ "fqdn": self.fqdn });
        body.as_object_mut().unwrap().extend(registration.as_object().unwrap().clone());
        let answer = server.admin("POST", "/admin/hosts/register", &body);
        self.shell(answer["installer"]["command"].as_str().unwrap())
    }
}

/// What a program wrote to stdout.
pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What a program wrote to stderr.
pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Asserts an exit status, showing what was said otherwise.
pub fn expect_exit(output: &Output, code: i32) {
    assert_eq!(output.status.code(), Some(code), "stdout: {}\nstderr: {}", stdout(output), stderr(output));
}
