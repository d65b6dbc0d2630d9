//! TLS of the real program with its own authority: who gets in with which certificate, and what a browser is told.

#![expect(clippy::unwrap_used, reason = "a test panics when its ground gives way")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use chrono::TimeDelta;
use e2e::process::{Server, Settings, TempDir, free_port, wait_for};
use local_dev::ca::Authority;
use local_dev::state_dir::StateDir;
use serde_json::Value;
use shared::clock::Clock;

/// A server with its own authority and a port for administrators.
struct Fleet {
    server: Server,
    admin: u16,
}

impl Fleet {
    fn start(mode: &str) -> Self {
        let admin = free_port();
        let variables = vec![("ADMIN_ACCESS_MODE", mode.to_owned()), ("ADMIN_PORT", admin.to_string())];
        // `Server` waits until it answers, with the certificate of the authority that it is about to make.
        let settings = Settings { arguments: vec!["--tls-generated".into()], variables, cacert: Some("state/ca/ca.crt".into()) };
        Self { server: Server::with(settings), admin }
    }

    fn state(&self) -> PathBuf {
        self.server.state()
    }

    fn ca(&self) -> PathBuf {
        self.state().join("ca/ca.crt")
    }

    /// `curl` of an administrator; `shows` is a certificate with its key, or nothing.
    fn ask(&self, shows: &[&Path], path: &str) -> Output {
        let url = format!("https://127.0.0.1:{}{path}", self.admin);
        curl(&self.ca(), shows, &[&url])
    }

    fn session(&self, shows: &[&Path]) -> Value {
        let output = self.ask(shows, "/admin/session");
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}; {}", self.server.log()))
    }

    fn issue(&self, name: &str, rest: &[&str]) -> [PathBuf; 2] {
        let done = self.server.command(&["cert", "issue"], &[rest, &[name]].concat());
        assert!(done.status.success(), "{done:?}");
        ["crt", "key"].map(|end| self.state().join("ca/clients").join(format!("{name}.{end}")))
    }
}

fn curl(cacert: &Path, shows: &[&Path], rest: &[&str]) -> Output {
    let mut command = Command::new("curl");
    command.args(["-sS", "-m", "10", "--cacert"]).arg(cacert);
    if let [certificate, key] = shows {
        command.arg("--cert").arg(certificate).arg("--key").arg(key);
    }
    command.args(rest).output().unwrap()
}

/// A certificate and its key, as an authority of another installation or another time would give them.
fn foreign(dir: &Path, clock: Clock, days: u16) -> [PathBuf; 2] {
    let bundle = Authority::open(&StateDir::open(dir).unwrap(), clock).unwrap().issue("mallory", days).unwrap();
    let files = ["crt", "key"].map(|end| dir.join(format!("mallory.{end}")));
    fs::write(&files[0], bundle.certificate).unwrap();
    fs::write(&files[1], bundle.key).unwrap();
    files
}

fn refs(files: &[PathBuf; 2]) -> [&Path; 2] {
    [&files[0], &files[1]]
}

#[test]
fn no_certificate_a_foreign_one_an_expired_one_a_revoked_one_and_the_right_one() {
    let fleet = Fleet::start("mtls");
    let ada = fleet.issue("ada", &[]);
    let otto = fleet.issue("otto", &["--role", "viewer"]);
    let other = TempDir::new();
    let foreign_one = foreign(other.path(), Clock::System, 9);
    let long_ago = Clock::fixed(Clock::System.now() - TimeDelta::days(9));
    let expired = foreign(&fleet.state(), long_ago, 3);

    assert_eq!(fleet.session(&[])["code"], "certificate_required");
    assert_eq!(fleet.session(&refs(&ada))["data"]["name"], "ada");
    assert_eq!(fleet.session(&refs(&otto))["data"]["role"], "viewer");
    for (what, files) in [("of another authority", &foreign_one), ("that has ended", &expired)] {
        let output = fleet.ask(&refs(files), "/admin/session");
        assert!(!output.status.success() && output.stdout.is_empty(), "one {what}: {output:?}");
    }
    let revoked = fleet.server.command(&["cert", "revoke"], &["otto"]);
    assert!(String::from_utf8_lossy(&revoked.stdout).contains("1 certificate of otto revoked"), "{revoked:?}");
    let handshake = || !fleet.ask(&refs(&otto), "/admin/session").status.success();
    wait_for("the running server to read the list", handshake);
    assert_eq!(fleet.session(&refs(&ada))["data"]["name"], "ada", "others go on");
    let last = fleet.server.command(&["cert", "revoke"], &["nobody"]);
    assert!(String::from_utf8_lossy(&last.stderr).contains("cert list"), "{last:?}");
}

#[test]
fn a_revoked_certificate_loses_its_rights_on_an_open_connection() {
    let fleet = Fleet::start("token");
    let otto = fleet.issue("otto", &[]);
    let url = format!("https://127.0.0.1:{}/admin/session", fleet.admin);
    let config = fleet.state().join("curl");
    // One connection for both requests; between them, time for somebody to revoke.
    fs::write(&config, format!("url = \"{url}\"\nnext\nurl = \"{url}\"\n")).unwrap();
    let mut command = Command::new("curl");
    command.args(["-sS", "-m", "60", "--rate", "6/m", "--cacert"]).arg(fleet.ca()).arg("--cert").arg(&otto[0]).arg("--key").arg(&otto[1]);
    let asking = command.args(["-w", "\\n%{num_connects}\\n", &url, &url]).stdout(std::process::Stdio::piped()).spawn().unwrap();
    std::thread::sleep(Duration::from_secs(2));
    fleet.server.command(&["cert", "revoke"], &["otto"]);

    let output = asking.wait_with_output().unwrap();

    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[0].contains("\"name\":\"otto\""), "{text}");
    assert_eq!(lines[3], "0", "the second request went over the first one's connection: {text}");
    assert!(lines[2].contains("\"status\":\"error\""), "{text}");
}

#[test]
fn the_pkcs12_file_opens_with_its_password_and_signs_in() {
    let fleet = Fleet::start("mtls");
    fleet.issue("ada", &[]);
    let file = |end: &str| fleet.state().join("ca/clients").join(format!("ada.{end}"));
    let password = fs::read_to_string(file("p12.password")).unwrap();
    let url = format!("https://127.0.0.1:{}/admin/session", fleet.admin);

    let shows = format!("{}:{}", file("p12").display(), password.trim());
    let output = curl(&fleet.ca(), &[], &["--cert-type", "P12", "--cert", &shows, &url]);

    assert!(String::from_utf8_lossy(&output.stdout).contains("\"ada\""), "{output:?}");
    for end in ["crt", "key", "p12", "p12.password"] {
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(file(end)).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600, "{end}");
    }
}

#[test]
fn hosts_port_does_not_administer_and_headers_do_not_speak_for_anybody() {
    let fleet = Fleet::start("mtls");
    let ada = fleet.issue("ada", &[]);
    let fingerprint = Command::new("openssl").args(["x509", "-noout", "-fingerprint", "-sha256", "-in"]).arg(&ada[0]).output().unwrap();
    let told = String::from_utf8(fingerprint.stdout).unwrap().split('=').nth(1).unwrap().trim().to_owned();
    for header in ["X-MTLS-Fingerprint", "X-Client-Cert", "X-Amzn-Mtls-Clientcert"] {
        let line = format!("{header}: {told}");
        let url = format!("https://127.0.0.1:{}/admin/session", fleet.admin);
        let output = curl(&fleet.ca(), &[], &["-H", &line, "-H", "X-Forwarded-For: 127.0.0.1", &url]);
        assert!(String::from_utf8_lossy(&output.stdout).contains("certificate_required"), "{header}: {output:?}");
    }
    let main = fleet.server.url();
    for path in ["/admin/session", "/admin/", "/admin/hosts"] {
        let output = curl(&fleet.ca(), &refs(&ada), &[&format!("{main}{path}")]);
        assert!(String::from_utf8_lossy(&output.stdout).contains("route_not_found"), "{path}: {output:?}");
    }
    assert!(fleet.server.curl("GET", "/versions", "").contains("\"status\":\"ok\""));
}

#[test]
fn browsers_speak_http_2_are_told_to_stay_with_https_and_old_tls_is_refused() {
    let fleet = Fleet::start("token");
    let page = format!("https://127.0.0.1:{}/admin/", fleet.admin);
    let output = curl(&fleet.ca(), &[], &["-D", "-", "-o", "/dev/null", "-w", "%{http_version}", &page]);
    let text = String::from_utf8(output.stdout).unwrap().to_lowercase();
    assert!(text.ends_with('2'), "{text}");
    assert!(text.contains("strict-transport-security: max-age=31536000"), "{text}");
    let old = curl(&fleet.ca(), &[], &["--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0", &page]);
    assert!(!old.status.success(), "{old:?}");
    let weak = curl(&fleet.ca(), &[], &["--tls-max", "1.2", "--ciphers", "AES128-SHA:AES256-SHA:ECDHE-ECDSA-AES128-SHA", &page]);
    assert!(!weak.status.success(), "{weak:?}");
}

#[test]
fn the_authority_stays_and_the_servers_certificate_follows_its_names() {
    let dir = TempDir::new();
    let state = StateDir::open(dir.path()).unwrap();
    let names = |all: &[&str]| all.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let ensure = |clock: Clock, all: &[&str]| Authority::open(&state, clock).unwrap().ensure_server(&names(all)).unwrap();
    let ca = || fs::read(dir.path().join("ca/ca.crt")).unwrap();

    assert!(ensure(Clock::System, &["one.example", "192.0.2.1"]));
    let first = ca();
    assert!(!ensure(Clock::System, &["192.0.2.1", "ONE.example"]), "it is for both already");
    assert!(ensure(Clock::System, &["one.example", "two.example"]), "a name is new");
    let nearly = Clock::fixed(Clock::System.now() + TimeDelta::days(397 - 29));
    assert!(ensure(nearly, &["two.example"]), "it is renewed before it ends");
    assert_eq!(ca(), first);
    fs::write(dir.path().join("ca/ca.key"), "no key").unwrap();
    let damaged = Authority::open(&state, Clock::System).unwrap_err().to_string();
    assert!(damaged.contains("ca.key") && damaged.contains("from a copy"), "{damaged}");
}
