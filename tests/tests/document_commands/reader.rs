//! Somebody who reads the documents and types what they say: a home, a host's shell, and what they have typed before.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use e2e::host::{Host, SHELLS, stderr, stdout};
use e2e::process::{free_port, wait_for};
use fake_openai::{FakeOpenAi, LoginOptions};

use crate::checkout::Checkout;

/// The ports in the documents: everybody's, and that of administrators alone.
const PORTS: [&str; 2] = ["8488", "8489"];

/// A shell that stops at the first mistake, and knows what was set before.
const BEFORE: &str = "set -euo pipefail\n[ ! -f \"$KEPT\" ] || . \"$KEPT\"\n";

/// A reader at a machine of their own.
pub struct Reader {
    openai: FakeOpenAi,
    host: Host,
    kept: PathBuf,
}

impl Reader {
    /// Somebody with a login of Codex and nothing else.
    pub fn new(openai: FakeOpenAi) -> Self {
        let host = Host::new("reader.example", SHELLS[0], &openai.url());
        fs::write(host.auth_json(), openai.login(LoginOptions::default()).to_string()).unwrap();
        let kept = host.home().join("variables");
        Self { openai, host, kept }
    }

    /// Takes note of a variable, as somebody who sets it once in their shell.
    pub fn knows(&self, name: &str, value: &str) {
        let before = fs::read_to_string(&self.kept).unwrap_or_default();
        fs::write(&self.kept, format!("{before}export {name}='{value}'\n")).unwrap();
    }

    /// Forgets what the last page set.
    pub fn turns_the_page(&self) {
        fs::remove_file(&self.kept).ok();
    }

    /// Runs a block in a checkout. A call that is refused must not pass for one that worked, so `refused` ones say their status in a
    /// line behind the answer, and others must not be.
    pub fn types(&self, checkout: &Checkout, text: &str, refused: bool) -> Output {
        let option = if refused { "-w '\\n%{http_code}'" } else { "--fail-with-body" };
        let script = format!("{BEFORE}curl() {{ command curl {option} \"$@\"; }}\nset -a\n{text}\nset +a\nexport -p >\"$KEPT\"\n");
        self.bash(checkout, &script).output().unwrap()
    }

    /// Runs a block of Python.
    pub fn types_python(&self, checkout: &Checkout, text: &str) -> Output {
        fs::write(checkout.path().join("block.py"), text).unwrap();
        self.bash(checkout, ". \"$KEPT\"\nexec python3 block.py\n").output().unwrap()
    }

    /// Runs a line in the home of the host, as it was printed.
    pub fn pastes(&self, command: &str) -> Output {
        self.host.shell(command)
    }

    /// Starts a server and waits until it serves.
    pub fn starts(&self, checkout: &Checkout, text: &str) -> Result<Running, String> {
        let [port, other] = [free_port(), free_port()].map(|port| port.to_string());
        let text = text.replace(PORTS[0], &port).replace(PORTS[1], &other);
        let text = text.replace("local-dev/up", &format!("local-dev/up --no-open --port {port}"));
        let log = checkout.path().join("server.log");
        let file = fs::File::create(&log).unwrap();
        let mut command = self.bash(checkout, &format!("{BEFORE}{text}"));
        let child = command.process_group(0).stdout(file.try_clone().unwrap()).stderr(file).spawn().unwrap();
        let mut running = Running { child, port };
        wait_for("the server of a document", || running.has_ended() || running.serves());
        if running.has_ended() { Err(fs::read_to_string(log).unwrap()) } else { Ok(running) }
    }

    /// A shell with what a reader's machine has, and nowhere to reach but here.
    fn bash(&self, checkout: &Checkout, script: &str) -> Command {
        let mut command = self.host.command("bash");
        let path = shared::config::variable("PATH").unwrap();
        let first = [checkout.builders(), self.host.home().join(".local/bin")];
        let path = std::env::join_paths(first.into_iter().chain(std::env::split_paths(&path))).unwrap();
        command.args(["-c", script]).current_dir(checkout.path()).env("PATH", path).env("KEPT", &self.kept);
        let openai = self.openai.url();
        command.env("OPENAI_TOKEN_URL", format!("{openai}/oauth/token")).env("CHATGPT_BASE_URL", format!("{openai}/backend-api"));
        command.env("CODEX_RELEASES_API_URL", openai).env("AUTH_RUNNER_URL", "off").env("RUST_LOG", "info");
        // A reader takes an hour for what is typed here in a minute.
        command.env("RATE_LIMIT_GLOBAL_PER_MINUTE", "1000").stdin(Stdio::null());
        command
    }
}

/// A server that a block has started; it ends with this.
#[derive(Debug)]
pub struct Running {
    child: Child,
    /// Where it listens.
    pub port: String,
}

impl Running {
    fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    fn serves(&self) -> bool {
        let asks = |scheme: &str| {
            let url = format!("{scheme}://127.0.0.1:{}/readyz", self.port);
            Command::new("curl").args(["-fsSk", "-m", "5", &url]).output().unwrap().status.success()
        };
        asks("http") || asks("https")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.has_ended() {
            // The shell, the server and its database: one group.
            Command::new("kill").args(["-TERM", "--", &format!("-{}", self.child.id())]).status().unwrap();
            self.child.wait().unwrap();
        }
    }
}

/// What a command said, for who has to mend it.
pub fn said(output: &Output) -> String {
    format!("{}\nstdout: {}\nstderr: {}", output.status, stdout(output), stderr(output))
}

/// Where a page's text is shown as.
pub fn shown(path: &Path) -> String {
    path.strip_prefix(crate::markdown::root()).unwrap_or(path).display().to_string()
}
