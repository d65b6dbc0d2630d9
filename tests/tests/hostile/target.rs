//! A server, callers from several addresses, and what it cost the server.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use e2e::process::{Server, Settings};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::timeout;

/// Longer than any limit of the server's.
pub const PATIENCE: Duration = Duration::from_mins(2);

/// A server whose limits of requests are off: these tests are about the others.
pub struct Target {
    pub server: Server,
    /// Of a host.
    pub key: String,
    /// Peak of its memory before anything was done to it, in MiB.
    before: u64,
}

impl Target {
    pub fn start(settings: Settings) -> Self {
        let mut settings = settings;
        settings.variables.push(("RATE_LIMIT_GLOBAL_PER_MINUTE", "0".to_owned()));
        settings.variables.push(("RATE_LIMIT_AUTH_FAIL_COUNT", "1000000".to_owned()));
        let server = Server::with(settings);
        let host = server.admin("POST", "/admin/hosts/register", &json!({ "fqdn": "box.example.com" }));
        let key = host["host"]["api_key"].as_str().unwrap().to_owned();
        let before = peak(&server);
        Self { server, key, before }
    }

    pub fn plain() -> Self {
        Self::start(Settings::default())
    }

    /// A connection from an address of this machine.
    pub async fn connect(&self, from: &str) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::new(from.parse().unwrap(), 0)).unwrap();
        socket.connect(SocketAddr::new([127, 0, 0, 1].into(), self.server.port)).await.unwrap()
    }

    /// Sends bytes on a connection of their own and gives everything that comes back before it is closed.
    pub async fn send(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect("127.0.0.2").await;
        // It may be refused before all is sent.
        stream.write_all(bytes).await.ok();
        rest(&mut stream).await
    }

    /// A request with the host's key and these lines in its head.
    pub fn request(&self, line: &str, headers: &str, body: &[u8]) -> Vec<u8> {
        let head = format!("{line} HTTP/1.1\r\nHost: h\r\nX-API-Key: {}\r\n{headers}\r\n", self.key);
        [head.as_bytes(), body].concat()
    }

    /// An honest caller, elsewhere: served, or the test ends.
    pub fn serves(&self) {
        ask(&self.server.url(), &self.server.state());
    }

    /// The same, so many times beside what else happens.
    pub fn honest(&self, times: u32, pause: Duration) -> JoinHandle<()> {
        let (url, state) = (self.server.url(), self.server.state());
        spawn_blocking(move || {
            for _ in 0..times {
                ask(&url, &state);
                sleep(pause);
            }
        })
    }

    /// What was done to it cost it no more memory than this, in MiB, and it still serves.
    pub fn is_well_within(&self, mebibytes: u64) {
        self.serves();
        let (before, now) = (self.before, peak(&self.server));
        assert!(now - before <= mebibytes, "its memory went from {before} to {now} MiB");
        let log = self.server.log();
        assert!(!log.contains("panicked"), "{log}");
    }
}

fn ask(url: &str, state: &Path) {
    let mut curl = Command::new("curl");
    curl.args(["-sS", "-m", "30", "--cacert"]).arg(state.join("ca/ca.crt")).arg(format!("{url}/readyz"));
    let output = curl.output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("ok"), "{output:?}");
}

/// The most memory it ever had, in MiB.
fn peak(server: &Server) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid().unwrap())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

/// What comes until the other side closes. A reset is an end too.
pub async fn rest(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    let read = timeout(PATIENCE, stream.read_to_end(&mut all)).await;
    assert!(read.is_ok(), "the connection stays open after {:?}", String::from_utf8_lossy(&all));
    String::from_utf8_lossy(&all).into_owned()
}

/// The statuses of all answers in a text.
pub fn statuses(text: &str) -> Vec<u16> {
    text.split("HTTP/1.1 ").skip(1).map(|answer| answer[..3].parse().unwrap()).collect()
}
