//! The real server program, and programs of this workspace.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A program of this workspace, built beside the running program; tests lie one folder deeper.
pub fn program(name: &str) -> PathBuf {
    let running = std::env::current_exe().unwrap();
    let found = running.ancestors().skip(1).take(2).map(|folder| folder.join(name)).find(|path| path.is_file());
    found.unwrap_or_else(|| panic!("{name} is not built: run this through local-dev/test or its neighbours"))
}

/// A folder that goes with the test.
#[derive(Debug)]
pub struct TempDir {
    path: PathBuf,
    mounted: bool,
}

impl TempDir {
    /// Makes one; its name holds a blank, because homes may.
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(format!("cac test {}", uuid::Uuid::new_v4().simple()));
        fs::create_dir(&path).unwrap();
        Self { path, mounted: false }
    }

    /// One with a file system of its own, in memory, of so many megabytes; `None`: this user may not mount one.
    pub fn small(megabytes: u32) -> Option<Self> {
        let mut dir = Self::new();
        let size = format!("size={megabytes}m");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(dir.path()).output();
        dir.mounted = mounted.is_ok_and(|mounted| mounted.status.success());
        dir.mounted.then_some(dir)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Default for TempDir {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        if self.mounted {
            Command::new("umount").arg(&self.path).status().ok();
        }
        fs::remove_dir_all(&self.path).ok();
    }
}

/// A port nobody listens on.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// How a server is set up.
#[derive(Debug, Default)]
pub struct Settings {
    /// Options of `up`.
    pub arguments: Vec<OsString>,
    /// Variables.
    pub variables: Vec<(&'static str, String)>,
    /// It speaks TLS; this is its CA.
    pub cacert: Option<PathBuf>,
}

/// `local-dev up` with its own private database.
#[derive(Debug)]
pub struct Server {
    child: Option<Child>,
    dir: TempDir,
    settings: Settings,
    /// Its port; the same after a restart.
    pub port: u16,
}

impl Server {
    /// Starts one and waits until it is ready. `openai` is the address of the fake.
    pub fn start(openai: &str) -> Self {
        let variables = vec![("CODEX_RELEASES_API_URL", openai.to_owned()), ("OPENAI_TOKEN_URL", format!("{openai}/oauth/token"))];
        Self::with(Settings { variables, ..Settings::default() })
    }

    /// Starts one that is set up in another way.
    pub fn with(settings: Settings) -> Self {
        Self::on(TempDir::new(), settings)
    }

    /// Starts one over the folder `state` in `dir`, which may hold an installation already.
    pub fn on(dir: TempDir, settings: Settings) -> Self {
        let mut server = Self { child: None, dir, settings, port: free_port() };
        // The CA that the server itself makes is named by its place in the server's folder.
        server.settings.cacert = server.settings.cacert.take().map(|path| server.dir.path().join(path));
        server.resume();
        server
    }

    /// Its state folder.
    pub fn state(&self) -> PathBuf {
        self.dir.path().join("state")
    }

    /// Stops its database, and not itself.
    pub fn stop_database(&self) {
        let pid = fs::read_to_string(self.state().join("database.pid")).unwrap();
        Command::new("kill").arg(pid.trim()).status().unwrap();
    }

    /// Sets a variable for its next start.
    pub fn set(&mut self, name: &'static str, value: &str) {
        self.settings.variables.retain(|(known, _)| *known != name);
        self.settings.variables.push((name, value.to_owned()));
    }

    /// The folder that holds its state.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Runs a command of `local-dev` over its state.
    pub fn command(&self, words: &[&str], rest: &[&str]) -> Output {
        let mut command = Command::new(program("local-dev"));
        command.args(words).arg("--state-dir").arg(self.dir.path().join("state")).args(rest);
        command.env_remove("DATABASE_URL").output().unwrap()
    }

    /// The address of its database.
    pub fn database_url(&self) -> String {
        let read = |name: &str| fs::read_to_string(self.dir.path().join("state").join(name)).unwrap().trim().to_owned();
        format!("mysql://codex:{}@127.0.0.1:{}/codex_auth", read("database-password"), read("database-port"))
    }

    /// Starts it again with the same state.
    pub fn resume(&mut self) {
        let log = fs::File::create(self.dir.path().join("server.log")).unwrap();
        let mut command = Command::new(program("local-dev"));
        command.args(["up", "--no-open", "--port", &self.port.to_string(), "--state-dir"]).arg(self.dir.path().join("state"));
        // Nobody listens there: what a test does not fake is not reached.
        command.env("OPENAI_TOKEN_URL", "http://127.0.0.1:9/oauth/token").env("CODEX_RELEASES_API_URL", "http://127.0.0.1:9");
        command.env("AUTH_RUNNER_URL", "off").env("CHATGPT_BASE_URL", "http://127.0.0.1:9");
        command.env_remove("DATABASE_URL").env("RUST_LOG", "info");
        command.args(&self.settings.arguments).envs(self.settings.variables.iter().cloned());
        let mut child = command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
        wait_for("the server", || {
            assert!(child.try_wait().unwrap().is_none(), "the server ended: {}", self.log());
            self.curl("GET", "/readyz", "").contains("ok")
        });
        self.child = Some(child);
    }

    /// Stops it as Ctrl-C does, and its database with it.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            Command::new("kill").arg(child.id().to_string()).status().unwrap();
            child.wait().unwrap();
        }
    }

    /// Kills it as a power cut would; its database lives on and is adopted by the next start.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Its process, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Everything it has printed and logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("server.log")).unwrap()
    }

    /// How many requests for `path` it has logged.
    pub fn requests(&self, path: &str) -> usize {
        self.log().lines().filter(|line| line.contains("http.route") && line.contains(&format!("{path}\""))).count()
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("{}://127.0.0.1:{}", if self.settings.cacert.is_some() { "https" } else { "http" }, self.port)
    }

    /// A call as the owner; `body` may be empty.
    pub fn curl(&self, method: &str, path: &str, body: &str) -> String {
        let token = fs::read_to_string(self.dir.path().join("state/owner-token")).unwrap_or_default();
        let mut command = Command::new("curl");
        command.args(["-sS", "-m", "10", "-X", method, "-H", "content-type: application/json"]);
        command.args(self.settings.cacert.iter().flat_map(|path| [OsStr::new("--cacert"), path.as_os_str()]));
        command.args(["-H", &format!("authorization: Bearer {}", token.trim()), &format!("{}{path}", self.url())]);
        if !body.is_empty() {
            command.args(["-d", body]);
        }
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    }

    /// The same, with `data` of the answer.
    pub fn admin(&self, method: &str, path: &str, body: &serde_json::Value) -> serde_json::Value {
        let text = self.curl(method, path, &body.to_string());
        let answer: serde_json::Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{path}: {text}"));
        assert_eq!(answer["status"], "ok", "{path}: {text}; the server's log:\n{}", self.log());
        answer["data"].clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Waits for a condition, at most a minute.
pub fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let limit = Instant::now() + Duration::from_mins(3);
    while !holds() {
        assert!(Instant::now() < limit, "waited in vain for {what}");
        sleep(Duration::from_millis(50));
    }
}
